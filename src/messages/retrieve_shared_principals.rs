//! `RetrieveSharedPrincipalsAndAccess`: with whom a record is shared, and what each may therefore do (S7).
//!
//! `Source:` `RetrieveSharedPrincipalsAndAccess` Function (Dataverse Web API reference). `Assumed:` it lists what was
//! shared of the record itself; who only inherits a share of a parent is not listed. The caller needs to be able to
//! read the record.

use super::sharing::{self, PRINCIPAL_ACCESS};
use crate::fault::{Result, RuleId};
use crate::security::AccessRights;
use crate::service::registry::{
    Binding, Call, ComplexType, Datum, Nature, Parameter, Reply, Signature, Type,
};
use crate::service::{Message, access, shares};

/// See the module.
#[derive(Debug)]
pub(super) struct RetrieveSharedPrincipalsAndAccess;

static RESPONSE: ComplexType = ComplexType {
    name: "RetrieveSharedPrincipalsAndAccessResponse",
    properties: &[("PrincipalAccesses", Type::Collection(&Type::Complex(&PRINCIPAL_ACCESS)), false)],
};

static SIGNATURE: Signature = Signature {
    name: "RetrieveSharedPrincipalsAndAccess",
    nature: Nature::Function,
    binding: Binding::Unbound,
    parameters: &[Parameter { name: "Target", kind: Type::AnyRow, optional: false }],
    returns: Some(Type::Complex(&RESPONSE)),
    source: "RetrieveSharedPrincipalsAndAccess Function; users-and-licensing.md sections 5.4 and 8",
};

impl Message for RetrieveSharedPrincipalsAndAccess {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        let record = sharing::record(call)?;
        let world = call.world();
        access::demand(world, call.caller, AccessRights::READ, record)
            .map_err(|fault| fault.rule(RuleId("S7")))?;
        let list = shares::of_record(world, record)
            .filter(|share| !share.own.is_empty())
            .map(|share| {
                Datum::Complex(vec![
                    ("AccessMask", sharing::rights(share.own)),
                    ("Principal", Datum::Row(share.principal)),
                ])
            })
            .collect();
        Ok(Reply::Complex(vec![("PrincipalAccesses", Datum::List(list))]))
    }
}
