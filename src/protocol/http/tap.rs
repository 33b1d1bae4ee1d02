//! The tap: what passes the front is recorded in the journal of the organization it is for.
//!
//! Every request pays for it, so what can be moved into the entry is moved, and what costs more than a few
//! instructions waits until somebody asks.

use std::cell::{Cell, RefCell};
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;

use bytes::Bytes;
use foldhash::fast::FixedState;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use super::{Response, trouble};
use crate::clock::{Clock, machine_now, micros_since};
use crate::hosting::{Host, Organization};
use crate::identity;
use crate::inject::Trouble;
use crate::journal::{Address, Body, Entry, Facts, Wire};
use crate::protocol::credentials::Sent;
use crate::world::World;

/// Which documented rules an answer names.
const RULE: HeaderName = HeaderName::from_static("x-ms-emulator-rule");

/// What a face finds out about a request: who asks, by which clock, and what was within it.
#[derive(Debug, Default)]
pub struct Trace {
    seen: Cell<Option<Seen>>,
    parts: RefCell<Vec<Part>>,
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    caller: Option<Uuid>,
    clock: Clock,
    keep: u32,
}

impl Seen {
    fn of(world: &World, caller: Option<Uuid>) -> Self {
        Self { caller, clock: world.clock(), keep: world.settings().journal }
    }
}

/// A request within a request, such as one of a batch.
#[derive(Debug)]
pub struct Part {
    begun: Timestamp,
    duration_us: u64,
    caller: Option<Uuid>,
    method: Method,
    target: Box<str>,
    headers: HeaderMap,
    body: Body,
    answer: Option<Answered>,
}

/// What is kept of an answer.
#[derive(Debug)]
struct Answered {
    status: u16,
    rules: Option<Box<str>>,
    code: Option<Box<str>>,
    headers: Headers,
    body: Body,
}

/// Not inline: what holds them is moved several times on its way into the journal.
type Headers = Vec<(HeaderName, HeaderValue)>;

impl Trace {
    /// Notes who asks of which world; `None` where nobody found out.
    pub fn asked(&self, world: &World, caller: Option<Uuid>) {
        self.seen.set(Some(Seen::of(world, caller)));
    }

    /// Whether the requests within this one are recorded.
    pub fn keeps_parts(&self) -> bool {
        self.seen.get().is_none_or(|seen| seen.keep > 0)
    }

    /// Adds a request within this one.
    pub fn add(&self, part: Part) {
        self.parts.borrow_mut().push(part);
    }

    fn caller(&self) -> Option<Uuid> {
        self.seen.get().and_then(|seen| seen.caller)
    }
}

impl Part {
    /// A request that began then and is not answered yet.
    pub fn new(begun: Timestamp, method: Method, target: &str, headers: HeaderMap, body: &[u8]) -> Self {
        Self {
            begun,
            duration_us: 0,
            caller: None,
            method,
            target: target.into(),
            headers,
            body: Body::whole(body),
            answer: None,
        }
    }

    /// Notes that it has been carried out, and what its own trace found out.
    #[must_use]
    pub fn done(mut self, trace: &Trace) -> Self {
        self.duration_us = micros_since(self.begun);
        self.caller = trace.caller();
        self
    }

    /// Adds the answer.
    #[must_use]
    pub fn answered(mut self, response: &Response) -> Self {
        self.answer = Some(Answered::of(response));
        self
    }
}

impl Answered {
    fn of(response: &Response) -> Self {
        let mut rules = None;
        let mut headers = Headers::with_capacity(response.headers().len());
        for (name, value) in response.headers() {
            if *name == RULE {
                rules = value.to_str().ok().map(Box::from);
            }
            headers.push((name.clone(), value.clone()));
        }
        let status = response.status().as_u16();
        let code = if status >= 400 { code(response.body().made()) } else { None };
        Self { status, rules, code, headers, body: response.body().kept() }
    }
}

