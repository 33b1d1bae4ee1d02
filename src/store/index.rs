//! Indexes: from a value to the places of the rows that may hold it.
//!
//! A persistent B+ tree of 64-bit numbers, made for what it holds: wide leaves, filled to the brim where entries
//! come in ascending order (ids) or in runs of one hash (a lookup to few rows), counted where they come at even
//! distances, and no reference count of its own for each entry. Nodes are shared between versions; a write copies the
//! path to one leaf unless it is the only owner.

mod leaf;

use smallvec::SmallVec;
use triomphe::Arc;
use uuid::Uuid;

use leaf::Leaf;

use super::rows::Slot;
use super::shared::fetch;
use crate::model::{ValueRef, collation};

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
    Leaf(Leaf),
    /// Never empty.
    Branch(Vec<Child>),
}

impl Clone for Node {
    fn clone(&self) -> Self {
        match self {
            Self::Leaf(leaf) => Self::Leaf(leaf.clone()),
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
        Self { root: Arc::new(Node::Leaf(Leaf::default())), run: Run::default(), len: 0 }
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
            self.change(Change::Insert, entry)
        };
        self.len += usize::from(added);
    }

    /// Brings the entries that wait where they belong.
    fn end_run(&mut self) {
        let entries = std::mem::take(&mut self.run.entries);
        let mut rest = &*entries;
        while let Some((first, others)) = rest.split_first()
            && !leaf_mut(&mut self.root, *first).leaf.add_run(rest)
        {
            self.change(Change::Continue, *first);
            rest = others;
        }
    }

    /// Whether there was anything to change.
    fn change(&mut self, what: Change, entry: u64) -> bool {
        let Changed { done, siblings } = change(&mut self.root, what, entry);
        if !siblings.is_empty() {
            let first = Child { from: 0, node: Arc::clone(&self.root) };
            self.root = Arc::new(Node::Branch([first].into_iter().chain(siblings).collect()));
        }
        done
    }

    /// Removes a row from under a value's hash.
    pub(super) fn remove(&mut self, hash: u32, slot: Slot) {
        let entry = entry(hash, slot);
        let removed = if self.run.has_place_for(entry) {
            self.run.remove(entry)
        } else {
            self.change(Change::Remove, entry)
        };
        self.len -= usize::from(removed);
    }

