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
use crate::model::{Record, Reference, Value};
use crate::security::AccessRights;
pub use crate::security::Share;
use crate::world::{Transaction, World};

/// What sharing can give: everything but to create.
pub const SHAREABLE: AccessRights = AccessRights::all().difference(AccessRights::CREATE);

/// The shares of a record.
pub fn of_record(world: &World, record: Reference) -> impl Iterator<Item = Share> + '_ {
    Share::of(world.security_rows(), record)
}

/// What is shared with a user or a team itself; what is shared with a user's teams is theirs.
pub fn of_principal(world: &World, principal: Reference) -> impl Iterator<Item = Share> + '_ {
    Share::with(world.security_rows(), principal.id).filter(move |share| share.principal == principal)
}

/// What is shared of a record with a principal itself.
pub fn between(world: &World, principal: Reference, record: Reference) -> Option<Share> {
    of_record(world, record).find(|share| share.principal == principal)
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
