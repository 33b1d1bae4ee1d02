//! What a write asks of its caller: which rights, on which rows.

use uuid::Uuid;

use super::columns::authorize_columns;
use super::{authorize, demand, demand_privilege_on, demand_reach, holders, holds_at, reaches_all, refusal};
use crate::fault::{Fault, Result, RuleId};
use crate::identity::Caller;
use crate::model::{ColumnId, Ownership, PrivilegeId, Record, Reference, Table, Value};
use crate::security::{AccessRights, Belonging, Depth, Role};
use crate::service::context::{Execution, Origin};
use crate::service::registry::Verb;
use crate::service::teams;
use crate::world::World;

/// Columns whose change is a task with a privilege of its own; a change of nothing else does not ask for Write.
/// Source: users-and-licensing.md 5.1, R2 and "Privileges per message". `Assumed:` prvReparentTeam for a team.
const TASKS: &[(&str, &str, &str)] = &[
    ("systemuser", "isdisabled", "prvDisableUser"),
    ("systemuser", "businessunitid", "prvReparentUser"),
    ("systemuser", "parentsystemuserid", "prvAssignManager"),
    ("businessunit", "isdisabled", "prvDisableBusinessUnit"),
    ("businessunit", "parentbusinessunitid", "prvReparentBusinessUnit"),
    ("team", "businessunitid", "prvReparentTeam"),
];

/// Of the tasks above those that ask for Write too. Source: the messages `SetBusinessSystemUser`, `SetParentSystemUser`,
/// `SetParentTeam` and `SetParentBusinessUnit`.
const WRITING_TASKS: &[&str] =
    &["prvReparentUser", "prvReparentBusinessUnit", "prvReparentTeam", "prvAssignManager"];

/// Whether the caller of an operation may do it.
///
/// # Errors
///
/// `PrivilegeDenied`, `UserNotAssignedRoles`, `unManagedIdsAccessDenied` (R7).
pub(in crate::service) fn authorize_operation(execution: &Execution<'_, '_>, table: &Table) -> Result<()> {
    let caller = &execution.caller;
    if caller.is_system || matches!(execution.origin, Origin::Consequence | Origin::Directory) {
        return Ok(());
    }
    let world = execution.world();
    if table.is_intersect {
        let pair = if execution.verb == Verb::Delete { &execution.before } else { &execution.input };
        return joined(world, caller, table, pair, execution.verb);
    }
    match execution.verb {
        Verb::Create => created(execution, table).and_then(|()| authorize_columns(execution, table)),
        Verb::Update => updated(execution, table).and_then(|()| authorize_columns(execution, table)),
        Verb::Delete => demand(world, caller, AccessRights::DELETE, Reference::new(table.id, execution.id)),
    }
}

/// A new row: Create must reach the owner or the business unit it is going to have.
fn created(execution: &Execution<'_, '_>, table: &Table) -> Result<()> {
    let (world, caller) = (execution.world(), &execution.caller);
    if !reaches_all(world, caller, AccessRights::CREATE, table)? {
        authorize(world, caller, AccessRights::CREATE, table)?;
        let belonging = belonging_to_be(execution, table);
        for holder in holders(world, caller)? {
            demand_reach(world, &holder, AccessRights::CREATE, table, execution.id, belonging)?;
        }
    }
    if appends(execution, table)? {
        authorize(world, caller, AccessRights::APPEND, table)?;
    }
    Ok(())
}

/// Whose a row is going to be. The business unit of most rows is the owner's; of a user, a team or a role it is named
/// by the request, or the root one; of a business unit it is the one above it (R3).
fn belonging_to_be(execution: &Execution<'_, '_>, table: &Table) -> Belonging {
    let world = execution.world();
    match table.ownership {
        Ownership::User => {
            let asked = table.system.ownerid.and_then(|column| execution.input.get(column).as_lookup());
            let users = world.known().systemuser.id;
            let owner = asked.unwrap_or_else(|| Reference::new(users, execution.caller.user));
            Belonging { owner: Some(owner.id), unit: unit_of(world, owner) }
        }
        Ownership::Business => {
            let column = if table.id == world.known().businessunit.id {
                Some(world.known().businessunit.parentbusinessunitid)
            } else {
                table.system.businessunitid
            };
            let unit = column.and_then(|column| execution.input.get(column).as_id());
            Belonging { owner: None, unit: Some(unit.unwrap_or(world.identity().root_business_unit)) }
        }
        Ownership::Organization | Ownership::None => Belonging::default(),
    }
}

