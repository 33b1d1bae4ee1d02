//! `users/{id}/assignLicense`, `users/{id}/licenseDetails`, `subscribedSkus`.
//!
//! Source: "user: assignLicense", "List licenseDetails", "List subscribedSkus", resource subscribedSku.

use http::Method;
use serde_json::Value;
use uuid::Uuid;

use super::ask::Ask;
use super::body::{self, Members};
use super::error::{self, Result};
use super::item::{self, Item, Shape};
use super::list::{self, Allows, Listing};
use super::property::Kind;
use super::reply::Reply;
use crate::directory::Account;
use crate::directory::sku::{self, Sku};

const ACTION: &str = "assignLicense";

/// Answers `users/{id}/assignLicense`.
///
/// # Errors
///
/// 400 where no licence is left, one that is to be removed is not there, or the parameters are not what they should be;
/// 501 where service plans are to be disabled.
pub(super) fn assign(ask: &Ask<'_>, id: Uuid) -> Result<Reply> {
    ask.options.allow(&[])?;
    let (add, remove) = parameters(&body::members(ask)?)?;
    let account = ask.call.host.change_tenant(ask.call.organization, |tenant| {
        tenant.assign_licenses(id, &add, &remove)?;
        tenant.directory().account(id).cloned().ok_or_else(|| error::not_found(id))
    })?;
    // The example of the reference shows the whole user.
    Ok(Reply::ok(item::entity(ask, Item::User(&account), &Shape::All), ask.level))
}

type Skus = Vec<&'static Sku>;

fn parameters(members: &Members) -> Result<(Skus, Skus)> {
    let names = ["addLicenses", "removeLicenses"];
    if let Some(name) = members.keys().find(|name| !names.contains(&name.as_str())) {
        return Err(error::unknown_parameter(ACTION, name));
    }
    let lists = names.map(|name| members.get(name).and_then(Value::as_array));
    let missing: Vec<_> =
        names.iter().zip(lists).filter(|(_, list)| list.is_none()).map(|(name, _)| *name).collect();
    let [Some(add), Some(remove)] = lists else {
        return Err(error::missing_parameters(ACTION, &missing.join(", ")));
    };
    let add = add.iter().map(added).collect::<Result<Skus>>()?;
    let remove = remove.iter().map(removed).collect::<Result<Skus>>()?;
    if add.iter().any(|sku| remove.contains(sku)) {
        return Err(error::added_and_removed());
    }
    Ok((add, remove))
}

/// A licence to assign: `{"skuId", "disabledPlans"}`.
fn added(license: &Value) -> Result<&'static Sku> {
    let members = license.as_object().ok_or_else(error::bad_body)?;
    for name in members.keys() {
        if !["skuId", "disabledPlans"].contains(&name.as_str()) && !body::is_control_information(name) {
            return Err(error::unknown_property(name));
        }
    }
    let id = body::guid(members.get("skuId").unwrap_or(&Value::Null))?;
    let sku = sku::sku_with(id).ok_or_else(|| error::unknown_sku(id))?;
    match members.get("disabledPlans") {
        None | Some(Value::Null) => {}
        Some(Value::Array(plans)) => {
            for plan in plans {
                let plan = body::guid(plan)?;
                if !sku.plans.iter().any(|of| of.id == plan) {
                    return Err(error::unknown_plan(plan, sku));
                }
            }
            if !plans.is_empty() {
                return Err(error::not_emulated("disabling service plans of a licence (disabledPlans)"));
            }
        }
        Some(_) => return Err(error::bad_body()),
    }
    Ok(sku)
}

/// A licence to remove. Nobody has one of a product that the tenant does not know.
fn removed(id: &Value) -> Result<&'static Sku> {
    let id = body::guid(id)?;
    sku::sku_with(id).ok_or_else(|| error::unknown_sku(id))
}

/// Answers `users/{id}/licenseDetails`; `rest` is what stands behind.
///
/// # Errors
///
/// 404 where one is asked for that is not there.
pub(super) fn details(ask: &Ask<'_>, account: &Account, rest: &[&str]) -> Result<Reply> {
    ask.only(&[Method::GET])?;
    let context = format!("users('{}')/licenseDetails", account.id);
    let items: Vec<_> = item::licenses(account).map(Item::License).collect();
    match rest {
        [] => list::answer(
            ask,
            Listing { context, kinds: &[Kind::License], is_typed: false, allows: Allows::Select, items },
        ),
        [key] => {
            let found = items.into_iter().find(|item| item.id().to_string().eq_ignore_ascii_case(key));
            let item = found.ok_or_else(|| error::not_found(key))?;
            ask.options.allow(&["$select"])?;
            let shape = Shape::of(ask.options.get("$select"), &[Kind::License])?;
            let context = format!("{context}{}/$entity", shape.context());
            Ok(Reply::ok(item::with_context(ask, &context, item.write(ask, &shape, false)), ask.level))
        }
        [_, segment, ..] => Err(error::unknown_segment(segment)),
    }
}

/// Answers `subscribedSkus` and one of them.
///
/// # Errors
///
/// 404 where one is asked for that is not there.
pub(super) fn skus(ask: &Ask<'_>, rest: &[&str]) -> Result<Reply> {
    ask.only(&[Method::GET])?;
    let world = ask.call.organization.read();
    let items: Vec<_> = sku::SKUS.iter().map(|sku| Item::Sku(&world, sku)).collect();
    match rest {
        [] => list::answer(
            ask,
            Listing {
                context: "subscribedSkus".into(),
                kinds: &[Kind::Sku],
                is_typed: false,
                allows: Allows::Select,
                items,
            },
        ),
        [key] => {
            ask.options.allow(&["$select"])?;
            let is_it =
                |item: &Item<'_>| item.value("id").as_str().is_some_and(|id| id.eq_ignore_ascii_case(key));
            let item = items.into_iter().find(is_it).ok_or_else(|| error::not_found(key))?;
            let shape = Shape::of(ask.options.get("$select"), &[Kind::Sku])?;
            Ok(Reply::ok(item::entity(ask, item, &shape), ask.level))
        }
        [_, segment, ..] => Err(error::unknown_segment(segment)),
    }
}
