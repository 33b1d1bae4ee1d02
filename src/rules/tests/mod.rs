//! Rules at work, by family; named by the number of the rule.

mod acceptance;
mod access;
mod create;
mod delete;
mod licences;
mod organization;
mod properties;
mod provisioning;
mod provisioning_properties;
mod sharing;
mod sharing_properties;
mod sign_in;
mod support;
mod teams;
mod update;
