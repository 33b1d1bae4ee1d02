//! What was put together once and is asked for by every request.

use std::sync::{Arc, OnceLock};

use dashmap::DashMap;
use foldhash::fast::RandomState;
use uuid::Uuid;

use super::holder::Holder;
use super::role::Role;
use super::units::Units;
use crate::model::{Catalogue, Known, Reference, TableId};
use crate::store::Records;

/// The rows that the model reads.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    /// The tables.
    pub catalogue: &'a Catalogue,
    /// Their rows.
    pub records: &'a Records,
}

/// Who may do what, as far as somebody asked. Worlds that share it are moments of one organization and hold the same
/// roles, teams and business units; one in which they change gets a new one, and so does a world that goes its own way.
#[derive(Debug, Clone, Default)]
pub struct Cache(Arc<OnceLock<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    units: OnceLock<Units>,
    roles: DashMap<Uuid, Arc<Role>, RandomState>,
    holders: DashMap<Uuid, Arc<Holder>, RandomState>,
}

/// So many users and teams are kept; then all are forgotten. A few kilobytes each.
const MOST_HOLDERS: usize = 4_096;

/// What a write to a table may make wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concerns {
    /// Nobody, or none whose own row does not tell.
    Nobody,
    /// The user that a row of the table names.
    User,
    /// Anybody.
    Everybody,
}

impl Concerns {
    /// Whom a write to a table concerns.
    pub fn of(known: &Known, table: TableId) -> Self {
        if [known.teammembership.id, known.systemuserroles.id, known.systemuserprofiles.id].contains(&table) {
            Self::User
        } else if [
            known.role.id,
            known.roleprivileges.id,
            known.teamroles.id,
            known.teamprofiles.id,
            known.fieldpermission.id,
            known.team.id,
            known.businessunit.id,
        ]
        .contains(&table)
        {
            Self::Everybody
        } else {
            Self::Nobody
        }
    }
}

impl Cache {
    /// What a user or a team may do; `None` where there is none with this id.
    pub fn holder(&self, rows: Rows<'_>, principal: Reference) -> Option<Arc<Holder>> {
        let holders = &self.kept().holders;
        let kept = holders.get(&principal.id).map(|entry| Arc::clone(&entry));
        if let Some(holder) = kept.filter(|holder| holder.principal == principal && holder.is_of(rows)) {
            return Some(holder);
        }
        let holder = Arc::new(Holder::read(self, rows, principal)?);
        if holders.len() >= MOST_HOLDERS {
            holders.clear();
        }
        holders.insert(principal.id, Arc::clone(&holder));
        Some(holder)
    }

    /// What a role gives.
    pub fn role(&self, rows: Rows<'_>, role: Uuid) -> Arc<Role> {
        let roles = &self.kept().roles;
        if let Some(kept) = roles.get(&role) {
            return Arc::clone(&kept);
        }
        let read = Arc::new(Role::read(rows, role));
        roles.insert(role, Arc::clone(&read));
        read
    }

    /// The tree of business units.
    pub fn units(&self, rows: Rows<'_>) -> &Units {
        self.kept().units.get_or_init(|| Units::read(rows))
    }

    /// Whether a user or a team is among those who asked.
    pub fn knows(&self, principal: Uuid) -> bool {
        self.0.get().is_some_and(|kept| kept.holders.contains_key(&principal))
    }

    /// Begins anew, for this world and those made of it from now on; `false` where there was nothing to forget.
    pub fn forget(&mut self) -> bool {
        if self.0.get().is_none() && Arc::strong_count(&self.0) == 1 {
            return false;
        }
        *self = Self::default();
        true
    }

    fn kept(&self) -> &Kept {
        self.0.get_or_init(Kept::default)
    }
}
