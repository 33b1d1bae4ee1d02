//! The request journal of one organization: what it was asked and what it answered, in a ring.
//!
//! Recording is on the way of every request, so what is kept of one is written behind what was kept of the last, and
//! nothing is looked at again before somebody asks. Bodies take the most memory, so of each only the beginning is
//! kept, and of all together so much that the oldest are let go before the newest, those of answers first. A refusal
//! is not let go as another answer is: it is why somebody looks into a journal, and not easily had again.

mod address;
mod head;
mod matcher;
mod secrets;
mod shape;
mod tape;
mod told;

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use jiff::Timestamp;
use uuid::Uuid;

pub use address::{Address, Face};
pub use head::Head;
pub use matcher::{Criterion, Facts, Matcher, Miss, Status, misses};
pub use shape::Shape;
pub use told::{Exchange, Message};

use shape::Shapes;
use tape::{Recording, Span, Tape};

/// What is kept of one body, in bytes.
pub const MOST_OF_A_BODY: usize = 64 << 10;
/// What is kept of the bodies of all requests to one organization, and of all refusals, in bytes.
pub const MOST_OF_ALL_REQUESTS: usize = 16 << 20;
/// What is kept of the bodies of all other answers of one organization, in bytes: far fewer, for an answer can be asked
/// for again, and no matcher looks at it. So much stays near the processor, where much more would drive out rows and
/// indexes, and every request would wait for its answer to be written down.
pub const MOST_OF_ALL_ANSWERS: usize = 256 << 10;

/// The newest requests of one organization.
#[derive(Debug, Default)]
pub struct Journal(Mutex<Ring>);

#[derive(Debug, Default)]
struct Ring {
    last_id: u64,
    /// Of each entry what has a fixed length.
    lines: VecDeque<Line>,
    /// Methods, addresses and headers.
    heads: Tape,
    /// The bodies of requests, and of refusals.
    requests: Tape,
    /// The bodies of all other answers.
    answers: Tape,
    shapes: Shapes,
}

/// What there is to know about a request besides what was sent and answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outline {
    /// What the organization's clock showed when it came.
    pub at: Timestamp,
    /// How long the answer took, in real microseconds.
    pub duration_us: u64,
    /// The user it ran as.
    pub caller: Option<Uuid>,
    /// The status of the answer; `None` where the connection was dropped instead.
    pub status: Option<u16>,
    /// The `$batch` it was part of.
    pub batch: Option<u64>,
    /// The injection that struck it.
    pub injection: Option<u64>,
}

/// A request and its answer, to be recorded.
#[derive(Debug, Clone, Copy)]
pub struct Observed<'n> {
    /// What there is to know about it.
    pub outline: Outline,
    /// Method, address and headers.
    pub head: &'n Head,
    /// The body of the request.
    pub request: Body<&'n [u8]>,
    /// The body of the answer.
    pub response: Body<&'n [u8]>,
}

/// A body, or the beginning of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Body<B> {
    bytes: B,
    /// Of the whole; `None` where nobody had the whole.
    size: Option<usize>,
}

/// What the ring holds of a request beside what stands on the tapes.
#[derive(Debug, Clone, Copy)]
struct Line {
    id: u64,
    outline: Outline,
    head: Head<Span>,
    request: Body<Span>,
    response: Body<Span>,
}

/// A request and its answer, as they are kept.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Counts up from 1.
    pub id: u64,
    /// What there is to know about it.
    pub outline: Outline,
    head: Head<Bytes>,
    request: Kept,
    response: Kept,
}

/// What is left of a body: nothing, where it was let go to make room for newer ones.
type Kept = Body<Option<Bytes>>;

/// What came of recording a request.
#[derive(Debug, Clone, Copy)]
pub struct Recorded {
    /// The number of the entry.
    pub id: u64,
    /// Whether [`Journal::take_shapes`] has to be called now.
    pub has_many_shapes: bool,
}

impl Journal {
    /// Keeps what was observed, numbers it, and lets go of what is then too much.
    pub fn record(&self, observed: &Observed<'_>, keep: usize) -> Recorded {
        let outline = observed.outline;
        let mut ring = self.lock();
        let ring = &mut *ring;
        ring.last_id += 1;
        ring.lines.push_back(Line {
            id: ring.last_id,
            outline,
            head: observed.head.borrowed().map(|head| ring.heads.write(head)),
            request: observed.request.map(|body| ring.requests.write(beginning(body))),
            response: observed.response.map(|body| {
                let tape = if outline.is_refused() { &mut ring.requests } else { &mut ring.answers };
                tape.write(beginning(body))
            }),
        });
        ring.shrink(keep);
        let succeeded = outline.status.is_some() && !outline.is_refused();
        Recorded { id: ring.last_id, has_many_shapes: ring.shapes.count(observed.head, succeeded) }
    }

