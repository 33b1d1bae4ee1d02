//! Rows with columns under names of the query's own, rows of joined tables, and groups of rows, as JSON.
//!
//! Nothing here knows in which language was asked: the plan says what it names and what it groups.

use std::borrow::Cow;

use super::super::encode::{self, Annotations, Output, RowWriter, Shown};
use super::{Reader, shape};
use crate::fault::Result;
use crate::model::{Column, ColumnId, Table, Value, ValueRef};
use crate::query::plan::{Aggregate, Alias, ColRef, Columns, Group, Query};
use crate::query::{self, Context, Found};
use crate::service::access::Hidden;
use crate::service::{RowRef, Slot};
use crate::world::World;

/// Writes what a plan finds, one object after another.
pub(super) struct Outputs<'q> {
    world: &'q World,
    context: Context<'q>,
    query: &'q Query,
    /// Under which names rows tell how many rows are directly below them.
    children: &'q [Box<str>],
    annotations: Annotations,
    /// Columns that the caller may not read.
    hidden: Hidden,
    /// Whether the control information of `OData` is left out.
    bare: bool,
}

impl<'q> Outputs<'q> {
    /// # Errors
    ///
    /// `UserNotMemberOfOrg` where the caller has no row.
    pub(super) fn new(reader: Reader<'q>, query: &'q Query) -> Result<Self> {
        let head = &reader.ask.head;
        Ok(Self {
            world: reader.world,
            context: reader.context(),
            query,
            children: &[],
            annotations: reader.annotations(),
            hidden: reader.hidden()?,
            bare: head.bare,
        })
    }

    /// With names under which each row tells how many rows are directly below it in its table's hierarchy.
    pub(super) fn with_children(mut self, names: &'q [Box<str>]) -> Self {
        self.children = names;
        self
    }

