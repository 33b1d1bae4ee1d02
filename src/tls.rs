//! Certificates for https: a CA of the emulator's own, and a leaf for this machine's names.
//!
//! A client that trusts `ca.pem` accepts the server; nothing else on the machine changes. With a directory the CA
//! stays the same from one start to the next, so that it is trusted once.

mod certificates;
mod names;

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rustls::ServerConfig;
use tokio_rustls::TlsAcceptor;

use certificates::{Authority, Leaf, NAMES};
use names::Names;

/// Where the certificates come from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tls {
    /// The directory that keeps them (`ca.pem`, `ca-key.pem`, `cert.pem`, `key.pem`). Without one they are made anew,
    /// and only `ca.pem` is written, into a temporary directory.
    pub directory: Option<PathBuf>,
}

/// Why there are no certificates, in one line that says how to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsError(String);

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TlsError {}

impl Tls {
    /// Certificates kept in a directory, which is made where there is none.
    pub fn kept_in(directory: impl Into<PathBuf>) -> Self {
        Self { directory: Some(directory.into()) }
    }

    /// Certificates that are made anew and forgotten when the emulator stops.
    pub fn temporary() -> Self {
        Self::default()
    }

    /// Finds or makes the certificates.
    pub(crate) fn prepare(&self) -> Result<Prepared, TlsError> {
        match &self.directory {
            Some(directory) => keep(directory),
            None => make_anew(),
        }
    }
}

/// What a server needs, and what its clients need.
pub(crate) struct Prepared {
    pub(crate) acceptor: TlsAcceptor,
    pub(crate) ca_file: CaFile,
}

/// The file that clients trust; a temporary one goes when this is dropped.
#[derive(Debug)]
pub(crate) struct CaFile {
    pub(crate) path: PathBuf,
    is_temporary: bool,
}

impl Drop for CaFile {
    fn drop(&mut self) {
        if self.is_temporary {
            // What cannot be removed is a certificate without its key; the system clears its temporary files.
            let _ = fs::remove_file(&self.path);
            let _ = self.path.parent().map(fs::remove_dir);
        }
    }
}

/// Reuses what a directory keeps as far as it is good: the leaf under its CA, or a new leaf under its CA.
fn keep(directory: &Path) -> Result<Prepared, TlsError> {
    let failed = |path: &Path, error: &io::Error| {
        TlsError(format!(
            "cannot keep certificates in {}: {error}; name a writable directory with --tls-dir",
            path.display()
        ))
    };
    fs::create_dir_all(directory).map_err(|error| failed(directory, &error))?;
    let path = |name: &str| directory.join(name);
    let read = |name: &str| match fs::read_to_string(path(name)) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(&path(name), &error)),
    };
    let write = |name: &str, text: &str, mode| {
        write_atomically(&path(name), text, mode).map_err(|error| failed(&path(name), &error))
    };
    let kept = match (read("cert.pem")?, read("key.pem")?) {
        (Some(certificate), Some(key)) => Some(Leaf { certificate, key }),
        _ => None,
    };
    let authority = if let Some(certificate) = read("ca.pem")? {
        let broken = || {
            TlsError(format!(
                "the CA in {} is not one that the emulator made; move its files away, and a new one is made",
                directory.display()
            ))
        };
        let key = read("ca-key.pem")?.ok_or_else(broken)?;
        Authority::from_parts(certificate, &key).map_err(|_| broken())?
    } else {
        let authority = Authority::generate().map_err(made)?;
        write("ca-key.pem", &authority.key(), PRIVATE)?;
        write("ca.pem", authority.certificate(), PUBLIC)?;
        authority
    };
    let leaf = if let Some(leaf) = kept.filter(|leaf| leaf.is_good(authority.certificate())) {
        leaf
    } else {
        let leaf = authority.issue(&NAMES).map_err(made)?;
        if !leaf.is_good(authority.certificate()) {
            return Err(TlsError(format!(
                "ca.pem and ca-key.pem in {} do not belong together; move them away, and new ones are made",
                directory.display()
            )));
        }
        write("key.pem", &leaf.key, PRIVATE)?;
        write("cert.pem", &leaf.certificate, PUBLIC)?;
        leaf
    };
    let ca_file = CaFile { path: path("ca.pem"), is_temporary: false };
    Ok(Prepared { acceptor: acceptor(authority, &leaf)?, ca_file })
}

