//! Predicates, compiled: what can be known before the first row is.

use std::cell::{Cell, OnceCell};
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::compare::{compare_values, scalar};
use super::equal::{Equality, Key, equal};
use super::join::{Joins, at_most_one};
use super::pattern::Pattern;
use super::scope::{Rows, Tuple};
use super::text::Needle;
use super::when::Clock;
use super::{Context, hierarchy, who};
use crate::model::{ColumnId, ColumnType, DateBehavior, TableId, Value, ValueRef};
use crate::query::plan::{Alias, Applies, ColRef, Link, Operator, Predicate, Quantifier, Source, Values};
use crate::store::{RowRef, TableData};

/// A predicate over the rows of one scope.
pub(super) struct Filter<'a> {
    pub(super) rows: Rows<'a>,
    pub(super) node: Node<'a>,
}

pub(super) enum Node<'a> {
    True,
    False,
    And(Vec<Node<'a>>),
    Or(Vec<Node<'a>>),
    Test {
        column: ColRef,
        test: Test<'a>,
        negated: bool,
        takes_null: bool,
    },
    Cols {
        left: ColRef,
        operator: Operator,
        right: ColRef,
    },
    Related(Box<Related<'a>>),
    /// Of a row of the scope's table that may have several tuples, or none: whether it has one of which the scope's
    /// filter holds.
    Joined(Box<Joins<'a>>),
}

/// What a value is tested for. A null never comes here.
pub(super) enum Test<'a> {
    /// Its mere existence.
    Present,
    /// From one number to another, both included, as [`scalar`] numbers values: whole numbers, choices, flags, dates
    /// and instants. Nothing passes where the first is greater.
    Range {
        low: i64,
        high: i64,
    },
    /// One of these numbers, which ascend.
    Numbers(Box<[i64]>),
    /// A day in this period of any year of the fiscal calendar.
    Period(Box<(Clock, i64)>),
    /// An order relative to a value.
    Relation(fn(Ordering) -> bool, &'a Value),
    /// From one value to another, both included.
    Between(&'a Value, &'a Value),
    Text(Needle),
    Id(Uuid),
    Pattern(Pattern),
    Ids(HashSet<Uuid>),
    Texts(Vec<Needle>),
    Values(&'a [Value]),
    /// One of these numbers is among those of a choices column.
    Choices(Box<[i32]>),
}

/// Related rows, and which of them count.
pub(super) struct Related<'a> {
    kind: Quantifier,
    link: Link,
    /// When a value on this side equals one of a related row.
    equality: Equality,
    body: Filter<'a>,
    /// How many rows this was asked of.
    asked: Cell<usize>,
    /// The values of this side that related rows have, found in one pass over all of them.
    pointed: OnceCell<Pointed>,
}

#[derive(Default)]
struct Pointed {
    /// Any row.
    at_all: HashSet<Key>,
    /// A row that satisfies the body.
    satisfying: HashSet<Key>,
}

/// Once an index was asked for one row in this many, a pass over all of them is cheaper.
const PASS_WORTH: usize = 8;

impl<'a> Filter<'a> {
    pub(super) fn new(context: &Context<'a>, source: &'a Source) -> Self {
        if at_most_one(context.catalogue, &source.joins) {
            return Self::part(context, source, &source.filter);
        }
        let node = Node::Joined(Box::new(Joins::new(context, source)));
        Self { rows: Rows::new(context, source), node }
    }

    /// A part of what a scope asks of its tuples.
    pub(super) fn part(context: &Context<'a>, source: &'a Source, predicate: &'a Predicate) -> Self {
        let rows = Rows::new(context, source);
        let node = Node::new(context, &rows, predicate);
        Self { rows, node }
    }

    /// Whether it holds of a row of the scope's table: of a tuple that the joins make of it.
    #[inline]
    pub(super) fn holds(&self, row: RowRef<'a>) -> bool {
        self.node.holds(&self.rows, row)
    }

    /// Whether it holds of a tuple.
    pub(super) fn holds_of(&self, tuple: impl Tuple<'a>) -> bool {
        self.node.holds(&self.rows, tuple)
    }
}

impl<'a> Node<'a> {
    fn new(context: &Context<'a>, rows: &Rows<'a>, predicate: &'a Predicate) -> Self {
        let several = |parts: &'a [Predicate]| {
            let mut nodes: Vec<Self> = parts.iter().map(|part| Self::new(context, rows, part)).collect();
            // Cheap ones first: whichever decides spares the rest.
            nodes.sort_by_key(Self::cost);
            nodes
        };
        match predicate {
            Predicate::True => Self::True,
            Predicate::False => Self::False,
            Predicate::And(parts) => Self::And(several(parts)),
            Predicate::Or(parts) => Self::Or(several(parts)),
            Predicate::Cmp { column, operator, args } => Self::test(context, rows, *column, *operator, args),
            Predicate::Cols { left, operator, right } => {
                Self::Cols { left: *left, operator: *operator, right: *right }
            }
            Predicate::Quant { kind, link, body } => Self::Related(Box::new(Related {
                kind: *kind,
                link: *link,
                equality: Equality::of_link(
                    context.catalogue,
                    rows.table_of(link.parent()),
                    link,
                    body.table,
                ),
                body: Filter::new(context, body),
                asked: Cell::new(0),
                pointed: OnceCell::new(),
            })),
        }
    }

    fn test(
        context: &Context<'a>,
        rows: &Rows<'a>,
        column: ColRef,
        operator: Operator,
        args: &'a [Value],
    ) -> Self {
        let takes_null = operator.takes_null();
        let table = rows.table_of(column.alias);
        let Some(test) = Test::new(context, table, column.column, operator, args) else {
            // An operator without its values holds of nothing, nulls included.
            return Self::False;
        };
        Self::Test { column, test, negated: takes_null, takes_null }
    }

    fn cost(&self) -> u8 {
        match self {
            Self::True | Self::False => 0,
            Self::Test { column, test, .. } => {
                u8::from(matches!(test, Test::Pattern(_))) + if column.alias == Alias::ROOT { 1 } else { 3 }
            }
            Self::Cols { .. } => 2,
            Self::And(parts) | Self::Or(parts) => parts.iter().map(Self::cost).max().unwrap_or(0),
            Self::Related(_) | Self::Joined(_) => 5,
        }
    }

    pub(super) fn holds(&self, rows: &Rows<'a>, row: impl Tuple<'a>) -> bool {
        match self {
            Self::True => true,
            Self::False => false,
            Self::And(parts) => parts.iter().all(|part| part.holds(rows, row)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(rows, row)),
            Self::Test { column, test, negated, takes_null } => match rows.value(row, *column) {
                ValueRef::Null => *takes_null,
                value => test.holds(value) != *negated,
            },
            Self::Cols { left, operator, right } => {
                columns(rows.value(row, *left), *operator, rows.value(row, *right))
            }
            Self::Related(related) => related.holds(rows, row),
            Self::Joined(joins) => row.at(rows, Alias::ROOT).is_some_and(|root| joins.any(root)),
        }
    }
}

/// Two columns: both must have a value, but *not equal* takes any null on its left: `a <> b OR a IS NULL`.
/// Source: queries.md A.5.
fn columns(left: ValueRef<'_>, operator: Operator, right: ValueRef<'_>) -> bool {
    if left.is_null() {
        return operator == Operator::NotEqual;
    }
    if right.is_null() {
        return false;
    }
    let equal_negated = operator == Operator::NotEqual;
    compare_values(left, right).is_some_and(|order| relation(operator)(order) != equal_negated)
}

/// What an order must be for an operator to hold. The negation of *equal* is not here: it negates the whole test.
fn relation(operator: Operator) -> fn(Ordering) -> bool {
    match operator {
        Operator::GreaterThan => Ordering::is_gt,
        Operator::GreaterEqual => Ordering::is_ge,
        Operator::LessThan => Ordering::is_lt,
        Operator::LessEqual => Ordering::is_le,
        _ => Ordering::is_eq,
    }
}

/// The ids an operator stands for, where it stands for ids that it does not name: those that pass it, or that fail it
/// where it is negative.
pub(super) fn relative_ids(
    context: &Context<'_>,
    table: TableId,
    column: ColumnId,
    operator: Operator,
    args: &[Value],
) -> Option<HashSet<Uuid>> {
    match (operator.values(), args) {
        (Values::Row, [row]) => Some(hierarchy::ids(context, table, column, operator, row.as_id()?)),
        _ => who::ids(context, operator),
    }
}

impl<'a> Test<'a> {
    /// The test for an operator and its values, with all that is relative to caller and clock worked out; `None`
    /// where nothing can pass.
    ///
    /// A negative operator tests for what it is the negation of.
    fn new(
        context: &Context<'a>,
        table: TableId,
        column: ColumnId,
        operator: Operator,
        args: &'a [Value],
    ) -> Option<Self> {
        use Operator as O;
        if let Some(ids) = relative_ids(context, table, column, operator, args) {
            return Some(Self::of_ids(ids));
        }
        let kind = &context.catalogue.table(table).column(column).kind;
        if matches!(operator.applies(), Applies::Date | Applies::DateTime) {
            let ColumnType::DateTime { behavior } = kind else { return None };
            return Self::when(&Clock::of(context), *behavior, operator, args);
        }
        Some(match (operator, args) {
            (O::Null | O::NotNull, _) => Self::Present,
            (O::EqualUserLanguage, _) => Self::Numbers(who::languages(context).into()),
            (O::In | O::NotIn, args) => Self::one_of(kind, args),
            (O::ContainValues | O::DoesNotContainValues, args) => {
                Self::Choices(args.iter().filter_map(Value::as_int).collect())
            }
            (O::Equal | O::NotEqual, [Value::String(text)]) => Self::Text(Needle::new(text)),
            (O::Equal | O::NotEqual, [Value::Guid(id)]) => Self::Id(*id),
            (O::Equal | O::NotEqual, [Value::Lookup(reference)]) => Self::Id(reference.id),
            (
                O::Like | O::NotLike | O::BeginsWith | O::DoesNotBeginWith | O::EndsWith | O::DoesNotEndWith,
                [Value::String(text)],
            ) => Self::Pattern(Pattern::new(operator, text)),
            (O::Between | O::NotBetween, [low, high]) => {
                let range = is_scalar(kind).then(|| (scalar(low.as_ref()), scalar(high.as_ref())));
                match range {
                    Some((Some(low), Some(high))) => Self::Range { low, high },
                    _ => Self::Between(low, high),
                }
            }
            (_, [value]) => match scalar(value.as_ref()).filter(|_| is_scalar(kind)) {
                Some(number) => Self::range(operator, number)?,
                None => Self::Relation(relation(operator), value),
            },
            _ => return None,
        })
    }

    /// What one of the six that compare makes of numbers.
    fn range(operator: Operator, number: i64) -> Option<Self> {
        let (low, high) = match operator {
            Operator::GreaterThan => (number.checked_add(1)?, i64::MAX),
            Operator::GreaterEqual => (number, i64::MAX),
            Operator::LessThan => (i64::MIN, number.checked_sub(1)?),
            Operator::LessEqual => (i64::MIN, number),
            _ => (number, number),
        };
        Some(Self::Range { low, high })
    }

    /// The window of a date operator.
    fn when(clock: &Clock, behavior: DateBehavior, operator: Operator, args: &[Value]) -> Option<Self> {
        if operator == Operator::InFiscalPeriod {
            // The same part of every year is no range: each value's own day has to be looked at.
            let period = scalar(args.first()?.as_ref())?;
            return Some(Self::Period(Box::new((clock.clone(), period))));
        }
        let (low, high) = clock.range(&clock.window(operator, args)?, behavior);
        Some(Self::Range { low, high })
    }

    fn of_ids(ids: HashSet<Uuid>) -> Self {
        match ids.iter().next() {
            Some(id) if ids.len() == 1 => Self::Id(*id),
            _ => Self::Ids(ids),
        }
    }

    fn one_of(kind: &ColumnType, args: &'a [Value]) -> Self {
        if let Some(ids) = args.iter().map(Value::as_id).collect() {
            return Self::of_ids(ids);
        }
        if let Some(texts) = args.iter().map(|arg| arg.as_str().map(Needle::new)).collect() {
            return Self::Texts(texts);
        }
        let numbers: Option<Vec<i64>> = args.iter().map(|arg| scalar(arg.as_ref())).collect();
        match numbers.filter(|_| is_scalar(kind)) {
            Some(mut numbers) => {
                numbers.sort_unstable();
                Self::Numbers(numbers.into())
            }
            None => Self::Values(args),
        }
    }
}

/// Whether the values of a column are those that [`scalar`] numbers.
pub(super) fn is_scalar(kind: &ColumnType) -> bool {
    matches!(
        kind,
        ColumnType::Boolean { .. }
            | ColumnType::ManagedProperty
            | ColumnType::Integer { .. }
            | ColumnType::BigInt
            | ColumnType::Choice { .. }
            | ColumnType::State { .. }
            | ColumnType::Status { .. }
            | ColumnType::DateTime { .. }
    )
}

impl Test<'_> {
    #[inline]
    pub(super) fn holds(&self, value: ValueRef<'_>) -> bool {
        match self {
            Self::Present => true,
            Self::Range { low, high } => scalar(value).is_some_and(|number| (*low..=*high).contains(&number)),
            Self::Numbers(numbers) => {
                scalar(value).is_some_and(|number| numbers.binary_search(&number).is_ok())
            }
            Self::Period(period) => {
                let (clock, period) = &**period;
                clock.day_of(value).is_some_and(|day| clock.fiscal.period_of(day).1 == *period)
            }
            Self::Between(low, high) => {
                compare_values(value, low.as_ref()).is_some_and(Ordering::is_ge)
                    && compare_values(value, high.as_ref()).is_some_and(Ordering::is_le)
            }
            Self::Choices(sought) => value.as_str().is_some_and(|own| {
                own.split(',').any(|number| number.parse().is_ok_and(|number| sought.contains(&number)))
            }),
            Self::Relation(relation, sought) => compare_values(value, sought.as_ref()).is_some_and(relation),
            Self::Text(needle) => value.as_str().is_some_and(|text| needle.equals(text)),
            Self::Id(id) => value.as_id() == Some(*id),
            Self::Pattern(pattern) => value.as_str().is_some_and(|text| pattern.matches(text)),
            Self::Ids(ids) => value.as_id().is_some_and(|id| ids.contains(&id)),
            Self::Texts(needles) => {
                value.as_str().is_some_and(|text| needles.iter().any(|needle| needle.equals(text)))
            }
            Self::Values(values) => {
                values.iter().any(|sought| compare_values(value, sought.as_ref()) == Some(Ordering::Equal))
            }
        }
    }
}

impl<'a> Related<'a> {
    fn holds(&self, rows: &Rows<'a>, tuple: impl Tuple<'a>) -> bool {
        let satisfied = self.exists(rows, tuple, true);
        match self.kind {
            Quantifier::Any => satisfied,
            Quantifier::NotAny => !satisfied,
            Quantifier::AllNone => !satisfied && self.exists(rows, tuple, false),
        }
    }

    /// Whether there is a related row, or one that satisfies the body.
    fn exists(&self, rows: &Rows<'a>, tuple: impl Tuple<'a>, satisfying: bool) -> bool {
        let Some(parent) = tuple.at(rows, self.link.parent()) else { return false };
        let Some(sought) = self.equality.sought(parent) else { return false };
        let (data, column) = match self.link {
            Link::Columns { from, .. } => (self.body.rows.root(), from),
            Link::Through { intersect, near, .. } => (rows.records.table(intersect), near),
        };
        self.asked.set(self.asked.get() + 1);
        let indexed = self.equality.same_form && data.is_indexed(column);
        if indexed && self.asked.get() * PASS_WORTH <= data.len() {
            return self.exists_by_index(data, sought, satisfying);
        }
        let pointed = self.pointed.get_or_init(|| self.point(data));
        let values = if satisfying { &pointed.satisfying } else { &pointed.at_all };
        Key::of(sought).is_some_and(|key| values.contains(&key))
    }

    fn exists_by_index(&self, data: &'a TableData, sought: ValueRef<'a>, satisfying: bool) -> bool {
        let counts = |row: RowRef<'a>| !satisfying || self.body.holds(row);
        match self.link {
            Link::Columns { from, .. } => data
                .rows_with(from, sought)
                .filter(|row| self.equality.offered(*row).is_some_and(|value| equal(value, sought)))
                .any(counts),
            Link::Through { near, far, .. } => data
                .rows_with(near, sought)
                .filter_map(|joint| self.body.rows.root().get(joint.get(far).as_id()?))
                .any(counts),
        }
    }

    /// All values pointed to: by the related rows themselves, or by the rows of `data` that join them.
    fn point(&self, data: &'a TableData) -> Pointed {
        let mut pointed = Pointed::default();
        let mut known: HashMap<Uuid, Option<bool>> = HashMap::new();
        for (_, row) in data.iter() {
            let (value, satisfies) = match self.link {
                Link::Columns { .. } => {
                    let value = self.equality.offered(row);
                    (value, value.map(|_| self.body.holds(row)))
                }
                Link::Through { far, .. } => {
                    let Some(far) = row.get(far).as_id() else { continue };
                    let satisfies = *known.entry(far).or_insert_with(|| {
                        self.body.rows.root().get(far).map(|related| self.body.holds(related))
                    });
                    (self.equality.offered(row), satisfies)
                }
            };
            if let (Some(key), Some(satisfies)) = (value.and_then(Key::of), satisfies) {
                if satisfies {
                    pointed.satisfying.insert(key.clone());
                }
                pointed.at_all.insert(key);
            }
        }
        pointed
    }
}

impl Link {
    /// Whose related rows it leads to.
    pub(super) fn parent(&self) -> Alias {
        match *self {
            Self::Columns { parent, .. } | Self::Through { parent, .. } => parent,
        }
    }
}

/// The rows of `data` at some places.
pub(super) fn rows_at(
    data: &TableData,
    places: impl IntoIterator<Item = crate::store::Slot>,
) -> impl Iterator<Item = RowRef<'_>> {
    places.into_iter().filter_map(|slot| data.row(slot))
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;
    use crate::model::Reference;
    use crate::query::testing::{Random, Sample, id};

    /// A few values of a column, some of them equal to others.
    fn some(random: &mut Random, kind: &ColumnType) -> Value {
        const TEXTS: &[&str] = &["", "a", "A ", "b", "é", "ea", "1,3", "2"];
        let number = i64::from(random.below(7)) - 3;
        match kind {
            ColumnType::Boolean { .. } => Value::Bool(number > 0),
            ColumnType::BigInt => Value::Long(if number == 3 { i64::MAX } else { number }),
            ColumnType::Decimal { .. } | ColumnType::Money { .. } => Value::Decimal(Decimal::new(number, 1)),
            ColumnType::Double { .. } => Value::Double(number as f64 / 2.0),
            ColumnType::DateTime { behavior: DateBehavior::DateOnly } => Value::Date(number as i32),
            ColumnType::DateTime { .. } => Value::DateTime(number),
            ColumnType::Uniqueidentifier => Value::Guid(id(random.below(4))),
            ColumnType::Lookup { .. } => Value::Lookup(Reference::new(TableId(0), id(random.below(4)))),
            ColumnType::String { .. } => Value::from(TEXTS[random.below(TEXTS.len() as u32) as usize]),
            _ => Value::Int(if number == 3 { i32::MIN } else { number as i32 }),
        }
    }

    /// Whether a value passes, read word by word.
    fn passes(value: &Value, operator: Operator, args: &[Value]) -> bool {
        use Operator as O;
        let order = |arg: &Value| compare_values(value.as_ref(), arg.as_ref()).unwrap();
        match operator {
            O::Equal => order(&args[0]).is_eq(),
            O::NotEqual => order(&args[0]).is_ne(),
            O::GreaterThan => order(&args[0]).is_gt(),
            O::GreaterEqual => order(&args[0]).is_ge(),
            O::LessThan => order(&args[0]).is_lt(),
            O::LessEqual => order(&args[0]).is_le(),
            O::In => args.iter().any(|arg| order(arg).is_eq()),
            O::NotIn => args.iter().all(|arg| order(arg).is_ne()),
            O::Between => order(&args[0]).is_ge() && order(&args[1]).is_le(),
            O::NotBetween => order(&args[0]).is_lt() || order(&args[1]).is_gt(),
            other => unreachable!("{other:?} is not tested here"),
        }
    }

    #[test]
    fn a_compiled_test_says_what_the_operator_says() {
        use Operator as O;
        let sample = Sample::new();
        let context = sample.context();
        let mut random = Random::new(3);
        for (table, column) in [
            ("systemuser", "accessmode"),
            ("systemuser", "isdisabled"),
            ("systemuser", "fullname"),
            ("systemuser", "businessunitid"),
            ("systemuser", "systemuserid"),
            ("systemuser", "versionnumber"),
            ("account", "revenue"),
            ("account", "address1_latitude"),
            ("account", "createdon"),
            ("contact", "birthdate"),
        ] {
            let table = sample.catalogue.table_named(table).unwrap();
            let column = table.column_named(column).unwrap();
            for operator in [
                O::Equal,
                O::NotEqual,
                O::GreaterThan,
                O::GreaterEqual,
                O::LessThan,
                O::LessEqual,
                O::In,
                O::NotIn,
                O::Between,
                O::NotBetween,
            ] {
                let count = match operator.values() {
                    Values::One => 1,
                    Values::Two => 2,
                    _ => 3,
                };
                for _ in 0..60 {
                    let args: Vec<Value> = (0..count).map(|_| some(&mut random, &column.kind)).collect();
                    let value = some(&mut random, &column.kind);
                    let test = Test::new(&context, table.id, column.id, operator, &args);
                    let holds = test.is_some_and(|test| test.holds(value.as_ref()) != operator.takes_null());
                    let expected = passes(&value, operator, &args);
                    assert_eq!(holds, expected, "{} {value:?} {operator:?} {args:?}", column.logical_name);
                }
            }
        }
    }

    #[test]
    fn choices_contain_one_of_several() {
        let sample = Sample::new();
        let context = sample.context();
        let table = sample.catalogue.table_named("account").unwrap();
        let column = table.column_named("name").unwrap().id;
        for (own, sought, expected) in [
            ("1,3", [1, 2].as_slice(), true),
            ("1,3", &[3], true),
            ("13", &[1, 3], false),
            ("-1,10", &[-1], true),
            ("10", &[1, 0], false),
        ] {
            let args: Vec<Value> = sought.iter().copied().map(Value::Int).collect();
            for operator in [Operator::ContainValues, Operator::DoesNotContainValues] {
                let test = Test::new(&context, table.id, column, operator, &args).unwrap();
                let holds = test.holds(ValueRef::String(own)) != operator.takes_null();
                let contains = operator == Operator::ContainValues;
                assert_eq!(holds, expected == contains, "{own} {operator:?} {sought:?}");
            }
        }
    }
}
