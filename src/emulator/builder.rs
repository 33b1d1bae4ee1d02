//! What an emulator can be told before it starts: every flag of the command line as a method.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::oneshot;

use super::server::{Server, bind};
use super::{Emulator, EmulatorError};
use crate::clock::{Clock, print_duration};
use crate::hosting::{Host, Start};
use crate::model::Record;
use crate::protocol::http::{Faces, Front, Hosts, Limits, Patience};
use crate::protocol::{control, graph, pages, webapi};
use crate::scenario::Scenario;
use crate::service::{Registry, Service};
use crate::settings::Settings;
use crate::tls::Tls;
use crate::{messages, rules};

/// Configures an emulator; [`start`](Self::start) serves it, [`build`](Self::build) makes it without a socket.
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until it is started or built"]
pub struct EmulatorBuilder {
    listen: SocketAddr,
    org: String,
    scenario: String,
    switches: Vec<(String, String)>,
    clock: Clock,
    seed: Option<u64>,
    tls: Option<Tls>,
    ready_file: Option<PathBuf>,
    threads: usize,
    limits: Limits,
    hosts: Vec<String>,
    patience: Patience,
}

impl Default for EmulatorBuilder {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            org: "contoso".to_owned(),
            scenario: "default".to_owned(),
            switches: Vec::new(),
            clock: Clock::default(),
            seed: None,
            tls: None,
            ready_file: None,
            threads: 1,
            limits: Limits::default(),
            hosts: Vec::new(),
            patience: Patience::default(),
        }
    }
}

impl EmulatorBuilder {
    /// The socket; port 0 takes a free one. Default: a free port of `127.0.0.1`.
    pub fn listen(mut self, address: impl Into<SocketAddr>) -> Self {
        self.listen = address.into();
        self
    }

    /// The default organization's unique name. Default: `contoso`.
    pub fn org(mut self, name: impl Into<String>) -> Self {
        self.org = name.into();
        self
    }

    /// What organizations hold at their start: the name of an embedded scenario, or the path of a scenario file.
    /// Default: `default`.
    pub fn scenario(mut self, name_or_file: impl Into<String>) -> Self {
        self.scenario = name_or_file.into();
        self
    }

    /// Whose documents supply the defaults of the rule switches: `crm2013` or `dataverse`. Default: `crm2013`.
    pub fn era(self, era: &str) -> Self {
        self.set("era", era)
    }

    /// User licences purchased. Default: 10.
    pub fn licenses(self, licenses: u32) -> Self {
        self.set("licenses", licenses)
    }

    /// Free non-interactive users. Default: by era, 5 or 7.
    pub fn non_interactive_limit(self, limit: u32) -> Self {
        self.set("non_interactive_limit", limit)
    }

    /// How long Office 365 takes to synchronise a change to CRM. Default: no time.
    pub fn sync_delay(self, delay: SignedDuration) -> Self {
        self.set("sync_delay", print_duration(delay))
    }

    /// How callers prove who they are: `open` or `token`. Default: `open`.
    pub fn auth(self, mode: &str) -> Self {
        self.set("auth", mode)
    }

    /// Any switch by its key; a wrong one is told by the start.
    #[expect(clippy::needless_pass_by_value, reason = "a call reads best as set(\"licenses\", 3)")]
    pub fn set(mut self, key: impl Into<String>, value: impl ToString) -> Self {
        self.switches.push((key.into(), value.to_string()));
        self
    }

    /// Serves https; clients trust [`Emulator::ca_file`]. Default: http.
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Organizations start on a clock that stands at this instant. Default: they follow the machine's.
    pub fn clock(mut self, now: Timestamp) -> Self {
        self.clock = Clock::Manual { now };
        self
    }

