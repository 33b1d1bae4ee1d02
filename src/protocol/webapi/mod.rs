//! The Web API: OData v4 as Dataverse speaks it.

use http::StatusCode;

use super::http::{Call, Response};

/// Answers a request; `version` is the requested one, `v9.2`.
pub fn handle(_version: &str, _call: &Call<'_>) -> Response {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NOT_IMPLEMENTED;
    response
}
