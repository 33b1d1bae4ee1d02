//! Office 365 beside the organization: what synchronisation makes of it, and when (D1 to D24).

use jiff::SignedDuration;
use uuid::Uuid;

use super::support::{ADMIN, Organization, ROOT};
use crate::clock::Clock;
use crate::directory::sku::{PROFESSIONAL, sku};
use crate::directory::{Account, AdminRole, Group, What};
use crate::licensing::Facts;
use crate::model::Value;
use crate::rules::provisioning::{self, Applied, Tenant, TenantError};

pub(super) const GUARDS: Uuid = Uuid::from_u128(0x6a);

impl Organization {
    /// Changes the tenant and lets CRM learn of what is due.
    pub(super) fn tenant<T>(
        &self,
        change: impl FnOnce(&mut Tenant<'_, '_>) -> Result<T, TenantError>,
    ) -> Result<T, TenantError> {
        let done = self.tenant_unseen(change);
        self.catch_up();
        done
    }

    /// Changes the tenant after everything that was due; nobody looks at what follows.
    pub(super) fn tenant_unseen<T>(
        &self,
        change: impl FnOnce(&mut Tenant<'_, '_>) -> Result<T, TenantError>,
    ) -> Result<T, TenantError> {
        let mut writer = self.live.writer();
        provisioning::run_due(&self.service, &mut writer);
        let done = self.service.write_as(&mut writer, |session| change(&mut Tenant::new(session)));
        done.map(|(done, _)| done)
    }

    pub(super) fn catch_up(&self) -> Vec<Applied> {
        provisioning::run_due(&self.service, &mut self.live.writer())
    }

    /// Moves the clock; nobody looks.
    pub(super) fn pass(&self, by: SignedDuration) {
        let done: Result<(), ()> = self.live.write(|tx| {
            let clock = tx.clock().advanced(by);
            tx.set_clock(clock);
            Ok(())
        });
        done.unwrap();
    }

    /// Moves the clock, and lets CRM learn of what is due.
    pub(super) fn minutes(&self, minutes: i64) -> Vec<Applied> {
        self.pass(SignedDuration::from_mins(minutes));
        self.catch_up()
    }

    pub(super) fn sync(&self, account: Option<Uuid>) -> Vec<Applied> {
        let done: Result<(), ()> = self.live.write(|tx| {
            let now = tx.now();
            tx.directory_mut().hasten(account, now);
            Ok(())
        });
        done.unwrap();
        self.catch_up()
    }

    pub(super) fn guard_by(&self, group: Option<Uuid>) {
        let done: Result<(), ()> = self.live.write(|tx| {
            let mut settings = tx.settings().clone();
            settings.security_group.0 = group;
            provisioning::change_settings(tx, settings);
            Ok(())
        });
        done.unwrap();
        self.catch_up();
    }

    /// An account in the tenant, as an administrator adds it.
    pub(super) fn hire(&self, name: &str, licensed: bool, roles: &[AdminRole]) -> Uuid {
        let account = person(name, licensed, roles);
        let id = account.id;
        self.tenant(|tenant| tenant.add(account)).unwrap();
        id
    }

    pub(super) fn license(&self, account: Uuid, on: bool) {
        let sku = [sku(PROFESSIONAL).unwrap()];
        let (add, remove): (&[_], &[_]) = if on { (&sku, &[]) } else { (&[], &sku) };
        self.tenant(|tenant| tenant.assign_licenses(account, add, remove)).unwrap();
    }

    fn block(&self, account: Uuid, blocked: bool) {
        self.tenant(|tenant| tenant.change(account, |account| account.account_enabled = !blocked)).unwrap();
    }

    /// The user of an account.
    #[track_caller]
    pub(super) fn of(&self, account: Uuid) -> Uuid {
        provisioning::user_of(&self.live.read(), account).expect("the account has a user")
    }

    pub(super) fn has_user(&self, account: Uuid) -> bool {
        provisioning::user_of(&self.live.read(), account).is_some()
    }

    fn is_administrator(&self, user: Uuid) -> bool {
        crate::rules::administrators::holds(&self.live.read(), user)
    }

    fn text(&self, user: Uuid, column: &str) -> Option<String> {
        self.value("systemuser", user, column).as_str().map(str::to_owned)
    }

