//! Which places of a block are meant: one bit for each.

use crate::store::BLOCK_ROWS;

const WORDS: usize = BLOCK_ROWS / 64;

/// A set of places of one block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::query::exec) struct Mask([u64; WORDS]);

impl Mask {
    /// The places for which a test holds, of the first so many.
    #[inline]
    pub(super) fn of(places: usize, test: impl Fn(usize) -> bool) -> Self {
        let mut mask = Self::default();
        for (number, word) in mask.0.iter_mut().enumerate() {
            let first = number * 64;
            for at in first..(first + 64).min(places) {
                *word |= u64::from(test(at)) << (at - first);
            }
        }
        mask
    }

    /// Every place.
    pub(super) fn all() -> Self {
        Self([u64::MAX; WORDS])
    }

    #[inline]
    pub(in crate::query::exec) fn set(&mut self, at: usize) {
        self.0[at / 64] |= 1 << (at % 64);
    }

    #[inline]
    pub(super) fn has(&self, at: usize) -> bool {
        self.0[at / 64] >> (at % 64) & 1 == 1
    }

    pub(in crate::query::exec) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    pub(in crate::query::exec) fn count(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    #[inline]
    fn zip(self, other: Self, with: impl Fn(u64, u64) -> u64) -> Self {
        let mut mask = self;
        mask.0.iter_mut().zip(other.0).for_each(|(word, other)| *word = with(*word, other));
        mask
    }

    pub(in crate::query::exec) fn and(self, other: Self) -> Self {
        self.zip(other, |a, b| a & b)
    }

    pub(in crate::query::exec) fn or(self, other: Self) -> Self {
        self.zip(other, |a, b| a | b)
    }

    pub(in crate::query::exec) fn without(self, other: Self) -> Self {
        self.zip(other, |a, b| a & !b)
    }

    /// The places, in order.
    pub(in crate::query::exec) fn places(&self) -> impl Iterator<Item = usize> + use<> {
        let words = self.0;
        words.into_iter().enumerate().flat_map(|(number, mut word)| {
            std::iter::from_fn(move || {
                let at = (word != 0).then(|| number * 64 + word.trailing_zeros() as usize)?;
                word &= word - 1;
                Some(at)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_set_of_places() {
        let (threes, evens) = (Mask::of(1_000, |at| at % 3 == 0), Mask::of(BLOCK_ROWS, |at| at % 2 == 0));
        let expect = |mask: Mask, holds: fn(usize) -> bool| {
            let places: Vec<usize> = (0..BLOCK_ROWS).filter(|at| holds(*at)).collect();
            assert_eq!(mask.places().collect::<Vec<_>>(), places);
            assert_eq!(mask.count(), places.len());
            assert_eq!(mask.is_empty(), places.is_empty());
        };
        expect(threes, |at| at % 3 == 0 && at < 1_000);
        expect(threes.and(evens), |at| at % 6 == 0 && at < 1_000);
        expect(threes.or(evens), |at| at % 2 == 0 || at % 3 == 0 && at < 1_000);
        expect(evens.without(threes), |at| at % 2 == 0 && (at % 3 != 0 || at >= 1_000));
        expect(Mask::default(), |_| false);
        let mut one = Mask::default();
        one.set(1_023);
        expect(one, |at| at == 1_023);
    }
}
