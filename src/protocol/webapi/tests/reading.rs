//! GET.

use super::{BASE, Client};

const ACCOUNT: &str = "00000001-0000-4000-8000-000000000001";
const ALICIA: &str = "00000008-0000-4000-8000-000000000011";

#[test]
fn a_row_and_what_is_selected_of_it() {
    let client = Client::new();
    let answer = client.get(&format!("/accounts({ACCOUNT})?$select=name,accountnumber"));
    let etag = answer.header("etag").replace('"', "\\\"");
    assert_eq!(
        answer.shown(),
        format!(
            r#"200 {{"@odata.context":"…/$metadata#accounts(name,accountnumber)/$entity","@odata.etag":"{etag}","name":"Adventure Works","accountnumber":"C0001","accountid":"{ACCOUNT}"}}"#
        )
    );
    assert_eq!(answer.header("content-type"), "application/json; odata.metadata=minimal");
    let all = client.get(&format!("/accounts({ACCOUNT})")).value();
    assert_eq!(all["@odata.context"], format!("{BASE}/$metadata#accounts/$entity"));
    assert_eq!(all["numberofemployees"], 25);
    assert!(all["description"].is_null() && all.get("description").is_some());
    assert_eq!(all["_ownerid_value"], ALICIA);
    assert!(all.get("owneridname").is_none());
}

#[test]
fn users_and_teams_have_their_key_twice() {
    let client = Client::new();
    for query in ["", "?$select=fullname"] {
        let user = client.get(&format!("/systemusers({ALICIA}){query}")).value();
        assert_eq!(user["ownerid"], ALICIA, "{query}");
        assert_eq!(user["systemuserid"], ALICIA, "{query}");
        assert_eq!(user["fullname"], "Alicia Thomber");
    }
    assert_eq!(client.get(&format!("/systemusers({ALICIA})/ownerid")).value()["value"], ALICIA);
}

