//! Whatever happens in the tenant and in CRM at once, what should hold holds at every moment, and the outcome does not
//! depend on who looked when.

use jiff::SignedDuration;
use proptest::prelude::*;
use uuid::Uuid;

use super::provisioning::{GUARDS, document, guards, person};
use super::support::Organization;
use crate::directory::AdminRole;
use crate::directory::sku::{PROFESSIONAL, sku};
use crate::rules::provisioning::{self, TenantError};
use crate::rules::sign_in;

const NAMES: &[&str] = &["ann", "bob", "cy", "dee"];
const ROLES: &[AdminRole] = &[AdminRole::Global, AdminRole::Service, AdminRole::PowerPlatform];

/// One thing that happens.
#[derive(Debug, Clone)]
enum Step {
    Tenant { who: usize, what: InTenant },
    Crm { who: usize, what: InCrm },
    Pass { minutes: i64 },
}

#[derive(Debug, Clone)]
enum InTenant {
    Add { licensed: bool, role: Option<usize> },
    License(bool),
    Role(usize, bool),
    Blocked(bool),
    Member(bool),
    Rename(usize),
    Delete,
    Restore,
    Purge,
}

#[derive(Debug, Clone)]
enum InCrm {
    Mode(i32),
    Disabled(bool),
    Create,
    SignIn,
    Sync,
    Guard(bool),
    Setting(&'static str, &'static str),
}

fn step() -> impl Strategy<Value = Step> {
    let tenant = prop_oneof![
        6 => (any::<bool>(), prop::option::weighted(0.3, 0..ROLES.len()))
            .prop_map(|(licensed, role)| InTenant::Add { licensed, role }),
        6 => any::<bool>().prop_map(InTenant::License),
        3 => (0..ROLES.len(), any::<bool>()).prop_map(|(role, on)| InTenant::Role(role, on)),
        2 => any::<bool>().prop_map(InTenant::Blocked),
        2 => any::<bool>().prop_map(InTenant::Member),
        1 => (0..NAMES.len()).prop_map(InTenant::Rename),
        2 => Just(InTenant::Delete),
        2 => Just(InTenant::Restore),
        1 => Just(InTenant::Purge),
    ];
    let setting = prop_oneof![
        Just(("sync_delay", "0s")),
        Just(("sync_delay", "5m")),
        Just(("sync_delay", "2h")),
        Just(("non_interactive_settle_delay", "0s")),
        Just(("non_interactive_settle_delay", "24h")),
        Just(("non_interactive_limit", "1")),
        Just(("licenses", "3")),
        Just(("era", "dataverse")),
        Just(("era", "crm2013")),
    ];
    let crm = prop_oneof![
        6 => prop_oneof![3 => Just(4), 1 => Just(0), 1 => Just(1), 1 => Just(2)].prop_map(InCrm::Mode),
        3 => any::<bool>().prop_map(InCrm::Disabled),
        1 => Just(InCrm::Create),
        1 => Just(InCrm::SignIn),
        1 => Just(InCrm::Sync),
        1 => any::<bool>().prop_map(InCrm::Guard),
        2 => setting.prop_map(|(key, value)| InCrm::Setting(key, value)),
    ];
    let minutes = prop_oneof![4 => 1..6_i64, 2 => 60..200_i64, 2 => Just(1_440_i64), 1 => Just(44_000_i64)];
    prop_oneof![
        5 => (0..NAMES.len(), tenant).prop_map(|(who, what)| Step::Tenant { who, what }),
        4 => (0..NAMES.len(), crm).prop_map(|(who, what)| Step::Crm { who, what }),
        3 => minutes.prop_map(|minutes| Step::Pass { minutes }),
    ]
}

