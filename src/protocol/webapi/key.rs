//! Keys: what stands between the parentheses of `accounts(…)`.

use crate::fault::Result;
use crate::model::{Catalogue, Column, ColumnType, Reference, Table, Value};
use crate::query::lang::odata::{KeyText, parse_key};
use crate::service::Key;

/// Reads a key of a table.
///
/// # Errors
///
/// `CrmHttpError` where the text is no key, or no key of this table.
pub(super) fn parse(catalogue: &Catalogue, table: &Table, text: &str) -> Result<Key> {
    Ok(match parse_key(catalogue, table.id, text)? {
        KeyText::Id(id) => Key::Id(id),
        KeyText::Named(values) => Key::Alternate(
            values
                .into_iter()
                .map(|(column, value)| (column, stored(catalogue, table.column(column), value)))
                .collect(),
        ),
    })
}

/// A key's value as a row holds it, for the row that an upsert creates: an id of a lookup points to a row of the
/// lookup's first table. `Assumed:` of a lookup to several tables the address says no more.
fn stored(catalogue: &Catalogue, column: &Column, value: Value) -> Value {
    match (&column.kind, value) {
        (ColumnType::Lookup { targets, .. }, Value::Guid(id)) => {
            let table = targets.iter().find_map(|name| catalogue.table_named(name));
            table.map_or(Value::Guid(id), |table| Value::Lookup(Reference::new(table.id, id)))
        }
        (_, value) => value,
    }
}
