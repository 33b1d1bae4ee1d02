//! The Office 365 tenant: who has an account, a licence, an administrator role, which groups there are. Facts and what
//! happened to them only; what follows in CRM is decided by the rules.

mod account;
mod group;
mod log;
pub mod sku;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

pub use account::{Account, AdminRole, Profile};
pub use group::Group;
use log::Log;
pub use log::{Change, Job, Moment, What};

/// How long a deleted account can be restored (D9). Source: PP:delete-users.md.
pub const RESTORABLE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The accounts and groups of the tenant, and what CRM has not learned of yet.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    accounts: imbl::OrdMap<Uuid, Arc<Account>>,
    /// Object ids by sign-in name in lower case.
    names: imbl::OrdMap<Box<str>, Uuid>,
    /// How many accounts have a CRM licence, so that the licence ledger need not look at each.
    licensed: usize,
    /// Deleted accounts that can be restored.
    deleted: imbl::OrdMap<Uuid, Arc<Account>>,
    groups: imbl::OrdMap<Uuid, Arc<Group>>,
    log: Log,
}

impl Directory {
    /// The account with an object id.
    pub fn account(&self, id: Uuid) -> Option<&Account> {
        self.accounts.get(&id).map(|account| &**account)
    }

    /// The account with a sign-in name, without regard to case.
    pub fn account_named(&self, name: &str) -> Option<&Account> {
        self.account(*self.names.get(name.to_lowercase().as_str())?)
    }

