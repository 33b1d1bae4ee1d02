//! What metadata says: tables, columns, keys, relationships and option sets of the catalogue as rows of the
//! metadata entity sets.

use std::borrow::Cow;

use rust_decimal::Decimal;
use uuid::Uuid;

use super::schema::{self, Definition};
use crate::model::{
    AlternateKey, Catalogue, Column, ColumnId, ColumnType, DateBehavior, LookupKind, Navigation,
    NavigationKind, Ownership, RequiredLevel, Table, Target, Value,
};
use crate::security::SecuredColumns;

/// What definitions are derived from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Definitions<'a> {
    /// The tables.
    pub(super) catalogue: &'a Catalogue,
    /// The columns that field security covers.
    pub(super) secured: &'a SecuredColumns,
}

/// One row of a metadata entity set.
#[derive(Debug, Clone, Copy)]
pub(super) enum Item<'a> {
    /// A table.
    Table(&'a Table),
    /// A column of a table, and whether field security covers it.
    Column(&'a Table, &'a Column, bool),
    /// An alternate key of a table.
    Key(&'a Table, &'a AlternateKey),
    /// What a lookup column leads to.
    OneToMany(OneToMany<'a>),
    /// Two tables joined by a third.
    ManyToMany(ManyToMany<'a>),
    /// The options of a column.
    Options(&'a Table, &'a Column),
}

/// A one-to-many relationship, seen from the table with the lookup.
#[derive(Debug, Clone, Copy)]
pub(super) struct OneToMany<'a> {
    referencing: &'a Table,
    column: &'a Column,
    navigation: &'a Navigation,
    /// `None` for the owner, who is a user or a team.
    referenced: Option<&'a Table>,
}

/// A many-to-many relationship.
#[derive(Debug, Clone, Copy)]
pub(super) struct ManyToMany<'a> {
    intersect: &'a Table,
    first: Side<'a>,
    second: Side<'a>,
    schema_name: &'a str,
}

#[derive(Debug, Clone, Copy)]
struct Side<'a> {
    table: &'a Table,
    column: &'a Column,
    navigation: &'a str,
}

