//! `groups` with their members.
//!
//! Source: "List groups", "Create group", "Update group", "Delete group", "Add members", "Remove member".
//! `Assumed:` groups are security groups without groups in them, which is what an organization can be guarded by; a
//! deleted security group is gone for good.

use http::Method;
use serde_json::Value;
use uuid::Uuid;

use super::ask::{self, Ask};
use super::body::{self, Members};
use super::error::{self, Error, Result};
use super::item::{self, Item, Shape};
use super::list::{self, Allows, Listing};
use super::objects;
use super::property::Kind;
use super::reply::Reply;
use crate::directory::Group;
use crate::hosting::Tenant;
use crate::world::World;

const RESOURCE: &str = "Group";

/// What a group leads to in Graph and not here.
const NOT_EMULATED: &[&str] = &[
    "acceptedSenders",
    "appRoleAssignments",
    "assignLicense",
    "calendar",
    "calendarView",
    "checkMemberGroups",
    "checkMemberObjects",
    "conversations",
    "createdOnBehalfOf",
    "drive",
    "drives",
    "events",
    "extensions",
    "getMemberGroups",
    "getMemberObjects",
    "groupLifecyclePolicies",
    "memberOf",
    "membersWithLicenseErrors",
    "onenote",
    "owners",
    "permissionGrants",
    "photo",
    "photos",
    "planner",
    "rejectedSenders",
    "renew",
    "restore",
    "settings",
    "sites",
    "team",
    "threads",
    "transitiveMemberOf",
    "validateProperties",
];

/// Answers `groups` and what is below.
///
/// # Errors
///
/// 404 where a group is not there, and what the operations refuse.
pub(super) fn answer(ask: &Ask<'_>, rest: &[&str]) -> Result<Reply> {
    let world = ask.call.organization.read();
    let (key, rest) = match rest {
        [] => return set(ask, &world),
        ["$count"] => {
            ask.only(&[Method::GET])?;
            return list::count(ask, &[Kind::Group], world.directory().groups().map(Item::Group).collect());
        }
        ["delta", ..] => return Err(error::not_emulated("groups/delta")),
        [key, rest @ ..] => (*key, rest),
    };
    let id: Option<Uuid> = key.parse().ok();
    let group = id.and_then(|id| world.directory().group(id)).ok_or_else(|| error::not_found(key))?;
    match rest {
        [] => match *ask.method() {
            Method::GET => {
                ask.options.allow(&["$select"])?;
                let shape = Shape::of(ask.options.get("$select"), &[Kind::Group])?;
                Ok(Reply::ok(item::entity(ask, Item::Group(group), &shape), ask.level))
            }
            Method::PATCH => update(ask, group.id),
            Method::DELETE => delete(ask, group.id),
            _ => Err(error::wrong_method()),
        },
        ["members", "$ref"] if *ask.method() == Method::POST => {
            ask.options.allow(&[])?;
            let member = body::reference(&body::members(ask)?)?;
            change(ask, |tenant| add(tenant, group.id, &member))
        }
        ["members", member, "$ref"] => {
            ask.only(&[Method::DELETE])?;
            ask.options.allow(&[])?;
            body::none(ask)?;
            let id = ask::account(&world, member)?.id;
            change(ask, |tenant| {
                tenant.remove_member(group.id, id).map_err(|refused| error::no_member(refused.into(), member))
            })
        }
        ["members" | "transitiveMembers", rest @ ..] => {
            let members = world.directory().members(group.id).map(Item::User).collect();
            objects::collection(ask, rest, &[Kind::User], members)
        }
        [name, ..] if NOT_EMULATED.iter().any(|lacking| lacking.eq_ignore_ascii_case(name)) => {
            Err(error::not_emulated(format_args!("groups/{{id}}/{name}")))
        }
        [segment, ..] => Err(error::unknown_segment(segment)),
    }
}

fn set(ask: &Ask<'_>, world: &World) -> Result<Reply> {
    ask.only(&[Method::GET, Method::POST])?;
    if *ask.method() == Method::POST {
        return create(ask);
    }
    let listing = Listing {
        context: "groups".into(),
        kinds: &[Kind::Group],
        is_typed: false,
        allows: Allows::Everything,
        items: world.directory().groups().map(Item::Group).collect(),
    };
    list::answer(ask, listing)
}

