//! Who answers which address.

use http::Method;
use serde_json::json;

use super::ask::Ask;
use super::error::{self, Result};
use super::item;
use super::reply::Reply;
use super::{batch, deleted, groups, licenses, objects, organization, roles, users};

/// What Graph has and the emulator lacks, by the first segment.
const NOT_EMULATED: &[&str] = &[
    "administrativeUnits",
    "agreements",
    "appCatalogs",
    "applications",
    "auditLogs",
    "certificateBasedAuthConfiguration",
    "chats",
    "communications",
    "compliance",
    "connections",
    "contacts",
    "contracts",
    "dataPolicyOperations",
    "deviceAppManagement",
    "deviceManagement",
    "devices",
    "domainDnsRecords",
    "domains",
    "drive",
    "drives",
    "education",
    "external",
    "functions",
    "groupLifecyclePolicies",
    "groupSettings",
    "groupSettingTemplates",
    "identity",
    "identityGovernance",
    "identityProtection",
    "identityProviders",
    "informationProtection",
    "invitations",
    "oauth2PermissionGrants",
    "permissionGrants",
    "places",
    "planner",
    "policies",
    "print",
    "reports",
    "roleManagement",
    "schemaExtensions",
    "scopedRoleMemberships",
    "search",
    "security",
    "servicePrincipals",
    "shares",
    "sites",
    "subscriptions",
    "teams",
    "teamsTemplates",
    "teamwork",
    "tenantRelationships",
];

/// Answers a request.
///
/// # Errors
///
/// What is refused, unknown or not emulated.
pub(super) fn answer(ask: &Ask<'_>) -> Result<Reply> {
    let segments: Vec<&str> = ask.segments.iter().map(String::as_str).collect();
    match &*segments {
        [] => service_document(ask),
        ["$batch"] => batch::answer(ask),
        ["$metadata", ..] => Err(error::not_emulated("the $metadata of Microsoft Graph")),
        ["me", rest @ ..] => {
            let me = ask.me(&ask.call.organization.read())?.to_string();
            users::answer(ask, &me, rest)
        }
        ["users"] => users::set(ask),
        ["users", "$count"] => users::count(ask),
        ["users", segment @ ("delta" | "microsoft.graph.delta"), ..] => {
            Err(error::not_emulated(format_args!("users/{segment}")))
        }
        ["users", key, rest @ ..] => users::answer(ask, key, rest),
        ["groups", rest @ ..] => groups::answer(ask, rest),
        ["subscribedSkus", rest @ ..] => licenses::skus(ask, rest),
        ["directoryRoles", rest @ ..] => roles::answer(ask, rest),
        ["directoryRoleTemplates", rest @ ..] => roles::templates(ask, rest),
        ["directoryObjects", key] if key.contains('-') => objects::answer(ask, key),
        ["directoryObjects", rest @ ..] => {
            Err(error::not_emulated(format_args!("{}", [&["directoryObjects"], rest].concat().join("/"))))
        }
        ["directory", "deletedItems", rest @ ..] => deleted::answer(ask, rest),
        ["directory", rest @ ..] => {
            Err(error::not_emulated(format_args!("{}", [&["directory"], rest].concat().join("/"))))
        }
        ["organization", rest @ ..] => organization::answer(ask, rest),
        [first, ..] if NOT_EMULATED.iter().any(|name| name.eq_ignore_ascii_case(first)) => {
            Err(error::not_emulated(format_args!("{first} of Microsoft Graph")))
        }
        [first, ..] => Err(error::unknown_segment(first)),
    }
}

/// The sets and singletons there are.
fn service_document(ask: &Ask<'_>) -> Result<Reply> {
    ask.only(&[Method::GET])?;
    ask.options.allow(&[])?;
    let entry = |kind: &str, name: &str| json!({ "name": name, "kind": kind, "url": name });
    let sets = [
        "directoryObjects",
        "directoryRoles",
        "directoryRoleTemplates",
        "groups",
        "organization",
        "subscribedSkus",
        "users",
    ];
    let sets = sets.iter().map(|name| entry("EntitySet", name));
    let value: Vec<_> = sets.chain(["directory", "me"].iter().map(|name| entry("Singleton", name))).collect();
    let mut body = json!({ "value": value });
    if ask.level != super::reply::Level::None {
        let members = body.as_object_mut().map(std::mem::take).unwrap_or_default();
        let context = ask.context("");
        body = item::with_context(ask, "", members);
        body["@odata.context"] = context.trim_end_matches('#').into();
    }
    Ok(Reply::ok(body, ask.level))
}
