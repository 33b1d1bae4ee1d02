//! Making, moving and deleting teams: T3, T8, T14, and R31 and R32 for teams.
//!
//! `Source:` PA:reference/entities/team.md, PP:manage-teams.md, SDK errors 0x80041D0B, 0x80048305, 0x8004830E.
//! `Assumed:` the administrator defaults to the caller; a team's queue bears the team's name in angle brackets, as a
//! user's does.

use super::super::support::{
    default_queue, documented, is_consequence, is_unit_disabled, own_queue, owned_by, queue_name, text,
    violation,
};
use super::super::users::move_records;
use crate::fault::{Fault, Result, RuleId, code};
use crate::identity::Caller;
use crate::model::{Reference, Value, ValueRef};
use crate::security::AccessRights;
use crate::service::access;
use crate::service::registry::{Documented, Rule, Stage, Trigger, Verb, Violation, on};
use crate::service::shares;
use crate::service::{Execution, Origin, teams};
use crate::world::World;

/// The name, before metadata looks at it with less telling words.
#[derive(Debug)]
pub(in crate::rules) struct NewTeamName;

impl Rule for NewTeamName {
    fn documented(&self) -> &'static [Documented] {
        const RULES: &[Documented] = &[documented(
            "T3",
            "A team has a name of at most 160 characters; business unit, administrator, who may read teams, and queue \
             are filled in.",
            "PA:reference/entities/team.md; SDK errors 0x80041D0A, 0x80041D0B, 0x80048305",
        )];
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] =
            &[on("team", Verb::Create, Stage::PreValidation), on("team", Verb::Update, Stage::PreValidation)];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        let column = execution.known().team.name;
        let given = execution.requested(column);
        if is_consequence(execution) || given.is_none() && execution.verb == Verb::Update {
            return Ok(());
        }
        match given.and_then(text) {
            None => Err(Fault::new(&code::MissingTeamName).rule(RuleId("T3")).hint("Give the team a name.")),
            Some(name) if name.encode_utf16().count() > 160 => Err(Fault::new(&code::TeamNameTooLong)
                .rule(RuleId("T3"))
                .hint("A team's name has at most 160 characters.")),
            Some(_) => Ok(()),
        }
    }
}

/// What a request may leave out.
#[derive(Debug)]
pub(in crate::rules) struct NewTeam;

impl Rule for NewTeam {
    fn documented(&self) -> &'static [Documented] {
        &[]
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[on("team", Verb::Create, Stage::PreOperation)];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        let catalogue = execution.catalogue;
        let known = catalogue.known();
        let team = &known.team;
        let fill = |execution: &mut Execution<'_, '_>, column, value: Value| {
            if execution.input.get(column).is_null() {
                execution.set(column, value);
            }
        };
        let root = execution.world().identity().root_business_unit;
        let administrator = Reference::new(known.systemuser.id, execution.caller.user);
        fill(execution, team.businessunitid, Reference::new(known.businessunit.id, root).into());
        fill(execution, team.administratorid, administrator.into());
        fill(execution, team.teamtype, teams::OWNER.into());
        fill(execution, team.membershiptype, 0.into());
        in_enabled_unit(execution)?;
        if execution.input.get(team.teamtype).as_int() == Some(teams::OWNER)
            && execution.input.get(team.queueid).is_null()
        {
            let id = execution.session.transaction().next_id();
            execution.set(team.queueid, Reference::new(known.queue.id, id));
        }
        Ok(())
    }
}

/// Who administers the team.
#[derive(Debug)]
pub(in crate::rules) struct Administrator;

impl Rule for Administrator {
    fn documented(&self) -> &'static [Documented] {
        &[]
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] =
            &[on("team", Verb::Create, Stage::PreOperation), on("team", Verb::Update, Stage::PreOperation)];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        let known = execution.known();
        let column = known.team.administratorid;
        if is_consequence(execution) || execution.verb == Verb::Update && execution.changed(column).is_none()
        {
            return Ok(());
        }
        let Some(administrator) = execution.value(column).as_lookup() else { return Ok(()) };
        match access::lacking(execution.world(), administrator, AccessRights::READ, known.team.id) {
            Some(privilege) => Err(Fault::new(&code::TeamAdministratorMissedPrivilege)
                .rule(RuleId("T3"))
                .hint(format!("Give the administrator a role with the privilege {privilege}."))),
            None => Ok(()),
        }
    }

    fn verify(&self, world: &World) -> Vec<Violation> {
        let (team, users) = (&world.known().team, world.known().systemuser.id);
        let rows = world.records().table(team.id).iter().map(|(_, row)| row).filter(|row| {
            let administrator = row.get(team.administratorid).as_id();
            administrator.is_none_or(|user| world.records().table(users).find(user).is_none())
        });
        rows.map(|row| violation("T3", Reference::new(team.id, row.id()), "The team has no administrator."))
            .collect()
    }
}

