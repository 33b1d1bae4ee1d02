//! The request journal of one organization: what it was asked and what it answered, in a ring.
//!
//! Recording is on the way of every request, so what is kept of one is written behind what was kept of the last, and
//! nothing is looked at again before somebody asks. Bodies take the most memory, so of each only the beginning is
//! kept, and of all together so much that the oldest are let go before the newest, those of answers first.

mod address;
mod head;
mod line;
mod matcher;
mod secrets;
mod shape;
mod tape;
mod told;

use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use jiff::Timestamp;
use uuid::Uuid;

pub use address::{Address, Face};
pub use head::Head;
pub use matcher::{Criterion, Facts, Matcher, Miss, Status, misses};
pub use shape::Shape;
pub use told::{Exchange, Message};

use line::Line;
use shape::Shapes;
use tape::{Recording, Tape};

/// What is kept of one body, in bytes.
pub const MOST_OF_A_BODY: usize = 64 << 10;
/// What is kept of the bodies of all requests to one organization, in bytes.
pub const MOST_OF_ALL_REQUESTS: usize = 16 << 20;
/// What is kept of the bodies of all answers of one organization, in bytes: fewer, for an answer can be asked for again,
/// no matcher looks at it, and so much stays within reach of the processor.
pub const MOST_OF_ALL_ANSWERS: usize = 1 << 20;

/// The newest requests of one organization.
#[derive(Debug, Default)]
pub struct Journal(Mutex<Ring>);

#[derive(Debug, Default)]
struct Ring {
    last_id: u64,
    /// How many of the last entries are kept; more may still be on the tape.
    kept: usize,
    /// Of each entry its line and its head.
    entries: Tape,
    /// The bodies of requests.
    requests: Tape,
    /// The bodies of answers.
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

/// What is left of a body.
#[derive(Debug, Clone)]
struct Kept {
    /// `None` where it was let go to make room for newer ones.
    bytes: Option<Bytes>,
    /// As in [`Body`].
    size: Option<usize>,
}

/// What came of recording a request.
#[derive(Debug)]
pub struct Recorded {
    /// The number of the entry.
    pub id: u64,
    /// Shapes that have to be counted now; nearly always none.
    pub shapes: Vec<Shape>,
}

impl Journal {
    /// Keeps what was observed, numbers it, and lets go of what is then too much.
    pub fn record(&self, observed: &Observed<'_>, keep: usize) -> Recorded {
        let succeeded = observed.outline.status.is_some_and(|status| status < 400);
        let (request, response) = (observed.request.beginning(), observed.response.beginning());
        let mut ring = self.lock();
        ring.last_id += 1;
        let id = ring.last_id;
        let line = Line {
            id,
            outline: observed.outline,
            head: observed.head.sections(),
            request: ring.requests.write([request]),
            response: ring.answers.write([response]),
            request_size: observed.request.size,
            response_size: observed.response.size,
        };
        ring.entries.write([&line.to_bytes(observed.head.bytes.len()), &observed.head.bytes]);
        ring.kept = keep.min(ring.kept + 1);
        ring.shrink();
        let shapes = ring.shapes.count(observed.head, succeeded);
        Recorded { id, shapes }
    }

    /// The newest entries, at most `keep`, oldest first.
    pub fn entries(&self, keep: usize) -> Vec<Entry> {
        let ring = self.lock();
        let count = ring.kept.min(keep);
        let (entries, requests, answers) = (ring.entries.read(), ring.requests.read(), ring.answers.read());
        drop(ring);
        let (before, pieces) = entries.last(count);
        let lines = pieces.flat_map(line::lines).skip(before);
        lines.map(|(line, head)| line.entry(head, &requests, &answers)).collect()
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

impl Ring {
    /// Lets go of entries that are too many and of bodies that are too much.
    fn shrink(&mut self) {
        self.entries.keep(self.kept);
        self.requests.shrink(MOST_OF_ALL_REQUESTS);
        self.answers.shrink(MOST_OF_ALL_ANSWERS);
    }
}

impl Line {
    fn entry(self, head: Bytes, requests: &Recording, answers: &Recording) -> Entry {
        let body = |tape: &Recording, span, size| Kept { bytes: tape.get(span), size };
        Entry {
            id: self.id,
            outline: self.outline,
            head: self.head.map(|()| head),
            request: body(requests, self.request, self.request_size),
            response: body(answers, self.response, self.response_size),
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

impl<'b> Body<&'b [u8]> {
    /// The same in memory of its own, as much as is kept of one.
    pub fn kept(self) -> Body<Bytes> {
        Body { bytes: Bytes::copy_from_slice(self.beginning()), size: self.size }
    }

    /// As much as is kept of one.
    fn beginning(self) -> &'b [u8] {
        &self.bytes[..self.bytes.len().min(MOST_OF_A_BODY)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(journal: &Journal, body: &[u8], keep: usize) -> u64 {
        let mut head = Head::asked("GET", "/a");
        head.answered();
        head.decided("", "");
        let outline = Outline {
            at: Timestamp::UNIX_EPOCH,
            duration_us: 7,
            caller: None,
            status: Some(200),
            batch: None,
            injection: None,
        };
        let observed =
            Observed { outline, head: &head, request: Body::whole(body), response: Body::whole(b"answer") };
        journal.record(&observed, keep).id
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
}
