//! The named functions and actions of the Web API, one file each: a signature, from which the CSDL derives, and
//! what answers the call.

mod privileges;
mod remove_parent;
mod retrieve_all_child_users;
mod retrieve_current_organization;
mod retrieve_deployment_license_type;
mod retrieve_license_info;
mod retrieve_organization_resources;
mod retrieve_user_license_info;
mod retrieve_version;
mod set_business_system_user;
mod set_parent_system_user;
mod who_am_i;

use uuid::Uuid;

use crate::fault::{Fault, Result, code};
use crate::model::Reference;
use crate::service::registry::{Access, Call, Datum};
use crate::service::{Message, Session};

/// The version the organization says it has. `Assumed:` one of the 9.2 builds; nothing depends on it.
pub const ORGANIZATION_VERSION: &str = "9.2.25034.00154";

/// All messages.
pub fn all() -> &'static [&'static dyn Message] {
    &[
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
        &remove_parent::RemoveParent,
        &retrieve_all_child_users::RetrieveAllChildUsersSystemUser,
        &retrieve_current_organization::RetrieveCurrentOrganization,
        &retrieve_deployment_license_type::RetrieveDeploymentLicenseType,
        &retrieve_license_info::RetrieveLicenseInfo,
        &retrieve_organization_resources::RetrieveOrganizationResources,
        &retrieve_user_license_info::RetrieveUserLicenseInfo,
        &retrieve_version::RetrieveVersion,
        &set_business_system_user::SetBusinessSystemUser,
        &set_parent_system_user::SetParentSystemUser,
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

#[cfg(test)]
mod tests;
