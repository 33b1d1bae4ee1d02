//! What every request meets first: it finds face and organization, reads the body, and lets no panic out.

use std::convert::Infallible;
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_LENGTH, HOST, LOCATION};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri};
use http_body::Body;
use jiff::Timestamp;

use super::address::{self, Target};
use super::guard::{Hosts, Reach};
use super::notes::Notes;
use super::tap::Tap;
use super::{Answer, Call, Refusal, Response, Site, Trace, Visit, body};
use crate::clock::machine_now;
use crate::hosting::{Host, Organization};
use crate::protocol::credentials::account_acted_as;

/// Answers a Web API call; the version is the requested one, `v9.2`.
pub type WebApiFace = fn(&str, &Call<'_>) -> Response;

/// Tells by which plan a Web API call would be answered, as a JSON document; the version is the requested one.
pub type PlanFace = fn(&str, &Call<'_>) -> Result<serde_json::Value, Refusal>;

/// Answers a call to the directory.
pub type GraphFace = fn(&Call<'_>) -> Response;

/// Answers a call of the control API; the request's [`Site`] is among its extensions.
pub type ControlFace = fn(Front, Request<Bytes>) -> Pin<Box<dyn Future<Output = Response> + Send>>;

/// Answers a request for a page; its address is the one below the organization.
pub type PagesFace = fn(Visit, Request<Bytes>) -> Pin<Box<dyn Future<Output = Response> + Send>>;

/// The faces behind the front.
#[derive(Debug, Clone, Copy)]
pub struct Faces {
    /// `/api/data/…`.
    pub web_api: WebApiFace,
    /// The plan of a request to `/api/data/…`, which the control API tells.
    pub plan: PlanFace,
    /// `/graph/…`.
    pub graph: GraphFace,
    /// `/_emulator/v1/…`.
    pub control: ControlFace,
    /// `/main.aspx`, `/adminportal`, `/_emulator/`.
    pub pages: PagesFace,
}

/// What a request may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The largest body, in bytes.
    pub body_bytes: usize,
}

impl Default for Limits {
    /// 128 MiB, as large as the service lets a file be.
    fn default() -> Self {
        Self { body_bytes: 128 << 20 }
    }
}

/// The front of one emulator: a `tower::Service` that is cheap to clone and needs no socket.
#[derive(Clone)]
pub struct Front(Arc<Inner>);

struct Inner {
    host: OnceLock<Host>,
    faces: Faces,
    limits: Limits,
    hosts: Hosts,
    notes: Notes,
    started: Timestamp,
}

/// Where a request came in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entrance<'a> {
    /// `http` or `https`.
    pub(super) scheme: &'static str,
    /// Name and port for requests that name no host.
    pub(super) authority: &'a str,
    /// How long a body may take; `None` where nothing can be slow.
    pub(super) body_within: Option<Duration>,
}

const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

impl Front {
    /// A front without organizations; it answers 503 until it is [opened](Self::open).
    pub fn new(faces: Faces, limits: Limits, hosts: Hosts) -> Self {
        let notes = Notes::default();
        Self(Arc::new(Inner { host: OnceLock::new(), faces, limits, hosts, notes, started: machine_now() }))
    }

    /// Puts the organizations in place. Later calls change nothing.
    pub fn open(&self, host: Host) {
        // The only loser of the race is a second host nobody could have spoken to.
        drop(self.0.host.set(host));
    }

    /// The organizations; `None` until they are loaded.
    pub fn host(&self) -> Option<&Host> {
        self.0.host.get()
    }

    /// What pages keep from one request to the next.
    pub fn notes(&self) -> &Notes {
        &self.0.notes
    }

    /// How long the front has been there.
    pub fn uptime(&self) -> Duration {
        machine_now().duration_since(self.0.started).try_into().unwrap_or_default()
    }

    /// Answers a request that came over a connection or from the same process.
    pub(super) async fn answer<B>(&self, entrance: Entrance<'_>, request: Request<B>) -> Response
    where
        B: Body<Data = Bytes>,
    {
        let started = tracing::enabled!(tracing::Level::DEBUG).then(machine_now);
        let (parts, body) = request.into_parts();
        let line = started.map(|at| (at, parts.method.clone(), parts.uri.clone()));
        let is_head = parts.method == Method::HEAD;
        let mut tap = Tap::new();
        let mut response = self.dispatch(entrance, &parts, body, &mut tap).await;
        if is_head {
            let length = HeaderValue::from(response.body_mut().whole().len());
            response.headers_mut().entry(CONTENT_LENGTH).or_insert(length);
            *response.body_mut() = Answer::default();
        }
        if !tap.is_placed()
            && let Some(organization) = self.meant(entrance, &parts)
        {
            tap.place(organization, &parts.headers);
        }
        tap.finish(self.host(), &parts, &mut response);
        if let Some((at, method, uri)) = line {
            let duration_us = machine_now().as_microsecond() - at.as_microsecond();
            tracing::debug!(%method, %uri, status = response.status().as_u16(), duration_us, "answered");
        }
        response
    }

    async fn dispatch<B>(&self, entrance: Entrance<'_>, parts: &Parts, body: B, tap: &mut Tap) -> Response
    where
        B: Body<Data = Bytes>,
    {
        let target = address::target(parts.uri.path());
        let refuse = |refusal: Refusal| refuse(target, refusal);
        if parts.method == Method::OPTIONS {
            return options();
        }
        let site = match self.admit(entrance, target, parts) {
            Ok(site) => site,
            Err(refusal) => return refuse(refusal),
        };
        let body = if body.is_end_stream() {
            Ok(Bytes::new())
        } else {
            let mut reading = pin!(body::read(body, self.0.limits.body_bytes));
            // Most bodies come with their head: only what has to be waited for is worth a look at the clock.
            let at_once = poll_fn(|context| Poll::Ready(reading.as_mut().poll(context))).await;
            match (at_once, entrance.body_within) {
                (Poll::Ready(body), _) => body,
                (Poll::Pending, Some(limit)) => {
                    tokio::time::timeout(limit, reading).await.unwrap_or_else(|_| Err(body::too_slow()))
                }
                (Poll::Pending, None) => reading.await,
            }
        };
        let body = match body {
            Ok(body) => body,
            Err(refusal) => return refuse(refusal),
        };
        self.route(target, site, parts, body, tap).await
    }

    /// Answers a request that comes from a part of the emulator itself, as if it had come in from outside.
    pub async fn call(&self, site: Site, request: Request<Bytes>) -> Response {
        let (parts, body) = request.into_parts();
        let mut tap = Tap::new();
        let target = address::target(parts.uri.path());
        let mut response = self.route(target, site, &parts, body, &mut tap).await;
        tap.finish(self.host(), &parts, &mut response);
        response
    }

    async fn route(
        &self,
        target: Target<'_>,
        mut site: Site,
        parts: &Parts,
        body: Bytes,
        tap: &mut Tap,
    ) -> Response {
        if target == Target::Control {
            return self.control(site, Request::from_parts(parts.clone(), body)).await;
        }
        let found = match self.host() {
            Some(host) if target.is_an_organizations() => {
                organization_of(host, target, &mut site).map(|organization| (host, organization))
            }
            Some(host) if is_bare_name(host, &parts.uri) => return moved(&format!("{}/", parts.uri.path())),
            Some(_) => return elsewhere(target, parts.uri.path()),
            None => Err(Refusal::not_ready()),
        };
        let (host, organization) = match found {
            Ok(found) => found,
            Err(refusal) => return refuse(target, refusal),
        };
        if !target.is_console()
            && let Some(instead) = tap.enter(host, &organization, parts, &body).await
        {
            return instead;
        }
        match target {
            Target::WebApi { version, rest, .. } => {
                if organization.has_jobs()
                    && let Some(account) = account_acted_as(&parts.headers)
                {
                    host.meet(&organization, account);
                }
                self.web_api(host, &organization, &site, version, rest, parts, body, tap.trace())
            }
            Target::Graph { rest, .. } => {
                self.graph(host, &organization, &site, rest, parts, body, tap.trace())
            }
            Target::Pages { rest, .. } => {
                let page = below(rest, parts.uri.query());
                let mut request = Request::from_parts(parts.clone(), body);
                *request.uri_mut() = page;
                self.page(Visit { front: self.clone(), site, organization }, request).await
            }
            _ => elsewhere(target, parts.uri.path()),
        }
    }

    /// Finds out where a request came in, and whether it may.
    fn admit(&self, entrance: Entrance<'_>, target: Target<'_>, parts: &Parts) -> Result<Site, Refusal> {
        let (site, authority) = site(entrance, &parts.uri, &parts.headers)?;
        let reach = match target {
            Target::Control | Target::Pages { .. } => Reach::Everything,
            _ => Reach::Organization,
        };
        self.0.hosts.check(reach, &parts.method, &parts.headers, authority, &site.authority)?;
        Ok(site)
    }

    /// The organization that a request means which came to no face of it: refused before, or for a face that is not
    /// there. The control API is nobody's.
    fn meant(&self, entrance: Entrance<'_>, parts: &Parts) -> Option<Arc<Organization>> {
        let host = self.host()?;
        let target = address::target(parts.uri.path());
        let first = parts.uri.path().trim_start_matches('/').split('/').next().unwrap_or_default();
        match target {
            Target::Control => None,
            console if console.is_console() => None,
            Target::WebApi { organization: Some(name), .. } => host.organization(name),
            _ => host.organization(first).or_else(|| {
                let site = site(entrance, &parts.uri, &parts.headers).ok();
                let name = site.as_ref().and_then(|(site, _)| address::organization_of_host(&site.authority));
                match name {
                    Some(name) => host.organization(name),
                    None => Some(Arc::clone(host.default_organization())),
                }
            }),
        }
    }

    /// Answers a request to an organization that is given, whatever organization the address names: the way into an
    /// organization that has no address, such as the throw-away one of a what-if.
    pub fn ask(
        &self,
        host: &Host,
        organization: &Organization,
        mut site: Site,
        request: Request<Bytes>,
    ) -> Response {
        let (parts, body) = request.into_parts();
        match address::target(parts.uri.path()) {
            Target::WebApi { organization: named, version, rest } => {
                site.prefix = named.map(|name| format!("/{name}")).unwrap_or_default();
                // What is tried is not what was asked: nothing of it is recorded.
                self.web_api(host, organization, &site, version, rest, &parts, body, &Trace::default())
            }
            Target::Graph { organization: named, rest } => {
                site.prefix = named.map(|name| format!("/{name}")).unwrap_or_default();
                self.graph(host, organization, &site, rest, &parts, body, &Trace::default())
            }
            target => elsewhere(target, parts.uri.path()),
        }
    }

    /// Tells by which plan a request to an organization would be answered, without answering it.
    ///
    /// # Errors
    ///
    /// Where the address is none of the Web API, and what the Web API itself refuses.
    pub fn plan(
        &self,
        host: &Host,
        organization: &Organization,
        mut site: Site,
        request: Request<Bytes>,
    ) -> Result<serde_json::Value, Refusal> {
        let (parts, body) = request.into_parts();
        match address::target(parts.uri.path()) {
            Target::WebApi { organization: named, version, rest } => {
                site.prefix = named.map(|name| format!("/{name}")).unwrap_or_default();
                let query = parts.uri.query().unwrap_or_default();
                let (method, headers, path) = (&parts.method, &parts.headers, rest);
                let trace = &Trace::default();
                let call =
                    Call { host, organization, site: &site, method, path, query, headers, body, trace };
                catch_unwind(AssertUnwindSafe(|| (self.0.faces.plan)(version, &call))).unwrap_or_else(|_| {
                    tracing::error!(uri = %parts.uri, "a request panicked while it was planned");
                    Err(Refusal::panicked())
                })
            }
            Target::UnknownVersion(version) => Err(unknown_version(version)),
            Target::NotEmulated(feature) => Err(Refusal::not_emulated(feature)),
            _ => Err(Refusal::new(
                StatusCode::BAD_REQUEST,
                "InvalidRequest",
                format!("'{}' is no query of the Web API, and nothing else has a plan.", parts.uri.path()),
                "Send the address of a collection, such as /api/data/v9.2/accounts?$filter=...",
            )),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "these are the parts of a call")]
    fn web_api(
        &self,
        host: &Host,
        organization: &Organization,
        site: &Site,
        version: &str,
        path: &str,
        parts: &Parts,
        body: Bytes,
        trace: &Trace,
    ) -> Response {
        let call = call(host, organization, site, path, parts, body, trace);
        // A change set that was begun is dropped on the way out, which takes it back; nothing else is left half done.
        catch_unwind(AssertUnwindSafe(|| (self.0.faces.web_api)(version, &call))).unwrap_or_else(|_| {
            tracing::error!(method = %parts.method, uri = %parts.uri, "a request panicked");
            Refusal::panicked().into_web_api_response()
        })
    }

    #[expect(clippy::too_many_arguments, reason = "these are the parts of a call")]
    fn graph(
        &self,
        host: &Host,
        organization: &Organization,
        site: &Site,
        path: &str,
        parts: &Parts,
        body: Bytes,
        trace: &Trace,
    ) -> Response {
        let call = call(host, organization, site, path, parts, body, trace);
        catch_unwind(AssertUnwindSafe(|| (self.0.faces.graph)(&call))).unwrap_or_else(|_| {
            tracing::error!(method = %parts.method, uri = %parts.uri, "a request to the directory panicked");
            Refusal::panicked().into_response()
        })
    }

    async fn control(&self, site: Site, mut request: Request<Bytes>) -> Response {
        request.extensions_mut().insert(site);
        caught((self.0.faces.control)(self.clone(), request), "a control call panicked").await
    }

    async fn page(&self, visit: Visit, request: Request<Bytes>) -> Response {
        caught((self.0.faces.pages)(visit, request), "a page panicked").await
    }
}

/// What an answer comes to that is made in steps, even if one of them panics.
async fn caught(answering: impl Future<Output = Response>, what: &'static str) -> Response {
    let mut answering = pin!(answering);
    poll_fn(|context| {
        catch_unwind(AssertUnwindSafe(|| answering.as_mut().poll(context))).unwrap_or_else(|_| {
            tracing::error!("{what}");
            Poll::Ready(Refusal::panicked().into_response())
        })
    })
    .await
}

/// The parts of a request as a face of an organization is given them.
fn call<'a>(
    host: &'a Host,
    organization: &'a Organization,
    site: &'a Site,
    path: &'a str,
    parts: &'a Parts,
    body: Bytes,
    trace: &'a Trace,
) -> Call<'a> {
    let method = if parts.method == Method::HEAD { &Method::GET } else { &parts.method };
    let query = parts.uri.query().unwrap_or_default();
    Call { host, organization, site, method, path, query, headers: &parts.headers, body, trace }
}

/// The address of a page below its organization.
fn below(path: &str, query: Option<&str>) -> Uri {
    let text = query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    // A part of an address that was one begins with a slash and so is one.
    text.parse().unwrap_or_default()
}

/// A refusal in the words of the face that a request was for.
fn refuse(target: Target<'_>, refusal: Refusal) -> Response {
    if matches!(target, Target::WebApi { .. } | Target::UnknownVersion(_)) {
        refusal.into_web_api_response()
    } else {
        refusal.into_response()
    }
}

impl fmt::Debug for Front {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Front").field("host", &self.0.host.get()).finish_non_exhaustive()
    }
}

