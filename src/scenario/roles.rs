//! The security roles of a new organization: templates, privileges, the roles of the root business unit, and the
//! copies that every other business unit has of them (R12).

use std::collections::BTreeMap;

use serde::Deserialize;
use uuid::Uuid;

use super::builder::{Builder, Draft};
use super::well_known;
use crate::model::{Depth, PrivilegeId, Record, Reference, Value, ValueRef};
use crate::settings::Era;

const TEXT: &str = include_str!("../../fixtures/security-roles.json");

/// A role of the fixture.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleFile<'a> {
    name: &'a str,
    #[serde(default)]
    role_template_id: Option<Uuid>,
    #[serde(borrow)]
    privileges: Given<'a>,
}

/// What a role gives.
#[derive(Deserialize)]
#[serde(untagged)]
enum Given<'a> {
    /// Names of privileges by the depth at which they are given.
    Some(#[serde(borrow)] BTreeMap<DepthName, Vec<&'a str>>),
    /// `every`: all there are, at their greatest depths (R15).
    Every(Every),
}

#[derive(Deserialize)]
enum Every {
    #[serde(rename = "every")]
    Every,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum DepthName {
    Basic,
    Local,
    Deep,
    Global,
}

impl From<DepthName> for Depth {
    fn from(name: DepthName) -> Self {
        match name {
            DepthName::Basic => Self::Basic,
            DepthName::Local => Self::Local,
            DepthName::Deep => Self::Deep,
            DepthName::Global => Self::Global,
        }
    }
}

/// When a role is there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    Always,
    Crm2013,
    Dataverse,
}

/// Every role with the number that stands in its well-known id. Source: users-and-licensing.md 5.1.
const ROLES: &[(u64, &str, When)] = &[
    (0x01, "System Administrator", When::Always),
    (0x02, "System Customizer", When::Always),
    (0x03, "Delegate", When::Always),
    (0x04, "Support User", When::Always),
    (0x11, "CEO-Business Manager", When::Crm2013),
    (0x12, "Vice President of Sales", When::Crm2013),
    (0x13, "Vice President of Marketing", When::Crm2013),
    (0x14, "Sales Manager", When::Crm2013),
    (0x15, "Salesperson", When::Crm2013),
    (0x16, "Marketing Manager", When::Crm2013),
    (0x17, "Marketing Professional", When::Crm2013),
    (0x18, "CSR Manager", When::Crm2013),
    (0x19, "Customer Service Representative", When::Crm2013),
    (0x1a, "Schedule Manager", When::Crm2013),
    (0x1b, "Scheduler", When::Crm2013),
    (0x21, "Basic User", When::Dataverse),
    (0x22, "Environment Maker", When::Dataverse),
    (0x23, "Service Reader", When::Dataverse),
    (0x24, "Service Writer", When::Dataverse),
    (0x25, "Service Deleter", When::Dataverse),
    (0x26, "App Opener", When::Dataverse),
    (0x27, "Office Collaborator", When::Dataverse),
    (0x28, "Knowledge Manager", When::Dataverse),
];

impl When {
    fn is(self, era: Era) -> bool {
        match self {
            Self::Always => true,
            Self::Crm2013 => era == Era::Crm2013,
            Self::Dataverse => era == Era::Dataverse,
        }
    }
}

