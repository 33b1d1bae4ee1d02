//! Everything metadata can say about an input, checked in one place for every table.

use rust_decimal::Decimal;

use super::context::{Execution, Origin};
use super::crud;
use super::registry::Verb;
use crate::fault::{Fault, Result, RuleId, code};
use crate::model::{
    Column, ColumnId, ColumnType, LookupKind, RequiredLevel, Table, Value, ValueRef, collation,
};

/// Whether requests may write rows of the table at all, whoever asks. What rules and messages write is theirs to know.
pub(super) fn supported(execution: &Execution<'_, '_>, table: &Table) -> Result<()> {
    match &table.read_only {
        Some(instead) if !matches!(execution.origin, Origin::Consequence | Origin::Directory) => {
            Err(Fault::new(&code::SdkEntityDoesNotSupportMessage).hint(instead.to_string()))
        }
        _ => Ok(()),
    }
}

/// Checks each given value against its column, and drops those that the column does not take in this operation, as
/// the service does, with a note that says so.
pub(super) fn input(execution: &mut Execution<'_, '_>, table: &Table) -> Result<()> {
    if execution.caller.is_system {
        return Ok(());
    }
    let mut dropped: Vec<ColumnId> = Vec::new();
    for (id, value) in execution.asked.iter() {
        let column = table.column(id);
        let takes = match execution.verb {
            Verb::Create => column.valid_for_create || table.is_intersect,
            _ => column.valid_for_update,
        };
        if takes {
            check(execution, table, column, value)?;
        } else {
            dropped.push(id);
        }
    }
    if !dropped.is_empty() {
        let names: Vec<_> = dropped.iter().map(|id| &*table.column(*id).logical_name).collect();
        let note = format!("Ignored as the service does, since they are read-only: {}.", names.join(", "));
        for id in &dropped {
            execution.input.remove(*id);
            execution.asked.remove(*id);
        }
        execution.note(RuleId("read-only"), note);
    }
    Ok(())
}

