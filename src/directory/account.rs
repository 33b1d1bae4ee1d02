//! Accounts of the tenant and the administrator roles they may hold.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::{Uuid, uuid};

/// One account. Its names are Microsoft Graph's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Account {
    /// The object id; `azureactivedirectoryobjectid` of the CRM user.
    pub id: Uuid,
    /// The sign-in name; `domainname` of the CRM user.
    pub user_principal_name: String,
    /// First name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// Last name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surname: Option<String>,
    /// Name people read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
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
    /// The groups it is a member of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Uuid>,
    /// What else is known of the person.
    #[serde(flatten)]
    pub profile: Profile,
    /// When the account was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_date_time: Option<Timestamp>,
    /// When it was deleted, of one that can still be restored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_date_time: Option<Timestamp>,
}

/// What the directory knows of a person besides names and mail; section 4.3 of the reference says what of it CRM takes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Profile {
    /// `title` of the CRM user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_title: Option<String>,
    /// CRM takes the first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub business_phones: Vec<String>,
    /// Mobile telephone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mobile_phone: Option<String>,
    /// Fax.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fax_number: Option<String>,
    /// Street and number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street_address: Option<String>,
    /// Town.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// State or province.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// Country or region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Department; stays in the directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// Office; stays in the directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub office_location: Option<String>,
    /// Language, such as `en-US`; stays in the directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_language: Option<String>,
    /// Country whose law the licences come under; stays in the directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage_location: Option<String>,
    /// Name of the mailbox; stays in the directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail_nickname: Option<String>,
}

fn enabled() -> bool {
    true
}

/// An administrator role of the tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdminRole {
    /// Global administrator: administers CRM without a licence (D4).
    Global,
    /// Dynamics 365 (service) administrator: administers CRM without a licence (D4).
    Service,
    /// Power Platform administrator: needs no membership in the security group (D8).
    PowerPlatform,
    /// User administrator, which CRM does not heed.
    User,
    /// Billing administrator, which CRM does not heed.
    Billing,
}

impl AdminRole {
    /// Every role.
    pub const ALL: &[Self] = &[Self::Global, Self::Service, Self::PowerPlatform, Self::User, Self::Billing];

    /// The id of the role's template, the same in every tenant. Source: Microsoft Entra built-in roles.
    pub fn template(self) -> Uuid {
        match self {
            Self::Global => uuid!("62e90394-69f5-4237-9190-012177145e10"),
            Self::Service => uuid!("44367163-eba1-44c3-98af-f5787879f96a"),
            Self::PowerPlatform => uuid!("11648597-926c-4cf3-9c36-bcebb0ba8dcc"),
            Self::User => uuid!("fe930be7-5e62-47db-91af-98c3a49a38b1"),
            Self::Billing => uuid!("b0f54661-2d74-4c50-afa3-1ec803f12efe"),
        }
    }

    /// The name people read.
    pub fn display_name(self) -> &'static str {
        match self {
            Self::Global => "Global Administrator",
            Self::Service => "Dynamics 365 Administrator",
            Self::PowerPlatform => "Power Platform Administrator",
            Self::User => "User Administrator",
            Self::Billing => "Billing Administrator",
        }
    }
}

impl Account {
    /// An account that may sign in and has nothing else yet.
    pub fn new(id: Uuid, user_principal_name: impl Into<String>) -> Self {
        Self {
            id,
            user_principal_name: user_principal_name.into(),
            given_name: None,
            surname: None,
            display_name: None,
            mail: None,
            account_enabled: true,
            licenses: Vec::new(),
            admin_roles: Vec::new(),
            groups: Vec::new(),
            profile: Profile::default(),
            created_date_time: None,
            deleted_date_time: None,
        }
    }

    /// Whether a CRM licence is assigned.
    pub fn is_licensed(&self) -> bool {
        !self.licenses.is_empty()
    }

    /// Whether the account is a global or a Dynamics 365 administrator.
    pub fn is_admin(&self) -> bool {
        self.admin_roles.iter().any(|role| matches!(role, AdminRole::Global | AdminRole::Service))
    }

    /// Whether an organization guarded by this group lets the account in: sign-in is not blocked, the account is not
    /// deleted, and it is a member of the group or an administrator who need not be one (D8: global and Power Platform
    /// administrators; a Dynamics 365 administrator must be a member).
    pub fn is_admitted(&self, guard: Option<Uuid>) -> bool {
        self.account_enabled && self.deleted_date_time.is_none() && self.passes(guard)
    }

    /// Whether the account passes the group that guards an organization (D8).
    pub fn passes(&self, guard: Option<Uuid>) -> bool {
        let is_exempt = || {
            self.admin_roles.iter().any(|role| matches!(role, AdminRole::Global | AdminRole::PowerPlatform))
        };
        guard.is_none_or(|group| self.groups.contains(&group) || is_exempt())
    }

    /// Whether the account is one that CRM has a user for: with a licence or an administrator role (D2).
    pub fn is_entitled(&self) -> bool {
        self.is_licensed() || self.is_admin()
    }
}
