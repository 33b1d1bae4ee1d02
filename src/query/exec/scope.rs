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

    /// A value of one of the rows of a tuple; null where nothing is joined.
    #[inline]
    pub(super) fn value(&self, tuple: impl Tuple<'a>, column: ColRef) -> ValueRef<'a> {
        tuple.at(self, column.alias).map_or(ValueRef::Null, |row| row.get(column.column))
    }

    /// The row that goes by an alias, where every join finds one row at most.
    fn joined(&self, root: RowRef<'a>, alias: Alias) -> Option<RowRef<'a>> {
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
        self.records.table(table).row(self.place_of_id(table, id)?)
    }

    /// The place of a row by its id.
    pub(super) fn place_of_id(&self, table: TableId, id: Uuid) -> Option<Slot> {
        self.found.place(table, id, || self.records.table(table).find(id))
    }

    /// How many tables are joined.
    pub(super) fn joins(&self) -> u16 {
        self.joins.len() as u16
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

/// The rows of a scope that belong together: one for each alias, or none where nothing is joined.
pub(super) trait Tuple<'a>: Copy {
    /// The row that goes by an alias.
    fn at(self, rows: &Rows<'a>, alias: Alias) -> Option<RowRef<'a>>;
}

/// A row of the scope's table alone: what is joined to it is looked for when it is asked for. Only where every join
/// finds one row at most.
impl<'a> Tuple<'a> for RowRef<'a> {
    #[inline]
    fn at(self, rows: &Rows<'a>, alias: Alias) -> Option<RowRef<'a>> {
        if alias == Alias::ROOT { Some(self) } else { rows.joined(self, alias) }
    }
}

/// A row of a tuple with its place, if there is one.
pub(super) type Member<'a> = Option<(Slot, RowRef<'a>)>;

/// One row for each alias, in the order of aliases.
impl<'a> Tuple<'a> for &[Member<'a>] {
    #[inline]
    fn at(self, _: &Rows<'a>, alias: Alias) -> Option<RowRef<'a>> {
        self[usize::from(alias.0)].map(|(_, row)| row)
    }
}

/// One place for each alias, in the order of aliases.
#[derive(Debug, Clone, Copy)]
pub(super) struct Places<'t>(pub(super) &'t [Option<Slot>]);

impl<'a> Tuple<'a> for Places<'_> {
    fn at(self, rows: &Rows<'a>, alias: Alias) -> Option<RowRef<'a>> {
        rows.records.table(rows.table_of(alias)).row(self.0[usize::from(alias.0)]?)
    }
}

/// One row of a tuple, for what speaks of its alias only.
#[derive(Debug, Clone, Copy)]
pub(super) struct Only<'a>(pub(super) Alias, pub(super) RowRef<'a>);

impl<'a> Tuple<'a> for Only<'a> {
    #[inline]
    fn at(self, _: &Rows<'a>, alias: Alias) -> Option<RowRef<'a>> {
        (alias == self.0).then_some(self.1)
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