/// The code of the error that a body tells.
fn code(body: &[u8]) -> Option<Box<str>> {
    #[derive(Deserialize)]
    struct Document {
        error: Error,
    }
    #[derive(Deserialize)]
    struct Error {
        code: Box<str>,
    }
    serde_json::from_slice::<Document>(body).ok().map(|document| document.error.code)
}

/// The tap of one request.
#[derive(Debug)]
pub(super) struct Tap {
    begun: Timestamp,
    organization: Option<Arc<Organization>>,
    body: Body,
    trouble: Option<Box<Trouble>>,
    trace: Trace,
}

impl Tap {
    /// A request came.
    pub(super) fn new() -> Self {
        Self {
            begun: machine_now(),
            organization: None,
            body: Body::default(),
            trouble: None,
            trace: Trace::default(),
        }
    }

    /// What the face finds out.
    pub(super) fn trace(&self) -> &Trace {
        &self.trace
    }

    /// Whether the organization is known.
    pub(super) fn is_placed(&self) -> bool {
        self.organization.is_some()
    }

    /// The request was for an organization and came to no face of it: it is recorded there, without the body that
    /// nobody read.
    pub(super) fn place(&mut self, organization: Arc<Organization>, headers: &HeaderMap) {
        self.organization = Some(organization);
        let is_empty = |length: &HeaderValue| length.as_bytes() == b"0";
        if headers.contains_key(TRANSFER_ENCODING)
            || headers.get(CONTENT_LENGTH).is_some_and(|of| !is_empty(of))
        {
            self.body = Body::begun(&[]);
        }
    }

    /// The request is for an organization and has a body. Where an injection strikes it, waits and perhaps answers in
    /// place of the face.
    pub(super) async fn enter(
        &mut self,
        host: &Host,
        organization: &Arc<Organization>,
        parts: &Parts,
        body: &Bytes,
    ) -> Option<Response> {
        self.organization = Some(Arc::clone(organization));
        self.body = Body::whole(body);
        if !organization.injections().are_armed() {
            return None;
        }
        self.trouble = self.strike(host, organization, parts, body).map(Box::new);
        trouble::before(self.trouble.as_deref()?).await
    }

    /// The trouble that is planned for a request.
    fn strike(
        &self,
        host: &Host,
        organization: &Organization,
        parts: &Parts,
        body: &[u8],
    ) -> Option<Trouble> {
        let world = organization.read();
        // As the faces do, which find out again: only where something is planned does anybody need it sooner.
        let sent = Sent::read(&parts.headers, |token| host.sessions.user(&world, organization.name(), token));
        let caller = identity::authenticate(&world, &sent.credentials()).ok().map(|caller| caller.user);
        self.trace.asked(&world, caller);
        let path = Address::of(target(&parts.uri), organization.name()).path;
        let method = parts.method.as_str();
        organization.injections().strike(&Facts { method, path, caller, status: None, rules: "", body })
    }

    /// The request is answered: does to the answer what is planned, and records both.
    pub(super) fn finish(self, host: Option<&Host>, parts: Parts, response: &mut Response) {
        let (Some(organization), Some(host)) = (self.organization, host) else { return };
        let seen = self.trace.seen.get().unwrap_or_else(|| Seen::of(&organization.read(), None));
        let injection = self.trouble.as_ref().map(|trouble| trouble.id);
        // What is cut off or slowed down is recorded as it was answered.
        let kept = self.trouble.as_deref().map(|trouble| {
            let kept = response.body().kept();
            trouble::after(trouble, response);
            kept
        });
        if seen.keep == 0 {
            return;
        }
        let keep = seen.keep as usize;
        let mut answer = Answered::of(response);
        if let Some(kept) = kept {
            answer.body = kept;
        }
        let entry = Entry {
            id: 0,
            at: seen.clock.at(self.begun),
            duration_us: micros_since(self.begun),
            caller: seen.caller,
            status: Some(answer.status).filter(|_| !trouble::is_dropped(response)),
            rules: answer.rules,
            code: answer.code,
            batch: None,
            injection,
            request: self.body,
            response: answer.body,
            wire: Arc::new(Whole {
                method: parts.method,
                uri: parts.uri,
                request: parts.headers,
                response: answer.headers,
            }),
        };
        let shape = shape(&entry);
        let id = host.record(&organization, entry, shape, keep);
        for part in self.trace.parts.into_inner() {
            let entry = part.entry(id, seen.clock, injection);
            let shape = self::shape(&entry);
            host.record(&organization, entry, shape, keep);
        }
    }
}

