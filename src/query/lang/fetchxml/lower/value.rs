//! Texts to values of the columns they are compared with.

use jiff::civil;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::model::{Column, ColumnType, DateBehavior, Value};
use crate::query::lang::days_of;
use crate::query::lang::odata::coerce;
use crate::query::lang::odata::syntax::Literal;
use crate::query::plan::{Applies, Operator};

/// The value that a text without quotes is for a column, as `FetchXML` writes all its values; `None` where it is none.
///
/// What the service takes: ids with or without braces, `0` and `1` for two options, a state by its label too, and of
/// dates those forms that .NET reads in English. `Assumed:` a date without a zone is one of UTC; the service takes
/// the caller's zone.
pub(super) fn of_text(text: &str, column: &Column) -> Option<Value> {
    let trimmed = text.trim();
    let literal = match &column.kind {
        ColumnType::Boolean { .. } | ColumnType::ManagedProperty => Literal::Bool(flag(trimmed)?),
        ColumnType::State { options } => {
            let labelled = || options.iter().find(|option| option.label.eq_ignore_ascii_case(trimmed));
            Literal::Int(trimmed.parse().ok().or_else(|| labelled().map(|option| option.value.into()))?)
        }
        ColumnType::Integer { .. }
        | ColumnType::BigInt
        | ColumnType::Choice { .. }
        | ColumnType::Status { .. } => Literal::Int(trimmed.parse().ok()?),
        ColumnType::Decimal { .. } | ColumnType::Money { .. } => {
            Literal::Decimal(Decimal::from_str_exact(&trimmed.replace(',', "")).ok()?)
        }
        ColumnType::Double { .. } => Literal::Double(trimmed.parse().ok()?),
        ColumnType::Choices { .. } => {
            trimmed.split(',').all(|part| part.trim().parse::<i32>().is_ok()).then_some(())?;
            Literal::String(trimmed.into())
        }
        ColumnType::Uniqueidentifier | ColumnType::Lookup { .. } | ColumnType::File => {
            let inner = trimmed.strip_prefix('{').and_then(|inner| inner.strip_suffix('}'));
            Literal::Guid(id(inner.unwrap_or(trimmed))?)
        }
        ColumnType::DateTime { behavior } => {
            let (day, second, _) = instant(trimmed)?;
            match behavior {
                DateBehavior::DateOnly => Literal::Date(day),
                DateBehavior::UserLocal => Literal::DateTime(second),
            }
        }
        ColumnType::String { .. } | ColumnType::Memo { .. } | ColumnType::EntityName => {
            Literal::String(text.into())
        }
        ColumnType::Image | ColumnType::Virtual => return None,
    };
    coerce(&literal, column)
}

