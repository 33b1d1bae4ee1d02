//! `$batch`: several requests in one, change sets among them. Source: web-api.md 6.
//!
//! Every request of a batch goes the way it would go by itself. The requests of a change set share one change set of
//! the service; its first refusal takes everything back and is its only answer.

mod answer;
mod parse;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use jiff::Timestamp;

use super::ask::admit;
use super::decode::References;
use super::error;
use super::headers::Head;
use super::links::Root;
use crate::clock::machine_now;
use crate::fault::{Fault, Result, code};
use crate::protocol::http::{Call, Part as Recorded, Response, Trace};
use crate::service::Note;

use answer::Answers;
use parse::{Operation, Part};

/// Reads a body as a batch, and forgets it.
pub(super) fn try_parse(body: &[u8]) {
    let _ = parse::parts("multipart/mixed; boundary=b", body);
}

/// The most requests of one batch. Source: web-api.md 6.
const MOST_OPERATIONS: usize = 1000;

/// Answers a batch.
///
/// # Errors
///
/// 401 and 403, `InvalidPayload` for a body that is no batch, `InvalidArgument` for one that is too long.
pub(super) fn handle(version: &str, call: &Call<'_>) -> Result<Response> {
    admit(&call.organization.read(), call)?;
    if *call.method != Method::POST {
        return Err(error::wrong_method(call));
    }
    let head = Head::read(call.headers)?;
    head.check_multipart()?;
    let parts = parse::parts(head.content_type(), &call.body)?;
    let count: usize = parts
        .iter()
        .map(|part| match part {
            Part::Single(_) => 1,
            Part::ChangeSet(operations) => operations.len(),
        })
        .sum();
    if count > MOST_OPERATIONS {
        return Err(Fault::with(
            &code::InvalidArgument,
            format!("The batch holds {count} operations; {MOST_OPERATIONS} is the most."),
        ));
    }
    let batch = Batch { version, call };
    let mut answers = Answers::new(&call.host.request_ids);
    let mut notes = Vec::new();
    let mut status = StatusCode::OK;
    for part in &parts {
        let failed = match part {
            Part::Single(operation) => {
                let response = batch.single(operation);
                let failed = failure(&response);
                answers.single(&response, operation.content_id);
                failed
            }
            Part::ChangeSet(operations) => {
                let outcome = batch.change_set(operations);
                notes.extend(outcome.notes);
                answers.change_set(&outcome.responses);
                outcome.failed
            }
        };
        if let (Some(failed), false) = (failed, head.prefer.continue_on_error) {
            status = failed;
            break;
        }
    }
    let mut response = answers.finish(status);
    error::tell(&mut response, &notes);
    Ok(response)
}

fn failure(response: &Response) -> Option<StatusCode> {
    let status = response.status();
    (status.is_client_error() || status.is_server_error()).then_some(status)
}

/// An answer with the Content-ID of its request.
type Tagged<'b> = (Response, Option<&'b str>);

/// What became of a change set: an answer to each of its requests, or the one answer to the one that was refused.
struct Outcome<'b> {
    responses: Vec<Tagged<'b>>,
    notes: Vec<Note>,
    failed: Option<StatusCode>,
}

/// A batch on its way.
#[derive(Clone, Copy)]
struct Batch<'a> {
    version: &'a str,
    call: &'a Call<'a>,
}

/// A request of a batch as the handlers take it.
struct Inner<'a> {
    version: &'a str,
    method: Method,
    path: String,
    query: &'a str,
    headers: HeaderMap,
    body: Bytes,
}

impl<'a> Batch<'a> {
    fn single(self, operation: &Operation<'a>) -> Response {
        let begun = machine_now();
        let trace = Trace::default();
        let inner = match self.inner(operation, &References::default()) {
            Ok(inner) => inner,
            Err(fault) => {
                let response = error::response(self.call, &fault);
                self.record(self.unread(begun, operation), &response);
                return response;
            }
        };
        let call = self.inner_call(&inner, &trace);
        let mut response =
            super::answer(inner.version, &call).unwrap_or_else(|fault| error::response(&call, &fault));
        // A batch is answered as a whole, and so is what is in it.
        response.body_mut().whole();
        self.record(self.read(begun, operation, &inner, &trace), &response);
        response
    }

    /// Adds to the journal what was asked and answered within the batch.
    fn record(self, part: Option<Recorded>, response: &Response) {
        if let Some(part) = part {
            self.call.trace.add(part.answered(response));
        }
    }

    /// A request that was carried out, for the journal; `None` where that keeps none.
    fn read(
        self,
        begun: Timestamp,
        operation: &Operation<'a>,
        inner: &Inner<'a>,
        trace: &Trace,
    ) -> Option<Recorded> {
        let part =
            || Recorded::new(begun, &inner.method, operation.target, &inner.headers, &inner.body).done(trace);
        self.call.trace.keeps_parts().then(part)
    }

    /// A request that could not be read, for the journal; `None` where that keeps none.
    fn unread(self, begun: Timestamp, operation: &Operation<'a>) -> Option<Recorded> {
        let method = Method::from_bytes(operation.method.as_bytes()).ok()?;
        let part = || {
            let headers = self.headers(operation).unwrap_or_default();
            Recorded::new(begun, &method, operation.target, &headers, operation.body).done(&Trace::default())
        };
        self.call.trace.keeps_parts().then(part)
    }

