//! Refusals that are the emulator's own: of the front, and of the control API.

use std::borrow::Cow;
use std::fmt::Display;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderName, HeaderValue, StatusCode};

use super::Response;
use crate::fault::Kind;

/// A refusal that tells what is wrong and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The status.
    pub status: StatusCode,
    /// A name that programs can tell refusals apart by.
    pub code: Cow<'static, str>,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub hint: Cow<'static, str>,
}

/// The header that says what would have made a call succeed.
const HINT: HeaderName = HeaderName::from_static("x-ms-emulator-hint");
const ODATA_VERSION: HeaderName = HeaderName::from_static("odata-version");

impl Refusal {
    /// A refusal.
    #[cold]
    pub fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
        hint: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { status, code: code.into(), message: message.into(), hint: hint.into() }
    }

    /// The emulator does not do this; never a silent success.
    pub fn not_emulated(feature: impl Display) -> Self {
        Self::new(
            StatusCode::NOT_IMPLEMENTED,
            "NotEmulated",
            format!("The emulator does not emulate {feature}."),
            "GET /_emulator/v1/capabilities lists what is emulated.",
        )
    }

    /// 503 until the scenario is loaded.
    pub(crate) fn not_ready() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "NotReady",
            "The emulator is still loading its scenario.",
            "Wait for the ready line or for GET /_emulator/v1/health to answer 200.",
        )
    }

    /// The emulator itself failed; what was begun has been taken back.
    pub(super) fn panicked() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "0x80040216",
            "An unexpected error occurred.",
            "This is a fault of the emulator: nothing was changed, and its log (standard error) says more.",
        )
    }

    /// `{"error":{"code","message","hint"}}`.
    pub fn into_response(self) -> Response {
        #[derive(serde::Serialize)]
        struct Error<'a> {
            code: &'a str,
            message: &'a str,
            hint: &'a str,
        }
        let error = Error { code: &self.code, message: &self.message, hint: &self.hint };
        json(self.status, &serde_json::json!({ "error": error }))
    }

    /// As the Web API writes an error, with the hint in a header beside it.
    pub(super) fn into_web_api_response(self) -> Response {
        let body = serde_json::json!({ "error": { "code": self.code, "message": self.message } });
        let mut response = json(self.status, &body);
        response.headers_mut().insert(ODATA_VERSION, HeaderValue::from_static("4.0"));
        if let Ok(hint) = HeaderValue::from_str(&self.hint) {
            response.headers_mut().insert(HINT, hint);
        }
        response
    }
}

/// The status of a refusal. Source: web-api.md 3.1; the exceptions stand with the faults themselves.
pub fn status(kind: Kind) -> StatusCode {
    match kind {
        Kind::Invalid => StatusCode::BAD_REQUEST,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Denied => StatusCode::FORBIDDEN,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::NotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Kind::Precondition => StatusCode::PRECONDITION_FAILED,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::UnsupportedMedia => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Kind::Throttled => StatusCode::TOO_MANY_REQUESTS,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        Kind::NotEmulated => StatusCode::NOT_IMPLEMENTED,
    }
}

/// An answer with a JSON document.
fn json(status: StatusCode, body: &serde_json::Value) -> Response {
    let mut response = Response::new(Bytes::from(body.to_string()).into());
    *response.status_mut() = status;
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}
