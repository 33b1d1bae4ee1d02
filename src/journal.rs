//! The request journal of one organization: what it was asked and what it answered, in a ring.
//!
//! Recording is on the way of every request, so an [`Entry`] holds what was there anyway: heads are moved into it,
//! and nothing is made a text before somebody asks. Bodies take the most memory, so of each only the beginning is
//! kept, and of all together so much that the oldest are let go before the newest.

mod address;
mod matcher;

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use foldhash::{HashMap, HashMapExt};
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use uuid::Uuid;

pub use address::{Address, Face};
pub use matcher::{Criterion, Facts, Matcher, Miss, Status, misses};

/// What is kept of one body, in bytes.
pub const MOST_OF_A_BODY: usize = 64 << 10;
/// What is kept of all bodies of one organization, in bytes.
pub const MOST_OF_ALL_BODIES: usize = 16 << 20;
/// How many shapes of requests wait to be counted.
const MOST_SHAPES: usize = 128;

/// The newest requests of one organization.
#[derive(Debug, Default)]
pub struct Journal(Mutex<Ring>);

#[derive(Debug, Default)]
struct Ring {
    last_id: u64,
    entries: VecDeque<Entry>,
    /// Bytes of the bodies that are kept.
    bodies: usize,
    /// How many entries at the front have let their bodies go.
    bare: usize,
    shapes: HashMap<u64, Shape>,
}

/// A request and its answer, as they are kept.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Counts up from 1.
    pub id: u64,
    /// What the organization's clock showed when it came.
    pub at: Timestamp,
    /// How long the answer took, in real microseconds.
    pub duration_us: u64,
    /// The user it ran as.
    pub caller: Option<Uuid>,
    /// The status of the answer; `None` where the connection was dropped instead.
    pub status: Option<u16>,
    /// The documented rules the answer names, separated by commas.
    pub rules: Option<Box<str>>,
    /// The code of the error the answer tells.
    pub code: Option<Box<str>>,
    /// The `$batch` it was part of.
    pub batch: Option<u64>,
    /// The injection that struck it.
    pub injection: Option<u64>,
    /// The body of the request.
    pub request: Body,
    /// The body of the answer.
    pub response: Body,
    /// Method, address and headers.
    pub wire: Arc<dyn Wire>,
}

/// Method, address and headers of a request and its answer, in whatever form they came.
pub trait Wire: fmt::Debug + Send + Sync {
    /// The method.
    fn method(&self) -> &str;

    /// The address as it was sent.
    fn target(&self) -> &str;

    /// Shows the headers of the request.
    fn request_headers(&self, each: &mut dyn FnMut(&str, &[u8]));

    /// Shows the headers of the answer.
    fn response_headers(&self, each: &mut dyn FnMut(&str, &[u8]));
}

/// What is kept of a body.
#[derive(Debug, Clone)]
pub struct Body {
    kept: Bytes,
    /// Of the whole; `None` where nobody had the whole.
    size: Option<usize>,
}

/// There is none.
impl Default for Body {
    fn default() -> Self {
        Self { kept: Bytes::new(), size: Some(0) }
    }
}

/// Requests that differ in nothing that coverage counts, such as the keys of rows.
#[derive(Debug, Clone)]
pub struct Shape {
    /// One of them.
    pub wire: Arc<dyn Wire>,
    /// Whether they were answered with success.
    pub succeeded: bool,
    /// How many there were.
    pub count: u64,
}

/// What came of recording an entry.
#[derive(Debug)]
pub struct Recorded {
    /// The number of the entry.
    pub id: u64,
    /// Shapes that have to be counted now; nearly always none.
    pub shapes: Vec<Shape>,
}

impl Journal {
    /// Keeps an entry, numbers it, and lets go of what is then too much. `shape` tells requests apart as far as
    /// coverage does.
    pub fn record(&self, mut entry: Entry, shape: u64, keep: usize) -> Recorded {
        let succeeded = entry.status.is_some_and(|status| status < 400);
        let mut ring = self.lock();
        ring.last_id += 1;
        entry.id = ring.last_id;
        let mut shapes = Vec::new();
        if let Some(known) = ring.shapes.get_mut(&shape) {
            known.count += 1;
        } else {
            let new = Shape { wire: Arc::clone(&entry.wire), succeeded, count: 1 };
            ring.shapes.insert(shape, new);
            if ring.shapes.len() == MOST_SHAPES {
                shapes = ring.take_shapes();
            }
        }
        ring.bodies += entry.weight();
        ring.entries.push_back(entry);
        let gone = ring.shrink(keep);
        let id = ring.last_id;
        drop(ring);
        // What is freed need not be freed while others wait.
        drop(gone);
        Recorded { id, shapes }
    }

