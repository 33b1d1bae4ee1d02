//! `SetParentSystemUser`: gives a user another manager.
//!
//! `Source:` `SetParentSystemUser` Action (users-and-licensing.md section 8): with `KeepChildUsers` the user's
//! reports stay with it; without, they go to its old manager. What makes a manager unfit is U46.

use crate::fault::{Fault, Result, RuleId, code};
use crate::model::{Record, Value, ValueRef};
use crate::service::registry::{Binding, Call, Nature, Parameter, Reply, Signature, Type};
use crate::service::{Message, Origin};

/// See the module.
#[derive(Debug)]
pub(super) struct SetParentSystemUser;

static SIGNATURE: Signature = Signature {
    name: "SetParentSystemUser",
    nature: Nature::Action,
    binding: Binding::Row("systemuser"),
    parameters: &[
        Parameter { name: "Parent", kind: Type::Row("systemuser"), optional: false },
        Parameter { name: "KeepChildUsers", kind: Type::Boolean, optional: false },
    ],
    returns: None,
    source: "SetParentSystemUser Action; users-and-licensing.md section 8",
};

impl Message for SetParentSystemUser {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn privileges(&self) -> &'static [&'static str] {
        &["prvReadUser"]
    }

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        let (caller, user, parent) = (*call.caller, super::target(call)?, super::row(call, "Parent")?);
        let keep = super::flag(call, "KeepChildUsers").unwrap_or(true);
        let session = super::session(call)?;
        let world = session.world();
        let (table, column) = (world.known().systemuser.id, world.known().systemuser.parentsystemuserid);
        let users = world.records().table(table);
        if users.get(parent.id).is_none() {
            return Err(Fault::new(&code::ParentUserDoesNotExist)
                .rule(RuleId("U46"))
                .hint("Parent takes the systemuserid of an existing user."));
        }
        let old: Value = users.get(user).map_or(Value::Null, |row| row.get(column).to_value());
        let reports: Vec<_> = users.rows_with(column, ValueRef::Guid(user)).map(|row| row.id()).collect();
        if !keep {
            for report in reports {
                let change: Record = [(column, old.clone())].into_iter().collect();
                session.update_row(caller, Origin::Api, table, report, change)?;
            }
        }
        let change: Record = [(column, Value::Lookup(parent))].into_iter().collect();
        session.update_row(caller, Origin::Api, table, user, change)?;
        Ok(Reply::Nothing)
    }
}