/// Adds templates, privileges, the roles of the root business unit, and what each may.
pub(super) fn add(builder: &mut Builder, root: Uuid) -> Result<(), String> {
    let file: Vec<RoleFile<'_>> =
        serde_json::from_str(TEXT).map_err(|why| format!("fixtures/security-roles.json: {why}"))?;
    add_privileges(builder)?;
    let unit = well_known::business_unit_number(root).unwrap_or(1);
    let era = builder.era();
    let roles = builder.table("role")?.id;
    let templates = builder.table("roletemplate")?.id;
    for (number, name, _) in ROLES.iter().filter(|(.., when)| when.is(era)) {
        let given = file.iter().find(|role| role.name == *name);
        let template = given.and_then(|role| role.role_template_id);
        if let Some(template) = template {
            let draft = builder.draft("roletemplate").set("name", *name).set("upgrading", false);
            builder.add(template, draft)?;
        }
        let id = well_known::role(unit, *number);
        let draft = draft(builder, name, root)
            .set_some("roletemplateid", template.map(|id| Reference::new(templates, id)))
            .set("parentrootroleid", Reference::new(roles, id));
        builder.add(id, draft)?;
        if let Some(role) = given {
            grant(builder, id, role)?;
        }
    }
    Ok(())
}

fn draft(builder: &Builder, name: &str, unit: Uuid) -> Draft {
    let units = builder.world.known().businessunit.id;
    builder
        .draft("role")
        .set("name", name)
        .set("businessunitid", Reference::new(units, unit))
        // R6: what a team's role gives reaches the members' own rows since roles say so themselves.
        .set("isinherited", i32::from(builder.era() == Era::Dataverse))
        .set("canbedeleted", !matches!(name, "System Administrator" | "System Customizer" | "Support User"))
        .set("iscustomizable", !matches!(name, "System Administrator" | "Support User"))
        .set("componentstate", 0)
}

/// Adds the rows of `privilege`: those that the catalogue's tables have.
fn add_privileges(builder: &mut Builder) -> Result<(), String> {
    let catalogue = std::sync::Arc::clone(&builder.catalogue);
    for (_, privilege) in catalogue.privileges() {
        let draft = builder
            .draft("privilege")
            .set("name", &*privilege.name)
            .set("accessright", privilege.right.bits())
            .set("canbebasic", privilege.can_be(Depth::Basic))
            .set("canbelocal", privilege.can_be(Depth::Local))
            .set("canbedeep", privilege.can_be(Depth::Deep))
            .set("canbeglobal", privilege.can_be(Depth::Global))
            .set("componentstate", 0);
        builder.add(privilege.id, draft)?;
    }
    Ok(())
}

fn grant(builder: &mut Builder, role: Uuid, file: &RoleFile<'_>) -> Result<(), String> {
    let (table, template) =
        builder.draft("roleprivileges").set("roleid", role).set("componentstate", 0).finish()?;
    let catalogue = std::sync::Arc::clone(&builder.catalogue);
    let columns = &catalogue.known().roleprivileges;
    let mut record = template;
    builder.complete(catalogue.table(table), &mut record);
    let given: Vec<(PrivilegeId, Depth)> = match &file.privileges {
        Given::Every(Every::Every) => {
            catalogue.privileges().map(|(id, privilege)| (id, privilege.deepest())).collect()
        }
        Given::Some(by_depth) => {
            let mut given = Vec::new();
            for (depth, names) in by_depth {
                for name in names {
                    let id = catalogue.privilege_named(name).ok_or_else(|| {
                        format!(
                            "fixtures/security-roles.json: {} gives {name}, which is no privilege",
                            file.name
                        )
                    })?;
                    given.push((id, Depth::from(*depth)));
                }
            }
            given.sort_unstable();
            given
        }
    };
    let mut transaction = builder.change();
    for (privilege, depth) in given {
        record.set(columns.privilegeid, catalogue.privilege(privilege).id);
        record.set(columns.privilegedepthmask, depth.mask());
        let id = transaction.next_id();
        transaction.insert(table, id, &record);
    }
    transaction.commit();
    Ok(())
}

