//! `$batch`: several requests in one, each as if it had come alone.
//!
//! Source: "Combine multiple requests in one HTTP call using JSON batching". `Assumed:` requests are answered in their
//! order, which the service leaves open.

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::ask::Ask;
use super::body;
use super::error::{self, Result};
use super::reply::{Body, Ids, Level, Reply};
use crate::protocol::http::Call;

/// The most requests of a batch.
const MOST: usize = 20;

/// A request of a batch.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Step {
    id: String,
    method: String,
    url: String,
    #[serde(default)]
    headers: Map<String, Value>,
    body: Option<Value>,
    #[serde(default)]
    depends_on: Vec<String>,
}

/// Answers a batch.
///
/// # Errors
///
/// 400 where it is none, or too long.
pub(super) fn answer(ask: &Ask<'_>) -> Result<Reply> {
    ask.only(&[Method::POST])?;
    ask.options.allow(&[])?;
    let steps = steps(body::members(ask)?)?;
    let mut responses: Vec<Value> = Vec::with_capacity(steps.len());
    let mut failed: Vec<&str> = Vec::new();
    for step in &steps {
        let broken = step.depends_on.iter().find(|id| failed.contains(&id.as_str()));
        let reply = match broken {
            Some(id) => error::failed_dependency(id).into_reply(&Ids::of(ask.call)),
            None => run(ask.call, step),
        };
        if reply.status.is_client_error() || reply.status.is_server_error() {
            failed.push(&step.id);
        }
        responses.push(written(step, reply));
    }
    Ok(Reply::ok(json!({ "responses": responses }), Level::None))
}

fn steps(mut members: body::Members) -> Result<Vec<Step>> {
    let Some(Value::Array(requests)) = members.remove("requests") else {
        return Err(error::bad_batch("The property 'requests' is missing."));
    };
    if let Some(name) = members.keys().next() {
        return Err(error::bad_batch(&format!("There is no property '{name}'.")));
    }
    if requests.len() > MOST {
        return Err(error::long_batch(MOST));
    }
    let read = |request| serde_json::from_value(request).map_err(|why| error::bad_batch(&why.to_string()));
    let steps = requests.into_iter().map(read).collect::<Result<Vec<Step>>>()?;
    for (place, step) in steps.iter().enumerate() {
        let before = &steps[..place];
        if before.iter().any(|other| other.id == step.id) {
            return Err(error::bad_batch(&format!("The id '{}' is there twice.", step.id)));
        }
        if let Some(id) = step.depends_on.iter().find(|id| before.iter().all(|other| other.id != **id)) {
            return Err(error::bad_batch(&format!("No request before '{}' has the id '{id}'.", step.id)));
        }
    }
    Ok(steps)
}

fn run(call: &Call<'_>, step: &Step) -> Reply {
    let (path, query) = step.url.split_once('?').unwrap_or((&step.url, ""));
    let refused = |why: &str| error::bad_batch(why).into_reply(&Ids::of(call));
    let Ok(method) = step.method.to_ascii_uppercase().parse::<Method>() else {
        return refused(&format!("The method '{}' is none.", step.method));
    };
    let path = format!("v1.0/{}", path.trim_start_matches('/'));
    if path.eq_ignore_ascii_case("v1.0/$batch") {
        return refused("A batch cannot be part of a batch.");
    }
    let Some(headers) = headers(call, step) else { return refused("A header is none.") };
    let body = step.body.as_ref().filter(|body| !body.is_null());
    let body = body.map_or_else(Bytes::new, |body| Bytes::from(body.to_string()));
    let inner = Call { method: &method, path: &path, query, headers: &headers, body, ..*call };
    super::reply(&inner, &Ids::of(&inner))
}

/// A request has its own headers; who asks is said outside.
fn headers(call: &Call<'_>, step: &Step) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in &step.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        headers.insert(name, HeaderValue::from_str(value.as_str()?).ok()?);
    }
    if let Some(value) = call.headers.get(AUTHORIZATION) {
        headers.insert(AUTHORIZATION, value.clone());
    }
    Some(headers)
}

fn written(step: &Step, reply: Reply) -> Value {
    let spelled = |name: &HeaderName| match name.as_str() {
        "cache-control" => "Cache-Control".to_owned(),
        "content-type" => "Content-Type".to_owned(),
        "location" => "Location".to_owned(),
        "odata-version" => "OData-Version".to_owned(),
        other => other.to_owned(),
    };
    let headers: Map<String, Value> =
        reply.headers().iter().map(|(name, value)| (spelled(name), value.as_ref().into())).collect();
    let body = match reply.body {
        Body::Empty => Value::Null,
        Body::Odata(json, _) | Body::Error(json) => json,
        Body::Text(text) => text.into(),
    };
    json!({ "id": step.id, "status": reply.status.as_u16(), "headers": headers, "body": body })
}
