//! Changing users: U26 to U46, U90 to U97, R31, R32.

use uuid::Uuid;

use super::support::{ADMIN, DELEGATED, INTEGRATION, Organization, ROOT, SUPPORT, SYSTEM, rules_of};
use crate::directory::AdminRole;
use crate::identity::Caller;
use crate::model::Value;
use crate::service::Origin;

fn mode(to: i32) -> [(&'static str, Value); 1] {
    [("accessmode", to.into())]
}

fn enable() -> [(&'static str, Value); 1] {
    [("isdisabled", false.into())]
}

fn disable() -> [(&'static str, Value); 1] {
    [("isdisabled", true.into())]
}

/// A second administrator, so that the first is not the last.
fn second_administrator(org: &Organization) -> Uuid {
    let user = org.user("second", &[]).unwrap();
    org.give(user, org.role("System Administrator", ROOT)).unwrap();
    user
}

#[test]
fn u26_all_or_nothing_and_isdisabled_last() {
    let org = Organization::new();
    let user = org.user("x", &[]).unwrap();
    // Becoming non-interactive comes before being disabled: a slot is looked for, then given back.
    org.patch(user, &[("accessmode", 4.into()), ("isdisabled", true.into())]).unwrap();
    assert_eq!((org.state(user), org.slots().used, org.seats().consumed), ((4, true, false), 0, 1));
    let other = org.user("y", &[]).unwrap();
    org.use_up_slots();
    let both = [("accessmode", 4.into()), ("isdisabled", true.into())];
    org.refuses("0x8004B050", "U29a", || org.patch(other, &both));
    org.refuses("0x80041D4C", "U41", || {
        org.patch(other, &[("firstname", "New".into()), ("islicensed", false.into())])
    });
    assert_eq!(org.value("systemuser", other, "firstname").as_str(), Some("y"));
}

#[test]
fn u27_reading_only() {
    let org = Organization::new();
    let user = org.user("x", &[]).unwrap();
    org.patch(user, &mode(2)).unwrap();
    assert_eq!((org.state(user), org.seats().consumed), ((2, false, true), 2));
    org.refuses("0x80041D39", "U27a", || org.patch(ADMIN, &mode(2)));
    org.refuses("0x80041D38", "U27b", || org.patch_as(SYSTEM, "systemuser", ADMIN, &mode(2)));
    org.set("read_mode", "refused");
    let other = org.user("y", &[]).unwrap();
    org.refuses("0x80041D40", "U27", || org.patch(other, &mode(2)));
    org.patch(user, &mode(2)).unwrap(); // the mode it has: no change
}

#[test]
fn u27b_another_administrator_who_only_reads_does_not_count() {
    let org = Organization::new();
    let second = second_administrator(&org);
    org.patch(second, &mode(2)).unwrap();
    org.refuses("0x80041D38", "U27b", || org.patch_as(SYSTEM, "systemuser", ADMIN, &mode(2)));
}

#[test]
fn u28_built_in_users_stay_as_they_are_and_nobody_joins_them() {
    let org = Organization::new();
    let user = org.user("x", &[]).unwrap();
    org.refuses("0x80041D41", "U28", || org.patch(user, &mode(3)));
    org.refuses("0x80041D67", "U28", || org.patch(user, &mode(5)));
    let table = [
        (SUPPORT, "0x80041D41", "U28a", "U90"),
        (DELEGATED, "0x80041D67", "U28a", "U91"),
        (SYSTEM, "0x80041D33", "U28b", "U92"),
        (INTEGRATION, "0x80041D33", "U28b", "U92"),
    ];
    for (built_in, code, rule, disabling) in table {
        org.refuses(code, rule, || org.patch(built_in, &mode(0)));
        org.refuses(code, rule, || org.patch(built_in, &[("title", "Boss".into())]));
        org.refuses(code, disabling, || org.patch(built_in, &disable()));
    }
}

#[test]
fn u28c_an_application_users_identity_stays() {
    let org = Organization::new();
    let user = org.create("systemuser", &[("applicationid", Uuid::from_u128(1).into())]).unwrap();
    for (column, value) in [
        ("accessmode", Value::Int(0)),
        ("applicationid", Uuid::from_u128(2).into()),
        ("domainname", "other@contoso.com".into()),
        ("issyncwithdirectory", true.into()),
        ("azureactivedirectoryobjectid", Uuid::from_u128(3).into()),
    ] {
        org.refuses("0x80041D48", "U28c", || org.patch(user, &[(column, value.clone())]));
    }
    org.patch(user, &[("internalemailaddress", "app@contoso.com".into()), ("lastname", "App".into())])
        .unwrap();
    org.patch(user, &disable()).unwrap();
    org.patch(user, &enable()).unwrap();
}

#[test]
fn u28c_a_person_does_not_become_an_application() {
    let org = Organization::new();
    let user = org.user("x", &mode(4)).unwrap();
    org.patch(user, &[("applicationid", Uuid::from_u128(2).into())]).unwrap();
    assert!(!org.facts(user).application);
    assert_eq!(org.slots().used, 1);
}

#[test]
fn u29_becoming_non_interactive_frees_the_seat_and_takes_a_slot() {
    for from in [0, 1, 2] {
        let org = Organization::new();
        let user = org.user("x", &mode(from)).unwrap();
        let notes = org.patch(user, &mode(4)).unwrap();
        assert_eq!((org.state(user), org.seats().consumed, org.slots().used), ((4, false, false), 1, 1));
        assert_eq!(rules_of(&notes), if from == 1 { vec![] } else { vec!["L2"] });
        let since = org.value("systemuser", user, "emulator_noninteractivesince");
        assert_eq!(since, Value::DateTime(org.live.read().now().as_second()));
    }
}

#[test]
fn u29_a_directory_user_keeps_its_licence_until_the_directory_takes_it() {
    let org = Organization::new();
    org.account("ann", true, &[]);
    let ann = org.synchronised("ann", &[]).unwrap();
    let notes = org.patch(ann, &mode(4)).unwrap();
    assert_eq!((org.state(ann), org.seats().consumed, org.slots().used), ((4, false, true), 2, 1));
    assert_eq!(rules_of(&notes), ["L3"]);
}

#[test]
fn d20_the_time_of_becoming_non_interactive_is_kept_whoever_changes_the_mode() {
    let org = Organization::new();
    org.account("ann", true, &[]);
    let ann = org.synchronised("ann", &mode(4)).unwrap();
    let since = || org.value("systemuser", ann, "emulator_noninteractivesince");
    let now = Value::DateTime(org.live.read().now().as_second());
    assert_eq!(since(), now);
    for (to, kept) in [(1, Value::Null), (4, now)] {
        let (table, change) = (org.table("systemuser"), org.record("systemuser", &mode(to)));
        let done = org.service.write(&org.live, |s| {
            let system = Caller::system(s.world());
            s.update_row(system, Origin::Directory, table, ann, change)
        });
        done.unwrap();
        assert_eq!(since(), kept);
    }
}

#[test]
fn u29a_u29b_a_slot_is_needed_by_the_enabled_only() {
    let org = Organization::new();
    let (on, off) = (org.user("on", &[]).unwrap(), org.user("off", &disable()).unwrap());
    org.use_up_slots();
    org.refuses("0x8004B050", "U29a", || org.patch(on, &mode(4)));
    org.patch(off, &mode(4)).unwrap();
    assert_eq!((org.state(off), org.slots().used), ((4, true, false), 5));
}

#[test]
fn u29c_an_unlicensed_directory_user_does_not_become_non_interactive() {
    let org = Organization::new();
    org.account("ann", false, &[]);
    let ann = org.synchronised("ann", &[]).unwrap();
    org.refuses("0x80041D66", "U29c", || org.patch(ann, &mode(4)));
    org.refuses("0x80041D66", "U31", || org.patch(ann, &mode(1)));
    org.patch(ann, &mode(2)).unwrap();
    assert_eq!(org.state(ann), (2, true, false));
}

#[test]
fn u30_leaving_disables_whatever_the_next_mode_and_the_licence() {
    for to in [0, 1, 2] {
        for synchronised in [false, true] {
            let org = Organization::new();
            org.account("ann", true, &[]);
            let user = if synchronised {
                org.synchronised("ann", &mode(4)).unwrap()
            } else {
                org.user("ann", &mode(4)).unwrap()
            };
            org.patch(user, &mode(to)).unwrap();
            assert_eq!((org.state(user), org.slots().used), ((to, true, synchronised), 0));
            assert!(org.value("systemuser", user, "emulator_noninteractivesince").is_null());
        }
    }
}

#[test]
fn u30_only_if_unlicensed_keeps_the_licensed_enabled() {
    let org = Organization::with(&[("non_interactive_leave_disables", "only_if_unlicensed")]);
    org.account("ann", true, &[]);
    let ann = org.synchronised("ann", &mode(4)).unwrap();
    let bob = org.user("bob", &mode(4)).unwrap();
    org.patch(ann, &mode(0)).unwrap();
    org.patch(bob, &mode(0)).unwrap();
    assert_eq!((org.state(ann), org.state(bob)), ((0, false, true), (0, true, false)));
}

#[test]
fn u30_the_last_administrator_does_not_leave() {
    let org = Organization::new();
    org.patch(ADMIN, &mode(4)).unwrap();
    org.refuses("0x80041D2F", "U30", || org.patch(ADMIN, &mode(0)));
    let second = second_administrator(&org);
    org.patch_as(second, "systemuser", ADMIN, &mode(0)).unwrap();
}

#[test]
fn u31_u32_administrative_and_back() {
    let org = Organization::new();
    let user = org.user("x", &[]).unwrap();
    assert_eq!(rules_of(&org.patch(user, &mode(1)).unwrap()), ["L4"]);
    assert_eq!((org.state(user), org.seats().consumed), ((1, false, false), 1));
    org.patch(user, &mode(0)).unwrap();
    assert_eq!((org.state(user), org.seats().consumed), ((0, false, true), 2));
    org.patch(user, &mode(1)).unwrap();
    org.use_up_seats();
    org.refuses("0x8004B049", "U32b", || org.patch(user, &mode(0)));
    org.patch(user, &disable()).unwrap();
    org.patch(user, &mode(0)).unwrap();
    assert_eq!(org.state(user), (0, true, false));

    org.account("ann", true, &[]);
    let ann = org.synchronised("ann", &[]).unwrap();
    for to in [1, 2, 1, 0] {
        org.patch(ann, &mode(to)).unwrap();
        assert_eq!((org.state(ann), org.facts(ann).setup), ((to, false, true), false));
    }
}

#[test]
fn u34a_u36_to_u38_enabling_in_the_directory() {
    let org = Organization::new();
    let id = org.account("ann", true, &[]);
    let ann = org.synchronised("ann", &[]).unwrap();
    org.patch(ann, &disable()).unwrap();
    assert_eq!((org.state(ann), org.seats().consumed), ((0, true, true), 2), "L3: the licence stays");
    org.patch(ann, &enable()).unwrap();
    org.patch(ann, &mode(4)).unwrap();
    org.patch(ann, &disable()).unwrap();
    let account = org.live.read().directory().account(id).unwrap().clone();
    org.put_account(crate::directory::Account { account_enabled: false, ..account.clone() });
    org.refuses("0x8004D24C", "U34a", || org.patch(ann, &enable()));
    org.put_account(account);
    org.patch(ann, &enable()).unwrap();

    org.account("bob", false, &[]);
    let bob = org.synchronised("bob", &[]).unwrap();
    org.refuses("0x8004D24C", "U38", || org.patch(bob, &enable()));
    org.account("bob", false, &[AdminRole::Global]);
    org.patch(bob, &enable()).unwrap();
    assert_eq!((org.state(bob), org.facts(bob).setup), ((1, false, false), true));
}

#[test]
fn u35_u39_enabling_outside_the_directory() {
    let org = Organization::new();
    let user = org.user("x", &[]).unwrap();
    let settings = org.user("y", &mode(1)).unwrap();
    let app = org.create("systemuser", &[("applicationid", Uuid::from_u128(1).into())]).unwrap();
    for id in [user, settings, app] {
        org.patch(id, &disable()).unwrap();
        org.patch(id, &disable()).unwrap();
    }
    org.use_up_seats();
    org.refuses("0x80042F14", "U39", || org.patch(user, &enable()));
    org.patch(settings, &enable()).unwrap();
    org.patch(app, &enable()).unwrap();
    org.set("licenses", "10");
    org.patch(user, &enable()).unwrap();
    assert_eq!(org.state(user), (0, false, true));
}

#[test]
fn u39b_u39c_what_bars_everybody() {
    let org = Organization::with(&[("delete_users", "two_stage")]);
    let sales = org.unit("Sales", ROOT);
    let user = org.user("x", &[("businessunitid", org.to("businessunit", sales))]).unwrap();
    let gone = org.user("y", &[]).unwrap();
    for id in [user, gone] {
        org.patch(id, &disable()).unwrap();
    }
    org.patch_as(ADMIN, "businessunit", sales, &disable()).unwrap();
    org.refuses("0x8004032C", "U39b", || org.patch(user, &enable()));
    let moved = [("businessunitid", org.to("businessunit", ROOT)), ("isdisabled", false.into())];
    org.patch(user, &moved).unwrap();
    org.delete("systemuser", gone).unwrap();
    org.refuses("0x8004D24C", "U39c", || org.patch(gone, &enable()));
}

#[test]
fn u93_to_u97_disabling() {
    let org = Organization::new();
    let user = org.user("x", &[]).unwrap();
    let ni = org.user("ni", &mode(4)).unwrap();
    assert_eq!(rules_of(&org.patch(user, &disable()).unwrap()), ["L1"]);
    assert_eq!(rules_of(&org.patch(ni, &disable()).unwrap()), ["L5"]);
    assert_eq!((org.seats().consumed, org.slots().used), (1, 0));
    second_administrator(&org);
    org.refuses("0x8004023B", "U96", || org.patch(ADMIN, &disable()));
    org.set("refuse_self_disable", "false");
    org.patch(ADMIN, &disable()).unwrap();
}

#[test]
fn u93_disabled_built_in_and_application_administrators_do_not_count() {
    let org = Organization::new();
    let role = org.role("System Administrator", ROOT);
    let second = second_administrator(&org);
    let app = org.create("systemuser", &[("applicationid", Uuid::from_u128(1).into())]).unwrap();
    org.give(app, role).unwrap();
    org.give(DELEGATED, role).unwrap();
    org.patch(second, &disable()).unwrap();
    org.refuses("0x80041D2F", "U93", || org.patch(ADMIN, &disable()));
    org.refuses("0x80041D30", "R15", || org.take(ADMIN, role));
}

#[test]
fn u43_u44_names_that_are_not_ones_own_to_change() {
    let org = Organization::new();
    let user = second_administrator(&org);
    let name = [("domainname", "new@contoso.com".into())];
    org.refuses("0x80044161", "U44", || org.patch(ADMIN, &name));
    org.refuses("0x80044161", "U44", || org.patch_as(user, "systemuser", user, &name));
    org.patch(user, &name).unwrap();
    let id = [("azureactivedirectoryobjectid", Uuid::from_u128(5).into())];
    org.refuses("0x80041D4F", "U43", || org.patch(user, &id));
}

#[test]
fn u46_managers() {
    let org = Organization::new();
    let [a, b, c] = ["a", "b", "c"].map(|name| org.user(name, &[]).unwrap());
    let manager = |id| [("parentsystemuserid", org.to("systemuser", id))];
    org.patch(b, &manager(a)).unwrap();
    org.patch(c, &manager(b)).unwrap();
    org.refuses("0x80041D06", "U46", || org.patch(a, &manager(a)));
    org.refuses("0x80041D25", "U46", || org.patch(a, &manager(c)));
    org.refuses("0x80041D27", "U46", || org.patch(a, &manager(Uuid::from_u128(99))));
    org.refuses("0x80041D27", "U46", || org.user("d", &manager(Uuid::from_u128(99))));
    org.patch(c, &manager(b)).unwrap();
}

#[test]
fn r31_a_move_takes_roles_away_and_changes_the_default_team() {
    for keep in [false, true] {
        let org = Organization::with(&[("keep_roles_on_bu_change", if keep { "true" } else { "false" })]);
        let sales = org.unit("Sales", ROOT);
        let user = org.user("x", &[]).unwrap();
        org.give(user, org.role("Salesperson", ROOT)).unwrap();
        let notes = org.patch(user, &[("businessunitid", org.to("businessunit", sales))]).unwrap();
        assert_eq!(org.roles_of(user), usize::from(keep));
        assert_eq!(rules_of(&notes), if keep { vec![] } else { vec!["R31"] });
        assert_eq!(org.value("usersettings", user, "businessunitid"), sales.into());
        // I4 (the default team) is verified when the organization is dropped.
    }
}

#[test]
fn r31_the_last_administrator_cannot_be_moved_out_of_its_role() {
    let org = Organization::new();
    let sales = org.unit("Sales", ROOT);
    let to_sales = [("businessunitid", org.to("businessunit", sales))];
    org.refuses("0x80041D30", "R15", || org.patch(ADMIN, &to_sales));
    second_administrator(&org);
    org.patch(ADMIN, &to_sales).unwrap();
}

#[test]
fn r32_records_follow_their_owner_where_the_switch_says_so() {
    for follow in [true, false] {
        let org = Organization::with(&[("move_records_on_bu_change", if follow { "true" } else { "false" })]);
        let sales = org.unit("Sales", ROOT);
        let user = org.salesperson("x");
        let account =
            org.create("account", &[("name", "A".into()), ("ownerid", org.to("systemuser", user))]).unwrap();
        org.patch(user, &[("businessunitid", org.to("businessunit", sales))]).unwrap();
        let unit = if follow { sales } else { ROOT };
        assert_eq!(org.value("account", account, "owningbusinessunit"), org.to("businessunit", unit));
    }
}

#[test]
fn fullname_follows_the_names_and_is_cut_to_its_column() {
    let org = Organization::new();
    let user = org.user("Ann", &[]).unwrap();
    let name = |values: &[(&str, Value)]| {
        org.patch(user, values).unwrap();
        org.value("systemuser", user, "fullname")
    };
    assert_eq!(name(&[("lastname", "Lee".into())]), "Ann Lee".into());
    assert_eq!(name(&[("firstname", Value::Null)]), "Lee".into());
    assert_eq!(name(&[("fullname", "Nobody".into())]), "Lee".into());
    assert_eq!(name(&[("lastname", "\u{1f600}".repeat(120).into())]), "\u{1f600}".repeat(100).into());
    assert_eq!(name(&[("lastname", Value::Null)]), Value::Null);
    let contact = org.create("contact", &[("firstname", "Bo".into()), ("lastname", "Li".into())]).unwrap();
    assert_eq!(org.value("contact", contact, "fullname"), "Bo Li".into());
}

#[test]
fn s11_disabled_owners() {
    let org = Organization::new();
    let sales = org.unit("Sales", ROOT);
    let off = org.salesperson("off");
    org.patch(off, &disable()).unwrap();
    let away = org.user("away", &[("businessunitid", org.to("businessunit", sales))]).unwrap();
    org.patch_as(ADMIN, "businessunit", sales, &disable()).unwrap();
    let owned = |owner| [("name", "A".into()), ("ownerid", org.to("systemuser", owner))];
    let account = org.create("account", &owned(off)).unwrap();
    org.refuses("0x8004032D", "S11", || org.create("account", &owned(away)));
    org.set("strict_owner_enabled", "true");
    org.refuses("0x8004022B", "S11", || org.create("account", &owned(off)));
    org.patch_as(ADMIN, "account", account, &owned(off)).unwrap();
    org.patch_as(ADMIN, "account", account, &owned(ADMIN)).unwrap();
    org.refuses("0x8004022B", "S11", || org.patch_as(ADMIN, "account", account, &owned(off)));
}
