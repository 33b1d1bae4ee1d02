use serde_json::{Value, json};

use super::contoso;
use crate::support::Fixture;

fn plan(f: &Fixture, url: &str) -> Value {
    f.post(&contoso("plan"), &json!({ "url": url })).has(200).json()
}

#[test]
fn a_query_is_told_by_its_plan_and_by_the_way_to_its_rows() {
    let f = Fixture::new();
    let index = |column: &str| json!({"kind": "index", "column": column, "values": 1});
    for (url, text, way) in [
        ("systemusers", "systemuser page 5000", json!({"kind": "scan"})),
        (
            "systemusers?$filter=domainname eq 'x@contoso.com'&$select=fullname&$orderby=fullname",
            "systemuser where domainname = 'x@contoso.com' order by fullname page 5000 select fullname",
            index("domainname"),
        ),
        ("systemusers?$filter=not true", "systemuser where false page 5000", json!({"kind": "nothing"})),
        (
            "systemusers?$filter=domainname eq 'a' or systemuserid eq 00000008-0000-4000-8000-000000000011",
            "systemuser where domainname = 'a' or systemuserid = 00000008-0000-4000-8000-000000000011 page 5000",
            json!({"kind": "several", "ways": [index("domainname"), index("systemuserid")]}),
        ),
        (
            "accounts?$filter=contains(name,'ä')",
            "account where name like '%ä%' page 5000",
            json!({"kind": "scan"}),
        ),
        (
            "accounts(00000001-0000-4000-8000-000000000001)/contact_customer_accounts?$count=true",
            "contact where parentcustomerid = 00000001-0000-4000-8000-000000000001 page 5000 count",
            index("parentcustomerid"),
        ),
        (
            "accounts/$count?$filter=name eq 'x'",
            "account where name = 'x' page 5000",
            json!({"kind": "scan"}),
        ),
        (
            "/contoso/api/data/v9.1/accounts?$apply=groupby((statuscode),aggregate($count as n))",
            "account page 5000 group 50000 by statuscode into count() as n",
            json!({"kind": "scan"}),
        ),
    ] {
        let told = plan(&f, url);
        assert_eq!(told["plan"], text, "{url}");
        assert_eq!(told["way"], way, "{url}: {told:#}");
    }
}

#[test]
fn order_and_expanded_rows_are_told_too() {
    let f = Fixture::new();
    let told = plan(&f, "accounts?$expand=contact_customer_accounts($expand=owninguser)");
    assert_eq!(
        told["expand"],
        json!([{"property": "contact_customer_accounts", "kind": "index",
                "expand": [{"property": "owninguser", "kind": "index", "expand": []}]}])
    );
    assert_eq!((&told["table"], &told["rows"]), (&json!("account"), &json!(12)));
    assert_eq!(plan(&f, "accounts?$orderby=name")["sorts"], true);
    let paged = json!({"url": "accounts", "headers": {"Prefer": "odata.maxpagesize=7"}});
    assert_eq!(f.post(&contoso("plan"), &paged).has(200).json()["plan"], "account page 7");
}

#[test]
fn what_has_no_plan_is_refused() {
    let f = Fixture::new();
    let send = |url: &str| f.post(&contoso("plan"), &json!({ "url": url }));
    for url in
        ["", "WhoAmI", "$metadata", "accounts(00000001-0000-4000-8000-000000000001)", "EntityDefinitions"]
    {
        send(url).refuses(400, "InvalidRequest", &["collection"]);
    }
    send("accounts?$filter=foo eq 1").refuses(400, "0x80060888", &["foo"]);
    send("accounts?$skip=1").refuses(400, "0x80060888", &["Skip"]);
    send("accounts/nothing").refuses(404, "0x8006088a", &["nothing"]);
    send("/graph/v1.0/users").refuses(400, "InvalidRequest", &["/graph/v1.0/users"]);
    send("/other/api/data/v9.2/accounts").refuses(400, "InvalidRequest", &["other"]);
    f.post(&contoso("plan"), &json!({"url": "accounts", "method": "POST"})).refuses(
        400,
        "InvalidBody",
        &["method"],
    );
}
