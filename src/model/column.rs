//! Columns and their types.

use rust_decimal::Decimal;

use super::Value;

/// The place of a column within its table: columns stand in the alphabetical order of their logical names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnId(pub u16);

impl ColumnId {
    /// The position as an index.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// One column of a table.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "they are the metadata's own independent flags")]
pub struct Column {
    /// Where it stands in its table.
    pub id: ColumnId,
    /// Lower-case name, the Web API property (for lookups: see [`Column::property`]).
    pub logical_name: Box<str>,
    /// Name with capitals; custom lookups use it for their navigation property.
    pub schema_name: Box<str>,
    /// What people read.
    pub display_name: Box<str>,
    /// Name of the Web API property that holds the value: `_x_value` for lookups, the logical name otherwise.
    pub property: Box<str>,
    /// Type and its facets.
    pub kind: ColumnType,
    /// How strongly a value is asked for.
    pub required: RequiredLevel,
    /// Whether a create may set it.
    pub valid_for_create: bool,
    /// Whether an update may set it.
    pub valid_for_update: bool,
    /// Whether it can be read.
    pub valid_for_read: bool,
    /// The lookup or choice this column is only the name of (`createdbyname`); not a Web API property.
    pub attribute_of: Option<Box<str>>,
    /// What a create puts in when the request does not.
    pub default: Value,
    /// Whether the store keeps an index over it.
    pub indexed: bool,
    /// Whether field security covers it in every organization; the setting `secured_columns` adds to these.
    pub is_secured: bool,
}

impl Column {
    /// Whether the column is a property of the Web API's entity type.
    pub fn is_property(&self) -> bool {
        self.valid_for_read && self.attribute_of.is_none() && !matches!(self.kind, ColumnType::Virtual)
    }

    /// The option with this number, for choices, states, status reasons and two-option columns.
    pub fn option(&self, value: i32) -> Option<&ChoiceOption> {
        self.options().iter().find(|option| option.value == value)
    }

    /// The options of a choice, state, status or two-option column; none for other types.
    pub fn options(&self) -> &[ChoiceOption] {
        match &self.kind {
            ColumnType::Choice { options }
            | ColumnType::Choices { options }
            | ColumnType::State { options }
            | ColumnType::Status { options }
            | ColumnType::Boolean { options } => options,
            _ => &[],
        }
    }

    /// Whether the column points to rows.
    pub fn is_lookup(&self) -> bool {
        matches!(self.kind, ColumnType::Lookup { .. })
    }
}

/// The type of a column with its facets.
#[derive(Debug, Clone)]
pub enum ColumnType {
    /// Two options, with the labels of both.
    Boolean {
        /// The labels of 0 and 1.
        options: Vec<ChoiceOption>,
    },
    /// Whole number.
    Integer {
        /// Smallest value.
        min: i32,
        /// Greatest value.
        max: i32,
    },
    /// Big integer, such as `versionnumber`.
    BigInt,
    /// Decimal number.
    Decimal {
        /// Digits after the point.
        precision: u32,
        /// Smallest value.
        min: Decimal,
        /// Greatest value.
        max: Decimal,
    },
    /// Floating point number.
    Double {
        /// Digits after the point.
        precision: u32,
        /// Smallest value.
        min: f64,
        /// Greatest value.
        max: f64,
    },
    /// Amount in the row's currency.
    Money {
        /// Digits after the point.
        precision: u32,
        /// Smallest value.
        min: Decimal,
        /// Greatest value.
        max: Decimal,
    },
    /// A line of text.
    String {
        /// Longest text, in UTF-16 units as the service counts.
        max_length: usize,
    },
    /// Text of several lines.
    Memo {
        /// Longest text, in UTF-16 units as the service counts.
        max_length: usize,
    },
    /// Date, with or without time.
    DateTime {
        /// What the stored value means.
        behavior: DateBehavior,
    },
    /// One of a list.
    Choice {
        /// The list.
        options: Vec<ChoiceOption>,
    },
    /// Several of a list.
    Choices {
        /// The list.
        options: Vec<ChoiceOption>,
    },
    /// The row's state.
    State {
        /// The states, each with its default status.
        options: Vec<ChoiceOption>,
    },
    /// The reason of the row's state.
    Status {
        /// The reasons, each with its state.
        options: Vec<ChoiceOption>,
    },
    /// Pointer to a row of one of the targets.
    Lookup {
        /// Logical names of the tables it may point to; some may not be in the catalogue.
        targets: Vec<Box<str>>,
        /// What sort of lookup it is.
        kind: LookupKind,
    },
    /// Unique identifier; the primary key is one.
    Uniqueidentifier,
    /// Logical name of a table.
    EntityName,
    /// Image bytes.
    Image,
    /// Id of a stored file.
    File,
    /// Boolean that a solution may lock.
    ManagedProperty,
    /// Has no value of its own.
    Virtual,
}

/// What sort of lookup a column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookupKind {
    /// To the rows of one table, or of several.
    Simple,
    /// To the user or team that owns the row.
    Owner,
    /// To an account or a contact.
    Customer,
}

/// What a date column's value means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateBehavior {
    /// An instant, shown in the user's time zone.
    UserLocal,
    /// A date without time and zone.
    DateOnly,
}

/// One option of a choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChoiceOption {
    /// The number that stands in rows and on the wire.
    pub value: i32,
    /// What people read.
    pub label: Box<str>,
    /// Of a status reason: the state it belongs to.
    pub state: Option<i32>,
    /// Of a state: the status a row gets that enters it.
    pub default_status: Option<i32>,
}

/// How strongly a column asks for a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequiredLevel {
    /// Not at all.
    None,
    /// Forms recommend it.
    Recommended,
    /// Forms insist on it; the Web API does not.
    ApplicationRequired,
    /// The system insists on it.
    SystemRequired,
}

impl ColumnType {
    /// The Edm type of a column's property.
    pub fn edm(&self) -> &'static str {
        match self {
            // The product has `mscrm.BooleanManagedProperty` for the latter; rows here carry the plain value.
            Self::Boolean { .. } | Self::ManagedProperty => "Edm.Boolean",
            Self::Integer { .. } | Self::Choice { .. } | Self::State { .. } | Self::Status { .. } => {
                "Edm.Int32"
            }
            Self::BigInt => "Edm.Int64",
            Self::Decimal { .. } | Self::Money { .. } => "Edm.Decimal",
            Self::Double { .. } => "Edm.Double",
            Self::String { .. }
            | Self::Memo { .. }
            | Self::Choices { .. }
            | Self::EntityName
            | Self::Virtual => "Edm.String",
            Self::DateTime { behavior: DateBehavior::DateOnly } => "Edm.Date",
            Self::DateTime { behavior: DateBehavior::UserLocal } => "Edm.DateTimeOffset",
            Self::Lookup { .. } | Self::Uniqueidentifier | Self::File => "Edm.Guid",
            Self::Image => "Edm.Binary",
        }
    }
}
