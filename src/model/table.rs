//! Tables: columns, the names the Web API gives them, and how tables point at each other.

use std::sync::Arc;

use foldhash::HashMap;

use super::{Cascade, Column, ColumnId};

/// The place of a table in the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableId(pub u16);

impl TableId {
    /// The position as an index.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// One table of the organization.
#[derive(Debug, Clone)]
pub struct Table {
    /// Where it stands in the catalogue.
    pub id: TableId,
    /// Lower-case name; the Web API's entity type.
    pub logical_name: Box<str>,
    /// Name with capitals.
    pub schema_name: Box<str>,
    /// Name of the Web API's entity set.
    pub entity_set_name: Box<str>,
    /// What people read, for one row.
    pub display_name: Box<str>,
    /// What people read, for many rows.
    pub display_collection_name: Box<str>,
    /// What the table is for.
    pub description: Box<str>,
    /// The number the platform knows it by.
    pub object_type_code: i32,
    /// Who owns its rows.
    pub ownership: Ownership,
    /// The primary key column.
    pub primary_id: ColumnId,
    /// The column people know a row by.
    pub primary_name: Option<ColumnId>,
    /// All columns; a [`ColumnId`] is an index into it.
    pub columns: Vec<Column>,
    /// Declared alternate keys.
    pub alternate_keys: Vec<AlternateKey>,
    /// Whether it only joins two tables of a many-to-many relationship.
    pub is_intersect: bool,
    /// Whether teams may be made for single rows of it (T10).
    pub auto_create_access_teams: bool,
    /// Set where no request writes the rows: what does instead, in one sentence.
    pub read_only: Option<Box<str>>,
    /// Few-valued columns whose combinations the store counts, so that rules need not scan.
    pub counted: Vec<ColumnId>,
    /// The lookup to the row above, where the table is a hierarchy.
    pub hierarchy: Option<ColumnId>,
    /// Navigation properties, in the alphabetical order of their names.
    pub navigations: Vec<Navigation>,
    /// The lookups through which its rows inherit shares: column, table it points to, and how.
    pub parents: Vec<(ColumnId, TableId, Cascade)>,
    /// The columns the platform itself fills.
    pub system: SystemColumns,
    /// What a create puts into columns that nobody fills, in column order.
    pub defaults: Arc<[(ColumnId, super::Value)]>,
    pub(super) column_names: HashMap<Box<str>, ColumnId>,
    pub(super) properties: HashMap<Box<str>, Property>,
}

/// The columns the platform fills in every table that has them.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "the fields are columns named as in the product")]
pub struct SystemColumns {
    pub createdon: Option<ColumnId>,
    pub createdby: Option<ColumnId>,
    pub createdonbehalfby: Option<ColumnId>,
    pub modifiedon: Option<ColumnId>,
    pub modifiedby: Option<ColumnId>,
    pub modifiedonbehalfby: Option<ColumnId>,
    pub overriddencreatedon: Option<ColumnId>,
    pub ownerid: Option<ColumnId>,
    pub owninguser: Option<ColumnId>,
    pub owningteam: Option<ColumnId>,
    pub owningbusinessunit: Option<ColumnId>,
    pub businessunitid: Option<ColumnId>,
    pub organizationid: Option<ColumnId>,
    pub statecode: Option<ColumnId>,
    pub statuscode: Option<ColumnId>,
}

impl SystemColumns {
    pub(super) fn of(find: impl Fn(&str) -> Option<ColumnId>) -> Self {
        Self {
            createdon: find("createdon"),
            createdby: find("createdby"),
            createdonbehalfby: find("createdonbehalfby"),
            modifiedon: find("modifiedon"),
            modifiedby: find("modifiedby"),
            modifiedonbehalfby: find("modifiedonbehalfby"),
            overriddencreatedon: find("overriddencreatedon"),
            ownerid: find("ownerid"),
            owninguser: find("owninguser"),
            owningteam: find("owningteam"),
            owningbusinessunit: find("owningbusinessunit"),
            businessunitid: find("businessunitid"),
            organizationid: find("organizationid"),
            statecode: find("statecode"),
            statuscode: find("statuscode"),
        }
    }
}

/// What a name in a path, an option or a body stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Property {
    /// A column's value.
    Column(ColumnId),
    /// A navigation property: an index into [`Table::navigations`].
    Navigation(usize),
}

