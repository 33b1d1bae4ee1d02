//! Answers: status, the headers every one has, body.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use uuid::Uuid;

use super::encode::{buffer, text};
use crate::protocol::http::{Answer, Response};

/// The address of the row written.
pub(super) const ENTITY_ID: HeaderName = HeaderName::from_static("odata-entityid");
/// Which preferences were honoured.
pub(super) const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

const ODATA_VERSION: HeaderName = HeaderName::from_static("odata-version");
const REQUEST_ID: HeaderName = HeaderName::from_static("req_id");
const SERVICE_REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-service-request-id");

/// An answer without a body.
pub(super) fn empty(status: StatusCode) -> Response {
    respond(status, Answer::default())
}

/// An answer in JSON.
pub(super) fn json(status: StatusCode, body: Vec<u8>) -> Response {
    json_of(status, buffer::share(body).into())
}

/// An answer in JSON that need not be written yet.
pub(super) fn json_of(status: StatusCode, body: Answer) -> Response {
    let mut response = respond(status, body);
    let kind = HeaderValue::from_static("application/json; odata.metadata=minimal");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// An answer in plain text.
pub(super) fn plain(body: Vec<u8>) -> Response {
    let mut response = respond(StatusCode::OK, Bytes::from(body).into());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response
}

/// An answer of bytes that are no text.
pub(super) fn octets(body: Bytes) -> Response {
    let mut response = respond(StatusCode::OK, body.into());
    let kind = HeaderValue::from_static("application/octet-stream");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

fn respond(status: StatusCode, body: Answer) -> Response {
    // As many as most answers have: these two, two of the request's id, and type and tag or two addresses.
    let mut headers = HeaderMap::with_capacity(6);
    headers.insert(ODATA_VERSION, HeaderValue::from_static("4.0"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// Adds a header where there is a value for it.
pub(super) fn set(response: &mut Response, name: HeaderName, value: Option<HeaderValue>) {
    if let Some(value) = value {
        response.headers_mut().insert(name, value);
    }
}

/// The entity tag of a row version.
pub(super) fn etag(version: u64) -> Option<HeaderValue> {
    let mut out = Vec::with_capacity(24);
    out.extend_from_slice(b"W/\"");
    text::integer(&mut out, version);
    out.push(b'"');
    HeaderValue::from_maybe_shared(Bytes::from(out)).ok()
}

/// Puts the request's id on its answer.
pub(super) fn stamp(response: &mut Response, id: Uuid) {
    let mut out = Vec::with_capacity(36);
    text::guid(&mut out, id);
    if let Ok(value) = HeaderValue::from_maybe_shared(Bytes::from(out)) {
        response.headers_mut().insert(REQUEST_ID, value.clone());
        response.headers_mut().insert(SERVICE_REQUEST_ID, value);
    }
}
