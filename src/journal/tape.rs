//! Records written one after another, of which the oldest are let go a whole piece at a time.
//!
//! What is kept of a request is written once, seldom read and forgotten in order. Memory of its own for each would be
//! cold again by the time it is freed, and finding it would cost more than all the rest of recording.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};
use prefetch_index::prefetch_index;

/// How much is written before the next piece is begun. A longer record makes a longer piece.
const PIECE: usize = 64 << 10;

/// Where a record stands on a tape, and how long it is.
///
/// Two words and no more, which a function hands back in registers: through memory they would wait there behind the
/// record that was just written, often to memory that is far away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    start: u64,
    len: usize,
}

/// A tape. Its bytes are numbered from 0 on, those that were let go as well.
#[derive(Debug, Default)]
pub(super) struct Tape {
    /// Those that are full, oldest first.
    full: VecDeque<Piece>,
    /// What is being written.
    open: BytesMut,
    /// Records in it.
    open_records: usize,
    /// The memory of a piece that was let go, which the next is written to.
    spare: BytesMut,
    /// Where the first piece starts.
    start: u64,
    /// Bytes on all pieces.
    len: usize,
    /// Records on all pieces.
    records: usize,
}

#[derive(Debug)]
struct Piece {
    bytes: Bytes,
    records: usize,
}

impl Tape {
    /// Writes a record.
    pub(super) fn write(&mut self, record: &[u8]) -> Span {
        let len = record.len();
        if self.open.capacity() - self.open.len() < len {
            self.turn(len);
        }
        let start = self.start + self.len as u64;
        self.open.extend_from_slice(record);
        self.len += len;
        self.records += 1;
        self.open_records += 1;
        self.bring_near(len);
        Span { start, len }
    }

    /// Asks the processor for the memory of the next record, which is probably about as long. It was not touched for
    /// as long as what stood there was kept, and until it has come no lock can be released behind what is written there.
    fn bring_near(&self, len: usize) {
        /// Most heads and bodies of requests are shorter. Of more, what is near would be driven out.
        const ENOUGH: usize = 1 << 10;
        const LINE: usize = 64;
        let next = self.open.len();
        for line in (next..next + len.min(ENOUGH)).step_by(LINE) {
            prefetch_index(&self.open, line);
        }
    }

    /// Begins another piece with room for a record.
    fn turn(&mut self, len: usize) {
        let mut next = std::mem::take(&mut self.spare);
        if next.capacity() < len || next.capacity() > PIECE {
            next = BytesMut::with_capacity(len.max(PIECE));
        }
        let full = std::mem::replace(&mut self.open, next).freeze();
        let records = std::mem::take(&mut self.open_records);
        if records > 0 {
            self.full.push_back(Piece { bytes: full, records });
        }
    }

    /// Lets the oldest pieces go until no more than `most` bytes are left, or only what is being written.
    pub(super) fn shrink(&mut self, most: usize) {
        while self.len > most && self.let_go() {}
    }

    /// Lets the oldest pieces go as far as `least` records stay.
    pub(super) fn keep(&mut self, least: usize) {
        while self.full.front().is_some_and(|piece| self.records - piece.records >= least) && self.let_go() {}
    }

    fn let_go(&mut self) -> bool {
        let Some(piece) = self.full.pop_front() else { return false };
        self.start += piece.bytes.len() as u64;
        self.len -= piece.bytes.len();
        self.records -= piece.records;
        // Somebody may still be reading it.
        if let Ok(mut bytes) = piece.bytes.try_into_mut() {
            bytes.clear();
            self.spare = bytes;
        }
        true
    }

    /// The tape as it is now.
    pub(super) fn read(&self) -> Recording {
        let open = Bytes::copy_from_slice(&self.open);
        let full = self.full.iter().map(|piece| piece.bytes.clone());
        let mut next = self.start;
        let pieces = full.chain([open]).map(|bytes| {
            let start = next;
            next += bytes.len() as u64;
            (start, bytes)
        });
        Recording { pieces: pieces.collect() }
    }
}

/// What stood on a tape at one moment.
#[derive(Debug, Clone)]
pub(super) struct Recording {
    /// Each with where it starts.
    pieces: Vec<(u64, Bytes)>,
}

impl Recording {
    /// The record there; `None` where it was let go.
    pub(super) fn get(&self, span: Span) -> Option<Bytes> {
        // Pieces without bytes start where the next does, and have nothing that anybody would look for.
        let behind = self.pieces.partition_point(|(start, _)| *start <= span.start);
        let (start, bytes) = self.pieces.get(behind.checked_sub(1)?)?;
        let start = usize::try_from(span.start - start).ok()?;
        (start + span.len <= bytes.len()).then(|| bytes.slice(start..start + span.len))
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
        let spans: Vec<Span> = (0..5).map(|_| tape.write(&half)).collect();
        let last = tape.write(b"abc");
        let before = tape.read();
        assert_eq!(text(&before, last).as_deref(), Some("abc"));
        assert_eq!(before.get(spans[0]).map(|bytes| bytes.len()), Some(half.len()));
        // Two halves share a piece, and what is being written stays.
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
    fn as_many_records_stay_as_are_wanted() {
        let mut tape = Tape::default();
        let half = vec![b'x'; PIECE / 2];
        for _ in 0..7 {
            tape.write(&half);
        }
        // Three pieces of two, and one record that is being written.
        for (least, left) in [(9, 7), (6, 7), (5, 5), (1, 1), (0, 1)] {
            tape.keep(least);
            assert_eq!(tape.records, left, "{least}");
        }
    }

    #[test]
    fn the_memory_of_a_piece_is_written_again() {
        let mut tape = Tape::default();
        let (large, small) = (vec![b'x'; 3 * PIECE], vec![b'y'; PIECE]);
        let spans = [tape.write(&small), tape.write(&small), tape.write(&large)];
        tape.shrink(4 * PIECE);
        assert_eq!((tape.read().get(spans[0]), tape.spare.capacity()), (None, PIECE));
        let at = tape.spare.as_ptr();
        let last = tape.write(&small);
        assert_eq!((tape.open.as_ptr(), tape.spare.capacity()), (at, 0));
        assert_eq!(tape.read().get(last).map(|bytes| bytes.len()), Some(PIECE));
        assert_eq!(tape.read().get(spans[1]).map(|bytes| bytes.len()), Some(PIECE));
        // What a long record took is not used again for a short one.
        tape.shrink(0);
        assert_eq!(tape.spare.capacity(), large.len());
        tape.write(b"a");
        assert_eq!(tape.open.capacity(), PIECE);
    }
}
