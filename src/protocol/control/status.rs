//! Whether the emulator is ready, and what it can do.

use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};
use serde::Serialize;

use super::extract::Emulator;
use super::{Answer, answer, ok};
use crate::capabilities;

pub(super) async fn health(Emulator(front): Emulator) -> Answer {
    #[derive(Serialize)]
    struct Health {
        status: &'static str,
        version: &'static str,
        uptime_ms: u128,
    }
    let (code, status) = match front.host() {
        Some(_) => (StatusCode::OK, "ready"),
        None => (StatusCode::SERVICE_UNAVAILABLE, "starting"),
    };
    let health = Health { status, version: env!("CARGO_PKG_VERSION"), uptime_ms: front.uptime().as_millis() };
    let mut response = answer(code, &health)?;
    if code == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    Ok(response)
}

pub(super) async fn capabilities() -> Answer {
    ok(&serde_json::json!({ "capabilities": capabilities::ALL }))
}
