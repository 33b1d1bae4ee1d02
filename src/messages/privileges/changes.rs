//! What the actions that change a role's privileges have in common.

use uuid::Uuid;

use super::{RECORD_FILTER, missing, unknown_privilege};
use crate::fault::{Fault, Result, RuleId, code};
use crate::identity::Caller;
use crate::model::{Depth, PrivilegeId, Record, ValueRef};
use crate::service::registry::{Call, Datum};
use crate::service::{Origin, Session, access};
use crate::world::World;

/// A privilege and the depth at which a role gives it.
pub(super) type Grant = (PrivilegeId, Depth);

/// The grants that the argument `Privileges` names, checked: R3, R19.
///
/// `Assumed:` a grant without depth is one at Basic, the first member of the enumeration; the business unit must be
/// there, but the privileges are the role's in whichever it is (R12).
pub(super) fn grants(call: &Call<'_, '_>) -> Result<Vec<Grant>> {
    let Datum::List(list) = call.argument("Privileges") else {
        return Err(
            missing("Privileges").hint("Send Privileges as a list of objects with PrivilegeId and Depth.")
        );
    };
    let mut grants: Vec<Grant> = Vec::with_capacity(list.len());
    for datum in list {
        let Datum::Complex(properties) = datum else { return Err(missing("Privileges")) };
        let grant = grant(call.world(), properties)?;
        if grants.iter().any(|(privilege, _)| *privilege == grant.0) {
            let name = &call.world().catalogue().privilege(grant.0).name;
            return Err(Fault::with(&code::DuplicatedPrivilege, format!("Privilege {name} is duplicated."))
                .rule(RuleId("R19"))
                .hint(format!("Name {name} once, at the greatest depth the role shall give.")));
        }
        grants.push(grant);
    }
    Ok(grants)
}

