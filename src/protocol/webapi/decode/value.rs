//! One JSON value as a value of a column: what the `OData` library converts, it converts here.
//!
//! From a text it makes every type ("200" is a number); numbers keep their digits; anything else must be of the
//! column's own type.

use jiff::civil;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::json::{Raw, Scalar, unexpected};
use crate::model::{Column, ColumnType, DateBehavior, Value};

/// The value of a column that a body gives.
///
/// # Errors
///
/// The service's words for a value of another type.
pub(super) fn of_column(column: &Column, raw: Raw<'_>) -> Result<Value, String> {
    let scalar = Scalar::of(raw)?;
    match &scalar {
        Scalar::Null => return Ok(Value::Null),
        Scalar::Object | Scalar::Array => return Err(unexpected(scalar.node(), "PrimitiveValue")),
        _ => {}
    }
    let kind = &column.kind;
    let value = match (kind, &scalar) {
        (ColumnType::Boolean { .. } | ColumnType::ManagedProperty, scalar) => {
            boolean(scalar).map(Value::Bool)
        }
        (
            ColumnType::Integer { .. }
            | ColumnType::Choice { .. }
            | ColumnType::State { .. }
            | ColumnType::Status { .. },
            scalar,
        ) => integer(scalar).and_then(|number| i32::try_from(number).ok()).map(Value::Int),
        (ColumnType::BigInt, scalar) => integer(scalar).map(Value::Long),
        (ColumnType::Decimal { .. } | ColumnType::Money { .. }, scalar) => {
            decimal(scalar).map(Value::Decimal)
        }
        (ColumnType::Double { .. }, scalar) => double(scalar).map(Value::Double),
        (ColumnType::Choices { .. }, Scalar::Text(text)) => choices(text),
        // The platform keeps no empty texts. Source: queries.md A.5, uncertain there.
        (ColumnType::String { .. } | ColumnType::Memo { .. }, Scalar::Text(text)) if text.is_empty() => {
            Some(Value::Null)
        }
        (
            ColumnType::String { .. }
            | ColumnType::Memo { .. }
            | ColumnType::EntityName
            | ColumnType::Virtual,
            Scalar::Text(text),
        ) => Some(Value::from(&**text)),
        (ColumnType::DateTime { behavior: DateBehavior::DateOnly }, Scalar::Text(text)) => {
            date(text).map(Value::Date)
        }
        (ColumnType::DateTime { behavior: DateBehavior::UserLocal }, Scalar::Text(text)) => {
            instant(text).map(Value::DateTime)
        }
        (ColumnType::Uniqueidentifier | ColumnType::File | ColumnType::Lookup { .. }, Scalar::Text(text)) => {
            guid(text).map(Value::Guid)
        }
        (ColumnType::Image, Scalar::Text(text)) => base64(text).map(|bytes| Value::Binary(bytes.into())),
        _ => None,
    };
    value.ok_or_else(|| cannot_convert(&scalar, kind.edm()))
}

/// The service's words for a value of another type.
pub(in crate::protocol::webapi) fn cannot_convert(scalar: &Scalar<'_>, edm: &str) -> String {
    let literal = match scalar {
        Scalar::Bool(true) => "True",
        Scalar::Bool(false) => "False",
        Scalar::Number(text) => text,
        Scalar::Text(text) => text,
        other => return unexpected(other.node(), "PrimitiveValue"),
    };
    format!("Cannot convert the literal '{literal}' to the expected type '{edm}'.")
}

