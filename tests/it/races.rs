//! Many clients at once: what is counted is never given out twice.

use std::sync::Arc;

use axum::body::Body;
use crm_emulator::emulator::EmulatorBuilder;
use http::Request;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::support::{Answer, Fixture};

const CLIENTS: usize = 16;

/// Sixteen threads send one request each, as nearly at once as a barrier makes it; the answers in any order.
fn race(fixture: &Fixture, request: impl Fn(usize) -> Request<Body> + Sync) -> Vec<Answer> {
    let barrier = Arc::new(std::sync::Barrier::new(CLIENTS));
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let (service, barrier, request) =
                    (fixture.emulator.service(), Arc::clone(&barrier), request(number));
                scope.spawn(move || {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                    barrier.wait();
                    runtime.block_on(async move {
                        let Ok(response) = service.oneshot(request).await;
                        Answer::read(response).await
                    })
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn post(body: &Value) -> Request<Body> {
    let request = Request::post("/api/data/v9.2/systemusers").header("content-type", "application/json");
    request.body(Body::from(body.to_string())).unwrap()
}

fn scenario(name: &'static str) -> impl FnOnce(EmulatorBuilder) -> EmulatorBuilder {
    move |builder| builder.scenario(name)
}

#[test]
fn l5_u12_sixteen_clients_racing_for_slots_take_exactly_what_is_left() {
    let fixture = Fixture::with(scenario("empty"));
    let answers =
        race(&fixture, |number| post(&json!({"accessmode": 4, "lastname": format!("racer {number}")})));
    assert_eq!(answers.iter().filter(|answer| answer.status == 204).count(), 5);
    for refused in answers.into_iter().filter(|answer| answer.status != 204) {
        refused.refuses(400, "0x8004b050", &["5 of 5"]);
    }
    let licence = fixture.get("/api/data/v9.2/RetrieveLicenseInfo(AccessMode=4)").json();
    assert_eq!((&licence["GrantedLicenseCount"], &licence["AvailableCount"]), (&json!(5), &json!(0)));
}

#[test]
fn l1_u11_sixteen_clients_racing_for_licences_take_exactly_what_is_left() {
    let fixture = Fixture::with(scenario("empty"));
    let answers = race(&fixture, |number| post(&json!({"lastname": format!("racer {number}")})));
    assert!(answers.iter().all(|answer| answer.status == 204), "a create never fails for lack of licences");
    let enabled =
        "/api/data/v9.2/systemusers?$filter=startswith(lastname,'racer')%20and%20isdisabled%20eq%20false";
    assert_eq!(
        fixture.get(enabled).json()["value"].as_array().unwrap().len(),
        9,
        "ten, less the administrator's"
    );
}

#[test]
fn u39_sixteen_clients_racing_to_enable_one_of_each_take_the_last_licence_once() {
    let fixture = Fixture::with(scenario("out-of-licenses"));
    let ids: Vec<String> = (0..CLIENTS)
        .map(|number| {
            let created = fixture.send(post(&json!({"lastname": format!("waiting {number}")}))).has(204);
            let address = created.header("odata-entityid").to_owned();
            address[address.rfind('(').unwrap()..].trim_matches(['(', ')']).to_owned()
        })
        .collect();
    fixture.patch("/_emulator/v1/orgs/contoso/settings", &json!({"licenses": 11})).has(200);
    let answers = race(&fixture, |number| {
        let request = Request::patch(format!("/api/data/v9.2/systemusers({})", ids[number]));
        request
            .header("content-type", "application/json")
            .body(Body::from(r#"{"isdisabled":false}"#))
            .unwrap()
    });
    assert_eq!(answers.iter().filter(|answer| answer.status == 204).count(), 1);
    for refused in answers.into_iter().filter(|answer| answer.status != 204) {
        refused.refuses(400, "0x80042f14", &[]);
    }
}
