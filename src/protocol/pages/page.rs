//! A request for a page as its handler sees it.

use axum::extract::{FromRequest, Request};
use http::header::{ACCEPT, AUTHORIZATION, COOKIE};
use http::{HeaderMap, Method, StatusCode};
use uuid::Uuid;

use super::ask::Refused;
use super::form::{self, Fields};
use crate::protocol::http::Visit;

/// A request for a page. Of a `POST`, the form has been checked to come from a page of the emulator.
#[derive(Debug, Clone)]
pub(super) struct Page {
    /// Where it came in, and the organization it is about.
    pub(super) visit: Visit,
    /// Who has signed in, if anybody has.
    pub(super) session: Option<Session>,
    /// The query string.
    pub(super) query: Fields,
    /// The form that was sent.
    pub(super) form: Fields,
    /// The headers.
    pub(super) headers: HeaderMap,
}

/// Somebody who has signed in.
#[derive(Debug, Clone)]
pub(super) struct Session {
    /// The token the cookie holds; a bearer token of the organization's interfaces.
    pub(super) token: Uuid,
    /// The sign-in name.
    pub(super) name: Box<str>,
}

impl Page {
    /// The unique name of the organization.
    pub(super) fn organization(&self) -> &str {
        self.visit.organization.name()
    }

    /// A link to another page of the same organization: `path` begins with a slash.
    pub(super) fn link(&self, path: &str) -> String {
        format!("{}{path}", self.visit.site.prefix)
    }

    /// Whether a program asks, which wants JSON.
    pub(super) fn wants_json(&self) -> bool {
        let accept = self.headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
        accept.contains("application/json") && !accept.contains("text/html")
    }

    /// Whether only a part of the page is wanted, to be put into one that is shown already.
    pub(super) fn wants_part(&self) -> bool {
        self.headers.contains_key("hx-request")
    }

    /// The hidden field without which no form is taken.
    pub(super) fn form_token(&self) -> Option<Uuid> {
        self.visit.front.host().map(|host| host.sessions.form_token())
    }

    /// The name of the cookie that holds the session; sessions of several organizations stand side by side.
    pub(super) fn cookie(&self) -> String {
        cookie(self.organization())
    }
}

fn cookie(organization: &str) -> String {
    format!("crm_session_{organization}")
}

impl FromRequest<()> for Page {
    type Rejection = Refused;

    async fn from_request(request: Request, (): &()) -> Result<Self, Refused> {
        let (parts, body) = request.into_parts();
        let visit = parts.extensions.get::<Visit>().cloned().ok_or_else(|| {
            Refused::own(
                StatusCode::INTERNAL_SERVER_ERROR,
                "UnexpectedError",
                "The page has no organization.",
            )
        })?;
        let query = Fields::read(parts.uri.query().unwrap_or_default().as_bytes());
        let form = if parts.method == Method::POST {
            let bytes = axum::body::to_bytes(body, form::LARGEST).await.map_err(|_| {
                Refused::own(StatusCode::PAYLOAD_TOO_LARGE, "FormTooLarge", "The form is too large.")
            })?;
            Fields::read(&bytes)
        } else {
            Fields::default()
        };
        // A program says itself who it is, whatever a cookie says beside it.
        let is_program = parts.headers.contains_key(AUTHORIZATION);
        let session = if is_program { None } else { session(&visit, &parts.headers) };
        let page = Self { visit, session, query, form, headers: parts.headers };
        if parts.method == Method::POST {
            form::check(&page)?;
        }
        Ok(page)
    }
}

/// Who the cookie says has signed in.
fn session(visit: &Visit, headers: &HeaderMap) -> Option<Session> {
    let wanted = cookie(visit.organization.name());
    let token = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == wanted).then(|| value.parse().ok()).flatten())?;
    let name = visit.front.host()?.sessions.name(visit.organization.name(), token)?;
    Some(Session { token, name })
}
