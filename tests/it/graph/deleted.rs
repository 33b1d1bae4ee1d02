//! Deleted users, until they are gone.

use serde_json::json;

use super::{PROFESSIONAL, add, all, at, get, person};
use crate::support::Fixture;

const DELETED: &str = "directory/deletedItems/microsoft.graph.user";

#[test]
fn d9_a_deleted_user_can_be_restored_for_thirty_days() {
    let f = Fixture::new();
    let adele = add(&f, "Adele");
    let license = json!({"addLicenses": [{"skuId": PROFESSIONAL}], "removeLicenses": []});
    f.post(&at(&format!("users/{adele}/assignLicense")), &license).has(200);
    f.delete(&at(&format!("users/{adele}"))).has(204);
    insta::assert_json_snapshot!(
        "deleted_users",
        get(&f, &format!("{DELETED}?$select=id,userPrincipalName,deletedDateTime"))
    );
    assert_eq!(get(&f, &format!("directory/deletedItems/{adele}"))["@odata.type"], "#microsoft.graph.user");
    let restored = f.post(&at(&format!("directory/deletedItems/{adele}/restore")), &json!({})).has(200);
    insta::assert_json_snapshot!("a_restored_user", restored.json());
    assert_eq!(get(&f, &format!("users/{adele}/licenseDetails"))["value"][0]["skuId"], PROFESSIONAL);
    assert!(all(&f, DELETED, "id").is_empty());
    f.delete(&at(&format!("users/{adele}"))).has(204);
    f.post("/_emulator/v1/orgs/contoso/clock/advance", &json!({"by": "720h"})).has(200);
    assert!(all(&f, DELETED, "id").is_empty());
    f.post(&at(&format!("directory/deletedItems/{adele}/restore")), &json!({})).refuses(
        404,
        "Request_ResourceNotFound",
        &[&adele],
    );
}

#[test]
fn a_user_cannot_come_back_under_a_name_that_was_taken_meanwhile() {
    let f = Fixture::new();
    let first = add(&f, "Adele");
    f.delete(&at(&format!("directoryObjects/{first}"))).has(204);
    f.post(&at("users"), &person("Adele")).has(201);
    f.post(&at(&format!("directory/deletedItems/{first}/restore")), &json!({})).refuses(
        400,
        "Request_BadRequest",
        &["already exists"],
    );
    f.delete(&at(&format!("directory/deletedItems/{first}"))).has(204);
    f.get(&at(&format!("directory/deletedItems/{first}"))).refuses(404, "Request_ResourceNotFound", &[]);
    f.get(&at("directory/deletedItems")).refuses(400, "Request_UnsupportedQuery", &["microsoft.graph.user"]);
    f.get(&at("directory/deletedItems/microsoft.graph.application")).refuses(
        501,
        "NotEmulated",
        &["application"],
    );
}
