//! `RetrievePrincipalAccess`: what a user or a team may do with a record, by whatever way (S5, S6).
//!
//! `Source:` `RetrievePrincipalAccess` Function (Dataverse Web API reference); PowerApps-Samples. `Assumed:` the caller
//! needs to be able to read the record, and nothing more (S6). Of the organization as a principal, which the reference
//! names too, the product shares nothing with; it is not emulated.

use super::sharing::{self, ACCESS_RIGHTS};
use crate::fault::{Fault, Result, RuleId, code};
use crate::security::AccessRights;
use crate::service::registry::{Binding, Call, ComplexType, Nature, Parameter, Reply, Signature, Type};
use crate::service::{Message, access};

/// See the module; it is called on users and on teams.
#[derive(Debug)]
pub(super) enum RetrievePrincipalAccess {
    OfUser,
    OfTeam,
}

static RESPONSE: ComplexType = ComplexType {
    name: "RetrievePrincipalAccessResponse",
    properties: &[("AccessRights", Type::Enum(&ACCESS_RIGHTS), false)],
};

const fn signature(table: &'static str) -> Signature {
    Signature {
        name: "RetrievePrincipalAccess",
        nature: Nature::Function,
        binding: Binding::Row(table),
        parameters: &[Parameter { name: "Target", kind: Type::AnyRow, optional: false }],
        returns: Some(Type::Complex(&RESPONSE)),
        source: "RetrievePrincipalAccess Function; users-and-licensing.md sections 5.4 and 8",
    }
}

static OF_USER: Signature = signature("systemuser");
static OF_TEAM: Signature = signature("team");

impl Message for RetrievePrincipalAccess {
    fn signature(&self) -> &'static Signature {
        match self {
            Self::OfUser => &OF_USER,
            Self::OfTeam => &OF_TEAM,
        }
    }

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        let principal = call.target.ok_or_else(|| Fault::new(&code::InvalidArgument))?;
        let record = sharing::record(call)?;
        let world = call.world();
        access::demand(world, call.caller, AccessRights::READ, record)
            .map_err(|fault| fault.rule(RuleId("S6")))?;
        let rights = access::rights_of(world, principal, record);
        Ok(Reply::Complex(vec![("AccessRights", sharing::rights(rights))]))
    }
}
