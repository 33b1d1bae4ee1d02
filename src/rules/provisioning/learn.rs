//! What CRM makes of a change in the tenant: rules D2 to D23.
//!
//! `Source:` users-and-licensing.md section 4.

use crate::directory::Change;
use crate::fault::Fault;
use crate::service::Session;

#[expect(clippy::unnecessary_wraps, reason = "the rules come with the next commits")]
/// Applies a change of the tenant to the organization, on behalf of the system.
pub(super) fn learn(_session: &mut Session<'_>, _change: &Change) -> Result<(), Fault> {
    Ok(())
}
