//! The rows above and below a row in its table's hierarchy. Source: queries.md A.9.

use std::collections::HashSet;

use uuid::Uuid;

use super::Context;
use super::assumed::{MOST_LEVELS, NOT_UNDER_LEAVES_OUT_THE_ROW};
use crate::hierarchy::below;
use crate::model::{ColumnId, TableId};
use crate::query::plan::Operator;
use crate::store::TableData;

/// The ids a hierarchical operator tests for: those that pass it, or that fail it where it is negative.
pub(super) fn ids(
    context: &Context<'_>,
    table: TableId,
    column: ColumnId,
    operator: Operator,
    row: Uuid,
) -> HashSet<Uuid> {
    let Some((table, parent)) = context.catalogue.hierarchy_of(table, column) else { return HashSet::new() };
    let data = context.records.table(table);
    let mut ids = match operator {
        Operator::Above | Operator::AboveOrEqual => above(data, parent, row),
        _ => below(data, parent, [row], MOST_LEVELS),
    };
    let itself = match operator {
        Operator::AboveOrEqual | Operator::UnderOrEqual => true,
        Operator::NotUnder => NOT_UNDER_LEAVES_OUT_THE_ROW,
        _ => false,
    };
    if itself {
        ids.insert(row);
    } else {
        // A loop cannot be made, but a loaded document may hold one: nobody is above itself.
        ids.remove(&row);
    }
    ids
}

fn above(data: &TableData, parent: ColumnId, row: Uuid) -> HashSet<Uuid> {
    let mut found = HashSet::new();
    let mut at = row;
    for _ in 0..MOST_LEVELS {
        match data.get(at).and_then(|row| row.get(parent).as_id()) {
            Some(next) if found.insert(next) => at = next,
            _ => break,
        }
    }
    found
}
