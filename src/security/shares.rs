//! What shares give: rows of `principalobjectaccess`.

use uuid::Uuid;

use super::cache::Rows;
use crate::model::{AccessRights, TableId, ValueRef};
use crate::store::RowRef;

/// One share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// The shared row.
    pub object: Uuid,
    /// With whom.
    pub principal: Uuid,
    /// What was shared with it by name.
    pub own: AccessRights,
    /// What came down from a row that this one belongs to (S8).
    pub inherited: AccessRights,
}

impl Share {
    /// What a row of `principalobjectaccess` says.
    fn of(rows: Rows<'_>, row: RowRef<'_>) -> Option<Self> {
        let columns = &rows.catalogue.known().principalobjectaccess;
        let mask = |column| AccessRights::from_bits_truncate(row.get(column).as_int().unwrap_or_default());
        Some(Self {
            object: row.get(columns.objectid).as_id()?,
            principal: row.get(columns.principalid).as_id()?,
            own: mask(columns.accessrightsmask),
            inherited: mask(columns.inheritedaccessrightsmask),
        })
    }

    /// Both together.
    pub fn rights(self) -> AccessRights {
        self.own | self.inherited
    }
}

/// The shares of a row.
fn of_row(rows: Rows<'_>, object: Uuid) -> impl Iterator<Item = Share> {
    let columns = &rows.catalogue.known().principalobjectaccess;
    let table = rows.records.table(columns.id);
    table.rows_with(columns.objectid, ValueRef::Guid(object)).filter_map(move |row| Share::of(rows, row))
}

/// What is shared of a row with any of some principals, with each share that gives something.
pub fn shared_rights(rows: Rows<'_>, object: Uuid, principals: impl Fn(Uuid) -> bool) -> Vec<Share> {
    if rows.records.table(rows.catalogue.known().principalobjectaccess.id).is_empty() {
        return Vec::new();
    }
    of_row(rows, object).filter(|share| principals(share.principal)).collect()
}

/// The rows of a table of which a right is shared with one of some principals.
pub fn shared_rows(
    rows: Rows<'_>,
    table: TableId,
    right: AccessRights,
    principals: impl Iterator<Item = Uuid>,
) -> Vec<Uuid> {
    let columns = &rows.catalogue.known().principalobjectaccess;
    let data = rows.records.table(columns.id);
    if data.is_empty() {
        return Vec::new();
    }
    let name = &*rows.catalogue.table(table).logical_name;
    let mut found: Vec<Uuid> = principals
        .flat_map(|principal| data.rows_with(columns.principalid, ValueRef::Guid(principal)))
        .filter(|row| row.get(columns.objecttypecode).as_str() == Some(name))
        .filter_map(|row| Share::of(rows, row))
        .filter(|share| share.rights().contains(right))
        .map(|share| share.object)
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}
