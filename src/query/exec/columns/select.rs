//! Predicates over whole blocks: which of a block's rows they hold of.

use std::ops::ControlFlow;

use memchr::memmem::Finder;

use super::super::filter::{Filter, Node, Test, is_scalar};
use super::super::pattern::Pattern;
use super::super::scope::Rows;
use super::{Ids, Live, Mask, Texts, Wholes};
use crate::model::{ColumnId, ColumnType, ValueRef};
use crate::query::plan::{Alias, ColRef};
use crate::store::{BlockRef, RowRef, Slot, TableData};

/// Shows every row that a filter holds of, from a place on, in the order of places.
pub(in crate::query::exec) fn scan<'a>(
    data: &'a TableData,
    filter: &Filter<'a>,
    from: Slot,
    mut each: impl FnMut(Slot, RowRef<'a>) -> ControlFlow<()>,
) {
    for block in super::blocks(data, from) {
        for at in filter.select(block).places() {
            let slot = Slot(block.first().0 + at as u32);
            if slot >= from
                && let Some(row) = block.row(at)
                && each(slot, row).is_break()
            {
                return;
            }
        }
    }
}

/// What a test finds in a block: the places where it holds, and those that have a value.
struct Hits {
    holds: Mask,
    present: Mask,
}

impl<'a> Filter<'a> {
    /// The rows of a block that it holds of.
    pub(in crate::query::exec) fn select(&self, block: BlockRef<'a>) -> Mask {
        let live = match block.beside(self.rows.primary(self.rows.table), Live::of) {
            Some(live) => live.0,
            None => Live::of(block).0,
        };
        self.node.select(&self.rows, block, live)
    }
}

impl<'a> Node<'a> {
    /// Those of some rows that it holds of.
    fn select(&self, rows: &Rows<'a>, block: BlockRef<'a>, among: Mask) -> Mask {
        match self {
            Self::True => among,
            Self::False => Mask::default(),
            Self::And(parts) => {
                // Numbers and texts look at the whole block whatever is left of it; ids are asked of what is left.
                let (first, then) = (
                    parts.iter().filter(|part| !part.asks_ids()),
                    parts.iter().filter(|part| part.asks_ids()),
                );
                first.chain(then).fold(among, |left, part| {
                    if left.is_empty() { left } else { part.select(rows, block, left) }
                })
            }
            Self::Or(parts) => parts.iter().fold(Mask::default(), |found, part| {
                found.or(part.select(rows, block, among.without(found)))
            }),
            Self::Test { column, test, negated, takes_null } => {
                match test.hits(rows, block, *column, (*negated, *takes_null), among) {
                    Some(mask) => mask,
                    None => self.one_by_one(rows, block, among),
                }
            }
            Self::Cols { .. } | Self::Related(_) | Self::Joined(_) => self.one_by_one(rows, block, among),
        }
    }

    /// Whether it asks nothing but ids of the table's own columns.
    fn asks_ids(&self) -> bool {
        match self {
            Self::Test { column, test: Test::Id(_) | Test::Ids(_), .. } => column.alias == Alias::ROOT,
            Self::Or(parts) => parts.iter().all(Self::asks_ids),
            _ => false,
        }
    }

    fn one_by_one(&self, rows: &Rows<'a>, block: BlockRef<'a>, among: Mask) -> Mask {
        let mut found = Mask::default();
        for at in among.places() {
            if block.row(at).is_some_and(|row| self.holds(rows, row)) {
                found.set(at);
            }
        }
        found
    }
}

impl<'a> Test<'a> {
    /// The places that pass, where columns can tell.
    fn hits(
        &self,
        rows: &Rows<'a>,
        block: BlockRef<'a>,
        column: ColRef,
        (negated, takes_null): (bool, bool),
        among: Mask,
    ) -> Option<Mask> {
        if column.alias != Alias::ROOT {
            return self.joined(rows, block, column, (negated, takes_null)).map(|mask| mask.and(among));
        }
        let Hits { holds, present } = self.own(rows, block, column.column, among)?;
        let values = if negated { present.without(holds) } else { holds };
        let nulls = if takes_null { among.without(present) } else { Mask::default() };
        Some(values.or(nulls).and(among))
    }

    /// By a column of the table itself.
    fn own(&self, rows: &Rows<'a>, block: BlockRef<'a>, column: ColumnId, among: Mask) -> Option<Hits> {
        let table = rows.catalogue.table(rows.table);
        let kind = &table.column(column).kind;
        if column == table.primary_id {
            // As many ids as rows: nothing is gained by listing them.
            return None;
        }
        if is_scalar(kind) {
            let wholes = block.beside(column, |block| Wholes::of(block, column))?;
            let present = wholes.present();
            let holds = match self {
                Self::Present => present,
                Self::Range { low, high } => wholes.within(*low, *high),
                Self::Numbers(numbers) => wholes.among(numbers),
                _ => return None,
            };
            return Some(Hits { holds, present });
        }
        match kind {
            ColumnType::Lookup { .. } | ColumnType::Uniqueidentifier => {
                let ids = || block.beside(column, |block| Ids::of(block, column));
                match self {
                    Self::Present => ids().map(|ids| Hits { holds: ids.present(), present: ids.present() }),
                    Self::Id(sought) => ids().map(|ids| Hits {
                        holds: ids.passing_among(among, |id| id == *sought),
                        present: ids.present(),
                    }),
                    Self::Ids(sought) => ids().map(|ids| Hits {
                        holds: ids.passing_among(among, |id| sought.contains(&id)),
                        present: ids.present(),
                    }),
                    _ => None,
                }
            }
            ColumnType::String { .. } | ColumnType::Memo { .. } | ColumnType::EntityName => {
                let texts = block.beside(column, |block| Texts::of(block, column))?;
                let present = texts.present();
                let holds = match self {
                    Self::Present => present,
                    Self::Pattern(Pattern::Within(sought)) => texts.containing(&Finder::new(&**sought)),
                    Self::Pattern(pattern) => texts.matching(pattern, among),
                    Self::Text(needle) => texts.equal(needle.folded(), among),
                    Self::Texts(needles) => needles.iter().fold(Mask::default(), |found, needle| {
                        found.or(texts.equal(needle.folded(), among.without(found)))
                    }),
                    _ => return None,
                };
                Some(Hits { holds, present })
            }
            _ => None,
        }
    }

    /// By a column of the row that a lookup of the table points to: asked once of each row pointed to.
    fn joined(
        &self,
        rows: &Rows<'a>,
        block: BlockRef<'a>,
        column: ColRef,
        (negated, takes_null): (bool, bool),
    ) -> Option<Mask> {
        let join = rows.join(column.alias)?;
        let is_key = join.from == rows.primary(join.table);
        let own_key = join.to == rows.primary(rows.table);
        if join.parent != Alias::ROOT || !is_key || own_key {
            return None;
        }
        let ids = block.beside(join.to, |block| Ids::of(block, join.to))?;
        let holds = ids.passing(|table, id| {
            let points_here = table.is_none_or(|table| table == join.table);
            let row = points_here.then(|| rows.row_with_id(join.table, id)).flatten();
            match row.map_or(ValueRef::Null, |row| row.get(column.column)) {
                ValueRef::Null => takes_null,
                value => self.holds(value) != negated,
            }
        });
        let unjoined = if takes_null { Mask::all().without(ids.present()) } else { Mask::default() };
        Some(holds.or(unjoined))
    }
}
