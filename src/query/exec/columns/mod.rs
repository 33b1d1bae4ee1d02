//! The values of one column of a block of rows, side by side.
//!
//! Packed rows are good for reading one row; a query that looks at one column of a million rows would spend its time
//! finding that column in each. So what a scan reads is made once for each block and kept beside it (see
//! [`BlockRef::beside`]): whole numbers as numbers, texts folded one behind the other, ids as numbers into the list
//! of those that occur.

mod mask;
mod rank;
mod select;

use std::thread;

use memchr::memmem::Finder;
use uuid::Uuid;

use super::compare::{prefix, scalar};
use super::pattern::{self, Pattern};
use crate::model::{ColumnId, TableId};
use crate::store::{BLOCK_ROWS, BlockRef, Slot, TableData};

pub(super) use mask::Mask;
pub(super) use rank::offer;
pub(super) use select::scan;

/// The blocks of a table from a place on, for whoever looks at all of them.
///
/// After every few of them somebody else gets the processor, if somebody waits for it: who asks for one row should not
/// have to wait for as long as the system lets a thread go on. More often would leave the scan behind where there is
/// always somebody.
pub(super) fn blocks(data: &TableData, from: Slot) -> impl Iterator<Item = BlockRef<'_>> {
    const BETWEEN: usize = 64;
    data.blocks().skip(from.0 as usize / BLOCK_ROWS).enumerate().map(|(number, block)| {
        if number % BETWEEN == BETWEEN - 1 {
            thread::yield_now();
        }
        block
    })
}

/// The places of a block that hold rows. Kept under the column that is asked for first.
pub(super) struct Live(pub(super) Mask);

impl Live {
    pub(super) fn of(block: BlockRef<'_>) -> Self {
        let mut mask = Mask::default();
        block.rows().for_each(|(at, _)| mask.set(at));
        Self(mask)
    }
}

/// Whole numbers: integers, choices, flags, dates, times.
pub(super) struct Wholes {
    values: Box<[i64]>,
    present: Mask,
}

impl Wholes {
    pub(super) fn of(block: BlockRef<'_>, column: ColumnId) -> Self {
        let mut values = Vec::with_capacity(BLOCK_ROWS);
        let mut present = Mask::default();
        for (at, row) in block.rows() {
            if let Some(value) = scalar(row.get(column)) {
                values.resize(at, 0);
                values.push(value);
                present.set(at);
            }
        }
        Self { values: values.into(), present }
    }

    /// The places whose value lies from one number to another, both included.
    pub(super) fn within(&self, low: i64, high: i64) -> Mask {
        if low > high {
            return Mask::default();
        }
        // One comparison instead of two: what is below the range wraps round to a great distance.
        let width = high.wrapping_sub(low).cast_unsigned();
        let is_within = |value: i64| value.wrapping_sub(low).cast_unsigned() <= width;
        Mask::of(&self.values, is_within).and(self.present)
    }

    /// The places whose value is one of these, which ascend.
    pub(super) fn among(&self, numbers: &[i64]) -> Mask {
        Mask::of(&self.values, |value| numbers.binary_search(&value).is_ok()).and(self.present)
    }

    /// The places that have a value.
    pub(super) fn present(&self) -> Mask {
        self.present
    }

    /// The value at a place.
    #[inline]
    pub(super) fn get(&self, at: usize) -> Option<i64> {
        self.present.has(at).then(|| self.values[at])
    }
}

/// Texts as patterns see them: without case and accents, with trailing blanks.
pub(super) struct Texts {
    /// One behind the other, with a byte between them that stands in no text.
    folded: Box<[u8]>,
    /// Where each place's text ends; the next begins one byte later.
    ends: Box<[u32]>,
    present: Mask,
}

/// Stands in no UTF-8.
const BETWEEN: u8 = 0xff;

impl Texts {
    pub(super) fn of(block: BlockRef<'_>, column: ColumnId) -> Self {
        let mut folded = Vec::new();
        let mut ends = Vec::with_capacity(BLOCK_ROWS);
        let mut present = Mask::default();
        for (at, row) in block.rows() {
            while ends.len() < at {
                ends.push(folded.len() as u32);
                folded.push(BETWEEN);
            }
            if let Some(text) = row.get(column).as_str() {
                folded.extend_from_slice(pattern::fold(text).as_bytes());
                present.set(at);
            }
            ends.push(folded.len() as u32);
            folded.push(BETWEEN);
        }
        Self { folded: folded.into(), ends: ends.into(), present }
    }

    /// The places that have a value.
    pub(super) fn present(&self) -> Mask {
        self.present
    }

    fn text(&self, at: usize) -> &str {
        let start = if at == 0 { 0 } else { self.ends[at - 1] as usize + 1 };
        std::str::from_utf8(&self.folded[start..self.ends[at] as usize]).unwrap_or_default()
    }

