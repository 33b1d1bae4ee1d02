//! `GrantAccess`: shares a record with a user or a team, or adds rights to what is shared already (S1).
//!
//! `Source:` `GrantAccess` Action, PA:security-sharing-assigning.md. `Assumed:` that rights add up
//! (users-and-licensing.md S1).

use super::sharing::{self, PRINCIPAL_ACCESS};
use crate::fault::Result;
use crate::service::Message;
use crate::service::registry::{Binding, Call, Nature, Parameter, Reply, Signature, Type};
use crate::service::shares;

/// See the module.
#[derive(Debug)]
pub(super) struct GrantAccess;

static SIGNATURE: Signature = Signature {
    name: "GrantAccess",
    nature: Nature::Action,
    binding: Binding::Unbound,
    parameters: &[
        Parameter { name: "Target", kind: Type::AnyRow, optional: false },
        Parameter { name: "PrincipalAccess", kind: Type::Complex(&PRINCIPAL_ACCESS), optional: false },
    ],
    returns: None,
    source: "GrantAccess Action; users-and-licensing.md sections 5.4 and 8",
};

impl Message for GrantAccess {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        let wish = sharing::wish(call)?;
        shares::grant(super::session(call)?.transaction(), wish.record, wish.principal, wish.rights);
        Ok(Reply::Nothing)
    }
}
