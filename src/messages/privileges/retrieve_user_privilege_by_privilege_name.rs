//! `RetrieveUserPrivilegeByPrivilegeName`: one privilege of a user, named by its name, at the depths at which it may use them,
//! teams included.
//!
//! `Source:` `RetrieveUserPrivilegeByPrivilegeName` Function (Dataverse Web API reference), with `ExcludeTeamBasic`.

use super::{ANSWER, OF_A_USER, named, some_of_bound};
use crate::fault::Result;
use crate::service::Message;
use crate::service::registry::{Binding, Call, ComplexType, Nature, Parameter, Reply, Signature, Type};

/// See the module.
#[derive(Debug)]
pub(in crate::messages) struct RetrieveUserPrivilegeByPrivilegeName;

static RESPONSE: ComplexType =
    ComplexType { name: "RetrieveUserPrivilegeByPrivilegeNameResponse", properties: ANSWER };

static SIGNATURE: Signature = Signature {
    name: "RetrieveUserPrivilegeByPrivilegeName",
    nature: Nature::Function,
    binding: Binding::Row("systemuser"),
    parameters: &[
        Parameter { name: "PrivilegeName", kind: Type::String, optional: false },
        Parameter { name: "ExcludeTeamBasic", kind: Type::Boolean, optional: true },
    ],
    returns: Some(Type::Complex(&RESPONSE)),
    source: "RetrieveUserPrivilegeByPrivilegeName Function; users-and-licensing.md section 8",
};

impl Message for RetrieveUserPrivilegeByPrivilegeName {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn privileges(&self) -> &'static [&'static str] {
        OF_A_USER
    }

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        let privileges = named(call, "PrivilegeName")?;
        some_of_bound(call, &privileges)
    }
}
