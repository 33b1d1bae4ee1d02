//! The journal: what is recorded, how it is asked for, what is verified by it.

use axum::body::Body;
use http::{Method, Request};
use serde_json::{Value, json};

use super::contoso;
use crate::support::{Fixture, NOW};

const API: &str = "/contoso/api/data/v9.2";
const ADMINISTRATOR: &str = "00000008-0000-4000-8000-000000000001";

fn requests(f: &Fixture, query: &str) -> Vec<Value> {
    let answer = f.get(&format!("{}{query}", contoso("requests"))).has(200).json();
    answer["requests"].as_array().unwrap().clone()
}

/// Method, address and status of what is recorded.
fn lines(f: &Fixture, query: &str) -> Vec<String> {
    let line = |entry: &Value| {
        let text = |member: &str| entry[member].as_str().unwrap_or_default().to_owned();
        format!("{} {} {}", text("method"), text("url").replace(API, ""), entry["status"])
    };
    requests(f, query).iter().map(line).collect()
}

fn administrator(f: &Fixture) -> String {
    f.org().read().identity().default_caller.to_string()
}

#[test]
fn an_entry_tells_what_was_asked_and_answered() {
    let f = Fixture::new();
    let sent = json!({"lastname": "Smith", "accessmode": 4, "isdisabled": "no"});
    let headers =
        [("authorization", "Bearer secret"), ("prefer", "return=representation"), ("cookie", "s=1")];
    let answer = f.ask(Method::POST, &format!("{API}/systemusers?$select=fullname"), &headers, Some(&sent));
    let entries = requests(&f, "");
    assert_eq!(entries.len(), 1);
    let entry = &entries[0];
    assert_eq!((&entry["id"], &entry["org"], &entry["at"]), (&json!(1), &json!("contoso"), &json!(NOW)));
    assert_eq!(entry["caller"], administrator(&f));
    assert!(entry["caller_name"].as_str().is_some_and(|name| !name.is_empty()), "{entry:#}");
    assert_eq!((&entry["method"], &entry["status"]), (&json!("POST"), &json!(answer.status)));
    assert_eq!(entry["url"], format!("{API}/systemusers?$select=fullname"));
    assert!(entry["duration_us"].is_u64());
    assert_eq!(entry["code"], answer.json()["error"]["code"]);
    let (request, response) = (&entry["request"], &entry["response"]);
    assert_eq!(request["body"], sent.to_string());
    assert_eq!(request["headers"]["content-type"], "application/json");
    assert_eq!(request["headers"]["authorization"], "(redacted)");
    assert_eq!(request["headers"]["cookie"], "(redacted)");
    assert_eq!(response["body"], answer.text());
    assert_eq!(response["headers"]["odata-version"], "4.0");
    assert_eq!(response["headers"]["req_id"], answer.header("req_id"));
    assert!(!format!("{entry}").contains("secret"));
    assert!(entry.get("batch").is_none() && entry.get("injection").is_none());
}

#[test]
fn refusals_tell_rule_and_code() {
    let f = Fixture::with(|builder| builder.non_interactive_limit(0));
    let user = json!({"lastname": "Robot", "accessmode": 4, "domainname": "r@contoso.com",
                      "internalemailaddress": "r@contoso.com"});
    f.post(&format!("{API}/systemusers"), &user).has(400);
    f.get(&format!("{API}/nothing")).has(404);
    let entries = requests(&f, "");
    assert_eq!((&entries[0]["rules"], &entries[0]["code"]), (&json!(["U12"]), &json!("0x8004b050")));
    assert_eq!((&entries[1]["rules"], &entries[1]["code"]), (&json!([]), &json!("0x8006088a")));
}