    /// Makes generated ids reproducible; with a manual clock, every answer.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// A file that gets the base URL once the emulator is ready; written atomically.
    pub fn ready_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ready_file = Some(path.into());
        self
    }

    /// Threads that answer requests. Default: 1; the command line takes one a core.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// What a request may cost. Default: bodies of 128 MiB.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// A name under which pages and control API answer, too; beside addresses, `localhost`, what is below it and names
    /// without a dot, which nobody else can point at the emulator. Default: none.
    pub fn allow_host(mut self, name: impl Into<String>) -> Self {
        self.hosts.push(name.into());
        self
    }

    /// How long the server waits for slow clients.
    pub fn patience(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }

    /// Starts an emulator that listens. It is ready when this returns: the scenario is loaded and the first write was
    /// accepted. Needs no particular runtime; the server has its own.
    ///
    /// # Errors
    ///
    /// Says in one line why the emulator could not start, and how to mend it.
    pub async fn start(self) -> Result<Emulator, EmulatorError> {
        let start = self.starting_point()?;
        let front = Front::new(faces(), self.limits, self.trusted());
        // The scenario loads while the socket is being opened; until it is there, the front answers 503.
        let (loaded, loading) = oneshot::channel();
        let org = self.org.clone();
        std::thread::Builder::new()
            .name("crm-emulator-load".to_owned())
            .spawn(move || drop(loaded.send(load(&org, start))))
            .map_err(EmulatorError::Threads)?;
        let prepared = self.tls.as_ref().map(Tls::prepare).transpose().map_err(EmulatorError::Tls)?;
        let (tls, ca_file) = prepared.map(|prepared| (prepared.acceptor, prepared.ca_file)).unzip();
        let failed = |source| EmulatorError::Listen { address: self.listen, source };
        let listener = bind(self.listen).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let server = Server::start(listener, tls, front.clone(), self.patience, self.threads)
            .map_err(EmulatorError::Threads)?;
        let host =
            loading.await.map_err(|_| EmulatorError::NotWritable("loading it panicked".to_owned()))??;
        front.open(host);
        let base: Arc<str> = format!("{scheme}://{address}").into();
        if let Some(path) = &self.ready_file {
            write_atomically(path, &base)
                .map_err(|source| EmulatorError::ReadyFile { path: path.clone(), source })?;
        }
        Ok(Emulator { front, base, server: Some(server), ca_file })
    }

    /// Makes an emulator without a socket, to be asked through [`Emulator::service`].
    ///
    /// # Errors
    ///
    /// Says in one line why the emulator could not start, and how to mend it.
    pub fn build(self) -> Result<Emulator, EmulatorError> {
        let front = Front::new(faces(), self.limits, self.trusted());
        front.open(load(&self.org, self.starting_point()?)?);
        Ok(Emulator { front, base: "http://localhost".into(), server: None, ca_file: None })
    }

    fn trusted(&self) -> Hosts {
        Hosts::new(self.hosts.iter().map(String::as_str))
    }

    fn starting_point(&self) -> Result<Start, EmulatorError> {
        let mut settings = Settings::default();
        for (key, value) in &self.switches {
            settings.set(key, value).map_err(EmulatorError::Setting)?;
        }
        let scenario = read_scenario(&self.scenario).map_err(EmulatorError::Scenario)?;
        Ok(Start { settings, clock: self.clock, seed: self.seed, scenario })
    }
}

/// The faces of every emulator.
fn faces() -> Faces {
    Faces {
        web_api: webapi::handle,
        plan: webapi::plan,
        graph: graph::handle,
        control: control::handle,
        pages: pages::handle,
    }
}

/// Builds the default organization and has it accept a write, which is then taken back.
fn load(org: &str, start: Start) -> Result<Host, EmulatorError> {
    let registry = Registry::new(rules::all(), messages::all());
    let host = Host::new(Service::new(registry), org, start)?;
    let accepted = host.default_organization().live().write(|tx| {
        let table = tx.known().businessunit.id;
        let id = tx.next_id();
        tx.insert(table, id, &Record::new());
        Err::<(), _>(tx.records().table(table).get(id).is_some())
    });
    match accepted {
        Err(true) => Ok(host),
        _ => Err(EmulatorError::NotWritable("a first row is not found again".to_owned())),
    }
}

/// A scenario by name or, where the text is a path, from a file.
fn read_scenario(text: &str) -> Result<Scenario, String> {
    let path = Path::new(text);
    let is_path =
        path.components().count() > 1 || path.extension().is_some_and(|extension| extension == "json");
    if is_path {
        let document = std::fs::read_to_string(path)
            .map_err(|error| format!("cannot read {text}: {error}; name a readable scenario file"))?;
        return Ok(Scenario::Document(document.into()));
    }
    Scenario::from_str(text)
}

/// Readers see the whole file or none.
fn write_atomically(path: &Path, text: &str) -> std::io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    let mut file = std::fs::File::create(&temporary)?;
    writeln!(file, "{text}")?;
    file.sync_all()?;
    std::fs::rename(&temporary, path).inspect_err(|_| drop(std::fs::remove_file(&temporary)))
}