    fn number(&self, user: Uuid, column: &str) -> i32 {
        self.value("systemuser", user, column).as_int().unwrap_or(0)
    }
}

pub(super) fn person(name: &str, licensed: bool, roles: &[AdminRole]) -> Account {
    let id = Uuid::from_u128(0xd2 << 64 | u128::from(crate::model::collation::hash(name)));
    Account {
        given_name: Some(name.to_owned()),
        surname: Some("Person".to_owned()),
        mail: Some(format!("{name}@contoso.com")),
        licenses: if licensed { vec![PROFESSIONAL.to_owned()] } else { Vec::new() },
        admin_roles: roles.to_vec(),
        ..Account::new(id, format!("{name}@contoso.onmicrosoft.com"))
    }
}

pub(super) fn guards() -> Group {
    Group {
        id: GUARDS,
        display_name: "Guards".to_owned(),
        description: None,
        mail_nickname: None,
        mail_enabled: false,
        security_enabled: true,
    }
}

fn whats(applied: &[Applied]) -> Vec<What> {
    applied.iter().map(|applied| applied.what).collect()
}

fn rules_of(applied: &[Applied]) -> Vec<&'static str> {
    applied.iter().flat_map(|applied| applied.because.iter().map(|because| because.rule)).collect()
}

fn lagging() -> Organization {
    Organization::with(&[("sync_delay", "5m"), ("non_interactive_settle_delay", "24h")])
}

const NI: (&str, Value) = ("accessmode", Value::Int(4));

#[test]
fn d2_d3_a_licence_makes_a_user_and_an_account_alone_does_not() {
    let org = Organization::new();
    let ann = org.hire("ann", false, &[]);
    assert!(!org.has_user(ann));
    org.license(ann, true);
    let user = org.of(ann);
    assert_eq!(org.state(user), (0, false, true));
    assert_eq!(org.value("systemuser", user, "issyncwithdirectory"), true.into());
    assert_eq!(org.value("systemuser", user, "businessunitid"), org.to("businessunit", ROOT));
    assert_eq!(org.value("systemuser", user, "azureactivedirectoryobjectid"), ann.into());
    assert_eq!(org.roles_of(user), 0);
    assert!(org.exists("usersettings", user), "what comes with a user comes with this one");
    assert_eq!(org.text(user, "fullname").as_deref(), Some("ann Person"));
    assert_eq!(org.text(user, "internalemailaddress").as_deref(), Some("ann@contoso.com"));
    assert_eq!(org.text(user, "domainname"), org.text(user, "windowsliveid"));
}

#[test]
fn d4_d5_d16_administrators_of_the_tenant_are_system_administrators() {
    for era in ["crm2013", "dataverse"] {
        let org = Organization::with(&[("era", era)]);
        for role in [AdminRole::Global, AdminRole::Service] {
            let bare = org.hire(&format!("bare{role:?}"), false, &[role]);
            let user = org.of(bare);
            assert_eq!((org.state(user), org.facts(user).setup), ((1, false, false), true));
            assert!(org.is_administrator(user));
            org.license(bare, true);
            assert_eq!((org.state(user), org.facts(user).setup), ((0, false, true), false), "D6");
            org.license(bare, false);
            assert_eq!((org.state(user), org.facts(user).setup), ((1, false, false), true), "D7");
            let both = org.of(org.hire(&format!("both{role:?}"), true, &[role]));
            assert_eq!((org.state(both), org.is_administrator(both)), ((0, false, true), true));
        }
        let billing = org.hire("billing", false, &[AdminRole::Billing, AdminRole::PowerPlatform]);
        assert!(!org.has_user(billing), "D2");
        let ann = org.hire("ann", true, &[]);
        org.patch(org.of(ann), &[("isdisabled", true.into())]).unwrap();
        org.tenant(|tenant| tenant.grant_role(ann, AdminRole::Global)).unwrap();
        assert_eq!((org.state(org.of(ann)), org.is_administrator(org.of(ann))), ((0, false, true), true));
        org.refuses("0x80041D65", "U94", || org.patch(org.of(ann), &[("isdisabled", true.into())]));
        let role = org.role("System Administrator", ROOT);
        org.refuses("0x80041D64", "D14", || org.take(org.of(ann), role));
    }
}

