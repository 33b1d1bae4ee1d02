//! Query options: what is picked, found, counted, ordered, and page by page.

use http::Method;
use serde_json::json;

use super::{EVENTUAL, add, all, at, get};
use crate::support::Fixture;

fn five() -> Fixture {
    let f = Fixture::with(|builder| builder.scenario("empty"));
    for name in ["Dora", "Adele", "Emil", "Bea", "Carl"] {
        add(&f, name);
    }
    f
}

#[test]
fn pages_follow_one_another_and_miss_nobody() {
    let f = five();
    let mut names = Vec::new();
    let mut next = "/graph/v1.0/users?$top=2&$orderby=displayName%20desc&$select=displayName".to_owned();
    for deleted in ["Emil", "Carl", ""] {
        let page = f.get(&next).has(200).json();
        names.extend(
            page["value"]
                .as_array()
                .unwrap()
                .iter()
                .map(|user| user["displayName"].as_str().unwrap().to_owned()),
        );
        next = page["@odata.nextLink"]
            .as_str()
            .unwrap_or_default()
            .trim_start_matches("http://localhost")
            .to_owned();
        if !deleted.is_empty() {
            // A page that ended with somebody who is gone meanwhile goes on all the same.
            assert!(next.contains("$top=2") && next.contains("$skiptoken="), "{next}");
            f.delete(&at(&format!("users/{deleted}@contoso.onmicrosoft.com"))).has(204);
        }
    }
    let names: Vec<_> = names.into_iter().filter(|name| name.len() < 6).collect();
    assert!(names.windows(2).all(|pair| pair[0] > pair[1]), "{names:?}");
    for name in ["Adele", "Carl", "Dora", "Emil", "Bea"] {
        assert!(names.iter().any(|shown| shown == name), "{name} is not among {names:?}");
    }
    f.get(&at("users?$skiptoken=x")).refuses(400, "Directory_ExpiredPageToken", &["@odata.nextLink"]);
}

#[test]
fn a_page_is_a_hundred_and_999_at_most() {
    let f = Fixture::with(|builder| builder.scenario("large:1200"));
    let page =
        |query: &str| get(&f, &format!("users?$select=id{query}"))["value"].as_array().map_or(0, Vec::len);
    if page("&$top=999") == 999 {
        assert_eq!(page(""), 100);
    }
    for top in ["0", "1000"] {
        let message = format!("Invalid page size specified: '{top}'. Must be between 1 and 999 inclusive.");
        f.get(&at(&format!("users?$top={top}"))).refuses(400, "Request_UnsupportedQuery", &[&message]);
    }
}

#[test]
fn counting_wants_its_header() {
    let f = five();
    let count = |path: &str| f.ask(Method::GET, &at(path), &EVENTUAL, None).has(200);
    let all = count("users/$count").text();
    assert_eq!(count("users?$count=true&$top=1").json()["@odata.count"].to_string(), all);
    assert_eq!(
        count("users/$count?$filter=startswith(displayName,'a') and not(displayName eq 'Adele')").text(),
        "0"
    );
    f.get(&at("users/$count")).refuses(400, "Request_BadRequest", &["$count is not currently supported."]);
    let ignored = f.get(&at("users?$count=true&$top=1")).has(200);
    assert!(ignored.json().get("@odata.count").is_none());
    assert!(
        ignored.header("x-ms-emulator-hint").contains("ConsistencyLevel"),
        "as the service does, but not silently"
    );
}

#[test]
fn filters_find() {
    let f = five();
    for (filter, expected) in [
        ("userPrincipalName eq 'bea@contoso.onmicrosoft.com'", &["Bea"][..]),
        ("displayName eq 'carl' or startswith(displayName,'EM')", &["Carl", "Emil"]),
        ("startswith(userPrincipalName,'d') and accountEnabled eq true", &["Dora"]),
        ("endsWith(userPrincipalName,'a@contoso.onmicrosoft.com')", &["Bea", "Dora"]),
        ("startswith(displayName,'bea') and assignedLicenses/$count eq 0", &["Bea"]),
    ] {
        let found =
            all(&f, &format!("users?$count=true&$orderby=displayName&$filter={filter}"), "displayName");
        assert_eq!(found, expected, "{filter}");
    }
    f.get(&at("users?$filter=displayName eq 'x'&$orderby=displayName")).refuses(
        400,
        "Request_UnsupportedQuery",
        &["Sorting not supported for current query.", "ConsistencyLevel"],
    );
    f.get(&at("users?$filter=displayName ne 'x'")).refuses(
        400,
        "Request_UnsupportedQuery",
        &["'NotEqualsMatch'", "ConsistencyLevel"],
    );
}

#[test]
fn what_queries_refuse() {
    let f = five();
    for (query, status, code, words) in [
        (
            "$select=shoes",
            400,
            "BadRequest",
            "Could not find a property named 'shoes' on type 'microsoft.graph.user'.",
        ),
        ("$select=companyName", 501, "NotEmulated", "companyName"),
        ("$expand=memberOf", 501, "NotEmulated", "$expand"),
        ("$skip=1", 400, "Request_UnsupportedQuery", "'$skip'"),
        ("$search=\"displayName:a\"", 400, "Request_UnsupportedQuery", "ConsistencyLevel: eventual"),
        ("$orderby=city", 400, "Request_UnsupportedQuery", "Unsupported sort property 'city' for 'User'."),
        ("$filter=displayName", 400, "Request_UnsupportedQuery", "filter clause"),
        ("$filter=displayName eq", 400, "BadRequest", "Invalid filter clause: Syntax error"),
        ("$top=many", 400, "BadRequest", "$top"),
        ("$count=perhaps", 400, "BadRequest", "$count"),
        ("$selct=id", 400, "BadRequest", "'$selct'"),
        ("$select=id&$select=mail", 400, "BadRequest", "more than once"),
    ] {
        f.get(&at(&format!("users?{}", query.replace('"', "%22")))).refuses(status, code, &[words]);
    }
    f.ask(Method::GET, &at("users?$search=%22displayName:a%22"), &EVENTUAL, None).refuses(
        501,
        "NotEmulated",
        &["$search"],
    );
    // Options without the dollar and in any case; what has no meaning is the client's own.
    assert_eq!(get(&f, "users?Select=id&top=1&tag=x")["value"][0].as_object().unwrap().len(), 1);
    f.get(&at("users/x?$filter=id eq 'x'")).refuses(404, "Request_ResourceNotFound", &[]);
    let adele = all(&f, "users?$filter=displayName eq 'Adele'", "id");
    f.get(&at(&format!("users/{}?$filter=id eq 'x'", adele[0]))).refuses(
        400,
        "Request_UnsupportedQuery",
        &["'$filter'"],
    );
}

#[test]
fn as_much_control_information_as_is_asked_for() {
    let f = five();
    let ask = |accept: &str| {
        f.ask(
            Method::GET,
            &at("users/adele@contoso.onmicrosoft.com?$select=id,businessPhones"),
            &[("accept", accept)],
            None,
        )
    };
    let full = ask("application/json;odata.metadata=full").has(200);
    assert!(full.header("content-type").starts_with("application/json;odata.metadata=full;"));
    insta::assert_json_snapshot!("with_all_control_information", full.json());
    let none = ask("application/json;odata.metadata=none").has(200).json();
    assert_eq!(none.as_object().unwrap().keys().collect::<Vec<_>>(), ["id", "businessPhones"]);
    ask("text/html, */*;q=0.1").has(200);
    ask("application/xml").refuses(406, "BadRequest", &["application/xml"]);
    assert_eq!(json!([none["id"]]), json!([full.json()["id"]]));
}