/// A flag as XML writes it, in any case.
pub(in super::super) fn flag(text: &str) -> Option<bool> {
    match text {
        "1" => Some(true),
        "0" => Some(false),
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// The identifier in its one form with dashes.
fn id(text: &str) -> Option<Uuid> {
    const DASHED: usize = 36;
    if text.len() == DASHED { Uuid::try_parse(text).ok() } else { None }
}

/// The value of a condition for an operator that is not simply one of the column's type: of several choices each is a
/// number, and a day is one for everybody unless an instant is written, which falls on one of the caller's.
pub(super) fn for_operator(operator: Operator, text: &str, column: &Column) -> Option<Value> {
    match operator.applies() {
        Applies::Choices => text.trim().parse().ok().map(Value::Int),
        Applies::Date => {
            let (day, second, zoned) = instant(text.trim())?;
            let local = matches!(column.kind, ColumnType::DateTime { behavior: DateBehavior::UserLocal });
            Some(if zoned && local { Value::DateTime(second) } else { Value::Date(day) })
        }
        _ => of_text(text, column),
    }
}

/// A date with or without a time: the day as it is written, the second of UTC, and whether it names a zone.
fn instant(text: &str) -> Option<(i32, i64, bool)> {
    if let Ok(instant) = text.parse::<jiff::Timestamp>() {
        // The day of another zone than that of Greenwich is the day written.
        let written = text
            .parse::<civil::Date>()
            .or_else(|_| text.parse::<civil::DateTime>().map(civil::DateTime::date));
        let day = written.unwrap_or_else(|_| instant.to_zoned(jiff::tz::TimeZone::UTC).date());
        return Some((days_of(day), instant.as_second(), true));
    }
    let local = text
        .parse::<civil::DateTime>()
        .or_else(|_| text.parse::<civil::Date>().map(|day| day.at(0, 0, 0, 0)))
        .or_else(|_| civil::DateTime::strptime("%m/%d/%Y %I:%M:%S %p", text))
        .or_else(|_| civil::DateTime::strptime("%m/%d/%Y %I:%M %p", text))
        .or_else(|_| civil::DateTime::strptime("%m/%d/%Y %H:%M:%S", text))
        .or_else(|_| civil::DateTime::strptime("%m/%d/%Y %H:%M", text))
        .or_else(|_| civil::DateTime::strptime("%Y-%m-%d %H:%M", text))
        .or_else(|_| civil::Date::strptime("%m/%d/%Y", text).map(|day| day.at(0, 0, 0, 0)))
        .ok()?;
    let second = local.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second();
    Some((days_of(local.date()), second, false))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Catalogue;

    /// Table, column, text and what it is; `-` where it is none.
    const TEXTS: &[(&str, &str, &str, &str)] = &[
        ("account", "numberofemployees", "6", "Int(6)"),
        ("account", "numberofemployees", " 6 ", "Int(6)"),
        ("account", "numberofemployees", "six", "-"),
        ("account", "numberofemployees", "6.5", "-"),
        ("account", "numberofemployees", "", "-"),
        ("account", "revenue", "1500.50", "Decimal(1500.50)"),
        ("account", "revenue", "1,500.50", "Decimal(1500.50)"),
        ("account", "name", " a ", "String(\" a \")"),
        ("account", "statecode", "0", "Int(0)"),
        ("account", "statecode", "Inactive", "Int(1)"),
        ("account", "statecode", "nowhere", "-"),
        ("systemuser", "accessmode", "4", "Int(4)"),
        ("systemuser", "accessmode", "Non-interactive", "-"),
        ("systemuser", "isdisabled", "0", "Bool(false)"),
        ("systemuser", "isdisabled", "True", "Bool(true)"),
        ("systemuser", "isdisabled", "no", "-"),
        (
            "account",
            "ownerid",
            "{6089E83B-1F77-E411-B232-00155D644382}",
            "Guid(6089e83b-1f77-e411-b232-00155d644382)",
        ),
        (
            "account",
            "ownerid",
            "6089E83B-1F77-E411-B232-00155D644382",
            "Guid(6089e83b-1f77-e411-b232-00155d644382)",
        ),
        ("account", "ownerid", "me", "-"),
        ("account", "createdon", "1970-01-02", "DateTime(86400)"),
        ("account", "createdon", "1970-01-01T01:00:00Z", "DateTime(3600)"),
        ("account", "createdon", "1970-01-01T01:00:00+01:00", "DateTime(0)"),
        ("account", "createdon", "1970-01-01T01:00:00.123Z", "DateTime(3600)"),
        ("account", "createdon", "1970-01-01 01:00:00", "DateTime(3600)"),
        ("account", "createdon", "1970-01-01T01:00", "DateTime(3600)"),
        ("account", "createdon", "1970-01-01 01:00", "DateTime(3600)"),
        ("account", "createdon", "1/2/1970", "DateTime(86400)"),
        ("account", "createdon", "1/1/1970 1:00 AM", "DateTime(3600)"),
        ("account", "createdon", "01/01/1970 13:00:00", "DateTime(46800)"),
        ("account", "createdon", "1970-13-01", "-"),
        ("account", "createdon", "tomorrow", "-"),
        ("contact", "birthdate", "1970-01-02", "Date(1)"),
        ("contact", "birthdate", "1970-01-02T23:00:00-05:00", "Date(1)"),
        ("contact", "birthdate", "1/2/1970", "Date(1)"),
    ];

    #[test]
    fn texts_meet_columns() {
        let catalogue = Catalogue::embedded();
        for (table, column, text, expected) in TEXTS {
            let column = catalogue.table_named(table).unwrap().column_named(column).unwrap();
            let found = of_text(text, column).map_or("-".to_owned(), |value| format!("{value:?}"));
            assert_eq!(found, *expected, "{text} as {}", column.logical_name);
        }
    }
}
