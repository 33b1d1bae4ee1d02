//! Who shares what with whom: the rows of `principalobjectaccess`, which nothing else writes.
//!
//! A row says what a principal may do with a record by shares of the record itself (`accessrightsmask`), and apart
//! from that what it inherits from the record's parents (`inheritedaccessrightsmask`, S8), so that the end of a
//! parent's share takes away nothing that was given by hand. A row in which both are empty does not exist.
//!
//! `Source:` PA:security-sharing-assigning.md; users-and-licensing.md 5.4. `Assumed:` the inherited mask holds plain
//! rights, without the bit that marks it in databases of the product.

pub mod inherit;

use uuid::Uuid;

use self::inherit::Event;
use crate::model::known::PrincipalObjectAccess;
use crate::model::{ColumnId, Record, Reference, Value, ValueRef};
use crate::security::AccessRights;
use crate::store::RowRef;
use crate::world::{Transaction, World};

/// What sharing can give: everything but to create.
pub const SHAREABLE: AccessRights = AccessRights::all().difference(AccessRights::CREATE);

/// What one principal may do with one record by sharing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// The row that says so.
    pub id: Uuid,
    /// The record.
    pub object: Reference,
    /// The user or the team.
    pub principal: Reference,
    /// By shares of the record itself.
    pub own: AccessRights,
    /// By shares of its parents.
    pub inherited: AccessRights,
}

impl Share {
    /// By either.
    pub fn rights(&self) -> AccessRights {
        self.own | self.inherited
    }
}

/// The shares of a record.
pub fn of_record(world: &World, record: Reference) -> impl Iterator<Item = Share> + '_ {
    with(world, world.known().principalobjectaccess.objectid, record.id)
        .filter(move |share| share.object == record)
}

/// What is shared with a user or a team itself; what is shared with a user's teams is theirs.
pub fn of_principal(world: &World, principal: Reference) -> impl Iterator<Item = Share> + '_ {
    with(world, world.known().principalobjectaccess.principalid, principal.id)
        .filter(move |share| share.principal == principal)
}

/// What is shared of a record with a principal itself.
pub fn between(world: &World, principal: Reference, record: Reference) -> Option<Share> {
    of_record(world, record).find(|share| share.principal == principal)
}

/// Every row of the table: its id, and the share unless the row does not say one.
pub fn all(world: &World) -> impl Iterator<Item = (Uuid, Option<Share>)> + '_ {
    let table = world.records().table(world.known().principalobjectaccess.id);
    table.iter().map(|(_, row)| (row.id(), read(world, row)))
}

fn with(world: &World, column: ColumnId, id: Uuid) -> impl Iterator<Item = Share> + '_ {
    let table = world.records().table(world.known().principalobjectaccess.id);
    // An iterator cannot borrow the value it looks for; a record has few shares.
    let rows: Vec<Share> =
        table.rows_with(column, ValueRef::Guid(id)).filter_map(|row| read(world, row)).collect();
    rows.into_iter()
}

fn read(world: &World, row: RowRef<'_>) -> Option<Share> {
    let columns = &world.known().principalobjectaccess;
    let reference = |table: ColumnId, id: ColumnId| {
        let table = world.catalogue().table_named(row.get(table).as_str()?)?.id;
        Some(Reference::new(table, row.get(id).as_id()?))
    };
    let mask = |column| AccessRights::from_bits_truncate(row.get(column).as_int().unwrap_or_default());
    Some(Share {
        id: row.id(),
        object: reference(columns.objecttypecode, columns.objectid)?,
        principal: reference(columns.principaltypecode, columns.principalid)?,
        own: mask(columns.accessrightsmask),
        inherited: mask(columns.inheritedaccessrightsmask),
    })
}

/// Adds rights to what is shared of a record with a principal (S1), and to what its children inherit (S8).
pub fn grant(tx: &mut Transaction<'_>, record: Reference, principal: Reference, rights: AccessRights) {
    if change(tx, record, principal, |share| share.own |= rights) {
        inherit::spread(tx, record, Event::Share);
    }
}

/// Replaces what is shared of a record with a principal (S1).
pub fn modify(tx: &mut Transaction<'_>, record: Reference, principal: Reference, rights: AccessRights) {
    if change(tx, record, principal, |share| share.own = rights) {
        inherit::spread(tx, record, Event::Unshare);
        inherit::spread(tx, record, Event::Share);
    }
}

/// Ends the share of a record with a principal; what the principal inherits stays (S8).
pub fn revoke(tx: &mut Transaction<'_>, record: Reference, principal: Reference) {
    if change(tx, record, principal, |share| share.own = AccessRights::empty()) {
        inherit::spread(tx, record, Event::Unshare);
    }
}

/// Removes every row that speaks of a record or a principal that is no more (T8).
pub fn forget(tx: &mut Transaction<'_>, gone: Reference) {
    let of_it = of_record(tx, gone);
    let ids: Vec<Uuid> = of_it.chain(of_principal(tx, gone)).map(|share| share.id).collect();
    let table = tx.known().principalobjectaccess.id;
    for id in ids {
        tx.remove(table, id);
    }
}

/// Changes the row of a record and a principal, makes it, or takes it away where nothing is left in it. Tells whether
/// there was anything to do.
fn change(
    tx: &mut Transaction<'_>,
    object: Reference,
    principal: Reference,
    edit: impl FnOnce(&mut Share),
) -> bool {
    let before = between(tx, principal, object);
    let nothing = AccessRights::empty();
    let blank = Share { id: Uuid::nil(), object, principal, own: nothing, inherited: nothing };
    let mut after = before.unwrap_or(blank);
    edit(&mut after);
    if after == before.unwrap_or(blank) {
        return false;
    }
    let catalogue = std::sync::Arc::clone(tx.catalogue());
    let columns = &catalogue.known().principalobjectaccess;
    if after.rights().is_empty() {
        tx.remove(columns.id, after.id);
        return true;
    }
    let now = tx.now().as_second();
    let name = |reference: Reference| &*catalogue.table(reference.table).logical_name;
    let record = row(columns, &after, (name(object), name(principal)), now);
    if before.is_some() {
        tx.replace(columns.id, after.id, &record);
    } else {
        let id = tx.next_id();
        // What was found out about who may do what does not hold any longer, which `create` would not forget.
        tx.insert(columns.id, id, &record);
    }
    true
}

fn row(columns: &PrincipalObjectAccess, share: &Share, names: (&str, &str), now: i64) -> Record {
    [
        (columns.objectid, Value::Guid(share.object.id)),
        (columns.objecttypecode, names.0.into()),
        (columns.principalid, Value::Guid(share.principal.id)),
        (columns.principaltypecode, names.1.into()),
        (columns.accessrightsmask, Value::Int(share.own.bits())),
        (columns.inheritedaccessrightsmask, Value::Int(share.inherited.bits())),
        (columns.changedon, Value::DateTime(now)),
    ]
    .into_iter()
    .collect()
}
