//! Answers: status, the headers every one has, body.

use std::sync::LazyLock;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use smallvec::SmallVec;
use uuid::Uuid;

use super::encode::buffer;
use crate::protocol::http::{Answer, Response};

/// The address of the row written.
const ENTITY_ID: HeaderName = HeaderName::from_static("odata-entityid");
/// Which preferences were honoured.
pub(super) const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

const ODATA_VERSION: HeaderName = HeaderName::from_static("odata-version");
const REQUEST_ID: HeaderName = HeaderName::from_static("req_id");
const SERVICE_REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-service-request-id");

/// The headers that answers of one kind have, in one piece: to copy it costs less than to find each one's place again.
/// A value that is another in each answer is empty at first.
type Kind = LazyLock<HeaderMap>;

static EMPTY: Kind = LazyLock::new(|| kind(None, &[]));
static JSON: Kind = LazyLock::new(|| kind(Some(IS_JSON), &[]));
static ROW: Kind = LazyLock::new(|| kind(Some(IS_JSON), &[header::ETAG]));
static CREATED: Kind = LazyLock::new(|| kind(None, &[header::LOCATION, ENTITY_ID]));
static UPDATED: Kind = LazyLock::new(|| kind(None, &[ENTITY_ID]));
static XML: Kind = LazyLock::new(|| kind(Some("application/xml"), &[]));
static PLAIN: Kind = LazyLock::new(|| kind(Some("text/plain"), &[]));
static OCTETS: Kind = LazyLock::new(|| kind(Some("application/octet-stream"), &[]));

const IS_JSON: &str = "application/json; odata.metadata=minimal";

fn kind(content_type: Option<&'static str>, own: &[HeaderName]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(ODATA_VERSION, HeaderValue::from_static("4.0"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Some(content_type) = content_type {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    for name in [REQUEST_ID, SERVICE_REQUEST_ID].iter().chain(own) {
        headers.insert(name.clone(), HeaderValue::from_static(""));
    }
    headers
}

/// An answer without a body.
pub(super) fn empty(status: StatusCode) -> Response {
    respond(status, &EMPTY, Answer::default())
}

/// An answer in JSON.
pub(super) fn json(status: StatusCode, body: Vec<u8>) -> Response {
    json_of(status, buffer::share(body).into())
}

/// An answer in JSON that need not be written yet.
pub(super) fn json_of(status: StatusCode, body: Answer) -> Response {
    respond(status, &JSON, body)
}

/// An answer that is one row of this version, in JSON.
pub(super) fn row(status: StatusCode, body: Vec<u8>, version: u64) -> Response {
    let mut response = respond(status, &ROW, buffer::share(body).into());
    fill(&mut response, &header::ETAG, etag(version));
    response
}

/// The answer to a row that was written and is not asked back.
pub(super) fn written(address: HeaderValue, is_new: bool) -> Response {
    let kind = if is_new { &CREATED } else { &UPDATED };
    let mut response = respond(StatusCode::NO_CONTENT, kind, Answer::default());
    if is_new {
        fill(&mut response, &header::LOCATION, address.clone());
    }
    fill(&mut response, &ENTITY_ID, address);
    response
}

/// An answer in XML.
pub(super) fn xml(body: Bytes) -> Response {
    respond(StatusCode::OK, &XML, body.into())
}

/// An answer in plain text.
pub(super) fn plain(body: Vec<u8>) -> Response {
    respond(StatusCode::OK, &PLAIN, Bytes::from(body).into())
}

/// An answer of bytes that are no text.
pub(super) fn octets(body: Bytes) -> Response {
    respond(StatusCode::OK, &OCTETS, body.into())
}

fn respond(status: StatusCode, kind: &Kind, body: Answer) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = HeaderMap::clone(kind);
    response
}

/// Gives a header that the answer's kind has its value.
fn fill(response: &mut Response, name: &HeaderName, value: HeaderValue) {
    let place = response.headers_mut().iter_mut().find(|(of, _)| *of == name);
    debug_assert!(place.is_some(), "{name} is no header of this kind");
    if let Some((_, place)) = place {
        *place = value;
    }
}

/// Adds a header where there is a value for it.
pub(super) fn set(response: &mut Response, name: HeaderName, value: Option<HeaderValue>) {
    if let Some(value) = value {
        response.headers_mut().insert(name, value);
    }
}

/// The entity tag of a row version.
pub(super) fn etag(version: u64) -> HeaderValue {
    let mut digits = itoa::Buffer::new();
    let mut out = SmallVec::<[u8; 32]>::new();
    for part in ["W/\"", digits.format(version), "\""] {
        out.extend_from_slice(part.as_bytes());
    }
    // A copy of its own size is nobody else's, which makes it easier to let go than memory that might be.
    HeaderValue::from_bytes(&out).expect("digits and quotes may stand in a header")
}

/// Puts the request's id on its answer: the only values that are still empty.
pub(super) fn stamp(response: &mut Response, id: Uuid) {
    let mut text = Uuid::encode_buffer();
    let id = id.hyphenated().encode_lower(&mut text);
    for value in response.headers_mut().values_mut().filter(|value| value.is_empty()) {
        *value = HeaderValue::from_str(id).expect("ids may stand in a header");
    }
}
