//! The order of values. Source: queries.md A.5.

use std::cmp::Ordering;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::text;
use crate::ids::sql_order;
use crate::model::ValueRef;

/// How two values that are not null compare; `None` where their types have no common order, or one is not a number.
pub(in crate::query) fn compare_values(left: ValueRef<'_>, right: ValueRef<'_>) -> Option<Ordering> {
    use ValueRef::{Bool, Date, DateTime, Guid, Lookup, String};
    match (left, right) {
        (String(left), String(right)) => Some(text::compare(left, right)),
        (Bool(left), Bool(right)) => Some(left.cmp(&right)),
        (Guid(_) | Lookup(_), Guid(_) | Lookup(_)) => {
            Some(sql_order(left.as_id()?).cmp(&sql_order(right.as_id()?)))
        }
        (DateTime(left), DateTime(right)) => Some(left.cmp(&right)),
        (Date(left), Date(right)) => Some(left.cmp(&right)),
        _ => numbers(left, right),
    }
}

/// Nulls first, then by value; what has no common order counts as equal.
pub(super) fn compare_nullable(left: ValueRef<'_>, right: ValueRef<'_>) -> Ordering {
    match (left.is_null(), right.is_null()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => compare_values(left, right).unwrap_or(Ordering::Equal),
    }
}

fn numbers(left: ValueRef<'_>, right: ValueRef<'_>) -> Option<Ordering> {
    if let (Some(left), Some(right)) = (whole(left), whole(right)) {
        return Some(left.cmp(&right));
    }
    if matches!(left, ValueRef::Double(_)) || matches!(right, ValueRef::Double(_)) {
        return float(left)?.partial_cmp(&float(right)?);
    }
    Some(decimal(left)?.cmp(&decimal(right)?))
}

fn whole(value: ValueRef<'_>) -> Option<i64> {
    match value {
        ValueRef::Int(number) => Some(i64::from(number)),
        ValueRef::Long(number) => Some(number),
        _ => None,
    }
}

/// The number under which values of a type with few enough values sort: numbers themselves, choices, flags, dates and
/// instants. `None` of every other type.
pub(super) fn scalar(value: ValueRef<'_>) -> Option<i64> {
    match value {
        ValueRef::Bool(flag) => Some(i64::from(flag)),
        ValueRef::Date(days) => Some(i64::from(days)),
        ValueRef::DateTime(second) => Some(second),
        other => whole(other),
    }
}

fn float(value: ValueRef<'_>) -> Option<f64> {
    match value {
        ValueRef::Double(number) => Some(number),
        ValueRef::Decimal(number) => number.to_f64(),
        _ => whole(value).map(|number| number as f64),
    }
}

fn decimal(value: ValueRef<'_>) -> Option<Decimal> {
    match value {
        ValueRef::Decimal(number) => Some(number),
        _ => whole(value).map(Decimal::from),
    }
}

/// A number under which values of one column sort as by [`compare_nullable`] as far as 64 bits tell: where two are
/// equal, the values have to be compared.
pub(super) fn prefix(value: ValueRef<'_>) -> u64 {
    const VALUE: u64 = 1 << 63;
    let signed = |number: i64| number.cast_unsigned() ^ VALUE;
    let float = |number: f64| {
        let bits = number.to_bits();
        if number.is_nan() {
            0
        } else if number == 0.0 {
            VALUE
        } else if bits & VALUE == 0 {
            bits | VALUE
        } else {
            !bits
        }
    };
    // The top bit tells values from null; what is lost at the other end is compared in full.
    let all = match value {
        ValueRef::Null | ValueRef::Binary(_) => return 0,
        ValueRef::Bool(flag) => u64::from(flag) << 1,
        ValueRef::Int(number) | ValueRef::Date(number) => signed(i64::from(number) << 1),
        ValueRef::Long(number) | ValueRef::DateTime(number) => signed(number),
        ValueRef::Double(number) => float(number),
        ValueRef::Decimal(number) => number.to_f64().map_or(0, float),
        ValueRef::String(text) => text::prefix(text),
        ValueRef::Guid(id) => (sql_order(id) >> 64) as u64,
        ValueRef::Lookup(reference) => (sql_order(reference.id) >> 64) as u64,
    };
    (all >> 1) | VALUE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_all_types_compare_by_value() {
        let decimal = |text: &str| ValueRef::Decimal(text.parse().unwrap());
        for (left, right, expected) in [
            (ValueRef::Int(5), ValueRef::Long(5), Some(Ordering::Equal)),
            (ValueRef::Int(1), decimal("1.5"), Some(Ordering::Less)),
            (decimal("1.50"), decimal("1.5"), Some(Ordering::Equal)),
            (ValueRef::Double(1.5), decimal("1.5"), Some(Ordering::Equal)),
            (ValueRef::Double(f64::NAN), ValueRef::Int(1), None),
            (ValueRef::String("a"), ValueRef::Int(1), None),
        ] {
            assert_eq!(compare_values(left, right), expected, "{left:?} {right:?}");
        }
    }

    #[test]
    fn prefixes_never_contradict_the_order() {
        let texts =
            ["", "a", "A", "ab", "b_1", "b1", "éa", "eb", "Ж", "zzzzzzzzz", "zzzzzzzzzz", "z ", "-z", "~"];
        let values: Vec<ValueRef<'_>> =
            texts.iter().map(|text| ValueRef::String(text)).chain([ValueRef::Null]).collect();
        let numbers: Vec<ValueRef<'_>> = [i64::MIN, -5, -1, 0, 1, 2, i64::MAX - 1, i64::MAX]
            .into_iter()
            .map(ValueRef::Long)
            .chain([ValueRef::Null])
            .collect();
        let floats: Vec<ValueRef<'_>> = [f64::NEG_INFINITY, -1.5, -0.0, 0.0, 1e-9, 2.5, f64::INFINITY]
            .into_iter()
            .map(ValueRef::Double)
            .collect();
        for family in [values, numbers, floats] {
            for left in &family {
                for right in &family {
                    let (by_value, by_prefix) =
                        (compare_nullable(*left, *right), prefix(*left).cmp(&prefix(*right)));
                    assert!(by_prefix.is_eq() || by_prefix == by_value, "{left:?} {right:?} {by_prefix:?}");
                }
            }
        }
    }
}
