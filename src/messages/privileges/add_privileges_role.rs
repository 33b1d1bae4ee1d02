//! `AddPrivilegesRole`: gives a role more privileges.
//!
//! R3, R12, R15 to R17, R19, M8. `Source:` `AddPrivilegesRole` Action (Dataverse Web API reference); the functions and
//! actions sample. `Assumed:` a privilege that the role gives already is given at the new depth, be it a lesser one.

use super::{OF_A_CHANGE, ROLE_PRIVILEGES, changes};
use crate::fault::Result;
use crate::service::Message;
use crate::service::registry::{Binding, Call, Nature, Parameter, Reply, Signature};

/// See the module.
#[derive(Debug)]
pub(in crate::messages) struct AddPrivilegesRole;

static SIGNATURE: Signature = Signature {
    name: "AddPrivilegesRole",
    nature: Nature::Action,
    binding: Binding::Row("role"),
    parameters: &[Parameter { name: "Privileges", kind: ROLE_PRIVILEGES, optional: false }],
    returns: None,
    source: "AddPrivilegesRole Action; users-and-licensing.md section 8",
};

impl Message for AddPrivilegesRole {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn privileges(&self) -> &'static [&'static str] {
        OF_A_CHANGE
    }

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        let (caller, role) = (*call.caller, super::target(call)?);
        changes::begin(super::session(call)?, caller, role)?;
        let grants = changes::grants(call)?;
        changes::give(super::session(call)?, caller, role, &grants)?;
        Ok(Reply::Nothing)
    }
}
