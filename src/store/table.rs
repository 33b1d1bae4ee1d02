//! The rows of one table with their indexes and counts.

use std::borrow::Cow;

use smallvec::SmallVec;
use triomphe::Arc;
use uuid::Uuid;

use super::index::{self, Index};
use super::pattern::Pattern;
use super::row::{self, Given, Packed, Packer, Prototype, RowRef, Shape, Unmentioned};
use super::rows::{Block, Rows, Slot};
use crate::ids::sql_order;
use crate::model::{ColumnId, Record, Table, TableId, Value, ValueRef, collation};

/// The rows of one table.
#[derive(Debug, Clone)]
pub struct TableData {
    layout: Arc<Layout>,
    rows: Rows,
    live: usize,
    primary: Index,
    indexes: Vec<(ColumnId, Index)>,
    /// Few combinations occur, so a list is the quickest map.
    counts: Arc<Vec<(CountKey, u32)>>,
    prototypes: Arc<Vec<Arc<Prototype>>>,
    deleted: imbl::Vector<(u64, Uuid)>,
    /// The greatest id so far, while rows have come in the order of their ids.
    ascending: Option<u128>,
}

/// What the catalogue says of the table, as the store needs it.
#[derive(Debug)]
struct Layout {
    shape: Shape,
    /// What is kept of each column, by its place.
    kept: Box<[Kept]>,
    defaults: std::sync::Arc<[(ColumnId, Value)]>,
    /// What defaults leave in indexes, by column.
    default_hashes: Box<[(ColumnId, u8, u32)]>,
    /// The combination of a row of nulls, and that of a row of defaults.
    nulls: CountKey,
    default_combination: CountKey,
}

/// What the table keeps of a column besides the rows.
#[derive(Debug, Clone, Copy, Default)]
struct Kept {
    /// Its place in `indexes`.
    index: Option<u8>,
    /// Its place in the combinations that are counted.
    counted: Option<u8>,
}

/// A combination of values of the counted columns: numbers and flags as they are, of all else only whether it is
/// there.
type CountKey = SmallVec<[i32; 8]>;

/// What one row leaves in indexes (place of the index, hash) and counts.
#[derive(Debug)]
pub(super) struct Traces {
    hashes: SmallVec<[(u8, u32); 16]>,
    combination: CountKey,
}

impl Traces {
    fn of(combination: &CountKey) -> Self {
        Self { hashes: SmallVec::new(), combination: CountKey::from_slice(combination) }
    }
}

impl Layout {
    fn of(table: &Table) -> Self {
        let mut indexes = 0;
        let mut kept: Box<[Kept]> = table
            .columns
            .iter()
            .map(|column| {
                let index = column.indexed.then_some(indexes);
                indexes += u8::from(column.indexed);
                Kept { index, counted: None }
            })
            .collect();
        for (place, column) in table.counted.iter().enumerate() {
            kept[column.index()].counted = Some(place as u8);
        }
        let nulls = CountKey::from_elem(-1, table.counted.len());
        let mut layout = Self {
            shape: Shape { primary: table.primary_id, version: table.column_id("versionnumber") },
            kept,
            defaults: std::sync::Arc::clone(&table.defaults),
            default_hashes: Box::default(),
            default_combination: nulls.clone(),
            nulls,
        };
        let mut traces = Traces::of(&layout.nulls);
        let mut hashes = Vec::new();
        for (column, value) in table.defaults.iter() {
            let before = traces.hashes.len();
            layout.trace(&mut traces, *column, value.as_ref());
            hashes.extend(traces.hashes[before..].iter().map(|(index, hash)| (*column, *index, *hash)));
        }
        layout.default_hashes = hashes.into();
        layout.default_combination = traces.combination;
        layout
    }

    /// Whether anything is kept of a column besides the rows: of most columns nothing is.
    fn keeps(&self, column: ColumnId) -> bool {
        let Kept { index, counted } = self.kept[column.index()];
        index.is_some() || counted.is_some()
    }

    /// Adds what a value leaves in indexes and counts.
    fn trace(&self, traces: &mut Traces, column: ColumnId, value: ValueRef<'_>) {
        self.trace_in_index(traces, column, value);
        self.trace_in_counts(traces, column, value);
    }

