//! Sharing, as far as it is a matter of rows: the table of shares is written by sharing alone, and what must hold of it.
//!
//! `Source:` PA:security-sharing-assigning.md (`principalobjectaccess` supports retrieving only, PA:reference/entities/
//! principalobjectaccess.md); S4 and T8 of users-and-licensing.md. `Assumed:` the code, which is that of other messages
//! a table does not support.

use std::collections::HashSet;

use super::support::{documented, is_consequence, violation};
use crate::fault::{Fault, Result, RuleId, code};
use crate::model::Reference;
use crate::security::Share;
use crate::service::Execution;
use crate::service::registry::{Documented, Rule, Stage, Trigger, Verb, Violation, on};
use crate::service::shares::inherit;
use crate::world::World;

/// See the module.
#[derive(Debug)]
pub(super) struct Shares;

impl Rule for Shares {
    fn documented(&self) -> &'static [Documented] {
        const RULES: &[Documented] = &[documented(
            "S1",
            "GrantAccess adds rights to a share, ModifyAccess replaces them, RevokeAccess ends it.",
            "PA:security-sharing-assigning.md; SDK error 0x8004020D",
        )];
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[
            on("principalobjectaccess", Verb::Create, Stage::PreValidation),
            on("principalobjectaccess", Verb::Update, Stage::PreValidation),
            on("principalobjectaccess", Verb::Delete, Stage::PreValidation),
        ];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        if is_consequence(execution) {
            return Ok(());
        }
        Err(Fault::new(&code::SdkEntityDoesNotSupportMessage)
            .rule(RuleId("S1"))
            .hint("Use the actions GrantAccess, ModifyAccess and RevokeAccess."))
    }

    fn verify(&self, world: &World) -> Vec<Violation> {
        let table = world.known().principalobjectaccess.id;
        let mut found = Vec::new();
        let mut seen = HashSet::new();
        let is_there = |row: Reference| world.records().table(row.table).find(row.id).is_some();
        for (id, share) in Share::all(world.security_rows()) {
            let mut wrong = |rule, what: &'static str| {
                found.push(violation(rule, Reference::new(table, id), what));
            };
            let Some(share) = share else {
                wrong("S4", "A share names no record or no principal.");
                continue;
            };
            if !is_there(share.object) {
                wrong("S1", "A share outlives its record.");
            }
            if !is_there(share.principal) {
                wrong("T8", "A share outlives its principal.");
            }
            if share.rights().is_empty() {
                wrong("S1", "A share gives nothing.");
            }
            if !seen.insert((share.object, share.principal)) {
                wrong("S1", "A record is shared twice with the same principal.");
            }
            let derived = inherit::derived(world, share.object);
            let source = derived.iter().find(|(principal, _)| *principal == share.principal);
            if !share.inherited.is_empty()
                && source.is_none_or(|(_, rights)| !rights.contains(share.inherited))
            {
                wrong("S8", "A record inherits what no parent of it has to give.");
            }
        }
        found
    }
}
