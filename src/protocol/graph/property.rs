//! The properties of the kinds of objects: what is shown, what can be filtered, and what the emulator lacks.
//!
//! Source: Microsoft Graph REST API v1.0, resources user, group, directoryRole, directoryRoleTemplate, subscribedSku,
//! licenseDetails, organization.

/// A kind of object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    User,
    Group,
    Role,
    Template,
    Sku,
    License,
    Organization,
}

/// A property.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Property {
    /// Its name.
    pub(super) name: &'static str,
    /// Whether it is there without `$select`.
    pub(super) is_shown: bool,
    /// How `$filter` takes it.
    pub(super) by: By,
}

/// How `$filter` takes a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// Not at all.
    Nothing,
    /// By being the same.
    Id,
    /// By being the same, or beginning or ending so, whatever the case.
    Text,
    /// By being so.
    Flag,
    /// By being at, before or after.
    Instant,
    /// By what is in it, or how much.
    Collection,
}

const fn shown(name: &'static str, by: By) -> Property {
    Property { name, is_shown: true, by }
}

const fn more(name: &'static str, by: By) -> Property {
    Property { name, is_shown: false, by }
}

const USER: &[Property] = &[
    shown("businessPhones", By::Collection),
    shown("displayName", By::Text),
    shown("givenName", By::Text),
    shown("jobTitle", By::Text),
    shown("mail", By::Text),
    shown("mobilePhone", By::Text),
    shown("officeLocation", By::Text),
    shown("preferredLanguage", By::Text),
    shown("surname", By::Text),
    shown("userPrincipalName", By::Text),
    shown("id", By::Id),
    more("accountEnabled", By::Flag),
    more("assignedLicenses", By::Collection),
    more("assignedPlans", By::Collection),
    more("city", By::Text),
    more("country", By::Text),
    more("createdDateTime", By::Instant),
    more("deletedDateTime", By::Instant),
    more("department", By::Text),
    more("faxNumber", By::Text),
    more("mailNickname", By::Text),
    more("postalCode", By::Text),
    more("state", By::Text),
    more("streetAddress", By::Text),
    more("usageLocation", By::Text),
    more("userType", By::Text),
];

const GROUP: &[Property] = &[
    shown("id", By::Id),
    shown("deletedDateTime", By::Nothing),
    shown("description", By::Text),
    shown("displayName", By::Text),
    shown("groupTypes", By::Collection),
    shown("mail", By::Text),
    shown("mailEnabled", By::Flag),
    shown("mailNickname", By::Text),
    shown("securityEnabled", By::Flag),
];

const ROLE: &[Property] = &[
    shown("id", By::Id),
    shown("deletedDateTime", By::Nothing),
    shown("description", By::Nothing),
    shown("displayName", By::Text),
    shown("roleTemplateId", By::Id),
];

const TEMPLATE: &[Property] = &[
    shown("id", By::Id),
    shown("deletedDateTime", By::Nothing),
    shown("description", By::Nothing),
    shown("displayName", By::Nothing),
];

const SKU: &[Property] = &[
    shown("capabilityStatus", By::Nothing),
    shown("consumedUnits", By::Nothing),
    shown("id", By::Nothing),
    shown("skuId", By::Nothing),
    shown("skuPartNumber", By::Nothing),
    shown("appliesTo", By::Nothing),
    shown("prepaidUnits", By::Nothing),
    shown("servicePlans", By::Nothing),
];

const LICENSE: &[Property] = &[
    shown("id", By::Nothing),
    shown("skuId", By::Nothing),
    shown("skuPartNumber", By::Nothing),
    shown("servicePlans", By::Nothing),
];

const ORGANIZATION: &[Property] = &[
    shown("id", By::Nothing),
    shown("deletedDateTime", By::Nothing),
    shown("displayName", By::Nothing),
    shown("assignedPlans", By::Nothing),
    shown("verifiedDomains", By::Nothing),
];

/// What users have in Graph and not here.
const NOT_OF_USERS: &[&str] = &[
    "aboutMe",
    "ageGroup",
    "authorizationInfo",
    "birthday",
    "companyName",
    "consentProvidedForMinor",
    "creationType",
    "customSecurityAttributes",
    "employeeHireDate",
    "employeeId",
    "employeeLeaveDateTime",
    "employeeOrgData",
    "employeeType",
    "externalUserState",
    "externalUserStateChangeDateTime",
    "hireDate",
    "identities",
    "imAddresses",
    "interests",
    "isResourceAccount",
    "lastPasswordChangeDateTime",
    "legalAgeGroupClassification",
    "licenseAssignmentStates",
    "mailboxSettings",
    "manager",
    "mySite",
    "onPremisesDistinguishedName",
    "onPremisesDomainName",
    "onPremisesExtensionAttributes",
    "onPremisesImmutableId",
    "onPremisesLastSyncDateTime",
    "onPremisesProvisioningErrors",
    "onPremisesSamAccountName",
    "onPremisesSecurityIdentifier",
    "onPremisesSyncEnabled",
    "onPremisesUserPrincipalName",
    "otherMails",
    "passwordPolicies",
    "passwordProfile",
    "pastProjects",
    "preferredDataLocation",
    "preferredName",
    "provisionedPlans",
    "proxyAddresses",
    "refreshTokensValidFromDateTime",
    "responsibilities",
    "schools",
    "securityIdentifier",
    "showInAddressList",
    "signInActivity",
    "signInSessionsValidFromDateTime",
    "skills",
];