/// A property's value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Datum<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Decimal(Decimal),
    Text(Cow<'a, str>),
    Guid(Uuid),
    Texts(Vec<&'a str>),
    /// A text in the organization's base language; the id is that of what it labels.
    Label(&'a str, Uuid),
    /// No text in any language.
    NoLabel,
    /// A structure whose only property is `Value`.
    Wrapped(&'static str),
    /// `RequiredLevel`.
    Required(&'static str),
    /// The options of a choice.
    Options(Vec<Choice<'a>>),
    /// One of the two options of a boolean.
    Choice(Choice<'a>),
}

/// One option as a structure.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Choice<'a> {
    pub(super) value: i32,
    pub(super) label: &'a str,
    pub(super) id: Uuid,
    pub(super) nature: ChoiceNature,
}

/// What an option has besides value and label.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum ChoiceNature {
    Plain,
    State { default_status: Option<i32> },
    Status { state: Option<i32> },
}

/// The id of a piece of metadata. The service's are random and differ between organizations except for system
/// tables; these are the same everywhere and at all times, because they are made from the names alone.
pub(super) fn metadata_id(sort: &str, parts: &[&str]) -> Uuid {
    // FNV-1a, 128 bits: no secret is kept and no enemy expected.
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    for part in std::iter::once(&sort).chain(parts) {
        for byte in part.bytes().chain([0]) {
            hash = (hash ^ u128::from(byte)).wrapping_mul(PRIME);
        }
    }
    uuid::Builder::from_custom_bytes(hash.to_be_bytes()).into_uuid()
}

impl<'a> Item<'a> {
    /// The most derived type.
    pub(super) fn definition(self) -> &'static Definition {
        match self {
            Self::Table(_) => &schema::ENTITY,
            Self::Column(_, column, _) => attribute_definition(column),
            Self::Key(..) => &schema::KEY,
            Self::OneToMany(_) => &schema::ONE_TO_MANY,
            Self::ManyToMany(_) => &schema::MANY_TO_MANY,
            Self::Options(_, column) if matches!(column.kind, ColumnType::Boolean { .. }) => {
                &schema::BOOLEAN_OPTION_SET
            }
            Self::Options(..) => &schema::OPTION_SET,
        }
    }

    /// The key.
    pub(super) fn id(self) -> Uuid {
        match self {
            Self::Table(table) => metadata_id("entity", &[&table.logical_name]),
            Self::Column(table, column, _) => {
                metadata_id("attribute", &[&table.logical_name, &column.logical_name])
            }
            Self::Key(table, key) => metadata_id("key", &[&table.logical_name, &key.name]),
            Self::OneToMany(relation) => metadata_id("relationship", &[&relation.navigation.relationship]),
            Self::ManyToMany(relation) => metadata_id("relationship", &[relation.schema_name]),
            Self::Options(table, column) => {
                metadata_id("optionset", &[&table.logical_name, &column.logical_name])
            }
        }
    }

    /// The path that identifies the row, beneath the service root.
    pub(super) fn path(self) -> String {
        match self {
            Self::Table(_) => format!("EntityDefinitions({})", self.id()),
            Self::Column(table, ..) => {
                format!("{}/Attributes({})", Item::Table(table).path(), self.id())
            }
            Self::Key(table, _) => format!("{}/Keys({})", Item::Table(table).path(), self.id()),
            Self::OneToMany(_) | Self::ManyToMany(_) => format!("RelationshipDefinitions({})", self.id()),
            Self::Options(table, column) => {
                let of = Item::Column(table, column, false);
                format!("{}/Microsoft.Dynamics.CRM.{}/OptionSet", of.path(), of.definition().name)
            }
        }
    }

    /// The value of a property of [`Item::definition`].
    pub(super) fn property(self, name: &str) -> Datum<'a> {
        match (name, self) {
            ("MetadataId", _) => Datum::Guid(self.id()),
            ("HasChanged", _) => Datum::Null,
            // Every component of the fixtures belongs to the system's own, managed, solution.
            ("IsManaged", _) => Datum::Bool(true),
            (_, Self::Table(table)) => table_property(table, self.id(), name),
            ("IsSecured", Self::Column(_, _, is_secured)) => Datum::Bool(is_secured),
            (_, Self::Column(table, column, _)) => column_property(table, column, self.id(), name),
            (_, Self::Key(table, key)) => key_property(table, key, self.id(), name),
            (_, Self::OneToMany(relation)) => relation.property(name),
            (_, Self::ManyToMany(relation)) => relation.property(name),
            (_, Self::Options(table, column)) => options_property(table, column, self.id(), name),
        }
    }

    /// The rows a navigation property of [`Item::definition`] leads to; at most one where it leads to one.
    pub(super) fn follow(self, of: Definitions<'a>, way: &str) -> Vec<Item<'a>> {
        let Definitions { catalogue, secured } = of;
        let is_secured = |table: &Table, column: &Column| secured.get(table.id, column.id).is_some();
        match (self, way) {
            (Self::Table(table), "Attributes") => table
                .columns
                .iter()
                .map(|column| Item::Column(table, column, is_secured(table, column)))
                .collect(),
            (Self::Table(table), "Keys") => {
                sorted(table.alternate_keys.iter().map(|key| Item::Key(table, key)).collect())
            }
            (Self::Table(table), "ManyToOneRelationships") => sorted(referencing(catalogue, table)),
            (Self::Table(table), "OneToManyRelationships") => sorted(
                one_to_many(catalogue)
                    .filter(|relation| relation.is_to(table))
                    .map(Item::OneToMany)
                    .collect(),
            ),
            (Self::Table(table), "ManyToManyRelationships") => sorted(
                many_to_many(catalogue, table)
                    .filter(|relation| relation.joins(table))
                    .map(Item::ManyToMany)
                    .collect(),
            ),
            // The catalogue has no global choices, and the names of tables are no option set.
            (Self::Column(table, column, _), "OptionSet") if has_options(column) => {
                vec![Item::Options(table, column)]
            }
            _ => Vec::new(),
        }
    }

    fn schema_name(self) -> &'a str {
        match self {
            Self::Table(table) => &table.schema_name,
            Self::Column(_, column, _) | Self::Options(_, column) => &column.schema_name,
            Self::Key(_, key) => &key.name,
            Self::OneToMany(relation) => &relation.navigation.relationship,
            Self::ManyToMany(relation) => relation.schema_name,
        }
    }
}

/// All rows of a metadata entity set.
pub(super) fn all<'a>(catalogue: &'a Catalogue, set: &str) -> Vec<Item<'a>> {
    if set == "EntityDefinitions" {
        return catalogue.tables().iter().map(Item::Table).collect();
    }
    let mut items: Vec<Item<'a>> = one_to_many(catalogue).map(Item::OneToMany).collect();
    for table in catalogue.tables() {
        // Both ends know the relationship; its first end says it.
        items.extend(
            many_to_many(catalogue, table)
                .filter(|relation| relation.first.table.id == table.id)
                .map(Item::ManyToMany),
        );
    }
    sorted(items)
}

