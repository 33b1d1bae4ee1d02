//! Literals to values of the columns they meet.

use std::borrow::Cow;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::super::parse::parse_guid;
use super::super::refuse;
use super::super::syntax::Literal;
use crate::fault::Result;
use crate::model::{Column, ColumnType, DateBehavior, Value};
use crate::query::lang::condition::choices;
use crate::query::lang::date_of;

const DAY_SECONDS: i64 = 86_400;

/// The value of a literal for a column, or `None` where their types do not go together.
///
/// Numbers keep their own precision: a comparison of a whole-number column with 1.5 is allowed and never equal.
pub fn coerce(literal: &Literal, column: &Column) -> Option<Value> {
    Some(match (&column.kind, literal) {
        (_, Literal::Null) => Value::Null,
        (ColumnType::Boolean { .. } | ColumnType::ManagedProperty, Literal::Bool(flag)) => Value::Bool(*flag),
        (kind, Literal::Int(_) | Literal::Decimal(_) | Literal::Double(_)) if is_number(kind) => {
            number(literal)
        }
        (ColumnType::Choices { .. }, Literal::String(text)) => {
            choices(text).map_or_else(|| Value::from(&**text), Value::from)
        }
        (
            ColumnType::String { .. } | ColumnType::Memo { .. } | ColumnType::EntityName,
            Literal::String(text),
        ) => Value::from(&**text),
        (ColumnType::Uniqueidentifier | ColumnType::Lookup { .. } | ColumnType::File, Literal::Guid(id)) => {
            Value::Guid(*id)
        }
        // Microsoft's own page quotes an id (queries.md A.3).
        (ColumnType::Uniqueidentifier | ColumnType::Lookup { .. }, Literal::String(text)) => {
            Value::Guid(parse_guid(text)?)
        }
        (ColumnType::DateTime { behavior: DateBehavior::DateOnly }, Literal::Date(day)) => Value::Date(*day),
        (ColumnType::DateTime { behavior: DateBehavior::UserLocal }, Literal::DateTime(second)) => {
            Value::DateTime(*second)
        }
        (ColumnType::DateTime { behavior: DateBehavior::UserLocal }, Literal::Date(day)) => {
            Value::DateTime(i64::from(*day) * DAY_SECONDS)
        }
        _ => return None,
    })
}

fn is_number(kind: &ColumnType) -> bool {
    matches!(
        kind,
        ColumnType::Integer { .. }
            | ColumnType::BigInt
            | ColumnType::Decimal { .. }
            | ColumnType::Double { .. }
            | ColumnType::Money { .. }
            | ColumnType::Choice { .. }
            | ColumnType::State { .. }
            | ColumnType::Status { .. }
    )
}

fn number(literal: &Literal) -> Value {
    match literal {
        Literal::Int(number) => i32::try_from(*number).map_or(Value::Long(*number), Value::Int),
        Literal::Decimal(number) => Value::Decimal(*number),
        Literal::Double(number) => Value::Double(*number),
        _ => Value::Null,
    }
}

/// The type of a literal as the service's messages name it: the narrowest that holds it.
pub(super) fn literal_type(literal: &Literal) -> &str {
    match literal {
        Literal::Null => "Edm.Null",
        Literal::Bool(_) => "Edm.Boolean",
        Literal::Int(number) if i32::try_from(*number).is_ok() => "Edm.Int32",
        Literal::Int(_) => "Edm.Int64",
        Literal::Decimal(number) => fraction_type(number),
        Literal::Double(_) => "Edm.Double",
        Literal::String(_) => "Edm.String",
        Literal::Guid(_) => "Edm.Guid",
        Literal::Date(_) => "Edm.Date",
        Literal::DateTime(_) => "Edm.DateTimeOffset",
        Literal::Enum { name, .. } => name,
        Literal::Json(_) => "Edm.Untyped",
    }
}

/// ODL tries single, then double precision, and takes decimals where neither is exact.
fn fraction_type(number: &Decimal) -> &'static str {
    let text = number.normalize().to_string();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    match digits {
        0..=7 => "Edm.Single",
        8..=15 if number.to_f64().is_some() => "Edm.Double",
        _ => "Edm.Decimal",
    }
}

