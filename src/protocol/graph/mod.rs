//! The Office 365 directory in the shape of Microsoft Graph, so that Graph's own clients work against it.
//!
//! A request is read in steps that each know one thing: [`path`] the syntax of an address, [`options`] what is asked for
//! beside it, [`body`] what it brings; [`route`] finds who answers. Reads hold one world; writes go through the tenant,
//! all of one or nothing. [`item`] writes what is answered, [`error`] what is refused.
//!
//! Source: Microsoft Graph REST API v1.0 reference. `Assumed:` whoever may speak to the directory may do everything in
//! it: roles of CRM say nothing about it, and the tenant's own permissions are not modelled.

mod ask;
mod batch;
mod body;
mod deleted;
mod error;
mod filter;
mod groups;
mod item;
mod licenses;
mod list;
mod objects;
mod options;
mod organization;
mod path;
mod property;
mod reply;
mod roles;
mod route;
mod users;

use super::http::{Call, Response};
use ask::Ask;
use error::Result;
use reply::{Ids, Reply};

/// Answers a request; the path of the call begins with the version, `v1.0`.
pub fn handle(call: &Call<'_>) -> Response {
    let ids = Ids::of(call);
    reply(call, &ids).into_response(&ids)
}

/// The answer to a request, refused or not.
fn reply(call: &Call<'_>, ids: &Ids) -> Reply {
    answer(call).unwrap_or_else(|error| error.into_reply(ids))
}

fn answer(call: &Call<'_>) -> Result<Reply> {
    let ask = Ask::read(call)?;
    route::answer(&ask)
}
