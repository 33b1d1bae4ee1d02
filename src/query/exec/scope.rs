//! The rows of one scope: a row of its table, and the rows joined to it.

use crate::model::{Catalogue, ColumnId, TableId, ValueRef};
use crate::query::exec::Context;
use crate::query::plan::{Alias, ColRef, Join, Source};
use crate::store::{Records, RowRef, TableData};

/// Where the values of a scope are read.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) records: &'a Records,
    pub(super) table: TableId,
    joins: &'a [Join],
}

impl<'a> Rows<'a> {
    pub(super) fn new(context: &Context<'a>, source: &'a Source) -> Self {
        Self {
            catalogue: context.catalogue,
            records: context.records,
            table: source.table,
            joins: &source.joins,
        }
    }

    /// The rows of the scope's own table.
    pub(super) fn root(&self) -> &'a TableData {
        self.records.table(self.table)
    }

    /// A value of a row of the scope's table, or of one joined to it; null where nothing is joined.
    #[inline]
    pub(super) fn value(&self, root: RowRef<'a>, column: ColRef) -> ValueRef<'a> {
        if column.alias == Alias::ROOT {
            return root.get(column.column);
        }
        self.joined(root, column.alias).map_or(ValueRef::Null, |row| row.get(column.column))
    }

    /// The row that goes by an alias.
    pub(super) fn joined(&self, root: RowRef<'a>, alias: Alias) -> Option<RowRef<'a>> {
        if alias == Alias::ROOT {
            return Some(root);
        }
        let join = self.joins[usize::from(alias.0) - 1];
        let parent = self.joined(root, join.parent)?;
        let data = self.records.table(join.table);
        match parent.get(join.to) {
            ValueRef::Null => None,
            ValueRef::Lookup(reference) if reference.table != join.table => None,
            value if join.from == self.primary(join.table) => data.get(value.as_id()?),
            value => data.rows_with(join.from, value).next(),
        }
    }

    /// The table and column that an alias and column stand for.
    pub(super) fn table_of(&self, alias: Alias) -> TableId {
        match alias.0 {
            0 => self.table,
            n => self.joins[usize::from(n) - 1].table,
        }
    }

    fn primary(&self, table: TableId) -> ColumnId {
        self.catalogue.table(table).primary_id
    }
}