fn unit_of(world: &World, principal: Reference) -> Option<Uuid> {
    let known = world.known();
    let column = if principal.table == known.team.id {
        known.team.businessunitid
    } else {
        known.systemuser.businessunitid
    };
    world.records().table(principal.table).get(principal.id).and_then(|row| row.get(column).as_id())
}

/// A changed row. A new owner asks for Assign (S10), a task for its own privilege, everything else for Write.
fn updated(execution: &Execution<'_, '_>, table: &Table) -> Result<()> {
    let (world, caller) = (execution.world(), &execution.caller);
    let row = Reference::new(table.id, execution.id);
    let mut rights = AccessRights::empty();
    let (mut assigns, mut has_task) = (false, false);
    for (column, _) in execution.asked.iter().filter(|(column, _)| table.column(*column).valid_for_update) {
        // Whether a user is enabled may be decided by another column of the request, so naming it is enough.
        let is_disabled =
            column == world.known().systemuser.isdisabled && table.id == world.known().systemuser.id;
        if execution.changed(column).is_none() && !is_disabled {
            continue;
        }
        if Some(column) == table.system.ownerid {
            demand(world, caller, AccessRights::ASSIGN, row).map_err(|fault| fault.rule(RuleId("S10")))?;
            assigns = true;
            continue;
        }
        let task = task(table, column);
        if let Some(task) = task {
            demand_privilege_on(world, caller, task, row)?;
            if let Some(target) = execution.value(column).as_lookup() {
                reaches_target(world, caller, task, target)?;
            }
            has_task = true;
        }
        if task.is_none_or(|task| WRITING_TASKS.contains(&task)) {
            rights |= AccessRights::WRITE;
        }
    }
    if rights.is_empty() && !assigns && !has_task {
        // Nothing changes; still it is an update of a row.
        rights = AccessRights::WRITE;
    }
    if appends(execution, table)? {
        rights |= AccessRights::APPEND;
    }
    demand(world, caller, rights, row)
}

fn task(table: &Table, column: ColumnId) -> Option<&'static str> {
    let (of, name) = (&*table.logical_name, &*table.column(column).logical_name);
    TASKS.iter().find(|(table, column, _)| *table == of && *column == name).map(|(.., privilege)| *privilege)
}

/// Where a task moves a row to: the caller must see it, and reach a business unit by the task's privilege too.
fn reaches_target(world: &World, caller: &Caller, task: &'static str, target: Reference) -> Result<()> {
    demand(world, caller, AccessRights::READ, target)?;
    let units = world.known().businessunit.id;
    let Some(privilege) = world.catalogue().privilege_named(task).filter(|_| target.table == units) else {
        return Ok(());
    };
    let table = world.catalogue().table(units);
    let belonging = Belonging { owner: None, unit: Some(target.id) };
    for holder in holders(world, caller)? {
        if !holder.reach(privilege).covers(table.ownership, belonging, |_| false) {
            return Err(refusal::out_of_reach(world, &holder, privilege, table, target.id));
        }
    }
    Ok(())
}

/// Whether the request makes lookups of the row point elsewhere, and whether the rows they point to let that happen
/// (`AppendTo`). Owner and business unit are asked for in other ways. `Assumed:` emptying a lookup asks for Write only.
fn appends(execution: &Execution<'_, '_>, table: &Table) -> Result<bool> {
    let (world, caller) = (execution.world(), &execution.caller);
    let mut appends = false;
    for (column, value) in execution.asked.iter() {
        let Value::Lookup(target) = value else { continue };
        let definition = table.column(column);
        let is_written = match execution.verb {
            Verb::Create => definition.valid_for_create,
            _ => definition.valid_for_update,
        };
        if !is_written {
            // What nobody may set is dropped later.
            continue;
        }
        let is_other = execution.verb == Verb::Create || execution.changed(column).is_some();
        let is_place = Some(column) == table.system.ownerid
            || Some(column) == table.system.businessunitid
            || task(table, column).is_some();
        if !is_other || is_place || world.records().table(target.table).get(target.id).is_none() {
            continue;
        }
        demand(world, caller, AccessRights::APPEND_TO, *target)?;
        appends = true;
    }
    Ok(appends)
}

