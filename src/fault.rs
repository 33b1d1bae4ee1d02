//! The one error type of the emulator, and the one table of every error code it can return.
//!
//! A [`Fault`] is what the product would answer: a code, the product's message, and a [`Kind`] from which each
//! protocol face derives its own status once. Beside the answer it carries what the product never tells: the
//! documented rules that decided ([`RuleId`]) and a hint that says what would have made the call succeed.
//!
//! `Source:` of codes and messages: the SDK's "Web service error codes" (`ERR` below) and
//! "Compose HTTP requests and handle errors" for the statuses; see the reference column of each row.

use std::borrow::Cow;
use std::fmt;

use smallvec::SmallVec;

/// The number of a documented rule, such as `U12`; the reference is `users-and-licensing.md`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(pub &'static str);

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// What sort of refusal a fault is. Protocol faces map a kind to their status in one place each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The request is malformed or breaks a business rule.
    Invalid,
    /// No identity, or one that is not accepted.
    Unauthenticated,
    /// The identity is known and may not do this.
    Denied,
    /// The addressed row, table or operation does not exist.
    NotFound,
    /// The operation does not exist for what is addressed.
    NotAllowed,
    /// A precondition (version, existence, uniqueness) does not hold.
    Precondition,
    /// The request is larger than the service accepts.
    TooLarge,
    /// The body is of a media type that the service does not read.
    UnsupportedMedia,
    /// A service protection limit was hit.
    Throttled,
    /// The emulator itself failed.
    Internal,
    /// The service does this and the emulator does not.
    NotEmulated,
}

/// One row of the table of error codes.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// The service's number, printed as `0x` and eight digits.
    pub value: u32,
    /// The symbolic name in the SDK's list.
    pub name: &'static str,
    /// What sort of refusal it is unless the fault says otherwise.
    pub kind: Kind,
    /// The documented text; `{0}` marks what a fault fills in.
    pub message: &'static str,
    /// Where code and message are documented.
    pub source: &'static str,
}

macro_rules! codes {
    ($($ident:ident = $value:literal, $kind:ident, $name:literal, $message:literal, $source:literal;)*) => {
        /// Every error code the emulator can answer with.
        #[allow(non_upper_case_globals, reason = "the names are the SDK's own")]
        pub mod code {
            use super::{Code, Kind};
            $(
                #[doc = concat!("`", $name, "`: ", $message)]
                pub static $ident: Code =
                    Code { value: $value, name: $name, kind: Kind::$kind, message: $message, source: $source };
            )*
            /// All rows of the table, for listings and tests.
            pub static ALL: &[&Code] = &[$(&$ident),*];
        }
    };
}

