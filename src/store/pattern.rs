//! Rows that are like another but for a few values.
//!
//! What comes with a user (queue, settings, membership) is the same for every user of a business unit except for
//! whose it is. A [`Pattern`] is such a row with the differing columns left open: writing one more neither looks at
//! the columns that are the same nor works out again what they leave in indexes and counts.

use uuid::Uuid;

use super::table::Traces;
use crate::model::{ColumnId, TableId, Value};

/// A row with some columns left open. Good for the table of the world it was taken in, and for later states of it.
#[derive(Debug)]
pub struct Pattern {
    pub(super) table: TableId,
    /// Number of the prototype.
    pub(super) prototype: u16,
    /// What a row like it lists besides the open columns, in column order.
    pub(super) listed: Box<[(ColumnId, Value)]>,
    /// What a row like it leaves in indexes and counts besides what the open columns leave.
    pub(super) traces: Traces,
}

/// What a pattern was taken of: rows that agree in this differ in the open columns only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Likeness {
    /// The table.
    pub table: TableId,
    /// What the row belongs to or was made from: a business unit, a team.
    pub of: Uuid,
    /// The second it was made in, since 1970.
    pub second: i64,
}

/// The patterns of one world's writer, one a table. A copy of the world takes its own.
#[derive(Debug, Default)]
pub struct Patterns(Vec<(Likeness, Pattern)>);

impl Clone for Patterns {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Patterns {
    /// The pattern of rows like that.
    pub fn find(&self, likeness: Likeness) -> Option<&Pattern> {
        self.0.iter().find(|(of, _)| *of == likeness).map(|(_, pattern)| pattern)
    }

    /// Keeps a pattern, in place of the table's last one.
    pub fn keep(&mut self, likeness: Likeness, pattern: Pattern) {
        self.0.retain(|(of, _)| of.table != likeness.table);
        self.0.push((likeness, pattern));
    }
}
