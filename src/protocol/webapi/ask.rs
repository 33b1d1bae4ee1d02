//! One request as the handlers see it.

use super::headers::Head;
use super::links::Root;
use super::options::Options;
use crate::fault::Result;
use crate::identity::{self, Caller};
use crate::protocol::credentials::Sent;
use crate::protocol::http::Call;
use crate::service::access;
use crate::world::World;

/// A request with what its headers and options say.
#[derive(Debug)]
pub(super) struct Ask<'a> {
    /// The request itself.
    pub(super) call: &'a Call<'a>,
    /// What links in the answer begin with.
    pub(super) root: Root<'a>,
    /// What the headers ask for.
    pub(super) head: Head<'a>,
    /// The query options.
    pub(super) options: Options<'a>,
}

impl<'a> Ask<'a> {
    /// Reads headers and options.
    ///
    /// # Errors
    ///
    /// `NotEmulated` for headers that ask for what the emulator lacks, `CrmHttpError` for a query that is no text.
    pub(super) fn new(version: &'a str, call: &'a Call<'a>) -> Result<Self> {
        Ok(Self {
            call,
            root: Root { site: call.site, version },
            head: Head::read(call.headers)?,
            options: Options::read(call.query)?,
        })
    }
}

/// Finds out who asks, and whether it may use the organization at all.
///
/// # Errors
///
/// 401 and 403 as [`identity::authenticate`] and [`access::admit`] say.
pub(super) fn admit(world: &World, call: &Call<'_>) -> Result<Caller> {
    let issued = |token: &str| call.host.sessions.user(world, call.organization.name(), token);
    let sent = Sent::read(call.headers, issued);
    let caller = identity::authenticate(world, &sent.credentials());
    call.trace.asked(world, caller.as_ref().ok().map(|caller| caller.user));
    let caller = caller?;
    access::admit(world, &caller)?;
    Ok(caller)
}
