//! A condition as the languages write it: a column, an operator, and texts for its values.
//!
//! What can be said against a condition without looking at a row is said here, for every language in the same words:
//! the number of values, whether the operator is for such a column, and whether the texts are values of it.

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::odata::parse_literal;
use super::odata::syntax::Literal;
use super::{date_of, days_of};
use crate::fault::{Fault, Result, code};
use crate::model::{Catalogue, Column, ColumnType, DateBehavior, Table, Value};
use crate::query::plan::{Applies, ColRef, Operator, Predicate, Values};

/// The most values one condition may have. Source: queries.md B.8, where the number is uncertain.
const MOST_VALUES: usize = 2_000;

/// What a condition is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject<'a> {
    /// Where the plan finds the value.
    pub(super) at: ColRef,
    /// The table the request names the column of.
    pub(super) table: &'a Table,
    /// The column.
    pub(super) column: &'a Column,
}

/// The predicate that a condition stands for.
///
/// # Errors
///
/// `InvalidArgument` for a wrong number of values, `QueryBuilderInvalidConditionOperator` where the operator is not for
/// such a column, `QueryBuilderValueGreaterThanZero` and `QueryBuilderInvalidAttributeValue` for what is no value of it,
/// `HierarchicalOperatorWithoutRelationship` where the table is no hierarchy.
pub(super) fn condition(
    catalogue: &Catalogue,
    subject: Subject<'_>,
    operator: Operator,
    values: &[&str],
) -> Result<Predicate> {
    let Subject { at, table, column } = subject;
    check_count(operator, values.len())?;
    if !suits(operator, &column.kind) {
        return Err(unsuited(operator, column));
    }
    if operator.values() == Values::Row && catalogue.hierarchy_of(table.id, column.id).is_none() {
        return Err(no_hierarchy(table));
    }
    let args = values
        .iter()
        .map(|text| match operator.values() {
            Values::Number | Values::TwoNumbers => number(subject, text),
            Values::Row => id(text).map(Value::Guid).ok_or_else(|| invalid(subject, text)),
            Values::One if operator.applies() == Applies::Date => {
                day(column, text).ok_or_else(|| invalid(subject, text))
            }
            Values::Several if operator.applies() == Applies::Choices => {
                text.trim().parse().map(Value::Int).map_err(|_| not_of(subject, WHOLE, text))
            }
            _ => value(column, text).ok_or_else(|| invalid(subject, text)),
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(Predicate::Cmp { column: at, operator, args })
}

/// The refusal of a column that the table does not have. Source: queries.md B.9.
pub(super) fn no_attribute(table: &Table, name: &str) -> Fault {
    Fault::with(
        &code::QueryBuilderNoAttribute,
        format!(
            "'{}' entity doesn't contain attribute with Name = '{name}' and NameMapping = 'Logical' (look up attribute \
             by name is case-sensitive)",
            table.schema_name
        ),
    )
}

/// Source: queries.md A.7, where the text is uncertain.
fn check_count(operator: Operator, given: usize) -> Result<()> {
    let (fits, wanted) = match operator.values() {
        Values::None => (given == 0, 0),
        Values::One | Values::Number | Values::Row => (given == 1, 1),
        Values::Two | Values::TwoNumbers => (given == 2, 2),
        Values::Several => (given > 0, 1),
    };
    if !fits {
        let message =
            format!("The ConditionOperator.{} requires {wanted} value/s, not {given}.", operator.name());
        return Err(Fault::with(&code::InvalidArgument, message));
    }
    if given > MOST_VALUES {
        return Err(Fault::new(&code::TooManyConditionParametersInQuery));
    }
    Ok(())
}

fn suits(operator: Operator, kind: &ColumnType) -> bool {
    use ColumnType as C;
    match operator.applies() {
        // Of a file and an image only whether there is one.
        Applies::Any => {
            matches!(operator, Operator::Null | Operator::NotNull)
                || !matches!(kind, C::File | C::Image | C::Virtual)
        }
        Applies::Ordered => !matches!(
            kind,
            C::Choices { .. }
                | C::File
                | C::Image
                | C::Virtual
                | C::Lookup { .. }
                | C::Uniqueidentifier
                | C::Boolean { .. }
                | C::ManagedProperty
        ),
        Applies::Text => matches!(kind, C::String { .. } | C::Memo { .. } | C::EntityName),
        Applies::Choices => matches!(kind, C::Choices { .. }),
        Applies::Date => matches!(kind, C::DateTime { .. }),
        Applies::DateTime => matches!(kind, C::DateTime { behavior: DateBehavior::UserLocal }),
        Applies::Id => matches!(kind, C::Uniqueidentifier | C::Lookup { .. }),
        Applies::Whole => matches!(kind, C::Integer { .. } | C::BigInt | C::Choice { .. }),
    }
}

/// Assumed: which of the codes of queries.md B.9 it is.
fn unsuited(operator: Operator, column: &Column) -> Fault {
    let for_what = match operator.applies() {
        Applies::Any => "every column",
        Applies::Ordered => "numbers, dates and texts",
        Applies::Text => "texts",
        Applies::Choices => "choices columns",
        Applies::Date => "dates",
        Applies::DateTime => "dates with a time",
        Applies::Id => "lookups and unique identifiers",
        Applies::Whole => "whole numbers",
    };
    Fault::new(&code::QueryBuilderInvalidConditionOperator).hint(format!(
        "{} is for {for_what}, and '{}' is of type {}.",
        operator.name(),
        column.logical_name,
        column.kind.edm()
    ))
}

/// Source: queries.md A.9.
pub(super) fn no_hierarchy(table: &Table) -> Fault {
    Fault::with(
        &code::HierarchicalOperatorWithoutRelationship,
        format!(
            "This query uses a hierarchical operator, but the {} entity doesn't have a hierarchical relationship.",
            table.logical_name
        ),
    )
}

/// A type of .NET, and what it says to a text that is none of it.
type Target = (&'static str, &'static str);

const WHOLE: Target = ("System.Int32", "Input string was not in a correct format.");

/// A text that is no value of the column. Assumed: the last sentence for types other than whole numbers.
fn invalid(subject: Subject<'_>, text: &str) -> Fault {
    use ColumnType as C;
    let target = match &subject.column.kind {
        C::Uniqueidentifier | C::Lookup { .. } | C::File => (
            "System.Guid",
            "Guid should contain 32 digits with 4 dashes (xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx).",
        ),
        C::DateTime { .. } => ("System.DateTime", "String was not recognized as a valid DateTime."),
        C::Boolean { .. } | C::ManagedProperty => {
            ("System.Boolean", "String was not recognized as a valid Boolean.")
        }
        C::BigInt => ("System.Int64", WHOLE.1),
        C::Double { .. } => ("System.Double", WHOLE.1),
        C::Decimal { .. } | C::Money { .. } => ("System.Decimal", WHOLE.1),
        _ => WHOLE,
    };
    not_of(subject, target, text)
}

/// Observed: Microsoft.Xrm.Data.PowerShell issue 395, `FetchXMLBuilder` issue 1014. Assumed: which of the codes of
/// queries.md B.9 it is.
fn not_of(subject: Subject<'_>, (expected, raised): Target, text: &str) -> Fault {
    Fault::with(
        &code::QueryBuilderInvalidAttributeValue,
        format!(
            "An exception System.FormatException was thrown while trying to convert input value '{text}' to attribute \
             '{}.{}'. Expected type of attribute value: {expected}. Exception raised: {raised}",
            subject.table.logical_name, subject.column.logical_name,
        ),
    )
}

/// A number of units, or of a fiscal period or year. Source: queries.md A.8.
fn number(subject: Subject<'_>, text: &str) -> Result<Value> {
    match text.trim().parse::<i64>() {
        Ok(number) if number <= 0 => Err(Fault::new(&code::QueryBuilderValueGreaterThanZero)),
        Ok(number) => Ok(i32::try_from(number).map_or(Value::Long(number), Value::Int)),
        Err(_) => Err(not_of(subject, WHOLE, text)),
    }
}

/// The value of a text for a column, or `None` where it is none.
pub(super) fn value(column: &Column, text: &str) -> Option<Value> {
    use ColumnType as C;
    let word = text.trim();
    Some(match &column.kind {
        C::Boolean { .. } | C::ManagedProperty => Value::Bool(flag(word)?),
        C::Integer { .. } | C::BigInt | C::Choice { .. } | C::State { .. } | C::Status { .. } => {
            match word.parse::<i64>() {
                Ok(number) => i32::try_from(number).map_or(Value::Long(number), Value::Int),
                // Whole numbers can be compared with others; they never equal them.
                Err(_) => Value::Decimal(Decimal::from_str_exact(word).ok()?),
            }
        }
        C::Decimal { .. } | C::Money { .. } => {
            Value::Decimal(Decimal::from_str_exact(word).or_else(|_| Decimal::from_scientific(word)).ok()?)
        }
        C::Double { .. } => Value::Double(word.parse().ok()?),
        C::String { .. } | C::Memo { .. } | C::EntityName => Value::from(text),
        C::Choices { .. } => Value::from(choices(word)?),
        C::Uniqueidentifier | C::Lookup { .. } | C::File => Value::Guid(id(word)?),
        C::DateTime { behavior: DateBehavior::DateOnly } => Value::Date(date(word)?),
        C::DateTime { behavior: DateBehavior::UserLocal } => match moment(word)? {
            // Assumed: what names no zone is Greenwich's.
            Moment::Day(day) => Value::DateTime(i64::from(day) * DAY_SECONDS),
            Moment::Unzoned(second) | Moment::Instant(second) => Value::DateTime(second),
        },
        C::Image | C::Virtual => return None,
    })
}

const DAY_SECONDS: i64 = 86_400;

/// What a text with a date says.
enum Moment {
    /// A day.
    Day(i32),
    /// A day and a time, as seconds since 1970 would count in Greenwich.
    Unzoned(i64),
    /// An instant.
    Instant(i64),
}

fn moment(text: &str) -> Option<Moment> {
    if text.contains('/') {
        return american(text);
    }
    let text = text.replacen(' ', "T", 1);
    match parse_literal(&text) {
        Ok(Literal::Date(day)) => Some(Moment::Day(day)),
        Ok(Literal::DateTime(second)) => Some(Moment::Instant(second)),
        _ => match parse_literal(&format!("{text}Z")) {
            Ok(Literal::DateTime(second)) => Some(Moment::Unzoned(second)),
            _ => None,
        },
    }
}

/// A date as .NET reads it in English: `2/28/2022`, with a time behind it or without one.
fn american(text: &str) -> Option<Moment> {
    const TIMED: &[&str] =
        &["%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M"];
    if let Ok(day) = Date::strptime("%m/%d/%Y", text) {
        return Some(Moment::Day(days_of(day)));
    }
    let timed = TIMED.iter().find_map(|form| DateTime::strptime(form, text).ok())?;
    Some(Moment::Unzoned(timed.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second()))
}

/// The day a text names, whatever time and zone follow.
fn date(text: &str) -> Option<i32> {
    match moment(text)? {
        Moment::Day(day) => Some(day),
        Moment::Unzoned(second) => i32::try_from(second.div_euclid(DAY_SECONDS)).ok(),
        Moment::Instant(_) => text.get(..10)?.parse().ok().map(days_of),
    }
}

/// The day of *on* and its kind: a day is one for everybody, an instant falls on one of the caller's.
fn day(column: &Column, text: &str) -> Option<Value> {
    let text = text.trim();
    let days = date(text)?;
    let local = matches!(column.kind, ColumnType::DateTime { behavior: DateBehavior::UserLocal });
    Some(match moment(text)? {
        Moment::Instant(second) if local => Value::DateTime(second),
        _ => Value::Date(days),
    })
    .filter(|_| date_of(days).is_some())
}

/// A flag as XML writes it, in any case.
pub(super) fn flag(text: &str) -> Option<bool> {
    match text {
        "1" => Some(true),
        "0" => Some(false),
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// An identifier with dashes, with or without braces.
fn id(text: &str) -> Option<Uuid> {
    const DASHED: usize = 36;
    let text = text.trim();
    let bare = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text);
    if bare.len() == DASHED { Uuid::try_parse(bare).ok() } else { None }
}

/// The numbers of a choices value as rows hold them: ascending, each once.
pub(super) fn choices(text: &str) -> Option<String> {
    let mut numbers: Vec<i32> =
        text.split(',').map(|number| number.trim().parse().ok()).collect::<Option<_>>()?;
    numbers.sort_unstable();
    numbers.dedup();
    let texts: Vec<String> = numbers.iter().map(i32::to_string).collect();
    Some(texts.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::plan::Alias;
    use crate::query::testing::Sample;

    /// What a condition becomes: its values, or the refusal.
    fn lowered(sample: &Sample, table: &str, column: &str, operator: &str, values: &[&str]) -> String {
        let table = sample.catalogue.table_named(table).unwrap();
        let column = table.column_named(column).unwrap();
        let subject = Subject { at: ColRef { alias: Alias::ROOT, column: column.id }, table, column };
        let operator = Operator::of_fetch_name(operator).unwrap();
        match condition(&sample.catalogue, subject, operator, values) {
            Ok(Predicate::Cmp { args, .. }) => format!("{args:?}"),
            Ok(other) => format!("{other:?}"),
            Err(fault) => format!("{} {}", fault.code_text(), fault.message()),
        }
    }

    #[test]
    fn texts_become_values_of_the_column() {
        let sample = Sample::new();
        let id = "00000000-0000-0000-0000-00000000000a";
        for (table, column, operator, values, expected) in [
            ("systemuser", "isdisabled", "eq", ["1"].as_slice(), "[Bool(true)]"),
            ("systemuser", "isdisabled", "ne", &["False"], "[Bool(false)]"),
            ("systemuser", "accessmode", "in", &["0", " 4"], "[Int(0), Int(4)]"),
            ("systemuser", "accessmode", "eq", &["1.5"], "[Decimal(1.5)]"),
            ("account", "revenue", "between", &["1000", "2e3"], "[Decimal(1000), Decimal(2000)]"),
            ("systemuser", "fullname", "like", &[" a%"], "[String(\" a%\")]"),
            (
                "systemuser",
                "businessunitid",
                "eq",
                &["{00000000-0000-0000-0000-00000000000A}"],
                &format!("[Guid({id})]"),
            ),
            ("contact", "birthdate", "gt", &["1970-01-03"], "[Date(2)]"),
            ("contact", "birthdate", "gt", &["1970-01-03T23:00:00-05:00"], "[Date(2)]"),
            ("account", "createdon", "gt", &["1970-01-03"], "[DateTime(172800)]"),
            ("account", "createdon", "gt", &["1970-01-03 00:00:01"], "[DateTime(172801)]"),
            ("account", "createdon", "gt", &["1970-01-03T01:00:00+01:00"], "[DateTime(172800)]"),
            ("account", "createdon", "on", &["1970-01-03"], "[Date(2)]"),
            ("account", "createdon", "on", &["1970-01-03T10:00:00"], "[Date(2)]"),
            ("account", "createdon", "on", &["1970-01-03T00:00:00Z"], "[DateTime(172800)]"),
            ("contact", "birthdate", "on", &["1970-01-03T00:00:00Z"], "[Date(2)]"),
            ("account", "createdon", "on-or-after", &["2/28/2022"], "[Date(19051)]"),
            ("account", "createdon", "gt", &["1/3/1970 1:00 AM"], "[DateTime(176400)]"),
            ("contact", "birthdate", "eq", &["1/3/1970 13:00:00"], "[Date(2)]"),
            ("account", "createdon", "last-x-days", &["7"], "[Int(7)]"),
            ("account", "createdon", "in-fiscal-period-and-year", &["2", "2020"], "[Int(2), Int(2020)]"),
            ("account", "accountid", "under", &[id], &format!("[Guid({id})]")),
            ("systemuser", "parentsystemuserid", "eq-or-above", &[id], &format!("[Guid({id})]")),
            ("account", "ownerid", "eq-userteams", &[], "[]"),
        ] {
            let found = lowered(&sample, table, column, operator, values);
            assert_eq!(found, expected, "{column} {operator} {values:?}");
        }
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        let sample = Sample::new();
        let id = "00000000-0000-0000-0000-00000000000a";
        let unsupported = "0x80041120 Unsupported condition operator.";
        let invalid = "0x80041139 An exception System.FormatException was thrown";
        let positive = "0x8004110c A value greater than zero must be specified.";
        for (table, column, operator, values, expected) in [
            (
                "account",
                "revenue",
                "between",
                ["1"].as_slice(),
                "0x80040203 The ConditionOperator.Between requires 2 value/s, not 1.",
            ),
            ("account", "name", "in", &[], "0x80040203 The ConditionOperator.In requires 1 value/s, not 0."),
            (
                "account",
                "createdon",
                "today",
                &["1"],
                "0x80040203 The ConditionOperator.Today requires 0 value/s, not 1.",
            ),
            ("account", "name", "today", &[], unsupported),
            ("contact", "birthdate", "last-x-hours", &["2"], unsupported),
            ("account", "name", "eq-userid", &[], unsupported),
            ("account", "ownerid", "gt", &[id], unsupported),
            ("account", "entityimage", "eq", &["x"], unsupported),
            ("account", "numberofemployees", "like", &["1%"], unsupported),
            ("account", "industrycode", "contain-values", &["1"], unsupported),
            ("account", "name", "eq-userlanguage", &[], unsupported),
            ("account", "createdon", "last-x-days", &["0"], positive),
            ("account", "createdon", "next-x-weeks", &["-1"], positive),
            ("account", "createdon", "in-fiscal-period-and-year", &["0", "2020"], positive),
            ("account", "createdon", "last-x-days", &["seven"], invalid),
            ("account", "createdon", "on", &["2026-02-30"], invalid),
            ("account", "createdon", "gt", &["yesterday"], invalid),
            ("account", "accountid", "eq", &["1"], invalid),
            ("account", "accountid", "under", &["x"], invalid),
            ("account", "numberofemployees", "eq", &["x"], invalid),
            ("systemuser", "isdisabled", "eq", &["yes"], invalid),
            (
                "contact",
                "contactid",
                "above",
                &[id],
                "0x80047020 This query uses a hierarchical operator, but the contact entity doesn't have a \
                 hierarchical relationship.",
            ),
        ] {
            let found = lowered(&sample, table, column, operator, values);
            assert!(found.starts_with(expected), "{column} {operator} {values:?}: {found}");
        }
        let many = vec!["1"; 2_001];
        let found = lowered(&sample, "account", "numberofemployees", "in", &many);
        assert_eq!(found, "0x8004430e Number of parameters in a condition exceeded maximum limit.");
    }
}
