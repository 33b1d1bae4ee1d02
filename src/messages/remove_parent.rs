//! `RemoveParent`: takes a user's manager away.
//!
//! `Source:` `RemoveParent` Action (Dynamics 365 Web API reference; users-and-licensing.md section 8).

use crate::fault::Result;
use crate::model::{Record, Value};
use crate::service::registry::{Binding, Call, Nature, Reply, Signature};
use crate::service::{Message, Origin};

/// See the module.
#[derive(Debug)]
pub(super) struct RemoveParent;

static SIGNATURE: Signature = Signature {
    name: "RemoveParent",
    nature: Nature::Action,
    binding: Binding::Row("systemuser"),
    parameters: &[],
    returns: None,
    source: "RemoveParent Action; users-and-licensing.md section 8",
};

impl Message for RemoveParent {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        let (caller, user) = (*call.caller, super::target(call)?);
        let session = super::session(call)?;
        let (table, parent) =
            (session.world().known().systemuser.id, session.world().known().systemuser.parentsystemuserid);
        let change: Record = [(parent, Value::Null)].into_iter().collect();
        session.update_row(caller, Origin::Api, table, user, change)?;
        Ok(Reply::Nothing)
    }
}
