//! Licence arithmetic: which user consumes what, and how much of it is left. Reads the world, changes nothing.
//!
//! Two independent counters: *seats* (interactive licences) and non-interactive *slots* (users-and-licensing.md,
//! section 2). Both come from the counts the store keeps of `systemuser` and from the directory's own count, so
//! asking costs the same at ten users and at a million.

use uuid::Uuid;

use crate::directory::Account;
use crate::directory::sku::{PROFESSIONAL, Sku};
use crate::model::{ColumnId, Record, ValueRef};
use crate::store::RowRef;
use crate::world::World;

/// `accessmode`: full access.
pub const READ_WRITE: i32 = 0;
/// `accessmode`: the settings area only.
pub const ADMINISTRATIVE: i32 = 1;
/// `accessmode`: reading only.
pub const READ: i32 = 2;
/// `accessmode`: the product's support team.
pub const SUPPORT: i32 = 3;
/// `accessmode`: Web services only.
pub const NON_INTERACTIVE: i32 = 4;
/// `accessmode`: a partner's administrator.
pub const DELEGATED_ADMIN: i32 = 5;

/// `systemmanagedusertype`: a record that stands for a person who cannot sign in.
pub const STUB_USER: i32 = 2;

/// Interactive licences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Seats {
    /// Licences bought.
    pub purchased: u32,
    /// Licences in use.
    pub consumed: u32,
}

/// Free non-interactive users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Slots {
    /// How many there may be.
    pub limit: u32,
    /// How many there are.
    pub used: u32,
}

impl Seats {
    /// Licences left.
    pub fn available(self) -> u32 {
        self.purchased.saturating_sub(self.consumed)
    }
}

impl Slots {
    /// Non-interactive users that may still be added.
    pub fn available(self) -> u32 {
        self.limit.saturating_sub(self.used)
    }
}

/// The class of a user: section 1.3 of the reference. Being non-interactive is a mode of the classes that have one,
/// not a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// SYSTEM or INTEGRATION.
    System,
    /// The support user.
    Support,
    /// The delegated administrator.
    DelegatedAdmin,
    /// A user that represents an OAuth application.
    Application,
    /// Synchronised with the directory.
    Directory,
    /// A user of CRM alone: made by the wizard or through the Web API.
    CrmManaged,
    /// A record that can only be owner of data.
    Stub,
}

/// What the rules of users and licences look at in one user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "the flags are the table's own two-option columns")]
pub struct Facts {
    /// The user.
    pub id: Uuid,
    /// `accessmode`.
    pub mode: i32,
    /// `isdisabled`.
    pub disabled: bool,
    /// `islicensed`.
    pub licensed: bool,
    /// `issyncwithdirectory`.
    pub synchronised: bool,
    /// `setupuser`.
    pub setup: bool,
    /// Whether `applicationid` has a value.
    pub application: bool,
    /// `deletedstate` is 1.
    pub deleted: bool,
    /// `systemmanagedusertype` says stub.
    pub stub: bool,
    /// `azureactivedirectoryobjectid`.
    pub object_id: Option<Uuid>,
}

impl Facts {
    /// The facts of a stored user.
    pub fn of_row(world: &World, row: RowRef<'_>) -> Self {
        Self::read(world, row.id(), |column| row.get(column))
    }

    /// The facts of a user that is held as a record.
    pub fn of_record(world: &World, id: Uuid, record: &Record) -> Self {
        Self::read(world, id, |column| record.get(column).as_ref())
    }

    /// The facts of a user with this id; `None` where there is none.
    pub fn of(world: &World, id: Uuid) -> Option<Self> {
        let row = world.records().table(world.known().systemuser.id).get(id)?;
        Some(Self::of_row(world, row))
    }

