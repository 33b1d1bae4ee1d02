//! The tree of business units: one root, no circles (R30, R33), disabling with everything below (R34).
//!
//! `Source:` PP:create-edit-business-units.md, PP:delete-business-unit.md, SDK errors 0x80041D21, 0x80041D59,
//! 0x80041D63; SDK13 message privileges. `Assumed:` a new unit without a parent is put below the root; enabling does
//! not reach below. What a move does to roles stands in `roles/moved_unit.rs`.

use uuid::Uuid;

use super::super::administrators;
use super::super::support::{documented, is_consequence, record, units_below, violation};
use crate::fault::{Fault, Result, RuleId, code};
use crate::licensing::Facts;
use crate::model::{Reference, Value, ValueRef};
use crate::service::Execution;
use crate::service::registry::{Documented, Rule, Stage, Trigger, Verb, Violation, on};
use crate::world::World;

/// Parents and states.
#[derive(Debug)]
pub(in crate::rules) struct UnitTree;

const RULES: &[Documented] = &[
    documented(
        "R30",
        "There is one root business unit; it is neither deleted nor disabled.",
        "SEED2, SEED3; SDK error 0x80041D63",
    ),
    documented(
        "R33",
        "No business unit is below itself; one that moves gets the roles of the units that are now above it.",
        "SDK error 0x80041D21; CRM 2013 SDK",
    ),
    documented(
        "R34",
        "Disabling a business unit disables those below; an administrator must remain outside.",
        "PP:delete-business-unit.md; SDK error 0x80041D59",
    ),
];

impl Rule for UnitTree {
    fn documented(&self) -> &'static [Documented] {
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[
            on("businessunit", Verb::Create, Stage::PreOperation),
            on("businessunit", Verb::Update, Stage::PreOperation),
        ];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        let catalogue = execution.catalogue;
        let unit = &catalogue.known().businessunit;
        if is_consequence(execution) {
            return Ok(());
        }
        if execution.verb == Verb::Create {
            if execution.input.get(unit.parentbusinessunitid).is_null() {
                let root = execution.world().identity().root_business_unit;
                execution.set(unit.parentbusinessunitid, Reference::new(unit.id, root));
            }
            return Ok(());
        }
        if let Some(parent) = execution.changed(unit.parentbusinessunitid) {
            reparent(execution.world(), execution.id, parent.as_id())?;
        }
        if execution.changed(unit.isdisabled) == Some(&Value::Bool(true)) {
            may_be_disabled(execution.world(), execution.id)?;
        }
        Ok(())
    }

    fn verify(&self, world: &World) -> Vec<Violation> {
        let units = &world.known().businessunit;
        let roots = world
            .records()
            .table(units.id)
            .iter()
            .filter(|(_, row)| row.get(units.parentbusinessunitid).is_null())
            .filter(|(_, row)| row.id() != world.identity().root_business_unit);
        let root = world.records().table(units.id).get(world.identity().root_business_unit);
        let disabled = root.filter(|row| row.get(units.isdisabled) == ValueRef::Bool(true));
        roots
            .map(|(_, row)| {
                violation("R30", Reference::new(units.id, row.id()), "A second business unit has no parent.")
            })
            .chain(disabled.map(|row| {
                violation("R30", Reference::new(units.id, row.id()), "The root business unit is disabled.")
            }))
            .collect()
    }
}

fn reparent(world: &World, unit: Uuid, parent: Option<Uuid>) -> Result<()> {
    let Some(parent) = parent else {
        return Err(Fault::with(
            &code::RequiredFieldMissing,
            "Required field missing. Attribute 'parentbusinessunitid' of entity 'businessunit' is required.",
        )
        .rule(RuleId("R30"))
        .hint("Every business unit but the root has a parent."));
    };
    if parent == unit || units_below(world, unit).contains(&parent) {
        return Err(Fault::new(&code::BusinessManagementLoopBeingCreated)
            .rule(RuleId("R33"))
            .hint("Choose a parent that is not below this business unit."));
    }
    Ok(())
}

fn may_be_disabled(world: &World, unit: Uuid) -> Result<()> {
    if unit == world.identity().root_business_unit {
        return Err(Fault::new(&code::RootBusinessUnitCannotBeDisabled)
            .rule(RuleId("R30"))
            .hint("Disable the business units below the root one by one."));
    }
    let mut subtree = units_below(world, unit);
    subtree.push(unit);
    let users = &world.known().systemuser;
    let outside = |user: &Facts| {
        let row = world.records().table(users.id).get(user.id);
        let of = row.and_then(|row| row.get(users.businessunitid).as_id());
        of.is_none_or(|unit| !subtree.contains(&unit))
    };
    if !administrators::any(world, outside) && administrators::any(world, |_| true) {
        return Err(Fault::new(&code::BusinessUnitCannotBeDisabled)
            .rule(RuleId("R34"))
            .hint("Give an enabled user of another business unit the System Administrator role first."));
    }
    Ok(())
}

/// What follows a disabled unit: those below.
#[derive(Debug)]
pub(in crate::rules) struct DisabledUnits;

impl Rule for DisabledUnits {
    fn documented(&self) -> &'static [Documented] {
        &[]
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[on("businessunit", Verb::Update, Stage::PostOperation)];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        let catalogue = execution.catalogue;
        let unit = &catalogue.known().businessunit;
        // Those below are disabled from here, not each by the one above: a tree may be deeper than a chain of
        // consequences.
        if is_consequence(execution) || execution.changed(unit.isdisabled) != Some(&Value::Bool(true)) {
            return Ok(());
        }
        for below in units_below(execution.world(), execution.id) {
            execution.update(unit.id, below, record([(unit.isdisabled, true.into())]))?;
        }
        Ok(())
    }
}
