//! Work that takes long, done where it holds up nobody else.

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::block_in_place;

/// Does work that may take milliseconds. The other requests of this thread go on elsewhere meanwhile; where there is
/// no other thread, in a runtime of one, they wait.
pub fn aside<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current() {
        Ok(runtime) if runtime.runtime_flavor() == RuntimeFlavor::MultiThread => block_in_place(work),
        _ => work(),
    }
}
