//! `RetrieveRolePrivilegesRole`: what a role gives; a copy gives what its root does (R12).
//!
//! `Source:` `RetrieveRolePrivilegesRole` Function (Dynamics 365 Web API reference); its message privileges.

use super::{ANSWER, Listed, answer, id};
use crate::fault::Result;
use crate::model::Reference;
use crate::security::AccessRights;
use crate::service::registry::{Binding, Call, ComplexType, Nature, Parameter, Reply, Signature, Type};
use crate::service::{Message, access, crud};

/// See the module.
#[derive(Debug)]
pub(in crate::messages) struct RetrieveRolePrivilegesRole;

static RESPONSE: ComplexType = ComplexType { name: "RetrieveRolePrivilegesRoleResponse", properties: ANSWER };

static SIGNATURE: Signature = Signature {
    name: "RetrieveRolePrivilegesRole",
    nature: Nature::Function,
    binding: Binding::Unbound,
    parameters: &[Parameter { name: "RoleId", kind: Type::Guid, optional: false }],
    returns: Some(Type::Complex(&RESPONSE)),
    source: "RetrieveRolePrivilegesRole Function; users-and-licensing.md section 8",
};

impl Message for RetrieveRolePrivilegesRole {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn privileges(&self) -> &'static [&'static str] {
        &["prvReadRole"]
    }

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        let (world, roles) = (call.world(), &call.world().known().role);
        let role = Reference::new(roles.id, id(call, "RoleId")?);
        let row = world.records().table(roles.id).get(role.id);
        let row = row.ok_or_else(|| crud::does_not_exist(world, role.table, role.id))?;
        access::demand(world, call.caller, AccessRights::READ, role)?;
        let unit = row.get(roles.businessunitid).as_id().unwrap_or_default();
        let given = world.security().role(world.security_rows(), role.id);
        let listed = given.privileges().map(|(privilege, depth)| Listed { privilege, depth, unit });
        Ok(answer(world, listed))
    }
}
