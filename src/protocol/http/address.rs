//! Which face and which organization an address means.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// What a path addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target<'p> {
    /// `/api/data/v9.2/…`, `/{org}/api/data/v9.2/…`.
    WebApi {
        /// The organization the path names.
        organization: Option<&'p str>,
        /// `v9.2`.
        version: &'p str,
        /// What follows the version, without a slash in front.
        rest: &'p str,
    },
    /// `/api/data/` with a version that no organization ever had.
    UnknownVersion(&'p str),
    /// `/graph/v1.0/…`, `/{org}/graph/v1.0/…`.
    Graph {
        /// The organization the path names.
        organization: Option<&'p str>,
        /// What follows `graph/`: the version and the rest.
        rest: &'p str,
    },
    /// `/_emulator/v1/…`; the router of the control API sees the whole path.
    Control,
    /// `/main.aspx`, `/adminportal`, `/_emulator/`, alone or below an organization; the router of the pages sees what is
    /// below the organization.
    Pages {
        /// The organization the path names.
        organization: Option<&'p str>,
        /// The path below it, with a slash in front.
        rest: &'p str,
    },
    /// Something the service or the emulator's contract has and this build has not, by name.
    NotEmulated(&'static str),
    /// Nothing.
    Unknown,
}

impl Target<'_> {
    /// Whether an organization is addressed, by name or as the default one.
    pub(super) fn is_an_organizations(self) -> bool {
        matches!(self, Self::WebApi { .. } | Self::Graph { .. } | Self::Pages { .. })
    }

    /// Whether it is a page about the emulator rather than one of an organization.
    pub(super) fn is_console(self) -> bool {
        matches!(self, Self::Pages { organization: None, rest } if rest.starts_with("/_emulator"))
    }
}

/// Finds the target of a path.
pub(super) fn target(path: &str) -> Target<'_> {
    let Some(inner) = path.strip_prefix('/') else { return Target::Unknown };
    if let Some(rest) = strip(inner, "api/data") {
        return web_api(None, rest);
    }
    let (first, rest) = first_segment(inner);
    if first == "_emulator" && strip(rest, "v1").is_some() {
        return Target::Control;
    }
    if let Some(rest) = strip(rest, "api/data") {
        return web_api(Some(first), rest);
    }
    if let Some(target) = beside(None, path) {
        return target;
    }
    let below = path.strip_prefix('/').and_then(|path| path.strip_prefix(first)).unwrap_or_default();
    let is_below = !below.is_empty();
    let page = is_below.then(|| beside(Some(first), below)).flatten();
    page.or_else(|| feature(inner).map(Target::NotEmulated))
        .or_else(|| is_below.then(|| feature(rest)).flatten().map(Target::NotEmulated))
        .unwrap_or(Target::Unknown)
}

/// The faces beside the Web API, whose addresses may stand below an organization.
fn beside<'p>(organization: Option<&'p str>, path: &'p str) -> Option<Target<'p>> {
    const PAGES: &[&str] = &["main.aspx", "adminportal", "signin", "signout", "_root"];
    let inner = path.strip_prefix('/')?;
    if let Some(rest) = strip(inner, "graph") {
        return Some(Target::Graph { organization, rest: rest.strip_prefix('/').unwrap_or(rest) });
    }
    let is_console = organization.is_none() && strip(inner, "_emulator").is_some();
    let is_page = inner.is_empty() || is_console || PAGES.iter().any(|page| strip(inner, page).is_some());
    is_page.then_some(Target::Pages { organization, rest: path })
}

/// The organization a host name names: `contoso.localhost:5050` names `contoso`.
pub(super) fn organization_of_host(authority: &str) -> Option<&str> {
    const SUFFIX: &str = ".localhost";
    let name = host_of(authority);
    let at = name.len().checked_sub(SUFFIX.len())?;
    let (organization, suffix) = name.split_at_checked(at)?;
    (suffix.eq_ignore_ascii_case(SUFFIX) && !organization.is_empty()).then_some(organization)
}

/// An authority without its port.
pub(super) fn host_of(authority: &str) -> &str {
    // Ports are short, and colons within an address stand in brackets.
    match authority.bytes().rposition(|byte| matches!(byte, b':' | b']')) {
        Some(at) if authority.as_bytes()[at] == b':' => &authority[..at],
        _ => authority,
    }
}

/// What a `Host` header names that can stand in a link; of a list, as a row of proxies makes one, the first.
pub(super) fn authority_in(text: &str) -> Option<&str> {
    // Nearly every header is one name and nothing else, so only others are taken apart.
    if is_authority(text) {
        return Some(text);
    }
    text.split(',').next().map(str::trim).filter(|first| is_authority(first))
}

/// Whether a text is the name or the address of a host, perhaps with a port.
pub(super) fn is_authority(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 255
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'[' | b']'))
}

fn web_api<'p>(organization: Option<&'p str>, rest: &'p str) -> Target<'p> {
    let rest = rest.strip_prefix('/').unwrap_or(rest);
    let (version, rest) = first_segment(rest);
    if is_version(version) {
        Target::WebApi { organization, version, rest }
    } else {
        Target::UnknownVersion(version)
    }
}

