//! What happened in the tenant and CRM does not know yet; and bringing CRM up to date.

use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::extract::{OptionalJson, Scope};
use super::{Answer, ok};
use crate::hosting::{Applied, Pending};
use crate::protocol::http::Refusal;

/// Whose changes are wanted at once.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// Object id or sign-in name; everything that waits, where it is left out.
    #[serde(default)]
    account: Option<String>,
}

#[derive(Debug, Serialize)]
struct Shown {
    /// What CRM has learned of now.
    #[serde(skip_serializing_if = "Option::is_none")]
    applied: Option<Vec<Applied>>,
    /// What still waits.
    waiting: Vec<Pending>,
}

pub(super) async fn show(scope: Scope) -> Answer {
    ok(&Shown { applied: None, waiting: scope.organization.pending() })
}

pub(super) async fn run(scope: Scope, OptionalJson(wanted): OptionalJson<Wanted>) -> Answer {
    let account = wanted.account.map(|name| {
        scope.organization.account_of(&name).ok_or_else(|| {
            Refusal::new(
                StatusCode::NOT_FOUND,
                "AccountNotFound",
                format!("The directory of '{}' has no account '{name}'.", scope.organization.name()),
                "Send an object id or a userPrincipalName; without a body everything that waits is synchronised.",
            )
        })
    });
    let applied = scope.host()?.synchronise(&scope.organization, account.transpose()?);
    ok(&Shown { applied: Some(applied), waiting: scope.organization.pending() })
}
