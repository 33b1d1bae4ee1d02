//! What stands on the tape in front of each head: fields of fixed length, least significant byte first.

use bytes::Bytes;
use jiff::Timestamp;
use uuid::Uuid;

use super::tape::Span;
use super::{Head, Outline};

/// What is kept of a request beside its head and the bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) id: u64,
    pub(super) outline: Outline,
    /// The head that follows.
    pub(super) head: Head<()>,
    /// Where the body of the request stands, and how long it was.
    pub(super) request: Span,
    pub(super) request_size: Option<usize>,
    /// The same of the answer's.
    pub(super) response: Span,
    pub(super) response_size: Option<usize>,
}

/// The length of a line.
const LEN: usize = 122;

/// What is not there has the number that nothing else has: no request is that long, no entry that late.
const NONE: u64 = u64::MAX;

impl Line {
    /// The line before a head of so many bytes.
    pub(super) fn to_bytes(self, head_len: usize) -> [u8; LEN] {
        let mut out = Out { bytes: [0; LEN], at: 0 };
        let Outline { at, duration_us, caller, status, batch, injection } = self.outline;
        out.put((head_len as u32).to_le_bytes());
        out.put(self.head.answer.to_le_bytes());
        out.put(self.head.rules.to_le_bytes());
        for span in [self.request, self.response] {
            out.put(span.piece.to_le_bytes());
            out.put(span.start.to_le_bytes());
            out.put(span.len.to_le_bytes());
        }
        out.put(self.id.to_le_bytes());
        out.put(at.as_second().to_le_bytes());
        out.put(at.subsec_nanosecond().to_le_bytes());
        out.put(duration_us.to_le_bytes());
        // No user has the id of nobody.
        out.put(caller.unwrap_or_default().into_bytes());
        out.put(status.unwrap_or_default().to_le_bytes());
        let size = |size: Option<usize>| size.map_or(NONE, |size| size as u64);
        for number in [batch.unwrap_or(NONE), injection.unwrap_or(NONE)]
            .into_iter()
            .chain([size(self.request_size), size(self.response_size)])
        {
            out.put(number.to_le_bytes());
        }
        out.bytes
    }

    /// Reads a line, and how long the head behind it is.
    fn read(bytes: &[u8; LEN]) -> (Self, usize) {
        let mut rest = &bytes[..];
        let head_len = u32::from_le_bytes(take(&mut rest)) as usize;
        let (answer, rules) = (u32::from_le_bytes(take(&mut rest)), u32::from_le_bytes(take(&mut rest)));
        let [request, response] = [(); 2].map(|()| Span {
            piece: u64::from_le_bytes(take(&mut rest)),
            start: u32::from_le_bytes(take(&mut rest)),
            len: u32::from_le_bytes(take(&mut rest)),
        });
        let id = u64::from_le_bytes(take(&mut rest));
        let (second, nanosecond) = (i64::from_le_bytes(take(&mut rest)), i32::from_le_bytes(take(&mut rest)));
        let duration_us = u64::from_le_bytes(take(&mut rest));
        let caller = Some(Uuid::from_bytes(take(&mut rest))).filter(|id| !id.is_nil());
        let status = Some(u16::from_le_bytes(take(&mut rest))).filter(|status| *status > 0);
        let mut number = || Some(u64::from_le_bytes(take(&mut rest))).filter(|number| *number != NONE);
        let (batch, injection) = (number(), number());
        let (request_size, response_size) = (number(), number());
        let at = Timestamp::new(second, nanosecond).unwrap_or_default();
        let line = Self {
            id,
            outline: Outline { at, duration_us, caller, status, batch, injection },
            head: Head { bytes: (), answer, rules },
            request,
            request_size: request_size.map(|size| size as usize),
            response,
            response_size: response_size.map(|size| size as usize),
        };
        (line, head_len)
    }
}

struct Out {
    bytes: [u8; LEN],
    at: usize,
}

impl Out {
    fn put<const N: usize>(&mut self, field: [u8; N]) {
        self.bytes[self.at..self.at + N].copy_from_slice(&field);
        self.at += N;
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> [u8; N] {
    let (field, behind) = rest.split_first_chunk().expect("a line has room for all its fields");
    *rest = behind;
    *field
}

/// The lines on a piece of the tape, each with the head that follows it.
pub(super) fn lines(piece: &Bytes) -> impl Iterator<Item = (Line, Bytes)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let (line, head_len) = Line::read(piece.get(at..)?.first_chunk()?);
        let head = at + LEN..at + LEN + head_len;
        at = head.end;
        Some((line, piece.slice(head)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_it_was_written() {
        let bare = Line {
            id: 7,
            outline: Outline {
                at: Timestamp::UNIX_EPOCH,
                duration_us: 3,
                caller: None,
                status: None,
                batch: None,
                injection: None,
            },
            head: Head { bytes: (), answer: 1, rules: 2 },
            request: Span { piece: 4, start: 5, len: 6 },
            request_size: None,
            response: Span { piece: 7, start: 8, len: 9 },
            response_size: Some(0),
        };
        let full = Line {
            outline: Outline {
                at: "2026-03-01T12:00:00.123456789Z".parse().unwrap(),
                caller: Some(Uuid::from_u128(9)),
                status: Some(204),
                batch: Some(0),
                injection: Some(1),
                ..bare.outline
            },
            request_size: Some(10),
            ..bare
        };
        let mut piece = Vec::new();
        for (line, head) in [(bare, "head"), (full, "")] {
            piece.extend_from_slice(&line.to_bytes(head.len()));
            piece.extend_from_slice(head.as_bytes());
        }
        let read: Vec<_> = lines(&piece.into()).collect();
        assert_eq!(read, [(bare, Bytes::from_static(b"head")), (full, Bytes::new())]);
    }
}
