//! What a role gives: what a new one begins with, and what must hold of all of them (R3, R12, R14, R17, R19, M8).
//!
//! `Source:` CRM 2013 SDK, "Default privileges for a role"; the Web API functions and actions sample of Dataverse,
//! which lists nine; SDK errors 0x800404CE, 0x8004140B, 0x8004140F, 0x8004ED43; PP:prevent-elevation-security-role-privilege.md.
//! `Assumed:` that a new role holds them at Global, which is the only depth they have; that the product's own roles hold
//! them too, so that nobody is kept from giving a role by what every role holds; that they can be taken away for good.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::super::support::{documented, is_consequence, record, violation};
use crate::fault::Result;
use crate::model::{Depth, Reference};
use crate::service::Execution;
use crate::service::registry::{Documented, Rule, Stage, Trigger, Verb, Violation, on};
use crate::settings::Era;
use crate::world::World;

/// What every new role gives: plug-ins run for everybody.
const ALWAYS: &[&str] = &[
    "prvReadPluginAssembly",
    "prvReadPluginType",
    "prvReadSdkMessage",
    "prvReadSdkMessageProcessingStep",
    "prvReadSdkMessageProcessingStepImage",
];

/// What Dataverse adds: documents stand in `SharePoint`.
const OF_DATAVERSE: &[&str] = &[
    "prvCreateSharePointData",
    "prvReadSharePointData",
    "prvReadSharePointDocument",
    "prvWriteSharePointData",
];

/// A new role gets the privileges that every role begins with.
#[derive(Debug)]
pub(in crate::rules) struct NewRole;

impl Rule for NewRole {
    fn documented(&self) -> &'static [Documented] {
        &[]
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[on("role", Verb::Create, Stage::PostOperation)];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        // A copy shares what its root gives.
        if is_consequence(execution) {
            return Ok(());
        }
        let catalogue = execution.catalogue;
        let table = catalogue.table(catalogue.known().roleprivileges.id);
        let columns = &catalogue.known().roleprivileges;
        let of_era: &[&str] =
            if execution.settings().era == Era::Dataverse { OF_DATAVERSE } else { Default::default() };
        let role = execution.id;
        for name in ALWAYS.iter().chain(of_era) {
            let Some(privilege) = catalogue.privilege_named(name) else { continue };
            let privilege = catalogue.privilege(privilege);
            let mut row = record([
                (columns.roleid, role.into()),
                (columns.privilegeid, privilege.id.into()),
                (columns.privilegedepthmask, privilege.deepest().mask().into()),
            ]);
            if let Some(state) = table.column_id("componentstate") {
                row.set(state, 0);
            }
            execution.create(columns.id, row)?;
        }
        Ok(())
    }
}

/// No stage of its own: what must hold of all roles and what they give.
#[derive(Debug)]
pub(in crate::rules) struct PrivilegesOfRoles;

const RULES: &[Documented] = &[
    documented(
        "R3",
        "A privilege is given at one of the depths it has.",
        "SDK privilege tables; SDK error 0x8004140B",
    ),
    documented(
        "R17",
        "Nobody gives a role what it does not hold at that depth, nor gives away a role that holds more.",
        "PP:prevent-elevation-security-role-privilege.md",
    ),
    documented(
        "R19",
        "A role is given privileges that exist, each once.",
        "SDK errors 0x800404CE, 0x8004140F",
    ),
    documented(
        "M8",
        "The privilege to act on behalf of others is given and taken like any other.",
        "PA:impersonate-another-user.md; SDK error 0x8004ED43; switch strict_act_on_behalf",
    ),
];

impl Rule for PrivilegesOfRoles {
    fn documented(&self) -> &'static [Documented] {
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        &[]
    }

    fn run(&self, _: &mut Execution<'_, '_>) -> Result<()> {
        Ok(())
    }

    fn verify(&self, world: &World) -> Vec<Violation> {
        let mut found = roles(world);
        found.extend(grants(world));
        found.extend(holders(world));
        found
    }
}

