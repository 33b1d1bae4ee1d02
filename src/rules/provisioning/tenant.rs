//! What an administrator of the tenant does: accounts, licences, roles, groups. The directory keeps the facts; here
//! stands what is refused, and what CRM is to learn of.
//!
//! `Assumed:` one pool of licences, the setting `licenses`, from which either product is assigned; a usage location is
//! not asked for; a restored account gets its licences back as long as there are any.

use std::fmt;

use uuid::Uuid;

use crate::directory::sku::{Sku, sku};
use crate::directory::{Account, AdminRole, Directory, Group, Moment, What};
use crate::licensing;
use crate::service::Session;
use crate::world::World;

/// The tenant of an organization, within one change set.
#[derive(Debug)]
pub struct Tenant<'s, 'w> {
    session: &'s mut Session<'w>,
}

/// Why the tenant refuses a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TenantError {
    /// There is no account, group or deleted account with this id.
    NotFound(Uuid),
    /// Another account has the sign-in name.
    NameTaken(String),
    /// Every licence is assigned (L10).
    NoLicenseLeft(&'static Sku),
    /// The account does not have the licence that is to be removed.
    NotAssigned(&'static Sku),
    /// It is a member, or holds the role, already.
    AlreadyThere,
    /// It is no member, or does not hold the role.
    NotThere,
}

impl fmt::Display for TenantError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound(id) => write!(f, "there is nothing with the id {id} in the directory"),
            Self::NameTaken(name) => write!(f, "another account signs in as {name}"),
            Self::NoLicenseLeft(sku) => write!(f, "no licence of {} is left", sku.part_number),
            Self::NotAssigned(sku) => write!(f, "the account has no licence of {}", sku.part_number),
            Self::AlreadyThere => f.write_str("it is there already"),
            Self::NotThere => f.write_str("it is not there"),
        }
    }
}

impl std::error::Error for TenantError {}

type Done<T = ()> = Result<T, TenantError>;

impl<'s, 'w> Tenant<'s, 'w> {
    /// The tenant of the organization that a change set belongs to.
    pub fn new(session: &'s mut Session<'w>) -> Self {
        Self { session }
    }

    /// The organization as it is now, this change set included.
    pub fn world(&self) -> &World {
        self.session.world()
    }

    /// The facts as they are now, this change set included.
    pub fn directory(&self) -> &Directory {
        self.world().directory()
    }

    /// A new object id.
    pub fn next_id(&mut self) -> Uuid {
        self.session.transaction().next_id()
    }

    /// Adds an account.
    ///
    /// # Errors
    ///
    /// Where its name is taken or a licence it comes with is not left.
    pub fn add(&mut self, account: Account) -> Done {
        self.check_name(&account)?;
        self.check_licenses(&[], &account.licenses)?;
        let bare = Account::new(account.id, account.user_principal_name.clone());
        let mut what = vec![What::Added];
        what.extend(differences(&bare, &account).into_iter().filter(|what| *what != What::ProfileChanged));
        let at = self.moment();
        let created_date_time = account.created_date_time.or(Some(at.now));
        self.write().change(Account { created_date_time, ..account }, &what, at);
        Ok(())
    }

    /// Changes an account. CRM learns of what is different afterwards.
    ///
    /// # Errors
    ///
    /// Where there is no such account, its new name is taken, or a licence it is to have is not left.
    pub fn change(&mut self, id: Uuid, change: impl FnOnce(&mut Account)) -> Done {
        let before = self.directory().account(id).ok_or(TenantError::NotFound(id))?.clone();
        let mut after = before.clone();
        change(&mut after);
        self.check_name(&after)?;
        self.check_licenses(&before.licenses, &after.licenses)?;
        let what = differences(&before, &after);
        if after != before {
            let at = self.moment();
            self.write().change(after, &what, at);
        }
        Ok(())
    }

    /// Assigns and removes licences in one step. One that the account has already is not assigned again.
    ///
    /// # Errors
    ///
    /// Where there is no such account, it lacks a licence that is to be removed, or one to be assigned is not left
    /// (L10).
    pub fn assign_licenses(&mut self, id: Uuid, add: &[&'static Sku], remove: &[&'static Sku]) -> Done {
        let account = self.directory().account(id).ok_or(TenantError::NotFound(id))?;
        let has = |sku: &Sku| account.licenses.iter().any(|name| *name == sku.part_number);
        if let Some(sku) = remove.iter().find(|sku| !has(sku)) {
            return Err(TenantError::NotAssigned(sku));
        }
        self.change(id, |account| {
            account.licenses.retain(|name| remove.iter().all(|sku| *name != sku.part_number));
            for sku in add {
                if account.licenses.iter().all(|name| *name != sku.part_number) {
                    account.licenses.push(sku.part_number.to_owned());
                }
            }
        })
    }

    /// Deletes an account; it can be restored for thirty days (D9).
    ///
    /// # Errors
    ///
    /// Where there is no such account.
    pub fn delete(&mut self, id: Uuid) -> Done {
        let at = self.moment();
        found(self.write().delete(id, at), id)
    }

    /// Brings a deleted account back, with its licences as far as there are any left.
    ///
    /// # Errors
    ///
    /// Where there is no such deleted account, or its name was taken meanwhile.
    pub fn restore(&mut self, id: Uuid) -> Done {
        let account = self.directory().deleted(id).ok_or(TenantError::NotFound(id))?.clone();
        self.check_name(&account)?;
        let licenses =
            if self.check_licenses(&[], &account.licenses).is_ok() { account.licenses } else { Vec::new() };
        let at = self.moment();
        found(self.write().restore(id, licenses, at), id)
    }

