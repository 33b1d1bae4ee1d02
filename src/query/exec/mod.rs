//! Runs plans over the rows of one moment.
//!
//! A predicate is compiled once into something that reads values where rows keep them, literals folded; then rows
//! come from an index where the predicate allows it and from the table in its order otherwise. A page never sorts
//! more than it shows: the best rows so far are kept, the rest passes by.

mod access;
mod assumed;
mod columns;
mod compare;
mod expand;
mod explain;
mod filter;
mod hierarchy;
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
use super::plan::{MOST_ROWS, OrderKey, Query, Source, Start};
use crate::fault::Result;
use crate::model::{Catalogue, Value};
use crate::store::{Records, RowRef, Slot};
use filter::Filter;
use order::{Best, Order};
use page::Resume;
use scope::Rows;

pub use access::Way;
pub use expand::{Expanded, PreparedExpand, expand};
pub use explain::{ExplainedExpand, Explanation, explain};

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
    /// Of a plan that makes at most one row of each row of its table: their places in that table.
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
/// `QueryBuilderPagingOrderBy` and `QueryBuilderInvalidPagingCookie` where the cookie is not one of this query.
pub fn run(context: &Context<'_>, query: &Query) -> Result<ResultSet> {
    let filter = Filter::new(context, &query.source);
    let order = Order::new(Rows::new(context, &query.source), &query.order);
    let data = order.rows.root();
    let (resume, skipped) = match &query.page.start {
        Start::First => (None, 0),
        Start::Skip { pages } => (None, *pages as usize * query.page.size as usize),
        Start::After(cookie) => (Some(Resume::new(&order, cookie)?), 0),
    };
    let size = query.page.size as usize;
    let wanted = skipped + size + usize::from(query.page.continues);
    let mut best = Best::new(&order, wanted, query.order.is_empty() && data.is_in_id_order());
    let mut counted: u32 = 0;
    let from = match &resume {
        Some(resume) if !query.count && best.comes_in_order() => resume.first_place(data),
        _ => Slot(0),
    };
    visit(context, query, &filter, from, |slot, row| {
        counted += u32::from(counted <= MOST_ROWS);
        if resume.as_ref().is_none_or(|resume| resume.is_before(&order, row)) {
            best.offer(slot, row);
        }
        let enough = best.is_complete() && (!query.count || counted > MOST_ROWS);
        if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    let mut found = best.into_sorted();
    found.drain(..skipped.min(found.len()));
    let next = (query.page.continues && found.len() > size).then(|| {
        found.truncate(size);
        page::next(&order, &query.page.start, &found)
    });
    Ok(ResultSet { found: Found::Rows(found), count: query.count.then(|| Count::of(counted)), next })
}

/// How many rows a source has.
pub fn count(context: &Context<'_>, source: &Source) -> Count {
    let filter = Filter::new(context, source);
    let mut counted: u32 = 0;
    visit_source(context, source, &filter, Slot(0), |_, _| {
        counted += 1;
        if counted > MOST_ROWS { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
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

fn visit<'a>(
    context: &Context<'a>,
    query: &'a Query,
    filter: &Filter<'a>,
    from: Slot,
    each: impl FnMut(Slot, RowRef<'a>) -> ControlFlow<()>,
) {
    visit_source(context, &query.source, filter, from, each);
}

/// Shows every row of a source from a place on, in the order of places.
fn visit_source<'a>(
    context: &Context<'a>,
    source: &'a Source,
    filter: &Filter<'a>,
    from: Slot,
    mut each: impl FnMut(Slot, RowRef<'a>) -> ControlFlow<()>,
) {
    let data = context.records.table(source.table);
    let Some(places) = access::candidates(context, source) else {
        return columns::scan(data, filter, from, each);
    };
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
            best.offer(slot, row);
        }
    }
    best.into_sorted()
}
