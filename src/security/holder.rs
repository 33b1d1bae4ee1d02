//! What one user or team may do: the roles of its own and of its teams, put together.

use std::sync::Arc;

use uuid::{Uuid, uuid};

use super::belonging::Belonging;
use super::below::below;
use super::cache::{Cache, Rows};
use super::columns::Permissions;
use super::reach::Reach;
use super::role::Role;
use super::shares::Share;
use crate::model::{
    AccessRights, Catalogue, ColumnId, Depth, Ownership, PrivilegeId, Reference, Securable, Table, TableId,
    ValueRef,
};

/// The template of the role System Administrator.
pub const SYSTEM_ADMINISTRATOR: Uuid = uuid!("627090ff-40a3-4053-8790-584edc5be201");

/// `accessmode`: Administrative.
const ADMINISTRATIVE: i32 = 1;
/// `accessmode`: Read.
const READ: i32 = 2;

/// A role that a user or a team holds.
#[derive(Debug, Clone)]
pub struct Held {
    /// The role as it was given: a copy of [`Role::root`] in a business unit.
    pub id: Uuid,
    /// What it gives.
    pub role: Arc<Role>,
    /// The team through which a user holds it; `None` where it is the holder's own.
    pub through: Option<Uuid>,
    /// The business unit from which its privileges reach: that of its holder, the user or the team (R5).
    pub unit: Uuid,
}

/// A user or a team with all it may do.
#[derive(Debug)]
pub struct Holder {
    /// The user or the team.
    pub principal: Reference,
    /// Its business unit.
    pub unit: Uuid,
    /// `accessmode` of a user.
    pub mode: Option<i32>,
    /// Whether the user is disabled.
    pub is_disabled: bool,
    /// Whether its business unit is disabled.
    pub is_unit_disabled: bool,
    /// The teams a user is member of; sorted.
    pub teams: Box<[Uuid]>,
    /// Its roles, its own first.
    pub roles: Box<[Held]>,
    /// The different reaches its privileges have.
    reaches: Box<[Reach]>,
    /// For each privilege which of them, and the greatest depth at which it is held.
    held: Box<[(u16, Option<Depth>)]>,
    /// What its field security profiles and those of its teams allow with columns.
    columns: Permissions,
}

impl Holder {
    /// What a user or team may do; `None` where there is none with this id.
    pub(super) fn read(cache: &Cache, rows: Rows<'_>, principal: Reference) -> Option<Self> {
        let known = rows.catalogue.known();
        let is_team = principal.table == known.team.id;
        let (unit, mode, is_disabled) = own_columns(rows, principal)?;
        let teams = if is_team { Vec::new() } else { teams_of(rows, principal.id) };
        let mut roles = if is_team {
            roles_of_team(cache, rows, principal.id, unit, None)
        } else {
            roles_of_user(cache, rows, principal.id, unit)
        };
        for team in &teams {
            let of = rows.records.table(known.team.id).get(*team);
            let unit = of.and_then(|row| row.get(known.team.businessunitid).as_id()).unwrap_or_default();
            roles.extend(roles_of_team(cache, rows, *team, unit, Some(*team)));
        }
        let columns = if is_team {
            Permissions::read(rows, None, std::iter::once(principal.id))
        } else {
            Permissions::read(rows, Some(principal.id), teams.iter().copied())
        };
        let mut holder = Self {
            principal,
            unit,
            mode,
            is_disabled,
            is_unit_disabled: cache.units(rows).is_disabled(unit),
            teams: teams.into(),
            roles: roles.into(),
            reaches: Box::new([Reach::default()]),
            held: Box::new([]),
            columns,
        };
        holder.put_together(cache, rows);
        Some(holder)
    }

    /// Works out what all roles give together (R4).
    fn put_together(&mut self, cache: &Cache, rows: Rows<'_>) {
        let administers = self.administered_teams(rows);
        let mut reaches = vec![Reach::default()];
        let mut held = Vec::with_capacity(rows.catalogue.privileges().len());
        for (id, privilege) in rows.catalogue.privileges() {
            let mut reach = Reach::default();
            let mut deepest = None;
            if self.mode.is_none_or(|mode| mode_leaves(mode, rows, id)) {
                for given in &self.roles {
                    let Some(depth) = given.role.depth(id) else { continue };
                    let below = || cache.units(rows).with_below(given.unit);
                    reach.add(depth, given.unit, below, given.through, given.role.reaches_members);
                    deepest = deepest.max(Some(depth));
                }
            }
            if self.mode == Some(READ) && privilege.right != AccessRights::READ && !reach.is_nothing() {
                // What a Read user may still write is its own (R20).
                reach = Reach { own: true, ..Reach::default() };
            }
            if privilege.right == AccessRights::READ && !reach.is_nothing() {
                reach.teams.extend(&administers);
            }
            reach.tidy();
            let place = reaches.iter().position(|known| *known == reach).unwrap_or_else(|| {
                reaches.push(reach);
                reaches.len() - 1
            });
            held.push((place as u16, deepest));
        }
        (self.reaches, self.held) = (reaches.into(), held.into());
    }

