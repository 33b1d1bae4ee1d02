//! The documented rules that metadata cannot express, in execution order.

use crate::service::Rule;

/// All rules, in the order they run.
pub fn all() -> &'static [&'static dyn Rule] {
    &[]
}
