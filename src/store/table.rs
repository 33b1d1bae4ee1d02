//! The rows of one table with their indexes and counts.

use std::sync::Arc;

use uuid::Uuid;

use super::index::{self, Index};
use super::row::{self, Packed, RowRef, Shape};
use super::rows::{Rows, Slot};
use crate::ids::sql_order;
use crate::model::{ColumnId, Record, Table, Value, ValueRef, collation};

/// The rows of one table.
#[derive(Debug, Clone)]
pub struct TableData {
    shape: Shape,
    rows: Rows,
    live: usize,
    primary: Index,
    indexes: Vec<(ColumnId, Index)>,
    counted: Arc<[ColumnId]>,
    counts: imbl::HashMap<CountKey, u32>,
    prototypes: Arc<Vec<Packed>>,
    deleted: imbl::Vector<(u64, Uuid)>,
    /// The greatest id so far, while rows have come in the order of their ids.
    ascending: Option<u128>,
}

/// A combination of values of the counted columns: numbers and flags as they are, of all else only whether it is
/// there.
type CountKey = smallvec::SmallVec<[i32; 8]>;

impl TableData {
    /// A table without rows.
    pub fn new(table: &Table) -> Self {
        Self {
            shape: Shape { primary: table.primary_id, version: table.column_id("versionnumber") },
            rows: Rows::default(),
            live: 0,
            primary: Index::default(),
            indexes: table.columns.iter().filter(|c| c.indexed).map(|c| (c.id, Index::default())).collect(),
            counted: table.counted.as_slice().into(),
            counts: imbl::HashMap::new(),
            prototypes: Arc::default(),
            deleted: imbl::Vector::new(),
            ascending: Some(0),
        }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.live
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// Places given out so far; every place of a row is below.
    pub fn slots(&self) -> usize {
        self.rows.len()
    }

    /// The row with this id.
    pub fn get(&self, id: Uuid) -> Option<RowRef<'_>> {
        self.find(id).and_then(|slot| self.row(slot))
    }

    /// The place of the row with this id.
    pub fn find(&self, id: Uuid) -> Option<Slot> {
        self.primary
            .candidates(index::hash_id(id))
            .find(|slot| self.rows.get(*slot).is_some_and(|bytes| row::id_of(bytes) == id))
    }

