//! The messages about privileges: what roles give, and what users and teams have by them.
//!
//! `RolePrivilege` has the shape of the newest service whatever version is asked, in the order in which it answers.
//! `Source:` `RolePrivilege` `ComplexType` and `PrivilegeDepth` `EnumType` (Dataverse Web API reference). Record filters are
//! not emulated, so no privilege has one. What the access mode withholds (R20) a user does not have. `Assumed:` which
//! privileges the messages need that the 2013 to 2016 SDK does not list, as the older ones of their kind need them; that
//! privileges that reach from several business units are listed once for each.

mod add_privileges_role;
mod changes;
mod remove_privilege_role;
mod replace_privileges_role;
mod retrieve_aad_user_privileges;
mod retrieve_aad_user_roles;
mod retrieve_aad_user_set_of_privileges_by_ids;
mod retrieve_aad_user_set_of_privileges_by_names;
mod retrieve_privilege_set;
mod retrieve_role_privileges_role;
mod retrieve_team_privileges;
mod retrieve_user_privilege_by_privilege_id;
mod retrieve_user_privilege_by_privilege_name;
mod retrieve_user_privileges;
mod retrieve_user_set_of_privileges_by_ids;
mod retrieve_user_set_of_privileges_by_names;
mod retrieve_users_privileges_through_teams;

use uuid::Uuid;

use super::{flag, row, session, target};
use crate::fault::{Fault, Result, RuleId, code};
use crate::identity::Caller;
use crate::model::{Depth, PrivilegeId, Reference, ValueRef};
use crate::security::{AccessRights, Held, Holder};
use crate::service::access::{self, Who};
use crate::service::registry::{Call, ComplexType, Datum, EnumType, Reply, Type};
use crate::world::World;

pub(super) use add_privileges_role::AddPrivilegesRole;
pub(super) use remove_privilege_role::RemovePrivilegeRole;
pub(super) use replace_privileges_role::ReplacePrivilegesRole;
pub(super) use retrieve_aad_user_privileges::RetrieveAadUserPrivileges;
pub(super) use retrieve_aad_user_roles::RetrieveAadUserRoles;
pub(super) use retrieve_aad_user_set_of_privileges_by_ids::RetrieveAadUserSetOfPrivilegesByIds;
pub(super) use retrieve_aad_user_set_of_privileges_by_names::RetrieveAadUserSetOfPrivilegesByNames;
pub(super) use retrieve_privilege_set::{RetrievePrivilegeSet, RetrievePrivilegeSetOfAll};
pub(super) use retrieve_role_privileges_role::RetrieveRolePrivilegesRole;
pub(super) use retrieve_team_privileges::RetrieveTeamPrivileges;
pub(super) use retrieve_user_privilege_by_privilege_id::RetrieveUserPrivilegeByPrivilegeId;
pub(super) use retrieve_user_privilege_by_privilege_name::RetrieveUserPrivilegeByPrivilegeName;
pub(super) use retrieve_user_privileges::RetrieveUserPrivileges;
pub(super) use retrieve_user_set_of_privileges_by_ids::RetrieveUserSetOfPrivilegesByIds;
pub(super) use retrieve_user_set_of_privileges_by_names::RetrieveUserSetOfPrivilegesByNames;
pub(super) use retrieve_users_privileges_through_teams::RetrieveUsersPrivilegesThroughTeams;

static PRIVILEGE_DEPTH: EnumType = EnumType {
    name: "PrivilegeDepth",
    members: &[("Basic", 0), ("Local", 1), ("Deep", 2), ("Global", 3), (RECORD_FILTER, 4)],
    flags: false,
};

const RECORD_FILTER: &str = "RecordFilter";

static ROLE_PRIVILEGE: ComplexType = ComplexType {
    name: "RolePrivilege",
    properties: &[
        ("Depth", Type::Enum(&PRIVILEGE_DEPTH), false),
        ("PrivilegeId", Type::Guid, false),
        ("BusinessUnitId", Type::Guid, false),
        ("PrivilegeName", Type::String, true),
        ("RecordFilterId", Type::Guid, false),
        ("RecordFilterUniqueName", Type::String, true),
    ],
};

/// Several of them.
const ROLE_PRIVILEGES: Type = Type::Collection(&Type::Complex(&ROLE_PRIVILEGE));

/// The one property of every answer with privileges.
const ANSWER: &[(&str, Type, bool)] = &[("RolePrivileges", ROLE_PRIVILEGES, false)];

/// What reading somebody's privileges needs. Source: "`RetrieveUserPrivileges` message privileges", CRM 2013 to 2016 SDK.
const OF_A_USER: &[&str] = &["prvReadOrganization", "prvReadUser"];

/// What changing a role's privileges needs besides Write of the role. Source: "`AddPrivilegesRole` message privileges"
/// and its like, CRM 2013 to 2016 SDK.
const OF_A_CHANGE: &[&str] = &["prvReadOrganization", "prvReadRole", "prvReadUser"];

/// A privilege as an answer tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Listed {
    privilege: PrivilegeId,
    depth: Depth,
    unit: Uuid,
}

