//! The rows of one table, by place.
//!
//! A row's place never changes and is never given to another row. Places are grouped into leaves of 32 and blocks
//! of 1,024; a write copies the leaf and the block it falls into unless it is their only owner, everything else is
//! shared. A block is also the unit of what is derived from rows (column caches, skipping by version): whatever
//! hangs on a block that was not copied stays valid.

use std::sync::Arc;

use smallvec::SmallVec;

use super::block::Beside;
use super::row::{Packed, version_of};
use super::shared::{SharedList, fetch};

/// The place of a row in its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub u32);

/// Rows in a block.
pub const BLOCK_ROWS: usize = LEAF_ROWS * LEAVES;
const LEAF_ROWS: usize = 32;
const LEAVES: usize = 32;

/// Up to 32 neighbouring rows, one after the other in one piece of memory: a row costs no allocation, no reference
/// count and no pointer, and whoever reads all rows reads memory in order.
#[derive(Debug, Clone, Default)]
struct Leaf {
    bytes: Vec<u8>,
    /// Where each row ends in `bytes`; a row without bytes is large or not there.
    ends: [u32; LEAF_ROWS],
    /// Places given out.
    len: u8,
    /// Rows that would make the copying of their neighbours expensive, by place.
    large: Vec<(u8, Arc<[u8]>)>,
}

/// A row beyond this stands apart.
const LARGE: usize = 4096;

impl Leaf {
    fn range(&self, at: usize) -> std::ops::Range<usize> {
        let start = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        start..self.ends[at] as usize
    }

    fn get(&self, at: usize) -> Option<&[u8]> {
        // Of a place that was not given out the range is empty; `len` would be one more line of memory to wait for.
        let range = self.range(at);
        if !range.is_empty() {
            return Some(&self.bytes[range]);
        }
        self.large.iter().find(|(of, _)| usize::from(*of) == at).map(|(_, bytes)| &**bytes)
    }

    fn push(&mut self, row: &[u8]) {
        let at = usize::from(self.len);
        if at == 0 {
            self.bytes.reserve_exact(row.len().min(LARGE) * LEAF_ROWS);
        }
        if row.len() > LARGE {
            self.large.push((at as u8, row.into()));
        } else {
            self.bytes.reserve_exact(row.len());
            self.bytes.extend_from_slice(row);
        }
        self.ends[at] = self.bytes.len() as u32;
        self.len += 1;
        if usize::from(self.len) == LEAF_ROWS {
            // Into a piece of its own size; shrinking in place would leave a hole too small for the next leaf.
            self.bytes = self.bytes.as_slice().to_vec();
        }
    }

    fn pop(&mut self) {
        let at = usize::from(self.len) - 1;
        self.set(at, &[]);
        self.len -= 1;
    }

    /// Puts a row into a place; no bytes are no row.
    fn set(&mut self, at: usize, row: &[u8]) {
        self.large.retain(|(of, _)| usize::from(*of) != at);
        let here = if row.len() > LARGE {
            self.large.push((at as u8, row.into()));
            &[]
        } else {
            row
        };
        let range = self.range(at);
        let (before, after) = (range.len(), here.len());
        if before == after {
            self.bytes[range].copy_from_slice(here);
            return;
        }
        self.bytes.reserve_exact(after.saturating_sub(before));
        self.bytes.splice(range, here.iter().copied());
        self.move_ends(at, before, after);
    }

    /// A copy with another row in a place; no bytes are no row. It is made at its right size, where a copy that is
    /// changed afterwards would be copied once more to grow.
    fn with(&self, at: usize, row: &[u8]) -> Self {
        let range = self.range(at);
        let before = range.len();
        if row.len() > LARGE || before == 0 {
            let mut copy = self.clone();
            copy.set(at, row);
            return copy;
        }
        let mut bytes = Vec::with_capacity(self.bytes.len() - before + row.len());
        for part in [&self.bytes[..range.start], row, &self.bytes[range.end..]] {
            bytes.extend_from_slice(part);
        }
        let mut copy = Self { bytes, ends: self.ends, len: self.len, large: self.large.clone() };
        copy.move_ends(at, before, row.len());
        copy
    }

    /// The row at a place has grown or shrunk.
    fn move_ends(&mut self, at: usize, before: usize, after: usize) {
        for end in &mut self.ends[at..usize::from(self.len)] {
            *end = *end + after as u32 - before as u32;
        }
    }
}

/// 1,024 neighbouring rows.
#[derive(Debug, Default)]
pub(super) struct Block {
    leaves: SmallVec<[Arc<Leaf>; LEAVES]>,
    /// The greatest version written into the block.
    pub(super) max_version: u64,
    pub(super) beside: Beside,
}

