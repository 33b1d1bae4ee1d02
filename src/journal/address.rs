//! What an address means without what says where the organization is.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// The interfaces of an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Face {
    /// `/api/data/v9.2/…`
    WebApi,
    /// `/graph/v1.0/…`
    Graph,
    /// Everything else: what people see.
    Pages,
}

/// An address as matchers compare it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address<'a> {
    /// Whose it is.
    pub face: Face,
    /// `/accounts(1)/name`: decoded, without query, and without what names the organization and the version.
    pub path: Cow<'a, str>,
    /// The query as it was sent.
    pub query: &'a str,
}

impl Face {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::WebApi => "web_api",
            Self::Graph => "graph",
            Self::Pages => "pages",
        }
    }
}

impl<'a> Address<'a> {
    /// Reads the target of a request: absolute, from the root, or within a batch relative to the Web API's own root.
    pub fn of(target: &'a str, organization: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let path = match path.split_once("://") {
            // In a path a slash comes before anything with two of them.
            Some((scheme, rest)) if !scheme.contains('/') => rest.find('/').map_or("/", |at| &rest[at..]),
            _ => path,
        };
        let Some(inner) = path.strip_prefix('/') else {
            return Self { face: Face::WebApi, path: rooted(path), query };
        };
        let (first, behind) = inner.split_once('/').unwrap_or((inner, ""));
        let versioned = |path: &'a str| {
            let web_api = strip(path, "api/data/").map(|rest| (Face::WebApi, rest));
            web_api.or_else(|| strip(path, "graph/").map(|rest| (Face::Graph, rest)))
        };
        let (face, path) = match versioned(inner).or_else(|| versioned(behind)) {
            Some((face, rest)) => (face, rest.split_once('/').map_or("", |(_version, rest)| rest)),
            None if first.eq_ignore_ascii_case(organization) => (Face::Pages, behind),
            None => (Face::Pages, inner),
        };
        Self { face, path: rooted(path), query }
    }
}

fn strip<'p>(path: &'p str, prefix: &str) -> Option<&'p str> {
    let (start, rest) = path.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// Decoded, with a slash in front and none at the end.
fn rooted(path: &str) -> Cow<'_, str> {
    let decoded = percent_decode_str(path.trim_end_matches('/')).decode_utf8_lossy();
    format!("/{decoded}").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_compared_without_where_it_is() {
        for (target, face, path, query) in [
            ("/api/data/v9.2/accounts?$top=1", Face::WebApi, "/accounts", "$top=1"),
            ("/contoso/api/data/v8.0/accounts(1)/name", Face::WebApi, "/accounts(1)/name", ""),
            ("/API/Data/v9.2/accounts%28name%3D%27a%27%29/", Face::WebApi, "/accounts(name='a')", ""),
            ("http://x:1/other/api/data/v9.0/WhoAmI()?a=b://c", Face::WebApi, "/WhoAmI()", "a=b://c"),
            ("/api/data/v9.2", Face::WebApi, "/", ""),
            ("/api/data/v9.2/", Face::WebApi, "/", ""),
            ("accounts?$top=1", Face::WebApi, "/accounts", "$top=1"),
            ("$1/name", Face::WebApi, "/$1/name", ""),
            ("/graph/v1.0/users/a@b?$select=id", Face::Graph, "/users/a@b", "$select=id"),
            ("/contoso/graph/v1.0/users", Face::Graph, "/users", ""),
            ("/contoso/main.aspx?x=y", Face::Pages, "/main.aspx", "x=y"),
            ("/Contoso", Face::Pages, "/", ""),
            ("/main.aspx", Face::Pages, "/main.aspx", ""),
            ("/", Face::Pages, "/", ""),
            ("", Face::WebApi, "/", ""),
        ] {
            let address = Address::of(target, "contoso");
            assert_eq!((address.face, &*address.path, address.query), (face, path, query), "{target}");
        }
    }
}