#[test]
fn what_reaches_no_face_is_recorded_too() {
    let f = Fixture::with(|builder| builder.limits(crm_emulator::protocol::http::Limits { body_bytes: 100 }));
    drop(f.org().fork("fork").unwrap());
    f.get("/contoso/XRMServices/2011/Organization.svc").has(501);
    f.get("/fork/XRMServices/2011/Organization.svc").has(501);
    f.get("/favicon.ico").has(404);
    f.get("/api/data/v7.0/accounts").has(404);
    let long = json!({"name": "x".repeat(200)});
    f.ask(Method::POST, &format!("{API}/accounts"), &[("content-length", "211")], Some(&long)).has(413);
    f.ask(Method::GET, "/api/data/v9.2/WhoAmI", &[("host", "fork.localhost")], None).has(200);
    f.get("/nobody/api/data/v9.2/WhoAmI").has(404);
    assert_eq!(
        lines(&f, ""),
        [
            "GET /contoso/XRMServices/2011/Organization.svc 501",
            "GET /favicon.ico 404",
            "GET /api/data/v7.0/accounts 404",
            "POST /accounts 413",
        ]
    );
    let entries = requests(&f, "");
    assert_eq!(entries[0]["code"], "NotEmulated");
    assert_eq!(
        (&entries[0]["request"]["body"], &entries[3]["request"]["note"]),
        (&json!(""), &json!("not read"))
    );
    let fork = f.get("/_emulator/v1/orgs/fork/requests").has(200).json();
    let statuses: Vec<_> = fork["requests"].as_array().unwrap().iter().map(|e| e["status"].clone()).collect();
    assert_eq!(statuses, [json!(501), json!(200)]);
}

#[test]
fn what_is_no_request_to_the_organization_is_not_recorded() {
    let f = Fixture::new();
    f.get(&contoso("licenses")).has(200);
    f.post(&contoso("whatif"), &json!({"requests": [{"method": "GET", "url": "WhoAmI"}]})).has(200);
    f.post(&contoso("plan"), &json!({"url": "accounts"})).has(200);
    f.post(&contoso("reset"), &json!({})).has(204);
    assert!(requests(&f, "").is_empty());
}

#[test]
fn options_choose() {
    let f = Fixture::new();
    let alice = "00000008-0000-4000-8000-000000000011";
    f.get(&format!("{API}/accounts?$top=1")).has(200);
    f.get(&format!("{API}/systemusers({alice})")).has(200);
    f.get("/api/data/v9.0/systemusers(00000008-0000-4000-8000-0000000000ff)").has(404);
    f.ask(Method::GET, &format!("{API}/WhoAmI"), &[("mscrmcallerid", alice)], None).has(200);
    f.org().advance_clock(crm_emulator::emulator::hours(1));
    f.post(&format!("{API}/accounts"), &json!({"name": "A. Datum"})).has(204);
    let name = f
        .org()
        .read()
        .records()
        .table(f.org().read().known().systemuser.id)
        .get(alice.parse().unwrap())
        .and_then(|row| row.get(f.org().read().known().systemuser.domainname).as_str().map(str::to_owned))
        .unwrap();
    let count = |query: &str| lines(&f, query).len();
    for (query, expected) in [
        ("", 5),
        ("?method=post", 1),
        ("?path=/systemusers(*)", 2),
        ("?path=/systemusers(*)&status=404", 1),
        ("?path=*", 5),
        ("?status=2xx", 4),
        ("?status=4xx", 1),
        (&format!("?caller={alice}"), 1),
        (&format!("?caller={name}"), 1),
        (&format!("?caller={ADMINISTRATOR}"), 0),
        ("?rule=U12", 0),
        ("?since=3", 2),
        ("?since=2026-03-01T12:30:00Z", 1),
        ("?since=2026-03-01T12:00:00Z", 5),
        ("?limit=2", 2),
        ("?limit=100", 5),
    ] {
        assert_eq!(count(query), expected, "{query}");
    }
    // The newest are those that a limit leaves.
    assert_eq!(lines(&f, "?limit=1"), ["POST /accounts 204"]);
    for (query, word) in [
        ("?verb=GET", "verb"),
        ("?status=600xx", "status"),
        ("?limit=0", "limit"),
        ("?limit=many", "limit"),
        ("?since=yesterday", "yesterday"),
        ("?caller=nobody", "nobody"),
        ("?path=/a%3Fb", "query"),
    ] {
        f.get(&format!("{}{query}", contoso("requests"))).refuses(400, "InvalidFilter", &[word]);
    }
}

