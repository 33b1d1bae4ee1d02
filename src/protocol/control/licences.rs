//! Licences: the ledger, why a user is as it is, the New User wizard, the rules.

use axum::extract::Path;
use axum::response::IntoResponse;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::json;
use uuid::Uuid;

use super::extract::{Json, Scope};
use super::{Answer, answer, ok};
use crate::fault::Fault;
use crate::hosting::{Form, documented};
use crate::identity::Credentials;
use crate::protocol::credentials::Sent;
use crate::protocol::http::{Refusal, status};

pub(super) async fn rules() -> Answer {
    ok(&json!({ "rules": documented() }))
}

pub(super) async fn ledger(scope: Scope) -> Answer {
    ok(&scope.organization.ledger())
}

pub(super) async fn explain(scope: Scope, Path((_, id)): Path<(String, String)>) -> Answer {
    let user: Uuid = id.parse().map_err(|_| {
        let message = format!("'{id}' is not the id of a user.");
        Refusal::new(StatusCode::BAD_REQUEST, "InvalidId", message, "Send a systemuserid, which is a GUID.")
    })?;
    let explanation = scope.host()?.explain(&scope.organization, user).ok_or_else(|| {
        Refusal::new(
            StatusCode::NOT_FOUND,
            "UserNotFound",
            format!("The organization '{}' has no user {user}.", scope.organization.name()),
            "GET licenses of the organization lists its users.",
        )
    })?;
    ok(&explanation)
}

pub(super) async fn wizard(scope: Scope) -> Answer {
    ok(&scope.organization.wizard_figures())
}

/// The wizard is used by somebody: by whom the headers name, as the Web API reads them, and else by the default caller.
/// An organization that wants tokens does not guard the control API, so without headers that is so there, too.
pub(super) async fn run_wizard(scope: Scope, headers: HeaderMap, Json(form): Json<Form>) -> Answer {
    let host = scope.host()?;
    let organization = &scope.organization;
    let world = organization.read();
    let sent = Sent::read(&headers, |token| host.sessions.user(&world, organization.name(), token));
    let credentials = sent.credentials();
    let is_said = credentials != Credentials::default();
    match host.run_wizard(organization, is_said.then_some(&credentials), &form) {
        Ok((users, _)) => answer(StatusCode::CREATED, &json!({ "users": users })),
        Err(fault) => product_refusal(&fault),
    }
}

/// A refusal of the product itself, in the body of the Web API, with the emulator's explanation in headers.
fn product_refusal(fault: &Fault) -> Answer {
    const RULE: HeaderName = HeaderName::from_static("x-ms-emulator-rule");
    const HINT: HeaderName = HeaderName::from_static("x-ms-emulator-hint");
    let body = json!({ "error": { "code": fault.code_text(), "message": fault.message() } });
    let mut response = answer(status(fault.kind()), &body)?.into_response();
    let rules: Vec<_> = fault.rules().iter().map(ToString::to_string).collect();
    for (name, text) in [(RULE, rules.join(",")), (HINT, fault.hint_text().unwrap_or_default().to_owned())] {
        if let Ok(value) = HeaderValue::from_str(&text)
            && !text.is_empty()
        {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}
