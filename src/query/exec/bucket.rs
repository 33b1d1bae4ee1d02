//! The rows of a table by the values of a column, for as long as a query runs.

use foldhash::fast::RandomState;

use super::equal::hash;
use crate::model::ValueRef;
use crate::store::Slot;

/// Places of rows by the hash of a value: as the store's indexes do, it says perhaps and the row decides, so a row
/// costs eight bytes whatever its value is.
pub(super) struct Buckets {
    state: RandomState,
    /// Where each bucket starts in `places`, and where the last one ends.
    starts: Box<[u32]>,
    /// Ascending within a bucket.
    places: Box<[Slot]>,
}

impl Buckets {
    /// Of rows with their values, in ascending order of places.
    pub(super) fn new<'a>(rows: impl Iterator<Item = (Slot, ValueRef<'a>)>) -> Self {
        let state = RandomState::default();
        let hashed: Vec<(u32, Slot)> = rows.map(|(slot, value)| (hash(&state, value) as u32, slot)).collect();
        let count = hashed.len().next_power_of_two();
        let mut starts = vec![0_u32; count + 1];
        for (hash, _) in &hashed {
            starts[*hash as usize % count + 1] += 1;
        }
        for bucket in 0..count {
            starts[bucket + 1] += starts[bucket];
        }
        let mut next = starts.clone();
        let mut places = vec![Slot(0); hashed.len()];
        for (hash, slot) in hashed {
            let at = &mut next[hash as usize % count];
            places[*at as usize] = slot;
            *at += 1;
        }
        Self { state, starts: starts.into(), places: places.into() }
    }

    /// The places of the rows that may have the value, ascending.
    pub(super) fn candidates(&self, value: ValueRef<'_>) -> &[Slot] {
        let bucket = hash(&self.state, value) as u32 as usize % (self.starts.len() - 1);
        &self.places[self.starts[bucket] as usize..self.starts[bucket + 1] as usize]
    }
}