pub(in crate::protocol::webapi) fn boolean(scalar: &Scalar<'_>) -> Option<bool> {
    match scalar {
        Scalar::Bool(flag) => Some(*flag),
        Scalar::Text(text) if text.trim().eq_ignore_ascii_case("true") => Some(true),
        Scalar::Text(text) if text.trim().eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

pub(in crate::protocol::webapi) fn integer(scalar: &Scalar<'_>) -> Option<i64> {
    match scalar {
        Scalar::Number(text) => text.parse().ok(),
        Scalar::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn decimal(scalar: &Scalar<'_>) -> Option<Decimal> {
    let text = match scalar {
        Scalar::Number(text) => text,
        Scalar::Text(text) => text.trim(),
        _ => return None,
    };
    if text.contains(['e', 'E']) {
        return Decimal::from_scientific(text).ok();
    }
    // Digits beyond what the type holds are rounded, as .NET does; a number too great is none.
    Decimal::from_str_exact(text).or_else(|_| text.parse()).ok()
}

fn double(scalar: &Scalar<'_>) -> Option<f64> {
    let text = match scalar {
        Scalar::Number(text) => text,
        Scalar::Text(text) => text.trim(),
        _ => return None,
    };
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// The numbers of a multi-select value as rows hold them: ascending, each once; none of them is no value.
fn choices(text: &str) -> Option<Value> {
    if text.trim().is_empty() {
        return Some(Value::Null);
    }
    let mut numbers: Vec<i32> =
        text.split(',').map(|number| number.trim().parse().ok()).collect::<Option<_>>()?;
    numbers.sort_unstable();
    numbers.dedup();
    let texts: Vec<String> = numbers.iter().map(i32::to_string).collect();
    Some(Value::from(texts.join(",")))
}

/// An id with dashes, with or without braces.
pub(in crate::protocol::webapi) fn guid(text: &str) -> Option<Uuid> {
    let text = text.trim();
    let bare = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text);
    if bare.len() == 36 { Uuid::try_parse(bare).ok() } else { None }
}

/// A date without time, `2023-04-07`, in days since 1970-01-01.
fn date(text: &str) -> Option<i32> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let (year, month, day) = (number(bytes, 0, 4)?, number(bytes, 5, 2)?, number(bytes, 8, 2)?);
    let date = civil::Date::new(year as i16, month as i8, day as i8).ok().filter(|_| year > 0)?;
    civil::date(1970, 1, 1).until(date).ok().map(|span| span.get_days())
}

/// Date, time and zone, `2016-10-28T17:17:47Z`, in seconds since 1970; fractions of a second are dropped, as rows
/// hold none. The zone is not optional.
pub(in crate::protocol::webapi) fn instant(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let days = i64::from(date(text.get(..10)?)?);
    if !matches!(bytes.get(10)?, b'T' | b't') || bytes.get(13)? != &b':' {
        return None;
    }
    let (hour, minute) = (number(bytes, 11, 2)?, number(bytes, 14, 2)?);
    let (second, mut at) = match bytes.get(16) {
        Some(b':') => (number(bytes, 17, 2)?, 19),
        _ => (0, 16),
    };
    if bytes.get(at) == Some(&b'.') {
        let digits = bytes[at + 1..].iter().take_while(|b| b.is_ascii_digit()).count();
        if digits == 0 {
            return None;
        }
        at += 1 + digits;
    }
    let offset = match &bytes[at..] {
        [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
            let (hours, minutes) = (number(bytes, at + 1, 2)?, number(bytes, at + 4, 2)?);
            if hours > 14 || minutes > 59 {
                return None;
            }
            let seconds = i64::from(hours) * 3600 + i64::from(minutes) * 60;
            if *sign == b'-' { -seconds } else { seconds }
        }
        _ => return None,
    };
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    Some(days * 86_400 + i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second) - offset)
}

fn number(bytes: &[u8], at: usize, digits: usize) -> Option<u32> {
    bytes
        .get(at..at + digits)?
        .iter()
        .try_fold(0, |number, byte| byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0')))
}

/// The bytes of a base64 text; blanks and line ends in it do not count.
fn base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut word, mut count, mut padding) = (0_u32, 0, 0);
    for byte in text.bytes().filter(|b| !b.is_ascii_whitespace()) {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' if count >= 2 => {
                padding += 1;
                0
            }
            _ => return None,
        };
        if padding > 0 && byte != b'=' {
            return None;
        }
        word = (word << 6) | u32::from(digit);
        count += 1;
        if count == 4 {
            out.extend_from_slice(&word.to_be_bytes()[1..4 - padding]);
            (word, count) = (0, 0);
        }
    }
    (count == 0 && padding <= 2).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Catalogue;

    fn read(table: &str, column: &str, json: &str) -> Result<Value, String> {
        let catalogue = Catalogue::embedded();
        let column = catalogue.table_named(table).unwrap().column_named(column).unwrap();
        of_column(column, serde_json::from_str::<&serde_json::value::RawValue>(json).unwrap().into())
    }

    #[test]
    fn values_by_the_type_of_their_column() {
        let id: Uuid = "00000000-0000-0000-0000-00000000000a".parse().unwrap();
        for (column, json, expected) in [
            ("name", r#""a\u00e9\"b""#, Value::from("aé\"b")),
            ("name", "null", Value::Null),
            ("accountcategorycode", "1", Value::Int(1)),
            ("accountcategorycode", r#""2""#, Value::Int(2)),
            ("numberofemployees", "-5", Value::Int(-5)),
            ("donotemail", "true", Value::Bool(true)),
            ("donotemail", r#""False""#, Value::Bool(false)),
            (
                "revenue",
                "12345678901234567890.1200",
                Value::Decimal("12345678901234567890.1200".parse().unwrap()),
            ),
            ("revenue", "1.5e3", Value::Decimal(Decimal::from(1500))),
            ("revenue", r#""200""#, Value::Decimal(Decimal::from(200))),
            ("address1_latitude", "47.5", Value::Double(47.5)),
            ("address1_latitude", "-1e1", Value::Double(-10.0)),
            ("lastonholdtime", r#""2016-10-28T17:17:47Z""#, Value::DateTime(1_477_675_067)),
            ("lastonholdtime", r#""2016-10-28T17:17:47.1234567Z""#, Value::DateTime(1_477_675_067)),
            ("lastonholdtime", r#""2016-10-28T19:17:47+02:00""#, Value::DateTime(1_477_675_067)),
            ("lastonholdtime", r#""2016-10-28T17:17Z""#, Value::DateTime(1_477_675_020)),
            ("processid", r#""00000000-0000-0000-0000-00000000000A""#, Value::Guid(id)),
            ("entityimage", r#""Zm9v\nYg==""#, Value::Binary(b"foob".as_slice().into())),
        ] {
            assert_eq!(read("account", column, json), Ok(expected), "{column} {json}");
        }
    }

    #[test]
    fn values_of_another_type() {
        for (column, json, literal, edm) in [
            ("numberofemployees", "5.0", "5.0", "Edm.Int32"),
            ("numberofemployees", "99999999999", "99999999999", "Edm.Int32"),
            ("numberofemployees", r#""x""#, "x", "Edm.Int32"),
            ("numberofemployees", "true", "True", "Edm.Int32"),
            ("name", "5", "5", "Edm.String"),
            ("donotemail", "1", "1", "Edm.Boolean"),
            ("lastonholdtime", r#""2016-10-28T17:17:47""#, "2016-10-28T17:17:47", "Edm.DateTimeOffset"),
            ("lastonholdtime", r#""2016-02-30T17:17:47Z""#, "2016-02-30T17:17:47Z", "Edm.DateTimeOffset"),
            ("lastonholdtime", r#""2016-10-28""#, "2016-10-28", "Edm.DateTimeOffset"),
            ("overriddencreatedon", r#""2016-10-28T00:00:00Z""#, "2016-10-28T00:00:00Z", "Edm.Date"),
            ("processid", r#""x""#, "x", "Edm.Guid"),
            ("entityimage", r#""Zg=""#, "Zg=", "Edm.Binary"),
        ] {
            let expected = format!("Cannot convert the literal '{literal}' to the expected type '{edm}'.");
            assert_eq!(read("account", column, json), Err(expected), "{column} {json}");
        }
        assert_eq!(
            read("account", "name", "{}").unwrap_err(),
            "An unexpected 'StartObject' node was found when reading from the JSON reader. A 'PrimitiveValue' node was expected."
        );
    }

    #[test]
    fn dates_and_choices() {
        assert_eq!(date("2023-04-07"), Some(19_454));
        assert_eq!(date("2023-4-7"), None);
        assert_eq!(date("0000-01-01"), None);
        assert_eq!(choices("3, 1,3"), Some(Value::from("1,3")));
        assert_eq!(choices("a"), None);
        assert_eq!(choices(""), Some(Value::Null));
        for text in ["Zg", "Z===", "Zg==Zg==", "Zm9v=", "!!!!"] {
            assert_eq!(base64(text), None, "{text}");
        }
    }
}
