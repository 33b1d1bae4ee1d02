//! All tables of the organization, and their reading from the fixtures.

use foldhash::HashMap;
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;
use serde_json::Value as Json;

use super::cascade::Cascade;
use super::column::{ChoiceOption, Column, ColumnId, ColumnType, DateBehavior, LookupKind, RequiredLevel};
use super::derived::Derived;
use super::fixture::{ColumnFile, ManyToManyFile, ManyToOneFile, TableFile};
use super::known::Known;
use super::privilege::{Privilege, PrivilegeId, Privileges};
use super::rights::AccessRights;
use super::table::{
    AlternateKey, Navigation, NavigationKind, Ownership, Property, SystemColumns, Table, TableId, Target,
};
use super::value::Value;

/// The tables of one organization.
#[derive(Debug, Clone)]
pub struct Catalogue {
    known: Option<Known>,
    tables: Vec<Table>,
    privileges: Privileges,
    by_name: HashMap<Box<str>, TableId>,
    by_set: HashMap<Box<str>, TableId>,
    derived: Derived,
}

macro_rules! embedded_tables {
    ($($name:literal),* $(,)?) => {
        &[$(include_str!(concat!("../../fixtures/tables/", $name, ".json"))),*]
    };
}

/// The table files, in the order of their names.
const TABLE_FILES: &[&str] = embedded_tables![
    "account",
    "businessunit",
    "contact",
    "fieldpermission",
    "fieldsecurityprofile",
    "organization",
    "position",
    "principalobjectaccess",
    "privilege",
    "publisher",
    "queue",
    "queuemembership",
    "role",
    "roleprivileges",
    "roletemplate",
    "savedquery",
    "solution",
    "systemuser",
    "systemuserprofiles",
    "systemuserroles",
    "task",
    "team",
    "teammembership",
    "teamprofiles",
    "teamroles",
    "teamtemplate",
    "transactioncurrency",
    "userquery",
    "usersettings",
];

/// Lookups that point to few rows from nearly every row: an index over them would cost each write and help no one.
const UNINDEXED_LOOKUPS: &[&str] = &[
    "createdby",
    "createdonbehalfby",
    "modifiedby",
    "modifiedonbehalfby",
    "organizationid",
    "owningbusinessunit",
    "owningteam",
    "owninguser",
    "transactioncurrencyid",
];

impl Catalogue {
    /// The tables of the fixtures.
    ///
    /// # Panics
    ///
    /// Never in a released binary: the fixtures are embedded, and a test reads them all.
    pub fn embedded() -> Self {
        let files = TABLE_FILES
            .iter()
            .map(|text| serde_json::from_str(text).expect("the embedded table files are tested"))
            .collect();
        Self::build(files)
    }

    /// The tables of the fixtures with changed files.
    #[cfg(test)]
    pub(crate) fn edited(edit: impl Fn(&str) -> String) -> Self {
        let files = TABLE_FILES
            .iter()
            .map(|text| serde_json::from_str(&edit(text)).expect("the test wrote a table file"))
            .collect();
        Self::build(files)
    }

    /// The tables and columns that rules name.
    pub fn known(&self) -> &Known {
        self.known.as_ref().expect("set where a catalogue is built")
    }

    /// The table at a place.
    pub fn table(&self, id: TableId) -> &Table {
        &self.tables[id.index()]
    }

    /// All tables, in the order of their names.
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// The table with a logical name.
    pub fn table_named(&self, logical_name: &str) -> Option<&Table> {
        self.by_name.get(logical_name).map(|id| self.table(*id))
    }

    /// The table of an entity set.
    pub fn entity_set(&self, name: &str) -> Option<&Table> {
        self.by_set.get(name).map(|id| self.table(*id))
    }

    /// All privileges.
    pub fn privileges(&self) -> impl ExactSizeIterator<Item = (PrivilegeId, &Privilege)> {
        self.privileges.all.iter().enumerate().map(|(at, privilege)| (PrivilegeId(at as u16), privilege))
    }

    /// The privilege at a place.
    pub fn privilege(&self, id: PrivilegeId) -> &Privilege {
        &self.privileges.all[id.index()]
    }

