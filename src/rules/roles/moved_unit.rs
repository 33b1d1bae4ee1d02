//! R33: a business unit that moves, and those below it, get the roles of where they are now.
//!
//! Copies of roles of business units that are not above them any longer go, and with them who held them. Copies of
//! roles that are above in the old place and in the new one stay and point to the copy above them. Roles that are new
//! above are copied.
//!
//! `Source:` SDK error 0x80041D21 (the tree), CRM 2013 SDK (a unit has copies of the roles above it). `Assumed:` how
//! far the product goes: it documents that roles are inherited from the units above, not when that is worked out.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::super::support::{record, units_below, violation};
use super::inherit::copy;
use super::life::taken_name;
use crate::fault::{Result, RuleId};
use crate::model::{Record, Reference, Value, ValueRef, collation};
use crate::service::Execution;
use crate::service::registry::{Documented, Rule, Stage, Trigger, Verb, Violation, on};
use crate::world::World;

/// See the module.
#[derive(Debug)]
pub(in crate::rules) struct CopiesOfMovedUnit;

impl Rule for CopiesOfMovedUnit {
    fn documented(&self) -> &'static [Documented] {
        &[]
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[on("businessunit", Verb::Update, Stage::PostOperation)];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        let column = execution.known().businessunit.parentbusinessunitid;
        if execution.changed(column).is_none() {
            return Ok(());
        }
        let mut moved = vec![execution.id];
        moved.extend(units_below(execution.world(), execution.id));
        moved.into_iter().try_for_each(|unit| derive(execution, unit))
    }

    fn verify(&self, world: &World) -> Vec<Violation> {
        let (role, units) = (&world.known().role, &world.known().businessunit);
        let parent_of = |unit: Uuid| {
            let row = world.records().table(units.id).get(unit)?;
            row.get(units.parentbusinessunitid).as_id()
        };
        let mut found = Vec::new();
        for (_, row) in world.records().table(role.id).iter() {
            let Some(above) = row.get(role.parentroleid).as_id() else { continue };
            let of = world.records().table(role.id).get(above);
            let unit = of.and_then(|of| of.get(role.businessunitid).as_id());
            if unit.is_none() || unit != row.get(role.businessunitid).as_id().and_then(parent_of) {
                let row = Reference::new(role.id, row.id());
                let what = "A copy of a role does not point to the copy in the business unit above.";
                found.push(violation("R33", row, what));
            }
        }
        found
    }
}

/// Gives one business unit the roles of the one above it, which has its own already.
fn derive(execution: &mut Execution<'_, '_>, unit: Uuid) -> Result<()> {
    let catalogue = execution.catalogue;
    let (role, units) = (&catalogue.known().role, &catalogue.known().businessunit);
    let row = execution.world().records().table(units.id).get(unit);
    let Some(parent) = row.and_then(|row| row.get(units.parentbusinessunitid).as_id()) else { return Ok(()) };
    let above = roles_of(execution, parent);
    let own = roles_of(execution, unit);
    for (root, (copy, _)) in own.iter().filter(|(_, (_, row))| !row.get(role.parentroleid).is_null()) {
        if let Some((over, _)) = above.get(root) {
            let over = Value::Lookup(Reference::new(role.id, *over));
            execution.update(role.id, *copy, record([(role.parentroleid, over)]))?;
        } else {
            execution.delete(role.id, *copy)?;
            execution.note(
                RuleId("R33"),
                "Roles of units that are no longer above it are gone, from their holders too.",
            );
        }
    }
    for (root, (over, source)) in above.iter().filter(|(root, _)| !own.contains_key(*root)) {
        // A role of the unit's own may have the name of one that comes down now (R14).
        let stays = |row: &Record| row.get(role.parentroleid).is_null();
        let namesake = own.values().find(|(_, row)| {
            let names = (row.get(role.name).as_str(), source.get(role.name).as_str());
            stays(row) && matches!(names, (Some(a), Some(b)) if collation::equal(a, b))
        });
        if let Some((taken, _)) = namesake {
            return Err(taken_name(source.get(role.name), unit, *taken));
        }
        copy(execution, source, *over, *root, unit)?;
    }
    Ok(())
}

/// The roles of a business unit by the role they are copies of, or by themselves.
fn roles_of(execution: &Execution<'_, '_>, unit: Uuid) -> BTreeMap<Uuid, (Uuid, Record)> {
    let role = &execution.known().role;
    let rows = execution.world().records().table(role.id);
    rows.rows_with(role.businessunitid, ValueRef::Guid(unit))
        .map(|row| {
            let root = row.get(role.parentrootroleid).as_id().unwrap_or(row.id());
            (root, (row.id(), row.to_record()))
        })
        .collect()
}
