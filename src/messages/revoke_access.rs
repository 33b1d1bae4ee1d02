//! `RevokeAccess`: ends the share of a record with a user or a team (S1); what the principal inherits stays (S8).
//!
//! `Source:` `RevokeAccess` Action, PA:security-sharing-assigning.md. `Assumed:` where nothing is shared it changes
//! nothing.

use super::sharing;
use crate::fault::Result;
use crate::security::AccessRights;
use crate::service::Message;
use crate::service::registry::{Binding, Call, Nature, Parameter, Reply, Signature, Type};
use crate::service::shares;

/// See the module.
#[derive(Debug)]
pub(super) struct RevokeAccess;

static SIGNATURE: Signature = Signature {
    name: "RevokeAccess",
    nature: Nature::Action,
    binding: Binding::Unbound,
    parameters: &[
        Parameter { name: "Target", kind: Type::AnyRow, optional: false },
        Parameter { name: "Revokee", kind: Type::Row("principal"), optional: false },
    ],
    returns: None,
    source: "RevokeAccess Action; users-and-licensing.md sections 5.4 and 8",
};

impl Message for RevokeAccess {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        let record = sharing::shareable(call)?;
        let principal = super::row(call, "Revokee")?;
        sharing::sharee(call.world(), principal)?;
        sharing::demand(call.world(), call.caller, AccessRights::SHARE, record)?;
        shares::revoke(super::session(call)?.transaction(), record, principal);
        Ok(Reply::Nothing)
    }
}