#[test]
fn forgetting_is_whole_and_reset_forgets_nothing() {
    let f = Fixture::new();
    f.get(&format!("{API}/WhoAmI")).has(200);
    f.post(&contoso("reset"), &json!({})).has(204);
    assert_eq!(lines(&f, "").len(), 1);
    f.delete(&format!("{}?method=GET", contoso("requests"))).refuses(400, "InvalidFilter", &["whole"]);
    f.delete(&contoso("requests")).has(204);
    assert!(lines(&f, "").is_empty());
    f.get(&format!("{API}/WhoAmI")).has(200);
    assert_eq!(requests(&f, "")[0]["id"], 2, "ids go on");
}

#[test]
fn the_switch_says_how_many_are_kept() {
    let f = Fixture::new();
    let keep = |count: u32| f.patch(&contoso("settings"), &json!({"journal": count})).has(200);
    assert_eq!(f.get(&contoso("settings")).json()["journal"], 10_000);
    keep(2);
    for top in 1..=3 {
        f.get(&format!("{API}/accounts?$top={top}")).has(200);
    }
    assert_eq!(lines(&f, ""), ["GET /accounts?$top=2 200", "GET /accounts?$top=3 200"]);
    keep(0);
    f.get(&format!("{API}/WhoAmI")).has(200);
    assert!(lines(&f, "").is_empty());
    keep(5);
    assert_eq!(lines(&f, "").len(), 2, "what was recorded before is still there");
}

#[test]
fn a_batch_is_recorded_with_what_is_in_it() {
    let f = Fixture::new();
    let alice = "00000008-0000-4000-8000-000000000011";
    let body = format!(
        "--b\r\nContent-Type: application/http\r\n\r\nGET WhoAmI HTTP/1.1\r\nMSCRMCallerID: {alice}\r\n\
         Authorization: Bearer secret\r\n\r\n\r\n\
         --b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n\
         --c\r\nContent-Type: application/http\r\nContent-ID: 1\r\n\r\nPOST {API}/accounts HTTP/1.1\r\n\
         Content-Type: application/json\r\n\r\n{{\"name\":\"A. Datum\"}}\r\n\
         --c\r\nContent-Type: application/http\r\nContent-ID: 2\r\n\r\nPATCH $1 HTTP/1.1\r\n\
         Content-Type: application/json\r\n\r\n{{\"nothing\":1}}\r\n--c--\r\n--b--\r\n"
    );
    let request = Request::post(format!("{API}/$batch"))
        .header("content-type", "multipart/mixed; boundary=b")
        .body(Body::from(body))
        .unwrap();
    f.send(request).has(400);
    // What the refused change set took back was not answered; the refusal is to the request that it is about.
    assert_eq!(lines(&f, ""), ["POST /$batch 400", "GET WhoAmI 200", "PATCH $1 400"]);
    let entries = requests(&f, "");
    assert!(entries[0].get("batch").is_none());
    assert_eq!((&entries[1]["batch"], &entries[2]["batch"]), (&entries[0]["id"], &entries[0]["id"]));
    assert_eq!(
        (entries[0]["caller"].clone(), entries[1]["caller"].clone()),
        (administrator(&f).into(), alice.into())
    );
    assert_eq!(entries[2]["request"]["body"], "{\"nothing\":1}");
    assert_eq!(entries[2]["code"], "0x80048d19");
    assert!(!format!("{entries:?}").contains("secret"));
    assert_eq!(lines(&f, "?path=/WhoAmI"), ["GET WhoAmI 200"]);

    let whole = "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n\
         --c\r\nContent-Type: application/http\r\nContent-ID: 1\r\n\r\nPOST accounts HTTP/1.1\r\n\
         Content-Type: application/json\r\n\r\n{\"name\":\"A. Datum\"}\r\n--c--\r\n--b--\r\n";
    let request = Request::post(format!("{API}/$batch"))
        .header("content-type", "multipart/mixed; boundary=b")
        .body(Body::from(whole))
        .unwrap();
    f.send(request).has(200);
    assert_eq!(lines(&f, "?since=3"), ["POST /$batch 200", "POST accounts 204"]);
}

