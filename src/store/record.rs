//! All tables of an organization, and the undoing of writes.

use triomphe::Arc;
use uuid::Uuid;

use super::pattern::Pattern;
use super::row::{Given, Packed, Packer, Unmentioned};
use super::rows::Slot;
use super::shared::SharedList;
use super::table::TableData;
use crate::model::{Catalogue, ColumnId, Record, TableId, Value};

/// The rows of all tables. A clone costs one reference count.
#[derive(Debug, Clone)]
pub struct Records {
    tables: Arc<SharedList<TableData>>,
    packer: Packer,
}

/// How to take one write back.
#[derive(Debug)]
pub struct Undo {
    table: TableId,
    slot: Slot,
    kind: UndoKind,
}

#[derive(Debug)]
enum UndoKind {
    Insert,
    Replace(Packed),
    Remove(Packed),
}

impl Records {
    /// All tables of a catalogue, without rows.
    pub fn new(catalogue: &Catalogue) -> Self {
        let mut tables = SharedList::default();
        for table in catalogue.tables() {
            tables.push(Arc::new(TableData::new(table)));
        }
        Self { tables: Arc::new(tables), packer: Packer::default() }
    }

    /// The rows of a table.
    pub fn table(&self, id: TableId) -> &TableData {
        self.tables.get(id.index()).expect("the catalogue has the table")
    }

    /// Adds a row that has what the record mentions. The caller has made sure that no row of the table has this id.
    pub fn insert(&mut self, table: TableId, id: Uuid, version: u64, record: &Record) -> Undo {
        self.add(table, Given { id, version, record, unmentioned: Unmentioned::Null })
    }

    /// Adds a row that has the table's defaults in the columns that the record does not mention. The caller has made
    /// sure that no row of the table has this id.
    pub fn create(&mut self, table: TableId, id: Uuid, version: u64, record: &Record) -> Undo {
        self.add(table, Given { id, version, record, unmentioned: Unmentioned::Default })
    }

    /// What rows like this one have in common; `None` where there is no such row. `open` mentions the columns in which
    /// they differ, whatever their values.
    pub fn pattern(&self, table: TableId, id: Uuid, open: &[(ColumnId, Value)]) -> Option<Pattern> {
        self.table(table).pattern(table, id, open)
    }

    /// Adds a row like others; `filled` are its values in the columns the pattern leaves open, in column order. The
    /// caller has made sure that no row of the table has this id.
    pub fn create_like(
        &mut self,
        pattern: &Pattern,
        id: Uuid,
        version: u64,
        filled: &[(ColumnId, Value)],
    ) -> Undo {
        let table = pattern.table;
        let data = table_mut(&mut self.tables, table);
        let slot = data.insert_like(pattern, (id, version), filled, &mut self.packer);
        Undo { table, slot, kind: UndoKind::Insert }
    }

    fn add(&mut self, table: TableId, row: Given<'_>) -> Undo {
        let slot = table_mut(&mut self.tables, table).insert(row, &mut self.packer);
        Undo { table, slot, kind: UndoKind::Insert }
    }

    /// Replaces the row with this id by `record`; `None` where there is no such row.
    pub fn replace(&mut self, table: TableId, id: Uuid, version: u64, record: &Record) -> Option<Undo> {
        let slot = self.table(table).find(id)?;
        let table_data = table_mut(&mut self.tables, table);
        let old = table_data.replace(slot, version, record, &mut self.packer)?;
        Some(Undo { table, slot, kind: UndoKind::Replace(old) })
    }

    /// Removes the row with this id; `None` where there is no such row.
    pub fn remove(&mut self, table: TableId, id: Uuid, version: u64) -> Option<Undo> {
        let slot = self.table(table).find(id)?;
        let old = table_mut(&mut self.tables, table).remove(slot, version)?;
        Some(Undo { table, slot, kind: UndoKind::Remove(old) })
    }

    /// Takes a write back. Writes are taken back in the reverse of their order.
    pub fn undo(&mut self, undo: Undo) {
        let table = table_mut(&mut self.tables, undo.table);
        match undo.kind {
            UndoKind::Insert => table.undo_insert(undo.slot),
            UndoKind::Replace(old) => table.undo_replace(undo.slot, &old),
            UndoKind::Remove(old) => table.undo_remove(undo.slot, &old),
        }
    }
}

fn table_mut(tables: &mut Arc<SharedList<TableData>>, id: TableId) -> &mut TableData {
    Arc::make_mut(tables).get_mut(id.index()).expect("the catalogue has the table")
}
