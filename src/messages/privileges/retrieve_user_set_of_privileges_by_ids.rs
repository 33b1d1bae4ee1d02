//! `RetrieveUserSetOfPrivilegesByIds`: some privileges of a user, named by their ids, at the depths at which it may use them,
//! teams included.
//!
//! `Source:` `RetrieveUserSetOfPrivilegesByIds` Function (Dataverse Web API reference), with `ExcludeTeamBasic`.

use super::{ANSWER, OF_A_USER, named, some_of_bound};
use crate::fault::Result;
use crate::service::Message;
use crate::service::registry::{Binding, Call, ComplexType, Nature, Parameter, Reply, Signature, Type};

/// See the module.
#[derive(Debug)]
pub(in crate::messages) struct RetrieveUserSetOfPrivilegesByIds;

static RESPONSE: ComplexType =
    ComplexType { name: "RetrieveUserSetOfPrivilegesByIdsResponse", properties: ANSWER };

static SIGNATURE: Signature = Signature {
    name: "RetrieveUserSetOfPrivilegesByIds",
    nature: Nature::Function,
    binding: Binding::Row("systemuser"),
    parameters: &[
        Parameter { name: "PrivilegeIds", kind: Type::Collection(&Type::Guid), optional: false },
        Parameter { name: "ExcludeTeamBasic", kind: Type::Boolean, optional: true },
    ],
    returns: Some(Type::Complex(&RESPONSE)),
    source: "RetrieveUserSetOfPrivilegesByIds Function; users-and-licensing.md section 8",
};

impl Message for RetrieveUserSetOfPrivilegesByIds {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn privileges(&self) -> &'static [&'static str] {
        OF_A_USER
    }

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        let privileges = named(call, "PrivilegeIds")?;
        some_of_bound(call, &privileges)
    }
}
