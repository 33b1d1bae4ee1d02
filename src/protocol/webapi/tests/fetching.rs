//! Rows asked for in `FetchXML`.

use super::*;

/// The address of a document for a set.
fn url(set: &str, document: &str) -> String {
    let encoded = percent_encoding::utf8_percent_encode(document, percent_encoding::NON_ALPHANUMERIC);
    format!("/{set}?fetchXml={encoded}")
}

fn fetch(client: &Client, set: &str, headers: &str, document: &str) -> Answer {
    client.send(&format!("GET {}", url(set, document)), headers, "")
}

const EVERYTHING: &str = "Prefer: odata.include-annotations=\"*\"";

#[test]
fn rows_show_what_has_a_value_and_the_context_says_so() {
    let client = Client::new();
    let answer = fetch(
        &client,
        "accounts",
        "",
        "<fetch top='1'><entity name='account'><attribute name='name'/><attribute name='revenue'/>\
         <attribute name='fax'/><attribute name='primarycontactid'/><order attribute='name'/></entity></fetch>",
    );
    let value = answer.value();
    assert_eq!(
        value["@odata.context"],
        format!(
            "{BASE}/$metadata#accounts(name,revenue,_primarycontactid_value,primarycontactid,accountid,primarycontactid())"
        )
    );
    let row = &value["value"][0];
    assert_eq!(row["name"], "A. Datum Corporation");
    assert!(row["@odata.etag"].is_string() && row["accountid"].is_string());
    assert!(row["_primarycontactid_value"].is_string());
    assert!(row.get("fax").is_none(), "{row}");
    assert!(value.get("@odata.nextLink").is_none());
}

#[test]
fn nothing_found_is_an_empty_list_of_the_set() {
    let client = Client::new();
    let document = "<fetch><entity name='account'><attribute name='name'/><filter><condition attribute='name' \
                    operator='eq' value='nobody'/></filter></entity></fetch>";
    assert_eq!(
        fetch(&client, "accounts", "", document).shown(),
        "200 {\"@odata.context\":\"…/$metadata#accounts\",\"value\":[]}"
    );
}

#[test]
fn annotations_follow_an_alias() {
    let client = Client::new();
    let answer = fetch(
        &client,
        "systemusers",
        EVERYTHING,
        "<fetch top='1'><entity name='systemuser'><attribute name='accessmode' alias='mode'/>\
         <attribute name='businessunitid' alias='unit'/><attribute name='fullname' alias='who'/>\
         <order attribute='fullname'/><filter><condition attribute='lastname' operator='eq' value='Thomber'/></filter>\
         </entity></fetch>",
    );
    let row = &answer.value()["value"][0];
    for (name, expected) in [
        ("mode", "0"),
        ("mode@OData.Community.Display.V1.FormattedValue", "\"Read-Write\""),
        ("mode@OData.Community.Display.V1.AttributeName", "\"accessmode\""),
        ("unit", "\"00000010-0000-4000-8000-000000000002\""),
        ("unit@OData.Community.Display.V1.FormattedValue", "\"Sales\""),
        ("unit@Microsoft.Dynamics.CRM.lookuplogicalname", "\"businessunit\""),
        ("unit@OData.Community.Display.V1.AttributeName", "\"businessunitid\""),
        ("who", "\"Alicia Thomber\""),
    ] {
        assert_eq!(row[name].to_string(), expected, "{name} in {row}");
    }
    assert!(row.get("accessmode").is_none() && row.get("fullname").is_none());
    assert!(row["systemuserid"].is_string());
}