    /// The privilege with a `privilegeid`.
    pub fn privilege_with_id(&self, id: uuid::Uuid) -> Option<PrivilegeId> {
        self.privileges.with_id(id)
    }

    /// The privilege of a name.
    pub fn privilege_named(&self, name: &str) -> Option<PrivilegeId> {
        self.privileges.named(name)
    }

    /// The privilege that gives a single right to rows of a table; `None` where the table knows no such right.
    pub fn privilege_to(&self, table: TableId, right: AccessRights) -> Option<PrivilegeId> {
        self.privileges.to(table, right)
    }

    /// The hierarchy that the ids in a column belong to: the table and its lookup to the row above.
    ///
    /// Of a lookup to one table it is that table's, of any other column that of the column's own table.
    pub fn hierarchy_of(&self, table: TableId, column: ColumnId) -> Option<(TableId, ColumnId)> {
        let own = self.table(table);
        let table = match &own.column(column).kind {
            ColumnType::Lookup { targets, .. } if targets.len() == 1 => self.table_named(&targets[0])?,
            _ => own,
        };
        Some((table.id, table.hierarchy?))
    }

    /// What somebody makes of this catalogue: made by the first who asks, kept as long as the catalogue.
    pub fn derive<T: std::any::Any + Send + Sync>(&self, make: impl Fn(&Self) -> T) -> &T {
        self.derived.get(|| make(self))
    }

    fn build(mut files: Vec<TableFile>) -> Self {
        add_missing_intersects(&mut files);
        add_teams_of_records(&mut files);
        files.sort_by(|a, b| a.logical_name.cmp(&b.logical_name));
        let by_name: HashMap<Box<str>, TableId> = files
            .iter()
            .enumerate()
            .map(|(index, file)| (file.logical_name.as_str().into(), TableId(index as u16)))
            .collect();
        let by_set = files
            .iter()
            .enumerate()
            .map(|(index, file)| (file.entity_set_name.as_str().into(), TableId(index as u16)))
            .collect();
        let mut tables: Vec<Table> =
            files.iter().enumerate().map(|(index, file)| table(TableId(index as u16), file)).collect();
        let mut catalogue = Self {
            known: None,
            tables: Vec::new(),
            privileges: Privileges::default(),
            by_name,
            by_set,
            derived: Derived::default(),
        };
        for (index, file) in files.iter().enumerate() {
            for relation in &file.many_to_one {
                catalogue.add_many_to_one(&mut tables, TableId(index as u16), relation);
            }
        }
        let mut seen: Vec<&str> = Vec::new();
        for relation in files.iter().flat_map(|file| &file.many_to_many) {
            if !seen.contains(&relation.schema_name.as_str()) {
                seen.push(&relation.schema_name);
                catalogue.add_many_to_many(&mut tables, relation);
            }
        }
        for table in &mut tables {
            finish(table);
        }
        catalogue.privileges = Privileges::of(&tables, |name| catalogue.by_name.get(name).copied());
        catalogue.tables = tables;
        catalogue.known = Some(Known::of(&catalogue));
        catalogue
    }

    fn add_many_to_one(&self, tables: &mut [Table], id: TableId, relation: &ManyToOneFile) {
        let Some(column) = tables[id.index()].column_id(&relation.referencing_attribute) else { return };
        let target = match relation.referenced_table.as_str() {
            "owner" | "principal" => Target::Principal,
            // A table the emulator does not have: the column stays, the property would lead nowhere.
            name => match self.by_name.get(name) {
                Some(table) => Target::Table(*table),
                None => return,
            },
        };
        tables[id.index()].navigations.push(Navigation {
            name: relation.navigation_property.as_str().into(),
            relationship: relation.schema_name.as_str().into(),
            kind: NavigationKind::Lookup { column, target },
            cascade: Cascade::of(relation.cascade),
        });
        if let Target::Table(target) = target {
            tables[target.index()].navigations.push(Navigation {
                name: relation.schema_name.as_str().into(),
                relationship: relation.schema_name.as_str().into(),
                kind: NavigationKind::Collection { table: id, column },
                cascade: Cascade::of(relation.cascade),
            });
        }
    }