codes! {
    RequiredFieldMissing = 0x8004_0200, Invalid, "RequiredFieldMissing", "Required field missing.", "ERR";
    InvalidXml = 0x8004_0201, Invalid, "InvalidXml", "Invalid XML.", "ERR";
    InvalidArgument = 0x8004_0203, Invalid, "InvalidArgument", "Invalid argument.", "ERR";
    InvalidUserAuth = 0x8004_0204, Unauthenticated, "InvalidUserAuth", "User does not have the privilege to perform this action.", "ERR";
    InvalidSharee = 0x8004_020C, Invalid, "InvalidSharee", "Invalid share id.", "ERR";
    InvalidAccessRights = 0x8004_020D, Denied, "InvalidAccessRights", "Invalid access rights.", "ERR";
    CannotShareWithOwner = 0x8004_0214, Invalid, "CannotShareWithOwner", "An item cannot be shared with the owning user.", "ERR";
    UnexpectedError = 0x8004_0216, Internal, "UnexpectedError", "An unexpected error occurred.", "ERR";
    ObjectDoesNotExist = 0x8004_0217, NotFound, "ObjectDoesNotExist", "The specified object was not found.", "ERR";
    MissingUserId = 0x8004_021B, Invalid, "MissingUserId", "The user id or the team id is missing.", "ERR";
    PrivilegeDenied = 0x8004_0220, Denied, "PrivilegeDenied", "The user does not hold the necessary privileges.", "ERR";
    UserNotEnabled = 0x8004_0225, Denied, "unManagedidsusernotenabled", "The specified user is either disabled or is not a member of any business unit.", "ERR";
    CannotDeleteDueToAssociation = 0x8004_0227, NotAllowed, "CannotDeleteDueToAssociation", "The object you tried to delete is associated with another object and cannot be deleted.", "ERR";
    CannotDeleteAsItIsReadOnly = 0x8004_0228, Invalid, "CannotDeleteAsItIsReadOnly", "The object cannot be deleted because it is read-only.", "ERR";
    InvalidOwnerID = 0x8004_0229, Invalid, "InvalidOwnerID", "The owner ID is invalid or missing.", "ERR";
    OwnerNotEnabled = 0x8004_022B, Invalid, "unManagedidsownernotenabled", "The specified owner has been disabled.", "ERR";
    PrincipalPrivilegeDenied = 0x8004_0231, Denied, "PrincipalPrivilegeDenied", "Target user or team does not hold required privileges.", "ERR";
    DuplicateRecord = 0x8004_0237, Precondition, "DuplicateRecord", "Operation failed due to a SQL integrity violation.", "ERR";
    InvalidOperation = 0x8004_023B, NotAllowed, "InvalidOperation", "Invalid Operation performed.", "ERR";
    InvalidFetchXml = 0x8004_0303, Invalid, "InvalidFetchXml", "Malformed FetchXml.", "ERR";
    BusinessNotEnabled = 0x8004_032C, Denied, "BusinessNotEnabled", "The specified business unit is disabled.", "ERR, status decided";
    CannotAssignToDisabledBusiness = 0x8004_032D, Invalid, "CannotAssignToDisabledBusiness", "The specified business unit cannot be assigned to because it is disabled.", "ERR";
    InvalidPrivilegeId = 0x8004_04CE, Invalid, "unManagedinvalidprivilegeid", "The privilege id is invalid or missing.", "ERR";
    SdkEntityDoesNotSupportMessage = 0x8004_0800, NotAllowed, "SdkEntityDoesNotSupportMessage", "The method being invoked does not support provided entity type.", "ERR, status decided";
    QueryBuilderInvalidUseRawOrderBy = 0x8004_10FD, Invalid, "QueryBuilderDeserializeInvalidUseRawOrderBy", "The only valid values for useraworderby attribute are 'true', 'false', '1', and '0'.", "ERR";
    QueryBuilderNoEntity = 0x8004_1102, Invalid, "QueryBuilderNoEntity", "The specified entity was not found.", "ERR";
    QueryBuilderNoAttribute = 0x8004_1103, Invalid, "QueryBuilderNoAttribute", "The specified attribute does not exist on this entity.", "ERR";
    QueryBuilderLinkAttributesTypeMismatch = 0x8004_1104, Invalid, "QueryBuilderLinkAttributesTypeMismatch", "Data Types don't match for the link-entity join attributes '{0}', '{1}'.", "ERR";
    QueryBuilderBadCondition = 0x8004_1106, Invalid, "QueryBuilderBad_Condition", "Incorrect filter condition or conditions.", "ERR";
    QueryBuilderAttributeWithAggregate = 0x8004_1107, Invalid, "QueryBuilderAttribute_With_Aggregate", "Attributes can not be returned when aggregate operation is specified.", "ERR";
    QueryBuilderInvalidValue = 0x8004_1108, Invalid, "QueryBuilderInvalid_Value", "Invalid value specified for type.", "ERR";
    QueryBuilderInvalidAlias = 0x8004_1109, Invalid, "QueryBuilderInvalid_Alias", "Invalid alias for aggregate operation.", "ERR";
    QueryBuilderAliasDoesNotExist = 0x8004_110A, Invalid, "QueryBuilderAlias_Does_Not_Exist", "The specified alias for the given entity in the condition does not exist.", "ERR";
    QueryBuilderNoAlias = 0x8004_110B, Invalid, "QueryBuilderNoAlias", "No alias for the given entity in the condition was found.", "ERR";
    QueryBuilderValueGreaterThanZero = 0x8004_110C, Invalid, "QueryBuilderValue_GreaterThanZero", "A value greater than zero must be specified.", "queries.md B.9";
    QueryBuilderMultipleIntersectEntities = 0x8004_110E, Invalid, "QueryBuilderMultipleIntersectEntities", "More than one intersect entity exists between the two entities specified.", "ERR";
    QueryBuilderAttributePairMismatch = 0x8004_1111, Invalid, "QueryBuilderAttributePairMismatch", "AttributeFrom and AttributeTo must be either both specified or both omitted.", "ERR";
    QueryBuilderInvalidDistinct = 0x8004_1115, Invalid, "QueryBuilderDeserializeInvalidDistinct", "The only valid values for distinct attribute are 'true', 'false', '1', and '0'.", "ERR";
    QueryBuilderInvalidMapping = 0x8004_1116, Invalid, "QueryBuilderDeserializeInvalidMapping", "The only valid values for mapping are 'logical' or 'internal' which is deprecated.", "ERR";
    QueryBuilderInvalidLinkType = 0x8004_1117, Invalid, "QueryBuilderDeserializeInvalidLinkType", "The only valid values for link-type attribute are 'natural', 'inner','in','exists','matchfirstrowusingcrossapply' and 'outer'.", "ERR";
    QueryBuilderInvalidNoLock = 0x8004_1118, Invalid, "QueryBuilderDeserializeInvalidNoLock", "The only valid values for no-lock attribute are 'true', 'false', '1', and '0'.", "ERR";
    QueryBuilderInvalidDescending = 0x8004_1119, Invalid, "QueryBuilderDeserializeInvalidDescending", "The only valid values for descending attribute are 'true', 'false', '1', and '0'.", "ERR";
    QueryBuilderInvalidAggregate = 0x8004_111A, Invalid, "QueryBuilderDeserializeInvalidAggregate", "An error occurred while processing Aggregates in Query", "ERR";
    QueryBuilderInvalidMinActiveRowVersion = 0x8004_111B, Invalid, "QueryBuilderDeserializeInvalidGetMinActiveRowVersion", "The only valid values for GetMinActiveRowVersion attribute are 'true', 'false', '1', and '0'.", "ERR";
    QueryBuilderInvalidNode = 0x8004_111C, Invalid, "QueryBuilderDeserializeInvalidNode", "The element node encountered is invalid.", "ERR";
    QueryBuilderInvalidUtcOffset = 0x8004_111D, Invalid, "QueryBuilderDeserializeInvalidUtcOffset", "The utc-offset attribute is not supported for deserialization.", "ERR";
    QueryBuilderAttributeNotFound = 0x8004_111E, Invalid, "QueryBuilderAttributeNotFound", "A required attribute was not specified.", "ERR";
    QueryBuilderInvalidConditionOperator = 0x8004_1120, Invalid, "QueryBuilderInvalidConditionOperator", "Unsupported condition operator.", "ERR";
    QueryBuilderInvalidFilterType = 0x8004_1122, Invalid, "QueryBuilderInvalidFilterType", "Unsupported filter type. Valid values are 'and', or 'or'.", "ERR";
    QueryBuilderElementNotFound = 0x8004_1123, Invalid, "QueryBuilderElementNotFound", "A required element was not specified.", "ERR";
    QueryBuilderLinkNodeForOrderNotFound = 0x8004_1126, Invalid, "QueryBuilderLinkNodeForOrderNotFound", "Converting from Query to EntityExpression failed. Link Node for order was not found.", "ERR";
    QueryBuilderEntitiesDontMatch = 0x8004_1128, Invalid, "QueryBuilderEntitiesDontMatch", "The entity name specified in fetchxml does not match the entity name specified in the Entity or Query Expression.", "ERR";
    QueryBuilderPagingOrderBy = 0x8004_1129, Invalid, "QueryBuilderPagingOrderBy", "Order by columns do not match those in paging cookie.", "queries.md B.9";
    QueryBuilderInvalidPagingCookie = 0x8004_112A, Invalid, "QueryBuilderInvalidPagingCookie", "Invalid page number in paging cookie.", "queries.md B.9";
    QueryBuilderNoAttrsDistinctConflict = 0x8004_112C, Invalid, "QueryBuilderNoAttrsDistinctConflict", "The no-attrs tag cannot be used in conjuction with Distinct set to true.", "ERR";
    QueryBuilderInvalidGroupBy = 0x8004_112E, Invalid, "QueryBuilderDeserializeInvalidGroupBy", "The only valid values for groupby attribute are 'true', 'false', '1', and '0'.", "ERR";
    QueryBuilderInvalidAggregateAttribute = 0x8004_112F, Invalid, "QueryBuilderInvalidAggregateAttribute", "Aggregate {0} is not supported for attribute of type {1}.", "ERR";
    QueryBuilderDuplicateAlias = 0x8004_1130, Invalid, "QueryBuilderDuplicateAlias", "FetchXML should have unique aliases.", "ERR";
    QueryBuilderAttributeNotAllowedForAggregateOrderBy = 0x8004_1131, Invalid, "QueryBuilderAttributeNotAllowedForAggregateOrderBy", "An attribute cannot be specified for an order clause for an aggregate Query. Use an alias.", "ERR";
    QueryBuilderAliasNotAllowedForNonAggregateOrderBy = 0x8004_1132, Invalid, "QueryBuilderAliasNotAllowedForNonAggregateOrderBy", "An alias cannot be specified for an order clause for a non-aggregate Query. Use an attribute.", "ERR";
    QueryBuilderAttributeRequiredForNonAggregateOrderBy = 0x8004_1133, Invalid, "QueryBuilderAttributeRequiredForNonAggregateOrderBy", "An attribute is required for an order clause for a non-aggregate Query.", "ERR";
    QueryBuilderAliasRequiredForAggregateOrderBy = 0x8004_1134, Invalid, "QueryBuilderAliasRequiredForAggregateOrderBy", "An alias is required for an order clause for an aggregate Query.", "ERR";
    QueryBuilderInvalidDateGrouping = 0x8004_1135, Invalid, "QueryBuilderInvalidDateGrouping", "An invalid value was specified for dategrouping.", "ERR";
    QueryBuilderAttributeCannotBeGroupByAndAggregate = 0x8004_1137, Invalid, "QueryBuilderAttributeCannotBeGroupByAndAggregate", "An attribute can either be an aggregate or a Group By but not both", "ERR";
    QueryBuilderInvalidIsQuickFindFilter = 0x8004_1138, Invalid, "QueryBuilderSerializationInvalidIsQuickFindFilter", "The only valid values for isquickfindfields attribute are 'true', 'false', '1', and '0'.", "ERR";
    QueryBuilderInvalidAttributeValue = 0x8004_1139, Invalid, "QueryBuilderInvalidAttributeValue", "The attribute value provided is invalid.", "ERR";
    RoleAlreadyExists = 0x8004_1403, Invalid, "RoleAlreadyExists", "A role with the specified name '{0}' already exists on business unit {1} and Solution Id {3}. Role id: {2}", "ERR";
    UserInWrongBusiness = 0x8004_1409, Invalid, "UserInWrongBusiness", "The user with id={0} belongs to a different business unit={1} than the role with roleId={2} and rolebusinessUnit={3}.", "ERR";
    InvalidPrivilegeDepth = 0x8004_140B, Invalid, "InvalidPrivilegeDepth", "Invalid privilege depth.", "ERR";
    CannotDeleteInheritedRole = 0x8004_140C, Invalid, "unManagedidsrolesdeletenonparentrole", "Cannot delete a role that is inherited from a parent business.", "ERR";
    TeamInWrongBusiness = 0x8004_140D, Invalid, "TeamInWrongBusiness", "The team with id={0} belongs to a different business unit={1} than the role with roleId={2} and roleBusinessUnit={3}.", "ERR";
    DuplicatedPrivilege = 0x8004_140F, Invalid, "DuplicatedPrivilege", "Privilege {0} is duplicated.", "ERR";
    UserCannotBeOwnParent = 0x8004_1D06, Invalid, "unManagedidsbizmgmtusercannotbeownparent", "The user can not be its own parent user.", "ERR";
    TeamAdministratorMissedPrivilege = 0x8004_1D0A, Invalid, "TeamAdministratorMissedPrivilege", "The team administrator does not have privilege read team.", "ERR";
    MissingTeamName = 0x8004_1D0B, Invalid, "MissingTeamName", "The team name was unexpectedly missing.", "ERR";
    BusinessManagementInvalidUserId = 0x8004_1D1F, Invalid, "BusinessManagementInvalidUserId", "The user Id(s) [{0}] is invalid.", "ERR";
    BusinessManagementLoopBeingCreated = 0x8004_1D21, Invalid, "BusinessManagementLoopBeingCreated", "Creating this parental association would create a loop in business hierarchy.", "ERR";
    UserLoopExists = 0x8004_1D24, Invalid, "UserLoopExists", "A manager for this user cannot be set because an existing relationship in the management hierarchy is causing a circular relationship. This is usually caused by a manual edit of the Microsoft Dynamics 365 database.", "ERR";
    UserLoopBeingCreated = 0x8004_1D25, Invalid, "UserLoopBeingCreated", "You cannot set the selected user as the manager for this user because the selected user is either already the manager or is in the user's immediate management hierarchy. Either select another user to be the manager or do not update the record.", "ERR";
    ParentUserDoesNotExist = 0x8004_1D27, Invalid, "ParentUserDoesNotExist", "The parent user Id is invalid.", "ERR";
    UserSettingsNotCreated = 0x8004_1D2B, Invalid, "unManagedidsbizmgmtusersettingsnotcreated", "The specified user's settings have not yet been created.", "ERR";
    UserAlreadyExists = 0x8004_1D2C, Invalid, "UserAlreadyExists", "The specified Active Directory user already exists as a Dynamics 365 user.", "ERR";
    CannotDeleteSysAdmin = 0x8004_1D2E, Invalid, "CannotDeleteSysAdmin", "The System Administrator Role cannot be deleted.", "ERR";
    CannotDisableSysAdmin = 0x8004_1D2F, Invalid, "CannotDisableSysAdmin", "A user cannot be disabled if they are the only user that has the System Administrator Role.", "ERR";
    CannotRemoveFromSysAdmin = 0x8004_1D30, Invalid, "CannotRemoveFromSysAdmin", "A user cannot be removed from the System Administrator Role if they are the only user that has the role.", "ERR";
    CannotModifySysAdmin = 0x8004_1D31, Invalid, "CannotModifySysAdmin", "The System Administrator Role cannot be modified.", "ERR";
    CannotModifySpecialUser = 0x8004_1D33, Invalid, "CannotModifySpecialUser", "No modifications to the 'SYSTEM' or 'INTEGRATION' user are permitted.", "ERR";
    CannotMakeReadOnlyUser = 0x8004_1D38, Invalid, "CannotMakeReadOnlyUser", "A user cannot be made a read only user if they are the last non read only user that has the System Administrator Role.", "ERR";
    CannotMakeSelfReadOnlyUser = 0x8004_1D39, Invalid, "CannotMakeSelfReadOnlyUser", "You cannot make yourself a read only user", "ERR";
    ReadOnlyUserNotSupported = 0x8004_1D40, Invalid, "ReadOnlyUserNotSupported", "The read-only access mode is not supported", "ERR";
    SupportUserCannotBeCreateNorUpdated = 0x8004_1D41, Invalid, "SupportUserCannotBeCreateNorUpdated", "The support user cannot be updated", "ERR";
    CannotDeleteSupportUser = 0x8004_1D42, Invalid, "CannotDeleteSupportUser", "The Support User Role cannot be deleted.", "ERR";
    CannotModifySupportUser = 0x8004_1D43, Invalid, "CannotModifySupportUser", "The Support User Role cannot be modified.", "ERR";
    CannotAssignSupportUser = 0x8004_1D44, Invalid, "CannotAssignSupportUser", "The Support User Role cannot be assigned to a user.", "ERR";
    CannotRemoveFromSupportUser = 0x8004_1D45, Invalid, "CannotRemoveFromSupportUser", "A user cannot be removed from the Support User Role.", "ERR";
    CannotCreateFromSupportUser = 0x8004_1D46, Invalid, "CannotCreateFromSupportUser", "Cannot create a role from Support User Role.", "ERR";
    ApplicationUserCannotBeUpdated = 0x8004_1D48, Invalid, "ApplicationUserCannotBeUpdated", "The user representing an OAuth application cannot not be updated", "ERR";
    CannotDeleteSystemCustomizer = 0x8004_1D4A, Invalid, "CannotDeleteSystemCustomizer", "The System Customizer Role cannot be deleted.", "ERR";
    CannotCreateSyncUserObjectMissing = 0x8004_1D4B, Invalid, "CannotCreateSyncUserObjectMissing", "This is not a valid Microsoft Online Services ID for this organization.", "ERR";
    CannotUpdateSyncUserIsLicensedField = 0x8004_1D4C, Invalid, "CannotUpdateSyncUserIsLicensedField", "The property IsLicensed cannot be modified.", "ERR";
    CannotCreateSyncUserIsLicensedField = 0x8004_1D4D, Invalid, "CannotCreateSyncUserIsLicensedField", "The property IsLicensed cannot be set for Sync User Creation.", "ERR";
    CannotUpdateSyncUserIsSyncWithDirectoryField = 0x8004_1D4E, Invalid, "CannotUpdateSyncUserIsSyncWithDirectoryField", "The property IsSyncUserWithDirectory cannot be modified.", "ERR";
    CannotUpdateAzureActiveDirectoryObjectIdField = 0x8004_1D4F, Invalid, "CannotUpdateAzureActiveDirectoryObjectIdField", "The property AzureActiveDirectoryObjectId cannot be modified.", "ERR";
    CannotAssignRolesToSupportUser = 0x8004_1D51, Invalid, "CannotAssignRolesToSupportUser", "The support user are read-only, which cannot be assigned with other roles", "ERR";
    BusinessUnitCannotBeDisabled = 0x8004_1D59, Invalid, "BusinessUnitCannotBeDisabled", "Business unit cannot be disabled: no active user with system admin role exists outside of business unit subtree.", "ERR";
    CannotDeleteCDSUser = 0x8004_1D5A, Invalid, "CannotDeleteCDSUser", "The Common Data Service User Role cannot be deleted.", "ERR";
    BusinessUnitIsNotDisabledAndCannotBeDeleted = 0x8004_1D60, Invalid, "BusinessUnitIsNotDisabledAndCannotBeDeleted", "Not disabled business unit cannot be deleted.", "ERR";
    BusinessUnitHasChildAndCannotBeDeleted = 0x8004_1D61, Invalid, "BusinessUnitHasChildAndCannotBeDeleted", "Business unit has a child business unit and cannot be deleted.", "ERR";
    BusinessUnitDefaultTeamOwnsRecords = 0x8004_1D62, Invalid, "BusinessUnitDefaultTeamOwnsRecords", "Business unit default team owns records. Business unit cannot be deleted.", "ERR";
    RootBusinessUnitCannotBeDisabled = 0x8004_1D63, Invalid, "RootBusinessUnitCannotBeDisabled", "Root Business unit cannot be disabled.", "ERR";
    CannotRemoveTenantAdminFromSysAdminRole = 0x8004_1D64, Invalid, "CannotRemoveTenantAdminFromSysAdminRole", "Users who are granted the Microsoft Office 365 Global administrator or Service administrator role cannot be removed from the Microsoft Dynamics 365 System Administrator security role. You must first remove the Microsoft Office 365 role, and then try again.", "ERR";
    CannotDisableTenantAdmin = 0x8004_1D65, Invalid, "CannotDisableTenantAdmin", "Users who are granted the Microsoft Office 365 Global administrator or Service administrator role cannot be disabled in Microsoft Dynamics 365 Online. You must first remove the Microsoft Office 365 role, and then try again.", "ERR";
    InvalidAccessModeTransition = 0x8004_1D66, Invalid, "InvalidAccessModeTransition", "The client access license cannot be changed because the user does not have a Microsoft Dynamics 365 Online license. To change the access mode, you must first add a license for this user in the Microsoft Online Service portal.", "ERR";
    DelegatedAdminUserCannotBeCreateNorUpdated = 0x8004_1D67, Invalid, "DelegatedAdminUserCannotBeCreateNorUpdated", "The delegated admin user cannot be updated", "ERR";
    UserNotAssignedRoles = 0x8004_2F09, Denied, "UserNotAssignedRoles", "The user has not been assigned any roles.", "ERR, status decided";
    TeamNotAssignedRoles = 0x8004_2F0A, Invalid, "TeamNotAssignedRoles", "The team has not been assigned any roles.", "ERR";
    LicenseNotEnoughToActivate = 0x8004_2F14, Invalid, "LicenseNotEnoughToActivate", "There are not enough licenses available for the number of users being activated.", "ERR";
    RestrictInheritedRole = 0x8004_4152, Invalid, "RestrictInheritedRole", "Inherited roles cannot be modified.", "ERR";
    CannotDisableUserWithWorkflows = 0x8004_4154, Invalid, "unManagedidscantdisable", "The user cannot be disabled because they have workflow rules running under their context.", "ERR";
    NonInteractiveUserCannotAccessUI = 0x8004_4160, Denied, "NonInteractiveUserCannotAccessUI", "Non-interactive users cannot access the web user interface. Contact your organization system administrator.", "ERR, status decided";
    CallerCannotChangeOwnDomainName = 0x8004_4161, Invalid, "CallerCannotChangeOwnDomainName", "The caller cannot change their own domain name", "ERR";
    LanguageNotValid = 0x8004_4195, Invalid, "LanguageNotValid", "The language code {0} is not a valid language for this organization.", "answers of the service, name decided";
    UserSettingsOverMaxPagingLimit = 0x8004_4305, Invalid, "UserSettingsOverMaxPagingLimit", "Paging limit over maximum configured value.", "ERR";
    LegacyPagingLimitExceeded = 0x8004_430A, Invalid, "LegacyPagingLimitExceeded", "The number of rows exceeds the 50,000 that paging without a cookie can reach.", "queries.md B.6, name and text decided";
    TooManyConditionsInQuery = 0x8004_430C, Invalid, "TooManyConditionsInQuery", "Number of conditions in query exceeded maximum limit.", "queries.md B.8";
    TooManyLinkEntitiesInQuery = 0x8004_430D, Invalid, "TooManyLinkEntitiesInQuery", "Number of link entities in query exceeded maximum limit.", "queries.md B.8";
    TooManyConditionParametersInQuery = 0x8004_430E, Invalid, "TooManyConditionParametersInQuery", "Number of parameters in a condition exceeded maximum limit.", "queries.md B.8";
    PicklistValueOutOfRange = 0x8004_431A, Invalid, "PicklistValueOutOfRange", "The picklist value is out of the range.", "ERR";
    NumberOutOfRange = 0x8004_432F, Invalid, "ValueOutOfRange", "A validation error occurred. The number is outside the valid range.", "web-api.md 3.3";
    DecimalOutOfRange = 0x8004_4330, Invalid, "DecimalValueOutOfRange", "A validation error occurred. The number is outside the valid range.", "web-api.md 3.3";
    StringLengthTooLong = 0x8004_4331, Invalid, "StringLengthTooLong", "A validation error occurred.  The length of the '{attribute}' attribute of the '{entity}' entity exceeded the maximum allowed length of '{max}'.", "web-api.md 3.3";
    InsufficientAccessMode = 0x8004_4502, Denied, "InsufficientAccessMode", "User does not have read-write access to the Dynamics 365 organization.", "ERR, status decided";
    HierarchicalOperatorWithoutRelationship = 0x8004_7020, Invalid, "HierarchicalOperatorWithoutRelationship", "This query uses a hierarchical operator, but the {0} entity doesn't have a hierarchical relationship.", "queries.md A.9, name decided";
    InvalidDomainName = 0x8004_8015, Invalid, "InvalidDomainName", "The domain logon for this user is invalid. Select another domain logon and try again.", "ERR";
    TeamNameTooLong = 0x8004_8305, Invalid, "TeamNameTooLong", "The specified name for the team is too long.", "ERR";
    RecordAccessDenied = 0x8004_8306, Denied, "unManagedIdsAccessDenied", "Not enough privilege to access the Microsoft Dynamics 365 object or perform the requested operation.", "ERR, status decided";
    CannotDeleteDefaultTeam = 0x8004_8307, Invalid, "CannotDeleteDefaultTeam", "The default business unit team can't be deleted.", "ERR";
    CannotSetParentDefaultTeam = 0x8004_8308, Invalid, "CannotSetParentDefaultTeam", "The default business unit team parent can't be set.", "ERR";
    CannotUpdateNameDefaultTeam = 0x8004_830A, Invalid, "CannotUpdateNameDefaultTeam", "The default business unit team name can't be updated.", "ERR";
    CannotAddMembersToDefaultTeam = 0x8004_830B, Invalid, "CannotAddMembersToDefaultTeam", "Can't add members to the default business unit team.", "ERR";
    CannotRemoveMembersFromDefaultTeam = 0x8004_830C, Invalid, "CannotRemoveMembersFromDefaultTeam", "Can't remove members from the default business unit team.", "ERR";
    CannotDeleteTeamOwningRecords = 0x8004_830E, Invalid, "CannotDeleteTeamOwningRecords", "Can't delete a team which owns records. Reassign the records and try again.", "ERR";
    CannotAssignRolesOrProfilesToAccessTeam = 0x8004_8331, Invalid, "CannotAssignRolesOrProfilesToAccessTeam", "Cannot assign roles or profiles to an access team.", "ERR";
    TooManyEntitiesEnabledForAutoCreatedAccessTeams = 0x8004_8332, Invalid, "TooManyEntitiesEnabledForAutoCreatedAccessTeams", "Too many entities enabled for auto created access teams.", "ERR";
    TooManyTeamTemplatesForEntityAccessTeams = 0x8004_8333, Invalid, "TooManyTeamTemplatesForEntityAccessTeams", "Current number of teams: {0} is greater than teams limit: {1} for entity with ObjectTypeCode {2}", "ERR";
    EntityNotEnabledForAutoCreatedAccessTeams = 0x8004_8334, Invalid, "EntityNotEnabledForAutoCreatedAccessTeams", "This entity is not enabled for auto created access teams.", "ERR";
    InvalidAccessMaskForTeamTemplate = 0x8004_8335, Invalid, "InvalidAccessMaskForTeamTemplate", "Invalid access mask is specified for team template.", "ERR";
    CannotChangeTeamTypeDueToRoleOrProfile = 0x8004_8336, Invalid, "CannotChangeTeamTypeDueToRoleOrProfile", "You cannot modify the type of the team because there are security roles or field security profiles assigned to the team.", "ERR";
    CannotChangeTeamTypeDueToOwnership = 0x8004_8337, Invalid, "CannotChangeTeamTypeDueToOwnership", "You cannot modify the type of the team because there are records owned by the team.", "ERR";
    CannotDisableAutoCreateAccessTeams = 0x8004_8338, Invalid, "CannotDisableAutoCreateAccessTeams", "You cannot disable the auto create access team setting while there are associated team templates.", "ERR";
    CannotShareSystemManagedTeam = 0x8004_8339, Invalid, "CannotShareSystemManagedTeam", "You can't share or unshare a record with a system-generated access team.", "ERR";
    CannotAssignToAccessTeam = 0x8004_8340, Invalid, "CannotAssignToAccessTeam", "You cannot assign a record to the access team. You can assign a record to the owner team.", "ERR";
    TargetUserInsufficientPrivileges = 0x8004_8342, Invalid, "TargetUserInsufficientPrivileges", "The user can't be added to the team because the user doesn't have the \"{0}\" privilege.", "ERR";
    InsufficientPrivilegesSupportUser = 0x8004_8345, Denied, "InsufficientPrivilegesSupportUser", "Support user does not have permission to perform this operation.", "ERR, status decided";
    AccessDenied = 0x8004_8405, Denied, "AccessDenied", "Access is denied.", "ERR";
    InvalidStateCodeStatusCode = 0x8004_8408, Invalid, "InvalidStateCodeStatusCode", "State code is invalid or state code is valid but status code is invalid for a specified state code.", "web-api.md 3.3";
    InvalidPayload = 0x8004_8D19, Invalid, "InvalidPayload", "Error identified in Payload provided by the user.", "web-api.md 3.3";
    CannotActOnBehalfOfAnotherUser = 0x8004_A110, Denied, "CannotActOnBehalfOfAnotherUser", "User does not have the privilege to act on behalf another user.", "ERR";
    SystemUserDisabled = 0x8004_A112, Unauthenticated, "SystemUserDisabled", "The system user was disabled therefore the ticket expired.", "ERR, status decided";
    UserDoesNotHaveAdminOnlyModePermissions = 0x8004_A113, Denied, "UserDoesNotHaveAdminOnlyModePermissions", "User does not have required privileges (or role membership) to access the org when it is in Admin Only mode.", "ERR, status decided";
    InvalidUserQuota = 0x8004_B011, Invalid, "InvalidUserQuota", "You have reached the maximum number of user quota", "ERR";
    InvalidRole = 0x8004_B012, Invalid, "InvalidRole", "You have not assigned roles to this user", "ERR";
    CrmLiveDuplicateWindowsLiveId = 0x8004_B046, Invalid, "CrmLiveDuplicateWindowsLiveId", "A user with this username already exists.", "ERR";
    InvalidInteractiveUserQuota = 0x8004_B049, Invalid, "InvalidInteractiveUserQuota", "You have reached the maximum number of interactive/full users.", "ERR";
    InvalidNonInteractiveUserQuota = 0x8004_B050, Invalid, "InvalidNonInteractiveUserQuota", "You have reached the maximum number of non-interactive users/", "ERR";
    CrmLiveAddOnAddLicenseLimitReached = 0x8004_B056, Invalid, "CrmLiveAddOnAddLicenseLimitReached", "Your subscription has the maximum number of user licenses available. For additional licenses, please contact our sales organization at 1-877-Dynamics 365-CHOICE (276-2464).", "ERR";
    CannotInviteDisabledUser = 0x8004_D212, Invalid, "CannotInviteDisabledUser", "An invitation cannot be sent to a disabled user", "ERR";
    UserNotAssignedLicense = 0x8004_D24B, Denied, "UserNotAssignedLicense", "The user has not been assigned any License", "ERR, status decided";
    UserCannotEnableWithoutLicense = 0x8004_D24C, Invalid, "UserCannotEnableWithoutLicense", "Cannot enable an unlicensed user", "ERR";
    AggregateQueryRecordLimit = 0x8004_E023, Invalid, "AggregateQueryRecordLimitExceeded", "AggregateQueryRecordLimit exceeded. Cannot perform this operation.", "queries.md B.7";
    CannotAddOrActonBehalfAnotherUserPrivilege = 0x8004_ED43, Denied, "CannotAddOrActonBehalfAnotherUserPrivilege", "Act on Behalf of Another User privilege cannot be added or removed.", "ERR";
    AttributePrivilegeCreateIsMissing = 0x8004_F502, Denied, "AttributePrivilegeCreateIsMissing", "The user does not have create permissions to a secured field. The requested operation could not be completed.", "ERR";
    CannotRemoveSysAdminProfileFromSysAdminUser = 0x8004_F505, Invalid, "CannotRemoveSysAdminProfileFromSysAdminUser", "The Sys Admin Profile cannot be removed from a user with a Sys Admin Role", "ERR";
    AttributePermissionUpdateIsMissingDuringUpdate = 0x8004_F507, Denied, "AttributePermissionUpdateIsMissingDuringUpdate", "The user doesn't have AttributePrivilegeUpdate and not granted shared access for a secured attribute during update operation", "ERR";
    AttributeNotSecured = 0x8004_F508, Invalid, "AttributeNotSecured", "One or more fields are not enabled for field level security. Field level security is not enabled until you publish the customizations.", "ERR";
    AdminProfileCannotBeEditedOrDeleted = 0x8004_F50C, Invalid, "AdminProfileCannotBeEditedOrDeleted", "The System Administrator field security profile cannot be modified or deleted.", "ERR";
    AttributePermissionIsInvalid = 0x8004_F50E, Invalid, "AttributePermissionIsInvalid", "Permission '{0}' for field '{1}' with id={2} is invalid.", "ERR";
    DuplicateApplicationUser = 0x8004_F511, Invalid, "DuplicateApplicationUser", "You are attempting to create an Application ID = {0} that already exists.", "ERR";
    ConcurrencyVersionMismatch = 0x8006_0882, Precondition, "ConcurrencyVersionMismatch", "The version of the existing record doesn't match the RowVersion property provided.", "web-api.md 3.3";
    ConcurrencyVersionNotProvided = 0x8006_0883, Invalid, "ConcurrencyVersionNotProvided", "The RowVersion property must be provided when the value of ConcurrencyBehavior is IfVersionMatches.", "web-api.md 3.3";
    CrmHttpError = 0x8006_0888, Invalid, "CrmHttpError", "Bad Request - Error in query syntax.", "web-api.md 3.3";
    CrmHttpNotSupported = 0x8006_088A, NotFound, "CrmHttpNotSupported", "Resource not found for the segment.", "web-api.md 3.3";
    OptimisticConcurrencyNotEnabled = 0x8006_088D, Invalid, "OptimisticConcurrencyNotEnabled", "Optimistic concurrency isn't enabled for entity type {0}.", "web-api.md 3.3";
    InvalidEntityKey = 0x8006_0890, Invalid, "InvalidEntityKeyException", "The specified key attributes are not a defined key for the {0} entity", "web-api.md 3.3";
    RecordNotFoundByEntityKey = 0x8006_0891, NotFound, "RecordNotFoundByEntityKey", "A record with the specified key values does not exist in {0} entity", "web-api.md 3.3";
    DuplicateEntityKey = 0x8006_0892, Precondition, "DuplicateRecordEntityKey", "Entity Key {0} violated. A record with the same value for {1} already exists. A duplicate record cannot be created. Select one or more unique values and try again.", "web-api.md 3.3";
    RetrieveUserLicenseUnexpectedError = 0x8007_2300, Internal, "RetrieveUserLicenseUnexpectedError", "Unexpected error during retrieve user license information. The dependent services might not be available at this time. Please retry later.", "ERR, status decided";
    ThrottlingBurstRequestLimitExceeded = 0x8007_2322, Throttled, "ThrottlingBurstRequestLimitExceededError", "Number of requests exceeded the limit of 6000 over time window of 300 seconds.", "web-api.md 3.3";
    EntityNotEnabledForChangeTracking = 0x8007_2491, Invalid, "ChangeTrackingDisabled", "Entity {0} isn't enabled for change tracking.", "web-api.md 3.3";
    BusinessUnitQueuesAssociatedWithBU = 0x8007_2526, Invalid, "BusinessUnitQueuesAssociatedWithBU", "There are {0} queues referencing this BusinessUnit with id ={1}, Name = {2}. Please delete the queues before deleting this business unit or assign to a different Business Unit.", "ERR";
    UserNotMemberOfOrg = 0x8007_2560, Denied, "UserNotMemberOfOrg", "The user is not a member of the organization.", "ERR, status decided";
    NotEmulated = 0x0000_0000, NotEmulated, "NotEmulated", "The emulator does not emulate this.", "design.md";
}

