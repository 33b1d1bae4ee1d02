//! When values are one and the same to the organization, for what joins, groups and tells apart. Source: queries.md
//! A.5.

use std::cmp::Ordering;
use std::hash::{BuildHasher, Hash, Hasher};

use compact_str::CompactString;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use uuid::Uuid;

use super::compare::compare_values;
use crate::model::{Catalogue, ColumnId, ColumnType, TableId, ValueRef, collation};
use crate::query::plan::Link;
use crate::store::RowRef;

/// Whether two values are equal: texts by collation, lookups by id, numbers by value. Null equals nothing.
pub(super) fn equal(left: ValueRef<'_>, right: ValueRef<'_>) -> bool {
    match (left, right) {
        (ValueRef::String(left), ValueRef::String(right)) => collation::equal(left, right),
        (ValueRef::Binary(left), ValueRef::Binary(right)) => left == right,
        _ => compare_values(left, right) == Some(Ordering::Equal),
    }
}

/// Whether two values are one to DISTINCT and GROUP BY, which take nulls for equal.
pub(super) fn same(left: ValueRef<'_>, right: ValueRef<'_>) -> bool {
    (left.is_null() && right.is_null()) || equal(left, right)
}

/// A value to look up by: values of one column, or of two of the same type, are equal where their keys are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Bool(bool),
    Whole(i64),
    Decimal(Decimal),
    /// The bits of a number that is neither whole nor minus zero.
    Double(u64),
    /// Folded.
    Text(CompactString),
    Id(Uuid),
    DateTime(i64),
    Date(i32),
    Binary(Box<[u8]>),
}

impl Key {
    /// The key of a value; none of null.
    pub(super) fn of(value: ValueRef<'_>) -> Option<Self> {
        Some(match value {
            ValueRef::Null => return None,
            ValueRef::Bool(flag) => Self::Bool(flag),
            ValueRef::Int(number) => Self::Whole(i64::from(number)),
            ValueRef::Long(number) => Self::Whole(number),
            ValueRef::Decimal(number) if number.is_integer() && number.to_i64().is_some() => {
                Self::Whole(number.to_i64()?)
            }
            ValueRef::Decimal(number) => Self::Decimal(number),
            ValueRef::Double(number) => match whole(number) {
                Some(whole) => Self::Whole(whole),
                None => Self::Double(number.to_bits()),
            },
            ValueRef::String(text) => Self::Text(collation::fold(text).into()),
            ValueRef::Guid(id) => Self::Id(id),
            ValueRef::Lookup(reference) => Self::Id(reference.id),
            ValueRef::DateTime(second) => Self::DateTime(second),
            ValueRef::Date(day) => Self::Date(day),
            ValueRef::Binary(bytes) => Self::Binary(bytes.into()),
        })
    }
}

/// A number without a fraction, as long as it is exact.
fn whole(number: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64)
}

/// A hash under which equal values are equal; null has one too.
pub(super) fn hash(state: &impl BuildHasher, value: ValueRef<'_>) -> u64 {
    let mut hasher = state.build_hasher();
    match value {
        // Texts are most of what is hashed, and most of them need no folded copy for it.
        ValueRef::String(text) => collation::hash(text).hash(&mut hasher),
        value => Key::of(value).hash(&mut hasher),
    }
    hasher.finish()
}

/// Two columns of two tables, and when a row of the one is joined to a row of the other.
///
/// A lookup that is held against the key of a table must point to that table; two lookups, and a lookup and a mere
/// id, are equal by their ids.
#[derive(Debug, Clone, Copy)]
pub(super) struct Equality {
    to: ColumnId,
    from: ColumnId,
    /// Where a lookup in `to` has to point.
    to_points_at: Option<TableId>,
    /// Where a lookup in `from` has to point.
    from_points_at: Option<TableId>,
    /// Whether equal values of both are of one type, so that an index, which knows no conversions, finds them.
    pub(super) same_form: bool,
}

impl Equality {
    /// Column `to` of one table equals column `from` of another.
    pub(super) fn new(
        catalogue: &Catalogue,
        (parent, to): (TableId, ColumnId),
        (table, from): (TableId, ColumnId),
    ) -> Self {
        let (left, right) = (catalogue.table(parent), catalogue.table(table));
        let (left_kind, right_kind) = (&left.column(to).kind, &right.column(from).kind);
        Self {
            to,
            from,
            to_points_at: (from == right.primary_id).then_some(table),
            from_points_at: (to == left.primary_id).then_some(parent),
            same_form: has_id(left_kind) && has_id(right_kind) || left_kind.edm() == right_kind.edm(),
        }
    }

    /// A row of `parent` is related by a link to rows of `table`; through a joining table: to rows of that.
    pub(super) fn of_link(catalogue: &Catalogue, parent: TableId, link: &Link, table: TableId) -> Self {
        match *link {
            Link::Columns { to, from, .. } => Self::new(catalogue, (parent, to), (table, from)),
            Link::Through { intersect, near, .. } => {
                Self::new(catalogue, (parent, catalogue.table(parent).primary_id), (intersect, near))
            }
        }
    }

    /// The column of the first table.
    pub(super) fn to(self) -> ColumnId {
        self.to
    }

    /// The column of the second table.
    pub(super) fn from(self) -> ColumnId {
        self.from
    }

    /// What a row of the first table looks for; none where it joins nothing.
    #[inline]
    pub(super) fn sought(self, row: RowRef<'_>) -> Option<ValueRef<'_>> {
        pointing(row.get(self.to), self.to_points_at)
    }

    /// What a row of the second table has to offer; none where nothing joins it.
    #[inline]
    pub(super) fn offered(self, row: RowRef<'_>) -> Option<ValueRef<'_>> {
        pointing(row.get(self.from), self.from_points_at)
    }
}

fn pointing(value: ValueRef<'_>, table: Option<TableId>) -> Option<ValueRef<'_>> {
    match value {
        ValueRef::Null => None,
        ValueRef::Lookup(reference) if table.is_some_and(|table| table != reference.table) => None,
        value => Some(value),
    }
}

fn has_id(kind: &ColumnType) -> bool {
    matches!(kind, ColumnType::Lookup { .. } | ColumnType::Uniqueidentifier | ColumnType::File)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Reference;

    #[test]
    fn keys_hashes_and_equality_agree() {
        let decimal = |text: &str| ValueRef::Decimal(text.parse().unwrap());
        let id = Uuid::from_u128(7);
        let values = [
            ValueRef::Null,
            ValueRef::Bool(true),
            ValueRef::Int(5),
            ValueRef::Long(5),
            decimal("5.00"),
            decimal("5.5"),
            decimal("5.50"),
            ValueRef::Double(5.0),
            ValueRef::Double(-0.0),
            ValueRef::Int(0),
            ValueRef::String("Café "),
            ValueRef::String("cafe"),
            ValueRef::String("cafe s"),
            ValueRef::Guid(id),
            ValueRef::Lookup(Reference::new(TableId(3), id)),
            ValueRef::DateTime(5),
            ValueRef::Date(5),
            ValueRef::Binary(b"5"),
        ];
        let state = foldhash::fast::RandomState::default();
        for left in values {
            for right in values {
                assert_eq!(Key::of(left) == Key::of(right), same(left, right), "{left:?} {right:?}");
                if same(left, right) {
                    assert_eq!(hash(&state, left), hash(&state, right), "{left:?} {right:?}");
                }
            }
        }
    }
}
