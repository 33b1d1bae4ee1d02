//! Columns that field security covers: what is shown of them nowhere, which a transcript cannot say, and what it means
//! for the program itself.

use http::Method;
use serde_json::{Value, json};

use crate::support::Fixture;

const API: &str = "/api/data/v9.2";
const RENEE: &str = "00000008-0000-4000-8000-000000000013";
const COHO: &str = "00000001-0000-4000-8000-000000000006";

fn secured(columns: &str) -> Fixture {
    Fixture::with(|builder| builder.set("secured_columns", columns))
}

/// What Renee gets, with every annotation.
fn renee(f: &Fixture, url: &str) -> (u16, String) {
    let url = url.replace(' ', "%20").replace('"', "%22").replace('<', "%3C").replace('>', "%3E");
    let headers = [("mscrmcallerid", RENEE), ("prefer", "odata.include-annotations=\"*\"")];
    let answer = f.ask(Method::GET, &format!("{API}/{url}"), &headers, None);
    (answer.status, answer.text())
}

fn rows(f: &Fixture, url: &str) -> Vec<Value> {
    let (status, text) = renee(f, url);
    assert_eq!(status, 200, "{url}: {text}");
    let answer: Value = serde_json::from_str(&text).unwrap();
    answer["value"].as_array().unwrap().clone()
}

fn fetch(f: &Fixture, inside: &str) -> Vec<Value> {
    rows(f, &format!("accounts?fetchXml=<fetch{inside}</entity></fetch>"))
}

#[test]
fn c1_no_annotation_tells_what_a_column_does_not() {
    let f = secured("account.revenue,account.primarycontactid");
    for url in [
        format!("accounts({COHO})"),
        format!("accounts({COHO})?$select=name,revenue,primarycontactid"),
        "accounts?$filter=name eq 'Coho Winery'".to_owned(),
        "accounts?$select=name,revenue,primarycontactid&$filter=name eq 'Coho Winery'".to_owned(),
        "contacts(00000002-0000-4000-8000-000000000006)?$expand=parentcustomerid_account($select=revenue,primarycontactid)".to_owned(),
    ] {
        let (status, text) = renee(&f, &url);
        assert_eq!(status, 200, "{url}: {text}");
        assert!(text.contains("\"revenue\":null"), "{url}: {text}");
        for word in
            ["revenue@", "_primarycontactid_value@", "500000", "500,000", "Jim Glynn\",\"_primarycontactid"]
        {
            assert!(!text.contains(word), "{url} tells {word}: {text}");
        }
    }
}

#[test]
fn c1_a_masked_row_has_all_else_that_the_whole_one_has() {
    let f = secured("account.telephone1");
    let whole = f.get(&format!("{API}/accounts({COHO})")).has(200).json();
    let (_, text) = renee(&f, &format!("accounts({COHO})"));
    let masked: Value = serde_json::from_str(&text).unwrap();
    let (whole, masked) = (whole.as_object().unwrap(), masked.as_object().unwrap());
    for (name, value) in whole {
        let expected = if name == "telephone1" { &Value::Null } else { value };
        assert_eq!(&masked[name], expected, "{name}");
    }
    let properties: Vec<&String> = masked.keys().filter(|name| !name.contains('@')).collect();
    assert_eq!(properties, whole.keys().filter(|name| !name.contains('@')).collect::<Vec<_>>());
}

#[test]
fn c1_a_user_shows_its_own_key_as_owner_although_a_column_is_hidden() {
    let f = secured("systemuser.internalemailaddress");
    let (_, text) = renee(&f, &format!("systemusers({RENEE})"));
    assert!(text.contains(&format!("\"ownerid\":\"{RENEE}\"")), "{text}");
    assert!(text.contains("\"internalemailaddress\":null"), "{text}");
}

#[test]
fn c1_fetchxml_shows_nothing_and_its_context_neither() {
    let f = secured("account.revenue,account.primarycontactid");
    let one = "><entity name=\"account\"><attribute name=\"name\"/><attribute name=\"revenue\"/><attribute name=\"revenue\" alias=\"r\"/>\
         <attribute name=\"primarycontactid\"/><filter><condition attribute=\"name\" operator=\"eq\" value=\"Coho Winery\"/></filter>";
    let (_, text) = renee(&f, &format!("accounts?fetchXml=<fetch{one}</entity></fetch>"));
    assert!(
        !text.contains("revenue") && !text.contains("primarycontactid") && !text.contains("\"r\""),
        "{text}"
    );
    let all = "><entity name=\"account\"><all-attributes/><filter><condition attribute=\"name\" operator=\"eq\" value=\"Coho Winery\"/></filter>";
    let (_, text) = renee(&f, &format!("accounts?fetchXml=<fetch{all}</entity></fetch>"));
    assert!(!text.contains("revenue") && !text.contains("primarycontactid"), "{text}");
    assert!(text.contains("telephone1"), "{text}");
    // What nobody sees tells no rows apart.
    let distinct = " distinct=\"true\"><entity name=\"account\"><attribute name=\"revenue\"/>";
    assert_eq!(fetch(&f, distinct), [json!({})]);
}