    fn trace_in_index(&self, traces: &mut Traces, column: ColumnId, value: ValueRef<'_>) {
        if let Some(index) = self.kept[column.index()].index
            && let Some(hash) = index::hash(value)
        {
            traces.hashes.push((index, hash));
        }
    }

    fn trace_in_counts(&self, traces: &mut Traces, column: ColumnId, value: ValueRef<'_>) {
        if let Some(at) = self.kept[column.index()].counted {
            traces.combination[usize::from(at)] = match value {
                ValueRef::Null => -1,
                ValueRef::Int(number) => number,
                ValueRef::Bool(flag) => i32::from(flag),
                _ => 1,
            };
        }
    }

    fn traces_of_row(&self, row: RowRef<'_>) -> Traces {
        let mut traces = Traces::of(&self.nulls);
        for (column, value) in row.iter() {
            self.trace(&mut traces, column, value);
        }
        traces
    }

    /// What a row and the one that takes its place leave in counts, and in those indexes in which they differ: most
    /// writes change few columns, and the hash of a text takes long.
    fn traces_of_change(&self, old: RowRef<'_>, new: RowRef<'_>) -> (Traces, Traces) {
        let mut traces = (Traces::of(&self.nulls), Traces::of(&self.nulls));
        let mut olds = old.iter().filter(|(column, _)| self.keeps(*column)).peekable();
        let mut news = new.iter().filter(|(column, _)| self.keeps(*column)).peekable();
        while let Some(column) = [olds.peek(), news.peek()].into_iter().flatten().map(|(of, _)| *of).min() {
            let old = olds.next_if(|(of, _)| *of == column).map_or(ValueRef::Null, |(_, value)| value);
            let new = news.next_if(|(of, _)| *of == column).map_or(ValueRef::Null, |(_, value)| value);
            self.trace_in_counts(&mut traces.0, column, old);
            self.trace_in_counts(&mut traces.1, column, new);
            if old != new {
                self.trace_in_index(&mut traces.0, column, old);
                self.trace_in_index(&mut traces.1, column, new);
            }
        }
        traces
    }

    fn traces_of_record(&self, record: &Record, unmentioned: Unmentioned) -> Traces {
        let mut traces = Traces::of(match unmentioned {
            Unmentioned::Null => &self.nulls,
            Unmentioned::Default => &self.default_combination,
        });
        for (column, value) in record.iter().filter(|(column, _)| self.keeps(*column)) {
            self.trace(&mut traces, column, value.as_ref());
        }
        if unmentioned == Unmentioned::Default {
            let missing =
                self.default_hashes.iter().filter(|(column, ..)| record.mentions(*column).is_none());
            traces.hashes.extend(missing.map(|(_, index, hash)| (*index, *hash)));
        }
        traces
    }
}

impl TableData {
    /// A table without rows.
    pub fn new(table: &Table) -> Self {
        Self {
            layout: Arc::new(Layout::of(table)),
            rows: Rows::default(),
            live: 0,
            primary: Index::default(),
            indexes: table.columns.iter().filter(|c| c.indexed).map(|c| (c.id, Index::default())).collect(),
            counts: Arc::default(),
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

    /// Asks the processor for the row with this id, of which it will be asked soon. Of many rows hardly any is near it,
    /// and whoever has other work in between waits less then.
    pub fn bring_near(&self, id: Uuid) {
        if let Some(slot) = self.primary.candidates(index::hash_id(id)).next() {
            self.rows.bring_near(slot);
        }
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
        column == self.layout.shape.primary || self.indexes.iter().any(|(of, _)| *of == column)
    }

    /// The places of the rows whose column equals `value`, by index; `None` where no index is kept over the column
    /// or the value is null. Texts are equal without regard to case and accents, lookups by id.
    pub fn lookup<'a>(
        &'a self,
        column: ColumnId,
        value: ValueRef<'a>,
    ) -> Option<impl Iterator<Item = Slot> + use<'a>> {
        let hash = index::hash(value)?;
        Some(
            self.index(column)?
                .candidates(hash)
                .filter(move |slot| self.row(*slot).is_some_and(|row| equal(row.get(column), value))),
        )
    }

    /// About how many rows have a column equal to `value`, counted in the index and no further than `most`; `None` where
    /// [`TableData::lookup`] gives none.
    pub fn count_in_index(&self, column: ColumnId, value: ValueRef<'_>, most: usize) -> Option<usize> {
        let hash = index::hash(value)?;
        Some(self.index(column)?.candidates(hash).take(most).count())
    }

