//! Who may not speak to the emulator: web pages from elsewhere, by way of the browser of somebody who runs it.
//!
//! A page of another site can make a browser send requests to a loopback address. Under a name of its own that it
//! points at loopback (DNS rebinding) it could read the answers as well, so pages and control API answer only under
//! names that cannot be pointed anywhere by others. Programs do not do other people's bidding: the Web API and the
//! directory ask this only of what looks like a browser (its `User-Agent`, an `Origin` beside a change), so that tests may
//! address an organization as `contoso.crm.dynamics.com`. A page in a browser that lets pages choose their `User-Agent`
//! could read an organization that way; one that must not be read runs with `auth=token`.

use http::header::{ORIGIN, USER_AGENT};
use http::{HeaderMap, Method, StatusCode};

use super::Refusal;
use super::address::host_of;

/// Names under which the emulator may be addressed beside those that nobody can own: addresses, `localhost` and what is
/// below it, what is below `test` (RFC 6761), and names without a dot (containers).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hosts(Vec<Box<str>>);

/// What a request wants to reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Pages and control API: for people, and for whoever tests.
    Everything,
    /// One organization as its clients see it.
    Organization,
}

impl Hosts {
    /// These names, too.
    pub fn new(names: impl IntoIterator<Item = impl Into<Box<str>>>) -> Self {
        Self(names.into_iter().map(|name| name.into().to_ascii_lowercase().into()).collect())
    }

    /// Whether nobody else can have made this authority (`name:port`) mean the emulator.
    fn trust(&self, authority: &str) -> bool {
        let host = host_of(authority);
        let is_address = host.starts_with('[') || host.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        is_address
            || !host.contains('.')
            || host.rsplit('.').next().is_some_and(|last| {
                last.eq_ignore_ascii_case("localhost") || last.eq_ignore_ascii_case("test")
            })
            || self.0.iter().any(|name| name.eq_ignore_ascii_case(host))
    }

    /// Lets a request through, or says why not. `authority` is what the `Host` header holds, `forwarded` what a proxy
    /// in between was asked for.
    pub(super) fn check(
        &self,
        reach: Reach,
        method: &Method,
        headers: &HeaderMap,
        authority: &str,
        forwarded: &str,
    ) -> Result<(), Refusal> {
        if !self.trust(authority) && (reach == Reach::Everything || is_browser(headers)) {
            return Err(untrusted(authority));
        }
        if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
            return Ok(());
        }
        let Some(origin) = headers.get(ORIGIN) else { return Ok(()) };
        if !self.trust(authority) {
            // Only a browser says where a request comes from, and only a page that was pointed here has this name.
            return Err(untrusted(authority));
        }
        let origin = origin.to_str().unwrap_or_default();
        let from = origin.split_once("://").map_or("", |(_, authority)| authority);
        let is_own = !from.is_empty() && (from == authority || from == forwarded);
        let is_near = reach == Reach::Organization && !from.is_empty() && self.trust(from);
        if is_own || is_near { Ok(()) } else { Err(foreign(origin)) }
    }
}

/// Browsers say so, unless a page makes one of them say otherwise.
fn is_browser(headers: &HeaderMap) -> bool {
    headers.get(USER_AGENT).is_some_and(|agent| agent.as_bytes().starts_with(b"Mozilla/"))
}

fn untrusted(authority: &str) -> Refusal {
    Refusal::new(
        StatusCode::FORBIDDEN,
        "UntrustedHost",
        format!("The emulator does not answer here under the name '{authority}'."),
        "Use localhost or an address, or start the emulator with --allow-host and that name.",
    )
}

fn foreign(origin: &str) -> Refusal {
    Refusal::new(
        StatusCode::FORBIDDEN,
        "ForeignOrigin",
        format!("The request comes from a page of another site ('{origin}')."),
        "Send it from a page of the emulator, or from a program, which sends no Origin header.",
    )
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn checked(
        reach: Reach,
        method: &Method,
        authority: &str,
        headers: &[(HeaderName, &'static str)],
    ) -> &'static str {
        let headers: HeaderMap =
            headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect();
        match Hosts::new(["crm.example.com"]).check(reach, method, &headers, authority, "outside.example") {
            Ok(()) => "passes",
            Err(refusal) if refusal.code == "UntrustedHost" => "untrusted",
            Err(_) => "foreign",
        }
    }

    #[test]
    fn pages_and_control_api_answer_under_names_that_only_the_emulator_can_have() {
        for (authority, expected) in [
            ("127.0.0.1:5050", "passes"),
            ("[::1]:5050", "passes"),
            ("localhost", "passes"),
            ("contoso.localhost:5050", "passes"),
            ("crm.test", "passes"),
            ("crm-emulator:5050", "passes"),
            ("crm.example.com:8443", "passes"),
            ("CRM.example.com", "passes"),
            ("evil.example:5050", "untrusted"),
            ("localhost.evil.example", "untrusted"),
            ("127.0.0.1.evil.example", "untrusted"),
        ] {
            assert_eq!(checked(Reach::Everything, &Method::GET, authority, &[]), expected, "{authority}");
        }
    }

    #[test]
    fn programs_reach_an_organization_under_any_name_and_browsers_do_not() {
        let browser = [(USER_AGENT, "Mozilla/5.0 (X11; Linux x86_64)")];
        let at = "contoso.crm.dynamics.com";
        assert_eq!(checked(Reach::Organization, &Method::GET, at, &[]), "passes");
        assert_eq!(checked(Reach::Organization, &Method::GET, at, &[(USER_AGENT, "node")]), "passes");
        assert_eq!(checked(Reach::Organization, &Method::GET, at, &browser), "untrusted");
        assert_eq!(checked(Reach::Organization, &Method::GET, "localhost:1", &browser), "passes");
        let rebound = [(ORIGIN, "http://evil.example"), (USER_AGENT, "anything")];
        assert_eq!(checked(Reach::Organization, &Method::POST, "evil.example", &rebound), "untrusted");
        assert_eq!(checked(Reach::Organization, &Method::POST, at, &[]), "passes");
    }

    #[test]
    fn pages_of_other_sites_change_nothing() {
        let at = "localhost:5050";
        for (reach, method, origin, expected) in [
            (Reach::Everything, Method::POST, "http://localhost:5050", "passes"),
            (Reach::Everything, Method::POST, "https://outside.example", "passes"),
            (Reach::Everything, Method::POST, "http://localhost:3000", "foreign"),
            (Reach::Everything, Method::POST, "https://evil.example", "foreign"),
            (Reach::Everything, Method::DELETE, "null", "foreign"),
            (Reach::Everything, Method::GET, "https://evil.example", "passes"),
            (Reach::Organization, Method::PATCH, "http://localhost:3000", "passes"),
            (Reach::Organization, Method::PATCH, "https://evil.example", "foreign"),
            (Reach::Organization, Method::POST, "null", "foreign"),
        ] {
            let checked = checked(reach, &method, at, &[(ORIGIN, origin)]);
            assert_eq!(checked, expected, "{reach:?} {method} from {origin}");
        }
    }
}
