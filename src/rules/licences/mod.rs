//! The licence ledger: section 2 of the reference. The arithmetic stands in [`crate::licensing`], which the messages
//! read too; here is what must hold of it, and how it is told.

pub mod explain;
mod invariants;
pub mod ledger;
pub mod wizard;

pub(super) use invariants::Invariants;
