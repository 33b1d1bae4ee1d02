//! The named functions and actions of the Web API, one file each: a signature, from which the CSDL derives, and
//! what answers the call.

mod add_members_team;
mod add_user_to_record_team;
mod convert_owner_team_to_access_team;
mod grant_access;
mod modify_access;
mod privileges;
mod reassign_objects_owner;
mod reassign_objects_system_user;
mod remove_members_team;
mod remove_parent;
mod remove_user_from_record_team;
mod retrieve_access_origin;
mod retrieve_all_child_users;
mod retrieve_business_hierarchy;
mod retrieve_current_organization;
mod retrieve_deployment_license_type;
mod retrieve_license_info;
mod retrieve_organization_resources;
mod retrieve_principal_access;
mod retrieve_shared_principals;
mod retrieve_user_license_info;
mod retrieve_user_queues;
mod retrieve_version;
mod revoke_access;
mod set_business_system_user;
mod set_parent_system_user;
mod set_parent_team;
mod sharing;
mod who_am_i;

use std::collections::HashSet;

use uuid::Uuid;

use crate::fault::{Fault, Result, RuleId, code};
use crate::model::{ColumnId, Reference, TableId, ValueRef};
use crate::service::registry::{Access, Call, Datum};
use crate::service::{Message, Session};
use crate::world::World;

/// The version the organization says it has. `Assumed:` one of the 9.2 builds; nothing depends on it.
pub const ORGANIZATION_VERSION: &str = "9.2.25034.00154";

/// All messages.
pub fn all() -> &'static [&'static dyn Message] {
    &[
        &add_members_team::AddMembersTeam,
        &add_user_to_record_team::AddUserToRecordTeam,
        &convert_owner_team_to_access_team::ConvertOwnerTeamToAccessTeam,
        &grant_access::GrantAccess,
        &modify_access::ModifyAccess,
        &privileges::AddPrivilegesRole,
        &privileges::RemovePrivilegeRole,
        &privileges::ReplacePrivilegesRole,
        &privileges::RetrieveAadUserPrivileges,
        &privileges::RetrieveAadUserRoles,
        &privileges::RetrieveAadUserSetOfPrivilegesByIds,
        &privileges::RetrieveAadUserSetOfPrivilegesByNames,
        &privileges::RetrievePrivilegeSet,
        &privileges::RetrievePrivilegeSetOfAll,
        &privileges::RetrieveRolePrivilegesRole,
        &privileges::RetrieveTeamPrivileges,
        &privileges::RetrieveUserPrivilegeByPrivilegeId,
        &privileges::RetrieveUserPrivilegeByPrivilegeName,
        &privileges::RetrieveUserPrivileges,
        &privileges::RetrieveUserSetOfPrivilegesByIds,
        &privileges::RetrieveUserSetOfPrivilegesByNames,
        &privileges::RetrieveUsersPrivilegesThroughTeams,
        &reassign_objects_owner::ReassignObjectsOwner,
        &reassign_objects_system_user::ReassignObjectsSystemUser,
        &remove_members_team::RemoveMembersTeam,
        &remove_parent::RemoveParent,
        &remove_user_from_record_team::RemoveUserFromRecordTeam,
        &retrieve_access_origin::RetrieveAccessOrigin,
        &retrieve_all_child_users::RetrieveAllChildUsersSystemUser,
        &retrieve_business_hierarchy::RetrieveBusinessHierarchyBusinessUnit,
        &retrieve_current_organization::RetrieveCurrentOrganization,
        &retrieve_deployment_license_type::RetrieveDeploymentLicenseType,
        &retrieve_license_info::RetrieveLicenseInfo,
        &retrieve_organization_resources::RetrieveOrganizationResources,
        &retrieve_principal_access::RetrievePrincipalAccess::OfUser,
        &retrieve_principal_access::RetrievePrincipalAccess::OfTeam,
        &retrieve_shared_principals::RetrieveSharedPrincipalsAndAccess,
        &retrieve_user_license_info::RetrieveUserLicenseInfo,
        &retrieve_user_queues::RetrieveUserQueues,
        &retrieve_version::RetrieveVersion,
        &revoke_access::RevokeAccess,
        &set_business_system_user::SetBusinessSystemUser,
        &set_parent_system_user::SetParentSystemUser,
        &set_parent_team::SetParentTeam,
        &who_am_i::WhoAmI,
    ]
}

