//! Roles, teams and business units: R11 to R18, R30 to R35, T1 to T8.

use uuid::Uuid;

use super::support::{ADMIN, Organization, ROOT, SUPPORT, SYSTEM};
use crate::directory::AdminRole;
use crate::model::Value;

fn team_of(org: &Organization, unit: Uuid) -> Uuid {
    crate::rules::support::default_team(&org.live.read(), unit).unwrap()
}

fn join(org: &Organization, on: bool, team: Uuid, user: Uuid) -> crate::fault::Result<()> {
    org.relate(on, ("team", team), "teammembership_association", ("systemuser", user))
}

#[test]
fn t1_a_default_team_comes_with_its_unit_and_bears_its_name() {
    let org = Organization::new();
    let sales = org.unit("Sales", ROOT);
    let team = team_of(&org, sales);
    assert_eq!(org.value("team", team, "teamtype"), 0.into());
    org.patch_as(ADMIN, "businessunit", sales, &[("name", "Vente".into())]).unwrap();
    assert_eq!(org.value("team", team, "name").as_str(), Some("Vente"));
    org.user("x", &[("businessunitid", org.to("businessunit", sales))]).unwrap();
    assert_eq!(org.count("teammembership", "teamid", team), 1);
}

#[test]
fn t2_nobody_else_touches_a_default_team() {
    let org = Organization::new();
    let sales = org.unit("Sales", ROOT);
    let (team, user) = (team_of(&org, sales), org.user("x", &[]).unwrap());
    let member = org.user("y", &[("businessunitid", org.to("businessunit", sales))]).unwrap();
    let patch = |values: &[(&str, Value)]| org.patch_as(ADMIN, "team", team, values);
    org.refuses("0x80048307", "T2", || org.delete("team", team));
    org.refuses("0x8004830A", "T2", || patch(&[("name", "Other".into())]));
    org.refuses("0x80048308", "T2", || patch(&[("businessunitid", org.to("businessunit", ROOT))]));
    org.refuses("0x8004830B", "T2", || join(&org, true, team, user));
    org.refuses("0x8004830B", "T2", || join(&org, true, team, member));
    org.refuses("0x8004830C", "T2", || join(&org, false, team, member));
    patch(&[("description", "Fine".into()), ("name", "Sales".into())]).unwrap();
}

#[test]
fn t3_a_team_needs_a_name_and_gets_the_rest() {
    let org = Organization::new();
    org.refuses("0x80041D0B", "T3", || org.create("team", &[]));
    org.refuses("0x80041D0B", "T3", || org.create("team", &[("name", " ".into())]));
    org.refuses("0x80048305", "T3", || org.create("team", &[("name", "x".repeat(161).into())]));
    let team = org.create("team", &[("name", "Team".into())]).unwrap();
    assert_eq!(org.value("team", team, "businessunitid"), org.to("businessunit", ROOT));
    assert_eq!(org.value("team", team, "administratorid"), org.to("systemuser", ADMIN));
    let queue = org.value("team", team, "queueid").as_id().unwrap();
    assert_eq!(org.value("queue", queue, "ownerid"), org.to("team", team));
    let access = org.create("team", &[("name", "Access".into()), ("teamtype", 1.into())]).unwrap();
    assert!(org.value("team", access, "queueid").is_null());
    org.refuses("0x80048331", "T6", || {
        let role = org.role("Salesperson", ROOT);
        org.relate(true, ("team", access), "teamroles_association", ("role", role))
    });
}

#[test]
fn t4_adding_a_member_twice_changes_nothing() {
    let org = Organization::new();
    let (team, user) = (org.create("team", &[("name", "T".into())]).unwrap(), org.user("x", &[]).unwrap());
    join(&org, true, team, user).unwrap();
    let version = org.live.read().version();
    join(&org, true, team, user).unwrap();
    assert_eq!(org.live.read().version(), version);
    join(&org, false, team, user).unwrap();
    assert_eq!(org.count("teammembership", "teamid", team), 0);
}

#[test]
fn t8_a_team_that_owns_stays_and_r31_its_roles_do_not_follow_it() {
    let org = Organization::new();
    let sales = org.unit("Sales", ROOT);
    let team = org.owner_team("T");
    let account = org.create("account", &[("name", "A".into()), ("ownerid", org.to("team", team))]).unwrap();
    let role = org.role("Salesperson", ROOT);
    org.patch_as(ADMIN, "team", team, &[("businessunitid", org.to("businessunit", sales))]).unwrap();
    assert_eq!(org.count("teamroles", "teamid", team), 0);
    assert_eq!(org.value("account", account, "owningbusinessunit"), org.to("businessunit", sales));
    org.refuses("0x8004140D", "R11", || {
        org.relate(true, ("team", team), "teamroles_association", ("role", role))
    });
    org.refuses("0x8004830E", "T8", || org.delete("team", team));
    org.delete("account", account).unwrap();
    let queue = org.value("team", team, "queueid").as_id().unwrap();
    org.delete("team", team).unwrap();
    assert!(!org.exists("queue", queue));
}