    /// All accounts in the order of their object ids.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts.values().map(|account| &**account)
    }

    /// Whether there is no account, none that was deleted, and nothing that CRM has not learned of: an organization
    /// without a tenant.
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty() && self.deleted.is_empty() && self.log.is_empty()
    }

    /// An account as CRM knows it: as it was before the first change that CRM has not learned of. `None` where CRM knows
    /// of no such account, or knows that it was deleted.
    pub fn known(&self, id: Uuid) -> Option<&Account> {
        let known = match self.log.first_of(id) {
            Some(change) => change.before.as_deref(),
            None => self.account(id),
        };
        known.filter(|account| account.deleted_date_time.is_none())
    }

    /// How many accounts have a CRM licence.
    pub fn licensed(&self) -> usize {
        self.licensed
    }

    /// A deleted account that can be restored.
    pub fn deleted(&self, id: Uuid) -> Option<&Account> {
        self.deleted.get(&id).map(|account| &**account)
    }

    /// All deleted accounts that can be restored.
    pub fn all_deleted(&self) -> impl Iterator<Item = &Account> {
        self.deleted.values().map(|account| &**account)
    }

    /// The deleted account that had a sign-in name, the one deleted last if there are several.
    pub fn deleted_named(&self, name: &str) -> Option<&Account> {
        let name = name.to_lowercase();
        self.all_deleted()
            .filter(|account| account.user_principal_name.to_lowercase() == name)
            .max_by_key(|account| account.deleted_date_time)
    }

    /// The group with an object id.
    pub fn group(&self, id: Uuid) -> Option<&Group> {
        self.groups.get(&id).map(|group| &**group)
    }

    /// All groups in the order of their object ids.
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.values().map(|group| &**group)
    }

    /// The accounts that are members of a group.
    pub fn members(&self, group: Uuid) -> impl Iterator<Item = &Account> {
        self.accounts().filter(move |account| account.groups.contains(&group))
    }

    /// The changes that CRM has not learned of yet, in the order it will.
    pub fn waiting(&self) -> impl Iterator<Item = &Change> {
        self.log.waiting()
    }

    /// The changes of one account that CRM has not learned of yet, in the order it will.
    pub fn waiting_of(&self, account: Uuid) -> impl Iterator<Item = &Change> {
        self.log.waiting_of(account)
    }

    /// When the next job is due.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.log.next_due().into_iter().chain(self.next_purge().map(|(due, _)| due)).min()
    }

    /// Adds or replaces an account. CRM does not learn of it: for organizations that are being put together.
    pub fn put(&mut self, account: Account) {
        self.store(&Arc::new(account));
    }

    /// Puts a deleted account where it can be restored, as it was written out.
    pub fn put_deleted(&mut self, account: Account) {
        self.deleted.insert(account.id, Arc::new(account));
    }

    /// Adds or replaces a group.
    pub fn put_group(&mut self, group: Group) {
        self.groups.insert(group.id, Arc::new(group));
    }

    /// Puts a change back that CRM has not learned of, as it was written out.
    pub fn put_change(&mut self, change: Change) {
        self.log.put(change);
    }

    /// Adds or replaces an account; CRM learns in time of what happened to it, in this order. The caller has made sure
    /// that its name is free.
    pub fn change(&mut self, account: Account, what: &[What], at: Moment) {
        let before = self.accounts.get(&account.id).cloned();
        self.log_all(before.as_ref(), &Arc::new(account), what, at);
    }

    fn log_all(&mut self, before: Option<&Arc<Account>>, account: &Arc<Account>, what: &[What], at: Moment) {
        self.store(account);
        for what in what {
            self.log.push(before.cloned(), Arc::clone(account), *what, at);
        }
    }

    /// Another group guards the organization: whom it lets in that the other did not, or the other way round, of that
    /// CRM learns (D8).
    pub fn guard_by(&mut self, group: Option<Uuid>, instead_of: Option<Uuid>, at: Moment) {
        let concerned: Vec<_> = self
            .accounts
            .values()
            .filter(|account| account.passes(group) != account.passes(instead_of))
            .cloned()
            .collect();
        for account in concerned {
            self.log.push(Some(Arc::clone(&account)), account, What::GroupsChanged, at);
        }
    }

    /// Nothing is left to be learned of an account: somebody in CRM has just read it as it is.
    pub fn caught_up(&mut self, account: Uuid) {
        self.log.forget(account);
    }

    /// Deletes an account so that it can be restored; `false` where there is none. Its licences are free at once.
    pub fn delete(&mut self, id: Uuid, at: Moment) -> bool {
        let Some(account) = self.accounts.remove(&id) else { return false };
        self.forget(&account);
        let deleted = Arc::new(Account { deleted_date_time: Some(at.now), ..(*account).clone() });
        self.deleted.insert(id, Arc::clone(&deleted));
        self.log.push(Some(account), deleted, What::Deleted, at);
        true
    }

    /// Brings a deleted account back with these licences; `false` where there is none. The caller has made sure that
    /// its name and the licences are free.
    pub fn restore(&mut self, id: Uuid, licenses: Vec<String>, at: Moment) -> bool {
        let Some(account) = self.deleted.remove(&id) else { return false };
        let mut restored = Account { deleted_date_time: None, licenses, ..(*account).clone() };
        restored.groups.retain(|group| self.groups.contains_key(group));
        self.log_all(Some(&account), &Arc::new(restored), &[What::Restored], at);
        true
    }

    /// Deletes an account for good that was deleted before; `false` where there is none.
    pub fn purge(&mut self, id: Uuid, at: Moment) -> bool {
        let Some(account) = self.deleted.remove(&id) else { return false };
        self.log.push(Some(Arc::clone(&account)), account, What::Purged, at);
        true
    }

    /// Deletes a group; `false` where there is none. Its members leave it, and CRM learns of that.
    pub fn delete_group(&mut self, id: Uuid, at: Moment) -> bool {
        if self.groups.remove(&id).is_none() {
            return false;
        }
        let members: Vec<Account> = self.members(id).cloned().collect();
        for mut member in members {
            member.groups.retain(|group| *group != id);
            self.change(member, &[What::GroupsChanged], at);
        }
        true
    }

    /// Takes the next job that is due, with the instant it was due at.
    pub fn take_due(&mut self, now: Timestamp) -> Option<(Timestamp, Job)> {
        let change = self.log.next_due();
        if let Some((due, id)) = self.next_purge().filter(|(due, _)| *due <= now)
            && change.is_none_or(|change| due < change)
        {
            return Some((due, Job::Purge(id)));
        }
        self.log.take_due(now).map(|change| (change.due, Job::Learn(change)))
    }

    /// Makes changes due at once: all of them, or those of one account (D11).
    pub fn hasten(&mut self, account: Option<Uuid>, now: Timestamp) {
        self.log.hasten(account, now);
    }

    /// The deleted account that goes for good first, and when.
    fn next_purge(&self) -> Option<(Timestamp, Uuid)> {
        self.all_deleted()
            .filter_map(|account| {
                Some((account.deleted_date_time?.saturating_add(RESTORABLE).ok()?, account.id))
            })
            .min()
    }

    fn store(&mut self, account: &Arc<Account>) {
        self.licensed += usize::from(account.is_licensed());
        let name = account.user_principal_name.to_lowercase().into();
        if let Some(old) = self.accounts.insert(account.id, Arc::clone(account)) {
            self.forget(&old);
        }
        self.names.insert(name, account.id);
    }

    /// Takes what is counted and found by name of an account that is replaced or gone.
    fn forget(&mut self, account: &Account) {
        self.licensed -= usize::from(account.is_licensed());
        self.names.remove(account.user_principal_name.to_lowercase().as_str());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(now: &str) -> Moment {
        Moment { now: now.parse().unwrap(), delay: SignedDuration::ZERO }
    }

    fn licensed(number: u128) -> Account {
        let mut account = Account::new(Uuid::from_u128(number), format!("Ann.{number}@contoso.com"));
        account.licenses = vec![sku::PROFESSIONAL.to_owned()];
        account
    }

    #[test]
    fn accounts_are_found_by_their_newest_name_and_counted_once() {
        let mut directory = Directory::default();
        directory.put(licensed(1));
        directory.put(Account { user_principal_name: "Bea@contoso.com".into(), ..licensed(1) });
        assert_eq!(directory.licensed(), 1);
        assert!(directory.account_named("ann.1@contoso.com").is_none());
        assert_eq!(directory.account_named("BEA@contoso.com").map(|account| account.id.as_u128()), Some(1));
    }

    #[test]
    fn d9_a_deleted_account_frees_its_license_and_is_gone_after_thirty_days() {
        let mut directory = Directory::default();
        directory.put(licensed(1));
        let id = Uuid::from_u128(1);
        assert!(directory.delete(id, at("2026-01-01T00:00:00Z")));
        assert!(!directory.delete(id, at("2026-01-01T00:00:00Z")));
        assert_eq!((directory.licensed(), directory.account_named("ann.1@contoso.com")), (0, None));
        let now = "2026-01-31T00:00:00Z".parse().unwrap();
        let jobs: Vec<_> = std::iter::from_fn(|| {
            let (due, job) = directory.take_due(now)?;
            if let Job::Purge(id) = job {
                directory.purge(id, Moment { now: due, delay: SignedDuration::ZERO });
            }
            Some((due.to_string(), job))
        })
        .collect();
        let [(first, Job::Learn(deleted)), (second, Job::Purge(_)), (third, Job::Learn(purged))] = &*jobs
        else {
            panic!("{jobs:?}")
        };
        assert_eq!((&**first, deleted.what), ("2026-01-01T00:00:00Z", What::Deleted));
        assert_eq!(
            (&**second, &**third, purged.what),
            ("2026-01-31T00:00:00Z", "2026-01-31T00:00:00Z", What::Purged)
        );
        assert_eq!(directory.all_deleted().count(), 0);
    }

    #[test]
    fn a_restored_account_is_where_it_was() {
        let mut directory = Directory::default();
        directory.put(licensed(1));
        let id = Uuid::from_u128(1);
        directory.delete(id, at("2026-01-01T00:00:00Z"));
        assert!(directory.restore(id, vec![sku::BASIC.to_owned()], at("2026-01-02T00:00:00Z")));
        let account = directory.account_named("ann.1@contoso.com").unwrap();
        assert_eq!((account.deleted_date_time, &*account.licenses[0]), (None, sku::BASIC));
        assert_eq!(directory.licensed(), 1);
    }

    #[test]
    fn members_leave_a_group_that_goes() {
        let mut directory = Directory::default();
        let group = Uuid::from_u128(9);
        directory.put_group(Group {
            id: group,
            display_name: "Guards".into(),
            description: None,
            mail_nickname: None,
            mail_enabled: false,
            security_enabled: true,
        });
        directory.put(Account { groups: vec![group], ..licensed(1) });
        assert_eq!(directory.members(group).count(), 1);
        assert!(directory.delete_group(group, at("2026-01-01T00:00:00Z")));
        assert_eq!((directory.members(group).count(), directory.waiting().count()), (0, 1));
    }
}