/// An error as the product answers it, with the emulator's explanation beside it.
#[derive(Clone, PartialEq, Eq)]
pub struct Fault(Box<Inner>);

#[derive(Clone, PartialEq, Eq)]
struct Inner {
    code: &'static Code,
    kind: Kind,
    message: Cow<'static, str>,
    rules: SmallVec<[RuleId; 2]>,
    hint: Option<Cow<'static, str>>,
}

/// Most requests are not refused: what makes faults is cold, so that the code around it stays together.
impl Fault {
    /// A fault with the documented message of its code.
    #[cold]
    #[must_use]
    pub fn new(code: &'static Code) -> Self {
        Self::with(code, code.message)
    }

    /// A fault with a message of its own: the documented one filled in, or the text seen on the wire.
    #[cold]
    #[must_use]
    pub fn with(code: &'static Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            code,
            kind: code.kind,
            message: message.into(),
            rules: SmallVec::new(),
            hint: None,
        }))
    }

    /// The feature of the service that `feature` names is not emulated.
    #[cold]
    #[must_use]
    pub fn not_emulated(feature: impl fmt::Display) -> Self {
        Self::with(&code::NotEmulated, format!("The emulator does not emulate {feature}."))
    }

    /// Answers with another kind than the code's usual one.
    #[cold]
    #[must_use]
    pub fn kind_of(mut self, kind: Kind) -> Self {
        self.0.kind = kind;
        self
    }

    /// Adds the documented rule that decided.
    #[cold]
    #[must_use]
    pub fn rule(mut self, id: RuleId) -> Self {
        if !self.0.rules.contains(&id) {
            self.0.rules.push(id);
        }
        self
    }

    /// Says in one ASCII sentence what would have made the call succeed.
    #[cold]
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// The row of the code table.
    pub fn code(&self) -> &'static Code {
        self.0.code
    }

    /// What sort of refusal this is.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The text the service answers.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The documented rules that decided, in the order they were named.
    pub fn rules(&self) -> &[RuleId] {
        &self.0.rules
    }

    /// What would have made the call succeed.
    pub fn hint_text(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The code as it stands in an error body: `0x80040217`, or `NotEmulated`.
    pub fn code_text(&self) -> String {
        if self.0.code.value == 0 {
            self.0.code.name.to_owned()
        } else {
            format!("0x{:08x}", self.0.code.value)
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.code_text(), self.0.code.name, self.0.message)
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fault({self}")?;
        if !self.0.rules.is_empty() {
            write!(f, " {:?}", self.0.rules)?;
        }
        f.write_str(")")
    }
}

impl std::error::Error for Fault {}

/// What most operations of the emulator answer with.
pub type Result<T, E = Fault> = std::result::Result<T, E>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_stands_once() {
        let mut values: Vec<_> = code::ALL.iter().map(|code| code.value).collect();
        values.sort_unstable();
        let before = values.len();
        values.dedup();
        assert_eq!(values.len(), before, "a code stands twice in the table");
    }

    #[test]
    fn a_fault_keeps_what_it_is_told() {
        let fault = Fault::new(&code::InvalidNonInteractiveUserQuota)
            .rule(RuleId("U12"))
            .rule(RuleId("U12"))
            .hint("Disable one.");
        assert_eq!(fault.code_text(), "0x8004b050");
        assert_eq!(fault.rules(), [RuleId("U12")]);
        assert_eq!(fault.hint_text(), Some("Disable one."));
    }
}