#[test]
fn d13_an_administrator_role_that_goes() {
    let org = Organization::new();
    let (licensed, bare) =
        (org.hire("ann", true, &[AdminRole::Global]), org.hire("bob", false, &[AdminRole::Service]));
    for account in [licensed, bare] {
        let role = if account == bare { AdminRole::Service } else { AdminRole::Global };
        org.tenant(|tenant| tenant.revoke_role(account, role)).unwrap();
        assert!(org.is_administrator(org.of(account)), "the role in CRM stays");
    }
    assert_eq!(org.state(org.of(licensed)), (0, false, true));
    assert_eq!(org.state(org.of(bare)), (1, true, false));
    org.refuses("0x8004D24C", "U38", || org.patch(org.of(bare), &[("isdisabled", false.into())]));
    org.license(bare, true);
    assert_eq!(org.state(org.of(bare)), (0, false, true));
}

#[test]
fn d7_a15_without_its_licence_a_user_is_disabled_and_cannot_be_enabled() {
    let org = Organization::new();
    let ann = org.hire("ann", true, &[]);
    let user = org.of(ann);
    org.license(ann, false);
    assert_eq!((org.state(user), org.seats().consumed), ((0, true, false), 1));
    org.refuses("0x8004D24C", "U38", || org.patch(user, &[("isdisabled", false.into())]));
    org.license(ann, true);
    assert_eq!(org.state(user), (0, false, true));
    org.patch(user, &[("accessmode", 1.into())]).unwrap();
    org.license(ann, false);
    org.license(ann, true);
    assert_eq!(org.state(user), (1, false, true), "Administrative by choice, not by the race");
}

#[test]
fn d10_changes_are_seen_after_the_delay_in_their_order() {
    let org = lagging();
    let ann = org.hire("ann", true, &[]);
    assert!(!org.has_user(ann), "D24");
    assert_eq!(org.minutes(4), []);
    org.license(ann, false);
    let applied = org.minutes(1);
    assert_eq!(whats(&applied), [What::Added, What::LicenseAdded]);
    assert_eq!(rules_of(&applied), ["D3"]);
    assert_eq!(org.state(org.of(ann)), (0, false, true), "D23: the removed licence is not seen yet");
    assert_eq!(whats(&org.minutes(4)), [What::LicenseRemoved]);
    assert_eq!(org.state(org.of(ann)), (0, true, false));
    let modified = org.value("systemuser", org.of(ann), "modifiedon");
    assert_eq!(modified, Value::DateTime(org.live.read().now().as_second()));
}

#[test]
fn d10_what_is_learned_late_happened_when_it_was_due() {
    let org = lagging();
    let ann = org.hire("ann", true, &[]);
    let due = org.live.read().now().as_second() + 300;
    org.pass(SignedDuration::from_hours(100));
    org.catch_up();
    assert_eq!(org.value("systemuser", org.of(ann), "createdon"), Value::DateTime(due));
}

#[test]
fn d11_asking_makes_it_seen_at_once() {
    let org = lagging();
    let (ann, bob) = (org.hire("ann", true, &[]), org.hire("bob", true, &[]));
    assert_eq!(org.sync(Some(ann)).len(), 2);
    assert!(org.has_user(ann) && !org.has_user(bob));
    assert_eq!(org.sync(None).len(), 2);
    assert!(org.has_user(bob));
    assert_eq!(org.sync(None), []);
}

/// Steps 1 to 3 of the seed: an account with a licence, a role in CRM, non-interactive.
fn integration(org: &Organization, roles: &[AdminRole]) -> (Uuid, Uuid) {
    let account = org.hire("integration", true, roles);
    org.minutes(5);
    let user = org.of(account);
    if roles.is_empty() {
        org.give(user, org.role("System Administrator", ROOT)).unwrap();
    }
    let notes = org.patch(user, &[NI]).unwrap();
    assert!(notes.iter().any(|note| note.rule.0 == "D20"), "{notes:?}");
    (account, user)
}

#[test]
fn a12_a16_d21_the_patient_get_a_non_interactive_user_and_the_licence_back() {
    let org = lagging();
    let (account, user) = integration(&org, &[]);
    assert_eq!((org.state(user), org.seats().consumed), ((4, false, true), 2), "A16: the licence is kept");
    org.minutes(24 * 60);
    org.license(account, false);
    assert_eq!(org.seats().consumed, 1, "free in the directory at once");
    assert_eq!(org.state(user), (4, false, true), "D23");
    assert_eq!(rules_of(&org.minutes(5)), ["D21"]);
    assert_eq!(org.state(user), (4, false, false));
    assert_eq!((org.seats().consumed, org.slots().used), (1, 1));
}

