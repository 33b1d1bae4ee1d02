//! The tap: what passes the front is recorded in the journal of the organization it is for.
//!
//! Every request pays for it, so what can be moved into the entry is moved, and what costs more than a few
//! instructions waits until somebody asks.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::sync::Arc;

use bytes::Bytes;
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
use crate::journal::{Address, Body, Facts, Head, Observed, Outline};
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
    status: Option<u16>,
    head: Head,
    request: Body<Bytes>,
    response: Body<Bytes>,
}

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
    pub fn new(begun: Timestamp, method: &Method, target: &str, headers: &HeaderMap, body: &[u8]) -> Self {
        Self {
            begun,
            duration_us: 0,
            caller: None,
            status: None,
            head: asked(method, target, headers),
            request: Body::whole(body).kept(),
            response: Body::whole(Bytes::new()),
        }
    }

    /// Notes that it has been carried out, and what its own trace found out.
    #[must_use]
    pub fn done(mut self, trace: &Trace) -> Self {
        self.duration_us = micros_since(self.begun);
        self.caller = trace.caller();
        self
    }

    /// Adds the answer. What is an answer's own but not a part's, such as the request's id, is still empty.
    #[must_use]
    pub fn answered(mut self, response: &Response) -> Self {
        answered(&mut self.head, response);
        self.status = Some(response.status().as_u16());
        self.response = response.body().excerpt().kept();
        self
    }

    fn observed(&self, batch: u64, clock: Clock, injection: Option<u64>) -> Observed<'_> {
        let outline = Outline {
            at: clock.at(self.begun),
            duration_us: self.duration_us,
            caller: self.caller,
            status: self.status,
            batch: Some(batch),
            injection,
        };
        let (request, response) = (self.request.borrowed(), self.response.borrowed());
        Observed { outline, head: &self.head, request, response }
    }
}

fn asked(method: &Method, target: &str, headers: &HeaderMap) -> Head {
    let mut head = Head::asked(method.as_str(), target);
    for (name, value) in headers {
        head.header(name.as_str(), value.as_bytes());
    }
    head
}

fn answered(head: &mut Head, response: &Response) {
    head.answered();
    let mut rules = "";
    for (name, value) in response.headers().iter().filter(|(_, value)| !value.is_empty()) {
        if *name == RULE {
            rules = value.to_str().unwrap_or_default();
        }
        head.header(name.as_str(), value.as_bytes());
    }
    let is_refusal = response.status().as_u16() >= 400;
    let code = is_refusal.then(|| code(response.body().made())).flatten();
    head.decided(rules, code.as_deref().unwrap_or_default());
}

/// The code of the error that a body tells.
fn code(body: &[u8]) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Document<'b> {
        #[serde(borrow)]
        error: Error<'b>,
    }
    #[derive(Deserialize)]
    struct Error<'b> {
        #[serde(borrow)]
        code: Cow<'b, str>,
    }
    serde_json::from_slice::<Document<'_>>(body).ok().map(|document| document.error.code)
}

/// The tap of one request.
#[derive(Debug)]
pub(super) struct Tap {
    begun: Timestamp,
    organization: Option<Arc<Organization>>,
    body: Body<Bytes>,
    trouble: Option<Box<Trouble>>,
    trace: Trace,
}

impl Tap {
    /// A request came.
    pub(super) fn new() -> Self {
        Self {
            begun: machine_now(),
            organization: None,
            body: Body::whole(Bytes::new()),
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
            self.body = Body::begun(Bytes::new());
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
        self.body = Body::whole(body.clone());
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

    /// The request is answered: records both, and does to the answer what is planned.
    pub(super) fn finish(self, host: Option<&Host>, parts: &Parts, response: &mut Response) {
        let (Some(organization), Some(host)) = (self.organization, host) else { return };
        let seen = self.trace.seen.get().unwrap_or_else(|| Seen::of(&organization.read(), None));
        let injection = self.trouble.as_ref().map(|trouble| trouble.id);
        if let Some(trouble) = self.trouble.as_deref() {
            trouble::mark(trouble, response);
        }
        if seen.keep > 0 {
            let keep = seen.keep as usize;
            let mut head = asked(&parts.method, target(&parts.uri), &parts.headers);
            answered(&mut head, response);
            let outline = Outline {
                at: seen.clock.at(self.begun),
                duration_us: micros_since(self.begun),
                caller: seen.caller,
                status: Some(response.status().as_u16()).filter(|_| !trouble::is_dropped(response)),
                batch: None,
                injection,
            };
            let (request, response) = (self.body.borrowed(), response.body().excerpt());
            let id = host.record(&organization, &Observed { outline, head: &head, request, response }, keep);
            for part in self.trace.parts.into_inner() {
                host.record(&organization, &part.observed(id, seen.clock, injection), keep);
            }
        }
        // What is cut off or slowed down is recorded as it was answered.
        if let Some(trouble) = self.trouble.as_deref() {
            trouble::after(trouble, response);
        }
    }
}

fn target(uri: &Uri) -> &str {
    uri.path_and_query().map_or("/", |target| target.as_str())
}