/// The first segment of a path and what follows its slash. Segments are so short that looking at each byte is the
/// quickest way.
fn first_segment(path: &str) -> (&str, &str) {
    match path.bytes().position(|byte| byte == b'/') {
        Some(slash) => (&path[..slash], &path[slash + 1..]),
        None => (path, ""),
    }
}

/// `v8.0` to `v9.9`.
fn is_version(text: &str) -> bool {
    matches!(text.as_bytes(), [b'v', b'8' | b'9', b'.', b'0'..=b'9'])
}

/// The rest of a path behind a prefix of whole segments; IIS does not mind the case of these.
fn strip<'p>(path: &'p str, prefix: &str) -> Option<&'p str> {
    let (start, rest) = path.split_at_checked(prefix.len())?;
    (start.eq_ignore_ascii_case(prefix) && (rest.is_empty() || rest.starts_with('/'))).then_some(rest)
}

/// What the first segments of a path are called where they belong to a face that is not there.
fn feature(path: &str) -> Option<&'static str> {
    const FEATURES: &[(&str, &str)] = &[
        ("oauth2", "sign-in for programs (OAuth 2)"),
        ("v2.0/.well-known", "sign-in for programs (OpenID Connect)"),
        (".well-known", "sign-in for programs (OpenID Connect)"),
        ("discovery", "sign-in for programs (OpenID Connect)"),
        ("api/discovery", "the discovery service"),
        ("XRMServices", "the Organization Service (SOAP)"),
    ];
    FEATURES.iter().find(|(prefix, _)| strip(path, prefix).is_some()).map(|(_, name)| *name)
}

/// An address as people write it: what no address can hold is percent-encoded, what is encoded already stays as it is.
pub fn escaped(path: &str) -> String {
    const REST: &AsciiSet = &CONTROLS
        .add(b' ')
        .add(b'"')
        .add(b'<')
        .add(b'>')
        .add(b'\\')
        .add(b'^')
        .add(b'`')
        .add(b'{')
        .add(b'|')
        .add(b'}');
    utf8_percent_encode(path, REST).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_find_their_face() {
        let web_api = |organization, version, rest| Target::WebApi { organization, version, rest };
        let pages = |organization, rest| Target::Pages { organization, rest };
        for (path, expected) in [
            ("/api/data/v9.2/systemusers(1)", web_api(None, "v9.2", "systemusers(1)")),
            ("/api/data/v9.2", web_api(None, "v9.2", "")),
            ("/api/data/v8.0/", web_api(None, "v8.0", "")),
            ("/API/Data/v9.0/WhoAmI", web_api(None, "v9.0", "WhoAmI")),
            ("/contoso/api/data/v9.2/$metadata", web_api(Some("contoso"), "v9.2", "$metadata")),
            ("/api/data/v7.0/accounts", Target::UnknownVersion("v7.0")),
            ("/api/data", Target::UnknownVersion("")),
            ("/api/database/v9.2", Target::Unknown),
            ("/_emulator/v1/health", Target::Control),
            ("/_emulator/", pages(None, "/_emulator/")),
            ("/_emulator/orgs/contoso", pages(None, "/_emulator/orgs/contoso")),
            ("/", pages(None, "/")),
            ("/main.aspx", pages(None, "/main.aspx")),
            ("/contoso/main.aspx", pages(Some("contoso"), "/main.aspx")),
            ("/contoso/", pages(Some("contoso"), "/")),
            ("/_root/homepage.aspx", pages(None, "/_root/homepage.aspx")),
            ("/contoso/adminportal/users", pages(Some("contoso"), "/adminportal/users")),
            ("/graph/v1.0/users", Target::Graph { organization: None, rest: "v1.0/users" }),
            ("/contoso/graph/v1.0", Target::Graph { organization: Some("contoso"), rest: "v1.0" }),
            ("/graphics", Target::Unknown),
            ("/common/oauth2/v2.0/token", Target::NotEmulated("sign-in for programs (OAuth 2)")),
            ("/nothing/here", Target::Unknown),
            ("/favicon.ico", Target::Unknown),
            ("*", Target::Unknown),
        ] {
            assert_eq!(target(path), expected, "{path}");
        }
    }

    #[test]
    fn host_names_name_organizations() {
        assert_eq!(organization_of_host("contoso.localhost:5050"), Some("contoso"));
        assert_eq!(organization_of_host("contoso.LOCALHOST"), Some("contoso"));
        assert_eq!(organization_of_host("localhost:5050"), None);
        assert_eq!(organization_of_host(".localhost"), None);
        assert_eq!(organization_of_host("[::1]:5050"), None);
        assert_eq!(organization_of_host("127.0.0.1"), None);
    }

    #[test]
    fn what_cannot_stand_in_a_link_is_no_host() {
        for good in ["localhost", "127.0.0.1:5050", "[::1]:5050", "crm_1.example.com"] {
            assert!(is_authority(good), "{good}");
        }
        for bad in ["", "a b", "a/b", "a\"b", "user@host", "häuser.de"] {
            assert!(!is_authority(bad), "{bad}");
        }
    }
}
