//! Names of roles and the roles that stay as they are: R12 (copies), R14, R15, R16.
//!
//! `Source:` SDK errors 0x80041403, 0x8004140C, 0x80041D2E, 0x80041D31, 0x80041D42, 0x80041D43, 0x80041D4A,
//! 0x80041D5A, 0x80044152.

use super::super::administrators::SYSTEM_ADMINISTRATOR;
use super::super::support::{documented, is_consequence, units_below};
use super::{BASIC_USER, SUPPORT_USER, SYSTEM_CUSTOMIZER};
use crate::fault::{Fault, Result, RuleId, code};
use crate::model::{Reference, Value};
use crate::service::Execution;
use crate::service::registry::{Documented, Rule, Stage, Trigger, Verb, on};
use crate::settings::Era;

/// See the module.
#[derive(Debug)]
pub(in crate::rules) struct RoleLife;

const RULES: &[Documented] = &[
    documented("R14", "A role's name is unique in its business unit.", "SDK error 0x80041403"),
    documented(
        "R15",
        "System Administrator is neither changed nor deleted; its last enabled holder keeps it.",
        "SDK errors 0x80041D2E, 0x80041D30, 0x80041D31, 0x80041D64",
    ),
    documented(
        "R16",
        "System Customizer, Support User and Basic User are guarded.",
        "SDK errors 0x80041D42 to 0x80041D45, 0x80041D4A, 0x80041D51, 0x80041D5A",
    ),
];

impl Rule for RoleLife {
    fn documented(&self) -> &'static [Documented] {
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[
            on("role", Verb::Create, Stage::PreOperation),
            on("role", Verb::Update, Stage::PreOperation),
            on("role", Verb::Delete, Stage::PreOperation),
        ];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        if is_consequence(execution) {
            return Ok(());
        }
        if execution.verb == Verb::Create {
            fill_in(execution);
        } else {
            guard(execution)?;
        }
        if execution.verb == Verb::Delete { Ok(()) } else { unique(execution) }
    }
}

/// A role without a business unit is the root's; a role made by hand is its own root. Whether it reaches members of
/// teams themselves (R6) is as the era has it.
fn fill_in(execution: &mut Execution<'_, '_>) {
    let catalogue = execution.catalogue;
    let (role, unit) = (&catalogue.known().role, &catalogue.known().businessunit);
    if execution.input.get(role.businessunitid).is_null() {
        let root = execution.world().identity().root_business_unit;
        execution.set(role.businessunitid, Reference::new(unit.id, root));
    }
    execution.set(role.parentrootroleid, Reference::new(role.id, execution.id));
    if execution.input.get(role.isinherited).is_null() {
        execution.set(role.isinherited, i32::from(execution.settings().era == Era::Dataverse));
    }
}

fn guard(execution: &Execution<'_, '_>) -> Result<()> {
    let role = &execution.known().role;
    let deletes = execution.verb == Verb::Delete;
    let template = execution.before.get(role.roletemplateid).as_id();
    let (code, rule) = match template {
        Some(SYSTEM_ADMINISTRATOR) if deletes => (&code::CannotDeleteSysAdmin, "R15"),
        Some(SYSTEM_ADMINISTRATOR) => (&code::CannotModifySysAdmin, "R15"),
        Some(SUPPORT_USER) if deletes => (&code::CannotDeleteSupportUser, "R16"),
        Some(SUPPORT_USER) => (&code::CannotModifySupportUser, "R16"),
        Some(SYSTEM_CUSTOMIZER) if deletes => (&code::CannotDeleteSystemCustomizer, "R16"),
        Some(BASIC_USER) if deletes => (&code::CannotDeleteCDSUser, "R16"),
        _ if execution.before.get(role.parentroleid).is_null() => return Ok(()),
        _ if deletes => (&code::CannotDeleteInheritedRole, "R12"),
        _ => (&code::RestrictInheritedRole, "R12"),
    };
    let hint = match rule {
        "R12" => "Change the role of the topmost business unit; its copies follow.",
        _ => "The role belongs to the product; make one of your own.",
    };
    Err(Fault::new(code).rule(RuleId(rule)).hint(hint))
}

/// R14. `Assumed:` a name is taken in the business units below too, since the role is copied there (R12).
fn unique(execution: &Execution<'_, '_>) -> Result<()> {
    let world = execution.world();
    let role = &world.known().role;
    let Some(unit) = execution.value(role.businessunitid).as_id() else { return Ok(()) };
    let name = execution.value(role.name);
    if execution.verb == Verb::Update && execution.changed(role.name).is_none() || name.is_null() {
        return Ok(());
    }
    let own = Value::Lookup(Reference::new(role.id, execution.id));
    let mut namesakes = world
        .records()
        .table(role.id)
        .rows_where(role.name, name)
        .filter(|row| row.get(role.parentrootroleid) != own.as_ref())
        .filter_map(|row| Some((row.id(), row.get(role.businessunitid).as_id()?)))
        .peekable();
    if namesakes.peek().is_none() {
        return Ok(());
    }
    let mut units = units_below(world, unit);
    units.push(unit);
    let Some((taken, unit)) = namesakes.find(|(_, of)| units.contains(of)) else { return Ok(()) };
    Err(taken_name(name, unit, taken))
}

/// R14: a role of this name is in the business unit already.
pub(super) fn taken_name(name: &Value, unit: uuid::Uuid, taken: uuid::Uuid) -> Fault {
    let message = format!(
        "A role with the specified name '{}' already exists on business unit {} and Solution Id {}. Role id: {}",
        name.as_str().unwrap_or_default(),
        unit,
        uuid::Uuid::nil(),
        taken,
    );
    Fault::with(&code::RoleAlreadyExists, message)
        .rule(RuleId("R14"))
        .hint("Choose another name, or use the existing role.")
}
