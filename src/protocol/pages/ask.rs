//! Pages are clients of the public interfaces: they ask them as anybody could, with the session of whoever looks.

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::page::Page;
use crate::protocol::http::{Refusal, escaped};

/// What an interface answered.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    /// The status.
    pub(super) status: StatusCode,
    /// The document; null where the answer has none.
    pub(super) body: Value,
    /// The rules that decided, of success and refusal alike.
    pub(super) rules: Vec<String>,
    /// The emulator's hint.
    pub(super) hint: Option<String>,
}

/// A refusal as people are shown it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    /// The status.
    pub(super) status: StatusCode,
    /// The product's code, or the emulator's.
    pub(super) code: String,
    /// The product's words.
    pub(super) message: String,
    /// The rules that decided.
    pub(super) rules: Vec<String>,
    /// What would help.
    pub(super) hint: Option<String>,
}

impl Refused {
    /// A refusal of the page itself.
    pub(super) fn own(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into(), rules: Vec::new(), hint: None }
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        let Refusal { status, code, message, hint } = refusal;
        Self { status, code: code.into_owned(), message, rules: Vec::new(), hint: Some(hint.into_owned()) }
    }
}

impl Reply {
    /// The document of a success; what was refused as a refusal.
    pub(super) fn done(self) -> Result<Value, Refused> {
        if self.status.is_success() {
            return Ok(self.body);
        }
        let error = &self.body["error"];
        let text = |member: &str| error[member].as_str().map(str::to_owned);
        Err(Refused {
            status: self.status,
            code: text("code").unwrap_or_else(|| self.status.as_u16().to_string()),
            message: text("message").unwrap_or_else(|| self.status.to_string()),
            rules: self.rules,
            hint: self.hint.or_else(|| text("hint")),
        })
    }
}

impl Page {
    /// Asks the Web API: `path` begins below `/api/data/v9.2/`. Formatted values come along.
    pub(super) async fn web_api(&self, method: Method, path: &str, body: Option<Value>) -> Reply {
        self.ask(method, &format!("/{}/api/data/v9.2/{path}", self.organization()), body).await
    }

    /// Asks the directory: `path` begins below `/graph/v1.0/`. The header allows counting and advanced filters.
    pub(super) async fn graph(&self, method: Method, path: &str, body: Option<Value>) -> Reply {
        let eventual = [(HeaderName::from_static("consistencylevel"), "eventual")];
        self.ask_with(method, &format!("/{}/graph/v1.0/{path}", self.organization()), &eventual, body).await
    }

    /// Asks the control API about this organization: `path` begins below `/_emulator/v1/orgs/{org}/`; empty for the
    /// organization itself.
    pub(super) async fn control(&self, method: Method, path: &str, body: Option<Value>) -> Reply {
        let slash = if path.is_empty() { "" } else { "/" };
        self.ask(method, &format!("/_emulator/v1/orgs/{}{slash}{path}", self.organization()), body).await
    }

    /// Asks the control API about an organization that need not be the one the page is about; `path` as in
    /// [`Page::control`].
    pub(super) async fn control_of(
        &self,
        organization: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Reply {
        let slash = if path.is_empty() { "" } else { "/" };
        let organization = encoded(organization);
        self.ask(method, &format!("/_emulator/v1/orgs/{organization}{slash}{path}"), body).await
    }

    /// Asks anything by its path from the root.
    pub(super) async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Reply {
        self.ask_with(method, path, &[], body).await
    }

    /// As [`Page::ask`], with more headers.
    pub(super) async fn ask_with(
        &self,
        method: Method,
        path: &str,
        more: &[(HeaderName, &str)],
        body: Option<Value>,
    ) -> Reply {
        let mut request = Request::new(Bytes::new());
        *request.method_mut() = method;
        // What was put together here is an address; a text from a form within it may hold what no address can.
        *request.uri_mut() = escaped(path).parse().unwrap_or_default();
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(
            HeaderName::from_static("prefer"),
            HeaderValue::from_static("odata.include-annotations=\"*\""),
        );
        if let Some(session) = &self.session
            && let Ok(bearer) = HeaderValue::from_str(&format!("Bearer {}", session.token))
        {
            headers.insert(AUTHORIZATION, bearer);
        } else if let Some(sent) = self.headers.get(AUTHORIZATION) {
            // A program that looks at a page says itself who it is.
            headers.insert(AUTHORIZATION, sent.clone());
        }
        for (name, value) in more {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.append(name, value);
            }
        }
        if let Some(body) = body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            *request.body_mut() = body.to_string().into();
        }
        self.deliver(request).await
    }

    /// Asks anything by its path from the root, with these headers and nobody's session.
    pub(super) async fn ask_as_nobody(
        &self,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: Option<Value>,
    ) -> Reply {
        let mut request = Request::new(Bytes::new());
        *request.method_mut() = method;
        *request.uri_mut() = escaped(path).parse().unwrap_or_default();
        *request.headers_mut() = headers;
        if let Some(body) = body {
            request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            *request.body_mut() = body.to_string().into();
        }
        self.deliver(request).await
    }

    async fn deliver(&self, request: Request<Bytes>) -> Reply {
        let mut site = self.visit.site.clone();
        site.prefix = String::new();
        let (parts, body) = self.visit.front.call(site, request).await.into_parts();
        let text =
            |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Reply {
            status: parts.status,
            body: serde_json::from_slice(&body.into_whole()).unwrap_or(Value::Null),
            rules: text("x-ms-emulator-rule")
                .map(|rules| rules.split(',').map(|rule| rule.trim().to_owned()).collect())
                .unwrap_or_default(),
            hint: text("x-ms-emulator-hint"),
        }
    }
}

/// A value within an address: nothing in it separates anything.
pub(super) fn encoded(value: &str) -> String {
    const SEPARATING: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');
    utf8_percent_encode(value, SEPARATING).to_string()
}
