//! `RetrieveUserPrivilegeByPrivilegeId`: one privilege of a user, named by its id, at the depths at which it may use them,
//! teams included.
//!
//! `Source:` `RetrieveUserPrivilegeByPrivilegeId` Function (Dataverse Web API reference), with `ExcludeTeamBasic`.

use super::{ANSWER, OF_A_USER, named, some_of_bound};
use crate::fault::Result;
use crate::service::Message;
use crate::service::registry::{Binding, Call, ComplexType, Nature, Parameter, Reply, Signature, Type};

/// See the module.
#[derive(Debug)]
pub(in crate::messages) struct RetrieveUserPrivilegeByPrivilegeId;

static RESPONSE: ComplexType =
    ComplexType { name: "RetrieveUserPrivilegeByPrivilegeIdResponse", properties: ANSWER };

static SIGNATURE: Signature = Signature {
    name: "RetrieveUserPrivilegeByPrivilegeId",
    nature: Nature::Function,
    binding: Binding::Row("systemuser"),
    parameters: &[
        Parameter { name: "PrivilegeId", kind: Type::Guid, optional: false },
        Parameter { name: "ExcludeTeamBasic", kind: Type::Boolean, optional: true },
    ],
    returns: Some(Type::Complex(&RESPONSE)),
    source: "RetrieveUserPrivilegeByPrivilegeId Function; users-and-licensing.md section 8",
};

impl Message for RetrieveUserPrivilegeByPrivilegeId {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn privileges(&self) -> &'static [&'static str] {
        OF_A_USER
    }

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        let privileges = named(call, "PrivilegeId")?;
        some_of_bound(call, &privileges)
    }
}
