//! A user's business unit: U7 on create, R31 and R32 when it moves.
//!
//! `Source:` PP:create-edit-business-units.md (a move takes the roles away, records follow); SDK error 0x8004032D.
//! `Assumed:` that the roles go before the last administrator is lost (the move is then refused), and that moved
//! rows count as changed by the system.

use uuid::Uuid;

use super::super::support::{
    default_team, documented, is_consequence, is_unit_disabled, own_queue, owned_by, record,
};
use crate::fault::{Fault, Result, RuleId, code};
use crate::model::{Record, Reference, Value, ValueRef};
use crate::service::Execution;
use crate::service::registry::{Documented, Rule, Stage, Trigger, Verb, on};

/// Before: whether the business unit may be given the user.
#[derive(Debug)]
pub(in crate::rules) struct BusinessUnit;

impl Rule for BusinessUnit {
    fn documented(&self) -> &'static [Documented] {
        const RULES: &[Documented] = &[documented(
            "U7",
            "A new user without a business unit is put into the root one; a disabled one is refused.",
            "PP:create-edit-business-units.md; codes decided",
        )];
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[
            on("systemuser", Verb::Create, Stage::PreOperation),
            on("systemuser", Verb::Update, Stage::PreOperation),
        ];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        match new_unit(execution) {
            Some(unit) if !is_consequence(execution) && is_unit_disabled(execution.world(), unit) => {
                Err(Fault::new(&code::CannotAssignToDisabledBusiness)
                    .rule(RuleId("U7"))
                    .hint("Enable the business unit, or choose another one."))
            }
            _ => Ok(()),
        }
    }
}

/// Afterwards: what follows a move.
#[derive(Debug)]
pub(in crate::rules) struct Move;

impl Rule for Move {
    fn documented(&self) -> &'static [Documented] {
        const RULES: &[Documented] = &[
            documented(
                "R31",
                "Moving a user or a team to another business unit takes its roles away; the default team follows.",
                "PP:create-edit-business-units.md; switch keep_roles_on_bu_change",
            ),
            documented(
                "R32",
                "The records of a user follow it to another business unit.",
                "Dataverse reference; switch move_records_on_bu_change",
            ),
        ];
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[on("systemuser", Verb::Update, Stage::PostOperation)];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        new_unit(execution).map_or(Ok(()), |unit| moved(execution, unit))
    }
}

/// The business unit that the operation gives the user, if it is another than before.
fn new_unit(execution: &Execution<'_, '_>) -> Option<Uuid> {
    let column = execution.known().systemuser.businessunitid;
    let unit = execution.input.mentions(column)?.as_id()?;
    (execution.before.get(column).as_id() != Some(unit)).then_some(unit)
}

/// What follows a move.
fn moved(execution: &mut Execution<'_, '_>, unit: Uuid) -> Result<()> {
    let catalogue = execution.catalogue;
    let known = catalogue.known();
    let user = execution.id;
    if !execution.settings().keep_roles_on_bu_change {
        let joined = &known.systemuserroles;
        let given: Vec<_> = rows(execution, joined.id, joined.systemuserid, user);
        if !given.is_empty() {
            execution.note(
                RuleId("R31"),
                "The move took the user's security roles away; give it roles of the new business unit.",
            );
        }
        for row in given {
            execution.delete(joined.id, row)?;
        }
    }
    change_team(execution, unit)?;
    let settings = &known.usersettings;
    if execution.world().records().table(settings.id).get(user).is_some() {
        execution.update(settings.id, user, record([(settings.businessunitid, Value::Guid(unit))]))?;
    }
    if execution.settings().move_records_on_bu_change {
        move_records(execution, Reference::new(known.systemuser.id, user), unit)?;
    }
    Ok(())
}

/// Takes the user out of the default team it is in and puts it into that of its new business unit (T1).
fn change_team(execution: &mut Execution<'_, '_>, unit: Uuid) -> Result<()> {
    let catalogue = execution.catalogue;
    let (member, user) = (&catalogue.known().teammembership, execution.id);
    for row in rows(execution, member.id, member.systemuserid, user) {
        let world = execution.world();
        let team = world.records().table(member.id).get(row).and_then(|row| row.get(member.teamid).as_id());
        if team.is_some_and(|team| super::super::support::is_default_team(world, team)) {
            execution.delete(member.id, row)?;
        }
    }
    if let Some(team) = default_team(execution.world(), unit) {
        execution.create(
            member.id,
            record([(member.teamid, Value::Guid(team)), (member.systemuserid, Value::Guid(user))]),
        )?;
    }
    Ok(())
}

/// R32, for a user or a team.
pub(in crate::rules) fn move_records(
    execution: &mut Execution<'_, '_>,
    owner: Reference,
    unit: Uuid,
) -> Result<()> {
    let catalogue = execution.catalogue;
    let to = Value::Lookup(Reference::new(catalogue.known().businessunit.id, unit));
    let world = execution.world();
    let rows: Vec<Reference> = owned_by(world, owner).chain(own_queue(world, owner)).collect();
    for row in rows {
        if let Some(column) = catalogue.table(row.table).system.owningbusinessunit {
            let change: Record = [(column, to.clone())].into_iter().collect();
            execution.update(row.table, row.id, change)?;
        }
    }
    Ok(())
}

fn rows(
    execution: &Execution<'_, '_>,
    table: crate::model::TableId,
    column: crate::model::ColumnId,
    id: Uuid,
) -> Vec<Uuid> {
    let rows = execution.world().records().table(table).rows_with(column, ValueRef::Guid(id));
    rows.map(|row| row.id()).collect()
}
