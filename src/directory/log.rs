//! What happened in the tenant and CRM does not know yet: changes with the instant they become visible (D10), and what
//! the tenant itself does when its time has come.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Account;

/// When something is done, and how long until CRM gets to know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// When it is done.
    pub now: Timestamp,
    /// The setting `sync_delay`.
    pub delay: SignedDuration,
}

/// What happened to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// It was made.
    Added,
    /// Names, telephone numbers, address.
    ProfileChanged,
    /// It got a CRM licence.
    LicenseAdded,
    /// It lost a CRM licence.
    LicenseRemoved,
    /// It got an administrator role.
    RoleAdded,
    /// It lost an administrator role.
    RoleRemoved,
    /// Sign-in was blocked.
    Blocked,
    /// Sign-in was allowed again.
    Unblocked,
    /// It joined or left a group, or another group guards the organization.
    GroupsChanged,
    /// It was deleted, and can be restored.
    Deleted,
    /// It was restored.
    Restored,
    /// It was deleted for good.
    Purged,
}

/// A change of an account that CRM is to learn of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Counts the changes of the tenant; changes of one account are learned of in this order.
    pub number: u64,
    /// What happened.
    pub what: What,
    /// When it was made.
    pub made: Timestamp,
    /// When CRM learns of it.
    pub due: Timestamp,
    /// The account after it.
    pub account: Arc<Account>,
    /// The account before it, which is what CRM knows until it learns of the change; `None` where there was none. All
    /// that happened at once has the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Arc<Account>>,
}

/// Something whose time has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Job {
    /// CRM learns of a change.
    Learn(Change),
    /// A deleted account is gone for good (D9).
    Purge(Uuid),
}

/// The changes CRM does not know yet, in the order it will learn of them.
#[derive(Debug, Clone, Default)]
pub(super) struct Log {
    waiting: imbl::OrdMap<(Timestamp, u64), Change>,
    /// When the changes of each account are due. Their order by number is the order they are learned of in.
    due: imbl::OrdMap<(Uuid, u64), Timestamp>,
    last: u64,
}

impl Log {
    /// Adds a change. It is never learned of before an earlier one of the same account.
    pub(super) fn push(
        &mut self,
        before: Option<Arc<Account>>,
        account: Arc<Account>,
        what: What,
        at: Moment,
    ) {
        self.last += 1;
        let earliest = self.of(account.id).next_back().map_or(Timestamp::MIN, |(due, _)| due);
        let due = at.now.saturating_add(at.delay).unwrap_or(Timestamp::MAX).max(earliest);
        self.put(Change { number: self.last, what, made: at.now, due, account, before });
    }

    /// The changes of an account by their keys, in the order they will be learned of.
    fn of(&self, account: Uuid) -> impl DoubleEndedIterator<Item = (Timestamp, u64)> {
        let all = (account, u64::MIN)..=(account, u64::MAX);
        self.due.range(all).map(|((_, number), due)| (*due, *number))
    }

    /// The change of an account that is learned of first.
    pub(super) fn first_of(&self, account: Uuid) -> Option<&Change> {
        self.waiting.get(&self.of(account).next()?)
    }

    /// The changes of an account in the order they will be learned of.
    pub(super) fn waiting_of(&self, account: Uuid) -> impl Iterator<Item = &Change> {
        self.of(account).filter_map(|key| self.waiting.get(&key))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Forgets the changes of an account, of which nothing is left to be learned.
    pub(super) fn forget(&mut self, account: Uuid) {
        let keys: Vec<_> = self.of(account).collect();
        for key in keys {
            self.take(key);
        }
    }

    fn take(&mut self, key: (Timestamp, u64)) -> Option<Change> {
        let change = self.waiting.remove(&key)?;
        self.due.remove(&(change.account.id, change.number));
        Some(change)
    }

    /// Puts a change back as it was written out.
    pub(super) fn put(&mut self, change: Change) {
        self.last = self.last.max(change.number);
        self.due.insert((change.account.id, change.number), change.due);
        self.waiting.insert((change.due, change.number), change);
    }

    pub(super) fn waiting(&self) -> impl Iterator<Item = &Change> {
        self.waiting.values()
    }

    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.waiting.get_min().map(|((due, _), _)| *due)
    }

    /// Takes the first change, if it is due.
    pub(super) fn take_due(&mut self, now: Timestamp) -> Option<Change> {
        let key = self.waiting.get_min().map(|(key, _)| *key).filter(|(due, _)| *due <= now)?;
        self.take(key)
    }

    /// Makes changes due at once: all of them, or those of one account.
    pub(super) fn hasten(&mut self, account: Option<Uuid>, now: Timestamp) {
        let early: Vec<_> = match account {
            Some(account) => self.of(account).filter(|(due, _)| *due > now).collect(),
            None => self.waiting.keys().filter(|(due, _)| *due > now).copied().collect(),
        };
        for key in early {
            if let Some(change) = self.take(key) {
                self.put(Change { due: now, ..change });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(now: &str, delay: i64) -> Moment {
        Moment { now: now.parse().unwrap(), delay: SignedDuration::from_secs(delay) }
    }

    fn account(number: u128) -> Arc<Account> {
        Arc::new(Account::new(Uuid::from_u128(number), format!("a{number}@contoso.com")))
    }

    fn numbers(log: &mut Log, now: &str) -> Vec<u64> {
        let now = now.parse().unwrap();
        std::iter::from_fn(|| log.take_due(now)).map(|change| change.number).collect()
    }

    #[test]
    fn d10_changes_of_one_account_keep_their_order_whatever_the_delay() {
        let mut log = Log::default();
        log.push(None, account(1), What::Added, at("2026-01-01T00:00:00Z", 600));
        log.push(None, account(1), What::LicenseAdded, at("2026-01-01T00:00:01Z", 0));
        log.push(None, account(2), What::Added, at("2026-01-01T00:00:02Z", 0));
        assert_eq!(log.next_due(), Some("2026-01-01T00:00:02Z".parse().unwrap()));
        assert_eq!(numbers(&mut log, "2026-01-01T00:09:59Z"), [3]);
        assert_eq!(numbers(&mut log, "2026-01-01T00:10:00Z"), [1, 2]);
        assert_eq!(log.next_due(), None);
    }

    #[test]
    fn hastening_leaves_other_accounts_alone() {
        let mut log = Log::default();
        for (number, what) in [(1, What::Added), (2, What::Added), (1, What::LicenseAdded)] {
            log.push(None, account(number), what, at("2026-01-01T00:00:00Z", 600));
        }
        log.hasten(Some(Uuid::from_u128(1)), "2026-01-01T00:01:00Z".parse().unwrap());
        assert_eq!(numbers(&mut log, "2026-01-01T00:01:00Z"), [1, 3]);
        log.hasten(None, "2026-01-01T00:02:00Z".parse().unwrap());
        assert_eq!(numbers(&mut log, "2026-01-01T00:02:00Z"), [2]);
    }
}
