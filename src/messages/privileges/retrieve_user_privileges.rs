//! `RetrieveUserPrivileges`: what a user may do by its own roles, at the depths they give, and by those of its teams.
//!
//! What comes from a team alone is listed at Basic whatever depth the team has it at.
//! `Source:` `RetrieveUserPrivileges` Function (Dataverse Web API reference), its remarks.

use super::{ANSWER, Listed, OF_A_USER, all, answer, bound_holder};
use crate::fault::Result;
use crate::model::Depth;
use crate::service::Message;
use crate::service::registry::{Binding, Call, ComplexType, Nature, Reply, Signature, Type};

/// See the module.
#[derive(Debug)]
pub(in crate::messages) struct RetrieveUserPrivileges;

static RESPONSE: ComplexType = ComplexType { name: "RetrieveUserPrivilegesResponse", properties: ANSWER };

static SIGNATURE: Signature = Signature {
    name: "RetrieveUserPrivileges",
    nature: Nature::Function,
    binding: Binding::Row("systemuser"),
    parameters: &[],
    returns: Some(Type::Complex(&RESPONSE)),
    source: "RetrieveUserPrivileges Function; users-and-licensing.md section 8",
};

impl Message for RetrieveUserPrivileges {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn privileges(&self) -> &'static [&'static str] {
        OF_A_USER
    }

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        let holder = bound_holder(call)?;
        let listed = all(call.world()).filter(|privilege| holder.holds(*privilege)).map(|privilege| {
            let own = holder.own_roles().filter_map(|held| held.role.depth(privilege)).max();
            Listed { privilege, depth: own.unwrap_or(Depth::Basic), unit: holder.unit }
        });
        Ok(answer(call.world(), listed))
    }
}
