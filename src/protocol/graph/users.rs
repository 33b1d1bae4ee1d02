//! `users`, `me`.
//!
//! Source: "List users", "Create user", "Get a user", "Update user", "Delete a user", resource user.
//! `Assumed:` a sign-in name may be of any domain, since the emulator's tenant has no list of verified ones; passwords are
//! asked for and not kept, since the emulator's sign-in page takes any.

use http::Method;
use serde_json::Value;
use uuid::Uuid;

use super::ask::{self, Ask};
use super::body::{self, Members};
use super::error::{self, Result};
use super::item::{self, Item, Shape};
use super::list::{self, Allows, Listing};
use super::property::Kind;
use super::reply::Reply;
use super::{licenses, objects};
use crate::directory::Account;

const RESOURCE: &str = "User";

/// What a user leads to in Graph and not here.
const NOT_EMULATED: &[&str] = &[
    "activities",
    "agreementAcceptances",
    "appRoleAssignments",
    "authentication",
    "calendar",
    "calendarGroups",
    "calendars",
    "calendarView",
    "changePassword",
    "chats",
    "checkMemberGroups",
    "checkMemberObjects",
    "contactFolders",
    "contacts",
    "createdObjects",
    "directReports",
    "drive",
    "drives",
    "events",
    "exportPersonalData",
    "extensions",
    "findMeetingTimes",
    "followedSites",
    "getMailTips",
    "getMemberGroups",
    "getMemberObjects",
    "inferenceClassification",
    "insights",
    "joinedTeams",
    "mailFolders",
    "mailboxSettings",
    "managedDevices",
    "manager",
    "messages",
    "oauth2PermissionGrants",
    "onenote",
    "onlineMeetings",
    "outlook",
    "ownedDevices",
    "ownedObjects",
    "people",
    "photo",
    "photos",
    "planner",
    "presence",
    "registeredDevices",
    "reminderView",
    "reprocessLicenseAssignment",
    "revokeSignInSessions",
    "scopedRoleMemberOf",
    "sendMail",
    "settings",
    "sponsors",
    "teamwork",
    "todo",
    "transitiveReports",
    "translateExchangeIds",
];

/// Answers `users`.
///
/// # Errors
///
/// What reading and making users refuse.
pub(super) fn set(ask: &Ask<'_>) -> Result<Reply> {
    ask.only(&[Method::GET, Method::POST])?;
    if *ask.method() == Method::POST {
        return create(ask);
    }
    let world = ask.call.organization.read();
    let listing = Listing {
        context: "users".into(),
        kinds: &[Kind::User],
        is_typed: false,
        allows: Allows::Everything,
        items: world.directory().accounts().map(Item::User).collect(),
    };
    list::answer(ask, listing)
}

/// Answers `users/$count`.
///
/// # Errors
///
/// What counting refuses.
pub(super) fn count(ask: &Ask<'_>) -> Result<Reply> {
    ask.only(&[Method::GET])?;
    let world = ask.call.organization.read();
    list::count(ask, &[Kind::User], world.directory().accounts().map(Item::User).collect())
}

/// Answers `users/{key}` and what is below; `rest` is what stands behind the key.
///
/// # Errors
///
/// 404 where there is no such user, and what the operations refuse.
pub(super) fn answer(ask: &Ask<'_>, key: &str, rest: &[&str]) -> Result<Reply> {
    let world = ask.call.organization.read();
    let account = ask::account(&world, key)?;
    match rest {
        [] => match *ask.method() {
            Method::GET => {
                ask.options.allow(&["$select"])?;
                let shape = Shape::of(ask.options.get("$select"), &[Kind::User])?;
                Ok(Reply::ok(item::entity(ask, Item::User(account), &shape), ask.level))
            }
            Method::PATCH => update(ask, account.id),
            Method::DELETE => delete(ask, account.id),
            _ => Err(error::wrong_method()),
        },
        ["assignLicense"] => {
            ask.only(&[Method::POST])?;
            licenses::assign(ask, account.id)
        }
        ["licenseDetails", rest @ ..] => licenses::details(ask, account, rest),
        ["memberOf" | "transitiveMemberOf", rest @ ..] => {
            let kinds = &[Kind::Group, Kind::Role];
            objects::collection(ask, rest, kinds, objects::belongings(&world, account))
        }
        [name, rest @ ..] => match Kind::User.property(name) {
            Some(property) if rest.is_empty() => {
                ask.only(&[Method::GET])?;
                ask.options.allow(&[])?;
                let context = format!("users('{}')/{}", account.id, property.name);
                let value = Item::User(account).value(property.name);
                let members = [("value".to_owned(), value)].into_iter().collect();
                Ok(Reply::ok(item::with_context(ask, &context, members), ask.level))
            }
            None if !NOT_EMULATED.iter().any(|lacking| lacking.eq_ignore_ascii_case(name)) => {
                Err(error::unknown_segment(name))
            }
            _ => {
                Err(error::not_emulated(format_args!("users/{{id}}/{}", [&[*name], rest].concat().join("/"))))
            }
        },
    }
}

