//! Signing in at the web client, row by row of the table (W1 to W12, A21).

use uuid::Uuid;

use super::support::{ADMIN, DELEGATED, Organization, ROOT, SUPPORT, SYSTEM};
use crate::directory::Account;
use crate::fault::Kind;
use crate::rules::sign_in::{Area, Shell, SignedIn, sign_in};

fn name(name: &str) -> String {
    format!("{name}@contoso.onmicrosoft.com")
}

impl Organization {
    fn enter(&self, name: &str) -> crate::fault::Result<SignedIn> {
        sign_in(&self.live.read(), name)
    }

    #[track_caller]
    fn keeps_out(&self, name: &str, code: &str, rule: &str) {
        self.refuses(code, rule, || self.enter(name));
        let fault = self.enter(name).unwrap_err();
        assert_eq!(fault.rules().first().unwrap().0, rule);
        assert_eq!(fault.kind() == Kind::Unauthenticated, rule == "W1");
    }
}

/// A licensed directory user with a role, and her account.
fn ann(org: &Organization) -> (Uuid, Uuid) {
    let account = org.hire("ann", true, &[]);
    let user = org.of(account);
    org.give(user, org.role("Salesperson", ROOT)).unwrap();
    (account, user)
}

#[test]
fn w12_a_read_write_user_gets_everything() {
    let org = Organization::new();
    let (_, user) = ann(&org);
    let done = org.enter(&name("ANN")).unwrap();
    assert_eq!(done, SignedIn { user, shell: Shell::Full, rule: "W12" });
    assert!(done.may_save() && Area::ALL.iter().all(|area| done.may_open(*area).is_ok()));
    let admin = org.enter(&name("admin")).unwrap();
    assert_eq!((admin.user, admin.rule), (ADMIN, "W12"), "a user outside the directory");
}

#[test]
fn w1_the_directory_refuses_blocked_and_deleted_accounts() {
    let org = Organization::new();
    let (account, _) = ann(&org);
    org.tenant(|tenant| tenant.change(account, |account| account.account_enabled = false)).unwrap();
    org.keeps_out(&name("ann"), "0x80040204", "W1");
    org.tenant(|tenant| tenant.change(account, |account| account.account_enabled = true)).unwrap();
    org.enter(&name("ann")).unwrap();
    org.tenant(|tenant| tenant.delete(account)).unwrap();
    org.keeps_out(&name("ann"), "0x80040204", "W1");
    org.tenant(|tenant| tenant.purge(account)).unwrap();
    org.keeps_out(&name("ann"), "0x80040204", "W1");
}

#[test]
fn w2_without_a_user_or_outside_the_group_one_is_no_member() {
    let org = Organization::new();
    org.keeps_out(&name("nobody"), "0x80072560", "W2");
    org.hire("bare", false, &[]);
    org.keeps_out(&name("bare"), "0x80072560", "W2");
    ann(&org);
    org.guard_by(Some(super::provisioning::GUARDS));
    org.keeps_out(&name("ann"), "0x80072560", "W2");
    org.guard_by(None);
    org.enter(&name("ann")).unwrap();
}

#[test]
fn w3_a21_a_disabled_user_is_turned_away() {
    let org = Organization::new();
    let (account, user) = ann(&org);
    org.patch(user, &[("isdisabled", true.into())]).unwrap();
    org.keeps_out(&name("ann"), "0x80040225", "W3");
    org.license(account, false);
    org.keeps_out(&name("ann"), "0x80040225", "W3");
    assert!(org.enter(&name("ann")).unwrap_err().hint_text().unwrap().contains("license"));
}

#[test]
fn w4_a21_a_non_interactive_or_application_user_has_no_web_client() {
    let org = Organization::new();
    let (_, user) = ann(&org);
    org.patch(user, &[("accessmode", 4.into())]).unwrap();
    org.keeps_out(&name("ann"), "0x80044160", "W4");
    let values = [("applicationid", Uuid::from_u128(7).into()), ("domainname", "app@contoso.com".into())];
    org.create("systemuser", &values).unwrap();
    org.keeps_out("app@contoso.com", "0x80044160", "W4");
}

