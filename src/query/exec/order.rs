//! The order of rows, and keeping the best of many. Source: queries.md A.10.

use std::cmp::Ordering;

use super::compare::{compare_nullable, prefix};
use super::scope::Rows;
use crate::ids::sql_order;
use crate::model::{ColumnType, Table, ValueRef};
use crate::query::plan::{OrderBy, OrderKey};
use crate::store::{RowRef, Slot};

/// An order of the rows of a scope's table; the primary key comes last and decides what the keys do not.
pub(super) struct Order<'a> {
    pub(super) rows: Rows<'a>,
    pub(super) keys: &'a [OrderKey],
}

impl<'a> Order<'a> {
    pub(super) fn new(rows: Rows<'a>, keys: &'a [OrderKey]) -> Self {
        Self { rows, keys }
    }

    /// What a key compares of a row.
    pub(super) fn value(&self, row: RowRef<'a>, key: OrderKey) -> ValueRef<'a> {
        let value = self.rows.value(row, key.column);
        match (key.by, value) {
            (OrderBy::LookupName, ValueRef::Lookup(reference)) => {
                let name = self.rows.catalogue.table(reference.table).primary_name;
                let target = self.rows.row_with_id(reference.table, reference.id);
                name.zip(target).map_or(ValueRef::Null, |(name, target)| target.get(name))
            }
            (OrderBy::LookupName, _) => ValueRef::Null,
            (OrderBy::Value | OrderBy::Label, value) => value,
        }
    }

    fn compare(&self, left: RowRef<'a>, right: RowRef<'a>) -> Ordering {
        self.keys
            .iter()
            .map(|&key| directed(key, compare_nullable(self.value(left, key), self.value(right, key))))
            .find(|order| order.is_ne())
            .unwrap_or_else(|| sql_order(left.id()).cmp(&sql_order(right.id())))
    }

    /// A number that sorts rows by the first key as far as it tells.
    fn prefix(&self, row: RowRef<'a>) -> u64 {
        match self.keys.first() {
            None => (sql_order(row.id()) >> 64) as u64,
            Some(&key) if key.descending => !prefix(self.value(row, key)),
            Some(&key) => prefix(self.value(row, key)),
        }
    }

    /// The table of a key's column, and its type.
    pub(super) fn column_of(&self, key: OrderKey) -> (&'a Table, &'a ColumnType) {
        let table = self.rows.catalogue.table(self.rows.table_of(key.column.alias));
        (table, &table.column(key.column.column).kind)
    }
}

/// An order of values in the direction of a key.
pub(super) fn directed(key: OrderKey, order: Ordering) -> Ordering {
    if key.descending { order.reverse() } else { order }
}

/// The best so many of the rows that are offered.
///
/// Twice as many are kept as are wanted, then the worse half is dropped: each row costs one comparison of numbers
/// most of the time, and nothing is sorted that is not shown.
pub(super) struct Best<'o, 'a> {
    order: &'o Order<'a>,
    wanted: usize,
    /// Rows are offered in their order already.
    in_order: bool,
    kept: Vec<(u64, Slot)>,
    /// The worst prefix that can still be among the best.
    limit: u64,
}

/// Below this many rows dropping the worse half is not worth the trouble.
const FEWEST_KEPT: usize = 256;

impl<'o, 'a> Best<'o, 'a> {
    pub(super) fn new(order: &'o Order<'a>, wanted: usize, in_order: bool) -> Self {
        Self { order, wanted, in_order, kept: Vec::new(), limit: u64::MAX }
    }

    /// Whether rows are expected in their order.
    pub(super) fn comes_in_order(&self) -> bool {
        self.in_order
    }

    /// Whether no further row can be among the best.
    pub(super) fn is_complete(&self) -> bool {
        self.in_order && self.kept.len() >= self.wanted
    }

    pub(super) fn offer(&mut self, slot: Slot, row: RowRef<'a>) {
        if self.in_order {
            if self.kept.len() < self.wanted {
                self.kept.push((0, slot));
            }
            return;
        }
        let prefix = self.order.prefix(row);
        if prefix > self.limit {
            return;
        }
        self.kept.push((prefix, slot));
        if self.kept.len() >= self.wanted.saturating_mul(2).max(FEWEST_KEPT) && self.wanted > 0 {
            let order = self.order;
            self.kept.select_nth_unstable_by(self.wanted - 1, |a, b| compare_places(order, *a, *b));
            self.kept.truncate(self.wanted);
            self.limit = self.kept[self.wanted - 1].0;
        }
    }

    pub(super) fn into_sorted(mut self) -> Vec<Slot> {
        if !self.in_order {
            let order = self.order;
            self.kept.sort_unstable_by(|a, b| compare_places(order, *a, *b));
            self.kept.truncate(self.wanted);
        }
        self.kept.into_iter().map(|(_, slot)| slot).collect()
    }
}

fn compare_places(order: &Order<'_>, left: (u64, Slot), right: (u64, Slot)) -> Ordering {
    left.0.cmp(&right.0).then_with(|| {
        let data = order.rows.root();
        match (data.row(left.1), data.row(right.1)) {
            (Some(left), Some(right)) => order.compare(left, right),
            _ => left.1.cmp(&right.1),
        }
    })
}
