//! The answer to a batch: a part for each request, in the shape that clients match letter by letter.
//!
//! `Observed:` dynamics-web-api 2.5.0 takes the first line, which must begin with `--batchresponse_`, for the
//! delimiter, wants a change set's part to have exactly one header, and a reason made of words behind each status.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};
use uuid::Uuid;

use super::Tagged;
use crate::ids::RequestIds;
use crate::protocol::http::Response;
use crate::protocol::webapi::encode::text;
use crate::protocol::webapi::reply;

/// The answer as far as it is written.
pub(super) struct Answers<'i> {
    out: Vec<u8>,
    boundary: Boundary,
    ids: &'i RequestIds,
}

#[derive(Clone, Copy)]
struct Boundary {
    name: &'static str,
    id: Uuid,
}

impl Boundary {
    fn push(self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.name.as_bytes());
        text::guid(out, self.id);
    }

    fn delimit(self, out: &mut Vec<u8>, end: &[u8]) {
        out.extend_from_slice(b"--");
        self.push(out);
        out.extend_from_slice(end);
    }
}

impl<'i> Answers<'i> {
    pub(super) fn new(ids: &'i RequestIds) -> Self {
        let boundary = Boundary { name: "batchresponse_", id: ids.next_id() };
        Self { out: Vec::with_capacity(4096), boundary, ids }
    }

    /// The answer to a request by itself.
    pub(super) fn single(&mut self, response: &Response, content_id: Option<&str>) {
        self.boundary.delimit(&mut self.out, b"\r\n");
        self.operation(response, content_id);
    }

    /// The answers to the requests of a change set, or the one answer to a refused one.
    pub(super) fn change_set(&mut self, responses: &[Tagged<'_>]) {
        self.boundary.delimit(&mut self.out, b"\r\n");
        let inner = Boundary { name: "changesetresponse_", id: self.ids.next_id() };
        self.out.extend_from_slice(b"Content-Type: multipart/mixed; boundary=");
        inner.push(&mut self.out);
        self.out.extend_from_slice(b"\r\n\r\n");
        for (response, content_id) in responses {
            inner.delimit(&mut self.out, b"\r\n");
            self.operation(response, *content_id);
        }
        inner.delimit(&mut self.out, b"--\r\n");
    }

    fn operation(&mut self, response: &Response, content_id: Option<&str>) {
        let out = &mut self.out;
        out.extend_from_slice(b"Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n");
        if let Some(id) = content_id {
            line(out, b"Content-ID", id.as_bytes());
        }
        out.extend_from_slice(b"\r\nHTTP/1.1 ");
        let status = response.status();
        out.extend_from_slice(status.as_str().as_bytes());
        out.push(b' ');
        out.extend_from_slice(status.canonical_reason().unwrap_or("Error").as_bytes());
        out.extend_from_slice(b"\r\n");
        let failed = status.is_client_error() || status.is_server_error();
        if failed {
            let mut id = Vec::with_capacity(36);
            text::guid(&mut id, self.ids.next_id());
            line(out, b"REQ_ID", &id);
        }
        for (name, value) in response.headers() {
            if let Some(spelled) = spelled(name) {
                line(out, spelled, value.as_bytes());
                // Rows stream within a batch. Source: web-api.md 6.
                if *name == header::CONTENT_TYPE
                    && !failed
                    && value.as_bytes().starts_with(b"application/json")
                {
                    out.truncate(out.len() - 2);
                    out.extend_from_slice(b"; odata.streaming=true\r\n");
                }
            }
        }
        out.extend_from_slice(b"\r\n");
        // Within a batch no answer comes in pieces.
        out.extend_from_slice(response.body().made());
        out.extend_from_slice(b"\r\n");
    }

    /// The whole answer.
    pub(super) fn finish(mut self, status: StatusCode) -> Response {
        self.boundary.delimit(&mut self.out, b"--\r\n");
        let mut kind = b"multipart/mixed; boundary=".to_vec();
        self.boundary.push(&mut kind);
        let mut response = reply::octets(Bytes::from(self.out));
        *response.status_mut() = status;
        let kind = HeaderValue::from_maybe_shared(Bytes::from(kind)).ok();
        reply::set(&mut response, header::CONTENT_TYPE, kind);
        response
    }
}

fn line(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    for part in [name, b": ", value, b"\r\n"] {
        out.extend_from_slice(part);
    }
}

/// The headers that parts have, as the service spells them.
fn spelled(name: &HeaderName) -> Option<&'static [u8]> {
    Some(match name.as_str() {
        "content-type" => b"Content-Type",
        "odata-version" => b"OData-Version",
        "odata-entityid" => b"OData-EntityId",
        "location" => b"Location",
        "etag" => b"ETag",
        "preference-applied" => b"Preference-Applied",
        "www-authenticate" => b"WWW-Authenticate",
        "x-ms-emulator-rule" => b"x-ms-emulator-rule",
        "x-ms-emulator-hint" => b"x-ms-emulator-hint",
        _ => return None,
    })
}
