use serde_json::json;

use super::contoso;
use crate::support::Fixture;

#[test]
fn every_switch_stands_under_its_key() {
    let f = Fixture::new();
    let settings = f.get(&contoso("settings")).has(200).json();
    assert_eq!(settings["era"], "crm2013");
    assert_eq!(settings["non_interactive_limit"], 5);
    assert_eq!(settings["crm_managed_users"], true);
    assert_eq!(settings["sync_delay"], "0s");
    assert_eq!(settings["auth"], "open");
}

#[test]
fn a_change_counts_at_once_and_is_answered_whole() {
    let f = Fixture::new();
    let change = json!({"licenses": 3, "strict_required": "true", "sync_delay": "PT5M"});
    let settings = f.patch(&contoso("settings"), &change).has(200).json();
    assert_eq!(settings["licenses"], 3);
    assert_eq!(settings["strict_required"], true);
    assert_eq!(f.get(&contoso("settings")).json(), settings);
    assert_eq!(f.get(&contoso("licenses")).json()["licenses"]["purchased"], 3);
}

#[test]
fn the_era_moves_what_nobody_set() {
    let f = Fixture::new();
    // Whatever the order of the members: the era comes first.
    let change = json!({"read_mode": "supported", "era": "dataverse"});
    let settings = f.patch(&contoso("settings"), &change).has(200).json();
    assert_eq!(
        (&settings["read_mode"], &settings["non_interactive_limit"]),
        (&json!("supported"), &json!(7))
    );
}

#[test]
fn all_or_nothing() {
    let f = Fixture::new();
    let before = f.get(&contoso("settings")).json();
    f.patch(&contoso("settings"), &json!({"licenses": 3, "licences": 4})).refuses(
        400,
        "InvalidSetting",
        &["'licences'", "No setting was changed", "licenses", "sync_delay"],
    );
    f.patch(&contoso("settings"), &json!({"licenses": 3, "era": "crm4"})).refuses(
        400,
        "InvalidSetting",
        &["crm4", "dataverse"],
    );
    f.patch(&contoso("settings"), &json!({"licenses": -1})).refuses(400, "InvalidSetting", &["-1"]);
    f.patch(&contoso("settings"), &json!({"licenses": null})).refuses(400, "InvalidSetting", &["licenses"]);
    f.patch(&contoso("settings"), &json!([1])).refuses(400, "InvalidBody", &[]);
    assert_eq!(f.get(&contoso("settings")).json(), before);
}
