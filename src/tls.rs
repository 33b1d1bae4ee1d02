//! Certificates for https: a CA of the emulator's own, and a leaf for this machine's names.

use std::fmt;
use std::path::PathBuf;

use tokio_rustls::TlsAcceptor;

/// Where the certificates come from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tls {
    /// The directory that keeps them; a temporary one where none is named.
    pub directory: Option<PathBuf>,
}

/// Why there are no certificates.
#[derive(Debug)]
pub struct TlsError {
    message: String,
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for TlsError {}

impl Tls {
    pub(crate) fn acceptor(&self) -> Result<TlsAcceptor, TlsError> {
        Err(TlsError { message: "TLS is being written".to_owned() })
    }
}