#[test]
fn long_answers_are_kept_as_far_as_they_were_made() {
    let f = Fixture::with(|builder| builder.scenario("large:400"));
    f.get(&format!("{API}/systemusers?$select=fullname")).has(200);
    f.post(&format!("{API}/accounts"), &json!({"name": "A", "description": "x".repeat(70_000)}));
    let entries = requests(&f, "");
    let page = &entries[0]["response"];
    assert_eq!(page["truncated"], true, "{page:#}");
    assert!(page["note"].as_str().unwrap().contains("in pieces"));
    assert!(page["body"].as_str().unwrap().starts_with("{\"@odata.context\""));
    let sent = &entries[1]["request"];
    assert_eq!((sent["body"].as_str().unwrap().len(), &sent["truncated"]), (64 << 10, &json!(true)));
    assert!(sent["note"].as_str().unwrap().contains("the first 65536 of 700"), "{}", sent["note"]);
}

#[test]
fn head_is_recorded_as_it_was_sent() {
    let f = Fixture::new();
    f.ask(Method::HEAD, &format!("{API}/WhoAmI"), &[], None).has(200);
    let entry = &requests(&f, "")[0];
    assert_eq!((&entry["method"], &entry["response"]["body"]), (&json!("HEAD"), &json!("")));
}

fn verify(f: &Fixture, wanted: &Value) -> crate::support::Answer {
    f.post(&contoso("requests/verify"), wanted)
}

#[test]
fn as_many_requests_as_expected() {
    let f = Fixture::new();
    f.post(&format!("{API}/accounts"), &json!({"name": "A. Datum"})).has(204);
    f.post(&format!("{API}/accounts"), &json!({"name": "Litware"})).has(204);
    f.get(&format!("{API}/accounts")).has(200);
    let post = |more: Value| {
        let mut wanted = json!({"method": "POST", "path": "/accounts"});
        wanted.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        verify(&f, &wanted)
    };
    let verdict = post(json!({"count": 2})).has(200).json();
    assert_eq!(verdict, json!({"verified": true, "matched": 2, "recorded": 3, "expected": {"count": 2}}));
    post(json!({"at_least": 1, "at_most": 2})).has(200);
    post(json!({"body_contains": "Datum", "count": 1})).has(200);
    post(json!({"status": "2xx", "at_least": 2})).has(200);
    verify(&f, &json!({"count": 3})).has(200);
    verify(&f, &json!({"method": "DELETE", "at_most": 0})).has(200);

    let many = post(json!({"at_most": 1})).refuses(422, "NotVerified", &["2 of 3", "matches"]).json();
    assert_eq!(many["matches"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&many["verified"], &many["matched"], &many["expected"]),
        (&json!(false), &json!(2), &json!({"at_most": 1}))
    );
    post(json!({"count": 1})).refuses(422, "NotVerified", &[]);
    post(json!({"count": 3})).refuses(422, "NotVerified", &[]);
}