#[test]
fn a13_d20_d22_d23_the_hasty_get_an_administrative_and_disabled_user() {
    let org = lagging();
    let (account, user) = integration(&org, &[]);
    org.license(account, false);
    org.minutes(4);
    assert_eq!(org.state(user), (4, false, true), "D23: too early to tell");
    assert_eq!(rules_of(&org.minutes(1)), ["D20"]);
    assert_eq!(org.state(user), (1, true, false));
    assert_eq!((org.slots().used, org.facts(user).setup), (0, false));
    org.refuses("0x80041D66", "U29c", || org.patch(user, &[NI]));
    // D22: back to the licence, and once more with patience.
    org.license(account, true);
    org.minutes(5);
    assert_eq!(org.state(user), (0, false, true));
    org.patch(user, &[NI]).unwrap();
    org.minutes(24 * 60);
    org.license(account, false);
    org.minutes(5);
    assert_eq!(org.state(user), (4, false, false));
}

#[test]
fn d20_the_race_can_be_switched_off_and_is_judged_when_crm_learns() {
    let org = Organization::new();
    let account = org.hire("fast", true, &[]);
    org.patch(org.of(account), &[NI]).unwrap();
    org.license(account, false);
    assert_eq!(org.state(org.of(account)), (4, false, false));
    let org = lagging();
    let (account, user) = integration(&org, &[]);
    org.minutes(24 * 60 - 5);
    org.license(account, false);
    org.minutes(5);
    assert_eq!(org.state(user), (4, false, false), "settled just when the change was learned of");
}

#[test]
fn a14_an_administrator_role_spoils_it_whatever_the_delay() {
    let org = lagging();
    let (account, user) = integration(&org, &[AdminRole::Global]);
    org.minutes(48 * 60);
    assert_eq!(org.state(user), (4, false, true));
    org.license(account, false);
    org.minutes(5);
    assert_eq!((org.state(user), org.facts(user).setup), ((1, false, false), true));
    assert!(org.is_administrator(user));
}

#[test]
fn d24_before_the_first_synchronisation_there_is_no_user_to_give_a_role() {
    let org = lagging();
    let account = org.hire("integration", true, &[]);
    assert!(!org.has_user(account));
    let name = "integration@contoso.onmicrosoft.com";
    assert_eq!(crate::identity::user_named(&org.live.read(), name), None);
    org.minutes(5);
    assert_eq!(crate::identity::user_named(&org.live.read(), name), Some(org.of(account)));
}

#[test]
fn d8_blocked_accounts_have_disabled_users_whatever_their_mode() {
    let org = Organization::new();
    let (rw, ni) = (org.hire("rw", true, &[]), org.hire("ni", true, &[]));
    let admin = org.hire("admin2", false, &[AdminRole::Global]);
    org.patch(org.of(ni), &[NI]).unwrap();
    for account in [rw, ni, admin] {
        let (user, before) = (org.of(account), org.state(org.of(account)));
        org.block(account, true);
        assert_eq!(org.state(user), (before.0, true, before.2));
        let rule = if account == ni { "U34a" } else { "U36" };
        if account != admin {
            org.refuses("0x8004D24C", rule, || org.patch(user, &[("isdisabled", false.into())]));
        }
        org.block(account, false);
        assert_eq!(org.state(user), before);
    }
    assert_eq!(org.seats().consumed, 3, "blocking frees no licence");
    // Somebody else takes the last slot meanwhile.
    org.block(ni, true);
    org.set("non_interactive_limit", "0");
    org.block(ni, false);
    assert_eq!(org.state(org.of(ni)), (4, true, true));
}

