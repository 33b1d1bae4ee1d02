//! R35: what must be true before a business unit is deleted, and what goes with it.
//!
//! `Source:` PP:delete-business-unit.md, SDK errors 0x80041D60 to 0x80041D63, 0x80072526.

use uuid::Uuid;

use super::super::support::{default_team, documented, is_consequence, own_queue, owned_by};
use crate::fault::{Fault, Result, RuleId, code};
use crate::model::{ColumnId, Reference, TableId, Value, ValueRef};
use crate::service::Execution;
use crate::service::registry::{Documented, Rule, Stage, Trigger, Verb, on};
use crate::world::World;

/// See the module.
#[derive(Debug)]
pub(in crate::rules) struct UnitDelete;

impl Rule for UnitDelete {
    fn documented(&self) -> &'static [Documented] {
        const RULES: &[Documented] = &[documented(
            "R35",
            "Only a disabled business unit without units, users, teams, records and queues can be deleted.",
            "PP:delete-business-unit.md; SDK errors 0x80041D60 to 0x80041D62, 0x80072526",
        )];
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[on("businessunit", Verb::Delete, Stage::PreOperation)];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        let catalogue = execution.catalogue;
        let known = catalogue.known();
        if is_consequence(execution) {
            return Ok(());
        }
        let unit = execution.id;
        let disabled = execution.before.get(known.businessunit.isdisabled) == &Value::Bool(true);
        may_go(execution.world(), unit, disabled)?;
        let team = default_team(execution.world(), unit);
        if let Some(team) = team {
            execution.delete(known.team.id, team)?;
        }
        // The copies below a role go first: they point to it.
        let mut roles = rows(execution.world(), known.role.id, known.role.businessunitid, unit);
        roles.reverse();
        for role in roles {
            execution.delete(known.role.id, role)?;
        }
        Ok(())
    }
}

fn may_go(world: &World, unit: Uuid, disabled: bool) -> Result<()> {
    let known = world.known();
    let refused = |code, hint: &'static str| Err(Fault::new(code).rule(RuleId("R35")).hint(hint));
    let units = &known.businessunit;
    if unit == world.identity().root_business_unit {
        return Err(Fault::new(&code::RootBusinessUnitCannotBeDisabled)
            .rule(RuleId("R30"))
            .hint("The root business unit stays."));
    }
    if !disabled {
        return refused(
            &code::BusinessUnitIsNotDisabledAndCannotBeDeleted,
            "Disable the business unit first: update isdisabled to true.",
        );
    }
    if !rows(world, units.id, units.parentbusinessunitid, unit).is_empty() {
        return refused(
            &code::BusinessUnitHasChildAndCannotBeDeleted,
            "Delete or move the business units below first.",
        );
    }
    let team = default_team(world, unit);
    let others =
        rows(world, known.team.id, known.team.businessunitid, unit).into_iter().any(|id| Some(id) != team);
    if others || !rows(world, known.systemuser.id, known.systemuser.businessunitid, unit).is_empty() {
        return refused(
            &code::CannotDeleteDueToAssociation,
            "Move the users and teams of the business unit first.",
        );
    }
    let team = team.map(|team| Reference::new(known.team.id, team));
    if team.is_some_and(|team| owned_by(world, team).next().is_some()) {
        return refused(
            &code::BusinessUnitDefaultTeamOwnsRecords,
            "Assign the records of the default team to somebody else first.",
        );
    }
    queues(world, unit, team.and_then(|team| own_queue(world, team)))
}

fn queues(world: &World, unit: Uuid, own: Option<Reference>) -> Result<()> {
    let (units, queue) = (&world.known().businessunit, &world.known().queue);
    let mut referring = rows(world, queue.id, queue.businessunitid, unit);
    referring.extend(rows(world, queue.id, queue.owningbusinessunit, unit));
    referring.sort_unstable();
    referring.dedup();
    referring.retain(|id| own.is_none_or(|own| own.id != *id));
    if referring.is_empty() {
        return Ok(());
    }
    let row = world.records().table(units.id).get(unit);
    let name = row.and_then(|row| row.get(units.name).as_str()).unwrap_or_default();
    let message = format!(
        "There are {} queues referencing this BusinessUnit with id ={unit}, Name = {name}. Please delete the queues before deleting this business unit or assign to a different Business Unit.",
        referring.len()
    );
    Err(Fault::with(&code::BusinessUnitQueuesAssociatedWithBU, message)
        .rule(RuleId("R35"))
        .hint("Delete those queues, or assign them to an owner of another business unit."))
}

fn rows(world: &World, table: TableId, column: ColumnId, id: Uuid) -> Vec<Uuid> {
    world.records().table(table).rows_with(column, ValueRef::Guid(id)).map(|row| row.id()).collect()
}
