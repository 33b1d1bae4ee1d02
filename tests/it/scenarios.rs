//! Every embedded scenario is an organization that the rules could have made.

use std::sync::Arc;

use crm_emulator::clock::Clock;
use crm_emulator::directory::Account;
use crm_emulator::model::Catalogue;
use crm_emulator::rules;
use crm_emulator::scenario::{Options, Scenario};
use crm_emulator::service::registry::Registry;
use crm_emulator::settings::{Era, Settings};
use serde_json::json;
use uuid::{Uuid, uuid};

use crate::support::Fixture;
use crate::tenancy::license;

/// Switches that decide who is enabled.
const SWITCHES: &[&[(&str, &str)]] = &[
    &[],
    &[("licenses", "2")],
    &[("non_interactive_limit", "0")],
    &[("crm_managed_users", "off")],
    &[("security_group", "00000000-0000-0000-0000-000000000009")],
];

#[test]
fn every_scenario_satisfies_every_rule() {
    let catalogue = Arc::new(Catalogue::embedded());
    let registry = Registry::new(rules::all(), &[]);
    let mut wrong = Vec::new();
    for name in Scenario::embedded().map(|(name, _)| name).chain(["large:40"]) {
        for era in [Era::Crm2013, Era::Dataverse] {
            for switches in SWITCHES {
                let mut settings = Settings::of_era(era);
                for (key, value) in *switches {
                    settings.set(key, value).unwrap();
                }
                let options = Options {
                    unique_name: "contoso".to_owned(),
                    settings,
                    clock: Clock::default(),
                    seed: Some(1),
                };
                let scenario: Scenario = name.parse().unwrap();
                let world = scenario.build(&catalogue, &options).unwrap();
                for violation in registry.verify(&world) {
                    wrong.push(format!("{name}, {era:?}, {switches:?}: {violation:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The account and the user of each of the scenarios about Office 365.
const ACCOUNT: Uuid = uuid!("00003650-0000-4000-8000-000000000021");
const USER: &str = "systemusers(00000008-0000-4000-8000-000000000021)";

fn told(name: &str) -> Fixture {
    // The clock is the scenario's own, where it has one.
    Fixture::with(|builder| builder.scenario(name))
}

fn advance(f: &Fixture, by: &str) {
    f.post("/_emulator/v1/orgs/contoso/clock/advance", &json!({"by": by})).has(200);
}

/// accessmode, isdisabled, islicensed of the scenario's user.
fn state(f: &Fixture) -> (u64, bool, bool) {
    let user =
        f.get(&format!("/api/data/v9.2/{USER}?$select=accessmode,isdisabled,islicensed")).has(200).json();
    let flag = |name: &str| user[name].as_bool().unwrap();
    (user["accessmode"].as_u64().unwrap(), flag("isdisabled"), flag("islicensed"))
}

fn become_non_interactive(f: &Fixture) {
    f.patch(&format!("/api/data/v9.2/{USER}"), &json!({"accessmode": 4})).has(204);
}

/// SEED1: with a day between the steps the user stays non-interactive, and the browser says so.
#[test]
fn sync_lag_tells_the_patient_run_of_the_second_seed() {
    let f = told("sync-lag");
    assert_eq!(state(&f), (0, false, true));
    assert_eq!(f.org().sign_in("nina.sync@contoso.onmicrosoft.com").unwrap().rule, "W12");
    become_non_interactive(&f);
    advance(&f, "24h");
    license(&f, ACCOUNT, false);
    assert_eq!(state(&f), (4, false, true), "D23");
    advance(&f, "24h");
    assert_eq!(state(&f), (4, false, false));
    let refused = f.org().sign_in("nina.sync@contoso.onmicrosoft.com").unwrap_err();
    assert_eq!(refused.code_text(), "0x80044160", "W4: then you are good");
}

/// SEED1: "if you move too quickly ... the user role will be set to Administrative".
#[test]
fn sync_lag_tells_the_hurried_run_of_the_second_seed() {
    let f = told("sync-lag");
    become_non_interactive(&f);
    license(&f, ACCOUNT, false);
    assert_eq!(state(&f), (4, false, true), "D23: step 5 too early");
    advance(&f, "5m");
    assert_eq!(state(&f), (1, true, false));
    let refused = f.org().sign_in("nina.sync@contoso.onmicrosoft.com").unwrap_err();
    assert_eq!(refused.code_text(), "0x80040225", "W3: then something is not right");
}

/// SEED1 from its first step: Otto has an account and nothing else; his first sign-in brings what waits about (D11).
#[test]
fn sync_lag_has_an_account_to_begin_with() {
    let f = told("sync-lag");
    let otto = uuid!("00003650-0000-4000-8000-000000000022");
    assert_eq!(f.org().sign_in("otto.sync@contoso.onmicrosoft.com").unwrap_err().code_text(), "0x80072560");
    license(&f, otto, true);
    assert_eq!(f.org().pending().len(), 1);
    assert_eq!(f.org().sign_in("otto.sync@contoso.onmicrosoft.com").unwrap_err().code_text(), "0x80042f09");
    assert_eq!(f.org().pending(), []);
}

/// D4, D7, D16: she administers without a licence; with one she is Read-Write, and without it she is as before.
#[test]
fn admin_without_license_comes_and_goes() {
    let f = told("admin-without-license");
    assert_eq!(state(&f), (1, false, false));
    assert_eq!(f.org().sign_in("gail.global@contoso.onmicrosoft.com").unwrap().rule, "W10");
    for mode in [0, 4] {
        let refused = f.patch(&format!("/api/data/v9.2/{USER}"), &json!({"accessmode": mode})).has(400);
        assert_eq!(refused.json()["error"]["code"], "0x80041d66", "A19");
    }
    license(&f, ACCOUNT, true);
    assert_eq!(state(&f), (0, false, true));
    license(&f, ACCOUNT, false);
    assert_eq!(state(&f), (1, false, false));
}

/// The EMEA support team's case: the licence is consumed until somebody removes it in the tenant (L3, A16).
#[test]
fn licence_kept_by_non_interactive_gives_it_back_when_it_is_removed() {
    let f = told("licence-kept-by-non-interactive");
    let left = || f.get("/_emulator/v1/orgs/contoso/licenses").json()["licenses"]["available"].clone();
    assert_eq!((state(&f), left()), ((4, false, true), json!(0)));
    let refused = f.org().change_tenant(|tenant| {
        let id = tenant.next_id();
        tenant.add(Account { licenses: vec!["CRMSTANDARD".into()], ..Account::new(id, "new@contoso.com") })
    });
    assert!(refused.is_err(), "L10");
    license(&f, ACCOUNT, false);
    assert_eq!((state(&f), left()), ((4, false, false), json!(1)));
}