    fn add_many_to_many(&self, tables: &mut [Table], relation: &ManyToManyFile) {
        let (Some(&first), Some(&second), Some(&intersect)) = (
            self.by_name.get(relation.entity1.as_str()),
            self.by_name.get(relation.entity2.as_str()),
            self.by_name.get(relation.intersect_table.as_str()),
        ) else {
            return;
        };
        let joining = &tables[intersect.index()];
        let (Some(first_key), Some(second_key)) =
            (joining.column_id(&relation.entity1_key), joining.column_id(&relation.entity2_key))
        else {
            return;
        };
        for (table, name, near, far, other) in [
            (first, &relation.entity1_navigation, first_key, second_key, second),
            (second, &relation.entity2_navigation, second_key, first_key, first),
        ] {
            tables[table.index()].navigations.push(Navigation {
                name: name.as_str().into(),
                relationship: relation.schema_name.as_str().into(),
                kind: NavigationKind::ManyToMany { intersect, near, far, table: other },
                cascade: Cascade::REFERENTIAL,
            });
        }
    }
}

/// A table whose rows may have teams of their own is one that `team.regardingobjectid` can point to, through a
/// relationship `<table>_Teams`. Source: `knowledgearticle_Teams` on the reference page of `team`, the only such table a
/// new organization has.
fn add_teams_of_records(files: &mut [TableFile]) {
    const COLUMN: &str = "regardingobjectid";
    let enabled: Vec<String> = files
        .iter()
        .filter(|file| file.auto_create_access_teams)
        .map(|file| file.logical_name.clone())
        .collect();
    let Some(team) = files.iter_mut().find(|file| file.logical_name == "team") else { return };
    for name in enabled {
        if let Some(column) = team.columns.iter_mut().find(|column| column.logical_name == COLUMN) {
            column.targets.get_or_insert_default().push(name.clone());
        }
        team.many_to_one.push(ManyToOneFile {
            schema_name: format!("{name}_Teams"),
            referencing_attribute: COLUMN.to_owned(),
            navigation_property: format!("{COLUMN}_{name}"),
            referenced_table: name,
            hierarchical: false,
            cascade: super::fixture::CascadeFile::default(),
            _basis: None,
            _unverified: true,
        });
    }
}

/// Intersect tables have no page in the documentation and need none: the relationship says all there is.
fn add_missing_intersects(files: &mut Vec<TableFile>) {
    let missing: Vec<(String, String, String)> = files
        .iter()
        .flat_map(|file| &file.many_to_many)
        .map(|r| (r.intersect_table.clone(), r.entity1_key.clone(), r.entity2_key.clone()))
        .filter(|(name, ..)| !files.iter().any(|file| file.logical_name == *name))
        .collect();
    for (name, first, second) in missing {
        if files.iter().any(|file| file.logical_name == name) {
            continue;
        }
        let column = |name: &str, kind: &str| ColumnFile {
            logical_name: name.to_owned(),
            schema_name: name.to_owned(),
            kind: kind.to_owned(),
            display_name: None,
            required_level: "SystemRequired".to_owned(),
            valid_for_create: false,
            valid_for_update: false,
            valid_for_read: true,
            max_length: None,
            min: None,
            max: None,
            precision: None,
            format: None,
            default: None,
            targets: None,
            options: Vec::new(),
            _global_choice: None,
            attribute_of: None,
            is_secured: false,
            _unverified: true,
        };
        let key = format!("{name}id");
        files.push(TableFile {
            entity_set_name: format!("{name}collection"),
            schema_name: name.clone(),
            display_name: None,
            display_collection_name: None,
            description: None,
            object_type_code: 0,
            ownership_type: "None".to_owned(),
            primary_name: None,
            _table_type: None,
            is_intersect: true,
            auto_create_access_teams: false,
            read_only: None,
            _unverified: true,
            columns: vec![
                column(&key, "Uniqueidentifier"),
                column(&first, "Uniqueidentifier"),
                column(&second, "Uniqueidentifier"),
                column("versionnumber", "BigInt"),
            ],
            primary_id: key,
            many_to_one: Vec::new(),
            _one_to_many: Vec::new(),
            many_to_many: Vec::new(),
            alternate_keys: Vec::new(),
            indexed_columns: Vec::new(),
            counted_columns: Vec::new(),
            logical_name: name,
        });
    }
}

