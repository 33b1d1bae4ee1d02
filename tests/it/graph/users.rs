//! `users`, `me`.

use http::Method;
use serde_json::json;

use super::{add, all, at, everything, get, id, person};
use crate::support::Fixture;

#[test]
fn a_user_from_the_first_to_the_last_day() {
    let f = Fixture::new();
    let made = f.post(&at("users"), &person("Adele")).has(201);
    assert_eq!(made.header("location"), format!("http://localhost/graph/v1.0/users/{}", id(&made)));
    insta::assert_json_snapshot!("a_new_user", made.json());
    let adele = format!("users/{}", id(&made));
    f.patch(
        &at(&adele),
        &json!({"givenName": "Adele", "surname": "Vance", "jobTitle": "Retail Manager", "businessPhones": ["+1 425 555 0109"],
            "mobilePhone": "+1 425 555 0110", "faxNumber": "+1 425 555 0111", "streetAddress": "18/2111", "city": "Bellevue",
            "state": "WA", "postalCode": "98004", "country": "United States", "department": "Retail", "officeLocation": "18/2111",
            "preferredLanguage": "en-US", "usageLocation": "US", "mail": "adele@contoso.com"}),
    )
    .has(204);
    insta::assert_json_snapshot!("every_property_of_a_user", get(&f, &format!("{adele}?$select=*")));
    // By the sign-in name in any case, and by a key in parentheses.
    for key in [
        "users/ADELE@contoso.onmicrosoft.com",
        "users('adele@contoso.onmicrosoft.com')",
        "Users/adele%40contoso.onmicrosoft.com",
    ] {
        assert_eq!(get(&f, &format!("{key}?$select=givenName"))["givenName"], "Adele", "{key}");
    }
    f.patch(&at(&adele), &json!({"mail": null, "city": null, "businessPhones": [], "userPrincipalName": "a.vance@contoso.com"})).has(204);
    let changed = get(&f, "users/a.vance@contoso.com?$select=mail,city,businessPhones,surname");
    assert_eq!([&changed["mail"], &changed["city"]], [&json!(null), &json!(null)]);
    assert_eq!((&changed["businessPhones"], &changed["surname"]), (&json!([]), &json!("Vance")));
    f.delete(&at(&adele)).has(204);
    f.get(&at(&adele)).refuses(
        404,
        "Request_ResourceNotFound",
        &["Resource '", "does not exist or one of its queried"],
    );
}

#[test]
fn what_a_new_user_lacks_or_has_wrong_is_told_and_nothing_is_made() {
    let f = Fixture::new();
    let before = everything(&f);
    for name in ["accountEnabled", "displayName", "mailNickname", "passwordProfile", "userPrincipalName"] {
        let mut body = person("Adele");
        body.as_object_mut().unwrap().remove(name);
        let message = format!("A value is required for property '{name}' of resource 'User'.");
        f.post(&at("users"), &body).refuses(400, "Request_BadRequest", &[&message]);
    }
    for (name, value, status, code, words) in [
        (
            "userPrincipalName",
            json!("adele"),
            400,
            "Request_BadRequest",
            "Property userPrincipalName is invalid.",
        ),
        (
            "userPrincipalName",
            json!("a b@contoso.com"),
            400,
            "Request_BadRequest",
            "Property userPrincipalName is invalid.",
        ),
        (
            "displayName",
            json!(""),
            400,
            "Request_BadRequest",
            "Invalid value specified for property 'displayName'",
        ),
        ("city", json!(7), 400, "Request_BadRequest", "Invalid value specified for property 'city'"),
        ("givenName", json!("x".repeat(65)), 400, "Request_BadRequest", "'givenName'"),
        ("usageLocation", json!("Germany"), 400, "Request_BadRequest", "'usageLocation'"),
        ("accountEnabled", json!("yes"), 400, "Request_BadRequest", "'accountEnabled'"),
        ("businessPhones", json!(["1", "2"]), 400, "Request_BadRequest", "'businessPhones'"),
        ("passwordProfile", json!({"password": ""}), 400, "Request_BadRequest", "'passwordProfile'"),
        (
            "id",
            json!("00000000-0000-0000-0000-000000000001"),
            400,
            "Request_BadRequest",
            "Property 'id' is read-only",
        ),
        ("assignedLicenses", json!([]), 400, "Request_BadRequest", "read-only"),
        ("shoeSize", json!(43), 400, "Request_BadRequest", "Invalid property 'shoeSize'."),
        ("companyName", json!("Contoso"), 501, "NotEmulated", "companyName"),
        ("manager@odata.bind", json!("users/x"), 501, "NotEmulated", "manager"),
        ("userType", json!("Guest"), 501, "NotEmulated", "guests"),
    ] {
        let mut body = person("Adele");
        body[name] = value;
        f.post(&at("users"), &body).refuses(status, code, &[words]);
    }
    add(&f, "Adele");
    let mut twin = person("ADELE");
    twin["userPrincipalName"] = json!("ADELE@contoso.ONMICROSOFT.com");
    let refused = f.post(&at("users"), &twin).refuses(
        400,
        "Request_BadRequest",
        &["Another object with the same value for property userPrincipalName already exists."],
    );
    insta::assert_json_snapshot!("a_refusal", refused.json());
    f.delete(&at("users/adele@contoso.onmicrosoft.com")).has(204);
    let deleted = all(&f, "directory/deletedItems/microsoft.graph.user", "id");
    f.delete(&at(&format!("directory/deletedItems/{}", deleted[0]))).has(204);
    let after = everything(&f);
    assert_eq!(before[0], after[0]);
}

