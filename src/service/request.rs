//! What every face can ask for. No wire types: names are resolved, values are typed.

use uuid::Uuid;

use crate::model::{ColumnId, Record, TableId, Value};

/// How a request names a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Key {
    /// By primary key.
    Id(Uuid),
    /// By an alternate key: its columns with their values.
    Alternate(Vec<(ColumnId, Value)>),
}

/// A row of a table, named by a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// The table the row is in.
    pub table: TableId,
    /// Which row.
    pub key: Key,
}

/// What a create or an update brings.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Input {
    /// Plain column values.
    pub record: Record,
    /// Navigation properties bound to existing rows (`x@odata.bind`); `None` clears a lookup. The number is an index
    /// into [`Table::navigations`](crate::model::Table::navigations). Several links of one collection-valued
    /// property stand as several entries.
    pub links: Vec<(usize, Option<Link>)>,
    /// New related rows to create with this one (deep insert): the navigation property and the related row.
    pub children: Vec<(usize, Input)>,
}

/// The condition of a conditional request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precondition {
    /// None: an update of a row that does not exist creates it.
    #[default]
    None,
    /// `If-Match: *`: the row must exist.
    Exists,
    /// `If-None-Match: *`: the row must not exist.
    Absent,
    /// `If-Match: W/"n"`: the row must have this version.
    Version(u64),
}

/// What a write did to which row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// The table.
    pub table: TableId,
    /// The row.
    pub id: Uuid,
    /// Whether the row is new.
    pub created: bool,
}
