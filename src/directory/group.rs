//! Groups of the tenant. Who is a member stands with the accounts, so that one account tells the whole of itself.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Group {
    /// The object id.
    pub id: Uuid,
    /// Name people read.
    pub display_name: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Name of the mailbox.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail_nickname: Option<String>,
    /// Whether it has a mailbox.
    #[serde(default)]
    pub mail_enabled: bool,
    /// Whether it can guard something, such as an organization.
    #[serde(default)]
    pub security_enabled: bool,
}
