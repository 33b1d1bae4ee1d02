//! Which rows a privilege reaches for one holder.

use uuid::Uuid;

use super::belonging::Belonging;
use crate::model::{Depth, Ownership};

/// What all grants of a privilege reach together (R4, R5, R8, R9).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// All rows.
    pub everywhere: bool,
    /// Rows that the holder or one of its teams owns.
    pub own: bool,
    /// Rows of these business units; sorted.
    pub units: Vec<Uuid>,
    /// Rows that these teams own; sorted.
    pub teams: Vec<Uuid>,
}

impl Reach {
    /// Whether nothing gives the privilege at all.
    pub fn is_nothing(&self) -> bool {
        !self.everywhere && !self.own && self.units.is_empty() && self.teams.is_empty()
    }

    /// Adds a grant that reaches so far from a business unit, to which `below` are the business units with those
    /// below it. `team` holds the role, where it is not the holder itself, and `reaches_members` says whether its
    /// members have the role's Basic privileges for themselves (R6).
    pub(super) fn add(
        &mut self,
        depth: Depth,
        unit: Uuid,
        below: impl FnOnce() -> Vec<Uuid>,
        team: Option<Uuid>,
        reaches_members: bool,
    ) {
        match (depth, team) {
            (Depth::Basic, Some(team)) if !reaches_members => self.teams.push(team),
            // Any depth suffices for what the holder or one of its teams owns (R8).
            _ => self.own = true,
        }
        match depth {
            Depth::Basic => {}
            Depth::Local => self.units.push(unit),
            Depth::Deep => self.units.extend(below()),
            Depth::Global => self.everywhere = true,
        }
    }

    /// Puts it into the one form that equal reaches share.
    pub(super) fn tidy(&mut self) {
        if self.everywhere {
            (self.own, self.units, self.teams) = (true, Vec::new(), Vec::new());
        }
        for ids in [&mut self.units, &mut self.teams] {
            ids.sort_unstable();
            ids.dedup();
        }
    }

    /// Whether it takes in a row of a table with this ownership. `principals`: the holder and its teams.
    pub fn covers(
        &self,
        ownership: Ownership,
        belonging: Belonging,
        principals: impl Fn(Uuid) -> bool,
    ) -> bool {
        if self.everywhere {
            return true;
        }
        match ownership {
            Ownership::Organization | Ownership::None => !self.is_nothing(),
            Ownership::User | Ownership::Business => {
                let owns = |owner| self.own && principals(owner) || self.teams.binary_search(&owner).is_ok();
                belonging.owner.is_some_and(owns)
                    || belonging.unit.is_some_and(|unit| self.units.binary_search(&unit).is_ok())
            }
        }
    }
}