/// Rows that are joined or taken apart. Roles ask for Assign of the role and must not elevate (R17, R18), members for
/// Write of the team (T4); everything else for `Append` of one row and `AppendTo` of the other.
fn joined(world: &World, caller: &Caller, table: &Table, pair: &Record, verb: Verb) -> Result<()> {
    let known = world.known();
    let id = |column: ColumnId| pair.get(column).as_id();
    let (of_user, of_team) = (&known.systemuserroles, &known.teamroles);
    if table.id == of_user.id || table.id == of_team.id {
        let (role, holder) = if table.id == of_user.id {
            (id(of_user.roleid), id(of_user.systemuserid).map(|id| Reference::new(known.systemuser.id, id)))
        } else {
            (id(of_team.roleid), id(of_team.teamid).map(|id| Reference::new(known.team.id, id)))
        };
        let (Some(role), Some(holder)) = (role, holder) else { return Ok(()) };
        demand(world, caller, AccessRights::READ, holder)?;
        demand(world, caller, AccessRights::ASSIGN, Reference::new(known.role.id, role))?;
        let role = world.security().role(world.security_rows(), role);
        return match verb {
            Verb::Delete => administrators_alone(world, caller, &role),
            _ => no_elevation(world, caller, &role),
        };
    }
    let member = &known.teammembership;
    if table.id == member.id {
        let (Some(team), Some(user)) = (id(member.teamid), id(member.systemuserid)) else { return Ok(()) };
        let team = Reference::new(known.team.id, team);
        if teams::is_system_managed(world, team) {
            // Who may join the team of a record is asked of the record (T11).
            return Ok(());
        }
        return demand(world, caller, AccessRights::WRITE, team)
            .and_then(|()| {
                demand(world, caller, AccessRights::READ, Reference::new(known.systemuser.id, user))
            })
            .map_err(|fault| fault.rule(RuleId("T4")));
    }
    let sides = sides(world, table, pair);
    let [first, second] = *sides else {
        return Err(Fault::not_emulated(format_args!("access to rows of {}", table.logical_name)));
    };
    let appends = |near, far| {
        demand(world, caller, AccessRights::APPEND, near)?;
        demand(world, caller, AccessRights::APPEND_TO, far)
    };
    appends(first, second).or_else(|refused| appends(second, first).map_err(|_| refused))
}

/// The rows that a row of an intersect table joins. It does not tell from which side they were joined.
fn sides(world: &World, intersect: &Table, pair: &Record) -> Vec<Reference> {
    use crate::model::NavigationKind::ManyToMany;
    let sides = world.catalogue().tables().iter().flat_map(|table| {
        table.navigations.iter().filter_map(move |navigation| match navigation.kind {
            ManyToMany { intersect: by, near, .. } if by == intersect.id => Some((table.id, near)),
            _ => None,
        })
    });
    sides.filter_map(|(table, column)| Some(Reference::new(table, pair.get(column).as_id()?))).collect()
}

/// Whether the caller holds all that a role gives, at least as deep (R17).
///
/// # Errors
///
/// `PrivilegeDenied`, naming the first privilege it lacks.
fn no_elevation(world: &World, caller: &Caller, role: &Role) -> Result<()> {
    administrators_alone(world, caller, role)?;
    within_own(world, caller, &role.privileges())
}

/// System Administrators alone give and take System Administrator (R17).
fn administrators_alone(world: &World, caller: &Caller, role: &Role) -> Result<()> {
    for holder in holders(world, caller)? {
        if role.is_system_administrator && !holder.is_system_administrator() {
            return Err(refusal::denied(
                "Only a System Administrator can assign the System Administrator role.",
            )
            .rule(RuleId("R17"))
            .hint("Ask as a user who holds System Administrator."));
        }
    }
    Ok(())
}

/// Whether the caller holds all these privileges, each at that depth or a greater one (R17).
///
/// # Errors
///
/// `PrivilegeDenied`, naming the first privilege it lacks.
pub fn within_own(
    world: &World,
    caller: &Caller,
    given: &(impl Iterator<Item = (PrivilegeId, Depth)> + Clone),
) -> Result<()> {
    for holder in holders(world, caller)? {
        let lacking = given.clone().find(|(privilege, depth)| !holds_at(&holder, *privilege, *depth));
        if let Some((privilege, depth)) = lacking {
            return Err(elevates(world, &holder, privilege, depth));
        }
    }
    Ok(())
}

fn elevates(world: &World, holder: &crate::security::Holder, privilege: PrivilegeId, depth: Depth) -> Fault {
    let privilege = world.catalogue().privilege(privilege);
    refusal::denied(format!(
        "Principal user (Id={}, type=8) is missing {} privilege (Id={})",
        holder.principal.id, privilege.name, privilege.id
    ))
    .rule(RuleId("R17"))
    .hint(format!(
        "Nobody gives what it does not hold: the role gives {} at {}; ask as a user who holds that.",
        privilege.name,
        depth.name()
    ))
}
