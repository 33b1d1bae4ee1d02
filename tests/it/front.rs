//! What every request meets first: addresses, hosts, bodies, slow clients, panics.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use crm_emulator::Emulator;
use crm_emulator::clock::Clock;
use crm_emulator::hosting::{Host, Start};
use crm_emulator::inject::Plan;
use crm_emulator::protocol::http::{Call, Faces, Front, Hosts, Limits, Patience};
use crm_emulator::protocol::{control, graph, pages, webapi};
use crm_emulator::service::{Registry, Service};
use crm_emulator::settings::Settings;
use http::{Method, Request};
use serde_json::json;
use tower::ServiceExt;

use crate::support::{Answer, Fixture, SOON, block_on};

const WHO: &str = "/api/data/v9.2/WhoAmI";

#[test]
fn the_organization_comes_from_the_path_the_host_or_nowhere() {
    let f = Fixture::new();
    drop(f.org().fork("fork").unwrap());
    let organization = |path: &str, host: &str| {
        let answer = f.ask(Method::GET, path, &[("host", host)], None).has(200).json();
        let context = answer["@odata.context"].as_str().unwrap().to_owned();
        context.split("/$metadata").next().unwrap().to_owned()
    };
    assert_eq!(organization(WHO, "127.0.0.1:5050"), "http://127.0.0.1:5050/api/data/v9.2");
    assert_eq!(organization("/fork/api/data/v9.0/WhoAmI", "box:80"), "http://box:80/fork/api/data/v9.0");
    assert_eq!(organization(WHO, "fork.localhost:5050"), "http://fork.localhost:5050/api/data/v9.2");
    f.get("/nobody/api/data/v9.2/WhoAmI").refuses(404, "OrganizationNotFound", &["orgs"]);
    f.ask(Method::GET, WHO, &[("host", "nobody.localhost")], None).refuses(404, "OrganizationNotFound", &[]);
}

#[test]
fn a_proxy_may_say_where_it_stands() {
    let f = Fixture::new();
    let headers = [("host", "inner:1"), ("x-forwarded-host", "crm.example"), ("x-forwarded-proto", "https")];
    let answer = f.ask(Method::GET, WHO, &headers, None).has(200).json();
    assert!(answer["@odata.context"].as_str().unwrap().starts_with("https://crm.example/api/data/v9.2/"));
}

#[test]
fn a_host_that_cannot_stand_in_a_link_is_refused() {
    let f = Fixture::new();
    for host in ["a b", "a\"b", "x/y", ""] {
        f.ask(Method::GET, WHO, &[("host", host)], None).refuses(400, "InvalidHost", &["Host"]);
    }
}

#[test]
fn versions_that_never_were() {
    let f = Fixture::new();
    for version in ["v7.0", "v10.0", "9.2", "v9"] {
        let answer = f.get(&format!("/api/data/{version}/accounts"));
        let answer = answer.refuses(404, "0x8006088a", &[version, "v8.0 to v9.9"]);
        assert_eq!(answer.header("odata-version"), "4.0");
    }
}

#[test]
fn services_that_are_not_emulated_are_named() {
    let f = Fixture::new();
    for (path, feature) in [
        ("/common/oauth2/v2.0/token", "OAuth"),
        ("/contoso.com/v2.0/.well-known/openid-configuration", "OpenID"),
        ("/XRMServices/2011/Organization.svc", "SOAP"),
    ] {
        f.get(path).refuses(501, "NotEmulated", &[feature]);
    }
    f.get("/favicon.ico").refuses(404, "NotFound", &["/favicon.ico", "/api/data/v9.2/"]);
}

#[test]
fn options_and_head() {
    let f = Fixture::new();
    let options = f.ask(Method::OPTIONS, WHO, &[], None).has(204);
    assert!(options.header("allow").contains("PATCH"));
    let get = f.get(WHO).has(200);
    let head = f.ask(Method::HEAD, WHO, &[], None).has(200);
    assert!(head.body.is_empty());
    assert_eq!(head.header("content-length"), get.body.len().to_string());
    assert_eq!(head.header("content-type"), get.header("content-type"));
}