    /// Deletes a deleted account for good.
    ///
    /// # Errors
    ///
    /// Where there is no such deleted account.
    pub fn purge(&mut self, id: Uuid) -> Done {
        let at = self.moment();
        found(self.write().purge(id, at), id)
    }

    /// Gives an account an administrator role.
    ///
    /// # Errors
    ///
    /// Where there is no such account, or it holds the role already.
    pub fn grant_role(&mut self, id: Uuid, role: AdminRole) -> Done {
        let account = self.directory().account(id).ok_or(TenantError::NotFound(id))?;
        if account.admin_roles.contains(&role) {
            return Err(TenantError::AlreadyThere);
        }
        self.change(id, |account| account.admin_roles.push(role))
    }

    /// Takes an administrator role from an account.
    ///
    /// # Errors
    ///
    /// Where there is no such account, or it does not hold the role.
    pub fn revoke_role(&mut self, id: Uuid, role: AdminRole) -> Done {
        let account = self.directory().account(id).ok_or(TenantError::NotFound(id))?;
        if !account.admin_roles.contains(&role) {
            return Err(TenantError::NotThere);
        }
        self.change(id, |account| account.admin_roles.retain(|held| *held != role))
    }

    /// Adds or changes a group.
    pub fn put_group(&mut self, group: Group) {
        self.write().put_group(group);
    }

    /// Deletes a group.
    ///
    /// # Errors
    ///
    /// Where there is no such group.
    pub fn delete_group(&mut self, id: Uuid) -> Done {
        let at = self.moment();
        found(self.write().delete_group(id, at), id)
    }

    /// Makes an account a member of a group.
    ///
    /// # Errors
    ///
    /// Where there is no such group or account, or it is a member already.
    pub fn add_member(&mut self, group: Uuid, id: Uuid) -> Done {
        self.directory().group(group).ok_or(TenantError::NotFound(group))?;
        let account = self.directory().account(id).ok_or(TenantError::NotFound(id))?;
        if account.groups.contains(&group) {
            return Err(TenantError::AlreadyThere);
        }
        self.change(id, |account| account.groups.push(group))
    }

    /// Takes an account out of a group.
    ///
    /// # Errors
    ///
    /// Where there is no such group or account, or it is no member.
    pub fn remove_member(&mut self, group: Uuid, id: Uuid) -> Done {
        self.directory().group(group).ok_or(TenantError::NotFound(group))?;
        let account = self.directory().account(id).ok_or(TenantError::NotFound(id))?;
        if !account.groups.contains(&group) {
            return Err(TenantError::NotThere);
        }
        self.change(id, |account| account.groups.retain(|of| *of != group))
    }

    fn check_name(&self, account: &Account) -> Done {
        let name = &account.user_principal_name;
        match self.directory().account_named(name) {
            Some(other) if other.id != account.id => Err(TenantError::NameTaken(name.clone())),
            _ => Ok(()),
        }
    }

    /// L10: an account that had none takes a licence of the pool; a second product of the same account takes none more
    /// (L3 counts accounts).
    fn check_licenses(&self, before: &[String], after: &[String]) -> Done {
        let is_taken = before.is_empty() && !after.is_empty();
        if !is_taken || licensing::seats(self.world()).available() > 0 {
            return Ok(());
        }
        match after.iter().find_map(|name| sku(name)) {
            Some(sku) => Err(TenantError::NoLicenseLeft(sku)),
            None => Ok(()),
        }
    }

    fn moment(&mut self) -> Moment {
        Moment { now: self.session.transaction().now(), delay: self.world().settings().sync_delay }
    }

    fn write(&mut self) -> &mut Directory {
        self.session.transaction().directory_mut()
    }
}

fn found(found: bool, id: Uuid) -> Done {
    if found { Ok(()) } else { Err(TenantError::NotFound(id)) }
}

/// What CRM is to learn of, in the order in which it makes the least of a fuss: what gives comes before what takes.
fn differences(before: &Account, after: &Account) -> Vec<What> {
    let gained = |before: &[String], after: &[String]| after.iter().any(|name| !before.contains(name));
    let roles =
        |of: &Account, other: &Account| of.admin_roles.iter().any(|role| !other.admin_roles.contains(role));
    let is_profile_changed = (&before.user_principal_name, &before.given_name, &before.surname)
        != (&after.user_principal_name, &after.given_name, &after.surname)
        || before.display_name != after.display_name
        || before.mail != after.mail
        || before.profile != after.profile;
    let all = [
        (is_profile_changed, What::ProfileChanged),
        (roles(after, before), What::RoleAdded),
        (gained(&before.licenses, &after.licenses), What::LicenseAdded),
        (!before.account_enabled && after.account_enabled, What::Unblocked),
        (before.groups != after.groups, What::GroupsChanged),
        (roles(before, after), What::RoleRemoved),
        (gained(&after.licenses, &before.licenses), What::LicenseRemoved),
        (before.account_enabled && !after.account_enabled, What::Blocked),
    ];
    all.into_iter().filter(|(is_so, _)| *is_so).map(|(_, what)| what).collect()
}
