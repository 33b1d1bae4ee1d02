//! What is worked out of the rows of a group. Source: queries.md B.7.

use std::cmp::Ordering;

use foldhash::HashSet;
use rust_decimal::{Decimal, RoundingStrategy};

use super::compare::compare_values;
use super::equal::Key;
use crate::model::{Value, ValueRef};
use crate::query::plan::Aggregate;

/// A measure while rows are added.
pub(super) enum Tally {
    /// Of rows, those without a value too.
    Rows(u32),
    /// Of values.
    Values(u32),
    Different(HashSet<Key>),
    Sum(Total),
    Average(Total),
    /// The value that compares so to all others.
    Extreme(Ordering, Value),
}

/// A sum, and of how many values.
#[derive(Default)]
pub(super) struct Total {
    sum: Sum,
    count: u32,
}

#[derive(Default, Clone, Copy)]
enum Sum {
    #[default]
    Nothing,
    Int(i64),
    Long(i128),
    Decimal(Decimal),
    Double(f64),
}

impl Tally {
    pub(super) fn new(function: Aggregate) -> Self {
        match function {
            Aggregate::Count => Self::Rows(0),
            Aggregate::CountColumn => Self::Values(0),
            Aggregate::CountDistinct => Self::Different(HashSet::default()),
            Aggregate::Sum => Self::Sum(Total::default()),
            Aggregate::Average => Self::Average(Total::default()),
            Aggregate::Min => Self::Extreme(Ordering::Less, Value::Null),
            Aggregate::Max => Self::Extreme(Ordering::Greater, Value::Null),
        }
    }

    /// Adds a row by its value in the measure's column.
    pub(super) fn add(&mut self, value: ValueRef<'_>) {
        match self {
            Self::Rows(count) => *count += 1,
            Self::Values(count) => *count += u32::from(!value.is_null()),
            Self::Different(keys) => keys.extend(Key::of(value)),
            Self::Sum(total) | Self::Average(total) => total.add(value),
            Self::Extreme(wanted, best) => {
                let is_better = match best.as_ref() {
                    ValueRef::Null => !value.is_null(),
                    best => compare_values(value, best) == Some(*wanted),
                };
                if is_better {
                    *best = value.to_value();
                }
            }
        }
    }

    /// Adds so many rows to a count of rows; other measures need to see them.
    pub(super) fn add_rows(&mut self, rows: u32) {
        if let Self::Rows(count) = self {
            *count += rows;
        }
    }

    /// The measure; null over no values, except that counts are zero.
    pub(super) fn result(self) -> Value {
        match self {
            Self::Rows(count) | Self::Values(count) => number(i128::from(count)),
            Self::Different(keys) => number(keys.len() as i128),
            Self::Sum(total) => total.sum(),
            Self::Average(total) => total.average(),
            Self::Extreme(_, best) => best,
        }
    }
}

impl Total {
    fn add(&mut self, value: ValueRef<'_>) {
        self.sum = match (self.sum, value) {
            (Sum::Nothing, ValueRef::Int(value)) => Sum::Int(i64::from(value)),
            (Sum::Int(sum), ValueRef::Int(value)) => Sum::Int(sum.saturating_add(i64::from(value))),
            (Sum::Nothing, ValueRef::Long(value)) => Sum::Long(i128::from(value)),
            (Sum::Long(sum), ValueRef::Long(value)) => Sum::Long(sum.saturating_add(i128::from(value))),
            (Sum::Nothing, ValueRef::Decimal(value)) => Sum::Decimal(value),
            (Sum::Decimal(sum), ValueRef::Decimal(value)) => Sum::Decimal(sum.saturating_add(value)),
            (Sum::Nothing, ValueRef::Double(value)) => Sum::Double(value),
            (Sum::Double(sum), ValueRef::Double(value)) => Sum::Double(sum + value),
            // Languages refuse sums of what is no number, and a column's values are of one type.
            _ => return,
        };
        self.count += 1;
    }

    fn sum(&self) -> Value {
        match self.sum {
            Sum::Nothing => Value::Null,
            Sum::Int(sum) => number(i128::from(sum)),
            Sum::Long(sum) => long(sum),
            Sum::Decimal(sum) => Value::Decimal(sum),
            Sum::Double(sum) => Value::Double(sum),
        }
    }

    /// Of whole numbers a whole number, its fraction cut off as SQL Server does.
    ///
    /// Assumed: of decimals and money to ten places, the most a decimal column has.
    fn average(&self) -> Value {
        const PLACES: u32 = 10;
        match self.sum {
            Sum::Nothing => Value::Null,
            Sum::Int(sum) => number(i128::from(sum / i64::from(self.count))),
            Sum::Long(sum) => long(sum / i128::from(self.count)),
            Sum::Decimal(sum) => Value::Decimal(
                (sum / Decimal::from(self.count))
                    .round_dp_with_strategy(PLACES, RoundingStrategy::MidpointAwayFromZero),
            ),
            Sum::Double(sum) => Value::Double(sum / f64::from(self.count)),
        }
    }
}

/// A whole number in the smaller type that holds it.
fn number(number: i128) -> Value {
    i32::try_from(number).map_or_else(|_| long(number), Value::Int)
}

fn long(number: i128) -> Value {
    Value::Long(number.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(function: Aggregate, values: &[ValueRef<'_>]) -> Value {
        let mut tally = Tally::new(function);
        for value in values {
            tally.add(*value);
        }
        tally.result()
    }

    #[test]
    fn results_have_the_type_of_the_column() {
        use Aggregate as A;
        use ValueRef::{Date, Decimal, Double, Int, Long, Null, String};
        let decimal = |text: &str| text.parse().unwrap();
        let tenth = [Decimal(decimal("0.1")), Null, Decimal(decimal("0.25"))];
        let int = [Int(7), Int(-2), Null, Int(3)];
        for (function, values, expected) in [
            (A::Sum, int.as_slice(), Value::Int(8)),
            (A::Average, &int, Value::Int(2)),
            (A::Average, &[Int(-7), Int(2)], Value::Int(-2)),
            (A::Count, &int, Value::Int(4)),
            (A::CountColumn, &int, Value::Int(3)),
            (A::Min, &int, Value::Int(-2)),
            (A::Max, &int, Value::Int(7)),
            (A::Sum, &[Int(i32::MAX), Int(1)], Value::Long(1 << 31)),
            (A::Sum, &[Long(1), Long(2)], Value::Long(3)),
            (A::Sum, &tenth, Value::Decimal(decimal("0.35"))),
            (A::Average, &tenth, Value::Decimal(decimal("0.175"))),
            (A::Average, &[Decimal(decimal("2")), Decimal(decimal("0")), Decimal(decimal("0"))], {
                Value::Decimal(decimal("0.6666666667"))
            }),
            (A::Average, &[Double(1.0), Double(2.0)], Value::Double(1.5)),
            (A::CountDistinct, &[String("a"), String("Á "), String("b"), Null], Value::Int(2)),
            (A::Max, &[Date(3), Date(5), Null], Value::Date(5)),
            (A::Sum, &[Null], Value::Null),
            (A::Average, &[], Value::Null),
            (A::Min, &[Null], Value::Null),
            (A::Count, &[], Value::Int(0)),
            (A::CountDistinct, &[], Value::Int(0)),
        ] {
            assert_eq!(of(function, values), expected, "{function:?} {values:?}");
        }
    }
}
