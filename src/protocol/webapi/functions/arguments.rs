//! Arguments of functions (in the address) and of actions (in the body), by the signature.

use std::borrow::Cow;

use serde_json::value::RawValue;
use smallvec::SmallVec;

use super::super::ask::Ask;
use super::super::decode::json::{self, Raw, Scalar, Stop, unexpected};
use super::super::decode::{Decoder, bad_payload_of, text, value};
use super::super::error::{bad_syntax, unknown_segment};
use super::super::options::Options;
use super::super::path::Segment;
use super::super::route::NAMESPACE;
use super::type_name;
use crate::fault::{Fault, Result, code};
use crate::model::{Reference, Table};
use crate::query::lang::odata::syntax::Literal;
use crate::query::lang::odata::{self, Addressed, ParameterValue};
use crate::service::registry::{ComplexType, Datum, EnumType, Signature, Type};
use crate::service::{Key, Link, crud};
use crate::world::World;

/// Arguments by the names of the signature.
pub(super) type Given = Vec<(&'static str, Datum)>;

/// Reads arguments against a world.
#[derive(Clone, Copy)]
pub(super) struct Arguments<'a> {
    pub(super) decoder: Decoder<'a>,
    pub(super) world: &'a World,
}

impl Arguments<'_> {
    /// The arguments of a function: in place, or by alias.
    ///
    /// # Errors
    ///
    /// `CrmHttpNotSupported` where names do not fit the signature, `CrmHttpError` for values that do not.
    pub(super) fn of_function(
        &self,
        signature: &'static Signature,
        segment: Segment<'_>,
        options: &Options<'_>,
    ) -> Result<Given> {
        let sent = match segment.args.map(str::trim) {
            None | Some("") => Vec::new(),
            Some(text) => odata::parse_parameters(text)?,
        };
        let aliases =
            odata::Options { pairs: options.pairs(), max_page_size: None, on: Addressed::Collection };
        let mut given: Given = Vec::with_capacity(sent.len());
        for (name, value) in sent {
            // An overload with such a parameter does not exist, so neither does the segment.
            let parameter = signature.parameters.iter().find(|parameter| *parameter.name == *name);
            let parameter = parameter.ok_or_else(|| mismatch(signature, segment.name))?;
            if given.iter().any(|(of, _)| *of == parameter.name) {
                return Err(bad_syntax());
            }
            let literal = match value {
                ParameterValue::Literal(literal) => literal,
                ParameterValue::Alias(alias) => aliases.alias(&alias)?,
            };
            if literal == Literal::Null && parameter.optional {
                continue;
            }
            given.push((parameter.name, self.of_literal(&literal, parameter.kind)?));
        }
        let lacks = |name: &str| !given.iter().any(|(of, _)| *of == name);
        if signature.parameters.iter().any(|parameter| !parameter.optional && lacks(parameter.name)) {
            return Err(mismatch(signature, segment.name));
        }
        Ok(given)
    }

    /// The arguments of an action: the members of the body; no body is none of them.
    ///
    /// # Errors
    ///
    /// `InvalidPayload` for a body that does not fit the signature.
    pub(super) fn of_action(&self, signature: &'static Signature, ask: &Ask<'_>) -> Result<Given> {
        let body = &ask.call.body;
        if body.is_empty() {
            return Ok(Given::new());
        }
        ask.head.check_json()?;
        let body = text(signature.name, body)?;
        if body.trim().is_empty() {
            return Ok(Given::new());
        }
        let mut given = Given::new();
        let read = json::members(body, |name, raw| {
            let Some(parameter) = signature.parameters.iter().find(|parameter| *parameter.name == *name)
            else {
                return if name.starts_with('@') { Ok(()) } else { Err(unknown_parameter(signature, &name)) };
            };
            if given.iter().any(|(of, _)| *of == parameter.name) {
                return Err(refused(
                    signature.name,
                    &format!(
                        "Multiple properties with the name '{name}' were detected in a resource or a complex value. OData does not allow duplicate property names."
                    ),
                ));
            }
            given.push((parameter.name, self.of_json(signature.name, raw, parameter.kind)?));
            Ok(())
        });
        match read {
            Ok(()) => Ok(given),
            Err(Stop::Refused(fault)) => Err(fault),
            Err(Stop::Malformed(said)) => Err(refused(signature.name, &said)),
        }
    }

    fn of_literal(&self, literal: &Literal, kind: Type) -> Result<Datum> {
        let datum = match (kind, literal) {
            (_, Literal::Null) => Some(Datum::Null),
            (Type::Boolean, Literal::Bool(flag)) => Some(Datum::Boolean(*flag)),
            (Type::Int32, Literal::Int(number)) => i32::try_from(*number).ok().map(Datum::Int32),
            (Type::Int64, Literal::Int(number)) => Some(Datum::Int64(*number)),
            (Type::String, Literal::String(text)) => Some(Datum::String(text.to_string())),
            (Type::Guid, Literal::Guid(id)) => Some(Datum::Guid(*id)),
            (Type::DateTimeOffset, Literal::DateTime(seconds)) => Some(Datum::DateTime(*seconds)),
            (Type::DateTimeOffset, Literal::Date(days)) => Some(Datum::DateTime(i64::from(*days) * 86_400)),
            (Type::Enum(kind), Literal::Enum { name, member }) => {
                let of = name.strip_prefix(NAMESPACE).unwrap_or(name);
                (*of == *kind.name).then(|| members(kind, member)).flatten()
            }
            (Type::Enum(kind), Literal::String(member)) => members(kind, member),
            (Type::Enum(_), Literal::Int(number)) => Some(Datum::Enum(*number)),
            (Type::Row(_) | Type::AnyRow | Type::Complex(_) | Type::Collection(_), Literal::Json(json)) => {
                let json = double_quoted(json);
                let raw = serde_json::from_str::<&RawValue>(&json).map_err(|_| bad_syntax())?;
                return self.of_json("", raw.into(), kind);
            }
            _ => None,
        };
        datum.ok_or_else(|| {
            Fault::with(
                &code::CrmHttpError,
                format!("A parameter of type '{}' does not take this value.", type_name(kind)),
            )
        })
    }

    fn of_json(&self, what: &str, raw: Raw<'_>, kind: Type) -> Result<Datum> {
        let scalar = Scalar::of(raw).map_err(|said| refused(what, &said))?;
        let datum = match (kind, &scalar) {
            (_, Scalar::Null) => Some(Datum::Null),
            (Type::Boolean, scalar) => value::boolean(scalar).map(Datum::Boolean),
            (Type::Int32, scalar) => {
                value::integer(scalar).and_then(|number| i32::try_from(number).ok()).map(Datum::Int32)
            }
            (Type::Int64, scalar) => value::integer(scalar).map(Datum::Int64),
            (Type::String, Scalar::Text(text)) => Some(Datum::String(text.to_string())),
            (Type::Guid, Scalar::Text(text)) => value::guid(text).map(Datum::Guid),
            (Type::DateTimeOffset, Scalar::Text(text)) => value::instant(text).map(Datum::DateTime),
            (Type::Enum(kind), Scalar::Text(text)) => members(kind, text),
            (Type::Enum(_), Scalar::Number(_)) => value::integer(&scalar).map(Datum::Enum),
            (Type::Row(table), Scalar::Object) => return self.row(what, raw, Some(table)),
            (Type::AnyRow, Scalar::Object) => return self.row(what, raw, None),
            (Type::Complex(kind), Scalar::Object) => return self.complex(what, raw, kind),
            (Type::Collection(of), Scalar::Array) => return self.list(what, raw, *of),
            (Type::Row(_) | Type::AnyRow | Type::Complex(_), other) => {
                return Err(refused(what, &unexpected(other.node(), "StartObject")));
            }
            (Type::Collection(_), other) => {
                return Err(refused(what, &unexpected(other.node(), "StartArray")));
            }
            _ => None,
        };
        datum.ok_or_else(|| refused(what, &value::cannot_convert(&scalar, &type_name(kind))))
    }

    fn list(&self, what: &str, raw: Raw<'_>, of: Type) -> Result<Datum> {
        let mut list = Vec::new();
        let read = json::elements(raw.get(), |element| {
            list.push(self.of_json(what, element, of)?);
            Ok(())
        });
        finish(what, read).map(|()| Datum::List(list))
    }

    fn complex(&self, what: &str, raw: Raw<'_>, kind: &'static ComplexType) -> Result<Datum> {
        let mut properties: Given = Vec::new();
        let read = json::members(raw.get(), |name, raw| {
            if name.contains('@') {
                return Ok(());
            }
            let Some((name, of, _)) = kind.properties.iter().find(|(of, ..)| *of == name) else {
                return Err(refused(
                    what,
                    &format!(
                        "The property '{name}' does not exist on type '{NAMESPACE}{}'. Make sure to only use property names that are defined by the type.",
                        kind.name
                    ),
                ));
            };
            properties.push((name, self.of_json(what, raw, *of)?));
            Ok(())
        });
        finish(what, read).map(|()| Datum::Complex(properties))
    }

    /// A row named by an object: its key and its type, or its address.
    fn row(&self, what: &str, raw: Raw<'_>, expected: Option<&str>) -> Result<Datum> {
        let mut sent: SmallVec<[(Cow<'_, str>, Raw<'_>); 4]> = SmallVec::new();
        let read = json::members(raw.get(), |name, raw| {
            sent.push((name, raw));
            Ok(())
        });
        finish(what, read)?;
        let text_of = |name: &str| -> Option<Cow<'_, str>> {
            let (_, raw) = sent.iter().find(|(of, _)| of == name)?;
            match Scalar::of(*raw) {
                Ok(Scalar::Text(text)) => Some(text),
                _ => None,
            }
        };
        if let Some(address) = text_of("@odata.id") {
            let link = self.decoder.link(&address)?;
            check_table(what, self.world.catalogue().table(link.table), expected)?;
            return self.reference(&link).map(Datum::Row);
        }
        let declared = text_of("@odata.type");
        let declared = declared.as_deref().map(|name| name.strip_prefix('#').unwrap_or(name));
        let name = declared.map(|name| name.strip_prefix(NAMESPACE).unwrap_or(name)).or(expected);
        let table = name
            .and_then(|name| self.world.catalogue().table_named(name))
            .ok_or_else(|| refused(what, "The entity parameter has no '@odata.type' that names a table."))?;
        check_table(what, table, expected)?;
        let primary = &*table.column(table.primary_id).logical_name;
        let is_key = |name: &str| name == primary || name == "ownerid" && table.is_principal();
        let key = sent.iter().find_map(|(name, _)| is_key(name).then(|| text_of(name)).flatten());
        if let Some((other, _)) = sent.iter().find(|(name, _)| !name.contains('@') && !is_key(name)) {
            return Err(Fault::not_emulated(format_args!("the column '{other}' of an entity parameter")));
        }
        // Source: web-api.md 3.3.
        let key = key.ok_or_else(|| {
            Fault::with(&code::CrmHttpError, "EdmEntityObject passed should have the key property value set.")
        })?;
        let id = value::guid(&key)
            .ok_or_else(|| refused(what, &value::cannot_convert(&Scalar::Text(key.clone()), "Edm.Guid")))?;
        Ok(Datum::Row(Reference::new(table.id, id)))
    }

    fn reference(&self, link: &Link) -> Result<Reference> {
        if let Key::Id(id) = &link.key {
            return Ok(Reference::new(link.table, *id));
        }
        let slot = crud::find(self.world, link.table, &link.key)?;
        let row = self.world.records().table(link.table).row(slot);
        row.map(|row| Reference::new(link.table, row.id())).ok_or_else(bad_syntax)
    }
}