#[test]
fn r11_r12_roles_are_given_within_their_unit_through_copies() {
    let org = Organization::new();
    let sales = org.unit("Sales", ROOT);
    let user = org.user("x", &[("businessunitid", org.to("businessunit", sales))]).unwrap();
    org.refuses("0x80041409", "R11", || org.give(user, org.role("Salesperson", ROOT)));
    org.give(user, org.role("Salesperson", sales)).unwrap();
    org.set("cross_bu_roles", "true");
    org.give(user, org.role("Salesperson", ROOT)).unwrap();
    assert_eq!(org.roles_of(user), 2);
}

#[test]
fn r12_copies_follow_their_role() {
    let org = Organization::new();
    let sales = org.unit("Sales", ROOT);
    let north = org.unit("North", sales);
    let role = org.create("role", &[("name", "Clerk".into())]).unwrap();
    let copy = org.role("Clerk", north);
    assert_eq!(org.value("role", copy, "parentrootroleid"), org.to("role", role));
    assert_eq!(org.value("role", copy, "parentroleid"), org.to("role", org.role("Clerk", sales)));
    org.refuses("0x80044152", "R12", || org.patch_as(ADMIN, "role", copy, &[("name", "X".into())]));
    org.refuses("0x8004140C", "R12", || org.delete("role", copy));
    org.patch_as(ADMIN, "role", role, &[("name", "Scribe".into())]).unwrap();
    assert_eq!(org.role("Scribe", north), copy);
    org.delete("role", role).unwrap();
    assert!(!org.exists("role", copy));
    let of_sales = org
        .create("role", &[("name", "Local".into()), ("businessunitid", org.to("businessunit", sales))])
        .unwrap();
    assert_eq!(org.value("role", org.role("Local", north), "parentroleid"), org.to("role", of_sales));
}

#[test]
fn r12_a_role_in_use_goes_with_its_assignments_and_what_it_gives() {
    let org = Organization::new();
    let sales = org.unit("Sales", ROOT);
    let role = org.create("role", &[("name", "Clerk".into())]).unwrap();
    assert_eq!(org.count("roleprivileges", "roleid", role), 5, "what every role begins with");
    assert_eq!(
        org.count("roleprivileges", "roleid", org.role("Clerk", sales)),
        0,
        "a copy has none of its own"
    );
    let (user, other) = (org.user("x", &[]).unwrap(), org.user("y", &[]).unwrap());
    org.patch(other, &[("businessunitid", org.to("businessunit", sales))]).unwrap();
    org.give(user, role).unwrap();
    org.give(other, org.role("Clerk", sales)).unwrap();
    org.delete("role", role).unwrap();
    assert_eq!((org.roles_of(user), org.roles_of(other)), (0, 0));
    assert_eq!(org.count("roleprivileges", "roleid", role), 0);
    org.set("era", "dataverse");
    let role = org.create("role", &[("name", "Clerk".into())]).unwrap();
    assert_eq!(org.count("roleprivileges", "roleid", role), 9);
    assert_eq!(org.value("role", org.role("Clerk", sales), "isinherited"), 1.into());
}

#[test]
fn r12_r14_r19_what_is_wrong_with_roles_is_found() {
    let org = Organization::new();
    let sales = org.unit("Sales", ROOT);
    let privilege = org.live.read().catalogue().privileges().next().unwrap().1.id;
    let (copy, root) = (org.role("Salesperson", sales), org.role("Salesperson", ROOT));
    let grant = |at: u128, role: Uuid, privilege: Uuid, mask: i32| {
        let values =
            [("roleid", role.into()), ("privilegeid", privilege.into()), ("privilegedepthmask", mask.into())];
        org.insert("roleprivileges", Uuid::from_u128(0xbad0 + at), &values);
    };
    grant(1, copy, privilege, 8);
    grant(2, root, privilege, 8);
    grant(3, root, privilege, 8);
    grant(4, root, Uuid::from_u128(0xdead), 8);
    grant(5, Uuid::from_u128(0xdead), privilege, 0);
    org.insert(
        "role",
        Uuid::from_u128(0xbad),
        &[("name", "salesperson".into()), ("businessunitid", org.to("businessunit", sales))],
    );
    let found = org.verify().join(" ");
    for wrong in [
        "a privilege of a copy",
        "given twice",
        "no such privilege",
        "a role that is not there",
        "at depth 0",
        "the same name",
        "no root",
    ] {
        assert!(found.contains(wrong), "{wrong} is among {found}");
    }
    for row in 1..=5 {
        org.erase("roleprivileges", Uuid::from_u128(0xbad0 + row));
    }
    org.erase("role", Uuid::from_u128(0xbad));
}

