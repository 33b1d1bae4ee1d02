//! Kinds of teams, their members, and teams of single records: T3 to T13, R31 and R32 for teams.

use uuid::Uuid;

use super::support::{ADMIN, Organization, ROOT, rules_of};
use crate::fault::Result;
use crate::model::{AccessRights, Depth, Reference, Value};
use crate::rules::support::default_team;
use crate::service::registry::{Datum, Reply};
use crate::service::{Origin, teams};

const GROUP: Uuid = Uuid::from_u128(0x6e);
/// Object type codes.
const ACCOUNT: i32 = 1;
const CONTACT: i32 = 2;

fn team(org: &Organization, name: &str, kind: i32) -> Uuid {
    org.create("team", &[("name", name.into()), ("teamtype", kind.into())]).unwrap()
}

fn account(org: &Organization) -> Uuid {
    org.create("account", &[("name", "A".into())]).unwrap()
}

fn members(org: &Organization, name: &str, team: Uuid, users: &[Uuid]) -> Result<()> {
    let users = users.iter().map(|user| org.datum("systemuser", *user)).collect();
    org.call(("team", team), name, &[("Members", Datum::List(users))]).map(drop)
}

fn convert(org: &Organization, team: Uuid) -> Result<()> {
    org.call(("team", team), "ConvertOwnerTeamToAccessTeam", &[]).map(drop)
}

fn template(org: &Organization, code: i32, mask: i32) -> Result<Uuid> {
    let values = [
        ("teamtemplatename", "Template".into()),
        ("objecttypecode", code.into()),
        ("defaultaccessrightsmask", mask.into()),
    ];
    org.create("teamtemplate", &values)
}