/// Without a socket: for tests, and to be mounted in another server.
impl<B> tower::Service<Request<B>> for Front
where
    B: Body<Data = Bytes> + Send + 'static,
{
    type Response = http::Response<axum::body::Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let front = self.clone();
        Box::pin(async move {
            let scheme = if request.uri().scheme_str() == Some("https") { "https" } else { "http" };
            let entrance = Entrance { scheme, authority: "localhost", body_within: None };
            Ok(front.answer(entrance, request).await.map(axum::body::Body::new))
        })
    }
}

/// Where the sender believes to have sent the request, and the authority it came in under. A proxy in between tells
/// the first in `X-Forwarded-Host` and `X-Forwarded-Proto`.
fn site<'r>(
    entrance: Entrance<'r>,
    uri: &'r Uri,
    headers: &'r HeaderMap,
) -> Result<(Site, &'r str), Refusal> {
    let (mut host, mut forwarded_host, mut forwarded_proto) = (None, None, None);
    // One walk over the few headers there are costs less than looking three names up.
    for (name, value) in headers {
        if *name == HOST {
            host = host.or(Some(value));
        } else if *name == FORWARDED_HOST {
            forwarded_host = forwarded_host.or(Some(value));
        } else if *name == FORWARDED_PROTO {
            forwarded_proto = forwarded_proto.or(Some(value));
        }
    }
    let named = |value: &'r HeaderValue| address::authority_in(value.to_str().unwrap_or_default());
    let asked = match (host, uri.authority()) {
        (Some(value), _) => named(value),
        (None, Some(authority)) => Some(authority.as_str()).filter(|text| address::is_authority(text)),
        (None, None) => Some(entrance.authority),
    };
    let authority = forwarded_host.map_or(asked, named);
    let (Some(asked), Some(authority)) = (asked, authority) else {
        return Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            "InvalidHost",
            "The Host header holds neither a host name nor an address.",
            "Send Host: name:port as it stands in the URL.",
        ));
    };
    let scheme = match forwarded_proto.map(HeaderValue::as_bytes) {
        Some(b"https") => "https",
        Some(b"http") => "http",
        _ => entrance.scheme,
    };
    Ok((Site { scheme, authority: authority.to_owned(), prefix: String::new() }, asked))
}

