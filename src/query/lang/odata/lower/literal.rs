//! Literals to values of the columns they meet.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::super::parse::parse_guid;
use super::super::syntax::Literal;
use crate::model::{Column, ColumnType, DateBehavior, Value};

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
        (ColumnType::Choices { .. }, Literal::String(text)) => Value::from(choices(text)),
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

/// The numbers of a multi-select value as rows hold them: ascending, each once.
fn choices(text: &str) -> Box<str> {
    let numbers: Option<Vec<i32>> = text.split(',').map(|part| part.trim().parse().ok()).collect();
    let Some(mut numbers) = numbers else { return text.into() };
    numbers.sort_unstable();
    numbers.dedup();
    let texts: Vec<String> = numbers.iter().map(i32::to_string).collect();
    texts.join(",").into()
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
