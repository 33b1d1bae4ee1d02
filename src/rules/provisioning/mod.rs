//! Office 365 beside the organization: what is done in the tenant, and what CRM makes of it when it learns of it.
//!
//! ```text
//! Graph, admin centre -> Tenant (licences left? name free?) -> the directory's log -> run_due -> D rules -> systemuser
//! ```
//!
//! Every change waits in the directory's log for `sync_delay` (D10) and is then applied on behalf of the system, at the
//! instant it was due, whenever somebody looks next. So the outcome never depends on who looked when.

mod directory;
mod learn;
mod pending;
pub(super) mod profile;
pub(super) mod race;
mod tenant;

pub(super) use directory::Synchronisation;
pub(super) use learn::give_administrator;
pub use pending::{Applied, Pending, pending};
pub use tenant::{Tenant, TenantError};

use jiff::Timestamp;
use uuid::Uuid;

use crate::directory::{Job, Moment};
use crate::fault::Result;
use crate::model::ValueRef;
use crate::service::{Service, Session};
use crate::settings::Settings;
use crate::world::{Transaction, World, Writer};

/// Runs every job of the tenant that is due by the organization's clock, each at the instant it was due, in order. Tells
/// what CRM has learned.
pub fn run_due(service: &Service, writer: &mut Writer<'_>) -> Vec<Applied> {
    let mut applied = Vec::new();
    while let Some((due, job)) = next_due(service, writer) {
        let done = service.write_as(writer, |session| {
            session.transaction().happen_at(due);
            run(session, &job, due)
        });
        if let Err(fault) = &done {
            // The service would have told its own operators and gone on with the next change.
            tracing::warn!(%fault, ?job, "a change of the directory could not be applied");
        }
        if let Job::Learn(change) = &job {
            applied.push(Applied::new(change, done.map(|((), notes)| notes)));
        }
    }
    applied
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

fn run(session: &mut Session<'_>, job: &Job, due: Timestamp) -> Result<()> {
    match job {
        Job::Learn(change) => learn::learn(session, change),
        Job::Purge(account) => {
            let moment = Moment { now: due, delay: session.world().settings().sync_delay };
            session.transaction().directory_mut().purge(*account, moment);
            Ok(())
        }
    }
}

/// D11: what an interactive sign-in of an account brings about, beside making what waits of it due.
///
/// # Errors
///
/// Where another user has the account's name.
pub fn just_in_time(session: &mut Session<'_>, account: Uuid) -> Result<()> {
    match session.world().directory().account(account).cloned() {
        Some(account) => learn::just_in_time(session, &account),
        None => Ok(()),
    }
}

/// Changes the switches of an organization. Where another group guards it then, CRM learns in time whom that lets in or
/// keeps out (D8). Everything that changes switches of an organization that is in use goes through here.
pub fn change_settings(transaction: &mut Transaction<'_>, settings: Settings) {
    let (group, before) = (settings.security_group.0, transaction.settings().security_group.0);
    *transaction.settings_mut() = settings;
    if group != before {
        let moment = Moment { now: transaction.now(), delay: transaction.settings().sync_delay };
        transaction.directory_mut().guard_by(group, before, moment);
    }
}

/// The account that an id or a sign-in name means: one that is there, one that was deleted, one of which a change waits,
/// or that of a user who has the name.
pub fn account_of(world: &World, name: &str) -> Option<Uuid> {
    let directory = world.directory();
    if let Ok(id) = name.parse::<Uuid>() {
        let is_there = directory.account(id).is_some()
            || directory.deleted(id).is_some()
            || directory.waiting_of(id).next().is_some();
        return is_there.then_some(id);
    }
    let waiting = || {
        let lower = name.to_lowercase();
        let mut waiting = directory.waiting();
        waiting
            .find(|change| change.account.user_principal_name.to_lowercase() == lower)
            .map(|change| &*change.account)
    };
    let account = directory.account_named(name).or_else(|| directory.deleted_named(name)).or_else(waiting);
    account.map(|account| account.id).or_else(|| {
        let columns = &world.known().systemuser;
        let mut rows =
            world.records().table(columns.id).rows_with(columns.domainname, ValueRef::String(name));
        rows.find_map(|row| row.get(columns.azureactivedirectoryobjectid).as_id())
    })
}

/// The user of an account.
pub fn user_of(world: &World, account: Uuid) -> Option<Uuid> {
    let named = world.directory().account(account).map(|account| &*account.user_principal_name);
    learn::user_of(world, account, named)
}

/// Whether CRM knows that the account of a user was deleted.
pub(super) fn is_account_deleted(world: &World, user: Uuid) -> bool {
    let columns = &world.known().systemuser;
    let row = world.records().table(columns.id).get(user);
    row.and_then(|row| row.get(columns.azurestate).as_int()).is_some_and(|state| state != learn::EXISTS)
}