fn check_table(what: &str, table: &Table, expected: Option<&str>) -> Result<()> {
    match expected {
        // Functions that take users take teams as principals: both are of the type that parameter has.
        Some("principal") if table.is_principal() => Ok(()),
        Some(name) if *table.logical_name != *name => Err(refused(
            what,
            &format!(
                "A resource with type '{NAMESPACE}{}' was found, but it is not assignable to the expected type '{NAMESPACE}{name}'.",
                table.logical_name
            ),
        )),
        _ => Ok(()),
    }
}

fn finish(what: &str, read: std::result::Result<(), Stop>) -> Result<()> {
    match read {
        Ok(()) => Ok(()),
        Err(Stop::Refused(fault)) => Err(fault),
        Err(Stop::Malformed(said)) => Err(refused(what, &said)),
    }
}

fn refused(what: &str, said: &str) -> Fault {
    bad_payload_of(what, format_args!("Microsoft.OData.ODataException: {said}"))
}

/// The `OData` library's `ODataJsonLightParameterDeserializer`: a parameter that the action does not have.
fn unknown_parameter(signature: &Signature, name: &str) -> Fault {
    refused(
        signature.name,
        &format!(
            "The parameter '{name}' in the request payload is not a valid parameter for the operation '{}'.",
            signature.name
        ),
    )
}

