//! Who may do what: asked between the stages `PreValidation` and `PreOperation`, and before anything is read.
//!
//! First the privilege, at whatever depth, then the row: whose it is, how far the privilege reaches, whether it is
//! shared (R7). Whoever impersonates needs both for itself too (M4). What the model knows stands in
//! [`security`](crate::security); refusals are worded in `refusal`.

mod admission;
mod columns;
mod explain;
mod mask;
mod operation;
mod refusal;
mod scope;

use std::ops::Deref;
use std::sync::Arc;

use uuid::Uuid;

use crate::fault::{Fault, Result, RuleId, code};
use crate::identity::Caller;
use crate::model::{PrivilegeId, Reference, Table, TableId};
use crate::security::{AccessRights, Belonging, Depth, Holder};
use crate::store::RowRef;
use crate::world::World;

pub use admission::admit;
pub use columns::{Hidden, hidden_columns};
pub use explain::{Access, explain};
pub(super) use operation::authorize_operation;
pub use operation::within_own;
pub use scope::{restrict, restrict_expand};

/// What was found out about the user who asked first; most requests come from the same user.
#[derive(Debug, Clone)]
struct First(Arc<Holder>);

/// A holder, kept by the world or by whoever asked.
#[derive(Debug)]
pub enum Who<'w> {
    /// The one who asked first.
    First(&'w Holder),
    /// Anybody else.
    Other(Arc<Holder>),
}

impl Deref for Who<'_> {
    type Target = Holder;

    fn deref(&self) -> &Holder {
        match self {
            Self::First(holder) => holder,
            Self::Other(holder) => holder,
        }
    }
}

/// What a user may do; `None` where there is no such user.
pub fn of_user(world: &World, user: Uuid) -> Option<Who<'_>> {
    let kept = world.found().filter(|First(holder)| holder.principal.id == user);
    if let Some(First(holder)) = kept {
        return Some(Who::First(holder));
    }
    let user = Reference::new(world.known().systemuser.id, user);
    let holder = world.security().holder(world.security_rows(), user)?;
    world.keep(First(Arc::clone(&holder)));
    Some(Who::Other(holder))
}

/// What a user or a team may do; `None` where there is none with this id.
pub fn of_principal(world: &World, principal: Reference) -> Option<Who<'_>> {
    if principal.table == world.known().systemuser.id {
        return of_user(world, principal.id);
    }
    world.security().holder(world.security_rows(), principal).map(Who::Other)
}

/// Those whose rights a caller's requests need: the user, and whoever impersonates it (M4). None for the system, which
/// may do anything.
///
/// # Errors
///
/// `UserNotMemberOfOrg` where one of them has no row.
pub fn holders<'w>(world: &'w World, caller: &Caller) -> Result<impl Iterator<Item = Who<'w>>> {
    let of = |user: Uuid| {
        of_user(world, user).ok_or_else(|| Fault::new(&code::UserNotMemberOfOrg).rule(RuleId("X2")))
    };
    let asks = |user: Uuid| !caller.is_system && !is_system(world, user);
    let user = asks(caller.user).then(|| of(caller.user)).transpose()?;
    let impersonator = caller.impersonator.filter(|user| asks(*user)).map(of).transpose()?;
    Ok(user.into_iter().chain(impersonator))
}

/// Whether a user is SYSTEM or INTEGRATION, which may do anything (1.3).
fn is_system(world: &World, user: Uuid) -> bool {
    let identity = world.identity();
    user == identity.system_user || user == identity.integration_user
}

/// Whether a user holds a role, of its own or through a team (R10). SYSTEM and INTEGRATION need none.
pub fn has_role(world: &World, user: Uuid) -> bool {
    is_system(world, user) || of_user(world, user).is_some_and(|holder| !holder.roles.is_empty())
}

