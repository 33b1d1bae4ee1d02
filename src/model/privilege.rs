//! Privileges: what a role can give. Source: users-and-licensing.md 5.1, R1 to R3.
//!
//! Every table has its own, by the name of the verb and the table; the few that are called otherwise, reach otherwise
//! or have an id that is known stand in `fixtures/privileges.json`, and so do those of no table.

use foldhash::HashMap;
use serde::Deserialize;
use uuid::Uuid;

use super::table::{Ownership, Table, TableId};
use super::{AccessRights, Depth};

/// The place of a privilege in the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PrivilegeId(pub u16);

impl PrivilegeId {
    /// The position as an index.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// One privilege.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Privilege {
    /// Its `privilegeid`.
    pub id: Uuid,
    /// Its name: `prvReadAccount`.
    pub name: Box<str>,
    /// The right it gives; empty where it stands for a task.
    pub right: AccessRights,
    /// The tables it is about.
    pub tables: Vec<TableId>,
    /// The depths it can be given at: bits of [`Depth::mask`].
    pub depths: i32,
}

impl Privilege {
    /// Whether it can be given at a depth.
    pub fn can_be(&self, depth: Depth) -> bool {
        self.depths & depth.mask() != 0
    }

    /// The furthest it can reach.
    pub fn deepest(&self) -> Depth {
        Depth::of_mask(self.depths).unwrap_or(Depth::Global)
    }
}

/// All privileges of a catalogue.
#[derive(Debug, Clone, Default)]
pub(super) struct Privileges {
    pub(super) all: Vec<Privilege>,
    by_id: HashMap<Uuid, PrivilegeId>,
    by_name: HashMap<Box<str>, PrivilegeId>,
    /// For each table its privilege to each right.
    of_tables: Vec<[Option<PrivilegeId>; AccessRights::COUNT]>,
}

const TEXT: &str = include_str!("../../fixtures/privileges.json");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PrivilegeFile {
    name: String,
    id: Uuid,
    #[serde(default)]
    right: Option<String>,
    #[serde(default)]
    tables: Vec<String>,
    /// The initials of the depths it can be given at.
    depths: String,
}

impl Privileges {
    /// Those of the fixture, and of every table that it does not speak of the usual ones.
    pub(super) fn of(tables: &[Table], named: impl Fn(&str) -> Option<TableId>) -> Self {
        let files: Vec<PrivilegeFile> =
            serde_json::from_str(TEXT).expect("the embedded privileges are tested");
        let mut privileges =
            Self { of_tables: vec![[None; AccessRights::COUNT]; tables.len()], ..Self::default() };
        for file in files {
            let right = file.right.as_deref().and_then(AccessRights::parse).unwrap_or_default();
            privileges.add(Privilege {
                id: file.id,
                name: file.name.into(),
                right,
                tables: file.tables.iter().filter_map(|name| named(name)).collect(),
                depths: Depth::ALL
                    .into_iter()
                    .filter(|depth| file.depths.contains(depth.initial()))
                    .map(Depth::mask)
                    .sum(),
            });
        }
        for table in tables {
            if privileges.of_tables[table.id.index()].iter().all(Option::is_none) {
                privileges.add_usual(table);
            }
        }
        privileges
    }

    /// R1, R3: a table has a privilege for each right, those of users and teams at every depth, those of the
    /// organization at one only. `Assumed:` the ids, which are made of the table's number and the right's.
    fn add_usual(&mut self, table: &Table) {
        let depths: i32 = match table.ownership {
            Ownership::User => Depth::ALL.map(Depth::mask).iter().sum(),
            Ownership::Business => Depth::ALL[1..].iter().map(|depth| depth.mask()).sum(),
            Ownership::Organization => Depth::Global.mask(),
            Ownership::None => return,
        };
        for (number, (right, _)) in AccessRights::named().enumerate() {
            let of_owned_only = AccessRights::ASSIGN | AccessRights::SHARE;
            if table.ownership != Ownership::User && of_owned_only.contains(right) {
                continue;
            }
            let number = (table.object_type_code.unsigned_abs() << 8 | number as u32).into();
            self.add(Privilege {
                id: Uuid::from_fields(0x1023, 0, 0x4000, &tail(number)),
                name: format!("prv{}{}", right.verb(), table.schema_name).into(),
                right,
                tables: vec![table.id],
                depths,
            });
        }
    }

    fn add(&mut self, privilege: Privilege) {
        let place = PrivilegeId(self.all.len() as u16);
        self.by_id.insert(privilege.id, place);
        self.by_name.insert(privilege.name.clone(), place);
        if let Some(number) = privilege.right.number() {
            for table in &privilege.tables {
                self.of_tables[table.index()][number] = Some(place);
            }
        }
        self.all.push(privilege);
    }

    pub(super) fn with_id(&self, id: Uuid) -> Option<PrivilegeId> {
        self.by_id.get(&id).copied()
    }

    pub(super) fn named(&self, name: &str) -> Option<PrivilegeId> {
        self.by_name.get(name).copied()
    }

    pub(super) fn to(&self, table: TableId, right: AccessRights) -> Option<PrivilegeId> {
        self.of_tables[table.index()][right.number()?]
    }
}

/// The last eight bytes of an id that counts, as the well-known ids of scenarios do.
fn tail(number: u64) -> [u8; 8] {
    (0x8000_0000_0000_0000 | number).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::super::Catalogue;
    use super::*;

    #[test]
    fn r1_every_owned_table_has_privileges_and_no_two_share_an_id() {
        let catalogue = Catalogue::embedded();
        for table in catalogue.tables() {
            let reads = catalogue.privilege_to(table.id, AccessRights::READ);
            assert!(table.ownership == Ownership::None || reads.is_some(), "{}", table.logical_name);
        }
        for (place, privilege) in catalogue.privileges() {
            assert_eq!(catalogue.privilege_with_id(privilege.id), Some(place), "{}", privilege.name);
            assert_eq!(catalogue.privilege_named(&privilege.name), Some(place));
            assert_ne!(privilege.depths, 0, "{}", privilege.name);
        }
    }

    #[test]
    fn r1_names_and_ids_are_the_documented_ones() {
        let catalogue = Catalogue::embedded();
        let user = catalogue.known().systemuser.id;
        let place = catalogue.privilege_to(user, AccessRights::READ).unwrap();
        let privilege = catalogue.privilege(place);
        assert_eq!(&*privilege.name, "prvReadUser");
        assert_eq!(privilege.id.to_string(), "76faad15-bc44-4f4d-84dc-dd1e1dda74d9");
        assert!(!privilege.can_be(Depth::Basic) && privilege.can_be(Depth::Local));
        assert_eq!(catalogue.privilege_to(user, AccessRights::SHARE), None, "R1: users are not shared");
    }

    #[test]
    fn r1_a_table_that_the_fixture_does_not_speak_of_has_the_usual_privileges() {
        let catalogue = Catalogue::embedded();
        let mut table = catalogue.table_named("account").unwrap().clone();
        (table.id, table.schema_name, table.object_type_code) = (TableId(0), "new_Thing".into(), 10_001);
        let privileges = Privileges::of(&[table], |_| None);
        let place = privileges.named("prvAppendTonew_Thing").unwrap();
        assert_eq!(privileges.to(TableId(0), AccessRights::APPEND_TO), Some(place));
        let privilege = &privileges.all[place.index()];
        assert_eq!(privilege.id.to_string(), "00001023-0000-4000-8000-000000271103");
        assert_eq!(privileges.with_id(privilege.id), Some(place));
    }
}