    /// The newest entries, at most `keep`, oldest first.
    pub fn entries(&self, keep: usize) -> Vec<Entry> {
        let ring = self.lock();
        ring.entries.iter().skip(ring.entries.len().saturating_sub(keep)).cloned().collect()
    }

    /// Forgets every entry. Numbers go on where they were, and what was counted stays counted.
    pub fn clear(&self) {
        let mut ring = self.lock();
        let gone = std::mem::take(&mut ring.entries);
        (ring.bodies, ring.bare) = (0, 0);
        drop(ring);
        drop(gone);
    }

    /// The shapes that were not counted yet, which count no more.
    pub fn take_shapes(&self) -> Vec<Shape> {
        self.lock().take_shapes()
    }

    /// Nothing that is done under the lock can leave a ring half changed.
    fn lock(&self) -> MutexGuard<'_, Ring> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ring {
    fn take_shapes(&mut self) -> Vec<Shape> {
        let shapes = std::mem::replace(&mut self.shapes, HashMap::with_capacity(MOST_SHAPES));
        shapes.into_values().collect()
    }

    /// Lets go of entries that are too many and of bodies that are too much; the last of the entries is handed back.
    fn shrink(&mut self, keep: usize) -> Option<Entry> {
        let mut gone = None;
        while self.entries.len() > keep {
            gone = self.entries.pop_front();
            self.bodies -= gone.as_ref().map_or(0, Entry::weight);
            self.bare = self.bare.saturating_sub(1);
        }
        while self.bodies > MOST_OF_ALL_BODIES {
            let Some(entry) = self.entries.get_mut(self.bare) else { break };
            self.bodies -= entry.weight();
            entry.request.kept = Bytes::new();
            entry.response.kept = Bytes::new();
            self.bare += 1;
        }
        gone
    }
}

impl Entry {
    fn weight(&self) -> usize {
        self.request.kept.len() + self.response.kept.len()
    }

    /// What of it a matcher looks at; `organization` is the name of the organization it was asked of.
    pub fn facts(&self, organization: &str) -> Facts<'_> {
        Facts {
            method: self.wire.method(),
            path: Address::of(self.wire.target(), organization).path,
            caller: self.caller,
            status: self.status,
            rules: self.rules.as_deref().unwrap_or_default(),
            body: self.request.bytes(),
        }
    }

    /// The entry as it is told, without what proves who the sender is.
    pub fn told(&self, organization: &str, caller_name: Option<String>) -> Exchange {
        let rules = self.rules.as_deref().unwrap_or_default();
        let rules = rules.split(',').map(str::trim).filter(|rule| !rule.is_empty());
        let request = Message::of(&self.request, |each| self.wire.request_headers(each));
        let response = Message::of(&self.response, |each| self.wire.response_headers(each));
        Exchange {
            id: self.id,
            at: self.at,
            org: organization.to_owned(),
            caller: self.caller,
            caller_name,
            method: self.wire.method().to_owned(),
            url: self.wire.target().to_owned(),
            status: self.status,
            duration_us: self.duration_us,
            rules: rules.map(str::to_owned).collect(),
            code: self.code.as_deref().map(str::to_owned),
            batch: self.batch,
            injection: self.injection,
            request,
            response: self.status.map(|_| response),
        }
    }
}

impl Body {
    /// Of a body that is there as a whole. What is kept is a copy: a body may be a small part of a large buffer, or
    /// stand in one that is to be used again at once.
    pub fn whole(body: &[u8]) -> Self {
        Self { size: Some(body.len()), ..Self::begun(body) }
    }

    /// Of a body of which this is only the beginning.
    pub fn begun(made: &[u8]) -> Self {
        Self { kept: Bytes::copy_from_slice(&made[..made.len().min(MOST_OF_A_BODY)]), size: None }
    }

    /// What is kept.
    pub fn bytes(&self) -> &[u8] {
        &self.kept
    }

    /// Whether less is kept than there was.
    pub fn is_truncated(&self) -> bool {
        self.size != Some(self.kept.len())
    }
}