/// Whether the caller may do this with rows of a table at all: X8 and, as far as the access mode decides, X7.
///
/// # Errors
///
/// `PrivilegeDenied`; `UserNotAssignedRoles` where there is no role at all (X5).
pub fn authorize(world: &World, caller: &Caller, right: AccessRights, table: &Table) -> Result<()> {
    if table.is_intersect {
        // `Assumed:` whoever may read both tables may read how their rows are joined.
        return joined_tables(world, table)
            .try_for_each(|table| authorize(world, caller, right, world.catalogue().table(table)));
    }
    match world.catalogue().privilege_to(table.id, right) {
        Some(privilege) => authorize_privilege(world, caller, privilege, Some(table)),
        // What a table has no privilege for asks for a role at least (R10).
        None => holders(world, caller)?
            .find(|holder| holder.roles.is_empty())
            .map_or(Ok(()), |holder| Err(refusal::without_role(&holder))),
    }
}

/// Whether a right reaches every row of a table, so that there is nothing left to ask, of the table or of a row. Most
/// callers of most organizations read so.
///
/// # Errors
///
/// `UserNotMemberOfOrg` where the caller has no row.
pub fn reaches_all(world: &World, caller: &Caller, right: AccessRights, table: &Table) -> Result<bool> {
    // Who sees which shares is no matter of reach.
    if table.id == world.known().principalobjectaccess.id {
        return Ok(false);
    }
    let Some(privilege) = world.catalogue().privilege_to(table.id, right) else { return Ok(false) };
    Ok(holders(world, caller)?.all(|holder| holder.reach(privilege).everywhere))
}

/// The tables that an intersect table joins.
fn joined_tables<'w>(world: &'w World, intersect: &'w Table) -> impl Iterator<Item = TableId> + 'w {
    let of = |table: &'w Table| {
        table.navigations.iter().any(|navigation| {
            matches!(navigation.kind, crate::model::NavigationKind::ManyToMany { intersect: by, .. } if by == intersect.id)
        })
    };
    world.catalogue().tables().iter().filter(move |table| of(table)).map(|table| table.id)
}

fn authorize_privilege(
    world: &World,
    caller: &Caller,
    privilege: PrivilegeId,
    table: Option<&Table>,
) -> Result<()> {
    for holder in holders(world, caller)? {
        if !holder.holds(privilege) {
            return Err(refusal::missing(world, caller, &holder, privilege, table));
        }
    }
    Ok(())
}

/// Whether the caller holds a privilege, at whatever depth.
///
/// # Errors
///
/// As [`authorize`].
pub fn demand_privilege(world: &World, caller: &Caller, name: &'static str) -> Result<()> {
    match world.catalogue().privilege_named(name) {
        Some(privilege) => authorize_privilege(world, caller, privilege, None),
        None => Err(Fault::with(&code::UnexpectedError, format!("There is no privilege {name}."))),
    }
}

/// Whether the caller holds a privilege so far that it reaches a row that is there.
///
/// # Errors
///
/// As [`authorize`], and `unManagedIdsAccessDenied` where the row is out of reach (X9).
pub fn demand_privilege_on(world: &World, caller: &Caller, name: &'static str, of: Reference) -> Result<()> {
    demand_privilege(world, caller, name)?;
    let (Some(privilege), Some(row)) =
        (world.catalogue().privilege_named(name), world.records().table(of.table).get(of.id))
    else {
        return Ok(());
    };
    let table = world.catalogue().table(of.table);
    let belonging = Belonging::of(table, row);
    for holder in holders(world, caller)? {
        if !holder.reach(privilege).covers(table.ownership, belonging, |owner| holder.is(owner)) {
            return Err(refusal::out_of_reach(world, &holder, privilege, table, of.id));
        }
    }
    Ok(())
}

