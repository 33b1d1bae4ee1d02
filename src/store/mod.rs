//! The rows of all tables as one persistent value: cheap to keep, cheap to fork, and mutable in place by its one
//! owner.
//!
//! - A [`row`](RowRef) is a run of bytes; what it has in common with its table's *prototype* row it does not repeat.
//! - Rows stand in leaves of 32, each one piece of memory, and [blocks](rows) of 1,024, shared between versions and
//!   copied on write.
//! - An [`Index`] is an ordered set of 64-bit numbers (hash of a value, place of a row); the row itself decides
//!   whether a candidate is a hit, so indexes stay small.
//! - [`Records`] holds all tables. Cloning it costs one reference count whatever it holds; a clone and its original
//!   never see each other's later writes.

mod block;
mod index;
mod pattern;
mod record;
mod row;
mod rows;
mod shared;
mod table;
#[cfg(test)]
mod tests;

pub use block::BlockRef;
pub use index::Index;
pub use pattern::{Likeness, Pattern, Patterns};
pub use record::{Records, Undo};
pub use row::{Prototype, RowRef, Stored};
pub use rows::{BLOCK_ROWS, Slot};
pub use table::TableData;