fn table(id: TableId, file: &TableFile) -> Table {
    let mut files: Vec<&ColumnFile> = file.columns.iter().collect();
    files.sort_by(|a, b| a.logical_name.cmp(&b.logical_name));
    let mut columns: Vec<Column> =
        files.iter().enumerate().map(|(index, file)| column(ColumnId(index as u16), file)).collect();
    let column_names: HashMap<Box<str>, ColumnId> =
        columns.iter().map(|column| (column.logical_name.clone(), column.id)).collect();
    let place = |name: &String| {
        *column_names
            .get(name.as_str())
            .unwrap_or_else(|| unreachable!("table {} names no column {name}", file.logical_name))
    };
    let alternate_keys: Vec<AlternateKey> = file
        .alternate_keys
        .iter()
        .map(|key| AlternateKey {
            name: key.name.as_str().into(),
            display_name: key.display_name.as_deref().unwrap_or(&key.name).into(),
            columns: key.columns.iter().map(place).collect(),
        })
        .collect();
    let primary_id = place(&file.primary_id);
    let mut indexed: Vec<ColumnId> = file.indexed_columns.iter().map(place).collect();
    indexed.extend(alternate_keys.iter().map(|key| key.columns[0]));
    if file.is_intersect {
        indexed.extend(
            columns
                .iter()
                .filter(|c| c.id != primary_id && matches!(c.kind, ColumnType::Uniqueidentifier))
                .filter(|c| {
                    file.many_to_many
                        .iter()
                        .any(|r| r.entity1_key == *c.logical_name || r.entity2_key == *c.logical_name)
                        || file.many_to_many.is_empty()
                })
                .map(|c| c.id),
        );
    }
    for column in &mut columns {
        column.indexed = indexed.contains(&column.id)
            || (column.is_lookup() && !UNINDEXED_LOOKUPS.contains(&&*column.logical_name));
    }
    let display_name: Box<str> = file.display_name.as_deref().unwrap_or(&file.schema_name).into();
    Table {
        id,
        logical_name: file.logical_name.as_str().into(),
        schema_name: file.schema_name.as_str().into(),
        entity_set_name: file.entity_set_name.as_str().into(),
        display_collection_name: file.display_collection_name.as_deref().unwrap_or(&display_name).into(),
        display_name,
        description: file.description.as_deref().unwrap_or_default().into(),
        object_type_code: file.object_type_code,
        ownership: match file.ownership_type.as_str() {
            "UserOwned" => Ownership::User,
            "BusinessOwned" => Ownership::Business,
            "OrganizationOwned" => Ownership::Organization,
            _ => Ownership::None,
        },
        primary_id,
        primary_name: file.primary_name.as_ref().map(place),
        alternate_keys,
        is_intersect: file.is_intersect,
        auto_create_access_teams: file.auto_create_access_teams,
        read_only: file.read_only.as_deref().map(Into::into),
        counted: file.counted_columns.iter().map(place).collect(),
        hierarchy: file
            .many_to_one
            .iter()
            .find(|relation| relation.hierarchical)
            .map(|relation| place(&relation.referencing_attribute)),
        navigations: Vec::new(),
        parents: Vec::new(),
        system: SystemColumns::of(|name| column_names.get(name).copied()),
        defaults: columns
            .iter()
            .filter(|column| !column.default.is_null() && column.attribute_of.is_none())
            .map(|column| (column.id, column.default.clone()))
            .collect(),
        properties: HashMap::default(),
        column_names,
        columns,
    }
}

/// Names every property, once all relationships are known.
fn finish(table: &mut Table) {
    table.navigations.sort_by(|a, b| a.name.cmp(&b.name));
    table.navigations.dedup_by(|a, b| a.name == b.name);
    table.parents = table
        .navigations
        .iter()
        .filter_map(|navigation| match navigation.kind {
            NavigationKind::Lookup { column, target: Target::Table(target) }
                if navigation.cascade.inherits() =>
            {
                Some((column, target, navigation.cascade))
            }
            _ => None,
        })
        .collect();
    for (index, navigation) in table.navigations.iter().enumerate() {
        table.properties.insert(navigation.name.clone(), Property::Navigation(index));
    }
    for column in table.columns.iter().filter(|column| column.is_property()) {
        table.properties.insert(column.property.clone(), Property::Column(column.id));
    }
}