fn sorted(mut items: Vec<Item<'_>>) -> Vec<Item<'_>> {
    items.sort_by(|a, b| a.schema_name().cmp(b.schema_name()));
    items
}

fn referencing<'a>(catalogue: &'a Catalogue, table: &'a Table) -> Vec<Item<'a>> {
    lookups(catalogue, table).map(Item::OneToMany).collect()
}

fn one_to_many(catalogue: &Catalogue) -> impl Iterator<Item = OneToMany<'_>> {
    catalogue.tables().iter().flat_map(move |table| lookups(catalogue, table))
}

fn lookups<'a>(catalogue: &'a Catalogue, table: &'a Table) -> impl Iterator<Item = OneToMany<'a>> {
    table.navigations.iter().filter_map(move |navigation| {
        let NavigationKind::Lookup { column, target } = navigation.kind else { return None };
        let referenced = match target {
            Target::Table(id) => Some(catalogue.table(id)),
            Target::Principal => None,
        };
        Some(OneToMany { referencing: table, column: table.column(column), navigation, referenced })
    })
}

fn many_to_many<'a>(catalogue: &'a Catalogue, table: &'a Table) -> impl Iterator<Item = ManyToMany<'a>> {
    table.navigations.iter().filter_map(move |navigation| {
        let NavigationKind::ManyToMany { intersect, near, far, table: other } = navigation.kind else {
            return None;
        };
        let intersect = catalogue.table(intersect);
        let other = catalogue.table(other);
        let side = |table: &'a Table, column: ColumnId, name: &'a str| Side {
            table,
            column: intersect.column(column),
            navigation: name,
        };
        let partner = partner(other, navigation, near, far).map_or("", |partner| &*partner.name);
        let (this, that) = (side(table, near, &navigation.name), side(other, far, partner));
        // The catalogue does not keep which end is the first: it is the one the joining table is named after.
        let named_after = |table: &Table| {
            if intersect.logical_name.starts_with(&*table.logical_name) {
                table.logical_name.len()
            } else {
                0
            }
        };
        let is_first = (named_after(table), far) > (named_after(other), near);
        let (first, second) = if is_first { (this, that) } else { (that, this) };
        Some(ManyToMany { intersect, first, second, schema_name: &navigation.relationship })
    })
}

