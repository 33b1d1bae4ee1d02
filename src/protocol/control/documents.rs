//! A whole organization as one JSON document, out and in.

use axum::extract::Request;
use http::StatusCode;

use super::extract::Scope;
use super::{Answer, done, raw};
use crate::clock::Clock;
use crate::hosting::{HostError, Start};
use crate::protocol::http::Refusal;
use crate::scenario::{self, Scenario};
use crate::settings::Settings;

pub(super) async fn export(scope: Scope) -> Answer {
    Ok(raw(StatusCode::OK, scenario::export(&scope.organization.read())))
}

pub(super) async fn import(scope: Scope, request: Request) -> Answer {
    let unreadable = |why: String| Refusal::from(HostError::BadScenario(why));
    // The front has read the body already: it is one piece in memory, below the front's limit.
    let body = axum::body::to_bytes(request.into_body(), usize::MAX)
        .await
        .map_err(|error| unreadable(error.to_string()))?;
    let text = std::str::from_utf8(&body).map_err(|error| unreadable(error.to_string()))?;
    let host = scope.host()?;
    // Nothing is set beforehand: the document's own switches count, and its clock.
    let start = Start {
        settings: Settings::default(),
        clock: Clock::default(),
        seed: host.start().seed,
        scenario: Scenario::Document(text.into()),
    };
    scope.organization.import(host.build(scope.organization.name(), &start)?);
    Ok(done())
}
