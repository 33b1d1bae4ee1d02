//! What waits and what was applied, told to people. `Source:` D10, D11; the shape is the emulator's own (design.md,
//! Control API).

use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use crate::directory::{Account, Change, What};
use crate::fault::Result;
use crate::service::Note;
use crate::world::World;

/// A change in the tenant that CRM has not learned of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pending {
    /// Counts the changes of the tenant.
    pub number: u64,
    /// Object id of the account.
    pub account: Uuid,
    /// Its sign-in name.
    pub user_principal_name: String,
    /// What happened.
    pub what: What,
    /// When it was made.
    pub made: Timestamp,
    /// When CRM learns of it.
    pub due: Timestamp,
    /// The same in one sentence.
    pub sentence: String,
}

/// A change in the tenant that CRM has learned of, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Applied {
    /// Counts the changes of the tenant.
    pub number: u64,
    /// Object id of the account.
    pub account: Uuid,
    /// Its sign-in name.
    pub user_principal_name: String,
    /// What happened.
    pub what: What,
    /// When it was made.
    pub made: Timestamp,
    /// When CRM learned of it.
    pub due: Timestamp,
    /// The rules that decided, and what they came to.
    pub because: Vec<Because>,
    /// Why nothing came of it, where it could not be applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A rule and what it came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Because {
    /// Number of the rule.
    pub rule: &'static str,
    /// One sentence.
    pub fact: String,
}

impl Pending {
    /// A change that waits.
    pub fn new(change: &Change) -> Self {
        let name = &change.account.user_principal_name;
        let happened = happened(change.what, &change.account, change.before.as_deref());
        let (made, due) = (change.made, change.due);
        Self {
            number: change.number,
            account: change.account.id,
            user_principal_name: name.clone(),
            what: change.what,
            made,
            due,
            sentence: format!("{name} {happened} at {made}; CRM learns of it at {due}."),
        }
    }
}

impl Applied {
    pub(super) fn new(change: &Change, done: Result<Vec<Note>>) -> Self {
        let (notes, error) = match done {
            Ok(notes) => (notes, None),
            Err(fault) => (Vec::new(), Some(format!("{} {}", fault.code_text(), fault.message()))),
        };
        let because =
            notes.into_iter().map(|note| Because { rule: note.rule.0, fact: note.what.into_owned() });
        Self {
            number: change.number,
            account: change.account.id,
            user_principal_name: change.account.user_principal_name.clone(),
            what: change.what,
            made: change.made,
            due: change.due,
            because: because.collect(),
            error,
        }
    }
}

/// Everything that CRM has not learned of, in the order it will.
pub fn pending(world: &World) -> Vec<Pending> {
    world.directory().waiting().map(Pending::new).collect()
}

/// What happened to an account, to go on after its name.
fn happened(what: What, account: &Account, before: Option<&Account>) -> &'static str {
    match what {
        What::Added => "was added to the directory",
        What::ProfileChanged => "got other names, numbers or addresses in the directory",
        What::LicenseAdded => "was assigned a licence in the directory",
        What::LicenseRemoved if account.is_licensed() => "lost one of its licences in the directory",
        What::LicenseRemoved => "lost its licence in the directory",
        What::RoleAdded => "was given an administrator role in the directory",
        What::RoleRemoved => "lost an administrator role in the directory",
        What::Blocked => "was blocked in the directory",
        What::Unblocked => "was unblocked in the directory",
        What::GroupsChanged if before.is_some_and(|before| before.groups == account.groups) => {
            "was concerned when another security group was made to guard the organization"
        }
        What::GroupsChanged => "joined or left a group of the directory",
        What::Deleted => "was deleted from the directory",
        What::Restored => "was restored in the directory",
        What::Purged => "was deleted from the directory for good",
    }
}