    /// Teams whose administrator a user is, which sees what they own (T14).
    fn administered_teams(&self, rows: Rows<'_>) -> Vec<Uuid> {
        let teams = &rows.catalogue.known().team;
        if self.principal.table == teams.id {
            return Vec::new();
        }
        let user = ValueRef::Guid(self.principal.id);
        rows.records.table(teams.id).rows_with(teams.administratorid, user).map(|team| team.id()).collect()
    }

    /// Whether the user's or team's own row still says what it said. Versions would not tell: worlds that went apart
    /// count on from the same number.
    pub(super) fn is_of(&self, rows: Rows<'_>) -> bool {
        own_columns(rows, self.principal) == Some((self.unit, self.mode, self.is_disabled))
    }

    /// Which rows a privilege reaches.
    pub fn reach(&self, privilege: PrivilegeId) -> &Reach {
        let place = self.held.get(privilege.index()).map_or(0, |(place, _)| *place);
        &self.reaches[usize::from(place)]
    }

    /// Whether rights reach every row of a table.
    pub fn reaches_all(&self, catalogue: &Catalogue, table: TableId, rights: AccessRights) -> bool {
        rights.iter().all(|right| {
            catalogue.privilege_to(table, right).is_none_or(|privilege| self.reach(privilege).everywhere)
        })
    }

    /// Whether a privilege is held at all.
    pub fn holds(&self, privilege: PrivilegeId) -> bool {
        !self.reach(privilege).is_nothing()
    }

    /// The greatest depth at which a privilege is held.
    pub fn depth(&self, privilege: PrivilegeId) -> Option<Depth> {
        self.held.get(privilege.index()).and_then(|(_, depth)| *depth)
    }

    /// Every privilege held, with its greatest depth.
    pub fn privileges(&self) -> impl Iterator<Item = (PrivilegeId, Depth)> {
        let depths = self.held.iter().enumerate();
        depths.filter_map(|(at, (_, depth))| depth.map(|depth| (PrivilegeId(at as u16), depth)))
    }

    /// The roles that were given to the holder itself.
    pub fn own_roles(&self) -> impl Iterator<Item = &Held> {
        self.roles.iter().filter(|held| held.through.is_none())
    }

    /// Whether it holds System Administrator.
    pub fn is_system_administrator(&self) -> bool {
        self.roles.iter().any(|held| held.role.is_system_administrator)
    }

    /// What it may do with a column that field security covers: whatever one of its profiles allows, and everything
    /// for a System Administrator (C4).
    pub fn allowed(&self, table: TableId, column: ColumnId) -> Securable {
        if self.is_system_administrator() {
            return Securable::everything();
        }
        self.columns.of(table, column)
    }

    /// Whether an id is the holder's or that of one of its teams.
    pub fn is(&self, principal: Uuid) -> bool {
        self.principal.id == principal || self.teams.binary_search(&principal).is_ok()
    }

    /// The ids of the holder and its teams.
    pub fn principals(&self) -> impl Iterator<Item = Uuid> {
        std::iter::once(self.principal.id).chain(self.teams.iter().copied())
    }

    /// What a privilege reaches by one of the roles alone.
    pub fn reach_of(&self, cache: &Cache, rows: Rows<'_>, held: &Held, privilege: PrivilegeId) -> Reach {
        let mut reach = Reach::default();
        if self.holds(privilege)
            && let Some(depth) = held.role.depth(privilege)
        {
            let below = || cache.units(rows).with_below(held.unit);
            reach.add(depth, held.unit, below, held.through, held.role.reaches_members);
        }
        reach.tidy();
        reach
    }

    /// Whether a right may be used on a row: by roles and ownership, by a share, or because somebody below the holder may
    /// (S5). Neither of the latter gives a right whose privilege is not held at some depth (S3).
    pub fn may(
        &self,
        cache: &Cache,
        rows: Rows<'_>,
        table: &Table,
        right: AccessRights,
        (row, belonging): (Uuid, Belonging),
    ) -> bool {
        let Some(privilege) = rows.catalogue.privilege_to(table.id, right) else { return true };
        let reach = self.reach(privilege);
        if reach.covers(table.ownership, belonging, |owner| self.is(owner)) {
            return true;
        }
        if reach.is_nothing() || table.ownership != Ownership::User {
            return false;
        }
        let record = Reference::new(table.id, row);
        let is_shared_with = |is_one: &dyn Fn(Uuid) -> bool| {
            Share::of(rows, record).any(|share| share.rights().contains(right) && is_one(share.principal.id))
        };
        if is_shared_with(&|principal| self.is(principal)) {
            return true;
        }
        let below = below(cache, rows, self, right);
        let is_below = |principal: Uuid| below.binary_search(&principal).is_ok();
        !below.is_empty() && (belonging.owner.is_some_and(is_below) || is_shared_with(&is_below))
    }

