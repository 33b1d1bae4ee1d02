//! Indexes: from a value to the places of the rows that may hold it.
//!
//! A persistent B+ tree of 64-bit numbers, made for what it holds: wide leaves, filled to the brim where entries
//! come in ascending order (ids) or in runs of one hash (a lookup to few rows), and no reference count of its own
//! for each entry. Nodes are shared between versions; a write copies the path to one leaf unless it is the only
//! owner.

use std::sync::Arc;

use smallvec::SmallVec;
use uuid::Uuid;

use super::rows::Slot;
use super::shared::fetch;
use crate::model::{ValueRef, collation};

/// Entries of a leaf at most.
const LEAF: usize = 256;
/// Entries a leaf grows by: it is exactly as large as that needs, for most leaves never grow full.
const GROWTH: usize = 32;
/// Children of a branch at most; few, because copying a branch touches the reference count of every one.
const BRANCH: usize = 24;
/// Entries of a run at most. A copy of the index copies them.
const RUN: usize = 16;

/// An ordered set of (hash of a value, place of a row), packed into 64 bits each.
///
/// A hash says "perhaps": whoever asks looks at the row before believing it. That keeps an entry at eight bytes
/// whatever the type of the column.
#[derive(Debug, Clone)]
pub struct Index {
    root: Arc<Node>,
    run: Run,
    len: usize,
}

/// Entries that follow upon the one that came into the tree last, and wait to go there together.
///
/// Ids that were made one after the other are neighbours, and so are rows that point to the same row: most entries
/// come where the one before them went. The way there is long (each node on it has to be made sure of being nobody
/// else's, or copied), so it is taken once for a run of them. Being neighbours they all go to one leaf, so nobody pays
/// much for the others.
#[derive(Debug, Clone, Default)]
struct Run {
    /// In ascending order, all of them between `after` and `beyond`.
    entries: SmallVec<[u64; RUN]>,
    /// Between these two the tree has no entry, nor does a leaf begin there.
    after: u64,
    beyond: u64,
}

impl Run {
    /// Whether an entry belongs here if it belongs anywhere.
    fn has_place_for(&self, entry: u64) -> bool {
        self.after < entry && entry < self.beyond
    }

    /// Whether the entry is new.
    fn insert(&mut self, entry: u64) -> bool {
        if self.entries.last().is_none_or(|last| *last < entry) {
            self.entries.push(entry);
            return true;
        }
        self.entries.binary_search(&entry).map_err(|at| self.entries.insert(at, entry)).is_err()
    }

    /// Whether the entry was there.
    fn remove(&mut self, entry: u64) -> bool {
        self.entries.binary_search(&entry).map(|at| self.entries.remove(at)).is_ok()
    }

    /// The entries between two, both included.
    fn between(&self, first: u64, last: u64) -> &[u64] {
        let from = self.entries.partition_point(|entry| *entry < first);
        let to = self.entries.partition_point(|entry| *entry <= last);
        &self.entries[from..to]
    }
}

#[derive(Debug)]
enum Node {
    /// Entries in ascending order.
    Leaf(Vec<u64>),
    /// Never empty.
    Branch(Vec<Child>),
}

impl Clone for Node {
    fn clone(&self) -> Self {
        match self {
            Self::Leaf(entries) => Self::Leaf(entries.clone()),
            Self::Branch(children) => {
                fetch(children.iter().map(|child| &child.node));
                Self::Branch(children.clone())
            }
        }
    }
}

#[derive(Debug, Clone)]
struct Child {
    /// No entry of the child is smaller, and none of the child before it is greater; of the first child it says
    /// nothing.
    from: u64,
    node: Arc<Node>,
}

impl Default for Index {
    fn default() -> Self {
        Self { root: Arc::new(Node::Leaf(Vec::new())), run: Run::default(), len: 0 }
    }
}

impl Index {
    /// Adds a row under a value's hash.
    pub(super) fn insert(&mut self, hash: u32, slot: Slot) {
        let entry = entry(hash, slot);
        if self.run.has_place_for(entry) && self.run.entries.len() < RUN {
            self.len += usize::from(self.run.insert(entry));
            return;
        }
        self.end_run();
        let added = if let Some(Inserted { added, beyond }) = insert_in_place(&mut self.root, entry) {
            (self.run.after, self.run.beyond) = (entry, beyond);
            added
        } else {
            (self.run.after, self.run.beyond) = (entry, entry);
            self.insert_and_split(entry)
        };
        self.len += usize::from(added);
    }

