//! What kinds of teams there are, and what each may have: T6, T7, T13. Who may own is `owners.rs`'s to say.
//!
//! `Source:` PA:use-access-teams; PP:manage-group-teams.md; `ConvertOwnerTeamToAccessTeam`; SDK errors
//! 0x80048331, 0x80048336, 0x80048337. `Assumed:` the code for a group team without its group
//! is that of any missing column, and that for a group team in an organization of 2013, whose choice lacks it, that of
//! any value out of range; a default team is not converted, for it is an owner team by T1.
//! DIFFERENCE: nobody joins a group team when signing in, since the directory has no groups.

use super::super::support::{documented, is_consequence, owned_by, violation};
use crate::fault::{Fault, Result, RuleId, code};
use crate::model::{ColumnId, Reference, TableId, Value, ValueRef};
use crate::service::registry::{Documented, Rule, Stage, Trigger, Verb, Violation, on};
use crate::service::{Execution, teams};
use crate::settings::Era;
use crate::world::World;

/// The type of a new team.
#[derive(Debug)]
pub(in crate::rules) struct NewTeamType;

impl Rule for NewTeamType {
    fn documented(&self) -> &'static [Documented] {
        const RULES: &[Documented] = &[documented(
            "T13",
            "A group team names its directory group for good, has no members added by hand, and needs era dataverse.",
            "PP:manage-group-teams.md; codes decided",
        )];
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[on("team", Verb::Create, Stage::PreOperation)];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        let team = &execution.known().team;
        let kind = execution.input.get(team.teamtype).as_int().unwrap_or(teams::OWNER);
        if is_consequence(execution) || !teams::is_group(kind) {
            return Ok(());
        }
        if execution.settings().era == Era::Crm2013 {
            let message = format!(
                "A validation error occurred. The value {kind} of 'teamtype' on record of type 'team' is outside the valid range. Accepted Values: 0,1"
            );
            return Err(Fault::with(&code::PicklistValueOutOfRange, message)
                .rule(RuleId("T13"))
                .hint("Set era to dataverse: group teams came after CRM 2013."));
        }
        if execution.input.get(team.azureactivedirectoryobjectid).is_null() {
            return Err(Fault::with(
                &code::RequiredFieldMissing,
                "Required field missing. Attribute 'azureactivedirectoryobjectid' of entity 'team' is required.",
            )
            .rule(RuleId("T13"))
            .hint("Give azureactivedirectoryobjectid the object id of the directory's group."));
        }
        Ok(())
    }

    fn verify(&self, world: &World) -> Vec<Violation> {
        let team = &world.known().team;
        let groups = world.records().table(team.id).iter().map(|(_, row)| row).filter(|row| {
            row.get(team.teamtype).as_int().is_some_and(teams::is_group)
                && row.get(team.azureactivedirectoryobjectid).is_null()
        });
        groups
            .map(|row| violation("T13", Reference::new(team.id, row.id()), "A group team names no group."))
            .collect()
    }
}

/// What an access team never has. Who may be given rows is the owners' to say.
#[derive(Debug)]
pub(in crate::rules) struct AccessTeams;

impl Rule for AccessTeams {
    fn documented(&self) -> &'static [Documented] {
        const RULES: &[Documented] = &[documented(
            "T6",
            "An access team has no rows, no roles and no field security profiles.",
            "PA:use-access-teams; SDK errors 0x80048331, 0x80048340",
        )];
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        &[]
    }

    fn run(&self, _execution: &mut Execution<'_, '_>) -> Result<()> {
        Ok(())
    }

    fn verify(&self, world: &World) -> Vec<Violation> {
        let team = &world.known().team;
        let mut found = Vec::new();
        for (_, row) in world.records().table(team.id).iter() {
            if row.get(team.teamtype).as_int() == Some(teams::ACCESS) {
                let team = Reference::new(team.id, row.id());
                if has_role_or_profile(world, team) {
                    found.push(violation(
                        "T6",
                        team,
                        "An access team has a role or a field security profile.",
                    ));
                }
                if owned_by(world, team).next().is_some() {
                    found.push(violation("T6", team, "An access team owns rows."));
                }
            }
        }
        found
    }
}

fn has(world: &World, (table, column): (TableId, ColumnId), team: Reference) -> bool {
    world.records().table(table).rows_with(column, ValueRef::Guid(team.id)).next().is_some()
}

fn has_role_or_profile(world: &World, team: Reference) -> bool {
    let (roles, profiles) = (&world.known().teamroles, &world.known().teamprofiles);
    has(world, (roles.id, roles.teamid), team) || has(world, (profiles.id, profiles.teamid), team)
}

/// An owner team becomes an access team. Metadata lets nobody change `teamtype` but the system, on behalf of
/// `ConvertOwnerTeamToAccessTeam`.
#[derive(Debug)]
pub(in crate::rules) struct Conversion;

impl Rule for Conversion {
    fn documented(&self) -> &'static [Documented] {
        const RULES: &[Documented] = &[documented(
            "T7",
            "A team keeps its type, but an owner team that has no roles and no rows may become an access team.",
            "PA:use-access-teams; SDK errors 0x80048336, 0x80048337",
        )];
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[on("team", Verb::Update, Stage::PreOperation)];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        let catalogue = execution.catalogue;
        let (team, queue) = (&catalogue.known().team, &catalogue.known().queue);
        if execution.changed(team.teamtype).is_none() {
            return Ok(());
        }
        let reference = Reference::new(team.id, execution.id);
        may_become_access_team(execution, reference)?;
        let own = execution.before.get(team.queueid).as_id().filter(|id| {
            let row = execution.world().records().table(queue.id).get(*id);
            row.is_some_and(|row| row.get(queue.ownerid).as_id() == Some(reference.id))
        });
        if let Some(own) = own {
            execution.set(team.queueid, Value::Null);
            execution.delete(queue.id, own)?;
            execution.note(RuleId("T7"), "The conversion deleted the queue of the team.");
        }
        Ok(())
    }
}

fn may_become_access_team(execution: &Execution<'_, '_>, reference: Reference) -> Result<()> {
    let (world, team) = (execution.world(), &execution.known().team);
    let refused = |code, hint: &'static str| Err(Fault::new(code).rule(RuleId("T7")).hint(hint));
    if execution.before.get(team.teamtype).as_int() != Some(teams::OWNER) {
        return refused(&code::InvalidArgument, "Only an owner team can be converted, and never back.");
    }
    if execution.before.get(team.isdefault).as_bool() == Some(true) {
        return refused(
            &code::InvalidArgument,
            "A default team stays an owner team; convert one that was made by hand.",
        );
    }
    if has_role_or_profile(world, reference) {
        return refused(
            &code::CannotChangeTeamTypeDueToRoleOrProfile,
            "Take the security roles and field security profiles of the team away first.",
        );
    }
    if owned_by(world, reference).next().is_some() {
        return refused(
            &code::CannotChangeTeamTypeDueToOwnership,
            "Assign the rows of the team to somebody else first.",
        );
    }
    Ok(())
}