/// What groups have in Graph and not here.
const NOT_OF_GROUPS: &[&str] = &[
    "allowExternalSenders",
    "assignedLabels",
    "assignedLicenses",
    "autoSubscribeNewMembers",
    "classification",
    "createdDateTime",
    "creationOptions",
    "expirationDateTime",
    "hasMembersWithLicenseErrors",
    "hideFromAddressLists",
    "hideFromOutlookClients",
    "isArchived",
    "isAssignableToRole",
    "isSubscribedByMail",
    "licenseProcessingState",
    "membershipRule",
    "membershipRuleProcessingState",
    "onPremisesLastSyncDateTime",
    "onPremisesProvisioningErrors",
    "onPremisesSamAccountName",
    "onPremisesSecurityIdentifier",
    "onPremisesSyncEnabled",
    "owners",
    "preferredDataLocation",
    "preferredLanguage",
    "proxyAddresses",
    "renewedDateTime",
    "resourceBehaviorOptions",
    "resourceProvisioningOptions",
    "securityIdentifier",
    "theme",
    "unseenCount",
    "visibility",
];

/// What an organization has in Graph and not here.
const NOT_OF_ORGANIZATIONS: &[&str] = &[
    "businessPhones",
    "city",
    "country",
    "countryLetterCode",
    "createdDateTime",
    "directorySizeQuota",
    "marketingNotificationEmails",
    "mobileDeviceManagementAuthority",
    "onPremisesLastSyncDateTime",
    "onPremisesSyncEnabled",
    "partnerTenantType",
    "postalCode",
    "preferredLanguage",
    "privacyProfile",
    "provisionedPlans",
    "securityComplianceNotificationMails",
    "securityComplianceNotificationPhones",
    "state",
    "street",
    "technicalNotificationMails",
    "tenantType",
];

impl Kind {
    /// Every property, in the order in which they are written.
    pub(super) fn properties(self) -> &'static [Property] {
        match self {
            Self::User => USER,
            Self::Group => GROUP,
            Self::Role => ROLE,
            Self::Template => TEMPLATE,
            Self::Sku => SKU,
            Self::License => LICENSE,
            Self::Organization => ORGANIZATION,
        }
    }

    /// The property of a name; names are case-sensitive in bodies and not in addresses.
    pub(super) fn property(self, name: &str) -> Option<&'static Property> {
        self.properties().iter().find(|property| property.name.eq_ignore_ascii_case(name))
    }

    /// Whether Graph has a property that the emulator lacks.
    pub(super) fn lacks(self, name: &str) -> bool {
        let names = match self {
            Self::User => NOT_OF_USERS,
            Self::Group => NOT_OF_GROUPS,
            Self::Organization => NOT_OF_ORGANIZATIONS,
            _ => &[],
        };
        names.iter().any(|lacking| lacking.eq_ignore_ascii_case(name))
    }

    /// The name of the type, as it stands behind `microsoft.graph.`.
    pub(super) fn type_name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Role => "directoryRole",
            Self::Template => "directoryRoleTemplate",
            Self::Sku => "subscribedSku",
            Self::License => "licenseDetails",
            Self::Organization => "organization",
        }
    }

    /// What the directory calls the type in its refusals.
    pub(super) fn resource(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
            Self::Role => "DirectoryRole",
            Self::Template => "DirectoryRoleTemplate",
            Self::Sku => "SubscribedSku",
            Self::License => "LicenseDetails",
            Self::Organization => "Organization",
        }
    }

    /// The set that its objects are addressed in.
    pub(super) fn set(self) -> &'static str {
        match self {
            Self::User => "users",
            Self::Group => "groups",
            Self::Role => "directoryRoles",
            Self::Template => "directoryRoleTemplates",
            Self::Sku => "subscribedSkus",
            Self::License => "licenseDetails",
            Self::Organization => "organization",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_there_and_lacking_at_once() {
        for kind in [Kind::User, Kind::Group, Kind::Organization] {
            for property in kind.properties() {
                assert!(!kind.lacks(property.name), "{kind:?} {}", property.name);
            }
        }
    }
}
