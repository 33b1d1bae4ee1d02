//! Joins that may make several tuples of one row, or none.
//!
//! Tuples are made one at a time, depth first in the order of aliases, and each part of the scope's filter is asked as
//! soon as the rows it speaks of are there: nothing is kept but the tuple at hand. Related rows come from an index
//! where one is kept over their column, and from [`Buckets`] once that has been asked so often that a pass over the
//! table is cheaper, or where there is none. Buckets hold no row that lacks what has to be joined to it in turn, so
//! that tuples are made in about the time it takes to read the tables and to write the tuples, however many joins
//! there are. The tuples of one row come in ascending order of places.

use std::cell::{Cell, OnceCell};
use std::ops::ControlFlow;

use smallvec::SmallVec;

use super::bucket::Buckets;
use super::equal::{Equality, equal};
use super::filter::Filter;
use super::scope::{Member, Only, Rows};
use super::{Context, access};
use crate::model::{Catalogue, TableId};
use crate::query::plan::{Alias, ColRef, Join, JoinKind, Link, Predicate, Source};
use crate::store::{RowRef, Slot, TableData};

/// Whether joins find one row at most of each row of the scope's table and drop none, so that joined rows need not be
/// looked for before somebody asks for them.
pub(super) fn at_most_one(catalogue: &Catalogue, joins: &[Join]) -> bool {
    joins.iter().all(|join| {
        join.kind == JoinKind::Outer
            && join.from == catalogue.table(join.table).primary_id
            && join.on == Predicate::True
    })
}

/// The joins of a scope with its filter.
pub(super) struct Joins<'a> {
    context: Context<'a>,
    source: &'a Source,
    rows: Rows<'a>,
    /// The n-th finds the rows of alias n, counting from 1.
    steps: Vec<Step<'a>>,
    /// What is asked as soon as the row of an alias is there, by alias.
    parts: Vec<Vec<Filter<'a>>>,
}

struct Step<'a> {
    parent: usize,
    equality: Equality,
    alias: Alias,
    table: TableId,
    data: &'a TableData,
    on: &'a Predicate,
    filter: Option<Filter<'a>>,
    /// Without a match there is a tuple without a row.
    optional: bool,
    /// Only the first match counts.
    single: bool,
    /// The joins to this one that find no tuple where they find no row.
    needed: Vec<usize>,
    /// Whether a row only matches where there is what it needs. It has to be told beforehand where the lack of a match
    /// or the first one decides; and it pays where a row may have many matches, as then no tuple is begun in vain.
    asks_needs: bool,
    /// How many rows were asked for their matches.
    asked: Cell<usize>,
    buckets: OnceCell<Buckets>,
}

/// Once an index was asked for one row in this many, a pass over all of them is cheaper.
const PASS_WORTH: usize = 8;
/// Where there is an index, tables beyond this are not put into buckets: they would take megabytes.
const MOST_BUCKETED: usize = 1 << 18;
/// How much smaller a joined table must be for its rows to be looked at first.
const WORTH_TURNING: usize = 4;

impl<'a> Joins<'a> {
    pub(super) fn new(context: &Context<'a>, source: &'a Source) -> Self {
        let mut parts: Vec<Vec<Filter<'a>>> = Vec::new();
        parts.resize_with(source.joins.len() + 1, Vec::new);
        let conjuncts = match &source.filter {
            Predicate::And(parts) => parts.as_slice(),
            other => std::slice::from_ref(other),
        };
        for part in conjuncts.iter().filter(|part| **part != Predicate::True) {
            parts[usize::from(last_alias(part))].push(Filter::part(context, source, part));
        }
        let mut steps: Vec<Step<'a>> = Vec::with_capacity(source.joins.len());
        for (at, join) in source.joins.iter().enumerate() {
            let alias = Alias(at as u16 + 1);
            let parent = usize::from(join.parent.0);
            // What is joined to a row of which only the first counts belongs to that first one.
            let single = join.kind == JoinKind::First || parent > 0 && steps[parent - 1].single;
            let optional = join.kind == JoinKind::Outer;
            if !optional && parent > 0 {
                steps[parent - 1].needed.push(at);
            }
            steps.push(Step {
                parent,
                equality: Equality::new(
                    context.catalogue,
                    (source.table_of(join.parent), join.to),
                    (join.table, join.from),
                ),
                alias,
                table: join.table,
                data: context.records.table(join.table),
                on: &join.on,
                filter: (join.on != Predicate::True).then(|| Filter::part(context, source, &join.on)),
                optional,
                single,
                needed: Vec::new(),
                asks_needs: optional || single || join.from != context.catalogue.table(join.table).primary_id,
                asked: Cell::new(0),
                buckets: OnceCell::new(),
            });
        }
        Self { context: *context, source, rows: Rows::new(context, source), steps, parts }
    }