#[test]
fn a_miss_tells_what_came_nearest() {
    let f = Fixture::new();
    f.get(&format!("{API}/contacts")).has(200);
    f.post(&format!("{API}/accounts"), &json!({"name": "Litware"})).has(204);
    f.get(&format!("{API}/accounts")).has(200);
    let wanted = json!({"method": "POST", "path": "/accounts", "body_contains": "Datum", "count": 1});
    let verdict = verify(&f, &wanted).refuses(422, "NotVerified", &["0 of 3", "nearest"]).json();
    let nearest = verdict["nearest"].as_array().unwrap();
    // The GET of contacts misses all three, that of accounts two of them: neither matches most.
    assert_eq!(nearest.len(), 1, "{verdict:#}");
    assert_eq!(nearest[0]["request"]["id"], 2);
    assert_eq!(
        nearest[0]["missed"],
        json!([{"criterion": "body_contains", "expected": "Datum", "actual": "{\"name\":\"Litware\"}"}])
    );
    // Of one criterion by itself the likest come first.
    let verdict = verify(&f, &json!({"path": "/accountz", "at_least": 1})).has(422).json();
    let paths: Vec<_> = verdict["nearest"]
        .as_array()
        .unwrap()
        .iter()
        .map(|near| near["missed"][0]["actual"].clone())
        .collect();
    assert_eq!(paths, ["/accounts", "/accounts", "/contacts"]);
}

#[test]
fn what_cannot_be_verified_is_refused() {
    let f = Fixture::new();
    for (wanted, code, word) in [
        (json!({"method": "GET"}), "InvalidMatcher", "at_least"),
        (json!({"at_least": 3, "at_most": 2}), "InvalidMatcher", "at most 2"),
        (json!({"count": 1, "at_least": 1}), "InvalidMatcher", "beside it"),
        (json!({"caller": "nobody", "count": 0}), "InvalidMatcher", "nobody"),
        (json!({"path": "/a?b", "count": 0}), "InvalidMatcher", "query"),
        (json!({"status": "6xx", "count": 0}), "InvalidBody", "6xx"),
        (json!({"verb": "GET", "count": 0}), "InvalidBody", "verb"),
        (json!({"count": -1}), "InvalidBody", ""),
    ] {
        verify(&f, &wanted).refuses(400, code, &[word]);
    }
    f.get(&contoso("requests/verify")).refuses(405, "MethodNotAllowed", &[]);
}

