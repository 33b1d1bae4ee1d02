//! Why an emulator did not start, in one line that says how to mend it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::{fmt, io};

use crate::hosting::HostError;
use crate::tls::TlsError;

/// Why an emulator did not start, or an organization was not made.
#[derive(Debug)]
#[non_exhaustive]
pub enum EmulatorError {
    /// The address cannot be listened on.
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// A switch has no such key or no such value.
    Setting(String),
    /// A matcher of requests, or an injection, cannot be read.
    Invalid(String),
    /// The scenario cannot be found, read or built.
    Scenario(String),
    /// The organization's name is unfit, taken or unknown.
    Organization(HostError),
    /// Certificates cannot be made, read or kept.
    Tls(TlsError),
    /// The ready file cannot be written.
    ReadyFile {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The system gives no threads.
    Threads(io::Error),
    /// The loaded organization takes no write: a fault of the emulator.
    NotWritable(String),
}

impl fmt::Display for EmulatorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen { address, source } if source.kind() == io::ErrorKind::AddrInUse => write!(
                f,
                "cannot listen on {address}: another program does; stop it, or choose another port (0 takes a free one)"
            ),
            Self::Listen { address, source } => {
                write!(f, "cannot listen on {address}: {source}; choose an address of this machine")
            }
            Self::Setting(why) => write!(f, "a setting is wrong: {why}"),
            Self::Invalid(why) => write!(f, "this cannot be: {why}"),
            Self::Scenario(why) => write!(f, "the scenario cannot be loaded: {why}"),
            Self::Organization(error) => error.fmt(f),
            Self::Tls(error) => error.fmt(f),
            Self::ReadyFile { path, source } => write!(
                f,
                "cannot write the ready file {}: {source}; name a file in a directory that exists and is writable",
                path.display()
            ),
            Self::Threads(source) => {
                write!(f, "cannot start a thread: {source}; raise the limit of processes")
            }
            Self::NotWritable(why) => write!(f, "the organization takes no write: {why}; please report this"),
        }
    }
}

impl std::error::Error for EmulatorError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Listen { source, .. } | Self::ReadyFile { source, .. } | Self::Threads(source) => {
                Some(source)
            }
            Self::Organization(error) => Some(error),
            Self::Tls(error) => Some(error),
            Self::Setting(_) | Self::Invalid(_) | Self::Scenario(_) | Self::NotWritable(_) => None,
        }
    }
}
