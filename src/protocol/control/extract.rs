//! What handlers are given: the emulator, the organization that the address names, the body.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::response::IntoResponse;
use bytes::Bytes;
use http::StatusCode;
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::hosting::{Host, HostError, Organization};
use crate::protocol::http::{Front, Refusal, Response, Site};

/// The emulator, ready or not.
pub(super) struct Emulator(pub(super) Front);

/// The emulator with its organizations.
pub(super) struct Ready(pub(super) Front);

/// The organization that the address names.
pub(super) struct Scope {
    pub(super) front: Front,
    pub(super) organization: Arc<Organization>,
}

/// Where the request came in.
pub(super) struct Here(pub(super) Site);

/// A JSON body.
pub(super) struct Json<T>(pub(super) T);

/// A JSON body; without one, what is the default.
pub(super) struct OptionalJson<T>(pub(super) T);

/// No body, or an empty object.
pub(super) struct NoBody;

impl Ready {
    pub(super) fn host(&self) -> Result<&Host, Refusal> {
        host(&self.0)
    }
}

impl Scope {
    pub(super) fn host(&self) -> Result<&Host, Refusal> {
        host(&self.front)
    }
}

fn host(front: &Front) -> Result<&Host, Refusal> {
    front.host().ok_or_else(Refusal::not_ready)
}

fn front(parts: &Parts) -> Result<Front, Refusal> {
    parts.extensions.get::<Front>().cloned().ok_or_else(Refusal::not_ready)
}

/// The parameter of a name in the address.
pub(super) async fn parameter(parts: &mut Parts, name: &str) -> Result<String, Refusal> {
    let parameters = RawPathParams::from_request_parts(parts, &()).await.map_err(|_| not_utf8())?;
    let found = parameters.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_owned());
    found.ok_or_else(not_utf8)
}

fn not_utf8() -> Refusal {
    Refusal::new(
        StatusCode::BAD_REQUEST,
        "InvalidAddress",
        "A part of the address is not percent-encoded UTF-8.",
        "Percent-encode the UTF-8 bytes of names.",
    )
}

impl FromRequestParts<()> for Emulator {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, (): &()) -> Result<Self, Refusal> {
        front(parts).map(Self)
    }
}

impl FromRequestParts<()> for Ready {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, (): &()) -> Result<Self, Refusal> {
        let front = front(parts)?;
        host(&front)?;
        Ok(Self(front))
    }
}

impl FromRequestParts<()> for Scope {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, (): &()) -> Result<Self, Refusal> {
        let front = front(parts)?;
        let name = parameter(parts, "org").await?;
        let host = host(&front)?;
        let organization = host.organization(&name).ok_or(HostError::Unknown(name))?;
        host.catch_up(&organization);
        Ok(Self { front, organization })
    }
}

impl FromRequestParts<()> for Here {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, (): &()) -> Result<Self, Refusal> {
        parts.extensions.get::<Site>().cloned().map(Self).ok_or_else(Refusal::not_ready)
    }
}

impl<T: DeserializeOwned> FromRequest<()> for Json<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, (): &()) -> Result<Self, Refusal> {
        read(&body(request).await?).map(Self)
    }
}

impl<T: DeserializeOwned + Default> FromRequest<()> for OptionalJson<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, (): &()) -> Result<Self, Refusal> {
        match body(request).await?.trim_ascii() {
            b"" => Ok(Self(T::default())),
            body => read(body).map(Self),
        }
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| {
        let code = if error.is_data() { "InvalidBody" } else { "MalformedJson" };
        Refusal::new(
            StatusCode::BAD_REQUEST,
            code,
            format!("The body of the request cannot be read: {error}."),
            "Send the JSON object that this call is documented with, and no other member.",
        )
    })
}

impl FromRequest<()> for NoBody {
    type Rejection = Refusal;

    async fn from_request(request: Request, (): &()) -> Result<Self, Refusal> {
        let body = body(request).await?;
        if matches!(body.trim_ascii(), b"" | b"{}" | b"null") {
            return Ok(Self);
        }
        Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            "UnexpectedBody",
            "This call takes no body.",
            "Leave the body out.",
        ))
    }
}

async fn body(request: Request) -> Result<Bytes, Refusal> {
    // The front has read the body already: it is one piece in memory, below the front's limit.
    axum::body::to_bytes(request.into_body(), usize::MAX).await.map_err(|error| {
        Refusal::new(
            StatusCode::BAD_REQUEST,
            "IncompleteBody",
            format!("The body cannot be read: {error}."),
            "Send it whole.",
        )
    })
}

impl IntoResponse for Refusal {
    fn into_response(self) -> axum::response::Response {
        let response: Response = Self::into_response(self);
        response.map(axum::body::Body::new)
    }
}

impl From<HostError> for Refusal {
    fn from(error: HostError) -> Self {
        let (status, code, hint) = match &error {
            HostError::Unknown(_) => (
                StatusCode::NOT_FOUND,
                "OrganizationNotFound",
                "GET /_emulator/v1/orgs lists the organizations; POST there makes one.",
            ),
            HostError::Taken(_) => (
                StatusCode::CONFLICT,
                "OrganizationExists",
                "Choose another name, or DELETE the organization first.",
            ),
            HostError::BadName(_) => {
                (StatusCode::BAD_REQUEST, "InvalidName", "Choose a name such as 'my-test_1'.")
            }
            HostError::IsDefault(_) => (
                StatusCode::CONFLICT,
                "DefaultOrganization",
                "POST its reset to empty it; --org names another default organization at the start.",
            ),
            HostError::BadScenario(_) => (
                StatusCode::BAD_REQUEST,
                "InvalidScenario",
                "Send the name of an embedded scenario, or a document as GET export answers it.",
            ),
        };
        Self::new(status, code, sentence(&error.to_string()), hint)
    }
}

/// With a capital at the start and a full stop at the end.
pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let start: String = letters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    let end = if text.ends_with('.') { "" } else { "." };
    format!("{start}{}{end}", letters.as_str())
}
