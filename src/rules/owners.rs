//! Who may be given a row: S11.
//!
//! A disabled user may own rows unless `strict_owner_enabled` says otherwise; an owner in a disabled business unit
//! is refused. `Source:` PP:create-users.md (disabled users may still be assigned records) against the SDK's
//! `unManagedidsownernotenabled`; the conflict is the switch (users-and-licensing.md section 5.4).

use super::support::{documented, is_consequence, is_unit_disabled};
use crate::fault::{Fault, Result, RuleId, code};
use crate::model::{Reference, Value, ValueRef};
use crate::service::Execution;
use crate::service::registry::{Documented, Rule, Stage, Trigger, Verb};

/// See the module.
#[derive(Debug)]
pub(super) struct Owners;

impl Rule for Owners {
    fn documented(&self) -> &'static [Documented] {
        const RULES: &[Documented] = &[documented(
            "S11",
            "A disabled owner is refused where strict_owner_enabled is on, an owner in a disabled business unit always.",
            "PP:create-users.md against SDK error 0x8004022B; switch strict_owner_enabled",
        )];
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[
            Trigger { table: None, verb: Verb::Create, stage: Stage::PreOperation },
            Trigger { table: None, verb: Verb::Update, stage: Stage::PreOperation },
        ];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        if is_consequence(execution) {
            return Ok(());
        }
        let table = execution.world().catalogue().table(execution.table);
        let Some(column) = table.system.ownerid else { return Ok(()) };
        match execution.changed(column) {
            Some(Value::Lookup(owner)) => check(execution, *owner),
            _ => Ok(()),
        }
    }
}

fn check(execution: &Execution<'_, '_>, owner: Reference) -> Result<()> {
    let world = execution.world();
    let known = world.known();
    let Some(row) = world.records().table(owner.table).get(owner.id) else { return Ok(()) };
    let is_user = owner.table == known.systemuser.id;
    let unit = row.get(if is_user { known.systemuser.businessunitid } else { known.team.businessunitid });
    if is_user
        && world.settings().strict_owner_enabled
        && row.get(known.systemuser.isdisabled) == ValueRef::Bool(true)
    {
        return Err(Fault::new(&code::OwnerNotEnabled)
            .rule(RuleId("S11"))
            .hint("Enable the new owner, choose another, or set strict_owner_enabled to false."));
    }
    if unit.as_id().is_some_and(|unit| is_unit_disabled(world, unit)) {
        return Err(Fault::new(&code::CannotAssignToDisabledBusiness)
            .rule(RuleId("S11"))
            .hint("Enable the owner's business unit, or choose an owner in another one."));
    }
    Ok(())
}