#[test]
fn pages_go_on_with_the_cookie_of_the_page_before() {
    let client = Client::new();
    let document = |page: u32, cookie: &str| {
        let cookie = cookie.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
        format!(
            "<fetch count='2' page='{page}' paging-cookie='{cookie}'><entity name='account'><attribute name='name'/>\
             <order attribute='name' descending='true'/></entity></fetch>"
        )
    };
    let mut names = Vec::new();
    let mut cookie = String::new();
    for page in 1..20 {
        let answer = fetch(&client, "accounts", EVERYTHING, &document(page, &cookie)).value();
        let rows = answer["value"].as_array().unwrap();
        names.extend(rows.iter().map(|row| row["name"].as_str().unwrap().to_owned()));
        let annotation = &answer["@Microsoft.Dynamics.CRM.fetchxmlpagingcookie"];
        let more = &answer["@Microsoft.Dynamics.CRM.morerecords"];
        assert!(answer.get("@odata.nextLink").is_none());
        if more.is_null() {
            assert!(annotation.is_null(), "{annotation}");
            break;
        }
        let annotation = annotation.as_str().unwrap();
        let start = format!("<cookie pagenumber=\"{}\" pagingcookie=\"%253ccookie", page + 1);
        assert!(
            annotation.starts_with(&start) && annotation.ends_with("\" istracking=\"False\" />"),
            "{annotation}"
        );
        // Decoded twice, as the documentation asks.
        let inner = annotation.split("pagingcookie=\"").nth(1).unwrap().split('"').next().unwrap();
        cookie = inner.to_owned();
        for _ in 0..2 {
            cookie = percent_encoding::percent_decode_str(&cookie).decode_utf8().unwrap().into_owned();
        }
        assert!(cookie.starts_with("<cookie page=\""), "{cookie}");
    }
    let all = client.get("/accounts?$select=name&$orderby=name%20desc").value();
    let all: Vec<_> =
        all["value"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect();
    assert!(all.len() > 2);
    assert_eq!(names, all);
}

#[test]
fn counts_and_sizes() {
    let client = Client::new();
    let document = "<fetch><entity name='account'><attribute name='name'/></entity></fetch>";
    let all = fetch(&client, "accounts", "", document).value()["value"].as_array().unwrap().len();
    let answer = client.send(
        &format!("GET {}&$count=true", url("accounts", document)),
        "Prefer: odata.maxpagesize=2,odata.include-annotations=\"*\"",
        "",
    );
    let value = answer.value();
    assert_eq!(value["@odata.count"], all);
    assert_eq!(value["@Microsoft.Dynamics.CRM.totalrecordcount"], all);
    assert_eq!(value["value"].as_array().unwrap().len(), 2);
    assert_eq!(answer.header("preference-applied"), "odata.include-annotations=\"*\"; odata.maxpagesize=2");
    let counted = document.replace("<fetch>", "<fetch returntotalrecordcount='true' count='1'>");
    let answer = fetch(&client, "accounts", "Prefer: odata.maxpagesize=2", &counted);
    assert_eq!(answer.value()["@odata.count"], all);
    assert_eq!(answer.value()["value"].as_array().unwrap().len(), 1, "the document's own size counts");
    assert_eq!(answer.header("preference-applied"), "");
}

#[test]
fn rows_related_to_one() {
    let client = Client::new();
    let path = "accounts(00000001-0000-4000-8000-000000000001)/contact_customer_accounts";
    let document = "<fetch><entity name='contact'><attribute name='fullname'/><order attribute='fullname'/></entity></fetch>";
    let by_fetch = fetch(&client, path, "", document).value();
    let by_options = client.get(&format!("/{path}?$select=fullname&$orderby=fullname")).value();
    let names = |value: &serde_json::Value| -> Vec<String> {
        value["value"].as_array().unwrap().iter().map(|row| row["fullname"].to_string()).collect()
    };
    assert!(!names(&by_fetch).is_empty());
    assert_eq!(names(&by_fetch), names(&by_options));
}

#[test]
fn what_does_not_go_together_is_refused() {
    let client = Client::new();
    let document = "<fetch><entity name='account'/></fetch>";
    let beside = |rest: &str| client.get(&format!("{}{rest}", url("accounts", document))).refusal();
    for (rest, expected) in [
        ("&$select=name", "400 0x80060888 The query parameter '$select' is not supported."),
        ("&$filter=name%20eq%20null", "400 0x80060888 The query parameter '$filter' is not supported."),
        ("&$skip=1", "400 0x80060888 Skip Clause is not supported in CRM"),
        (
            "&$count=yes",
            "400 0x80060888 Invalid value 'yes' for $count query option found. Valid values are 'true' or 'false'.",
        ),
        ("&savedQuery=x", "400 0x80060888 The query parameter 'savedQuery' is not supported."),
    ] {
        assert_eq!(beside(rest), expected);
    }
    assert_eq!(
        fetch(&client, "contacts", "", document).refusal(),
        "400 0x80041128 The entity name specified in fetchxml does not match the entity name specified in the Entity \
         or Query Expression."
    );
    assert_eq!(fetch(&client, "accounts", "", "").refusal(), "400 0x80040201 Invalid XML.");
    assert_eq!(
        fetch(
            &client,
            "accounts",
            "",
            "<fetch><entity name='account'><attribute name='é'/></entity></fetch>"
        )
        .refusal(),
        "400 0x80041103 'Account' entity doesn't contain attribute with Name = 'é' and NameMapping = 'Logical' (look \
         up attribute by name is case-sensitive)"
    );
    assert_eq!(
        fetch(&client, "accounts(00000001-0000-4000-8000-000000000001)", "", document).status,
        501,
        "one row is no set"
    );
    assert_eq!(client.get("/accounts?sql=SELECT%20name%20FROM%20account").status, 501);
}

/// A batch carries addresses that are too long for a request by themselves.
#[test]
fn a_batch_asks_too() {
    let client = Client::new();
    let values: String =
        (0..1_000).map(|n| format!("<value>{n}</value>")).fold(String::new(), |all, one| all + &one);
    let document = format!(
        "<fetch><entity name='account'><attribute name='name'/><filter><condition attribute='accountnumber' \
         operator='in'>{values}<value>C0001</value></condition></filter></entity></fetch>"
    );
    let request = url("accounts", &document);
    let body = format!(
        "--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nGET {BASE}{request} HTTP/1.1\r\n\
         \r\n\r\n--b--\r\n"
    );
    let answer = client.send("POST /$batch", "Content-Type: multipart/mixed;boundary=b", body);
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(answer.body.contains("HTTP/1.1 200 OK") && answer.body.contains("\"name\":\"Adventure Works\""));
}

/// A user whose access mode is Administrative reads users and no accounts, in whatever part of a query they stand.
#[test]
fn every_table_a_query_reads_must_be_readable() {
    let client = Client::new();
    let user = "00000008-0000-4000-8000-000000000011";
    let answer = client.json(&format!("PATCH /systemusers({user})"), "{\"accessmode\":1}");
    assert_eq!(answer.status, 204, "{}", answer.body);
    let headers = format!("MSCRMCallerID: {user}");
    let ask = |document: &str| fetch(&client, "systemusers", &headers, document).status;
    let link = |kind: &str, place: &str| {
        let link =
            format!("<link-entity name='account' from='owninguser' to='systemuserid' link-type='{kind}'/>");
        let link = if place == "filter" { format!("<filter>{link}</filter>") } else { link };
        format!("<fetch><entity name='systemuser'><attribute name='fullname'/>{link}</entity></fetch>")
    };
    assert_eq!(ask("<fetch><entity name='systemuser'><attribute name='fullname'/></entity></fetch>"), 200);
    for kind in ["inner", "outer", "exists", "in", "matchfirstrowusingcrossapply"] {
        assert_eq!(ask(&link(kind, "entity")), 403, "{kind}");
    }
    for kind in ["any", "not any", "all", "not all"] {
        assert_eq!(ask(&link(kind, "filter")), 403, "{kind}");
    }
    let within = "<fetch><entity name='systemuser'><link-entity name='team' from='administratorid' to='systemuserid' \
                  link-type='outer'><filter><link-entity name='account' from='owningteam' to='teamid' \
                  link-type='any'/></filter></link-entity></entity></fetch>";
    assert_eq!(ask(within), 403);
}

#[test]
fn views_are_run() {
    let client = Client::new();
    let document = "<fetch><entity name='account'><attribute name='name'/><filter><condition attribute='accountnumber' \
                    operator='eq' value='C0001'/></filter></entity></fetch>";
    for (set, option, table) in
        [("savedqueries", "savedQuery", "savedquery"), ("userqueries", "userQuery", "userquery")]
    {
        let body = serde_json::json!({
            "name": "One account", "returnedtypecode": "account", "querytype": 0, "fetchxml": document,
        });
        let created = client.json(&format!("POST /{set}"), &body.to_string());
        assert_eq!(created.status, 204, "{}", created.body);
        let id = created.id();
        let answer = client.get(&format!("/accounts?{option}={id}")).value();
        assert_eq!(answer["value"][0]["name"], "Adventure Works");
        assert_eq!(answer["value"].as_array().unwrap().len(), 1);
        let counted = client.get(&format!("/accounts?{option}={id}&$count=true")).value();
        assert_eq!(counted["@odata.count"], 1);
        assert_eq!(
            client.get(&format!("/contacts?{option}={id}")).refusal().split(' ').nth(1),
            Some("0x80041128")
        );
        assert_eq!(client.get(&format!("/accounts?{option}={id}&$filter=name%20eq%20null")).status, 501);
        let missing = "00000000-0000-4000-8000-00000000dead";
        assert_eq!(
            client.get(&format!("/accounts?{option}={missing}")).refusal(),
            format!("404 0x80040217 Entity '{table}' With Id = {missing} Does Not Exist")
        );
        assert_eq!(client.get(&format!("/accounts?{option}=x")).status, 400);
    }
    let empty = serde_json::json!({"name": "None", "returnedtypecode": "account", "querytype": 0});
    let id = client.json("POST /savedqueries", &empty.to_string()).id();
    assert_eq!(client.get(&format!("/accounts?savedQuery={id}")).refusal(), "400 0x80040201 Invalid XML.");
}
