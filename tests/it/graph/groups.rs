//! Groups and their members.

use serde_json::json;

use super::{add, all, at, everything, get, id};
use crate::support::Fixture;

fn guards() -> serde_json::Value {
    json!({"displayName": "Guards", "mailEnabled": false, "mailNickname": "guards", "securityEnabled": true})
}

#[test]
fn a_group_and_its_members() {
    let f = Fixture::new();
    let (adele, bea) = (add(&f, "Adele"), add(&f, "Bea"));
    let mut body = guards();
    body["members@odata.bind"] = json!([format!("https://graph.microsoft.com/v1.0/users/{adele}")]);
    let made = f.post(&at("groups"), &body).has(201);
    insta::assert_json_snapshot!("a_new_group", made.json());
    let group = format!("groups/{}", id(&made));
    let reference = json!({"@odata.id": format!("http://localhost/graph/v1.0/directoryObjects/{bea}")});
    f.post(&at(&format!("{group}/members/$ref")), &reference).has(204);
    f.post(&at(&format!("{group}/members/$ref")), &reference).refuses(
        400,
        "Request_BadRequest",
        &["'members'"],
    );
    assert_eq!(
        all(&f, &format!("{group}/members?$orderby=displayName&$select=displayName"), "displayName"),
        ["Adele", "Bea"]
    );
    insta::assert_json_snapshot!("members", get(&f, &format!("{group}/members?$select=displayName")));
    assert_eq!(all(&f, &format!("users/{bea}/memberOf"), "displayName"), ["Guards"]);
    f.patch(&at(&group), &json!({"description": "Who may use the organization", "displayName": "Wardens"}))
        .has(204);
    assert_eq!(get(&f, &format!("directoryObjects/{}", id(&made)))["@odata.type"], "#microsoft.graph.group");
    f.delete(&at(&format!("{group}/members/{adele}/$ref"))).has(204);
    f.delete(&at(&format!("{group}/members/{adele}/$ref"))).refuses(
        404,
        "Request_ResourceNotFound",
        &[&adele],
    );
    assert_eq!(all(&f, "groups?$filter=startswith(displayName,'ward')", "displayName"), ["Wardens"]);
    f.delete(&at(&group)).has(204);
    f.get(&at(&group)).refuses(404, "Request_ResourceNotFound", &[]);
    assert!(all(&f, &format!("users/{bea}/memberOf"), "id").is_empty());
    assert!(all(&f, "directory/deletedItems/microsoft.graph.group", "id").is_empty());
}

#[test]
fn what_groups_refuse() {
    let f = Fixture::new();
    let made = id(&f.post(&at("groups"), &guards()).has(201));
    let before = everything(&f);
    for name in ["displayName", "mailEnabled", "mailNickname", "securityEnabled"] {
        let mut body = guards();
        body.as_object_mut().unwrap().remove(name);
        let message = format!("A value is required for property '{name}' of resource 'Group'.");
        f.post(&at("groups"), &body).refuses(400, "Request_BadRequest", &[&message]);
    }
    for (name, value, status, code, words) in [
        ("mailEnabled", json!(true), 400, "Request_BadRequest", "mail-enabled groups"),
        ("groupTypes", json!(["Unified"]), 501, "NotEmulated", "Microsoft 365 groups"),
        ("owners@odata.bind", json!([]), 501, "NotEmulated", "owners"),
        ("visibility", json!("Private"), 501, "NotEmulated", "visibility"),
        ("colour", json!("red"), 400, "Request_BadRequest", "Invalid property 'colour'."),
        ("displayName", json!(4), 400, "Request_BadRequest", "'displayName' of resource 'Group'"),
        (
            "members@odata.bind",
            json!(["https://x/users/nobody@contoso.com"]),
            404,
            "Request_ResourceNotFound",
            "nobody",
        ),
        (
            "members@odata.bind",
            json!([format!("https://x/groups/{made}")]),
            501,
            "NotEmulated",
            "groups in groups",
        ),
    ] {
        let mut body = guards();
        body[name] = value;
        f.post(&at("groups"), &body).refuses(status, code, &[words]);
    }
    f.get(&at(&format!("groups/{made}/owners"))).refuses(501, "NotEmulated", &["owners"]);
    assert_eq!(before, everything(&f));
}
