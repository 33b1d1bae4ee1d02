//! Directory roles and who holds them.

use http::Method;
use serde_json::json;

use super::{EVENTUAL, add, all, at, everything, get};
use crate::support::Fixture;

const SERVICE: &str = "44367163-eba1-44c3-98af-f5787879f96a";

#[test]
fn a_role_is_given_and_taken() {
    let f = Fixture::new();
    insta::assert_json_snapshot!("directory_roles", get(&f, "directoryRoles"));
    let adele = add(&f, "Adele");
    let role = format!("directoryRoles/{SERVICE}");
    let reference =
        json!({"@odata.id": format!("https://graph.microsoft.com/v1.0/directoryObjects/{adele}")});
    f.post(&at(&format!("{role}/members/$ref")), &reference).has(204);
    assert!(all(&f, &format!("{role}/members"), "id").contains(&adele));
    f.post(&at(&format!("directoryRoles/roleTemplateId={SERVICE}/members/$ref")), &reference).refuses(
        400,
        "Request_BadRequest",
        &["One or more added object references already exist for the following modified properties: 'members'."],
    );
    insta::assert_json_snapshot!("member_of", get(&f, &format!("users/{adele}/memberOf")));
    assert_eq!(
        all(&f, &format!("users/{adele}/memberOf/microsoft.graph.directoryRole"), "roleTemplateId"),
        [SERVICE]
    );
    assert_eq!(
        f.ask(Method::GET, &at(&format!("users/{adele}/memberOf/$count")), &EVENTUAL, None).has(200).text(),
        "1"
    );
    let member = at(&format!("directoryRoles(roleTemplateId='{SERVICE}')/members/{adele}/$ref"));
    f.delete(&member).has(204);
    f.delete(&member).refuses(404, "Request_ResourceNotFound", &[&adele]);
    assert!(all(&f, &format!("users/{adele}/memberOf"), "id").is_empty());
}

#[test]
fn what_roles_refuse() {
    let f = Fixture::new();
    let before = everything(&f);
    let members = at(&format!("directoryRoles/{SERVICE}/members/$ref"));
    let refer = |address: &str| f.post(&members, &json!({"@odata.id": address}));
    refer("https://graph.microsoft.com/v1.0/directoryObjects/00000000-0000-0000-0000-000000000001").refuses(
        404,
        "Request_ResourceNotFound",
        &[],
    );
    refer("https://graph.microsoft.com/v1.0/devices/1").refuses(400, "BadRequest", &["@odata.id"]);
    f.post(&members, &json!({})).refuses(400, "BadRequest", &["@odata.id"]);
    f.get(&at("directoryRoles/00000000-0000-0000-0000-000000000001")).refuses(
        404,
        "Request_ResourceNotFound",
        &[],
    );
    f.post(&at("directoryRoles"), &json!({"roleTemplateId": SERVICE})).refuses(
        400,
        "Request_BadRequest",
        &["conflicting object"],
    );
    f.get(&at("roleManagement/directory/roleAssignments")).refuses(501, "NotEmulated", &["roleManagement"]);
    f.get(&at("directoryRoles?$top=1")).refuses(400, "Request_UnsupportedQuery", &["'$top'"]);
    assert_eq!(before, everything(&f));
}

#[test]
fn templates_and_filters() {
    let f = Fixture::new();
    assert_eq!(get(&f, "directoryRoleTemplates")["value"].as_array().unwrap().len(), 5);
    assert_eq!(
        get(&f, &format!("directoryRoleTemplates/{SERVICE}"))["displayName"],
        "Dynamics 365 Administrator"
    );
    let found = all(
        &f,
        &format!("directoryRoles?$filter=roleTemplateId eq '{SERVICE}'&$select=displayName"),
        "displayName",
    );
    assert_eq!(found, ["Dynamics 365 Administrator"]);
}
