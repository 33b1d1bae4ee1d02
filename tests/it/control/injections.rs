//! Planned trouble, without a socket and over one.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crm_emulator::Emulator;
use crm_emulator::clock::{machine_now, micros_since};
use crm_emulator::inject::Plan;
use crm_emulator::journal::Matcher;
use http::Method;
use serde_json::{Value, json};

use super::contoso;
use crate::support::{Fixture, SOON, block_on};

const WHO: &str = "/contoso/api/data/v9.2/WhoAmI";

fn inject(f: &Fixture, plan: &Value) -> Value {
    f.post(&contoso("injections"), plan).has(201).json()
}

#[test]
fn injections_are_made_listed_and_taken_away() {
    let f = Fixture::new();
    let plan = json!({"match": {"path": "/WhoAmI"}, "times": 2, "respond": {"status": 503}});
    let answer = f.post(&contoso("injections"), &plan).has(201);
    assert!(answer.header("location").ends_with("/_emulator/v1/orgs/contoso/injections/1"));
    let mut expected = plan.clone();
    expected["id"] = json!(1);
    expected["matched"] = json!(0);
    expected["struck"] = json!(0);
    answer.is(201, &expected);
    f.get(WHO).has(503);
    expected["matched"] = json!(1);
    expected["struck"] = json!(1);
    f.get(&contoso("injections/1")).is(200, &expected);
    f.get(&contoso("injections")).is(200, &json!({"injections": [expected]}));
    inject(&f, &json!({"drop": true, "probability": 0.5}));
    assert!(f.get(&contoso("injections/2")).json()["seed"].is_u64(), "a seed that was chosen is told");
    f.delete(&contoso("injections/1")).has(204);
    f.delete(&contoso("injections/1")).refuses(404, "InjectionNotFound", &["'1'"]);
    f.get(&contoso("injections/x")).refuses(404, "InjectionNotFound", &["'x'"]);
    f.delete(&contoso("injections")).has(204);
    f.get(&contoso("injections")).is(200, &json!({"injections": []}));
    f.get(WHO).has(200);
}

#[test]
fn plans_that_are_none_are_refused() {
    let f = Fixture::new();
    for (plan, code, word) in [
        (json!({}), "InvalidInjection", "nothing"),
        (json!({"match": {"status": 404}, "drop": true}), "InvalidInjection", "before"),
        (json!({"match": {"rule": "U12"}, "slow": "1B/s"}), "InvalidInjection", "before"),
        (json!({"match": {"caller": "nobody"}, "drop": true}), "InvalidInjection", "nobody"),
        (json!({"match": {"verb": "GET"}, "drop": true}), "InvalidBody", "verb"),
        (json!({"drop": true, "truncate": 3}), "InvalidInjection", "drop"),
        (json!({"respond": {"status": 200}}), "InvalidInjection", "200"),
        (json!({"respond": {"status": 500, "body": "x"}}), "InvalidBody", "body"),
        (json!({"delay": 300}), "InvalidBody", ""),
        (json!({"delay": "a while"}), "InvalidInjection", "a while"),
        (json!({"slow": "fast"}), "InvalidInjection", "fast"),
    ] {
        f.post(&contoso("injections"), &plan).refuses(400, code, &[word]);
    }
    f.get(&contoso("injections")).is(200, &json!({"injections": []}));
}

#[test]
fn an_answer_in_place_of_the_service() {
    let f = Fixture::new();
    inject(
        &f,
        &json!({"match": {"method": "POST", "path": "/accounts", "body_contains": "Datum"},
        "respond": {"status": 429, "retry_after": 7}}),
    );
    let create = |name: &str| f.post("/api/data/v9.2/accounts", &json!({"name": name}));
    create("Litware").has(204);
    let refused = create("A. Datum").refuses(429, "0x80072322", &["injection"]);
    assert_eq!((refused.header("retry-after"), refused.header("x-ms-emulator-injection")), ("7", "1"));
    assert_eq!(refused.header("odata-version"), "4.0");
    let own = json!({"match": {"path": "/WhoAmI"},
        "respond": {"status": 500, "code": "0x80044150", "message": "Generic SQL error."}});
    inject(&f, &own);
    let refused = f.get(WHO).refuses(500, "0x80044150", &["Generic SQL error."]);
    assert_eq!(refused.header("retry-after"), "");
    // Nothing was written, and the journal tells which injection it was.
    let found = f.get("/api/data/v9.2/accounts/$count?$filter=name%20eq%20'A.%20Datum'").has(200);
    let before = Fixture::new().get("/api/data/v9.2/accounts/$count?$filter=name%20eq%20'A.%20Datum'");
    assert_eq!(found.text(), before.text());
    let told: Vec<_> = f.org().requests().into_iter().map(|entry| (entry.status, entry.injection)).collect();
    assert_eq!(told[..3], [(Some(204), None), (Some(429), Some(1)), (Some(500), Some(2))]);
    let entry = &f.org().requests()[1];
    assert_eq!(entry.code.as_deref(), Some("0x80072322"));
    assert_eq!(entry.caller, Some(f.org().read().identity().default_caller));
}