#[test]
fn a_refused_change_changes_nothing() {
    let f = Fixture::new();
    let adele = add(&f, "Adele");
    add(&f, "Bea");
    let before = everything(&f);
    let change = |body| f.patch(&at(&format!("users/{adele}")), &body);
    change(json!({"city": "Berlin", "userPrincipalName": "bea@contoso.onmicrosoft.com"})).refuses(
        400,
        "Request_BadRequest",
        &["already exists"],
    );
    change(json!({"city": "Berlin", "state": 4})).refuses(400, "Request_BadRequest", &["'state'"]);
    change(json!({"city": "Berlin", "displayName": null})).refuses(
        400,
        "Request_BadRequest",
        &["'displayName'"],
    );
    change(json!({"city": "Berlin", "employeeId": "4"})).refuses(501, "NotEmulated", &["employeeId"]);
    f.patch(&at(&format!("users/{adele}?$select=id")), &json!({"city": "Berlin"})).refuses(
        400,
        "Request_UnsupportedQuery",
        &["$select"],
    );
    f.patch(&at("users/nobody@contoso.com"), &json!({})).refuses(
        404,
        "Request_ResourceNotFound",
        &["nobody@contoso.com"],
    );
    assert_eq!(before, everything(&f));
    change(json!({})).has(204);
    assert_eq!(before, everything(&f));
}

#[test]
fn properties_by_themselves_and_what_users_lead_to() {
    let f = Fixture::new();
    let adele = add(&f, "Adele");
    let property = get(&f, &format!("users/{adele}/displayName"));
    assert_eq!(property["value"], "Adele");
    assert!(
        property["@odata.context"].as_str().unwrap().ends_with(&format!("#users('{adele}')/displayName"))
    );
    for (path, feature) in [
        ("manager", "users/{id}/manager"),
        ("messages/x", "messages/x"),
        ("getMemberGroups", "getMemberGroups"),
    ] {
        f.get(&at(&format!("users/{adele}/{path}"))).refuses(501, "NotEmulated", &[feature]);
    }
    f.get(&at("users/delta")).refuses(501, "NotEmulated", &["delta"]);
    f.get(&at(&format!("users/{adele}/shoes"))).refuses(
        400,
        "BadRequest",
        &["Resource not found for the segment 'shoes'."],
    );
    f.put(&at(&format!("users/{adele}")), &json!({})).refuses(405, "Request_BadRequest", &["not allowed"]);
    f.delete(&at("users")).refuses(405, "Request_BadRequest", &[]);
}

#[test]
fn me_is_whom_the_credentials_name() {
    let f = Fixture::new();
    let adele = add(&f, "Adele");
    let me = |authorization: &str| f.ask(Method::GET, &at("me"), &[("authorization", authorization)], None);
    // adele@contoso.onmicrosoft.com:x
    assert_eq!(id(&me("Basic YWRlbGVAY29udG9zby5vbm1pY3Jvc29mdC5jb206eA==").has(200)), adele);
    // {"upn":"ADELE@contoso.onmicrosoft.com"}, {"upn":"x@y"}, {"appid":"…"}
    assert_eq!(id(&me("Bearer e30.eyJ1cG4iOiJBREVMRUBjb250b3NvLm9ubWljcm9zb2Z0LmNvbSJ9.x").has(200)), adele);
    me("Bearer e30.eyJ1cG4iOiJ4QHkifQ.x").refuses(404, "Request_ResourceNotFound", &["'x@y'"]);
    me("Bearer e30.eyJhcHBpZCI6IjAwMDAwMDAwLTAwMDAtMDAwMC0wMDAwLTAwMDAwMDAwMDAwMSJ9.x").refuses(
        400,
        "BadRequest",
        &["delegated"],
    );
    // Nobody in particular is the organization's default caller.
    let default = get(&f, "me?$select=userPrincipalName");
    assert!(default["userPrincipalName"].as_str().unwrap().contains('@'), "{default}");
}

#[test]
fn the_organization_may_want_a_token_of_the_emulators_own() {
    let f = Fixture::with(|builder| builder.set("auth", "token"));
    let refused = f.get(&at("users")).refuses(401, "InvalidAuthenticationToken", &["Access token is empty."]);
    assert!(refused.header("www-authenticate").starts_with("Bearer "));
    let opaque = [("authorization", "Bearer opaque")];
    f.ask(Method::GET, &at("users"), &opaque, None).refuses(
        401,
        "InvalidAuthenticationToken",
        &["CompactToken"],
    );
}
