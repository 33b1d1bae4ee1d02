//! `RetrieveUsersPrivilegesThroughTeams`: what a user may do by the roles of its teams, at the depths they give.
//!
//! `IncludeSetupUserFiltering` leaves out what the user's access mode withholds (R20); `ExcludeOrgDisabledPrivileges`
//! finds nothing to leave out, since no privilege is disabled for the organization.
//! `Source:` `RetrieveUsersPrivilegesThroughTeams` Function (Dataverse Web API reference). `Assumed:` both parameters may
//! be left out.

use super::{ANSWER, OF_A_USER, all, answer, bound_holder, effective, flag};
use crate::fault::Result;
use crate::service::Message;
use crate::service::registry::{Binding, Call, ComplexType, Nature, Parameter, Reply, Signature, Type};

/// See the module.
#[derive(Debug)]
pub(in crate::messages) struct RetrieveUsersPrivilegesThroughTeams;

static RESPONSE: ComplexType =
    ComplexType { name: "RetrieveUsersPrivilegesThroughTeamsResponse", properties: ANSWER };

static SIGNATURE: Signature = Signature {
    name: "RetrieveUsersPrivilegesThroughTeams",
    nature: Nature::Function,
    binding: Binding::Row("systemuser"),
    parameters: &[
        Parameter { name: "ExcludeOrgDisabledPrivileges", kind: Type::Boolean, optional: true },
        Parameter { name: "IncludeSetupUserFiltering", kind: Type::Boolean, optional: true },
    ],
    returns: Some(Type::Complex(&RESPONSE)),
    source: "RetrieveUsersPrivilegesThroughTeams Function; users-and-licensing.md section 8",
};

impl Message for RetrieveUsersPrivilegesThroughTeams {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn privileges(&self) -> &'static [&'static str] {
        OF_A_USER
    }

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        let withheld = flag(call, "IncludeSetupUserFiltering") != Some(true);
        let holder = bound_holder(call)?;
        let listed = effective(&holder, all(call.world()), withheld, |held, _| held.through.is_some());
        Ok(answer(call.world(), listed))
    }
}
