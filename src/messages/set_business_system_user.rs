//! `SetBusinessSystemUser`: moves a user to another business unit. Deprecated in favour of an update of
//! `businessunitid`, to which it comes down here.
//!
//! R32: `ReassignPrincipal` receives the user's records when it is another principal; `DoNotMoveAllRecords` leaves
//! them in their business unit. `Source:` `SetBusinessSystemUser` Action (Dataverse Web API reference;
//! users-and-licensing.md sections 5.2 and 8). `Assumed:` the user's own default queue stays with it, as S21
//! decides for the other reassigning messages.

use crate::fault::Result;
use crate::model::{Record, Reference, Value};
use crate::service::registry::{Binding, Call, Nature, Parameter, Reply, Signature, Type};
use crate::service::{Message, Origin, ownership};

/// See the module.
#[derive(Debug)]
pub(super) struct SetBusinessSystemUser;

static SIGNATURE: Signature = Signature {
    name: "SetBusinessSystemUser",
    nature: Nature::Action,
    binding: Binding::Row("systemuser"),
    parameters: &[
        Parameter { name: "BusinessUnit", kind: Type::Row("businessunit"), optional: false },
        Parameter { name: "ReassignPrincipal", kind: Type::AnyRow, optional: false },
        Parameter { name: "DoNotMoveAllRecords", kind: Type::Boolean, optional: true },
    ],
    returns: None,
    source: "SetBusinessSystemUser Action; users-and-licensing.md sections 5.2 and 8",
};

impl Message for SetBusinessSystemUser {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn privileges(&self) -> &'static [&'static str] {
        &["prvReadBusinessUnit", "prvReadUser"]
    }

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        let (caller, user) = (*call.caller, super::target(call)?);
        let unit = super::row(call, "BusinessUnit")?;
        let principal = super::principal(call, "ReassignPrincipal", "R32")?;
        let stay = super::flag(call, "DoNotMoveAllRecords") == Some(true);
        let session = super::session(call)?;
        let known = session.world().known();
        let (table, column) = (known.systemuser.id, known.systemuser.businessunitid);
        if principal != Reference::new(table, user) {
            ownership::reassign(session, caller, Reference::new(table, user), principal, None)?;
        }
        let change: Record = [(column, Value::Lookup(unit))].into_iter().collect();
        super::leaving_records(session, stay, |session| {
            session.update_row(caller, Origin::Api, table, user, change)
        })?;
        Ok(Reply::Nothing)
    }
}
