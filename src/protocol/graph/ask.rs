//! One request as those who answer it see it.

use std::cell::RefCell;

use http::header::{ACCEPT, AUTHORIZATION, IF_MATCH, IF_NONE_MATCH};
use http::{HeaderMap, Method};
use uuid::Uuid;

use super::error::{self, Result};
use super::options::Options;
use super::path;
use super::reply::Level;
use crate::directory::Account;
use crate::identity::Who;
use crate::licensing::Facts;
use crate::protocol::credentials::Sent;
use crate::protocol::http::Call;
use crate::settings::AuthMode;
use crate::world::World;

/// A request.
#[derive(Debug)]
pub(super) struct Ask<'a> {
    /// As it came in.
    pub(super) call: &'a Call<'a>,
    /// What stands behind the version, segment by segment.
    pub(super) segments: Vec<String>,
    /// The query options.
    pub(super) options: Options<'a>,
    /// How much control information the client wants.
    pub(super) level: Level,
    /// `ConsistencyLevel: eventual` was sent.
    pub(super) is_eventual: bool,
    /// Who asks.
    who: Asker,
}

/// Who asks, as far as the directory can tell.
#[derive(Debug, PartialEq, Eq)]
enum Asker {
    /// Nobody in particular: the organization's default caller.
    Anybody,
    /// Somebody with an object id or a sign-in name.
    Person { id: Option<Uuid>, name: Option<String> },
    /// A program, which is nobody's account.
    Program,
}

const VERSION: &str = "v1.0";

impl<'a> Ask<'a> {
    /// Reads a request.
    ///
    /// # Errors
    ///
    /// 401 where the organization wants a token of the emulator's own and got none; what cannot be read.
    pub(super) fn read(call: &'a Call<'a>) -> Result<Self> {
        let (version, path) = call.path.split_once('/').unwrap_or((call.path, ""));
        if version.eq_ignore_ascii_case("beta") {
            return Err(error::not_emulated("the version beta of Microsoft Graph"));
        }
        if !version.eq_ignore_ascii_case(VERSION) {
            return Err(error::bad_version(version));
        }
        let who = asker(call)?;
        if [IF_MATCH, IF_NONE_MATCH]
            .iter()
            .any(|name| call.headers.get(name).is_some_and(|value| value != "*"))
        {
            return Err(error::precondition());
        }
        let options = Options::read(call.query)?;
        let level = level(call.headers, options.get("$format"))?;
        let is_eventual = call
            .headers
            .get("consistencylevel")
            .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"eventual"));
        Ok(Self { call, segments: path::segments(path)?, options, level, is_eventual, who })
    }

    /// The method; HEAD is answered as GET.
    pub(super) fn method(&self) -> &Method {
        self.call.method
    }

    /// What addresses of this service begin with, without a slash at the end.
    pub(super) fn root(&self) -> String {
        format!("{}/graph/{VERSION}", self.call.site.base())
    }

    /// The address of what is asked for, without its query, as it was sent.
    pub(super) fn address(&self) -> String {
        format!("{}/graph/{}", self.call.site.base(), self.call.path)
    }

    /// The context of an answer.
    pub(super) fn context(&self, of: &str) -> String {
        format!("{}/$metadata#{of}", self.root())
    }

    /// Whether the query may use what only the advanced engine has.
    pub(super) fn is_advanced(&self) -> bool {
        self.is_eventual && self.options.counts()
    }

    /// Refuses every method but these.
    pub(super) fn only(&self, methods: &[Method]) -> Result<()> {
        if methods.contains(self.method()) { Ok(()) } else { Err(error::wrong_method()) }
    }

    /// The account that asks.
    ///
    /// # Errors
    ///
    /// 400 where no account can be behind the request, 404 where the one that is named is not there.
    pub(super) fn me(&self, world: &World) -> Result<Uuid> {
        let directory = world.directory();
        match &self.who {
            Asker::Program => Err(error::not_delegated()),
            Asker::Anybody => {
                let caller = Facts::of(world, world.identity().default_caller);
                let account = caller.and_then(|facts| facts.account(world));
                account.map(|account| account.id).ok_or_else(error::not_delegated)
            }
            Asker::Person { id, name } => {
                let found = id.and_then(|id| directory.account(id));
                let found = found.or_else(|| directory.account_named(name.as_deref()?));
                let named = || id.map_or_else(|| name.clone().unwrap_or_default(), |id| id.to_string());
                found.map(|account| account.id).ok_or_else(|| error::not_found(named()))
            }
        }
    }
}

/// The account that a key names: an object id or a sign-in name.
///
/// # Errors
///
/// 404 where there is none.
pub(super) fn account<'w>(world: &'w World, key: &str) -> Result<&'w Account> {
    let directory = world.directory();
    let found = match key.parse() {
        Ok(id) => directory.account(id),
        Err(_) => directory.account_named(key),
    };
    found.ok_or_else(|| error::not_found(key))
}

/// Finds out who asks. Everybody is believed where the organization asks for no token.
fn asker(call: &Call<'_>) -> Result<Asker> {
    let signed_in = RefCell::new(None);
    let issued = |token: &str| {
        let name = call.host.sessions.name(call.organization.name(), token.parse().ok()?)?;
        signed_in.replace(Some(name.into_string()));
        Some(Uuid::nil())
    };
    let sent = Sent::read(call.headers, issued);
    let credentials = sent.credentials();
    if let Who::Issued(_) = credentials.who {
        return Ok(Asker::Person { id: None, name: signed_in.take() });
    }
    if call.organization.read().settings().auth == AuthMode::Token {
        let is_sent = call.headers.contains_key(AUTHORIZATION);
        return Err(if is_sent { error::bad_token() } else { error::unauthenticated() });
    }
    Ok(match credentials.who {
        Who::Claims { object_id: None, name: None, .. } => Asker::Program,
        Who::Claims { object_id, name, .. } => Asker::Person { id: object_id, name: name.map(str::to_owned) },
        Who::Name(name) => Asker::Person { id: None, name: Some(name.to_owned()) },
        _ => Asker::Anybody,
    })
}

/// How much control information is asked for.
fn level(headers: &HeaderMap, format: Option<&str>) -> Result<Level> {
    let accept = headers.get(ACCEPT).map_or("", |value| value.to_str().unwrap_or("?"));
    let wanted = format.unwrap_or(accept);
    if wanted.is_empty() {
        return Ok(Level::default());
    }
    for range in wanted.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default();
        let is_ours = ["*/*", "application/*", "application/json", "text/plain", "text/*"]
            .iter()
            .any(|name| name.eq_ignore_ascii_case(kind))
            || format.is_some() && kind.eq_ignore_ascii_case("json");
        if !is_ours {
            continue;
        }
        let level = parts.find_map(|part| {
            let (name, value) = part.split_once('=')?;
            name.trim().eq_ignore_ascii_case("odata.metadata").then(|| value.trim())
        });
        return match level {
            None => Ok(Level::Minimal),
            Some(text) if text.eq_ignore_ascii_case("minimal") => Ok(Level::Minimal),
            Some(text) if text.eq_ignore_ascii_case("none") => Ok(Level::None),
            Some(text) if text.eq_ignore_ascii_case("full") => Ok(Level::Full),
            Some(_) => Err(error::not_acceptable(wanted)),
        };
    }
    Err(error::not_acceptable(wanted))
}