    fn index(&self, column: ColumnId) -> Option<&Index> {
        if column == self.layout.shape.primary {
            return Some(&self.primary);
        }
        self.indexes.iter().find(|(of, _)| *of == column).map(|(_, index)| index)
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
        self.counts
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(key, count)| (key.as_slice(), *count as usize))
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

    /// The blocks of the rows.
    pub(super) fn block_list(&self) -> impl Iterator<Item = &Block> {
        self.rows.blocks()
    }

    pub(super) fn row_ref<'a>(&'a self, bytes: &'a [u8]) -> RowRef<'a> {
        let prototype = match row::prototype_of(bytes) {
            0 => None,
            number => self.prototypes.get(usize::from(number) - 1).map(|prototype| &**prototype),
        };
        RowRef { shape: self.layout.shape, bytes, prototype }
    }

    /// Adds a row.
    pub(super) fn insert(&mut self, row: Given<'_>, packer: &mut Packer) -> Slot {
        let Given { id, record, unmentioned, .. } = row;
        self.pack(row, packer);
        let slot = self.append(id, packer.row());
        let traces = self.layout.traces_of_record(record, unmentioned);
        self.enter(slot, &traces);
        slot
    }

    /// What rows like the one with this id have in common, `open` being the columns in which they differ.
    pub(super) fn pattern(&self, table: TableId, id: Uuid, open: &[(ColumnId, Value)]) -> Option<Pattern> {
        let row = self.get(id)?;
        let is_open = |column: &ColumnId| open.iter().any(|(of, _)| of == column);
        let shape = self.layout.shape;
        let listed = row
            .own()
            .filter(|(column, _)| !is_open(column) && !shape.is_in_header(*column))
            .map(|(column, _)| (column, row.get(column).to_value()))
            .collect();
        let mut traces = Traces::of(&self.layout.nulls);
        for (column, value) in row.iter().filter(|(column, _)| !is_open(column)) {
            self.layout.trace(&mut traces, column, value);
        }
        Some(Pattern { table, prototype: row::prototype_of(row.bytes), listed, traces })
    }

    /// Adds a row like others; `filled` are the values of the open columns, in column order.
    pub(super) fn insert_like(
        &mut self,
        pattern: &Pattern,
        (id, version): (Uuid, u64),
        filled: &[(ColumnId, Value)],
        packer: &mut Packer,
    ) -> Slot {
        let prototype = usize::from(pattern.prototype).checked_sub(1).map(|at| &*self.prototypes[at]);
        packer.pack_like((id, version), &pattern.listed, filled, (pattern.prototype, prototype));
        let slot = self.append(id, packer.row());
        let Traces { hashes, combination } = &pattern.traces;
        for (index, hash) in hashes {
            self.indexes[usize::from(*index)].1.insert(*hash, slot);
        }
        let mut own = Traces::of(combination);
        for (column, value) in filled.iter().filter(|(column, _)| self.layout.keeps(*column)) {
            self.layout.trace(&mut own, *column, value.as_ref());
        }
        self.enter(slot, &own);
        slot
    }

    /// Puts a packed row behind the others, found by its id from now on.
    fn append(&mut self, id: Uuid, bytes: &[u8]) -> Slot {
        let slot = self.rows.push(bytes);
        self.primary.insert(index::hash_id(id), slot);
        let order = sql_order(id);
        self.ascending = self.ascending.filter(|last| *last < order).map(|_| order);
        self.live += 1;
        slot
    }

    /// Replaces the row at a place; returns the bytes of the old one.
    pub(super) fn replace(
        &mut self,
        slot: Slot,
        version: u64,
        record: &Record,
        packer: &mut Packer,
    ) -> Option<Packed> {
        let id = row::id_of(self.rows.get(slot)?);
        self.pack(Given { id, version, record, unmentioned: Unmentioned::Null }, packer);
        self.put(slot, packer.row())
    }

    /// Removes the row at a place; returns its bytes.
    pub(super) fn remove(&mut self, slot: Slot, version: u64) -> Option<Packed> {
        let bytes = self.rows.get(slot)?;
        let (id, traces) = (row::id_of(bytes), self.layout.traces_of_row(self.row_ref(bytes)));
        self.leave(slot, &traces);
        self.primary.remove(index::hash_id(id), slot);
        self.deleted.push_back((version, id));
        self.live -= 1;
        self.rows.replace(slot, None)
    }

