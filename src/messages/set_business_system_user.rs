//! `SetBusinessSystemUser`: moves a user to another business unit. Deprecated in favour of an update of
//! `businessunitid`, to which it comes down here.
//!
//! R32: `ReassignPrincipal` receives the user's records when it is another principal; `DoNotMoveAllRecords` leaves
//! them in their business unit. `Source:` `SetBusinessSystemUser` Action (Dataverse Web API reference;
//! users-and-licensing.md sections 5.2 and 8). `Assumed:` the user's own default queue stays with it, as S21
//! decides for the other reassigning messages.

use uuid::Uuid;

use crate::fault::{Fault, Result, RuleId, code};
use crate::identity::Caller;
use crate::model::{Ownership, Record, Reference, Value, ValueRef};
use crate::service::registry::{Binding, Call, Nature, Parameter, Reply, Signature, Type};
use crate::service::{Message, Origin, Session};

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
        let (unit, principal) = (super::row(call, "BusinessUnit")?, super::row(call, "ReassignPrincipal")?);
        let stay = super::flag(call, "DoNotMoveAllRecords") == Some(true);
        let session = super::session(call)?;
        let known = session.world().known();
        let (table, column) = (known.systemuser.id, known.systemuser.businessunitid);
        if principal.table != known.systemuser.id && principal.table != known.team.id
            || session.world().records().table(principal.table).get(principal.id).is_none()
        {
            return Err(Fault::new(&code::ObjectDoesNotExist).rule(RuleId("R32")).hint(
                "ReassignPrincipal takes an existing user or team; name the user itself to keep its records.",
            ));
        }
        if principal != Reference::new(table, user) {
            reassign(session, caller, user, principal)?;
        }
        let change: Record = [(column, Value::Lookup(unit))].into_iter().collect();
        super::leaving_records(session, stay, |session| {
            session.update_row(caller, Origin::Api, table, user, change)
        })?;
        Ok(Reply::Nothing)
    }
}

/// Gives everything a user owns, its default queue excepted, to another principal.
fn reassign(session: &mut Session<'_>, caller: Caller, user: Uuid, to: Reference) -> Result<()> {
    let catalogue = std::sync::Arc::clone(session.world().catalogue());
    let known = catalogue.known();
    let queue = session
        .world()
        .records()
        .table(known.systemuser.id)
        .get(user)
        .and_then(|row| row.get(known.systemuser.queueid).as_id());
    for table in catalogue.tables().iter().filter(|table| table.ownership == Ownership::User) {
        let Some(column) = table.system.ownerid else { continue };
        let owned: Vec<Uuid> = session
            .world()
            .records()
            .table(table.id)
            .rows_with(column, ValueRef::Guid(user))
            .map(|row| row.id())
            .filter(|id| Some(*id) != queue)
            .collect();
        for id in owned {
            let change: Record = [(column, Value::Lookup(to))].into_iter().collect();
            session.update_row(caller, Origin::Api, table.id, id, change)?;
        }
    }
    Ok(())
}
