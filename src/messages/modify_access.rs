//! `ModifyAccess`: replaces the rights that a user or a team has by a share of a record (S1).
//!
//! `Source:` `ModifyAccess` Action, PA:security-sharing-assigning.md. `Assumed:` of a record that is not shared with
//! the principal it makes the share; the caller needs the rights it leaves, as it needs those it grants (S2).

use super::sharing::{self, PRINCIPAL_ACCESS};
use crate::fault::Result;
use crate::service::Message;
use crate::service::registry::{Binding, Call, Nature, Parameter, Reply, Signature, Type};
use crate::service::shares;

/// See the module.
#[derive(Debug)]
pub(super) struct ModifyAccess;

static SIGNATURE: Signature = Signature {
    name: "ModifyAccess",
    nature: Nature::Action,
    binding: Binding::Unbound,
    parameters: &[
        Parameter { name: "Target", kind: Type::AnyRow, optional: false },
        Parameter { name: "PrincipalAccess", kind: Type::Complex(&PRINCIPAL_ACCESS), optional: false },
    ],
    returns: None,
    source: "ModifyAccess Action; users-and-licensing.md sections 5.4 and 8",
};

impl Message for ModifyAccess {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        let wish = sharing::wish(call)?;
        shares::modify(super::session(call)?.transaction(), wish.record, wish.principal, wish.rights);
        Ok(Reply::Nothing)
    }
}
