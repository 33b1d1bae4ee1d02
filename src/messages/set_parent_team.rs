//! `SetParentTeam`: moves a team to another business unit. Deprecated in favour of an update of `businessunitid`, to
//! which it comes down here: the team loses its roles (R31), its records follow it (R32).
//!
//! `Source:` `SetParentTeam` Action (Dataverse Web API reference; users-and-licensing.md sections 5.2 and 8).

use crate::fault::Result;
use crate::model::{Record, Value};
use crate::service::registry::{Binding, Call, Nature, Parameter, Reply, Signature, Type};
use crate::service::{Message, Origin};

/// See the module.
#[derive(Debug)]
pub(super) struct SetParentTeam;

static SIGNATURE: Signature = Signature {
    name: "SetParentTeam",
    nature: Nature::Action,
    binding: Binding::Row("team"),
    parameters: &[
        Parameter { name: "BusinessUnit", kind: Type::Row("businessunit"), optional: false },
        Parameter { name: "DoNotMoveAllRecords", kind: Type::Boolean, optional: true },
    ],
    returns: None,
    source: "SetParentTeam Action; users-and-licensing.md sections 5.2 and 8",
};

impl Message for SetParentTeam {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        let (caller, team, unit) = (*call.caller, super::target(call)?, super::row(call, "BusinessUnit")?);
        let stay = super::flag(call, "DoNotMoveAllRecords") == Some(true);
        let session = super::session(call)?;
        let (table, column) = (session.world().known().team.id, session.world().known().team.businessunitid);
        let change: Record = [(column, Value::Lookup(unit))].into_iter().collect();
        super::leaving_records(session, stay, |session| {
            session.update_row(caller, Origin::Api, table, team, change)
        })?;
        Ok(Reply::Nothing)
    }
}
