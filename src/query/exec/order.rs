//! The order of rows, and keeping the best of many. Source: queries.md A.10.

use std::cmp::Ordering;

use smallvec::SmallVec;

use super::compare::{compare_nullable, prefix};
use super::scope::{Places, Rows, Tuple};
use crate::ids::sql_order;
use crate::model::{ColumnId, ColumnType, Table, ValueRef};
use crate::query::plan::{Alias, ColRef, OrderBy, OrderKey};
use crate::store::Slot;

/// An order of the tuples of a scope; the primary key of its table comes last and decides what the keys do not, and
/// after it those of the joined rows, in the order of aliases.
pub(super) struct Order<'a> {
    pub(super) rows: Rows<'a>,
    pub(super) keys: &'a [OrderKey],
}

impl<'a> Order<'a> {
    pub(super) fn new(rows: Rows<'a>, keys: &'a [OrderKey]) -> Self {
        Self { rows, keys }
    }

    /// What a key compares of a tuple.
    pub(super) fn value(&self, tuple: impl Tuple<'a>, key: OrderKey) -> ValueRef<'a> {
        shown(&self.rows, key.column, key.by, self.rows.value(tuple, key.column))
    }

    pub(super) fn compare(&self, left: impl Tuple<'a>, right: impl Tuple<'a>) -> Ordering {
        self.sought(left).compare(&self.sought(right), self.keys)
    }

    /// What [`Order::compare`] compares of a tuple.
    fn sought(&self, tuple: impl Tuple<'a>) -> Sought<'a> {
        let values = self.keys.iter().map(|key| self.value(tuple, *key)).collect();
        let ids = (0..=self.rows.joins())
            .map(|alias| tuple.at(&self.rows, Alias(alias)).map(|row| sql_order(row.id())))
            .collect();
        Sought { values, ids }
    }

    /// By the keys alone.
    pub(super) fn compare_keys(&self, left: impl Tuple<'a>, right: impl Tuple<'a>) -> Ordering {
        self.keys
            .iter()
            .map(|&key| directed(key, compare_nullable(self.value(left, key), self.value(right, key))))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }

    /// A number that sorts rows by the first key as far as it tells.
    fn prefix(&self, tuple: impl Tuple<'a>) -> u64 {
        match self.keys.first() {
            None => {
                let root = tuple.at(&self.rows, Alias::ROOT);
                prefix(root.map_or(ValueRef::Null, |row| ValueRef::Guid(row.id())))
            }
            Some(&key) if key.descending => !prefix(self.value(tuple, key)),
            Some(&key) => prefix(self.value(tuple, key)),
        }
    }

    /// The column of the scope's own table whose values decide first, and whether the greatest come first; none where
    /// something else decides.
    pub(super) fn first_column(&self) -> Option<(ColumnId, bool)> {
        match self.keys.first() {
            None => Some((self.rows.primary(self.rows.table), false)),
            Some(key) => (key.by == OrderBy::Value && key.column.alias == Alias::ROOT)
                .then_some((key.column.column, key.descending)),
        }
    }

    /// The table of a key's column, and its type.
    pub(super) fn column_of(&self, key: OrderKey) -> (&'a Table, &'a ColumnType) {
        let table = self.rows.catalogue.table(self.rows.table_of(key.column.alias));
        (table, &table.column(key.column.column).kind)
    }
}

/// What an order compares of a tuple, read once.
pub(super) struct Sought<'a> {
    values: SmallVec<[ValueRef<'a>; 2]>,
    ids: SmallVec<[Option<u128>; 1]>,
}

impl Sought<'_> {
    fn compare(&self, other: &Self, keys: &[OrderKey]) -> Ordering {
        keys.iter()
            .zip(self.values.iter().zip(&other.values))
            .map(|(key, (left, right))| directed(*key, compare_nullable(*left, *right)))
            .find(|order| order.is_ne())
            .unwrap_or_else(|| self.ids.cmp(&other.ids))
    }
}

/// An order of values in the direction of a key.
pub(super) fn directed(key: OrderKey, order: Ordering) -> Ordering {
    if key.descending { order.reverse() } else { order }
}

/// What an order compares of a column's value.
pub(super) fn shown<'a>(rows: &Rows<'a>, column: ColRef, by: OrderBy, value: ValueRef<'a>) -> ValueRef<'a> {
    match (by, value) {
        (OrderBy::Value, value) => value,
        (OrderBy::LookupName, ValueRef::Lookup(reference)) => {
            let name = rows.catalogue.table(reference.table).primary_name;
            let target = rows.row_with_id(reference.table, reference.id);
            name.zip(target).map_or(ValueRef::Null, |(name, target)| target.get(name))
        }
        (OrderBy::LookupName, _) => ValueRef::Null,
        (OrderBy::Label, value) => {
            let number = match value {
                ValueRef::Int(number) => Some(number),
                ValueRef::Bool(flag) => Some(i32::from(flag)),
                _ => None,
            };
            let column = rows.catalogue.table(rows.table_of(column.alias)).column(column.column);
            // Assumed: a number without a label sorts as null does, as an outer join to the labels would have it.
            number
                .and_then(|number| column.option(number))
                .map_or(ValueRef::Null, |option| ValueRef::String(&option.label))
        }
    }
}

/// Where something that is put in order stands.
pub(super) trait Placed: Sized {
    /// What is compared of it; none where it is not there any more.
    fn sought<'a>(&self, order: &Order<'a>) -> Option<Sought<'a>>;
}

