use http::Method;
use serde_json::json;

use super::{V1, contoso};
use crate::support::Fixture;

#[test]
fn health_says_ready() {
    let f = Fixture::new();
    let answer = f.get("/_emulator/v1/health").has(200);
    let health = answer.json();
    assert_eq!(health["status"], "ready");
    assert_eq!(health["version"], env!("CARGO_PKG_VERSION"));
    assert!(health["uptime_ms"].is_u64());
    assert_eq!(answer.header("content-type"), "application/json; charset=utf-8");
}

#[test]
fn head_answers_like_get_without_a_body() {
    let f = Fixture::new();
    let answer = f.ask(Method::HEAD, "/_emulator/v1/capabilities", &[], None).has(200);
    assert!(answer.body.is_empty());
}

#[test]
fn capabilities_are_the_list_of_the_crate() {
    let f = Fixture::new();
    let answer = f.get("/_emulator/v1/capabilities").has(200).json();
    let listed = answer["capabilities"].as_array().unwrap();
    assert_eq!(listed.len(), crm_emulator::capabilities::ALL.len());
    for row in listed {
        assert!(["emulated", "partly", "not"].contains(&row["status"].as_str().unwrap()), "{row}");
        assert!(!row["area"].as_str().unwrap().is_empty() && !row["feature"].as_str().unwrap().is_empty());
    }
}

#[test]
fn what_is_no_call_is_not_found() {
    let f = Fixture::new();
    f.get("/_emulator/v1/organisations").refuses(404, "NotFound", &["/_emulator/v1/organisations", "orgs"]);
    f.get("/_emulator/v1").refuses(404, "NotFound", &[]);
    f.get(&contoso("license")).refuses(404, "NotFound", &[]);
}

#[test]
fn a_wrong_method_tells_the_right_ones() {
    let f = Fixture::new();
    let answer = f.put(&format!("{V1}/orgs"), &json!({})).refuses(405, "MethodNotAllowed", &["PUT", "Allow"]);
    assert_eq!(answer.header("allow"), "GET,HEAD,POST");
    f.get(&contoso("reset")).refuses(405, "MethodNotAllowed", &[]);
    f.post(&contoso("settings"), &json!({})).refuses(405, "MethodNotAllowed", &[]);
}

#[test]
fn nothing_is_ignored() {
    let f = Fixture::new();
    f.get("/_emulator/v1/orgs?name=contoso").refuses(400, "UnknownOption", &["name=contoso"]);
    f.post(&contoso("reset"), &json!({"to": "start"})).refuses(400, "UnexpectedBody", &[]);
    f.post(&contoso("reset"), &json!({})).has(204);
}