/// Gives a new business unit its copies of its parent's roles (R12).
pub(super) fn add_copies(builder: &mut Builder, unit: Uuid, parent: Uuid) {
    let known = builder.world.known().role.clone();
    let rows = builder.world.records().table(known.id);
    let originals: Vec<(Uuid, Record)> = rows
        .rows_with(known.businessunitid, ValueRef::Guid(parent))
        .map(|row| (row.id(), row.to_record()))
        .collect();
    let number = well_known::business_unit_number(unit);
    let units = builder.world.known().businessunit.id;
    for (original, mut record) in originals {
        let well_known_id = number.and_then(|unit| {
            let name = record.get(known.name).as_str()?;
            ROLES.iter().find(|(_, of, _)| *of == name).map(|(number, ..)| well_known::role(unit, *number))
        });
        let id = match well_known_id {
            Some(id) => id,
            None => builder.next_id(),
        };
        record.set(known.businessunitid, Reference::new(units, unit));
        record.set(known.parentroleid, Reference::new(known.id, original));
        builder.insert(known.id, id, &record);
    }
}

/// Gives every business unit below a new role's its copy of it (R12).
pub(super) fn copy_down(builder: &mut Builder, role: Uuid) -> Result<(), String> {
    let known = builder.world.known().clone();
    let Some((unit, original)) = builder
        .world
        .records()
        .table(known.role.id)
        .get(role)
        .map(|row| (row.get(known.role.businessunitid).as_id(), row.to_record()))
    else {
        return Ok(());
    };
    let Some(unit) = unit else { return Err("a role needs a business unit".to_owned()) };
    let mut copied = vec![(unit, role)];
    // A business unit stands after its parent, so one pass finds all below.
    let units: Vec<(Uuid, Option<Uuid>)> = builder
        .world
        .records()
        .table(known.businessunit.id)
        .iter()
        .map(|(_, row)| (row.id(), row.get(known.businessunit.parentbusinessunitid).as_id()))
        .collect();
    for (unit, parent) in units {
        let Some((_, above)) = copied.iter().find(|(of, _)| Some(*of) == parent) else { continue };
        let mut record = original.clone();
        record.set(known.role.businessunitid, Reference::new(known.businessunit.id, unit));
        record.set(known.role.parentroleid, Reference::new(known.role.id, *above));
        let id = builder.next_id();
        builder.insert(known.role.id, id, &record);
        copied.push((unit, id));
    }
    Ok(())
}

/// The role of a name in a business unit.
fn find(builder: &Builder, unit: Uuid, name: &str) -> Option<Uuid> {
    let known = &builder.world.known().role;
    let name = Value::from(name);
    let rows = builder.world.records().table(known.id);
    rows.rows_where(known.name, &name)
        .find(|row| row.get(known.businessunitid).as_id() == Some(unit))
        .map(|row| row.id())
}

/// Gives a user the role of a name in its business unit.
pub(super) fn assign(builder: &mut Builder, user: Uuid, unit: Uuid, name: &str) -> Result<(), String> {
    let known = builder.world.known();
    let (table, user_column, role_column) =
        (known.systemuserroles.id, known.systemuserroles.systemuserid, known.systemuserroles.roleid);
    associate(builder, table, (user_column, user), role_column, unit, name)
}

/// Gives a team the role of a name in its business unit.
pub(super) fn assign_to_team(
    builder: &mut Builder,
    team: Uuid,
    unit: Uuid,
    name: &str,
) -> Result<(), String> {
    let known = builder.world.known();
    let (table, team_column, role_column) =
        (known.teamroles.id, known.teamroles.teamid, known.teamroles.roleid);
    associate(builder, table, (team_column, team), role_column, unit, name)
}

fn associate(
    builder: &mut Builder,
    table: crate::model::TableId,
    (column, principal): (crate::model::ColumnId, Uuid),
    role_column: crate::model::ColumnId,
    unit: Uuid,
    name: &str,
) -> Result<(), String> {
    let role = find(builder, unit, name)
        .ok_or_else(|| format!("there is no role '{name}' in business unit {unit}"))?;
    let id = builder.next_id();
    let record = [(column, principal.into()), (role_column, role.into())].into_iter().collect();
    builder.insert(table, id, &record);
    Ok(())
}
