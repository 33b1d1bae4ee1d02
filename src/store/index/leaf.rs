//! The entries of one leaf.
//!
//! Rows that come one after another leave entries at even distances in most indexes: in that of ids because ids count up,
//! and in that of a lookup because many rows in a row point to the same one. Such entries are counted instead of
//! listed. A million of them then take the memory of one, and finding one takes a division and waits for no memory that
//! is far away.

use smallvec::{SmallVec, smallvec};

/// Entries that are listed in a leaf at most.
pub(super) const LEAF: usize = 256;
/// Entries a list grows by: it is exactly as large as that needs, for most lists never grow full.
const GROWTH: usize = 32;
/// Of counted entries so many are listed when one among them changes, so that changes near it find a list.
const WINDOW: usize = LEAF / 2;

/// An ordered set of entries.
#[derive(Debug, Clone)]
pub(super) enum Leaf {
    /// One by one, in ascending order.
    Listed(Vec<u64>),
    /// Counted.
    Even(Even),
}

/// Leaves that stand behind one that was changed, because it could not take the change by itself.
pub(super) type Siblings = SmallVec<[Leaf; 2]>;

/// Entries at even distances, at least one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Even {
    first: u64,
    step: u64,
    len: usize,
}

impl Default for Leaf {
    fn default() -> Self {
        Self::Listed(Vec::new())
    }
}

impl Leaf {
    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Listed(entries) if entries.is_empty())
    }

    #[inline]
    pub(super) fn get(&self, at: usize) -> Option<u64> {
        match self {
            Self::Listed(entries) => entries.get(at).copied(),
            Self::Even(even) => even.get(at),
        }
    }

    /// How many entries are smaller.
    pub(super) fn place_of(&self, entry: u64) -> usize {
        match self {
            // Most come to the end.
            Self::Listed(entries) if entries.last().is_none_or(|last| *last < entry) => entries.len(),
            Self::Listed(entries) => entries.partition_point(|other| *other < entry),
            Self::Even(even) => even.place_of(entry),
        }
    }

    /// As [`Leaf::place_of`], where it is known that the leaf has entries from `from` until `end` only.
    ///
    /// Hashes are spread evenly, so an entry stands about where its distance from the leaf's ends says. Looking there
    /// first touches one or two lines of memory where halving would touch five, and on a large index each of them
    /// comes from afar.
    pub(super) fn place_within(&self, entry: u64, from: u64, end: u64) -> usize {
        let entries = match self {
            Self::Listed(entries) => &**entries,
            Self::Even(even) => return even.place_of(entry),
        };
        let share = entry.saturating_sub(from) as f64 / end.saturating_sub(from).max(1) as f64;
        let guess = ((entries.len() as f64 * share) as usize).min(entries.len());
        let mut step = 4;
        if guess < entries.len() && entries[guess] < entry {
            let mut low = guess + 1;
            while low + step < entries.len() && entries[low + step] < entry {
                low += step + 1;
                step *= 2;
            }
            let high = (low + step).min(entries.len());
            low + entries[low..high].partition_point(|other| *other < entry)
        } else {
            let mut high = guess;
            while high > step && entries[high - step] >= entry {
                high -= step;
                step *= 2;
            }
            let low = high.saturating_sub(step);
            low + entries[low..high].partition_point(|other| *other < entry)
        }
    }

    /// Adds an entry that is not there, at its place, if that concerns no other leaf.
    pub(super) fn add(&mut self, at: usize, entry: u64) -> bool {
        match self {
            Self::Listed(entries) if entries.len() < LEAF => {
                if entries.len() == entries.capacity() {
                    entries.reserve_exact(GROWTH);
                }
                entries.insert(at, entry);
                true
            }
            Self::Listed(_) => false,
            Self::Even(even) => even.push(entry),
        }
    }

    /// Adds neighbouring entries that are not there, if that concerns no other leaf.
    pub(super) fn add_run(&mut self, run: &[u64]) -> bool {
        match self {
            Self::Listed(entries) if entries.len() + run.len() <= LEAF => {
                if entries.len() + run.len() > entries.capacity() {
                    entries.reserve_exact(GROWTH);
                }
                let at = entries.partition_point(|entry| *entry < run[0]);
                entries.extend_from_slice(run);
                entries[at..].rotate_right(run.len());
                true
            }
            Self::Listed(_) => false,
            Self::Even(even) => {
                let mut longer = *even;
                let fits = run.iter().all(|entry| longer.push(*entry));
                if fits {
                    *even = longer;
                }
                fits
            }
        }
    }

    /// Adds an entry that is not there, at its place; `in_order` says that others may follow upon it.
    pub(super) fn insert(&mut self, at: usize, entry: u64, in_order: bool) -> Siblings {
        if self.add(at, entry) {
            return Siblings::new();
        }
        match self {
            Self::Listed(entries) if at == entries.len() => {
                // What comes in order leaves a full list behind, or none.
                if let Some(even) = Even::of(entries) {
                    *self = Self::Even(even);
                    if self.add(at, entry) {
                        return Siblings::new();
                    }
                }
                smallvec![Self::Listed(vec![entry])]
            }
            Self::Listed(entries) => smallvec![Self::Listed(split(entries, at, entry, in_order))],
            Self::Even(even) if at == even.len => smallvec![Self::Listed(vec![entry])],
            Self::Even(even) => {
                let (left, mut listed, right) = even.open(at);
                listed.insert(at - left.map_or(0, |left| left.len), entry);
                self.become_parts(left, listed, right)
            }
        }
    }

    /// Takes the entry at a place away.
    pub(super) fn remove(&mut self, at: usize) -> Siblings {
        match self {
            Self::Listed(entries) => {
                entries.remove(at);
                Siblings::new()
            }
            Self::Even(even) => {
                let (left, mut listed, right) = even.open(at);
                listed.remove(at - left.map_or(0, |left| left.len));
                self.become_parts(left, listed, right)
            }
        }
    }

    fn become_parts(&mut self, left: Option<Even>, listed: Vec<u64>, right: Option<Even>) -> Siblings {
        let listed = Some(Self::Listed(listed)).filter(|listed| !listed.is_empty());
        let mut parts = [left.map(Self::Even), listed, right.map(Self::Even)].into_iter().flatten();
        *self = parts.next().unwrap_or_default();
        parts.collect()
    }
}

