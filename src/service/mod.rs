//! The one door to the organization: every face turns what it is asked into a request of this module and what it
//! gets back into its own bytes.
//!
//! Reads answer from a [`World`](crate::world::World) that the face holds; writes run inside one
//! [`Transaction`](crate::world::Transaction), through the product's own stages (see [`pipeline`]).

pub mod access;
mod cascade;
pub mod columns;
pub mod context;
pub mod crud;
pub mod ownership;
pub mod pipeline;
pub mod registry;
pub mod request;
pub mod shares;
pub mod teams;
mod validate;

pub use context::{Execution, Note, Origin};
pub use pipeline::Service;
pub use pipeline::Session;
pub use registry::{Message, Registry, Rule};
pub use request::{Input, Key, Link, Precondition, Written};

/// What a read hands out: rows of the world that the face holds, by place.
pub use crate::store::{Prototype, RowRef, Slot, Stored};
