//! An answer, to be compared with what it should be.

use std::fmt;

use axum::body::Body;
use http::{HeaderMap, Response};
use http_body_util::BodyExt;
use serde_json::Value;

/// A whole answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) async fn read(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Self { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    /// The body as JSON; null where it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header, empty where it is missing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Exactly this status and this JSON.
    #[track_caller]
    pub(crate) fn is(self, status: u16, body: &Value) -> Self {
        assert!(self.status == status && self.json() == *body, "expected {status} {body:#}, got {self}");
        self
    }

    /// This status.
    #[track_caller]
    pub(crate) fn has(self, status: u16) -> Self {
        assert!(self.status == status, "expected {status}, got {self}");
        self
    }

    /// This status, an error with this code, and these words somewhere in message or hint (or the hint's header).
    #[track_caller]
    pub(crate) fn refuses(self, status: u16, code: &str, words: &[&str]) -> Self {
        let error = &self.json()["error"];
        let text = |member: &str| error[member].as_str().unwrap_or_default().to_owned();
        let all = format!("{} {} {}", text("message"), text("hint"), self.header("x-ms-emulator-hint"));
        let missing: Vec<_> = words.iter().filter(|word| !all.contains(**word)).collect();
        assert!(
            self.status == status && text("code") == code && missing.is_empty(),
            "expected {status} {code} with {words:?}, got {self}"
        );
        self
    }
}

/// Status, headers but those that change with every answer, and body.
impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.status)?;
        for (name, value) in &self.headers {
            writeln!(f, "{name}: {}", String::from_utf8_lossy(value.as_bytes()))?;
        }
        match serde_json::from_slice::<Value>(&self.body) {
            Ok(json) => write!(f, "\n{json:#}"),
            Err(_) => write!(f, "\n{}", self.text()),
        }
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
