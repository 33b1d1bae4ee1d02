//! The Office 365 directory in the shape of Microsoft Graph.

use super::http::{Call, Refusal, Response};

/// Answers a request; the path of the call begins with the version, `v1.0`.
pub fn handle(_call: &Call<'_>) -> Response {
    Refusal::not_emulated("the Office 365 directory (Microsoft Graph)").into_response()
}