#[test]
fn it_strikes_whom_it_names() {
    let f = Fixture::new();
    let alice = "00000008-0000-4000-8000-000000000011";
    inject(&f, &json!({"match": {"caller": alice}, "respond": {"status": 503}}));
    f.get(WHO).has(200);
    f.ask(Method::GET, WHO, &[("mscrmcallerid", alice)], None).has(503);
    f.ask(Method::GET, WHO, &[("mscrmcallerid", "nobody")], None).has(400);
}

#[test]
fn the_nth_and_chance() {
    let f = Fixture::new();
    let statuses = |f: &Fixture| (0..8).map(|_| f.get(WHO).status).collect::<Vec<_>>();
    inject(&f, &json!({"nth": 3, "times": 2, "respond": {"status": 503}}));
    assert_eq!(statuses(&f), [200, 200, 503, 503, 200, 200, 200, 200]);
    let by_chance = |seed: u64| {
        let f = Fixture::new();
        inject(&f, &json!({"probability": 0.5, "seed": seed, "respond": {"status": 503}}));
        statuses(&f)
    };
    assert_eq!(by_chance(1), by_chance(1));
    assert!((1..8).any(|seed| by_chance(seed) != by_chance(0)));
    assert!(by_chance(1).contains(&200) && by_chance(1).contains(&503));
}

#[test]
fn injections_are_the_organizations_own_and_outlive_a_reset() {
    let f = Fixture::new();
    inject(&f, &json!({"respond": {"status": 503}}));
    drop(f.org().fork("fork").unwrap());
    f.get("/fork/api/data/v9.2/WhoAmI").has(200);
    f.post(&contoso("reset"), &json!({})).has(204);
    f.get(WHO).has(503);
    // What is tried is not struck.
    let tried = json!({"requests": [{"method": "GET", "url": "WhoAmI"}]});
    assert_eq!(f.post(&contoso("whatif"), &tried).has(200).json()["responses"][0]["status"], 200);
}

#[test]
fn a_dropped_connection_has_a_stand_in_without_a_socket() {
    let f = Fixture::new();
    inject(&f, &json!({"drop": true}));
    f.get(WHO).refuses(502, "ConnectionDropped", &["socket"]);
    let told = &f.org().requests()[0];
    assert_eq!((told.status, told.injection, &told.response), (None, Some(1), &None));
}

/// An emulator behind a socket, with an injection.
struct Served {
    emulator: Emulator,
    runtime: tokio::runtime::Runtime,
}

impl Served {
    fn new(plan: Plan) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let emulator = runtime.block_on(Emulator::builder().start()).unwrap();
        emulator.default_org().inject(plan).unwrap();
        Self { emulator, runtime }
    }

    fn ask(&self, path: &str) -> Vec<u8> {
        ask(self.emulator.url(), path)
    }

    fn stop(self) {
        let Self { emulator, runtime } = self;
        runtime.block_on(emulator.stop());
    }
}

