//! Whatever is shared, assigned, moved and deleted in whatever order, what should hold of shares and owners holds, and
//! a refusal leaves no trace.

use proptest::prelude::*;
use uuid::Uuid;

use super::support::{ADMIN, Organization, ROOT};
use crate::fault::Result;
use crate::model::Value;
use crate::security::AccessRights;
use crate::service::shares;

/// One thing somebody does with records; numbers choose among what there is at the time.
#[derive(Debug, Clone)]
enum Deed {
    Account { parent: Option<usize> },
    Contact { account: usize },
    Task { record: usize },
    Reparent { record: usize, to: Option<usize> },
    Assign { record: usize, to: usize },
    Grant { record: usize, to: usize, rights: i32 },
    Modify { record: usize, to: usize, rights: i32 },
    Revoke { record: usize, to: usize },
    Delete { record: usize },
    DeleteTeam { team: usize },
    MoveUser { user: usize, unit: usize },
    MoveUnit { unit: usize, to: usize },
    PreviousOwner { to: bool },
}

fn deed_with_records() -> impl Strategy<Value = Deed> {
    let record = || 0..12_usize;
    let rights = || prop::sample::select(vec![1, 2, 3, 0x4_0001, 0xd_0017]);
    prop_oneof![
        2 => prop::option::of(record()).prop_map(|parent| Deed::Account { parent }),
        2 => record().prop_map(|account| Deed::Contact { account }),
        2 => record().prop_map(|record| Deed::Task { record }),
        3 => (record(), prop::option::of(record())).prop_map(|(record, to)| Deed::Reparent { record, to }),
        3 => (record(), 0..6_usize).prop_map(|(record, to)| Deed::Assign { record, to }),
        4 => (record(), 0..6_usize, rights()).prop_map(|(record, to, rights)| Deed::Grant { record, to, rights }),
        2 => (record(), 0..6_usize, rights()).prop_map(|(record, to, rights)| Deed::Modify { record, to, rights }),
        2 => (record(), 0..6_usize).prop_map(|(record, to)| Deed::Revoke { record, to }),
        1 => record().prop_map(|record| Deed::Delete { record }),
        1 => (0..3_usize).prop_map(|team| Deed::DeleteTeam { team }),
        1 => (0..3_usize, 0..4_usize).prop_map(|(user, unit)| Deed::MoveUser { user, unit }),
        1 => (0..4_usize, 0..4_usize).prop_map(|(unit, to)| Deed::MoveUnit { unit, to }),
        1 => any::<bool>().prop_map(|to| Deed::PreviousOwner { to }),
    ]
}

