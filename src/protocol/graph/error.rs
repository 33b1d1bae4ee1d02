//! Refusals as Graph gives them: every code and text in one place.
//!
//! Source: Microsoft Graph, "Error responses and resource types", "Advanced query capabilities on Azure AD directory
//! objects"; the texts that they lack are those that administrators and client libraries report. Where nobody reports
//! one, `Assumed` stands beside it.

use std::borrow::Cow;
use std::fmt::Display;

use http::StatusCode;
use serde_json::json;

use super::reply::{Ids, Reply};
use crate::directory::sku::Sku;
use crate::fault::{Fault, Kind};
use crate::hosting::TenantError;

/// What Graph calls a request that it cannot read.
const MALFORMED: &str = "BadRequest";
/// What the directory calls a request that it refuses.
const REFUSED: &str = "Request_BadRequest";
/// What the directory calls a query that it has no index for.
const UNSUPPORTED: &str = "Request_UnsupportedQuery";

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Error {
    status: StatusCode,
    code: &'static str,
    message: Cow<'static, str>,
    /// Code and target of the one detail.
    detail: Option<Box<(&'static str, String)>>,
    hint: Option<Cow<'static, str>>,
    rule: Option<&'static str>,
}

pub(super) type Result<T> = std::result::Result<T, Error>;

impl Error {
    fn new(status: StatusCode, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, message: message.into(), detail: None, hint: None, rule: None }
    }

    fn malformed(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, MALFORMED, message)
    }

    fn refused(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, REFUSED, message)
    }

    fn unsupported(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, UNSUPPORTED, message)
    }

    /// What would have made the request succeed.
    pub(super) fn hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    fn detail(mut self, code: &'static str, target: impl Into<String>) -> Self {
        self.detail = Some(Box::new((code, target.into())));
        self
    }

    /// The answer.
    pub(super) fn into_reply(self, ids: &Ids) -> Reply {
        let mut error = json!({ "code": self.code, "message": self.message });
        if let Some((code, target)) = self.detail.as_deref() {
            error["details"] = json!([{ "code": code, "message": self.message, "target": target }]);
        }
        error["innerError"] = json!({ "date": ids.date, "request-id": ids.request.to_string(), "client-request-id": ids.client });
        let mut reply = Reply::error(self.status, json!({ "error": error }));
        reply.hint = self.hint;
        reply.rule = self.rule;
        reply
    }
}

/// The emulator does not do this; never a silent success.
pub(super) fn not_emulated(feature: impl Display) -> Error {
    let message = format!("The emulator does not emulate {feature}.");
    Error::new(StatusCode::NOT_IMPLEMENTED, "NotEmulated", message)
        .hint("GET /_emulator/v1/capabilities lists what is emulated.")
}