#[test]
fn d8_the_security_group_keeps_out_all_but_global_and_power_platform_administrators() {
    let org = Organization::new();
    let accounts = [
        ("in", AdminRole::Billing),
        ("out", AdminRole::Billing),
        ("global", AdminRole::Global),
        ("platform", AdminRole::PowerPlatform),
        ("service", AdminRole::Service),
    ]
    .map(|(name, role)| org.hire(name, true, &[role]));
    org.tenant(|tenant| {
        tenant.put_group(guards());
        tenant.add_member(GUARDS, accounts[0])
    })
    .unwrap();
    let disabled = |org: &Organization| accounts.map(|account| org.state(org.of(account)).1);
    org.guard_by(Some(GUARDS));
    assert_eq!(disabled(&org), [false, true, false, false, true]);
    assert_eq!(org.seats().consumed, 6, "nor does that free a licence");
    org.refuses("0x8004D24C", "U36", || org.patch(org.of(accounts[1]), &[("isdisabled", false.into())]));
    org.tenant(|tenant| tenant.add_member(GUARDS, accounts[1])).unwrap();
    org.tenant(|tenant| tenant.remove_member(GUARDS, accounts[0])).unwrap();
    org.tenant(|tenant| tenant.revoke_role(accounts[3], AdminRole::PowerPlatform)).unwrap();
    org.tenant(|tenant| tenant.grant_role(accounts[4], AdminRole::Global)).unwrap();
    assert_eq!(disabled(&org), [true, false, false, true, false]);
    // Another group is nothing to it: what somebody did in CRM stays (D12).
    org.patch(org.of(accounts[1]), &[("isdisabled", true.into())]).unwrap();
    org.tenant(|tenant| {
        tenant.put_group(Group { id: Uuid::from_u128(0x6b), ..guards() });
        tenant.add_member(Uuid::from_u128(0x6b), accounts[1])
    })
    .unwrap();
    assert!(org.state(org.of(accounts[1])).1);
    org.guard_by(None);
    assert_eq!(disabled(&org), [false, true, false, false, false], "whom nothing let in stays as it was");
}

#[test]
fn d8_another_guard_is_learned_of_after_the_delay() {
    let org = lagging();
    let ann = org.hire("ann", true, &[]);
    org.minutes(5);
    org.guard_by(Some(GUARDS));
    assert!(!org.state(org.of(ann)).1);
    assert_eq!(whats(&org.minutes(5)), [What::GroupsChanged]);
    assert!(org.state(org.of(ann)).1);
}

#[test]
fn d9_deleted_restored_and_gone() {
    let org = Organization::new();
    let ann = org.hire("ann", true, &[]);
    let user = org.of(ann);
    org.tenant(|tenant| tenant.delete(ann)).unwrap();
    assert_eq!((org.state(user), org.number(user, "azurestate")), ((0, true, false), 1));
    assert_eq!(
        org.value("systemuser", user, "azuredeletedon"),
        Value::DateTime(org.live.read().now().as_second())
    );
    assert_eq!(org.seats().consumed, 1);
    org.refuses("0x8004D24C", "U39c", || org.patch(user, &[("isdisabled", false.into())]));
    org.minutes(29 * 24 * 60);
    org.tenant(|tenant| tenant.restore(ann)).unwrap();
    assert_eq!((org.state(user), org.number(user, "azurestate")), ((0, false, true), 0));
    assert!(org.value("systemuser", user, "azuredeletedon").is_null());
    org.tenant(|tenant| tenant.delete(ann)).unwrap();
    org.minutes(30 * 24 * 60);
    assert_eq!((org.state(user), org.number(user, "azurestate")), ((0, true, false), 2));
    assert_eq!(org.tenant(|tenant| tenant.restore(ann)), Err(TenantError::NotFound(ann)));
    // The same person comes back as another account.
    let again = Account { id: Uuid::from_u128(0xa9), ..person("ann", true, &[]) };
    org.tenant(|tenant| tenant.add(again)).unwrap();
    assert_eq!(org.of(Uuid::from_u128(0xa9)), user);
    assert_eq!((org.state(user), org.number(user, "azurestate")), ((0, false, true), 0));
}

#[test]
fn d9_an_account_deleted_at_once_for_good_and_one_restored_without_a_licence() {
    let org = Organization::new();
    let (ann, bob) = (org.hire("ann", true, &[]), org.hire("bob", true, &[]));
    org.tenant(|tenant| {
        tenant.delete(ann)?;
        tenant.purge(ann)
    })
    .unwrap();
    assert_eq!(org.number(org.of(ann), "azurestate"), 2);
    org.tenant(|tenant| tenant.delete(bob)).unwrap();
    org.use_up_seats();
    org.tenant(|tenant| tenant.restore(bob)).unwrap();
    assert_eq!((org.state(org.of(bob)), org.number(org.of(bob), "azurestate")), ((0, true, false), 0));
}

