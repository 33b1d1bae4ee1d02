//! `RemovePrivilegeRole`: takes a privilege from a role.
//!
//! R12, R15, R16, R19, M8. `Source:` `RemovePrivilegeRole` Action (Dataverse Web API reference), whose parameter is a row
//! of `privilege`; `RemovePrivilegeRoleRequest`, whose is `PrivilegeId`. Either is taken. `Assumed:` taking a privilege
//! that the role does not give changes nothing.

use super::{OF_A_CHANGE, changes, unknown_privilege};
use crate::fault::Result;
use crate::service::Message;
use crate::service::registry::{Binding, Call, Datum, Nature, Parameter, Reply, Signature, Type};

/// See the module.
#[derive(Debug)]
pub(in crate::messages) struct RemovePrivilegeRole;

static SIGNATURE: Signature = Signature {
    name: "RemovePrivilegeRole",
    nature: Nature::Action,
    binding: Binding::Row("role"),
    parameters: &[
        Parameter { name: "Privilege", kind: Type::Row("privilege"), optional: false },
        Parameter { name: "PrivilegeId", kind: Type::Guid, optional: true },
    ],
    returns: None,
    source: "RemovePrivilegeRole Action; users-and-licensing.md section 8",
};

impl Message for RemovePrivilegeRole {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn privileges(&self) -> &'static [&'static str] {
        OF_A_CHANGE
    }

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        let (caller, role) = (*call.caller, super::target(call)?);
        changes::begin(super::session(call)?, caller, role)?;
        let id = match call.argument("PrivilegeId") {
            Datum::Guid(id) => *id,
            _ => super::row(call, "Privilege")?.id,
        };
        let session = super::session(call)?;
        let privilege = session.world().catalogue().privilege_with_id(id).ok_or_else(unknown_privilege)?;
        if let Some((row, _)) = changes::current(session.world(), role, privilege) {
            changes::take(session, privilege, row)?;
        }
        Ok(Reply::Nothing)
    }
}