/// An organization with records, and with users and teams to give them to.
struct Office {
    org: Organization,
    records: Vec<(&'static str, Uuid)>,
    principals: Vec<(&'static str, Uuid)>,
    units: Vec<Uuid>,
}

impl Office {
    fn new() -> Self {
        let org = Organization::new();
        let units = vec![ROOT, org.unit("East", ROOT), org.unit("West", ROOT)];
        let mut principals: Vec<(&'static str, Uuid)> =
            (0..3).map(|at| ("systemuser", org.user(&format!("user{at}"), &[]).unwrap())).collect();
        for (name, kind) in [("Owners", 0), ("Others", 0), ("Access", 1)] {
            let team = org.create("team", &[("name", name.into()), ("teamtype", kind.into())]).unwrap();
            if kind == 0 {
                let role = org.role("Salesperson", ROOT);
                org.relate(true, ("team", team), "teamroles_association", ("role", role)).unwrap();
            }
            principals.push(("team", team));
        }
        Self { org, records: Vec::new(), principals, units }
    }

    fn pick<T: Copy>(from: &[T], at: usize) -> Option<T> {
        (!from.is_empty()).then(|| from[at % from.len()])
    }

    fn of_table(&self, table: &str, at: usize) -> Option<Uuid> {
        let ids: Vec<Uuid> = self.records.iter().filter(|(of, _)| *of == table).map(|(_, id)| *id).collect();
        Self::pick(&ids, at)
    }

    fn make(&mut self, table: &'static str, values: &[(&str, Value)]) -> Result<()> {
        let id = self.org.create(table, values)?;
        self.records.push((table, id));
        Ok(())
    }

    fn act(&mut self, deed: &Deed) -> Result<()> {
        match *deed {
            Deed::Account { parent } => {
                let mut values = vec![("name", Value::from("A"))];
                let parent = parent.and_then(|parent| self.of_table("account", parent));
                values.extend(parent.map(|parent| ("parentaccountid", self.org.to("account", parent))));
                self.make("account", &values)
            }
            Deed::Contact { account } => {
                let Some(account) = self.of_table("account", account) else { return Ok(()) };
                let of = self.org.to("account", account);
                self.make("contact", &[("lastname", "C".into()), ("parentcustomerid", of)])
            }
            Deed::Task { record } => {
                let fit: Vec<_> =
                    self.records.iter().copied().filter(|(table, _)| *table != "task").collect();
                let Some((table, id)) = Self::pick(&fit, record) else { return Ok(()) };
                let of = self.org.to(table, id);
                self.make("task", &[("subject", "T".into()), ("regardingobjectid", of)])
            }
            Deed::Reparent { record, to } => {
                let Some((table, id)) = Self::pick(&self.records, record) else { return Ok(()) };
                let column = match table {
                    "account" => "parentaccountid",
                    "contact" => "parentcustomerid",
                    _ => "regardingobjectid",
                };
                let to = to.and_then(|to| self.of_table("account", to));
                let to = to.map_or(Value::Null, |to| self.org.to("account", to));
                self.org.patch_as(ADMIN, table, id, &[(column, to)]).map(drop)
            }
            Deed::Delete { record } => {
                let Some((table, id)) = Self::pick(&self.records, record) else { return Ok(()) };
                self.org.delete(table, id)?;
                let org = &self.org;
                self.records.retain(|(table, id)| org.exists(table, *id));
                Ok(())
            }
            _ => self.act_on_principals(deed),
        }
    }

    fn act_on_principals(&mut self, deed: &Deed) -> Result<()> {
        let org = &self.org;
        match *deed {
            Deed::Assign { record, to } => {
                let Some((table, id)) = Self::pick(&self.records, record) else { return Ok(()) };
                let Some((kind, to)) = Self::pick(&self.principals, to) else { return Ok(()) };
                org.patch_as(ADMIN, table, id, &[("ownerid", org.to(kind, to))]).map(drop)
            }
            Deed::Grant { record, to, .. }
            | Deed::Modify { record, to, .. }
            | Deed::Revoke { record, to } => {
                let Some((table, id)) = Self::pick(&self.records, record) else { return Ok(()) };
                let Some((kind, to)) = Self::pick(&self.principals, to) else { return Ok(()) };
                let (record, principal) = (org.reference(table, id), org.reference(kind, to));
                let mask = AccessRights::from_bits_truncate;
                org.sharing(|tx| match *deed {
                    Deed::Grant { rights, .. } => shares::grant(tx, record, principal, mask(rights)),
                    Deed::Modify { rights, .. } => shares::modify(tx, record, principal, mask(rights)),
                    _ => shares::revoke(tx, record, principal),
                });
                Ok(())
            }
            Deed::DeleteTeam { team } => {
                let teams: Vec<Uuid> =
                    self.principals.iter().filter(|(kind, _)| *kind == "team").map(|(_, id)| *id).collect();
                let Some(team) = Self::pick(&teams, team) else { return Ok(()) };
                org.delete("team", team)?;
                self.principals.retain(|(_, id)| *id != team);
                Ok(())
            }
            Deed::MoveUser { user, unit } => {
                let Some(unit) = Self::pick(&self.units, unit) else { return Ok(()) };
                let (_, user) = self.principals[user % 3];
                org.patch(user, &[("businessunitid", org.to("businessunit", unit))]).map(drop)
            }
            Deed::MoveUnit { unit, to } => {
                let (unit, to) = (self.units[unit % 3], self.units[to % 3]);
                let parent = org.to("businessunit", to);
                org.patch_as(ADMIN, "businessunit", unit, &[("parentbusinessunitid", parent)]).map(drop)
            }
            Deed::PreviousOwner { to } => {
                org.set("share_to_previous_owner_on_assign", if to { "true" } else { "false" });
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_shared_and_assigned_the_rules_hold(
        deeds in prop::collection::vec(deed_with_records(), 1..50),
    ) {
        let mut office = Office::new();
        for (at, deed) in deeds.iter().enumerate() {
            let before = office.org.live.read();
            let outcome = office.act(deed);
            if let Err(fault) = &outcome {
                let after = office.org.live.read();
                prop_assert_eq!(before.version(), after.version(), "{} {:?}: {:?}", at, deed, fault);
                prop_assert!(fault.hint_text().is_some_and(str::is_ascii), "{:?}", fault);
            }
            prop_assert_eq!(office.org.verify(), Vec::<String>::new(), "after {} {:?}", at, deed);
        }
    }
}
