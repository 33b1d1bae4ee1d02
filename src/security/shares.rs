//! Who shares what with whom, as the rows of `principalobjectaccess` say it. `service::shares` writes them.

use uuid::Uuid;

use super::cache::Rows;
use crate::model::{AccessRights, ColumnId, Reference, TableId, ValueRef};
use crate::store::RowRef;

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
    /// By shares of its parents (S8).
    pub inherited: AccessRights,
}

impl Share {
    /// By either.
    pub fn rights(&self) -> AccessRights {
        self.own | self.inherited
    }

    /// What a row says, if it says a share.
    fn read(rows: Rows<'_>, row: RowRef<'_>) -> Option<Self> {
        let columns = &rows.catalogue.known().principalobjectaccess;
        let reference = |table: ColumnId, id: ColumnId| {
            let table = rows.catalogue.table_named(row.get(table).as_str()?)?.id;
            Some(Reference::new(table, row.get(id).as_id()?))
        };
        let mask = |column| AccessRights::from_bits_truncate(row.get(column).as_int().unwrap_or_default());
        Some(Self {
            id: row.id(),
            object: reference(columns.objecttypecode, columns.objectid)?,
            principal: reference(columns.principaltypecode, columns.principalid)?,
            own: mask(columns.accessrightsmask),
            inherited: mask(columns.inheritedaccessrightsmask),
        })
    }

    /// The shares of a record.
    pub fn of(rows: Rows<'_>, record: Reference) -> impl Iterator<Item = Self> {
        let column = rows.catalogue.known().principalobjectaccess.objectid;
        Self::naming(rows, column, record.id).filter(move |share| share.object == record)
    }

    /// What is shared with a user or a team itself; what is shared with a user's teams is theirs.
    pub fn with(rows: Rows<'_>, principal: Uuid) -> impl Iterator<Item = Self> {
        Self::naming(rows, rows.catalogue.known().principalobjectaccess.principalid, principal)
    }

    /// Every row of the table: its id, and the share unless the row does not say one.
    pub fn all(rows: Rows<'_>) -> impl Iterator<Item = (Uuid, Option<Self>)> {
        let table = rows.records.table(rows.catalogue.known().principalobjectaccess.id);
        table.iter().map(move |(_, row)| (row.id(), Self::read(rows, row)))
    }

    fn naming(rows: Rows<'_>, column: ColumnId, id: Uuid) -> impl Iterator<Item = Self> {
        let table = rows.records.table(rows.catalogue.known().principalobjectaccess.id);
        // Most organizations share nothing. An iterator cannot borrow the value it looks for; a record has few shares.
        let found: Vec<Self> = if table.is_empty() {
            Vec::new()
        } else {
            let naming = table.rows_with(column, ValueRef::Guid(id));
            naming.filter_map(|row| Self::read(rows, row)).collect()
        };
        found.into_iter()
    }
}

/// The rows of a table of which a right is shared with one of some principals; sorted.
pub fn shared_rows(
    rows: Rows<'_>,
    table: TableId,
    right: AccessRights,
    principals: impl Iterator<Item = Uuid>,
) -> Vec<Uuid> {
    let mut found: Vec<Uuid> = principals
        .flat_map(|principal| Share::with(rows, principal))
        .filter(|share| share.object.table == table && share.rights().contains(right))
        .map(|share| share.object.id)
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}
