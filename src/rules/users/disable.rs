//! Disabling: U93 to U97 (U90 to U92, the built-in users, stand with the protected columns).
//!
//! `Source:` the SDK's error texts 0x80041D2F and 0x80041D65; CRM 2013 SDK gg309593 (disabling frees the licence and
//! keeps roles, teams and records). `Assumed:` the refusal of disabling oneself (U96), which
//! `refuse_self_disable` switches. U95 (workflows) is not modelled.

use super::super::administrators;
use super::super::support::{documented, facts_now, is_consequence};
use super::{holds_own_seat, write};
use crate::fault::{Fault, Result, RuleId, code};
use crate::licensing::{Class, Facts};
use crate::model::Value;
use crate::service::Execution;
use crate::service::registry::{Documented, Rule, Stage, Trigger, Verb, on};

/// See the module.
#[derive(Debug)]
pub(in crate::rules) struct Disable;

const RULES: &[Documented] = &[
    documented("U90", "The support user cannot be disabled.", "SEED2, SEED3"),
    documented("U91", "The delegated admin cannot be disabled.", "SDK error 0x80041D67"),
    documented("U92", "SYSTEM and INTEGRATION cannot be disabled.", "SDK error 0x80041D33"),
    documented("U93", "The last enabled System Administrator cannot be disabled.", "SDK error 0x80041D2F"),
    documented(
        "U94",
        "A global or service administrator of the tenant cannot be disabled.",
        "SDK error 0x80041D65",
    ),
    documented("U96", "Nobody disables himself.", "decision; switch refuse_self_disable"),
    documented(
        "U97",
        "Disabling frees the seat or slot of the user and keeps its roles, teams and records; a directory licence stays.",
        "CRM 2013 SDK gg309593; PP:create-users.md",
    ),
];

impl Rule for Disable {
    fn documented(&self) -> &'static [Documented] {
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[on("systemuser", Verb::Update, Stage::PreOperation)];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        let column = execution.known().systemuser.isdisabled;
        if is_consequence(execution) || execution.requested(column) != Some(&Value::Bool(true)) {
            return Ok(());
        }
        let now = facts_now(execution);
        if !now.disabled {
            let after = disabled(execution, &now)?;
            write(execution, &now, &after);
        }
        Ok(())
    }
}

fn disabled(execution: &mut Execution<'_, '_>, now: &Facts) -> Result<Facts> {
    let world = execution.world();
    if administrators::is_last(world, now) {
        return Err(Fault::new(&code::CannotDisableSysAdmin)
            .rule(RuleId("U93"))
            .rule(RuleId("I5"))
            .hint("Give another enabled user the System Administrator role first."));
    }
    if now.is_tenant_admin(world) {
        return Err(Fault::new(&code::CannotDisableTenantAdmin)
            .rule(RuleId("U94"))
            .hint("Remove the account's administrator role in the directory first."));
    }
    if execution.settings().refuse_self_disable && execution.caller.user == execution.id {
        return Err(Fault::with(&code::InvalidOperation, "You cannot disable yourself.")
            .rule(RuleId("U96"))
            .hint("Let another administrator disable you, or set refuse_self_disable to false."));
    }
    let mut after = Facts { disabled: true, ..*now };
    // What the user held before this operation is what it gives back; the mode may have changed on the way.
    let held = super::super::support::facts_before(execution);
    if now.class(world) == Class::CrmManaged {
        after.licensed = false;
    }
    if holds_own_seat(world, &held) {
        execution.note(RuleId("L1"), "The license was freed.");
    } else if held.takes_slot(world) {
        execution.note(RuleId("L5"), "The non-interactive slot was freed.");
    } else if now.class(world) == Class::Directory && now.licensed {
        execution.note(RuleId("L3"), "The license stays consumed until it is removed in the directory.");
    }
    Ok(after)
}