    /// Brings the entries that wait where they belong.
    fn end_run(&mut self) {
        let entries = std::mem::take(&mut self.run.entries);
        let mut rest = &*entries;
        while let Some((first, others)) = rest.split_first()
            && !insert_together(&mut self.root, rest)
        {
            self.insert_and_split(*first);
            rest = others;
        }
    }

    /// Whether the entry is new.
    fn insert_and_split(&mut self, entry: u64) -> bool {
        let Split { added, sibling } = insert(&mut self.root, entry);
        if let Some(sibling) = sibling {
            let first = Child { from: 0, node: Arc::clone(&self.root) };
            self.root = Arc::new(Node::Branch(vec![first, sibling]));
        }
        added
    }

    /// Removes a row from under a value's hash.
    pub(super) fn remove(&mut self, hash: u32, slot: Slot) {
        let entry = entry(hash, slot);
        let removed = if self.run.has_place_for(entry) {
            self.run.remove(entry)
        } else {
            remove(&mut self.root, entry)
        };
        self.len -= usize::from(removed);
    }

    /// The places of rows that may hold the value, in ascending order.
    pub(super) fn candidates(&self, hash: u32) -> Candidates<'_> {
        let first = u64::from(hash) << 32;
        let last = first | u64::from(u32::MAX);
        let run = self.run.between(first, last);
        if self.run.has_place_for(first) && self.run.has_place_for(last) {
            return Candidates { index: self, run, leaf: [].iter(), beyond: None, last };
        }
        let found = self.leaf_of(first);
        let at = found.place_of(first);
        Candidates { index: self, run, leaf: found.entries[at..].iter(), beyond: found.beyond, last }
    }

    /// The leaf that has the entry, if any has.
    fn leaf_of(&self, entry: u64) -> Found<'_> {
        let mut node = &*self.root;
        let (mut from, mut beyond) = (0, None);
        loop {
            match node {
                Node::Leaf(entries) => return Found { entries, from, beyond },
                Node::Branch(children) => {
                    let at = child_of(children, entry);
                    from = children[at].from;
                    beyond = children.get(at + 1).map_or(beyond, |next| Some(next.from));
                    node = &*children[at].node;
                }
            }
        }
    }

    /// Entries held.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

/// A leaf, and between which entries it stands.
#[derive(Debug, Clone, Copy)]
struct Found<'a> {
    entries: &'a [u64],
    from: u64,
    /// The smallest entry that the leaf after it may have.
    beyond: Option<u64>,
}

impl Found<'_> {
    /// How many of the leaf's entries are smaller.
    ///
    /// Hashes are spread evenly, and ids that were made one after the other are neighbours, so an entry stands about
    /// where its distance from the leaf's ends says. Looking there first touches one or two lines of memory where
    /// halving would touch five, and on a large index each of them comes from afar.
    fn place_of(&self, entry: u64) -> usize {
        let (entries, end) = (self.entries, self.beyond.unwrap_or(u64::MAX));
        let share = entry.saturating_sub(self.from) as f64 / end.saturating_sub(self.from).max(1) as f64;
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
}

/// The places under one hash.
#[derive(Debug)]
pub(super) struct Candidates<'a> {
    index: &'a Index,
    /// Those that are not in the tree yet.
    run: &'a [u64],
    leaf: std::slice::Iter<'a, u64>,
    /// Where the next leaf begins.
    beyond: Option<u64>,
    last: u64,
}

impl Iterator for Candidates<'_> {
    type Item = Slot;

    #[inline]
    fn next(&mut self) -> Option<Slot> {
        loop {
            if let Some((entry, rest)) = self.run.split_first()
                && self.leaf.as_slice().first().copied().or(self.beyond).is_none_or(|next| *entry < next)
            {
                self.run = rest;
                return Some(Slot(*entry as u32));
            }
            if let Some(entry) = self.leaf.next() {
                return (*entry <= self.last).then_some(Slot(*entry as u32));
            }
            // Runs that go on in another leaf are long; finding it from the root costs little beside them.
            let from = self.beyond.filter(|from| *from <= self.last)?;
            let found = self.index.leaf_of(from);
            (self.leaf, self.beyond) = (found.entries.iter(), found.beyond);
        }
    }
}

