//! The control API, call by call.

mod access;
mod clock;
mod documents;
mod injections;
mod licences;
mod orgs;
mod plan;
mod requests;
mod settings;
mod snapshots;
mod status;
mod sync;
mod whatif;

/// Where the control API is.
const V1: &str = "/_emulator/v1";

/// The address of a call below the default organization.
fn contoso(path: &str) -> String {
    format!("{V1}/orgs/contoso/{path}")
}
