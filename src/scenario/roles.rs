//! The security roles of a new organization: templates, privileges, the roles of the root business unit, and the
//! copies that every other business unit has of them (R12).

use serde::Deserialize;
use uuid::Uuid;

use super::builder::{Builder, Draft};
use super::well_known;
use crate::model::{Record, Reference, Value, ValueRef};
use crate::settings::Era;

const TEXT: &str = include_str!("../../fixtures/security-roles.json");

#[derive(Deserialize)]
struct File<'a> {
    #[serde(borrow)]
    privileges: Vec<PrivilegeFile<'a>>,
    #[serde(borrow)]
    roles: Vec<RoleFile<'a>>,
}

#[derive(Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "the columns of the table")]
struct PrivilegeFile<'a> {
    name: &'a str,
    #[serde(default)]
    id: Option<Uuid>,
    access_right_mask: i32,
    #[serde(default)]
    can_be_basic: bool,
    #[serde(default)]
    can_be_local: bool,
    #[serde(default)]
    can_be_deep: bool,
    #[serde(default)]
    can_be_global: bool,
}

#[derive(Deserialize)]
struct RoleFile<'a> {
    name: &'a str,
    #[serde(default)]
    role_template_id: Option<Uuid>,
    #[serde(borrow)]
    privileges: Vec<GrantFile<'a>>,
}

#[derive(Deserialize)]
struct GrantFile<'a> {
    name: &'a str,
    depth: Depth,
}

#[derive(Deserialize, Clone, Copy)]
enum Depth {
    Basic = 1,
    Local = 2,
    Deep = 4,
    Global = 8,
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
    let file: File<'_> =
        serde_json::from_str(TEXT).map_err(|why| format!("fixtures/security-roles.json: {why}"))?;
    let privileges = add_privileges(builder, &file.privileges)?;
    let unit = well_known::business_unit_number(root).unwrap_or(1);
    let era = builder.era();
    let roles = builder.table("role")?.id;
    let templates = builder.table("roletemplate")?.id;
    for (number, name, _) in ROLES.iter().filter(|(.., when)| when.is(era)) {
        let given = file.roles.iter().find(|role| role.name == *name);
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
            grant(builder, id, role, &privileges)?;
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
        .set("isinherited", 1)
        .set("canbedeleted", !matches!(name, "System Administrator" | "System Customizer" | "Support User"))
        .set("iscustomizable", !matches!(name, "System Administrator" | "Support User"))
        .set("componentstate", 0)
}

/// Adds the rows of `privilege`; gives their names with their ids.
fn add_privileges<'f>(
    builder: &mut Builder,
    file: &[PrivilegeFile<'f>],
) -> Result<Vec<(&'f str, Uuid)>, String> {
    let mut ids = Vec::with_capacity(file.len());
    for (number, privilege) in file.iter().enumerate() {
        let id = privilege.id.unwrap_or_else(|| well_known::privilege(number as u64 + 1));
        let draft = builder
            .draft("privilege")
            .set("name", privilege.name)
            .set("accessright", privilege.access_right_mask)
            .set("canbebasic", privilege.can_be_basic)
            .set("canbelocal", privilege.can_be_local)
            .set("canbedeep", privilege.can_be_deep)
            .set("canbeglobal", privilege.can_be_global)
            .set("componentstate", 0);
        builder.add(id, draft)?;
        ids.push((privilege.name, id));
    }
    Ok(ids)
}

fn grant(
    builder: &mut Builder,
    role: Uuid,
    file: &RoleFile<'_>,
    privileges: &[(&str, Uuid)],
) -> Result<(), String> {
    let (table, template) =
        builder.draft("roleprivileges").set("roleid", role).set("componentstate", 0).finish()?;
    let definition = builder.catalogue.table(table);
    let (Some(privilege_column), Some(depth_column)) =
        (definition.column_id("privilegeid"), definition.column_id("privilegedepthmask"))
    else {
        return Err("the table roleprivileges has not the columns of a grant".to_owned());
    };
    let mut record = template;
    builder.complete(definition, &mut record);
    let mut transaction = builder.change();
    for grant in &file.privileges {
        let Some((_, privilege)) = privileges.iter().find(|(name, _)| *name == grant.name) else {
            return Err(format!(
                "fixtures/security-roles.json: {} grants {}, which is no privilege",
                file.name, grant.name
            ));
        };
        record.set(privilege_column, *privilege);
        record.set(depth_column, grant.depth as i32);
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
