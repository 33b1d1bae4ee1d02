//! A local Dynamics CRM Online organization with its Office 365 tenant.
pub mod clock;
pub mod fault;
pub mod ids;
pub mod model;
pub mod store;