#[test]
fn r13_roles_of_the_disabled() {
    let org = Organization::new();
    let user = org.user("x", &[("isdisabled", true.into())]).unwrap();
    org.give(user, org.role("Salesperson", ROOT)).unwrap();
    org.set("assign_role_to_disabled", "refuse");
    org.refuses("0x80040225", "R13", || org.give(user, org.role("Basic User", ROOT)));
}

#[test]
fn r14_a_roles_name_is_unique_in_its_unit() {
    let org = Organization::new();
    let role = org.create("role", &[("name", "Clerk".into())]).unwrap();
    org.refuses("0x80041403", "R14", || org.create("role", &[("name", "clerk".into())]));
    let other = org.create("role", &[("name", "Other".into())]).unwrap();
    org.refuses("0x80041403", "R14", || org.patch_as(ADMIN, "role", other, &[("name", "CLERK".into())]));
    org.patch_as(ADMIN, "role", role, &[("name", "CLERK".into())]).unwrap();
}

#[test]
fn r15_r16_the_products_roles_are_guarded() {
    let org = Organization::new();
    let role = |name| org.role(name, ROOT);
    let rename = [("name", "X".into())];
    org.refuses("0x80041D2E", "R15", || org.delete("role", role("System Administrator")));
    org.refuses("0x80041D31", "R15", || org.patch_as(ADMIN, "role", role("System Administrator"), &rename));
    org.refuses("0x80041D4A", "R16", || org.delete("role", role("System Customizer")));
    org.refuses("0x80041D42", "R16", || org.delete("role", role("Support User")));
    org.refuses("0x80041D43", "R16", || org.patch_as(ADMIN, "role", role("Support User"), &rename));
    org.refuses("0x80041D5A", "R16", || org.delete("role", role("Basic User")));
    let user = org.user("x", &[]).unwrap();
    org.refuses("0x80041D44", "R16", || org.give(user, role("Support User")));
    org.refuses("0x80041D51", "R16", || org.give(SUPPORT, role("Salesperson")));
    org.delete("role", role("Salesperson")).unwrap();
}

#[test]
fn r15_the_last_administrator_and_tenant_administrators_keep_the_role() {
    let org = Organization::new();
    let role = org.role("System Administrator", ROOT);
    org.refuses("0x80041D30", "R15", || org.take(ADMIN, role));
    org.account("boss", true, &[AdminRole::Global]);
    let boss = org.synchronised("boss", &[]).unwrap();
    org.give(boss, role).unwrap();
    org.refuses("0x80041D64", "D14", || org.take(boss, role));
    org.take(ADMIN, role).unwrap();
    org.refuses("0x80041D30", "R15", || org.take(boss, role));
}

#[test]
fn r18_giving_a_role_twice_changes_nothing() {
    let org = Organization::new();
    let (user, role) = (org.user("x", &[]).unwrap(), org.role("Salesperson", ROOT));
    org.give(user, role).unwrap();
    let version = org.live.read().version();
    org.give(user, role).unwrap();
    org.relate(true, ("role", role), "systemuserroles_association", ("systemuser", user)).unwrap();
    assert_eq!((org.live.read().version(), org.roles_of(user)), (version, 1));
}

#[test]
fn r30_r33_the_tree_of_units() {
    let org = Organization::new();
    let sales = org.create("businessunit", &[("name", "Sales".into())]).unwrap();
    let north = org.unit("North", sales);
    assert_eq!(org.value("businessunit", sales, "parentbusinessunitid"), org.to("businessunit", ROOT));
    let below = |unit| [("parentbusinessunitid", org.to("businessunit", unit))];
    let patch = |unit, values: &[(&str, Value)]| org.patch_as(ADMIN, "businessunit", unit, values);
    org.refuses("0x80041D21", "R33", || patch(sales, &below(north)));
    org.refuses("0x80041D21", "R33", || patch(sales, &below(sales)));
    org.refuses("0x80041D21", "R33", || patch(ROOT, &below(sales)));
    org.refuses("0x80040200", "R30", || patch(north, &[("parentbusinessunitid", Value::Null)]));
    org.refuses("0x80041D63", "R30", || patch(ROOT, &[("isdisabled", true.into())]));
    org.refuses("0x80041D63", "R30", || org.delete("businessunit", ROOT));
    patch(north, &below(ROOT)).unwrap();
}

