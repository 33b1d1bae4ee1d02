//! `RetrieveTeamPrivileges`: what a team may do by its roles.
//!
//! `Source:` `RetrieveTeamPrivileges` Function (Dataverse Web API reference); "Privileges per message" of the SDK.

use super::{ANSWER, all, answer, bound_holder, effective};
use crate::fault::Result;
use crate::service::Message;
use crate::service::registry::{Binding, Call, ComplexType, Nature, Reply, Signature, Type};

/// See the module.
#[derive(Debug)]
pub(in crate::messages) struct RetrieveTeamPrivileges;

static RESPONSE: ComplexType = ComplexType { name: "RetrieveTeamPrivilegesResponse", properties: ANSWER };

static SIGNATURE: Signature = Signature {
    name: "RetrieveTeamPrivileges",
    nature: Nature::Function,
    binding: Binding::Row("team"),
    parameters: &[],
    returns: Some(Type::Complex(&RESPONSE)),
    source: "RetrieveTeamPrivileges Function; users-and-licensing.md section 8",
};

impl Message for RetrieveTeamPrivileges {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn privileges(&self) -> &'static [&'static str] {
        &["prvReadTeam"]
    }

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        let holder = bound_holder(call)?;
        let listed = effective(&holder, all(call.world()), false, |_, _| true);
        Ok(answer(call.world(), listed))
    }
}
