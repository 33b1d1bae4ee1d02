//! Wizard, ledger and explanation: U20 to U25, L1 to L9.

use uuid::Uuid;

use super::support::{ADMIN, DELEGATED, Organization, ROOT, SUPPORT, SYSTEM};
use crate::directory::AdminRole;
use crate::fault::Result;
use crate::identity::Caller;
use crate::rules::explain::Change;
use crate::rules::ledger::Consumes;
use crate::rules::wizard::{self, Form, Made, NewUser};
use crate::rules::{self, explain};

fn form(org: &Organization, names: &[&str]) -> Form {
    let users = names.iter().map(|name| NewUser {
        first_name: (*name).to_owned(),
        last_name: "Wizard".to_owned(),
        email: format!("{name}@contoso.com"),
    });
    Form {
        business_unit: None,
        roles: vec![org.role("Salesperson", ROOT)],
        users: users.collect(),
        send_invitations: false,
    }
}

fn run(org: &Organization, form: &Form) -> Result<Vec<Made>> {
    org.service.write(&org.live, |s| wizard::run(s, Caller::user(ADMIN), form)).map(|(made, _)| made)
}

#[test]
fn u20_to_u22_what_the_wizard_refuses() {
    let org = Organization::with(&[("licenses", "3")]);
    let of_two = form(&org, &["a", "b"]);
    org.refuses("0x8004B012", "U21", || run(&org, &Form { roles: vec![], ..of_two.clone() }));
    org.refuses("0x8004B011", "U22", || run(&org, &form(&org, &["a", "b", "c"])));
    org.refuses("0x8004B046", "U8", || run(&org, &form(&org, &["a", "a"])));
    let nobody = Form { roles: vec![Uuid::from_u128(9)], ..of_two.clone() };
    org.refuses("0x80040217", "U21", || run(&org, &nobody));
    run(&org, &of_two).unwrap();
    org.refuses("0x8004B011", "U20", || run(&org, &form(&org, &["c"])));
    org.set("crm_managed_users", "off");
    org.refuses("0x80040800", "U20", || run(&org, &form(&org, &["c"])));
    org.set("crm_managed_users", "on");
}

#[test]
fn u23_u24_the_wizard_makes_licensed_users_with_roles_and_tells_the_figures() {
    let org = Organization::new();
    let invited = Form { send_invitations: true, ..form(&org, &["b"]) };
    let made = run(&org, &form(&org, &["a"])).unwrap();
    let other = run(&org, &invited).unwrap()[0].systemuserid;
    let user = made[0].systemuserid;
    assert_eq!((org.state(user), org.roles_of(user)), ((0, false, true), 1));
    assert_eq!(made[0].domainname, "a@contoso.com");
    assert_eq!(org.value("systemuser", user, "invitestatuscode"), 0.into());
    assert_eq!(org.value("systemuser", other, "invitestatuscode"), 1.into());
    let figures = wizard::figures(&org.live.read());
    assert_eq!((figures.seats, figures.used, figures.available), (10, 3, 7));
    assert_eq!((figures.ni_limit, figures.ni_used), (5, 0));
}

#[test]
fn u23_in_another_business_unit_its_own_roles_are_needed() {
    let org = Organization::new();
    let sales = org.unit("Sales", ROOT);
    let there = Form { business_unit: Some(sales), ..form(&org, &["a"]) };
    org.refuses("0x80041409", "R11", || run(&org, &there));
    run(&org, &Form { roles: vec![org.role("Salesperson", sales)], ..there }).unwrap();
}

#[test]
fn l1_to_l6_the_ledger_gives_a_verdict_on_everybody() {
    let org = Organization::new();
    org.account("ann", true, &[]);
    org.account("bob", false, &[]);
    org.account("cat", false, &[AdminRole::Global]);
    org.account("not yet synchronised", true, &[]);
    let ann = org.synchronised("ann", &[("accessmode", 4.into())]).unwrap();
    let app = org.create("systemuser", &[("applicationid", Uuid::from_u128(1).into())]).unwrap();
    let table = [
        (ADMIN, Consumes::License, "L1"),
        (org.user("ni", &[("accessmode", 4.into())]).unwrap(), Consumes::NonInteractive, "L5"),
        (org.user("settings", &[("accessmode", 1.into())]).unwrap(), Consumes::Nothing, "L4"),
        (org.user("off", &[("isdisabled", true.into())]).unwrap(), Consumes::Nothing, "L6"),
        (ann, Consumes::License, "L3"),
        (org.synchronised("bob", &[]).unwrap(), Consumes::Nothing, "L3"),
        (org.synchronised("cat", &[]).unwrap(), Consumes::Nothing, "D4"),
        (app, Consumes::Nothing, "U9"),
        (SYSTEM, Consumes::Nothing, "L6"),
        (SUPPORT, Consumes::Nothing, "L6"),
        (DELEGATED, Consumes::Nothing, "L6"),
    ];
    let ledger = rules::ledger(&org.live.read());
    for (user, consumes, rule) in table {
        let line = ledger.users.iter().find(|line| line.systemuserid == user).unwrap();
        assert_eq!(line.consumes, consumes, "{line:?}");
        assert!(line.rules.contains(&rule), "{rule} in {line:?}");
        assert!(line.why.is_ascii() && line.why.ends_with('.'));
    }
    assert!(ledger.users.iter().any(|line| line.systemuserid == ann && line.takes_slot));
    assert_eq!((ledger.licenses.consumed, ledger.licenses.available), (3, 7));
    assert_eq!((ledger.non_interactive.used, ledger.non_interactive.available), (2, 3));
}

