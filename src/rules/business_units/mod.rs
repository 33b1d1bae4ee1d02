//! Business units: R30, R33 to R35.

mod delete;
mod tree;

pub(super) use delete::UnitDelete;
pub(super) use tree::{DisabledUnits, UnitTree};
