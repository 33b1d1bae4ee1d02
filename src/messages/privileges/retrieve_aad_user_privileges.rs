//! `RetrieveAadUserPrivileges`: what the user of a directory account may do by its roles and those of its teams.
//!
//! `Source:` `RetrieveAadUserPrivileges` Function (Dataverse Web API reference). An account without a user may do nothing:
//! teams of directory groups are not emulated.

use super::{ANSWER, OF_A_USER, all, of_account_some};
use crate::fault::Result;
use crate::service::Message;
use crate::service::registry::{Binding, Call, ComplexType, Nature, Parameter, Reply, Signature, Type};

/// See the module.
#[derive(Debug)]
pub(in crate::messages) struct RetrieveAadUserPrivileges;

static RESPONSE: ComplexType = ComplexType { name: "RetrieveAadUserPrivilegesResponse", properties: ANSWER };

static SIGNATURE: Signature = Signature {
    name: "RetrieveAadUserPrivileges",
    nature: Nature::Function,
    binding: Binding::Unbound,
    parameters: &[Parameter { name: "DirectoryObjectId", kind: Type::Guid, optional: false }],
    returns: Some(Type::Complex(&RESPONSE)),
    source: "RetrieveAadUserPrivileges Function; users-and-licensing.md section 8",
};

impl Message for RetrieveAadUserPrivileges {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn privileges(&self) -> &'static [&'static str] {
        OF_A_USER
    }

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        of_account_some(call, all(call.world()))
    }
}
