//! Column-level security: which columns a caller may not read, and which it may not give values (C1 to C4).

use super::super::context::Execution;
use super::super::registry::Verb;
use super::holders;
use crate::fault::{Code, Fault, Result, RuleId, code};
use crate::identity::Caller;
use crate::model::{ColumnId, Table, TableId};
use crate::security::Holder;
use crate::world::World;

/// Columns that a caller may not read: to it they are empty (C1).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hidden(Vec<(TableId, ColumnId)>);

impl Hidden {
    /// Whether the caller may read every column.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a column is among them.
    pub fn contains(&self, table: TableId, column: ColumnId) -> bool {
        self.0.contains(&(table, column))
    }

    /// Those of a table.
    pub fn of(&self, table: TableId) -> Box<[ColumnId]> {
        self.0.iter().filter(|(of, _)| *of == table).map(|(_, column)| *column).collect()
    }
}

/// The columns that a caller may not read. Who impersonates must be allowed to read them too (C4).
///
/// # Errors
///
/// `UserNotMemberOfOrg` where the caller has no row.
pub fn hidden_columns(world: &World, caller: &Caller) -> Result<Hidden> {
    let secured = world.secured_columns();
    let mut hidden = Hidden::default();
    if secured.is_empty() {
        return Ok(hidden);
    }
    for holder in holders(world, caller)? {
        if holder.is_system_administrator() {
            continue;
        }
        for column in secured.iter().filter(|secured| secured.against.read) {
            let is_known = hidden.contains(column.table, column.column);
            if !is_known && !holder.allowed(column.table, column.column).read {
                hidden.0.push((column.table, column.column));
            }
        }
    }
    Ok(hidden)
}

/// Whether the caller of a create or an update may give values to all columns that the request names (C2, C3).
///
/// `Assumed:` a create may say of a secured column that it is empty; an update that names one is refused whatever the
/// value, as the value may tell that it is the same.
///
/// # Errors
///
/// `AttributePrivilegeCreateIsMissing`, `AttributePermissionUpdateIsMissingDuringUpdate`.
pub(super) fn authorize_columns(execution: &Execution<'_, '_>, table: &Table) -> Result<()> {
    let world = execution.world();
    let secured = world.secured_columns();
    if secured.is_empty() {
        return Ok(());
    }
    let is_create = execution.verb == Verb::Create;
    for (column, value) in execution.asked.iter() {
        let Some(of) = secured.get(table.id, column) else { continue };
        if is_create && (value.is_null() || !of.against.create) || !is_create && !of.against.update {
            continue;
        }
        for holder in holders(world, &execution.caller)? {
            let allowed = holder.allowed(table.id, column);
            if is_create && !allowed.create {
                let code = &code::AttributePrivilegeCreateIsMissing;
                return Err(refused(
                    world,
                    &execution.caller,
                    &holder,
                    table,
                    column,
                    (code, "create", "C2"),
                ));
            }
            if !is_create && !allowed.update {
                let code = &code::AttributePermissionUpdateIsMissingDuringUpdate;
                return Err(refused(
                    world,
                    &execution.caller,
                    &holder,
                    table,
                    column,
                    (code, "update", "C3"),
                ));
            }
        }
    }
    Ok(())
}

/// The service's words. Source: Microsoft's sample of column-level security, which prints those of an update.
/// `Assumed:` those of a create.
fn refused(
    world: &World,
    caller: &Caller,
    holder: &Holder,
    table: &Table,
    column: ColumnId,
    (code, verb, rule): (&'static Code, &str, &'static str),
) -> Fault {
    let column = table.column(column);
    let message = format!(
        "Caller user with Id {} does not have {verb} permissions to a {} secured field on entity {} table. The requested operation could not be completed.",
        holder.principal.id, column.display_name, table.display_name
    );
    let granting = granting_profiles(world, table, column.id, verb);
    let hint = format!(
        "Add the user or a team of it to a field security profile that allows {verb} of {}.{}{granting}, or leave the column out.",
        table.logical_name, column.logical_name
    );
    let fault = Fault::with(code, message).rule(RuleId(rule)).rule(RuleId("C4")).hint(hint);
    if caller.impersonator.is_some() { fault.rule(RuleId("M4")) } else { fault }
}

/// The names of profiles that allow it, as the end of a phrase.
fn granting_profiles(world: &World, table: &Table, column: ColumnId, verb: &str) -> String {
    let known = world.known();
    let (permissions, profiles) = (&known.fieldpermission, &known.fieldsecurityprofile);
    let name = &*table.column(column).logical_name;
    let allows = if verb == "create" { permissions.cancreate } else { permissions.canupdate };
    let rows = world.records().table(permissions.id).iter();
    let granting = rows
        .filter(|(_, row)| {
            row.get(permissions.entityname).as_str() == Some(&*table.logical_name)
                && row.get(permissions.attributelogicalname).as_str() == Some(name)
                && row.get(allows).as_int().is_some_and(|choice| choice != 0)
        })
        .filter_map(|(_, row)| row.get(permissions.fieldsecurityprofileid).as_id())
        .filter(|profile| *profile != crate::security::SYSTEM_ADMINISTRATOR_PROFILE)
        .filter_map(|profile| world.records().table(profiles.id).get(profile))
        .filter_map(|row| row.get(profiles.name).as_str());
    let mut names: Vec<String> = granting
        .map(|name| name.chars().filter(|c| c.is_ascii() && !c.is_ascii_control()).collect())
        .collect();
    names.sort();
    if names.is_empty() { String::new() } else { format!(" (such as {})", names[0]) }
}
