//! Typed values: owned ([`Value`]) as rules and requests hold them, borrowed ([`ValueRef`]) as rows hand them out.

use compact_str::CompactString;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::TableId;

/// A pointer to a row: which table, which id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// The table of the row.
    pub table: TableId,
    /// The row's primary key.
    pub id: Uuid,
}

impl Reference {
    /// A pointer to row `id` of `table`.
    pub fn new(table: TableId, id: Uuid) -> Self {
        Self { table, id }
    }
}

/// An owned value of a column.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    /// No value.
    #[default]
    Null,
    /// Two options.
    Bool(bool),
    /// Whole number, choice, state or status.
    Int(i32),
    /// Big integer.
    Long(i64),
    /// Floating point number.
    Double(f64),
    /// Decimal or money; the scale is kept as given.
    Decimal(Decimal),
    /// Text of any kind; choices (multi-select) as their numbers, ascending, `1,3`. Most texts of a row are short
    /// enough to cost no allocation.
    String(CompactString),
    /// Unique identifier.
    Guid(Uuid),
    /// Date and time in UTC, whole seconds since 1970.
    DateTime(i64),
    /// A date without zone, days since 1970-01-01.
    Date(i32),
    /// Lookup, owner or customer.
    Lookup(Reference),
    /// Image bytes.
    Binary(Box<[u8]>),
}

/// A value borrowed from a row.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(missing_docs, reason = "the variants are those of `Value`")]
pub enum ValueRef<'a> {
    Null,
    Bool(bool),
    Int(i32),
    Long(i64),
    Double(f64),
    Decimal(Decimal),
    String(&'a str),
    Guid(Uuid),
    DateTime(i64),
    Date(i32),
    Lookup(Reference),
    Binary(&'a [u8]),
}

impl Value {
    /// The value, borrowed.
    pub fn as_ref(&self) -> ValueRef<'_> {
        match self {
            Self::Null => ValueRef::Null,
            Self::Bool(v) => ValueRef::Bool(*v),
            Self::Int(v) => ValueRef::Int(*v),
            Self::Long(v) => ValueRef::Long(*v),
            Self::Double(v) => ValueRef::Double(*v),
            Self::Decimal(v) => ValueRef::Decimal(*v),
            Self::String(v) => ValueRef::String(v),
            Self::Guid(v) => ValueRef::Guid(*v),
            Self::DateTime(v) => ValueRef::DateTime(*v),
            Self::Date(v) => ValueRef::Date(*v),
            Self::Lookup(v) => ValueRef::Lookup(*v),
            Self::Binary(v) => ValueRef::Binary(v),
        }
    }

    /// Whether there is no value.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether two values are the same to the last bit: `1.50` equals `1.5` and is not the same.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Decimal(a), Self::Decimal(b)) => a.serialize() == b.serialize(),
            (Self::Double(a), Self::Double(b)) => a.to_bits() == b.to_bits(),
            _ => self == other,
        }
    }

    /// The text of a string value.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// The flag of a two-options value.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(flag) = self { Some(*flag) } else { None }
    }

    /// The number of an integer or choice value.
    pub fn as_int(&self) -> Option<i32> {
        if let Self::Int(number) = self { Some(*number) } else { None }
    }

    /// The row a lookup value points to.
    pub fn as_lookup(&self) -> Option<Reference> {
        if let Self::Lookup(reference) = self { Some(*reference) } else { None }
    }

    /// The id of a unique identifier or a lookup.
    pub fn as_id(&self) -> Option<Uuid> {
        match self {
            Self::Guid(id) => Some(*id),
            Self::Lookup(reference) => Some(reference.id),
            _ => None,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text.into())
    }
}

impl From<Box<str>> for Value {
    fn from(text: Box<str>) -> Self {
        Self::String(text.into())
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Int(number)
    }
}

impl From<Uuid> for Value {
    fn from(id: Uuid) -> Self {
        Self::Guid(id)
    }
}

impl From<Reference> for Value {
    fn from(reference: Reference) -> Self {
        Self::Lookup(reference)
    }
}

impl<'a> ValueRef<'a> {
    /// An owned copy.
    pub fn to_value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(v) => Value::Bool(v),
            Self::Int(v) => Value::Int(v),
            Self::Long(v) => Value::Long(v),
            Self::Double(v) => Value::Double(v),
            Self::Decimal(v) => Value::Decimal(v),
            Self::String(v) => Value::String(v.into()),
            Self::Guid(v) => Value::Guid(v),
            Self::DateTime(v) => Value::DateTime(v),
            Self::Date(v) => Value::Date(v),
            Self::Lookup(v) => Value::Lookup(v),
            Self::Binary(v) => Value::Binary(v.into()),
        }
    }

    /// Whether there is no value.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The text of a string value.
    pub fn as_str(&self) -> Option<&'a str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// The flag of a two-options value.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(flag) = self { Some(*flag) } else { None }
    }

    /// The number of an integer or choice value.
    pub fn as_int(&self) -> Option<i32> {
        if let Self::Int(number) = self { Some(*number) } else { None }
    }

    /// The row a lookup value points to.
    pub fn as_lookup(&self) -> Option<Reference> {
        if let Self::Lookup(reference) = self { Some(*reference) } else { None }
    }

    /// The id of a unique identifier or a lookup.
    pub fn as_id(&self) -> Option<Uuid> {
        match self {
            Self::Guid(id) => Some(*id),
            Self::Lookup(reference) => Some(reference.id),
            _ => None,
        }
    }
}
