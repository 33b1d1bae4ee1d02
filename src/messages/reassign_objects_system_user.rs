//! `ReassignObjectsSystemUser`: gives everything that a user owns to another user or to a team (S21).
//!
//! `Source:` `ReassignObjectsSystemUser` Action (Dataverse Web API reference); SEED2, SEED3. `Assumed:` `objectType`
//! is the object type code of the one table whose rows are reassigned.

use crate::fault::{Fault, Result, RuleId, code};
use crate::model::{Reference, TableId};
use crate::service::registry::{Binding, Call, Datum, Nature, Parameter, Reply, Signature, Type};
use crate::service::{Message, ownership};
use crate::world::World;

/// See the module.
#[derive(Debug)]
pub(super) struct ReassignObjectsSystemUser;

static SIGNATURE: Signature = Signature {
    name: "ReassignObjectsSystemUser",
    nature: Nature::Action,
    binding: Binding::Row("systemuser"),
    parameters: &[
        Parameter { name: "ReassignPrincipal", kind: Type::Row("principal"), optional: false },
        Parameter { name: "objectType", kind: Type::Int32, optional: true },
    ],
    returns: None,
    source: "ReassignObjectsSystemUser Action; users-and-licensing.md sections 5.4 and 8",
};

impl Message for ReassignObjectsSystemUser {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        let (caller, user) = (*call.caller, super::target(call)?);
        let to = super::principal(call, "ReassignPrincipal", "S21")?;
        let only = match call.argument("objectType") {
            Datum::Int32(code) => Some(table_of(call.world(), *code)?),
            _ => None,
        };
        let session = super::session(call)?;
        let from = Reference::new(session.world().known().systemuser.id, user);
        ownership::reassign(session, caller, from, to, only)?;
        Ok(Reply::Nothing)
    }
}

fn table_of(world: &World, object_type_code: i32) -> Result<TableId> {
    let found = world.catalogue().tables().iter().find(|table| table.object_type_code == object_type_code);
    found.map(|table| table.id).ok_or_else(|| {
        Fault::new(&code::QueryBuilderNoEntity)
            .rule(RuleId("S21"))
            .hint("objectType takes the object type code of a table, such as 1 for accounts.")
    })
}
