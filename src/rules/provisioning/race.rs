//! The race between CRM and the directory: D20, and D22, the way back.
//!
//! The directory's synchronisation sees access modes late, by `non_interactive_settle_delay`. If it learns that a licence
//! is gone while it still takes the user for an interactive one, it makes the user Administrative, as it does with
//! administrators; not being one, the user ends disabled.
//!
//! `Source:` SEED1 ("if you move too quickly ... the user role will be set to Administrative"). `Assumed:` the mechanism,
//! that the user is disabled, and that a user of whom CRM does not know since when it is non-interactive has long been so.
//! Who lost the race is told from a user whom somebody made Administrative by the time CRM keeps since when it was
//! non-interactive.

use jiff::{SignedDuration, Timestamp};

use crate::licensing::{ADMINISTRATIVE, Facts, NON_INTERACTIVE};

/// Whether the directory still sees the access mode that a non-interactive user had before.
pub(super) fn is_unsettled(
    user: &Facts,
    since: Option<i64>,
    now: Timestamp,
    settle_delay: SignedDuration,
) -> bool {
    let Some(since) = since.and_then(|seconds| Timestamp::from_second(seconds).ok()) else { return false };
    user.mode == NON_INTERACTIVE && now.duration_since(since) < settle_delay
}

/// Makes of a user what the race makes of it.
pub(super) fn lose(user: &mut Facts) {
    user.mode = ADMINISTRATIVE;
    user.setup = false;
    user.disabled = true;
}

/// Whether a user is as the race left it.
pub(in crate::rules) fn has_lost(user: &Facts, since: Option<i64>) -> bool {
    user.mode == ADMINISTRATIVE && !user.setup && since.is_some()
}
