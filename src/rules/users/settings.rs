//! Settings and default queue of a user: U51 to U53.
//!
//! `Source:` PA:reference/entities/usersettings.md (no create, no delete; one row a user), SDK errors 0x80041D2B and
//! 0x80044305. The defaults of U52 stand in the table's fixture. `Assumed:` the codes of the refused create and
//! delete, and that a default queue is not deleted (U51).

use super::super::support::{catalogue, documented, is_consequence};
use crate::fault::{Fault, Result, RuleId, code};
use crate::model::{Value, ValueRef};
use crate::service::Execution;
use crate::service::registry::{Documented, Rule, Stage, Trigger, Verb, on};

/// The settings of a user.
#[derive(Debug)]
pub(in crate::rules) struct UserSettings;

/// The most rows a page may have.
const MOST_ROWS: i32 = 250;

impl Rule for UserSettings {
    fn documented(&self) -> &'static [Documented] {
        const RULES: &[Documented] = &[
            documented(
                "U52",
                "usersettings can be read and updated; paginglimit is at most 250.",
                "PA:reference/entities/usersettings.md",
            ),
            documented("U53", "Settings that were never made cannot be changed.", "SDK error 0x80041D2B"),
        ];
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[
            on("usersettings", Verb::Create, Stage::PreOperation),
            on("usersettings", Verb::Update, Stage::PreOperation),
            on("usersettings", Verb::Delete, Stage::PreOperation),
        ];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        if is_consequence(execution) {
            return Ok(());
        }
        if execution.verb == Verb::Update {
            return paging(execution);
        }
        let users = execution.known().systemuser.id;
        let of_a_user = execution.world().records().table(users).find(execution.id).is_some();
        // An update of what does not exist comes here as a create with the user's id.
        if execution.verb == Verb::Create && of_a_user {
            return Err(Fault::new(&code::UserSettingsNotCreated)
                .rule(RuleId("U53"))
                .hint("SYSTEM and INTEGRATION have no settings."));
        }
        Err(Fault::new(&code::SdkEntityDoesNotSupportMessage)
            .rule(RuleId("U52"))
            .hint("The settings come and go with the user; update them."))
    }
}

fn paging(execution: &Execution<'_, '_>) -> Result<()> {
    match execution.requested(execution.known().usersettings.paginglimit) {
        Some(Value::Int(limit)) if *limit > MOST_ROWS => {
            Err(Fault::new(&code::UserSettingsOverMaxPagingLimit)
                .rule(RuleId("U52"))
                .hint("paginglimit is at most 250."))
        }
        _ => Ok(()),
    }
}

/// The default queue of a user.
#[derive(Debug)]
pub(in crate::rules) struct DefaultQueue;

impl Rule for DefaultQueue {
    fn documented(&self) -> &'static [Documented] {
        const RULES: &[Documented] = &[documented(
            "U51",
            "A user's default queue cannot be deleted; queueid may be changed.",
            "decision",
        )];
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[on("queue", Verb::Delete, Stage::PreOperation)];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        let catalogue = catalogue(execution);
        let user = &catalogue.known().systemuser;
        let users = execution.world().records().table(user.id);
        let is_default = users.rows_with(user.queueid, ValueRef::Guid(execution.id)).next().is_some();
        if is_default && !is_consequence(execution) {
            return Err(Fault::new(&code::CannotDeleteDueToAssociation)
                .rule(RuleId("U51"))
                .hint("Give the user another default queue first (queueid)."));
        }
        Ok(())
    }
}
