//! Planned trouble: injections made, listed and taken away.

use axum::extract::Path;
use axum::response::IntoResponse;
use http::header::LOCATION;
use http::{HeaderValue, StatusCode};
use serde_json::json;

use super::extract::{Here, Json, NoBody, Scope};
use super::{Answer, answer, done, ok};
use crate::inject::Plan;
use crate::protocol::http::Refusal;

pub(super) async fn list(scope: Scope) -> Answer {
    ok(&json!({ "injections": scope.organization.injections().list() }))
}

pub(super) async fn add(scope: Scope, Here(site): Here, Json(plan): Json<Plan>) -> Answer {
    let made = scope.host()?.inject(&scope.organization, plan).map_err(|why| {
        Refusal::new(
            StatusCode::BAD_REQUEST,
            "InvalidInjection",
            format!("Nothing was planned: {why}."),
            "An injection is {\"match\",\"nth\"?,\"times\"?,\"probability\"?,\"seed\"?} with one or more of delay, \
             respond, drop, truncate and slow.",
        )
    })?;
    let mut response = answer(StatusCode::CREATED, &made)?;
    let name = scope.organization.name();
    let location = format!("{}/_emulator/v1/orgs/{name}/injections/{}", site.base(), made.id);
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(LOCATION, location);
    }
    Ok(response.into_response())
}

pub(super) async fn clear(scope: Scope, _: NoBody) -> Answer {
    scope.organization.injections().clear();
    Ok(done())
}

pub(super) async fn show(scope: Scope, Path((_, id)): Path<(String, String)>) -> Answer {
    let found = id.parse().ok().and_then(|id| scope.organization.injections().get(id));
    ok(&found.ok_or_else(|| unknown(&scope, &id))?)
}

pub(super) async fn remove(scope: Scope, Path((_, id)): Path<(String, String)>, _: NoBody) -> Answer {
    let is_gone = id.parse().is_ok_and(|id| scope.organization.injections().remove(id));
    if is_gone { Ok(done()) } else { Err(unknown(&scope, &id)) }
}

fn unknown(scope: &Scope, id: &str) -> Refusal {
    Refusal::new(
        StatusCode::NOT_FOUND,
        "InjectionNotFound",
        format!("The organization '{}' has no injection '{id}'.", scope.organization.name()),
        "GET injections of the organization lists them.",
    )
}