fn partner<'a>(
    other: &'a Table,
    navigation: &Navigation,
    near: ColumnId,
    far: ColumnId,
) -> Option<&'a Navigation> {
    other.navigations.iter().find(|candidate| {
        candidate.relationship == navigation.relationship
            && matches!(candidate.kind, NavigationKind::ManyToMany { near: n, far: f, .. } if n == far && f == near)
    })
}

fn text(text: &str) -> Datum<'_> {
    Datum::Text(Cow::Borrowed(text))
}

fn label(text: &str, id: Uuid) -> Datum<'_> {
    if text.is_empty() { Datum::NoLabel } else { Datum::Label(text, id) }
}

/// The id of a label differs from that of what it labels, and between the labels of one thing.
fn label_id(of: Uuid, what: &str) -> Uuid {
    metadata_id(what, &[of.hyphenated().encode_lower(&mut Uuid::encode_buffer())])
}

fn table_property<'a>(table: &'a Table, id: Uuid, name: &str) -> Datum<'a> {
    let column = |id: ColumnId| text(&table.column(id).logical_name);
    match name {
        "LogicalName" => text(&table.logical_name),
        "SchemaName" => text(&table.schema_name),
        // By default the one matches the other. Source: web-api-service-documents.md, "Entity set name".
        "EntitySetName" | "LogicalCollectionName" => text(&table.entity_set_name),
        "PrimaryIdAttribute" => column(table.primary_id),
        "PrimaryNameAttribute" => table.primary_name.map_or(Datum::Null, column),
        "PrimaryImageAttribute" => table
            .columns
            .iter()
            .find(|column| matches!(column.kind, ColumnType::Image))
            .map_or(Datum::Null, |column| text(&column.logical_name)),
        "ObjectTypeCode" => Datum::Int(table.object_type_code.into()),
        "OwnershipType" => text(match table.ownership {
            Ownership::User => "UserOwned",
            Ownership::Business => "BusinessOwned",
            Ownership::Organization => "OrganizationOwned",
            Ownership::None => "None",
        }),
        "DisplayName" => label(&table.display_name, label_id(id, "DisplayName")),
        "DisplayCollectionName" => {
            label(&table.display_collection_name, label_id(id, "DisplayCollectionName"))
        }
        "Description" => label(&table.description, label_id(id, "Description")),
        "AutoCreateAccessTeams" => Datum::Bool(table.auto_create_access_teams),
        "IsIntersect" => Datum::Bool(table.is_intersect),
        // Every activity has the key that activities share. Source: web-api-entitytypes.md.
        "IsActivity" => Datum::Bool(&*table.column(table.primary_id).logical_name == "activityid"),
        // A custom table's name begins with its publisher's prefix; none of the system's own has an underscore.
        "IsCustomEntity" => Datum::Bool(table.logical_name.contains('_')),
        "IsPrivate" => Datum::Bool(false),
        _ => Datum::Null,
    }
}

fn attribute_definition(column: &Column) -> &'static Definition {
    match column.kind {
        ColumnType::Boolean { .. } => &schema::BOOLEAN,
        ColumnType::Integer { .. } => &schema::INTEGER,
        ColumnType::BigInt => &schema::BIG_INT,
        ColumnType::Decimal { .. } => &schema::DECIMAL,
        ColumnType::Double { .. } => &schema::DOUBLE,
        ColumnType::Money { .. } => &schema::MONEY,
        ColumnType::String { .. } => &schema::STRING,
        ColumnType::Memo { .. } => &schema::MEMO,
        ColumnType::DateTime { .. } => &schema::DATE_TIME,
        ColumnType::Choice { .. } => &schema::PICKLIST,
        ColumnType::Choices { .. } => &schema::MULTI_SELECT,
        ColumnType::State { .. } => &schema::STATE,
        ColumnType::Status { .. } => &schema::STATUS,
        ColumnType::Lookup { .. } => &schema::LOOKUP,
        ColumnType::Uniqueidentifier => &schema::UNIQUE_IDENTIFIER,
        ColumnType::EntityName => &schema::ENTITY_NAME,
        ColumnType::Image => &schema::IMAGE,
        ColumnType::File => &schema::FILE,
        ColumnType::ManagedProperty => &schema::MANAGED_PROPERTY,
        ColumnType::Virtual => &schema::ATTRIBUTE,
    }
}

