use serde_json::json;

use super::contoso;
use crate::support::Fixture;

#[test]
fn requests_are_tried_in_order_and_nothing_stays() {
    let f = Fixture::new();
    let before = f.get(&contoso("export")).json();
    let ledger = f.get(&contoso("licenses")).json();
    let wanted = json!({"requests": [
        {"method": "POST", "url": "/api/data/v9.2/systemusers", "headers": {"Prefer": "return=representation"},
         "body": {"firstname": "system", "lastname": "integration", "accessmode": 4,
                  "domainname": "si@contoso.com", "internalemailaddress": "si@contoso.com"}},
        {"method": "GET", "url": "systemusers?$select=fullname&$filter=domainname eq 'si@contoso.com'"},
        {"method": "GET", "url": "http://crm.example/contoso/api/data/v9.1/WhoAmI"},
        {"method": "DELETE", "url": "/api/data/v9.2/nothing(00000000-0000-0000-0000-000000000001)"},
    ]});
    let answer = f.post(&contoso("whatif"), &wanted).has(200).json();
    let status: Vec<_> =
        answer["responses"].as_array().unwrap().iter().map(|one| one["status"].as_u64().unwrap()).collect();
    assert_eq!(status, [201, 200, 200, 404], "{answer:#}");
    assert_eq!(answer["responses"][1]["body"]["value"][0]["fullname"], "system integration");
    // Links are built from the address that was tried.
    let context = answer["responses"][2]["body"]["@odata.context"].as_str().unwrap();
    assert!(context.starts_with("http://crm.example/contoso/api/data/v9.1/$metadata"), "{context}");
    assert_eq!(answer["responses"][3]["headers"]["odata-version"], "4.0");
    assert_eq!(answer["before"], ledger);
    let users = |when: &str| answer[when]["users"].as_array().unwrap().len();
    assert_eq!(users("after"), users("before") + 1);
    assert_eq!(f.get(&contoso("export")).json(), before, "the organization is untouched");
}

#[test]
fn a_request_that_is_none_refuses_them_all() {
    let f = Fixture::new();
    for (request, words) in [
        (json!({"method": "GE T", "url": "accounts"}), ["requests[0]", "GE T"]),
        (json!({"method": "GET", "url": "/other/api/data/v9.2/accounts"}), ["requests[0]", "other"]),
        (json!({"method": "GET", "url": "accounts", "headers": {"a b": "c"}}), ["requests[0]", "a b"]),
        (json!({"method": "GET", "url": "accounts", "headers": {"a": ["c"]}}), ["requests[0]", "'a'"]),
    ] {
        f.post(&contoso("whatif"), &json!({"requests": [request]})).refuses(400, "InvalidRequest", &words);
    }
    f.post(&contoso("whatif"), &json!({"requests": [{"method": "GET", "path": "/"}]})).refuses(
        400,
        "InvalidBody",
        &["path"],
    );
    f.post(&contoso("whatif"), &json!({})).refuses(400, "InvalidBody", &["requests"]);
}

#[test]
fn only_the_organization_can_be_tried() {
    let f = Fixture::new();
    let wanted = json!({"requests": [
        {"method": "POST", "url": "/_emulator/v1/orgs", "body": {"name": "sly"}},
        {"method": "GET", "url": "/XRMServices/2011/Organization.svc"},
    ]});
    let answer = f.post(&contoso("whatif"), &wanted).has(200).json();
    assert_eq!(answer["responses"][0]["status"], 404);
    assert_eq!(answer["responses"][1]["status"], 501);
    assert!(f.emulator.org("sly").is_none());
}