fn create(ask: &Ask<'_>) -> Result<Reply> {
    ask.options.allow(&[])?;
    let members = body::members(ask)?;
    for name in ["accountEnabled", "displayName", "mailNickname", "passwordProfile", "userPrincipalName"] {
        if members.get(name).is_none_or(Value::is_null) {
            return Err(error::required(name, RESOURCE));
        }
    }
    let account = ask.call.host.change_tenant(ask.call.organization, |tenant| {
        let mut account = Account::new(tenant.next_id(), "");
        write(&mut account, &members)?;
        let id = account.id;
        tenant.add(account)?;
        tenant.directory().account(id).cloned().ok_or_else(|| error::not_found(id))
    })?;
    let body = item::entity(ask, Item::User(&account), &Shape::Default);
    Ok(Reply::created(body, ask.level, format!("{}/users/{}", ask.root(), account.id)))
}

fn update(ask: &Ask<'_>, id: Uuid) -> Result<Reply> {
    ask.options.allow(&[])?;
    let members = body::members(ask)?;
    ask.call.host.change_tenant(ask.call.organization, |tenant| -> Result<()> {
        let mut account = tenant.directory().account(id).ok_or_else(|| error::not_found(id))?.clone();
        write(&mut account, &members)?;
        Ok(tenant.change(id, |old| *old = account)?)
    })?;
    Ok(Reply::done())
}

/// Deletes an account.
///
/// # Errors
///
/// 404 where it is not there any more.
pub(super) fn delete(ask: &Ask<'_>, id: Uuid) -> Result<Reply> {
    ask.options.allow(&[])?;
    body::none(ask)?;
    ask.call
        .host
        .change_tenant(ask.call.organization, |tenant| tenant.delete(id))
        .map_err(error::Error::from)?;
    Ok(Reply::done())
}

