//! The Office 365 tenant: who has an account, a licence, an administrator role. Facts only; what follows from them
//! in CRM is decided by the rules.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The accounts of the tenant.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    accounts: imbl::OrdMap<Uuid, Arc<Account>>,
    /// How many of them have a CRM licence, so that the licence ledger need not look at each.
    licensed: usize,
}

/// One account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Account {
    /// The object id; `azureactivedirectoryobjectid` of the CRM user.
    pub id: Uuid,
    /// The sign-in name; `domainname` of the CRM user.
    pub user_principal_name: String,
    /// First name.
    #[serde(default)]
    pub given_name: Option<String>,
    /// Last name.
    #[serde(default)]
    pub surname: Option<String>,
    /// Name people read.
    #[serde(default)]
    pub display_name: Option<String>,
    /// Mail address.
    #[serde(default)]
    pub mail: Option<String>,
    /// Whether sign-in is allowed.
    #[serde(default = "enabled")]
    pub account_enabled: bool,
    /// Part numbers of the assigned CRM licences (`CRMSTANDARD`, `CRMPLAN2`).
    #[serde(default)]
    pub licenses: Vec<String>,
    /// Administrator roles.
    #[serde(default)]
    pub admin_roles: Vec<AdminRole>,
}

fn enabled() -> bool {
    true
}

/// An administrator role of the tenant that CRM heeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdminRole {
    /// Global administrator.
    Global,
    /// Dynamics 365 (service) administrator.
    Service,
    /// Power Platform administrator.
    PowerPlatform,
}

impl Account {
    /// Whether a CRM licence is assigned.
    pub fn is_licensed(&self) -> bool {
        !self.licenses.is_empty()
    }

    /// Whether the account is a global or a Dynamics 365 administrator.
    pub fn is_admin(&self) -> bool {
        self.admin_roles.iter().any(|role| matches!(role, AdminRole::Global | AdminRole::Service))
    }
}

impl Directory {
    /// The account with an object id.
    pub fn account(&self, id: Uuid) -> Option<&Account> {
        self.accounts.get(&id).map(|account| &**account)
    }

    /// The account with a sign-in name, without regard to case.
    pub fn account_named(&self, name: &str) -> Option<&Account> {
        self.accounts().find(|account| account.user_principal_name.eq_ignore_ascii_case(name))
    }

    /// All accounts in the order of their object ids.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts.values().map(|account| &**account)
    }

    /// Whether there is no account.
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }

    /// How many accounts have a CRM licence.
    pub fn licensed(&self) -> usize {
        self.licensed
    }

    /// Adds or replaces an account.
    pub fn put(&mut self, account: Account) {
        self.licensed += usize::from(account.is_licensed());
        let old = self.accounts.insert(account.id, Arc::new(account));
        self.licensed -= usize::from(old.is_some_and(|old| old.is_licensed()));
    }
}
