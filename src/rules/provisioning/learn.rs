//! What CRM makes of a change in the tenant: rules D2 to D9, D12, D13, D16.
//!
//! Each change is taken by itself, with the account as it was after it; what somebody did to the user in CRM is undone by
//! changes that bear on it only (D12). All writes go through the stages on behalf of SYSTEM.
//!
//! `Source:` PP:create-users.md, PP:delete-users.md, PP:control-user-access.md,
//! PP:global-service-administrators-can-administer-without-license.md, KB 2790161, SEED1, `TechNet` jj191623, the EMEA CRM
//! support blog of 2014-07-02.
//! `Assumed:`
//! - A non-interactive user stays so (D5, D6); if the directory had shut it out, it is enabled again only while a slot
//!   is free.
//! - A deleted account's user is unlicensed, as the licence is free (L9).
//! - A user whose account is gone is taken over by a new account with the same sign-in name.
//! - An account whose name another user has gets no user until it is changed again; a user that is there keeps its old
//!   sign-in name.
//! - A licence or an administrator role that comes enables a user whom somebody disabled in CRM (D12).

use uuid::Uuid;

use super::super::administrators;
use super::super::support::record;
use super::profile::{self, Purpose};
use super::race;
use crate::directory::{Account, Change, What};
use crate::fault::{Fault, Result, RuleId};
use crate::identity::Caller;
use crate::licensing::{ADMINISTRATIVE, Facts, READ_WRITE, slots};
use crate::model::{ColumnId, Record, Value, ValueRef};
use crate::service::{Origin, Session};
use crate::settings::Era;
use crate::store::RowRef;
use crate::world::World;

/// `azurestate`: the account exists.
pub(super) const EXISTS: i32 = 0;
/// `azurestate`: the account can be restored.
pub(super) const SOFT_DELETED: i32 = 1;
/// `azurestate`: the account is gone.
pub(super) const GONE: i32 = 2;

/// Applies a change of the tenant to the organization, on behalf of the system.
pub(super) fn learn(session: &mut Session<'_>, change: &Change) -> Result<()> {
    let account = &change.account;
    let names = change.before.iter().chain([account]).map(|account| &*account.user_principal_name);
    if let Some(user) = user_of(session.world(), account.id, names) {
        return follow(session, user, change);
    }
    if matches!(change.what, What::Deleted | What::Purged) {
        return Ok(());
    }
    provide(session, account)
}

/// D11: brings an account that signs in up to date, after everything that waited was learned: a user whom no change has
/// made is made, and in Dataverse one whom somebody disabled is enabled again (D12).
pub(super) fn just_in_time(session: &mut Session<'_>, account: &Account) -> Result<()> {
    let Some(user) = user_of(session.world(), account.id, [&*account.user_principal_name]) else {
        return provide(session, account);
    };
    let world = session.world();
    let is_barred = !account.is_admitted(world.settings().security_group.0);
    if world.settings().era != Era::Dataverse || is_barred {
        return Ok(());
    }
    let row = Row::of(world, user)?;
    let mut after = row.facts;
    if !after.disabled || row.azurestate != EXISTS {
        return Ok(());
    }
    readmit(session, account, &row, &mut after);
    if !after.disabled {
        session.note(RuleId("D12"), "Signing in enabled the user again.");
    }
    write(session, user, &row, &after, Record::new())
}

/// The user of an account: by object id, else a synchronised one without object id that has one of these names.
pub(super) fn user_of<'n>(
    world: &World,
    account: Uuid,
    names: impl IntoIterator<Item = &'n str>,
) -> Option<Uuid> {
    let columns = &world.known().systemuser;
    let users = world.records().table(columns.id);
    let is_there = |row: RowRef<'_>| !Facts::of_row(world, row).deleted;
    let by_id = users
        .rows_with(columns.azureactivedirectoryobjectid, ValueRef::Guid(account))
        .find(|row| is_there(*row));
    by_id.map(|row| row.id()).or_else(|| {
        names.into_iter().find_map(|name| {
            let mut named = users.rows_with(columns.domainname, ValueRef::String(name));
            let found = named.find(|row| {
                let facts = Facts::of_row(world, *row);
                facts.synchronised && facts.object_id.is_none() && !facts.deleted
            });
            found.map(|row| row.id())
        })
    })
}