/// `AddUserToRecordTeam` or `RemoveUserFromRecordTeam` on an account; the team.
fn record_team(org: &Organization, name: &str, user: Uuid, account: Uuid, template: Uuid) -> Result<Uuid> {
    let arguments =
        [("Record", org.datum("account", account)), ("TeamTemplate", org.datum("teamtemplate", template))];
    match org.call(("systemuser", user), name, &arguments)?.0 {
        Reply::Complex(answer) => match &*answer {
            [("AccessTeamId", Datum::Guid(team))] => Ok(*team),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn add(org: &Organization, user: Uuid, account: Uuid, template: Uuid) -> Result<Uuid> {
    record_team(org, "AddUserToRecordTeam", user, account, template)
}

fn remove(org: &Organization, user: Uuid, account: Uuid, template: Uuid) -> Result<Uuid> {
    record_team(org, "RemoveUserFromRecordTeam", user, account, template)
}

/// Object and mask of the shares with a team.
fn shares(org: &Organization, team: Uuid) -> Vec<(Option<Uuid>, Option<i32>)> {
    let world = org.live.read();
    let share = &world.known().principalobjectaccess;
    let rows =
        world.records().table(share.id).rows_with(share.principalid, crate::model::ValueRef::Guid(team));
    rows.map(|row| (row.get(share.objectid).as_id(), row.get(share.accessrightsmask).as_int())).collect()
}

#[test]
fn t3_t14_a_team_has_an_administrator() {
    let org = Organization::new();
    let user = org.user("x", &[]).unwrap();
    let team = team(&org, "T", 0);
    let name = |user| [("administratorid", org.to("systemuser", user))];
    org.refuses("0x80041D0A", "T3", || org.patch_as(ADMIN, "team", team, &name(user)));
    let role = org.role("Salesperson", ROOT);
    org.let_role(role, "prvReadTeam", Depth::Local);
    org.give(user, role).unwrap();
    org.relate(true, ("team", team), "teamroles_association", ("role", role)).unwrap();
    let owned = org.create("account", &[("name", "A".into()), ("ownerid", org.to("team", team))]).unwrap();
    let rights = || org.rights(("systemuser", user), ("account", owned));
    assert_eq!(rights(), AccessRights::empty());
    org.patch_as(ADMIN, "team", team, &name(user)).unwrap();
    assert_eq!(rights(), AccessRights::READ);
    assert!(org.patch_as(ADMIN, "team", team, &[("administratorid", Value::Null)]).is_err());
}

#[test]
fn t4_members_from_any_unit_are_added_and_removed_together() {
    let org = Organization::new();
    let sales = org.unit("Sales", ROOT);
    let x = org.user("x", &[]).unwrap();
    let y = org
        .user("y", &[("businessunitid", org.to("businessunit", sales)), ("isdisabled", true.into())])
        .unwrap();
    let team = team(&org, "T", 0);
    members(&org, "AddMembersTeam", team, &[x, y]).unwrap();
    members(&org, "AddMembersTeam", team, &[y]).unwrap();
    assert_eq!(org.count("teammembership", "teamid", team), 2);
    org.refuses("0x80041D1F", "T4", || members(&org, "AddMembersTeam", team, &[x, GROUP]));
    members(&org, "RemoveMembersTeam", team, &[x]).unwrap();
    members(&org, "RemoveMembersTeam", team, &[x, y]).unwrap();
    assert_eq!(org.count("teammembership", "teamid", team), 0);
    let of_unit = default_team(&org.live.read(), sales).unwrap();
    org.refuses("0x8004830B", "T2", || members(&org, "AddMembersTeam", of_unit, &[x]));
    org.refuses("0x8004830C", "T2", || members(&org, "RemoveMembersTeam", of_unit, &[y]));
}

#[test]
fn t5_a_team_without_a_role_is_given_nothing() {
    let org = Organization::new();
    let (team, account) = (team(&org, "T", 0), account(&org));
    let to_team = [("ownerid", org.to("team", team)), ("name", "B".into())];
    org.refuses("0x80042F0A", "T5", || org.create("account", &to_team));
    org.refuses("0x80042F0A", "T5", || org.patch_as(ADMIN, "account", account, &to_team));
    let role = org.role("Salesperson", ROOT);
    org.relate(true, ("team", team), "teamroles_association", ("role", role)).unwrap();
    org.create("account", &to_team).unwrap();
    org.patch_as(ADMIN, "account", account, &to_team).unwrap();
    assert_eq!(org.value("account", account, "owningteam"), org.to("team", team));
}

#[test]
fn t6_an_access_team_has_no_rows_roles_or_profiles() {
    let org = Organization::new();
    let team = team(&org, "T", 1);
    let to_team = [("ownerid", org.to("team", team)), ("name", "B".into())];
    org.refuses("0x80048340", "T6", || org.create("account", &to_team));
    let mine = account(&org);
    org.refuses("0x80048340", "T6", || org.patch_as(ADMIN, "account", mine, &to_team));
    org.refuses("0x80048331", "T6", || {
        org.relate(true, ("team", team), "teamroles_association", ("role", org.role("Salesperson", ROOT)))
    });
    let profile = org.create("fieldsecurityprofile", &[("name", "P".into())]).unwrap();
    let give = |team| {
        org.relate(true, ("team", team), "teamprofiles_association", ("fieldsecurityprofile", profile))
    };
    org.refuses("0x80048331", "T6", || give(team));
    let owner = org.owner_team("O");
    give(owner).unwrap();
}

#[test]
fn t7_an_owner_team_becomes_an_access_team_once_it_has_nothing() {
    let org = Organization::new();
    let team = org.owner_team("T");
    let queue = org.value("team", team, "queueid").as_id().unwrap();
    let role = org.role("Salesperson", ROOT);
    let account = org.create("account", &[("name", "A".into()), ("ownerid", org.to("team", team))]).unwrap();
    org.refuses("0x80048336", "T7", || convert(&org, team));
    org.relate(false, ("team", team), "teamroles_association", ("role", role)).unwrap();
    org.refuses("0x80048337", "T7", || convert(&org, team));
    org.delete("account", account).unwrap();
    let notes = org.patch_as(ADMIN, "team", team, &[("teamtype", 1.into())]).unwrap();
    assert_eq!(rules_of(&notes), ["read-only"], "nobody else changes the type");
    assert_eq!(org.value("team", team, "teamtype"), 0.into());
    let (_, notes) = org.call(("team", team), "ConvertOwnerTeamToAccessTeam", &[]).unwrap();
    assert_eq!(rules_of(&notes), ["T7"]);
    assert_eq!(org.value("team", team, "teamtype"), 1.into());
    assert_eq!(org.value("team", team, "modifiedby"), org.to("systemuser", ADMIN));
    assert!(org.value("team", team, "queueid").is_null() && !org.exists("queue", queue));
    org.refuses("0x80040203", "T7", || convert(&org, team));
    let root = default_team(&org.live.read(), ROOT).unwrap();
    org.refuses("0x80040203", "T7", || convert(&org, root));
}

#[test]
fn t8_what_is_shared_with_a_team_goes_with_it() {
    let org = Organization::new();
    let (team, account) = (team(&org, "T", 1), account(&org));
    let values = [
        ("objectid", account.into()),
        ("objecttypecode", "account".into()),
        ("principalid", team.into()),
        ("principaltypecode", "team".into()),
        ("accessrightsmask", 1.into()),
    ];
    org.insert("principalobjectaccess", Uuid::from_u128(0x5a), &values);
    assert_eq!(shares(&org, team), [(Some(account), Some(1))]);
    org.delete("team", team).unwrap();
    assert!(shares(&org, team).is_empty() && org.exists("account", account));
}

#[test]
fn t9_the_first_user_makes_the_team_and_the_last_one_ends_it() {
    let org = Organization::new();
    let (x, y) = (org.salesperson("x"), org.salesperson("y"));
    let (account, template) = (account(&org), template(&org, ACCOUNT, 3).unwrap());
    org.refuses("0x80040217", "T9", || remove(&org, x, account, template));
    let team = add(&org, x, account, template).unwrap();
    for (column, value) in [
        ("teamtype", 1.into()),
        ("systemmanaged", true.into()),
        ("name", format!("{account}+{template}").as_str().into()),
        ("regardingobjectid", org.to("account", account)),
        ("teamtemplateid", org.to("teamtemplate", template)),
        ("queueid", Value::Null),
    ] {
        assert_eq!(org.value("team", team, column), value, "{column}");
    }
    assert_eq!(shares(&org, team), [(Some(account), Some(3))]);
    assert_eq!(add(&org, y, account, template).unwrap(), team);
    assert_eq!(add(&org, y, account, template).unwrap(), team);
    assert_eq!(org.count("teammembership", "teamid", team), 2);
    assert_eq!(remove(&org, x, account, template).unwrap(), team);
    assert_eq!(remove(&org, x, account, template).unwrap(), team, "no member is no error");
    assert!(org.exists("team", team));
    assert_eq!(remove(&org, y, account, template).unwrap(), team);
    assert!(!org.exists("team", team) && shares(&org, team).is_empty());
    assert_ne!(add(&org, x, account, template).unwrap(), team);
}

#[test]
fn t9_a_records_team_goes_with_record_template_or_user() {
    let org = Organization::with(&[("delete_users", "two_stage")]);
    let x = org.salesperson("x");
    let (first, second) = (template(&org, ACCOUNT, 1).unwrap(), template(&org, ACCOUNT, 2).unwrap());
    let account_a = account(&org);
    let (a, b) = (add(&org, x, account_a, first).unwrap(), add(&org, x, account_a, second).unwrap());
    org.delete("teamtemplate", second).unwrap();
    assert!(org.exists("team", a) && !org.exists("team", b) && shares(&org, b).is_empty());
    org.delete("account", account_a).unwrap();
    assert!(!org.exists("team", a) && shares(&org, a).is_empty());
    let account_b = account(&org);
    let by_hand = add(&org, x, account_b, first).unwrap();
    org.delete("team", by_hand).unwrap();
    assert!(shares(&org, by_hand).is_empty());
    let c = add(&org, x, account_b, first).unwrap();
    org.patch(x, &[("isdisabled", true.into())]).unwrap();
    org.delete("systemuser", x).unwrap();
    org.delete("systemuser", x).unwrap();
    assert!(!org.exists("systemuser", x) && !org.exists("team", c) && org.exists("account", account_b));
}

#[test]
fn t9_t10_record_and_template_must_fit() {
    let org = Organization::new();
    let x = org.salesperson("x");
    let of_contacts = template(&org, CONTACT, 1).unwrap();
    let task = org.create("task", &[("subject", "S".into())]).unwrap();
    let on = |table: &'static str, id| {
        let arguments =
            [("Record", org.datum(table, id)), ("TeamTemplate", org.datum("teamtemplate", of_contacts))];
        org.call(("systemuser", x), "AddUserToRecordTeam", &arguments)
    };
    let account = account(&org);
    org.refuses("0x80040203", "T9", || on("account", account));
    org.refuses("0x80048334", "T10", || on("task", task));
    assert_eq!(on("account", GROUP).unwrap_err().code_text(), "0x80040217");
    let fault = add(&org, x, account, GROUP).unwrap_err();
    assert_eq!(fault.code_text(), "0x80040217");
}

#[test]
fn t10_what_a_template_may_say() {
    let org = Organization::with(&[("access_team_tables", "1")]);
    org.refuses("0x80048334", "T10", || template(&org, 4212, 1));
    org.refuses("0x80048334", "T10", || template(&org, 99_999, 1));
    org.refuses("0x80040200", "T10", || {
        org.create("teamtemplate", &[("teamtemplatename", "T".into()), ("defaultaccessrightsmask", 1.into())])
    });
    for mask in [0, 32, 33, 8, 1 << 20, -1] {
        org.refuses("0x80048335", "T10", || template(&org, ACCOUNT, mask));
    }
    let first = template(&org, ACCOUNT, 0xd_0017).unwrap();
    org.refuses("0x80048332", "T10", || template(&org, CONTACT, 1));
    org.set("access_team_tables", "5");
    let second = template(&org, ACCOUNT, 1).unwrap();
    org.refuses("0x80048333", "T10", || template(&org, ACCOUNT, 1));
    let patch = |id, values: &[(&str, Value)]| org.patch_as(ADMIN, "teamtemplate", id, values);
    let other = template(&org, CONTACT, 1).unwrap();
    org.refuses("0x80048333", "T10", || patch(other, &[("objecttypecode", ACCOUNT.into())]));
    org.refuses("0x80048335", "T10", || patch(other, &[("defaultaccessrightsmask", 0.into())]));
    patch(second, &[("objecttypecode", CONTACT.into())]).unwrap();
    patch(first, &[("teamtemplatename", "Other".into()), ("objecttypecode", ACCOUNT.into())]).unwrap();
}

#[test]
fn t10_a_changed_template_changes_new_teams_only() {
    let org = Organization::new();
    let x = org.salesperson("x");
    let (old, new) = (account(&org), account(&org));
    let template = template(&org, ACCOUNT, 1).unwrap();
    let before = add(&org, x, old, template).unwrap();
    org.patch_as(ADMIN, "teamtemplate", template, &[("defaultaccessrightsmask", 3.into())]).unwrap();
    let after = add(&org, x, new, template).unwrap();
    assert_eq!(shares(&org, before), [(Some(old), Some(1))]);
    assert_eq!(shares(&org, after), [(Some(new), Some(3))]);
}

#[test]
fn t11_who_may_not_share_the_record_adds_nobody() {
    let org = Organization::new();
    let x = org.salesperson("x");
    // The access mode leaves it teams, but no accounts.
    let administrative = org.salesperson("y");
    org.patch(administrative, &[("accessmode", 1.into())]).unwrap();
    let (account, template) = (account(&org), template(&org, ACCOUNT, 1).unwrap());
    let arguments =
        [("Record", org.datum("account", account)), ("TeamTemplate", org.datum("teamtemplate", template))];
    let call = |name| org.call_as(administrative, ("systemuser", x), name, &arguments);
    org.refuses("0x80040220", "T11", || call("AddUserToRecordTeam"));
    let team = add(&org, x, account, template).unwrap();
    org.refuses("0x80040220", "T11", || call("AddUserToRecordTeam"));
    org.refuses("0x80040220", "T11", || call("RemoveUserFromRecordTeam"));
    org.refuses("0x80040220", "T11", || {
        let users = Datum::List(vec![org.datum("systemuser", ADMIN)]);
        org.call_as(administrative, ("team", team), "AddMembersTeam", &[("Members", users)])
    });
}

#[test]
fn t11_a30_who_is_added_holds_the_templates_privileges_and_who_adds_may_share() {
    let org = Organization::new();
    let reader = org.user("reader", &[]).unwrap();
    let role = org.role("System Customizer", ROOT);
    org.let_role(role, "prvReadAccount", Depth::Basic);
    org.give(reader, role).unwrap();
    let seller = org.salesperson("seller");
    let template = template(&org, ACCOUNT, 3).unwrap();
    let owned =
        org.create("account", &[("name", "A".into()), ("ownerid", org.to("systemuser", seller))]).unwrap();
    let arguments =
        [("Record", org.datum("account", owned)), ("TeamTemplate", org.datum("teamtemplate", template))];
    let call = |who, whom| org.call_as(who, ("systemuser", whom), "AddUserToRecordTeam", &arguments);
    let fault = call(seller, reader).unwrap_err();
    assert_eq!((fault.code_text().as_str(), fault.rules()[0].0), ("0x80048342", "T11"));
    assert!(fault.message().contains("\"prvWriteAccount\""), "{}", fault.message());
    assert_eq!(org.count("team", "teamtemplateid", template), 0, "no team is left behind");
    let second = org.salesperson("second");
    org.refuses("0x80048306", "T11", || call(second, second));
    call(seller, second).unwrap();
    let rights = org.rights(("systemuser", second), ("account", owned));
    assert_eq!(rights, AccessRights::READ | AccessRights::WRITE, "what the template gives, and no more");
}

#[test]
fn t12_nobody_shares_with_a_records_team_by_hand() {
    let org = Organization::new();
    let x = org.salesperson("x");
    let (account, template) = (account(&org), template(&org, ACCOUNT, 1).unwrap());
    let managed = add(&org, x, account, template).unwrap();
    let is_managed = |id| {
        let team = org.to("team", id).as_lookup().unwrap();
        teams::is_system_managed(&org.live.read(), team)
    };
    assert!(is_managed(managed) && !is_managed(team(&org, "T", 1)));
    let user = Reference::new(org.table("systemuser"), managed);
    assert!(!teams::is_system_managed(&org.live.read(), user));
}

#[test]
fn t13_a_group_team_names_its_group_and_gets_no_members_by_hand() {
    let org = Organization::new();
    let group = [
        ("name", "G".into()),
        ("teamtype", 2.into()),
        ("azureactivedirectoryobjectid", GROUP.into()),
        ("membershiptype", 1.into()),
    ];
    org.refuses("0x8004431A", "T13", || org.create("team", &group));
    org.set("era", "dataverse");
    org.refuses("0x80040200", "T13", || org.create("team", &group[..2]));
    let team = org.create("team", &group).unwrap();
    let values = [("azureactivedirectoryobjectid", ROOT.into()), ("membershiptype", 2.into())];
    let notes = org.patch_as(ADMIN, "team", team, &values).unwrap();
    assert_eq!(rules_of(&notes), ["read-only"]);
    assert_eq!(org.value("team", team, "azureactivedirectoryobjectid").as_id(), Some(GROUP));
    assert_eq!(org.value("team", team, "membershiptype"), 1.into());
    org.refuses("0x8004023B", "T13", || members(&org, "AddMembersTeam", team, &[ADMIN]));
    org.refuses("0x80040203", "T7", || convert(&org, team));
    let role = org.role("Salesperson", ROOT);
    org.relate(true, ("team", team), "teamroles_association", ("role", role)).unwrap();
    org.create("account", &[("name", "A".into()), ("ownerid", org.to("team", team))]).unwrap();
}

#[test]
fn r31_r32_a_team_moves_without_its_roles_and_with_its_records_unless_they_stay() {
    let org = Organization::new();
    let (sales, north) = (org.unit("Sales", ROOT), org.unit("North", ROOT));
    let team = org.owner_team("T");
    let account = org.create("account", &[("name", "A".into()), ("ownerid", org.to("team", team))]).unwrap();
    let go = |team, unit, more: &[(&'static str, Datum)]| {
        let mut arguments = vec![("BusinessUnit", org.datum("businessunit", unit))];
        arguments.extend_from_slice(more);
        org.call(("team", team), "SetParentTeam", &arguments)
    };
    assert_eq!(rules_of(&go(team, sales, &[]).unwrap().1), ["R31"]);
    assert_eq!(org.count("teamroles", "teamid", team), 0);
    assert_eq!(org.value("account", account, "owningbusinessunit"), org.to("businessunit", sales));
    go(team, north, &[("DoNotMoveAllRecords", Datum::Boolean(true))]).unwrap();
    assert_eq!(org.value("team", team, "businessunitid"), org.to("businessunit", north));
    assert_eq!(org.value("account", account, "owningbusinessunit"), org.to("businessunit", sales));
    assert!(org.live.read().settings().move_records_on_bu_change, "the switch is as it was");
    let of_sales = default_team(&org.live.read(), sales).unwrap();
    org.refuses("0x80048308", "T2", || go(of_sales, north, &[]));
}

#[test]
fn t6_an_import_is_refused_too() {
    let org = Organization::new();
    let team = team(&org, "T", 1);
    let values = [("name", "A".into()), ("ownerid", org.to("team", team))];
    org.refuses("0x80048340", "T6", || org.create_as(ADMIN, Origin::Import, "account", &values));
}
