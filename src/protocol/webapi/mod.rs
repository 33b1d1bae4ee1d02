//! The Web API: `OData` v4 as Dataverse speaks it.
//!
//! A request is read in steps that each know one thing: [`path`] the syntax of an address, [`route`] what it means
//! to the catalogue, [`headers`] and [`options`] what is asked for beside it, [`decode`] its body. Then [`read`]
//! answers it from a world, or [`write`] from a change set; [`encode`] writes rows, [`error`] refusals.

mod annotations;
mod ask;
mod batch;
mod bulk;
pub mod csdl;
mod decode;
mod encode;
mod error;
mod etag;
mod functions;
#[doc(hidden)]
pub mod fuzzing;
mod headers;
mod key;
mod links;
pub mod metadata;
mod options;
mod path;
mod plan;
mod prefer;
mod read;
mod reply;
mod route;
#[cfg(test)]
mod tests;
mod write;

use http::Method;

use super::http::{Call, Response};
use crate::fault::{Fault, Result, code};
use crate::model::Catalogue;
use crate::service::registry::Registry;
use crate::service::{Key, Link, Session};
use ask::{Ask, admit};
use decode::References;
use read::Reader;
use route::Route;
use write::{Done, Writing};

pub use plan::plan;

/// Answers a request; `version` is the requested one, `v9.2`.
pub fn handle(version: &str, call: &Call<'_>) -> Response {
    let id = call.host.request_ids.next_id();
    let answered = if is_too_long(version, call) { Err(too_long()) } else { answer(version, call) };
    let mut response = answered.unwrap_or_else(|fault| error::response(call, &fault));
    reply::stamp(&mut response, id);
    response
}

/// The longest address of a request that is not within a batch. Source: queries.md A.1, web-api.md 1.5.
const LONGEST_URL: usize = 32_768;

/// Whether the address of a request is too long; its length counts from the scheme on.
fn is_too_long(version: &str, call: &Call<'_>) -> bool {
    let sent = call.path.len() + call.query.len();
    // Nearly all addresses are far from it, so what stands before the path is seldom put together.
    sent > LONGEST_URL / 2 && {
        let mut root = Vec::new();
        links::Root { site: call.site, version }.push(&mut root);
        root.len() + sent + 2 > LONGEST_URL
    }
}

/// `Assumed:` status, code and text; the documents say only that such a request is refused.
fn too_long() -> Fault {
    Fault::with(&code::CrmHttpError, "The length of the URL for this request exceeds the configured maximum.")
        .hint("Send the request within a $batch, where 65,536 characters are allowed.")
}

fn answer(version: &str, call: &Call<'_>) -> Result<Response> {
    if let Some(elsewhere) = Elsewhere::of(call.path) {
        if elsewhere == Elsewhere::Batch {
            return batch::handle(version, call);
        }
        admit(&call.organization.read(), call)?;
        return match elsewhere {
            Elsewhere::Root => csdl::service_document(version, call),
            Elsewhere::Metadata => csdl::metadata(version, call),
            _ => metadata::handle(version, call),
        };
    }
    if matches!(*call.method, Method::GET | Method::HEAD) {
        return get(version, call);
    }
    let references = References::default();
    let (service, live) = (&call.host.service, call.organization.live());
    let change = |session: &mut Session<'_>| in_session(version, call, session, &references);
    let (done, notes) =
        if call.body.len() > LONG { service.write_long(live, change) } else { service.write(live, change) }?;
    let mut response = done.response;
    error::tell(&mut response, &notes);
    Ok(response)
}

/// A body of more bytes brings many rows, and writing them takes so long that readers should not wait.
const LONG: usize = 64 << 10;

/// Addresses that name no rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Elsewhere {
    /// The service document.
    Root,
    /// `$metadata`
    Metadata,
    /// `$batch`
    Batch,
    /// The definitions of tables.
    Definitions,
}

impl Elsewhere {
    fn of(path: &str) -> Option<Self> {
        // Entity sets begin with a small letter, and nothing here does.
        if path.as_bytes().first().is_some_and(u8::is_ascii_lowercase) {
            return None;
        }
        let path = path.strip_suffix('/').unwrap_or(path);
        let is = |name: &str| {
            path.strip_prefix('$').or_else(|| path.strip_prefix("%24")).is_some_and(|rest| rest == name)
        };
        if path.is_empty() {
            Some(Self::Root)
        } else if is("metadata") {
            Some(Self::Metadata)
        } else if is("batch") {
            Some(Self::Batch)
        } else {
            metadata::handles(path).then_some(Self::Definitions)
        }
    }
}

/// Carries out a write within a change set.
fn in_session(
    version: &str,
    call: &Call<'_>,
    session: &mut Session<'_>,
    references: &References,
) -> Result<Done> {
    let caller = admit(session.world(), call)?;
    if Elsewhere::of(call.path).is_some() {
        return Err(Fault::not_emulated("definitions within a change set"));
    }
    let path = path::decode(call.path)?;
    let catalogue = call.host.catalogue();
    let route = resolve(catalogue, call.host.service.registry(), &path)?;
    let ask = Ask::new(version, call)?;
    Writing { ask: &ask, session, caller: &caller, catalogue, references }.answer(&route)
}

fn get(version: &str, call: &Call<'_>) -> Result<Response> {
    let world = call.organization.read();
    let path = path::decode(call.path);
    let route = path.as_deref().map_err(Fault::clone);
    let route = route.and_then(|path| resolve(world.catalogue(), call.host.service.registry(), path));
    // On its way while everything else is found out.
    if let Some(Link { table, key: Key::Id(id) }) = route.as_ref().ok().and_then(Route::start) {
        world.records().table(*table).bring_near(*id);
    }
    // Who may not come in is told so whatever the address is.
    let caller = admit(&world, call)?;
    let route = route?;
    let ask = Ask::new(version, call)?;
    Reader { ask: &ask, world: &world, lasting: Some(&world), caller: &caller }.answer(&route)
}

/// Looks a path up, and explains a name that stands where only its full form may.
fn resolve<'p>(catalogue: &Catalogue, registry: &Registry, path: &'p str) -> Result<Route<'p>> {
    let segments = path::split(path)?;
    route::resolve(catalogue, &segments).map_err(|fault| {
        let last = segments.last().map_or("", |segment| segment.name);
        functions::unresolved(registry, last).filter(|_| segments.len() > 1).unwrap_or(fault)
    })
}