/// The place of the child that has the entry, if any has.
fn child_of(children: &[Child], entry: u64) -> usize {
    children.partition_point(|child| child.from <= entry).saturating_sub(1)
}

/// The leaf that an entry belongs to, and the smallest entry that the leaf after it may have.
fn leaf_mut(mut node: &mut Arc<Node>, entry: u64) -> (&mut Vec<u64>, u64) {
    let mut beyond = u64::MAX;
    loop {
        match Arc::make_mut(node) {
            Node::Branch(children) => {
                let at = child_of(children, entry);
                beyond = children.get(at + 1).map_or(beyond, |next| next.from);
                node = &mut children[at].node;
            }
            Node::Leaf(entries) => return (entries, beyond),
        }
    }
}

/// What became of an entry.
struct Inserted {
    /// Whether it is new.
    added: bool,
    /// The entry after it, or one that is not greater.
    beyond: u64,
}

/// Puts an entry into the leaf it belongs to, if that has room.
fn insert_in_place(node: &mut Arc<Node>, entry: u64) -> Option<Inserted> {
    let (entries, beyond) = leaf_mut(node, entry);
    let at = match entries.last() {
        Some(last) if *last < entry => entries.len(),
        _ => match entries.binary_search(&entry) {
            Ok(at) => {
                let beyond = entries.get(at + 1).copied().unwrap_or(beyond);
                return Some(Inserted { added: false, beyond });
            }
            Err(at) => at,
        },
    };
    let beyond = entries.get(at).copied().unwrap_or(beyond);
    (entries.len() < LEAF).then(|| {
        if entries.len() == entries.capacity() {
            entries.reserve_exact(GROWTH);
        }
        entries.insert(at, entry);
        Inserted { added: true, beyond }
    })
}

/// Puts the entries of a run into their leaf, if that has room for all of them.
fn insert_together(node: &mut Arc<Node>, run: &[u64]) -> bool {
    let (entries, _) = leaf_mut(node, run[0]);
    if entries.len() + run.len() > LEAF {
        return false;
    }
    if entries.len() + run.len() > entries.capacity() {
        entries.reserve_exact(GROWTH);
    }
    let at = entries.partition_point(|entry| *entry < run[0]);
    entries.extend_from_slice(run);
    entries[at..].rotate_right(run.len());
    true
}

struct Split {
    /// Whether the entry is new.
    added: bool,
    /// What became of a node's second half, when it grew too large.
    sibling: Option<Child>,
}

fn insert(node: &mut Arc<Node>, entry: u64) -> Split {
    match Arc::make_mut(node) {
        Node::Leaf(entries) => {
            let Err(at) = entries.binary_search(&entry) else {
                return Split { added: false, sibling: None };
            };
            Split { added: true, sibling: insert_at(entries, at, entry) }
        }
        Node::Branch(children) => {
            let at = child_of(children, entry);
            let Split { added, sibling } = insert(&mut children[at].node, entry);
            let Some(sibling) = sibling else { return Split { added, sibling: None } };
            children.insert(at + 1, sibling);
            if children.len() <= BRANCH {
                return Split { added, sibling: None };
            }
            // As with leaves: what grows at its end leaves full nodes behind.
            let cut = if at + 2 == children.len() { children.len() - 1 } else { children.len() / 2 };
            let right = children.split_off(cut);
            let sibling = Child { from: right[0].from, node: Arc::new(Node::Branch(right)) };
            Split { added, sibling: Some(sibling) }
        }
    }
}