#[test]
fn c1_conditions_on_two_columns_and_on_related_rows() {
    let f = secured("account.revenue,account.primarycontactid");
    let count = |inside: &str| {
        fetch(&f, &format!("><entity name=\"account\"><attribute name=\"name\"/>{inside}")).len()
    };
    let compare = |left: &str, operator: &str, right: &str| {
        count(&format!(
            "<filter><condition attribute=\"{left}\" operator=\"{operator}\" valueof=\"{right}\"/></filter>"
        ))
    };
    assert_eq!(compare("revenue", "ge", "creditlimit"), 0);
    assert_eq!(compare("revenue", "ne", "creditlimit"), 12, "null on the left is not equal");
    assert_eq!(compare("creditlimit", "ne", "revenue"), 12, "so is that of every row here");
    assert_eq!(compare("creditlimit", "eq", "revenue"), 0);
    let link = |kind: &str| {
        count(&format!(
            "<filter><link-entity name=\"contact\" from=\"contactid\" to=\"primarycontactid\" link-type=\"{kind}\"/></filter>"
        ))
    };
    assert_eq!((link("any"), link("not any"), link("all")), (0, 12, 0));
    let outer = "><entity name=\"account\"><attribute name=\"name\"/><link-entity name=\"contact\" from=\"contactid\" to=\"primarycontactid\" link-type=\"outer\" alias=\"c\"><attribute name=\"fullname\"/></link-entity>";
    let found = fetch(&f, outer);
    assert_eq!(found.len(), 12);
    assert!(found.iter().all(|row| row.get("c.fullname").is_none()), "{found:?}");
}

#[test]
fn c1_pages_are_put_in_order_by_what_is_seen() {
    let f = secured("account.revenue");
    let first = rows(&f, "accounts?$select=name&$orderby=revenue desc,name");
    let names: Vec<_> = first.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect();
    let mut sorted = names.clone();
    sorted.sort();
    assert_eq!(names, sorted);
    let headers = [("mscrmcallerid", RENEE), ("prefer", "odata.maxpagesize=5")];
    let mut url = format!("{API}/accounts?$select=name&$orderby=revenue%20desc,name");
    let mut paged = Vec::new();
    loop {
        let page = f.ask(Method::GET, &url, &headers, None).has(200).json();
        paged.extend(
            page["value"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()),
        );
        match page["@odata.nextLink"].as_str() {
            Some(next) => url = format!("/api{}", next.split_once("/api").unwrap().1),
            None => break,
        }
    }
    assert_eq!(paged, names);
}

#[test]
fn c1_long_pages_are_masked_to_their_last_row() {
    let f = Fixture::with(|builder| {
        builder.scenario("large:600").set("secured_columns", "systemuser.domainname")
    });
    let found = rows(&f, "systemusers?$select=fullname,domainname");
    assert!(found.len() > 600);
    assert!(found.iter().all(|row| row["domainname"].is_null()));
    let whole = f.get(&format!("{API}/systemusers?$select=fullname,domainname")).has(200).json();
    assert!(
        whole["value"].as_array().unwrap().iter().filter(|row| row["domainname"].is_string()).count() > 600
    );
}

#[test]
fn c1_what_one_caller_sees_is_kept_for_no_other() {
    let f = secured("account.telephone1");
    let url = format!("accounts({COHO})?$select=telephone1");
    let administrator = || f.get(&format!("{API}/{url}")).has(200).json()["telephone1"].clone();
    for _ in 0..2 {
        assert_eq!(administrator(), "555-0159");
        assert!(renee(&f, &url).1.contains("\"telephone1\":null"));
    }
    f.patch("/_emulator/v1/orgs/contoso/settings", &json!({ "secured_columns": "" })).has(200);
    assert!(renee(&f, &url).1.contains("555-0159"));
}

