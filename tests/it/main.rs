//! The integration tests, in one binary: over HTTP wherever the subject can be seen there.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod architecture;
mod cli;
mod columns;
mod conformance;
mod control;
mod front;
mod graph;
mod in_process;
mod pages;
mod races;
mod readme;
mod scenarios;
mod support;
mod tenancy;