/// An entry of the journal as it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exchange {
    /// Counts up from 1 in each organization.
    pub id: u64,
    /// What the organization's clock showed when the request came.
    pub at: Timestamp,
    /// The organization.
    pub org: String,
    /// The systemuserid of the user it ran as; under impersonation the impersonated one. `None` where nobody found out.
    pub caller: Option<Uuid>,
    /// The full name that this user has now.
    pub caller_name: Option<String>,
    /// The method.
    pub method: String,
    /// The address as it was sent, query included.
    pub url: String,
    /// The status of the answer; `None` where the connection was dropped instead.
    pub status: Option<u16>,
    /// How long the answer took, in real microseconds.
    pub duration_us: u64,
    /// The documented rules that decided or did something.
    pub rules: Vec<String>,
    /// The code of the error.
    pub code: Option<String>,
    /// The entry of the `$batch` it was part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<u64>,
    /// The injection that struck it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub injection: Option<u64>,
    /// What was sent.
    pub request: Message,
    /// What was answered; `None` where the connection was dropped instead.
    pub response: Option<Message>,
}

/// Headers and body of a request or an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Names in lower case, and values; those of one name joined by commas.
    #[serde(serialize_with = "as_map")]
    pub headers: Vec<(String, String)>,
    /// The body as it was sent, where it is text.
    pub body: Option<String>,
    /// Whether `body` is less than was sent.
    #[serde(skip_serializing_if = "is_false")]
    pub truncated: bool,
    /// What to know about a body that is not shown, or not whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
fn is_false(truth: &bool) -> bool {
    !truth
}

fn as_map<S: Serializer>(headers: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(headers.iter().map(|(name, value)| (name, value)))
}

/// What stands for the value of a header that proves who the sender is.
const REDACTED: &str = "(redacted)";
const SECRET: &[&str] = &["authorization", "proxy-authorization", "cookie", "set-cookie"];

fn is_secret(name: &str) -> bool {
    SECRET.iter().any(|secret| secret.eq_ignore_ascii_case(name))
}

impl Message {
    fn of(body: &Body, headers: impl FnOnce(&mut dyn FnMut(&str, &[u8]))) -> Self {
        let mut seen: Vec<(String, String)> = Vec::new();
        headers(&mut |name, value| {
            let value = if is_secret(name) { REDACTED.into() } else { String::from_utf8_lossy(value) };
            match seen.iter_mut().find(|(of, _)| of.eq_ignore_ascii_case(name)) {
                Some((_, values)) => {
                    values.push_str(", ");
                    values.push_str(&value);
                }
                None => seen.push((name.to_ascii_lowercase(), value.into_owned())),
            }
        });
        let told = Self { headers: seen, body: None, truncated: false, note: None };
        told.with_body(body)
    }

    /// The value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(of, _)| of == name).map(|(_, value)| &**value)
    }

    fn with_body(mut self, body: &Body) -> Self {
        self.truncated = body.is_truncated();
        let kept = body.bytes();
        self.note = match body.size {
            _ if !self.truncated => None,
            Some(size) if kept.is_empty() => {
                Some(format!("{size} bytes, let go to make room for newer ones"))
            }
            Some(size) => Some(format!("the first {} of {size} bytes", kept.len())),
            None if kept.is_empty() => Some("not read".to_owned()),
            None => Some(format!("the first {} bytes of an answer that came in pieces", kept.len())),
        };
        let is_gone = self.truncated && kept.is_empty();
        match text_of(kept, self.truncated) {
            _ if is_gone => {}
            Some(text) => {
                let kind = self.header("content-type").unwrap_or_default();
                self.body = Some(without_secrets(&kind.to_ascii_lowercase(), text));
            }
            None => {
                let size = body.size.unwrap_or(kept.len());
                self.note = Some(format!("{size} bytes that are no text"));
            }
        }
        self
    }
}

/// The bytes as text, without half a letter where they were cut.
fn text_of(bytes: &[u8], is_cut: bool) -> Option<&str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) if is_cut && error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    }
}

/// The text of a body as it is told. JSON comes under any media type: within a batch, and from curl as a form.
fn without_secrets(kind: &str, text: &str) -> String {
    let is_form = kind.starts_with("application/x-www-form-urlencoded");
    if is_form && !text.trim_start().starts_with(['{', '[']) {
        redacted_form(text)
    } else if kind.starts_with("multipart/") {
        redacted_json(&redacted(text))
    } else {
        redacted_json(text)
    }
}

/// A batch brings the headers of its requests in its body.
fn redacted(text: &str) -> String {
    text.split_inclusive('\n')
        .map(|line| match line.split_once(':') {
            Some((name, rest)) if is_secret(name.trim()) => {
                let end = &rest[rest.trim_end_matches(['\r', '\n']).len()..];
                format!("{name}: {REDACTED}{end}")
            }
            _ => line.to_owned(),
        })
        .collect()
}

/// Whether a field or a member of this name holds what nobody else should read.
fn names_secret(name: &str) -> bool {
    const SECRET: &[&str] = &["password", "passwd", "secret", "token", "assertion"];
    let name = name.to_ascii_lowercase();
    SECRET.iter().any(|part| name.contains(part))
}

