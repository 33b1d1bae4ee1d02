//! Creating users: U2 to U18, U40, U43, U45, U50, U52.

use uuid::Uuid;

use super::support::{ADMIN, Organization, ROOT, SYSTEM, rules_of};
use crate::directory::AdminRole;
use crate::model::Value;
use crate::service::Origin;

/// What a user needs to be created non-interactive.
fn ni() -> (&'static str, Value) {
    ("accessmode", 4.into())
}

#[test]
fn u2_to_u5_modes_that_cannot_be_created() {
    let table = [
        (6, "0x8004431A", "U2", ""),
        (3, "0x80041D41", "U3", ""),
        (5, "0x80041D67", "U4", ""),
        (2, "0x80041D40", "U5", "refused"),
    ];
    for (mode, code, rule, read_mode) in table {
        let org = Organization::new();
        if !read_mode.is_empty() {
            org.set("read_mode", read_mode);
        }
        if rule == "U2" {
            let fault = org.user("x", &[("accessmode", mode.into())]).unwrap_err();
            assert_eq!((fault.code_text(), fault.rules()[0].0), (code.to_lowercase(), rule));
        } else {
            org.refuses(code, rule, || org.user("x", &[("accessmode", mode.into())]));
        }
    }
}

#[test]
fn u7_the_business_unit_defaults_to_the_root_and_must_be_enabled() {
    let org = Organization::new();
    let sales = org.unit("Sales", ROOT);
    let user = org.user("x", &[]).unwrap();
    assert_eq!(org.value("systemuser", user, "businessunitid"), org.to("businessunit", ROOT));
    org.patch_as(ADMIN, "businessunit", sales, &[("isdisabled", true.into())]).unwrap();
    let of_sales = [("businessunitid", org.to("businessunit", sales))];
    org.refuses("0x8004032D", "U7", || org.user("y", &of_sales));
    org.refuses("0x8004032D", "U7", || org.patch(user, &of_sales));
    let nowhere = [("businessunitid", org.to("businessunit", Uuid::from_u128(9)))];
    assert_eq!(org.user("z", &nowhere).unwrap_err().code_text(), "0x80040217");
}

#[test]
fn u8_a_sign_in_name_is_given_once_whatever_its_case() {
    let org = Organization::new();
    let x = org.user("x", &[("domainname", "x@contoso.com".into()), ("windowsliveid", "x@live.com".into())]);
    let y = org.user("y", &[("domainname", "y@contoso.com".into())]).unwrap();
    x.unwrap();
    for (column, taken) in [("domainname", "X@Contoso.com"), ("windowsliveid", "X@live.com")] {
        org.refuses("0x8004B046", "U8", || org.user("z", &[(column, taken.into())]));
        org.refuses("0x8004B046", "U8", || org.patch(y, &[(column, taken.into())]));
    }
    org.patch(y, &[("domainname", "Y@contoso.com".into())]).unwrap();
}

#[test]
fn u8_the_name_of_a_deleted_user_is_free() {
    let org = Organization::with(&[("delete_users", "two_stage")]);
    let name = [("domainname", "x@contoso.com".into())];
    let x = org.user("x", &name).unwrap();
    org.patch(x, &[("isdisabled", true.into())]).unwrap();
    org.delete("systemuser", x).unwrap();
    org.user("y", &name).unwrap();
}

#[test]
fn u9_an_application_user_is_enabled_uncounted_and_named_after_its_application() {
    let org = Organization::new();
    let id = Uuid::from_u128(0xa99);
    let user = org.create("systemuser", &[("applicationid", id.into()), ("accessmode", 0.into())]).unwrap();
    assert_eq!(org.state(user), (4, false, false));
    assert_eq!((org.slots().used, org.seats().consumed), (0, 1));
    assert_eq!(org.value("systemuser", user, "fullname"), format!("# {id}").into());
    org.refuses("0x8004F511", "U9", || org.create("systemuser", &[("applicationid", id.into())]));
    let off = org
        .create("systemuser", &[("applicationid", Uuid::from_u128(2).into()), ("isdisabled", true.into())])
        .unwrap();
    assert!(org.facts(off).disabled, "U13 holds for application users too");
}