    /// The newest entries, at most `keep`, oldest first.
    pub fn entries(&self, keep: usize) -> Vec<Entry> {
        let ring = self.lock();
        let newest = ring.lines.iter().skip(ring.lines.len().saturating_sub(keep));
        let lines: Vec<Line> = newest.copied().collect();
        let (heads, requests, answers) = (ring.heads.read(), ring.requests.read(), ring.answers.read());
        drop(ring);
        lines.into_iter().map(|line| line.entry(&heads, &requests, &answers)).collect()
    }

    /// Forgets every entry. Numbers go on where they were, and what was counted stays counted.
    pub fn clear(&self) {
        let mut ring = self.lock();
        let Ring { last_id, shapes, .. } = &mut *ring;
        let fresh = Ring { last_id: *last_id, shapes: std::mem::take(shapes), ..Ring::default() };
        let gone = std::mem::replace(&mut *ring, fresh);
        drop(ring);
        drop(gone);
    }

    /// The shapes that were not counted yet, which count no more.
    pub fn take_shapes(&self) -> Vec<Shape> {
        self.lock().shapes.take()
    }

    /// Nothing that is done under the lock can leave a ring half changed.
    fn lock(&self) -> MutexGuard<'_, Ring> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Outline {
    /// Whether the answer is an error.
    fn is_refused(&self) -> bool {
        self.status.is_some_and(|status| status >= 400)
    }
}

impl Ring {
    /// Lets go of entries that are too many and of bodies that are too much.
    fn shrink(&mut self, keep: usize) {
        // Not popped: that would read the oldest line, which nobody has touched for as long as it was kept.
        self.lines.drain(..self.lines.len().saturating_sub(keep));
        self.heads.keep(self.lines.len());
        self.requests.shrink(MOST_OF_ALL_REQUESTS);
        self.answers.shrink(MOST_OF_ALL_ANSWERS);
    }
}

impl Line {
    fn entry(self, heads: &Recording, requests: &Recording, answers: &Recording) -> Entry {
        Entry {
            id: self.id,
            outline: self.outline,
            head: self.head.map(|span| heads.get(span).unwrap_or_default()),
            request: self.request.map(|span| requests.get(span)),
            response: self.response.map(|span| {
                let tape = if self.outline.is_refused() { requests } else { answers };
                tape.get(span)
            }),
        }
    }
}

impl Entry {
    /// What of it a matcher looks at; `organization` is the name of the organization it was asked of.
    pub fn facts(&self, organization: &str) -> Facts<'_> {
        Facts {
            method: self.head.method(),
            path: Address::of(self.head.target(), organization).path,
            caller: self.outline.caller,
            status: self.outline.status,
            rules: self.head.rules(),
            body: self.request.bytes.as_deref().unwrap_or_default(),
        }
    }
}

impl<B: AsRef<[u8]>> Body<B> {
    /// A body that is there as a whole.
    pub fn whole(bytes: B) -> Self {
        let size = Some(bytes.as_ref().len());
        Self { bytes, size }
    }

    /// A body of which this is only the beginning.
    pub fn begun(bytes: B) -> Self {
        Self { bytes, size: None }
    }

    /// The same, borrowed.
    pub fn borrowed(&self) -> Body<&[u8]> {
        Body { bytes: self.bytes.as_ref(), size: self.size }
    }
}

impl Body<&[u8]> {
    /// The same in memory of its own, as much as is kept of one.
    pub fn kept(self) -> Body<Bytes> {
        self.map(|bytes| Bytes::copy_from_slice(beginning(bytes)))
    }
}

impl<B> Body<B> {
    /// The same with its bytes elsewhere.
    fn map<C>(self, keep: impl FnOnce(B) -> C) -> Body<C> {
        Body { bytes: keep(self.bytes), size: self.size }
    }
}