    /// The places whose text contains a folded text.
    pub(super) fn containing(&self, sought: &Finder<'_>) -> Mask {
        if sought.needle().is_empty() {
            return self.present;
        }
        let mut mask = Mask::default();
        let (mut from, mut at) = (0, 0);
        while let Some(found) = sought.find(&self.folded[from..]) {
            let found = (from + found) as u32;
            // Hits come in order, and mostly not far behind each other.
            at += self.ends[at..].partition_point(|end| *end < found);
            mask.set(at);
            from = self.ends[at] as usize + 1;
        }
        mask.and(self.present)
    }

    /// The places, of some, whose text matches a pattern.
    pub(super) fn matching(&self, pattern: &Pattern, among: Mask) -> Mask {
        let mut mask = Mask::default();
        for at in among.and(self.present).places() {
            if pattern.matches_folded(self.text(at)) {
                mask.set(at);
            }
        }
        mask
    }

    /// The places, of some, whose text is a folded one but for trailing blanks.
    pub(super) fn equal(&self, sought: &str, among: Mask) -> Mask {
        let mut mask = Mask::default();
        for at in among.and(self.present).places() {
            if self.text(at).trim_end_matches(' ') == sought {
                mask.set(at);
            }
        }
        mask
    }
}

/// Ids, with the table of the row where the column is a lookup.
pub(super) struct Ids {
    /// Those that occur.
    distinct: Box<[(Option<TableId>, Uuid)]>,
    /// For each place one more than the place in `distinct`, or zero.
    codes: Box<[u16]>,
    present: Mask,
}

impl Ids {
    pub(super) fn of(block: BlockRef<'_>, column: ColumnId) -> Self {
        let mut distinct: Vec<(Option<TableId>, Uuid)> = Vec::new();
        let mut known = std::collections::HashMap::<_, u16, foldhash::fast::FixedState>::default();
        let mut codes = Vec::with_capacity(BLOCK_ROWS);
        let mut present = Mask::default();
        for (at, row) in block.rows() {
            let value = row.get(column);
            let Some(id) = value.as_id() else { continue };
            let key = (value.as_lookup().map(|reference| reference.table), id);
            let code = *known.entry(key).or_insert_with(|| {
                distinct.push(key);
                distinct.len() as u16
            });
            codes.resize(at, 0);
            codes.push(code);
            present.set(at);
        }
        Self { distinct: distinct.into(), codes: codes.into(), present }
    }

    /// The places that have a value.
    pub(super) fn present(&self) -> Mask {
        self.present
    }

    /// Those of some places whose id passes a test: asked of each place, or of each id that occurs, whichever are fewer.
    pub(super) fn passing_among(&self, among: Mask, test: impl Fn(Uuid) -> bool) -> Mask {
        if among.count() > self.distinct.len() {
            return self.passing(|_, id| test(id)).and(among);
        }
        let mut passing = Mask::default();
        for at in among.places() {
            let code = self.codes.get(at).copied().unwrap_or_default();
            if let Some((_, id)) = usize::from(code).checked_sub(1).and_then(|at| self.distinct.get(at))
                && test(*id)
            {
                passing.set(at);
            }
        }
        passing
    }

    /// The places whose id passes a test, which is asked once of each id that occurs.
    pub(super) fn passing(&self, mut test: impl FnMut(Option<TableId>, Uuid) -> bool) -> Mask {
        let passes: Vec<bool> =
            std::iter::once(false).chain(self.distinct.iter().map(|(table, id)| test(*table, *id))).collect();
        if !passes.contains(&true) {
            return Mask::default();
        }
        Mask::of(&self.codes, |code| passes[usize::from(code)])
    }
}

/// What an order compares first: numbers that sort as the values do, as far as 64 bits tell.
pub(super) struct Prefixes {
    /// Zero where there is no row.
    values: Box<[u64]>,
    /// The least and the greatest of each 64 places.
    ends: Box<[(u64, u64)]>,
}

impl Prefixes {
    fn of(block: BlockRef<'_>, column: ColumnId) -> Self {
        let mut values = Vec::with_capacity(BLOCK_ROWS);
        for (at, row) in block.rows() {
            values.resize(at, 0);
            values.push(prefix(row.get(column)));
        }
        let ends = values.chunks(64).map(|values| {
            values.iter().fold((u64::MAX, 0), |(least, most), value| (least.min(*value), most.max(*value)))
        });
        Self { ends: ends.collect(), values: values.into() }
    }

    /// What an order compares of a place.
    fn key(&self, at: usize, descending: bool) -> u64 {
        if descending { !self.values[at] } else { self.values[at] }
    }

    /// The places where that is no greater than a limit; places without a row may be among them.
    fn within(&self, limit: u64, descending: bool) -> Mask {
        let (least, most) = (if descending { !limit } else { 0 }, if descending { u64::MAX } else { limit });
        let may_have = |word: usize| self.ends[word].0 <= most && self.ends[word].1 >= least;
        Mask::of_some(&self.values, may_have, |value| least <= value && value <= most)
    }
}