/// A new account of the directory comes with its password. Only texts are secrets: what else has such a name (an object, a
/// boolean) tells about them. Works on what need not be whole or well-formed.
fn redacted_json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut rest, mut is_secret) = (text, false);
    while let Some(start) = rest.find('"') {
        let (before, from) = rest.split_at(start);
        if before.contains([',', '{', '}', '[', ']']) {
            is_secret = false;
        }
        let inside = &from[1..];
        let mut is_escaped = false;
        let end = inside.find(|letter| {
            let is_end = letter == '"' && !is_escaped;
            is_escaped = letter == '\\' && !is_escaped;
            is_end
        });
        let (string, after) = end.map_or((inside, ""), |end| (&inside[..end], &inside[end + 1..]));
        let quote = if end.is_some() { "\"" } else { "" };
        let is_name = after.trim_start().starts_with(':');
        let shown = if is_secret && !is_name { REDACTED } else { string };
        out.extend([before, "\"", shown, quote]);
        is_secret = is_name && names_secret(string);
        rest = after;
    }
    out + rest
}

/// A form of a sign-in page brings a password, one of a program a secret.
fn redacted_form(text: &str) -> String {
    let fields = text.split('&').map(|field| match field.split_once('=') {
        Some((name, _)) if names_secret(name) => format!("{name}={REDACTED}"),
        _ => field.to_owned(),
    });
    fields.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Plain {
        method: &'static str,
        target: String,
        headers: Vec<(&'static str, &'static str)>,
    }

    impl Wire for Plain {
        fn method(&self) -> &str {
            self.method
        }

        fn target(&self) -> &str {
            &self.target
        }

        fn request_headers(&self, each: &mut dyn FnMut(&str, &[u8])) {
            self.headers.iter().for_each(|(name, value)| each(name, value.as_bytes()));
        }

        fn response_headers(&self, each: &mut dyn FnMut(&str, &[u8])) {
            each("Set-Cookie", b"session=1");
        }
    }

    fn entry(target: &str, body: Body) -> Entry {
        let headers = vec![("Authorization", "Bearer x"), ("prefer", "a"), ("Prefer", "b")];
        Entry {
            id: 0,
            at: Timestamp::UNIX_EPOCH,
            duration_us: 7,
            caller: None,
            status: Some(200),
            rules: Some("U12, L3".into()),
            code: None,
            batch: None,
            injection: None,
            request: body,
            response: Body::default(),
            wire: Arc::new(Plain { method: "GET", target: target.to_owned(), headers }),
        }
    }

    fn ids(journal: &Journal, keep: usize) -> Vec<u64> {
        journal.entries(keep).iter().map(|entry| entry.id).collect()
    }

    #[test]
    fn a_ring_keeps_the_newest() {
        let journal = Journal::default();
        for _ in 0..5 {
            journal.record(entry("/a", Body::default()), 1, 3);
        }
        assert_eq!(ids(&journal, 3), [3, 4, 5]);
        assert_eq!(ids(&journal, 2), [4, 5]);
        // A smaller ring lets go of more than one at a time.
        assert_eq!(journal.record(entry("/a", Body::default()), 1, 1).id, 6);
        assert_eq!(ids(&journal, 9), [6]);
        journal.clear();
        assert!(ids(&journal, 9).is_empty());
        assert_eq!(journal.record(entry("/a", Body::default()), 1, 1).id, 7);
    }

    #[test]
    fn of_all_bodies_the_oldest_go_first() {
        let journal = Journal::default();
        let body = vec![b'x'; MOST_OF_A_BODY];
        let fit = MOST_OF_ALL_BODIES / MOST_OF_A_BODY;
        for _ in 0..fit + 2 {
            journal.record(entry("/a", Body::whole(&body)), 1, 10_000);
        }
        let entries = journal.entries(10_000);
        let bare = entries.iter().take_while(|entry| entry.request.bytes().is_empty()).count();
        assert_eq!((entries.len(), bare), (fit + 2, 2));
        let told = entries[0].told("contoso", None).request;
        assert_eq!((told.body, told.truncated), (None, true));
        assert!(told.note.is_some_and(|note| note.contains("65536 bytes, let go")));
        // When bare entries leave, the count of them follows.
        for _ in 0..3 {
            journal.record(entry("/a", Body::whole(&body)), 1, fit);
        }
        assert!(journal.entries(fit).iter().all(|entry| !entry.request.bytes().is_empty()));
    }

    #[test]
    fn bodies_are_cut_between_letters() {
        let mut text = "x".repeat(MOST_OF_A_BODY - 1);
        text.push('ä');
        let body = Body::whole(text.as_bytes());
        let told = entry("/a", body).told("contoso", None).request;
        assert_eq!(told.body.map(|body| body.len()), Some(MOST_OF_A_BODY - 1));
        assert_eq!((told.truncated, told.note.as_deref()), (true, Some("the first 65536 of 65537 bytes")));
        let binary = entry("/a", Body::whole(&[0xff, 0xfe])).told("contoso", None).request;
        assert_eq!((binary.body, binary.note.as_deref()), (None, Some("2 bytes that are no text")));
        let whole = entry("/a", Body::whole(b"abc")).told("contoso", None).request;
        assert_eq!((whole.body.as_deref(), whole.truncated, whole.note), (Some("abc"), false, None));
        let begun = entry("/a", Body::begun(b"abc")).told("contoso", None).request;
        assert_eq!((begun.body.as_deref(), begun.truncated), (Some("abc"), true));
        let unread = entry("/a", Body::begun(b"")).told("contoso", None).request;
        assert_eq!((unread.body, unread.note.as_deref()), (None, Some("not read")));
        let none = entry("/a", Body::default()).told("contoso", None).request;
        assert_eq!((none.body.as_deref(), none.truncated, none.note), (Some(""), false, None));
    }

    #[test]
    fn what_proves_who_one_is_is_not_told() {
        let told = entry("/a", Body::default()).told("contoso", None);
        assert_eq!(told.request.header("authorization"), Some("(redacted)"));
        assert_eq!(told.request.header("prefer"), Some("a, b"));
        assert_eq!(told.response.unwrap().header("set-cookie"), Some("(redacted)"));
        assert_eq!(told.rules, ["U12", "L3"]);
        let batch = "--b\r\nAUTHORIZATION: Bearer x\r\nAccept: a\r\ncookie:x\r\n\r\n{\"cookie\": 1}\r\n";
        assert_eq!(
            redacted(batch),
            "--b\r\nAUTHORIZATION: (redacted)\r\nAccept: a\r\ncookie: (redacted)\r\n\r\n{\"cookie\": 1}\r\n"
        );
    }

    #[test]
    fn secrets_are_not_told_whatever_a_body_is_called() {
        let told = r#"{"password":"(redacted)"}"#;
        let sent = r#"{"password":"x"}"#;
        for kind in
            ["application/json", "", "text/plain", "application/x-www-form-urlencoded", "multipart/mixed"]
        {
            assert_eq!(without_secrets(kind, sent), told, "{kind}");
        }
        assert_eq!(
            without_secrets("application/x-www-form-urlencoded", "token=1&a=b"),
            "token=(redacted)&a=b"
        );
    }

    #[test]
    fn secrets_in_json_are_not_told() {
        for (sent, told) in [
            (
                r#"{"displayName":"A","passwordProfile":{"password":"x\"y","forceChangePasswordNextSignIn":true},"mail":"m"}"#,
                r#"{"displayName":"A","passwordProfile":{"password":"(redacted)","forceChangePasswordNextSignIn":true},"mail":"m"}"#,
            ),
            (
                r#"{"client_secret" : "s" , "name":"password"}"#,
                r#"{"client_secret" : "(redacted)" , "name":"password"}"#,
            ),
            (r#"{"token":1,"name":"n"}"#, r#"{"token":1,"name":"n"}"#),
            (r#"{"password":"cut of"#, r#"{"password":"(redacted)"#),
            ("no JSON", "no JSON"),
            ("", ""),
        ] {
            assert_eq!(redacted_json(sent), told);
        }
    }

    #[test]
    fn secrets_in_forms_are_not_told() {
        let form = "user=alice&password=x%26y&client_secret=z&_Token=1&scope=a&flag";
        assert_eq!(
            redacted_form(form),
            "user=alice&password=(redacted)&client_secret=(redacted)&_Token=(redacted)&scope=a&flag"
        );
    }

    #[test]
    fn shapes_are_counted_and_handed_over_when_they_are_many() {
        let journal = Journal::default();
        for _ in 0..3 {
            journal.record(entry("/a", Body::default()), 1, 9);
        }
        let counts: Vec<u64> = journal.take_shapes().iter().map(|shape| shape.count).collect();
        assert_eq!(counts, [3]);
        let mut handed = 0;
        for shape in 0..MOST_SHAPES as u64 {
            handed += journal.record(entry("/a", Body::default()), shape, 9).shapes.len();
        }
        assert_eq!((handed, journal.take_shapes().len()), (MOST_SHAPES, 0));
    }
}