/// As much as is kept of a body.
fn beginning(body: &[u8]) -> &[u8] {
    &body[..body.len().min(MOST_OF_A_BODY)]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A request that was answered, by nobody in particular.
    pub(super) fn outline() -> Outline {
        Outline {
            at: Timestamp::UNIX_EPOCH,
            duration_us: 7,
            caller: None,
            status: Some(200),
            batch: None,
            injection: None,
        }
    }

    fn record(journal: &Journal, body: &[u8], keep: usize) -> u64 {
        exchange(journal, (body, b"answer"), 200, keep)
    }

    fn exchange(journal: &Journal, (request, response): (&[u8], &[u8]), status: u16, keep: usize) -> u64 {
        let mut head = Head::asked("GET", "/a");
        head.answered();
        head.decided("", "");
        let outline = Outline { status: Some(status), ..outline() };
        let (request, response) = (Body::whole(request), Body::whole(response));
        journal.record(&Observed { outline, head: &head, request, response }, keep).id
    }

    fn ids(journal: &Journal, keep: usize) -> Vec<u64> {
        journal.entries(keep).iter().map(|entry| entry.id).collect()
    }

    #[test]
    fn a_ring_keeps_the_newest() {
        let journal = Journal::default();
        for _ in 0..5 {
            record(&journal, b"", 3);
        }
        assert_eq!(ids(&journal, 3), [3, 4, 5]);
        assert_eq!(ids(&journal, 2), [4, 5]);
        // A smaller ring lets go of more than one at a time.
        assert_eq!(record(&journal, b"", 1), 6);
        assert_eq!(ids(&journal, 9), [6]);
        journal.clear();
        assert!(ids(&journal, 9).is_empty());
        assert_eq!(record(&journal, b"", 1), 7);
    }

    #[test]
    fn entries_tell_what_was_recorded_whatever_was_let_go_before_them() {
        let journal = Journal::default();
        for n in 0..1_000_usize {
            record(&journal, n.to_string().repeat(n).as_bytes(), 20);
        }
        let entries = journal.entries(20);
        assert_eq!(entries.len(), 20);
        for (n, entry) in (980_usize..).zip(&entries) {
            assert_eq!(entry.head.target(), "/a");
            assert_eq!(entry.request.bytes.as_deref(), Some(n.to_string().repeat(n).as_bytes()));
            assert_eq!(entry.response.bytes.as_deref(), Some(&b"answer"[..]));
        }
    }

    #[test]
    fn of_all_bodies_the_oldest_go_first() {
        let journal = Journal::default();
        let body = vec![b'x'; MOST_OF_A_BODY];
        let fit = MOST_OF_ALL_REQUESTS / MOST_OF_A_BODY;
        for _ in 0..2 * fit {
            record(&journal, &body, 10_000);
        }
        let entries = journal.entries(10_000);
        let gone = entries.iter().take_while(|entry| entry.request.bytes.is_none()).count();
        assert_eq!(entries.len(), 2 * fit);
        assert!((fit..fit + 2).contains(&gone), "{gone}");
        assert!(entries[gone..].iter().all(|entry| entry.request.bytes.as_deref() == Some(&*body)));
        assert!(
            entries.iter().all(|entry| entry.response.bytes.is_some()),
            "answers are counted by themselves"
        );
        let told = entries[0].told("contoso", None).request;
        assert_eq!((told.body, told.truncated), (None, true));
        assert!(told.note.is_some_and(|note| note.contains("65536 bytes, let go")));
    }

    #[test]
    fn answers_go_before_refusals() {
        let journal = Journal::default();
        let body = vec![b'x'; MOST_OF_A_BODY];
        let fit = MOST_OF_ALL_ANSWERS / MOST_OF_A_BODY;
        for _ in 0..2 * fit {
            exchange(&journal, (b"", b"refused"), 404, 10_000);
            exchange(&journal, (b"", &body), 200, 10_000);
        }
        let entries = journal.entries(10_000);
        let (refusals, answers): (Vec<&Entry>, Vec<&Entry>) =
            entries.iter().partition(|entry| entry.outline.status == Some(404));
        assert!(refusals.iter().all(|entry| entry.response.bytes.as_deref() == Some(&b"refused"[..])));
        let gone = answers.iter().take_while(|entry| entry.response.bytes.is_none()).count();
        assert!((fit..fit + 2).contains(&gone), "{gone}");
        assert!(answers[gone..].iter().all(|entry| entry.response.bytes.as_deref() == Some(&*body)));
    }
}
