//! Related rows that come along.

use std::cell::OnceCell;
use std::collections::HashMap;

use uuid::Uuid;

use super::filter::Filter;
use super::{Context, sorted};
use crate::model::{ColumnId, NavigationKind, Reference, TableId, Target, ValueRef};
use crate::query::cookie::{Cookie, CookieKey};
use crate::query::plan::Expand;
use crate::store::{RowRef, Slot, TableData};

/// What an expanded property holds for one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expanded {
    /// Of a single-valued property: the row, if there is one.
    One(Option<(TableId, Slot)>),
    /// Of a collection: the rows, all of one table.
    Many(TableId, Vec<Slot>),
}

/// An expanded property, compiled once for all rows of a page.
pub struct PreparedExpand<'a> {
    context: Context<'a>,
    expand: &'a Expand,
    filter: Option<Filter<'a>>,
    /// Where no index leads to the related rows: which rows point to which, found in one pass for all rows of a page.
    pointing: OnceCell<HashMap<Uuid, Vec<Slot>>>,
}

/// Resolves an expanded property for one row of the table that has it.
pub fn expand(context: &Context<'_>, table: TableId, row: RowRef<'_>, expand: &Expand) -> Expanded {
    PreparedExpand::new(context, expand).of(table, row)
}

impl<'a> PreparedExpand<'a> {
    /// Compiles an expanded property.
    pub fn new(context: &Context<'a>, expand: &'a Expand) -> Self {
        let filter = expand.source.as_ref().map(|source| Filter::new(context, source));
        Self { context: *context, expand, filter, pointing: OnceCell::new() }
    }

    /// What it holds for one row of `table`.
    pub fn of(&self, table: TableId, row: RowRef<'_>) -> Expanded {
        match self.expand.navigation {
            NavigationKind::Lookup { column, target } => Expanded::One(self.single(row.get(column), target)),
            NavigationKind::Collection { table: related, column } => {
                let data = self.context.records.table(related);
                let id = row.id();
                if let Some(places) = data.lookup(column, ValueRef::Guid(id)) {
                    let here = Some(Reference::new(table, id));
                    let points_here =
                        |slot: &Slot| points_to(data, *slot, column).is_none_or(|to| Some(to) == here);
                    return self.many(related, places.filter(points_here));
                }
                let pointing = self.pointing.get_or_init(|| pointing(data, column, table));
                self.many(related, pointing.get(&id).into_iter().flatten().copied())
            }
            NavigationKind::ManyToMany { intersect, near, far, table: related } => {
                let joining = self.context.records.table(intersect);
                let data = self.context.records.table(related);
                let places = joining
                    .rows_with(near, ValueRef::Guid(row.id()))
                    .filter_map(|joint| data.find(joint.get(far).as_id()?));
                self.many(related, places)
            }
        }
    }

    /// Where the rows after the first page of a collection start; `None` where the page shows none. Such pages are in
    /// the order of the primary key, as no other can be asked for where they are made (queries.md A.10).
    pub fn next(&self, table: TableId, shown: &[Slot]) -> Option<Cookie> {
        let data = self.context.records.table(table);
        let definition = self.context.catalogue.table(table);
        let id = |slot: &Slot| data.row(*slot).map(|row| format!("{{{}}}", row.id()).to_uppercase().into());
        let (first, last) = (id(shown.first()?), id(shown.last()?));
        let name = definition.column(definition.primary_id).logical_name.clone();
        Some(Cookie { page: 2, keys: vec![CookieKey { name, first, last }] })
    }

    fn single(&self, value: ValueRef<'_>, target: Target) -> Option<(TableId, Slot)> {
        let pointed = value.as_lookup().map(|reference| reference.table);
        let table = match (target, pointed) {
            (Target::Table(table), Some(pointed)) if pointed != table => return None,
            (Target::Table(table), _) => table,
            (Target::Principal, pointed) => pointed?,
        };
        let data = self.context.records.table(table);
        let slot = data.find(value.as_id()?)?;
        let shown =
            self.filter.as_ref().is_none_or(|filter| data.row(slot).is_some_and(|row| filter.holds(row)));
        shown.then_some((table, slot))
    }

    fn many(&self, table: TableId, places: impl Iterator<Item = Slot>) -> Expanded {
        let (Some(source), Some(filter)) = (&self.expand.source, &self.filter) else {
            return Expanded::Many(table, Vec::new());
        };
        let most = self.expand.top as usize;
        Expanded::Many(table, sorted(&self.context, source, &self.expand.order, most, places, filter))
    }
}

/// The row that a lookup of the row at a place points to; none where the column holds a mere id.
fn points_to(data: &TableData, slot: Slot, column: ColumnId) -> Option<Reference> {
    data.row(slot).and_then(|row| row.get(column).as_lookup())
}

/// All rows by the row of `table` that a column of theirs points to.
fn pointing(data: &TableData, column: ColumnId, table: TableId) -> HashMap<Uuid, Vec<Slot>> {
    let mut by_id: HashMap<Uuid, Vec<Slot>> = HashMap::new();
    for (slot, row) in data.iter() {
        let value = row.get(column);
        let here = value.as_lookup().is_none_or(|to| to.table == table);
        if let Some(id) = value.as_id().filter(|_| here) {
            by_id.entry(id).or_default().push(slot);
        }
    }
    by_id
}
