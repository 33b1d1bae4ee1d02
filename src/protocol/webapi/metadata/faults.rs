//! The refusals of the metadata entity sets. Source of the texts: web-api.md section 3.3.

use super::schema::Definition;
use crate::fault::{Fault, Kind, code};

const NAMESPACE: &str = "Microsoft.Dynamics.CRM";

/// A name that the type does not have; 501 where the service has it.
pub(super) fn no_property(name: &str, on: &'static Definition) -> Fault {
    if on.is_unknown(name) {
        return Fault::not_emulated(format_args!("the property {name} of {}", on.name));
    }
    let message = format!("Could not find a property named '{name}' on type '{NAMESPACE}.{}'.", on.name);
    let fault = Fault::with(&code::CrmHttpError, message);
    let nearest = on.all_properties().map(|(name, _)| *name).find(|of| of.eq_ignore_ascii_case(name));
    match nearest {
        Some(nearest) => fault.hint(format!("Names are case-sensitive: write {nearest}.")),
        None => fault,
    }
}

/// A path segment that leads nowhere.
pub(super) fn no_segment(segment: &str) -> Fault {
    Fault::with(&code::CrmHttpError, format!("Resource not found for the segment '{segment}'."))
        .kind_of(Kind::NotFound)
}

/// A key that cannot be read.
pub(super) fn bad_key() -> Fault {
    Fault::new(&code::CrmHttpError)
}

/// A key of names that the type does not know.
pub(super) fn no_key(on: &Definition) -> Fault {
    let of = on.name;
    Fault::with(
        &code::CrmHttpError,
        format!(
            "The key in the request URI is not valid for resource '{NAMESPACE}.{of}'. Ensure that the names and \
             number of key properties match the declared or alternate key properties for the resource \
             '{NAMESPACE}.{of}'."
        ),
    )
}

/// No row has this key. The sentence is the service's for tables; for the rest it is made after it.
pub(super) fn not_found(sort: &str, name: &str, id: uuid::Uuid) -> Fault {
    Fault::with(&code::ObjectDoesNotExist, format!("Could not find {sort} with name {name} and id {id}."))
}

/// A filter that breaks off within quotes.
pub(super) fn unterminated(at: usize, text: &str) -> Fault {
    Fault::with(
        &code::CrmHttpError,
        format!("There is an unterminated literal at position {at} in '{text}'."),
    )
}

/// An option that does not follow the grammar.
pub(super) fn syntax_at(at: usize, text: &str) -> Fault {
    Fault::with(&code::CrmHttpError, format!("Syntax error at position {at} in '{text}'."))
}

/// Operands that cannot be compared.
pub(super) fn incompatible(left: &str, right: &str, operator: &str) -> Fault {
    Fault::with(
        &code::CrmHttpError,
        format!(
            "A binary operator with incompatible types was detected. Found operand types '{left}' and '{right}' \
             for operator kind '{operator}'."
        ),
    )
}
