//! Values as a document writes them, read as their columns want them.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::model::{Catalogue, Column, ColumnType, DateBehavior, LookupKind, Reference, Value};
use crate::scenario::base64;

/// What a date column's day counts from.
pub(super) const EPOCH: Date = jiff::civil::date(1970, 1, 1);

/// Reads a column's value, or says what was expected of it.
pub(super) fn value(catalogue: &Catalogue, column: &Column, raw: &RawValue) -> Result<Value, String> {
    let text = raw.get();
    if text == "null" {
        return Ok(Value::Null);
    }
    match &column.kind {
        ColumnType::Boolean { .. } | ColumnType::ManagedProperty => match text {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err(expected("true or false", text)),
        },
        ColumnType::Integer { min, max } => {
            let number = whole(text)?;
            if number < *min || number > *max {
                return Err(format!("{number} is not from {min} to {max}"));
            }
            Ok(Value::Int(number))
        }
        ColumnType::Choice { .. } | ColumnType::State { .. } | ColumnType::Status { .. } => {
            let number = whole(text)?;
            option(column, number)?;
            Ok(Value::Int(number))
        }
        ColumnType::BigInt => text.parse().map(Value::Long).map_err(|_| expected("a whole number", text)),
        ColumnType::Double { .. } => {
            let number: f64 = text.parse().map_err(|_| expected("a number", text))?;
            if number.is_finite() {
                Ok(Value::Double(number))
            } else {
                Err(expected("a finite number", text))
            }
        }
        ColumnType::Decimal { min, max, .. } | ColumnType::Money { min, max, .. } => {
            decimal(text, *min, *max)
        }
        ColumnType::String { max_length } | ColumnType::Memo { max_length } => {
            let value = string(text)?;
            let length = value.encode_utf16().count();
            if length > *max_length {
                return Err(format!("the text has {length} characters, at most {max_length} fit"));
            }
            Ok(Value::from(&*value))
        }
        ColumnType::EntityName => Ok(Value::from(&*string(text)?)),
        ColumnType::Choices { .. } => choices(column, &string(text)?),
        ColumnType::Uniqueidentifier | ColumnType::File => guid(text).map(Value::Guid),
        ColumnType::DateTime { behavior: DateBehavior::UserLocal } => {
            let value = string(text)?;
            let instant: Timestamp =
                value.parse().map_err(|_| expected("an instant such as \"2026-01-01T08:00:00Z\"", text))?;
            Ok(Value::DateTime(instant.as_second()))
        }
        ColumnType::DateTime { behavior: DateBehavior::DateOnly } => {
            let value = string(text)?;
            let date: Date = value.parse().map_err(|_| expected("a date such as \"2026-01-01\"", text))?;
            let days = date.since(EPOCH).map_err(|why| why.to_string())?.get_days();
            Ok(Value::Date(days))
        }
        ColumnType::Lookup { targets, kind } => lookup(catalogue, targets, *kind, text),
        ColumnType::Image => base64::decode(&string(text)?)
            .map(|bytes| Value::Binary(bytes.into()))
            .ok_or_else(|| "the text is not base64".to_owned()),
        ColumnType::Virtual => Err("the column has no value of its own".to_owned()),
    }
}

fn expected(what: &str, text: &str) -> String {
    let shown: String = text.chars().take(60).collect();
    format!("expected {what}, found {shown}")
}

pub(super) fn string(text: &str) -> Result<Cow<'_, str>, String> {
    #[derive(Deserialize)]
    #[serde(transparent)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    serde_json::from_str::<Text<'_>>(text).map(|text| text.0).map_err(|_| expected("a string", text))
}

pub(super) fn guid(text: &str) -> Result<Uuid, String> {
    let value = string(text)?;
    // Only the form that is written: others would not come out as they went in.
    let id = Uuid::try_parse(&value).ok().filter(|_| value.len() == 36);
    id.ok_or_else(|| expected("an id such as \"00000008-0000-4000-8000-000000000005\"", text))
}

fn whole(text: &str) -> Result<i32, String> {
    text.parse().map_err(|_| expected("a whole number", text))
}

fn option(column: &Column, number: i32) -> Result<(), String> {
    // A choice without options is one whose list no source printed; it takes any number.
    if column.options().is_empty() || column.option(number).is_some() {
        return Ok(());
    }
    let options: Vec<_> = column.options().iter().map(|option| option.value.to_string()).collect();
    Err(format!("{number} is none of the options {}", options.join(", ")))
}

fn choices(column: &Column, text: &str) -> Result<Value, String> {
    let mut last = None;
    for number in text.split(',') {
        let number: i32 = number.parse().map_err(|_| format!("'{text}' is not numbers such as 1,3"))?;
        option(column, number)?;
        if last.is_some_and(|last| last >= number) {
            return Err(format!("the numbers of '{text}' do not ascend"));
        }
        last = Some(number);
    }
    Ok(Value::from(text))
}

fn decimal(text: &str, min: Decimal, max: Decimal) -> Result<Value, String> {
    let digits = if text.starts_with('"') { string(text)? } else { Cow::Borrowed(text) };
    let number = Decimal::from_str_exact(&digits).or_else(|_| Decimal::from_scientific(&digits));
    let number = number.map_err(|_| expected("a decimal number such as \"12.50\"", text))?;
    if number < min || number > max {
        return Err(format!("{number} is not from {min} to {max}"));
    }
    Ok(Value::Decimal(number))
}

fn lookup(
    catalogue: &Catalogue,
    targets: &[Box<str>],
    kind: LookupKind,
    text: &str,
) -> Result<Value, String> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Pointer<'a> {
        #[serde(borrow)]
        table: Cow<'a, str>,
        id: Uuid,
    }
    if text.starts_with('"') {
        let id = guid(text)?;
        let [target] = targets else {
            return Err("the column can point to several tables; write {\"table\":…,\"id\":…}".to_owned());
        };
        let table = catalogue.table_named(target);
        let table = table.ok_or_else(|| format!("it points to the table {target}, which there is not"))?;
        return Ok(Reference::new(table.id, id).into());
    }
    let pointer: Pointer<'_> =
        serde_json::from_str(text).map_err(|_| expected("an id or {\"table\":…,\"id\":…}", text))?;
    let table = catalogue
        .table_named(&pointer.table)
        .ok_or_else(|| format!("there is no table '{}'", pointer.table))?;
    let fits = targets.is_empty() && kind == LookupKind::Simple
        || targets.iter().any(|target| **target == *table.logical_name);
    if !fits {
        return Err(format!(
            "the column cannot point to the table {}, only to {}",
            pointer.table,
            targets.join(", ")
        ));
    }
    Ok(Reference::new(table.id, pointer.id).into())
}
