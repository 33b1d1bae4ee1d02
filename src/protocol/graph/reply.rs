//! Answers: what every one of them says beside its body.

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::Value;
use uuid::Uuid;

use crate::protocol::http::{Answer, Call, Response};

/// What a request goes by.
#[derive(Debug, Clone)]
pub(super) struct Ids {
    /// The emulator's.
    pub(super) request: Uuid,
    /// The client's, or the emulator's where the client gives none.
    pub(super) client: String,
    /// When it came in, by the organization's clock.
    pub(super) date: String,
}

/// An answer that is not bytes yet.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) body: Body,
    /// Where what was made is to be found.
    pub(super) location: Option<String>,
    /// What would have made the request succeed, or what it asked for in vain.
    pub(super) hint: Option<Cow<'static, str>>,
    /// The documented rule behind a refusal.
    pub(super) rule: Option<&'static str>,
}

/// A body.
#[derive(Debug, Clone)]
pub(super) enum Body {
    /// None.
    Empty,
    /// An entity or a collection, written with as much control information as was asked for.
    Odata(Value, Level),
    /// A refusal.
    Error(Value),
    /// A number.
    Text(String),
}

/// How much control information a client wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Level {
    /// `odata.metadata=none`
    None,
    /// `odata.metadata=minimal`
    #[default]
    Minimal,
    /// `odata.metadata=full`
    Full,
}

const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");
const ODATA_VERSION: HeaderName = HeaderName::from_static("odata-version");
const HINT: HeaderName = HeaderName::from_static("x-ms-emulator-hint");
const RULE: HeaderName = HeaderName::from_static("x-ms-emulator-rule");

/// Source: the service's answer to a request without a token.
const CHALLENGE: &str = "Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", client_id=\"00000003-0000-0000-c000-000000000000\"";

impl Ids {
    /// Gives a request its ids.
    pub(super) fn of(call: &Call<'_>) -> Self {
        let request = call.host.request_ids.next_id();
        let sent = call.headers.get(&CLIENT_REQUEST_ID).and_then(|value| value.to_str().ok());
        let client = sent.filter(|id| !id.is_empty()).map_or_else(|| request.to_string(), str::to_owned);
        let date = call.organization.read().now().strftime("%Y-%m-%dT%H:%M:%S").to_string();
        Self { request, client, date }
    }
}

impl Reply {
    fn new(status: StatusCode, body: Body) -> Self {
        Self { status, body, location: None, hint: None, rule: None }
    }

    /// 200 with an entity or a collection.
    pub(super) fn ok(body: Value, level: Level) -> Self {
        Self::new(StatusCode::OK, Body::Odata(body, level))
    }

    /// 201 with what was made.
    pub(super) fn created(body: Value, level: Level, location: String) -> Self {
        let reply = Self::new(StatusCode::CREATED, Body::Odata(body, level));
        Self { location: Some(location), ..reply }
    }

    /// 204.
    pub(super) fn done() -> Self {
        Self::new(StatusCode::NO_CONTENT, Body::Empty)
    }

    /// 200 with a number.
    pub(super) fn number(number: usize) -> Self {
        Self::new(StatusCode::OK, Body::Text(number.to_string()))
    }

    /// A refusal.
    pub(super) fn error(status: StatusCode, body: Value) -> Self {
        Self::new(status, Body::Error(body))
    }

    /// The headers that are the answer's own.
    pub(super) fn headers(&self) -> Vec<(HeaderName, Cow<'static, str>)> {
        let mut headers = vec![(CACHE_CONTROL, Cow::Borrowed("no-cache"))];
        let kind = match &self.body {
            Body::Empty => None,
            Body::Odata(_, level) => Some(level.content_type()),
            Body::Error(_) => Some("application/json"),
            Body::Text(_) => Some("text/plain"),
        };
        if let Some(kind) = kind {
            headers.push((CONTENT_TYPE, kind.into()));
        }
        if matches!(self.body, Body::Odata(..) | Body::Text(_)) {
            headers.push((ODATA_VERSION, "4.0".into()));
        }
        if let Some(location) = &self.location {
            headers.push((LOCATION, location.clone().into()));
        }
        if let Some(hint) = &self.hint {
            headers.push((HINT, hint.clone()));
        }
        if let Some(rule) = self.rule {
            headers.push((RULE, rule.into()));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.push((WWW_AUTHENTICATE, CHALLENGE.into()));
        }
        headers
    }

    /// The answer as it is sent.
    pub(super) fn into_response(self, ids: &Ids) -> Response {
        let mut headers = self.headers();
        headers.push((REQUEST_ID, ids.request.to_string().into()));
        headers.push((CLIENT_REQUEST_ID, ids.client.clone().into()));
        let body = match self.body {
            Body::Empty => String::new(),
            Body::Odata(json, _) | Body::Error(json) => json.to_string(),
            Body::Text(text) => text,
        };
        let mut response = Response::new(Answer::from(Bytes::from(body)));
        *response.status_mut() = self.status;
        for (name, value) in headers {
            // A hint that names what the client sent may hold what no header may.
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

impl Level {
    fn content_type(self) -> &'static str {
        match self {
            Self::None => {
                "application/json;odata.metadata=none;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
            }
            Self::Minimal => {
                "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
            }
            Self::Full => {
                "application/json;odata.metadata=full;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
            }
        }
    }
}
