//! What a role gives.

use uuid::Uuid;

use super::cache::Rows;
use super::holder::SYSTEM_ADMINISTRATOR;
use crate::model::{Depth, PrivilegeId, ValueRef};

/// The privileges of a role, which all its copies in the business units below share (R12).
#[derive(Debug)]
pub struct Role {
    /// The role whose copies they are.
    pub root: Uuid,
    /// Its name.
    pub name: Box<str>,
    /// Whether it is System Administrator, which holds every privilege at its greatest depth, those of tables added
    /// later included (R15).
    pub is_system_administrator: bool,
    /// Whether members of a team that holds it have its Basic privileges for rows of their own too (R6).
    pub reaches_members: bool,
    depths: Box<[Option<Depth>]>,
}

impl Role {
    /// The role with an id, or the one it is a copy of.
    pub(super) fn read(rows: Rows<'_>, role: Uuid) -> Self {
        let (catalogue, known) = (rows.catalogue, rows.catalogue.known());
        let roles = rows.records.table(known.role.id);
        let own = roles.get(role);
        let root = own.and_then(|row| row.get(known.role.parentrootroleid).as_id()).unwrap_or(role);
        let row = roles.get(root).or(own);
        let template = row.and_then(|row| row.get(known.role.roletemplateid).as_id());
        let is_system_administrator = template == Some(SYSTEM_ADMINISTRATOR);
        let depths = if is_system_administrator {
            catalogue.privileges().map(|(_, privilege)| Some(privilege.deepest())).collect()
        } else {
            let mut depths = vec![None; catalogue.privileges().len()];
            let grants = &known.roleprivileges;
            for grant in rows.records.table(grants.id).rows_with(grants.roleid, ValueRef::Guid(root)) {
                let privilege =
                    grant.get(grants.privilegeid).as_id().and_then(|id| catalogue.privilege_with_id(id));
                let mask = grant.get(grants.privilegedepthmask).as_int().unwrap_or_default();
                if let Some(privilege) = privilege {
                    depths[privilege.index()] = Depth::of_mask(mask);
                }
            }
            depths.into()
        };
        Self {
            root,
            name: row.and_then(|row| row.get(known.role.name).as_str()).unwrap_or_default().into(),
            is_system_administrator,
            reaches_members: row.and_then(|row| row.get(known.role.isinherited).as_int()) == Some(1),
            depths,
        }
    }

    /// How far it gives a privilege, if it does.
    pub fn depth(&self, privilege: PrivilegeId) -> Option<Depth> {
        self.depths[privilege.index()]
    }

    /// The privileges it gives, with their depths.
    pub fn privileges(&self) -> impl Iterator<Item = (PrivilegeId, Depth)> + Clone {
        self.depths
            .iter()
            .enumerate()
            .filter_map(|(at, depth)| depth.map(|depth| (PrivilegeId(at as u16), depth)))
    }
}
