use serde_json::{Value, json};

use super::{V1, contoso};
use crate::support::Fixture;

fn user<'l>(ledger: &'l Value, name: &str) -> &'l Value {
    let all = ledger["users"].as_array().unwrap();
    all.iter().find(|user| user["fullname"] == name).unwrap_or_else(|| panic!("no {name} in {ledger:#}"))
}

#[test]
fn the_ledger_gives_a_verdict_on_every_user() {
    let f = Fixture::new();
    let ledger = f.get(&contoso("licenses")).has(200).json();
    let figures = &ledger["licenses"];
    let number = |member: &str| figures[member].as_u64().unwrap();
    assert_eq!(number("purchased"), 10);
    assert_eq!(number("available"), number("purchased") - number("consumed"));
    assert_eq!(ledger["non_interactive"]["limit"], 5);
    let consuming = ledger["users"].as_array().unwrap().iter().filter(|user| user["consumes"] == "license");
    assert_eq!(consuming.count() as u64, number("consumed"));
    let system = user(&ledger, "SYSTEM");
    assert_eq!(system["consumes"], "nothing");
    for member in ["systemuserid", "domainname", "accessmode", "isdisabled", "islicensed", "rules", "why"] {
        assert!(system.get(member).is_some(), "{member} is missing in {system}");
    }
}

#[test]
fn a_user_is_explained() {
    let f = Fixture::new();
    let ledger = f.get(&contoso("licenses")).json();
    let licensed =
        ledger["users"].as_array().unwrap().iter().find(|user| user["consumes"] == "license").unwrap();
    let id = licensed["systemuserid"].as_str().unwrap();
    let explained = f.get(&contoso(&format!("explain/systemusers/{id}"))).has(200).json();
    assert_eq!(explained["systemuserid"], id);
    assert_eq!(explained["state"]["domainname"], licensed["domainname"]);
    assert!(!explained["because"].as_array().unwrap().is_empty(), "{explained:#}");
    for transition in explained["transitions"].as_array().unwrap() {
        assert!(transition["change"].is_object());
        let has = |member: &str| transition.get(member).is_some();
        if transition["allowed"] == true {
            assert!(has("result"), "{transition}");
        } else {
            assert!(has("code") && has("remedy"), "{transition}");
        }
    }
    f.get(&contoso("explain/systemusers/me")).refuses(400, "InvalidId", &["me"]);
    f.get(&contoso("explain/systemusers/00000000-0000-0000-0000-00000000dead")).refuses(
        404,
        "UserNotFound",
        &["licenses"],
    );
}

#[test]
fn the_wizard_makes_licensed_users() {
    let f = Fixture::new();
    let figures = f.get(&contoso("new-user-wizard")).has(200).json();
    let role = system_administrator(&f);
    let form = |roles: Value, email: &str| json!({"roles": roles, "users": [{"first_name": "New", "last_name": "User", "email": email}]});
    let made = f.post(&contoso("new-user-wizard"), &form(json!([role]), "new@contoso.com")).has(201).json();
    assert_eq!(made["users"][0]["domainname"], "new@contoso.com");
    let after = f.get(&contoso("new-user-wizard")).json();
    assert_eq!(after["used"].as_u64(), figures["used"].as_u64().map(|used| used + 1));
    let ledger = f.get(&contoso("licenses")).json();
    assert_eq!(user(&ledger, "New User")["consumes"], "license");

    // Refusals are the product's own, in the body of the Web API.
    let refused = f.post(&contoso("new-user-wizard"), &form(json!([]), "x@contoso.com")).has(400);
    assert_eq!(refused.json()["error"]["code"], "0x8004b012");
    assert_eq!(refused.header("x-ms-emulator-rule"), "U21");
    f.patch(&contoso("settings"), &json!({"licenses": 0})).has(200);
    let refused = f.post(&contoso("new-user-wizard"), &form(json!([role]), "y@contoso.com")).has(400);
    assert_eq!(refused.json()["error"]["code"], "0x8004b011");
    assert!(refused.header("x-ms-emulator-hint").contains("licenses"), "{refused}");
    f.post(&contoso("new-user-wizard"), &json!({"users": [], "owner": 1})).refuses(
        400,
        "InvalidBody",
        &["owner"],
    );
}

#[test]
fn every_rule_has_a_title_and_a_source() {
    let f = Fixture::new();
    let rules = f.get(&format!("{V1}/rules")).has(200).json();
    let rules = rules["rules"].as_array().unwrap();
    assert!(rules.len() > 50, "only {} rules", rules.len());
    for rule in rules {
        for member in ["id", "title", "source"] {
            assert!(rule[member].as_str().is_some_and(|text| !text.is_empty()), "{rule}");
        }
    }
}

fn system_administrator(f: &Fixture) -> String {
    let world = f.org().read();
    let role = &world.known().role;
    let found = world.records().table(role.id).iter().find_map(|(_, row)| {
        (row.get(role.name).as_str() == Some("System Administrator")).then(|| row.id().to_string())
    });
    found.unwrap()
}