impl Part {
    fn entry(self, batch: u64, clock: Clock, injection: Option<u64>) -> Entry {
        let answer = self.answer;
        let status = answer.as_ref().map(|answer| answer.status);
        let (rules, code, headers, body) = answer
            .map_or_else(Default::default, |answer| (answer.rules, answer.code, answer.headers, answer.body));
        Entry {
            id: 0,
            at: clock.at(self.begun),
            duration_us: self.duration_us,
            caller: self.caller,
            status,
            rules,
            code,
            batch: Some(batch),
            injection,
            request: self.body,
            response: body,
            wire: Arc::new(Within {
                method: self.method,
                target: self.target,
                request: self.headers,
                response: headers,
            }),
        }
    }
}

fn target(uri: &Uri) -> &str {
    uri.path_and_query().map_or("/", |target| target.as_str())
}

/// Tells requests apart as far as coverage does: not by the keys of rows.
fn shape(entry: &Entry) -> u64 {
    let mut hasher = FixedState::with_seed(0).build_hasher();
    hasher.write_u8(u8::from(entry.status.is_some_and(|status| status < 400)));
    hasher.write(entry.wire.method().as_bytes());
    let target = entry.wire.target().as_bytes();
    let end = memchr::memchr(b'?', target).unwrap_or(target.len());
    let (path, query) = target.split_at(end);
    match memchr::memchr(b'(', path) {
        None => hasher.write(path),
        Some(open) => {
            hasher.write(&path[..open]);
            // What is called on a row stands behind its key. A key with a slash in it makes a shape of its own.
            if let Some(behind) = memchr::memchr(b'/', &path[open..]) {
                hasher.write(&path[open + behind..]);
            }
        }
    }
    hasher.write(query);
    hasher.finish()
}

/// A request by itself.
#[derive(Debug)]
struct Whole {
    method: Method,
    uri: Uri,
    request: HeaderMap,
    response: Headers,
}

impl Wire for Whole {
    fn method(&self) -> &str {
        self.method.as_str()
    }

    fn target(&self) -> &str {
        target(&self.uri)
    }

    fn request_headers(&self, each: &mut dyn FnMut(&str, &[u8])) {
        self.request.iter().for_each(|(name, value)| each(name.as_str(), value.as_bytes()));
    }

    fn response_headers(&self, each: &mut dyn FnMut(&str, &[u8])) {
        self.response.iter().for_each(|(name, value)| each(name.as_str(), value.as_bytes()));
    }
}

/// A request within a request.
#[derive(Debug)]
struct Within {
    method: Method,
    target: Box<str>,
    request: HeaderMap,
    response: Headers,
}

impl Wire for Within {
    fn method(&self) -> &str {
        self.method.as_str()
    }

    fn target(&self) -> &str {
        &self.target
    }

    fn request_headers(&self, each: &mut dyn FnMut(&str, &[u8])) {
        self.request.iter().for_each(|(name, value)| each(name.as_str(), value.as_bytes()));
    }

    fn response_headers(&self, each: &mut dyn FnMut(&str, &[u8])) {
        self.response.iter().for_each(|(name, value)| each(name.as_str(), value.as_bytes()));
    }
}
