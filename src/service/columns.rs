//! What follows from a change of which columns are secured.

use uuid::Uuid;

use crate::model::{Record, Reference, Securable, Value, ValueRef};
use crate::security::{SYSTEM_ADMINISTRATOR_PROFILE, SecuredColumn};
use crate::world::Transaction;

/// `cancreate`, `canread`, `canupdate`: Allowed.
const ALLOWED: i32 = 4;

/// Makes the built-in profile hold a permission for every secured column and for no other, as clients look there for
/// what is secured. Source: "Column-level security with code". `Assumed:` permissions of other profiles for a column
/// that is secured no longer stay, without effect.
pub fn complete_administrators_profile(transaction: &mut Transaction<'_>) {
    let catalogue = std::sync::Arc::clone(transaction.catalogue());
    let known = catalogue.known();
    let (profiles, permissions) = (known.fieldsecurityprofile.id, &known.fieldpermission);
    if transaction.records().table(profiles).get(SYSTEM_ADMINISTRATOR_PROFILE).is_none() {
        return;
    }
    let mut missing: Vec<SecuredColumn> = transaction.secured_columns().iter().copied().collect();
    let mut superfluous: Vec<Uuid> = Vec::new();
    let profile = ValueRef::Guid(SYSTEM_ADMINISTRATOR_PROFILE);
    let rows = transaction.records().table(permissions.id);
    for row in rows.rows_with(permissions.fieldsecurityprofileid, profile) {
        let names = [permissions.entityname, permissions.attributelogicalname].map(|of| row.get(of).as_str());
        let place = missing.iter().position(|secured| {
            let table = catalogue.table(secured.table);
            names == [Some(&*table.logical_name), Some(&*table.column(secured.column).logical_name)]
        });
        match place {
            Some(place) => drop(missing.remove(place)),
            None => superfluous.push(row.id()),
        }
    }
    for row in superfluous {
        transaction.remove(permissions.id, row);
    }
    for SecuredColumn { table, column, against } in missing {
        let table = catalogue.table(table);
        let Securable { create, read, update } = against;
        let choice = |is_allowed: bool| Value::Int(if is_allowed { ALLOWED } else { 0 });
        let record: Record = [
            (permissions.entityname, Value::from(&*table.logical_name)),
            (permissions.attributelogicalname, Value::from(&*table.column(column).logical_name)),
            (permissions.cancreate, choice(create)),
            (permissions.canread, choice(read)),
            (permissions.canupdate, choice(update)),
            (
                permissions.fieldsecurityprofileid,
                Reference::new(profiles, SYSTEM_ADMINISTRATOR_PROFILE).into(),
            ),
        ]
        .into_iter()
        .collect();
        let id = transaction.next_id();
        transaction.create(permissions.id, id, &record);
    }
}