#[test]
fn coverage_tells_what_was_touched_and_what_not() {
    let f = Fixture::with(|builder| builder.non_interactive_limit(0));
    let coverage = || f.get(&contoso("coverage")).has(200).json();
    let named = |list: &Value, of: &str, value: &str| {
        list.as_array().unwrap().iter().find(|entry| entry[of] == value).cloned()
    };
    let fresh = coverage();
    for part in ["rules", "routes", "operators"] {
        assert_eq!(fresh[part]["touched"], json!([]), "{part}");
        assert!(fresh[part]["untouched"].as_array().unwrap().len() > 20, "{part}");
    }
    let user = json!({"lastname": "Robot", "accessmode": 4, "domainname": "r@contoso.com",
                      "internalemailaddress": "r@contoso.com"});
    f.post(&format!("{API}/systemusers"), &user).has(400);
    for id in ["1", "2", "3"] {
        f.get(&format!("{API}/accounts(00000001-0000-4000-8000-00000000000{id})?$select=name")).has(200);
    }
    f.get(&format!("{API}/accounts?$filter=contains(name,'a')%20and%20revenue%20ge%201&$top=1")).has(200);
    f.get(&format!("{API}/accounts?$filter=revenue%20lt%20'x'")).has(400);
    let fetch = "<fetch><entity name='contact'><filter><condition attribute='fullname' operator='like' value='a%25'/></filter></entity></fetch>";
    f.get(&format!(
        "{API}/contacts?fetchXml={}",
        fetch.replace(' ', "%20").replace('<', "%3C").replace('>', "%3E")
    ))
    .has(200);
    f.get(&format!("{API}/WhoAmI")).has(200);
    let admin = administrator(&f);
    f.get(&format!("{API}/systemusers({admin})/Microsoft.Dynamics.CRM.RetrieveUserPrivileges()")).has(200);
    f.get(&format!("{API}/nothing")).has(404);

    let told = coverage();
    assert_eq!((&told["requests"], &told["elsewhere"]), (&json!(10), &json!(1)));
    let rules = &told["rules"];
    assert_eq!(named(&rules["touched"], "id", "U12").unwrap()["count"], 1);
    assert!(
        named(&rules["untouched"], "id", "U12").is_none() && named(&rules["untouched"], "id", "L3").is_some()
    );
    let listed = f.get("/_emulator/v1/rules").json()["rules"].as_array().unwrap().len();
    let counted = |part: &Value| {
        part["touched"].as_array().unwrap().len() + part["untouched"].as_array().unwrap().len()
    };
    assert_eq!(counted(rules), listed);
    let touched: Vec<_> = told["routes"]["touched"]
        .as_array()
        .unwrap()
        .iter()
        .map(|route| {
            let text = |member: &str| route[member].as_str().unwrap().to_owned();
            format!("{} {} {} {}", text("method"), text("route"), route["succeeded"], route["refused"])
        })
        .collect();
    assert_eq!(
        touched,
        [
            "GET RetrieveUserPrivileges 1 0",
            "GET WhoAmI 1 0",
            "GET accounts 4 1",
            "GET contacts 1 0",
            "POST systemusers 0 1",
        ]
    );
    let untouched = &told["routes"]["untouched"];
    assert!(named(untouched, "route", "RetrieveVersion").is_some_and(|route| route["method"] == "GET"));
    assert!(named(untouched, "route", "$batch").is_some_and(|route| route["method"] == "POST"));
    let parts: Vec<_> = told["operators"]["touched"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| format!("{} {}", part["name"].as_str().unwrap(), part["count"]))
        .collect();
    assert_eq!(
        parts,
        [
            "$select 3",
            "$filter 1",
            "$top 1",
            "fetchXml 1",
            "ge 1",
            "and 1",
            "contains 1",
            "filter and 1",
            "operator like 1",
        ],
        "what was refused touched nothing"
    );
    // Counts outlive the entries, and what has been told is not counted again.
    f.delete(&contoso("requests")).has(204);
    assert_eq!(coverage()["requests"], 10);
    f.delete(&contoso("coverage")).has(204);
    assert_eq!(coverage(), fresh);
}

#[test]
fn coverage_counts_more_shapes_than_it_keeps() {
    let f = Fixture::new();
    for number in 0..300 {
        f.get(&format!("{API}/accounts?$filter=name%20eq%20'{number}'")).has(200);
    }
    let told = f.get(&contoso("coverage")).json();
    assert_eq!(told["requests"], 300);
    assert_eq!(told["routes"]["touched"][0]["succeeded"], 300);
}

#[test]
fn the_journal_is_there_in_process_too() {
    use crm_emulator::hosting::{Expected, Since, Wanted};
    use crm_emulator::journal::Matcher;
    let f = Fixture::new();
    f.get(&format!("{API}/WhoAmI")).has(200);
    let org = f.org();
    let told = org.requests();
    assert_eq!((told.len(), told[0].status, &*told[0].method), (1, Some(200), "GET"));
    assert_eq!(told[0].caller.map(|id| id.to_string()), Some(administrator(&f)));
    assert!(told[0].response.as_ref().unwrap().body.as_ref().unwrap().contains("UserId"));
    let matcher = Matcher { path: Some("/WhoAmI".to_owned()), ..Matcher::default() };
    let once = Expected { count: Some(1), ..Expected::default() };
    assert!(org.verify_requests(&matcher, once).unwrap().verified);
    assert!(org.verify_requests(&matcher, Expected::default()).is_err());
    let later = Wanted { matcher, since: Some(Since::Entry(1)), limit: None };
    assert!(org.requests_like(&later).unwrap().is_empty());
    assert_eq!(org.coverage().requests, 1);
    org.clear_requests();
    assert!(org.requests().is_empty());
}
