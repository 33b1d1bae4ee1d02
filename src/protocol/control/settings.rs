//! The switches of an organization by their keys.

use std::convert::Infallible;

use http::StatusCode;
use serde_json::{Map, Value};

use super::extract::{Json, Scope};
use super::{Answer, ok};
use crate::hosting::{Host, Organization};
use crate::model::Catalogue;
use crate::protocol::http::Refusal;
use crate::security::SecuredColumns;
use crate::settings::Settings;
use crate::world::World;

pub(super) async fn show(scope: Scope) -> Answer {
    ok(&print(scope.organization.read().settings()))
}

pub(super) async fn change(scope: Scope, Json(wanted): Json<Map<String, Value>>) -> Answer {
    // Read and written in one change set: two callers cannot take back each other's switches.
    let switches = scope.host()?.change_settings(&scope.organization, |world| {
        let switches = changed(world.catalogue(), world.settings(), Some(&wanted))?;
        check_group(world, &switches).map(|()| switches)
    })?;
    ok(&print(&switches))
}

/// A group that nobody is in would lock everybody out, and one that is not there has nobody.
fn check_group(world: &World, switches: &Settings) -> Result<(), Refusal> {
    match switches.security_group.0 {
        Some(group) if switches.security_group != world.settings().security_group => {
            let is_there = world.directory().group(group).is_some();
            let why = || invalid(&format!("security_group: the directory has no group {group}"), switches);
            if is_there { Ok(()) } else { Err(why()) }
        }
        _ => Ok(()),
    }
}

/// Replaces the switches of an organization.
pub(super) fn put(host: &Host, organization: &Organization, switches: Settings) {
    let Ok(_) = host.change_settings(organization, |_| Ok::<_, Infallible>(switches));
}

/// The switches with some of them changed: all of them, or a refusal and none.
pub(super) fn changed(
    catalogue: &Catalogue,
    switches: &Settings,
    wanted: Option<&Map<String, Value>>,
) -> Result<Settings, Refusal> {
    let mut switches = switches.clone();
    let Some(wanted) = wanted else { return Ok(switches) };
    // The era first: it moves what nobody set, and what stands beside it in the same call was set.
    let (era, others): (Vec<_>, Vec<_>) = wanted.iter().partition(|(key, _)| *key == "era");
    for (key, value) in era.into_iter().chain(others) {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Bool(truth) => truth.to_string(),
            Value::Null if key == "security_group" => String::new(),
            Value::Array(elements) if switches.is_list(key) => texts(elements)
                .ok_or_else(|| invalid(&format!("{key}: the elements of the list are texts"), &switches))?,
            _ => {
                return Err(invalid(
                    &format!("{key}: a setting is a text, a number or a boolean"),
                    &switches,
                ));
            }
        };
        if !switches.entries().iter().any(|entry| entry.key == key) {
            return Err(invalid(&format!("'{key}' is not a setting"), &switches));
        }
        switches.set(key, &text).map_err(|why| invalid(&why, &switches))?;
    }
    SecuredColumns::check(catalogue, &switches).map_err(|why| invalid(&why, &switches))?;
    Ok(switches)
}

/// The texts of a list as one.
fn texts(elements: &[Value]) -> Option<String> {
    elements.iter().map(Value::as_str).collect::<Option<Vec<_>>>().map(|texts| texts.join(","))
}

/// Every switch under its key; numbers, booleans and lists as such.
pub(super) fn print(switches: &Settings) -> Map<String, Value> {
    let entry = |entry: crate::settings::Entry| {
        let value = match entry.value.as_str() {
            text if entry.is_list => text.split(',').filter(|text| !text.is_empty()).collect(),
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            text => text.parse::<u32>().map_or_else(|_| Value::from(text), Value::from),
        };
        (entry.key.to_owned(), value)
    };
    switches.entries().into_iter().map(entry).collect()
}

fn invalid(why: &str, switches: &Settings) -> Refusal {
    let keys: Vec<_> = switches.entries().iter().map(|entry| entry.key).collect();
    Refusal::new(
        StatusCode::BAD_REQUEST,
        "InvalidSetting",
        format!("No setting was changed: {why}."),
        format!("The keys are {}.", keys.join(", ")),
    )
}
