use crm_emulator::directory::AdminRole;
use serde_json::{Value, json};

use super::contoso;
use crate::support::Fixture;
use crate::tenancy::{add, license};

/// The scenario about the delays: five minutes, and a day for access modes.
fn lagging() -> Fixture {
    Fixture::with(|builder| builder.scenario("sync-lag"))
}

#[test]
fn what_waits_is_listed_and_synchronised_on_demand() {
    let f = lagging();
    f.get(&contoso("sync")).is(200, &json!({"waiting": []}));
    let (ann, bob) = (add(&f, "ann", true, &[]), add(&f, "bob", false, &[AdminRole::Service]));
    let waiting = f.get(&contoso("sync")).has(200).json();
    let first = &waiting["waiting"][0];
    assert_eq!(waiting["waiting"].as_array().unwrap().len(), 4);
    for (member, value) in [
        ("number", json!(1)),
        ("account", json!(ann)),
        ("user_principal_name", json!("ann@contoso.onmicrosoft.com")),
        ("what", json!("added")),
        ("made", json!("2026-03-01T12:00:00Z")),
        ("due", json!("2026-03-01T12:05:00Z")),
        (
            "sentence",
            json!(
                "ann@contoso.onmicrosoft.com was added to the directory at 2026-03-01T12:00:00Z; CRM learns of it at 2026-03-01T12:05:00Z."
            ),
        ),
    ] {
        assert_eq!(first[member], value, "{member}");
    }
    // One account, by its name; the other one waits on.
    let done = f.post(&contoso("sync"), &json!({"account": "ANN@contoso.onmicrosoft.com"})).has(200).json();
    let rules: Vec<_> = done["applied"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|applied| applied["because"].as_array().unwrap())
        .map(|because| because["rule"].clone())
        .collect();
    assert!(rules.contains(&json!("D3")), "{done:#}");
    assert_eq!(done["waiting"].as_array().unwrap().len(), 2);
    let users = "/api/data/v9.2/systemusers?$select=accessmode,isdisabled,islicensed&$filter=";
    let of = |id: &Value| {
        f.get(&format!("{users}azureactivedirectoryobjectid eq {}", id.as_str().unwrap()).replace(' ', "%20"))
    };
    let found = of(&json!(ann)).has(200).json();
    assert_eq!(
        (&found["value"][0]["accessmode"], &found["value"][0]["islicensed"]),
        (&json!(0), &json!(true))
    );
    assert_eq!(of(&json!(bob)).json()["value"], json!([]));
    // Without a body, everything.
    let done = f.ask(http::Method::POST, &contoso("sync"), &[], None).has(200).json();
    assert_eq!((done["applied"].as_array().unwrap().len(), &done["waiting"]), (2, &json!([])));
    assert_eq!(of(&json!(bob)).json()["value"][0]["accessmode"], json!(1));
    f.post(&contoso("sync"), &json!({})).is(200, &json!({"applied": [], "waiting": []}));
}

#[test]
fn what_sync_does_not_take() {
    let f = lagging();
    f.post(&contoso("sync"), &json!({"account": "nobody@contoso.com"})).refuses(
        404,
        "AccountNotFound",
        &["nobody@contoso.com", "object id"],
    );
    f.post(&contoso("sync"), &json!({"user": "x"})).refuses(400, "InvalidBody", &["user"]);
    f.delete(&contoso("sync")).refuses(405, "MethodNotAllowed", &["DELETE"]);
}

#[test]
fn the_clock_brings_it_about() {
    let f = lagging();
    let ann = add(&f, "ann", true, &[]);
    f.post(&contoso("clock/advance"), &json!({"by": "4m59s"})).has(200);
    assert!(f.get(&contoso("sync")).json()["waiting"].as_array().unwrap().len() == 2);
    f.post(&contoso("clock/advance"), &json!({"by": "1s"})).has(200);
    f.get(&contoso("sync")).is(200, &json!({"waiting": []}));
    license(&f, ann, false);
    let ledger = f.get(&contoso("licenses")).has(200).json();
    let line =
        ledger["users"].as_array().unwrap().iter().find(|user| user["fullname"] == "Ann Person").unwrap();
    assert!(line["waiting"][0].as_str().unwrap().contains("lost its licence"), "{line:#}");
    let id = line["systemuserid"].as_str().unwrap();
    let explained = f.get(&contoso(&format!("explain/systemusers/{id}"))).has(200).json();
    let because = explained["because"].as_array().unwrap();
    assert!(because.iter().any(|reason| reason["rule"] == "D10"), "{explained:#}");
}

#[test]
fn the_setting_of_the_security_group_acts_on_accounts() {
    let f = Fixture::new();
    add(&f, "ann", true, &[]);
    let state = || {
        let ledger = f.get(&contoso("licenses")).json();
        let users = ledger["users"].as_array().unwrap();
        users.iter().find(|user| user["fullname"] == "Ann Person").unwrap()["isdisabled"].clone()
    };
    assert_eq!(state(), json!(false));
    // A group that keeps out everybody, and then nobody again.
    let made = f.post(
        "/graph/v1.0/groups",
        &json!({"displayName": "Guards", "mailEnabled": false, "mailNickname": "guards", "securityEnabled": true}),
    );
    let guards = made.has(201).json()["id"].clone();
    f.patch(&contoso("settings"), &json!({ "security_group": guards })).has(200);
    assert_eq!(state(), json!(true));
    f.patch(&contoso("settings"), &json!({"security_group": ""})).has(200);
    assert_eq!(state(), json!(false));
}

#[test]
fn an_export_carries_what_waits() {
    let f = lagging();
    let ann = add(&f, "ann", true, &[]);
    let gone = add(&f, "gone", false, &[]);
    f.org().change_tenant(|tenant| tenant.delete(gone)).unwrap();
    let exported = f.get(&contoso("export")).has(200).json();
    assert_eq!(exported["directory"]["deleted"][0]["id"], json!(gone));
    f.put(&contoso("import"), &exported).has(204);
    assert_eq!(f.get(&contoso("export")).json(), exported);
    f.post(&contoso("clock/advance"), &json!({"by": "5m"})).has(200);
    let users =
        f.get(&format!("/api/data/v9.2/systemusers?$filter=azureactivedirectoryobjectid%20eq%20{ann}"));
    assert_eq!(users.json()["value"].as_array().unwrap().len(), 1);
    // A reset brings the imported state back, and with it what waited.
    f.post(&contoso("reset"), &json!({})).has(204);
    assert_eq!(f.get(&contoso("sync")).json()["waiting"].as_array().unwrap().len(), 4);
}

#[test]
fn d11_in_dataverse_an_account_is_met_that_somebody_acts_for() {
    for (era, status) in [("dataverse", 200), ("crm2013", 403)] {
        let f = Fixture::with(|builder| builder.scenario("sync-lag").set("era", era));
        let ann = add(&f, "ann", true, &[AdminRole::Global]).to_string();
        let headers = [("CallerObjectId", &*ann)];
        f.ask(http::Method::GET, "/api/data/v9.2/WhoAmI", &headers, None).has(status);
    }
}

#[test]
fn a_group_that_is_not_there_guards_nothing() {
    let f = Fixture::new();
    let nowhere = "11111111-1111-1111-1111-111111111111";
    f.patch(&contoso("settings"), &json!({"security_group": nowhere})).refuses(
        400,
        "InvalidSetting",
        &[nowhere],
    );
    f.patch(&contoso("settings"), &json!({"security_group": null})).has(200);
    f.get("/api/data/v9.2/WhoAmI").has(200);
}