#[test]
fn u11_a_seat_decides_and_the_switch_may_refuse() {
    for (mode, licensed) in [(0, true), (2, true), (1, false)] {
        let org = Organization::new();
        let user = org.user("x", &[("accessmode", mode.into())]).unwrap();
        assert_eq!(org.state(user), (mode, false, licensed));
        assert_eq!(org.seats().consumed, 1 + u32::from(licensed));
    }
    let org = Organization::with(&[("api_create_without_seat", "refuse")]);
    org.use_up_seats();
    org.refuses("0x8004B049", "U11", || org.user("x", &[]));
    org.user("settings only", &[("accessmode", 1.into())]).unwrap();
}

#[test]
fn u12_the_switches_of_non_interactive_users() {
    let org = Organization::with(&[("non_interactive_overflow", "create_disabled")]);
    org.use_up_slots();
    let (late, notes) = org.user_noted("late", &[ni()]).unwrap();
    assert_eq!((org.state(late), rules_of(&notes)), ((4, true, false), vec!["U12"]));
    org.refuses("0x8004B050", "U34", || org.patch(late, &[("isdisabled", false.into())]));

    let org = Organization::with(&[("api_create_ni_unsynced", "stub")]);
    let stub = org.user("stub", &[ni()]).unwrap();
    assert_eq!((org.state(stub), org.slots().used), ((4, true, false), 0));
    org.refuses("0x8004D24C", "U38", || org.patch(stub, &[("isdisabled", false.into())]));
}

#[test]
fn u13_created_disabled_a_user_takes_nothing() {
    for mode in [0, 1, 2, 4] {
        let org = Organization::new();
        let user = org.user("x", &[("accessmode", mode.into()), ("isdisabled", true.into())]).unwrap();
        assert_eq!(org.state(user), (mode, true, false));
        assert_eq!((org.seats().consumed, org.slots().used), (1, 0));
    }
    let org = Organization::new();
    org.use_up_seats();
    let user = org.user("x", &[("isdisabled", false.into())]).unwrap();
    assert!(org.facts(user).disabled, "isdisabled false is a wish");
}

