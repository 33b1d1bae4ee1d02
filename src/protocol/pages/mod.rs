//! The pages that people see.

use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use http::Request;

use super::http::{Refusal, Response, Visit};

/// Answers a request for a page.
pub fn handle(_visit: Visit, _request: Request<Bytes>) -> Pin<Box<dyn Future<Output = Response> + Send>> {
    Box::pin(async { Refusal::not_emulated("pages").into_response() })
}
