//! The emulator in one value: organizations, faces, and perhaps a server.
//!
//! This is the only place that knows every part: it hangs rules and messages into the service and mounts the faces.

mod builder;
mod error;
mod org;
mod server;

use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

pub use builder::EmulatorBuilder;
pub use error::EmulatorError;
pub use org::Org;

use crate::clock::Clock;
use crate::hosting::{Host, HostError};
use crate::protocol::http::Front;
use crate::tls::CaFile;
use server::Server;

/// A running emulator. Two of them share nothing.
///
/// It stops when it is dropped, and its port is free again at once.
#[derive(Debug)]
#[must_use = "an emulator stops when it is dropped: bind it to a name that lives as long as it is needed"]
pub struct Emulator {
    front: Front,
    base: Arc<str>,
    server: Option<Server>,
    ca_file: Option<CaFile>,
}

impl Emulator {
    /// An emulator to be configured; every default is that of the command line, except that the port is a free one.
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::default()
    }

    /// Where it is served, without a slash at the end: `http://127.0.0.1:5050`. An emulator without a socket answers
    /// to `http://localhost`.
    pub fn url(&self) -> &str {
        &self.base
    }

    /// The certificate (PEM) that clients have to trust; `None` without TLS.
    pub fn ca_file(&self) -> Option<&Path> {
        self.ca_file.as_ref().map(|file| file.path.as_path())
    }

    /// The organization of addresses that name none.
    pub fn default_org(&self) -> Org {
        self.handle(Arc::clone(self.host().default_organization()))
    }

    /// The organization of a name.
    pub fn org(&self, name: &str) -> Option<Org> {
        self.host().organization(name).map(|organization| self.handle(organization))
    }

    /// All organizations, by name.
    pub fn orgs(&self) -> Vec<Org> {
        self.host().organizations().into_iter().map(|organization| self.handle(organization)).collect()
    }

    /// Makes an organization from the scenario that the emulator was started with.
    ///
    /// # Errors
    ///
    /// When the name is unfit or taken.
    pub fn create_org(&self, name: &str) -> Result<Org, EmulatorError> {
        let host = self.host();
        Ok(self.handle(host.create(name, &host.start())?))
    }

    /// Forgets an organization and everything in it.
    ///
    /// # Errors
    ///
    /// When there is none of that name, or it is the default one.
    pub fn delete_org(&self, name: &str) -> Result<(), EmulatorError> {
        Ok(self.host().delete(name)?)
    }

    /// The clocks of all organizations at once.
    pub fn clock(&self) -> EmulatorClock<'_> {
        EmulatorClock { host: self.host() }
    }

    /// The emulator without its socket: a `tower::Service` of `http::Request`, cheap to clone.
    pub fn service(&self) -> Front {
        self.front.clone()
    }

    /// Stops: takes no new connection, finishes the requests in flight (5 seconds at most), and frees the port.
    pub async fn stop(mut self) {
        if let Some(server) = self.server.take() {
            server.stop().await;
        }
    }

    fn host(&self) -> &Host {
        self.front.host().expect("the builder hands out an emulator only after its organizations are loaded")
    }

    fn handle(&self, organization: Arc<crate::hosting::Organization>) -> Org {
        Org::new(self.front.clone(), Arc::clone(&self.base), organization)
    }
}

/// The clocks of all organizations of an emulator.
#[derive(Debug, Clone, Copy)]
pub struct EmulatorClock<'e> {
    host: &'e Host,
}

impl EmulatorClock<'_> {
    /// What the clock of the default organization shows.
    pub fn now(&self) -> Timestamp {
        self.host.default_organization().read().now()
    }

    /// Moves every clock forward; see [`hours`] and its like for durations.
    pub fn advance(&self, by: SignedDuration) {
        self.host.advance(by);
    }

    /// Stops every clock at an instant.
    pub fn freeze(&self, now: Timestamp) {
        self.host.set_clock(Clock::Manual { now });
    }

    /// Lets every clock follow the machine's again.
    pub fn follow_machine(&self) {
        self.host.set_clock(Clock::default());
    }
}

/// So many hours, for clocks.
pub const fn hours(hours: u32) -> SignedDuration {
    SignedDuration::from_secs(hours as i64 * 3600)
}

/// So many minutes, for clocks.
pub const fn minutes(minutes: u32) -> SignedDuration {
    SignedDuration::from_secs(minutes as i64 * 60)
}

impl From<HostError> for EmulatorError {
    fn from(error: HostError) -> Self {
        match error {
            HostError::BadScenario(why) => Self::Scenario(why),
            other => Self::Organization(other),
        }
    }
}