#[test]
fn u14_a_synchronised_user_is_what_its_account_makes_of_it() {
    type Account = (bool, &'static [AdminRole]);
    type Outcome = ((i32, bool, bool), bool);
    // licensed, roles; asked mode; accessmode, isdisabled, islicensed; setupuser
    let table: &[(Account, i32, Outcome)] = &[
        ((true, &[]), 0, ((0, false, true), false)),
        ((true, &[]), 4, ((4, false, true), false)),
        ((true, &[AdminRole::Global]), 0, ((0, false, true), false)),
        ((false, &[]), 0, ((0, true, false), false)),
        ((false, &[AdminRole::Global]), 0, ((1, false, false), true)),
        ((false, &[AdminRole::Service]), 2, ((1, false, false), true)),
        ((false, &[AdminRole::PowerPlatform]), 0, ((0, true, false), false)),
    ];
    for ((licensed, roles), mode, (state, setup)) in table {
        let org = Organization::new();
        let account = org.account("ann", *licensed, roles);
        let user = org.synchronised("ann", &[("accessmode", (*mode).into())]).unwrap();
        assert_eq!((org.state(user), org.facts(user).setup), (*state, *setup), "{licensed} {roles:?}");
        assert_eq!(org.value("systemuser", user, "azureactivedirectoryobjectid"), account.into());
        assert_eq!(org.value("systemuser", user, "fullname").as_str(), Some("ann Account"));
        assert_eq!(org.seats().consumed, 1 + u32::from(*licensed), "L3: the account's licence counts");
    }
}

#[test]
fn u14_without_an_account_or_a_licence_for_the_mode_it_is_refused() {
    let org = Organization::new();
    org.account("ann", false, &[]);
    org.refuses("0x80041D4B", "U14", || org.synchronised("nobody", &[]));
    org.refuses("0x80041D66", "U29c", || org.synchronised("ann", &[ni()]));
    org.use_up_slots();
    org.account("bob", true, &[]);
    org.refuses("0x8004B050", "U12", || org.synchronised("bob", &[ni()]));
}

#[test]
fn u14_a_blocked_account_makes_a_disabled_user() {
    let org = Organization::new();
    let id = org.account("ann", true, &[]);
    let mut account = org.live.read().directory().account(id).unwrap().clone();
    account.account_enabled = false;
    org.put_account(account);
    let ann = org.synchronised("ann", &[]).unwrap();
    assert_eq!(org.state(ann), (0, true, true));
    org.refuses("0x8004D24C", "U36", || org.patch(ann, &[("isdisabled", false.into())]));
}

#[test]
fn u15_what_is_left_out_is_made_up_unless_required() {
    let org = Organization::new();
    let user = org.user("Zo\u{eb} Q", &[]).unwrap();
    let name = org.value("systemuser", user, "domainname").as_str().unwrap().to_owned();
    let (number, ..) = user.as_fields();
    assert_eq!(name, format!("ZoQ.Test.{number:08x}@contoso.onmicrosoft.com"));
    assert_eq!(org.value("systemuser", user, "internalemailaddress").as_str(), Some(""));
    org.set("strict_required", "true");
    org.refuses("0x80040200", "U15", || org.user("x", &[]));
    let mail = [("domainname", "x@contoso.com".into()), ("internalemailaddress", "x@contoso.com".into())];
    org.user("x", &mail).unwrap();
}

#[test]
fn u16_without_crm_managed_users_a_new_user_is_a_stub() {
    let org = Organization::with(&[("crm_managed_users", "off")]);
    for mode in [0, 1, 2] {
        let (user, notes) =
            org.user_noted("x", &[("accessmode", mode.into()), ("isdisabled", false.into())]).unwrap();
        assert_eq!((org.state(user), rules_of(&notes)), ((mode, true, false), vec!["U16"]));
        org.refuses("0x8004D24C", "U38", || org.patch(user, &[("isdisabled", false.into())]));
        if mode != 1 {
            org.refuses("0x80041D66", "U29d", || org.patch(user, &[("accessmode", 4.into())]));
            org.refuses("0x80041D66", "U31", || org.patch(user, &[("accessmode", 1.into())]));
        }
    }
    assert_eq!(org.state(org.user("ni", &[ni()]).unwrap()), (4, false, false));
}

#[test]
fn u17_an_imported_user_is_a_stub_with_the_eras_role() {
    for (era, role) in [("crm2013", "Salesperson"), ("dataverse", "Basic User")] {
        let org = Organization::with(&[("era", era)]);
        let values = [("firstname", "Ann".into()), ("lastname", "Import".into())];
        let (user, notes) = org.create_as(ADMIN, Origin::Import, "systemuser", &values).unwrap();
        assert_eq!((org.state(user), rules_of(&notes)), ((0, true, false), vec!["U17"]));
        assert_eq!(org.roles_of(user), 1);
        assert_eq!(org.count("systemuserroles", "roleid", org.role(role, ROOT)), 1);
        org.refuses("0x8004D24C", "U38", || org.patch(user, &[("isdisabled", false.into())]));
        org.patch(user, &[("systemmanagedusertype", 0.into())]).unwrap();
        org.refuses("0x8004D24C", "U38", || org.patch(user, &[("isdisabled", false.into())]));
    }
}

#[test]
fn u18_u50_u52_what_a_new_user_brings() {
    let org = Organization::new();
    let user = org.user("Ann", &[]).unwrap();
    assert_eq!(org.count("teammembership", "systemuserid", user), 1);
    assert_eq!(org.roles_of(user), 0);
    let queue = org.value("systemuser", user, "queueid").as_id().unwrap();
    assert_eq!(org.value("queue", queue, "name").as_str(), Some("<Ann Test>"));
    assert_eq!(org.value("queue", queue, "queueviewtype"), 1.into());
    assert_eq!(org.value("queue", queue, "ownerid"), org.to("systemuser", user));
    assert_eq!(org.value("queue", queue, "owningbusinessunit"), org.to("businessunit", ROOT));
    for (column, value) in [("timezonecode", 92), ("uilanguageid", 1033), ("paginglimit", 50)] {
        assert_eq!(org.value("usersettings", user, column), value.into(), "{column}");
    }
    assert_eq!(org.value("usersettings", user, "businessunitid"), ROOT.into());
    let shared = org.to("queue", queue);
    let other = org.user("Bob", &[("queueid", shared.clone())]).unwrap();
    assert_eq!(org.value("systemuser", other, "queueid"), shared);
}

#[test]
fn u18_every_user_of_a_unit_brings_what_the_first_brought() {
    /// Everything that came with a user, in words that do not say with whom.
    fn brought(org: &Organization, name: &str, user: Uuid) -> String {
        let queue = org.value("systemuser", user, "queueid").as_id().unwrap();
        let world = org.live.read();
        let rows = |table: &str, column: &str, id: Uuid| {
            let of = org.table(table);
            let column = world.catalogue().table(of).column_id(column).unwrap();
            let rows = world.records().table(of).rows_with(column, crate::model::ValueRef::Guid(id));
            rows.map(|row| format!("{table} {:?}", row.to_record())).collect::<Vec<_>>().join("\n")
        };
        let all = [
            rows("queue", "queueid", queue),
            rows("usersettings", "systemuserid", user),
            rows("teammembership", "systemuserid", user),
        ];
        let (user, queue) = (user.to_string(), queue.to_string());
        all.join("\n").replace(name, "<name>").replace(&user, "<user>").replace(&queue, "<queue>")
    }
    let org = Organization::new();
    let sales = org.unit("Sales", ROOT);
    let of = |unit| [("businessunitid", org.to("businessunit", unit))];
    let mut seen: Vec<(Uuid, String)> = Vec::new();
    for (name, unit) in [("Ann", ROOT), ("Bob", ROOT), ("Cyd", sales), ("Dan", ROOT), ("Eve", sales)] {
        let user = org.user(name, &of(unit)).unwrap();
        let now = brought(&org, name, user);
        assert_eq!(now.lines().count(), 3, "{now}");
        if let Some((_, first)) = seen.iter().find(|(of, _)| *of == unit) {
            assert_eq!(now, *first, "{name}");
        }
        seen.push((unit, now));
    }
    assert_ne!(seen[0].1, seen[2].1, "business unit and team differ");
}

#[test]
fn u51_a_default_queue_stays_while_it_is_one() {
    let org = Organization::new();
    let user = org.user("Ann", &[]).unwrap();
    let queue = org.value("systemuser", user, "queueid").as_id().unwrap();
    org.refuses("0x80040227", "U51", || org.delete("queue", queue));
    org.patch(user, &[("queueid", Value::Null)]).unwrap();
    org.delete("queue", queue).unwrap();
}

#[test]
fn u51_a_teams_default_queue_stays_while_it_is_one() {
    let org = Organization::new();
    let team = org.create("team", &[("name", "Sales".into())]).unwrap();
    let queue = org.value("team", team, "queueid").as_id().unwrap();
    org.refuses("0x80040227", "U51", || org.delete("queue", queue));
    org.patch_as(ADMIN, "team", team, &[("queueid", Value::Null)]).unwrap();
    org.delete("queue", queue).unwrap();
}

#[test]
fn u52_settings_take_what_the_platform_knows() {
    let org = Organization::new();
    let user = org.user("Ann", &[]).unwrap();
    for (column, good, bad, code) in [
        ("paginglimit", &[0, 1, 25, 250][..], &[251, 5000][..], "0x80044305"),
        ("timezonecode", &[0, 4, 92, 301], &[14, -1, 302], "0x80040203"),
        ("uilanguageid", &[1031, 0, 3098], &[1, 1034], "0x80044195"),
        ("helplanguageid", &[1033, 0], &[9999], "0x80044195"),
        ("localeid", &[1031, 3081, 21_514, 0], &[5, 70_000, 1024], "0x80040203"),
        ("defaultcalendarview", &[0, 1, 2], &[-1, 3], "0x8004431A"),
        ("advancedfindstartupmode", &[1, 2], &[0, 3], "0x8004431A"),
        ("negativeformatcode", &[0, 4], &[-1, 5], "0x8004431A"),
        ("currencyformatcode", &[0, 3], &[-1, 4], "0x8004431A"),
    ] {
        let patch = |number: i32| org.patch_as(ADMIN, "usersettings", user, &[(column, number.into())]);
        for number in good {
            patch(*number).unwrap_or_else(|fault| panic!("{column} {number}: {fault:?}"));
            assert_eq!(org.value("usersettings", user, column), (*number).into());
        }
        for number in bad {
            org.refuses(code, "U52", || patch(*number));
        }
    }
}

#[test]
fn u52_the_columns_around_the_time_zone_follow_its_code() {
    let org = Organization::new();
    let user = org.user("Ann", &[]).unwrap();
    let told = |columns: &[&str]| {
        columns.iter().map(|name| org.value("usersettings", user, name).as_int().unwrap()).collect::<Vec<_>>()
    };
    let columns = ["timezonebias", "timezonedaylightbias", "timezonedaylightmonth", "timezonestandardday"];
    assert_eq!(told(&columns), [0; 4]);
    org.patch_as(ADMIN, "usersettings", user, &[("timezonecode", 35.into())]).unwrap();
    assert_eq!(told(&columns), [300, -60, 3, 1]);
    org.patch_as(ADMIN, "usersettings", user, &[("timezonebias", 5.into())]).unwrap();
    assert_eq!(told(&columns), [300, -60, 3, 1], "they are not chosen by themselves");
    org.patch_as(ADMIN, "usersettings", user, &[("timezonecode", 190.into())]).unwrap();
    assert_eq!(told(&columns), [-330, 0, 0, 0]);
}

#[test]
fn u52_settings_stand_in_the_unit_of_their_user() {
    let org = Organization::new();
    let user = org.user("Ann", &[]).unwrap();
    let sales = org.unit("Sales", ROOT);
    let unit = |id: Uuid| [("businessunitid", Value::Guid(id))];
    org.patch_as(ADMIN, "usersettings", user, &unit(ROOT)).unwrap();
    org.refuses("0x80040203", "U52", || org.patch_as(ADMIN, "usersettings", user, &unit(sales)));
}

#[test]
fn u52_new_settings_take_over_the_organizations_formats() {
    let org = Organization::new();
    let format = |user| org.value("usersettings", user, "dateformatstring");
    let contoso = Uuid::from_u128(1);
    org.insert("organization", contoso, &[("name", "Contoso".into())]);
    let ann = org.user("Ann", &[]).unwrap();
    assert_eq!(format(ann), "M/d/yyyy".into());
    // The clock of these tests stands still, so a second user would be like the first but for the organization.
    org.patch_as(ADMIN, "organization", contoso, &[("dateformatstring", "d.M.yyyy".into())]).unwrap();
    let bob = org.user("Bob", &[]).unwrap();
    assert_eq!((format(ann), format(bob)), ("M/d/yyyy".into(), "d.M.yyyy".into()));
}

#[test]
fn u52_u53_settings_come_with_the_user_and_are_changed_only() {
    let org = Organization::new();
    let user = org.user("Ann", &[]).unwrap();
    let limit = |rows: i32| [("paginglimit", rows.into())];
    org.patch_as(ADMIN, "usersettings", user, &limit(250)).unwrap();
    org.refuses("0x80044305", "U52", || org.patch_as(ADMIN, "usersettings", user, &limit(251)));
    org.refuses("0x80040800", "U52", || org.delete("usersettings", user));
    org.refuses("0x80040800", "U52", || org.create("usersettings", &limit(1)));
    let of_system = [("systemuserid", Value::Guid(SYSTEM)), ("paginglimit", 1.into())];
    org.refuses("0x80041D2B", "U53", || org.create("usersettings", &of_system));
}

#[test]
fn u40_u43_u45_columns_that_a_create_may_not_set() {
    let org = Organization::new();
    org.account("ann", true, &[]);
    org.refuses("0x80041D4D", "U40", || org.user("x", &[("islicensed", true.into())]));
    org.refuses("0x80041D4D", "U40", || org.synchronised("ann", &[("islicensed", false.into())]));
    let kept = [
        ("islicensed", false.into()),
        ("setupuser", true.into()),
        ("azurestate", 1.into()),
        ("deletedstate", 1.into()),
        ("userlicensetype", 7.into()),
        ("azureactivedirectoryobjectid", Uuid::from_u128(1).into()),
    ];
    let (user, notes) = org.user_noted("x", &kept).unwrap();
    assert!(!org.facts(user).setup && !org.facts(user).deleted && org.facts(user).object_id.is_none());
    assert_eq!(org.value("systemuser", user, "userlicensetype"), (-1).into());
    assert_eq!(rules_of(&notes), ["U43", "U45", "U45", "U45", "U45"]);
}