/// A user as it is before CRM learns something of it.
struct Row {
    facts: Facts,
    azurestate: i32,
    /// Since when it is, or was, non-interactive.
    since: Option<i64>,
}

impl Row {
    fn of(world: &World, user: Uuid) -> Result<Self> {
        let columns = &world.known().systemuser;
        let row = world.records().table(columns.id).get(user);
        let row = row.ok_or_else(|| Fault::new(&crate::fault::code::ObjectDoesNotExist))?;
        let since = match row.get(columns.emulator_noninteractivesince) {
            ValueRef::DateTime(seconds) => Some(seconds),
            _ => None,
        };
        let azurestate = row.get(columns.azurestate).as_int().unwrap_or(EXISTS);
        Ok(Self { facts: Facts::of_row(world, row), azurestate, since })
    }
}

/// D2 to D5: the user that an account without one has, if it is to have one.
fn provide(session: &mut Session<'_>, account: &Account) -> Result<()> {
    if !account.is_entitled() || account.deleted_date_time.is_some() {
        session.note(RuleId("D2"), "Without a licence or an administrator role there is no user.");
        return Ok(());
    }
    if let Some(user) = left_behind(session.world(), &account.user_principal_name) {
        session.note(RuleId("D9"), "The user of a deleted account of this name is the new account's.");
        let columns = profile::columns(session.world().catalogue(), account, Purpose::Update);
        return welcome_back(session, user, account, columns);
    }
    create(session, account)
}

/// The user of an account that is gone, by the account's name.
fn left_behind(world: &World, name: &str) -> Option<Uuid> {
    let columns = &world.known().systemuser;
    let mut rows = world.records().table(columns.id).rows_with(columns.domainname, ValueRef::String(name));
    let found = rows.find(|row| {
        let facts = Facts::of_row(world, *row);
        let is_gone = row.get(columns.azurestate).as_int().is_some_and(|state| state != EXISTS);
        facts.synchronised && !facts.deleted && is_gone
    });
    found.map(|row| row.id())
}

/// D3, D4, D5.
fn create(session: &mut Session<'_>, account: &Account) -> Result<()> {
    let world = session.world();
    let catalogue = std::sync::Arc::clone(world.catalogue());
    let columns = &catalogue.known().systemuser;
    let is_licensed = account.is_licensed();
    let is_admitted = account.is_admitted(world.settings().security_group.0);
    let mut row = profile::columns(&catalogue, account, Purpose::Create);
    let flags: [(ColumnId, Value); 6] = [
        (columns.accessmode, if is_licensed { READ_WRITE } else { ADMINISTRATIVE }.into()),
        (columns.isdisabled, (!is_admitted).into()),
        (columns.islicensed, is_licensed.into()),
        (columns.issyncwithdirectory, true.into()),
        (columns.setupuser, (!is_licensed).into()),
        (columns.userlicensetype, (-1).into()),
    ];
    for (column, value) in flags {
        row.set(column, value);
    }
    let (rule, what) = match (is_licensed, account.is_admin()) {
        (true, false) => ("D3", "The licence made a user, Read-Write and without a role."),
        (true, true) => ("D5", "The licence and the administrator role made a Read-Write user."),
        (false, _) => ("D4", "The administrator role made an Administrative user without a licence."),
    };
    session.note(RuleId(rule), what);
    if !is_admitted {
        session.note(RuleId("D8"), "It is disabled: the directory does not let the account in.");
    }
    let system = Caller::system(session.world());
    let made = session.create_row(system, Origin::Directory, columns.id, None, row)?;
    if account.is_admin() {
        give_administrator(session, made.id)?;
    }
    Ok(())
}

