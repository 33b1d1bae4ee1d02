//! The faces of the emulator: from bytes to typed requests and back. No face holds a rule of the product.

pub mod control;
pub mod credentials;
pub mod graph;
pub mod http;
pub mod pages;
pub mod webapi;
