use serde_json::{Value, json};

use super::contoso;
use crate::support::Fixture;

#[test]
fn a_snapshot_is_taken_listed_restored_and_forgotten() {
    let f = Fixture::new();
    f.get(&contoso("snapshots")).is(200, &json!({"snapshots": []}));
    let version = f.org().read().version();
    let saved = json!({"name": "before test", "version": version});
    f.put(&contoso("snapshots/before%20test"), &Value::Null).is(201, &saved);
    f.put(&contoso("snapshots/before%20test"), &json!({})).is(200, &saved);
    f.get(&contoso("snapshots")).is(200, &json!({"snapshots": [saved]}));
    f.get(&contoso("snapshots/before%20test")).is(200, &saved);

    f.patch(&contoso("settings"), &json!({"licenses": 1})).has(200);
    f.post(&contoso("clock/advance"), &json!({"by": "1h"})).has(200);
    f.post(&contoso("snapshots/before%20test/restore"), &Value::Null).has(204);
    assert_eq!(f.get(&contoso("settings")).json()["licenses"], 10);
    assert_eq!(f.get(&contoso("clock")).json()["now"], crate::support::NOW);

    f.delete(&contoso("snapshots/before%20test")).has(204);
    f.get(&contoso("snapshots")).is(200, &json!({"snapshots": []}));
}

#[test]
fn an_unknown_snapshot_names_the_known_ones() {
    let f = Fixture::new();
    let restore = contoso("snapshots/b/restore");
    f.post(&restore, &Value::Null).refuses(404, "SnapshotNotFound", &["'b'", "there is none yet"]);
    f.put(&contoso("snapshots/a"), &Value::Null).has(201);
    f.post(&restore, &Value::Null).refuses(404, "SnapshotNotFound", &["there are a"]);
    f.delete(&contoso("snapshots/b")).refuses(404, "SnapshotNotFound", &[]);
    f.put(&contoso("snapshots/b"), &json!({"from": "a"})).refuses(400, "UnexpectedBody", &[]);
    f.put("/_emulator/v1/orgs/nobody/snapshots/a", &Value::Null).refuses(404, "OrganizationNotFound", &[]);
}
