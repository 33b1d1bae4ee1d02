//! `directoryRoles` with their members, `directoryRoleTemplates`.
//!
//! Source: "List directoryRoles", "Add directory role member", "Remove directory role member", "Activate directoryRole".
//! `Assumed:` every role the emulator knows is active from the start.

use http::Method;
use uuid::Uuid;

use super::ask::{self, Ask};
use super::body;
use super::error::{self, Result};
use super::item::{self, Item, Shape};
use super::list::{self, Allows, Listing};
use super::objects;
use super::property::Kind;
use super::reply::Reply;
use crate::directory::AdminRole;

/// Answers `directoryRoles` and what is below.
///
/// # Errors
///
/// 404 where a role is not there, and what the operations refuse.
pub(super) fn answer(ask: &Ask<'_>, rest: &[&str]) -> Result<Reply> {
    let Some((key, rest)) = rest.split_first() else { return set(ask) };
    let role = role(key)?;
    match rest {
        [] => one(ask, Item::Role(role)),
        ["members", "$ref"] if *ask.method() == Method::POST => grant(ask, role),
        ["members", member, "$ref"] => {
            ask.only(&[Method::DELETE])?;
            revoke(ask, role, member)
        }
        ["members", rest @ ..] => {
            let world = ask.call.organization.read();
            let holders = world.directory().accounts().filter(|account| account.admin_roles.contains(&role));
            objects::collection(ask, rest, &[Kind::User], holders.map(Item::User).collect())
        }
        ["scopedMembers", ..] => Err(error::not_emulated("directoryRoles/{id}/scopedMembers")),
        [segment, ..] => Err(error::unknown_segment(segment)),
    }
}

/// Answers `directoryRoleTemplates` and one of them.
///
/// # Errors
///
/// 404 where a template is not there.
pub(super) fn templates(ask: &Ask<'_>, rest: &[&str]) -> Result<Reply> {
    ask.only(&[Method::GET])?;
    match rest {
        [] => list_of(ask, &[Kind::Template], Allows::Select, Item::Template),
        [key] => one(ask, Item::Template(role(key)?)),
        [_, segment, ..] => Err(error::unknown_segment(segment)),
    }
}

fn set(ask: &Ask<'_>) -> Result<Reply> {
    ask.only(&[Method::GET, Method::POST])?;
    if *ask.method() == Method::GET {
        return list_of(ask, &[Kind::Role], Allows::Filter, Item::Role);
    }
    ask.options.allow(&[])?;
    let members = body::members(ask)?;
    let unknown = |name: &&String| *name != "roleTemplateId" && !body::is_control_information(name);
    if let Some(name) = members.keys().find(unknown) {
        return Err(error::unknown_property(name));
    }
    let template =
        members.get("roleTemplateId").ok_or_else(|| error::required("roleTemplateId", "DirectoryRole"))?;
    let template = body::guid(template)?;
    AdminRole::ALL
        .iter()
        .find(|role| role.template() == template)
        .ok_or_else(|| error::no_such_template(template))?;
    Err(error::role_is_active())
}

fn list_of<'w>(
    ask: &Ask<'_>,
    kinds: &'static [Kind],
    allows: Allows,
    item: fn(AdminRole) -> Item<'w>,
) -> Result<Reply> {
    let items = AdminRole::ALL.iter().map(|role| item(*role)).collect();
    let context = kinds[0].set().to_owned();
    list::answer(ask, Listing { context, kinds, is_typed: false, allows, items })
}

fn one(ask: &Ask<'_>, item: Item<'_>) -> Result<Reply> {
    ask.only(&[Method::GET])?;
    ask.options.allow(&["$select"])?;
    let shape = Shape::of(ask.options.get("$select"), &[item.kind()])?;
    Ok(Reply::ok(item::entity(ask, item, &shape), ask.level))
}

/// The role of an id, or of `roleTemplateId=…`.
fn role(key: &str) -> Result<AdminRole> {
    let id = match key.split_once('=') {
        Some((name, id)) if name.eq_ignore_ascii_case("roleTemplateId") => id,
        _ => key,
    };
    let id: Option<Uuid> = id.parse().ok();
    let role = AdminRole::ALL.iter().find(|role| Some(role.template()) == id);
    role.copied().ok_or_else(|| error::not_found(key))
}

fn grant(ask: &Ask<'_>, role: AdminRole) -> Result<Reply> {
    ask.options.allow(&[])?;
    let member = body::reference(&body::members(ask)?)?;
    let id = ask::account(&ask.call.organization.read(), &member)?.id;
    ask.call
        .host
        .change_tenant(ask.call.organization, |tenant| tenant.grant_role(id, role))
        .map_err(error::Error::from)?;
    Ok(Reply::done())
}

fn revoke(ask: &Ask<'_>, role: AdminRole, member: &str) -> Result<Reply> {
    ask.options.allow(&[])?;
    body::none(ask)?;
    let id = ask::account(&ask.call.organization.read(), member)?.id;
    ask.call
        .host
        .change_tenant(ask.call.organization, |tenant| tenant.revoke_role(id, role))
        .map_err(|refused| error::no_member(refused.into(), member))?;
    Ok(Reply::done())
}
