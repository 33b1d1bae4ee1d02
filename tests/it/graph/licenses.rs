//! Licences: assigning, removing, counting.

use serde_json::{Value, json};

use super::{BASIC, PROFESSIONAL, add, at, everything, get};
use crate::support::{Answer, Fixture};

fn assign(f: &Fixture, user: &str, add: &[&str], remove: &[&str]) -> Answer {
    let add: Vec<_> = add.iter().map(|sku| json!({"skuId": sku, "disabledPlans": []})).collect();
    f.post(
        &at(&format!("users/{user}/assignLicense")),
        &json!({"addLicenses": add, "removeLicenses": remove}),
    )
}

/// Consumed and enabled units of Professional and of Basic.
fn units(f: &Fixture) -> [[u64; 2]; 2] {
    let skus = get(f, "subscribedSkus");
    // By their ids: Basic comes first.
    [1, 0].map(|at| {
        let sku = &skus["value"][at];
        [&sku["consumedUnits"], &sku["prepaidUnits"]["enabled"]].map(|units| units.as_u64().unwrap())
    })
}

fn left(f: &Fixture) -> u64 {
    let ledger = f.get("/_emulator/v1/orgs/contoso/licenses").has(200).json();
    ledger["licenses"]["available"].as_u64().unwrap()
}

#[test]
fn a_licence_comes_and_goes() {
    let f = Fixture::new();
    insta::assert_json_snapshot!("subscribed_skus", get(&f, "subscribedSkus"));
    let adele = add(&f, "Adele");
    let (before, free) = (units(&f), left(&f));
    let [[professional, pool], [basic, basic_pool]] = before;
    let assigned = assign(&f, &adele, &[PROFESSIONAL], &[]).has(200);
    insta::assert_json_snapshot!("a_user_with_a_licence", assigned.json());
    assert_eq!(left(&f), free - 1);
    assert_eq!(units(&f), [[professional + 1, pool], [basic, basic_pool - 1]]);
    insta::assert_json_snapshot!(
        "license_details",
        get(&f, "users/adele@contoso.onmicrosoft.com/licenseDetails")
    );
    // Having it already is no error, and takes nothing.
    assign(&f, &adele, &[PROFESSIONAL], &[]).has(200);
    assert_eq!(left(&f), free - 1);
    // One product for the other in one step.
    let switched = assign(&f, &adele, &[BASIC], &[PROFESSIONAL]).has(200).json();
    assert_eq!(switched["assignedLicenses"], json!([{"disabledPlans": [], "skuId": BASIC}]));
    assert_eq!(units(&f), [[professional, pool - 1], [basic + 1, basic_pool]]);
    let none = assign(&f, &adele, &[], &[BASIC]).has(200).json();
    assert_eq!(none["assignedLicenses"], json!([]));
    assert_eq!((units(&f), left(&f)), (before, free));
    let one = get(&f, "subscribedSkus")["value"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(get(&f, &format!("subscribedSkus/{one}"))["skuPartNumber"], "CRMPLAN2");
    f.get(&at("subscribedSkus/x")).refuses(404, "Request_ResourceNotFound", &[]);
}

#[test]
fn l10_none_is_left() {
    let f = Fixture::with(|builder| builder.licenses(0));
    let adele = add(&f, "Adele");
    let before = everything(&f);
    let refused = assign(&f, &adele, &[PROFESSIONAL], &[]);
    assert_eq!(refused.header("x-ms-emulator-rule"), "L10");
    let message = format!("Subscription with SKU {PROFESSIONAL} does not have any available licenses.");
    refused.refuses(400, "Request_BadRequest", &[&message, "setting licenses"]);
    assert_eq!(before, everything(&f));
}

#[test]
fn what_cannot_be_assigned() {
    let f = Fixture::new();
    let adele = add(&f, "Adele");
    let before = everything(&f);
    let unknown = "00000000-0000-0000-0000-000000000001";
    assign(&f, &adele, &[unknown], &[]).refuses(400, "Request_BadRequest", &[unknown]);
    assign(&f, &adele, &[], &[PROFESSIONAL]).refuses(
        400,
        "Request_BadRequest",
        &["User does not have a corresponding license."],
    );
    assign(&f, &adele, &["x"], &[]).refuses(
        400,
        "BadRequest",
        &["Cannot convert a primitive value to the expected type 'Edm.Guid'."],
    );
    assign(&f, &adele, &[BASIC], &[BASIC]).refuses(400, "Request_BadRequest", &["duplicate"]);
    assign(&f, "nobody@contoso.com", &[BASIC], &[]).refuses(404, "Request_ResourceNotFound", &[]);
    let post = |body: &Value| f.post(&at(&format!("users/{adele}/assignLicense")), body);
    post(&json!({"removeLicenses": []})).refuses(
        400,
        "Request_BadRequest",
        &["One or more parameters of the operation 'assignLicense' are missing from the request payload. The missing parameters are: addLicenses."],
    );
    let plan = |plan: &str| json!({"addLicenses": [{"skuId": BASIC, "disabledPlans": [plan]}], "removeLicenses": []});
    post(&plan("bf36ca64-95c6-4918-9275-eb9f4ce2c04f")).refuses(501, "NotEmulated", &["disabledPlans"]);
    post(&plan(unknown)).refuses(400, "Request_BadRequest", &["service plan"]);
    post(&json!({"addLicenses": [], "removeLicenses": [], "swap": true})).refuses(
        400,
        "BadRequest",
        &["'swap'"],
    );
    assert_eq!(before, everything(&f));
    f.get(&at(&format!("users/{adele}/assignLicense"))).refuses(405, "Request_BadRequest", &[]);
}

#[test]
fn users_of_crm_alone_count_as_professional() {
    let f = Fixture::new();
    let before = units(&f);
    f.post("/api/data/v9.2/systemusers", &json!({"firstname": "Paul", "lastname": "Program"})).has(204);
    let [[consumed, enabled], [_, basic]] = before;
    assert_eq!(units(&f), [[consumed + 1, enabled], [0, basic - 1]]);
}
