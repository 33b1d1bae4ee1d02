//! The only place that makes identifiers.
//!
//! Row ids are *sequential* as SQL Server's `NEWSEQUENTIALID` makes them: the tail stays, the first group counts,
//! and in the order SQL Server gives to `uniqueidentifier` each id is greater than the one before. A seeded source
//! makes the same ids in every run.

use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

/// Makes the ids of one organization's rows; part of the organization's state, so a snapshot brings it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdSource {
    counter: u64,
    tail: [u8; 8],
}

impl IdSource {
    /// A source that makes the same ids for the same seed.
    pub fn seeded(seed: u64) -> Self {
        let mixed = split_mix(seed);
        Self::from_parts(split_mix(mixed) & 0x7fff_ffff, mixed)
    }

    /// A source that differs from every other.
    #[expect(clippy::disallowed_methods, reason = "this is the place that makes ids")]
    pub fn random() -> Self {
        let (high, low) = Uuid::new_v4().as_u64_pair();
        Self::from_parts(high & 0x7fff_ffff, low)
    }

    fn from_parts(counter: u64, node: u64) -> Self {
        let mut tail = node.to_be_bytes();
        tail[0] = 0x80 | (tail[0] & 0x3f); // the variant of RFC 9562
        tail[2] |= 1; // a node id that is no network card's
        Self { counter, tail }
    }

    /// A source that goes on after an id that one made.
    pub fn after(last: Uuid) -> Self {
        let b = last.into_bytes();
        let low = u32::from_le_bytes([b[0], b[1], b[2], b[3]]);
        let high = u16::from_le_bytes([b[4], b[5]]);
        let mut tail = [0; 8];
        tail.copy_from_slice(&b[8..16]);
        Self { counter: (u64::from(high) << 32) | u64::from(low), tail }
    }

    /// The id made last; of a source that made none, the one it begins after.
    pub fn last(&self) -> Uuid {
        let mut bytes = [0; 16];
        bytes[0..4].copy_from_slice(&(self.counter as u32).to_le_bytes());
        bytes[4..6].copy_from_slice(&((self.counter >> 32) as u16).to_le_bytes());
        bytes[6..8].copy_from_slice(&[0xf1, 0x11]); // version 1, read byte-reversed
        bytes[8..16].copy_from_slice(&self.tail);
        Uuid::from_bytes(bytes)
    }

    /// The next id; greater than every one before it in SQL Server's order.
    pub fn next_id(&mut self) -> Uuid {
        self.counter += 1;
        self.last()
    }
}

/// A number that orders ids as SQL Server orders `uniqueidentifier`: the last group counts most, the first three
/// groups are compared byte-reversed. Source: queries.md A.10.
pub fn sql_order(id: Uuid) -> u128 {
    let (high, low) = id.as_u64_pair();
    // Bytes 10 to 15, 8 and 9, then 7 to 0.
    (u128::from(low.rotate_left(16)) << 64) | u128::from(high.swap_bytes())
}

/// Makes the ids of requests and boundaries, which are not part of any organization's state.
#[derive(Debug)]
pub struct RequestIds {
    state: AtomicU64,
}

impl RequestIds {
    /// Starts at a random place.
    #[expect(clippy::disallowed_methods, reason = "this is the place that makes ids")]
    pub fn random() -> Self {
        Self { state: AtomicU64::new(Uuid::new_v4().as_u64_pair().0) }
    }

    /// Makes the same ids for the same seed.
    pub fn seeded(seed: u64) -> Self {
        Self { state: AtomicU64::new(seed) }
    }

    /// The next id, of random appearance.
    pub fn next_id(&self) -> Uuid {
        let n = self.state.fetch_add(1, Ordering::Relaxed);
        let (high, low) = (split_mix(n), split_mix(n ^ 0x5851_f42d_4c95_7f2d));
        Uuid::from_u64_pair((high & !0xf000) | 0x4000, (low & (u64::MAX >> 2)) | (1 << 63))
    }
}

/// Spreads a number over all bits (Steele, Lea and Flood's `SplitMix64`).
pub(crate) fn split_mix(n: u64) -> u64 {
    let mut z = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_ascend_in_sql_order_across_every_carry() {
        let mut source = IdSource::from_parts(0xfffe, 7);
        let mut last = source.next_id();
        for _ in 0..70_000 {
            let next = source.next_id();
            assert!(sql_order(last) < sql_order(next), "{last} then {next}");
            last = next;
        }
    }

    #[test]
    fn sql_order_is_that_of_microsofts_own_pages() {
        let first: Uuid = "d5026a4d-d01c-ed11-b83e-000d3a572421".parse().unwrap();
        let second: Uuid = "bb55f942-161f-ed11-b83e-000d3a572421".parse().unwrap();
        assert!(sql_order(first) < sql_order(second));
    }

    #[test]
    fn a_seed_repeats_itself() {
        assert_eq!(IdSource::seeded(7).next_id(), IdSource::seeded(7).next_id());
        let mut source = IdSource::seeded(7);
        source.next_id();
        assert_eq!(IdSource::after(source.last()), source);
        assert_ne!(IdSource::seeded(7).next_id(), IdSource::seeded(8).next_id());
        assert_eq!(RequestIds::seeded(7).next_id(), RequestIds::seeded(7).next_id());
    }
}