/// The value of a literal by itself.
pub(super) fn constant(literal: &Literal) -> Option<Value> {
    Some(match literal {
        Literal::Null => Value::Null,
        Literal::Bool(flag) => Value::Bool(*flag),
        Literal::Int(_) | Literal::Decimal(_) | Literal::Double(_) => number(literal),
        Literal::String(text) => Value::from(&**text),
        Literal::Guid(id) => Value::Guid(*id),
        Literal::Date(day) => Value::Date(*day),
        Literal::DateTime(second) => Value::DateTime(*second),
        Literal::Enum { .. } | Literal::Json(_) => return None,
    })
}

/// What a literal says, as a text. The service wants most values as texts and takes them as literals of their own too.
/// Source: queries.md A.7.
pub(super) fn text_of(literal: &Literal) -> Option<Cow<'_, str>> {
    Some(match literal {
        Literal::String(text) => Cow::Borrowed(&**text),
        Literal::Bool(flag) => flag.to_string().into(),
        Literal::Int(number) => number.to_string().into(),
        Literal::Decimal(number) => number.to_string().into(),
        Literal::Double(number) => number.to_string().into(),
        Literal::Guid(id) => id.to_string().into(),
        Literal::Date(day) => date_of(*day)?.to_string().into(),
        Literal::DateTime(second) => jiff::Timestamp::from_second(*second).ok()?.to_string().into(),
        Literal::Null | Literal::Enum { .. } | Literal::Json(_) => return None,
    })
}

/// The elements of an array in JSON, as texts: strings in quotes of either sort, numbers and flags.
///
/// As in JSON and unlike elsewhere in the language, a quote is not doubled; a text in single quotes can hold none.
pub(super) fn array(text: &str) -> Result<Vec<Cow<'_, str>>> {
    let mut elements = Vec::new();
    let mut rest = text.strip_prefix('[').ok_or_else(refuse::json_token)?.trim_start();
    loop {
        if let Some(after) = rest.strip_prefix(']') {
            return if after.trim().is_empty() { Ok(elements) } else { Err(refuse::json_token()) };
        }
        if !elements.is_empty() {
            rest = rest.strip_prefix(',').ok_or_else(refuse::json_comma)?.trim_start();
        }
        let (element, after) = element(rest)?;
        elements.push(element);
        rest = after.trim_start();
    }
}

/// The element at the start of a text, and what follows it.
fn element(text: &str) -> Result<(Cow<'_, str>, &str)> {
    match text.chars().next() {
        None => Err(refuse::json_end()),
        Some(quote @ ('"' | '\'')) => quoted(&text[1..], quote),
        Some(_) => {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.' | ':');
            let end = text.find(|c: char| !plain(c)).unwrap_or(text.len());
            match &text[..end] {
                "" | "null" => Err(refuse::json_token()),
                word => Ok((Cow::Borrowed(word), &text[end..])),
            }
        }
    }
}

/// A string behind its opening quote, and what follows the closing one.
fn quoted(text: &str, quote: char) -> Result<(Cow<'_, str>, &str)> {
    let mut own: Option<String> = None;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == quote {
            let value = own.map_or(Cow::Borrowed(&text[..at]), Cow::Owned);
            return Ok((value, &text[at + 1..]));
        }
        if c != '\\' {
            if let Some(own) = &mut own {
                own.push(c);
            }
            continue;
        }
        let own = own.get_or_insert_with(|| text[..at].to_owned());
        own.push(match chars.next().map(|(_, c)| c) {
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some(c @ ('"' | '\'' | '\\' | '/')) => c,
            Some('u') => {
                let digits: String = chars.by_ref().take(4).map(|(_, c)| c).collect();
                let number = u32::from_str_radix(&digits, 16).map_err(|_| refuse::json_token())?;
                // Half of a surrogate pair is no character by itself; pairs are not put together.
                char::from_u32(number).ok_or_else(refuse::json_token)?
            }
            _ => return Err(refuse::json_token()),
        });
    }
    Err(refuse::json_end())
}
