//! The access team that the system makes for one record by a template: T8 (its share), T9, T11, T12.
//!
//! `AddUserToRecordTeam` and `RemoveUserFromRecordTeam` make the team and change its members; what follows from that
//! is here: the share that comes with the team, and the team's end.
//!
//! `Source:` PA:use-access-teams; `AddUserToRecordTeamRequest` class; SDK error 0x80048342.
//! `Assumed:` the rights that T11 asks of caller and user are those the team has, which are the template's as it was
//! when the team was made; whoever takes a user out needs Share on the record and no more.

use std::collections::HashSet;

use uuid::Uuid;

use super::super::support::{documented, violation};
use crate::fault::{Fault, Result, RuleId, code};
use crate::identity::Caller;
use crate::model::{Reference, ValueRef};
use crate::security::AccessRights;
use crate::service::registry::{Documented, Rule, Stage, Trigger, Verb, Violation, on};
use crate::service::{Execution, access, shares, teams};
use crate::world::World;

/// The record a team was made for, and what the team may do with it.
fn work_of(world: &World, team: Uuid) -> Option<(Reference, AccessRights)> {
    let teams = &world.known().team;
    let row = world.records().table(teams.id).get(team)?;
    let of = row.get(teams.regardingobjectid).to_value().as_lookup()?;
    let share = shares::between(world, Reference::new(teams.id, team), of)?;
    Some((of, share.rights()))
}

/// T11: whether the caller may add the user.
pub(super) fn may_join(world: &World, caller: &Caller, team: Reference, user: Reference) -> Result<()> {
    let Some((of, rights)) = work_of(world, team.id) else { return Ok(()) };
    access::demand(world, caller, rights | AccessRights::SHARE, of)
        .map_err(|fault| fault.rule(RuleId("T11")))?;
    let needed = AccessRights::named().map(|(right, _)| right);
    let needed = needed.filter(|right| (rights | AccessRights::READ).contains(*right));
    let lacking = needed.into_iter().find_map(|right| access::lacking(world, user, right, of.table));
    let Some(privilege) = lacking else { return Ok(()) };
    let message = format!(
        "The user can't be added to the team because the user doesn't have the \"{privilege}\" privilege."
    );
    Err(Fault::with(&code::TargetUserInsufficientPrivileges, message)
        .rule(RuleId("T11"))
        .hint(format!("Give the user a role with the privilege {privilege}.")))
}

/// T11: whether the caller may take a user out.
pub(super) fn may_take_out(world: &World, caller: &Caller, team: Reference) -> Result<()> {
    let Some((of, _)) = work_of(world, team.id) else { return Ok(()) };
    access::demand(world, caller, AccessRights::SHARE, of).map_err(|fault| fault.rule(RuleId("T11")))
}

/// A team of a record comes with its share.
#[derive(Debug)]
pub(in crate::rules) struct RecordTeam;

const RULES: &[Documented] = &[
    documented(
        "T9",
        "The first user added makes a record's team; it goes with its last member, its template or the record.",
        "PA:use-access-teams; the last member's part decided",
    ),
    documented(
        "T11",
        "Who adds a user to a record's team shares the record; the user needs the privileges.",
        "PA:use-access-teams; SDK error 0x80048342",
    ),
];

impl Rule for RecordTeam {
    fn documented(&self) -> &'static [Documented] {
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[on("team", Verb::Create, Stage::PostOperation)];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        let catalogue = execution.catalogue;
        let (team, template) = (&catalogue.known().team, &catalogue.known().teamtemplate);
        if execution.input.get(team.systemmanaged).as_bool() != Some(true) {
            return Ok(());
        }
        let of = execution.input.get(team.regardingobjectid).as_lookup();
        let by = execution.input.get(team.teamtemplateid).as_id();
        let mask = by.and_then(|id| {
            let row = execution.world().records().table(template.id).get(id)?;
            row.get(template.defaultaccessrightsmask).as_int()
        });
        let (Some(of), Some(mask)) = (of, mask) else { return Ok(()) };
        let team = Reference::new(team.id, execution.id);
        let rights = AccessRights::from_bits_truncate(mask);
        shares::grant(execution.session.transaction(), of, team, rights);
        Ok(())
    }

    fn verify(&self, world: &World) -> Vec<Violation> {
        let known = world.known();
        let mut found = Vec::new();
        let mut seen = HashSet::new();
        for (_, row) in world.records().table(known.team.id).iter() {
            if row.get(known.team.systemmanaged) != ValueRef::Bool(true) {
                continue;
            }
            let team = Reference::new(known.team.id, row.id());
            let template = row.get(known.team.teamtemplateid).as_id();
            let exists = |table, id| world.records().table(table).find(id).is_some();
            let mut wrong = |what: &str| found.push(violation("T9", team, what));
            let of = row.get(known.team.regardingobjectid).to_value().as_lookup();
            if of.is_none_or(|of| !exists(of.table, of.id)) {
                wrong("A record's team has no record.");
            }
            if template.is_none_or(|template| !exists(known.teamtemplate.id, template)) {
                wrong("A record's team has no template.");
            }
            if row.get(known.team.teamtype).as_int() != Some(teams::ACCESS) {
                wrong("A record's team is no access team.");
            }
            if work_of(world, team.id).is_none_or(|(_, rights)| rights.is_empty())
                || shares::of_principal(world, team).filter(|share| !share.own.is_empty()).count() != 1
            {
                wrong("A record's team has other rights than those on its record.");
            }
            if !has_members(world, team.id) {
                wrong("A record's team has no members.");
            }
            if !seen.insert((of.map(|of| of.id), template)) {
                wrong("A record has two teams of one template.");
            }
        }
        found
    }
}

fn has_members(world: &World, team: Uuid) -> bool {
    let member = &world.known().teammembership;
    world.records().table(member.id).rows_with(member.teamid, ValueRef::Guid(team)).next().is_some()
}

/// T9: the last member takes the team with it.
#[derive(Debug)]
pub(in crate::rules) struct LastMember;

impl Rule for LastMember {
    fn documented(&self) -> &'static [Documented] {
        &[]
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[on("teammembership", Verb::Delete, Stage::PostOperation)];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        let known = execution.known();
        let table = known.team.id;
        let Some(team) = execution.before.get(known.teammembership.teamid).as_id() else { return Ok(()) };
        let world = execution.world();
        // A team that is on its way out has lost its share already.
        let stays = !teams::is_system_managed(world, Reference::new(table, team))
            || has_members(world, team)
            || work_of(world, team).is_none();
        if stays {
            return Ok(());
        }
        execution.note(RuleId("T9"), "The team of the record went with its last member.");
        execution.delete(table, team)
    }
}

/// T9: a record takes its teams with it.
#[derive(Debug)]
pub(in crate::rules) struct RecordGone;

impl Rule for RecordGone {
    fn documented(&self) -> &'static [Documented] {
        &[]
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[Trigger { table: None, verb: Verb::Delete, stage: Stage::PreOperation }];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        let world = execution.world();
        if !world.catalogue().table(execution.table).auto_create_access_teams {
            return Ok(());
        }
        let team = execution.known().team.id;
        let gone = teams::all_of_record(world, Reference::new(execution.table, execution.id));
        gone.into_iter().try_for_each(|id| execution.delete(team, id))
    }
}
