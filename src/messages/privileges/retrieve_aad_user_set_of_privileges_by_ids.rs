//! `RetrieveAadUserSetOfPrivilegesByIds`: some of what the user of a directory account may do.
//!
//! `Source:` `RetrieveAadUserSetOfPrivilegesByIds` Function (Dataverse Web API reference).

use super::{ANSWER, OF_A_USER, named, of_account_some};
use crate::fault::Result;
use crate::service::Message;
use crate::service::registry::{Binding, Call, ComplexType, Nature, Parameter, Reply, Signature, Type};

/// See the module.
#[derive(Debug)]
pub(in crate::messages) struct RetrieveAadUserSetOfPrivilegesByIds;

static RESPONSE: ComplexType =
    ComplexType { name: "RetrieveAadUserSetOfPrivilegesByIdsResponse", properties: ANSWER };

static SIGNATURE: Signature = Signature {
    name: "RetrieveAadUserSetOfPrivilegesByIds",
    nature: Nature::Function,
    binding: Binding::Unbound,
    parameters: &[
        Parameter { name: "DirectoryObjectId", kind: Type::Guid, optional: false },
        Parameter { name: "PrivilegeIds", kind: Type::Collection(&Type::Guid), optional: false },
    ],
    returns: Some(Type::Complex(&RESPONSE)),
    source: "RetrieveAadUserSetOfPrivilegesByIds Function; users-and-licensing.md section 8",
};

impl Message for RetrieveAadUserSetOfPrivilegesByIds {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn privileges(&self) -> &'static [&'static str] {
        OF_A_USER
    }

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        let privileges = named(call, "PrivilegeIds")?;
        of_account_some(call, privileges)
    }
}
