//! The flags of `serve`, each with its environment variable.
#![expect(
    clippy::doc_markdown,
    reason = "doc comments of flags are the text of --help, where backticks are noise"
)]

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use crm_emulator::clock::parse_duration;
use crm_emulator::settings::Settings;
use jiff::Timestamp;
use serde::Deserialize;

/// The flags. All are optional: what is missing may stand in the configuration file, and has a default.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct ServeFlags {
    /// Socket to listen on; port 0 takes a free one, anything but loopback prints a warning [default: 127.0.0.1:5050]
    #[arg(long, value_name = "ADDR", env = "CRM_EMULATOR_LISTEN")]
    pub(super) listen: Option<SocketAddr>,

    /// The default organization's unique name [default: contoso]
    #[arg(long, value_name = "NAME", env = "CRM_EMULATOR_ORG")]
    pub(super) org: Option<String>,

    /// What the organization holds at the start: the name of an embedded scenario or a scenario file
    /// [default: default]
    #[arg(long, value_name = "NAME|FILE", env = "CRM_EMULATOR_SCENARIO")]
    pub(super) scenario: Option<String>,

    /// Whose documents supply the defaults of the rule switches [default: crm2013]
    #[arg(long, value_enum, env = "CRM_EMULATOR_ERA")]
    pub(super) era: Option<Era>,

    /// User licences purchased for the organization, a number of users [default: 10]
    #[arg(long, value_name = "N", env = "CRM_EMULATOR_LICENSES")]
    pub(super) licenses: Option<u32>,

    /// Free non-interactive users, a number of users [default: by era, 5 or 7]
    #[arg(long, value_name = "N", env = "CRM_EMULATOR_NON_INTERACTIVE_LIMIT")]
    pub(super) non_interactive_limit: Option<u32>,

    /// How long Office 365 takes to synchronise a change to CRM: 250ms, 5m, 24h or PT5M [default: 0s]
    #[arg(long, value_name = "DUR", env = "CRM_EMULATOR_SYNC_DELAY", value_parser = duration)]
    pub(super) sync_delay: Option<String>,

    /// Any other rule switch by its key, as often as needed; in the environment separated by commas
    #[arg(long, value_name = "KEY=VALUE", env = "CRM_EMULATOR_SET", value_parser = switch, value_delimiter = ',')]
    pub(super) set: Vec<(String, String)>,

    /// How callers prove who they are: everybody is believed, or only tokens that the emulator issued [default: open]
    #[arg(long, value_enum, env = "CRM_EMULATOR_AUTH")]
    pub(super) auth: Option<Auth>,

    /// Name under which pages and control API may be addressed beside localhost, addresses and names without a dot, as
    /// often as needed; in the environment separated by commas
    #[arg(long, value_name = "NAME", env = "CRM_EMULATOR_ALLOW_HOST", value_delimiter = ',')]
    pub(super) allow_host: Vec<String>,

    /// Serve https with a generated CA and certificate, and print how to trust them [default: false]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", env = "CRM_EMULATOR_TLS")]
    pub(super) tls: Option<bool>,

    /// Directory that keeps CA and certificate from one start to the next; implies --tls [default: a temporary one]
    #[arg(long, value_name = "DIR", env = "CRM_EMULATOR_TLS_DIR")]
    pub(super) tls_dir: Option<PathBuf>,

    /// Keep everything across restarts in a directory; not emulated yet [default: none, memory only]
    #[arg(long, value_name = "DIR", env = "CRM_EMULATOR_DATA_DIR")]
    pub(super) data_dir: Option<PathBuf>,

    /// Organizations start on a clock that stands at this instant (RFC 3339, UTC), or on the machine's clock
    /// [default: real]
    #[arg(long, value_name = "RFC3339|real", env = "CRM_EMULATOR_CLOCK", value_parser = clock)]
    pub(super) clock: Option<StartClock>,

    /// Makes generated ids reproducible; with a manual clock, every answer [default: none]
    #[arg(long, value_name = "N", env = "CRM_EMULATOR_SEED")]
    pub(super) seed: Option<u64>,

    /// File that gets the base URL, written atomically once the emulator is ready [default: none]
    #[arg(long, value_name = "FILE", env = "CRM_EMULATOR_READY_FILE")]
    pub(super) ready_file: Option<PathBuf>,

    /// What is logged on standard error: a level (error, warn, info, debug, trace), or levels by module such as
    /// warn,crm_emulator=debug; debug logs every request [default: info]
    #[arg(long, value_name = "FILTER", env = "CRM_EMULATOR_LOG", value_parser = filter)]
    pub(super) log: Option<String>,

    /// How it is logged [default: text]
    #[arg(long, value_enum, env = "CRM_EMULATOR_LOG_FORMAT")]
    pub(super) log_format: Option<LogFormat>,

    /// Threads that answer requests, a number [default: one a core]
    #[arg(long, value_name = "N", env = "CRM_EMULATOR_THREADS", value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) threads: Option<u16>,

    /// Configuration file [default: crm-emulator.toml in the current directory, if there is one]
    #[arg(long, value_name = "FILE", env = "CRM_EMULATOR_CONFIG")]
    pub(super) config: Option<PathBuf>,
}

/// Whose documents supply the defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Era {
    /// Dynamics CRM 2013 Online
    Crm2013,
    /// Today's Dataverse
    Dataverse,
}

impl Era {
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Crm2013 => "crm2013",
            Self::Dataverse => "dataverse",
        }
    }
}

/// How callers prove who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Auth {
    /// Everybody is believed; who says nothing is the administrator
    Open,
    /// Only tokens that the emulator issued
    Token,
}

impl Auth {
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Token => "token",
        }
    }
}

/// How it is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum LogFormat {
    /// Lines for people
    Text,
    /// One JSON object a line
    Json,
}

/// The clock organizations start on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StartClock {
    /// The machine's.
    Real,
    /// One that stands.
    At(Timestamp),
}

pub(super) fn clock(text: &str) -> Result<StartClock, String> {
    if text == "real" {
        return Ok(StartClock::Real);
    }
    text.parse()
        .map(StartClock::At)
        .map_err(|_| "write 'real' or an instant such as 2026-01-31T12:00:00Z".to_owned())
}

pub(super) fn switch(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write KEY=VALUE")?;
    let (key, value) = (key.trim(), value.trim());
    Settings::default().set(key, value)?;
    Ok((key.to_owned(), value.to_owned()))
}

pub(super) fn filter(text: &str) -> Result<String, String> {
    text.parse::<tracing_subscriber::filter::Targets>()
        .map(|_| text.to_owned())
        .map_err(|error| error.to_string())
}

pub(super) fn duration(text: &str) -> Result<String, String> {
    let duration = parse_duration(text)?;
    if duration.is_negative() { Err(format!("'{text}' is negative")) } else { Ok(text.to_owned()) }
}
