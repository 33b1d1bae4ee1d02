//! `crm-emulator.toml`: the same keys as the flags.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

use super::flags::{self, Auth, Era, LogFormat, ServeFlags};

/// The file that is read where none is named.
const DEFAULT: &str = "crm-emulator.toml";

/// The file's keys. Where it is read, paths are relative to the current directory.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Keys {
    listen: Option<SocketAddr>,
    org: Option<String>,
    scenario: Option<String>,
    era: Option<Era>,
    licenses: Option<u32>,
    non_interactive_limit: Option<u32>,
    sync_delay: Option<String>,
    #[serde(default)]
    set: BTreeMap<String, toml::Value>,
    auth: Option<Auth>,
    #[serde(default)]
    allow_host: Vec<String>,
    tls: Option<bool>,
    tls_dir: Option<PathBuf>,
    data_dir: Option<PathBuf>,
    clock: Option<Clock>,
    seed: Option<u64>,
    ready_file: Option<PathBuf>,
    log: Option<String>,
    log_format: Option<LogFormat>,
    threads: Option<std::num::NonZeroU16>,
}

/// TOML has instants of its own; either spelling will do.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Clock {
    Text(String),
    Instant(toml::value::Datetime),
}

/// Completes what flags and environment left open from the configuration file.
///
/// # Errors
///
/// One line that says what is wrong with the file.
pub(super) fn complete(flags: ServeFlags) -> Result<ServeFlags, String> {
    let path = flags.config.clone().unwrap_or_else(|| PathBuf::from(DEFAULT));
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound && flags.config.is_none() => return Ok(flags),
        Err(error) => {
            return Err(format!(
                "cannot read {}: {error}; name a readable file with --config",
                path.display()
            ));
        }
    };
    let wrong = |why: &str| format!("{} is wrong: {why}", path.display());
    let file: Keys = toml::from_str(&text).map_err(|error| wrong(&one_line(&error, &text)))?;
    merge(flags, file).map_err(|why| wrong(&why))
}

fn merge(flags: ServeFlags, file: Keys) -> Result<ServeFlags, String> {
    let mut set = Vec::new();
    for (key, value) in file.set {
        let text = match value {
            toml::Value::String(text) => text,
            other => other.to_string(),
        };
        set.push(flags::switch(&format!("{key}={text}")).map_err(|why| format!("set.{key}: {why}"))?);
    }
    // What stands later wins: the file's switches come first.
    set.extend(flags.set);
    let clock = file.clock.map(|clock| match clock {
        Clock::Text(text) => text,
        Clock::Instant(instant) => instant.to_string(),
    });
    let checked = |key: &str, text: Option<String>, check: fn(&str) -> Result<String, String>| {
        text.map(|text| check(&text).map_err(|why| format!("{key}: {why}"))).transpose()
    };
    Ok(ServeFlags {
        listen: flags.listen.or(file.listen),
        org: flags.org.or(file.org),
        scenario: flags.scenario.or(file.scenario),
        era: flags.era.or(file.era),
        licenses: flags.licenses.or(file.licenses),
        non_interactive_limit: flags.non_interactive_limit.or(file.non_interactive_limit),
        sync_delay: flags.sync_delay.or(checked("sync-delay", file.sync_delay, flags::duration)?),
        set,
        auth: flags.auth.or(file.auth),
        allow_host: if flags.allow_host.is_empty() { file.allow_host } else { flags.allow_host },
        tls: flags.tls.or(file.tls),
        tls_dir: flags.tls_dir.or(file.tls_dir),
        data_dir: flags.data_dir.or(file.data_dir),
        clock: flags
            .clock
            .or(clock.map(|text| flags::clock(&text).map_err(|why| format!("clock: {why}"))).transpose()?),
        seed: flags.seed.or(file.seed),
        ready_file: flags.ready_file.or(file.ready_file),
        log: flags.log.or(checked("log", file.log, flags::filter)?),
        log_format: flags.log_format.or(file.log_format),
        threads: flags.threads.or(file.threads.map(std::num::NonZeroU16::get)),
        config: flags.config,
    })
}

/// The error's message with its line; the parser's own print draws the line over several.
fn one_line(error: &toml::de::Error, text: &str) -> String {
    let message = error.message().lines().map(str::trim).collect::<Vec<_>>().join(" ");
    match error.span().and_then(|span| text.get(..span.start)) {
        Some(before) => format!("line {}: {message}", before.matches('\n').count() + 1),
        None => message,
    }
}
