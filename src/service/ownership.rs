//! Who may be given a record, what somebody owns, and giving all of it to another.
//!
//! S11: a disabled user may own records unless `strict_owner_enabled` says otherwise; an owner in a disabled business
//! unit is refused. T5: a team owns with the help of its roles. T6: an access team owns nothing.
//! `Source:` PP:create-users.md (disabled users may still be assigned records) against the SDK's
//! `unManagedidsownernotenabled`, the conflict is the switch (users-and-licensing.md 5.4); PA:security-sharing-assigning.md,
//! SDK errors 0x80042F0A, 0x80040231, 0x80048340. `Assumed:` an owner's default queue is part of the owner and not
//! among what it owns (S21); what is said of assigning holds of a create that names an owner, too.

use uuid::Uuid;

use super::access;
use super::context::Origin;
use super::pipeline::Session;
use super::teams;
use crate::fault::{Fault, Result, RuleId, code};
use crate::identity::Caller;
use crate::model::{Ownership, Record, Reference, TableId, Value, ValueRef};
use crate::security::AccessRights;
use crate::world::World;

/// Whether a user or a team may be given rows of a table.
///
/// # Errors
///
/// What S11, T5 and T6 say of the owner, and `PrincipalPrivilegeDenied` where it may not read the table (S10).
pub fn may_own(world: &World, owner: Reference, table: TableId) -> Result<()> {
    let known = world.known();
    let Some(row) = world.records().table(owner.table).get(owner.id) else { return Ok(()) };
    let is_user = owner.table == known.systemuser.id;
    if is_user {
        enabled(world, owner)?;
    } else {
        is_no_access_team(world, owner)?;
    }
    let unit = row.get(if is_user { known.systemuser.businessunitid } else { known.team.businessunitid });
    if unit.as_id().is_some_and(|unit| is_unit_disabled(world, unit)) {
        return Err(Fault::new(&code::CannotAssignToDisabledBusiness)
            .rule(RuleId("S11"))
            .hint("Enable the owner's business unit, or choose an owner in another one."));
    }
    if !is_user && !has_roles(world, owner.id) {
        return Err(Fault::new(&code::TeamNotAssignedRoles)
            .rule(RuleId("T5"))
            .hint("Give the team a security role first: POST teams(id)/teamroles_association/$ref."));
    }
    let Some(privilege) = access::lacking(world, owner, AccessRights::READ, table) else { return Ok(()) };
    Err(Fault::new(&code::PrincipalPrivilegeDenied)
        .rule(RuleId(if is_user { "S10" } else { "T5" }))
        .hint(format!("Give the new owner a security role with {privilege} first.")))
}

/// S11, of a user who is given or shared something.
///
/// # Errors
///
/// `OwnerNotEnabled` for a disabled one where `strict_owner_enabled` is on.
pub fn enabled(world: &World, principal: Reference) -> Result<()> {
    let users = &world.known().systemuser;
    let row = world.records().table(principal.table).get(principal.id);
    let disabled = principal.table == users.id
        && row.is_some_and(|row| row.get(users.isdisabled) == ValueRef::Bool(true));
    if disabled && world.settings().strict_owner_enabled {
        return Err(Fault::new(&code::OwnerNotEnabled)
            .rule(RuleId("S11"))
            .hint("Enable the user, choose another, or set strict_owner_enabled to false."));
    }
    Ok(())
}

/// T6.
fn is_no_access_team(world: &World, owner: Reference) -> Result<()> {
    if owner.table == world.known().team.id && teams::kind(world, owner.id) == Some(teams::ACCESS) {
        return Err(Fault::new(&code::CannotAssignToAccessTeam)
            .rule(RuleId("T6"))
            .hint("Assign to an owner team or a user, or share the record with the access team."));
    }
    Ok(())
}

/// Whether a business unit is disabled.
pub fn is_unit_disabled(world: &World, unit: Uuid) -> bool {
    world.security().units(world.security_rows()).is_disabled(unit)
}

fn has_roles(world: &World, team: Uuid) -> bool {
    let joined = &world.known().teamroles;
    world.records().table(joined.id).rows_with(joined.teamid, ValueRef::Guid(team)).next().is_some()
}

/// The rows that a user or a team owns, its default queue excepted.
pub fn owned_by(world: &World, owner: Reference) -> impl Iterator<Item = Reference> + '_ {
    let queue = own_queue(world, owner);
    let tables = world.catalogue().tables().iter().filter(|table| table.ownership == Ownership::User);
    tables
        .filter_map(|table| Some((table.id, table.system.ownerid?)))
        .flat_map(move |(table, column)| {
            let rows = world.records().table(table).rows_with(column, ValueRef::Guid(owner.id));
            rows.map(move |row| Reference::new(table, row.id()))
        })
        .filter(move |row| Some(*row) != queue)
}

/// The default queue of a user or a team, where it is its own: `queueid` may name anybody's.
pub fn own_queue(world: &World, owner: Reference) -> Option<Reference> {
    let known = world.known();
    let column = if owner.table == known.team.id { known.team.queueid } else { known.systemuser.queueid };
    let row = world.records().table(owner.table).get(owner.id)?;
    let queue = world.records().table(known.queue.id).get(row.get(column).as_id()?)?;
    let is_own = queue.get(known.queue.ownerid).as_id() == Some(owner.id);
    is_own.then(|| Reference::new(known.queue.id, queue.id()))
}

/// Gives what a principal owns, in all tables or in one, to another principal (S21).
///
/// `Assumed:` it is only what the principal owns that changes hands: nothing cascades from it to what others own.
///
/// # Errors
///
/// What [`may_own`] says of the new owner for any table in which there is something, and what access to the rows
/// refuses.
pub fn reassign(
    session: &mut Session<'_>,
    caller: Caller,
    from: Reference,
    to: Reference,
    only: Option<TableId>,
) -> Result<()> {
    is_no_access_team(session.world(), to).map_err(|fault| fault.rule(RuleId("S21")))?;
    let catalogue = std::sync::Arc::clone(session.world().catalogue());
    let rows: Vec<Reference> = owned_by(session.world(), from)
        .filter(|row| only.is_none_or(|only| row.table == only))
        .filter(|_| from != to)
        .collect();
    for (at, row) in rows.iter().enumerate() {
        if at == 0 || rows[at - 1].table != row.table {
            may_own(session.world(), to, row.table)?;
        }
        access::demand(session.world(), &caller, AccessRights::ASSIGN, *row)?;
        let Some(column) = catalogue.table(row.table).system.ownerid else { continue };
        let change: Record = [(column, Value::Lookup(to))].into_iter().collect();
        session.update_row(caller, Origin::Consequence, row.table, row.id, change)?;
    }
    Ok(())
}