fn answer(world: &World, listed: impl IntoIterator<Item = Listed>) -> Reply {
    let list = listed.into_iter().map(|listed| {
        let privilege = world.catalogue().privilege(listed.privilege);
        Datum::Complex(vec![
            ("Depth", Datum::Enum(listed.depth as i64)),
            ("PrivilegeId", Datum::Guid(privilege.id)),
            ("BusinessUnitId", Datum::Guid(listed.unit)),
            ("PrivilegeName", Datum::String(privilege.name.to_string())),
            ("RecordFilterId", Datum::Guid(Uuid::nil())),
            ("RecordFilterUniqueName", Datum::String(String::new())),
        ])
    });
    Reply::Complex(vec![("RolePrivileges", Datum::List(list.collect()))])
}

/// The user or the team that a message is bound to, if the caller may read it.
fn bound_holder<'w>(call: &'w Call<'_, '_>) -> Result<Who<'w>> {
    let principal = call.target.ok_or_else(|| Fault::new(&code::InvalidArgument))?;
    holder(call.world(), call.caller, principal)
}

fn holder<'w>(world: &'w World, caller: &Caller, principal: Reference) -> Result<Who<'w>> {
    access::demand(world, caller, AccessRights::READ, principal)?;
    access::of_principal(world, principal).ok_or_else(|| Fault::new(&code::ObjectDoesNotExist))
}

/// What a holder has of some privileges by those of its roles that count, the deepest for each business unit from which
/// they reach. `withheld`: whether those that its access mode withholds count too.
fn effective(
    holder: &Holder,
    privileges: impl IntoIterator<Item = PrivilegeId>,
    withheld: bool,
    counts: impl Fn(&Held, Depth) -> bool,
) -> Vec<Listed> {
    let mut listed: Vec<Listed> = Vec::new();
    for privilege in privileges {
        if !withheld && !holder.holds(privilege) {
            continue;
        }
        let first = listed.len();
        for held in &holder.roles {
            let Some(depth) = held.role.depth(privilege).filter(|depth| counts(held, *depth)) else {
                continue;
            };
            match listed[first..].iter_mut().find(|listed| listed.unit == held.unit) {
                Some(listed) => listed.depth = listed.depth.max(depth),
                None => listed.push(Listed { privilege, depth, unit: held.unit }),
            }
        }
    }
    listed
}

/// Every privilege there is.
fn all(world: &World) -> impl Iterator<Item = PrivilegeId> + '_ {
    world.catalogue().privileges().map(|(privilege, _)| privilege)
}

/// Answers the functions that are asked for some privileges of the user they are bound to, at the depths that count.
/// Source: the parameter `ExcludeTeamBasic` leaves out what comes from the roles of teams at Basic.
fn some_of_bound(call: &Call<'_, '_>, privileges: &[PrivilegeId]) -> Result<Reply> {
    let without = flag(call, "ExcludeTeamBasic") == Some(true);
    let holder = bound_holder(call)?;
    let counts = |held: &Held, depth| !(without && held.through.is_some() && depth == Depth::Basic);
    Ok(answer(call.world(), effective(&holder, privileges.iter().copied(), false, counts)))
}

/// The user of a directory account, if the caller may read it; `None` where the account has no user. `Assumed:` the
/// code for an account that the directory does not have either.
fn of_account<'w>(call: &'w Call<'_, '_>) -> Result<Option<Who<'w>>> {
    let (world, users) = (call.world(), &call.world().known().systemuser);
    let account = id(call, "DirectoryObjectId")?;
    let rows = world.records().table(users.id);
    let user = rows.rows_with(users.azureactivedirectoryobjectid, ValueRef::Guid(account)).next();
    match user {
        Some(user) => holder(world, call.caller, Reference::new(users.id, user.id())).map(Some),
        None if world.directory().account(account).is_some() => Ok(None),
        None => Err(Fault::new(&code::ObjectDoesNotExist)
            .hint("DirectoryObjectId is the azureactivedirectoryobjectid of a user.")),
    }
}

/// Answers the functions about a directory account, for some privileges.
fn of_account_some(call: &Call<'_, '_>, privileges: impl IntoIterator<Item = PrivilegeId>) -> Result<Reply> {
    let listed = of_account(call)?.map(|holder| effective(&holder, privileges, false, |_, _| true));
    Ok(answer(call.world(), listed.unwrap_or_default()))
}

fn id(call: &Call<'_, '_>, name: &str) -> Result<Uuid> {
    if let Datum::Guid(id) = call.argument(name) { Ok(*id) } else { Err(missing(name)) }
}

fn missing(name: &str) -> Fault {
    Fault::with(&code::InvalidArgument, format!("Required parameter '{name}' is missing."))
}

/// R19. `Assumed:` names that no privilege has are refused with the code of ids that none has.
fn unknown_privilege() -> Fault {
    Fault::new(&code::InvalidPrivilegeId)
        .rule(RuleId("R19"))
        .hint("Name a privilege of the organization; GET privileges lists their ids and names.")
}

/// The privileges that an argument names, by id or by name, alone or in a list; each once.
fn named(call: &Call<'_, '_>, name: &str) -> Result<Vec<PrivilegeId>> {
    let catalogue = call.world().catalogue();
    let find = |datum: &Datum| match datum {
        Datum::Guid(id) => catalogue.privilege_with_id(*id).ok_or_else(unknown_privilege),
        Datum::String(name) => catalogue.privilege_named(name).ok_or_else(unknown_privilege),
        _ => Err(missing(name)),
    };
    let mut found = Vec::new();
    match call.argument(name) {
        Datum::List(list) => {
            for datum in list {
                let privilege = find(datum)?;
                if !found.contains(&privilege) {
                    found.push(privilege);
                }
            }
        }
        one => found.push(find(one)?),
    }
    Ok(found)
}