/// Cuts a full list in which an entry belongs, and puts the entry into its half; returns the second half.
fn split(entries: &mut Vec<u64>, at: usize, entry: u64, in_order: bool) -> Vec<u64> {
    let in_run = at > 0 && entries[at - 1] >> 32 == entry >> 32;
    if in_order || in_run {
        // It goes on here, so the leaf before the cut will fill up again.
        let right = entries.split_off(at);
        entries.push(entry);
        return right;
    }
    let mut right = entries.split_off(LEAF / 2);
    if at <= LEAF / 2 {
        entries.insert(at, entry);
    } else {
        right.insert(at - LEAF / 2, entry);
    }
    entries.shrink_to_fit();
    right
}

impl Even {
    /// The entries of a list, if they are at even distances.
    fn of(entries: &[u64]) -> Option<Self> {
        let [first, second, ..] = *entries else { return None };
        let step = second - first;
        let is_even = entries.array_windows().all(|[one, next]| next - one == step);
        is_even.then_some(Self { first, step, len: entries.len() })
    }

    #[inline]
    fn get(&self, at: usize) -> Option<u64> {
        (at < self.len).then(|| self.first + at as u64 * self.step)
    }

    fn place_of(&self, entry: u64) -> usize {
        let places = entry.saturating_sub(self.first).div_ceil(self.step);
        usize::try_from(places).map_or(self.len, |places| places.min(self.len))
    }

    /// Adds an entry at the end, if it is the next.
    fn push(&mut self, entry: u64) -> bool {
        let next = self.step.checked_mul(self.len as u64).and_then(|steps| self.first.checked_add(steps));
        let fits = next == Some(entry);
        self.len += usize::from(fits);
        fits
    }