fn column(id: ColumnId, file: &ColumnFile) -> Column {
    let kind = column_type(file);
    let property = match kind {
        ColumnType::Lookup { .. } => format!("_{}_value", file.logical_name).into(),
        _ => file.logical_name.as_str().into(),
    };
    Column {
        id,
        logical_name: file.logical_name.as_str().into(),
        schema_name: file.schema_name.as_str().into(),
        display_name: file.display_name.as_deref().unwrap_or(&file.schema_name).into(),
        property,
        default: default_value(file, &kind),
        kind,
        required: match file.required_level.as_str() {
            "Recommended" => RequiredLevel::Recommended,
            "ApplicationRequired" => RequiredLevel::ApplicationRequired,
            "SystemRequired" => RequiredLevel::SystemRequired,
            _ => RequiredLevel::None,
        },
        valid_for_create: file.valid_for_create,
        valid_for_update: file.valid_for_update,
        valid_for_read: file.valid_for_read,
        attribute_of: file.attribute_of.as_deref().map(Into::into),
        indexed: false,
        is_secured: file.is_secured,
    }
}

/// The limit of a money column whose page prints none. Source: web-api.md 8.2.
const MONEY: i64 = 922_337_203_685_477;

fn column_type(file: &ColumnFile) -> ColumnType {
    let options = || {
        file.options
            .iter()
            .map(|option| ChoiceOption {
                value: option.value,
                label: option.label.as_str().into(),
                state: option.state,
                default_status: option.default_status,
            })
            .collect()
    };
    let lookup = |kind| ColumnType::Lookup {
        targets: file.targets.iter().flatten().map(|target| target.as_str().into()).collect(),
        kind,
    };
    let decimal = |value: Option<f64>, otherwise: i64| {
        value.and_then(Decimal::from_f64).unwrap_or_else(|| Decimal::from(otherwise))
    };
    match file.kind.as_str() {
        "Boolean" => ColumnType::Boolean { options: options() },
        "ManagedProperty" => ColumnType::ManagedProperty,
        "Integer" => ColumnType::Integer {
            min: file.min.map_or(i32::MIN, |v| v as i32),
            max: file.max.map_or(i32::MAX, |v| v as i32),
        },
        "BigInt" => ColumnType::BigInt,
        "Decimal" => ColumnType::Decimal {
            precision: file.precision.unwrap_or(2),
            min: decimal(file.min, -100_000_000_000),
            max: decimal(file.max, 100_000_000_000),
        },
        "Double" => ColumnType::Double {
            precision: file.precision.unwrap_or(2),
            min: file.min.unwrap_or(-1e11),
            max: file.max.unwrap_or(1e11),
        },
        "Money" => ColumnType::Money {
            precision: file.precision.unwrap_or(2),
            min: decimal(file.min, -MONEY),
            max: decimal(file.max, MONEY),
        },
        "Memo" => ColumnType::Memo { max_length: file.max_length.unwrap_or(2000) },
        "DateTime" => ColumnType::DateTime {
            behavior: if file.format.as_deref() == Some("DateOnly") {
                DateBehavior::DateOnly
            } else {
                DateBehavior::UserLocal
            },
        },
        "Picklist" => ColumnType::Choice { options: options() },
        "MultiSelectPicklist" => ColumnType::Choices { options: options() },
        "State" => ColumnType::State { options: options() },
        "Status" => ColumnType::Status { options: options() },
        "Lookup" => lookup(LookupKind::Simple),
        "Owner" => lookup(LookupKind::Owner),
        "Customer" => lookup(LookupKind::Customer),
        "Uniqueidentifier" => ColumnType::Uniqueidentifier,
        "EntityName" => ColumnType::EntityName,
        "Image" => ColumnType::Image,
        "File" => ColumnType::File,
        "Virtual" => ColumnType::Virtual,
        _ => ColumnType::String { max_length: file.max_length.unwrap_or(100) },
    }
}

