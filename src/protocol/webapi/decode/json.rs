//! JSON members as they stream by, and what the service says of JSON that is none.
//!
//! Source of the texts: `Microsoft.OData.Core`'s messages `JsonReader_*`, one of them captured (web-api.md 3.3).

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::plain::{self, Plain};
use crate::fault::Fault;

/// What JSON is not.
pub(super) static UNRECOGNISED: &str = "Invalid JSON. A token was not recognized in the JSON content.";

/// Why reading stopped.
#[derive(Debug)]
pub(in crate::protocol::webapi) enum Stop {
    /// The text is not JSON, or not of the expected shape: in the service's words.
    Malformed(String),
    /// Whoever looked at a member refused it.
    Refused(Fault),
}

/// The text of one JSON value.
#[derive(Debug, Clone, Copy)]
pub(in crate::protocol::webapi) struct Raw<'t> {
    text: &'t str,
    /// Whether it is known to have no escapes.
    is_plain: bool,
}

impl<'t> Raw<'t> {
    /// Of a text that is a JSON value without escapes.
    pub(super) fn plain(text: &'t str) -> Self {
        Self { text, is_plain: true }
    }

    pub(in crate::protocol::webapi) fn get(self) -> &'t str {
        self.text
    }
}

impl<'t> From<&'t RawValue> for Raw<'t> {
    fn from(value: &'t RawValue) -> Self {
        Self { text: value.get(), is_plain: false }
    }
}

/// Shows each member of an object, in order, its value as the text it is.
///
/// # Errors
///
/// The first refusal, or what is wrong with the text.
pub(in crate::protocol::webapi) fn members<'t>(
    text: &'t str,
    mut see: impl FnMut(Cow<'t, str>, Raw<'t>) -> Result<(), Fault>,
) -> Result<(), Stop> {
    let mut known = match plain::members(text, |name, value| see(Cow::Borrowed(name), value)) {
        Ok(Plain::Read) => return Ok(()),
        Ok(Plain::Left(shown)) => shown,
        Err(fault) => return Err(Stop::Refused(fault)),
    };
    let mut see = |name, value| {
        if known == 0 {
            return see(name, value);
        }
        known -= 1;
        Ok(())
    };
    let mut refused = None;
    let mut reader = serde_json::Deserializer::from_str(text);
    let read =
        reader.deserialize_map(Object { see: &mut see, refused: &mut refused }).and_then(|()| reader.end());
    stop(text, read, refused, "StartObject")
}

/// Shows each element of an array, in order, as the text it is.
///
/// # Errors
///
/// The first refusal, or what is wrong with the text.
pub(in crate::protocol::webapi) fn elements<'t>(
    text: &'t str,
    mut see: impl FnMut(Raw<'t>) -> Result<(), Fault>,
) -> Result<(), Stop> {
    let mut refused = None;
    let mut reader = serde_json::Deserializer::from_str(text);
    let read =
        reader.deserialize_seq(Array { see: &mut see, refused: &mut refused }).and_then(|()| reader.end());
    stop(text, read, refused, "StartArray")
}

fn stop(
    text: &str,
    read: serde_json::Result<()>,
    refused: Option<Fault>,
    expected: &str,
) -> Result<(), Stop> {
    match (read, refused) {
        (Ok(()), _) => Ok(()),
        (Err(_), Some(fault)) => Err(Stop::Refused(fault)),
        (Err(error), None) => Err(Stop::Malformed(malformed(text, &error, expected))),
    }
}

struct Object<'s, F> {
    see: &'s mut F,
    refused: &'s mut Option<Fault>,
}

impl<'t, F: FnMut(Cow<'t, str>, Raw<'t>) -> Result<(), Fault>> Visitor<'t> for Object<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key_seed(Name)? {
            let value: &RawValue = map.next_value()?;
            if let Err(fault) = (self.see)(name, value.into()) {
                *self.refused = Some(fault);
                return Err(A::Error::custom("refused"));
            }
        }
        Ok(())
    }
}