    /// Takes back an [`TableData::insert`], the last one not yet taken back.
    pub(super) fn undo_insert(&mut self, slot: Slot) {
        let Some(bytes) = self.rows.get(slot) else { return };
        let hash = index::hash_id(row::id_of(bytes));
        let traces = self.layout.traces_of_row(self.row_ref(bytes));
        self.leave(slot, &traces);
        self.primary.remove(hash, slot);
        self.live -= 1;
        self.rows.pop();
    }

    /// Takes back a [`TableData::replace`].
    pub(super) fn undo_replace(&mut self, slot: Slot, old: &[u8]) {
        self.put(slot, old);
    }

    /// Takes back a [`TableData::remove`].
    pub(super) fn undo_remove(&mut self, slot: Slot, old: &[u8]) {
        self.primary.insert(index::hash_id(row::id_of(old)), slot);
        self.deleted.pop_back();
        self.live += 1;
        let traces = self.layout.traces_of_row(self.row_ref(old));
        self.rows.replace(slot, Some(old));
        self.enter(slot, &traces);
    }

    /// Puts a row into the place of another; returns the bytes of the old one.
    fn put(&mut self, slot: Slot, bytes: &[u8]) -> Option<Packed> {
        let old = self.rows.replace(slot, Some(bytes))?;
        let (before, after) = self.layout.traces_of_change(self.row_ref(&old), self.row_ref(bytes));
        for (index, hash) in &before.hashes {
            self.indexes[usize::from(*index)].1.remove(*hash, slot);
        }
        for (index, hash) in &after.hashes {
            self.indexes[usize::from(*index)].1.insert(*hash, slot);
        }
        if before.combination != after.combination {
            self.count(&before.combination, -1);
            self.count(&after.combination, 1);
        }
        Some(old)
    }

    /// Enters the row at a place into indexes and counts.
    fn enter(&mut self, slot: Slot, traces: &Traces) {
        for (index, hash) in &traces.hashes {
            self.indexes[usize::from(*index)].1.insert(*hash, slot);
        }
        self.count(&traces.combination, 1);
    }

    /// Takes the row at a place out of indexes and counts.
    fn leave(&mut self, slot: Slot, traces: &Traces) {
        for (index, hash) in &traces.hashes {
            self.indexes[usize::from(*index)].1.remove(*hash, slot);
        }
        self.count(&traces.combination, -1);
    }

    fn count(&mut self, combination: &CountKey, by: i32) {
        if combination.is_empty() {
            return;
        }
        let counts = Arc::make_mut(&mut self.counts);
        match counts.iter_mut().find(|(key, _)| key == combination) {
            Some((_, count)) => *count = count.saturating_add_signed(by),
            None => counts.push((combination.clone(), u32::from(by > 0))),
        }
    }

    /// Packs a row against the newest prototype, or makes the row the next prototype where that fits badly.
    fn pack(&mut self, row: Given<'_>, packer: &mut Packer) {
        /// A row of few values is not worth a prototype of its own; one of a single value is worth none.
        const WORTH_IT: usize = 4;
        const TOO_FEW: usize = 2;
        /// Numbers are 16 bits; by then new prototypes have long stopped paying.
        const MOST: usize = 256;
        let Given { id, version, record, unmentioned } = row;
        let shape = self.layout.shape;
        let columns = match unmentioned {
            Unmentioned::Null => record.len(),
            Unmentioned::Default => record.len() + self.layout.defaults.len(),
        };
        if let Some(newest) = self.prototypes.last() {
            packer.pack(row, shape, (self.prototypes.len() as u16, &**newest));
            let fits = packer.listed() * 3 <= columns * 2;
            if fits || columns < WORTH_IT || self.prototypes.len() >= MOST {
                return;
            }
        }
        let mut whole = Cow::Borrowed(record);
        if unmentioned == Unmentioned::Default {
            whole.to_mut().set_defaults(&self.layout.defaults);
        }
        packer.pack_alone(id, version, &whole, shape);
        if columns >= TOO_FEW {
            let prototype = Prototype::new(&whole, shape, self.layout.kept.len(), &self.layout.defaults);
            Arc::make_mut(&mut self.prototypes).push(Arc::new(prototype));
        }
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
