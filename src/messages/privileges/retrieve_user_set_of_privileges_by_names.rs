//! `RetrieveUserSetOfPrivilegesByNames`: some privileges of a user, named by their names, at the depths at which it may use them,
//! teams included.
//!
//! `Source:` `RetrieveUserSetOfPrivilegesByNames` Function (Dataverse Web API reference), with `ExcludeTeamBasic`.

use super::{ANSWER, OF_A_USER, named, some_of_bound};
use crate::fault::Result;
use crate::service::Message;
use crate::service::registry::{Binding, Call, ComplexType, Nature, Parameter, Reply, Signature, Type};

/// See the module.
#[derive(Debug)]
pub(in crate::messages) struct RetrieveUserSetOfPrivilegesByNames;

static RESPONSE: ComplexType =
    ComplexType { name: "RetrieveUserSetOfPrivilegesByNamesResponse", properties: ANSWER };

static SIGNATURE: Signature = Signature {
    name: "RetrieveUserSetOfPrivilegesByNames",
    nature: Nature::Function,
    binding: Binding::Row("systemuser"),
    parameters: &[
        Parameter { name: "PrivilegeNames", kind: Type::Collection(&Type::String), optional: false },
        Parameter { name: "ExcludeTeamBasic", kind: Type::Boolean, optional: true },
    ],
    returns: Some(Type::Complex(&RESPONSE)),
    source: "RetrieveUserSetOfPrivilegesByNames Function; users-and-licensing.md section 8",
};

impl Message for RetrieveUserSetOfPrivilegesByNames {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn privileges(&self) -> &'static [&'static str] {
        OF_A_USER
    }

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        let privileges = named(call, "PrivilegeNames")?;
        some_of_bound(call, &privileges)
    }
}
