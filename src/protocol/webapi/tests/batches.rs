//! `$batch` and the operations on many rows.

use super::{Answer, BASE, Client};

const ACCOUNT: &str = "00000001-0000-4000-8000-000000000001";

fn send(client: &Client, prefer: &str, body: &str) -> Answer {
    let headers = format!("Content-Type: multipart/mixed;boundary=b\n{prefer}");
    client.send(
        "POST /$batch",
        &headers,
        body.replace("BASE", BASE).replace("ACCOUNT", ACCOUNT).replace('\n', "\r\n"),
    )
}

/// A part of a batch with a request in it.
fn part(request: &str) -> String {
    format!("--b\nContent-Type: application/http\nContent-Transfer-Encoding: binary\n\n{request}\n")
}

/// A change set of requests with their Content-IDs.
fn change_set(requests: &[(&str, &str)]) -> String {
    let parts = requests.iter().map(|(id, request)| {
        format!("--c\nContent-Type: application/http\nContent-Transfer-Encoding: binary\nContent-ID: {id}\n\n{request}\n")
    });
    let parts: String = parts.collect();
    format!("--b\nContent-Type: multipart/mixed;boundary=c\n\n{parts}--c--\n\n")
}

/// The statuses of the parts, in order.
fn statuses(answer: &Answer) -> Vec<&str> {
    answer.body.lines().filter_map(|line| line.strip_prefix("HTTP/1.1 ")).collect()
}

const POST: &str = "POST BASE/accounts HTTP/1.1\nContent-Type: application/json\n\n{\"name\":\"batched\"}\n";

#[test]
fn the_answer_letter_by_letter() {
    let client = Client::new();
    let body = part("GET BASE/accounts(ACCOUNT)?$select=name HTTP/1.1\nAccept: application/json\n")
        + &change_set(&[("1", "DELETE /api/data/v9.2/accounts(ACCOUNT) HTTP/1.1\n")])
        + "--b--\n";
    let answer = send(&client, "", &body);
    assert_eq!(answer.status, 200);
    let kind = answer.header("content-type");
    let boundary = kind.strip_prefix("multipart/mixed; boundary=").unwrap();
    assert!(boundary.starts_with("batchresponse_"), "{kind}");
    let inner = answer.body.split("boundary=").nth(1).unwrap().lines().next().unwrap();
    assert!(inner.starts_with("changesetresponse_"), "{inner}");
    let etag = answer.body.split("ETag: ").nth(1).unwrap().lines().next().unwrap();
    let expected = format!(
        "--{boundary}\nContent-Type: application/http\nContent-Transfer-Encoding: binary\n\nHTTP/1.1 200 OK\nOData-Version: 4.0\nContent-Type: application/json; odata.metadata=minimal; odata.streaming=true\nETag: {etag}\n\n{{\"@odata.context\":\"{BASE}/$metadata#accounts(name)/$entity\",\"@odata.etag\":\"{}\",\"name\":\"Adventure Works\",\"accountid\":\"{ACCOUNT}\"}}\n--{boundary}\nContent-Type: multipart/mixed; boundary={inner}\n\n--{inner}\nContent-Type: application/http\nContent-Transfer-Encoding: binary\nContent-ID: 1\n\nHTTP/1.1 204 No Content\nOData-Version: 4.0\n\n\n--{inner}--\n--{boundary}--\n",
        etag.replace('"', "\\\"")
    );
    assert_eq!(answer.body, expected.replace('\n', "\r\n"));
}

#[test]
fn a_change_set_refers_to_its_own_rows() {
    let client = Client::new();
    let body = change_set(&[
        (
            "1",
            "POST BASE/contacts HTTP/1.1\nContent-Type: application/json;type=entry\n\n{\"lastname\":\"n\"}",
        ),
        (
            "2",
            "PATCH $1 HTTP/1.1\nContent-Type: application/json; type=entry\nIf-Match: *\n\n{\"lastname\":\"m\"}",
        ),
        ("3", "PUT $1/firstname HTTP/1.1\nContent-Type: application/json\n\n{\"value\":\"f\"}"),
        (
            "4",
            "POST BASE/accounts HTTP/1.1\nContent-Type: application/json\n\n{\"name\":\"a\",\"primarycontactid@odata.bind\":\"$1\"}",
        ),
        (
            "5",
            "PUT $4/primarycontactid/$ref HTTP/1.1\nContent-Type: application/json\n\n{\"@odata.id\":\"$1\"}",
        ),
        (
            "6",
            "POST $4/contact_customer_accounts/$ref HTTP/1.1\nContent-Type: application/json\n\n{\"@odata.id\":\"BASE/$1\"}",
        ),
    ]);
    let answer = send(&client, "", &(body + "--b--"));
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(statuses(&answer), ["204 No Content"; 6]);
    let addresses: Vec<&str> =
        answer.body.lines().filter_map(|line| line.strip_prefix("OData-EntityId: ")).collect();
    let contact = client
        .get(&format!("{}?$select=fullname,lastname", addresses[0].strip_prefix(BASE).unwrap()))
        .value();
    assert_eq!(contact["lastname"], "m");
    assert!(answer.body.contains("Content-ID: 6\r\n"));
}

