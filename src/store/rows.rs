//! The rows of one table, by place.
//!
//! A row's place never changes and is never given to another row. Places are grouped into leaves of 32, branches of
//! 256 and blocks of 1,024; a write copies those it falls into unless it is their only owner, everything else is
//! shared. A block is also the unit of what is derived from rows (column caches, skipping by version): whatever
//! hangs on a block that was not copied stays valid.

use std::ops::Range;

use prefetch_index::prefetch_index;
use smallvec::SmallVec;
use triomphe::Arc;

use super::block::Beside;
use super::row::{Packed, version_of};
use super::shared::{SharedList, fetch};

/// The place of a row in its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub u32);

/// Rows in a block.
pub const BLOCK_ROWS: usize = BRANCH_ROWS * BRANCHES;
const BRANCHES: usize = 4;
const BRANCH_ROWS: usize = LEAF_ROWS * LEAVES;
/// Few, because copying a branch touches the reference count of every leaf, and those stand far apart.
const LEAVES: usize = 8;
const LEAF_ROWS: usize = 32;

/// A row beyond this stands apart, so that [`LEAF_ROWS`] of the others end where 16 bits can tell.
const LARGE: usize = u16::MAX as usize / LEAF_ROWS;

/// Up to 32 neighbouring rows, one after the other in one piece of memory: a row costs no allocation, no reference
/// count and no pointer, and whoever reads all rows reads memory in order. The leaf itself stands in its branch, near
/// to its neighbours, so that whoever looks for one row waits for memory mostly once, for the row's.
#[derive(Debug, Clone)]
struct Leaf {
    /// The rows, and behind them room for more while the leaf grows.
    bytes: Arc<[u8]>,
    /// Where each row ends in `bytes`; a row without bytes is large or not there.
    ends: [u16; LEAF_ROWS],
    /// Rows that would make the copying of their neighbours expensive; few leaves have any.
    large: Option<Arc<Vec<LargeRow>>>,
}

/// A row that stands apart, behind its place in the leaf.
type LargeRow = (u8, Arc<[u8]>);

impl Default for Leaf {
    fn default() -> Self {
        Self { bytes: Arc::from(&[][..]), ends: [0; LEAF_ROWS], large: None }
    }
}

impl Leaf {
    #[inline]
    fn range(&self, at: usize) -> Range<usize> {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        usize::from(start)..usize::from(self.ends[at])
    }

    #[inline]
    fn get(&self, at: usize) -> Option<&[u8]> {
        let range = self.range(at);
        if !range.is_empty() {
            return Some(&self.bytes[range]);
        }
        let large = self.large.as_deref()?;
        large.iter().find(|(of, _)| usize::from(*of) == at).map(|(_, bytes)| &**bytes)
    }

    /// Puts a row into the place after the last one that was given out.
    fn push(&mut self, at: usize, row: &[u8]) {
        let start = usize::from(self.ends[LEAF_ROWS - 1]);
        let row = self.set_apart(at, row);
        let end = start + row.len();
        match Arc::get_mut(&mut self.bytes) {
            Some(bytes) if at + 1 < LEAF_ROWS && end <= bytes.len() => bytes[start..end].copy_from_slice(row),
            _ => {
                // Few tables have many rows. The last row of a leaf leaves no room behind it.
                let expected = if at < FEW { FEW } else { LEAF_ROWS };
                let room = row.len() * (expected - at - 1);
                self.bytes = joined([&self.bytes[..start], row, &[]], room);
            }
        }
        self.ends[at..].fill(end as u16);
    }

    /// Takes the row of the last place away.
    fn pop(&mut self, at: usize) {
        self.set_apart(at, &[]);
        let start = self.range(at).start;
        self.ends[at..].fill(start as u16);
    }

    /// Puts a row into a place that was given out; no bytes are no row.
    fn set(&mut self, at: usize, row: &[u8]) {
        let row = self.set_apart(at, row);
        let range = self.range(at);
        match Arc::get_mut(&mut self.bytes) {
            Some(bytes) if range.len() == row.len() => bytes[range].copy_from_slice(row),
            _ => {
                let behind = range.end..usize::from(self.ends[LEAF_ROWS - 1]);
                // Rows that are still to come find their room where it was.
                let room = self.bytes.len() - behind.end;
                for end in &mut self.ends[at..] {
                    *end = *end - range.len() as u16 + row.len() as u16;
                }
                self.bytes = joined([&self.bytes[..range.start], row, &self.bytes[behind]], room);
            }
        }
    }

