//! Of tuples that show the same values only one.
//!
//! What is the same decides the collation, as in SQL's DISTINCT. No primary key decides the order of what the order
//! does not tell apart: the values that are shown do. Source: queries.md B.5, B.6.

use std::cmp::Ordering;
use std::hash::{BuildHasher, Hasher};
use std::ops::ControlFlow;

use foldhash::fast::RandomState;

use super::compare::compare_nullable;
use super::equal::{hash, same};
use super::join::Joins;
use super::order::{Best, Order};
use super::scope::{Member, Places, Rows, Tuple};
use super::{Context, Count, Found, ResultSet, makes_rows, page, places};
use crate::fault::{Fault, Result, code};
use crate::query::plan::{ColRef, Columns, MOST_ROWS, Query, Start};
use crate::store::Slot;

type Place = Box<[Option<Slot>]>;

/// Runs a query for different rows.
///
/// Pages are counted: a cookie without a primary key could not tell rows apart that the order takes for equal.
pub(super) fn run(context: &Context<'_>, query: &Query) -> Result<ResultSet> {
    if matches!(query.page.start, Start::After(_)) {
        return Err(Fault::new(&code::QueryBuilderPagingOrderBy));
    }
    let skipped = page::skipped(&query.page)?;
    let wanted = skipped + query.page.size as usize + usize::from(query.page.continues);
    let order = Order::new(Rows::new(context, &query.source), &query.order);
    let joins = Joins::new(context, &query.source);
    let shown = shown(context, query);
    let (mut found, count) = if shown == [primary(context, query)] {
        of_each_row(&joins, &order, wanted)
    } else {
        different(&joins, &order, &shown, wanted)
    };
    let next = page::cut(&mut found, skipped, &query.page).then(|| page::next_counted(&query.page.start));
    let found = if makes_rows(context, query) {
        Found::Rows(found.iter().filter_map(|tuple| tuple[0]).collect())
    } else {
        Found::Joined(found)
    };
    let count = u32::try_from(count).unwrap_or(u32::MAX).min(MOST_ROWS + 1);
    Ok(ResultSet { found, count: query.count.then(|| Count::of(count)), next })
}

fn primary(context: &Context<'_>, query: &Query) -> ColRef {
    ColRef::root(context.catalogue.table(query.source.table).primary_id)
}

/// The columns that tell tuples apart: those that are shown; of the root its primary key alone where it is shown.
fn shown(context: &Context<'_>, query: &Query) -> Vec<ColRef> {
    let primary = primary(context, query);
    let mut shown: Vec<ColRef> = match &query.columns {
        Columns::All => vec![primary],
        Columns::Some(columns) => columns.iter().map(|column| ColRef::root(*column)).collect(),
    };
    shown.extend(query.named.iter().map(|named| named.column));
    if shown.contains(&primary) {
        shown.retain(|column| column.alias != primary.alias);
        shown.insert(0, primary);
    }
    shown
}

/// Where nothing is shown but the root: of the tuples of each of its rows one, and how many.
fn of_each_row(joins: &Joins<'_>, order: &Order<'_>, wanted: usize) -> (Vec<Place>, usize) {
    let mut best = Best::new(order, wanted, false);
    let (mut count, mut current): (usize, Option<Place>) = (0, None);
    let mut offer = |place: Option<Place>| {
        if let Some(place) = place {
            let kept = place.clone();
            best.offer(Places(&place), || kept);
        }
    };
    let _ = joins.visit(Slot(0), &mut |tuple| {
        match &mut current {
            Some(place) if place[0] == tuple[0].map(|(slot, _)| slot) => {
                if order.compare(tuple, Places(place)).is_lt() {
                    *place = places(tuple);
                }
            }
            _ => {
                count += 1;
                offer(current.replace(places(tuple)));
            }
        }
        ControlFlow::Continue(())
    });
    offer(current);
    (best.into_sorted(), count)
}

/// The first of the tuples that show the same, in order, `wanted` at most; and how many there are.
fn different(joins: &Joins<'_>, order: &Order<'_>, shown: &[ColRef], wanted: usize) -> (Vec<Place>, usize) {
    let mut seen = Seen::new(order, shown);
    let _ = joins.visit(Slot(0), &mut |tuple| {
        seen.offer(tuple);
        ControlFlow::Continue(())
    });
    let mut found = seen.places;
    let count = found.len();
    let compare = |left: &Place, right: &Place| compare(order, shown, Places(left), Places(right));
    if wanted > 0 && found.len() > wanted {
        found.select_nth_unstable_by(wanted - 1, compare);
        found.truncate(wanted);
    }
    found.sort_unstable_by(compare);
    (found, count)
}

/// By the order, then by what is shown.
fn compare<'a>(order: &Order<'a>, shown: &[ColRef], left: impl Tuple<'a>, right: impl Tuple<'a>) -> Ordering {
    order.compare_keys(left, right).then_with(|| {
        shown
            .iter()
            .map(|column| compare_nullable(order.rows.value(left, *column), order.rows.value(right, *column)))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    })
}

/// What was seen so far: of each combination of values the tuple that comes first.
struct Seen<'o, 'a> {
    order: &'o Order<'a>,
    shown: &'o [ColRef],
    state: RandomState,
    /// By the hash of their values: one more than the number of the last tuple.
    last: foldhash::HashMap<u64, u32>,
    /// For each tuple the one before it of the same hash, as `last` has it; values are not kept, rows have them.
    before: Vec<u32>,
    places: Vec<Place>,
}

impl<'o, 'a> Seen<'o, 'a> {
    fn new(order: &'o Order<'a>, shown: &'o [ColRef]) -> Self {
        Self {
            order,
            shown,
            state: RandomState::default(),
            last: foldhash::HashMap::default(),
            before: Vec::new(),
            places: Vec::new(),
        }
    }

    fn offer(&mut self, tuple: &[Member<'a>]) {
        let rows = &self.order.rows;
        let mut hasher = self.state.build_hasher();
        for column in self.shown {
            hasher.write_u64(hash(&self.state, rows.value(tuple, *column)));
        }
        let last = self.last.entry(hasher.finish()).or_default();
        let mut at = *last;
        while at > 0 {
            let known = &mut self.places[at as usize - 1];
            let is_same =
                |column: &ColRef| same(rows.value(tuple, *column), rows.value(Places(known), *column));
            if self.shown.iter().all(is_same) {
                if self.order.compare(tuple, Places(known)).is_lt() {
                    *known = places(tuple);
                }
                return;
            }
            at = self.before[at as usize - 1];
        }
        self.before.push(*last);
        self.places.push(places(tuple));
        *last = self.places.len() as u32;
    }
}
