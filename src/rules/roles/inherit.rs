//! R12: a role has a copy in every business unit below its own.
//!
//! Copies share the root's privileges by pointing to it (`parentrootroleid`); this family keeps the rows.
//! `Source:` CRM 2013 SDK (roles inherited by the business units below). Users need the copies because a role is
//! given within its business unit only (R11).

use std::collections::HashMap;

use uuid::Uuid;

use super::super::support::{documented, is_consequence, record, units_below};
use crate::fault::Result;
use crate::model::{Record, Reference, Value, ValueRef};
use crate::service::Execution;
use crate::service::registry::{Documented, Rule, Stage, Trigger, Verb, on};

/// A role's copies come, change and go with it.
#[derive(Debug)]
pub(in crate::rules) struct CopiesOfRole;

impl Rule for CopiesOfRole {
    fn documented(&self) -> &'static [Documented] {
        const RULES: &[Documented] = &[documented(
            "R12",
            "A role is copied to every business unit below its own; copies are changed through it.",
            "CRM 2013 SDK; SDK errors 0x8004140C, 0x80044152",
        )];
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[
            on("role", Verb::Create, Stage::PostOperation),
            on("role", Verb::Update, Stage::PostOperation),
            on("role", Verb::Delete, Stage::PreOperation),
        ];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        if is_consequence(execution) {
            return Ok(());
        }
        let catalogue = execution.catalogue;
        let role = &catalogue.known().role;
        match execution.verb {
            Verb::Create => spread(execution),
            Verb::Update => {
                let changed =
                    execution.asked.iter().filter(|(column, _)| execution.changed(*column).is_some());
                let change: Record = changed.map(|(column, value)| (column, value.clone())).collect();
                if change.is_empty() {
                    return Ok(());
                }
                for copy in copies(execution) {
                    execution.update(role.id, copy, change.clone())?;
                }
                Ok(())
            }
            // The last copies are the lowest: nothing points to them.
            Verb::Delete => {
                copies(execution).into_iter().rev().try_for_each(|copy| execution.delete(role.id, copy))
            }
        }
    }
}

fn copies(execution: &Execution<'_, '_>) -> Vec<Uuid> {
    let role = &execution.known().role;
    let rows = execution.world().records().table(role.id);
    let copies = rows.rows_with(role.parentrootroleid, ValueRef::Guid(execution.id));
    copies.map(|row| row.id()).filter(|id| *id != execution.id).collect()
}

/// Copies a new role to the business units below its own, from the top down.
fn spread(execution: &mut Execution<'_, '_>) -> Result<()> {
    let catalogue = execution.catalogue;
    let (role, units) = (&catalogue.known().role, &catalogue.known().businessunit);
    let Some(unit) = execution.input.get(role.businessunitid).as_id() else { return Ok(()) };
    let source = execution.input.clone();
    let mut role_of = HashMap::from([(unit, execution.id)]);
    for below in units_below(execution.world(), unit) {
        let row = execution.world().records().table(units.id).get(below);
        let parent = row.and_then(|row| row.get(units.parentbusinessunitid).as_id());
        let above = parent.and_then(|parent| role_of.get(&parent).copied()).unwrap_or(execution.id);
        let copy = copy(execution, &source, above, execution.id, below)?;
        role_of.insert(below, copy);
    }
    Ok(())
}

/// A new business unit gets copies of its parent's roles.
#[derive(Debug)]
pub(in crate::rules) struct CopiesOfUnit;

impl Rule for CopiesOfUnit {
    fn documented(&self) -> &'static [Documented] {
        &[]
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[on("businessunit", Verb::Create, Stage::PostOperation)];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        let catalogue = execution.catalogue;
        let (role, units) = (&catalogue.known().role, &catalogue.known().businessunit);
        let Some(parent) = execution.input.get(units.parentbusinessunitid).as_id() else { return Ok(()) };
        let rows = execution.world().records().table(role.id);
        let above: Vec<(Uuid, Record)> = rows
            .rows_with(role.businessunitid, ValueRef::Guid(parent))
            .map(|row| (row.id(), row.to_record()))
            .collect();
        for (id, source) in above {
            let root = source.get(role.parentrootroleid).as_id().unwrap_or(id);
            copy(execution, &source, id, root, execution.id)?;
        }
        Ok(())
    }
}

pub(super) fn copy(
    execution: &mut Execution<'_, '_>,
    source: &Record,
    above: Uuid,
    root: Uuid,
    unit: Uuid,
) -> Result<Uuid> {
    let catalogue = execution.catalogue;
    let (role, units) = (&catalogue.known().role, catalogue.known().businessunit.id);
    let mut row = record([
        (role.name, source.get(role.name).clone()),
        (role.businessunitid, Reference::new(units, unit).into()),
        (role.parentroleid, Reference::new(role.id, above).into()),
        (role.parentrootroleid, Reference::new(role.id, root).into()),
        (role.isinherited, source.get(role.isinherited).clone()),
    ]);
    if let template @ Value::Lookup(_) = source.get(role.roletemplateid) {
        row.set(role.roletemplateid, template.clone());
    }
    Ok(execution.create(role.id, row)?.id)
}