fn in_enabled_unit(execution: &Execution<'_, '_>) -> Result<()> {
    let unit = execution.value(execution.known().team.businessunitid).as_id();
    if !is_consequence(execution) && unit.is_some_and(|unit| is_unit_disabled(execution.world(), unit)) {
        return Err(Fault::new(&code::CannotAssignToDisabledBusiness)
            .rule(RuleId("T3"))
            .hint("Enable the business unit, or choose another one."));
    }
    Ok(())
}

/// The default queue of an owner team.
#[derive(Debug)]
pub(in crate::rules) struct NewTeamQueue;

impl Rule for NewTeamQueue {
    fn documented(&self) -> &'static [Documented] {
        &[]
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[on("team", Verb::Create, Stage::PostOperation)];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        let catalogue = execution.catalogue;
        let (team, queue) = (&catalogue.known().team, &catalogue.known().queue);
        let Some(id) = execution.input.get(team.queueid).as_id() else { return Ok(()) };
        if execution.world().records().table(queue.id).find(id).is_some() {
            return Ok(());
        }
        let name = text(execution.input.get(team.name)).unwrap_or_default();
        let mut row = default_queue(queue);
        row.set(queue.name, queue_name(name));
        row.set(queue.ownerid, Reference::new(team.id, execution.id));
        let system = Caller::system(execution.world());
        execution.session.create_row(system, Origin::Consequence, queue.id, Some(id), row).map(drop)
    }
}

/// A team that moves to another business unit leaves its roles behind.
#[derive(Debug)]
pub(in crate::rules) struct Moved;

impl Rule for Moved {
    fn documented(&self) -> &'static [Documented] {
        &[]
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[on("team", Verb::Update, Stage::PostOperation)];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        let catalogue = execution.catalogue;
        let (team, joined) = (&catalogue.known().team, &catalogue.known().teamroles);
        let Some(unit) = execution.changed(team.businessunitid).and_then(Value::as_id) else { return Ok(()) };
        in_enabled_unit(execution)?;
        if !execution.settings().keep_roles_on_bu_change {
            let given = execution.world().records().table(joined.id);
            let given: Vec<_> =
                given.rows_with(joined.teamid, ValueRef::Guid(execution.id)).map(|row| row.id()).collect();
            if !given.is_empty() {
                execution.note(RuleId("R31"), "The move took the team's security roles away.");
            }
            for row in given {
                execution.delete(joined.id, row)?;
            }
        }
        if execution.settings().move_records_on_bu_change {
            move_records(execution, Reference::new(team.id, execution.id), unit)?;
        }
        Ok(())
    }
}

/// A team that owns records cannot be deleted; its own queue goes with it.
#[derive(Debug)]
pub(in crate::rules) struct TeamDelete;

impl Rule for TeamDelete {
    fn documented(&self) -> &'static [Documented] {
        const RULES: &[Documented] = &[documented(
            "T8",
            "A team that owns records cannot be deleted; what is shared with a deleted team is not any more.",
            "SDK error 0x8004830E",
        )];
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[on("team", Verb::Delete, Stage::PreOperation)];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        let team = Reference::new(execution.table, execution.id);
        if owned_by(execution.world(), team).next().is_some() {
            return Err(Fault::new(&code::CannotDeleteTeamOwningRecords)
                .rule(RuleId("T8"))
                .hint("Assign the team's records to somebody else first."));
        }
        // Before the members go, who would take a record's team with them (T9).
        shares::forget(execution.session.transaction(), team);
        match own_queue(execution.world(), team) {
            Some(queue) if execution.world().records().table(queue.table).find(queue.id).is_some() => {
                execution.delete(queue.table, queue.id)
            }
            _ => Ok(()),
        }
    }
}
