//! `RetrieveAadUserRoles`: the roles of the user of a directory account, its own and those of its teams.
//!
//! `Source:` "Work with Microsoft Entra ID group teams" (Dataverse developer guide), whose answer also names the team of
//! each role, as columns that no type declares; those are not answered.

use uuid::Uuid;

use super::{OF_A_USER, of_account};
use crate::fault::Result;
use crate::service::Message;
use crate::service::registry::{Binding, Call, Nature, Parameter, Reply, Signature, Type};

/// See the module.
#[derive(Debug)]
pub(in crate::messages) struct RetrieveAadUserRoles;

static SIGNATURE: Signature = Signature {
    name: "RetrieveAadUserRoles",
    nature: Nature::Function,
    binding: Binding::Unbound,
    parameters: &[Parameter { name: "DirectoryObjectId", kind: Type::Guid, optional: false }],
    returns: Some(Type::Collection(&Type::Row("role"))),
    source: "RetrieveAadUserRoles Function; users-and-licensing.md section 8",
};

impl Message for RetrieveAadUserRoles {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn privileges(&self) -> &'static [&'static str] {
        OF_A_USER
    }

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        let mut ids: Vec<Uuid> = Vec::new();
        for held in of_account(call)?.iter().flat_map(|holder| &holder.roles) {
            if !ids.contains(&held.id) {
                ids.push(held.id);
            }
        }
        Ok(Reply::Rows { table: call.world().known().role.id, ids })
    }
}