/// `AttributeType`, and `AttributeTypeName`, which tells apart what the former calls virtual.
fn attribute_type(column: &Column) -> (&'static str, &'static str) {
    match column.kind {
        ColumnType::Boolean { .. } => ("Boolean", "BooleanType"),
        ColumnType::Integer { .. } => ("Integer", "IntegerType"),
        ColumnType::BigInt => ("BigInt", "BigIntType"),
        ColumnType::Decimal { .. } => ("Decimal", "DecimalType"),
        ColumnType::Double { .. } => ("Double", "DoubleType"),
        ColumnType::Money { .. } => ("Money", "MoneyType"),
        ColumnType::String { .. } => ("String", "StringType"),
        ColumnType::Memo { .. } => ("Memo", "MemoType"),
        ColumnType::DateTime { .. } => ("DateTime", "DateTimeType"),
        ColumnType::Choice { .. } => ("Picklist", "PicklistType"),
        ColumnType::Choices { .. } => ("Virtual", "MultiSelectPicklistType"),
        ColumnType::State { .. } => ("State", "StateType"),
        ColumnType::Status { .. } => ("Status", "StatusType"),
        ColumnType::Lookup { kind: LookupKind::Simple, .. } => ("Lookup", "LookupType"),
        ColumnType::Lookup { kind: LookupKind::Owner, .. } => ("Owner", "OwnerType"),
        ColumnType::Lookup { kind: LookupKind::Customer, .. } => ("Customer", "CustomerType"),
        ColumnType::Uniqueidentifier => ("Uniqueidentifier", "UniqueidentifierType"),
        ColumnType::EntityName => ("EntityName", "EntityNameType"),
        ColumnType::Image => ("Virtual", "ImageType"),
        ColumnType::File => ("Virtual", "FileType"),
        ColumnType::ManagedProperty => ("ManagedProperty", "ManagedPropertyType"),
        ColumnType::Virtual => ("Virtual", "VirtualType"),
    }
}

fn column_property<'a>(table: &'a Table, column: &'a Column, id: Uuid, name: &str) -> Datum<'a> {
    match name {
        "LogicalName" => text(&column.logical_name),
        "SchemaName" => text(&column.schema_name),
        "EntityLogicalName" => text(&table.logical_name),
        "AttributeOf" => column.attribute_of.as_deref().map_or(Datum::Null, text),
        "AttributeType" => text(attribute_type(column).0),
        "AttributeTypeName" => Datum::Wrapped(attribute_type(column).1),
        "DisplayName" => label(&column.display_name, label_id(id, "DisplayName")),
        // The fixtures hold no descriptions of columns.
        "Description" => Datum::NoLabel,
        "CanBeSecuredForCreate" => Datum::Bool(table.securable(column).create),
        "CanBeSecuredForRead" => Datum::Bool(table.securable(column).read),
        "CanBeSecuredForUpdate" => Datum::Bool(table.securable(column).update),
        "IsCustomAttribute" => Datum::Bool(false),
        "IsPrimaryId" => Datum::Bool(column.id == table.primary_id),
        "IsPrimaryName" => Datum::Bool(Some(column.id) == table.primary_name),
        "IsValidForCreate" => Datum::Bool(column.valid_for_create),
        "IsValidForRead" => Datum::Bool(column.valid_for_read),
        "IsValidForUpdate" => Datum::Bool(column.valid_for_update),
        "IsValidODataAttribute" => Datum::Bool(column.is_property()),
        "RequiredLevel" => Datum::Required(match column.required {
            RequiredLevel::None => "None",
            RequiredLevel::Recommended => "Recommended",
            RequiredLevel::ApplicationRequired => "ApplicationRequired",
            RequiredLevel::SystemRequired => "SystemRequired",
        }),
        _ => typed_property(column, name),
    }
}