#[test]
fn w5_built_in_users_do_not_sign_in() {
    let org = Organization::new();
    for user in [SUPPORT, DELEGATED, SYSTEM] {
        let name = org.value("systemuser", user, "domainname");
        org.keeps_out(name.as_str().unwrap(), "0x80048306", "W5");
    }
}

#[test]
fn w6_nobody_signs_in_from_a_disabled_business_unit() {
    let org = Organization::new();
    let unit = org.unit("Sales", ROOT);
    let user = org
        .user("sue", &[("businessunitid", org.to("businessunit", unit)), ("domainname", name("sue").into())]);
    org.give(user.unwrap(), org.role("Salesperson", unit)).unwrap();
    org.enter(&name("sue")).unwrap();
    org.patch_as(ADMIN, "businessunit", unit, &[("isdisabled", true.into())]).unwrap();
    org.keeps_out(&name("sue"), "0x8004032C", "W6");
}

#[test]
fn w7_a21_an_unlicensed_directory_user_does_not_sign_in() {
    // No rule leaves such a user enabled (I1, D7): a document can bring one.
    let org = Organization::new();
    org.insert(
        "systemuser",
        Uuid::from_u128(0x77),
        &[
            ("domainname", name("odd").into()),
            ("issyncwithdirectory", true.into()),
            ("islicensed", false.into()),
            ("isdisabled", false.into()),
            ("accessmode", 0.into()),
            ("businessunitid", org.to("businessunit", ROOT)),
        ],
    );
    org.keeps_out(&name("odd"), "0x8004D24B", "W7");
    drop(org.into_unruly_world());
}

#[test]
fn w8_a21_without_a_role_nobody_signs_in() {
    let org = Organization::new();
    org.hire("bob", true, &[]);
    org.keeps_out(&name("bob"), "0x80042F09", "W8");
}

#[test]
fn w9_in_admin_only_mode_administrators_and_customizers_alone() {
    let org = Organization::with(&[("admin_only_mode", "true")]);
    let (_, user) = ann(&org);
    org.keeps_out(&name("ann"), "0x8004A113", "W9");
    org.enter(&name("admin")).unwrap();
    org.give(user, org.role("System Customizer", ROOT)).unwrap();
    org.enter(&name("ann")).unwrap();
}

#[test]
fn w10_w11_what_the_access_mode_opens() {
    let org = Organization::new();
    let (_, user) = ann(&org);
    org.patch(user, &[("accessmode", 1.into())]).unwrap();
    let done = org.enter(&name("ann")).unwrap();
    assert_eq!((done.shell, done.rule), (Shell::SettingsOnly, "W10"));
    done.may_open(Area::Settings).unwrap();
    for area in [Area::Sales, Area::Marketing, Area::Service] {
        org.refuses("0x80044502", "W10", || done.may_open(area));
    }
    org.patch(user, &[("accessmode", 2.into())]).unwrap();
    let done = org.enter(&name("ann")).unwrap();
    assert_eq!((done.shell, done.rule, done.may_save()), (Shell::ReadOnly, "W11", false));
    done.may_open(Area::Sales).unwrap();
}

#[test]
fn who_was_renamed_signs_in_by_the_new_name() {
    let org = Organization::with(&[("sync_delay", "5m")]);
    let account = org.hire("ann", true, &[]);
    org.minutes(5);
    org.give(org.of(account), org.role("Salesperson", ROOT)).unwrap();
    let rename = |account: &mut Account| account.user_principal_name = name("anna");
    org.tenant(|tenant| tenant.change(account, rename)).unwrap();
    assert_eq!(org.enter(&name("anna")).unwrap().user, org.of(account), "whatever CRM calls her");
    org.keeps_out(&name("ann"), "0x80072560", "W2");
}