fn grant(world: &World, properties: &[(&'static str, Datum)]) -> Result<Grant> {
    let of =
        |name: &str| properties.iter().find(|(of, _)| *of == name).map_or(&Datum::Null, |(_, datum)| datum);
    let Datum::Guid(id) = of("PrivilegeId") else { return Err(unknown_privilege()) };
    let place = world.catalogue().privilege_with_id(*id).ok_or_else(unknown_privilege)?;
    let privilege = world.catalogue().privilege(place);
    match of("PrivilegeName") {
        Datum::String(name) if !name.is_empty() && **name != *privilege.name => {
            return Err(unknown_privilege().hint(format!(
                "PrivilegeId is that of {}; leave PrivilegeName out or let it say so.",
                privilege.name
            )));
        }
        _ => {}
    }
    let filters = match of("RecordFilterId") {
        Datum::Guid(filter) => !filter.is_nil(),
        _ => false,
    };
    let names = matches!(of("RecordFilterUniqueName"), Datum::String(name) if !name.is_empty());
    let depth = match of("Depth") {
        Datum::Enum(number) => *number,
        _ => 0,
    };
    if filters || names || depth == Depth::ALL.len() as i64 {
        return Err(Fault::not_emulated(format_args!("{RECORD_FILTER} of a privilege")));
    }
    let units = world.known().businessunit.id;
    if let Datum::Guid(unit) = of("BusinessUnitId")
        && !unit.is_nil()
        && world.records().table(units).get(*unit).is_none()
    {
        return Err(Fault::new(&code::ObjectDoesNotExist)
            .hint("BusinessUnitId is a business unit of the organization, or left out."));
    }
    let depth = usize::try_from(depth).ok().and_then(|depth| Depth::ALL.get(depth).copied());
    if let Some(depth) = depth.filter(|depth| privilege.can_be(*depth)) {
        return Ok((place, depth));
    }
    let can: Vec<_> =
        Depth::ALL.into_iter().filter(|depth| privilege.can_be(*depth)).map(Depth::name).collect();
    Err(Fault::new(&code::InvalidPrivilegeDepth).rule(RuleId("R3")).hint(format!(
        "{} can be given at {}.",
        privilege.name,
        can.join(", ")
    )))
}

/// Begins a change of what a role gives, which is a change of the role: it needs Write, stamps the row, and is refused
/// for copies and for the product's roles (R12, R15, R16).
///
/// `Assumed:` the stamp; the functions and actions sample of Dataverse shows a role with another `ETag` afterwards.
pub(super) fn begin(session: &mut Session<'_>, caller: Caller, role: Uuid) -> Result<()> {
    let table = session.world().known().role.id;
    session.update_row(caller, Origin::Api, table, role, Record::new())
}

/// The row with which a role gives a privilege, and its depth.
pub(super) fn current(world: &World, role: Uuid, privilege: PrivilegeId) -> Option<(Uuid, Option<Depth>)> {
    let id = world.catalogue().privilege(privilege).id;
    rows(world, role).into_iter().find(|(_, of, _)| *of == id).map(|(row, _, depth)| (row, depth))
}

/// The rows with which a role gives privileges: row, privilege, depth.
pub(super) fn rows(world: &World, role: Uuid) -> Vec<(Uuid, Uuid, Option<Depth>)> {
    let columns = &world.known().roleprivileges;
    let rows = world.records().table(columns.id).rows_with(columns.roleid, ValueRef::Guid(role));
    rows.map(|row| {
        let mask = row.get(columns.privilegedepthmask).as_int().unwrap_or_default();
        (row.id(), row.get(columns.privilegeid).as_id().unwrap_or_default(), Depth::of_mask(mask))
    })
    .collect()
}

/// Gives a role privileges; what it has is given at the new depth.
///
/// R17: nobody gives what it does not hold. `Assumed:` what the role gives already, at that depth or a greater one, is
/// not given.
pub(super) fn give(session: &mut Session<'_>, caller: Caller, role: Uuid, grants: &[Grant]) -> Result<()> {
    let world = session.world();
    let mut changes = Vec::with_capacity(grants.len());
    for (privilege, depth) in grants {
        let current = current(world, role, *privilege);
        let had = current.and_then(|(_, depth)| depth);
        if had != Some(*depth) {
            changes.push((*privilege, *depth, current.map(|(row, _)| row), had));
        }
    }
    let new = changes.iter().filter(|(_, depth, _, had)| *had < Some(*depth));
    access::within_own(world, &caller, &new.map(|(privilege, depth, ..)| (*privilege, *depth)))?;
    for (privilege, depth, row, _) in changes {
        may_change(session.world(), privilege)?;
        write(session, role, privilege, depth, row)?;
    }
    Ok(())
}

fn write(
    session: &mut Session<'_>,
    role: Uuid,
    privilege: PrivilegeId,
    depth: Depth,
    row: Option<Uuid>,
) -> Result<()> {
    let catalogue = std::sync::Arc::clone(session.world().catalogue());
    let columns = &catalogue.known().roleprivileges;
    let system = Caller::system(session.world());
    let mut record: Record = [(columns.privilegedepthmask, depth.mask().into())].into_iter().collect();
    if let Some(row) = row {
        return session.update_row(system, Origin::Consequence, columns.id, row, record);
    }
    record.set(columns.roleid, role);
    record.set(columns.privilegeid, catalogue.privilege(privilege).id);
    if let Some(state) = catalogue.table(columns.id).column_id("componentstate") {
        record.set(state, 0);
    }
    session.create_row(system, Origin::Consequence, columns.id, None, record).map(drop)
}

/// Takes a privilege from a role.
pub(super) fn take(session: &mut Session<'_>, privilege: PrivilegeId, row: Uuid) -> Result<()> {
    may_change(session.world(), privilege)?;
    let table = session.world().known().roleprivileges.id;
    session.delete_row(Caller::system(session.world()), Origin::Consequence, table, row)
}

/// M8.
fn may_change(world: &World, privilege: PrivilegeId) -> Result<()> {
    let acts = world.catalogue().privilege_named("prvActOnBehalfOfAnotherUser");
    if world.settings().strict_act_on_behalf && acts == Some(privilege) {
        return Err(Fault::new(&code::CannotAddOrActonBehalfAnotherUserPrivilege)
            .rule(RuleId("M8"))
            .hint("Give the user the role Delegate, or set strict_act_on_behalf to false."));
    }
    Ok(())
}
