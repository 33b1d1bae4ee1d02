//! Named snapshots of an organization.

use axum::extract::Path;
use http::StatusCode;
use serde::Serialize;

use super::extract::{NoBody, Scope};
use super::{Answer, answer, done, ok};
use crate::protocol::http::Refusal;

/// A snapshot as the calls show it.
#[derive(Debug, Serialize)]
struct Shown {
    name: String,
    /// The version of the newest row in it.
    version: u64,
}

pub(super) async fn list(scope: Scope) -> Answer {
    let all = scope.organization.snapshots().into_iter().map(|(name, version)| Shown { name, version });
    ok(&serde_json::json!({ "snapshots": all.collect::<Vec<_>>() }))
}

pub(super) async fn show(scope: Scope, Path((_, name)): Path<(String, String)>) -> Answer {
    ok(&find(&scope, &name)?)
}

pub(super) async fn save(scope: Scope, Path((_, name)): Path<(String, String)>, _: NoBody) -> Answer {
    let status = if find(&scope, &name).is_ok() { StatusCode::OK } else { StatusCode::CREATED };
    scope.organization.save(&name);
    answer(status, &find(&scope, &name)?)
}

pub(super) async fn forget(scope: Scope, Path((_, name)): Path<(String, String)>) -> Answer {
    if scope.organization.forget(&name) { Ok(done()) } else { Err(unknown(&scope, &name)) }
}

pub(super) async fn restore(scope: Scope, Path((_, name)): Path<(String, String)>, _: NoBody) -> Answer {
    if scope.organization.restore(&name) { Ok(done()) } else { Err(unknown(&scope, &name)) }
}

fn find(scope: &Scope, name: &str) -> Result<Shown, Refusal> {
    let all = scope.organization.snapshots();
    let found = all.into_iter().find(|(of, _)| *of == name).map(|(name, version)| Shown { name, version });
    found.ok_or_else(|| unknown(scope, name))
}

fn unknown(scope: &Scope, name: &str) -> Refusal {
    let names: Vec<_> = scope.organization.snapshots().into_iter().map(|(name, _)| name).collect();
    let hint = if names.is_empty() {
        "PUT to this address takes one; there is none yet.".to_owned()
    } else {
        format!("PUT to this address takes one; there are {}.", names.join(", "))
    };
    let message = format!("The organization '{}' has no snapshot '{name}'.", scope.organization.name());
    Refusal::new(StatusCode::NOT_FOUND, "SnapshotNotFound", message, hint)
}