/// What a change makes of a user who is there.
fn follow(session: &mut Session<'_>, user: Uuid, change: &Change) -> Result<()> {
    let account = &*change.account;
    let guard = session.world().settings().security_group.0;
    let row = Row::of(session.world(), user)?;
    let mut after = row.facts;
    let mut more = Record::new();
    let catalogue = std::sync::Arc::clone(session.world().catalogue());
    let columns = &catalogue.known().systemuser;
    more.set(columns.azureactivedirectoryobjectid, account.id);
    let is_gone = matches!(change.what, What::Deleted | What::Purged);
    if !is_gone && row.azurestate != EXISTS {
        session.note(RuleId("D9"), "The account was restored.");
        return welcome_back(session, user, account, more);
    }
    match change.what {
        What::Deleted | What::Purged => {
            let (state, what) = if change.what == What::Deleted {
                let deleted =
                    account.deleted_date_time.map_or(Value::Null, |at| Value::DateTime(at.as_second()));
                more.set(columns.azuredeletedon, deleted);
                (SOFT_DELETED, "The account was deleted: the user is disabled until it is restored.")
            } else {
                (GONE, "The account is gone for good: the user stays, disabled.")
            };
            more.set(columns.azurestate, state);
            (after.licensed, after.disabled) = (false, true);
            session.note(RuleId("D9"), what);
            return write(session, user, &row, &after, more);
        }
        What::ProfileChanged => {
            let profile = profile::columns(&catalogue, account, Purpose::Update);
            for (column, value) in without_taken_names(session, user, profile).iter() {
                more.set(column, value.clone());
            }
        }
        What::LicenseAdded => license_added(session, &row, &mut after),
        What::LicenseRemoved => license_removed(session, account, &row, &mut after),
        What::RoleAdded => role_added(session, account, &row, &mut after),
        What::RoleRemoved => role_removed(session, account, &mut after),
        What::Added | What::Blocked | What::Unblocked | What::GroupsChanged | What::Restored => {}
    }
    if !account.is_admitted(guard) {
        if !after.disabled {
            session.note(RuleId("D8"), "The directory does not let the account in: the user is disabled.");
        }
        after.disabled = true;
    } else if after.disabled && lets_in_again(change, guard) {
        readmit(session, account, &row, &mut after);
    }
    write(session, user, &row, &after, more)?;
    if change.what == What::RoleAdded && account.is_admin() {
        give_administrator(session, user)?;
    }
    Ok(())
}

/// Whether a change is about an account being let in that was not before.
fn lets_in_again(change: &Change, guard: Option<Uuid>) -> bool {
    let Some(before) = change.before.as_deref() else { return true };
    let is_guard_new = before.groups == change.account.groups;
    match change.what {
        What::Unblocked => true,
        // Logged of accounts only whom another guard lets in or out.
        What::GroupsChanged if is_guard_new => true,
        _ => !before.passes(guard) && change.account.passes(guard),
    }
}

/// D6.
fn license_added(session: &mut Session<'_>, row: &Row, after: &mut Facts) {
    after.licensed = true;
    if row.facts.is_non_interactive() && !row.facts.licensed {
        session.note(RuleId("D6"), "The user is licensed, and stays non-interactive.");
    }
    if row.facts.is_non_interactive() {
        return;
    }
    leave_administrative(session, row, after);
    if after.disabled {
        after.disabled = false;
        session.note(RuleId("D6"), "The licence enables the user.");
    }
}

