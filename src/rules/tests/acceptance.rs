//! The acceptance scenarios of section 10 of the reference that need no running synchronisation and no privileges.

use uuid::Uuid;

use super::support::{ADMIN, Organization, ROOT, SUPPORT};
use crate::directory::AdminRole;
use crate::identity::Caller;
use crate::rules::wizard::{self, Form, NewUser};

/// The New User wizard for one user.
fn by_wizard(org: &Organization, name: &str) -> crate::fault::Result<Uuid> {
    let user = NewUser {
        first_name: name.to_owned(),
        last_name: "Wizard".to_owned(),
        email: format!("{name}@contoso.onmicrosoft.com"),
    };
    let roles = vec![org.role("Salesperson", ROOT)];
    let form = Form { business_unit: None, roles, users: vec![user], send_invitations: false };
    let made = org.service.write(&org.live, |s| wizard::run(s, Caller::user(ADMIN), &form))?;
    Ok(made.0[0].systemuserid)
}

#[test]
fn a1_without_licences_a_non_interactive_user_is_created_enabled() {
    let org = Organization::new();
    org.use_up_seats();
    let (seats, slots) = (org.seats(), org.slots());
    let id = org
        .create(
            "systemuser",
            &[
                ("accessmode", 4.into()),
                ("firstname", "system".into()),
                ("lastname", "integration".into()),
                ("businessunitid", org.to("businessunit", ROOT)),
            ],
        )
        .unwrap();
    assert_eq!(org.state(id), (4, false, false));
    assert_eq!(org.seats(), seats);
    assert_eq!(org.slots().used, slots.used + 1);
    assert_eq!(org.value("systemuser", id, "fullname").as_str(), Some("system integration"));
}

#[test]
fn a2_the_sixth_non_interactive_user_is_refused_and_with_seven_the_eighth() {
    for (limit, era) in [(5, "crm2013"), (7, "dataverse")] {
        let org = Organization::with(&[("era", era)]);
        assert_eq!(org.use_up_slots().len(), limit);
        org.refuses("0x8004B050", "U12", || org.user("toomany", &[("accessmode", 4.into())]));
    }
}

#[test]
fn a3_without_licences_a_read_write_user_is_created_disabled() {
    let org = Organization::new();
    org.use_up_seats();
    let (id, notes) = org.user_noted("late", &[("accessmode", 0.into())]).unwrap();
    assert_eq!(org.state(id), (0, true, false));
    assert_eq!(super::support::rules_of(&notes), ["U11"]);
}

#[test]
fn a4_without_licences_the_wizard_refuses() {
    let org = Organization::new();
    org.use_up_seats();
    org.refuses("0x8004B011", "U20", || by_wizard(&org, "new"));
}

#[test]
fn a5_the_workaround_of_the_blog_works() {
    let org = Organization::new();
    let x = org.user("x", &[]).unwrap();
    org.use_up_seats();
    let used = org.slots().used;
    org.patch(x, &[("isdisabled", true.into())]).unwrap();
    let n = by_wizard(&org, "n").unwrap();
    assert_eq!(org.seats().available(), 0);
    org.patch(n, &[("accessmode", 4.into())]).unwrap();
    org.patch(x, &[("isdisabled", false.into())]).unwrap();
    assert_eq!((org.seats().available(), org.slots().used), (0, used + 1));
    assert_eq!((org.state(n), org.state(x)), ((4, false, false), (0, false, true)));
}

#[test]
fn a6_enabling_before_the_new_user_is_non_interactive_is_refused() {
    let org = Organization::new();
    let x = org.user("x", &[]).unwrap();
    org.use_up_seats();
    org.patch(x, &[("isdisabled", true.into())]).unwrap();
    by_wizard(&org, "n").unwrap();
    org.refuses("0x80042F14", "U39", || org.patch(x, &[("isdisabled", false.into())]));
}