fn create(ask: &Ask<'_>) -> Result<Reply> {
    ask.options.allow(&[])?;
    let members = body::members(ask)?;
    for name in ["displayName", "mailEnabled", "mailNickname", "securityEnabled"] {
        if members.get(name).is_none_or(Value::is_null) {
            return Err(error::required(name, RESOURCE));
        }
    }
    let group = ask.call.host.change_tenant(ask.call.organization, |tenant| -> Result<Group> {
        let mut group = Group {
            id: tenant.next_id(),
            display_name: String::new(),
            description: None,
            mail_nickname: None,
            mail_enabled: false,
            security_enabled: false,
        };
        let joining = write(&mut group, &members)?;
        tenant.put_group(group.clone());
        joining.iter().try_for_each(|member| add(tenant, group.id, member))?;
        Ok(group)
    })?;
    let body = item::entity(ask, Item::Group(&group), &Shape::Default);
    Ok(Reply::created(body, ask.level, format!("{}/groups/{}", ask.root(), group.id)))
}

fn update(ask: &Ask<'_>, id: Uuid) -> Result<Reply> {
    ask.options.allow(&[])?;
    let members = body::members(ask)?;
    change(ask, |tenant| {
        let mut group = tenant.directory().group(id).ok_or_else(|| error::not_found(id))?.clone();
        let joining = write(&mut group, &members)?;
        tenant.put_group(group);
        joining.iter().try_for_each(|member| add(tenant, id, member))
    })
}

/// Deletes a group.
///
/// # Errors
///
/// 404 where it is not there any more.
pub(super) fn delete(ask: &Ask<'_>, id: Uuid) -> Result<Reply> {
    ask.options.allow(&[])?;
    body::none(ask)?;
    change(ask, |tenant| Ok(tenant.delete_group(id)?))
}

fn change(ask: &Ask<'_>, change: impl FnOnce(&mut Tenant<'_, '_>) -> Result<()>) -> Result<Reply> {
    ask.call.host.change_tenant(ask.call.organization, change)?;
    Ok(Reply::done())
}

fn add(tenant: &mut Tenant<'_, '_>, group: Uuid, member: &str) -> Result<()> {
    if member.parse().is_ok_and(|id| tenant.directory().group(id).is_some()) {
        return Err(error::not_emulated("groups in groups"));
    }
    let id = ask::account(tenant.world(), member)?.id;
    tenant.add_member(group, id).map_err(Error::from)
}

/// Writes the members of a body into a group, and tells who is to join it.
fn write(group: &mut Group, members: &Members) -> Result<Vec<String>> {
    let mut joining = Vec::new();
    for (name, value) in members {
        let invalid = || error::invalid_value(name, RESOURCE);
        let text = |longest: usize| match value {
            Value::String(text) if !text.is_empty() && text.chars().count() <= longest => Ok(text.clone()),
            _ => Err(invalid()),
        };
        match name.as_str() {
            "displayName" => group.display_name = text(256)?,
            "mailNickname" => group.mail_nickname = Some(text(64)?),
            "description" => {
                group.description = if value.is_null() { None } else { Some(text(1024)?) };
            }
            "mailEnabled" => group.mail_enabled = value.as_bool().ok_or_else(invalid)?,
            "securityEnabled" => group.security_enabled = value.as_bool().ok_or_else(invalid)?,
            "groupTypes" => match value.as_array().map(Vec::as_slice) {
                Some([]) => {}
                Some(_) => {
                    return Err(error::not_emulated("Microsoft 365 groups and dynamic groups (groupTypes)"));
                }
                None => return Err(invalid()),
            },
            "members@odata.bind" => joining = body::references(value)?,
            name if body::is_control_information(name) => {}
            name => return Err(unwritable(name)),
        }
    }
    if group.mail_enabled || !group.security_enabled {
        return Err(error::group_of_this_sort());
    }
    Ok(joining)
}

fn unwritable(name: &str) -> Error {
    let bare = name.split_once('@').map_or(name, |(bare, _)| bare);
    if Kind::Group.properties().iter().any(|property| property.name == name) {
        error::read_only(name)
    } else if Kind::Group.lacks(bare) {
        error::not_emulated(format_args!("the property {name} of a group"))
    } else {
        error::unknown_property(name)
    }
}
