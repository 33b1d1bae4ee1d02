//! A long page, written while it is sent.
//!
//! Which rows it has is known before the first byte; writing thousands of them takes longer than finding them. So the
//! first few are written at once, and the others when the client has taken what was written before.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;

use super::super::encode::{self, Annotations, RowWriter, Shown};
use crate::model::{ColumnId, TableId};
use crate::protocol::http::Answer;
use crate::service::{RowRef, Slot};
use crate::world::World;

/// Pages of more rows come in pieces.
pub(super) const WORTH_IT: usize = 256;
/// Rows of the first piece, and of each other.
const FIRST: usize = 32;
const OTHERS: usize = 128;

/// The rows of a page that is written in pieces.
pub(super) struct Pieces {
    pub(super) world: Arc<World>,
    pub(super) table: TableId,
    pub(super) shown: Shown,
    pub(super) annotations: Annotations,
    /// Columns that the caller may not read.
    pub(super) hidden: Box<[ColumnId]>,
    /// Without entity tags.
    pub(super) bare: bool,
    pub(super) rows: Vec<Slot>,
    /// What follows the rows.
    pub(super) tail: Vec<u8>,
}

impl Pieces {
    /// The page that begins with `head`.
    pub(super) fn into_answer(self, mut head: Vec<u8>) -> Answer {
        let mut at = 0;
        self.write(&mut head, &mut at, FIRST);
        Answer::pieces(Bytes::from(head), move || {
            if at > self.rows.len() {
                return None;
            }
            let mut piece = Vec::with_capacity(OTHERS * 1024);
            self.write(&mut piece, &mut at, OTHERS);
            if at == self.rows.len() {
                piece.extend_from_slice(&self.tail);
                // Past the end: there is nothing more to come.
                at += 1;
            }
            Some(Bytes::from(piece))
        })
    }

    /// Appends the next rows from `at` on.
    fn write(&self, out: &mut Vec<u8>, at: &mut usize, most: usize) {
        let shown = Cow::Borrowed(&self.shown);
        let writer = RowWriter::new(&self.world, self.table, shown, self.annotations.clone())
            .hiding(self.hidden.clone());
        let data = self.world.records().table(self.table);
        let end = (*at + most).min(self.rows.len());
        for (number, slot) in self.rows[*at..end].iter().enumerate() {
            if *at + number > 0 {
                out.push(b',');
            }
            if let Some(row) = data.row(*slot) {
                push_row(out, &writer, row, self.bare);
            }
        }
        *at = end;
    }
}

/// Appends a row of a page, without what is expanded.
fn push_row(out: &mut Vec<u8>, writer: &RowWriter<'_>, row: RowRef<'_>, bare: bool) {
    let start = encode::open(out);
    if !bare {
        encode::etag(out, row);
    }
    writer.properties(out, row);
    encode::close(out, start);
}
