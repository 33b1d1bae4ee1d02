//! Runs plans over the rows of one moment.
//!
//! A predicate is compiled once into something that reads values where rows keep them, literals folded; then rows
//! come from an index where the predicate allows it and from the table in its order otherwise. A page never sorts
//! more than it shows: the best rows so far are kept, the rest passes by.
//!
//! A plan whose joins find one row at most is one of rows; what is joined is looked for when it is asked for. Any other
//! is one of *tuples*, a row or none for each alias, which [`join`] makes one after the other.

mod access;
mod assumed;
mod bucket;
mod children;
mod columns;
mod compare;
mod dates;
mod distinct;
mod equal;
mod expand;
mod explain;
mod filter;
mod group;
mod hierarchy;
mod join;
mod measure;
mod order;
mod page;
mod pattern;
mod scope;
#[cfg(test)]
mod tests;
mod text;
mod when;
mod who;

use std::borrow::Cow;
use std::ops::ControlFlow;

use uuid::Uuid;

use super::cookie::Cookie;
use super::plan::{Alias, MOST_ROWS, OrderKey, Query, Source, Start};
use crate::fault::{Fault, Result, code};
use crate::model::{Catalogue, Value};
use crate::store::{Records, RowRef, Slot, TableData};
use filter::Filter;
use join::Joins;
use order::{Best, Order};
use page::Resume;
use scope::{Member, Places, Rows};

pub use access::Way;
pub use children::children;
pub use expand::{Expanded, PreparedExpand, expand};
pub use explain::{ExplainedExpand, Explanation, explain};
pub use when::{zone_of_code, zone_of_user};

pub(super) use compare::compare_values;

/// What a plan runs over, and for whom.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The tables.
    pub catalogue: &'a Catalogue,
    /// Their rows.
    pub records: &'a Records,
    /// What the organization's clock shows.
    pub now: jiff::Timestamp,
    /// Who asks.
    pub caller: CallerFacts,
}

/// What plans may ask about the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallerFacts {
    /// The caller's `systemuserid`.
    pub user_id: Uuid,
    /// The caller's business unit.
    pub business_unit_id: Uuid,
}

/// One page of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct ResultSet {
    /// Its rows, in order.
    pub found: Found,
    /// How many rows there are on all pages, where that was asked for.
    pub count: Option<Count>,
    /// Where there are more rows: where the next page starts.
    pub next: Option<Cookie>,
}

/// What a plan finds.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// Of a plan that makes at most one row of each row of its table and shows of joined tables nothing: one without
    /// joins, or one whose joins are all outer ones from a lookup to a primary key and that names no columns. Their
    /// places in that table.
    Rows(Vec<Slot>),
    /// Of a plan whose joins may make several rows of one or drop rows: for each alias of the plan in turn, beginning
    /// with the root, the place of its row; none where an outer join found nothing.
    Joined(Vec<Box<[Option<Slot>]>>),
    /// Of a plan with groups: their keys, then their measures; null for a key without a value and for a measure
    /// over no values.
    Groups(Vec<Box<[Value]>>),
}

/// A count as the service gives it: no more than 5,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// The number, 5,000 at most.
    pub value: u32,
    /// Whether there are more.
    pub exceeded: bool,
}

/// Runs a query.
///
/// # Errors
///
/// `QueryBuilderPagingOrderBy` and `QueryBuilderInvalidPagingCookie` where the cookie is not one of this query;
/// `LegacyPagingLimitExceeded` for a page too far from the first one; `AggregateQueryRecordLimit` where too many rows
/// would be grouped.
pub fn run(context: &Context<'_>, query: &Query) -> Result<ResultSet> {
    if let Some(group) = &query.group {
        return group::run(context, query, group);
    }
    if query.distinct {
        return distinct::run(context, query);
    }
    if makes_rows(context, query) { rows(context, query) } else { tuples(context, query) }
}

/// Whether a plan finds at most one row for each row of its table, and nobody has to be told of the joined rows.
fn makes_rows(context: &Context<'_>, query: &Query) -> bool {
    query.source.joins.is_empty()
        || query.named.is_empty() && join::at_most_one(context.catalogue, &query.source.joins)
}

