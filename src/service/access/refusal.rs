//! The words of a refusal, and what would have made the call succeed: X5, X8, X9, R20.

use std::fmt::Write as _;

use uuid::Uuid;

use crate::fault::{Fault, RuleId, code};
use crate::identity::Caller;
use crate::licensing::READ;
use crate::model::{Depth, PrivilegeId, Table};
use crate::security::{Belonging, Holder};
use crate::settings::Era;
use crate::world::World;

/// How many roles a hint names.
const NAMED_ROLES: usize = 2;

/// The refusal of what needs a privilege that the caller does not hold so far (R17).
pub(super) fn denied(message: impl Into<std::borrow::Cow<'static, str>>) -> Fault {
    Fault::with(&code::PrivilegeDenied, message)
}

/// Whoever holds no role at all may do nothing (X5).
pub(super) fn without_role(holder: &Holder) -> Fault {
    let message = format!("The user with id {} has not been assigned any roles.", holder.principal.id);
    Fault::with(&code::UserNotAssignedRoles, message)
        .rule(RuleId("X5"))
        .rule(RuleId("R10"))
        .hint("Give the user a security role: POST systemusers(id)/systemuserroles_association/$ref.")
}

/// A row that is only for those it names (X9).
pub(super) fn not_ones_own() -> Fault {
    Fault::new(&code::RecordAccessDenied)
        .rule(RuleId("X9"))
        .hint("Shares with others are for System Administrators to see.")
}

/// A privilege is not held at all. Source: users-and-licensing.md 7.2, X5 and X8.
pub(super) fn missing(
    world: &World,
    caller: &Caller,
    holder: &Holder,
    privilege: PrivilegeId,
    table: Option<&Table>,
) -> Fault {
    let definition = world.catalogue().privilege(privilege);
    let (name, id) = (&definition.name, holder.principal.id);
    if holder.roles.is_empty() {
        let message = format!(
            "The user with id {id} has not been assigned any roles. They need a role with the {name} privilege."
        );
        return Fault::with(&code::UserNotAssignedRoles, message)
            .rule(RuleId("X5"))
            .rule(RuleId("R10"))
            .hint(roles_that_do(world, privilege, None));
    }
    let fault = denied(text(world, caller, holder, privilege, table));
    let is_given = holder.roles.iter().any(|held| held.role.depth(privilege).is_some());
    let fault = if is_given {
        fault.rule(RuleId("R20")).rule(RuleId("X7")).hint(match holder.mode {
            Some(READ) => "The caller's access mode is Read; set accessmode to 0.",
            _ => "The caller's access mode is Administrative; give it a licence and set accessmode to 0.",
        })
    } else {
        fault.rule(RuleId("X8")).rule(RuleId("R7")).hint(roles_that_do(world, privilege, None))
    };
    if caller.impersonator.is_some() { fault.rule(RuleId("M4")) } else { fault }
}

/// The service's words of the era. `Assumed:` the newer ones in part; they come from traces that people published.
fn text(
    world: &World,
    caller: &Caller,
    holder: &Holder,
    privilege: PrivilegeId,
    table: Option<&Table>,
) -> String {
    let privilege = world.catalogue().privilege(privilege);
    let id = holder.principal.id;
    let mut text = format!("Principal user (Id={id}, type=8");
    if world.settings().era == Era::Dataverse {
        let users = world.catalogue().table(holder.principal.table);
        let mode = holder.mode.unwrap_or_default();
        let label = users
            .column_id("accessmode")
            .and_then(|column| users.column(column).option(mode))
            .map_or("", |option| &option.label);
        let _ = write!(
            text,
            ", roleCount={}, privilegeCount={}, accessMode='{mode} {label}'",
            holder.roles.len(),
            holder.privileges().count()
        );
    }
    let _ = write!(text, ") is missing {} privilege (Id={})", privilege.name, privilege.id);
    if let (Era::Dataverse, Some(table)) = (world.settings().era, table) {
        let _ = write!(
            text,
            " on OTC={} for entity '{}' (LocalizedName='{}'). context.Caller={}. Consider adding missed privilege to one of the principal (user/team) roles.",
            table.object_type_code, table.logical_name, table.display_name, caller.user
        );
    }
    text
}

/// A privilege is held, but the row is out of its reach (X9).
pub(super) fn out_of_reach(
    world: &World,
    holder: &Holder,
    privilege: PrivilegeId,
    table: &Table,
    row: Uuid,
) -> Fault {
    let name = &world.catalogue().privilege(privilege).name;
    let belonging = world.records().table(table.id).get(row).map(|row| Belonging::of(table, row));
    let needed = needed_depth(world, holder, belonging.unwrap_or_default());
    let held = holder.depth(privilege).map_or("no depth", Depth::name);
    let mut hint =
        format!("{name} is held at {held}, which does not reach this row; {} would", needed.name());
    let roles = naming_roles(world, privilege, Some(needed));
    if !roles.is_empty() {
        let _ = write!(hint, " (roles: {roles})");
    }
    hint.push_str(", or a share of the row, or owning it.");
    Fault::new(&code::RecordAccessDenied).rule(RuleId("X9")).rule(RuleId("R7")).hint(hint)
}

/// The least depth at which a role of the holder's own would reach a row.
fn needed_depth(world: &World, holder: &Holder, belonging: Belonging) -> Depth {
    match belonging.unit {
        Some(unit) if unit == holder.unit => Depth::Local,
        Some(unit)
            if world.security().units(world.security_rows()).with_below(holder.unit).contains(&unit) =>
        {
            Depth::Deep
        }
        _ => Depth::Global,
    }
}

fn roles_that_do(world: &World, privilege: PrivilegeId, depth: Option<Depth>) -> String {
    let name = &world.catalogue().privilege(privilege).name;
    let roles = naming_roles(world, privilege, depth);
    if roles.is_empty() {
        format!("Give the user a role with {name}; none of the organization's roles holds it.")
    } else {
        format!("Give the user a role with {name}, such as {roles}.")
    }
}

/// The roles that give the least beside a privilege, with the depth at which they give it.
fn naming_roles(world: &World, privilege: PrivilegeId, at_least: Option<Depth>) -> String {
    let (security, rows) = (world.security(), world.security_rows());
    let roles = world.records().table(world.known().role.id);
    let mut doing: Vec<_> = roles
        .iter()
        .map(|(_, row)| (row.id(), security.role(rows, row.id())))
        .filter(|(id, role)| role.root == *id)
        .filter_map(|(_, role)| Some((role.privileges().count(), role.depth(privilege)?, role)))
        .filter(|(_, depth, _)| at_least.is_none_or(|least| *depth >= least))
        .collect();
    doing.sort_by(|a, b| (a.0, &a.2.name).cmp(&(b.0, &b.2.name)));
    let named = doing.iter().take(NAMED_ROLES).map(|(_, depth, role)| {
        let name: String = role.name.chars().filter(|c| c.is_ascii() && !c.is_ascii_control()).collect();
        format!("{name} ({})", depth.name())
    });
    named.collect::<Vec<_>>().join(" or ")
}