    /// The facts of a user whose columns `get` tells.
    pub fn read<'a>(world: &World, id: Uuid, get: impl Fn(ColumnId) -> ValueRef<'a>) -> Self {
        let columns = &world.known().systemuser;
        let flag = |column| get(column).as_bool().unwrap_or(false);
        Self {
            id,
            mode: get(columns.accessmode).as_int().unwrap_or(READ_WRITE),
            disabled: flag(columns.isdisabled),
            licensed: flag(columns.islicensed),
            synchronised: flag(columns.issyncwithdirectory),
            setup: flag(columns.setupuser),
            application: !get(columns.applicationid).is_null(),
            deleted: get(columns.deletedstate).as_int() == Some(1),
            stub: get(columns.systemmanagedusertype).as_int() == Some(STUB_USER),
            object_id: get(columns.azureactivedirectoryobjectid).as_id(),
        }
    }

    /// The class of the user.
    pub fn class(&self, world: &World) -> Class {
        let identity = world.identity();
        if self.id == identity.system_user || self.id == identity.integration_user {
            Class::System
        } else if self.mode == SUPPORT {
            Class::Support
        } else if self.mode == DELEGATED_ADMIN {
            Class::DelegatedAdmin
        } else if self.application {
            Class::Application
        } else if self.synchronised {
            Class::Directory
        } else if self.is_stub(world) {
            Class::Stub
        } else {
            Class::CrmManaged
        }
    }

    /// A stub: imported, or outside the directory of an organization that keeps no users of its own (U16, U17).
    fn is_stub(&self, world: &World) -> bool {
        let disabled = self.disabled && !self.licensed && !self.synchronised && !self.application;
        disabled && (self.stub || !world.settings().crm_managed_users && self.mode != NON_INTERACTIVE)
    }

    /// Whether the user is non-interactive (and no application).
    pub fn is_non_interactive(&self) -> bool {
        self.mode == NON_INTERACTIVE && !self.application
    }

    /// L5: an enabled, not deleted non-interactive user takes a slot, SYSTEM and INTEGRATION excepted.
    pub fn takes_slot(&self, world: &World) -> bool {
        self.is_non_interactive() && !self.disabled && !self.deleted && self.class(world) != Class::System
    }

    /// L1, L3, L4, L6: whether the user takes a seat.
    pub fn takes_seat(&self, world: &World) -> bool {
        match self.class(world) {
            Class::Directory if world.directory().is_empty() => self.licensed && !self.deleted,
            Class::Directory => self.account(world).is_some_and(Account::is_licensed),
            Class::CrmManaged => !self.disabled && !self.deleted && matches!(self.mode, READ_WRITE | READ),
            _ => false,
        }
    }

    /// The directory account behind a synchronised user as it is: by object id, else by sign-in name.
    pub fn account<'w>(&self, world: &'w World) -> Option<&'w Account> {
        world.directory().account(self.account_id(world)?)
    }

    /// The same account as CRM knows it, which has not learned of what waits in the directory's log.
    pub fn known_account<'w>(&self, world: &'w World) -> Option<&'w Account> {
        world.directory().known(self.account_id(world)?)
    }

    /// The object id of the account behind a synchronised user.
    pub fn account_id(&self, world: &World) -> Option<Uuid> {
        if !self.synchronised || self.object_id.is_some() {
            return self.object_id.filter(|_| self.synchronised);
        }
        let known = &world.known().systemuser;
        let row = world.records().table(known.id).get(self.id)?;
        world.directory().account_named(row.get(known.domainname).as_str()?).map(|account| account.id)
    }

    /// Whether the user holds the tenant's global or service administrator role (D4, D14), as far as CRM knows. Of a user
    /// whose account was never there, an unlicensed administrator is told by its row (section 1.3).
    pub fn is_tenant_admin(&self, world: &World) -> bool {
        match (self.known_account(world), self.object_id) {
            (Some(account), _) => account.is_admin(),
            (None, Some(_)) if !world.directory().is_empty() => false,
            (None, _) => self.synchronised && self.setup && !self.licensed && self.mode == ADMINISTRATIVE,
        }
    }

    /// Whether the directory lets the account in, as far as CRM knows: not blocked, not gone, and in the group that
    /// guards the organization (D8). An organization without any account knows nothing against its users.
    pub fn is_admitted_by_directory(&self, world: &World) -> bool {
        let guard = world.settings().security_group.0;
        world.directory().is_empty()
            || self.known_account(world).is_some_and(|account| account.is_admitted(guard))
    }
}

/// The place of each counted column of `systemuser` in the keys of the store's counts; a test compares them with
/// the catalogue.
mod place {
    pub(super) const MODE: usize = 0;
    pub(super) const DISABLED: usize = 1;
    pub(super) const LICENSED: usize = 2;
    pub(super) const SYNCHRONISED: usize = 3;
    pub(super) const APPLICATION: usize = 5;
    pub(super) const DELETED: usize = 6;
}