#[test]
fn d12_changes_act_and_nothing_else_does() {
    for (era, signing_in_enables) in [("crm2013", false), ("dataverse", true)] {
        let org = Organization::with(&[("era", era)]);
        let ann = org.hire("ann", true, &[]);
        let user = org.of(ann);
        org.patch(user, &[("isdisabled", true.into())]).unwrap();
        org.sync(None);
        org.tenant(|tenant| tenant.change(ann, |account| account.given_name = Some("Anna".into()))).unwrap();
        assert!(org.state(user).1, "a new name is nothing to it");
        org.service.write(&org.live, |session| provisioning::just_in_time(session, ann)).unwrap();
        assert_eq!(org.state(user).1, !signing_in_enables, "{era}");
        org.license(ann, false);
        org.license(ann, true);
        assert!(!org.state(user).1);
    }
}

#[test]
fn the_profile_follows_but_for_the_mail_address() {
    let org = Organization::new();
    let ann = org.hire("ann", true, &[]);
    let user = org.of(ann);
    org.tenant(|tenant| {
        tenant.change(ann, |account| {
            account.user_principal_name = "anna@contoso.onmicrosoft.com".into();
            account.given_name = None;
            account.surname = None;
            account.display_name = Some("Anna of Sales".into());
            account.mail = Some("anna@contoso.com".into());
            let profile = &mut account.profile;
            profile.job_title = Some("x".repeat(200));
            profile.business_phones = vec!["1".into(), "2".into()];
            profile.mobile_phone = Some("3".into());
            profile.fax_number = Some("4".into());
            profile.street_address = Some("Main Street 5".into());
            profile.city = Some("Town".into());
            profile.state = Some("WA".into());
            profile.postal_code = Some("98052".into());
            profile.country = Some("USA".into());
        })
    })
    .unwrap();
    for (column, value) in [
        ("domainname", "anna@contoso.onmicrosoft.com"),
        ("windowsliveid", "anna@contoso.onmicrosoft.com"),
        ("firstname", "#"),
        ("lastname", "Anna of Sales"),
        ("fullname", "# Anna of Sales"),
        ("internalemailaddress", "ann@contoso.com"),
        ("title", &"x".repeat(128)),
        ("address1_telephone1", "1"),
        ("mobilephone", "3"),
        ("address1_fax", "4"),
        ("address1_line1", "Main Street 5"),
        ("address1_city", "Town"),
        ("address1_stateorprovince", "WA"),
        ("address1_postalcode", "98052"),
        ("address1_country", "USA"),
    ] {
        assert_eq!(org.text(user, column).as_deref(), Some(value), "{column}");
    }
    org.tenant(|tenant| tenant.change(ann, |account| account.profile.city = None)).unwrap();
    assert_eq!(org.text(user, "address1_city"), None);
}

#[test]
fn a_name_that_another_user_has_holds_up_nobody() {
    let org = Organization::new();
    let name = "taken@contoso.onmicrosoft.com";
    let other = org.user("taken", &[("domainname", name.into())]).unwrap();
    let (taken, ann) = (org.hire("taken", true, &[]), org.hire("ann", true, &[]));
    assert!(!org.has_user(taken) && org.has_user(ann));
    // CRM keeps the old name of a user, and takes everything else.
    org.tenant(|tenant| {
        tenant.change(taken, |account| account.user_principal_name = "free@contoso.com".into())
    })
    .unwrap();
    assert!(org.has_user(taken), "the next change of the account made its user");
    org.tenant(|tenant| {
        tenant.change(ann, |account| {
            account.user_principal_name = name.into();
            account.surname = Some("New".into());
        })
    })
    .unwrap();
    assert_eq!(org.text(org.of(ann), "domainname").as_deref(), Some("ann@contoso.onmicrosoft.com"));
    assert_eq!(org.text(org.of(ann), "lastname").as_deref(), Some("New"));
    assert_eq!(org.text(other, "domainname").as_deref(), Some(name));
}

