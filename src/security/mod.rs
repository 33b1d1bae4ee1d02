//! The security model: which rights there are, how far a role's privileges reach, and what a user may therefore do
//! with which rows. Facts and arithmetic only; `service` asks before every operation.

mod rights;

pub use rights::{AccessRights, Depth};