    /// What is to stand among the others of a row that comes into a place: nothing if it is large.
    fn set_apart<'r>(&mut self, at: usize, row: &'r [u8]) -> &'r [u8] {
        if let Some(large) = &mut self.large {
            Arc::make_mut(large).retain(|(of, _)| usize::from(*of) != at);
        }
        if row.len() <= LARGE {
            return row;
        }
        Arc::make_mut(self.large.get_or_insert_default()).push((at as u8, row.into()));
        &[]
    }
}

/// So many rows at most are few: a leaf has room for them before it has room for all.
const FEW: usize = 4;

/// Pieces one after another, and room behind them.
fn joined(pieces: [&[u8]; 3], room: usize) -> Arc<[u8]> {
    /// Bytes of most leaves at most. They are put together on the stack: memory that is asked for and given back at
    /// once for every leaf would be spread over as much again as the leaves take.
    const USUAL: usize = 16 << 10;
    let mut all = SmallVec::<[u8; USUAL]>::new();
    for piece in pieces {
        all.extend_from_slice(piece);
    }
    all.resize(all.len() + room, 0);
    Arc::from(&all[..])
}

/// 256 neighbouring rows.
#[derive(Debug, Default)]
struct Branch(SmallVec<[Leaf; LEAVES]>);

impl Clone for Branch {
    fn clone(&self) -> Self {
        fetch(self.0.iter().map(|leaf| &leaf.bytes));
        Self(self.0.clone())
    }
}

/// 1,024 neighbouring rows.
#[derive(Debug, Default, Clone)]
pub(super) struct Block {
    branches: SmallVec<[Arc<Branch>; BRANCHES]>,
    /// The greatest version written into the block.
    pub(super) max_version: u64,
    pub(super) beside: Beside,
}

impl Block {
    /// The row at a place within the block.
    #[inline]
    pub(super) fn row(&self, at: usize) -> Option<&[u8]> {
        self.branches.get(at / BRANCH_ROWS)?.0.get(at / LEAF_ROWS % LEAVES)?.get(at % LEAF_ROWS)
    }

    /// The rows with their places within the block.
    pub(super) fn rows(&self) -> impl Iterator<Item = (usize, &[u8])> {
        let leaves = self.branches.iter().flat_map(|branch| &branch.0);
        leaves.enumerate().flat_map(|(number, leaf)| {
            (0..LEAF_ROWS).filter_map(move |at| leaf.get(at).map(|row| (number * LEAF_ROWS + at, row)))
        })
    }

    /// The leaf of a place within the block that was given out.
    fn leaf_mut(&mut self, at: usize) -> Option<&mut Leaf> {
        let branch = self.branches.get_mut(at / BRANCH_ROWS)?;
        Arc::make_mut(branch).0.get_mut(at / LEAF_ROWS % LEAVES)
    }

    /// Gives the next place to a row.
    fn push(&mut self, at: usize, row: &[u8]) {
        if at.is_multiple_of(BRANCH_ROWS) {
            self.branches.push(Arc::default());
        }
        let Some(branch) = self.branches.last_mut().map(Arc::make_mut) else { return };
        if at.is_multiple_of(LEAF_ROWS) {
            branch.0.push(Leaf::default());
        }
        let Some(leaf) = branch.0.last_mut() else { return };
        leaf.push(at % LEAF_ROWS, row);
    }