#[test]
fn u14_a18_a_create_reads_the_account_as_it_is() {
    let org = lagging();
    org.refuses("0x80041D4B", "U14", || org.synchronised("nobody", &[]));
    org.refuses("0x80041D4D", "U40", || org.synchronised("ann", &[("islicensed", true.into())]));
    let ann = org.tenant(|tenant| {
        let account = person("ann", true, &[AdminRole::Global]);
        let id = account.id;
        tenant.add(account).map(|()| id)
    });
    let ann = ann.unwrap();
    let user = org.synchronised("ann", &[]).unwrap();
    assert_eq!((org.of(ann), org.state(user), org.is_administrator(user)), (user, (0, false, true), true));
    assert_eq!(org.minutes(5), [], "there was nothing left to learn");
}

#[test]
fn l10_without_a_licence_the_tenant_refuses_and_nothing_reaches_crm() {
    let org = Organization::new();
    org.use_up_seats();
    let refused = org.tenant(|tenant| tenant.add(person("ann", true, &[])));
    assert!(matches!(refused, Err(TenantError::NoLicenseLeft(_))), "{refused:?}");
    assert_eq!(org.live.read().directory().waiting().count(), 0);
}

#[test]
fn i5_the_directory_may_shut_out_the_last_administrator_who_keeps_the_role() {
    let org = Organization::new();
    let ann = org.hire("ann", true, &[AdminRole::Global]);
    org.patch_as(org.of(ann), "systemuser", ADMIN, &[("isdisabled", true.into())]).unwrap();
    org.block(ann, true);
    assert_eq!(org.verify(), Vec::<String>::new());
    let role = org.role("System Administrator", ROOT);
    org.refuses("0x80041D30", "I5", || org.take(ADMIN, role));
    org.block(ann, false);
    assert!(!org.state(org.of(ann)).1);
}

#[test]
fn ledger_and_explanation_tell_what_waits() {
    let org = lagging();
    let ann = org.hire("ann", true, &[]);
    org.minutes(5);
    org.license(ann, false);
    let (world, user) = (org.live.read(), org.of(ann));
    let ledger = crate::rules::ledger(&world);
    let line = ledger.users.iter().find(|line| line.systemuserid == user).unwrap();
    assert_eq!(
        line.waiting,
        [
            "ann@contoso.onmicrosoft.com lost its licence in the directory at 2013-06-01T08:05:00Z; CRM learns of it at 2013-06-01T08:10:00Z."
        ]
    );
    assert!(line.islicensed && line.rules.contains(&"D10"), "{line:?}");
    let caller = crate::identity::Caller::user(ADMIN);
    let explained = crate::rules::explain(&world, org.service.registry(), caller, user).unwrap();
    let is_told =
        |reason: &crate::rules::explain::Reason| reason.rule == "D10" && reason.fact == line.waiting[0];
    assert!(explained.because.iter().any(is_told), "{explained:?}");
    org.minutes(5);
    assert!(crate::rules::ledger(&org.live.read()).users.iter().all(|line| line.waiting.is_empty()));
}

#[test]
fn with_a_manual_clock_one_step_is_as_good_as_many() {
    let story = |steps: i64| {
        let org = lagging();
        org.set("crm_managed_users", "off");
        let ann = org.hire("ann", true, &[]);
        org.hire("bob", false, &[AdminRole::Service]);
        org.tenant(|tenant| tenant.delete(ann)).unwrap();
        org.tenant(|tenant| tenant.add(Account { id: Uuid::from_u128(1), ..person("ann", true, &[]) }))
            .unwrap();
        for _ in 0..steps {
            org.minutes(40 * 24 * 60 / steps);
        }
        assert_eq!(org.live.read().directory().next_due(), None);
        document(&org)
    };
    let once = story(1);
    for steps in [2, 30, 40 * 24] {
        assert!(story(steps) == once, "{steps} steps");
    }
}

#[cfg(test)] // all of it; said once more for the test of the architecture
use crate::scenario;

pub(super) fn document(org: &Organization) -> String {
    String::from_utf8(scenario::export(&org.live.read())).unwrap()
}

#[test]
fn a_clock_that_is_set_back_waits_again() {
    let org = lagging();
    let ann = org.hire("ann", true, &[]);
    let done: Result<(), ()> = org.live.write(|tx| {
        tx.set_clock(Clock::Manual { now: "2013-05-01T08:00:00Z".parse().unwrap() });
        Ok(())
    });
    done.unwrap();
    org.minutes(5);
    assert!(!org.has_user(ann));
    org.minutes(32 * 24 * 60);
    assert_eq!(Facts::of(&org.live.read(), org.of(ann)).unwrap().object_id, Some(ann));
}
