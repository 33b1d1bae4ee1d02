//! Keys: what stands between the parentheses of `accounts(...)`. Source: web-api.md 1.3.

use uuid::Uuid;

use super::syntax::{Argument, Expr};
use super::{lower, parse, refuse};
use crate::fault::Result;
use crate::model::{Catalogue, Column, ColumnId, Property, Table, TableId, Value};

/// The row that a key names.
#[derive(Debug, Clone, PartialEq)]
pub enum KeyText {
    /// By its primary key.
    Id(Uuid),
    /// By the columns of an alternate key, in the order the key declares.
    Named(Vec<(ColumnId, Value)>),
}

/// Reads a key: an unquoted GUID, or `name='x',b=5` for a primary or an alternate key.
///
/// Users and teams are not found by the name of their primary key, as their type inherits its key `ownerid`.
///
/// # Errors
///
/// `CrmHttpError` where the text is no key, or no key of this table.
pub fn parse_key(catalogue: &Catalogue, table: TableId, text: &str) -> Result<KeyText> {
    let table = catalogue.table(table);
    if let Some(id) = parse::parse_guid(text.trim()) {
        return Ok(KeyText::Id(id));
    }
    let args = parse::arguments(text).map_err(|_| refuse::bad_key())?;
    if args.is_empty() || args.iter().any(|arg| arg.name.is_none()) {
        return Err(refuse::bad_key());
    }
    if let [Argument { name: Some(name), value }] = args.as_slice()
        && is_primary(table, name)
    {
        return match coerced(value, table.column(table.primary_id))? {
            Value::Guid(id) => Ok(KeyText::Id(id)),
            _ => Err(refuse::bad_key()),
        };
    }
    named(table, &args)
}

fn is_primary(table: &Table, name: &str) -> bool {
    if table.is_principal() {
        name == "ownerid"
    } else {
        *name == *table.column(table.primary_id).logical_name
    }
}

fn named(table: &Table, args: &[Argument]) -> Result<KeyText> {
    let unknown = || refuse::unknown_key(&table.logical_name);
    let mut values: Vec<(ColumnId, Value)> = Vec::with_capacity(args.len());
    for Argument { name, value } in args {
        let name = name.as_deref().ok_or_else(refuse::bad_key)?;
        let Some(Property::Column(id)) = table.property(name) else { return Err(unknown()) };
        if values.iter().any(|(known, _)| *known == id) {
            return Err(unknown());
        }
        values.push((id, coerced(value, table.column(id))?));
    }
    let key = table
        .alternate_keys
        .iter()
        .find(|key| {
            key.columns.len() == values.len()
                && key.columns.iter().all(|of| values.iter().any(|(known, _)| known == of))
        })
        .ok_or_else(unknown)?;
    values.sort_by_key(|(id, _)| key.columns.iter().position(|of| of == id));
    Ok(KeyText::Named(values))
}

fn coerced(value: &Expr, column: &Column) -> Result<Value> {
    let Expr::Literal(literal) = value else { return Err(refuse::bad_key()) };
    lower::coerce(literal, column).ok_or_else(refuse::bad_key)
}