    fn change_set(self, operations: &[Operation<'a>]) -> Outcome<'a> {
        let mut references = References::default();
        let mut responses = Vec::with_capacity(operations.len());
        let mut carried_out = Vec::new();
        // What was under way when the change set was refused, for its answer.
        let mut current: (Option<&'a str>, Option<Inner<'a>>) = (None, None);
        let mut under_way: Option<(Timestamp, &Operation<'a>, Trace)> = None;
        let outcome = self.call.host.service.write_long(self.call.organization.live(), |session| {
            for operation in operations {
                current = (operation.content_id, None);
                let (begun, _, trace) = under_way.insert((machine_now(), operation, Trace::default()));
                if let Some(id) = operation.content_id
                    && responses.iter().any(|(_, of): &Tagged<'_>| *of == Some(id))
                {
                    return Err(duplicate_id(id));
                }
                let inner = self.inner(operation, &references)?;
                if matches!(inner.method, Method::GET | Method::HEAD) {
                    return Err(parse::refused(
                        "An invalid HTTP method 'GET' was detected for a request in a change set. Requests in change sets only support the HTTP methods 'POST', 'PUT', 'DELETE', and 'PATCH'.",
                    ));
                }
                let inner = current.1.insert(inner);
                let call = self.inner_call(inner, trace);
                let done = super::in_session(inner.version, &call, session, &references)?;
                if let (Some(id), Some(row)) = (operation.content_id, done.row) {
                    let set = &session.world().catalogue().table(row.table).entity_set_name;
                    references.add(id, set, row);
                }
                responses.push((done.response, operation.content_id));
                if let Some(inner) = current.1.take() {
                    carried_out.push(self.read(*begun, operation, &inner, trace));
                }
            }
            Ok(())
        });
        match outcome {
            Ok(((), notes)) => {
                for (part, (response, _)) in carried_out.into_iter().zip(&responses) {
                    self.record(part, response);
                }
                Outcome { responses, notes, failed: None }
            }
            Err(fault) => {
                let response = match &current.1 {
                    Some(inner) => error::response(&self.inner_call(inner, &Trace::default()), &fault),
                    None => error::response(self.call, &fault),
                };
                // What was carried out before was taken back and is not answered: the answer is to this one.
                if let Some((begun, operation, trace)) = under_way {
                    let part = match current.1 {
                        Some(inner) => self.read(begun, operation, &inner, &trace),
                        None => self.unread(begun, operation),
                    };
                    self.record(part, &response);
                }
                let failed = failure(&response);
                Outcome { responses: vec![(response, current.0)], notes: Vec::new(), failed }
            }
        }
    }

    fn inner_call<'i>(&self, inner: &'i Inner<'a>, trace: &'i Trace) -> Call<'i>
    where
        'a: 'i,
    {
        Call {
            host: self.call.host,
            organization: self.call.organization,
            site: self.call.site,
            method: &inner.method,
            path: &inner.path,
            query: inner.query,
            headers: &inner.headers,
            body: inner.body.clone(),
            trace,
        }
    }

    fn inner(self, operation: &Operation<'a>, references: &References) -> Result<Inner<'a>> {
        let method = Method::from_bytes(operation.method.as_bytes())
            .map_err(|_| parse::refused(&format!("The method '{}' is none.", operation.method)))?;
        let (version, path, query) = self.address(operation.target, references)?;
        let body =
            if operation.body.is_empty() { Bytes::new() } else { self.call.body.slice_ref(operation.body) };
        if path == "$batch" {
            return Err(parse::refused("A batch cannot be part of a batch."));
        }
        Ok(Inner { version, method, path, query, headers: self.headers(operation)?, body })
    }

    /// Version, path and query of a request: of an absolute address, one of this host, one of this service, or of
    /// `$1`.
    fn address(self, target: &'a str, references: &References) -> Result<(&'a str, String, &'a str)> {
        let (address, query) = target.split_once('?').unwrap_or((target, ""));
        let reference = address.strip_prefix('$').filter(|rest| !["batch", "metadata"].contains(rest));
        if let Some(rest) = reference {
            let (id, behind) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            return Ok((self.version, references.path(id)? + behind, query));
        }
        let root = Root { site: self.call.site, version: self.version };
        let path = root.relative(address).ok_or_else(|| {
            error::unknown_segment(address)
                .hint("The address is of another site or organization than the batch.")
        })?;
        Ok((root.version_of(address).unwrap_or(self.version), path.to_owned(), query))
    }

    /// A request has its own headers; who asks is said outside, unless inside says otherwise.
    fn headers(self, operation: &Operation<'a>) -> Result<HeaderMap> {
        let mut headers = HeaderMap::with_capacity(operation.headers.len() + 3);
        for name in [
            header::AUTHORIZATION,
            HeaderName::from_static("mscrmcallerid"),
            HeaderName::from_static("callerobjectid"),
        ] {
            if let Some(value) = self.call.headers.get(&name) {
                headers.insert(name, value.clone());
            }
        }
        for (name, value) in &operation.headers {
            let invalid = || parse::refused(&format!("The message header '{name}: {value}' is invalid."));
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid())?;
            let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| invalid())?;
            if name.as_str() == "prefer" {
                headers.append(name, value);
            } else {
                headers.insert(name, value);
            }
        }
        Ok(headers)
    }
}

/// The `OData` library's `ODataBatchReader_DuplicateContentIDsNotAllowed`.
fn duplicate_id(id: &str) -> Fault {
    parse::refused(&format!(
        "The content ID '{id}' was found more than once in the same change set or same batch. Content IDs have to be unique across all operations of a change set for OData V4.0 and have to be unique across all operations in the whole batch for OData V4.01."
    ))
}
