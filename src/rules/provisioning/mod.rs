//! Office 365 beside the organization: what is done in the tenant, and what CRM makes of it when it learns of it.
//!
//! ```text
//! Graph, admin centre -> Tenant (licences left? name free?) -> the directory's log -> run_due -> D rules -> systemuser
//! ```
//!
//! Every change waits in the directory's log for `sync_delay` (D10) and is then applied on behalf of the system, at the
//! instant it was due, whenever somebody looks next. So the outcome never depends on who looked when.

mod learn;
mod tenant;

pub use tenant::{Tenant, TenantError};

use jiff::Timestamp;

use crate::directory::{Job, Moment};
use crate::fault::Fault;
use crate::service::{Service, Session};
use crate::world::Writer;

/// Runs every job of the tenant that is due by the organization's clock, each at the instant it was due, in order.
pub fn run_due(service: &Service, writer: &mut Writer<'_>) {
    while let Some((due, job)) = next_due(service, writer) {
        let done = service.write_as(writer, |session| {
            session.transaction().happen_at(due);
            run(session, &job, due)
        });
        if let Err(fault) = done {
            // The service would have told its own operators and gone on with the next change.
            tracing::error!(%fault, ?job, "a change of the directory could not be applied");
        }
    }
}

/// Takes the next job off the list, which is kept whatever becomes of the job.
fn next_due(service: &Service, writer: &mut Writer<'_>) -> Option<(Timestamp, Job)> {
    let taken = service.write_as(writer, |session| {
        let transaction = session.transaction();
        let now = transaction.now();
        if transaction.directory().next_due().is_none_or(|due| due > now) {
            return Err(());
        }
        transaction.directory_mut().take_due(now).ok_or(())
    });
    taken.map(|(job, _)| job).ok()
}

fn run(session: &mut Session<'_>, job: &Job, due: Timestamp) -> Result<(), Fault> {
    match job {
        Job::Learn(change) => learn::learn(session, change),
        Job::Purge(account) => {
            let moment = Moment { now: due, delay: session.world().settings().sync_delay };
            session.transaction().directory_mut().purge(*account, moment);
            Ok(())
        }
    }
}
