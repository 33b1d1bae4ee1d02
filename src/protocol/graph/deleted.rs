//! `directory/deletedItems`.
//!
//! Source: "List deletedItems", "Get deletedItem", "Restore deletedItem", "Permanently delete item".

use http::Method;
use uuid::Uuid;

use super::ask::Ask;
use super::body;
use super::error::{self, Error, Result};
use super::item::{self, Item, Shape};
use super::list::{self, Allows, Listing};
use super::property::Kind;
use super::reply::Reply;

/// Answers `directory/deletedItems` and what is below.
///
/// # Errors
///
/// 404 where a deleted object is not there, and what restoring it refuses.
pub(super) fn answer(ask: &Ask<'_>, rest: &[&str]) -> Result<Reply> {
    match rest {
        [] => Err(error::deleted_of_which_type()),
        [cast] if cast.starts_with("microsoft.graph.") => of_type(ask, cast, false),
        [cast, "$count"] if cast.starts_with("microsoft.graph.") => of_type(ask, cast, true),
        ["getUserOwnedObjects"] => Err(error::not_emulated("directory/deletedItems/getUserOwnedObjects")),
        // A type in front of the id says nothing more than the id.
        [cast, key, rest @ ..] if cast.starts_with("microsoft.graph.") => one(ask, key, rest),
        [key, rest @ ..] => one(ask, key, rest),
    }
}

fn of_type(ask: &Ask<'_>, cast: &str, only_count: bool) -> Result<Reply> {
    ask.only(&[Method::GET])?;
    let world = ask.call.organization.read();
    let (kinds, items): (&[Kind], Vec<_>) = match cast {
        "microsoft.graph.user" => (&[Kind::User], world.directory().all_deleted().map(Item::User).collect()),
        // Security groups are gone when they are deleted.
        "microsoft.graph.group" => (&[Kind::Group], Vec::new()),
        _ => return Err(error::not_emulated(format_args!("directory/deletedItems/{cast}"))),
    };
    if only_count {
        return list::count(ask, kinds, items);
    }
    let context = kinds[0].set().to_owned();
    list::answer(ask, Listing { context, kinds, is_typed: false, allows: Allows::Everything, items })
}

fn one(ask: &Ask<'_>, key: &str, rest: &[&str]) -> Result<Reply> {
    let world = ask.call.organization.read();
    let id: Option<Uuid> = key.parse().ok();
    let account = id.and_then(|id| world.directory().deleted(id)).ok_or_else(|| error::not_found(key))?;
    match (rest, ask.method()) {
        ([], &Method::GET) => {
            ask.options.allow(&["$select"])?;
            let shape = Shape::of(ask.options.get("$select"), &[Kind::User])?;
            Ok(Reply::ok(item::any_entity(ask, Item::User(account), &shape), ask.level))
        }
        ([], &Method::DELETE) => {
            ask.options.allow(&[])?;
            body::none(ask)?;
            let purge = ask.call.host.change_tenant(ask.call.organization, |tenant| tenant.purge(account.id));
            purge.map_err(Error::from)?;
            Ok(Reply::done())
        }
        (["restore"], &Method::POST) => restore(ask, account.id),
        ([] | ["restore"], _) => Err(error::wrong_method()),
        ([segment, ..], _) => Err(error::unknown_segment(segment)),
    }
}

fn restore(ask: &Ask<'_>, id: Uuid) -> Result<Reply> {
    ask.options.allow(&[])?;
    body::none(ask)?;
    let account = ask.call.host.change_tenant(ask.call.organization, |tenant| {
        tenant.restore(id)?;
        tenant.directory().account(id).cloned().ok_or_else(|| error::not_found(id))
    })?;
    Ok(Reply::ok(item::any_entity(ask, Item::User(&account), &Shape::Default), ask.level))
}