struct Array<'s, F> {
    see: &'s mut F,
    refused: &'s mut Option<Fault>,
}

impl<'t, F: FnMut(Raw<'t>) -> Result<(), Fault>> Visitor<'t> for Array<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'t>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(value) = seq.next_element::<&RawValue>()? {
            if let Err(fault) = (self.see)(value.into()) {
                *self.refused = Some(fault);
                return Err(A::Error::custom("refused"));
            }
        }
        Ok(())
    }
}

/// Reads a member's name without copying it, where it has no escapes.
struct Name;

impl<'t> DeserializeSeed<'t> for Name {
    type Value = Cow<'t, str>;

    fn deserialize<D: Deserializer<'t>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'t> Visitor<'t> for Name {
    type Value = Cow<'t, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E: Error>(self, name: &'t str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

/// One JSON value, its text looked at as far as its type needs.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::protocol::webapi) enum Scalar<'t> {
    Null,
    Bool(bool),
    /// A number, with the digits it was sent with.
    Number(&'t str),
    Text(Cow<'t, str>),
    Object,
    Array,
}

impl<'t> Scalar<'t> {
    /// Looks at a value.
    ///
    /// # Errors
    ///
    /// The service's words for a text whose escapes mean nothing.
    pub(in crate::protocol::webapi) fn of(raw: Raw<'t>) -> Result<Self, String> {
        let text = raw.get();
        Ok(match text.as_bytes().first() {
            Some(b'"') => {
                let inside = &text[1..text.len() - 1];
                if raw.is_plain || memchr::memchr(b'\\', inside.as_bytes()).is_none() {
                    Self::Text(Cow::Borrowed(inside))
                } else {
                    let unescaped = serde_json::from_str::<String>(text);
                    Self::Text(unescaped.map_err(|error| malformed(text, &error, "PrimitiveValue"))?.into())
                }
            }
            Some(b'{') => Self::Object,
            Some(b'[') => Self::Array,
            Some(b't') => Self::Bool(true),
            Some(b'f') => Self::Bool(false),
            Some(b'n') | None => Self::Null,
            Some(_) => Self::Number(text),
        })
    }

    /// The name the `OData` library gives to such a place in a text.
    pub(in crate::protocol::webapi) fn node(&self) -> &'static str {
        match self {
            Self::Object => "StartObject",
            Self::Array => "StartArray",
            _ => "PrimitiveValue",
        }
    }
}

/// A place in a text that is not of the expected sort.
pub(in crate::protocol::webapi) fn unexpected(node: &str, expected: &str) -> String {
    format!(
        "An unexpected '{node}' node was found when reading from the JSON reader. A '{expected}' node was expected."
    )
}

/// What the service says where ours says `error`.
fn malformed(text: &str, error: &serde_json::Error, expected: &str) -> String {
    let said = error.to_string();
    let scope = |open: &str| {
        format!(
            "Invalid JSON. A comma character ',' was expected in scope '{open}'. Every two elements in an array and properties of an object must be separated by commas."
        )
    };
    if text.trim().is_empty() {
        return unexpected("EndOfInput", expected);
    }
    if said.starts_with("invalid type") {
        let node = match text.trim_start().as_bytes().first() {
            Some(b'{') => "StartObject",
            Some(b'[') => "StartArray",
            _ => "PrimitiveValue",
        };
        return unexpected(node, expected);
    }
    let table: &[(&str, String)] = &[
        ("EOF while parsing a string", "Invalid JSON. Unexpected end of string reached.".to_owned()),
        (
            "EOF",
            "Invalid JSON. Unexpected end of input was found in JSON content. Not all object and array scopes were closed."
                .to_owned(),
        ),
        ("expected `,` or `}`", scope("Object")),
        ("expected `,` or `]`", scope("Array")),
        (
            "trailing comma",
            format!(
                "Invalid JSON. An unexpected comma was found in scope '{}'. A comma is only valid between properties of an object or between elements of an array.",
                if byte_at(text, error) == Some(b']') { "Array" } else { "Object" }
            ),
        ),
        (
            "expected `:`",
            "Invalid JSON. A colon character ':' is expected after the property name, but none was found.".to_owned(),
        ),
        (
            "trailing characters",
            "Invalid JSON. More than one value was found at the root of the JSON content. JSON content can only have one value at the root level, which is an array, an object or a primitive value."
                .to_owned(),
        ),
        ("invalid escape", unrecognised_escape()),
        ("lone leading surrogate", unrecognised_escape()),
        ("unexpected end of hex escape", unrecognised_escape()),
    ];
    let found = table.iter().find(|(start, _)| said.starts_with(start));
    found.map_or_else(|| UNRECOGNISED.to_owned(), |(_, text)| text.clone())
}

fn unrecognised_escape() -> String {
    "Invalid JSON. An unrecognized escape sequence was found in a JSON string value.".to_owned()
}

/// The byte an error points at; its column counts from one, or stands just before the line.
fn byte_at(text: &str, error: &serde_json::Error) -> Option<u8> {
    let line = text.split('\n').nth(error.line().checked_sub(1)?)?;
    line.as_bytes().get(error.column().saturating_sub(1)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        match members(text, |_, _| Ok(())) {
            Ok(()) => "fine".to_owned(),
            Err(Stop::Malformed(said)) => said,
            Err(Stop::Refused(fault)) => fault.to_string(),
        }
    }

    #[test]
    fn members_stream_by_with_their_own_text() {
        let mut seen = Vec::new();
        let text = r#" {"a": 1.50, "b\u0041" : [1, {"c":2}], "d":"x\"y"} "#;
        members(text, |name, value| {
            seen.push(format!("{name}={}", value.get()));
            Ok(())
        })
        .unwrap();
        assert_eq!(seen, ["a=1.50", r#"bA=[1, {"c":2}]"#, r#"d="x\"y""#]);
    }

    #[test]
    fn what_is_no_json_in_the_services_words() {
        for (text, expected) in [
            ("{}", "fine"),
            (
                "",
                "An unexpected 'EndOfInput' node was found when reading from the JSON reader. A 'StartObject' node was expected.",
            ),
            (
                "[]",
                "An unexpected 'StartArray' node was found when reading from the JSON reader. A 'StartObject' node was expected.",
            ),
            (
                "5",
                "An unexpected 'PrimitiveValue' node was found when reading from the JSON reader. A 'StartObject' node was expected.",
            ),
            (
                r#"{"a":1"#,
                "Invalid JSON. Unexpected end of input was found in JSON content. Not all object and array scopes were closed.",
            ),
            (r#"{"a":"x"#, "Invalid JSON. Unexpected end of string reached."),
            (
                r#"{"a":1 "b":2}"#,
                "Invalid JSON. A comma character ',' was expected in scope 'Object'. Every two elements in an array and properties of an object must be separated by commas.",
            ),
            (
                r#"{"a":[1 2]}"#,
                "Invalid JSON. A comma character ',' was expected in scope 'Array'. Every two elements in an array and properties of an object must be separated by commas.",
            ),
            (
                r#"{"a":1,}"#,
                "Invalid JSON. An unexpected comma was found in scope 'Object'. A comma is only valid between properties of an object or between elements of an array.",
            ),
            (
                r#"{"a" 1}"#,
                "Invalid JSON. A colon character ':' is expected after the property name, but none was found.",
            ),
            (
                "{} {}",
                "Invalid JSON. More than one value was found at the root of the JSON content. JSON content can only have one value at the root level, which is an array, an object or a primitive value.",
            ),
            (r#"{"a":nul}"#, UNRECOGNISED),
            (r#"{"a":01}"#, UNRECOGNISED),
            ("nonsense", UNRECOGNISED),
        ] {
            assert_eq!(said(text), expected, "{text}");
        }
    }

    #[test]
    fn nesting_as_deep_as_the_body_is_no_danger() {
        let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(200_000), "]".repeat(200_000));
        assert_eq!(said(&deep), "fine");
    }
}
