//! The tree of business units.

use foldhash::HashMap;
use uuid::Uuid;

use super::cache::Rows;

/// Which business units stand below which.
#[derive(Debug, Default)]
pub struct Units {
    children: HashMap<Uuid, Vec<Uuid>>,
    disabled: Vec<Uuid>,
}

impl Units {
    /// The business units of an organization.
    pub(super) fn read(rows: Rows<'_>) -> Self {
        let units = &rows.catalogue.known().businessunit;
        let mut tree = Self::default();
        for (_, row) in rows.records.table(units.id).iter() {
            if let Some(parent) = row.get(units.parentbusinessunitid).as_id() {
                tree.children.entry(parent).or_default().push(row.id());
            }
            if row.get(units.isdisabled).as_bool() == Some(true) {
                tree.disabled.push(row.id());
            }
        }
        tree
    }

    /// A business unit and all below it, from the top down.
    pub fn with_below(&self, unit: Uuid) -> Vec<Uuid> {
        let mut found = vec![unit];
        let mut at = 0;
        while let Some(above) = found.get(at) {
            if let Some(children) = self.children.get(above) {
                found.extend(children.iter().filter(|child| **child != unit));
            }
            at += 1;
        }
        found
    }

    /// Whether a business unit is disabled.
    pub fn is_disabled(&self, unit: Uuid) -> bool {
        self.disabled.contains(&unit)
    }
}