/// Who owns the rows of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ownership {
    /// A user or a team.
    User,
    /// A business unit.
    Business,
    /// The organization.
    Organization,
    /// Nobody.
    None,
}

/// Columns that together identify a row.
#[derive(Debug, Clone)]
pub struct AlternateKey {
    /// Name of the key.
    pub name: Box<str>,
    /// What people read.
    pub display_name: Box<str>,
    /// Its columns.
    pub columns: Vec<ColumnId>,
}

/// A navigation property: a way from a row to related rows.
#[derive(Debug, Clone)]
pub struct Navigation {
    /// Its case-sensitive name on the wire.
    pub name: Box<str>,
    /// Schema name of the relationship.
    pub relationship: Box<str>,
    /// Where it leads.
    pub kind: NavigationKind,
    /// What an action on the row that the lookup points to does to the row with the lookup; the same at both ends.
    pub cascade: Cascade,
}

/// Where a navigation property leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NavigationKind {
    /// To the one row that a lookup column of this table points to.
    Lookup {
        /// The lookup column.
        column: ColumnId,
        /// What it leads to through this property.
        target: Target,
    },
    /// To the rows of `table` whose lookup `column` points to this row.
    Collection {
        /// The referencing table.
        table: TableId,
        /// The lookup column in it.
        column: ColumnId,
    },
    /// To the rows of `table` that rows of `intersect` join to this row.
    ManyToMany {
        /// The joining table.
        intersect: TableId,
        /// Its column with the id of this side.
        near: ColumnId,
        /// Its column with the id of the other side.
        far: ColumnId,
        /// The table of the other side.
        table: TableId,
    },
}

/// What a single-valued navigation property leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A row of this table.
    Table(TableId),
    /// A user or a team.
    Principal,
}

impl Table {
    /// The column at a place.
    pub fn column(&self, id: ColumnId) -> &Column {
        &self.columns[id.index()]
    }

    /// The column with a logical name.
    pub fn column_named(&self, logical_name: &str) -> Option<&Column> {
        self.column_names.get(logical_name).map(|id| self.column(*id))
    }

    /// The place of a column with a logical name.
    pub fn column_id(&self, logical_name: &str) -> Option<ColumnId> {
        self.column_names.get(logical_name).copied()
    }

    /// What a create puts into a column that nobody fills.
    pub fn default_of(&self, column: ColumnId) -> &super::Value {
        let place = self.defaults.binary_search_by_key(&column, |(of, _)| *of);
        place.map_or(&super::Value::Null, |place| &self.defaults[place].1)
    }

    /// What a Web API property name stands for.
    pub fn property(&self, name: &str) -> Option<Property> {
        self.properties.get(name).copied()
    }

    /// The navigation property of a name.
    pub fn navigation(&self, name: &str) -> Option<&Navigation> {
        match self.properties.get(name)? {
            Property::Navigation(index) => Some(&self.navigations[*index]),
            Property::Column(_) => None,
        }
    }

    /// The navigation property through which a lookup column leads to rows of `target`.
    pub fn lookup_navigation(&self, column: ColumnId, target: TableId) -> Option<&Navigation> {
        self.navigations.iter().find(|navigation| {
            matches!(navigation.kind, NavigationKind::Lookup { column: of, target: to }
                if of == column && (to == Target::Table(target) || to == Target::Principal))
        })
    }

    /// The columns that are properties of the entity type, in order.
    pub fn properties(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| column.is_property())
    }

    /// Whether users and teams share this table's id under the name `ownerid`.
    pub fn is_principal(&self) -> bool {
        matches!(&*self.logical_name, "systemuser" | "team")
    }
}
