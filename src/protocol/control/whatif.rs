//! What would happen if: requests run on a throw-away fork.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::extract::{Here, Json, Scope};
use super::{Answer, ok};
use crate::protocol::http::{Refusal, Response, Site, escaped};

/// What to try.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WhatIf {
    requests: Vec<Try>,
}

/// One request.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Try {
    pub(super) method: String,
    /// Absolute, from the root (`/api/data/v9.2/accounts`), or below the Web API's own root (`accounts`).
    pub(super) url: String,
    #[serde(default)]
    pub(super) headers: Map<String, Value>,
    /// A text is sent as it is, anything else as JSON.
    #[serde(default)]
    pub(super) body: Option<Value>,
}

/// One answer.
#[derive(Debug, Serialize)]
struct Tried {
    status: u16,
    headers: Map<String, Value>,
    body: Value,
}

pub(super) async fn run(scope: Scope, Here(site): Here, Json(wanted): Json<WhatIf>) -> Answer {
    let host = scope.host()?;
    let requests: Vec<_> = wanted
        .requests
        .into_iter()
        .enumerate()
        .map(|(index, wanted)| request(wanted, &scope, &site).map_err(|why| invalid(index, &why)))
        .collect::<Result<_, _>>()?;
    let fork = host.detached(&scope.organization);
    let before = fork.ledger();
    let mut responses = Vec::with_capacity(requests.len());
    for (site, request) in requests {
        responses.push(tried(scope.front.ask(host, &fork, site, request)));
    }
    let after = fork.ledger();
    ok(&serde_json::json!({ "responses": responses, "before": before, "after": after }))
}

/// The request that is to be tried; `Err` says what is wrong with it.
pub(super) fn request(wanted: Try, scope: &Scope, site: &Site) -> Result<(Site, Request<Bytes>), String> {
    let method: Method = wanted.method.parse().map_err(|_| format!("'{}' is no method", wanted.method))?;
    let url = &wanted.url;
    let name = scope.organization.name();
    let is_whole = url.starts_with('/') || url.contains("://");
    let full = if is_whole { url.clone() } else { format!("/{name}/api/data/v9.2/{url}") };
    let uri: Uri = escaped(&full).parse().map_err(|error| format!("'{url}' is no URL: {error}"))?;
    let path = uri.path();
    if let Some((first, rest)) = path.trim_start_matches('/').split_once('/') {
        let is_organizations = rest.starts_with("api/data/") || rest.starts_with("graph/");
        let is_other = is_organizations && !first.eq_ignore_ascii_case(name);
        if is_other {
            return Err(format!("'{url}' is an address of the organization '{first}', not of '{name}'"));
        }
    }
    let mut site = site.clone();
    if let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) {
        site.scheme = if scheme == "https" { "https" } else { "http" };
        site.authority = authority.to_string();
    }
    let headers = headers(wanted.headers)?;
    let mut request = Request::new(Bytes::new());
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    *request.headers_mut() = headers;
    if let Some(body) = wanted.body {
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().entry(CONTENT_TYPE).or_insert(json);
        *request.body_mut() = match body {
            Value::String(text) => text.into(),
            document => document.to_string().into(),
        };
    }
    Ok((site, request))
}

fn headers(wanted: Map<String, Value>) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::with_capacity(wanted.len());
    for (name, value) in wanted {
        let text = match value {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            Value::Bool(truth) => truth.to_string(),
            _ => return Err(format!("the header '{name}' is neither a text nor a number nor a boolean")),
        };
        let key: HeaderName = name.parse().map_err(|_| format!("'{name}' is no name of a header"))?;
        let value = text.parse().map_err(|_| format!("the header '{name}' holds what no header can hold"))?;
        headers.append(key, value);
    }
    Ok(headers)
}

fn tried(response: Response) -> Tried {
    let (parts, body) = response.into_parts();
    let mut headers = Map::new();
    for name in parts.headers.keys() {
        let values: Vec<_> = parts
            .headers
            .get_all(name)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()))
            .collect();
        headers.insert(name.as_str().to_owned(), values.join(", ").into());
    }
    let is_json = parts
        .headers
        .get(CONTENT_TYPE)
        .is_some_and(|of| of.as_bytes().windows(4).any(|part| part.eq_ignore_ascii_case(b"json")));
    let body = body.into_whole();
    let document = if is_json { serde_json::from_slice(&body).ok() } else { None };
    let body = match document {
        Some(document) => document,
        None if body.is_empty() => Value::Null,
        None => String::from_utf8_lossy(&body).into(),
    };
    Tried { status: parts.status.as_u16(), headers, body }
}

fn invalid(index: usize, why: &str) -> Refusal {
    Refusal::new(
        StatusCode::BAD_REQUEST,
        "InvalidRequest",
        format!("Nothing was tried: requests[{index}]: {why}."),
        "A request is {\"method\",\"url\",\"headers\"?,\"body\"?}; url as in /api/data/v9.2/systemusers.",
    )
}
