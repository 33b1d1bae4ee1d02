//! Groups of rows. Source: queries.md B.7.
//!
//! Groups are found by the keys' values as the collation and lookups' ids compare them; of a key's equal values the
//! first one stands for all. What is kept is a group, never its rows, and a plan says how many rows there may be.

use std::cmp::Ordering;
use std::ops::ControlFlow;

use foldhash::HashMap;

use super::columns::{self, Mask, Wholes};
use super::compare::compare_nullable;
use super::dates::Calendars;
use super::equal::Key;
use super::filter::{Filter, is_scalar};
use super::join::{self, Joins};
use super::measure::Tally;
use super::order::shown;
use super::scope::{Rows, Tuple};
use super::{Context, Count, Found, ResultSet, access, page};
use crate::fault::{Fault, Result, code};
use crate::model::{ColumnId, Value, ValueRef};
use crate::query::plan::{Aggregate, Alias, Group, GroupOrder, MOST_ROWS, OrderBy, Query, Start};
use crate::store::{BlockRef, Slot};

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
    group: &'a Group,
    rows: &'a Rows<'a>,
    calendars: &'a Calendars,
) -> Result<Vec<Gathering>> {
    let mut groups = Groups::new(group, rows, calendars);
    let source = &query.source;
    if !join::at_most_one(context.catalogue, &source.joins) {
        let _ = Joins::new(context, source).visit(Slot(0), &mut |tuple| groups.add(tuple));
        return groups.gathered();
    }
    let filter = Filter::new(context, source);
    let data = context.records.table(source.table);
    let places = access::candidates(context, source);
    if places.is_some() {
        super::visit(data, &filter, places, Slot(0), |_, row| groups.add(row));
        return groups.gathered();
    }
    for block in columns::blocks(data, Slot(0)) {
        if groups.add_some(block, filter.select(block)).is_break() {
            break;
        }
    }
    groups.gathered()
}

/// So many different values in a block are few enough to look through for each of its rows.
const FEW: usize = 32;

/// Groups while rows are added.
struct Groups<'a> {
    group: &'a Group,
    rows: &'a Rows<'a>,
    calendars: &'a Calendars,
    gathered: Vec<Gathering>,
    numbers: HashMap<Box<[Option<Key>]>, usize>,
    /// The same by the one key where that is a whole number; by null, too.
    by_whole: HashMap<Option<i64>, usize>,
    /// How many rows there have been.
    seen: usize,
    /// Room for the keys of a row.
    values: Vec<ValueRef<'a>>,
    keys: Vec<Option<Key>>,
}

impl<'a> Groups<'a> {
    fn new(group: &'a Group, rows: &'a Rows<'a>, calendars: &'a Calendars) -> Self {
        let mut groups = Self {
            group,
            rows,
            calendars,
            gathered: Vec::new(),
            numbers: HashMap::default(),
            by_whole: HashMap::default(),
            seen: 0,
            values: Vec::new(),
            keys: Vec::new(),
        };
        if group.keys.is_empty() {
            // Without keys there is one group, whether there are rows or not.
            groups.gathered.push(Gathering::new(group, Box::default()));
            groups.numbers.insert(Box::default(), 0);
        }
        groups
    }

    /// Adds so many rows to those that are grouped, unless they are too many.
    fn see(&mut self, rows: usize) -> ControlFlow<()> {
        self.seen += rows;
        if self.seen > self.group.most_rows as usize {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    fn add(&mut self, tuple: impl Tuple<'a>) -> ControlFlow<()> {
        self.see(1)?;
        let number = self.number(tuple);
        for (measure, tally) in self.group.measures.iter().zip(&mut self.gathered[number].measures) {
            tally.add(measure.column.map_or(ValueRef::Null, |column| self.rows.value(tuple, column)));
        }
        ControlFlow::Continue(())
    }

    /// The group that a tuple belongs to.
    fn number(&mut self, tuple: impl Tuple<'a>) -> usize {
        self.values.clear();
        self.values.extend(self.group.keys.iter().map(|key| {
            let value = self.rows.value(tuple, key.column);
            match key.part {
                None => value,
                Some(part) => self.calendars.part(part, value).map_or(ValueRef::Null, ValueRef::Int),
            }
        }));
        self.keys.clear();
        self.keys.extend(self.values.iter().map(|value| Key::of(*value)));
        if let Some(number) = self.numbers.get(self.keys.as_slice()) {
            return *number;
        }
        let number = self.gathered.len();
        self.numbers.insert(self.keys.as_slice().into(), number);
        let keys = self.values.iter().map(|value| value.to_value()).collect();
        self.gathered.push(Gathering::new(self.group, keys));
        number
    }

    /// Adds some rows of a block.
    fn add_some(&mut self, block: BlockRef<'a>, some: Mask) -> ControlFlow<()> {
        let only_counts = self.group.measures.iter().all(|measure| measure.function == Aggregate::Count);
        let counted = match self.group.keys.as_slice() {
            [] if only_counts => Some(vec![(0, some.count() as u32)]),
            [key] if only_counts && key.part.is_none() && key.column.alias == Alias::ROOT => {
                self.count_by_whole(block, some, key.column.column)
            }
            _ => None,
        };
        let Some(counted) = counted else {
            return some.places().filter_map(|at| block.row(at)).try_for_each(|row| self.add(row));
        };
        self.see(some.count())?;
        for (number, rows) in counted {
            self.gathered[number].measures.iter_mut().for_each(|tally| tally.add_rows(rows));
        }
        ControlFlow::Continue(())
    }

    /// How many of some rows belong to which group by a column of whole numbers; none where the column holds others.
    fn count_by_whole(
        &mut self,
        block: BlockRef<'a>,
        some: Mask,
        column: ColumnId,
    ) -> Option<Vec<(usize, u32)>> {
        let kind = &self.rows.catalogue.table(self.rows.table).column(column).kind;
        let wholes = is_scalar(kind).then(|| block.beside(column, |block| Wholes::of(block, column)))??;
        let mut counted: Vec<(Option<i64>, usize, u32)> = Vec::new();
        for at in some.places() {
            let value = wholes.get(at);
            // Few different values follow each other in a block, so looking through them is quickest.
            if let Some((.., rows)) = counted.iter_mut().find(|(of, ..)| *of == value) {
                *rows += 1;
                continue;
            }
            if counted.len() == FEW {
                return None;
            }
            let number = match self.by_whole.get(&value) {
                Some(number) => *number,
                None => self.number(block.row(at)?),
            };
            self.by_whole.insert(value, number);
            counted.push((value, number, 1));
        }
        Some(counted.into_iter().map(|(_, number, rows)| (number, rows)).collect())
    }

    fn gathered(self) -> Result<Vec<Gathering>> {
        if self.seen > self.group.most_rows as usize {
            return Err(Fault::new(&code::AggregateQueryRecordLimit));
        }
        Ok(self.gathered)
    }
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