/// The seats: L1, L3, L4, L6.
///
/// The directory counts its own: a seat is taken there before synchronisation makes a user of it (L3).
/// `Assumed:` an organization without any directory account goes by the licence flags of its synchronised users.
pub fn seats(world: &World) -> Seats {
    let directory_counts = !world.directory().is_empty();
    let mut consumed = if directory_counts { world.directory().licensed() } else { 0 };
    for (key, count) in users(world).counts() {
        let live = key[place::DELETED] != 1 && key[place::APPLICATION] < 0;
        let takes = if key[place::SYNCHRONISED] == 1 {
            !directory_counts
                && key[place::LICENSED] == 1
                && !matches!(key[place::MODE], SUPPORT | DELEGATED_ADMIN)
        } else {
            key[place::DISABLED] != 1 && matches!(key[place::MODE], READ_WRITE | READ | -1)
        };
        if live && takes {
            consumed += count;
        }
    }
    // SYSTEM and INTEGRATION never consume (L6), whatever mode they are stored with.
    let counted_in = built_in(world)
        .filter(|facts| {
            let takes = if facts.synchronised {
                !directory_counts && facts.licensed && !matches!(facts.mode, SUPPORT | DELEGATED_ADMIN)
            } else {
                matches!(facts.mode, READ_WRITE | READ) && !facts.disabled
            };
            takes && !facts.application && !facts.deleted
        })
        .count();
    consumed -= counted_in.min(consumed);
    Seats { purchased: world.settings().licenses, consumed: consumed as u32 }
}

/// The licences of one product, as the tenant counts them: those assigned, and what could be of all there are.
///
/// `Assumed:` one pool of licences serves every product, so each has what is left of the pool beside its own; seats of
/// users that the directory does not know count as the Professional product's.
pub fn units(world: &World, sku: &Sku) -> Seats {
    let all = seats(world);
    let has = |account: &&Account| account.licenses.iter().any(|name| *name == sku.part_number);
    let mut consumed = world.directory().accounts().filter(has).count() as u32;
    if sku.part_number == PROFESSIONAL {
        consumed += all.consumed.saturating_sub(world.directory().licensed() as u32);
    }
    Seats { purchased: (all.purchased + consumed).saturating_sub(all.consumed), consumed }
}

/// The non-interactive slots: L5, L7.
pub fn slots(world: &World) -> Slots {
    let mut used = 0;
    for (key, count) in users(world).counts() {
        if key[place::MODE] == NON_INTERACTIVE
            && key[place::DISABLED] != 1
            && key[place::APPLICATION] < 0
            && key[place::DELETED] != 1
        {
            used += count;
        }
    }
    used -= built_in(world)
        .filter(|facts| facts.is_non_interactive() && !facts.disabled && !facts.deleted)
        .count()
        .min(used);
    Slots { limit: world.settings().non_interactive_limit, used: used as u32 }
}

/// How many enabled users there are with an access mode.
pub fn enabled_with_mode(world: &World, mode: i32) -> u32 {
    let counted = users(world)
        .counts()
        .filter(|(key, _)| key[place::MODE] == mode && key[place::DISABLED] != 1 && key[place::DELETED] != 1);
    counted.map(|(_, count)| count as u32).sum()
}

/// The same by looking at every user: what the counters must agree with.
pub fn by_scan(world: &World) -> (u32, u32) {
    let (mut seats, mut slots) = (0, 0);
    for (_, row) in users(world).iter() {
        let facts = Facts::of_row(world, row);
        let of_directory = facts.class(world) == Class::Directory && !world.directory().is_empty();
        seats += u32::from(!of_directory && facts.takes_seat(world));
        slots += u32::from(facts.takes_slot(world));
    }
    let accounts = world.directory().accounts().filter(|account| account.is_licensed()).count();
    (seats + accounts as u32, slots)
}

fn users(world: &World) -> &crate::store::TableData {
    world.records().table(world.known().systemuser.id)
}

/// SYSTEM and INTEGRATION, where they are there.
#[derive(Debug, Clone)]
struct BuiltIn([Option<Facts>; 2]);

/// The facts of SYSTEM and INTEGRATION. They are asked for with every user created, and hardly ever change.
fn built_in(world: &World) -> impl Iterator<Item = Facts> {
    let identity = world.identity();
    let integration =
        (identity.integration_user != identity.system_user).then_some(identity.integration_user);
    let BuiltIn(facts) = world.found().cloned().unwrap_or_else(|| {
        let facts = [Some(identity.system_user), integration].map(|id| Facts::of(world, id?));
        let found = BuiltIn(facts);
        // A user that is not there yet may still come.
        if facts[0].is_some() && facts[1].is_some() == integration.is_some() {
            world.keep(found.clone());
        }
        found
    });
    facts.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Catalogue;

    #[test]
    fn the_counted_columns_stand_where_they_are_looked_for() {
        let catalogue = Catalogue::embedded();
        let user = &catalogue.known().systemuser;
        let counted = &catalogue.table(user.id).counted;
        assert_eq!(counted[place::MODE], user.accessmode);
        assert_eq!(counted[place::DISABLED], user.isdisabled);
        assert_eq!(counted[place::LICENSED], user.islicensed);
        assert_eq!(counted[place::SYNCHRONISED], user.issyncwithdirectory);
        assert_eq!(counted[place::APPLICATION], user.applicationid);
        assert_eq!(counted[place::DELETED], user.deletedstate);
    }
}