#[test]
fn annotations_precede_their_property() {
    let client = Client::new();
    let answer = client.send(
        &format!("GET /accounts({ACCOUNT})?$select=_ownerid_value,revenue,numberofemployees,donotemail,statecode,createdon"),
        "Prefer: odata.include-annotations=\"*\"",
        "",
    );
    for part in [
        r#","_ownerid_value@OData.Community.Display.V1.FormattedValue":"Alicia Thomber","_ownerid_value@Microsoft.Dynamics.CRM.associatednavigationproperty":"ownerid","_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname":"systemuser","_ownerid_value":"#,
        r#","revenue@OData.Community.Display.V1.FormattedValue":"$4,200,000.00","revenue":4200000.00"#,
        r#","numberofemployees@OData.Community.Display.V1.FormattedValue":"25","numberofemployees":25"#,
        r#","donotemail@OData.Community.Display.V1.FormattedValue":"Allow","donotemail":false"#,
        r#","statecode@OData.Community.Display.V1.FormattedValue":"Active","statecode":0"#,
        r#""createdon":"2026-01-02T03:04:05Z""#,
        r#""createdon@OData.Community.Display.V1.FormattedValue":"1/2/2026 3:04 AM""#,
    ] {
        assert!(answer.body.contains(part), "{part}\n{}", answer.body);
    }
    assert_eq!(answer.header("preference-applied"), r#"odata.include-annotations="*""#);
}

#[test]
fn nothing_changed_since() {
    let client = Client::new();
    let url = format!("GET /accounts({ACCOUNT})?$select=name");
    let etag = client.send(&url, "", "").header("etag").to_owned();
    let answer = client.send(&url, &format!("If-None-Match: {etag}"), "");
    assert_eq!((answer.status, answer.body.as_str(), answer.header("etag")), (304, "", etag.as_str()));
    assert_eq!(client.send(&url, "If-None-Match: W/\"1\"", "").status, 200);
    assert_eq!(client.send(&url, "If-None-Match: null", "").status, 200);
    let annotated = format!("If-None-Match: {etag}\nPrefer: odata.include-annotations=\"*\"");
    assert_eq!(client.send(&url, &annotated, "").status, 200);
}

#[test]
fn parts_of_a_row() {
    let client = Client::new();
    let at = |rest: &str| client.get(&format!("/accounts({ACCOUNT}){rest}"));
    assert_eq!(
        at("/name").shown(),
        format!(
            r#"200 {{"@odata.context":"…/$metadata#accounts({ACCOUNT})/name","value":"Adventure Works"}}"#
        )
    );
    assert_eq!(at("/name/$value").shown(), "200 Adventure Works");
    assert_eq!(at("/createdon/$value").shown(), "200 2026-01-02T03:04:05Z");
    assert_eq!(at("/description").shown(), "204 ");
    assert_eq!(at("/parentaccountid").shown(), "204 ");
    assert_eq!(
        at("/primarycontactid/$ref").shown(),
        r#"200 {"@odata.context":"…/$metadata#$ref","@odata.id":"…/contacts(00000002-0000-4000-8000-000000000001)"}"#
    );
    let contact = at("/primarycontactid?$select=fullname").value();
    assert_eq!(contact["@odata.context"], format!("{BASE}/$metadata#contacts(fullname)/$entity"));
    assert_eq!(at("/ownerid/$ref").value()["@odata.id"], format!("{BASE}/systemusers({ALICIA})"));
    assert_eq!(at("/owninguser/fullname").value()["value"], "Alicia Thomber");
}

#[test]
fn sets_pages_and_counts() {
    let client = Client::new();
    let all = client.get("/accounts?$select=name&$count=true").value();
    let count = all["@odata.count"].as_u64().unwrap();
    assert_eq!(all["value"].as_array().unwrap().len() as u64, count);
    assert_eq!(client.get("/accounts/$count").body, format!("\u{feff}{count}"));
    assert_eq!(client.get("/accounts/$count").header("content-type"), "text/plain");
    let mut url = "/accounts?%24select=name&%24count=true".to_owned();
    let (mut seen, mut pages) = (0, 0);
    loop {
        let prefer = "Prefer: odata.maxpagesize=2,odata.include-annotations=\"*\"";
        let page = client.send(&format!("GET {url}"), prefer, "");
        assert_eq!(page.header("preference-applied"), "odata.include-annotations=\"*\"; odata.maxpagesize=2");
        let page = page.value();
        assert_eq!(page["@Microsoft.Dynamics.CRM.totalrecordcount"], count);
        seen += page["value"].as_array().unwrap().len() as u64;
        pages += 1;
        let Some(next) = page["@odata.nextLink"].as_str() else { break };
        assert!(
            next.starts_with(&format!("{BASE}/accounts?%24select=name&%24count=true&$skiptoken=")),
            "{next}"
        );
        assert_eq!(next.matches("skiptoken").count(), 1);
        url = next.strip_prefix(BASE).unwrap().to_owned();
    }
    assert_eq!((seen, pages), (count, count.div_ceil(2)));
}

#[test]
fn a_set_in_full() {
    let client = Client::new();
    let answer = client.get(
        "/systemusers?$select=fullname&$filter=accessmode%20eq%204&$expand=businessunitid($select=name)",
    );
    let value = answer.value();
    assert_eq!(
        value["@odata.context"],
        format!("{BASE}/$metadata#systemusers(fullname,businessunitid(name))")
    );
    let row = &value["value"][0];
    assert!(row["@odata.etag"].as_str().unwrap().starts_with("W/\""));
    assert!(row["businessunitid"]["name"].is_string());
    assert!(row["businessunitid"].get("@odata.etag").is_none(), "none on single rows within sets");
}

#[test]
fn collections_come_along_with_their_links() {
    let client = Client::new();
    let expand =
        "$expand=contact_customer_accounts($select=fullname;$orderby=fullname desc),primarycontactid/$ref";
    let set = client
        .get(&format!("/accounts?$select=name&$filter=accountid eq {ACCOUNT}&{expand}").replace(' ', "%20"));
    let value = set.value();
    assert_eq!(
        value["@odata.context"],
        format!(
            "{BASE}/$metadata#accounts(name,contact_customer_accounts(fullname),primarycontactid,primarycontactid/$ref())"
        )
    );
    let row = &value["value"][0];
    let contact = &row["contact_customer_accounts"][0];
    assert_eq!(contact["_parentcustomerid_value"], ACCOUNT);
    assert!(contact["@odata.etag"].is_string());
    assert_eq!(
        row["contact_customer_accounts@odata.nextLink"],
        format!(
            "{BASE}/accounts({ACCOUNT})/contact_customer_accounts?$select=fullname&$orderby=fullname%20desc"
        )
    );
    assert!(row["primarycontactid"]["@odata.id"].as_str().unwrap().starts_with(BASE));
    assert!(row["_primarycontactid_value"].is_string());
    let one = client.get(&format!("/accounts({ACCOUNT})?$select=name&{expand}").replace(' ', "%20")).value();
    assert!(one.get("contact_customer_accounts@odata.nextLink").is_none());
    assert!(one["contact_customer_accounts"][0]["@odata.etag"].is_string());
}

#[test]
fn an_address_may_be_so_long() {
    let client = Client::new();
    let before = format!("{BASE}/accounts?$select=name&x=").len();
    let url = |length: usize| format!("/accounts?$select=name&x={}", "y".repeat(length - before));
    assert_eq!(client.get(&url(32_768)).status, 200);
    let answer = client.get(&url(32_769));
    assert_eq!(answer.status, 400);
    assert!(answer.header("x-ms-emulator-hint").contains("$batch"));
    let part = format!("GET {} HTTP/1.1", url(60_000).trim_start_matches('/'));
    let body = format!(
        "--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n{part}\r\n\r\n\r\n--b--\r\n"
    );
    let batch = client.send("POST /$batch", "Content-Type: multipart/mixed; boundary=b", body);
    assert!(batch.body.contains("HTTP/1.1 200 OK"), "{}", batch.body);
}

#[test]
fn related_rows_counts_and_references() {
    let client = Client::new();
    let contacts =
        client.get(&format!("/accounts({ACCOUNT})/contact_customer_accounts?$select=fullname")).value();
    assert_eq!(contacts["@odata.context"], format!("{BASE}/$metadata#contacts(fullname)"));
    let count = contacts["value"].as_array().unwrap().len();
    let url = |rest: &str| format!("/accounts({ACCOUNT})/contact_customer_accounts{rest}");
    assert_eq!(client.get(&url("/$count")).body, format!("\u{feff}{count}"));
    let references = client.get(&url("/$ref")).value();
    assert_eq!(references["@odata.context"], format!("{BASE}/$metadata#Collection($ref)"));
    assert_eq!(references["value"].as_array().unwrap().len(), count);
    let roles =
        client.get(&format!("/systemusers({ALICIA})/systemuserroles_association?$select=name")).value();
    assert_eq!(roles["value"][0]["name"], "Sales Manager");
    let role = roles["value"][0]["roleid"].as_str().unwrap();
    let one = client.get(&format!("/systemusers({ALICIA})/systemuserroles_association({role})/name")).value();
    assert_eq!(one["value"], "Sales Manager");
    let another =
        format!("/systemusers(00000008-0000-4000-8000-000000000012)/systemuserroles_association({role})");
    assert_eq!(client.get(&another).status, 404);
}

#[test]
fn functions() {
    let client = Client::new();
    let me = client.get("/WhoAmI").value();
    assert_eq!(me["@odata.context"], format!("{BASE}/$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse"));
    assert!(me["UserId"].is_string());
    assert_eq!(client.get("/WhoAmI()").value(), me);
    let inline = client.get("/RetrieveLicenseInfo(AccessMode=4)").value();
    let alias = client.get("/RetrieveLicenseInfo(AccessMode=@p1)?%40p1=4").value();
    assert_eq!(inline, alias);
    assert!(inline["AvailableCount"].is_number(), "{inline}");
    let answer = client.get("/RetrieveLicenseInfo(Mode=4)");
    assert_eq!(answer.refusal(), "404 0x8006088a Resource not found for the segment 'RetrieveLicenseInfo'.");
    assert_eq!(answer.header("x-ms-emulator-hint"), "RetrieveLicenseInfo takes AccessMode.");
    assert_eq!(
        client.json("POST /WhoAmI()", "{}").refusal(),
        format!("404  No HTTP resource was found that matches the request URI '{BASE}/WhoAmI()'.")
    );
    assert_eq!(
        client.get(&format!("/systemusers({ALICIA})/RetrieveAllChildUsersSystemUser()")).refusal(),
        "400 0x80060888 Request message has unresolved parameters"
    );
    let children = client.get(&format!(
        "/systemusers({ALICIA})/Microsoft.Dynamics.CRM.RetrieveAllChildUsersSystemUser()?$select=fullname"
    ));
    assert_eq!(children.value()["value"][0]["fullname"], "Marcel Truempy");
}

#[test]
fn addresses_of_no_rows() {
    let client = Client::new();
    let document = client.get("/").value();
    assert_eq!(document["@odata.context"], format!("{BASE}/$metadata"));
    assert!(client.get("/$metadata").body.contains("<edmx:Edmx"));
    assert_eq!(client.get("/%24metadata").status, 200);
    let url = "/EntityDefinitions?%24select=LogicalName%2CEntitySetName%2CPrimaryIdAttribute&%24filter=LogicalName+eq+%27account%27";
    assert_eq!(client.get(url).value()["value"][0]["EntitySetName"], "accounts");
    assert_eq!(client.json("PATCH /EntityDefinitions(LogicalName='account')", "{}").status, 405);
    assert!(client.get("/$Metadata").status >= 400);
}

#[test]
fn addresses_that_lead_nowhere() {
    let client = Client::new();
    for (url, expected) in [
        ("/Account", "404 0x8006088a Resource not found for the segment 'Account'."),
        ("/accounts(ID)/Name", "404 0x8006088a Resource not found for the segment 'Name'."),
        ("/accounts({ID})", "400 0x80060888 Bad Request - Error in query syntax."),
        ("/accounts('ID')", "400 0x80060888 Bad Request - Error in query syntax."),
        (
            "/accounts(00000000-0000-0000-0000-000000000001)",
            "404 0x80040217 Entity 'account' With Id = 00000000-0000-0000-0000-000000000001 Does Not Exist",
        ),
        (
            "/accounts(ID)?$select=Name",
            "400 0x80060888 Could not find a property named 'Name' on type 'Microsoft.Dynamics.CRM.account'.",
        ),
        ("/accounts?$skip=1", "400 0x80060888 Skip Clause is not supported in CRM"),
        ("/accounts?$search=1", "400 0x80060888 The query parameter '$search' is not supported."),
        (
            "/accounts(nosuch='1')",
            "400 0x80060888 The key in the request URI is not valid for resource 'Microsoft.Dynamics.CRM.account'. Ensure that the names and number of key properties match the declared or alternate key properties for the resource 'Microsoft.Dynamics.CRM.account'.",
        ),
        ("/accounts(ID)/name?$select=x", "400 0x80060888 The query parameter '$select' is not supported."),
    ] {
        assert_eq!(client.get(&url.replace("ID", ACCOUNT)).refusal(), expected, "{url}");
    }
    for method in ["PATCH", "DELETE", "PUT"] {
        let answer = client.json(&format!("{method} /accounts"), "{}");
        assert_eq!(answer.status, 405, "{method}");
    }
}

#[test]
fn who_asks() {
    let client = Client::new();
    let me = |headers: &str| client.send("GET /WhoAmI", headers, "");
    assert_eq!(me(&format!("MSCRMCallerID: {ALICIA}")).value()["UserId"], ALICIA);
    assert_eq!(me("Authorization: Bearer opaque").status, 200);
    assert_eq!(me("Authorization: Basic bm9ib2R5Og==").status, 403);
    assert_eq!(me("MSCRMCallerID: x").status, 400);
    let organization = client.host.default_organization();
    organization
        .live()
        .write(|tx| {
            tx.settings_mut().auth = crate::settings::AuthMode::Token;
            Ok::<_, ()>(())
        })
        .unwrap();
    let answer = me("");
    assert_eq!(answer.status, 401);
    let challenge = answer.header("www-authenticate");
    assert!(challenge.starts_with("Bearer authorization_uri=http://localhost:5050/"), "{challenge}");
    assert!(challenge.ends_with("/oauth2/authorize, resource_id=http://localhost:5050/"), "{challenge}");
}