#[test]
fn c7_a_start_with_a_column_that_cannot_be_secured_says_so() {
    for (columns, why) in [
        ("acount.telephone1", "there is no table 'acount'"),
        ("account.telephone9", "the table 'account' has no column 'telephone9'"),
        ("account.name", "the column 'account.name' cannot be secured"),
    ] {
        let failed = crm_emulator::Emulator::builder().set("secured_columns", columns).build();
        let message = failed.err().unwrap_or_else(|| panic!("{columns} is taken")).to_string();
        assert!(message.contains(why), "{message}");
    }
    let f = Fixture::new();
    let refused = f.org().set("secured_columns", "account.name").unwrap_err().to_string();
    assert!(refused.contains("cannot be secured"), "{refused}");
    assert!(f.org().settings().secured_columns.is_empty(), "nothing was changed");
    let definition =
        format!("{API}/EntityDefinitions(LogicalName='account')/Attributes(LogicalName='telephone1')");
    let answer = f.put(&definition, &json!({ "IsSecured": true })).has(501);
    assert!(answer.header("x-ms-emulator-hint").contains("secured_columns"), "{answer}");
}

#[test]
fn c8_an_export_brings_settings_profile_and_permissions_back() {
    let f = secured("account.revenue");
    let document = f.get("/_emulator/v1/orgs/contoso/export").has(200).json();
    assert_eq!(document["settings"]["secured_columns"], json!(["account.revenue"]));
    assert_eq!(document["tables"]["fieldpermission"].as_array().unwrap().len(), 1);
    f.post("/_emulator/v1/orgs", &json!({ "name": "copy", "scenario": document })).has(201);
    let again = f.get("/_emulator/v1/orgs/copy/export").has(200).json();
    assert_eq!(again["tables"]["fieldpermission"], document["tables"]["fieldpermission"]);
    assert_eq!(again["settings"]["secured_columns"], json!(["account.revenue"]));
}

#[test]
fn c4_what_profiles_allow_adds_up_and_ends_with_them() {
    const MARCEL: &str = "00000008-0000-4000-8000-000000000012";
    const FIELD_SALES: &str = "00000009-0000-4000-8000-000000000011";
    const ALPINE: &str = "accounts(00000001-0000-4000-8000-000000000002)";
    let f = secured("account.revenue");
    let created = |set: &str, body: &Value| {
        let answer = f.post(&format!("{API}/{set}"), body).has(204);
        answer.header("odata-entityid").rsplit(['(', ')']).nth(1).unwrap().to_owned()
    };
    let profile = |name: &str, read: i32, update: i32| {
        let id = created("fieldsecurityprofiles", &json!({ "name": name }));
        let bind = format!("/fieldsecurityprofiles({id})");
        let permission = json!({
            "fieldsecurityprofileid@odata.bind": bind, "entityname": "account", "attributelogicalname": "revenue",
            "canread": read, "cancreate": 0, "canupdate": update,
        });
        created("fieldpermissions", &permission);
        id
    };
    let link = |from: &str, profile: &str| {
        let body = json!({ "@odata.id": format!("http://localhost{API}/fieldsecurityprofiles({profile})") });
        f.post(&format!("{API}/{from}/$ref"), &body).has(204);
    };
    let marcel = [("mscrmcallerid", MARCEL)];
    let reads = || {
        let url = format!("{API}/{ALPINE}?$select=revenue");
        !f.ask(Method::GET, &url, &marcel, None).has(200).json()["revenue"].is_null()
    };
    let updates = || {
        let body = json!({ "revenue": 90_000 });
        f.ask(Method::PATCH, &format!("{API}/{ALPINE}"), &marcel, Some(&body)).status == 204
    };
    let (reading, updating) = (profile("Reading", 4, 0), profile("Updating", 0, 4));
    assert_eq!((reads(), updates()), (false, false));
    link(&format!("systemusers({MARCEL})/systemuserprofiles_association"), &reading);
    assert_eq!((reads(), updates()), (true, false));
    link(&format!("teams({FIELD_SALES})/teamprofiles_association"), &updating);
    assert_eq!((reads(), updates()), (true, true));
    f.delete(&format!("{API}/teams({FIELD_SALES})/teammembership_association({MARCEL})/$ref")).has(204);
    assert_eq!((reads(), updates()), (true, false), "who leaves a team leaves its profiles");
    f.delete(&format!("{API}/fieldsecurityprofiles({reading})")).has(204);
    assert_eq!((reads(), updates()), (false, false));
    // Whoever is made a member of the built-in profile may everything.
    link(
        &format!("systemusers({MARCEL})/systemuserprofiles_association"),
        "572329c1-a042-4e22-be47-367c6374ea45",
    );
    assert_eq!((reads(), updates()), (true, true));
}
