//! `RetrieveAllChildUsersSystemUser`: everybody below a user in the hierarchy of managers.
//!
//! `Source:` `RetrieveAllChildUsersSystemUser` Function (Dynamics 365 Web API reference; users-and-licensing.md
//! section 8: the whole tree below).

use crate::fault::Result;
use crate::service::Message;
use crate::service::registry::{Binding, Call, Nature, Reply, Signature, Type};

/// See the module.
#[derive(Debug)]
pub(super) struct RetrieveAllChildUsersSystemUser;

static SIGNATURE: Signature = Signature {
    name: "RetrieveAllChildUsersSystemUser",
    nature: Nature::Function,
    binding: Binding::Row("systemuser"),
    parameters: &[],
    returns: Some(Type::Collection(&Type::Row("systemuser"))),
    source: "RetrieveAllChildUsersSystemUser Function; users-and-licensing.md section 8",
};

impl Message for RetrieveAllChildUsersSystemUser {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn privileges(&self) -> &'static [&'static str] {
        &["prvReadUser"]
    }

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        let user = super::target(call)?;
        let world = call.world();
        let users = &world.known().systemuser;
        Ok(Reply::Rows {
            table: users.id,
            ids: super::below(world, users.id, users.parentsystemuserid, user),
        })
    }
}