fn check(execution: &Execution<'_, '_>, table: &Table, column: &Column, value: &Value) -> Result<()> {
    match (&column.kind, value) {
        (_, Value::Null) => not_null(execution, table, column),
        (ColumnType::String { max_length } | ColumnType::Memo { max_length }, Value::String(text)) => {
            length(table, column, text, *max_length)
        }
        (ColumnType::Integer { min, max }, Value::Int(number)) => {
            if number < min || number > max {
                return Err(Fault::with(
                    &code::NumberOutOfRange,
                    format!(
                        "A validation error occurred. The value {number} of '{}' on record of type '{}' is outside the valid range. Minimum Value: {min}, Maximum value: {max}",
                        column.logical_name, table.logical_name
                    ),
                ));
            }
            Ok(())
        }
        (ColumnType::Double { min, max, .. }, Value::Double(number)) => {
            if number < min || number > max {
                return Err(decimal_range(table, column, *number, "System.Double", (*min, *max)));
            }
            Ok(())
        }
        (ColumnType::Decimal { min, max, .. }, Value::Decimal(number)) => {
            decimal(table, column, *number, "System.Decimal", (*min, *max))
        }
        (ColumnType::Money { min, max, .. }, Value::Decimal(number)) => {
            decimal(table, column, *number, "Microsoft.Xrm.Sdk.Money", (*min, *max))
        }
        (
            ColumnType::Choice { options } | ColumnType::State { options } | ColumnType::Status { options },
            Value::Int(number),
        ) => {
            // A choice without options is one whose list no source printed; it takes any number.
            if options.is_empty() || column.option(*number).is_some() {
                Ok(())
            } else {
                Err(choice(table, column, *number))
            }
        }
        (ColumnType::Lookup { targets, kind }, Value::Lookup(reference)) => {
            let target = execution.world().catalogue().table(reference.table);
            let fits = targets.is_empty() && *kind == LookupKind::Simple
                || targets.iter().any(|name| **name == *target.logical_name);
            if !fits {
                return Err(Fault::with(
                    &code::InvalidArgument,
                    format!(
                        "The lookup '{}' of '{}' cannot point to a row of '{}'.",
                        column.logical_name, table.logical_name, target.logical_name
                    ),
                ));
            }
            if execution.world().records().table(reference.table).find(reference.id).is_none() {
                return Err(crud::does_not_exist(execution.world(), reference.table, reference.id));
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// A column that the system requires may be left out where something fills it, but not emptied.
fn not_null(execution: &Execution<'_, '_>, table: &Table, column: &Column) -> Result<()> {
    if execution.verb == Verb::Update && column.required == RequiredLevel::SystemRequired {
        return Err(required(table, column));
    }
    Ok(())
}

fn required(table: &Table, column: &Column) -> Fault {
    Fault::with(
        &code::RequiredFieldMissing,
        format!(
            "Required field missing. Attribute '{}' of entity '{}' is required.",
            column.logical_name, table.logical_name
        ),
    )
    .hint(format!("Give {} a value.", column.logical_name))
}

fn length(table: &Table, column: &Column, text: &str, max: usize) -> Result<()> {
    // A text of at most `max` bytes has at most `max` UTF-16 units; only longer ones need counting.
    if text.len() <= max || text.encode_utf16().count() <= max {
        return Ok(());
    }
    Err(Fault::with(
        &code::StringLengthTooLong,
        format!(
            "A validation error occurred.  The length of the '{}' attribute of the '{}' entity exceeded the maximum allowed length of '{max}'.",
            column.logical_name, table.logical_name
        ),
    ))
}

fn decimal(
    table: &Table,
    column: &Column,
    number: Decimal,
    clr: &str,
    range: (Decimal, Decimal),
) -> Result<()> {
    if number < range.0 || number > range.1 {
        return Err(decimal_range(table, column, number, clr, range));
    }
    Ok(())
}

fn decimal_range<T: std::fmt::Display + Copy>(
    table: &Table,
    column: &Column,
    number: T,
    clr: &str,
    range: (T, T),
) -> Fault {
    Fault::with(
        &code::DecimalOutOfRange,
        format!(
            "A validation error occurred for {}.{}. The value {number} of type {clr} is outside the valid range({} to {}).",
            table.logical_name, column.logical_name, range.0, range.1
        ),
    )
}

fn choice(table: &Table, column: &Column, number: i32) -> Fault {
    let accepted: Vec<_> = column.options().iter().map(|option| option.value.to_string()).collect();
    let fault = Fault::with(
        &code::PicklistValueOutOfRange,
        format!(
            "A validation error occurred. The value {number} of '{}' on record of type '{}' is outside the valid range. Accepted Values: {}",
            column.logical_name,
            table.logical_name,
            accepted.join(",")
        ),
    );
    if &*column.logical_name == "accessmode" { fault.rule(RuleId("U2")) } else { fault }
}

/// After the rules have filled in what they fill in: whether the row has what the system insists on.
pub(super) fn complete(execution: &Execution<'_, '_>, table: &Table) -> Result<()> {
    if execution.caller.is_system {
        return Ok(());
    }
    let Some(name) = table.primary_name else { return Ok(()) };
    let column = table.column(name);
    if column.required == RequiredLevel::SystemRequired
        && column.valid_for_create
        && execution.input.get(name).is_null()
    {
        return Err(required(table, column));
    }
    Ok(())
}

/// Whether another row has the same values in an alternate key. A key with a null is not enforced.
pub(super) fn keys(execution: &Execution<'_, '_>, table: &Table) -> Result<()> {
    for key in &table.alternate_keys {
        let touched = key.columns.iter().any(|column| execution.input.mentions(*column).is_some());
        let values: Vec<&Value> = key.columns.iter().map(|column| execution.value(*column)).collect();
        if !touched || values.iter().any(|value| value.is_null()) {
            continue;
        }
        let rows = execution.world().records().table(table.id);
        let taken = rows.rows_where(key.columns[0], values[0]).any(|row| {
            row.id() != execution.id
                && key
                    .columns
                    .iter()
                    .zip(&values)
                    .all(|(column, value)| same(row.get(*column), value.as_ref()))
        });
        if taken {
            let columns: Vec<_> = key.columns.iter().map(|id| &*table.column(*id).display_name).collect();
            return Err(Fault::with(
                &code::DuplicateEntityKey,
                format!(
                    "Entity Key {} violated. A record with the same value for {} already exists. A duplicate record cannot be created. Select one or more unique values and try again.",
                    key.display_name,
                    columns.join(", ")
                ),
            ));
        }
    }
    Ok(())
}

/// Whether two values are the same to the organization.
pub(super) fn same(left: ValueRef<'_>, right: ValueRef<'_>) -> bool {
    match (left, right) {
        (ValueRef::String(a), ValueRef::String(b)) => collation::equal(a, b),
        (ValueRef::Lookup(_) | ValueRef::Guid(_), ValueRef::Lookup(_) | ValueRef::Guid(_)) => {
            left.as_id() == right.as_id()
        }
        _ => left == right,
    }
}
