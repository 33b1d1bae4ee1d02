//! The rows of one scope: a row of its table, and the rows joined to it.

use std::cell::{Cell, OnceCell};

use uuid::Uuid;

use crate::model::{Catalogue, ColumnId, TableId, ValueRef};
use crate::query::exec::Context;
use crate::query::plan::{Alias, ColRef, Join, Source};
use crate::store::{Records, RowRef, Slot, TableData};

/// Where the values of a scope are read.
pub(super) struct Rows<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) records: &'a Records,
    pub(super) table: TableId,
    joins: &'a [Join],
    found: Found,
}

/// Places of rows found by id a moment ago. A million users point to a hundred business units: looking each up in the
/// index would cost more than everything else.
#[derive(Default)]
struct Found {
    places: OnceCell<Box<[Cell<Option<Place>>]>>,
}

/// What was asked for, and where it is, if anywhere.
type Place = (TableId, Uuid, Option<Slot>);

impl<'a> Rows<'a> {
    pub(super) fn new(context: &Context<'a>, source: &'a Source) -> Self {
        Self {
            catalogue: context.catalogue,
            records: context.records,
            table: source.table,
            joins: &source.joins,
            found: Found::default(),
        }
    }

    /// The rows of the scope's own table.
    pub(super) fn root(&self) -> &'a TableData {
        self.records.table(self.table)
    }

    /// A value of a row of the scope's table, or of one joined to it; null where nothing is joined.
    #[inline]
    pub(super) fn value(&self, root: RowRef<'a>, column: ColRef) -> ValueRef<'a> {
        if column.alias == Alias::ROOT {
            return root.get(column.column);
        }
        self.joined(root, column.alias).map_or(ValueRef::Null, |row| row.get(column.column))
    }

    /// The row that goes by an alias.
    pub(super) fn joined(&self, root: RowRef<'a>, alias: Alias) -> Option<RowRef<'a>> {
        if alias == Alias::ROOT {
            return Some(root);
        }
        let join = &self.joins[usize::from(alias.0) - 1];
        let parent = self.joined(root, join.parent)?;
        let data = self.records.table(join.table);
        match parent.get(join.to) {
            ValueRef::Null => None,
            ValueRef::Lookup(reference) if reference.table != join.table => None,
            value if join.from == self.primary(join.table) => self.row_with_id(join.table, value.as_id()?),
            value => data.rows_with(join.from, value).next(),
        }
    }

    /// A row by its id.
    pub(super) fn row_with_id(&self, table: TableId, id: Uuid) -> Option<RowRef<'a>> {
        let data = self.records.table(table);
        data.row(self.found.place(table, id, || data.find(id))?)
    }

    /// The table that an alias stands for.
    pub(super) fn table_of(&self, alias: Alias) -> TableId {
        match alias.0 {
            0 => self.table,
            n => self.joins[usize::from(n) - 1].table,
        }
    }

    /// The join that goes by an alias.
    pub(super) fn join(&self, alias: Alias) -> Option<&'a Join> {
        self.joins.get(usize::from(alias.0).checked_sub(1)?)
    }

    pub(super) fn primary(&self, table: TableId) -> ColumnId {
        self.catalogue.table(table).primary_id
    }
}

impl Found {
    fn place(&self, table: TableId, id: Uuid, find: impl FnOnce() -> Option<Slot>) -> Option<Slot> {
        /// A power of two, as the lowest bits of a mixed id choose among them.
        const PLACES: usize = 512;
        let places = self.places.get_or_init(|| vec![Cell::new(None); PLACES].into());
        let (high, low) = id.as_u64_pair();
        let mixed = (high ^ low.rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let kept = &places[mixed as usize % PLACES];
        match kept.get() {
            Some((of, same, place)) if of == table && same == id => place,
            _ => {
                let place = find();
                kept.set(Some((table, id, place)));
                place
            }
        }
    }
}