#[test]
fn r33_a_unit_that_moves_gets_the_roles_of_where_it_is() {
    let org = Organization::new();
    let (east, west) = (org.unit("East", ROOT), org.unit("West", ROOT));
    let unit = org.unit("Unit", east);
    let below = org.unit("Below", unit);
    let made = |name: &str, unit| {
        org.create("role", &[("name", name.into()), ("businessunitid", org.to("businessunit", unit))])
            .unwrap()
    };
    let (eastern, western, own) = (made("Eastern", east), made("Western", west), made("Own", unit));
    let north = org.unit("North", ROOT);
    made("own", north);
    let to_north = [("parentbusinessunitid", org.to("businessunit", north))];
    org.refuses("0x80041403", "R14", || org.patch_as(ADMIN, "businessunit", unit, &to_north));
    let user = org.user("x", &[("businessunitid", org.to("businessunit", below))]).unwrap();
    for name in ["Eastern", "Own", "Salesperson"] {
        org.give(user, org.role(name, below)).unwrap();
    }
    let sales = org.role("Salesperson", below);
    org.patch_as(ADMIN, "businessunit", unit, &[("parentbusinessunitid", org.to("businessunit", west))])
        .unwrap();
    assert_eq!(org.roles_of(user), 2, "the copy of the role from the east is gone");
    assert_eq!(org.count("role", "parentrootroleid", eastern), 1, "in its own unit and in no other");
    let copy = org.role("Western", below);
    assert_eq!(org.value("role", copy, "parentrootroleid"), org.to("role", western));
    assert_eq!(org.value("role", copy, "parentroleid"), org.to("role", org.role("Western", unit)));
    assert_eq!(org.role("Salesperson", below), sales, "what is above in both places stays");
    let above = org.role("Salesperson", west);
    assert_eq!(org.value("role", org.role("Salesperson", unit), "parentroleid"), org.to("role", above));
    assert_eq!(org.value("role", org.role("Own", below), "parentroleid"), org.to("role", own));
}

#[test]
fn r34_disabling_reaches_below_however_deep_but_not_the_last_administrator() {
    let org = Organization::new();
    let top = org.unit("0", ROOT);
    let lowest = (1..12).fold(top, |above, at| org.unit(&at.to_string(), above));
    let admin = org.user("second", &[("businessunitid", org.to("businessunit", lowest))]).unwrap();
    org.give(admin, org.role("System Administrator", lowest)).unwrap();
    let disable = [("isdisabled", true.into())];
    org.take(ADMIN, org.role("System Administrator", ROOT)).unwrap();
    org.refuses("0x80041D59", "R34", || org.patch_as(SYSTEM, "businessunit", top, &disable));
    org.give(ADMIN, org.role("System Administrator", ROOT)).unwrap();
    org.patch_as(ADMIN, "businessunit", top, &disable).unwrap();
    assert_eq!(org.value("businessunit", lowest, "isdisabled"), true.into());
}

#[test]
fn r35_what_must_be_gone_before_a_unit_goes() {
    let org = Organization::new();
    let unit = org.unit("Sales", ROOT);
    let (team, child) = (team_of(&org, unit), org.unit("North", unit));
    let of_unit = [("businessunitid", org.to("businessunit", unit))];
    let delete = |id| org.delete("businessunit", id);
    org.refuses("0x80041D60", "R35", || delete(unit));
    let user = org.user("x", &of_unit).unwrap();
    let role = org.role("Salesperson", unit);
    org.relate(true, ("team", team), "teamroles_association", ("role", role)).unwrap();
    let account = org.create("account", &[("name", "A".into()), ("ownerid", org.to("team", team))]).unwrap();
    org.patch_as(ADMIN, "businessunit", unit, &[("isdisabled", true.into())]).unwrap();
    org.refuses("0x80041D61", "R35", || delete(unit));
    delete(child).unwrap();
    org.refuses("0x80040227", "R35", || delete(unit));
    org.patch(user, &[("businessunitid", org.to("businessunit", ROOT))]).unwrap();
    org.refuses("0x80041D62", "R35", || delete(unit));
    org.delete("account", account).unwrap();
    let values =
        [("name", "Q".into()), ("businessunitid", org.to("businessunit", unit)), ("queueviewtype", 0.into())];
    let queue = org.create("queue", &values).unwrap();
    org.refuses("0x80072526", "R35", || delete(unit));
    org.delete("queue", queue).unwrap();
    delete(unit).unwrap();
    assert!(!org.exists("team", team));
    assert_eq!(org.count("role", "businessunitid", unit), 0);
}
