//! What a message answers, as JSON.

use http::StatusCode;

use super::super::encode::{self, text};
use super::super::read::{Reader, shape};
use super::super::reply;
use super::super::route::NAMESPACE;
use crate::fault::{Fault, Result, code};
use crate::model::Reference;
use crate::protocol::http::Response;
use crate::service::registry::{Datum, EnumType, Reply, Signature, Type};

/// Writes a message's answer. Source of the shapes: web-api.md 7.
///
/// # Errors
///
/// What is wrong with query options behind the call.
pub(super) fn write(reader: Reader<'_>, signature: &Signature, reply: &Reply) -> Result<Response> {
    match reply {
        Reply::Nothing => Ok(reply::empty(StatusCode::NO_CONTENT)),
        Reply::Complex(properties) => {
            reader.ask.options.allow(&[])?;
            Ok(complex(reader, signature, properties))
        }
        Reply::Rows { table, ids } => match (signature.returns, ids.as_slice()) {
            (Some(Type::Row(_) | Type::AnyRow), [id, ..]) => {
                let row = reader
                    .world
                    .records()
                    .table(*table)
                    .get(*id)
                    .ok_or_else(|| Fault::new(&code::ObjectDoesNotExist))?;
                let shape = shape::of_row(reader.world.catalogue(), *table, reader.ask)?;
                Ok(reply::row(StatusCode::OK, reader.entity_of(*table, row, &shape)?, row.version()))
            }
            (Some(Type::Row(_) | Type::AnyRow), []) => Ok(reply::empty(StatusCode::NO_CONTENT)),
            _ => reader.listed(*table, ids),
        },
    }
}

fn complex(reader: Reader<'_>, signature: &Signature, properties: &[(&'static str, Datum)]) -> Response {
    let mut out = Vec::with_capacity(512);
    let start = encode::open(&out);
    let kind = match signature.returns {
        Some(Type::Complex(kind)) => Some(kind),
        _ => None,
    };
    if !reader.ask.head.bare {
        reader.open_context(&mut out);
        out.extend_from_slice(NAMESPACE.as_bytes());
        if let Some(kind) = kind {
            out.extend_from_slice(kind.name.as_bytes());
        } else {
            out.extend_from_slice(signature.name.as_bytes());
            out.extend_from_slice(b"Response");
        }
        out.push(b'"');
    }
    for (name, datum) in properties {
        let of =
            kind.and_then(|kind| kind.properties.iter().find(|(of, ..)| of == name)).map(|(_, of, _)| *of);
        member(&mut out, name);
        push(reader, &mut out, datum, of);
    }
    encode::close(&mut out, start);
    reply::json(StatusCode::OK, out)
}

fn member(out: &mut Vec<u8>, name: &str) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
}

fn push(reader: Reader<'_>, out: &mut Vec<u8>, datum: &Datum, kind: Option<Type>) {
    match datum {
        Datum::Null => out.extend_from_slice(b"null"),
        Datum::Boolean(true) => out.extend_from_slice(b"true"),
        Datum::Boolean(false) => out.extend_from_slice(b"false"),
        Datum::Int32(number) => text::integer(out, *number),
        Datum::Int64(number) => text::integer(out, *number),
        Datum::String(content) => text::string(out, content),
        Datum::Address(path) => {
            let site = reader.ask.root.site;
            text::string(out, &[&site.base(), *path].concat());
        }
        Datum::Guid(id) => text::quoted_guid(out, *id),
        Datum::DateTime(seconds) => {
            out.push(b'"');
            text::instant(out, *seconds);
            out.push(b'"');
        }
        Datum::Row(reference) => row(reader, out, *reference),
        Datum::Enum(number) => match kind {
            Some(Type::Enum(kind)) => text::string(out, &members(kind, *number)),
            _ => text::integer(out, *number),
        },
        Datum::Complex(properties) => {
            let start = encode::open(out);
            for (name, datum) in properties {
                let of = match kind {
                    Some(Type::Complex(kind)) => kind.properties.iter().find(|(of, ..)| of == name),
                    _ => None,
                };
                member(out, name);
                push(reader, out, datum, of.map(|(_, of, _)| *of));
            }
            encode::close(out, start);
        }
        Datum::List(list) => {
            let of = match kind {
                Some(Type::Collection(of)) => Some(*of),
                _ => None,
            };
            out.push(b'[');
            for (at, datum) in list.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                push(reader, out, datum, of);
            }
            out.push(b']');
        }
    }
}

/// A row within an answer: its type and key.
fn row(reader: Reader<'_>, out: &mut Vec<u8>, reference: Reference) {
    let table = reader.world.catalogue().table(reference.table);
    out.extend_from_slice(b"{\"@odata.type\":\"#");
    out.extend_from_slice(NAMESPACE.as_bytes());
    out.extend_from_slice(table.logical_name.as_bytes());
    out.extend_from_slice(b"\",\"");
    out.extend_from_slice(table.column(table.primary_id).logical_name.as_bytes());
    out.extend_from_slice(b"\":");
    text::quoted_guid(out, reference.id);
    out.push(b'}');
}

/// The names of an enumeration's members in a number: one, or several joined by `, `; the number where it has none.
fn members(kind: &EnumType, number: i64) -> String {
    if let Some((name, _)) = kind.members.iter().find(|(_, of)| *of == number) {
        return (*name).to_owned();
    }
    if !kind.flags {
        return number.to_string();
    }
    let names: Vec<&str> = kind
        .members
        .iter()
        .filter(|(_, of)| *of != 0 && of.count_ones() == 1 && number & of == *of)
        .map(|(name, _)| *name)
        .collect();
    if names.is_empty() { number.to_string() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_to_members() {
        static RIGHTS: EnumType = EnumType {
            name: "AccessRights",
            members: &[("None", 0), ("ReadAccess", 1), ("WriteAccess", 2)],
            flags: true,
        };
        assert_eq!(members(&RIGHTS, 3), "ReadAccess, WriteAccess");
        assert_eq!(members(&RIGHTS, 0), "None");
        assert_eq!(members(&RIGHTS, 8), "8");
    }
}
