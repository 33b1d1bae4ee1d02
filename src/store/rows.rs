//! The rows of one table, by place.
//!
//! A row's place never changes and is never given to another row. Places are grouped into leaves of 32 and blocks
//! of 1,024; a write copies the leaf and the block it falls into unless it is their only owner, everything else is
//! shared. A block is also the unit of what is derived from rows (column caches, skipping by version): whatever
//! hangs on a block that was not copied stays valid.

use std::sync::Arc;

use super::row::{Packed, version_of};

/// The place of a row in its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub u32);

/// Rows in a block.
pub const BLOCK_ROWS: usize = LEAF_ROWS * LEAVES;
const LEAF_ROWS: usize = 32;
const LEAVES: usize = 32;

#[derive(Debug, Clone, Default)]
struct Leaf {
    rows: Vec<Option<Packed>>,
}

/// 1,024 neighbouring rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Block {
    leaves: Vec<Arc<Leaf>>,
    /// The greatest version written into the block.
    pub(super) max_version: u64,
}

/// All rows of a table.
#[derive(Debug, Clone, Default)]
pub(super) struct Rows {
    blocks: imbl::Vector<Arc<Block>>,
    /// Places given out.
    len: u32,
}

impl Rows {
    pub(super) fn len(&self) -> usize {
        self.len as usize
    }

    pub(super) fn get(&self, slot: Slot) -> Option<&Packed> {
        let at = slot.0 as usize;
        self.blocks
            .get(at / BLOCK_ROWS)?
            .leaves
            .get(at % BLOCK_ROWS / LEAF_ROWS)?
            .rows
            .get(at % LEAF_ROWS)?
            .as_ref()
    }

    pub(super) fn push(&mut self, row: Packed) -> Slot {
        let at = self.len as usize;
        if at.is_multiple_of(BLOCK_ROWS) {
            self.blocks.push_back(Arc::default());
        }
        let last = self.blocks.len() - 1;
        let block = Arc::make_mut(self.blocks.get_mut(last).expect("a block was just made sure of"));
        if at.is_multiple_of(LEAF_ROWS) {
            block.leaves.push(Arc::default());
        }
        block.max_version = block.max_version.max(version_of(&row));
        let leaf = Arc::make_mut(block.leaves.last_mut().expect("a leaf was just made sure of"));
        if leaf.rows.is_empty() {
            leaf.rows.reserve_exact(LEAF_ROWS);
        }
        leaf.rows.push(Some(row));
        self.len += 1;
        Slot(at as u32)
    }

    /// Takes the last place back; undoes [`Rows::push`].
    pub(super) fn pop(&mut self) {
        let at = self.len as usize - 1;
        let last = self.blocks.len() - 1;
        let block = Arc::make_mut(self.blocks.get_mut(last).expect("the row is there"));
        Arc::make_mut(block.leaves.last_mut().expect("the row is there")).rows.pop();
        if at.is_multiple_of(LEAF_ROWS) {
            block.leaves.pop();
        }
        if at.is_multiple_of(BLOCK_ROWS) {
            self.blocks.pop_back();
        }
        self.len -= 1;
    }

    /// Puts a row, or nothing, into a place; returns what was there.
    pub(super) fn replace(&mut self, slot: Slot, row: Option<Packed>) -> Option<Packed> {
        let at = slot.0 as usize;
        let block = Arc::make_mut(self.blocks.get_mut(at / BLOCK_ROWS)?);
        if let Some(row) = &row {
            block.max_version = block.max_version.max(version_of(row));
        }
        let leaf = Arc::make_mut(block.leaves.get_mut(at % BLOCK_ROWS / LEAF_ROWS)?);
        std::mem::replace(leaf.rows.get_mut(at % LEAF_ROWS)?, row)
    }

    /// All rows with their places, in the order of places.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Slot, &Packed)> {
        self.blocks.iter().enumerate().flat_map(|(index, block)| block_rows(index, block))
    }

    /// Rows of the blocks that were written after `version`.
    pub(super) fn written_after(&self, version: u64) -> impl Iterator<Item = (Slot, &Packed)> {
        self.blocks
            .iter()
            .enumerate()
            .filter(move |(_, block)| block.max_version > version)
            .flat_map(|(index, block)| block_rows(index, block))
    }
}

fn block_rows(index: usize, block: &Block) -> impl Iterator<Item = (Slot, &Packed)> {
    let start = (index * BLOCK_ROWS) as u32;
    block
        .leaves
        .iter()
        .flat_map(|leaf| &leaf.rows)
        .zip(start..)
        .filter_map(|(row, at)| row.as_ref().map(|row| (Slot(at), row)))
}
