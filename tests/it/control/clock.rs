use serde_json::{Value, json};

use super::{V1, contoso};
use crate::support::{Fixture, NOW};

#[test]
fn an_organization_has_a_clock_of_its_own() {
    let f = Fixture::new();
    f.post(&format!("{V1}/orgs"), &json!({"name": "other"})).has(201);
    f.get(&contoso("clock")).is(200, &json!({"mode": "manual", "now": NOW}));
    f.post(&contoso("clock/advance"), &json!({"by": "24h"}))
        .is(200, &json!({"mode": "manual", "now": "2026-03-02T12:00:00Z"}));
    f.put(&contoso("clock"), &json!({"mode": "manual", "now": "2030-01-01T00:00:00+01:00"}))
        .is(200, &json!({"mode": "manual", "now": "2029-12-31T23:00:00Z"}));
    f.get("/_emulator/v1/orgs/other/clock").is(200, &json!({"mode": "manual", "now": NOW}));
}

#[test]
fn all_clocks_at_once_and_the_start_of_new_ones() {
    let f = Fixture::new();
    f.post(&contoso("clock/advance"), &json!({"by": "PT1H"})).has(200);
    f.post("/_emulator/v1/clock/advance", &json!({"by": "30m"}))
        .is(200, &json!({"mode": "manual", "now": "2026-03-01T12:30:00Z"}));
    // An organization that was ahead stays ahead.
    f.get(&contoso("clock")).is(200, &json!({"mode": "manual", "now": "2026-03-01T13:30:00Z"}));
    f.put("/_emulator/v1/clock", &json!({"mode": "manual", "now": NOW})).has(200);
    f.get(&contoso("clock")).is(200, &json!({"mode": "manual", "now": NOW}));
    f.post("/_emulator/v1/clock/advance", &json!({"by": "1s"})).has(200);
    f.post(&format!("{V1}/orgs"), &json!({"name": "young"})).has(201);
    f.get("/_emulator/v1/orgs/young/clock")
        .is(200, &json!({"mode": "manual", "now": "2026-03-01T12:00:01Z"}));
}

#[test]
fn a_real_clock_runs_on_from_where_it_is_set() {
    let f = Fixture::new();
    let clock = f.put(&contoso("clock"), &json!({"mode": "real", "now": "2031-05-01T00:00:00Z"})).has(200);
    assert_eq!(clock.json()["mode"], "real");
    assert!(f.get(&contoso("clock")).json()["now"].as_str().unwrap().starts_with("2031-05-01T00:"));
    f.post(&contoso("clock/advance"), &json!({"by": "24h"})).has(200);
    assert!(f.get(&contoso("clock")).json()["now"].as_str().unwrap().starts_with("2031-05-02T00:"));
    // A clock that is stopped stands where it was.
    f.put(&contoso("clock"), &json!({"mode": "manual"})).has(200);
    let stopped = f.get(&contoso("clock")).json();
    assert!(stopped["now"].as_str().unwrap().starts_with("2031-05-02T00:"));
    assert_eq!(f.get(&contoso("clock")).json(), stopped);
}

#[test]
fn what_no_clock_takes() {
    let f = Fixture::new();
    let refuses = |path: &str, body: Value, code: &str, words: &[&str]| {
        let answer = if path.ends_with("advance") { f.post(path, &body) } else { f.put(path, &body) };
        answer.refuses(400, code, words);
    };
    for clock in [contoso("clock"), "/_emulator/v1/clock".to_owned()] {
        refuses(&clock, json!({"mode": "manual", "now": "noon"}), "InvalidTime", &["noon", "RFC 3339"]);
        refuses(&clock, json!({"mode": "slow"}), "InvalidBody", &["slow"]);
        refuses(&clock, json!({"now": NOW}), "InvalidBody", &["mode"]);
        refuses(&clock, json!({"mode": "real", "zone": "UTC"}), "InvalidBody", &["zone"]);
        let advance = format!("{clock}/advance");
        refuses(&advance, json!({"by": "soon"}), "InvalidTime", &["soon", "PT5M"]);
        refuses(&advance, json!({"by": "-1h"}), "InvalidTime", &["negative", "PUT"]);
        refuses(&advance, json!({"by": "99999999h"}), "InvalidTime", &["9999"]);
        refuses(&advance, json!({"to": NOW}), "InvalidBody", &[]);
    }
    f.get(&contoso("clock")).is(200, &json!({"mode": "manual", "now": NOW}));
}
