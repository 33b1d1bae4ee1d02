//! Addresses in answers, built from the address the request came in by.

use bytes::Bytes;
use http::HeaderValue;
use uuid::Uuid;

use super::encode::text;
use crate::model::Table;
use crate::protocol::http::Site;

/// The service root of a request: `http://127.0.0.1:5050/contoso/api/data/v9.2`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Root<'a> {
    /// Where the request came in.
    pub(super) site: &'a Site,
    /// The version it asked for, `v9.2`.
    pub(super) version: &'a str,
}

impl Root<'_> {
    /// Appends the root, without a slash at the end.
    pub(super) fn push(self, out: &mut Vec<u8>) {
        for part in
            [self.site.scheme, "://", &self.site.authority, &self.site.prefix, "/api/data/", self.version]
        {
            out.extend_from_slice(part.as_bytes());
        }
    }

    /// Appends the address of a row.
    pub(super) fn push_row(self, out: &mut Vec<u8>, table: &Table, id: Uuid) {
        self.push(out);
        out.push(b'/');
        out.extend_from_slice(table.entity_set_name.as_bytes());
        out.push(b'(');
        text::guid(out, id);
        out.push(b')');
    }

    /// The address of a row as a header.
    pub(super) fn row_header(self, table: &Table, id: Uuid) -> HeaderValue {
        let mut out = Vec::with_capacity(128);
        self.push_row(&mut out, table, id);
        // Its parts were a header of the request and a piece of its address, or are names of the catalogue.
        HeaderValue::from_maybe_shared(Bytes::from(out)).expect("an address may stand in a header")
    }

    /// Takes the root off an address. Absolute addresses must be of this site and this organization; of relative
    /// ones a leading slash, and the path of a root, are taken off.
    pub(super) fn relative(self, url: &str) -> Option<&str> {
        let prefix = &*self.site.prefix;
        // Most bindings begin with a slash, and what does has no scheme.
        let absolute = if url.starts_with('/') { None } else { url.split_once("://") };
        let Some((_, rest)) = absolute else {
            let rooted = url.strip_prefix(prefix).and_then(after_root).or_else(|| after_root(url));
            return Some(rooted.unwrap_or_else(|| url.strip_prefix('/').unwrap_or(url)));
        };
        let (authority, path) = rest.split_at(rest.find('/')?);
        if !same_authority(authority, &self.site.authority) {
            return None;
        }
        after_root(path.strip_prefix(prefix)?)
    }
}

impl Root<'_> {
    /// The version that an address of this service names, if it names one: `v9.2`.
    pub(super) fn version_of(self, url: &str) -> Option<&str> {
        let (before, rest) = url.split_once("/api/data/")?;
        let known = before.is_empty() || before == self.site.prefix || before.contains("://");
        let version = rest.split('/').next()?;
        (known && version.starts_with('v')).then_some(version)
    }
}

/// What follows `/api/data/v9.2/`.
fn after_root(path: &str) -> Option<&str> {
    let (version, rest) = path.strip_prefix("/api/data/v")?.split_once('/')?;
    version.bytes().all(|b| b.is_ascii_digit() || b == b'.').then_some(rest)
}

/// Host names do not care for case, and the default port may be left out.
fn same_authority(sent: &str, own: &str) -> bool {
    let without_port = |text: &str| -> usize {
        text.strip_suffix(":80").or_else(|| text.strip_suffix(":443")).unwrap_or(text).len()
    };
    sent.eq_ignore_ascii_case(own)
        || sent[..without_port(sent)].eq_ignore_ascii_case(&own[..without_port(own)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_this_service_are_recognised() {
        let site = Site { scheme: "http", authority: "h:5050".into(), prefix: "/contoso".into() };
        let root = Root { site: &site, version: "v9.2" };
        for url in [
            "http://h:5050/contoso/api/data/v9.2/accounts(1)",
            "HTTPS://H:5050/contoso/api/data/v9.0/accounts(1)",
            "/contoso/api/data/v9.2/accounts(1)",
            "/api/data/v9.2/accounts(1)",
            "/accounts(1)",
            "accounts(1)",
        ] {
            assert_eq!(root.relative(url), Some("accounts(1)"), "{url}");
        }
        assert_eq!(root.relative("http://other/api/data/v9.2/accounts(1)"), None);
        assert_eq!(root.relative("http://h:5050/api/data/v9.2/accounts(1)"), None, "another organization");
        assert_eq!(root.relative("http://h:5050"), None);
        assert_eq!(root.relative("contosos(1)"), Some("contosos(1)"));
        let mut out = Vec::new();
        root.push(&mut out);
        assert_eq!(out, b"http://h:5050/contoso/api/data/v9.2");
    }
}