/// The id of the row a message is bound to.
fn target(call: &Call<'_, '_>) -> Result<Uuid> {
    call.target.map(|target| target.id).ok_or_else(|| Fault::new(&code::InvalidArgument))
}

/// An argument that is a row.
fn row(call: &Call<'_, '_>, name: &str) -> Result<Reference> {
    match call.argument(name) {
        Datum::Row(reference) => Ok(*reference),
        _ => Err(Fault::with(
            &code::InvalidArgument,
            format!("Required parameter '{name}' is missing or is not an entity reference."),
        )
        .hint(format!("Send {name} as an object with the row's key and its @odata.type."))),
    }
}

/// An argument that is a list of rows.
fn rows(call: &Call<'_, '_>, name: &str) -> Result<Vec<Reference>> {
    let missing = || {
        Fault::with(
            &code::InvalidArgument,
            format!("Required parameter '{name}' is missing or is not a list of entity references."),
        )
        .hint(format!("Send {name} as a list of objects with the row's key and its @odata.type."))
    };
    let Datum::List(list) = call.argument(name) else { return Err(missing()) };
    let row = |datum: &Datum| if let Datum::Row(row) = datum { Some(*row) } else { None };
    list.iter().map(|datum| row(datum).ok_or_else(missing)).collect()
}

/// An argument that is an existing user or team, as the messages that give records to somebody want one.
fn principal(call: &Call<'_, '_>, name: &str, rule: &'static str) -> Result<Reference> {
    let principal = row(call, name)?;
    let world = call.world();
    let is_principal = world.catalogue().table(principal.table).is_principal();
    if !is_principal || world.records().table(principal.table).find(principal.id).is_none() {
        return Err(Fault::new(&code::ObjectDoesNotExist)
            .rule(RuleId(rule))
            .hint(format!("{name} takes an existing user or team.")));
    }
    Ok(principal)
}

/// The rows that point to a row through a lookup of its own table, nearest first, and those that point to them.
fn below(world: &World, table: TableId, lookup: ColumnId, top: Uuid) -> Vec<Uuid> {
    let mut seen = HashSet::from([top]);
    let mut found = vec![top];
    let mut at = 0;
    while let Some(above) = found.get(at).copied() {
        let rows = world.records().table(table).rows_with(lookup, ValueRef::Guid(above));
        // No rule lets a loop be made, but a loaded document may hold one.
        found.extend(rows.map(|row| row.id()).filter(|id| seen.insert(*id)));
        at += 1;
    }
    found.remove(0);
    found
}

/// An argument that is a flag; `None` where it was not given.
fn flag(call: &Call<'_, '_>, name: &str) -> Option<bool> {
    if let Datum::Boolean(flag) = call.argument(name) { Some(*flag) } else { None }
}

/// The change set an action writes in.
fn session<'c, 'w>(call: &'c mut Call<'_, 'w>) -> Result<&'c mut Session<'w>> {
    match &mut call.access {
        Access::Write(session) => Ok(session),
        Access::Read(_) => {
            Err(Fault::with(&code::UnexpectedError, "An action was called without a change set."))
        }
    }
}

/// Does something with the switch of R32 off where records are to stay: the parameter is the switch for this one call.
/// A refusal takes the whole change set back, the switch included.
fn leaving_records<'w>(
    session: &mut Session<'w>,
    stay: bool,
    act: impl FnOnce(&mut Session<'w>) -> Result<()>,
) -> Result<()> {
    let moving = session.world().settings().move_records_on_bu_change;
    if stay && moving {
        session.transaction().settings_mut().move_records_on_bu_change = false;
    }
    act(session)?;
    if stay && moving {
        session.transaction().settings_mut().move_records_on_bu_change = true;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
