//! `RetrieveAadUserSetOfPrivilegesByNames`: some of what the user of a directory account may do.
//!
//! `Source:` `RetrieveAadUserSetOfPrivilegesByNames` Function (Dataverse Web API reference).

use super::{ANSWER, OF_A_USER, named, of_account_some};
use crate::fault::Result;
use crate::service::Message;
use crate::service::registry::{Binding, Call, ComplexType, Nature, Parameter, Reply, Signature, Type};

/// See the module.
#[derive(Debug)]
pub(in crate::messages) struct RetrieveAadUserSetOfPrivilegesByNames;

static RESPONSE: ComplexType =
    ComplexType { name: "RetrieveAadUserSetOfPrivilegesByNamesResponse", properties: ANSWER };

static SIGNATURE: Signature = Signature {
    name: "RetrieveAadUserSetOfPrivilegesByNames",
    nature: Nature::Function,
    binding: Binding::Unbound,
    parameters: &[
        Parameter { name: "DirectoryObjectId", kind: Type::Guid, optional: false },
        Parameter { name: "PrivilegeNames", kind: Type::Collection(&Type::String), optional: false },
    ],
    returns: Some(Type::Complex(&RESPONSE)),
    source: "RetrieveAadUserSetOfPrivilegesByNames Function; users-and-licensing.md section 8",
};

impl Message for RetrieveAadUserSetOfPrivilegesByNames {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn privileges(&self) -> &'static [&'static str] {
        OF_A_USER
    }

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        let privileges = named(call, "PrivilegeNames")?;
        of_account_some(call, privileges)
    }
}
