//! Who may do what, and why.

use axum::extract::Query;
use http::StatusCode;
use serde::Deserialize;
use uuid::Uuid;

use super::extract::Scope;
use super::{Answer, ok};
use crate::hosting::{AccessRights, Question};
use crate::protocol::http::Refusal;

/// The question.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// A systemuserid, or a sign-in name.
    user: String,
    /// A table's logical name, or its entity set.
    table: String,
    /// The primary key of one of its rows; without it the question is about the table.
    id: Option<String>,
    /// `Read`, or as the wire names it, `ReadAccess`.
    right: String,
}

pub(super) async fn explain(
    scope: Scope,
    asked: Result<Query<Asked>, axum::extract::rejection::QueryRejection>,
) -> Answer {
    let Query(asked) = asked.map_err(|why| invalid(&why.body_text()))?;
    let organization = &scope.organization;
    let user = match Uuid::try_parse(&asked.user) {
        Ok(user) => user,
        Err(_) => organization
            .user_named(&asked.user)
            .ok_or_else(|| not_found("UserNotFound", &format!("there is no user '{}'", asked.user)))?,
    };
    let world = organization.read();
    let catalogue = world.catalogue();
    let table = catalogue
        .table_named(&asked.table)
        .or_else(|| catalogue.entity_set(&asked.table))
        .ok_or_else(|| not_found("TableNotFound", &format!("there is no table '{}'", asked.table)))?;
    let row = asked.id.as_deref().map(Uuid::try_parse).transpose();
    let row = row.map_err(|_| invalid("id is not a GUID"))?;
    let right = right(&asked.right).ok_or_else(|| {
        let names: Vec<_> = AccessRights::named().map(|(right, _)| right.verb()).collect();
        invalid(&format!("'{}' is no right; the rights are {}", asked.right, names.join(", ")))
    })?;
    let question = Question { user, table: &table.logical_name, row, right };
    let access = scope.host()?.explain_access(organization, &question);
    ok(&access.ok_or_else(|| not_found("RowNotFound", "there is no such user or row"))?)
}

fn right(name: &str) -> Option<AccessRights> {
    AccessRights::named()
        .find(|(right, wire)| wire.eq_ignore_ascii_case(name) || right.verb().eq_ignore_ascii_case(name))
        .map(|(right, _)| right)
}

fn invalid(why: &str) -> Refusal {
    Refusal::new(
        StatusCode::BAD_REQUEST,
        "InvalidQuestion",
        format!("The question cannot be read: {why}."),
        "Ask explain/access?user=<id or sign-in name>&table=account&id=<id>&right=Read; id may be left out.",
    )
}

fn not_found(code: &'static str, why: &str) -> Refusal {
    Refusal::new(
        StatusCode::NOT_FOUND,
        code,
        format!("The question cannot be answered: {why}."),
        "GET licenses of the organization lists its users; $metadata lists its tables.",
    )
}
