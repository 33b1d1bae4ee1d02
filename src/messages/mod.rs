//! The named functions and actions of the Web API, one file each.

use crate::service::Message;

/// All messages.
pub fn all() -> &'static [&'static dyn Message] {
    &[]
}