impl Clone for Block {
    fn clone(&self) -> Self {
        fetch(&self.leaves);
        Self { leaves: self.leaves.clone(), max_version: self.max_version, beside: self.beside.clone() }
    }
}

impl Block {
    /// The row at a place within the block.
    pub(super) fn row(&self, at: usize) -> Option<&[u8]> {
        self.leaves.get(at / LEAF_ROWS)?.get(at % LEAF_ROWS)
    }

    /// The rows with their places within the block.
    pub(super) fn rows(&self) -> impl Iterator<Item = (usize, &[u8])> {
        self.leaves.iter().enumerate().flat_map(|(number, leaf)| {
            let places = 0..usize::from(leaf.len);
            places.filter_map(move |at| leaf.get(at).map(|row| (number * LEAF_ROWS + at, row)))
        })
    }
}

/// All rows of a table.
#[derive(Debug, Clone, Default)]
pub(super) struct Rows {
    /// Every block but the last.
    full: SharedList<Block>,
    /// The block that grows: it stands apart, so that one more row is a short way from here.
    last: Arc<Block>,
    /// Places given out.
    len: u32,
}

impl Rows {
    pub(super) fn len(&self) -> usize {
        self.len as usize
    }

    #[inline]
    pub(super) fn get(&self, slot: Slot) -> Option<&[u8]> {
        let at = slot.0 as usize;
        let number = at / BLOCK_ROWS;
        let block = if number == self.full.len() { &*self.last } else { self.full.get(number)? };
        block.row(at % BLOCK_ROWS)
    }

    fn block_mut(&mut self, number: usize) -> Option<&mut Block> {
        if number == self.full.len() {
            Some(Arc::make_mut(&mut self.last))
        } else {
            self.full.get_mut(number)
        }
    }

    pub(super) fn push(&mut self, row: &[u8]) -> Slot {
        let at = self.len as usize;
        if at.is_multiple_of(BLOCK_ROWS) && at > 0 {
            self.full.push(std::mem::take(&mut self.last));
        }
        let block = Arc::make_mut(&mut self.last);
        if at.is_multiple_of(LEAF_ROWS) {
            block.leaves.push(Arc::default());
        }
        block.max_version = block.max_version.max(version_of(row));
        block.beside.forget();
        Arc::make_mut(block.leaves.last_mut().expect("a leaf was just made sure of")).push(row);
        self.len += 1;
        Slot(at as u32)
    }

    /// Takes the last place back; undoes [`Rows::push`].
    pub(super) fn pop(&mut self) {
        let at = self.len as usize - 1;
        let block = Arc::make_mut(&mut self.last);
        block.beside.forget();
        Arc::make_mut(block.leaves.last_mut().expect("the row is there")).pop();
        if at.is_multiple_of(LEAF_ROWS) {
            block.leaves.pop();
        }
        if at.is_multiple_of(BLOCK_ROWS) {
            self.last = self.full.pop().unwrap_or_default();
        }
        self.len -= 1;
    }

    /// Puts a row, or nothing, into a place; returns what was there.
    pub(super) fn replace(&mut self, slot: Slot, row: Option<&[u8]>) -> Option<Packed> {
        let at = slot.0 as usize;
        let block = self.block_mut(at / BLOCK_ROWS)?;
        if let Some(row) = row {
            block.max_version = block.max_version.max(version_of(row));
        }
        block.beside.forget();
        let leaf = block.leaves.get_mut(at % BLOCK_ROWS / LEAF_ROWS)?;
        let (at, row) = (at % LEAF_ROWS, row.unwrap_or_default());
        let old = leaf.get(at).map(Packed::from);
        if at < usize::from(leaf.len) {
            match Arc::get_mut(leaf) {
                Some(leaf) => leaf.set(at, row),
                None => *leaf = Arc::new(leaf.with(at, row)),
            }
        }
        old
    }

    /// The blocks, in the order of places.
    pub(super) fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.full.iter().chain((self.len > 0).then_some(&*self.last))
    }

    /// All rows with their places, in the order of places.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Slot, &[u8])> {
        self.blocks().enumerate().flat_map(|(index, block)| block_rows(index, block))
    }

    /// Rows of the blocks that were written after `version`.
    pub(super) fn written_after(&self, version: u64) -> impl Iterator<Item = (Slot, &[u8])> {
        self.blocks()
            .enumerate()
            .filter(move |(_, block)| block.max_version > version)
            .flat_map(|(index, block)| block_rows(index, block))
    }
}

fn block_rows(index: usize, block: &Block) -> impl Iterator<Item = (Slot, &[u8])> {
    let start = index * BLOCK_ROWS;
    block.rows().map(move |(at, row)| (Slot((start + at) as u32), row))
}