fn make_anew() -> Result<Prepared, TlsError> {
    // Several emulators of one process have a directory each.
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let authority = Authority::generate().map_err(made)?;
    let leaf = authority.issue(&NAMES).map_err(made)?;
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let directory = std::env::temp_dir().join(format!("crm-emulator-{}-{number}", std::process::id()));
    let path = directory.join("ca.pem");
    fs::create_dir_all(&directory)
        .and_then(|()| write_atomically(&path, authority.certificate(), PUBLIC))
        .map_err(|error| {
            TlsError(format!(
                "cannot write {}: {error}; name a writable directory with --tls-dir",
                path.display()
            ))
        })?;
    Ok(Prepared { acceptor: acceptor(authority, &leaf)?, ca_file: CaFile { path, is_temporary: true } })
}

fn acceptor(authority: Authority, leaf: &Leaf) -> Result<TlsAcceptor, TlsError> {
    let unusable = |why: &str| TlsError(format!("the certificate cannot be used: {why}; empty --tls-dir"));
    let leaf = leaf.parse().ok_or_else(|| unusable("it does not belong to its key"))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(&error.to_string()))?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Names::new(authority, leaf)));
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
fn made(error: rcgen::Error) -> TlsError {
    TlsError(format!("cannot make a certificate: {error}; please report this"))
}

/// Readable by everybody.
const PUBLIC: u32 = 0o644;
/// Readable by its owner alone.
const PRIVATE: u32 = 0o600;

/// Readers see the whole file or none, and nobody else ever sees a key.
fn write_atomically(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
    // A leftover would keep its own permissions.
    if let Err(error) = fs::remove_file(&temporary)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error);
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    let mut file = options.open(&temporary)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&temporary, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(directory: &Path, name: &str) -> String {
        fs::read_to_string(directory.join(name)).unwrap()
    }

    #[test]
    fn a_directory_keeps_its_certificates() {
        let directory = tempfile::tempdir().unwrap();
        let tls = Tls::kept_in(directory.path());
        let first = tls.prepare().unwrap();
        assert_eq!(first.ca_file.path, directory.path().join("ca.pem"));
        let (ca, leaf) = (read(directory.path(), "ca.pem"), read(directory.path(), "cert.pem"));
        drop(tls.prepare().unwrap());
        assert_eq!(read(directory.path(), "ca.pem"), ca);
        assert_eq!(read(directory.path(), "cert.pem"), leaf);
    }

    #[test]
    fn a_lost_leaf_is_issued_again_under_the_same_ca() {
        let directory = tempfile::tempdir().unwrap();
        let tls = Tls::kept_in(directory.path());
        drop(tls.prepare().unwrap());
        let ca = read(directory.path(), "ca.pem");
        fs::remove_file(directory.path().join("key.pem")).unwrap();
        drop(tls.prepare().unwrap());
        assert_eq!(read(directory.path(), "ca.pem"), ca);
        let leaf =
            Leaf { certificate: read(directory.path(), "cert.pem"), key: read(directory.path(), "key.pem") };
        assert!(leaf.is_good(&ca));
    }

    #[test]
    fn a_foreign_ca_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("ca.pem"), "nothing").unwrap();
        let refused = Tls::kept_in(directory.path()).prepare().err().unwrap();
        assert!(refused.to_string().contains("move its files away"), "{refused}");
        assert_eq!(read(directory.path(), "ca.pem"), "nothing");
    }

    #[cfg(unix)]
    #[test]
    fn keys_are_for_their_owner() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        drop(Tls::kept_in(directory.path()).prepare().unwrap());
        for name in ["ca-key.pem", "key.pem"] {
            let mode = fs::metadata(directory.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }

    #[test]
    fn a_temporary_ca_goes_with_its_server() {
        let prepared = Tls::temporary().prepare().unwrap();
        let path = prepared.ca_file.path.clone();
        assert!(path.exists());
        drop(prepared);
        assert!(!path.exists());
    }
}
