//! Indexes: from a value to the places of the rows that may hold it.

use uuid::Uuid;

use super::rows::Slot;
use crate::model::{ValueRef, collation};

/// An ordered set of (hash of a value, place of a row), packed into 64 bits each.
///
/// A hash says "perhaps": whoever asks looks at the row before believing it. That keeps an entry at eight bytes
/// whatever the type of the column.
#[derive(Debug, Clone, Default)]
pub struct Index {
    entries: imbl::OrdSet<u64>,
}

impl Index {
    /// Adds a row under a value's hash.
    pub(super) fn insert(&mut self, hash: u32, slot: Slot) {
        self.entries.insert(entry(hash, slot));
    }

    /// Removes a row from under a value's hash.
    pub(super) fn remove(&mut self, hash: u32, slot: Slot) {
        self.entries.remove(&entry(hash, slot));
    }

    /// The places of rows that may hold the value, in ascending order.
    pub(super) fn candidates(&self, hash: u32) -> impl Iterator<Item = Slot> + '_ {
        let first = u64::from(hash) << 32;
        self.entries.range(first..=first | u64::from(u32::MAX)).map(|entry| Slot(*entry as u32))
    }

    /// Entries held.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

fn entry(hash: u32, slot: Slot) -> u64 {
    (u64::from(hash) << 32) | u64::from(slot.0)
}

/// The hash a value is found under; nulls are not indexed.
pub(super) fn hash(value: ValueRef<'_>) -> Option<u32> {
    Some(match value {
        ValueRef::Null | ValueRef::Binary(_) => return None,
        ValueRef::Bool(flag) => u32::from(flag),
        ValueRef::Int(number) | ValueRef::Date(number) => number.cast_unsigned(),
        ValueRef::Long(number) | ValueRef::DateTime(number) => fold_bits(number.cast_unsigned()),
        ValueRef::Double(number) => fold_bits(number.to_bits()),
        ValueRef::Decimal(number) => {
            let bytes = number.normalize().serialize();
            let (high, low) = Uuid::from_bytes(bytes).as_u64_pair();
            fold_bits(high ^ low.rotate_left(32))
        }
        ValueRef::String(text) => collation::hash(text),
        ValueRef::Guid(id) => hash_id(id),
        // "`_x_value eq guid` tests the id only" (queries.md A.5).
        ValueRef::Lookup(reference) => hash_id(reference.id),
    })
}

/// Ids that the organization makes count up in their first group and share the rest: their hashes are neighbours,
/// so that a run of creates writes to the same few nodes of an index.
pub(super) fn hash_id(id: Uuid) -> u32 {
    let (high, low) = id.as_u64_pair();
    ((high >> 32) as u32).swap_bytes() ^ fold_bits(low ^ (high << 32))
}

fn fold_bits(bits: u64) -> u32 {
    (bits.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
}
