//! Sharing, owners and what follows them: S1, S8 to S12, S20, T5, T6, T8.

use uuid::Uuid;

use super::support::{ADMIN, Organization, ROOT};
use crate::fault::Result;
use crate::model::{CascadeType, Reference, Value};
use crate::security::AccessRights;
use crate::service::Note;
use crate::service::shares::{self, SHAREABLE, inherit};

impl Organization {
    pub(super) fn reference(&self, table: &str, id: Uuid) -> Reference {
        Reference::new(self.table(table), id)
    }

    /// Writes shares, as the messages do when they have checked everything.
    pub(super) fn sharing(&self, write: impl FnOnce(&mut crate::world::Transaction<'_>)) {
        let done: Result<()> = self.live.write(|tx| {
            write(tx);
            Ok(())
        });
        done.unwrap();
    }

    fn grant(&self, record: (&str, Uuid), user: Uuid, rights: AccessRights) {
        let (record, user) = (self.reference(record.0, record.1), self.reference("systemuser", user));
        self.sharing(|tx| shares::grant(tx, record, user, rights));
    }

    fn modify(&self, record: (&str, Uuid), user: Uuid, rights: AccessRights) {
        let (record, user) = (self.reference(record.0, record.1), self.reference("systemuser", user));
        self.sharing(|tx| shares::modify(tx, record, user, rights));
    }

    fn revoke(&self, record: (&str, Uuid), user: Uuid) {
        let (record, user) = (self.reference(record.0, record.1), self.reference("systemuser", user));
        self.sharing(|tx| shares::revoke(tx, record, user));
    }

    /// Own and inherited rights of a user by sharing.
    fn shared(&self, record: (&str, Uuid), user: Uuid) -> (AccessRights, AccessRights) {
        let (record, user) = (self.reference(record.0, record.1), self.reference("systemuser", user));
        let share = shares::between(&self.live.read(), user, record);
        share.map_or((AccessRights::empty(), AccessRights::empty()), |share| (share.own, share.inherited))
    }

    fn customer(&self, parent: Option<Uuid>) -> Uuid {
        let mut values = vec![("name", Value::from("A"))];
        values.extend(parent.map(|parent| ("parentaccountid", self.to("account", parent))));
        self.create("account", &values).unwrap()
    }

    fn contact(&self, of: (&str, Uuid)) -> Uuid {
        self.create("contact", &[("lastname", "C".into()), ("parentcustomerid", self.to(of.0, of.1))])
            .unwrap()
    }

    fn assign(&self, table: &str, id: Uuid, to: (&str, Uuid)) -> Result<Vec<Note>> {
        self.patch_as(ADMIN, table, id, &[("ownerid", self.to(to.0, to.1))])
    }

    fn owner(&self, table: &str, id: Uuid) -> Option<Uuid> {
        self.value(table, id, "ownerid").as_id()
    }

    fn team_with_role(&self, name: &str) -> Uuid {
        let team = self.create("team", &[("name", name.into())]).unwrap();
        let role = self.role("Salesperson", ROOT);
        self.relate(true, ("team", team), "teamroles_association", ("role", role)).unwrap();
        team
    }
}

const NONE: AccessRights = AccessRights::empty();
const READ: AccessRights = AccessRights::READ;
const WRITE: AccessRights = AccessRights::WRITE;

#[test]
fn s1_shares_add_up_are_replaced_and_end() {
    let org = Organization::new();
    let (user, account) = (org.salesperson("x"), org.customer(None));
    let record = ("account", account);
    org.grant(record, user, READ);
    org.grant(record, user, WRITE);
    assert_eq!(org.shared(record, user), (READ | WRITE, NONE));
    org.modify(record, user, AccessRights::SHARE);
    assert_eq!(org.shared(record, user), (AccessRights::SHARE, NONE));
    let version = org.live.read().version();
    org.grant(record, user, AccessRights::SHARE);
    assert_eq!(org.live.read().version(), version, "what is shared already is not written again");
    org.revoke(record, user);
    assert_eq!(org.count("principalobjectaccess", "objectid", account), 0);
    org.refuses("0x80040800", "S1", || {
        org.create("principalobjectaccess", &[("accessrightsmask", 1.into())])
    });
}

#[test]
fn s8_children_inherit_apart_from_what_is_their_own() {
    let org = Organization::new();
    let user = org.salesperson("x");
    let account = org.customer(None);
    let contact = org.contact(("account", account));
    org.grant(("account", account), user, READ);
    assert_eq!(org.shared(("contact", contact), user), (NONE, READ));
    // A row that is made later, and one below the contact.
    let task = org
        .create("task", &[("subject", "T".into()), ("regardingobjectid", org.to("contact", contact))])
        .unwrap();
    assert_eq!(org.shared(("task", task), user), (NONE, READ));
    org.grant(("contact", contact), user, WRITE);
    assert_eq!(org.shared(("task", task), user), (NONE, READ | WRITE));
    org.modify(("account", account), user, AccessRights::DELETE);
    assert_eq!(org.shared(("contact", contact), user), (WRITE, AccessRights::DELETE));
    org.revoke(("account", account), user);
    assert_eq!(org.shared(("contact", contact), user), (WRITE, NONE));
    assert_eq!(org.shared(("task", task), user), (NONE, WRITE));
    org.revoke(("contact", contact), user);
    assert_eq!(org.shared(("task", task), user), (NONE, NONE));
}

#[test]
fn s8_a_record_inherits_from_the_parent_it_has_now() {
    let org = Organization::new();
    let user = org.salesperson("x");
    let (first, second) = (org.customer(None), org.customer(None));
    let contact = org.contact(("account", first));
    org.grant(("account", first), user, READ);
    org.grant(("account", second), user, WRITE);
    let move_to = |parent: Value| org.patch_as(ADMIN, "contact", contact, &[("parentcustomerid", parent)]);
    move_to(org.to("account", second)).unwrap();
    assert_eq!(org.shared(("contact", contact), user), (NONE, WRITE));
    move_to(Value::Null).unwrap();
    assert_eq!(org.count("principalobjectaccess", "objectid", contact), 0);
    // What only points to a record (`primarycontactid`) inherits nothing.
    org.grant(("contact", contact), user, READ);
    org.patch_as(ADMIN, "account", first, &[("primarycontactid", org.to("contact", contact))]).unwrap();
    assert_eq!(org.shared(("account", first), user), (READ, NONE));
}

#[test]
fn s8_the_owner_of_a_parent_inherits_all_but_the_right_to_create() {
    let org = Organization::new();
    let (user, other) = (org.salesperson("x"), org.salesperson("y"));
    let account = org.customer(None);
    org.assign("account", account, ("systemuser", user)).unwrap();
    let contact = org.contact(("account", account));
    assert_eq!(org.shared(("contact", contact), user), (NONE, SHAREABLE));
    org.assign("contact", contact, ("systemuser", user)).unwrap();
    assert_eq!(org.count("principalobjectaccess", "objectid", contact), 0, "an owner needs no share");
    org.assign("contact", contact, ("systemuser", other)).unwrap();
    assert_eq!(org.shared(("contact", contact), user), (NONE, SHAREABLE));
    org.delete("account", account).unwrap();
    assert!(!org.exists("contact", contact));
}

#[test]
fn s8_a_deep_tree_of_accounts_is_shared_and_assigned_as_a_whole() {
    let org = Organization::new();
    let user = org.salesperson("x");
    let top = org.customer(None);
    let tree: Vec<Uuid> = (0..20)
        .scan(top, |above, _| {
            *above = org.customer(Some(*above));
            Some(*above)
        })
        .collect();
    org.grant(("account", top), user, READ);
    assert!(tree.iter().all(|account| org.shared(("account", *account), user) == (NONE, READ)));
    org.revoke(("account", top), user);
    assert!(tree.iter().all(|account| org.shared(("account", *account), user) == (NONE, NONE)));
    org.assign("account", top, ("systemuser", user)).unwrap();
    assert!(tree.iter().all(|account| org.owner("account", *account) == Some(user)));
    assert_eq!(org.live.read().records().table(org.table("principalobjectaccess")).len(), 0);
    // Deleting empties the lookup of those below; they stay.
    org.delete("account", tree[0]).unwrap();
    assert!(org.value("account", tree[1], "parentaccountid").is_null());
}

#[test]
fn s10_s12_t5_t6_who_may_be_given_a_record() {
    let org = Organization::new();
    let account = org.customer(None);
    let bare = org.create("team", &[("name", "Bare".into())]).unwrap();
    let access = org.create("team", &[("name", "Access".into()), ("teamtype", 1.into())]).unwrap();
    org.refuses("0x80042F0A", "T5", || org.assign("account", account, ("team", bare)));
    org.refuses("0x80048340", "T6", || org.assign("account", account, ("team", access)));
    org.refuses("0x80048340", "T6", || {
        org.create("account", &[("name", "B".into()), ("ownerid", org.to("team", access))])
    });
    let sales = org.unit("Sales", ROOT);
    let seller = org.user("seller", &[("businessunitid", org.to("businessunit", sales))]).unwrap();
    org.refuses("0x80040231", "S10", || org.assign("account", account, ("systemuser", seller)));
    org.give(seller, org.role("Salesperson", sales)).unwrap();
    org.assign("account", account, ("systemuser", seller)).unwrap();
    assert_eq!(org.value("account", account, "owningbusinessunit"), org.to("businessunit", sales));
    assert_eq!(org.value("account", account, "owninguser"), org.to("systemuser", seller));
    let team = org.team_with_role("Owners");
    org.assign("account", account, ("team", team)).unwrap();
    assert_eq!(org.value("account", account, "owninguser"), Value::Null);
    assert_eq!(org.value("account", account, "owningteam"), org.to("team", team));
    let reader = org.salesperson("reader");
    org.patch(reader, &[("accessmode", 2.into())]).unwrap();
    org.refuses("0x80040220", "R20", || {
        org.patch_as(reader, "account", account, &[("ownerid", org.to("systemuser", reader))])
    });
}

#[test]
fn s20_the_previous_owner_keeps_a_share_of_all_that_went() {
    let org = Organization::with(&[("share_to_previous_owner_on_assign", "true")]);
    let user = org.salesperson("x");
    let account = org.customer(None);
    let contact = org.contact(("account", account));
    org.assign("account", account, ("systemuser", user)).unwrap();
    assert_eq!(org.owner("contact", contact), Some(user));
    assert_eq!(org.shared(("account", account), ADMIN), (SHAREABLE, NONE));
    assert_eq!(org.shared(("contact", contact), ADMIN), (SHAREABLE, SHAREABLE));
    org.set("share_to_previous_owner_on_assign", "false");
    org.assign("account", account, ("systemuser", ADMIN)).unwrap();
    assert_eq!(org.shared(("account", account), user), (NONE, NONE));
}

#[test]
fn t8_shares_go_with_their_record_and_their_principal() {
    let org = Organization::new();
    let account = org.customer(None);
    let team = org.create("team", &[("name", "Access".into()), ("teamtype", 1.into())]).unwrap();
    let (record, principal) = (org.reference("account", account), org.reference("team", team));
    org.sharing(|tx| shares::grant(tx, record, principal, READ));
    org.delete("team", team).unwrap();
    assert_eq!(org.count("principalobjectaccess", "principalid", team), 0);
    let user = org.salesperson("x");
    org.grant(("account", account), user, READ);
    org.delete("account", account).unwrap();
    assert_eq!(org.count("principalobjectaccess", "objectid", account), 0);
    org.set("delete_users", "two_stage");
    let account = org.customer(None);
    org.grant(("account", account), user, READ);
    org.patch(user, &[("isdisabled", true.into())]).unwrap();
    org.delete("systemuser", user).unwrap();
    assert_eq!(org.count("principalobjectaccess", "principalid", user), 1, "deleted softly");
    org.delete("systemuser", user).unwrap();
    assert_eq!(org.count("principalobjectaccess", "principalid", user), 0);
}

#[test]
fn s8_accounts_in_a_circle_give_each_other_nothing() {
    let org = Organization::new();
    let user = org.salesperson("x");
    let (first, second) = (org.customer(None), org.customer(None));
    for (child, parent) in [(first, second), (second, first)] {
        org.patch_as(ADMIN, "account", child, &[("parentaccountid", org.to("account", parent))]).unwrap();
    }
    org.grant(("account", first), user, READ);
    assert_eq!(org.shared(("account", first), user), (READ, NONE));
    assert_eq!(org.shared(("account", second), user), (NONE, READ));
    org.revoke(("account", first), user);
    assert_eq!(org.count("principalobjectaccess", "principalid", user), 0);
}

#[test]
fn s8_actions_reach_active_rows_or_those_of_the_same_owner_where_a_relationship_says_so() {
    let org = Organization::new();
    let user = org.salesperson("x");
    let account = org.customer(None);
    let contact = org.contact(("account", account));
    let reaches = |kind, holder: Uuid| {
        let (child, holder) = (org.reference("contact", contact), org.reference("systemuser", holder));
        inherit::applies(&org.live.read(), child, kind, Some(holder))
    };
    assert!(reaches(CascadeType::Active, ADMIN) && reaches(CascadeType::UserOwned, ADMIN));
    assert!(!reaches(CascadeType::UserOwned, user) && !reaches(CascadeType::NoCascade, ADMIN));
    org.patch_as(ADMIN, "contact", contact, &[("statecode", 1.into())]).unwrap();
    assert!(!reaches(CascadeType::Active, ADMIN) && reaches(CascadeType::Cascade, user));
}
