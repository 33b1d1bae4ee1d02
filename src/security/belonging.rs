//! Whose a row is.

use uuid::Uuid;

use crate::model::{ColumnId, Ownership, Table};
use crate::store::RowRef;

/// What of a row decides whether a privilege reaches it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Belonging {
    /// Its owner. `Assumed:` a row of a table that business units own is a user's own where it has the user's id:
    /// the user itself and its settings.
    pub owner: Option<Uuid>,
    /// Its business unit.
    pub unit: Option<Uuid>,
}

impl Belonging {
    /// That of a stored row.
    pub fn of(table: &Table, row: RowRef<'_>) -> Self {
        Self {
            owner: match table.ownership {
                Ownership::User => table.system.ownerid.and_then(|column| row.get(column).as_id()),
                Ownership::Business => Some(row.id()),
                Ownership::Organization | Ownership::None => None,
            },
            unit: Self::unit_column(table).and_then(|column| row.get(column).as_id()),
        }
    }

    /// The column with a row's business unit; of a business unit its key.
    pub fn unit_column(table: &Table) -> Option<ColumnId> {
        match table.ownership {
            Ownership::User => table.system.owningbusinessunit,
            Ownership::Business => table.system.businessunitid,
            Ownership::Organization | Ownership::None => None,
        }
    }

    /// The column with a row's owner; of a table that business units own its key.
    pub fn owner_column(table: &Table) -> Option<ColumnId> {
        match table.ownership {
            Ownership::User => table.system.ownerid,
            Ownership::Business => Some(table.primary_id),
            Ownership::Organization | Ownership::None => None,
        }
    }
}