/// The organization of a target: named by the path, by the host, or by nobody.
fn organization_of(host: &Host, target: Target<'_>, site: &mut Site) -> Result<Arc<Organization>, Refusal> {
    let named = match target {
        Target::WebApi { organization: Some(name), .. }
        | Target::Graph { organization: Some(name), .. }
        | Target::Pages { organization: Some(name), .. } => {
            site.prefix = format!("/{name}");
            Some(name)
        }
        _ => address::organization_of_host(&site.authority),
    };
    let found = match named {
        None => Arc::clone(host.default_organization()),
        Some(name) => host.organization(name).ok_or_else(|| unknown_organization(name))?,
    };
    host.catch_up(&found);
    Ok(found)
}

fn unknown_organization(name: &str) -> Refusal {
    Refusal::new(
        StatusCode::NOT_FOUND,
        "OrganizationNotFound",
        format!("There is no organization '{name}'."),
        "GET /_emulator/v1/orgs lists the organizations; POST there makes one.",
    )
}

/// Whether an address is the name of an organization and nothing else, `/contoso`.
fn is_bare_name(host: &Host, uri: &Uri) -> bool {
    let name = uri.path().trim_start_matches('/');
    !name.contains('/') && uri.query().is_none() && host.organization(name).is_some()
}

fn moved(to: &str) -> Response {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
    if let Ok(to) = HeaderValue::from_str(to) {
        response.headers_mut().insert(LOCATION, to);
    }
    response
}

fn options() -> Response {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    let methods = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    response.headers_mut().insert(ALLOW, methods);
    response
}

/// What addresses answer that belong to no face of an organization.
fn elsewhere(target: Target<'_>, path: &str) -> Response {
    match target {
        Target::UnknownVersion(version) => unknown_version(version).into_web_api_response(),
        Target::NotEmulated(feature) => Refusal::not_emulated(feature).into_response(),
        _ => unknown_address(path).into_response(),
    }
}

fn unknown_version(version: &str) -> Refusal {
    Refusal::new(
        StatusCode::NOT_FOUND,
        "0x8006088a",
        format!("Resource not found for the segment '{version}'."),
        "The Web API has the versions v8.0 to v9.9, as in /api/data/v9.2/systemusers.",
    )
}

fn unknown_address(path: &str) -> Refusal {
    Refusal::new(
        StatusCode::NOT_FOUND,
        "NotFound",
        format!("There is nothing at '{path}'."),
        "The Web API is at /api/data/v9.2/, the directory at /graph/v1.0/, both also below /{org}; the pages are \
         /main.aspx, /adminportal and /_emulator/, the control API is at /_emulator/v1/.",
    )
}