/// What only columns of some types have.
fn typed_property<'a>(column: &'a Column, name: &str) -> Datum<'a> {
    match (&column.kind, name) {
        (ColumnType::Integer { min, .. }, "MinValue") => Datum::Int((*min).into()),
        (ColumnType::Integer { max, .. }, "MaxValue") => Datum::Int((*max).into()),
        (ColumnType::BigInt, "MinValue") => Datum::Int(i64::MIN),
        (ColumnType::BigInt, "MaxValue") => Datum::Int(i64::MAX),
        (ColumnType::Decimal { min, .. } | ColumnType::Money { min, .. }, "MinValue") => Datum::Decimal(*min),
        (ColumnType::Decimal { max, .. } | ColumnType::Money { max, .. }, "MaxValue") => Datum::Decimal(*max),
        (ColumnType::Double { min, .. }, "MinValue") => Datum::Double(*min),
        (ColumnType::Double { max, .. }, "MaxValue") => Datum::Double(*max),
        (
            ColumnType::Decimal { precision, .. }
            | ColumnType::Money { precision, .. }
            | ColumnType::Double { precision, .. },
            "Precision",
        ) => Datum::Int((*precision).into()),
        (ColumnType::String { max_length } | ColumnType::Memo { max_length }, "MaxLength") => {
            Datum::Int(*max_length as i64)
        }
        (ColumnType::DateTime { behavior }, "Format") => text(match behavior {
            DateBehavior::UserLocal => "DateAndTime",
            DateBehavior::DateOnly => "DateOnly",
        }),
        (ColumnType::DateTime { behavior }, "DateTimeBehavior") => Datum::Wrapped(match behavior {
            DateBehavior::UserLocal => "UserLocal",
            DateBehavior::DateOnly => "DateOnly",
        }),
        (ColumnType::Lookup { targets, .. }, "Targets") => {
            Datum::Texts(targets.iter().map(|target| &**target).collect())
        }
        (ColumnType::Boolean { .. }, "DefaultValue") => {
            Datum::Bool(matches!(column.default, Value::Bool(true)))
        }
        (kind, "DefaultFormValue") if !matches!(kind, ColumnType::EntityName) => {
            // The service prints -1 where a choice has no default.
            Datum::Int(column.default.as_int().unwrap_or(-1).into())
        }
        (ColumnType::ManagedProperty, "ManagedPropertyLogicalName") => text(&column.logical_name),
        (ColumnType::ManagedProperty, "ValueAttributeTypeCode") => text("Boolean"),
        _ => Datum::Null,
    }
}

fn key_property<'a>(table: &'a Table, key: &'a AlternateKey, id: Uuid, name: &str) -> Datum<'a> {
    match name {
        "DisplayName" => label(&key.display_name, label_id(id, "DisplayName")),
        // A key is enforced from the moment the catalogue has it.
        "EntityKeyIndexStatus" => text("Active"),
        "EntityLogicalName" => text(&table.logical_name),
        "KeyAttributes" => {
            Datum::Texts(key.columns.iter().map(|column| &*table.column(*column).logical_name).collect())
        }
        "LogicalName" => Datum::Text(Cow::Owned(key.name.to_lowercase())),
        "SchemaName" => text(&key.name),
        _ => Datum::Null,
    }
}

impl<'a> OneToMany<'a> {
    fn is_to(&self, table: &Table) -> bool {
        self.referenced.is_some_and(|referenced| referenced.id == table.id)
    }