/// A row of the scope's table.
impl Placed for Slot {
    fn sought<'a>(&self, order: &Order<'a>) -> Option<Sought<'a>> {
        order.rows.root().row(*self).map(|row| order.sought(row))
    }
}

/// A tuple.
impl Placed for Box<[Option<Slot>]> {
    fn sought<'a>(&self, order: &Order<'a>) -> Option<Sought<'a>> {
        Some(order.sought(Places(self)))
    }
}

/// The best so many of the rows that are offered.
///
/// Twice as many are kept as are wanted, then the worse half is dropped: each row costs one comparison of numbers
/// most of the time, and nothing is sorted that is not shown.
pub(super) struct Best<'o, 'a, P> {
    order: &'o Order<'a>,
    wanted: usize,
    /// Rows are offered in their order already.
    in_order: bool,
    kept: Vec<(u64, P)>,
    /// The worst prefix that can still be among the best.
    limit: u64,
}

/// Below this many rows dropping the worse half is not worth the trouble.
const FEWEST_KEPT: usize = 256;

impl<'o, 'a, P: Placed> Best<'o, 'a, P> {
    pub(super) fn new(order: &'o Order<'a>, wanted: usize, in_order: bool) -> Self {
        Self { order, wanted, in_order, kept: Vec::new(), limit: u64::MAX }
    }

    /// Whether rows are expected in their order.
    pub(super) fn comes_in_order(&self) -> bool {
        self.in_order
    }

    /// The greatest number with which the first key of a row may begin that is still among the best.
    pub(super) fn limit(&self) -> u64 {
        self.limit
    }

    /// Whether no further row can be among the best.
    pub(super) fn is_complete(&self) -> bool {
        self.in_order && self.kept.len() >= self.wanted
    }

    pub(super) fn offer(&mut self, tuple: impl Tuple<'a>, place: impl FnOnce() -> P) {
        if self.in_order || self.wanted == 0 {
            if self.kept.len() < self.wanted {
                self.kept.push((0, place()));
            }
            return;
        }
        let prefix = self.order.prefix(tuple);
        if prefix <= self.limit {
            self.keep(prefix, place());
        }
    }

    /// Offers a row of which what the first key compares is known.
    pub(super) fn offer_known(&mut self, prefix: u64, place: P) {
        if prefix <= self.limit && self.wanted > 0 {
            self.keep(prefix, place);
        }
    }

    fn keep(&mut self, prefix: u64, place: P) {
        self.kept.push((prefix, place));
        let most = self.wanted.saturating_mul(2).max(FEWEST_KEPT);
        if self.kept.len() < most {
            return;
        }
        // Numbers first: rows are read for a comparison only where most of those kept begin the same.
        self.kept.select_nth_unstable_by_key(self.wanted - 1, |(prefix, _)| *prefix);
        self.limit = self.kept[self.wanted - 1].0;
        let limit = self.limit;
        self.kept.retain(|(prefix, _)| *prefix <= limit);
        if self.kept.len() > most / 4 * 3 && self.kept.len() > self.wanted {
            let mut read = read(self.order, std::mem::take(&mut self.kept));
            read.select_nth_unstable_by(self.wanted - 1, |left, right| left.compare(right, self.order.keys));
            read.truncate(self.wanted);
            self.kept = read.into_iter().map(|kept| (kept.prefix, kept.place)).collect();
        }
    }

    pub(super) fn into_sorted(self) -> Vec<P> {
        let Self { order, wanted, in_order, kept, .. } = self;
        if in_order {
            return kept.into_iter().map(|(_, place)| place).collect();
        }
        let mut kept = read(order, kept);
        kept.sort_unstable_by(|left, right| left.compare(right, order.keys));
        kept.truncate(wanted);
        kept.into_iter().map(|kept| kept.place).collect()
    }
}

/// What is kept, with what is compared of it: each row is read once, however often it is compared.
struct Kept<'a, P> {
    prefix: u64,
    sought: Option<Sought<'a>>,
    place: P,
}

fn read<'a, P: Placed>(order: &Order<'a>, kept: Vec<(u64, P)>) -> Vec<Kept<'a, P>> {
    let read = |(prefix, place): (u64, P)| Kept { prefix, sought: place.sought(order), place };
    kept.into_iter().map(read).collect()
}

impl<P> Kept<'_, P> {
    fn compare(&self, other: &Self, keys: &[OrderKey]) -> Ordering {
        self.prefix.cmp(&other.prefix).then_with(|| match (&self.sought, &other.sought) {
            (Some(own), Some(other)) => own.compare(other, keys),
            (own, other) => own.is_some().cmp(&other.is_some()),
        })
    }
}
