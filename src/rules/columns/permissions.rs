//! C5, C6 and C8 for permissions.
//!
//! `Source:` SDK errors 0x8004F508, 0x8004F50C, 0x8004F50E; "Column-level security with code". `Assumed:` that a second
//! permission of a profile for a column is a duplicate; the code where values are to be shown unmasked.

use super::super::support::{documented, is_consequence};
use crate::fault::{Fault, Result, RuleId, code};
use crate::model::{Value, ValueRef};
use crate::security::SYSTEM_ADMINISTRATOR_PROFILE;
use crate::service::Execution;
use crate::service::registry::{Documented, Rule, Stage, Trigger, Verb, on};

/// Permissions of profiles.
#[derive(Debug)]
pub(in crate::rules) struct Permissions;

impl Rule for Permissions {
    fn documented(&self) -> &'static [Documented] {
        const RULES: &[Documented] = &[
            documented(
                "C5",
                "A permission is for a column that is secured; without a masking rule nothing is shown unmasked.",
                "SDK errors 0x8004F508, 0x8004F50E; PA:column-level-security.md",
            ),
            documented("C6", "A profile has one permission for a column.", "decision"),
        ];
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[
            on("fieldpermission", Verb::Create, Stage::PreOperation),
            on("fieldpermission", Verb::Update, Stage::PreOperation),
            on("fieldpermission", Verb::Delete, Stage::PreOperation),
        ];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        if is_consequence(execution) {
            return Ok(());
        }
        let permissions = &execution.known().fieldpermission;
        let profile = execution.value(permissions.fieldsecurityprofileid).as_id().unwrap_or_default();
        if profile == SYSTEM_ADMINISTRATOR_PROFILE {
            return Err(Fault::new(&code::AdminProfileCannotBeEditedOrDeleted)
                .rule(RuleId("C8"))
                .hint("This profile allows everything with every secured column; make one of your own."));
        }
        if execution.verb == Verb::Create {
            for_secured(execution)?;
            alone(execution, profile)?;
        }
        unmasked(execution)
    }
}

/// The column that a permission names, in words.
fn named<'e>(execution: &'e Execution<'_, '_>) -> (&'e str, &'e str) {
    let permissions = &execution.known().fieldpermission;
    let text = |column| execution.value(column).as_str().unwrap_or_default();
    (text(permissions.entityname), text(permissions.attributelogicalname))
}

fn for_secured(execution: &Execution<'_, '_>) -> Result<()> {
    let world = execution.world();
    let (table, column) = named(execution);
    let place = world.catalogue().table_named(table);
    let place = place.and_then(|table| Some((table.id, table.column_id(column)?)));
    if place.is_some_and(|(table, column)| world.secured_columns().get(table, column).is_some()) {
        return Ok(());
    }
    let hint = if place.is_some() {
        format!("Secure the column first: add {table}.{column} to the setting secured_columns.")
    } else {
        "Name a column that is there by entityname and attributelogicalname.".to_owned()
    };
    Err(Fault::new(&code::AttributeNotSecured).rule(RuleId("C5")).hint(hint))
}

fn alone(execution: &Execution<'_, '_>, profile: uuid::Uuid) -> Result<()> {
    let permissions = &execution.known().fieldpermission;
    let (table, column) = named(execution);
    let rows = execution.world().records().table(permissions.id);
    let other = rows.rows_with(permissions.fieldsecurityprofileid, ValueRef::Guid(profile)).find(|row| {
        row.get(permissions.entityname).as_str() == Some(table)
            && row.get(permissions.attributelogicalname).as_str() == Some(column)
    });
    match other {
        None => Ok(()),
        Some(row) => Err(Fault::new(&code::DuplicateRecord).rule(RuleId("C6")).hint(format!(
            "The profile has a permission for this column; change fieldpermissions({}).",
            row.id()
        ))),
    }
}

fn unmasked(execution: &Execution<'_, '_>) -> Result<()> {
    let permissions = &execution.known().fieldpermission;
    let Some(Value::Int(choice @ 1..)) = execution.requested(permissions.canreadunmasked) else {
        return Ok(());
    };
    let message = format!(
        "Permission '{choice}' for field '{}' with id={} is invalid.",
        named(execution).1,
        execution.id
    );
    Err(Fault::with(&code::AttributePermissionIsInvalid, message)
        .rule(RuleId("C5"))
        .hint("Leave canreadunmasked at 0: the column has no masking rule, and the emulator has none."))
}