    /// Appends the name of the set that the rows are of.
    pub(super) fn push_set(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.table(Alias::ROOT).entity_set_name.as_bytes());
    }

    /// Appends the elements of the array.
    pub(super) fn write(&self, out: &mut Vec<u8>, found: &Found) {
        match found {
            Found::Rows(rows) => self.rows(out, rows.iter().map(|slot| [Some(*slot)])),
            Found::Joined(rows) => self.rows(out, rows.iter()),
            Found::Groups(groups) => self.groups(out, groups),
        }
    }

    /// What rows show of the root's columns. Of rows that are all different nothing is shown unasked.
    fn shown(&self) -> Shown {
        match &self.query.columns {
            Columns::Some(columns) if self.query.distinct => Shown::Some(columns.clone()),
            columns => shape::shown(self.table(Alias::ROOT), columns, &[]),
        }
    }

    fn rows(&self, out: &mut Vec<u8>, rows: impl Iterator<Item = impl AsRef<[Option<Slot>]>>) {
        let root = self.table(Alias::ROOT).id;
        let writer = RowWriter::new(self.world, root, Cow::Owned(self.shown()), self.annotations.clone())
            .without_nulls()
            .hiding(self.hidden.of(root));
        let outputs: Vec<(ColRef, Output<'_>)> = self
            .query
            .named
            .iter()
            .map(|named| {
                let column = Some(self.column(named.column));
                (named.column, Output { name: &named.name, column, is_value: true })
            })
            .collect();
        let mut first = true;
        for places in rows {
            let places = places.as_ref();
            let Some(row) = self.row(places, Alias::ROOT) else { continue };
            if !std::mem::take(&mut first) {
                out.push(b',');
            }
            let start = encode::open(out);
            if !self.bare && !self.query.distinct {
                encode::etag(out, row);
            }
            writer.properties(out, row);
            for (column, output) in &outputs {
                if let Some(row) = self.row(places, column.alias) {
                    output.write(out, self.world, &self.annotations, Some(row), row.get(column.column));
                }
            }
            self.children(out, row);
            encode::close(out, start);
        }
    }

    fn children(&self, out: &mut Vec<u8>, row: RowRef<'_>) {
        let table = self.table(Alias::ROOT);
        for name in self.children {
            let column = Some((table, table.column(table.primary_id)));
            let is_cut = table.hierarchy.is_some_and(|above| self.hidden.contains(table.id, above));
            let number = if is_cut { 0 } else { query::children(&self.context, table.id, row.id()) };
            let output = Output { name, column, is_value: false };
            output.write(out, self.world, &self.annotations, None, ValueRef::Long(number.into()));
        }
    }

    /// Groups have neither key nor version. Source: queries.md B.7.
    fn groups(&self, out: &mut Vec<u8>, groups: &[Box<[Value]>]) {
        let Some(group) = &self.query.group else { return };
        let outputs = self.outputs_of(group);
        for (index, values) in groups.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            let start = encode::open(out);
            for (output, value) in outputs.iter().zip(values) {
                output.write(out, self.world, &self.annotations, None, value.as_ref());
            }
            encode::close(out, start);
        }
    }

    /// Keys first, then measures, as the plan finds them.
    fn outputs_of(&self, group: &'q Group) -> Vec<Output<'q>> {
        let keys = group.keys.iter().map(|key| Output {
            name: &key.name,
            column: Some(self.column(key.column)),
            is_value: key.part.is_none(),
        });
        let measures = group.measures.iter().map(|measure| Output {
            name: &measure.name,
            column: measure.column.map(|column| self.column(column)),
            is_value: !matches!(
                measure.function,
                Aggregate::Count | Aggregate::CountColumn | Aggregate::CountDistinct
            ),
        });
        keys.chain(measures).collect()
    }

    /// Appends what the context says of rows: the columns that some row shows, in the order in which they appear, each
    /// lookup followed by the property that leads to its row, and those properties once more at the end.
    ///
    /// Source: web-api.md 4.6; Microsoft's sample of two pages names the columns in another order on the second, whose
    /// first rows lack one. `Assumed:` names the query gives are left out, as the type does not declare them.
    pub(super) fn push_names(&self, out: &mut Vec<u8>, found: &Found) {
        let table = self.table(Alias::ROOT);
        let shown = match self.shown() {
            Shown::Some(columns) => Some(columns),
            Shown::All => None,
        };
        let hidden = self.hidden.of(table.id);
        let mut seen = vec![false; table.columns.len()];
        let mut names: Vec<&str> = Vec::new();
        let mut navigations: Vec<&str> = Vec::new();
        let mut see = |column: ColumnId, value: ValueRef<'_>| {
            if value.is_null() || !table.column(column).is_property() || hidden.contains(&column) {
                return;
            }
            if !std::mem::replace(&mut seen[column.index()], true) {
                names.push(&table.column(column).property);
            }
            if let ValueRef::Lookup(reference) = value
                && let Some(navigation) = table.lookup_navigation(column, reference.table)
                && !navigations.contains(&&*navigation.name)
            {
                names.push(&navigation.name);
                navigations.push(&navigation.name);
            }
        };
        for row in self.roots(found) {
            match &shown {
                Some(columns) => columns.iter().for_each(|column| see(*column, row.get(*column))),
                None => row.iter().for_each(|(column, value)| see(column, value)),
            }
        }
        if names.is_empty() {
            return;
        }
        for (index, name) in names.iter().enumerate() {
            out.push(if index > 0 { b',' } else { b'(' });
            out.extend_from_slice(name.as_bytes());
        }
        for navigation in navigations {
            for part in [",", navigation, "()"] {
                out.extend_from_slice(part.as_bytes());
            }
        }
        out.push(b')');
    }

    /// The root's rows.
    fn roots<'f>(&self, found: &'f Found) -> impl Iterator<Item = RowRef<'q>> + use<'q, 'f> {
        let data = self.world.records().table(self.query.source.table);
        let places: Box<dyn Iterator<Item = Slot> + 'f> = match found {
            Found::Rows(rows) => Box::new(rows.iter().copied()),
            Found::Joined(rows) => {
                Box::new(rows.iter().filter_map(|places| places.first().copied().flatten()))
            }
            Found::Groups(_) => Box::new(std::iter::empty()),
        };
        places.filter_map(move |slot| data.row(slot))
    }

    /// The row of one table among joined ones; none where an outer join found nothing.
    fn row(&self, places: &[Option<Slot>], alias: Alias) -> Option<RowRef<'q>> {
        let slot = (*places.get(usize::from(alias.0))?)?;
        self.world.records().table(self.table(alias).id).row(slot)
    }

    fn column(&self, column: ColRef) -> (&'q Table, &'q Column) {
        let table = self.table(column.alias);
        (table, table.column(column.column))
    }

    fn table(&self, alias: Alias) -> &'q Table {
        self.world.catalogue().table(self.query.source.table_of(alias))
    }
}
