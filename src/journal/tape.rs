//! Bytes written one after another, of which the oldest are let go a whole piece at a time.
//!
//! What is kept of a request is written once, seldom read and forgotten in order. Memory of its own for each would be
//! cold again by the time it is freed, and finding it would cost more than all the rest of recording.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

/// How much memory is written before the next piece is begun. What is longer gets a piece of its own length.
const PIECE: usize = 64 << 10;

/// Where something stands on a tape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    piece: u64,
    start: u32,
    len: u32,
}

/// A tape; its pieces are numbered from 0 on.
#[derive(Debug, Default)]
pub(super) struct Tape {
    /// Those that are full, oldest first.
    full: VecDeque<Bytes>,
    /// The number of the first of them.
    first: u64,
    /// The piece that is being written.
    open: BytesMut,
    /// The memory of a piece that was let go, which the next is written to.
    spare: BytesMut,
    /// Bytes on all pieces.
    len: usize,
}

impl Tape {
    /// Writes what `parts` come to, which is less than four gibibytes.
    pub(super) fn write(&mut self, parts: [&[u8]; 2]) -> Span {
        let len = parts[0].len() + parts[1].len();
        if self.open.capacity() - self.open.len() < len {
            self.turn(len);
        }
        let start = self.open.len();
        for part in parts {
            self.open.extend_from_slice(part);
        }
        self.len += len;
        Span { piece: self.first + self.full.len() as u64, start: start as u32, len: len as u32 }
    }

    /// Begins another piece, in the memory of one that was let go if there is one.
    fn turn(&mut self, len: usize) {
        let mut next = std::mem::take(&mut self.spare);
        if next.capacity() < len {
            next = BytesMut::with_capacity(len.max(PIECE));
        }
        let full = std::mem::replace(&mut self.open, next);
        // Before the first piece there is none that could be full.
        if full.capacity() > 0 {
            self.full.push_back(full.freeze());
        }
    }

    /// Lets the oldest pieces go until no more than `most` bytes are left, or only the piece that is being written.
    pub(super) fn shrink(&mut self, most: usize) {
        while self.len > most && self.let_go() {}
    }

    /// Lets go of all pieces before the one that a span is on.
    pub(super) fn forget_before(&mut self, span: Span) {
        while self.first < span.piece && self.let_go() {}
    }

    fn let_go(&mut self) -> bool {
        let Some(piece) = self.full.pop_front() else { return false };
        self.first += 1;
        self.len -= piece.len();
        // Somebody may still be reading it.
        if let Ok(mut piece) = piece.try_into_mut() {
            piece.clear();
            self.spare = piece;
        }
        true
    }

    /// The tape as it is now.
    pub(super) fn read(&self) -> Recording {
        let open = Bytes::copy_from_slice(&self.open);
        Recording { pieces: self.full.iter().cloned().chain([open]).collect(), first: self.first }
    }
}

/// What stood on a tape at one moment.
#[derive(Debug, Clone)]
pub(super) struct Recording {
    pieces: Vec<Bytes>,
    first: u64,
}

impl Recording {
    /// What was written there; `None` where it was let go.
    pub(super) fn get(&self, span: Span) -> Option<Bytes> {
        let piece = self.pieces.get(usize::try_from(span.piece.checked_sub(self.first)?).ok()?)?;
        let start = span.start as usize;
        Some(piece.slice(start..start + span.len as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(recording: &Recording, span: Span) -> Option<String> {
        recording.get(span).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    #[test]
    fn what_was_written_is_read_until_its_piece_is_let_go() {
        let mut tape = Tape::default();
        let half = vec![b'x'; PIECE / 2];
        let spans: Vec<Span> = (0..5).map(|_| tape.write([&half, b""])).collect();
        let last = tape.write([b"a", b"bc"]);
        let before = tape.read();
        assert_eq!(text(&before, last).as_deref(), Some("abc"));
        assert_eq!(before.get(spans[0]).map(|bytes| bytes.len()), Some(half.len()));
        // Two halves share a piece, and the one that is being written stays.
        tape.shrink(2 * PIECE);
        assert_eq!(
            spans.iter().map(|span| tape.read().get(*span).is_some()).collect::<Vec<_>>(),
            [false, false, true, true, true]
        );
        tape.shrink(0);
        assert_eq!(text(&tape.read(), last).as_deref(), Some("abc"));
        assert_eq!(tape.read().get(spans[3]), None);
        // What was read before stays as it was.
        assert!(before.get(spans[0]).is_some_and(|bytes| *bytes == half));
    }

    #[test]
    fn the_memory_of_a_piece_is_written_again() {
        let mut tape = Tape::default();
        let (large, small) = (vec![b'x'; 3 * PIECE], vec![b'y'; PIECE]);
        let first = tape.write([&large, b""]);
        let second = tape.write([&small, b""]);
        tape.forget_before(first);
        assert!(tape.read().get(first).is_some());
        tape.forget_before(second);
        assert_eq!((tape.read().get(first), tape.spare.capacity() >= large.len()), (None, true));
        let third = tape.write([&small, b"z"]);
        assert_eq!(tape.spare.capacity(), 0);
        assert_eq!(text(&tape.read(), third).map(|text| text.len()), Some(PIECE + 1));
        assert_eq!(tape.read().get(second).map(|bytes| bytes.len()), Some(PIECE));
    }
}
