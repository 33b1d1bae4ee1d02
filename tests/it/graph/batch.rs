//! JSON batches.

use serde_json::{Value, json};

use super::{at, person};
use crate::support::Fixture;

#[test]
fn every_request_of_a_batch_has_its_own_answer() {
    let f = Fixture::new();
    let batch = json!({"requests": [
        {"id": "1", "method": "POST", "url": "/users", "headers": {"Content-Type": "application/json"}, "body": person("Adele")},
        {"id": "2", "dependsOn": ["1"], "method": "GET", "url": "/users/adele@contoso.onmicrosoft.com?$select=displayName"},
        {"id": "3", "method": "GET", "url": "/users/nobody"},
        {"id": "4", "dependsOn": ["3"], "method": "DELETE", "url": "/users/adele@contoso.onmicrosoft.com"},
        {"id": "5", "method": "GET", "url": "/users/$count?$filter=displayName eq 'Adele'", "headers": {"ConsistencyLevel": "eventual"}},
        {"id": "6", "method": "PATCH", "url": "users/adele@contoso.onmicrosoft.com", "headers": {"Content-Type": "application/json"}, "body": {"city": "Köln"}},
    ]});
    let answer = f.post(&at("$batch"), &batch).has(200).json();
    insta::assert_json_snapshot!("a_batch", answer);
}

#[test]
fn what_is_no_batch() {
    let f = Fixture::new();
    let step = |id: usize| json!({"id": id.to_string(), "method": "GET", "url": "/me"});
    let send = |requests: Vec<Value>| f.post(&at("$batch"), &json!({ "requests": requests }));
    send((0..21).map(step).collect()).refuses(
        400,
        "BadRequest",
        &["Number of batch request steps exceeds the maximum value of 20."],
    );
    send(vec![step(1), step(1)]).refuses(400, "BadRequest", &["'1' is there twice"]);
    send(vec![json!({"id": "1", "method": "GET", "url": "/me", "dependsOn": ["2"]})]).refuses(
        400,
        "BadRequest",
        &["'2'"],
    );
    send(vec![json!({"id": "1", "method": "GET", "url": "/me", "atomicityGroup": "g"})]).refuses(
        400,
        "BadRequest",
        &["atomicityGroup"],
    );
    f.post(&at("$batch"), &json!({})).refuses(400, "BadRequest", &["requests"]);
    f.get(&at("$batch")).refuses(405, "Request_BadRequest", &[]);
    let nested =
        send(vec![json!({"id": "1", "method": "POST", "url": "/$batch", "body": {}})]).has(200).json();
    assert_eq!(nested["responses"][0]["status"], 400);
}