/// D6: with a licence nobody need be Administrative who did not choose to.
fn leave_administrative(session: &mut Session<'_>, row: &Row, after: &mut Facts) {
    let has_lost = race::has_lost(&row.facts, row.since);
    if has_lost || after.mode == ADMINISTRATIVE && after.setup {
        (after.mode, after.setup) = (READ_WRITE, false);
        let (rule, what) = if has_lost {
            ("D22", "With the licence back the user is Read-Write again; start over, more slowly.")
        } else {
            ("D16", "A licensed administrator is Read-Write.")
        };
        session.note(RuleId(rule), what);
    }
}

/// D7, and D20.
fn license_removed(session: &mut Session<'_>, account: &Account, row: &Row, after: &mut Facts) {
    if account.is_licensed() {
        session.note(RuleId("D7"), "The account has another licence, so nothing changes.");
        return;
    }
    after.licensed = false;
    if account.is_admin() {
        be_unlicensed_administrator(after);
        let what = if row.facts.is_non_interactive() {
            "Administrators without a licence are Administrative, so the user is non-interactive no longer."
        } else {
            "Administrators without a licence are Administrative."
        };
        session.note(RuleId("D7"), what);
        return;
    }
    if !row.facts.is_non_interactive() {
        after.disabled = true;
        session.note(RuleId("D7"), "Without a licence the user is disabled.");
        return;
    }
    let now = session.transaction().now();
    let settle_delay = session.world().settings().non_interactive_settle_delay;
    if race::is_unsettled(&row.facts, row.since, now, settle_delay) {
        race::lose(after);
        session.note(
            RuleId("D20"),
            "The directory did not know yet that the user is non-interactive: it is Administrative and disabled now.",
        );
    } else {
        session.note(RuleId("D21"), "The user stays non-interactive, without a licence.");
    }
}

/// D4, D5.
fn role_added(session: &mut Session<'_>, account: &Account, row: &Row, after: &mut Facts) {
    if !account.is_admin() {
        return;
    }
    if !account.is_licensed() {
        after.licensed = false;
        be_unlicensed_administrator(after);
        if *after != row.facts {
            session.note(RuleId("D4"), "Administrators without a licence are Administrative and enabled.");
        }
    } else if !row.facts.is_non_interactive() && after.disabled {
        after.disabled = false;
        session.note(RuleId("D5"), "A licensed administrator is enabled.");
    }
}

/// D13. Of the role System Administrator the directory takes nothing away.
fn role_removed(session: &mut Session<'_>, account: &Account, after: &mut Facts) {
    if !account.is_entitled() && !after.is_non_interactive() && !after.disabled {
        after.disabled = true;
        session
            .note(RuleId("D13"), "No administrator any longer and without a licence, the user is disabled.");
    }
}

/// D4, D7, D16.
fn be_unlicensed_administrator(user: &mut Facts) {
    (user.mode, user.setup, user.disabled) = (ADMINISTRATIVE, true, false);
}

/// D9, and a new account that takes over the user of a deleted one.
fn welcome_back(session: &mut Session<'_>, user: Uuid, account: &Account, mut more: Record) -> Result<()> {
    let catalogue = std::sync::Arc::clone(session.world().catalogue());
    let columns = &catalogue.known().systemuser;
    more.set(columns.azureactivedirectoryobjectid, account.id);
    more.set(columns.azurestate, EXISTS);
    more.set(columns.azuredeletedon, Value::Null);
    let row = Row::of(session.world(), user)?;
    let mut after = row.facts;
    after.licensed = account.is_licensed();
    if after.licensed {
        leave_administrative(session, &row, &mut after);
    }
    after.disabled = true;
    if account.is_admitted(session.world().settings().security_group.0) {
        readmit(session, account, &row, &mut after);
    }
    write(session, user, &row, &after, more)?;
    if account.is_admin() {
        give_administrator(session, user)?;
    }
    Ok(())
}

