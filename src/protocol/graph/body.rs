//! What a request brings.

use http::header::CONTENT_TYPE;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::ask::Ask;
use super::error::{self, Result};

/// The members of a body.
pub(super) type Members = Map<String, Value>;

/// Reads the body of a request as one object of JSON.
///
/// # Errors
///
/// `BadRequest` where it is empty or anything else.
pub(super) fn members(ask: &Ask<'_>) -> Result<Members> {
    if ask.call.body.is_empty() {
        return Err(error::empty_body());
    }
    let kind = ask.call.headers.get(CONTENT_TYPE).map_or("", |value| value.to_str().unwrap_or_default());
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        return Err(error::bad_body());
    }
    serde_json::from_slice(&ask.call.body).map_err(|_| error::bad_body())
}

/// Refuses a body where none is taken; an empty object is as good as none.
///
/// # Errors
///
/// `BadRequest` where there is one.
pub(super) fn none(ask: &Ask<'_>) -> Result<()> {
    let body = ask.call.body.trim_ascii();
    if body.is_empty() || body == b"{}" { Ok(()) } else { Err(error::unexpected_body()) }
}

/// Whether a member says something about the body rather than about the object.
pub(super) fn is_control_information(name: &str) -> bool {
    matches!(name, "@odata.type" | "@odata.context" | "@odata.id")
}

/// The key in a reference to an object: `{"@odata.id": "…/directoryObjects/{id}"}`.
///
/// # Errors
///
/// `BadRequest` where it refers to nothing.
pub(super) fn reference(members: &Members) -> Result<String> {
    match members.get("@odata.id") {
        Some(Value::String(address)) => referred(address),
        _ => Err(error::bad_reference()),
    }
}

/// The keys in `members@odata.bind`: a list of addresses.
///
/// # Errors
///
/// `BadRequest` where it is anything else.
pub(super) fn references(value: &Value) -> Result<Vec<String>> {
    let list = value.as_array().ok_or_else(error::bad_reference)?;
    list.iter().map(|address| referred(address.as_str().ok_or_else(error::bad_reference)?)).collect()
}

/// The key at the end of an address; whose address it is does not matter, since clients write the service's own.
fn referred(address: &str) -> Result<String> {
    let path = address.split_once("://").map_or(address, |(_, rest)| rest);
    let segments = super::path::segments(path).map_err(|_| error::bad_reference())?;
    match &*segments {
        [.., set, key] if ["directoryObjects", "users", "groups"].contains(&&**set) => Ok(key.clone()),
        _ => Err(error::bad_reference()),
    }
}

/// An id in a body.
///
/// # Errors
///
/// `BadRequest` where it is none.
pub(super) fn guid(value: &Value) -> Result<Uuid> {
    value.as_str().and_then(|text| text.parse().ok()).ok_or_else(error::not_a_guid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_name_an_object_whatever_their_host() {
        for address in [
            "https://graph.microsoft.com/v1.0/directoryObjects/1",
            "http://127.0.0.1:5050/contoso/graph/v1.0/users/1",
            "/v1.0/directoryObjects('1')",
            "directoryObjects/1",
        ] {
            assert_eq!(referred(address).as_deref(), Ok("1"), "{address}");
        }
        for address in ["", "1", "https://graph.microsoft.com/v1.0/devices/1", "directoryObjects"] {
            assert!(referred(address).is_err(), "{address}");
        }
    }
}