#[test]
fn a_body_over_the_limit_is_refused_announced_or_not() {
    let f = Fixture::with(|builder| builder.limits(Limits { body_bytes: 100 }));
    let body = json!({"name": "x".repeat(200)});
    for path in ["/api/data/v9.2/accounts", "/_emulator/v1/orgs"] {
        f.post(path, &body).refuses(413, "PayloadTooLarge", &["100 bytes"]);
        let frames = tokio_stream(vec![vec![b' '; 60], vec![b' '; 60]]);
        f.send(Request::post(path).body(frames).unwrap()).refuses(413, "PayloadTooLarge", &[]);
    }
    let fits = tokio_stream(vec![br#"{"by":"#.to_vec(), br#""1h"}"#.to_vec()]);
    f.send(Request::post("/_emulator/v1/clock/advance").body(fits).unwrap()).has(200);
}

/// A body in several pieces whose length nobody knows beforehand.
fn tokio_stream(pieces: Vec<Vec<u8>>) -> axum::body::Body {
    struct Pieces(std::vec::IntoIter<Vec<u8>>);
    impl http_body::Body for Pieces {
        type Data = bytes::Bytes;
        type Error = std::convert::Infallible;
        fn poll_frame(
            mut self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<http_body::Frame<bytes::Bytes>, Self::Error>>> {
            std::task::Poll::Ready(self.0.next().map(|piece| Ok(http_body::Frame::data(piece.into()))))
        }
    }
    axum::body::Body::new(Pieces(pieces.into_iter()))
}

/// A front whose Web API does as it is told, before and after it has organizations.
fn bare_front(web_api: fn(&str, &Call<'_>) -> crm_emulator::protocol::http::Response) -> Front {
    let faces = Faces {
        web_api,
        plan: webapi::plan,
        graph: graph::handle,
        control: control::handle,
        pages: pages::handle,
    };
    Front::new(faces, Limits::default(), Hosts::default())
}

fn open(front: &Front) {
    let start = Start {
        settings: Settings::default(),
        clock: Clock::default(),
        seed: Some(1),
        scenario: "empty".parse().unwrap(),
    };
    front.open(Host::new(Service::new(Registry::default()), "contoso", start).unwrap());
}

fn ask(front: &Front, path: &str) -> Answer {
    let request = Request::get(path).body(axum::body::Body::empty()).unwrap();
    block_on(async {
        let Ok(response) = front.clone().oneshot(request).await;
        Answer::read(response).await
    })
}

#[test]
fn everything_waits_until_the_scenario_is_loaded() {
    let front = bare_front(|_, _| http::Response::default());
    let health = ask(&front, "/_emulator/v1/health").has(503);
    assert_eq!((health.json()["status"].as_str(), health.header("retry-after")), (Some("starting"), "1"));
    ask(&front, "/_emulator/v1/orgs").refuses(503, "NotReady", &["ready line"]);
    let answer = ask(&front, WHO).refuses(503, "NotReady", &["health"]);
    assert_eq!(answer.header("retry-after"), "1");
    open(&front);
    assert_eq!(ask(&front, "/_emulator/v1/health").has(200).json()["status"], "ready");
    ask(&front, WHO).has(200);
}

#[test]
fn a_panic_is_an_error_of_the_service_and_changes_nothing() {
    let front = bare_front(|_, call| {
        let done: Result<(), ()> = call.organization.live().write(|tx| {
            tx.settings_mut().licenses = 0;
            panic!("as the test wants it");
        });
        http::Response::new(bytes::Bytes::from(format!("{done:?}")).into())
    });
    open(&front);
    let answer = ask(&front, WHO).refuses(500, "0x80040216", &["nothing was changed"]);
    assert_eq!(answer.header("odata-version"), "4.0");
    assert_eq!(ask(&front, "/_emulator/v1/orgs/contoso/settings").has(200).json()["licenses"], 10);
}

#[test]
fn a_token_organization_turns_strangers_away() {
    let f = Fixture::with(|builder| builder.auth("token"));
    for headers in [&[][..], &[("authorization", "Bearer abc")], &[("authorization", "Basic YTpi")]] {
        let answer = f.ask(Method::GET, WHO, headers, None).has(401);
        assert!(answer.header("www-authenticate").starts_with("Bearer authorization_uri="), "{answer}");
    }
    // The control API is the emulator's own: it is not the organization that guards it.
    f.get("/_emulator/v1/health").has(200);
}

/// Everything the server says to these bytes until it closes the connection.
fn say(emulator: &Emulator, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(emulator.url().strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    stream.write_all(bytes).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8(answer).unwrap()
}

fn impatient() -> Emulator {
    let patience = Patience {
        head: Duration::from_millis(200),
        body: Duration::from_millis(200),
        idle: Duration::from_millis(500),
    };
    block_on(Emulator::builder().scenario("empty").patience(patience).start()).unwrap()
}

#[test]
fn slow_heads_and_idle_connections_are_closed() {
    let emulator = impatient();
    assert_eq!(say(&emulator, b""), "");
    assert_eq!(say(&emulator, b"GET /api/data"), "");
}

#[test]
fn slow_bodies_are_told_so() {
    let emulator = impatient();
    let head = b"POST /api/data/v9.2/accounts HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{";
    let answer = say(&emulator, head);
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("RequestTimeout"), "{answer}");
}

#[test]
fn a_quick_client_outlives_every_patience() {
    let emulator = impatient();
    let address = emulator.url().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    let begun = crm_emulator::clock::machine_now();
    let mut requests = 0;
    while crm_emulator::clock::machine_now().duration_since(begun).as_millis() < 1200 {
        stream.write_all(b"GET /_emulator/v1/health HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        let mut buffer = [0; 1024];
        let read = stream.read(&mut buffer).unwrap();
        assert!(buffer[..read].starts_with(b"HTTP/1.1 200 "), "after {requests} requests");
        requests += 1;
    }
    assert!(requests > 5);
}

#[test]
fn a_client_that_has_said_all_is_answered_however_long_that_takes() {
    let emulator = block_on(Emulator::builder().start()).unwrap();
    emulator.default_org().inject(Plan { delay: Some("200ms".to_owned()), ..Plan::default() }).unwrap();
    let answer = last_words(&emulator, "GET /api/data/v9.2/WhoAmI HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.contains("\"UserId\""), "{answer}");
    // Of a request that is not whole there is nothing to wait for.
    let begun = "POST /api/data/v9.2/accounts HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{";
    let answer = last_words(&emulator, begun);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400 "), "{answer}");
}

/// What the server says to a client that goes on listening only.
fn last_words(emulator: &Emulator, words: &str) -> String {
    let mut stream = TcpStream::connect(emulator.url().strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    stream.write_all(words.as_bytes()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn writes_that_do_not_wait_for_each_other_are_answered_in_their_order() {
    let emulator = block_on(Emulator::builder().start()).unwrap();
    let address = emulator.url().strip_prefix("http://").unwrap();
    let mut streams: Vec<_> = (0..6).map(|_| TcpStream::connect(address).unwrap()).collect();
    let id = |stream, row| format!("a000000{row}-0000-4000-8000-00000000000{stream}");
    for (number, stream) in streams.iter_mut().enumerate() {
        stream.set_read_timeout(Some(SOON)).unwrap();
        for row in 0..3 {
            let body = format!(r#"{{"accountid":"{}","name":"A"}}"#, id(number, row));
            let close = if row == 2 { "Connection: close\r\n" } else { "" };
            let length = body.len();
            write!(
                stream,
                "POST /api/data/v9.2/accounts HTTP/1.1\r\nHost: a\r\n{close}\
                 Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
            )
            .unwrap();
        }
    }
    for (number, mut stream) in streams.into_iter().enumerate() {
        let mut answers = String::new();
        stream.read_to_string(&mut answers).unwrap();
        let answers: Vec<&str> = answers.split("HTTP/1.1 ").skip(1).collect();
        assert_eq!(answers.len(), 3);
        for (row, answer) in answers.iter().enumerate() {
            assert!(answer.starts_with("204 "), "{answer}");
            let address = format!("location: http://a/api/data/v9.2/accounts({})", id(number, row));
            assert!(answer.contains(&address), "{answer}");
        }
    }
}

#[test]
fn http_1_0_and_its_missing_host_are_answered() {
    let emulator = impatient();
    let answer = say(&emulator, b"GET /_emulator/v1/orgs HTTP/1.0\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.0 200 "), "{answer}");
    assert!(answer.contains(emulator.url()), "{answer}");
}

#[test]
fn pages_of_other_sites_can_neither_read_nor_write() {
    let f = Fixture::new();
    let ask = |method: Method, path: &str, headers: &[(&str, &str)]| f.ask(method, path, headers, None);
    let browser = ("user-agent", "Mozilla/5.0 (X11; Linux x86_64)");
    // A name that somebody else points at the loopback address.
    for path in ["/_emulator/v1/orgs", "/signin", "/_emulator/", "/adminportal"] {
        ask(Method::GET, path, &[("host", "evil.example:5050")]).refuses(
            403,
            "UntrustedHost",
            &["--allow-host"],
        );
    }
    let rebound = [("host", "evil.example:5050"), browser];
    for path in ["/api/data/v9.2/WhoAmI", "/graph/v1.0/users"] {
        ask(Method::GET, path, &rebound).refuses(403, "UntrustedHost", &[]);
    }
    ask(Method::GET, "/api/data/v9.2/WhoAmI", &[("host", "contoso.crm.dynamics.com")]).has(200);
    // A page elsewhere that sends a form, or a request that needs no permission of the browser's.
    for origin in ["https://evil.example", "null", "http://localhost:3000"] {
        ask(Method::POST, "/_emulator/v1/orgs/contoso/reset", &[("origin", origin)]).refuses(
            403,
            "ForeignOrigin",
            &[origin],
        );
    }
    ask(Method::POST, "/_emulator/v1/orgs/contoso/reset", &[("origin", "http://localhost")]).has(204);
    // An application under development has its own server beside the emulator.
    let here = [("origin", "http://localhost:3000"), browser];
    ask(Method::DELETE, "/api/data/v9.2/accounts(00000001-0000-4000-8000-000000000002)", &here).has(204);
    let there = [("origin", "https://evil.example"), browser];
    ask(Method::DELETE, "/api/data/v9.2/accounts(00000001-0000-4000-8000-000000000003)", &there).refuses(
        403,
        "ForeignOrigin",
        &[],
    );
}

#[test]
fn a_name_that_is_allowed_reaches_pages_and_control_api() {
    let emulator = Emulator::builder().allow_host("crm.example.com").build().unwrap();
    for (host, status) in
        [("crm.example.com:8443", 200), ("CRM.EXAMPLE.COM", 200), ("other.example.com", 403)]
    {
        let request =
            Request::get("/_emulator/v1/health").header("host", host).body(axum::body::Body::empty());
        let answer = block_on(emulator.service().oneshot(request.unwrap())).unwrap();
        assert_eq!(answer.status(), status, "{host}");
    }
}
