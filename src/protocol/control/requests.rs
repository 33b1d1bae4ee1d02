//! The journal of requests: listed, forgotten, verified; and what the requests have touched.

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::extract::{Json, NoBody, Scope};
use super::{Answer, answer, done, ok};
use crate::hosting::{Expected, Wanted};
use crate::journal::{Matcher, Status};
use crate::protocol::http::Refusal;

/// Which requests are wanted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    method: Option<String>,
    path: Option<String>,
    status: Option<String>,
    caller: Option<String>,
    rule: Option<String>,
    /// The id of an entry, or an instant of the organization's clock.
    since: Option<String>,
    limit: Option<String>,
}

impl Filter {
    fn wanted(self) -> Result<Wanted, String> {
        let status = self.status.map(|text| text.parse::<Status>()).transpose()?;
        let limit = |text: String| match text.parse() {
            Ok(0) | Err(_) => Err(format!("limit: '{text}' is not a number of requests")),
            Ok(limit) => Ok(limit),
        };
        Ok(Wanted {
            matcher: Matcher {
                method: self.method,
                path: self.path,
                caller: self.caller,
                status,
                rule: self.rule,
                body_contains: None,
            },
            since: self.since.map(|text| text.parse()).transpose()?,
            limit: self.limit.map(limit).transpose()?,
        })
    }
}

pub(super) async fn list(scope: Scope, filter: Result<Query<Filter>, QueryRejection>) -> Answer {
    let Query(filter) = filter.map_err(|why| bad_filter(&why.body_text()))?;
    let wanted = filter.wanted().map_err(|why| bad_filter(&why))?;
    let requests = scope.organization.requests(&wanted).map_err(|why| bad_filter(&why))?;
    ok(&json!({ "requests": requests }))
}

pub(super) async fn forget(scope: Scope, filter: Result<Query<Filter>, QueryRejection>, _: NoBody) -> Answer {
    let is_whole =
        filter.is_ok_and(|Query(filter)| filter.wanted().is_ok_and(|all| all == Wanted::default()));
    if !is_whole {
        return Err(bad_filter("the journal is forgotten as a whole; DELETE takes no options"));
    }
    scope.organization.clear_requests();
    Ok(done())
}

/// A matcher, and how many requests there should be that match.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Verification {
    method: Option<String>,
    path: Option<String>,
    caller: Option<String>,
    status: Option<Status>,
    rule: Option<String>,
    body_contains: Option<String>,
    count: Option<u64>,
    at_least: Option<u64>,
    at_most: Option<u64>,
}

pub(super) async fn verify(scope: Scope, Json(wanted): Json<Verification>) -> Answer {
    let Verification { method, path, caller, status, rule, body_contains, count, at_least, at_most } = wanted;
    let matcher = Matcher { method, path, caller, status, rule, body_contains };
    if count.is_some() && (at_least.is_some() || at_most.is_some()) {
        return Err(bad_matcher("count says it all, and beside it stands at_least or at_most"));
    }
    let expected = Expected { count, at_least, at_most };
    let verdict = scope.organization.verify_requests(&matcher, expected).map_err(|why| bad_matcher(&why))?;
    if verdict.verified {
        return ok(&verdict);
    }
    let message = format!("{} of {} recorded requests match.", verdict.matched, verdict.recorded);
    let hint = if verdict.nearest.is_empty() {
        "matches lists the newest of those that match."
    } else {
        "nearest lists the requests that come nearest, each with what does not hold of it."
    };
    let mut body = json!({ "error": { "code": "NotVerified", "message": message, "hint": hint } });
    if let (Some(body), Ok(serde_json::Value::Object(members))) =
        (body.as_object_mut(), serde_json::to_value(&verdict))
    {
        body.extend(members);
    }
    answer(StatusCode::UNPROCESSABLE_ENTITY, &body)
}

pub(super) async fn coverage(scope: Scope) -> Answer {
    ok(&scope.host()?.coverage(&scope.organization))
}

pub(super) async fn forget_coverage(scope: Scope, _: NoBody) -> Answer {
    scope.organization.clear_coverage();
    Ok(done())
}

fn bad_filter(why: &str) -> Refusal {
    Refusal::new(
        StatusCode::BAD_REQUEST,
        "InvalidFilter",
        format!("The options cannot be read: {why}."),
        "The options are method, path, status, caller, rule, since (an entry's id or an instant) and limit.",
    )
}

fn bad_matcher(why: &str) -> Refusal {
    Refusal::new(
        StatusCode::BAD_REQUEST,
        "InvalidMatcher",
        format!("Nothing was verified: {why}."),
        "Send {\"method\",\"path\",\"caller\",\"status\",\"rule\",\"body_contains\"} and count, at_least or at_most.",
    )
}
