//! Who stands below whom: rows in the hierarchy of their table, and users in the one that the organization's security
//! model uses, of managers or of positions. Source: "Hierarchy security" (Power Platform documentation), queries.md A.9.

use std::collections::HashSet;

use uuid::Uuid;

use crate::model::{Catalogue, ColumnId, ValueRef};
use crate::store::{Records, TableData};

/// Whether nobody is below anybody while the organization does not use the hierarchical security model. `Assumed:` for
/// the operators of queries that ask for it.
const REPORTS_NEED_THE_SECURITY_MODEL: bool = true;

/// How many levels of reports count where the organization's row does not say.
/// `Source:` "Hierarchy security": three are the default.
const LEVELS_OF_REPORTS: usize = 3;

/// The rows below some rows, so many levels deep.
pub fn below(
    data: &TableData,
    parent: ColumnId,
    rows: impl IntoIterator<Item = Uuid>,
    levels: usize,
) -> HashSet<Uuid> {
    let mut found = HashSet::new();
    let mut level: Vec<Uuid> = rows.into_iter().collect();
    for _ in 0..levels {
        let mut next = Vec::new();
        for id in level {
            let children = data.rows_with(parent, ValueRef::Guid(id)).map(|row| row.id());
            next.extend(children.filter(|child| found.insert(*child)));
        }
        if next.is_empty() {
            break;
        }
        level = next;
    }
    found
}

/// Which hierarchy the organization's security model uses, and how deep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Model {
    /// Positions rather than managers.
    pub of_positions: bool,
    /// How many levels down count.
    pub levels: usize,
}

impl Model {
    /// That of an organization; `None` where it uses none.
    pub fn of(catalogue: &Catalogue, records: &Records) -> Option<Self> {
        let columns = &catalogue.known().organization;
        let row = records.table(columns.id).iter().next().map(|(_, row)| row);
        let flag = |column| row.and_then(|row| row.get(column).as_bool()).unwrap_or(false);
        if REPORTS_NEED_THE_SECURITY_MODEL && !flag(columns.ishierarchicalsecuritymodelenabled) {
            return None;
        }
        let levels = row
            .and_then(|row| row.get(columns.maxdepthforhierarchicalsecuritymodel).as_int())
            .map_or(LEVELS_OF_REPORTS, |levels| usize::try_from(levels).unwrap_or(0));
        Some(Self { of_positions: flag(columns.usepositionhierarchy), levels })
    }

    /// The users below a user, so many of the model's levels deep.
    pub fn below(self, catalogue: &Catalogue, records: &Records, user: Uuid, levels: usize) -> HashSet<Uuid> {
        let (columns, positions) = (&catalogue.known().systemuser, &catalogue.known().position);
        let users = records.table(columns.id);
        let levels = levels.min(self.levels);
        if !self.of_positions {
            return below(users, columns.parentsystemuserid, [user], levels);
        }
        let position = users.get(user).and_then(|user| user.get(columns.positionid).as_id());
        below(records.table(positions.id), positions.parentpositionid, position, levels)
            .into_iter()
            .flat_map(|position| {
                users.rows_with(columns.positionid, ValueRef::Guid(position)).collect::<Vec<_>>()
            })
            .map(|user| user.id())
            .collect()
    }
}
