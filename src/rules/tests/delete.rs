//! Deleting users: U60 to U66.

use uuid::Uuid;

use super::support::{ADMIN, DELEGATED, INTEGRATION, Organization, ROOT, SUPPORT, SYSTEM, rules_of};
use crate::model::Value;

fn two_stage() -> Organization {
    Organization::with(&[("delete_users", "two_stage")])
}

#[test]
fn u60_the_era_decides() {
    for (era, deletable) in [("crm2013", false), ("dataverse", true)] {
        let org = Organization::with(&[("era", era)]);
        let user = org.user("x", &[("isdisabled", true.into())]).unwrap();
        if deletable {
            org.delete("systemuser", user).unwrap();
        } else {
            org.refuses("0x80040800", "U60", || org.delete("systemuser", user));
        }
    }
}

#[test]
fn u61_u66_who_cannot_be_deleted() {
    let org = two_stage();
    let user = org.user("x", &[]).unwrap();
    org.refuses("0x8004023B", "U61", || org.delete("systemuser", user));
    for id in [SYSTEM, INTEGRATION, SUPPORT, DELEGATED] {
        org.refuses("0x80040228", "U66", || org.delete("systemuser", id));
    }
}

#[test]
fn u62_not_while_the_account_exists() {
    let org = two_stage();
    org.account("ann", true, &[]);
    let ann = org.synchronised("ann", &[("isdisabled", true.into())]).unwrap();
    org.refuses("0x80040227", "U62", || org.delete("systemuser", ann));
}

#[test]
fn u63_u64_first_softly_then_for_good() {
    let org = two_stage();
    let user = org.user("x", &[]).unwrap();
    let queue = org.value("systemuser", user, "queueid").as_id().unwrap();
    let team = org.create("team", &[("name", "Team".into())]).unwrap();
    org.give(user, org.role("Salesperson", ROOT)).unwrap();
    org.relate(true, ("team", team), "teammembership_association", ("systemuser", user)).unwrap();
    let account =
        org.create("account", &[("name", "A".into()), ("ownerid", org.to("systemuser", user))]).unwrap();
    org.patch(user, &[("isdisabled", true.into())]).unwrap();
    assert_eq!(rules_of(&org.delete("systemuser", user).unwrap()), ["U63"]);
    assert!(org.facts(user).deleted && org.facts(user).disabled);
    assert_eq!((org.roles_of(user), org.count("teammembership", "systemuserid", user)), (0, 1));
    org.refuses("0x80040227", "U64", || org.delete("systemuser", user));
    org.patch_as(ADMIN, "account", account, &[("ownerid", org.to("systemuser", ADMIN))]).unwrap();
    let report = org.user("y", &[("parentsystemuserid", org.to("systemuser", user))]).unwrap();
    org.delete("systemuser", user).unwrap();
    for (table, id) in [("systemuser", user), ("queue", queue), ("usersettings", user)] {
        assert!(!org.exists(table, id), "{table}");
    }
    assert_eq!(org.count("teammembership", "systemuserid", user), 0);
    assert_eq!(org.value("systemuser", report, "parentsystemuserid"), Value::Null);
}

#[test]
fn u65_an_application_user_goes_at_once() {
    let org = two_stage();
    let app = org.create("systemuser", &[("applicationid", Uuid::from_u128(1).into())]).unwrap();
    org.give(app, org.role("Salesperson", ROOT)).unwrap();
    let account =
        org.create("account", &[("name", "A".into()), ("ownerid", org.to("systemuser", app))]).unwrap();
    org.refuses("0x8004023B", "U61", || org.delete("systemuser", app));
    org.patch(app, &[("isdisabled", true.into())]).unwrap();
    org.refuses("0x80040227", "U65", || org.delete("systemuser", app));
    org.delete("account", account).unwrap();
    org.delete("systemuser", app).unwrap();
    assert!(!org.exists("systemuser", app));
}
