//! What the end of a row means for the rows that point to it.

use super::context::Execution;
use crate::fault::{Fault, Result, code};
use crate::model::{
    Catalogue, ColumnId, NavigationKind, Record, RequiredLevel, Table, TableId, Value, ValueRef,
};

/// Removes a row and what only joined it to others; empties lookups that pointed to it.
///
/// `Assumed:` the fixtures print no cascade configuration, so every relationship behaves as the platform's default
/// for referential relationships, *Remove Link*, except that a lookup the system requires restricts the delete.
pub(super) fn remove(execution: &mut Execution<'_, '_>, table: &Table) -> Result<()> {
    let id = execution.id;
    let catalogue = std::sync::Arc::clone(execution.world().catalogue());
    for (referencing, column) in referencing(&catalogue, table) {
        let pointing: Vec<_> = execution
            .world()
            .records()
            .table(referencing)
            .rows_with(column, ValueRef::Guid(id))
            .map(|row| row.id())
            .filter(|row| !(referencing == table.id && *row == id))
            .collect();
        if pointing.is_empty() {
            continue;
        }
        if catalogue.table(referencing).column(column).required == RequiredLevel::SystemRequired {
            return Err(Fault::new(&code::CannotDeleteDueToAssociation));
        }
        for row in pointing {
            let record: Record = [(column, Value::Null)].into_iter().collect();
            execution.update(referencing, row, record)?;
        }
    }
    for (intersect, near) in joining(table) {
        let joined: Vec<_> = execution
            .world()
            .records()
            .table(intersect)
            .rows_with(near, ValueRef::Guid(id))
            .map(|row| row.id())
            .collect();
        for row in joined {
            execution.delete(intersect, row)?;
        }
    }
    execution.session.transaction().remove(table.id, id);
    Ok(())
}

fn referencing(catalogue: &Catalogue, table: &Table) -> Vec<(TableId, ColumnId)> {
    let mut found: Vec<(TableId, ColumnId)> = table
        .navigations
        .iter()
        .filter_map(|navigation| match navigation.kind {
            NavigationKind::Collection { table, column } => Some((table, column)),
            _ => None,
        })
        // What is not indexed (`createdby` and its like) points to users, which are not deleted this way.
        .filter(|(table, column)| catalogue.table(*table).column(*column).indexed)
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn joining(table: &Table) -> Vec<(TableId, ColumnId)> {
    table
        .navigations
        .iter()
        .filter_map(|navigation| match navigation.kind {
            NavigationKind::ManyToMany { intersect, near, .. } => Some((intersect, near)),
            _ => None,
        })
        .collect()
}
