use serde_json::json;

use super::{V1, contoso};
use crate::support::Fixture;

#[test]
fn an_export_makes_the_same_organization_again() {
    let f = Fixture::new();
    f.patch(&contoso("settings"), &json!({"licenses": 17})).has(200);
    f.put(&contoso("clock"), &json!({"mode": "manual", "now": "2026-01-01T08:00:00Z"})).has(200);
    let document = f.get(&contoso("export")).has(200).json();
    f.post(&format!("{V1}/orgs"), &json!({"name": "target", "scenario": "empty"})).has(201);
    let other = json!({"mode": "manual", "now": "2030-01-01T08:00:00Z"});
    f.put("/_emulator/v1/orgs/target/clock", &other).has(200);
    f.put("/_emulator/v1/orgs/target/import", &document).has(204);
    for part in ["licenses", "settings", "clock"] {
        let target = f.get(&format!("{V1}/orgs/target/{part}")).json();
        assert_eq!(target, f.get(&contoso(part)).json(), "{part}");
    }
    // The imported state is what a reset brings back.
    f.patch("/_emulator/v1/orgs/target/settings", &json!({"licenses": 1})).has(200);
    f.post("/_emulator/v1/orgs/target/reset", &json!({})).has(204);
    assert_eq!(f.get("/_emulator/v1/orgs/target/settings").json()["licenses"], 17);
}

#[test]
fn t9_an_export_keeps_the_teams_of_records() {
    let f = Fixture::new();
    let template = json!({"teamtemplatename": "T", "objecttypecode": 1, "defaultaccessrightsmask": 3});
    f.post("/api/data/v9.2/teamtemplates", &template).has(204);
    let templates = f.get("/api/data/v9.2/teamtemplates").has(200).json();
    let team = json!({
        "Record": {
            "@odata.type": "Microsoft.Dynamics.CRM.account",
            "accountid": "00000001-0000-4000-8000-000000000001",
        },
        "TeamTemplate": {
            "@odata.type": "Microsoft.Dynamics.CRM.teamtemplate",
            "teamtemplateid": templates["value"][0]["teamtemplateid"],
        },
    });
    let user = "/api/data/v9.2/systemusers(00000008-0000-4000-8000-000000000011)";
    f.post(&format!("{user}/Microsoft.Dynamics.CRM.AddUserToRecordTeam"), &team).has(200);
    let document = f.get(&contoso("export")).has(200).json();
    f.post(&format!("{V1}/orgs"), &json!({"name": "target", "scenario": "empty"})).has(201);
    f.put("/_emulator/v1/orgs/target/import", &document).has(204);
    for query in [
        "teams?$filter=systemmanaged%20eq%20true&$select=name,_regardingobjectid_value,_teamtemplateid_value",
        "teammemberships?$select=teamid,systemuserid&$orderby=teamid,systemuserid",
        "principalobjectaccessset?$select=objectid,principalid,accessrightsmask,changedon",
    ] {
        let values = |org: &str| {
            let mut found = f.get(&format!("{org}/api/data/v9.2/{query}")).has(200).json()["value"].take();
            for row in found.as_array_mut().unwrap() {
                row.as_object_mut().unwrap().remove("@odata.etag");
            }
            found
        };
        assert_ne!(values(""), json!([]), "{query}");
        assert_eq!(values(""), values("/target"), "{query}");
    }
}

#[test]
fn shares_are_exported_and_imported() {
    let f = Fixture::new();
    let row = |table: &str, key: &str, id: &str| json!({"@odata.type": format!("Microsoft.Dynamics.CRM.{table}"), key: id});
    let share = json!({
        "Target": row("account", "accountid", "00000001-0000-4000-8000-000000000001"),
        "PrincipalAccess": {
            "AccessMask": "ReadAccess",
            "Principal": row("systemuser", "systemuserid", "00000008-0000-4000-8000-000000000013"),
        },
    });
    f.post("/api/data/v9.2/GrantAccess", &share).has(204);
    let shares = |org: &str| {
        let select = "objectid,principalid,accessrightsmask,inheritedaccessrightsmask,changedon";
        let answer = f.get(&format!(
            "/{org}/api/data/v9.2/principalobjectaccessset?$select={select}&$orderby=objectid"
        ));
        let rows = answer.has(200).json()["value"].as_array().unwrap().clone();
        rows.into_iter().map(|row| (row["objectid"].clone(), row["changedon"].clone())).collect::<Vec<_>>()
    };
    let document = f.get(&contoso("export")).has(200).json();
    f.post(&format!("{V1}/orgs"), &json!({"name": "target", "scenario": "empty"})).has(201);
    f.put("/_emulator/v1/orgs/target/import", &document).has(204);
    assert_eq!(shares("target"), shares("contoso"));
    assert_eq!(shares("target").len(), 3, "the account, its contact and its task");
}

#[test]
fn a_wrong_document_changes_nothing() {
    let f = Fixture::new();
    let before = f.get(&contoso("export")).json();
    f.put(&contoso("import"), &json!({"format": "something else"})).refuses(400, "InvalidScenario", &[]);
    let request = http::Request::put(contoso("import")).body("not json".into()).unwrap();
    f.send(request).refuses(400, "InvalidScenario", &[]);
    let request = http::Request::put(contoso("import")).body(vec![0xff, 0xfe].into()).unwrap();
    f.send(request).refuses(400, "InvalidScenario", &["utf-8"]);
    assert_eq!(f.get(&contoso("export")).json(), before);
}
