//! The emulator inside somebody's test.

use crm_emulator::emulator::{hours, minutes};
use crm_emulator::tls::Tls;
use crm_emulator::{Emulator, EmulatorError};
use serde_json::Value;

use crate::support::{NOW, block_on};

async fn start() -> Emulator {
    Emulator::builder().clock(NOW.parse().unwrap()).start().await.unwrap()
}

async fn json(url: &str) -> Value {
    let text = reqwest::get(url).await.unwrap().error_for_status().unwrap().text().await.unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn it_starts_on_a_free_port_and_answers() {
    block_on(async {
        let emulator = start().await;
        let org = emulator.default_org();
        let who = json(&format!("{}/WhoAmI", org.web_api_url())).await;
        assert_eq!(who["UserId"], org.read().identity().default_caller.to_string());
    });
}

#[test]
fn two_emulators_share_nothing() {
    block_on(async {
        let (one, two) = (start().await, start().await);
        assert_ne!(one.url(), two.url());
        drop(one.create_org("extra").unwrap());
        one.clock().advance(hours(24));
        one.default_org().set("licenses", 3).unwrap();
        assert!(two.org("extra").is_none());
        assert_eq!(two.clock().now().to_string(), NOW);
        assert_eq!(two.default_org().licenses().licenses.purchased, 10);
    });
}

#[test]
fn forks_change_on_their_own() {
    block_on(async {
        let emulator = start().await;
        let fork = emulator.default_org().fork("my_test").unwrap();
        fork.set("licenses", 1).unwrap();
        fork.advance_clock(minutes(5));
        assert_eq!(emulator.default_org().licenses().licenses.purchased, 10);
        assert_eq!(fork.licenses().licenses.purchased, 1);
        assert_eq!(fork.now().to_string(), "2026-03-01T12:05:00Z");
        json(&format!("{}/WhoAmI", fork.web_api_url())).await;
        fork.reset();
        assert_eq!(fork.licenses().licenses.purchased, 10);
        emulator.delete_org("my_test").unwrap();
        assert!(emulator.org("my_test").is_none());
    });
}

#[test]
fn snapshots_bring_back_what_was() {
    block_on(async {
        let emulator = start().await;
        let org = emulator.default_org();
        org.save_snapshot("before");
        org.set("licenses", 1).unwrap();
        org.advance_clock(hours(1));
        assert!(org.restore_snapshot("before"));
        assert_eq!((org.licenses().licenses.purchased, org.now().to_string()), (10, NOW.to_owned()));
        assert!(!org.restore_snapshot("never_saved"));
    });
}

#[test]
fn clocks_stand_still_one_by_one_and_follow_the_machine_together() {
    block_on(async {
        let emulator = start().await;
        let (org, other) = (emulator.default_org(), emulator.create_org("other").unwrap());
        let then = "2030-01-01T00:00:00Z";
        org.freeze_clock(then.parse().unwrap());
        assert_eq!((org.now().to_string(), other.now().to_string()), (then.to_owned(), NOW.to_owned()));
        let machine = crm_emulator::clock::machine_now();
        emulator.clock().follow_machine();
        for org in [org, other] {
            let now = org.now();
            assert!(machine <= now && now <= crm_emulator::clock::machine_now(), "{now}");
        }
    });
}

#[test]
fn planned_trouble_can_be_taken_away() {
    block_on(async {
        let emulator = start().await;
        let org = emulator.default_org();
        let url = format!("{}/WhoAmI", org.web_api_url());
        let plan = serde_json::from_str(r#"{"respond": {"status": 503}}"#).unwrap();
        org.inject(plan).unwrap();
        assert_eq!(reqwest::get(&url).await.unwrap().status(), 503);
        org.clear_injections();
        json(&url).await;
    });
}

#[test]
fn a_dropped_emulator_frees_its_port_at_once() {
    block_on(async {
        let emulator = start().await;
        let address: std::net::SocketAddr = emulator.url().strip_prefix("http://").unwrap().parse().unwrap();
        let again = Emulator::builder().scenario("empty").listen(address);
        assert!(matches!(again.start().await, Err(EmulatorError::Listen { .. })));
        drop(emulator);
        for _ in 0..5 {
            drop(Emulator::builder().scenario("empty").listen(address).start().await.unwrap());
        }
    });
}

#[test]
fn a_stop_finishes_what_is_in_flight() {
    block_on(async {
        let emulator = start().await;
        let url = format!("{}/WhoAmI", emulator.default_org().web_api_url());
        let client = reqwest::Client::new();
        client.get(&url).send().await.unwrap().error_for_status().unwrap();
        // The kept-alive connection is idle: the stop need not wait for it.
        let begun = crm_emulator::clock::machine_now();
        emulator.stop().await;
        assert!(crm_emulator::clock::machine_now().duration_since(begun).as_secs() < 4);
        assert!(client.get(&url).send().await.is_err());
    });
}

#[test]
fn what_is_wrong_is_told_in_one_line() {
    let refused = |builder: crm_emulator::emulator::EmulatorBuilder| {
        let error = builder.build().expect_err("it should not start").to_string();
        assert!(!error.contains('\n'), "{error}");
        error
    };
    assert!(refused(Emulator::builder().scenario("nothing")).contains("empty"));
    assert!(refused(Emulator::builder().scenario("no/such/file.json")).contains("no/such/file.json"));
    assert!(refused(Emulator::builder().set("licences", 3)).contains("licenses"));
    assert!(refused(Emulator::builder().auth("none")).contains("token"));
    assert!(refused(Emulator::builder().org("Contoso Ltd")).contains("lower-case"));
}

#[test]
fn many_clients_at_once_lose_nothing() {
    block_on(async {
        let emulator = start().await;
        let org = emulator.default_org();
        let url = format!("{}/accounts", org.web_api_url());
        let client = reqwest::Client::new();
        let tasks: Vec<_> = (0..8)
            .map(|worker| {
                let (client, url) = (client.clone(), url.clone());
                tokio::spawn(async move {
                    for number in 0..25 {
                        let body = format!(r#"{{"name":"{worker}-{number}"}}"#);
                        let request = client.post(&url).header("content-type", "application/json").body(body);
                        assert_eq!(request.send().await.unwrap().status(), 204);
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        let found = json(&format!("{url}?$filter=contains(name,'-')&$count=true&$top=1")).await;
        assert!(found["@odata.count"].as_u64().unwrap() >= 200, "{found}");
        assert!(org.verify().is_empty());
    });
}

#[test]
fn https_with_a_certificate_of_its_own() {
    block_on(async {
        let directory = tempfile::tempdir().unwrap();
        let tls = Tls::kept_in(directory.path());
        let emulator = Emulator::builder().scenario("empty").tls(tls).start().await.unwrap();
        assert!(emulator.url().starts_with("https://127.0.0.1:"));
        let port = emulator.url().rsplit(':').next().unwrap();
        let ca = emulator.ca_file().unwrap().to_str().unwrap();
        for host in ["localhost", "127.0.0.1", "contoso.localhost"] {
            let url = format!("https://{host}:{port}/api/data/v9.2/WhoAmI");
            let resolve = format!("{host}:{port}:127.0.0.1");
            // curl, because it brings a TLS of its own and sees names as OpenSSL does.
            let curl = std::process::Command::new("curl")
                .args(["-sS", "--noproxy", "*", "--cacert", ca, "--resolve", &resolve, &url])
                .output()
                .unwrap();
            let answer = String::from_utf8_lossy(&curl.stdout);
            assert!(answer.contains(&format!("https://{host}:{port}/api/data/v9.2/")), "{host}: {curl:?}");
        }
    });
}
