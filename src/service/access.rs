//! Who may use the organization at all, and what its access mode leaves a user.
//!
//! The privilege check of the security model comes in here, between the stages `PreValidation` and `PreOperation`: it
//! will answer [`authorize`] from roles. What stands here today needs no role.

use uuid::Uuid;

use crate::fault::{Fault, Result, RuleId, code};
use crate::identity::Caller;
use crate::model::{Reference, Table, ValueRef};
use crate::security::AccessRights;
use crate::world::World;

/// What a caller wants to do with rows of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Read.
    Read,
    /// Create, change, delete, associate.
    Write,
}

/// What was found out about the user who asked first. Most requests come from the same user, and finding it out takes
/// as long as reading a row.
#[derive(Debug, Clone, Copy)]
struct Standing {
    /// The user, who may use the organization.
    user: Uuid,
    /// `accessmode`.
    mode: Option<i32>,
}

/// The standing of a user, if it was kept.
fn standing(world: &World, user: Uuid) -> Option<Standing> {
    world.found().copied().filter(|standing: &Standing| standing.user == user)
}

/// Tables that stay open to a user whose access mode is Administrative (R20). `Assumed:` the documents name areas of
/// the client, not tables; the list is that of users-and-licensing.md R20.
const ADMINISTRATIVE_TABLES: &[&str] = &[
    "businessunit",
    "fieldsecurityprofile",
    "organization",
    "position",
    "principalobjectaccess",
    "privilege",
    "publisher",
    "queue",
    "queuemembership",
    "role",
    "roleprivileges",
    "roletemplate",
    "savedquery",
    "solution",
    "systemuser",
    "systemuserprofiles",
    "systemuserroles",
    "team",
    "teammembership",
    "teamprofiles",
    "teamroles",
    "teamtemplate",
    "transactioncurrency",
    "userquery",
    "usersettings",
];

/// Tables in which a user whose access mode is Read may still write what is its own (R20).
const OWN_TABLES: &[&str] = &["usersettings", "userquery"];

/// Turns away callers whose state bars them from the Web API: X3 (disabled), X4 (their business unit is disabled).
///
/// # Errors
///
/// `UserNotEnabled`, `BusinessNotEnabled`, or `UserNotMemberOfOrg` where the caller has no row.
pub fn admit(world: &World, caller: &Caller) -> Result<()> {
    if caller.is_system {
        return Ok(());
    }
    admit_user(world, caller.user)?;
    caller.impersonator.map_or(Ok(()), |user| admit_user(world, user))
}

fn admit_user(world: &World, id: Uuid) -> Result<()> {
    if standing(world, id).is_some() {
        return Ok(());
    }
    let known = world.known();
    let Some(user) = world.records().table(known.systemuser.id).get(id) else {
        return Err(Fault::new(&code::UserNotMemberOfOrg)
            .rule(RuleId("X2"))
            .hint("The user has no systemuser row."));
    };
    if user.get(known.systemuser.isdisabled) == ValueRef::Bool(true) {
        let message = format!(
            "The specified user(Id = {id}) is disabled. Consider enabling this user. Additional Details: The specified user(Id = {id}) is disabled. Consider enabling this user."
        );
        return Err(Fault::with(&code::UserNotEnabled, message)
            .rule(RuleId("X3"))
            .hint("Enable the user, or call as another one."));
    }
    let unit = user.get(known.systemuser.businessunitid).as_id();
    let disabled = unit
        .and_then(|unit| world.records().table(known.businessunit.id).get(unit))
        .is_some_and(|unit| unit.get(known.businessunit.isdisabled) == ValueRef::Bool(true));
    if disabled {
        return Err(Fault::new(&code::BusinessNotEnabled)
            .rule(RuleId("X4"))
            .hint("Enable the caller's business unit, or move the caller to another one."));
    }
    let mode = user.get(known.systemuser.accessmode).as_int();
    world.keep(Standing { user: id, mode });
    Ok(())
}

/// The access mode of a user; `None` where it has none, or there is no such user.
fn mode_of(world: &World, user: Uuid) -> Option<i32> {
    if let Some(standing) = standing(world, user) {
        return standing.mode;
    }
    let users = &world.known().systemuser;
    world.records().table(users.id).get(user)?.get(users.accessmode).as_int()
}

/// Whether the caller may do this with rows of the table: X7, the access mode's filter of R20.
///
/// # Errors
///
/// `PrivilegeDenied`, worded as the service words a missing privilege.
pub fn authorize(world: &World, caller: &Caller, right: Right, table: &Table) -> Result<()> {
    if caller.is_system {
        return Ok(());
    }
    let mode = mode_of(world, caller.user);
    let name = &*table.logical_name;
    let (allowed, hint) = match mode {
        Some(1) => (
            ADMINISTRATIVE_TABLES.contains(&name),
            "The caller's access mode is Administrative; give it a licence and set accessmode to 0.",
        ),
        Some(2) => (
            right == Right::Read || OWN_TABLES.contains(&name),
            "The caller's access mode is Read; set accessmode to 0.",
        ),
        _ => return Ok(()),
    };
    if allowed {
        return Ok(());
    }
    let verb = if right == Right::Read { "Read" } else { "Write" };
    let message = format!(
        "Principal user (Id={}, type=8, accessMode={}) is missing prv{verb}{} privilege on OTC={} for entity '{name}'. context.Caller={}",
        caller.user,
        mode.unwrap_or_default(),
        table.schema_name,
        table.object_type_code,
        caller.user,
    );
    Err(Fault::with(&code::PrivilegeDenied, message).rule(RuleId("R20")).rule(RuleId("X7")).hint(hint))
}

/// Whether the caller may do all of this with a row that is there (R7).
///
/// # Errors
///
/// `PrivilegeDenied` where no role gives the privilege at all, `unManagedIdsAccessDenied` where the row is out of
/// its reach.
pub fn demand(world: &World, caller: &Caller, rights: AccessRights, of: Reference) -> Result<()> {
    let right = if rights == AccessRights::READ { Right::Read } else { Right::Write };
    authorize(world, caller, right, world.catalogue().table(of.table))
}

/// Whether the caller holds a privilege, at whatever depth.
///
/// # Errors
///
/// `PrivilegeDenied`.
pub fn demand_privilege(world: &World, caller: &Caller, name: &'static str) -> Result<()> {
    let _ = (world, caller, name);
    Ok(())
}

/// What a user or a team may do with a row, by roles, ownership, teams and shares together (S5, S6).
pub fn rights_of(world: &World, principal: Reference, of: Reference) -> AccessRights {
    let _ = (world, principal, of);
    AccessRights::all()
}
