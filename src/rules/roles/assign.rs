//! Who may have which role: R11, R13, R15, R16, for users and teams. R18, that giving a role twice is no error, is
//! the service's.
//!
//! `Source:` SDK errors 0x80041409, 0x8004140D, 0x80041D30, 0x80041D44, 0x80041D45, 0x80041D51, 0x80041D64,
//! 0x80048331; PP:create-users.md (roles of disabled users). `Assumed:` the code of R13.

use uuid::Uuid;

use super::super::administrators::{self, SYSTEM_ADMINISTRATOR, is_role_of};
use super::super::support::{documented, is_consequence};
use super::SUPPORT_USER;
use crate::fault::{Fault, Result, RuleId, code};
use crate::licensing::{Class, Facts};
use crate::model::Value;
use crate::service::Execution;
use crate::service::registry::{Documented, Rule, Stage, Trigger, Verb, on};
use crate::settings::RoleToDisabled;
use crate::world::World;

/// Roles of users.
#[derive(Debug)]
pub(in crate::rules) struct RolesOfUsers;

const RULES: &[Documented] = &[
    documented(
        "R11",
        "A role is given within its own business unit only.",
        "SDK errors 0x80041409, 0x8004140D; switch cross_bu_roles",
    ),
    documented(
        "R13",
        "A disabled user is given no role where assign_role_to_disabled says so.",
        "PP:create-users.md; code decided",
    ),
    documented("R18", "Giving the same role again changes nothing.", "SDK samples; decision"),
];

impl Rule for RolesOfUsers {
    fn documented(&self) -> &'static [Documented] {
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[
            on("systemuserroles", Verb::Create, Stage::PreOperation),
            on("systemuserroles", Verb::Delete, Stage::PreOperation),
        ];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        let joined = &execution.known().systemuserroles;
        let ids = (execution.value(joined.systemuserid).as_id(), execution.value(joined.roleid).as_id());
        let (Some(user), Some(role)) = ids else { return Ok(()) };
        let Some(facts) = Facts::of(execution.world(), user) else { return Ok(()) };
        if execution.verb == Verb::Delete {
            return taken(execution, &facts, role);
        }
        if is_consequence(execution) { Ok(()) } else { given(execution.world(), &facts, role) }
    }
}

fn given(world: &World, user: &Facts, role: Uuid) -> Result<()> {
    if is_role_of(world, role, SUPPORT_USER) {
        return Err(Fault::new(&code::CannotAssignSupportUser)
            .rule(RuleId("R16"))
            .hint("The Support User role is the support user's alone."));
    }
    if user.class(world) == Class::Support {
        return Err(Fault::new(&code::CannotAssignRolesToSupportUser)
            .rule(RuleId("R16"))
            .hint("Give the role to another user."));
    }
    if user.disabled && world.settings().assign_role_to_disabled == RoleToDisabled::Refuse {
        return Err(Fault::new(&code::UserNotEnabled)
            .rule(RuleId("R13"))
            .hint("Enable the user first, or set assign_role_to_disabled to allow."));
    }
    let users = &world.known().systemuser;
    let unit =
        world.records().table(users.id).get(user.id).and_then(|row| row.get(users.businessunitid).as_id());
    let of = unit_of_role(world, role);
    if !world.settings().cross_bu_roles && unit != of {
        let message = format!(
            "The user with id={} belongs to a different business unit={} than the role with roleId={role} and rolebusinessUnit={}.",
            user.id,
            unit.unwrap_or_default(),
            of.unwrap_or_default()
        );
        return Err(Fault::with(&code::UserInWrongBusiness, message).rule(RuleId("R11")).hint(
            "Give the copy of the role that the user's business unit has, or set cross_bu_roles to true.",
        ));
    }
    Ok(())
}

fn taken(execution: &Execution<'_, '_>, user: &Facts, role: Uuid) -> Result<()> {
    let world = execution.world();
    let of_administrator = is_role_of(world, role, SYSTEM_ADMINISTRATOR);
    let is_needed = || administrators::is_last(world, user) || administrators::must_be_kept(world);
    if of_administrator && is_needed() && !holds_another(world, user.id, role) {
        return Err(Fault::new(&code::CannotRemoveFromSysAdmin)
            .rule(RuleId("R15"))
            .rule(RuleId("I5"))
            .hint("Give another enabled user the System Administrator role first."));
    }
    if is_consequence(execution) {
        return Ok(());
    }
    if of_administrator && user.is_tenant_admin(world) {
        return Err(Fault::new(&code::CannotRemoveTenantAdminFromSysAdminRole)
            .rule(RuleId("R15"))
            .rule(RuleId("D14"))
            .hint("Remove the account's administrator role in the directory first."));
    }
    if is_role_of(world, role, SUPPORT_USER) {
        return Err(Fault::new(&code::CannotRemoveFromSupportUser)
            .rule(RuleId("R16"))
            .hint("The support user keeps its role."));
    }
    Ok(())
}

/// Whether a user also holds the System Administrator role of another business unit.
fn holds_another(world: &World, user: Uuid, than: Uuid) -> bool {
    let joined = &world.known().systemuserroles;
    let rows =
        world.records().table(joined.id).rows_with(joined.systemuserid, crate::model::ValueRef::Guid(user));
    rows.into_iter()
        .filter_map(|row| row.get(joined.roleid).as_id())
        .any(|role| role != than && is_role_of(world, role, SYSTEM_ADMINISTRATOR))
}

fn unit_of_role(world: &World, role: Uuid) -> Option<Uuid> {
    let roles = &world.known().role;
    world.records().table(roles.id).get(role)?.get(roles.businessunitid).as_id()
}

/// Roles of teams.
#[derive(Debug)]
pub(in crate::rules) struct RolesOfTeams;

impl Rule for RolesOfTeams {
    fn documented(&self) -> &'static [Documented] {
        const RULES: &[Documented] = &[documented(
            "T6",
            "An access team has no rows, no roles and no field security profiles.",
            "PA:use-access-teams; SDK error 0x80048331",
        )];
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[on("teamroles", Verb::Create, Stage::PreOperation)];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        let world = execution.world();
        let (joined, teams) = (&world.known().teamroles, &world.known().team);
        let ids = (execution.value(joined.teamid), execution.value(joined.roleid));
        let (Value::Guid(team), Value::Guid(role)) = ids else { return Ok(()) };
        let Some(row) = world.records().table(teams.id).get(*team) else { return Ok(()) };
        if is_consequence(execution) {
            return Ok(());
        }
        if row.get(teams.teamtype).as_int() == Some(1) {
            return Err(Fault::new(&code::CannotAssignRolesOrProfilesToAccessTeam)
                .rule(RuleId("T6"))
                .hint("Give the role to an owner team."));
        }
        let (unit, of) = (row.get(teams.businessunitid).as_id(), unit_of_role(world, *role));
        if !world.settings().cross_bu_roles && unit != of {
            let message = format!(
                "The team with id={team} belongs to a different business unit={} than the role with roleId={role} and roleBusinessUnit={}.",
                unit.unwrap_or_default(),
                of.unwrap_or_default()
            );
            return Err(Fault::with(&code::TeamInWrongBusiness, message).rule(RuleId("R11")).hint(
                "Give the copy of the role that the team's business unit has, or set cross_bu_roles to true.",
            ));
        }
        Ok(())
    }
}