/// Enables a user whom the directory lets in, if something entitles it: a licence, an administrator role, or a free slot
/// of a non-interactive one.
fn readmit(session: &mut Session<'_>, account: &Account, row: &Row, after: &mut Facts) {
    if !account.is_licensed() && account.is_admin() {
        be_unlicensed_administrator(after);
        session.note(RuleId("D4"), "Administrators without a licence are Administrative and enabled.");
    } else if after.is_non_interactive() {
        let has_slot = !row.facts.disabled || slots(session.world()).available() > 0;
        after.disabled = !has_slot;
        if !has_slot {
            session.note(RuleId("U34"), "No non-interactive slot is free: the user stays disabled.");
        }
    } else if account.is_licensed() {
        after.disabled = false;
        session.note(RuleId("D8"), "The directory lets the account in: the user is enabled.");
    }
}

/// The columns without names that another user signs in by: CRM keeps the old ones, and tells so.
fn without_taken_names(session: &mut Session<'_>, user: Uuid, mut columns: Record) -> Record {
    let world = session.world();
    let known = &world.known().systemuser;
    let is_taken = |column| {
        let name = columns.get(column).clone();
        let mut rows = world.records().table(known.id).rows_where(column, &name);
        rows.any(|row| row.id() != user && !Facts::of_row(world, row).deleted)
    };
    let names = [known.domainname, known.windowsliveid];
    if names.into_iter().any(is_taken) {
        for column in names {
            columns.remove(column);
        }
        session
            .note(RuleId("U8"), "Another user has the new sign-in name: this one keeps its old name in CRM.");
    }
    columns
}

/// Writes what became of a user, if anything did.
fn write(session: &mut Session<'_>, user: Uuid, row: &Row, after: &Facts, more: Record) -> Result<()> {
    let catalogue = std::sync::Arc::clone(session.world().catalogue());
    let columns = &catalogue.known().systemuser;
    let mut change = more;
    change.set(columns.accessmode, after.mode);
    change.set(columns.isdisabled, after.disabled);
    change.set(columns.islicensed, after.licensed);
    change.set(columns.setupuser, after.setup);
    let users = session.world().records().table(columns.id);
    let Some(stored) = users.get(user) else { return Ok(()) };
    let change: Record = change
        .iter()
        .filter(|(column, value)| stored.get(*column).to_value() != **value)
        .map(|(column, value)| (column, value.clone()))
        .collect();
    if change.is_empty() {
        return Ok(());
    }
    let mut change = change;
    if let Some(since) = row.since
        && row.facts.is_non_interactive()
        && after.mode == ADMINISTRATIVE
        && !after.setup
    {
        change.set(columns.emulator_noninteractivesince, Value::DateTime(since));
    } else if row.since.is_some() && !after.is_non_interactive() && after.setup {
        change.set(columns.emulator_noninteractivesince, Value::Null);
    }
    let system = Caller::system(session.world());
    session.update_row(system, Origin::Directory, columns.id, user, change)
}

/// D4, D5: gives a user the System Administrator role of its business unit, if it holds that of none yet.
pub(in crate::rules) fn give_administrator(session: &mut Session<'_>, user: Uuid) -> Result<()> {
    let world = session.world();
    if administrators::holds(world, user) {
        return Ok(());
    }
    let (roles, joined) = (&world.known().role, &world.known().systemuserroles);
    let users = &world.known().systemuser;
    let unit =
        world.records().table(users.id).get(user).and_then(|row| row.get(users.businessunitid).as_id());
    let template = ValueRef::Guid(administrators::SYSTEM_ADMINISTRATOR);
    let found = world.records().table(roles.id).rows_with(roles.roletemplateid, template);
    let of_unit = |row: &RowRef<'_>| row.get(roles.businessunitid).as_id() == unit;
    let Some(role) = found.filter(of_unit).map(|row| row.id()).next() else { return Ok(()) };
    let row = record([(joined.systemuserid, Value::Guid(user)), (joined.roleid, Value::Guid(role))]);
    let (table, system) = (joined.id, Caller::system(world));
    session.create_row(system, Origin::Directory, table, None, row).map(drop)
}
