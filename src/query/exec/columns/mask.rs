//! Which places of a block are meant: one bit for each.

use crate::store::BLOCK_ROWS;

const WORDS: usize = BLOCK_ROWS / 64;

/// A set of places of one block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::query::exec) struct Mask([u64; WORDS]);

impl Mask {
    /// The places whose value passes a test; the first value is that of the first place.
    #[inline]
    pub(super) fn of<T: Copy>(values: &[T], test: impl Fn(T) -> bool) -> Self {
        let mut mask = Self::default();
        for (word, values) in mask.0.iter_mut().zip(values.chunks(64)) {
            // A byte each first: that is a loop without branches over neighbours.
            let mut flags = [0; 64];
            for (flag, value) in flags.iter_mut().zip(values) {
                *flag = u8::from(test(*value));
            }
            *word = pack(&flags);
        }
        mask
    }

    /// The same for the places of some words of 64 only; the others do not pass.
    #[inline]
    pub(super) fn of_some<T: Copy>(
        values: &[T],
        wanted: impl Fn(usize) -> bool,
        test: impl Fn(T) -> bool,
    ) -> Self {
        let mut mask = Self::default();
        for (number, values) in values.chunks(64).enumerate().filter(|(number, _)| wanted(*number)) {
            for (at, value) in values.iter().enumerate() {
                mask.0[number] |= u64::from(test(*value)) << at;
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

/// Bytes of 0 and 1 as bits.
fn pack(flags: &[u8; 64]) -> u64 {
    let (eights, _) = flags.as_chunks::<8>();
    eights.iter().enumerate().fold(0, |bits, (number, eight)| {
        // The product has the n-th byte's bit at place 56 + n, and no two bits at one place.
        let packed = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        bits | packed << (8 * number)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_set_of_places() {
        let places: Vec<usize> = (0..BLOCK_ROWS).collect();
        let (threes, evens) =
            (Mask::of(&places[..1_000], |at| at % 3 == 0), Mask::of(&places, |at| at % 2 == 0));
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
        let some = Mask::of_some(&places, |word| word % 5 == 1, |at| at % 3 == 0);
        expect(some, |at| at % 3 == 0 && at / 64 % 5 == 1);
        let mut one = Mask::default();
        one.set(1_023);
        expect(one, |at| at == 1_023);
    }
}
