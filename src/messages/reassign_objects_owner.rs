//! `ReassignObjectsOwner`: gives everything that a user or a team owns to another user or team (S21).
//!
//! `Source:` `ReassignObjectsOwner` Action (Dataverse Web API reference); SEED2, SEED3. What is not reassigned and
//! what does not follow stands in `service/ownership.rs`.

use crate::fault::Result;
use crate::service::registry::{Binding, Call, Nature, Parameter, Reply, Signature, Type};
use crate::service::{Message, ownership};

/// See the module.
#[derive(Debug)]
pub(super) struct ReassignObjectsOwner;

static SIGNATURE: Signature = Signature {
    name: "ReassignObjectsOwner",
    nature: Nature::Action,
    binding: Binding::Unbound,
    parameters: &[
        Parameter { name: "FromPrincipal", kind: Type::Row("principal"), optional: false },
        Parameter { name: "ToPrincipal", kind: Type::Row("principal"), optional: false },
    ],
    returns: None,
    source: "ReassignObjectsOwner Action; users-and-licensing.md sections 5.4 and 8",
};

impl Message for ReassignObjectsOwner {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        let caller = *call.caller;
        let from = super::principal(call, "FromPrincipal", "S21")?;
        let to = super::principal(call, "ToPrincipal", "S21")?;
        ownership::reassign(super::session(call)?, caller, from, to, None)?;
        Ok(Reply::Nothing)
    }
}