    /// All that may be done with a row.
    pub fn rights(
        &self,
        cache: &Cache,
        rows: Rows<'_>,
        table: &Table,
        row: (Uuid, Belonging),
    ) -> AccessRights {
        AccessRights::named()
            .map(|(right, _)| right)
            .filter(|right| rows.catalogue.privilege_to(table.id, *right).is_some())
            .filter(|right| self.may(cache, rows, table, *right, row))
            .collect()
    }
}

/// What a user's or a team's own row says of it: its business unit, and of a user the access mode and whether it is
/// disabled.
fn own_columns(rows: Rows<'_>, principal: Reference) -> Option<(Uuid, Option<i32>, bool)> {
    let (users, teams) = (&rows.catalogue.known().systemuser, &rows.catalogue.known().team);
    let row = rows.records.table(principal.table).get(principal.id)?;
    if principal.table == teams.id {
        return Some((row.get(teams.businessunitid).as_id().unwrap_or_default(), None, false));
    }
    let unit = row.get(users.businessunitid).as_id().unwrap_or_default();
    let mode = row.get(users.accessmode).as_int().unwrap_or_default();
    Some((unit, Some(mode), row.get(users.isdisabled).as_bool() == Some(true)))
}

pub(super) fn teams_of(rows: Rows<'_>, user: Uuid) -> Vec<Uuid> {
    let member = &rows.catalogue.known().teammembership;
    let memberships = rows.records.table(member.id).rows_with(member.systemuserid, ValueRef::Guid(user));
    let mut teams: Vec<Uuid> = memberships.filter_map(|row| row.get(member.teamid).as_id()).collect();
    teams.sort_unstable();
    teams
}

fn roles_of_user(cache: &Cache, rows: Rows<'_>, user: Uuid, unit: Uuid) -> Vec<Held> {
    let joined = &rows.catalogue.known().systemuserroles;
    let given = rows.records.table(joined.id).rows_with(joined.systemuserid, ValueRef::Guid(user));
    given
        .filter_map(|row| row.get(joined.roleid).as_id())
        .map(|id| Held { id, role: cache.role(rows, id), through: None, unit })
        .collect()
}

fn roles_of_team(cache: &Cache, rows: Rows<'_>, team: Uuid, unit: Uuid, through: Option<Uuid>) -> Vec<Held> {
    let joined = &rows.catalogue.known().teamroles;
    let given = rows.records.table(joined.id).rows_with(joined.teamid, ValueRef::Guid(team));
    given
        .filter_map(|row| row.get(joined.roleid).as_id())
        .map(|id| Held { id, role: cache.role(rows, id), through, unit })
        .collect()
}

/// Tables whose privileges an Administrative user keeps (R20). `Assumed:` the documents name areas of the client, not
/// tables; the list is that of users-and-licensing.md R20.
const ADMINISTRATIVE_TABLES: &[&str] = &[
    "businessunit",
    "fieldpermission",
    "fieldsecurityprofile",
    "organization",
    "position",
    "publisher",
    "queue",
    "role",
    "savedquery",
    "solution",
    "systemuser",
    "team",
    "teamtemplate",
    "transactioncurrency",
    "userquery",
    "usersettings",
];

/// Tables in which a Read user may still write what is its own (R20).
const OWN_TABLES: &[&str] = &["usersettings", "userquery"];

/// Whether an access mode leaves a user a privilege that its roles give (R20). Privileges of no table stand for
/// administrative tasks. The support user has its own role alone (R16), so its mode takes nothing away.
fn mode_leaves(mode: i32, rows: Rows<'_>, privilege: PrivilegeId) -> bool {
    let privilege = rows.catalogue.privilege(privilege);
    let is_of = |tables: &[&str]| {
        privilege.tables.iter().any(|table| tables.contains(&&*rows.catalogue.table(*table).logical_name))
    };
    match mode {
        ADMINISTRATIVE => privilege.tables.is_empty() || is_of(ADMINISTRATIVE_TABLES),
        READ => privilege.right == AccessRights::READ || is_of(OWN_TABLES),
        _ => true,
    }
}