#[test]
fn a7_leaving_non_interactive_access_disables() {
    let org = Organization::new();
    let user = org.user("ni", &[("accessmode", 4.into())]).unwrap();
    let notes = org.patch(user, &[("accessmode", 0.into())]).unwrap();
    assert_eq!(org.state(user), (0, true, false));
    assert_eq!(org.slots().used, 0);
    assert_eq!(super::support::rules_of(&notes), ["U30"]);
}

#[test]
fn a8_leaving_and_enabling_in_one_patch_needs_a_licence() {
    let change =
        |org: &Organization, user| org.patch(user, &[("accessmode", 0.into()), ("isdisabled", false.into())]);
    let org = Organization::new();
    let user = org.user("ni", &[("accessmode", 4.into())]).unwrap();
    let other = org.user("ni2", &[("accessmode", 4.into())]).unwrap();
    change(&org, user).unwrap();
    assert_eq!(org.state(user), (0, false, true));
    org.use_up_seats();
    org.refuses("0x80042F14", "U39", || change(&org, other));
    assert_eq!(org.state(other), (4, false, false));
}

#[test]
fn a9_a_slot_once_given_away_is_gone() {
    let org = Organization::new();
    let users = org.use_up_slots();
    org.patch(users[0], &[("isdisabled", true.into())]).unwrap();
    org.user("another", &[("accessmode", 4.into())]).unwrap();
    org.refuses("0x8004B050", "U34", || org.patch(users[0], &[("isdisabled", false.into())]));
}

#[test]
fn a10_the_support_user_is_left_alone() {
    let org = Organization::new();
    org.refuses("0x80041D41", "U90", || org.patch(SUPPORT, &[("isdisabled", true.into())]));
    org.refuses("0x80041D41", "U28a", || org.patch(SUPPORT, &[("firstname", "Bob".into())]));
    org.refuses("0x80041D41", "U3", || org.user("second", &[("accessmode", 3.into())]));
}

#[test]
fn a11_application_users_are_not_counted() {
    let org = Organization::new();
    org.use_up_slots();
    for at in 0..8 {
        let id = org.create("systemuser", &[("applicationid", Uuid::from_u128(at + 1).into())]).unwrap();
        assert_eq!(org.state(id), (4, false, false));
    }
    assert_eq!(org.slots().used, 5);
}

#[test]
fn a17_islicensed_and_issyncwithdirectory_are_not_changed() {
    let org = Organization::new();
    let user = org.user("x", &[]).unwrap();
    org.refuses("0x80041D4C", "U41", || org.patch(user, &[("islicensed", false.into())]));
    org.refuses("0x80041D4E", "U42", || org.patch(user, &[("issyncwithdirectory", true.into())]));
    org.patch(user, &[("islicensed", true.into()), ("issyncwithdirectory", false.into())]).unwrap();
}

#[test]
fn a19_an_unlicensed_administrator_stays_administrative() {
    let org = Organization::new();
    org.account("boss", false, &[AdminRole::Service]);
    let boss = org.synchronised("boss", &[]).unwrap();
    assert_eq!(org.state(boss), (1, false, false));
    org.refuses("0x80041D66", "U32a", || org.patch(boss, &[("accessmode", 0.into())]));
    org.refuses("0x80041D66", "U29c", || org.patch(boss, &[("accessmode", 4.into())]));
}

#[test]
fn a20_tenant_administrator_and_last_administrator_stay_enabled() {
    let org = Organization::new();
    org.refuses("0x80041D2F", "U93", || org.patch(ADMIN, &[("isdisabled", true.into())]));
    org.account("global", true, &[AdminRole::Global]);
    let global = org.synchronised("global", &[]).unwrap();
    org.refuses("0x80041D65", "U94", || org.patch(global, &[("isdisabled", true.into())]));
}

#[test]
fn a28_users_are_not_deleted() {
    let org = Organization::new();
    let user = org.user("x", &[]).unwrap();
    org.refuses("0x80040800", "U60", || org.delete("systemuser", user));
}