    /// The entries before those around a place, these, and those after them.
    fn open(&self, at: usize) -> (Option<Self>, Vec<u64>, Option<Self>) {
        let start = at - at % WINDOW;
        let end = (start + WINDOW).min(self.len);
        let part = |from: usize, to: usize| {
            (from < to).then(|| Self { first: self.first + from as u64 * self.step, len: to - from, ..*self })
        };
        let listed = (start..end).filter_map(|at| self.get(at)).collect();
        (part(0, start), listed, part(end, self.len))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(leaf: &Leaf) -> Vec<u64> {
        (0..).map_while(|at| leaf.get(at)).collect()
    }

    fn parts(leaf: &Leaf, siblings: &[Leaf]) -> Vec<Vec<u64>> {
        [leaf].into_iter().chain(siblings).map(entries).collect()
    }

    fn even(len: usize) -> Leaf {
        Leaf::Even(Even { first: 10, step: 5, len })
    }

    #[test]
    fn a_full_list_at_even_distances_is_counted_from_then_on() {
        let mut leaf = Leaf::default();
        for number in 0..1_000 {
            let entry = 10 + 5 * number;
            assert!(leaf.insert(leaf.place_of(entry), entry, false).is_empty());
            assert_eq!(matches!(leaf, Leaf::Even(_)), number >= LEAF as u64);
        }
        assert_eq!(entries(&leaf), entries(&even(1_000)));
        // What does not follow begins another leaf.
        let siblings = leaf.insert(1_000, 5_011, false);
        assert_eq!(parts(&leaf, &siblings), [entries(&even(1_000)), vec![5_011]]);
    }

    #[test]
    fn a_full_list_of_others_stays_a_list() {
        let mut leaf = Leaf::default();
        for number in 0..LEAF as u64 {
            assert!(leaf.insert(number as usize, number * number, false).is_empty());
        }
        let siblings = leaf.insert(LEAF, 100_000, false);
        assert!(matches!(leaf, Leaf::Listed(_)));
        assert_eq!(siblings.iter().map(entries).collect::<Vec<_>>(), [[100_000]]);
    }

    #[test]
    fn places_of_counted_entries_are_those_of_listed_ones() {
        let counted = even(300);
        let listed = Leaf::Listed(entries(&counted));
        for entry in (0..1_600).chain([u64::MAX]) {
            let place = listed.place_of(entry);
            assert_eq!(counted.place_of(entry), place, "{entry}");
            assert_eq!(counted.place_within(entry, 0, u64::MAX), place, "{entry}");
            assert_eq!(listed.place_within(entry, 10, 1_510), place, "{entry}");
            assert_eq!(listed.place_within(entry, 0, u64::MAX), place, "{entry}");
        }
    }

    #[test]
    fn a_change_among_counted_entries_lists_those_around_it() {
        for at in [0, 1, 127, 128, 200, 256, 298, 299] {
            let (mut model, mut leaf) = (entries(&even(300)), even(300));
            model.remove(at);
            let siblings = leaf.remove(at);
            assert_eq!(parts(&leaf, &siblings).concat(), model, "removed at {at}");

            let (mut model, mut leaf) = (entries(&even(300)), even(300));
            let entry = model[at] - 1;
            model.insert(at, entry);
            let siblings = leaf.insert(at, entry, false);
            assert_eq!(parts(&leaf, &siblings).concat(), model, "inserted at {at}");
            assert!(siblings.len() <= 2 && siblings.iter().all(|leaf| !leaf.is_empty()));
        }
        let mut last = even(1);
        assert!(last.remove(0).is_empty() && last.is_empty());
    }

    #[test]
    fn a_full_list_is_cut_where_it_goes_on() {
        let full = Leaf::Listed((0..LEAF as u64).map(|number| number << 33).collect());
        for (in_order, left) in [(true, 201), (false, LEAF / 2)] {
            let mut leaf = full.clone();
            let siblings = leaf.insert(200, (199 << 33) + (1 << 32), in_order);
            assert_eq!((entries(&leaf).len(), entries(&siblings[0]).len()), (left, LEAF + 1 - left));
        }
    }

    #[test]
    fn a_run_is_taken_whole_or_not_at_all() {
        let (mut counted, mut listed) = (even(3), Leaf::Listed(entries(&even(3))));
        for leaf in [&mut counted, &mut listed] {
            assert!(leaf.add_run(&[25, 30]));
        }
        assert_eq!(entries(&counted), entries(&even(5)));
        assert_eq!(entries(&listed), entries(&even(5)));
        assert!(!counted.add_run(&[35, 41]));
        assert_eq!(entries(&counted), entries(&even(5)));
        assert!(listed.add_run(&[12, 13]));
        assert_eq!(entries(&listed), [10, 12, 13, 15, 20, 25, 30]);
        let mut full = Leaf::Listed((0..LEAF as u64).collect());
        assert!(!full.add_run(&[1_000]));
    }

    #[test]
    fn no_entry_comes_after_the_greatest() {
        let mut leaf = Leaf::Even(Even { first: u64::MAX - 5, step: 5, len: 2 });
        assert!(!leaf.add_run(&[4]));
        assert_eq!(leaf.place_of(u64::MAX), 1);
    }
}
