//! Addresses, versions, headers, and what the directory is not.

use axum::body::Body;
use http::{Method, Request};
use serde_json::json;

use super::{add, at, everything, get, person};
use crate::support::Fixture;

#[test]
fn headers_of_every_answer() {
    let f = Fixture::new();
    let mine = [("client-request-id", "my-own-id")];
    let answer = f.ask(Method::GET, &at("users"), &mine, None).has(200);
    assert_eq!(
        answer.header("content-type"),
        "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
    );
    assert_eq!((answer.header("odata-version"), answer.header("client-request-id")), ("4.0", "my-own-id"));
    assert_eq!(answer.header("request-id").len(), 36);
    let refused = f.ask(Method::GET, &at("users/nobody"), &mine, None).has(404);
    let inner = &refused.json()["error"]["innerError"];
    assert_eq!(inner["date"], "2026-03-01T12:00:00");
    assert_eq!(
        (&inner["request-id"], &inner["client-request-id"]),
        (&json!(refused.header("request-id")), &json!("my-own-id"))
    );
    let own = f.get(&at("users/nobody")).has(404);
    assert_eq!(own.header("client-request-id"), own.header("request-id"));
}

#[test]
fn links_are_built_from_where_the_request_came_in() {
    let f = Fixture::new();
    add(&f, "Adele");
    let request = Request::get("/contoso/graph/v1.0/users?$top=1")
        .header("host", "crm.test:8443")
        .header("x-forwarded-proto", "https");
    let page = f.send(request.body(Body::empty()).unwrap()).has(200).json();
    let root = "https://crm.test:8443/contoso/graph/v1.0/";
    assert_eq!(page["@odata.context"], format!("{root}$metadata#users"));
    assert!(
        page["@odata.nextLink"].as_str().unwrap().starts_with(&format!("{root}users?$top=1&$skiptoken="))
    );
}

#[test]
fn the_organization_and_the_service_itself() {
    let f = Fixture::new();
    let mut bea = person("Bea");
    bea["userPrincipalName"] = json!("bea@Fabrikam.com");
    f.post(&at("users"), &bea).has(201);
    let organization = get(&f, "organization");
    insta::assert_json_snapshot!("organization", organization);
    let id = organization["value"][0]["id"].as_str().unwrap();
    assert_eq!(
        get(&f, &format!("organization/{id}?$select=displayName"))["displayName"],
        organization["value"][0]["displayName"]
    );
    f.patch(&at(&format!("organization/{id}")), &json!({})).refuses(501, "NotEmulated", &["organization"]);
    f.get(&at("organization/x")).refuses(404, "Request_ResourceNotFound", &[]);
    insta::assert_json_snapshot!("service_document", get(&f, ""));
    f.get(&at("$metadata")).refuses(501, "NotEmulated", &["$metadata"]);
}

#[test]
fn versions_and_resources() {
    let f = Fixture::new();
    f.get("/graph/beta/users").refuses(501, "NotEmulated", &["beta"]);
    f.get("/graph/v2.0/users").refuses(400, "BadRequest", &["Invalid version: v2.0"]);
    f.get("/graph").refuses(400, "BadRequest", &["Invalid version"]);
    f.get(&at("servicePrincipals")).refuses(501, "NotEmulated", &["servicePrincipals"]);
    f.get(&at("nothing/here")).refuses(400, "BadRequest", &["Resource not found for the segment 'nothing'."]);
    f.get(&at("directory/administrativeUnits")).refuses(501, "NotEmulated", &["administrativeUnits"]);
    f.get(&at("users/%ff")).refuses(400, "BadRequest", &[]);
    f.get("/nowhere/graph/v1.0/users").has(404);
}

#[test]
fn bodies_are_json_or_refused() {
    let f = Fixture::new();
    let adele = at(&format!("users/{}", add(&f, "Adele")));
    let send = |kind: &str, body: &'static str| {
        f.send(Request::patch(&adele).header("content-type", kind).body(Body::from(body)).unwrap())
    };
    send("application/json", "").refuses(400, "BadRequest", &["Empty Payload. JSON content expected."]);
    send("application/json", "[1]").refuses(400, "BadRequest", &["Unable to read JSON request payload."]);
    send("application/json", "{").refuses(400, "BadRequest", &["Unable to read JSON request payload."]);
    send("text/plain", "{}").refuses(400, "BadRequest", &["Content-Type"]);
    send("application/json; charset=utf-8", "{\"city\":\"Köln\"}").has(204);
    f.ask(Method::PATCH, &adele, &[("if-match", "W/\"1\"")], Some(&json!({}))).refuses(
        501,
        "NotEmulated",
        &["If-Match"],
    );
    f.ask(Method::DELETE, &adele, &[], Some(&json!({"a": 1}))).refuses(400, "BadRequest", &["body"]);
}

#[test]
fn organizations_have_tenants_of_their_own() {
    let f = Fixture::new();
    f.post("/_emulator/v1/orgs", &json!({"name": "other", "from": "contoso"})).has(201);
    let adele = add(&f, "Adele");
    f.get(&format!("/contoso/graph/v1.0/users/{adele}")).has(200);
    f.get(&format!("/other/graph/v1.0/users/{adele}")).refuses(404, "Request_ResourceNotFound", &[]);
}

#[test]
fn what_if_somebody_came() {
    let f = Fixture::new();
    let before = everything(&f);
    let wanted = json!({"requests": [
        {"method": "POST", "url": "/graph/v1.0/users", "body": person("Adele")},
        {"method": "GET", "url": "/graph/v1.0/users/adele@contoso.onmicrosoft.com"},
    ]});
    let tried = f.post("/_emulator/v1/orgs/contoso/whatif", &wanted).has(200).json();
    assert_eq!(
        (&tried["responses"][0]["status"], &tried["responses"][1]["status"]),
        (&json!(201), &json!(200))
    );
    assert_eq!(before, everything(&f));
}