/// A text of an account, with the most characters it may have.
type Field = (&'static str, usize, fn(&mut Account) -> &mut Option<String>);

/// Source: resource user, "maximum length".
const TEXTS: &[Field] = &[
    ("displayName", 256, |account| &mut account.display_name),
    ("givenName", 64, |account| &mut account.given_name),
    ("surname", 64, |account| &mut account.surname),
    ("mail", 256, |account| &mut account.mail),
    ("jobTitle", 128, |account| &mut account.profile.job_title),
    ("mobilePhone", 64, |account| &mut account.profile.mobile_phone),
    ("faxNumber", 64, |account| &mut account.profile.fax_number),
    ("streetAddress", 1024, |account| &mut account.profile.street_address),
    ("city", 128, |account| &mut account.profile.city),
    ("state", 128, |account| &mut account.profile.state),
    ("postalCode", 40, |account| &mut account.profile.postal_code),
    ("country", 128, |account| &mut account.profile.country),
    ("department", 64, |account| &mut account.profile.department),
    ("officeLocation", 128, |account| &mut account.profile.office_location),
    ("preferredLanguage", 64, |account| &mut account.profile.preferred_language),
    ("usageLocation", 2, |account| &mut account.profile.usage_location),
    ("mailNickname", 64, |account| &mut account.profile.mail_nickname),
];

/// Writes the members of a body into an account.
fn write(account: &mut Account, members: &Members) -> Result<()> {
    for (name, value) in members {
        let invalid = || error::invalid_value(name, RESOURCE);
        if let Some((_, longest, field)) = TEXTS.iter().find(|(text, ..)| text == name) {
            let text = match value {
                // What a user must have when it is made it cannot lose.
                Value::Null if ["displayName", "mailNickname"].contains(&name.as_str()) => {
                    return Err(invalid());
                }
                Value::Null => None,
                Value::String(text) if !text.is_empty() && text.chars().count() <= *longest => {
                    Some(text.clone())
                }
                _ => return Err(invalid()),
            };
            let is_country = |text: &String| text.len() == 2 && text.bytes().all(|b| b.is_ascii_alphabetic());
            if name == "usageLocation" && !text.as_ref().is_none_or(is_country) {
                return Err(invalid());
            }
            *field(account) = text;
            continue;
        }
        match (name.as_str(), value) {
            ("userPrincipalName", Value::String(text)) if is_sign_in_name(text) => {
                account.user_principal_name.clone_from(text);
            }
            ("userPrincipalName", _) => return Err(error::invalid_name()),
            ("accountEnabled", Value::Bool(flag)) => account.account_enabled = *flag,
            ("businessPhones", Value::Array(phones)) => account.profile.business_phones = numbers(phones)?,
            ("userType", Value::String(kind)) if kind.eq_ignore_ascii_case("Member") => {}
            ("userType", Value::String(kind)) if kind.eq_ignore_ascii_case("Guest") => {
                return Err(error::not_emulated("guests (userType)"));
            }
            ("passwordProfile", Value::Object(profile)) => check_password(profile)?,
            ("accountEnabled" | "businessPhones" | "userType" | "passwordProfile", _) => {
                return Err(invalid());
            }
            (name, _) if body::is_control_information(name) => {}
            (name, _) => return Err(unwritable(name)),
        }
    }
    Ok(())
}

fn unwritable(name: &str) -> error::Error {
    let bare = name.split_once('@').map_or(name, |(bare, _)| bare);
    if Kind::User.properties().iter().any(|property| property.name == name) {
        error::read_only(name)
    } else if Kind::User.lacks(bare) {
        error::not_emulated(format_args!("the property {name} of a user"))
    } else {
        error::unknown_property(name)
    }
}

/// Source: resource user: only one number can be set.
fn numbers(phones: &[Value]) -> Result<Vec<String>> {
    let invalid = || error::invalid_value("businessPhones", RESOURCE);
    if phones.len() > 1 {
        return Err(invalid());
    }
    let number = |phone: &Value| {
        phone.as_str().filter(|text| !text.is_empty() && text.chars().count() <= 64).map(str::to_owned)
    };
    phones.iter().map(|phone| number(phone).ok_or_else(invalid)).collect()
}

/// Source: resource passwordProfile.
fn check_password(profile: &Members) -> Result<()> {
    for (name, value) in profile {
        let fits = match name.as_str() {
            "password" => value.as_str().is_some_and(|password| !password.is_empty()),
            "forceChangePasswordNextSignIn" | "forceChangePasswordNextSignInWithMfa" => value.is_boolean(),
            name => body::is_control_information(name),
        };
        if !fits {
            return Err(error::invalid_value("passwordProfile", RESOURCE));
        }
    }
    Ok(())
}

/// Source: resource user, userPrincipalName: the characters that are allowed. The domain is that of a mail address.
fn is_sign_in_name(text: &str) -> bool {
    let Some((name, domain)) = text.split_once('@') else { return false };
    let is_name = !name.is_empty()
        && name.len() <= 64
        && !name.ends_with('.')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"'.-_!#^~".contains(&byte));
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    is_name && domain.len() <= 255 && domain.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sign_in_names() {
        for good in ["ann@contoso.com", "O'Brian.x-1_!#^~@contoso.onmicrosoft.com", "a@localhost"] {
            assert!(is_sign_in_name(good), "{good}");
        }
        for bad in [
            "",
            "ann",
            "@contoso.com",
            "ann@",
            "a b@contoso.com",
            "ann@x@y",
            "ann.@x",
            "ann@a..b",
            "zoë@x.com",
        ] {
            assert!(!is_sign_in_name(bad), "{bad}");
        }
    }

    #[test]
    fn every_text_is_a_property() {
        for (name, ..) in TEXTS {
            assert!(Kind::User.properties().iter().any(|property| property.name == *name), "{name}");
        }
    }
}
