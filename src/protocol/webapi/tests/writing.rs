//! POST, PATCH, PUT, DELETE.

use super::{BASE, Client};

const ACCOUNT: &str = "00000001-0000-4000-8000-000000000001";
const MISSING: &str = "00000000-0000-0000-0000-0000000000aa";

#[test]
fn a_create_tells_where_the_row_is() {
    let client = Client::new();
    let answer = client.json("POST /accounts", r#"{"name":"a","revenue":10.50}"#);
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    assert_eq!(answer.header("location"), answer.header("odata-entityid"));
    let row = client.get(&format!("/accounts({})", answer.id())).value();
    assert_eq!(row["name"], "a");
    assert_eq!(row["createdon"], "2026-01-02T03:04:05Z");
}

#[test]
fn a_create_that_answers_the_row() {
    let client = Client::new();
    let answer = client.send(
        "POST /accounts?$select=name&$expand=primarycontactid($select=fullname)",
        "Content-Type: application/json; charset=utf-8\nPrefer: return=representation",
        r#"{"name":"a","primarycontactid":{"firstname":"b","lastname":"c"}}"#,
    );
    assert_eq!(answer.status, 201);
    assert_eq!(answer.header("odata-entityid"), "");
    assert_eq!(answer.header("preference-applied"), "return=representation");
    let value = answer.value();
    assert_eq!(
        value["@odata.context"],
        format!("{BASE}/$metadata#accounts(name,primarycontactid(fullname))/$entity")
    );
    assert!(value["primarycontactid"]["contactid"].is_string());
}

#[test]
fn updates_and_their_conditions() {
    let client = Client::new();
    let patch = |url: &str, headers: &str| {
        let headers = format!("Content-Type: application/json\n{headers}");
        client.send(&format!("PATCH /accounts({url})"), &headers, r#"{"name":"b"}"#)
    };
    let answer = patch(ACCOUNT, "If-Match: *");
    assert_eq!((answer.status, answer.id().as_str()), (204, ACCOUNT));
    assert_eq!(patch(MISSING, "If-Match: *").status, 404);
    assert_eq!(
        patch(ACCOUNT, "If-None-Match: *").refusal(),
        "412 0x80040237 A record with matching key values already exists."
    );
    assert_eq!(
        patch(ACCOUNT, "If-Match: W/\"1\"").refusal(),
        "412 0x80060882 The version of the existing record doesn't match the RowVersion property provided."
    );
    let etag = client.get(&format!("/accounts({ACCOUNT})")).header("etag").to_owned();
    assert_eq!(patch(ACCOUNT, &format!("If-Match: {etag}")).status, 204);
    let created = patch(MISSING, "If-None-Match: null");
    assert_eq!((created.status, created.id().as_str()), (204, MISSING));
    let shown = patch(ACCOUNT, "Prefer: return=representation");
    assert_eq!((shown.status, shown.value()["name"].as_str()), (200, Some("b")));
    let made = client.send(
        "PATCH /accounts(00000000-0000-0000-0000-0000000000ab)?$select=name",
        "Content-Type: application/json\nPrefer: return=representation",
        "{}",
    );
    assert_eq!(made.status, 201);
}

#[test]
fn deletes() {
    let client = Client::new();
    let url = format!("DELETE /accounts({ACCOUNT})");
    assert_eq!(client.send(&url, "If-Match: W/\"1\"", "").status, 412);
    let answer = client.send(&url, "If-Match: *\nContent-Type: application/json", "");
    assert_eq!((answer.status, answer.body.as_str(), answer.header("odata-entityid")), (204, "", ""));
    assert_eq!(client.send(&url, "", "").status, 404);
    assert_eq!(client.get(&format!("/accounts({ACCOUNT})")).status, 404);
}

#[test]
fn one_property() {
    let client = Client::new();
    let url = format!("/accounts({ACCOUNT})/telephone1");
    assert_eq!(client.json(&format!("PUT {url}"), r#"{"value":"1"}"#).status, 204);
    assert_eq!(client.get(&url).value()["value"], "1");
    assert_eq!(client.send(&format!("DELETE {url}"), "", "").status, 204);
    assert_eq!(client.get(&url).status, 204);
    let lookup = format!("/accounts({ACCOUNT})/_primarycontactid_value");
    assert_eq!(client.json(&format!("PUT {lookup}"), r#"{"value":null}"#).status, 405);
    assert_eq!(client.json(&format!("PUT {url}"), "{}").status, 400);
    assert_eq!(client.json(&format!("PUT /accounts({MISSING})/name"), r#"{"value":"1"}"#).status, 404);
}

#[test]
fn associations() {
    let client = Client::new();
    let user = "00000008-0000-4000-8000-000000000014";
    let role = client.get("/roles?$select=name&$filter=name%20eq%20'Salesperson'&$top=1").value();
    let role = role["value"][0]["roleid"].as_str().unwrap().to_owned();
    let roles = format!("/systemusers({user})/systemuserroles_association");
    let has = || client.get(&format!("{roles}/$ref")).body.contains(&role);
    let body = format!(r#"{{"@odata.id":"{BASE}/roles({role})"}}"#);
    assert_eq!(client.json(&format!("POST {roles}/$ref"), &body).status, 204);
    assert!(has());
    assert_eq!(client.send(&format!("DELETE {roles}({role})/$ref"), "", "").status, 204);
    assert!(!has());
    let relative = format!(r#"{{"@odata.context":"x","@odata.id":"roles({role})"}}"#);
    assert_eq!(client.json(&format!("POST {roles}/$ref"), &relative).status, 204);
    let by_option = format!("DELETE {roles}/$ref?$id={BASE}/roles({role})");
    assert_eq!(client.send(&by_option, "", "").status, 204);
    assert!(!has());
    assert_eq!(client.send(&format!("DELETE {roles}/$ref"), "", "").status, 400);
    let manager = format!("/systemusers({user})/parentsystemuserid/$ref");
    let body = r#"{"@odata.id":"/systemusers(00000008-0000-4000-8000-000000000011)"}"#;
    assert_eq!(client.json(&format!("PUT {manager}"), body).status, 204);
    assert_eq!(client.get(&manager).status, 200);
    assert_eq!(client.json(&format!("POST {manager}"), body).status, 405);
    assert_eq!(client.send(&format!("DELETE {manager}"), "", "").status, 204);
    assert_eq!(client.get(&manager).status, 204);
    let wrong = format!(r#"{{"@odata.id":"accounts({ACCOUNT})"}}"#);
    assert_eq!(client.json(&format!("PUT {manager}"), &wrong).status, 400);
}

#[test]
fn bodies_that_are_no_json() {
    let client = Client::new();
    assert_eq!(client.send("POST /accounts", "Content-Type: text/plain", "{}").status, 415);
    assert_eq!(client.send("POST /accounts", "", "{}").status, 415);
    let broken = client.json("POST /accounts", r#"{"name":"a""#);
    assert_eq!(broken.status, 400);
    assert!(broken.refusal().contains("0x80048d19 Error identified in Payload provided by the user for Entity :'accounts', For more information on this error please follow this help link https://go.microsoft.com/fwlink/?linkid=2195293  ---->  InnerException : Microsoft.OData.ODataException: Invalid JSON."), "{}", broken.refusal());
    assert_eq!(client.json("POST /accounts", "").status, 400);
    let marked = client.send(
        "POST /accounts",
        "Content-Type: application/json",
        b"\xef\xbb\xbf{\"name\":\"a\"}".to_vec(),
    );
    assert_eq!(marked.status, 204);
    let not_utf8 =
        client.send("POST /accounts", "Content-Type: application/json", b"{\"name\":\"\xff\"}".to_vec());
    assert_eq!(not_utf8.status, 400);
}

#[test]
fn a_refused_graph_leaves_nothing() {
    let client = Client::new();
    let count = || client.get("/contacts/$count").body;
    let before = count();
    let body = format!(
        r#"{{"name":"a","primarycontactid":{{"lastname":"b"}},"parentaccountid@odata.bind":"accounts({MISSING})"}}"#
    );
    assert_eq!(client.json("POST /accounts", &body).status, 404);
    assert_eq!(count(), before);
}

#[test]
fn actions() {
    let client = Client::new();
    let user = "00000008-0000-4000-8000-000000000012";
    let call = |name: &str, body: &str| {
        client.json(&format!("POST /systemusers({user})/Microsoft.Dynamics.CRM.{name}"), body)
    };
    let body = r##"{"BusinessUnit":{"@odata.type":"#Microsoft.Dynamics.CRM.businessunit","businessunitid":"00000010-0000-4000-8000-000000000001"},"ReassignPrincipal":{"@odata.id":"systemusers(00000008-0000-4000-8000-000000000012)"},"DoNotMoveAllRecords":true}"##;
    let moved = call("SetBusinessSystemUser", body);
    assert!(moved.status == 200 || moved.status == 204, "{} {}", moved.status, moved.body);
    assert_eq!(
        client.get(&format!("/systemusers({user})/_businessunitid_value")).value()["value"],
        "00000010-0000-4000-8000-000000000001"
    );
    assert!(
        call("SetBusinessSystemUser", r#"{"Nonsense":1}"#)
            .refusal()
            .contains("is not a valid parameter for the operation 'SetBusinessSystemUser'")
    );
    assert_eq!(call("NoSuch", "{}").status, 404);
    assert_eq!(
        client.get(&format!("/systemusers({user})/Microsoft.Dynamics.CRM.SetBusinessSystemUser")).status,
        405
    );
}
