//! A reading of plans with joins, groups and distinct rows that is only meant to be obviously right: every join is a
//! loop over every row, everything is made before anything is asked, and nothing is remembered.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::{folded, like, plain_order, relates};
use crate::ids::sql_order;
use crate::model::{TableId, Value};
use crate::query::exec::Context;
use crate::query::plan::{
    Aggregate, Alias, ColRef, Columns, DatePart, Group, Join, JoinKind, Link, Operator, OrderBy, OrderKey,
    Predicate, Quantifier, Query, Source,
};
use crate::store::{RowRef, Slot};

/// A row or none for each alias, with their places.
pub(super) type Tuple<'a> = Vec<Option<(Slot, RowRef<'a>)>>;

#[derive(Clone, Copy)]
pub(super) struct Naive<'a> {
    pub(super) context: Context<'a>,
    pub(super) source: &'a Source,
}

impl<'a> Naive<'a> {
    fn rows(&self, table: TableId) -> Vec<(Slot, RowRef<'a>)> {
        self.context.records.table(table).iter().collect()
    }

    /// All tuples of which the filter holds, in the order of places.
    pub(super) fn tuples(&self) -> Vec<Tuple<'a>> {
        self.of_rows(self.rows(self.source.table))
    }

    /// The tuples of some rows of the scope's table.
    fn of_rows(&self, rows: Vec<(Slot, RowRef<'a>)>) -> Vec<Tuple<'a>> {
        let mut tuples: Vec<Tuple<'a>> = rows.into_iter().flat_map(|row| self.below(0, row)).collect();
        tuples.retain(|tuple| self.holds(&|alias| tuple[alias].map(|(_, row)| row), &self.source.filter));
        tuples.sort_by_key(|tuple| tuple.iter().map(|row| row.map(|(slot, _)| slot)).collect::<Vec<_>>());
        tuples
    }

    /// The tuples of a row of an alias with what is joined to it, and nothing elsewhere.
    fn below(&self, alias: usize, row: (Slot, RowRef<'a>)) -> Vec<Tuple<'a>> {
        let mut alone: Tuple<'a> = vec![None; self.source.joins.len() + 1];
        alone[alias] = Some(row);
        let mut tuples = vec![alone];
        for (at, join) in self.source.joins.iter().enumerate() {
            if usize::from(join.parent.0) != alias {
                continue;
            }
            let mut matches: Vec<Tuple<'a>> = Vec::new();
            for other in self.rows(join.table) {
                let on = |of: usize| (of == at + 1).then_some(other.1);
                if self.equals(join, row.1, other.1) && self.holds(&on, &join.on) {
                    matches.extend(self.below(at + 1, other));
                }
            }
            match join.kind {
                JoinKind::Outer if matches.is_empty() => {
                    matches.push(vec![None; self.source.joins.len() + 1]);
                }
                JoinKind::Inner | JoinKind::Outer => {}
                JoinKind::First => matches.truncate(1),
            }
            tuples = tuples
                .iter()
                .flat_map(|left| {
                    matches.iter().map(|right| {
                        left.iter().zip(right).map(|(left, right)| left.or(*right)).collect::<Tuple<'a>>()
                    })
                })
                .collect();
        }
        tuples
    }

    fn equals(&self, join: &Join, parent: RowRef<'a>, row: RowRef<'a>) -> bool {
        self.related((self.source.table_of(join.parent), parent, join.to), (join.table, row, join.from))
    }

    fn related(
        &self,
        (parent, left, to): (TableId, RowRef<'a>, crate::model::ColumnId),
        (table, right, from): (TableId, RowRef<'a>, crate::model::ColumnId),
    ) -> bool {
        let (to_value, from_value) = (left.get(to).to_value(), right.get(from).to_value());
        let key = |table| self.context.catalogue.table(table).primary_id;
        let astray = |value: &Value, column, of| {
            column == key(of) && value.as_lookup().is_some_and(|lookup| lookup.table != of)
        };
        !to_value.is_null()
            && !from_value.is_null()
            && !astray(&to_value, from, table)
            && !astray(&from_value, to, parent)
            && order_of(&to_value, &from_value).is_eq()
    }

    fn holds(&self, at: &dyn Fn(usize) -> Option<RowRef<'a>>, predicate: &'a Predicate) -> bool {
        let value = |column: &ColRef| {
            at(usize::from(column.alias.0)).map_or(Value::Null, |row| row.get(column.column).to_value())
        };
        match predicate {
            Predicate::True => true,
            Predicate::False => false,
            Predicate::And(parts) => parts.iter().all(|part| self.holds(at, part)),
            Predicate::Or(parts) => parts.iter().any(|part| self.holds(at, part)),
            Predicate::Cols { left, operator, right } => {
                let (left, right) = (value(left), value(right));
                match (left.is_null(), right.is_null()) {
                    (true, _) => *operator == Operator::NotEqual,
                    (false, true) => false,
                    _ => relates(*operator, order_of(&left, &right)),
                }
            }
            Predicate::Cmp { column, operator, args } => {
                let value = value(column);
                match operator {
                    Operator::Null => value.is_null(),
                    Operator::NotNull => !value.is_null(),
                    _ if value.is_null() => operator.takes_null(),
                    Operator::Like | Operator::NotLike => {
                        let (text, pattern) =
                            (folded(value.as_str().unwrap()), folded(args[0].as_str().unwrap()));
                        like(&pattern, &text) == (*operator == Operator::Like)
                    }
                    _ => relates(*operator, order_of(&value, &args[0])),
                }
            }
            Predicate::Quant { kind, link, body } => {
                let Some(parent) = at(usize::from(link.parent().0)) else {
                    return *kind == Quantifier::NotAny;
                };
                let inner = Self { context: self.context, source: body };
                let mut related = inner.rows(body.table);
                related.retain(|(_, row)| self.is_linked(parent, link, body.table, *row));
                let exist = !related.is_empty();
                let satisfied = !inner.of_rows(related).is_empty();
                match kind {
                    Quantifier::Any => satisfied,
                    Quantifier::NotAny => !satisfied,
                    Quantifier::AllNone => exist && !satisfied,
                }
            }
        }
    }

    fn is_linked(&self, parent: RowRef<'a>, link: &Link, table: TableId, row: RowRef<'a>) -> bool {
        match *link {
            Link::Columns { parent: alias, to, from } => {
                self.related((self.source.table_of(alias), parent, to), (table, row, from))
            }
            Link::Through { intersect, near, far, .. } => {
                self.rows(intersect).into_iter().any(|(_, joint)| {
                    joint.get(near).as_id() == Some(parent.id()) && joint.get(far).as_id() == Some(row.id())
                })
            }
        }
    }

    fn named(&self, column: ColRef, by: OrderBy, value: Value) -> Value {
        match by {
            OrderBy::Value => value,
            OrderBy::LookupName => {
                let Some(to) = value.as_lookup() else { return Value::Null };
                let name = self.context.catalogue.table(to.table).primary_name.unwrap();
                let target = self.context.records.table(to.table).get(to.id);
                target.map_or(Value::Null, |target| target.get(name).to_value())
            }
            OrderBy::Label => {
                let number = match value {
                    Value::Int(number) => number,
                    Value::Bool(flag) => i32::from(flag),
                    _ => return Value::Null,
                };
                let table = self.context.catalogue.table(self.source.table_of(column.alias));
                let options = table.column(column.column).options();
                let option = options.iter().find(|option| option.value == number);
                option.map_or(Value::Null, |option| Value::from(&*option.label))
            }
        }
    }

    fn by_order(&self, keys: &[OrderKey], left: &Tuple<'a>, right: &Tuple<'a>) -> Ordering {
        for key in keys {
            let of = |tuple| self.named(key.column, key.by, value(tuple, key.column));
            let order = nulls_first(&of(left), &of(right));
            let order = if key.descending { order.reverse() } else { order };
            if order.is_ne() {
                return order;
            }
        }
        Ordering::Equal
    }

    /// All tuples in order.
    pub(super) fn sorted(&self, keys: &[OrderKey]) -> Vec<Tuple<'a>> {
        let mut tuples = self.tuples();
        let ids = |tuple: &Tuple<'a>| -> Vec<Option<u128>> {
            tuple.iter().map(|row| row.map(|(_, row)| sql_order(row.id()))).collect()
        };
        tuples.sort_by_cached_key(ids);
        tuples.sort_by(|left, right| self.by_order(keys, left, right));
        tuples
    }

    /// Of the tuples that show the same the first, in order.
    pub(super) fn distinct(&self, query: &Query) -> Vec<Tuple<'a>> {
        let key = ColRef::root(self.context.catalogue.table(self.source.table).primary_id);
        let mut shown: Vec<ColRef> = match &query.columns {
            Columns::Some(columns) => columns.iter().map(|column| ColRef::root(*column)).collect(),
            Columns::All => vec![key],
        };
        shown.extend(query.named.iter().map(|named| named.column));
        // Where the key is shown it tells all, so it goes before the other columns.
        if shown.contains(&key) {
            shown.retain(|column| column.alias != Alias::ROOT);
            shown.insert(0, key);
        }
        let compare = |left: &Tuple<'a>, right: &Tuple<'a>| {
            shown
                .iter()
                .map(|column| nulls_first(&value(left, *column), &value(right, *column)))
                .find(|order| order.is_ne())
                .unwrap_or(Ordering::Equal)
        };
        let mut kept: Vec<Tuple<'a>> = Vec::new();
        for tuple in self.sorted(&query.order) {
            if !kept.iter().any(|other| compare(other, &tuple).is_eq()) {
                kept.push(tuple);
            }
        }
        kept.sort_by(|left, right| {
            self.by_order(&query.order, left, right).then_with(|| compare(left, right))
        });
        kept
    }

    /// The outputs of all groups, in order.
    pub(super) fn groups(&self, group: &Group) -> Vec<Vec<Value>> {
        let mut groups: Vec<(Vec<Value>, Vec<Tuple<'a>>)> = Vec::new();
        if group.keys.is_empty() {
            groups.push((Vec::new(), Vec::new()));
        }
        for tuple in self.tuples() {
            let keys: Vec<Value> = group
                .keys
                .iter()
                .map(|key| match key.part {
                    None => value(&tuple, key.column),
                    Some((part, _)) => date_part(part, &value(&tuple, key.column)),
                })
                .collect();
            let same = |other: &Vec<Value>| other.iter().zip(&keys).all(|(a, b)| nulls_first(a, b).is_eq());
            match groups.iter_mut().find(|(other, _)| same(other)) {
                Some((_, rows)) => rows.push(tuple),
                None => groups.push((keys, vec![tuple])),
            }
        }
        let mut found: Vec<Vec<Value>> = groups
            .into_iter()
            .map(|(keys, rows)| {
                let measures = group.measures.iter().map(|measure| {
                    let values: Vec<Value> = rows
                        .iter()
                        .map(|row| measure.column.map_or(Value::Null, |column| value(row, column)))
                        .collect();
                    measured(measure.function, &values)
                });
                keys.into_iter().chain(measures).collect()
            })
            .collect();
        found.sort_by(|left, right| {
            (0..group.keys.len())
                .map(|at| nulls_first(&left[at], &right[at]))
                .find(|order| order.is_ne())
                .unwrap_or(Ordering::Equal)
        });
        for key in group.order.iter().rev() {
            let at = usize::from(key.output);
            found.sort_by(|left, right| {
                let of = |outputs: &Vec<Value>| match group.keys.get(at) {
                    Some(by) => self.named(by.column, key.by, outputs[at].clone()),
                    None => outputs[at].clone(),
                };
                let order = nulls_first(&of(left), &of(right));
                if key.descending { order.reverse() } else { order }
            });
        }
        for outputs in &mut found {
            for (key, value) in group.keys.iter().zip(outputs) {
                *value = match (key.part, &*value) {
                    (Some((DatePart::FiscalYear, _)), Value::Int(year)) => format!("FY{year}").into(),
                    (Some((DatePart::FiscalPeriod, _)), Value::Int(number)) => {
                        format!("Quarter {} FY{}", number % 4 + 1, number / 4).into()
                    }
                    (_, value) => value.clone(),
                };
            }
        }
        found
    }
}

/// A value of a tuple.
fn value(tuple: &Tuple<'_>, column: ColRef) -> Value {
    tuple[usize::from(column.alias.0)].map_or(Value::Null, |(_, row)| row.get(column.column).to_value())
}

fn measured(function: Aggregate, values: &[Value]) -> Value {
    let present: Vec<&Value> = values.iter().filter(|value| !value.is_null()).collect();
    let count = present.len();
    match function {
        Aggregate::Count => Value::Int(values.len() as i32),
        Aggregate::CountColumn => Value::Int(count as i32),
        Aggregate::CountDistinct => {
            let mut different: Vec<&Value> = Vec::new();
            for value in present {
                if !different.iter().any(|other| order_of(other, value).is_eq()) {
                    different.push(value);
                }
            }
            Value::Int(different.len() as i32)
        }
        Aggregate::Min => present.into_iter().min_by(|a, b| order_of(a, b)).cloned().unwrap_or_default(),
        // Of equal ones the first, as for the least.
        Aggregate::Max => {
            present.into_iter().rev().max_by(|a, b| order_of(a, b)).cloned().unwrap_or_default()
        }
        Aggregate::Sum | Aggregate::Average => {
            let average = function == Aggregate::Average;
            match present.first() {
                Some(Value::Int(_)) => {
                    let sum: i32 = present.iter().map(|value| value.as_int().unwrap()).sum();
                    Value::Int(if average { sum / count as i32 } else { sum })
                }
                Some(Value::Decimal(_)) => {
                    let numbers = present.iter().map(|value| match value {
                        Value::Decimal(number) => *number,
                        other => panic!("{other:?}"),
                    });
                    let sum: Decimal = numbers.sum();
                    let places = 10;
                    Value::Decimal(if average {
                        (sum * Decimal::from(10_u64.pow(places)) / Decimal::from(count))
                            .round_dp_with_strategy(0, rust_decimal::RoundingStrategy::MidpointAwayFromZero)
                            / Decimal::from(10_u64.pow(places))
                    } else {
                        sum
                    })
                }
                Some(Value::Double(_)) => {
                    let numbers = present.iter().map(|value| match value {
                        Value::Double(number) => *number,
                        other => panic!("{other:?}"),
                    });
                    let sum: f64 = numbers.sum();
                    Value::Double(if average { sum / count as f64 } else { sum })
                }
                _ => Value::Null,
            }
        }
    }
}

fn date_part(part: DatePart, value: &Value) -> Value {
    let Value::DateTime(second) = value else { return Value::Null };
    let date =
        jiff::Timestamp::from_second(*second).unwrap().to_zoned(jiff::tz::TimeZone::UTC).datetime().date();
    let quarter = |month: i8| match month {
        1..=3 => 1,
        4..=6 => 2,
        7..=9 => 3,
        _ => 4,
    };
    match part {
        DatePart::Day => i32::from(date.day()).into(),
        DatePart::Month => i32::from(date.month()).into(),
        DatePart::Quarter => quarter(date.month()).into(),
        DatePart::Year | DatePart::FiscalYear => i32::from(date.year()).into(),
        DatePart::FiscalPeriod => (i32::from(date.year()) * 4 + quarter(date.month()) - 1).into(),
        DatePart::Week => {
            // Day by day from the first of January on.
            let (mut week, mut day) = (1, date.first_of_year());
            while day < date {
                day = day.tomorrow().unwrap();
                week += i32::from(day.weekday() == jiff::civil::Weekday::Sunday);
            }
            week.into()
        }
    }
}

fn nulls_first(left: &Value, right: &Value) -> Ordering {
    match (left.is_null(), right.is_null()) {
        (false, false) => order_of(left, right),
        (left, right) => right.cmp(&left),
    }
}

fn order_of(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Decimal(left), Value::Decimal(right)) => left.cmp(right),
        (Value::Double(left), Value::Double(right)) => left.total_cmp(right),
        _ => plain_order(left, right),
    }
}