/// Puts an entry into a leaf; what does not fit any more becomes a leaf of its own.
fn insert_at(entries: &mut Vec<u64>, at: usize, entry: u64) -> Option<Child> {
    if entries.len() < LEAF {
        if entries.len() == entries.capacity() {
            entries.reserve_exact(GROWTH);
        }
        entries.insert(at, entry);
        return None;
    }
    let in_run = at > 0 && entries[at - 1] >> 32 == entry >> 32;
    let right = if at == entries.len() {
        vec![entry]
    } else if in_run {
        // The run goes on here, so the leaf before the cut will fill up again.
        let right = entries.split_off(at);
        entries.push(entry);
        right
    } else {
        let mut right = entries.split_off(LEAF / 2);
        if at <= LEAF / 2 {
            entries.insert(at, entry);
        } else {
            right.insert(at - LEAF / 2, entry);
        }
        entries.shrink_to_fit();
        right
    };
    Some(Child { from: right[0], node: Arc::new(Node::Leaf(right)) })
}

/// Whether the entry was there.
fn remove(node: &mut Arc<Node>, entry: u64) -> bool {
    match Arc::make_mut(node) {
        Node::Leaf(entries) => entries.binary_search(&entry).map(|at| entries.remove(at)).is_ok(),
        Node::Branch(children) => {
            let at = child_of(children, entry);
            let removed = remove(&mut children[at].node, entry);
            // Nodes are not merged: a table rarely shrinks for good. But empty ones would lengthen every walk.
            let empty = match &*children[at].node {
                Node::Leaf(entries) => entries.is_empty(),
                Node::Branch(_) => false,
            };
            if empty && children.len() > 1 {
                children.remove(at);
            }
            removed
        }
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

/// Ids that the organization makes count up in their first group and share the rest: so do their hashes, and a run
/// of creates goes to the end of the same few nodes of an index.
pub(super) fn hash_id(id: Uuid) -> u32 {
    let (high, low) = id.as_u64_pair();
    ((high >> 32) as u32).swap_bytes().wrapping_add(fold_bits(low ^ (high << 32)))
}

fn fold_bits(bits: u64) -> u32 {
    (bits.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn entries(index: &Index, hash: u32) -> Vec<u32> {
        index.candidates(hash).map(|slot| slot.0).collect()
    }

    /// A number that looks random.
    fn scattered(number: u32) -> u32 {
        number.wrapping_mul(0x9e37_79b1) >> 7
    }

    #[test]
    fn an_index_agrees_with_a_set_whatever_the_order_of_entries() {
        type Hashes = fn(u32) -> u32;
        let orders: [Hashes; 5] = [|n| n, |n| n ^ 5, scattered, |n| scattered(n) % 3, |n| u32::MAX - n];
        for hash in orders {
            let mut index = Index::default();
            let mut model = BTreeSet::new();
            let mut forks = Vec::new();
            for number in 0..20_000 {
                index.insert(hash(number), Slot(number));
                model.insert(entry(hash(number), Slot(number)));
                if number % 3 == 0 {
                    let gone = scattered(number) % (number + 1);
                    index.remove(hash(gone), Slot(gone));
                    model.remove(&entry(hash(gone), Slot(gone)));
                }
                if number % 6_000 == 0 {
                    forks.push((index.clone(), model.clone()));
                }
            }
            forks.push((index, model));
            for (index, model) in forks {
                assert_eq!(index.len(), model.len());
                for sought in (0..20_000).step_by(97).map(hash).chain([0, 1, 2, u32::MAX]) {
                    let range = entry(sought, Slot(0))..=entry(sought, Slot(u32::MAX));
                    let expected: Vec<u32> = model.range(range).map(|entry| *entry as u32).collect();
                    assert_eq!(entries(&index, sought), expected);
                }
            }
        }
    }

    #[test]
    fn what_comes_in_order_fills_the_leaves() {
        fn leaves(node: &Node) -> usize {
            match node {
                Node::Leaf(_) => 1,
                Node::Branch(children) => children.iter().map(|child| leaves(&child.node)).sum(),
            }
        }
        for (what, hash) in [("ids", (|n| n) as fn(u32) -> u32), ("two runs", |n| n % 2), ("one run", |_| 7)]
        {
            let mut index = Index::default();
            for number in 0..100_000 {
                index.insert(hash(number), Slot(number));
            }
            let leaves = leaves(&index.root);
            assert!(leaves <= 100_000 / LEAF + 3, "{what}: {leaves} leaves");
        }
    }
}
