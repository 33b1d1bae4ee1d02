//! How a query would be answered: its plan, and the way to its rows.

use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::extract::{Here, Json, Scope};
use super::whatif::{self, Try};
use super::{Answer, ok};
use crate::protocol::http::Refusal;

/// What to plan.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// Absolute, from the root, or below the Web API's own root: `systemusers?$filter=accessmode eq 4`.
    url: String,
    /// As a request would have them; `Prefer` and the caller matter.
    #[serde(default)]
    headers: Map<String, Value>,
}

pub(super) async fn show(scope: Scope, Here(site): Here, Json(wanted): Json<Wanted>) -> Answer {
    let Wanted { url, headers } = wanted;
    let asked = Try { method: "GET".to_owned(), url, headers, body: None };
    let (site, request) = whatif::request(asked, &scope, &site).map_err(|why| invalid(&why))?;
    ok(&scope.front.plan(scope.host()?, &scope.organization, site, request)?)
}

fn invalid(why: &str) -> Refusal {
    Refusal::new(
        StatusCode::BAD_REQUEST,
        "InvalidRequest",
        format!("There is no plan: {why}."),
        "A request is {\"url\",\"headers\"?}; url as in systemusers?$filter=accessmode eq 4.",
    )
}