fn default_value(file: &ColumnFile, kind: &ColumnType) -> Value {
    match (kind, &file.default) {
        (ColumnType::Boolean { .. } | ColumnType::ManagedProperty, Some(Json::Bool(flag))) => {
            Value::Bool(*flag)
        }
        (ColumnType::Boolean { .. } | ColumnType::ManagedProperty, Some(Json::Number(n))) => {
            Value::Bool(n.as_i64() == Some(1))
        }
        (
            ColumnType::Integer { .. }
            | ColumnType::Choice { .. }
            | ColumnType::State { .. }
            | ColumnType::Status { .. },
            Some(Json::Number(number)),
        ) => number.as_i64().map_or(Value::Null, |number| Value::Int(number as i32)),
        (ColumnType::String { .. }, Some(Json::String(text))) => Value::from(text.as_str()),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::super::cascade::CascadeType;
    use super::*;

    #[test]
    fn every_fixture_is_embedded_and_reads() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/tables");
        let files = std::fs::read_dir(folder).unwrap().count();
        assert_eq!(files, TABLE_FILES.len(), "a table file is not in TABLE_FILES");
        let catalogue = Catalogue::embedded();
        let user = catalogue.table_named("systemuser").unwrap();
        assert_eq!(&*user.entity_set_name, "systemusers");
        assert_eq!(
            user.column_named("accessmode").unwrap().option(4).unwrap().label.as_ref(),
            "Non-interactive"
        );
        assert!(matches!(user.property("_businessunitid_value"), Some(Property::Column(_))));
        assert!(user.property("businessunitidname").is_none(), "a name column is no property");
    }

    #[test]
    fn relationships_lead_both_ways() {
        let catalogue = Catalogue::embedded();
        let user = catalogue.table_named("systemuser").unwrap();
        let unit = catalogue.table_named("businessunit").unwrap();
        let column = user.column_id("businessunitid").unwrap();
        assert_eq!(
            user.navigation("businessunitid").unwrap().kind,
            NavigationKind::Lookup { column, target: Target::Table(unit.id) }
        );
        assert_eq!(
            unit.navigation("business_unit_system_users").unwrap().kind,
            NavigationKind::Collection { table: user.id, column }
        );
        let roles = user.navigation("systemuserroles_association").unwrap();
        let role = catalogue.table_named("role").unwrap();
        assert!(matches!(roles.kind, NavigationKind::ManyToMany { table, .. } if table == role.id));
        assert!(role.navigation("systemuserroles_association").is_some());
        assert!(user.navigation("queuemembership_association").is_some(), "its intersect is derived");
    }

    #[test]
    fn relationships_know_how_they_cascade() {
        let catalogue = Catalogue::embedded();
        let account = catalogue.table_named("account").unwrap();
        let contact = catalogue.table_named("contact").unwrap();
        let contacts = account.navigation("contact_customer_accounts").unwrap().cascade;
        assert_eq!((contacts.assign, contacts.delete), (CascadeType::Cascade, CascadeType::Cascade));
        assert_eq!(contact.navigation("parentcustomerid_account").unwrap().cascade, contacts);
        assert_eq!(account.navigation("primarycontactid").unwrap().cascade, Cascade::REFERENTIAL);
        let currency = account.navigation("transactioncurrencyid").unwrap().cascade;
        assert_eq!(currency.delete, CascadeType::Restrict);
        assert_eq!(contact.parents.len(), 2, "an account or a contact");
        assert!(catalogue.table_named("systemuser").unwrap().parents.is_empty());
    }

    #[test]
    fn every_state_has_a_status_and_every_status_a_state() {
        for table in Catalogue::embedded().tables() {
            for column in &table.columns {
                if let ColumnType::Status { options } = &column.kind {
                    let state = table.column_named("statecode").expect("a status needs a state");
                    for option in options {
                        let of = option.state.and_then(|of| state.option(of));
                        assert!(of.is_some(), "{} status {}", table.logical_name, option.value);
                    }
                }
            }
        }
    }
}