#[test]
fn a_refused_change_set_has_one_answer_and_leaves_nothing() {
    let client = Client::new();
    let before = client.get("/accounts/$count").body;
    let missing = "DELETE BASE/accounts(00000000-0000-0000-0000-0000000000aa) HTTP/1.1\n";
    let body = change_set(&[("7", POST), ("8", missing), ("9", POST)]) + &part(POST) + "--b--";
    let answer = send(&client, "", &body);
    assert_eq!(answer.status, 404);
    assert_eq!(statuses(&answer), ["404 Not Found"]);
    assert!(answer.body.contains("Content-ID: 8\r\n") && answer.body.contains("REQ_ID: "));
    assert!(answer.body.contains(r#"{"error":{"code":"0x80040217","#));
    assert_eq!(client.get("/accounts/$count").body, before);
    let answer = send(&client, "Prefer: odata.continue-on-error", &body);
    assert_eq!(answer.status, 200);
    assert_eq!(statuses(&answer), ["404 Not Found", "204 No Content"]);
}

#[test]
fn what_a_change_set_cannot_hold() {
    let client = Client::new();
    for (requests, message) in [
        (vec![("1", "GET BASE/accounts HTTP/1.1\n")], "An invalid HTTP method 'GET' was detected"),
        (vec![("1", POST), ("1", POST)], "The content ID '1' was found more than once"),
        (
            vec![("1", "PATCH $2 HTTP/1.1\nContent-Type: application/json\n\n{}")],
            "Content-ID Reference: '$2' does not exist in the batch context.",
        ),
        (vec![("1", "POST BASE/$batch HTTP/1.1\n")], "A batch cannot be part of a batch."),
        (
            vec![("1", "POST http://other/api/data/v9.2/accounts HTTP/1.1\n")],
            "Resource not found for the segment",
        ),
    ] {
        let answer = send(&client, "", &(change_set(&requests) + "--b--"));
        assert!((400..500).contains(&answer.status), "{message}");
        assert!(answer.body.contains(message), "{message}: {}", answer.body);
        assert_eq!(statuses(&answer).len(), 1);
    }
}

#[test]
fn raw_blanks_and_inner_headers() {
    let client = Client::new();
    let body = part(
        "GET BASE/accounts?$select=name&$filter=name eq 'Adventure Works'&$orderby=name asc HTTP/1.1\nPrefer: odata.maxpagesize=1\n",
    ) + &part("GET BASE/WhoAmI HTTP/1.1\nMSCRMCallerID: 00000008-0000-4000-8000-000000000011\n")
        + &part("GET BASE/accounts?$select=name HTTP/1.1\nPrefer: odata.maxpagesize=1\n")
        + "--b--";
    let answer = send(&client, "", &body);
    assert_eq!(statuses(&answer), ["200 OK"; 3], "{}", answer.body);
    assert!(answer.body.contains("\"name\":\"Adventure Works\""));
    assert!(answer.body.contains("\"UserId\":\"00000008-0000-4000-8000-000000000011\""));
    assert!(answer.body.contains(&format!("\"@odata.nextLink\":\"{BASE}/accounts?$select=name&$skiptoken=")));
    assert!(answer.body.contains("Preference-Applied: odata.maxpagesize=1\r\n"));
}

#[test]
fn what_is_no_batch() {
    let client = Client::new();
    assert_eq!(client.json("POST /$batch", "{}").status, 415);
    assert_eq!(client.get("/$batch").status, 405);
    let answer =
        client.send("POST /$batch", "Content-Type: multipart/mixed; boundary=b", "--b\r\nx\r\n--b--");
    assert_eq!(answer.status, 400);
    assert!(answer.refusal().starts_with("400 0x80048d19 "), "{}", answer.refusal());
    let many = part("GET BASE/WhoAmI HTTP/1.1\n").repeat(1001) + "--b--";
    assert_eq!(send(&client, "", &many).status, 400);
}

#[test]
fn many_rows_all_or_none() {
    let client = Client::new();
    let count = || client.get("/accounts/$count").body;
    let url = |name: &str| format!("POST /accounts/Microsoft.Dynamics.CRM.{name}");
    let target = |rest: &str| format!(r#"{{{rest}"@odata.type":"Microsoft.Dynamics.CRM.account"}}"#);
    let targets = |list: &[String]| format!(r#"{{"Targets": [{}]}}"#, list.join(", "));
    let create = targets(&[target(r#""name":"a","#), target(r#""name":"b","#)]);
    let answer = client.json(&url("CreateMultiple"), &create);
    assert_eq!(answer.status, 200);
    let value = answer.value();
    assert_eq!(
        value["@odata.context"],
        format!("{BASE}/$metadata#Microsoft.Dynamics.CRM.CreateMultipleResponse")
    );
    let ids: Vec<&str> = value["Ids"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    assert_eq!(client.get(&format!("/accounts({})/name", ids[1])).value()["value"], "b");
    let before = count();
    let update = targets(&[
        target(&format!(r#""accountid":"{}","name":"c","#, ids[0])),
        target(r#""accountid":"00000000-0000-0000-0000-0000000000aa","name":"d","#),
    ]);
    assert_eq!(client.json(&url("UpdateMultiple"), &update).status, 404);
    assert_eq!(client.get(&format!("/accounts({})/name", ids[0])).value()["value"], "a", "all or none");
    let upsert = client.json(&url("UpsertMultiple"), &update);
    assert_eq!((upsert.status, upsert.body.as_str()), (204, ""));
    assert_eq!(client.get(&format!("/accounts({})/name", ids[0])).value()["value"], "c");
    assert_ne!(count(), before);
    for (name, body) in [
        ("CreateMultiple", r#"{"Targets":[{"name":"a"}]}"#.to_owned()),
        ("CreateMultiple", "{}".to_owned()),
        ("CreateMultiple", r#"{"Targets":{}}"#.to_owned()),
        ("CreateMultiple", r#"{"Target":[]}"#.to_owned()),
        ("UpdateMultiple", targets(&[target(r#""name":"a","#)])),
        ("DeleteMultiple", targets(&[])),
    ] {
        assert_eq!(client.json(&url(name), &body).status, 400, "{name} {body}");
    }
    assert_eq!(client.json("POST /BulkDelete", "{}").status, 501);
}
