//! Related rows that come along.

use super::filter::Filter;
use super::{Context, sorted};
use crate::model::{NavigationKind, TableId, Target, ValueRef};
use crate::query::plan::Expand;
use crate::store::{RowRef, Slot};

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
}

/// Resolves an expanded property for one row of the table that has it.
pub fn expand(context: &Context<'_>, table: TableId, row: RowRef<'_>, expand: &Expand) -> Expanded {
    PreparedExpand::new(context, expand).of(table, row)
}

impl<'a> PreparedExpand<'a> {
    /// Compiles an expanded property.
    pub fn new(context: &Context<'a>, expand: &'a Expand) -> Self {
        let filter = expand.source.as_ref().map(|source| Filter::new(context, source));
        Self { context: *context, expand, filter }
    }

    /// What it holds for one row of `table`.
    pub fn of(&self, table: TableId, row: RowRef<'_>) -> Expanded {
        match self.expand.navigation {
            NavigationKind::Lookup { column, target } => Expanded::One(self.single(row.get(column), target)),
            NavigationKind::Collection { table: related, column } => {
                let data = self.context.records.table(related);
                let points_here = |slot: &Slot| {
                    let value = data.row(*slot).map(|row| row.get(column));
                    value.and_then(|value| value.as_lookup()).is_none_or(|to| to.table == table)
                };
                let id = ValueRef::Guid(row.id());
                if let Some(places) = data.lookup(column, id) {
                    return self.many(related, places.filter(points_here));
                }
                let points = |value: ValueRef<'_>| value.as_id() == id.as_id();
                let all = data.iter().filter(|(_, row)| points(row.get(column)));
                self.many(related, all.map(|(slot, _)| slot).filter(points_here))
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
