//! A block of rows as those see it who read all rows of a table, and what they keep beside it.
//!
//! Whoever looks at one column of every row wants its values side by side. What is made for that from the rows of one
//! block is kept with the block: every world that shares the block shares it, and a write to a row forgets it for the
//! rows of that block only. The store does not know what is made of a column, nor does it ask.

use std::any::Any;
use std::sync::OnceLock;

use super::row::RowRef;
use super::rows::{BLOCK_ROWS, Block, Slot};
use super::table::TableData;
use crate::model::ColumnId;

/// So many things are kept beside a block at most; who comes later has to do without.
const MOST: usize = 24;

type Made = OnceLock<(ColumnId, Box<dyn Any + Send + Sync>)>;

/// What was made of a block's columns.
#[derive(Default)]
pub(super) struct Beside(OnceLock<Box<[Made; MOST]>>);

/// A copy of a block is made in order to be changed.
impl Clone for Beside {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl std::fmt::Debug for Beside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Beside")
    }
}

impl Beside {
    /// A row of the block has changed.
    pub(super) fn forget(&mut self) {
        if self.0.get().is_some() {
            *self = Self::default();
        }
    }

    fn get<T: Any + Send + Sync>(&self, column: ColumnId, make: impl Fn() -> T) -> Option<&T> {
        let slots = self.0.get_or_init(Box::default);
        slots
            .iter()
            .map(|slot| slot.get_or_init(|| (column, Box::new(make()))))
            .find_map(|(of, made)| made.downcast_ref().filter(|_| *of == column))
    }
}

/// Neighbouring rows of a table, [`BLOCK_ROWS`] places at most.
#[derive(Debug, Clone, Copy)]
pub struct BlockRef<'a> {
    pub(super) table: &'a TableData,
    pub(super) index: usize,
    pub(super) block: &'a Block,
}

impl<'a> BlockRef<'a> {
    /// The first place of the block.
    pub fn first(self) -> Slot {
        Slot((self.index * BLOCK_ROWS) as u32)
    }

    /// The rows with their places within the block, in order.
    pub fn rows(self) -> impl Iterator<Item = (usize, RowRef<'a>)> {
        self.block.rows().map(move |(at, bytes)| (at, self.table.row_ref(bytes)))
    }

    /// The row at a place within the block.
    pub fn row(self, at: usize) -> Option<RowRef<'a>> {
        self.block.row(at).map(|bytes| self.table.row_ref(bytes))
    }

    /// What somebody makes of a column of the block's rows: made by the first who asks, kept as long as no row of the
    /// block changes. `None` where too much is kept already.
    pub fn beside<T: Any + Send + Sync>(self, column: ColumnId, make: impl Fn(Self) -> T) -> Option<&'a T> {
        self.block.beside.get(column, || make(self))
    }
}

impl TableData {
    /// All rows by the block, in the order of places.
    pub fn blocks(&self) -> impl Iterator<Item = BlockRef<'_>> {
        self.block_list().enumerate().map(|(index, block)| BlockRef { table: self, index, block })
    }
}