    fn property(&self, name: &str) -> Datum<'a> {
        match name {
            "SchemaName" => text(&self.navigation.relationship),
            "RelationshipType" => text("OneToManyRelationship"),
            "IsCustomRelationship" => Datum::Bool(false),
            "ReferencedEntity" => text(self.referenced.map_or("owner", |table| &table.logical_name)),
            "ReferencedAttribute" => {
                text(self.referenced.map_or("ownerid", |table| &table.column(table.primary_id).logical_name))
            }
            "ReferencedEntityNavigationPropertyName" => self.collection(),
            "ReferencingEntity" => text(&self.referencing.logical_name),
            "ReferencingAttribute" => text(&self.column.logical_name),
            "ReferencingEntityNavigationPropertyName" => text(&self.navigation.name),
            _ => Datum::Null,
        }
    }

    /// The property that leads back; none where another property of the table took the name.
    fn collection(&self) -> Datum<'a> {
        let Some(referenced) = self.referenced else { return text(&self.navigation.relationship) };
        let back = referenced.navigations.iter().find(|candidate| {
            candidate.relationship == self.navigation.relationship
                && matches!(candidate.kind, NavigationKind::Collection { table, column }
                    if table == self.referencing.id && column == self.column.id)
        });
        back.map_or(Datum::Null, |navigation| text(&navigation.name))
    }
}

impl<'a> ManyToMany<'a> {
    fn joins(&self, table: &Table) -> bool {
        self.first.table.id == table.id || self.second.table.id == table.id
    }

    fn property(&self, name: &str) -> Datum<'a> {
        match name {
            "SchemaName" => text(self.schema_name),
            "RelationshipType" => text("ManyToManyRelationship"),
            "IsCustomRelationship" => Datum::Bool(false),
            "IntersectEntityName" => text(&self.intersect.logical_name),
            "Entity1LogicalName" => text(&self.first.table.logical_name),
            "Entity1IntersectAttribute" => text(&self.first.column.logical_name),
            "Entity1NavigationPropertyName" => text(self.first.navigation),
            "Entity2LogicalName" => text(&self.second.table.logical_name),
            "Entity2IntersectAttribute" => text(&self.second.column.logical_name),
            "Entity2NavigationPropertyName" => text(self.second.navigation),
            _ => Datum::Null,
        }
    }
}

fn has_options(column: &Column) -> bool {
    matches!(
        column.kind,
        ColumnType::Boolean { .. }
            | ColumnType::Choice { .. }
            | ColumnType::Choices { .. }
            | ColumnType::State { .. }
            | ColumnType::Status { .. }
    )
}

fn options_property<'a>(table: &'a Table, column: &'a Column, id: Uuid, name: &str) -> Datum<'a> {
    let choice =
        |value: i32| column.option(value).map_or(Datum::Null, |o| Datum::Choice(choice(o, column, id)));
    match name {
        "Options" => Datum::Options(column.options().iter().map(|o| self::choice(o, column, id)).collect()),
        "TrueOption" => choice(1),
        "FalseOption" => choice(0),
        "DisplayName" => label(&column.display_name, label_id(id, "DisplayName")),
        "Description" => Datum::NoLabel,
        "IsCustomOptionSet" | "IsGlobal" => Datum::Bool(false),
        "Name" => Datum::Text(Cow::Owned(format!("{}_{}", table.logical_name, column.logical_name))),
        "OptionSetType" => text(match column.kind {
            ColumnType::Boolean { .. } => "Boolean",
            ColumnType::State { .. } => "State",
            ColumnType::Status { .. } => "Status",
            _ => "Picklist",
        }),
        _ => Datum::Null,
    }
}

fn choice<'a>(option: &'a crate::model::ChoiceOption, column: &Column, id: Uuid) -> Choice<'a> {
    Choice {
        value: option.value,
        label: &option.label,
        id: label_id(id, itoa::Buffer::new().format(option.value)),
        nature: match column.kind {
            ColumnType::State { .. } => ChoiceNature::State { default_status: option.default_status },
            ColumnType::Status { .. } => ChoiceNature::Status { state: option.state },
            _ => ChoiceNature::Plain,
        },
    }
}