/// A function that has no overload with these parameters.
fn mismatch(signature: &Signature, segment: &str) -> Fault {
    let names: Vec<String> = signature
        .parameters
        .iter()
        .map(|parameter| {
            let mark = if parameter.optional { " (optional)" } else { "" };
            format!("{}{mark}", parameter.name)
        })
        .collect();
    let names = if names.is_empty() { "no parameters".to_owned() } else { names.join(", ") };
    unknown_segment(segment).hint(format!("{} takes {names}.", signature.name))
}

/// Members of an enumeration, one or several separated by commas, or their number.
fn members(kind: &EnumType, text: &str) -> Option<Datum> {
    let mut sum = 0;
    for (at, name) in text.split(',').map(str::trim).enumerate() {
        if at > 0 && !kind.flags {
            return None;
        }
        let found = kind.members.iter().find(|(of, _)| *of == name).map(|(_, number)| *number);
        sum |= found.or_else(|| name.parse().ok())?;
    }
    Some(Datum::Enum(sum))
}

/// JSON in an address may have single quotes for double ones.
fn double_quoted(json: &str) -> Cow<'_, str> {
    if !json.contains('\'') {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len() + 8);
    let (mut quote, mut escaped) = (None, false);
    for c in json.chars() {
        match (quote, c) {
            (Some(_), _) if escaped => {
                escaped = false;
                out.push(c);
            }
            (Some(_), '\\') => {
                escaped = true;
                out.push(c);
            }
            (None, '\'' | '"') => {
                quote = Some(c);
                out.push('"');
            }
            (Some(open), _) if open == c => {
                quote = None;
                out.push('"');
            }
            (Some('\''), '"') => out.push_str("\\\""),
            _ => out.push(c),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_of_both_sorts() {
        assert_eq!(double_quoted("{'@odata.id':'accounts(1)'}"), r#"{"@odata.id":"accounts(1)"}"#);
        assert_eq!(double_quoted(r#"["O'Brian"]"#), r#"["O'Brian"]"#);
        assert_eq!(double_quoted(r#"['a"b']"#), r#"["a\"b"]"#);
    }

    #[test]
    fn members_of_enumerations() {
        static RIGHTS: EnumType =
            EnumType { name: "Rights", members: &[("None", 0), ("Read", 1), ("Write", 2)], flags: true };
        assert_eq!(members(&RIGHTS, "Read, Write"), Some(Datum::Enum(3)));
        assert_eq!(members(&RIGHTS, "2"), Some(Datum::Enum(2)));
        assert_eq!(members(&RIGHTS, "read"), None);
    }
}
