//! Groups of rows. Source: queries.md B.7.
//!
//! Groups are found by the keys' values as the collation and lookups' ids compare them; of a key's equal values the
//! first one stands for all. What is kept is a group, never its rows, and a plan says how many rows there may be.

use std::cmp::Ordering;
use std::ops::ControlFlow;

use foldhash::HashMap;

use super::compare::compare_nullable;
use super::dates::Calendars;
use super::equal::Key;
use super::join::Joins;
use super::measure::Tally;
use super::order::shown;
use super::scope::Rows;
use super::{Context, Count, Found, ResultSet, page};
use crate::fault::{Fault, Result, code};
use crate::model::{Value, ValueRef};
use crate::query::plan::{Group, GroupOrder, MOST_ROWS, OrderBy, Query, Start};
use crate::store::Slot;

/// A group while rows are added.
struct Gathering {
    keys: Box<[Value]>,
    measures: Vec<Tally>,
}

impl Gathering {
    fn new(group: &Group, keys: Box<[Value]>) -> Self {
        Self { keys, measures: group.measures.iter().map(|measure| Tally::new(measure.function)).collect() }
    }
}

/// Runs a query for groups.
pub(super) fn run(context: &Context<'_>, query: &Query, group: &Group) -> Result<ResultSet> {
    if matches!(query.page.start, Start::After(_)) {
        return Err(Fault::new(&code::QueryBuilderPagingOrderBy));
    }
    let skipped = page::skipped(&query.page)?;
    let rows = Rows::new(context, &query.source);
    let calendars = Calendars::of(context);
    let gathered = gather(context, query, group, &rows, &calendars)?;
    let count = u32::try_from(gathered.len()).unwrap_or(u32::MAX).min(MOST_ROWS + 1);
    let mut found = sorted(group, &rows, gathered);
    let next = page::cut(&mut found, skipped, &query.page).then(|| page::next_counted(&query.page.start));
    for outputs in &mut found {
        for (key, value) in group.keys.iter().zip(outputs) {
            if let (Some((part, _)), Value::Int(number)) = (key.part, &value) {
                *value = calendars.written(part, *number);
            }
        }
    }
    Ok(ResultSet { found: Found::Groups(found), count: query.count.then(|| Count::of(count)), next })
}

/// All groups.
fn gather<'a>(
    context: &Context<'a>,
    query: &'a Query,
    group: &Group,
    rows: &Rows<'a>,
    calendars: &Calendars,
) -> Result<Vec<Gathering>> {
    let mut gathered: Vec<Gathering> = Vec::new();
    let mut numbers: HashMap<Box<[Option<Key>]>, usize> = HashMap::default();
    if group.keys.is_empty() {
        // Without keys there is one group, whether there are rows or not.
        gathered.push(Gathering::new(group, Box::default()));
        numbers.insert(Box::default(), 0);
    }
    let mut seen = 0;
    let mut values: Vec<ValueRef<'a>> = Vec::new();
    let mut keys: Vec<Option<Key>> = Vec::new();
    let ended = Joins::new(context, &query.source).visit(Slot(0), &mut |tuple| {
        if seen == group.most_rows {
            return ControlFlow::Break(());
        }
        seen += 1;
        values.clear();
        values.extend(group.keys.iter().map(|key| {
            let value = rows.value(tuple, key.column);
            match key.part {
                None => value,
                Some(part) => calendars.part(part, value).map_or(ValueRef::Null, ValueRef::Int),
            }
        }));
        keys.clear();
        keys.extend(values.iter().map(|value| Key::of(*value)));
        let number = numbers.get(keys.as_slice()).copied().unwrap_or_else(|| {
            numbers.insert(keys.as_slice().into(), gathered.len());
            gathered.push(Gathering::new(group, values.iter().map(|value| value.to_value()).collect()));
            gathered.len() - 1
        });
        for (measure, tally) in group.measures.iter().zip(&mut gathered[number].measures) {
            tally.add(measure.column.map_or(ValueRef::Null, |column| rows.value(tuple, column)));
        }
        ControlFlow::Continue(())
    });
    if ended.is_break() {
        return Err(Fault::new(&code::AggregateQueryRecordLimit));
    }
    Ok(gathered)
}

/// The outputs of all groups in order: what the order does not decide, the keys do.
fn sorted(group: &Group, rows: &Rows<'_>, gathered: Vec<Gathering>) -> Vec<Box<[Value]>> {
    let mut found: Vec<(Vec<Value>, Box<[Value]>)> = gathered
        .into_iter()
        .map(|group| group.keys.into_iter().chain(group.measures.into_iter().map(Tally::result)).collect())
        .map(|outputs: Box<[Value]>| {
            (group.order.iter().map(|key| compared(group, rows, *key, &outputs)).collect(), outputs)
        })
        .collect();
    found.sort_by(|left, right| {
        let by_order = group.order.iter().zip(left.0.iter().zip(&right.0)).map(|(key, (left, right))| {
            let order = compare_nullable(left.as_ref(), right.as_ref());
            if key.descending { order.reverse() } else { order }
        });
        let by_keys = left.1[..group.keys.len()]
            .iter()
            .zip(&right.1)
            .map(|(left, right)| compare_nullable(left.as_ref(), right.as_ref()));
        by_order.chain(by_keys).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    });
    found.into_iter().map(|(_, outputs)| outputs).collect()
}

/// What a key of the order compares of a group.
fn compared(group: &Group, rows: &Rows<'_>, key: GroupOrder, outputs: &[Value]) -> Value {
    let at = usize::from(key.output);
    let Some(value) = outputs.get(at) else { return Value::Null };
    match (key.by, group.keys.get(at)) {
        (OrderBy::Value, _) | (_, None) => value.clone(),
        (by, Some(of)) => {
            // Only these have a name or a label, and none of them is borrowed from the group.
            let value = match value {
                Value::Lookup(reference) => ValueRef::Lookup(*reference),
                Value::Int(number) => ValueRef::Int(*number),
                Value::Bool(flag) => ValueRef::Bool(*flag),
                _ => ValueRef::Null,
            };
            shown(rows, of.column, by, value).to_value()
        }
    }
}