/// What comes over a connection of its own until that is closed.
fn ask(url: &str, path: &str) -> Vec<u8> {
    say(url, &format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
}

/// What comes over a connection of its own, on which this was said, until it is closed.
fn say(url: &str, words: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    stream.write_all(words.as_bytes()).unwrap();
    let mut all = Vec::new();
    match stream.read_to_end(&mut all) {
        Ok(_) => all,
        Err(error) if error.kind() == ErrorKind::ConnectionReset => all,
        Err(error) => panic!("{error}"),
    }
}

fn head_and_body(answer: &[u8]) -> (String, Vec<u8>) {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    (String::from_utf8(answer[..end].to_vec()).unwrap().to_lowercase(), answer[end + 4..].to_vec())
}

#[test]
fn a_connection_is_dropped_without_a_word() {
    let served = Served::new(Plan { drop: true, times: Some(1), ..Plan::default() });
    assert!(served.ask(WHO).is_empty());
    assert!(served.ask(WHO).starts_with(b"HTTP/1.1 200"));
    let told: Vec<_> = served.emulator.default_org().requests().iter().map(|entry| entry.status).collect();
    assert_eq!(told, [None, Some(200)]);
    served.stop();
}

#[test]
fn a_body_is_cut_while_its_head_announces_all_of_it() {
    let served = Served::new(Plan { truncate: Some(10), times: Some(1), ..Plan::default() });
    let (cut_head, cut) = head_and_body(&served.ask(WHO));
    let (head, whole) = head_and_body(&served.ask(WHO));
    assert_eq!(cut, whole[..10]);
    let length = |head: &str| {
        head.lines().find_map(|line| line.strip_prefix("content-length: ")).map(str::to_owned).unwrap()
    };
    assert_eq!(length(&cut_head), length(&head));
    assert!(cut_head.contains("x-ms-emulator-injection: 1") && !head.contains("x-ms-emulator-injection"));
    // The journal has what would have been answered.
    let told = served.emulator.default_org().requests();
    assert_eq!(told[0].response.as_ref().unwrap().body.as_ref().unwrap().len(), whole.len());
    served.stop();
}

#[test]
fn the_answer_to_a_write_is_cut_where_it_is_to_be() {
    let served = Served::new(Plan { truncate: Some(10), ..Plan::default() });
    let url = served.emulator.url();
    let write = "POST /api/data/v9.2/accounts HTTP/1.1\r\nHost: x\r\nPrefer: return=representation\r\n\
                 Content-Type: application/json\r\nContent-Length: 12\r\n\r\n{\"name\":\"A\"}";
    let (head, cut) = head_and_body(&say(url, write));
    assert!(head.starts_with("http/1.1 201 "), "{head}");
    assert_eq!(cut, b"{\"@odata.c");
    served.stop();
}

#[test]
fn a_cut_body_is_an_error_without_a_socket_too() {
    use http_body_util::BodyExt;
    use tower::ServiceExt;
    let f = Fixture::new();
    inject(&f, &json!({"truncate": 5}));
    let request = http::Request::get(WHO).body(axum::body::Body::empty()).unwrap();
    let service = f.emulator.service();
    let collected =
        block_on(async move { service.oneshot(request).await.unwrap().into_body().collect().await });
    assert!(collected.unwrap_err().to_string().contains("injection"));
    // A body that is shorter than that is whole.
    f.delete(&contoso("injections")).has(204);
    inject(&f, &json!({"truncate": 1_000_000}));
    f.get(WHO).has(200);
}

#[test]
fn waiting_and_trickling_take_their_time_and_hold_up_nobody() {
    let slow = Matcher { path: Some("/WhoAmI".to_owned()), ..Matcher::default() };
    let plan = Plan {
        matcher: slow,
        delay: Some("300ms".to_owned()),
        slow: Some("400B/s".to_owned()),
        ..Plan::default()
    };
    let served = Served::new(plan);
    std::thread::scope(|scope| {
        let begun = machine_now();
        let url = served.emulator.url();
        let slow = scope.spawn(move || ask(url, WHO));
        // Others are answered meanwhile, those that write included.
        let mut others = 0;
        while !slow.is_finished() && others < 3 {
            served.emulator.default_org().set("licenses", others + 5).unwrap();
            assert!(served.ask("/api/data/v9.2/accounts?$top=1").starts_with(b"HTTP/1.1 200"));
            others += 1;
        }
        assert_eq!(others, 3, "three others were answered before the slow one");
        let (_, body) = head_and_body(&slow.join().unwrap());
        let took = Duration::from_micros(micros_since(begun));
        // All but the first tenth of a second's bytes wait.
        let trickled = Duration::from_secs_f64((body.len() as f64 - 40.0) / 400.0 - 0.1);
        let least = Duration::from_millis(300) + trickled;
        assert!(took >= least, "{} bytes took {took:?}, not {least:?}", body.len());
        assert!(serde_json::from_slice::<Value>(&body).is_ok(), "the body comes whole");
    });
    let told = served.emulator.default_org().requests();
    let who = told.iter().find(|entry| entry.injection.is_some()).unwrap();
    assert!(who.duration_us >= 300_000, "the journal counts the wait");
    served.stop();
}