    /// Takes the last place back.
    fn pop(&mut self, at: usize) {
        let Some(branch) = self.branches.last_mut().map(Arc::make_mut) else { return };
        if at.is_multiple_of(LEAF_ROWS) {
            branch.0.pop();
        } else if let Some(leaf) = branch.0.last_mut() {
            leaf.pop(at % LEAF_ROWS);
        }
        if at.is_multiple_of(BRANCH_ROWS) {
            self.branches.pop();
        }
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

    /// Asks the processor for a row that will be read soon; does not wait for it.
    pub(super) fn bring_near(&self, slot: Slot) {
        /// Bytes that come together.
        const LINE: usize = 64;
        /// Most rows are shorter; the rest of a longer one is read in order, which the processor foresees.
        const USUAL: usize = 512;
        let row = self.get(slot).unwrap_or_default();
        for line in (0..row.len().min(USUAL)).step_by(LINE) {
            prefetch_index(row, line);
        }
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
        block.max_version = block.max_version.max(version_of(row));
        block.beside.forget();
        block.push(at % BLOCK_ROWS, row);
        self.len += 1;
        Slot(at as u32)
    }

    /// Takes the last place back; undoes [`Rows::push`].
    pub(super) fn pop(&mut self) {
        let at = self.len as usize - 1;
        let block = Arc::make_mut(&mut self.last);
        block.beside.forget();
        block.pop(at % BLOCK_ROWS);
        if at.is_multiple_of(BLOCK_ROWS) {
            self.last = self.full.pop().unwrap_or_default();
        }
        self.len -= 1;
    }

    /// Puts a row, or nothing, into a place; returns what was there.
    pub(super) fn replace(&mut self, slot: Slot, row: Option<&[u8]>) -> Option<Packed> {
        let at = slot.0 as usize;
        if slot.0 >= self.len {
            return None;
        }
        let block = self.block_mut(at / BLOCK_ROWS)?;
        if let Some(row) = row {
            block.max_version = block.max_version.max(version_of(row));
        }
        block.beside.forget();
        let leaf = block.leaf_mut(at % BLOCK_ROWS)?;
        let old = leaf.get(at % LEAF_ROWS).map(Packed::from);
        leaf.set(at % LEAF_ROWS, row.unwrap_or_default());
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A row of a length, unlike others.
    fn row(len: usize, seed: usize) -> Vec<u8> {
        (0..len).map(|at| (at * 31 + seed) as u8).collect()
    }

    /// Lengths on both sides of every limit; nothing shorter than a header is a row.
    const LENGTHS: [usize; 8] = [28, 29, 240, 240, 240, LARGE - 1, LARGE, LARGE + 1];

    fn agree(rows: &Rows, model: &[Option<Vec<u8>>]) {
        assert_eq!(rows.len(), model.len());
        for (at, expected) in model.iter().enumerate() {
            assert_eq!(rows.get(Slot(at as u32)), expected.as_deref(), "{at}");
        }
        let listed = rows.iter().map(|(slot, row)| (slot.0 as usize, row));
        let expected = model.iter().enumerate().filter_map(|(at, row)| Some((at, row.as_deref()?)));
        assert!(listed.eq(expected));
        assert_eq!(rows.get(Slot(model.len() as u32)), None);
    }

    #[test]
    fn rows_agree_with_a_plain_list_and_clones_keep_theirs() {
        let mut rows = Rows::default();
        let mut model: Vec<Option<Vec<u8>>> = Vec::new();
        let mut kept = Vec::new();
        for step in 0..3 * BLOCK_ROWS {
            let of = |turn: usize| row(LENGTHS[(step / turn + step) % LENGTHS.len()], step);
            let new = of(7);
            assert_eq!(rows.push(&new), Slot(model.len() as u32));
            model.push(Some(new));
            if step % 3 == 0 {
                let at = step * 7_919 % model.len();
                let new = (step % 4 > 0).then(|| of(5));
                let old = rows.replace(Slot(at as u32), new.as_deref());
                assert_eq!(old.as_deref(), model[at].as_deref());
                model[at] = new;
            }
            if step % 11 == 0 {
                rows.pop();
                model.pop();
            }
            if step % 500 == 0 || (BLOCK_ROWS - 2..BLOCK_ROWS + 3).contains(&step) {
                kept.push((rows.clone(), model.clone()));
            }
        }
        while model.len() > BLOCK_ROWS - LEAF_ROWS {
            rows.pop();
            model.pop();
        }
        assert_eq!(rows.replace(Slot(model.len() as u32), Some(&row(28, 0))), None);
        kept.push((rows, model));
        for (rows, model) in &kept {
            agree(rows, model);
        }
    }
}