    /// The row at a place.
    pub fn row(&self, slot: Slot) -> Option<RowRef<'_>> {
        self.rows.get(slot).map(|bytes| self.row_ref(bytes))
    }

    /// All rows with their places, oldest place first.
    pub fn iter(&self) -> impl Iterator<Item = (Slot, RowRef<'_>)> {
        self.rows.iter().map(|(slot, bytes)| (slot, self.row_ref(bytes)))
    }

    /// Whether the order of places is the order of ids (SQL Server's), so that no sort is needed for it.
    pub fn is_in_id_order(&self) -> bool {
        self.ascending.is_some()
    }

    /// Whether an index is kept over the column.
    pub fn is_indexed(&self, column: ColumnId) -> bool {
        column == self.shape.primary || self.indexes.iter().any(|(of, _)| *of == column)
    }

    /// The places of the rows whose column equals `value`, by index; `None` where no index is kept over the column
    /// or the value is null. Texts are equal without regard to case and accents, lookups by id.
    pub fn lookup<'a>(
        &'a self,
        column: ColumnId,
        value: ValueRef<'a>,
    ) -> Option<impl Iterator<Item = Slot> + use<'a>> {
        let hash = index::hash(value)?;
        let index = if column == self.shape.primary {
            &self.primary
        } else {
            self.indexes.iter().find(|(of, _)| *of == column).map(|(_, index)| index)?
        };
        Some(
            index
                .candidates(hash)
                .filter(move |slot| self.row(*slot).is_some_and(|row| equal(row.get(column), value))),
        )
    }

    /// The rows whose column equals `value`: by index where one is kept, by looking at every row otherwise.
    pub fn rows_with<'a>(
        &'a self,
        column: ColumnId,
        value: ValueRef<'a>,
    ) -> impl Iterator<Item = RowRef<'a>> {
        let hits = self.lookup(column, value);
        let scan = hits.is_none() && !value.is_null();
        let scanned = scan.then(|| self.iter().map(|(_, row)| row)).into_iter().flatten();
        hits.into_iter()
            .flatten()
            .filter_map(|slot| self.row(slot))
            .chain(scanned.filter(move |row| equal(row.get(column), value)))
    }

    /// How many rows there are of each combination of values of the table's counted columns, given in the order of
    /// [`Table::counted`]. Numbers and flags stand for themselves (null as -1); of any other type 1 says that there
    /// is a value.
    pub fn counts(&self) -> impl Iterator<Item = (&[i32], usize)> {
        self.counts.iter().map(|(key, count)| (key.as_slice(), *count as usize))
    }

    /// Ids of rows deleted after `version`, with the version of their deletion.
    pub fn deleted_after(&self, version: u64) -> impl Iterator<Item = (u64, Uuid)> + '_ {
        self.deleted.iter().copied().filter(move |(at, _)| *at > version)
    }

    /// Rows written after `version`; blocks that were not touched since are skipped.
    pub fn written_after(&self, version: u64) -> impl Iterator<Item = RowRef<'_>> {
        self.rows
            .written_after(version)
            .filter(move |(_, bytes)| row::version_of(bytes) > version)
            .map(|(_, bytes)| self.row_ref(bytes))
    }

    fn row_ref<'a>(&'a self, bytes: &'a Packed) -> RowRef<'a> {
        let prototype = match row::prototype_of(bytes) {
            0 => None,
            number => self.prototypes.get(usize::from(number) - 1).map(|bytes| &**bytes),
        };
        RowRef { shape: self.shape, bytes, prototype }
    }

    /// Adds a row.
    pub(super) fn insert(&mut self, id: Uuid, version: u64, record: &Record) -> Slot {
        let bytes = self.pack(id, version, record);
        let slot = self.rows.push(bytes);
        self.primary.insert(index::hash_id(id), slot);
        let order = sql_order(id);
        self.ascending = self.ascending.filter(|last| *last < order).map(|_| order);
        self.live += 1;
        self.enter(slot);
        slot
    }

    /// Replaces the row at a place; returns the bytes of the old one.
    pub(super) fn replace(&mut self, slot: Slot, version: u64, record: &Record) -> Option<Packed> {
        let old = self.rows.get(slot)?.clone();
        let bytes = self.pack(row::id_of(&old), version, record);
        self.put(slot, bytes);
        Some(old)
    }

    /// Removes the row at a place; returns its bytes.
    pub(super) fn remove(&mut self, slot: Slot, version: u64) -> Option<Packed> {
        let id = row::id_of(self.rows.get(slot)?);
        self.leave(slot);
        self.primary.remove(index::hash_id(id), slot);
        self.deleted.push_back((version, id));
        self.live -= 1;
        self.rows.replace(slot, None)
    }

    /// Takes back an [`TableData::insert`], the last one not yet taken back.
    pub(super) fn undo_insert(&mut self, slot: Slot) {
        let Some(bytes) = self.rows.get(slot) else { return };
        let hash = index::hash_id(row::id_of(bytes));
        self.leave(slot);
        self.primary.remove(hash, slot);
        self.live -= 1;
        self.rows.pop();
    }

    /// Takes back a [`TableData::replace`].
    pub(super) fn undo_replace(&mut self, slot: Slot, old: Packed) {
        self.put(slot, old);
    }

    /// Takes back a [`TableData::remove`].
    pub(super) fn undo_remove(&mut self, slot: Slot, old: Packed) {
        self.primary.insert(index::hash_id(row::id_of(&old)), slot);
        self.deleted.pop_back();
        self.live += 1;
        self.rows.replace(slot, Some(old));
        self.enter(slot);
    }

    fn put(&mut self, slot: Slot, bytes: Packed) {
        let Some(old) = self.rows.replace(slot, Some(bytes)) else { return };
        for at in 0..self.indexes.len() {
            let column = self.indexes[at].0;
            let before = index::hash(self.row_ref(&old).get(column));
            let after = self.row(slot).and_then(|row| index::hash(row.get(column)));
            if before != after {
                let index = &mut self.indexes[at].1;
                if let Some(hash) = before {
                    index.remove(hash, slot);
                }
                if let Some(hash) = after {
                    index.insert(hash, slot);
                }
            }
        }
        if !self.counted.is_empty() {
            let (before, after) =
                (self.count_key(self.row_ref(&old)), self.row(slot).map(|row| self.count_key(row)));
            if Some(&before) != after.as_ref() {
                self.count(before, -1);
                if let Some(after) = after {
                    self.count(after, 1);
                }
            }
        }
    }

    /// Enters the row at a place into indexes and counts.
    fn enter(&mut self, slot: Slot) {
        for at in 0..self.indexes.len() {
            let column = self.indexes[at].0;
            if let Some(hash) = self.row(slot).and_then(|row| index::hash(row.get(column))) {
                self.indexes[at].1.insert(hash, slot);
            }
        }
        if !self.counted.is_empty()
            && let Some(key) = self.row(slot).map(|row| self.count_key(row))
        {
            self.count(key, 1);
        }
    }

    /// Takes the row at a place out of indexes and counts.
    fn leave(&mut self, slot: Slot) {
        for at in 0..self.indexes.len() {
            let column = self.indexes[at].0;
            if let Some(hash) = self.row(slot).and_then(|row| index::hash(row.get(column))) {
                self.indexes[at].1.remove(hash, slot);
            }
        }
        if !self.counted.is_empty()
            && let Some(key) = self.row(slot).map(|row| self.count_key(row))
        {
            self.count(key, -1);
        }
    }

    fn count(&mut self, key: CountKey, by: i32) {
        let count = self.counts.entry(key.clone()).or_default();
        *count = count.saturating_add_signed(by);
        if *count == 0 {
            self.counts.remove(&key);
        }
    }

    fn count_key(&self, row: RowRef<'_>) -> CountKey {
        self.counted
            .iter()
            .map(|column| match row.get(*column) {
                ValueRef::Null => -1,
                ValueRef::Int(number) => number,
                ValueRef::Bool(flag) => i32::from(flag),
                _ => 1,
            })
            .collect()
    }

    /// Packs a row against the newest prototype, or makes the row the next prototype where that fits badly.
    fn pack(&mut self, id: Uuid, version: u64, record: &Record) -> Packed {
        /// A row of a few values gains nothing from a prototype.
        const WORTH_IT: usize = 4;
        /// Numbers are 16 bits; by then new prototypes have long stopped paying.
        const MOST: usize = 256;
        let newest = self.prototypes.last().map(|bytes| (self.prototypes.len() as u16, bytes.clone()));
        let packed = row::pack(id, version, record, self.shape, newest.as_ref().map(|(n, b)| (*n, &**b)));
        let fits = newest.is_some() && row::listed(&packed) * 3 <= record.len() * 2;
        if fits || record.len() < WORTH_IT || self.prototypes.len() >= MOST {
            return packed;
        }
        let plain = row::pack(id, version, record, self.shape, None);
        Arc::make_mut(&mut self.prototypes).push(plain.clone());
        plain
    }
}

/// Whether a stored value equals a sought one: texts by collation, lookups by id, numbers by value.
fn equal(stored: ValueRef<'_>, sought: ValueRef<'_>) -> bool {
    match (stored, sought) {
        (ValueRef::String(a), ValueRef::String(b)) => collation::equal(a, b),
        (ValueRef::Lookup(_) | ValueRef::Guid(_), ValueRef::Lookup(_) | ValueRef::Guid(_)) => {
            stored.as_id() == sought.as_id()
        }
        _ => stored == sought,
    }
}

impl TableData {
    /// The rows whose column equals an owned value.
    pub fn rows_where<'a>(&'a self, column: ColumnId, value: &'a Value) -> impl Iterator<Item = RowRef<'a>> {
        self.rows_with(column, value.as_ref())
    }
}