#[test]
fn l3_an_organization_without_accounts_goes_by_its_rows() {
    let org = Organization::new();
    let values = [
        ("domainname", "old@contoso.com".into()),
        ("issyncwithdirectory", true.into()),
        ("islicensed", true.into()),
        ("isdisabled", true.into()),
        ("accessmode", 0.into()),
        ("businessunitid", org.to("businessunit", ROOT)),
    ];
    let old = Uuid::from_u128(0x01d);
    org.insert("systemuser", old, &values);
    let team = rules::support::default_team(&org.live.read(), ROOT).unwrap();
    let member = [("teamid", team.into()), ("systemuserid", old.into())];
    org.insert("teammembership", Uuid::from_u128(0x01e), &member);
    assert_eq!(org.seats().consumed, 2);
    org.patch(old, &[("isdisabled", false.into())]).unwrap();
    assert_eq!(org.seats().consumed, 2);
}

/// What an explanation says of a change is what the change then does.
#[test]
fn an_explanation_is_what_a_patch_does() {
    let org = Organization::with(&[("licenses", "3"), ("non_interactive_limit", "1")]);
    org.account("ann", true, &[]);
    org.account("cat", false, &[AdminRole::Service]);
    org.account("bob", false, &[]);
    let mut users = vec![SYSTEM, SUPPORT, DELEGATED, ADMIN];
    for name in ["ann", "bob", "cat"] {
        users.push(org.synchronised(name, &[]).unwrap());
    }
    for (name, mode) in [("x", 0), ("ni", 4), ("late", 0), ("settings", 1)] {
        users.push(org.user(name, &[("accessmode", mode.into())]).unwrap());
    }
    users.push(org.create("systemuser", &[("applicationid", Uuid::from_u128(1).into())]).unwrap());
    let start = org.live.read();
    for user in users {
        let told = explain(&start, org.service.registry(), Caller::user(ADMIN), user).unwrap();
        assert!(told.because.iter().all(|reason| reason.fact.is_ascii()), "{told:?}");
        assert_eq!(told.transitions.len(), 6);
        for transition in &told.transitions {
            let values = match transition.change {
                Change::AccessMode(mode) => [("accessmode", mode.into())],
                Change::IsDisabled(flag) => [("isdisabled", flag.into())],
            };
            let done = org.patch(user, &values);
            assert_eq!(done.is_ok(), transition.allowed, "{transition:?}");
            match done {
                Ok(_) => {
                    let after = transition.result.as_ref().unwrap();
                    let (mode, disabled, licensed) = org.state(user);
                    assert_eq!(
                        (after.accessmode, after.isdisabled, after.islicensed),
                        (mode, disabled, licensed)
                    );
                }
                Err(fault) => {
                    assert_eq!(Some(fault.code_text()), transition.code);
                    assert_eq!(fault.hint_text(), transition.remedy.as_deref());
                    assert!(transition.rule.is_some());
                }
            }
            org.live.replace((*start).clone());
        }
    }
    assert_eq!(start.version(), org.live.read().version());
    assert!(explain(&start, org.service.registry(), Caller::user(ADMIN), Uuid::nil()).is_none());
}

#[test]
fn every_rule_is_listed_once_with_its_source() {
    let listed = rules::documented();
    let mut ids: Vec<_> = listed.iter().map(|rule| rule.id).collect();
    let at = |id| ids.iter().position(|listed| *listed == id).unwrap();
    assert!(at("U9") < at("U12") && at("U29") < at("U29a") && at("U29d") < at("U30"));
    assert!(listed.iter().all(|rule| !rule.title.is_empty() && !rule.source.is_empty()));
    ids.sort_unstable();
    let before = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), before);
}