    /// Whether the tuples come in the order of the keys of the root and then of the joined rows.
    pub(super) fn come_in_id_order(&self) -> bool {
        self.rows.root().is_in_id_order()
            && self.steps.iter().all(|step| {
                let key = self.context.catalogue.table(step.table).primary_id;
                step.single || step.equality.from() == key || step.data.is_in_id_order()
            })
    }

    /// Shows every tuple of the scope of which its filter holds, from a place of its table on, in the order of places.
    pub(super) fn visit(
        &self,
        from: Slot,
        each: &mut dyn FnMut(&[Member<'a>]) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let data = self.rows.root();
        let mut tuple = self.empty();
        let mut root = |slot: Slot, row: RowRef<'a>| {
            tuple[0] = Some((slot, row));
            self.follow(0, &mut tuple, each)
        };
        if let Some(places) = self.candidates() {
            for slot in places.into_iter().filter(|slot| *slot >= from) {
                if let Some(row) = data.row(slot) {
                    root(slot, row)?;
                }
            }
        } else if from == Slot(0) {
            for (slot, row) in data.iter() {
                root(slot, row)?;
            }
        } else {
            for slot in (from.0..data.slots() as u32).map(Slot) {
                if let Some(row) = data.row(slot) {
                    root(slot, row)?;
                }
            }
        }
        ControlFlow::Continue(())
    }

    /// Whether a row of the scope's table has a tuple of which the filter holds.
    pub(super) fn any(&self, row: RowRef<'a>) -> bool {
        let mut tuple = self.empty();
        // Nobody asks for the place of a row of which only the existence of tuples is wanted.
        tuple[0] = Some((Slot(0), row));
        self.follow(0, &mut tuple, &mut |_| ControlFlow::Break(())).is_break()
    }

    fn empty(&self) -> SmallVec<[Member<'a>; 4]> {
        SmallVec::from_elem(None, self.steps.len() + 1)
    }

    /// Completes a tuple that has rows up to an alias, in every way.
    fn follow(
        &self,
        at: usize,
        tuple: &mut [Member<'a>],
        each: &mut dyn FnMut(&[Member<'a>]) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        if !self.parts[at].iter().all(|part| part.holds_of(&*tuple)) {
            return ControlFlow::Continue(());
        }
        let Some(step) = self.steps.get(at) else { return each(tuple) };
        let mut ended = ControlFlow::Continue(());
        let mut found = false;
        if let Some((_, parent)) = tuple[step.parent] {
            let _ = self.matches(step, parent, &mut |slot, row| {
                found = true;
                tuple[at + 1] = Some((slot, row));
                ended = self.follow(at + 1, tuple, each);
                if step.single { ControlFlow::Break(()) } else { ended }
            });
            if found || !step.optional {
                return ended;
            }
        }
        tuple[at + 1] = None;
        self.follow(at + 1, tuple, each)
    }

    /// Shows the rows that a step joins to one of its parent's, in the order of places.
    fn matches(
        &self,
        step: &Step<'a>,
        parent: RowRef<'a>,
        each: &mut dyn FnMut(Slot, RowRef<'a>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let Some(sought) = step.equality.sought(parent) else { return ControlFlow::Continue(()) };
        let from = step.equality.from();
        let equals = |row: RowRef<'a>| step.equality.offered(row).is_some_and(|value| equal(value, sought));
        if let Some(buckets) = step.buckets.get() {
            for slot in buckets.candidates(sought) {
                if let Some(row) = step.data.row(*slot)
                    && equals(row)
                {
                    each(*slot, row)?;
                }
            }
            return ControlFlow::Continue(());
        }
        let is_key = from == self.context.catalogue.table(step.table).primary_id;
        if step.equality.same_form && step.data.is_indexed(from) && Self::index_pays(step, is_key) {
            if is_key {
                let place = sought.as_id().and_then(|id| self.rows.place_of_id(step.table, id));
                return match place.and_then(|slot| Some((slot, step.data.row(slot)?))) {
                    Some((slot, row)) if self.counts(step, row) => each(slot, row),
                    _ => ControlFlow::Continue(()),
                };
            }
            for slot in step.data.lookup(from, sought).into_iter().flatten() {
                if let Some(row) = step.data.row(slot)
                    && equals(row)
                    && self.counts(step, row)
                {
                    each(slot, row)?;
                }
            }
            return ControlFlow::Continue(());
        }
        step.buckets.get_or_init(|| self.buckets(step));
        self.matches(step, parent, each)
    }

    /// Whether to go on asking the index of the column that a step compares.
    fn index_pays(step: &Step<'a>, is_key: bool) -> bool {
        let asks_more = step.filter.is_some() || !step.needed.is_empty();
        let size = step.data.len();
        step.asked.set(step.asked.get() + 1);
        is_key && !asks_more || size > MOST_BUCKETED || step.asked.get() * PASS_WORTH <= size
    }

    /// Whether a row of the right value is joined by a step: what stands in `on` holds, and there is what has to be
    /// joined to it in turn.
    fn counts(&self, step: &Step<'a>, row: RowRef<'a>) -> bool {
        let holds = step.filter.as_ref().is_none_or(|filter| filter.holds_of(Only(step.alias, row)));
        holds && (!step.asks_needs || self.is_whole(step, row))
    }

    /// Whether what is joined to a row of a step, and has to be there, is there.
    fn is_whole(&self, step: &Step<'a>, row: RowRef<'a>) -> bool {
        step.needed.iter().all(|&at| {
            let needed = &self.steps[at];
            let seen = self.matches(needed, row, &mut |_, row| {
                let whole = needed.asks_needs || self.is_whole(needed, row);
                if whole { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            seen.is_break()
        })
    }

    /// The rows that a step may join to anything, by their values.
    fn buckets(&self, step: &Step<'a>) -> Buckets {
        let counting = |(slot, row): (Slot, RowRef<'a>)| {
            let value = step.equality.offered(row)?;
            self.counts(step, row).then_some((slot, value))
        };
        match self.of_on(step) {
            Some(places) => Buckets::new(
                places.into_iter().filter_map(|slot| Some((slot, step.data.row(slot)?))).filter_map(counting),
            ),
            None => Buckets::new(step.data.iter().filter_map(counting)),
        }
    }

    /// The places of the rows that `on` may hold of, ascending; `None` where it does not tell.
    fn of_on(&self, step: &Step<'a>) -> Option<Vec<Slot>> {
        if *step.on == Predicate::True {
            return None;
        }
        let filter = as_root(step.on);
        let there = Source { table: step.table, joins: Vec::new(), filter };
        access::candidates(&self.context, &there)
    }

    /// The places of the rows of the scope's table that may have a tuple, ascending; `None` where only all will do.
    fn candidates(&self) -> Option<Vec<Slot>> {
        let found = access::candidates(&self.context, self.source);
        let data = self.rows.root();
        let most = found.as_ref().map_or(data.len(), Vec::len);
        let turned = self
            .steps
            .iter()
            .filter(|step| {
                let equality = step.equality;
                step.parent == 0 && !step.optional && equality.same_form && data.is_indexed(equality.to())
            })
            .map(|step| {
                let places = self.of_on(step);
                (places.as_ref().map_or(step.data.len(), Vec::len), step, places)
            })
            .min_by_key(|(looked_at, ..)| *looked_at)
            .filter(|(looked_at, ..)| looked_at * WORTH_TURNING <= most)
            .and_then(|(_, step, places)| self.turned(step, places, most));
        turned.or(found)
    }

    /// The places of the rows to which a step joins its rows, ascending; `None` where there are as many as that.
    fn turned(&self, step: &Step<'a>, places: Option<Vec<Slot>>, most: usize) -> Option<Vec<Slot>> {
        let data = self.rows.root();
        let mut found = Vec::new();
        let rows = match places {
            Some(places) => places,
            None => step.data.iter().map(|(slot, _)| slot).collect(),
        };
        for row in rows.into_iter().filter_map(|slot| step.data.row(slot)) {
            if let Some(value) = step.equality.offered(row)
                && self.counts(step, row)
            {
                found.extend(data.lookup(step.equality.to(), value)?);
                if found.len() >= most {
                    return None;
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        Some(found)
    }
}

/// The last alias that a predicate speaks of.
fn last_alias(predicate: &Predicate) -> u16 {
    match predicate {
        Predicate::True | Predicate::False => 0,
        Predicate::And(parts) | Predicate::Or(parts) => parts.iter().map(last_alias).max().unwrap_or(0),
        Predicate::Cmp { column, .. } => column.alias.0,
        Predicate::Cols { left, right, .. } => left.alias.0.max(right.alias.0),
        Predicate::Quant { link, .. } => link.parent().0,
    }
}

/// What an `on` asks, as a scope of the joined table alone asks it.
fn as_root(on: &Predicate) -> Predicate {
    let root = |column: &ColRef| ColRef::root(column.column);
    match on {
        Predicate::True | Predicate::False => on.clone(),
        Predicate::And(parts) => Predicate::And(parts.iter().map(as_root).collect()),
        Predicate::Or(parts) => Predicate::Or(parts.iter().map(as_root).collect()),
        Predicate::Cmp { column, operator, args } => {
            Predicate::Cmp { column: root(column), operator: *operator, args: args.clone() }
        }
        Predicate::Cols { left, operator, right } => {
            Predicate::Cols { left: root(left), operator: *operator, right: root(right) }
        }
        Predicate::Quant { kind, link, body } => {
            let link = match *link {
                Link::Columns { to, from, .. } => Link::Columns { parent: Alias::ROOT, to, from },
                Link::Through { intersect, near, far, .. } => {
                    Link::Through { parent: Alias::ROOT, intersect, near, far }
                }
            };
            Predicate::Quant { kind: *kind, link, body: body.clone() }
        }
    }
}
