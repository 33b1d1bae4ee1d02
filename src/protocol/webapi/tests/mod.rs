//! The face as a client sees it, without a socket and without rules: requests in, answers out.

#[cfg(test)] // all of it; said once more for the test of the architecture
mod batches;
#[cfg(test)]
mod fetching;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod writing;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use super::super::http::{Call, Site, Trace};
use crate::clock::Clock;
use crate::hosting::{Host, Start};
use crate::scenario::Scenario;
use crate::service::{Registry, Service};
use crate::settings::Settings;

/// What stands before every address.
const BASE: &str = "http://localhost:5050/api/data/v9.2";

/// An organization with the default scenario, and somebody who asks it.
struct Client {
    host: Host,
    site: Site,
}

/// An answer, with its parts to look at.
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Client {
    fn new() -> Self {
        let service = Service::new(Registry::new(&[], crate::messages::all()));
        let start = Start {
            settings: Settings::default(),
            clock: Clock::Manual { now: "2026-01-02T03:04:05Z".parse().unwrap() },
            seed: Some(7),
            scenario: Scenario::Embedded("default".to_owned()),
        };
        let site = Site { scheme: "http", authority: "localhost:5050".to_owned(), prefix: String::new() };
        Self { host: Host::new(service, "contoso", start).unwrap(), site }
    }

    /// Sends a request: `GET /accounts?$top=1`, headers as lines, body.
    fn send(&self, line: &str, headers: &str, body: impl Into<Bytes>) -> Answer {
        let (method, url) = line.split_once(" /").unwrap();
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let headers: HeaderMap = headers
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(|line| {
                let (name, value) = line.split_once(':').unwrap();
                let name = HeaderName::from_bytes(name.trim().as_bytes()).unwrap();
                (name, HeaderValue::from_str(value.trim()).unwrap())
            })
            .collect();
        let organization = self.host.default_organization();
        let response = super::handle(
            "v9.2",
            &Call {
                host: &self.host,
                organization,
                site: &self.site,
                method: &Method::from_bytes(method.as_bytes()).unwrap(),
                path,
                query,
                headers: &headers,
                body: body.into(),
                trace: &Trace::default(),
            },
        );
        let (parts, body) = response.into_parts();
        let body = String::from_utf8(body.into_whole().to_vec()).unwrap();
        if parts
            .headers
            .get("content-type")
            .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"))
        {
            serde_json::from_str::<serde_json::Value>(&body).unwrap_or_else(|e| panic!("{e}: {body}"));
        }
        assert_eq!(parts.headers["odata-version"], "4.0");
        assert_eq!(parts.headers["req_id"], parts.headers["x-ms-service-request-id"]);
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    fn get(&self, url: &str) -> Answer {
        self.send(&format!("GET {url}"), "", "")
    }

    /// Sends JSON.
    fn json(&self, line: &str, body: &str) -> Answer {
        self.send(line, "Content-Type: application/json", body.to_owned())
    }
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn value(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Status and body, the body without the base of its addresses.
    fn shown(&self) -> String {
        format!("{} {}", self.status, self.body.replace(BASE, "…"))
    }

    /// Status, code and message of a refusal.
    fn refusal(&self) -> String {
        let value = self.value();
        let text = |name: &str| value["error"][name].as_str().unwrap_or("?").to_owned();
        format!("{} {} {}", self.status, text("code"), text("message"))
    }

    /// The id at the end of `OData-EntityId`.
    fn id(&self) -> String {
        let address = self.header("odata-entityid");
        assert!(address.starts_with(BASE) && address.ends_with(')'), "{address}");
        address[address.len() - 37..address.len() - 1].to_owned()
    }
}