/// R12, R14: every role has a root, and a copy is like it; no business unit has two roles of a name.
fn roles(world: &World) -> Vec<Violation> {
    let role = &world.known().role;
    let table = world.records().table(role.id);
    let mut names: HashMap<(Option<Uuid>, String), Uuid> = HashMap::new();
    let mut found = Vec::new();
    for (_, row) in table.iter() {
        let of = Reference::new(role.id, row.id());
        let unit = row.get(role.businessunitid).as_id();
        let name = row.get(role.name).as_str().unwrap_or_default().to_lowercase();
        if let Some(other) = names.insert((unit, name), row.id()) {
            found.push(violation(
                "R14",
                of,
                format!("role {other} has the same name in the same business unit"),
            ));
        }
        let root = row.get(role.parentrootroleid).as_id();
        let Some(root) = root.and_then(|root| table.get(root)) else {
            found.push(violation("R12", of, "the role has no root"));
            continue;
        };
        let is_root = root.id() == row.id();
        if row.get(role.parentroleid).is_null() != is_root {
            found.push(violation("R12", of, "a role is its own root if and only if nothing is above it"));
        }
        if root.get(role.parentrootroleid).as_id() != Some(root.id()) {
            found.push(violation("R12", of, "the role's root is a copy"));
        }
        let above = row.get(role.parentroleid).as_id();
        if above.is_some_and(|above| table.get(above).is_none()) {
            found.push(violation("R12", of, "the role above it is not there"));
        }
        for column in [role.name, role.isinherited, role.roletemplateid] {
            if row.get(column) != root.get(column) {
                found.push(violation("R12", of, "the copy differs from its root"));
            }
        }
    }
    found
}

/// R3, R12, R19: privileges are those of roots, exist, have the depth, and are given once.
fn grants(world: &World) -> Vec<Violation> {
    let (role, grant) = (&world.known().role, &world.known().roleprivileges);
    let roles = world.records().table(role.id);
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for (_, row) in world.records().table(grant.id).iter() {
        let of = Reference::new(grant.id, row.id());
        let (holder, privilege) = (row.get(grant.roleid).as_id(), row.get(grant.privilegeid).as_id());
        match holder.and_then(|holder| roles.get(holder)) {
            None => found.push(violation("R12", of, "a privilege of a role that is not there")),
            Some(given) if !given.get(role.parentroleid).is_null() => {
                found.push(violation("R12", of, "a privilege of a copy"));
            }
            Some(_) => {}
        }
        if !seen.insert((holder, privilege)) {
            found.push(violation("R19", of, "the privilege is given twice"));
        }
        let mask = row.get(grant.privilegedepthmask).as_int().unwrap_or_default();
        match privilege.and_then(|id| world.catalogue().privilege_with_id(id)) {
            None => found.push(violation("R19", of, "there is no such privilege")),
            Some(privilege) => {
                let privilege = world.catalogue().privilege(privilege);
                let has =
                    Depth::of_mask(mask).is_some_and(|depth| depth.mask() == mask && privilege.can_be(depth));
                if !has {
                    found.push(violation("R3", of, format!("{} at depth {mask}", privilege.name)));
                }
            }
        }
    }
    found
}

/// Nobody holds a role that is gone.
fn holders(world: &World) -> Vec<Violation> {
    let known = world.known();
    let roles = world.records().table(known.role.id);
    let given = [
        (known.systemuserroles.id, known.systemuserroles.roleid),
        (known.teamroles.id, known.teamroles.roleid),
    ];
    let mut found = Vec::new();
    for (table, column) in given {
        for (_, row) in world.records().table(table).iter() {
            let is_there = row.get(column).as_id().is_some_and(|role| roles.get(role).is_some());
            if !is_there {
                found.push(violation("R12", Reference::new(table, row.id()), "the role is not there"));
            }
        }
    }
    found
}
