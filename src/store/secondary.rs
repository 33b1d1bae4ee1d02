//! An index whose newest entries wait to be sorted in.
//!
//! A create enters its row into half a dozen indexes, and most of those entries go where the last create's went: to the
//! end of a run (users of one business unit) or beside it (ids). So entries are kept in a short list first and sorted
//! in many at a time, which walks down the tree once where single entries would walk every time. After a fork the
//! first write copies the short list and no node of the tree.

use std::sync::Arc;

use super::index::{Candidates, Index, entry};
use super::rows::Slot;

/// Entries that wait at most. Every lookup looks at all of them, at the price of a cache line for each eight.
const WAITING: usize = 64;

/// An index over a column that is not the primary key.
#[derive(Debug, Clone, Default)]
pub(super) struct Secondary(Arc<Parts>);

#[derive(Debug, Default)]
struct Parts {
    sorted: Index,
    /// In the order they came. No entry is both here and in `sorted`.
    waiting: Vec<u64>,
}

/// A copy is made in order to be written, so it has room for that.
impl Clone for Parts {
    fn clone(&self) -> Self {
        let mut waiting = Vec::with_capacity(WAITING);
        waiting.extend_from_slice(&self.waiting);
        Self { sorted: self.sorted.clone(), waiting }
    }
}

impl Secondary {
    /// Adds a row under a value's hash; it must not be there yet.
    pub(super) fn insert(&mut self, hash: u32, slot: Slot) {
        let parts = Arc::make_mut(&mut self.0);
        if parts.waiting.len() >= WAITING {
            parts.waiting.sort_unstable();
            parts.sorted.insert_all(&parts.waiting);
            parts.waiting.clear();
        }
        parts.waiting.push(entry(hash, slot));
    }

    /// Removes a row from under a value's hash.
    pub(super) fn remove(&mut self, hash: u32, slot: Slot) {
        let parts = Arc::make_mut(&mut self.0);
        let gone = entry(hash, slot);
        // What is taken back came last.
        match parts.waiting.iter().rposition(|waiting| *waiting == gone) {
            Some(at) => drop(parts.waiting.swap_remove(at)),
            None => parts.sorted.remove(hash, slot),
        }
    }

    /// The places of rows that may hold the value, in ascending order.
    pub(super) fn candidates(&self, hash: u32) -> Candidates<'_> {
        let waiting = self.0.waiting.iter().filter(|entry| (**entry >> 32) as u32 == hash);
        self.0.sorted.candidates(hash).with(waiting.map(|entry| Slot(*entry as u32)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

        #[test]
        fn it_agrees_with_a_set(writes in proptest::collection::vec((any::<bool>(), 0_u32..4, 0_u32..300), 1..900)) {
            let (mut index, mut model) = (Secondary::default(), BTreeSet::new());
            let mut kept = Vec::new();
            for (number, (add, hash, slot)) in writes.into_iter().enumerate() {
                if !add {
                    index.remove(hash, Slot(slot));
                    model.remove(&(hash, slot));
                } else if model.insert((hash, slot)) {
                    index.insert(hash, Slot(slot));
                }
                if number % 200 == 0 {
                    kept.push((index.clone(), model.clone()));
                }
            }
            kept.push((index, model));
            for (index, model) in kept {
                for hash in 0..4 {
                    let found: Vec<u32> = index.candidates(hash).map(|slot| slot.0).collect();
                    let expected: Vec<u32> = model.iter().filter(|(of, _)| *of == hash).map(|(_, slot)| *slot).collect();
                    prop_assert_eq!(found, expected);
                }
            }
        }
    }
}
