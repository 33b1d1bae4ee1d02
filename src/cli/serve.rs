//! Serving: from flags to a running emulator, until a signal ends it.

use std::io::{IsTerminal, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::ExitCode;

use crm_emulator::emulator::EmulatorBuilder;
use crm_emulator::tls::Tls;
use crm_emulator::{Emulator, EmulatorError};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::prelude::*;

use super::flags::{LogFormat, ServeFlags, StartClock};
use super::{config, fail};

/// Where the emulator listens when nobody says.
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 5050);

pub(super) fn run(flags: ServeFlags) -> ExitCode {
    let flags = match config::complete(flags) {
        Ok(flags) => flags,
        Err(why) => return fail(why),
    };
    if let Some(directory) = &flags.data_dir {
        return fail(format!(
            "durable state (--data-dir {}) is not emulated yet; leave the flag out, and keep an organization with \
             'crm-emulator export' and --scenario FILE",
            directory.display()
        ));
    }
    log(&flags);
    // The main thread only waits: for the emulator to be ready, and for a signal.
    let waiting = match tokio::runtime::Builder::new_current_thread().enable_io().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(EmulatorError::Threads(error)),
    };
    match waiting.block_on(serve(flags)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => fail(why),
    }
}

async fn serve(flags: ServeFlags) -> Result<(), EmulatorError> {
    // Whoever stops the emulator while it starts gets the orderly end, too.
    let mut stop = Stop::listen().map_err(EmulatorError::Threads)?;
    let listen = flags.listen.unwrap_or(LISTEN);
    let builder = builder(&flags, listen);
    let emulator = tokio::select! {
        started = builder.start() => started?,
        () = stop.requested() => return Ok(()),
    };
    if !listen.ip().is_loopback() {
        tracing::warn!(
            %listen,
            "everybody who can reach this address can read and change the organizations; listen on 127.0.0.1 to prevent it"
        );
    }
    if let Some(ca_file) = emulator.ca_file() {
        tell_trust(ca_file, emulator.url());
    }
    announce(emulator.url());
    tracing::info!(url = emulator.url(), "ready");
    stop.requested().await;
    tracing::info!("stopping: finishing the requests in flight");
    emulator.stop().await;
    tracing::info!("stopped");
    Ok(())
}

fn builder(flags: &ServeFlags, listen: SocketAddr) -> EmulatorBuilder {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut builder = Emulator::builder().listen(listen).threads(flags.threads.map_or(cores, usize::from));
    if let Some(org) = &flags.org {
        builder = builder.org(org);
    }
    if let Some(scenario) = &flags.scenario {
        builder = builder.scenario(scenario);
    }
    if let Some(era) = flags.era {
        builder = builder.era(era.key());
    }
    if let Some(licenses) = flags.licenses {
        builder = builder.licenses(licenses);
    }
    if let Some(limit) = flags.non_interactive_limit {
        builder = builder.non_interactive_limit(limit);
    }
    if let Some(delay) = &flags.sync_delay {
        builder = builder.set("sync_delay", delay);
    }
    if let Some(auth) = flags.auth {
        builder = builder.auth(auth.key());
    }
    for (key, value) in &flags.set {
        builder = builder.set(key, value);
    }
    for name in &flags.allow_host {
        builder = builder.allow_host(name);
    }
    if flags.tls.unwrap_or(flags.tls_dir.is_some()) {
        builder = builder.tls(Tls { directory: flags.tls_dir.clone() });
    }
    if let Some(StartClock::At(now)) = flags.clock {
        builder = builder.clock(now);
    }
    if let Some(seed) = flags.seed {
        builder = builder.seed(seed);
    }
    if let Some(path) = &flags.ready_file {
        builder = builder.ready_file(path);
    }
    builder
}

/// How clients come to accept the certificate.
fn tell_trust(ca_file: &Path, url: &str) {
    let file = ca_file.display();
    eprintln!(
        "to trust the emulator's certificate:\n  curl:    curl --cacert {file} {url}/api/data/v9.2/WhoAmI\n  \
         Python:  REQUESTS_CA_BUNDLE={file}\n  Node.js: NODE_EXTRA_CA_CERTS={file}\n  \
         others:  SSL_CERT_FILE={file}, or add it to the system's trusted authorities"
    );
}

/// The one line of standard output. Whoever closed it wants none.
fn announce(url: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "crm-emulator ready at {url}").and_then(|()| out.flush());
}

/// Logs to standard error. The filter has been checked already.
fn log(flags: &ServeFlags) {
    let filter: Targets = flags.log.as_deref().unwrap_or("info").parse().unwrap_or_default();
    let is_terminal = std::io::stderr().is_terminal();
    let text = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(is_terminal);
    match flags.log_format.unwrap_or(LogFormat::Text) {
        LogFormat::Text => tracing_subscriber::registry().with(text.with_target(false)).with(filter).init(),
        LogFormat::Json => tracing_subscriber::registry().with(text.json()).with(filter).init(),
    }
}

/// The signals that end the emulator.
#[cfg(unix)]
struct Stop {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Stop {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn requested(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// The signals that end the emulator.
#[cfg(not(unix))]
struct Stop;

#[cfg(not(unix))]
impl Stop {
    fn listen() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn requested(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            // Without the signal there is nothing to wait for but the end of the process.
            std::future::pending::<()>().await;
        }
    }
}