/// Does something in the tenant; nobody looks.
fn in_tenant(org: &Organization, who: usize, what: &InTenant) -> Result<(), TenantError> {
    let account = person(NAMES[who], false, &[]);
    let id = account.id;
    org.tenant_unseen(|tenant| match *what {
        InTenant::Add { licensed, role } => {
            let roles: Vec<_> = role.map(|role| ROLES[role]).into_iter().collect();
            if tenant.directory().account(id).is_some() || tenant.directory().deleted(id).is_some() {
                return Err(TenantError::AlreadyThere);
            }
            tenant.add(person(NAMES[who], licensed, &roles))
        }
        InTenant::License(on) => {
            let sku = [sku(PROFESSIONAL).unwrap()];
            let (add, remove): (&[_], &[_]) = if on { (&sku, &[]) } else { (&[], &sku) };
            tenant.assign_licenses(id, add, remove)
        }
        InTenant::Role(role, true) => tenant.grant_role(id, ROLES[role]),
        InTenant::Role(role, false) => tenant.revoke_role(id, ROLES[role]),
        InTenant::Blocked(blocked) => tenant.change(id, |account| account.account_enabled = !blocked),
        InTenant::Member(true) => tenant.add_member(GUARDS, id),
        InTenant::Member(false) => tenant.remove_member(GUARDS, id),
        InTenant::Rename(to) => tenant.change(id, |account| {
            account.user_principal_name = format!("{}.new@contoso.onmicrosoft.com", NAMES[to]);
        }),
        InTenant::Delete => tenant.delete(id),
        InTenant::Restore => tenant.restore(id),
        InTenant::Purge => tenant.purge(id),
    })
}

/// Does something in CRM, which looks first.
fn in_crm(org: &Organization, who: usize, what: &InCrm) {
    org.catch_up();
    let account = person(NAMES[who], false, &[]).id;
    let user = provisioning::user_of(&org.live.read(), account);
    match *what {
        InCrm::Mode(mode) => drop(user.map(|user| org.patch(user, &[("accessmode", mode.into())]))),
        InCrm::Disabled(to) => drop(user.map(|user| org.patch(user, &[("isdisabled", to.into())]))),
        InCrm::Create => drop(org.synchronised(NAMES[who], &[])),
        InCrm::SignIn => {
            org.sync(Some(account));
            drop(org.service.write(&org.live, |session| provisioning::just_in_time(session, account)));
            drop(sign_in::sign_in(&org.live.read(), &format!("{}@contoso.onmicrosoft.com", NAMES[who])));
        }
        InCrm::Sync => drop(org.sync(None)),
        InCrm::Guard(on) => org.guard_by(on.then_some(GUARDS)),
        InCrm::Setting(key, value) => org.set(key, value),
    }
}

fn start() -> Organization {
    let org = Organization::with(&[
        ("sync_delay", "5m"),
        ("non_interactive_settle_delay", "24h"),
        ("licenses", "4"),
        ("non_interactive_limit", "2"),
    ]);
    org.tenant(|tenant| {
        tenant.put_group(guards());
        Ok(())
    })
    .unwrap();
    org
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_in_the_tenant_the_rules_hold_and_the_outcome_is_one(
        steps in prop::collection::vec(step(), 1..50),
    ) {
        let (watched, left_alone) = (start(), start());
        for (at, step) in steps.iter().enumerate() {
            for org in [&watched, &left_alone] {
                match *step {
                    Step::Tenant { who, ref what } => drop(in_tenant(org, who, what)),
                    Step::Crm { who, ref what } => {
                        let before = org.slots().used;
                        in_crm(org, who, what);
                        let slots = org.slots();
                        prop_assert!(
                            slots.used <= slots.limit.max(before) || matches!(what, InCrm::Setting(..)),
                            "I2 after {} {:?}", at, step
                        );
                    }
                    Step::Pass { minutes } => org.pass(SignedDuration::from_mins(minutes)),
                }
            }
            watched.catch_up();
            prop_assert_eq!(watched.verify(), Vec::<String>::new(), "after {} {:?}", at, step);
        }
        for org in [&watched, &left_alone] {
            org.pass(SignedDuration::from_hours(31 * 24));
            org.catch_up();
            org.pass(SignedDuration::from_hours(3));
            org.catch_up();
            prop_assert_eq!(org.verify(), Vec::<String>::new());
            let world = org.live.read();
            prop_assert_eq!(world.directory().waiting().count(), 0, "nothing waits for ever");
            for name in NAMES {
                let id = person(name, false, &[]).id;
                let account = world.directory().account(id);
                let is_entitled = account.is_some_and(crate::directory::Account::is_entitled);
                let user: Option<Uuid> = provisioning::user_of(&world, id);
                let is_taken = account.is_some_and(|account| {
                    crate::identity::user_named(&world, &account.user_principal_name).is_some()
                });
                prop_assert!(!is_entitled || user.is_some() || is_taken, "{} has a user", name);
            }
        }
        prop_assert!(document(&watched) == document(&left_alone), "who looked when makes no difference");
    }
}
