//! The security model: which roles a user or a team holds, how far their privileges reach, and what may therefore be
//! done with which rows and columns. Source: users-and-licensing.md 5.1 and 5.4; of columns, the rules C1 to C9.
//!
//! Facts and arithmetic only: `service` asks before every operation and words the refusals. What was put together is
//! kept in a [`Cache`], which the world drops when something it was made of is written.

mod belonging;
mod below;
mod cache;
mod columns;
mod holder;
mod reach;
mod role;
mod shares;
mod units;

pub use crate::model::{AccessRights, Depth};
pub use belonging::Belonging;
pub use below::below;
pub use cache::{Cache, Concerns, Rows};
pub use columns::{SYSTEM_ADMINISTRATOR_PROFILE, SecuredColumn, SecuredColumns};
pub use holder::{Held, Holder, SYSTEM_ADMINISTRATOR};
pub use reach::Reach;
pub use role::Role;
pub use shares::{Share, shared_rows};
pub use units::Units;
