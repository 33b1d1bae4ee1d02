//! Organizations: made, shown, reset, deleted.

use axum::response::IntoResponse;
use http::header::LOCATION;
use http::{HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::extract::{Here, Json, NoBody, Ready, Scope};
use super::{Answer, answer, done, ok, settings};
use crate::hosting::{Host, Organization};
use crate::protocol::http::{Refusal, Site};
use crate::scenario::Scenario;

/// One organization as the calls show it.
#[derive(Debug, Serialize)]
struct Shown {
    name: String,
    friendly_name: String,
    organization_id: Uuid,
    is_default: bool,
    users: usize,
    web_api_url: String,
}

impl Shown {
    fn new(host: &Host, organization: &Organization, site: &Site) -> Self {
        let world = organization.read();
        let identity = world.identity();
        Self {
            name: organization.name().to_owned(),
            friendly_name: identity.friendly_name.clone(),
            organization_id: identity.organization_id,
            is_default: host.default_organization().name() == organization.name(),
            users: organization.users(),
            web_api_url: format!("{}/{}/api/data/v9.2", site.base(), organization.name()),
        }
    }
}

pub(super) async fn list(emulator: Ready, Here(site): Here) -> Answer {
    let host = emulator.host()?;
    let all: Vec<_> =
        host.organizations().iter().map(|organization| Shown::new(host, organization, &site)).collect();
    ok(&serde_json::json!({ "orgs": all }))
}

pub(super) async fn show(scope: Scope, Here(site): Here) -> Answer {
    ok(&Shown::new(scope.host()?, &scope.organization, &site))
}

/// What a new organization is made of.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct New {
    name: String,
    /// The name of an embedded scenario, or a whole document.
    #[serde(default)]
    scenario: Option<Value>,
    /// The organization to fork.
    #[serde(default)]
    from: Option<String>,
    #[serde(default)]
    settings: Option<Map<String, Value>>,
}

pub(super) async fn create(emulator: Ready, Here(site): Here, Json(new): Json<New>) -> Answer {
    let host = emulator.host()?;
    let organization = match (new.from, new.scenario) {
        (Some(_), Some(_)) => return Err(from_and_scenario()),
        (Some(from), None) => {
            let from = host.organization(&from).ok_or(crate::hosting::HostError::Unknown(from))?;
            // A wrong setting must not leave an organization behind.
            let switches = {
                let world = from.read();
                settings::changed(world.catalogue(), world.settings(), new.settings.as_ref())?
            };
            let fork = host.fork(&from, &new.name)?;
            settings::put(host, &fork, switches);
            fork.import((*fork.read()).clone());
            fork
        }
        (None, scenario) => {
            let mut start = host.start();
            start.settings = settings::changed(host.catalogue(), &start.settings, new.settings.as_ref())?;
            if let Some(scenario) = scenario {
                start.scenario = read_scenario(scenario)?;
            }
            host.create(&new.name, &start)?
        }
    };
    let shown = Shown::new(host, &organization, &site);
    let mut response = answer(StatusCode::CREATED, &shown)?;
    let location = format!("{}/_emulator/v1/orgs/{}", site.base(), organization.name());
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(LOCATION, location);
    }
    Ok(response.into_response())
}

pub(super) async fn delete(scope: Scope) -> Answer {
    scope.host()?.delete(scope.organization.name())?;
    Ok(done())
}

pub(super) async fn reset(scope: Scope, _: NoBody) -> Answer {
    scope.organization.reset();
    Ok(done())
}

/// Files are for the command line to read: a call of the control API names none on the emulator's machine.
fn read_scenario(scenario: Value) -> Result<Scenario, Refusal> {
    match scenario {
        Value::String(name) => {
            name.parse().map_err(crate::hosting::HostError::BadScenario).map_err(Refusal::from)
        }
        document @ Value::Object(_) => Ok(Scenario::Document(document.to_string().into())),
        _ => {
            Err(crate::hosting::HostError::BadScenario("a scenario is a name or a document".to_owned())
                .into())
        }
    }
}

fn from_and_scenario() -> Refusal {
    Refusal::new(
        StatusCode::BAD_REQUEST,
        "InvalidBody",
        "An organization starts either from another one or from a scenario.",
        "Send one of 'from' and 'scenario'.",
    )
}
