//! The certificate for the name that a client asks for.

use std::sync::Arc;

use dashmap::DashMap;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::certificates::Authority;

/// Names below `localhost` are certified when they are asked for first, since OpenSSL and others accept no wildcard
/// directly below a top-level name; every other client gets the leaf.
#[derive(Debug)]
pub(super) struct Names {
    authority: Authority,
    leaf: Arc<CertifiedKey>,
    issued: DashMap<Box<str>, Arc<CertifiedKey>>,
}

/// How many names are certified: more than anybody has organizations, few enough to bound the memory.
const MOST: usize = 1000;

impl Names {
    pub(super) fn new(authority: Authority, leaf: CertifiedKey) -> Self {
        Self { authority, leaf: Arc::new(leaf), issued: DashMap::new() }
    }

    fn for_name(&self, name: &str) -> Option<Arc<CertifiedKey>> {
        // rustls hands out names in lower case, as DNS names that are well-formed.
        name.strip_suffix(".localhost")?;
        if let Some(issued) = self.issued.get(name) {
            return Some(Arc::clone(&issued));
        }
        if self.issued.len() >= MOST {
            return None;
        }
        let issued = Arc::new(self.authority.issue(&[name]).ok()?.parse()?);
        self.issued.insert(name.into(), Arc::clone(&issued));
        Some(issued)
    }
}

impl ResolvesServerCert for Names {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let named = hello.server_name().and_then(|name| self.for_name(name));
        Some(named.unwrap_or_else(|| Arc::clone(&self.leaf)))
    }
}
