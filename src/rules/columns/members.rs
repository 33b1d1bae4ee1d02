//! Who has which profile: C8 for users, T6 for teams.
//!
//! `Source:` SDK errors 0x8004F505, 0x80048331; "Use field security to control access to field values": by default all
//! who hold System Administrator have its profile. `Assumed:` that those who hold it through a team are no members,
//! though they may read everything; that others may be made members, and may then read everything too.

use uuid::Uuid;

use super::super::administrators;
use super::super::support::is_consequence;
use crate::fault::{Fault, Result, RuleId, code};
use crate::model::{Record, Reference, Value, ValueRef};
use crate::security::SYSTEM_ADMINISTRATOR_PROFILE;
use crate::service::registry::{Documented, Rule, Stage, Trigger, Verb, Violation, on};
use crate::service::{Execution, teams};
use crate::world::World;

/// Profiles of users.
#[derive(Debug)]
pub(in crate::rules) struct ProfilesOfUsers;

impl Rule for ProfilesOfUsers {
    fn documented(&self) -> &'static [Documented] {
        &[]
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[on("systemuserprofiles", Verb::Delete, Stage::PreOperation)];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        let joined = &execution.known().systemuserprofiles;
        let ids = (
            execution.value(joined.systemuserid).as_id(),
            execution.value(joined.fieldsecurityprofileid).as_id(),
        );
        let (Some(user), Some(SYSTEM_ADMINISTRATOR_PROFILE)) = ids else { return Ok(()) };
        if is_consequence(execution) || !administrators::holds(execution.world(), user) {
            return Ok(());
        }
        Err(Fault::new(&code::CannotRemoveSysAdminProfileFromSysAdminUser)
            .rule(RuleId("C8"))
            .hint("Take the System Administrator role from the user; the profile goes with it."))
    }
}

/// Profiles of teams.
#[derive(Debug)]
pub(in crate::rules) struct ProfilesOfTeams;

impl Rule for ProfilesOfTeams {
    fn documented(&self) -> &'static [Documented] {
        // T6 stands with the roles of teams.
        &[]
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[on("teamprofiles", Verb::Create, Stage::PreOperation)];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        let joined = &execution.known().teamprofiles;
        let Some(team) = execution.value(joined.teamid).as_id() else { return Ok(()) };
        if is_consequence(execution) || teams::kind(execution.world(), team) != Some(teams::ACCESS) {
            return Ok(());
        }
        Err(Fault::new(&code::CannotAssignRolesOrProfilesToAccessTeam)
            .rule(RuleId("T6"))
            .hint("Give the profile to an owner team, or to the team's members."))
    }
}

/// The profile that comes and goes with the role System Administrator.
#[derive(Debug)]
pub(in crate::rules) struct AdministratorsProfile;

impl Rule for AdministratorsProfile {
    fn documented(&self) -> &'static [Documented] {
        &[]
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[
            on("systemuserroles", Verb::Create, Stage::PostOperation),
            on("systemuserroles", Verb::Delete, Stage::PostOperation),
        ];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        let catalogue = execution.catalogue;
        let (joined, members) = (&catalogue.known().systemuserroles, &catalogue.known().systemuserprofiles);
        let ids = (execution.value(joined.systemuserid).as_id(), execution.value(joined.roleid).as_id());
        let (Some(user), Some(role)) = ids else { return Ok(()) };
        if !administrators::is_role_of(execution.world(), role, administrators::SYSTEM_ADMINISTRATOR)
            || profile(execution.world()).is_none()
        {
            return Ok(());
        }
        let membership = membership(execution.world(), user);
        if execution.verb == Verb::Delete {
            let still = administrators::holds(execution.world(), user);
            return match membership.filter(|_| !still) {
                Some(row) => execution.delete(members.id, row),
                None => Ok(()),
            };
        }
        if membership.is_some() {
            return Ok(());
        }
        let record: Record = [
            (members.systemuserid, Value::Guid(user)),
            (members.fieldsecurityprofileid, Value::Guid(SYSTEM_ADMINISTRATOR_PROFILE)),
        ]
        .into_iter()
        .collect();
        execution.create(members.id, record).map(drop)
    }

    fn verify(&self, world: &World) -> Vec<Violation> {
        if profile(world).is_none() {
            return Vec::new();
        }
        let joined = &world.known().systemuserroles;
        let rows = world.records().table(joined.id).iter();
        rows.filter_map(|(_, row)| {
            Some((row.get(joined.systemuserid).as_id()?, row.get(joined.roleid).as_id()?))
        })
        .filter(|(_, role)| administrators::is_role_of(world, *role, administrators::SYSTEM_ADMINISTRATOR))
        .filter(|(user, _)| membership(world, *user).is_none())
        .map(|(user, _)| Violation {
            rule: RuleId("C8"),
            row: Some(Reference::new(world.known().systemuser.id, user)),
            what: "A System Administrator is no member of the field security profile of that name."
                .to_owned(),
        })
        .collect()
    }
}

/// The built-in profile, where the organization has it; one that a document describes whole may not.
fn profile(world: &World) -> Option<Uuid> {
    let profiles = world.records().table(world.known().fieldsecurityprofile.id);
    profiles.get(SYSTEM_ADMINISTRATOR_PROFILE).map(|row| row.id())
}

/// The row that makes a user a member of the built-in profile.
fn membership(world: &World, user: Uuid) -> Option<Uuid> {
    let members = &world.known().systemuserprofiles;
    let rows = world.records().table(members.id);
    rows.rows_with(members.systemuserid, ValueRef::Guid(user))
        .find(|row| row.get(members.fieldsecurityprofileid).as_id() == Some(SYSTEM_ADMINISTRATOR_PROFILE))
        .map(|row| row.id())
}
