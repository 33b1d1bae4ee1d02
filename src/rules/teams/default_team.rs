//! T1 and T2: every business unit has one default team, which the system alone keeps.
//!
//! `Source:` PP:wp-security-cds.md, PP:create-edit-business-units.md (renaming the unit renames its team), SDK errors
//! 0x80048307, 0x80048308, 0x8004830A to 0x8004830C.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::super::support::{default_team, documented, is_consequence, is_default_team, record, violation};
use crate::fault::{Code, Fault, Result, RuleId, code};
use crate::licensing::{Class, Facts};
use crate::model::{Reference, Value, ValueRef};
use crate::service::Execution;
use crate::service::registry::{Documented, Rule, Stage, Trigger, Verb, Violation, on};
use crate::world::World;

/// A business unit's default team comes with the unit and takes its name.
#[derive(Debug)]
pub(in crate::rules) struct DefaultTeamOfUnit;

impl Rule for DefaultTeamOfUnit {
    fn documented(&self) -> &'static [Documented] {
        const RULES: &[Documented] = &[
            documented(
                "T1",
                "A business unit's default team comes with the unit, bears its name and has its users as members.",
                "PP:wp-security-cds.md",
            ),
            documented(
                "I4",
                "Every user is in the default team of its business unit and in no other.",
                "PP:wp-security-cds.md",
            ),
        ];
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[
            on("businessunit", Verb::Create, Stage::PostOperation),
            on("businessunit", Verb::Update, Stage::PostOperation),
        ];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        let catalogue = execution.catalogue;
        let (unit, team) = (&catalogue.known().businessunit, &catalogue.known().team);
        let Some(name) = execution.input.mentions(unit.name).cloned() else { return Ok(()) };
        if execution.verb == Verb::Update {
            return match default_team(execution.world(), execution.id) {
                Some(id) => execution.update(team.id, id, record([(team.name, name)])),
                None => Ok(()),
            };
        }
        let row = record([
            (team.name, name),
            (team.businessunitid, Reference::new(unit.id, execution.id).into()),
            (team.isdefault, true.into()),
            (
                team.administratorid,
                Reference::new(catalogue.known().systemuser.id, execution.caller.user).into(),
            ),
        ]);
        execution.create(team.id, row).map(drop)
    }

    fn verify(&self, world: &World) -> Vec<Violation> {
        let mut found = teams_of_units(world);
        found.extend(members_of_default_teams(world));
        found
    }
}

/// T1: one default team a unit, with its name.
fn teams_of_units(world: &World) -> Vec<Violation> {
    let (units, teams) = (&world.known().businessunit, &world.known().team);
    let mut found = Vec::new();
    for (_, unit) in world.records().table(units.id).iter() {
        let of_unit =
            world.records().table(teams.id).rows_with(teams.businessunitid, ValueRef::Guid(unit.id()));
        let defaults: Vec<_> =
            of_unit.filter(|team| team.get(teams.isdefault) == ValueRef::Bool(true)).collect();
        let row = Reference::new(units.id, unit.id());
        match &*defaults {
            [team] if team.get(teams.name) == unit.get(units.name) => {}
            [_] => found.push(violation(
                "T1",
                row,
                "The default team does not bear the name of its business unit.",
            )),
            _ => found.push(violation(
                "T1",
                row,
                format!("The business unit has {} default teams.", defaults.len()),
            )),
        }
    }
    found
}

/// I4: every user is in exactly the default team of its own unit; SYSTEM and INTEGRATION are in none.
fn members_of_default_teams(world: &World) -> Vec<Violation> {
    let (users, teams, member) =
        (&world.known().systemuser, &world.known().team, &world.known().teammembership);
    let defaults: HashSet<Uuid> = world
        .records()
        .table(teams.id)
        .iter()
        .filter(|(_, team)| team.get(teams.isdefault) == ValueRef::Bool(true))
        .map(|(_, team)| team.id())
        .collect();
    let mut of_user: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    for (_, row) in world.records().table(member.id).iter() {
        if let (Some(user), Some(team)) =
            (row.get(member.systemuserid).as_id(), row.get(member.teamid).as_id())
            && defaults.contains(&team)
        {
            of_user.entry(user).or_default().push(team);
        }
    }
    let mut found = Vec::new();
    for (_, row) in world.records().table(users.id).iter() {
        let built_in = Facts::of_row(world, row).class(world) == Class::System;
        let unit = row.get(users.businessunitid).as_id();
        let team = unit.and_then(|unit| default_team(world, unit)).filter(|_| !built_in);
        let in_teams = of_user.remove(&row.id()).unwrap_or_default();
        if in_teams != team.into_iter().collect::<Vec<_>>() {
            let row = Reference::new(users.id, row.id());
            found.push(violation(
                "I4",
                row,
                "The user is not in the default team of its business unit alone.",
            ));
        }
    }
    found
}

/// Nobody else changes or deletes a default team.
#[derive(Debug)]
pub(in crate::rules) struct DefaultTeam;

impl Rule for DefaultTeam {
    fn documented(&self) -> &'static [Documented] {
        const RULES: &[Documented] = &[documented(
            "T2",
            "A default team cannot be deleted, renamed, moved, nor its members changed.",
            "SDK errors 0x80048307 to 0x8004830C; PP:create-edit-business-units.md",
        )];
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] =
            &[on("team", Verb::Update, Stage::PreOperation), on("team", Verb::Delete, Stage::PreOperation)];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        let team = &execution.known().team;
        let is_default = execution.before.get(team.isdefault).as_bool() == Some(true);
        if !is_default || is_consequence(execution) {
            Ok(())
        } else if execution.verb == Verb::Delete {
            Err(refused(&code::CannotDeleteDefaultTeam, "It goes with its business unit."))
        } else if execution.changed(team.name).is_some() {
            Err(refused(&code::CannotUpdateNameDefaultTeam, "Rename its business unit; the team follows."))
        } else if execution.changed(team.businessunitid).is_some() {
            Err(refused(&code::CannotSetParentDefaultTeam, "A default team stays in its business unit."))
        } else {
            Ok(())
        }
    }
}

/// Nobody else changes its members.
#[derive(Debug)]
pub(in crate::rules) struct DefaultTeamMembers;

impl Rule for DefaultTeamMembers {
    fn documented(&self) -> &'static [Documented] {
        &[]
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[
            on("teammembership", Verb::Create, Stage::PreOperation),
            on("teammembership", Verb::Delete, Stage::PreOperation),
        ];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        let team = execution.value(execution.known().teammembership.teamid);
        let is_default = match team {
            Value::Guid(team) => is_default_team(execution.world(), *team),
            _ => false,
        };
        if !is_default || is_consequence(execution) {
            return Ok(());
        }
        let code = if execution.verb == Verb::Create {
            &code::CannotAddMembersToDefaultTeam
        } else {
            &code::CannotRemoveMembersFromDefaultTeam
        };
        Err(refused(
            code,
            "Its members are the users of its business unit; move the user to another business unit.",
        ))
    }
}

fn refused(code: &'static Code, hint: &'static str) -> Fault {
    Fault::new(code).rule(RuleId("T2")).hint(hint)
}
