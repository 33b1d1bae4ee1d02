//! What the end of a row means for the rows that point to it.

use super::context::{Execution, Origin};
use super::shares::{self, inherit};
use crate::fault::{Fault, Result, code};
use crate::model::{
    CascadeType, Catalogue, ColumnId, NavigationKind, Record, Reference, RequiredLevel, Table, TableId,
    Value, ValueRef,
};

/// Removes a row, the shares that speak of it, and what only joined it to others. Of the rows that point to it each
/// relationship says whether they go with it, hold it back, or lose their lookup.
///
/// `Assumed:` where the documents print no cascade configuration a relationship is referential, *Remove Link*, except
/// that a lookup the system requires restricts the delete. Rows that go with another go on behalf of the caller.
pub(super) fn remove(execution: &mut Execution<'_, '_>, table: &Table) -> Result<()> {
    let id = execution.id;
    let gone = Reference::new(table.id, id);
    let catalogue = execution.catalogue;
    for way in referencing(catalogue, table) {
        let pointing: Vec<_> = inherit::pointing(execution.world(), way.table, way.column, gone)
            .filter(|row| *row != gone)
            .collect();
        for row in pointing {
            match way.delete {
                CascadeType::Restrict => return Err(restricted(catalogue, way)),
                // A row that points to it twice is gone the second time.
                CascadeType::Cascade | CascadeType::Active | CascadeType::UserOwned => {
                    if execution.world().records().table(row.table).find(row.id).is_some() {
                        let caller = execution.caller;
                        execution.session.delete_row(caller, Origin::Consequence, row.table, row.id)?;
                    }
                }
                CascadeType::RemoveLink => {
                    let record: Record = [(way.column, Value::Null)].into_iter().collect();
                    execution.update(row.table, row.id, record)?;
                }
                CascadeType::NoCascade => {}
            }
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
    if !table.is_intersect {
        shares::forget(execution.session.transaction(), gone);
    }
    execution.session.transaction().remove(table.id, id);
    Ok(())
}

/// One way in which rows point to a row of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Way {
    table: TableId,
    column: ColumnId,
    delete: CascadeType,
}

fn restricted(catalogue: &Catalogue, way: Way) -> Fault {
    let table = catalogue.table(way.table);
    Fault::new(&code::CannotDeleteDueToAssociation).hint(format!(
        "Rows of {} point to it by {}, which restricts the delete; delete those rows, or let them point elsewhere.",
        table.logical_name,
        table.column(way.column).logical_name,
    ))
}

fn referencing(catalogue: &Catalogue, table: &Table) -> Vec<Way> {
    let mut found: Vec<Way> = table
        .navigations
        .iter()
        .filter_map(|navigation| match navigation.kind {
            NavigationKind::Collection { table, column } => {
                let column = catalogue.table(table).column(column);
                let required = column.required == RequiredLevel::SystemRequired;
                let delete = match navigation.cascade.delete {
                    CascadeType::RemoveLink if required => CascadeType::Restrict,
                    delete => delete,
                };
                // What is not indexed (`createdby` and its like) points to users, which are not deleted this way; what
                // restricts is looked for nevertheless.
                let asked = column.indexed || navigation.cascade.delete == CascadeType::Restrict;
                asked.then_some(Way { table, column: column.id, delete })
            }
            _ => None,
        })
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
