//! Objects of any kind by their id, and collections that have objects of several kinds.

use http::Method;
use uuid::Uuid;

use super::ask::Ask;
use super::error::{self, Result};
use super::item::{self, Item, Shape};
use super::list::{self, Allows, Listing};
use super::property::Kind;
use super::reply::Reply;
use super::{groups, users};
use crate::directory::{Account, AdminRole};
use crate::world::World;

/// Types of objects that Graph has in such collections and the emulator's tenant never.
const NEVER: &[&str] = &["application", "device", "orgContact", "servicePrincipal", "administrativeUnit"];

/// Answers `directoryObjects/{id}`.
///
/// # Errors
///
/// 404 where there is no such object.
pub(super) fn answer(ask: &Ask<'_>, key: &str) -> Result<Reply> {
    ask.only(&[Method::GET, Method::DELETE])?;
    let world = ask.call.organization.read();
    let item = find(&world, key)?;
    if *ask.method() == Method::DELETE {
        return match item {
            Item::User(account) => users::delete(ask, account.id),
            Item::Group(group) => groups::delete(ask, group.id),
            _ => Err(error::wrong_method()),
        };
    }
    ask.options.allow(&["$select"])?;
    let shape = Shape::of(ask.options.get("$select"), &[item.kind()])?;
    Ok(Reply::ok(item::any_entity(ask, item, &shape), ask.level))
}

/// The user, group or role with an id.
pub(super) fn find<'w>(world: &'w World, key: &str) -> Result<Item<'w>> {
    let directory = world.directory();
    let id: Uuid = key.parse().map_err(|_| error::not_found(key))?;
    let role = || AdminRole::ALL.iter().find(|role| role.template() == id).copied();
    let user = directory.account(id).map(Item::User);
    let found = user.or_else(|| directory.group(id).map(Item::Group)).or_else(|| role().map(Item::Role));
    found.ok_or_else(|| error::not_found(key))
}

/// The groups and roles that an account belongs to.
pub(super) fn belongings<'w>(world: &'w World, account: &Account) -> Vec<Item<'w>> {
    let groups = account.groups.iter().filter_map(|id| world.directory().group(*id)).map(Item::Group);
    groups.chain(account.admin_roles.iter().map(|role| Item::Role(*role))).collect()
}

/// Answers a request for a collection of objects: all of it, one type of it, or the number of either. `tail` is what
/// stands behind the collection's name.
///
/// # Errors
///
/// What [`list::answer`] refuses, and types that do not exist.
pub(super) fn collection(
    ask: &Ask<'_>,
    tail: &[&str],
    kinds: &'static [Kind],
    mut items: Vec<Item<'_>>,
) -> Result<Reply> {
    ask.only(&[Method::GET])?;
    let (cast, tail) = match tail.split_first() {
        Some((first, rest)) if first.starts_with("microsoft.graph.") => (Some(*first), rest),
        _ => (None, tail),
    };
    let mut listing = Listing {
        context: "directoryObjects".into(),
        kinds,
        is_typed: true,
        allows: Allows::Everything,
        items: Vec::new(),
    };
    if let Some(cast) = cast {
        let name = cast.trim_start_matches("microsoft.graph.");
        let kind = CASTS.iter().find(|(kind, _)| kind.type_name() == name);
        if let Some((kind, list)) = kind {
            items.retain(|item| item.kind() == *kind);
            listing = Listing { context: kind.set().into(), kinds: list, is_typed: false, ..listing };
        } else if NEVER.contains(&name) {
            items.clear();
        } else {
            return Err(error::unknown_segment(cast));
        }
    }
    match tail {
        [] => list::answer(ask, Listing { items, ..listing }),
        ["$count"] => list::count(ask, listing.kinds, items),
        ["$ref"] => Err(error::not_emulated("reading references ($ref)")),
        [segment, ..] => Err(error::unknown_segment(segment)),
    }
}

/// The kinds that a collection can be narrowed down to.
const CASTS: &[(Kind, &[Kind])] =
    &[(Kind::User, &[Kind::User]), (Kind::Group, &[Kind::Group]), (Kind::Role, &[Kind::Role])];