/// The rows of a plan that makes one of each row of its table.
fn rows(context: &Context<'_>, query: &Query) -> Result<ResultSet> {
    let filter = Filter::new(context, &query.source);
    let order = Order::new(Rows::new(context, &query.source), &query.order);
    let data = order.rows.root();
    let resume = match &query.page.start {
        Start::First | Start::Skip { .. } => None,
        Start::After(cookie) => Some(Resume::new(&order, false, cookie)?),
    };
    let skipped = page::skipped(&query.page)?;
    let size = query.page.size as usize;
    let wanted = skipped + size + usize::from(query.page.continues);
    let mut best = Best::new(&order, wanted, query.order.is_empty() && data.is_in_id_order());
    let mut counted: u32 = 0;
    let from = match &resume {
        Some(resume) if !query.count && best.comes_in_order() => resume.first_place(data),
        _ => Slot(0),
    };
    let comes_later = resume.as_ref().map(|resume| |row| resume.is_before(&order, row));
    let places = access::candidates(context, &query.source);
    if let (None, false, Some(column)) = (&places, best.comes_in_order(), order.first_column()) {
        // All rows are looked at, few of them closely.
        for block in columns::blocks(data, Slot(0)) {
            let found = columns::offer(block, &filter, column, &mut best, query.count, comes_later.as_ref());
            counted = counted.saturating_add(found as u32);
        }
    } else {
        visit(data, &filter, places, from, |slot, row| {
            counted += u32::from(counted <= MOST_ROWS);
            if comes_later.as_ref().is_none_or(|later| later(row)) {
                best.offer(row, || slot);
            }
            let enough = best.is_complete() && (!query.count || counted > MOST_ROWS);
            if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
    }
    let mut found = best.into_sorted();
    let next = page::cut(&mut found, skipped, &query.page).then(|| {
        let ends =
            (found.first().and_then(|slot| data.row(*slot)), found.last().and_then(|slot| data.row(*slot)));
        page::next(&order, false, &query.page.start, ends)
    });
    Ok(ResultSet { found: Found::Rows(found), count: query.count.then(|| Count::of(counted)), next })
}

/// The tuples of a plan that may make several of a row of its table, or none.
fn tuples(context: &Context<'_>, query: &Query) -> Result<ResultSet> {
    let joins = Joins::new(context, &query.source);
    let order = Order::new(Rows::new(context, &query.source), &query.order);
    // A cookie tells where a page ended by columns of the root only. Source: queries.md B.5.
    let by_cookie = query.order.iter().all(|key| key.column.alias == Alias::ROOT);
    let resume = match &query.page.start {
        Start::First | Start::Skip { .. } => None,
        Start::After(_) if !by_cookie => return Err(Fault::new(&code::QueryBuilderPagingOrderBy)),
        Start::After(cookie) => Some(Resume::new(&order, true, cookie)?),
    };
    let skipped = page::skipped(&query.page)?;
    let wanted = skipped + query.page.size as usize + usize::from(query.page.continues);
    let mut best = Best::new(&order, wanted, query.order.is_empty() && joins.come_in_id_order());
    let mut counted: u32 = 0;
    let from = match &resume {
        Some(resume) if !query.count && best.comes_in_order() => resume.first_place(order.rows.root()),
        _ => Slot(0),
    };
    let _ = joins.visit(from, &mut |tuple| {
        counted += u32::from(counted <= MOST_ROWS);
        if resume.as_ref().is_none_or(|resume| resume.is_before(&order, tuple)) {
            best.offer(tuple, || places(tuple));
        }
        let enough = best.is_complete() && (!query.count || counted > MOST_ROWS);
        if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    let mut found = best.into_sorted();
    let next = page::cut(&mut found, skipped, &query.page).then(|| {
        let ends = (found.first().map(|tuple| Places(tuple)), found.last().map(|tuple| Places(tuple)));
        if by_cookie {
            page::next(&order, true, &query.page.start, ends)
        } else {
            page::next_counted(&query.page.start)
        }
    });
    Ok(ResultSet { found: Found::Joined(found), count: query.count.then(|| Count::of(counted)), next })
}

/// Where the rows of a tuple stand.
fn places(tuple: &[Member<'_>]) -> Box<[Option<Slot>]> {
    tuple.iter().map(|member| member.map(|(slot, _)| slot)).collect()
}

/// How many rows a source has.
pub fn count(context: &Context<'_>, source: &Source) -> Count {
    let mut counted: u32 = 0;
    let mut more = || {
        counted += 1;
        if counted > MOST_ROWS { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    if join::at_most_one(context.catalogue, &source.joins) {
        let filter = Filter::new(context, source);
        let places = access::candidates(context, source);
        visit(context.records.table(source.table), &filter, places, Slot(0), |_, _| more());
    } else {
        let _ = Joins::new(context, source).visit(Slot(0), &mut |_| more());
    }
    Count::of(counted)
}

/// Whether a row of the source's table satisfies its filter.
pub fn matches<'a>(context: &Context<'a>, source: &'a Source, row: RowRef<'a>) -> bool {
    Filter::new(context, source).holds(row)
}

impl ResultSet {
    /// The places of the root's rows, in order; none of a plan with groups.
    pub fn rows(&self) -> Cow<'_, [Slot]> {
        match &self.found {
            Found::Rows(rows) => Cow::Borrowed(rows),
            Found::Joined(rows) => rows.iter().filter_map(|row| row[0]).collect(),
            Found::Groups(_) => Cow::Borrowed(&[]),
        }
    }
}

impl Count {
    fn of(counted: u32) -> Self {
        Self { value: counted.min(MOST_ROWS), exceeded: counted > MOST_ROWS }
    }
}

/// Shows every row that a filter holds of, from a place on, in the order of places: of the rows at some places, or of
/// all.
fn visit<'a>(
    data: &'a TableData,
    filter: &Filter<'a>,
    places: Option<Vec<Slot>>,
    from: Slot,
    mut each: impl FnMut(Slot, RowRef<'a>) -> ControlFlow<()>,
) {
    let Some(places) = places else { return columns::scan(data, filter, from, each) };
    for slot in places {
        if slot >= from
            && let Some(row) = data.row(slot)
            && filter.holds(row)
            && each(slot, row).is_break()
        {
            return;
        }
    }
}

/// The rows of a source in an order, `most` at most.
fn sorted<'a>(
    context: &Context<'a>,
    source: &'a Source,
    keys: &'a [OrderKey],
    most: usize,
    places: impl Iterator<Item = Slot>,
    filter: &Filter<'a>,
) -> Vec<Slot> {
    let order = Order::new(Rows::new(context, source), keys);
    let mut best = Best::new(&order, most, false);
    for slot in places {
        if let Some(row) = order.rows.root().row(slot)
            && filter.holds(row)
        {
            best.offer(row, || slot);
        }
    }
    best.into_sorted()
}