pub(super) fn unauthenticated() -> Error {
    Error::new(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", "Access token is empty.")
        .hint("The organization runs with auth=token: send a token that the emulator issued.")
}

pub(super) fn bad_token() -> Error {
    Error::new(
        StatusCode::UNAUTHORIZED,
        "InvalidAuthenticationToken",
        "CompactToken parsing failed with error code: 80049217",
    )
    .hint("The organization runs with auth=token: send a token that the emulator issued.")
}

pub(super) fn not_delegated() -> Error {
    Error::malformed("/me request is only valid with delegated authentication flow.")
        .hint("Send a token or a name that belongs to an account of the directory.")
}

pub(super) fn bad_version(version: &str) -> Error {
    Error::malformed(format!("Invalid version: {version}"))
        .hint("The emulator has the version v1.0: /graph/v1.0/users.")
}

pub(super) fn bad_address() -> Error {
    Error::malformed("The request URI is not valid since it is not a text in UTF-8.")
}

pub(super) fn unknown_segment(segment: &str) -> Error {
    Error::malformed(format!("Resource not found for the segment '{segment}'."))
}

/// Source: "HTTP status codes": 405.
pub(super) fn wrong_method() -> Error {
    Error::new(
        StatusCode::METHOD_NOT_ALLOWED,
        REFUSED,
        "Specified HTTP method is not allowed for the request target.",
    )
}

/// Source: "HTTP status codes": 406. `Assumed:` code and text.
pub(super) fn not_acceptable(accept: &str) -> Error {
    let message = format!(
        "A supported MIME type could not be found that matches the acceptable MIME types for the request: '{accept}'."
    );
    Error::new(StatusCode::NOT_ACCEPTABLE, MALFORMED, message)
        .hint("The directory answers in application/json.")
}

/// The status is that of the precondition. `Assumed:` objects of the directory have no `ETag`.
pub(super) fn precondition() -> Error {
    not_emulated("conditions on objects of the directory (If-Match, If-None-Match)")
}

pub(super) fn not_found(key: impl Display) -> Error {
    Error::new(
        StatusCode::NOT_FOUND,
        "Request_ResourceNotFound",
        format!(
            "Resource '{key}' does not exist or one of its queried reference-property objects are not present."
        ),
    )
}

pub(super) fn empty_body() -> Error {
    Error::malformed("Empty Payload. JSON content expected.")
}

pub(super) fn bad_body() -> Error {
    Error::malformed(
        "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON \
         format.",
    )
}

pub(super) fn unexpected_body() -> Error {
    Error::malformed("The request has a body, and this operation takes none.")
}

/// The `OData` library's text.
pub(super) fn not_a_guid() -> Error {
    Error::malformed(
        "Cannot convert a primitive value to the expected type 'Edm.Guid'. See the inner exception for more details.",
    )
}

pub(super) fn required(property: &str, resource: &str) -> Error {
    Error::refused(format!("A value is required for property '{property}' of resource '{resource}'."))
        .detail("InvalidValue", property)
}

pub(super) fn invalid_value(property: &str, resource: &str) -> Error {
    Error::refused(format!("Invalid value specified for property '{property}' of resource '{resource}'."))
        .detail("InvalidValue", property)
}

pub(super) fn invalid_name() -> Error {
    Error::refused("Property userPrincipalName is invalid.")
        .detail("InvalidValue", "userPrincipalName")
        .hint("A sign-in name reads name@domain: letters, digits and ' . - _ ! # ^ ~ before the @.")
}

pub(super) fn unknown_property(property: &str) -> Error {
    Error::refused(format!("Invalid property '{property}'."))
}

pub(super) fn read_only(property: &str) -> Error {
    Error::refused(format!("Property '{property}' is read-only and cannot be set."))
        .detail("ReadOnlyProperty", property)
}

/// What becomes of a reference to nothing. `Assumed:` the text.
pub(super) fn bad_reference() -> Error {
    Error::malformed("The entity reference link in '@odata.id' is not valid.")
        .hint(r#"Send {"@odata.id":".../directoryObjects/{id}"}."#)
}

pub(super) fn missing_parameters(action: &str, names: &str) -> Error {
    Error::refused(format!(
        "One or more parameters of the operation '{action}' are missing from the request payload. The missing \
         parameters are: {names}."
    ))
}

/// `Assumed:` the text.
pub(super) fn unknown_parameter(action: &str, name: &str) -> Error {
    Error::malformed(format!(
        "The parameter '{name}' in the request payload is not a valid parameter for the operation '{action}'."
    ))
}

/// `Assumed:` the text.
pub(super) fn unknown_sku(id: impl Display) -> Error {
    Error::refused(format!("Company does not have a subscription with SKU {id}."))
        .hint("GET subscribedSkus lists what can be assigned.")
}

/// `Assumed:` the text.
pub(super) fn unknown_plan(id: impl Display, sku: &Sku) -> Error {
    Error::refused(format!("Subscription with SKU {} does not have a service plan {id}.", sku.id))
}

/// `Assumed:` the text.
pub(super) fn added_and_removed() -> Error {
    Error::refused("License assignments contain duplicate entries.")
        .hint("A licence is either among addLicenses or among removeLicenses.")
}

pub(super) fn role_is_active() -> Error {
    Error::refused(
        "A conflicting object with one or more of the specified property values is present in the directory.",
    )
    .hint("Every role of the emulator's tenant is active from the start.")
}

pub(super) fn no_such_template(id: impl Display) -> Error {
    not_found(id).hint("GET directoryRoleTemplates lists the roles the emulator knows.")
}

pub(super) fn group_of_this_sort() -> Error {
    Error::refused(
        "The service does not currently support writes of mail-enabled groups. Please ensure that the mail-enablement \
         property is unset and the security-enablement property is set.",
    )
    .hint(r#"Send "mailEnabled": false and "securityEnabled": true."#)
}

/// Source: "List deletedItems": a type is part of the address. `Assumed:` code and text.
pub(super) fn deleted_of_which_type() -> Error {
    Error::unsupported("Listing deleted items needs a type.")
        .hint("GET directory/deletedItems/microsoft.graph.user")
}

pub(super) fn unknown_option(name: &str) -> Error {
    Error::malformed(format!("The query parameter '{name}' is not supported."))
}

pub(super) fn repeated_option(name: &str) -> Error {
    Error::malformed(format!(
        "Query option '{name}' was specified more than once, but it must be specified at most once."
    ))
}

pub(super) fn option_here(name: &str) -> Error {
    Error::unsupported(format!("'{name}' is not supported by the service."))
}

pub(super) fn bad_number(name: &str, value: &str) -> Error {
    Error::malformed(format!(
        "Invalid value '{value}' for {name} query option found. The {name} query option requires a non-negative integer \
         value."
    ))
}

pub(super) fn bad_count(value: &str) -> Error {
    Error::malformed(format!(
        "Invalid value '{value}' for $count query option found. Valid values are 'true' or 'false'."
    ))
}

pub(super) fn bad_page_size(value: u64) -> Error {
    Error::unsupported(format!(
        "Invalid page size specified: '{value}'. Must be between 1 and 999 inclusive."
    ))
}

pub(super) fn bad_skip_token() -> Error {
    Error::new(
        StatusCode::BAD_REQUEST,
        "Directory_ExpiredPageToken",
        "The specified page token value has expired and can no longer be included in your request.",
    )
    .hint("Follow @odata.nextLink as it stands.")
}

pub(super) fn select_unknown(property: &str, resource: &str) -> Error {
    Error::malformed(format!(
        "Parsing OData Select and Expand failed: Could not find a property named '{property}' on type \
         'microsoft.graph.{resource}'."
    ))
}

pub(super) fn filter_unknown(property: &str, resource: &str) -> Error {
    Error::malformed(format!(
        "Invalid filter clause: Could not find a property named '{property}' on type 'microsoft.graph.{resource}'."
    ))
}

pub(super) fn order_unknown(property: &str, resource: &str) -> Error {
    Error::malformed(format!(
        "Invalid $orderby: Could not find a property named '{property}' on type 'microsoft.graph.{resource}'."
    ))
}

/// What the parser of the language says of a text.
pub(super) fn bad_syntax(of: &str, fault: &Fault) -> Error {
    if fault.kind() == Kind::NotEmulated {
        return not_emulated(format_args!("this in {of}: {}", fault.message()));
    }
    Error::malformed(format!("Invalid {of}: {}", fault.message()))
}

pub(super) fn filter_operator(operator: &str) -> Error {
    Error::unsupported(format!("Unsupported property filter clause operator '{operator}'."))
}

pub(super) fn filter_property(property: &str, resource: &str) -> Error {
    Error::unsupported(format!(
        "Unsupported or invalid query filter clause specified for property '{property}' of resource '{resource}'."
    ))
}

pub(super) fn filter_complex() -> Error {
    Error::unsupported("Invalid or unsupported filter clause.")
}

/// A filter that is only good for advanced queries.
pub(super) fn advanced_only(error: Error) -> Error {
    error.hint(
        "This is an advanced query: send the header ConsistencyLevel: eventual and the option $count=true.",
    )
}

pub(super) fn unsupported_query() -> Error {
    advanced_only(Error::unsupported("Unsupported Query."))
}

pub(super) fn order_with_filter() -> Error {
    advanced_only(Error::unsupported("Sorting not supported for current query."))
}

pub(super) fn order_property(property: &str, resource: &str) -> Error {
    Error::unsupported(format!("Unsupported sort property '{property}' for '{resource}'."))
}

pub(super) fn bare_count() -> Error {
    Error::refused("$count is not currently supported.").hint("Send the header ConsistencyLevel: eventual.")
}

pub(super) fn bare_search() -> Error {
    Error::unsupported(
        "Request with $search query parameter only works through MSGraph with a special request header: \
         'ConsistencyLevel: eventual'",
    )
}

/// `Assumed:` the text.
pub(super) fn bad_batch(why: &str) -> Error {
    Error::malformed(format!("Invalid batch payload format. {why}"))
}

pub(super) fn long_batch(most: usize) -> Error {
    Error::malformed(format!("Number of batch request steps exceeds the maximum value of {most}."))
}

/// Source: "Combine multiple requests in one HTTP call using JSON batching". `Assumed:` code and text.
pub(super) fn failed_dependency(id: &str) -> Error {
    Error::new(
        StatusCode::FAILED_DEPENDENCY,
        "FailedDependency",
        format!("The request depends on the request '{id}', which failed."),
    )
}

impl From<TenantError> for Error {
    fn from(error: TenantError) -> Self {
        match error {
            TenantError::NotFound(id) => not_found(id),
            TenantError::NameTaken(_) => Self::refused(
                "Another object with the same value for property userPrincipalName already exists.",
            )
            .detail("ObjectConflict", "userPrincipalName"),
            TenantError::NoLicenseLeft(sku) => {
                let mut error = Self::refused(format!(
                    "Subscription with SKU {} does not have any available licenses.",
                    sku.id
                ))
                .hint("Every licence is assigned: take one from somebody, or raise the setting licenses.");
                error.rule = Some("L10");
                error
            }
            TenantError::NotAssigned(_) => Self::refused("User does not have a corresponding license."),
            TenantError::AlreadyThere => Self::refused(
                "One or more added object references already exist for the following modified properties: 'members'.",
            ),
            TenantError::NotThere => not_found("members"),
        }
    }
}

/// A detail that says which of several references is meant.
pub(super) fn no_member(error: Error, member: impl Display) -> Error {
    if error.status == StatusCode::NOT_FOUND { not_found(member) } else { error }
}

/// The `OData` library's text.
pub(super) fn incompatible(left: &str, right: &str, operator: &str) -> Error {
    Error::malformed(format!(
        "Invalid filter clause: A binary operator with incompatible types was detected. Found operand types '{left}' \
         and '{right}' for operator kind '{operator}'."
    ))
}
