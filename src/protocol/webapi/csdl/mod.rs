//! The two documents in which the Web API describes itself: `$metadata` and the service document.
//!
//! Both are derived from the catalogue and from the signatures of the registered messages; nothing of them is
//! written down. Source of the shape: web-api.md section 1.2, and the fragments of the product's own document in
//! "Web API entity types", "Web API Properties", "Web API Navigation Properties", "Web API Functions".

mod document;
#[cfg(test)]
pub(super) mod tests;
mod xml;

use std::sync::{Arc, Mutex, PoisonError, Weak};

use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode};

use super::metadata::schema::SETS;
use super::reply;
use crate::fault::{Fault, Kind, Result, code};
use crate::model::Catalogue;
use crate::protocol::http::{Call, Response};

/// Answers `GET $metadata`.
///
/// # Errors
///
/// 405 for other methods, 404 for a path that goes on, 501 for query options other than `annotations`.
pub fn metadata(_version: &str, call: &Call<'_>) -> Result<Response> {
    only_reads(call)?;
    if let Some((_, rest)) = call.path.trim_end_matches('/').split_once('/') {
        let message = format!("Resource not found for the segment '{rest}'.");
        return Err(Fault::with(&code::CrmHttpError, message).kind_of(Kind::NotFound));
    }
    let preferred = prefers_annotations(call);
    let annotations = annotations_option(call.query)?.unwrap_or(preferred);
    let world = call.organization.read();
    let registry = call.host.service.registry();
    let body = cached(world.catalogue(), annotations, || {
        document::write(world.catalogue(), registry.messages(), annotations)
    });
    let mut response = reply::xml(body);
    if preferred {
        let applied = HeaderValue::from_static("odata.include-annotations=\"*\"");
        response.headers_mut().insert("preference-applied", applied);
    }
    Ok(response)
}

/// Answers `GET` of the root: the entity sets by name.
///
/// # Errors
///
/// 405 for other methods, 501 for any query option.
pub fn service_document(version: &str, call: &Call<'_>) -> Result<Response> {
    only_reads(call)?;
    if !call.query.is_empty() {
        return Err(Fault::not_emulated("query options on the service document"));
    }
    let world = call.organization.read();
    let root = format!("{}/api/data/{version}", call.site.base());
    Ok(reply::json(StatusCode::OK, entity_sets(world.catalogue(), &root).into()))
}

fn entity_sets(catalogue: &Catalogue, root: &str) -> String {
    let tables = catalogue.tables().iter().map(|table| &*table.entity_set_name);
    let mut names: Vec<&str> = tables.chain(SETS.iter().map(|set| set.name)).collect();
    names.sort_unstable();
    // Names of sets are identifiers: nothing in them needs escaping.
    let sets: Vec<String> = names
        .iter()
        .map(|name| format!(r#"{{"name":"{name}","kind":"EntitySet","url":"{name}"}}"#))
        .collect();
    let context = serde_json::Value::from(format!("{root}/$metadata"));
    format!(r#"{{"@odata.context":{context},"value":[{}]}}"#, sets.join(","))
}

fn only_reads(call: &Call<'_>) -> Result<()> {
    if matches!(*call.method, Method::GET | Method::HEAD) {
        return Ok(());
    }
    Err(Fault::with(
        &code::CrmHttpError,
        format!("The requested resource does not support http method '{}'.", call.method),
    )
    .kind_of(Kind::NotAllowed))
}

/// What `?annotations=` says; `None` where it is not there.
fn annotations_option(query: &str) -> Result<Option<bool>> {
    let mut wanted = None;
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        wanted = match (name, value) {
            ("annotations", "true") => Some(true),
            ("annotations", "false") => Some(false),
            _ => return Err(Fault::not_emulated(format_args!("the query option {pair} on $metadata"))),
        };
    }
    Ok(wanted)
}

/// Whether a `Prefer` header asks for all annotations, or all of the vocabulary that is written.
fn prefers_annotations(call: &Call<'_>) -> bool {
    call.headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok()).any(|value| {
        let Some((_, list)) = value.split_once("odata.include-annotations=") else { return false };
        let list = match list.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next().unwrap_or_default(),
            None => list.split([',', ';']).next().unwrap_or_default(),
        };
        list.split(',').any(|name| matches!(name.trim(), "*" | "Org.OData.Core.V1.*"))
    })
}

/// One written document. A catalogue belongs to one host, and a host has one registry of messages: the catalogue
/// alone tells documents apart.
struct Written {
    catalogue: Weak<Catalogue>,
    annotations: bool,
    document: Bytes,
}

/// A memory of a pure function and no state: nothing can be read from it that the arguments do not say.
static WRITTEN: Mutex<Vec<Written>> = Mutex::new(Vec::new());

fn cached(catalogue: &Arc<Catalogue>, annotations: bool, write: impl FnOnce() -> Vec<u8>) -> Bytes {
    let mut written = WRITTEN.lock().unwrap_or_else(PoisonError::into_inner);
    // While an entry holds the weak reference, no other catalogue can take the address.
    let found = written.iter().find(|entry| {
        std::ptr::eq(entry.catalogue.as_ptr(), Arc::as_ptr(catalogue)) && entry.annotations == annotations
    });
    if let Some(found) = found {
        return found.document.clone();
    }
    written.retain(|entry| entry.catalogue.strong_count() > 0);
    let document = Bytes::from(write());
    written.push(Written { catalogue: Arc::downgrade(catalogue), annotations, document: document.clone() });
    document
}