/// Whether the caller may do all of this with a row that is there (R7).
///
/// # Errors
///
/// As [`authorize`], and `unManagedIdsAccessDenied` where the row is out of reach (X9).
pub fn demand(world: &World, caller: &Caller, rights: AccessRights, of: Reference) -> Result<()> {
    let table = world.catalogue().table(of.table);
    for (right, _) in AccessRights::named().filter(|(right, _)| rights.contains(*right)) {
        authorize(world, caller, right, table)?;
    }
    match world.records().table(of.table).get(of.id) {
        Some(row) => demand_row(world, caller, rights, of.table, row),
        None => Ok(()),
    }
}

/// Whether a row is within the caller's reach, whose privileges were asked for before.
///
/// # Errors
///
/// `unManagedIdsAccessDenied` where it is not (X9).
pub fn demand_row(
    world: &World,
    caller: &Caller,
    rights: AccessRights,
    table: TableId,
    row: RowRef<'_>,
) -> Result<()> {
    let table = world.catalogue().table(table);
    if table.is_intersect {
        return Ok(());
    }
    let shares = &world.known().principalobjectaccess;
    for holder in holders(world, caller)? {
        if table.id == shares.id && !sees_shares(&holder, row.get(shares.principalid).as_id()) {
            return Err(refusal::not_ones_own());
        }
        // Most callers of most organizations reach every row, and whose it is need not be read.
        if !holder.reaches_all(world.catalogue(), table.id, rights) {
            demand_reach(world, &holder, rights, table, row.id(), Belonging::of(table, row))?;
        }
    }
    Ok(())
}

/// `Assumed:` System Administrators see all shares, everybody else those with itself and its teams.
fn sees_shares(holder: &Holder, principal: Option<Uuid>) -> bool {
    holder.is_system_administrator() || principal.is_some_and(|principal| holder.is(principal))
}

/// Whether the privileges of one holder reach a row.
fn demand_reach(
    world: &World,
    holder: &Holder,
    rights: AccessRights,
    table: &Table,
    row: Uuid,
    belonging: Belonging,
) -> Result<()> {
    let (security, rows) = (world.security(), world.security_rows());
    let lacking = AccessRights::named().map(|(right, _)| right).find(|right| {
        rights.contains(*right) && !holder.may(security, rows, table, *right, (row, belonging))
    });
    match lacking.and_then(|right| world.catalogue().privilege_to(table.id, right)) {
        Some(privilege) => Err(refusal::out_of_reach(world, holder, privilege, table, row)),
        None => Ok(()),
    }
}

/// What a user or a team may do with a row, by roles, ownership, teams and shares together (S5, S6).
pub fn rights_of(world: &World, principal: Reference, of: Reference) -> AccessRights {
    let table = world.catalogue().table(of.table);
    let Some(row) = world.records().table(of.table).get(of.id) else { return AccessRights::empty() };
    if is_system(world, principal.id) {
        return AccessRights::named()
            .map(|(right, _)| right)
            .filter(|right| world.catalogue().privilege_to(table.id, *right).is_some())
            .collect();
    }
    let Some(holder) = of_principal(world, principal) else { return AccessRights::empty() };
    holder.rights(world.security(), world.security_rows(), table, (of.id, Belonging::of(table, row)))
}

/// The name of the privilege that a user or a team lacks to do this with rows of a table, at any depth; `None` where it
/// holds it.
pub fn lacking(world: &World, principal: Reference, right: AccessRights, table: TableId) -> Option<&str> {
    let privilege = world.catalogue().privilege_to(table, right)?;
    let is_held = is_system(world, principal.id)
        || of_principal(world, principal).is_some_and(|holder| holder.holds(privilege));
    (!is_held).then(|| &*world.catalogue().privilege(privilege).name)
}

/// Whether the caller holds a privilege at this depth or a greater one.
///
/// What members have by a team's Basic grant for the team's rows alone (R6) is nothing of their own to give.
fn holds_at(holder: &Holder, privilege: PrivilegeId, depth: Depth) -> bool {
    let is_own = depth > Depth::Basic || holder.reach(privilege).own;
    is_own && holder.depth(privilege) >= Some(depth)
}
