//! A local Dynamics CRM Online organization with its Office 365 tenant.
pub mod capabilities;
pub mod clock;
pub mod directory;
pub mod emulator;
pub mod fault;
pub mod hosting;
pub mod identity;
pub mod ids;
pub mod licensing;
pub mod messages;
pub mod model;
pub mod protocol;
pub mod query;
pub mod rules;
pub mod scenario;
pub mod service;
pub mod settings;
pub mod store;
pub mod tls;
pub mod world;

pub use emulator::{Emulator, EmulatorError};
