//! U46: who can be whose manager.
//!
//! `Source:` the SDK's error texts 0x80041D06, 0x80041D24, 0x80041D25, 0x80041D27.

use uuid::Uuid;

use super::super::support::{documented, is_consequence};
use crate::fault::{Fault, Result, RuleId, code};
use crate::model::Value;
use crate::service::Execution;
use crate::service::registry::{Documented, Rule, Stage, Trigger, Verb, on};
use crate::world::World;

/// See the module.
#[derive(Debug)]
pub(in crate::rules) struct Hierarchy;

impl Rule for Hierarchy {
    fn documented(&self) -> &'static [Documented] {
        const RULES: &[Documented] = &[documented(
            "U46",
            "A manager is an existing user, not the user itself and nobody below it.",
            "SDK errors 0x80041D06, 0x80041D25, 0x80041D27",
        )];
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        // Before metadata looks at the lookup, which has a less telling word for a manager that does not exist.
        const ON: &[Trigger] = &[
            on("systemuser", Verb::Create, Stage::PreValidation),
            on("systemuser", Verb::Update, Stage::PreValidation),
        ];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        let catalogue = execution.catalogue;
        let column = catalogue.known().systemuser.parentsystemuserid;
        match execution.changed(column) {
            Some(Value::Lookup(manager)) if !is_consequence(execution) => {
                check(execution.world(), execution.id, manager.id)
            }
            _ => Ok(()),
        }
    }
}

fn check(world: &World, user: Uuid, manager: Uuid) -> Result<()> {
    let users = &world.known().systemuser;
    let table = world.records().table(users.id);
    if manager == user {
        return Err(Fault::new(&code::UserCannotBeOwnParent)
            .rule(RuleId("U46"))
            .hint("Choose another user as manager."));
    }
    if table.get(manager).is_none() {
        return Err(Fault::new(&code::ParentUserDoesNotExist)
            .rule(RuleId("U46"))
            .hint("Name an existing user as manager."));
    }
    let mut seen = vec![manager];
    let mut at = manager;
    while let Some(above) = table.get(at).and_then(|row| row.get(users.parentsystemuserid).as_id()) {
        if above == user {
            return Err(Fault::new(&code::UserLoopBeingCreated)
                .rule(RuleId("U46"))
                .hint("The new manager reports to this user; give the new manager another manager first."));
        }
        if seen.contains(&above) {
            return Err(Fault::new(&code::UserLoopExists)
                .rule(RuleId("U46"))
                .hint("The managers above the new one report to each other in a circle; break it first."));
        }
        seen.push(above);
        at = above;
    }
    Ok(())
}
