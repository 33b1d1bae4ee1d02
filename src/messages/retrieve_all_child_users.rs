//! `RetrieveAllChildUsersSystemUser`: everybody below a user in the hierarchy of managers.
//!
//! `Source:` `RetrieveAllChildUsersSystemUser` Function (Dynamics 365 Web API reference; users-and-licensing.md
//! section 8: the whole tree below).

use std::collections::HashSet;

use uuid::Uuid;

use crate::fault::Result;
use crate::model::ValueRef;
use crate::service::Message;
use crate::service::registry::{Binding, Call, Nature, Reply, Signature, Type};
use crate::world::World;

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

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        let user = super::target(call)?;
        let world = call.world();
        Ok(Reply::Rows { table: world.known().systemuser.id, ids: below(world, user) })
    }
}

/// The users below a user, nearest first.
fn below(world: &World, user: Uuid) -> Vec<Uuid> {
    let users = &world.known().systemuser;
    let mut seen = HashSet::from([user]);
    let mut found = vec![user];
    let mut at = 0;
    while let Some(manager) = found.get(at).copied() {
        let reports =
            world.records().table(users.id).rows_with(users.parentsystemuserid, ValueRef::Guid(manager));
        // A loop cannot be made (U46), but a loaded document may hold one.
        found.extend(reports.map(|row| row.id()).filter(|id| seen.insert(*id)));
        at += 1;
    }
    found.remove(0);
    found
}
