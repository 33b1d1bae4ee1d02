//! `organization`: the tenant.
//!
//! Source: "List organizations", resource organization. `Assumed:` the tenant has the domain of the organization's name and
//! those that its accounts sign in with.

use http::Method;
use serde_json::{Value, json};

use super::ask::Ask;
use super::error::{self, Result};
use super::item::{self, Item, Shape};
use super::list::{self, Allows, Listing};
use super::property::Kind;
use super::reply::Reply;
use crate::directory::sku;
use crate::world::World;

/// Answers `organization` and the one in it.
///
/// # Errors
///
/// 404 for any other id than the tenant's.
pub(super) fn answer(ask: &Ask<'_>, rest: &[&str]) -> Result<Reply> {
    let world = ask.call.organization.read();
    let item = Item::Organization(&world);
    match rest {
        [] => {
            ask.only(&[Method::GET])?;
            let listing = Listing {
                context: "organization".into(),
                kinds: &[Kind::Organization],
                is_typed: false,
                allows: Allows::Select,
                items: vec![item],
            };
            list::answer(ask, listing)
        }
        [key, ..] if !item.id().to_string().eq_ignore_ascii_case(key) => Err(error::not_found(key)),
        [_] if *ask.method() == Method::PATCH => Err(error::not_emulated("changing the organization")),
        [_] => {
            ask.only(&[Method::GET])?;
            ask.options.allow(&["$select"])?;
            let shape = Shape::of(ask.options.get("$select"), &[Kind::Organization])?;
            Ok(Reply::ok(item::entity(ask, item, &shape), ask.level))
        }
        [_, segment, ..] => Err(error::not_emulated(format_args!("organization/{{id}}/{segment}"))),
    }
}

/// The value of a property of the tenant.
pub(super) fn value(world: &World, name: &str) -> Value {
    match name {
        "id" => world.identity().tenant_id.to_string().into(),
        "displayName" => world.identity().friendly_name.clone().into(),
        "assignedPlans" => sku::SKUS.iter().flat_map(item::plans).collect(),
        "verifiedDomains" => domains(world),
        _ => Value::Null,
    }
}

fn domains(world: &World) -> Value {
    let initial = format!("{}.onmicrosoft.com", world.identity().unique_name);
    let names =
        world.directory().accounts().filter_map(|account| account.user_principal_name.split_once('@'));
    let mut others: Vec<String> = names.map(|(_, domain)| domain.to_lowercase()).collect();
    others.sort();
    others.dedup();
    others.retain(|domain| *domain != initial);
    let domain = |name: &str, is_initial: bool| {
        json!({
            "capabilities": "Email, OfficeCommunicationsOnline",
            "isDefault": is_initial,
            "isInitial": is_initial,
            "name": name,
            "type": "Managed",
        })
    };
    let rest = others.iter().map(|name| domain(name, false));
    std::iter::once(domain(&initial, true)).chain(rest).collect()
}
