//! `ReplacePrivilegesRole`: what a role gives from now on, all of it.
//!
//! R3, R12, R15 to R17, R19, M8. `Source:` `ReplacePrivilegesRole` Action (Dataverse Web API reference). `Assumed:` what
//! every new role begins with goes too where the list does not name it.

use super::{OF_A_CHANGE, ROLE_PRIVILEGES, changes};
use crate::fault::Result;
use crate::service::Message;
use crate::service::registry::{Binding, Call, Nature, Parameter, Reply, Signature};

/// See the module.
#[derive(Debug)]
pub(in crate::messages) struct ReplacePrivilegesRole;

static SIGNATURE: Signature = Signature {
    name: "ReplacePrivilegesRole",
    nature: Nature::Action,
    binding: Binding::Row("role"),
    parameters: &[Parameter { name: "Privileges", kind: ROLE_PRIVILEGES, optional: false }],
    returns: None,
    source: "ReplacePrivilegesRole Action; users-and-licensing.md section 8",
};

impl Message for ReplacePrivilegesRole {
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
        let session = super::session(call)?;
        changes::give(session, caller, role, &grants)?;
        for (row, privilege, _) in changes::rows(session.world(), role) {
            let place = session.world().catalogue().privilege_with_id(privilege);
            if let Some(place) = place.filter(|place| !grants.iter().any(|(given, _)| given == place)) {
                changes::take(session, place, row)?;
            }
        }
        Ok(Reply::Nothing)
    }
}
