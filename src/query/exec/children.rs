//! The children of a row in its table's hierarchy. Source: queries.md B.7 (`rowaggregate`), A.9.

use uuid::Uuid;

use super::Context;
use crate::model::{TableId, ValueRef};

/// How many rows stand directly below one in the hierarchy of its table; none where the table has no hierarchy.
/// Who may read them does not matter. Source: queries.md B.7.
pub fn children(context: &Context<'_>, table: TableId, id: Uuid) -> u32 {
    let Some(column) = context.catalogue.table(table).hierarchy else { return 0 };
    let points_here = |value: ValueRef<'_>| value.as_lookup().is_none_or(|to| to.table == table);
    let rows = context.records.table(table).rows_with(column, ValueRef::Guid(id));
    rows.filter(|row| points_here(row.get(column))).count() as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::testing::Sample;

    #[test]
    fn only_direct_children_count() {
        let sample = Sample::new();
        let context = sample.context();
        for (table, key, expected) in [
            ("systemuser", "anna", 3),
            ("systemuser", "bob", 1),
            ("systemuser", "emil", 0),
            ("contact", "yvonne", 0),
            ("role", "admin", 0),
        ] {
            assert_eq!(children(&context, sample.table(table), sample.id(key)), expected, "{key}");
        }
    }
}