    /// The places of rows that may hold the value, in ascending order.
    pub(super) fn candidates(&self, hash: u32) -> Candidates<'_> {
        let first = u64::from(hash) << 32;
        let last = first | u64::from(u32::MAX);
        let run = self.run.between(first, last);
        if self.run.has_place_for(first) && self.run.has_place_for(last) {
            return Candidates { index: self, run, found: None, at: 0, last };
        }
        let found = self.leaf_of(first);
        let at = found.leaf.place_within(first, found.from, found.beyond.unwrap_or(u64::MAX));
        Candidates { index: self, run, found: Some(found), at, last }
    }

    /// The leaf that has the entry, if any has.
    fn leaf_of(&self, entry: u64) -> Found<&Leaf> {
        let mut node = &*self.root;
        let (mut from, mut beyond) = (0, None);
        loop {
            match node {
                Node::Leaf(leaf) => return Found { leaf, from, beyond },
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
struct Found<L> {
    leaf: L,
    from: u64,
    /// The smallest entry that the leaf after it may have.
    beyond: Option<u64>,
}

/// The places under one hash.
#[derive(Debug)]
pub(super) struct Candidates<'a> {
    index: &'a Index,
    /// Those that are not in the tree yet.
    run: &'a [u64],
    /// The leaf that is looked at, and the place of the next entry in it.
    found: Option<Found<&'a Leaf>>,
    at: usize,
    last: u64,
}

impl Iterator for Candidates<'_> {
    type Item = Slot;

    #[inline]
    fn next(&mut self) -> Option<Slot> {
        loop {
            let next = self.found.and_then(|found| found.leaf.get(self.at));
            let beyond = self.found.and_then(|found| found.beyond);
            if let Some((entry, rest)) = self.run.split_first()
                && next.or(beyond).is_none_or(|next| *entry < next)
            {
                self.run = rest;
                return Some(Slot(*entry as u32));
            }
            if let Some(entry) = next {
                self.at += 1;
                return (entry <= self.last).then_some(Slot(entry as u32));
            }
            // Runs that go on in another leaf are long; finding it from the root costs little beside them.
            let from = beyond.filter(|from| *from <= self.last)?;
            (self.found, self.at) = (Some(self.index.leaf_of(from)), 0);
        }
    }
}

/// The place of the child that has the entry, if any has.
fn child_of(children: &[Child], entry: u64) -> usize {
    children.partition_point(|child| child.from <= entry).saturating_sub(1)
}

/// The leaf that an entry belongs to, and between which entries it stands.
fn leaf_mut(mut node: &mut Arc<Node>, entry: u64) -> Found<&mut Leaf> {
    let (mut from, mut beyond) = (0, None);
    loop {
        match Arc::make_mut(node) {
            Node::Branch(children) => {
                let at = child_of(children, entry);
                from = children[at].from;
                beyond = children.get(at + 1).map_or(beyond, |next| Some(next.from));
                node = &mut children[at].node;
            }
            Node::Leaf(leaf) => return Found { leaf, from, beyond },
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
    let Found { leaf, from, beyond } = leaf_mut(node, entry);
    let at = match beyond {
        Some(beyond) => leaf.place_within(entry, from, beyond),
        // What is greater than all others comes here, too.
        None => leaf.place_of(entry),
    };
    let beyond = beyond.unwrap_or(u64::MAX);
    let next = leaf.get(at);
    if next == Some(entry) {
        return Some(Inserted { added: false, beyond: leaf.get(at + 1).unwrap_or(beyond) });
    }
    leaf.add(at, entry).then(|| Inserted { added: true, beyond: next.unwrap_or(beyond) })
}

/// What is to become of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Insert,
    /// Inserted, and it follows upon the one that was inserted last; others may follow upon it.
    Continue,
    Remove,
}

struct Changed {
    /// Whether the entry was not as it should be.
    done: bool,
    /// What stands behind the node now, because it grew too large or its entries are no longer of one kind.
    siblings: SmallVec<[Child; 2]>,
}

fn change(node: &mut Arc<Node>, what: Change, entry: u64) -> Changed {
    match Arc::make_mut(node) {
        Node::Leaf(leaf) => {
            let at = leaf.place_of(entry);
            let is_there = leaf.get(at) == Some(entry);
            let siblings = match what {
                Change::Insert if !is_there => leaf.insert(at, entry, false),
                Change::Continue if !is_there => leaf.insert(at, entry, true),
                Change::Remove if is_there => leaf.remove(at),
                _ => return Changed { done: false, siblings: SmallVec::new() },
            };
            let child = |leaf: Leaf| leaf.get(0).map(|from| Child { from, node: Arc::new(Node::Leaf(leaf)) });
            Changed { done: true, siblings: siblings.into_iter().filter_map(child).collect() }
        }
        Node::Branch(children) => {
            let at = child_of(children, entry);
            let Changed { done, siblings } = change(&mut children[at].node, what, entry);
            // Nodes are not merged: a table rarely shrinks for good. But empty ones would lengthen every walk.
            let is_empty = matches!(&*children[at].node, Node::Leaf(leaf) if leaf.is_empty());
            if is_empty && children.len() > 1 {
                children.remove(at);
            }
            let is_last = at + 1 == children.len();
            for sibling in siblings.into_iter().rev() {
                children.insert(at + 1, sibling);
            }
            Changed { done, siblings: split(children, is_last).into_iter().collect() }
        }
    }
}

/// The second half of a branch that has grown too large.
fn split(children: &mut Vec<Child>, at_end: bool) -> Option<Child> {
    if children.len() <= BRANCH {
        return None;
    }
    // As with leaves: what grows at its end leaves full nodes behind.
    let right = children.split_off(if at_end { BRANCH } else { children.len() / 2 });
    Some(Child { from: right[0].from, node: Arc::new(Node::Branch(right)) })
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
        let orders: [Hashes; 7] =
            [|n| n, |n| n ^ 5, scattered, |n| scattered(n) % 3, |n| u32::MAX - n, |n| n % 2, |n| n / 1_000];
        for hash in orders {
            let mut index = Index::default();
            let mut model = BTreeSet::new();
            let mut forks = Vec::new();
            for number in 0..20_000 {
                index.insert(hash(number), Slot(number));
                model.insert(entry(hash(number), Slot(number)));
                // Long enough nothing comes between what is in order.
                if number > 8_000 && number % 3 == 0 {
                    let gone = scattered(number) % (number + 1);
                    index.remove(hash(gone), Slot(gone));
                    model.remove(&entry(hash(gone), Slot(gone)));
                }
                if number > 8_000 && number % 5 == 0 {
                    let back = scattered(number - number % 2) % (number - 1);
                    index.insert(hash(back), Slot(back));
                    model.insert(entry(hash(back), Slot(back)));
                }
                if number % 6_000 == 0 {
                    forks.push((index.clone(), model.clone()));
                }
            }
            let mut emptied = index.clone();
            for entry in model.iter().rev() {
                emptied.remove((*entry >> 32) as u32, Slot(*entry as u32));
            }
            forks.extend([(index, model), (emptied, BTreeSet::new())]);
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
    fn what_comes_in_order_takes_few_leaves() {
        fn leaves(node: &Node) -> usize {
            match node {
                Node::Leaf(_) => 1,
                Node::Branch(children) => children.iter().map(|child| leaves(&child.node)).sum(),
            }
        }
        type Hashes = fn(u32) -> u32;
        let (full, counted) = (100_000 / leaf::LEAF + 3, 4);
        for (what, most, hash) in [
            ("ids", counted, (|n| n) as Hashes),
            ("every third id", counted, |n| 3 * n),
            ("one run", counted, |_| 7),
            ("two runs", counted, |n| n % 2),
            ("uneven ids", full, |n| 2 * n + n % 2),
            ("ids before others", counted, |n| if n < 9 { u32::MAX - n * n } else { n }),
        ] {
            let mut index = Index::default();
            for number in 0..100_000 {
                index.insert(hash(number), Slot(number));
            }
            let leaves = leaves(&index.root);
            assert!(leaves <= most, "{what}: {leaves} leaves");
        }
    }
}
