use serde_json::{Value, json};

use super::V1;
use crate::support::Fixture;

fn orgs() -> String {
    format!("{V1}/orgs")
}

fn names(f: &Fixture) -> Vec<String> {
    let all = f.get(&orgs()).has(200).json();
    all["orgs"].as_array().unwrap().iter().map(|org| org["name"].as_str().unwrap().to_owned()).collect()
}

fn users(f: &Fixture, org: &str) -> Vec<Value> {
    let ledger = f.get(&format!("{V1}/orgs/{org}/licenses")).has(200).json();
    ledger["users"].as_array().unwrap().clone()
}

#[test]
fn the_default_organization_is_there() {
    let f = Fixture::new();
    let contoso = json!({
        "name": "contoso",
        "friendly_name": "Contoso",
        "organization_id": f.org().read().identity().organization_id,
        "is_default": true,
        "users": 8,
        "web_api_url": "http://localhost/contoso/api/data/v9.2",
    });
    f.get(&orgs()).is(200, &json!({ "orgs": [contoso] }));
    f.get("/_emulator/v1/orgs/contoso").is(200, &contoso);
    f.get("/_emulator/v1/orgs/CONTOSO").is(200, &contoso);
}

#[test]
fn an_organization_is_made_from_a_scenario() {
    let f = Fixture::new();
    let body = json!({"name": "small", "scenario": "empty", "settings": {"licenses": 3, "era": "dataverse"}});
    let made = f.post(&orgs(), &body).has(201);
    assert_eq!(made.header("location"), "http://localhost/_emulator/v1/orgs/small");
    assert_eq!(made.json()["is_default"], false);
    assert_eq!(names(&f), ["contoso", "small"]);
    assert!(users(&f, "small").len() < users(&f, "contoso").len());
    let settings = f.get("/_emulator/v1/orgs/small/settings").json();
    assert_eq!((&settings["licenses"], &settings["non_interactive_limit"]), (&json!(3), &json!(7)));
    // The organization it was made beside has its own.
    assert_eq!(f.get("/_emulator/v1/orgs/contoso/settings").json()["licenses"], 10);
}

#[test]
fn a_document_is_a_scenario_too() {
    let f = Fixture::new();
    let document = f.get("/_emulator/v1/orgs/contoso/export").has(200).json();
    f.post(&orgs(), &json!({"name": "copy", "scenario": document})).has(201);
    assert_eq!(users(&f, "copy"), users(&f, "contoso"));
}

#[test]
fn a_fork_starts_as_the_other_is_now() {
    let f = Fixture::new();
    f.patch("/_emulator/v1/orgs/contoso/settings", &json!({"licenses": 42})).has(200);
    f.post(&orgs(), &json!({"name": "fork", "from": "contoso", "settings": {"strict_required": true}}))
        .has(201);
    let settings = || f.get("/_emulator/v1/orgs/fork/settings").json();
    assert_eq!((&settings()["licenses"], &settings()["strict_required"]), (&json!(42), &json!(true)));
    // What it does from now on is its own, and its reset brings back the fork point.
    f.patch("/_emulator/v1/orgs/fork/settings", &json!({"licenses": 1, "strict_required": false})).has(200);
    assert_eq!(f.get("/_emulator/v1/orgs/contoso/settings").json()["licenses"], 42);
    f.post("/_emulator/v1/orgs/fork/reset", &json!({})).has(204);
    assert_eq!((&settings()["licenses"], &settings()["strict_required"]), (&json!(42), &json!(true)));
}

#[test]
fn a_reset_brings_the_scenario_back() {
    let f = Fixture::new();
    let before = users(&f, "contoso");
    f.patch("/_emulator/v1/orgs/contoso/settings", &json!({"licenses": 42})).has(200);
    f.post("/_emulator/v1/orgs/contoso/clock/advance", &json!({"by": "24h"})).has(200);
    f.post("/_emulator/v1/orgs/contoso/reset", &json!({})).has(204);
    assert_eq!(f.get("/_emulator/v1/orgs/contoso/settings").json()["licenses"], 10);
    assert_eq!(f.get("/_emulator/v1/orgs/contoso/clock").json()["now"], crate::support::NOW);
    assert_eq!(users(&f, "contoso"), before);
}

#[test]
fn an_organization_is_deleted() {
    let f = Fixture::new();
    f.post(&orgs(), &json!({"name": "gone"})).has(201);
    f.delete("/_emulator/v1/orgs/gone").has(204);
    f.get("/_emulator/v1/orgs/gone").refuses(404, "OrganizationNotFound", &["gone", "POST"]);
    f.delete("/_emulator/v1/orgs/gone").refuses(404, "OrganizationNotFound", &[]);
    f.delete("/_emulator/v1/orgs/contoso").refuses(409, "DefaultOrganization", &["reset"]);
}

#[test]
fn what_no_organization_can_be() {
    let f = Fixture::new();
    let refuses = |body: Value, status, code: &str, words: &[&str]| {
        f.post(&orgs(), &body).refuses(status, code, words);
    };
    refuses(json!({"name": "contoso"}), 409, "OrganizationExists", &["contoso"]);
    for name in ["", "Upper", "api", "a/b", "-a", "ä", &"a".repeat(64)] {
        refuses(json!({"name": name}), 400, "InvalidName", &["lower-case"]);
    }
    refuses(json!({"name": "a", "scenario": "nothing"}), 400, "InvalidScenario", &["nothing", "empty"]);
    refuses(json!({"name": "a", "scenario": "/etc/passwd"}), 400, "InvalidScenario", &[]);
    refuses(json!({"name": "a", "scenario": 7}), 400, "InvalidScenario", &[]);
    refuses(json!({"name": "a", "from": "nobody"}), 404, "OrganizationNotFound", &["nobody"]);
    refuses(json!({"name": "a", "from": "contoso", "scenario": "empty"}), 400, "InvalidBody", &["one of"]);
    refuses(json!({"name": "a", "setings": {}}), 400, "InvalidBody", &["setings"]);
    refuses(json!({"name": "a", "settings": {"licences": 1}}), 400, "InvalidSetting", &["licences"]);
    refuses(json!({"from": "contoso"}), 400, "InvalidBody", &["name"]);
    assert_eq!(names(&f), ["contoso"], "a refusal leaves nothing behind");
}

#[test]
fn malformed_json_is_told_apart_from_wrong_json() {
    let f = Fixture::new();
    let request = http::Request::post(orgs()).body("{\"name\":".into()).unwrap();
    f.send(request).refuses(400, "MalformedJson", &["line 1"]);
}
