//! What else a new user brings: default team, default queue, settings (U18, U50, U52), and an imported one its role
//! (U17).
//!
//! `Source:` SEED3 (`QueueId`: the default queue), PP:wp-security-cds.md (default team), PP:create-users.md
//! (imported users get Salesperson or Basic User). `Assumed:` the queue's name, which in the product is the full
//! name in angle brackets (users-and-licensing.md U50 marks it unverified).

use uuid::Uuid;

use super::super::provisioning;
use super::super::support::{default_queue, default_team, documented, queue_name, record, text};
use super::settings;
use crate::directory::Account;
use crate::fault::Result;
use crate::licensing::Facts;
use crate::model::{Reference, Value, ValueRef};
use crate::service::registry::{Documented, Rule, Stage, Trigger, Verb, on};
use crate::service::{Execution, Origin};
use crate::settings::Era;
use crate::world::World;

/// Before: the queue's id is chosen, so that the user need be written once only.
#[derive(Debug)]
pub(in crate::rules) struct ChosenQueue;

impl Rule for ChosenQueue {
    fn documented(&self) -> &'static [Documented] {
        const RULES: &[Documented] = &[documented(
            "U50",
            "A new user has a private queue as its default queue.",
            "SEED3; automatic creation is a decision",
        )];
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[on("systemuser", Verb::Create, Stage::PreOperation)];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        let known = execution.known();
        let (column, queue) = (known.systemuser.queueid, known.queue.id);
        if execution.input.get(column).is_null() {
            let id = execution.session.transaction().next_id();
            execution.set(column, Reference::new(queue, id));
        }
        Ok(())
    }
}

/// Afterwards: the rows that come with the user.
#[derive(Debug)]
pub(in crate::rules) struct SideEffects;

impl Rule for SideEffects {
    fn documented(&self) -> &'static [Documented] {
        const RULES: &[Documented] = &[
            documented(
                "U18",
                "A new user joins the default team and gets a queue and settings, and no role.",
                "PP:wp-security-cds.md; SDK13 gg309593",
            ),
            documented(
                "U47",
                "Non-interactive and application users have roles, records, teams and queues like others.",
                "SEED1",
            ),
        ];
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[on("systemuser", Verb::Create, Stage::PostOperation)];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        follow(execution)
    }
}

fn follow(execution: &mut Execution<'_, '_>) -> Result<()> {
    let catalogue = execution.catalogue;
    let known = catalogue.known();
    let user = execution.id;
    let owner = Reference::new(known.systemuser.id, user);
    let unit = execution.input.get(known.systemuser.businessunitid).as_id();
    let whose = unit.unwrap_or_default();
    if let Some(queue) = execution.input.get(known.systemuser.queueid).as_id()
        && execution.world().records().table(known.queue.id).find(queue).is_none()
    {
        let mut open = [
            (known.queue.name, queue_name(user_name(execution))),
            (known.queue.ownerid, owner.into()),
            (known.queue.owninguser, owner.into()),
            (known.queue.primaryuserid, owner.into()),
        ];
        open.sort_unstable_by_key(|(column, _)| *column);
        let common = |_: &World| default_queue(&known.queue);
        execution.create_like((known.queue.id, whose), Some(queue), &open, common)?;
    }
    if execution.world().records().table(known.usersettings.id).find(user).is_none() {
        let unit = unit.map_or(Value::Null, Value::Guid);
        let common = |world: &World| {
            let unit = [(known.usersettings.businessunitid, unit)];
            settings::formats(world).chain(unit).collect()
        };
        // Settings are alike as long as the organization's formats are: its version is part of the likeness.
        let version = u128::from(settings::version_of_organization(execution.world())) << 64;
        let like = (known.usersettings.id, Uuid::from_u128(whose.as_u128() ^ version));
        execution.create_like(like, Some(user), &[], common)?;
    }
    if let Some(team) = unit.and_then(|unit| default_team(execution.world(), unit)) {
        let member = &known.teammembership;
        let open = [(member.systemuserid, Value::Guid(user))];
        let common = |_: &World| record([(member.teamid, Value::Guid(team))]);
        execution.create_like((member.id, team), None, &open, common)?;
    }
    match execution.origin {
        Origin::Import => give_role(execution, unit),
        Origin::Api if administers(execution) => {
            provisioning::give_administrator(execution.session, execution.id)
        }
        _ => Ok(()),
    }
}

/// U14, D4, D5: whether the new user is that of an administrator of the tenant.
fn administers(execution: &Execution<'_, '_>) -> bool {
    let user = &execution.known().systemuser;
    let is_synchronised = execution.input.get(user.issyncwithdirectory).as_bool() == Some(true);
    is_synchronised
        && Facts::of(execution.world(), execution.id)
            .is_some_and(|facts| facts.account(execution.world()).is_some_and(Account::is_admin))
}

/// What a user's queue is called by.
fn user_name<'e>(execution: &'e Execution<'_, '_>) -> &'e str {
    let user = &execution.known().systemuser;
    text(execution.input.get(user.fullname))
        .or_else(|| text(execution.input.get(user.domainname)))
        .unwrap_or_default()
}

/// U17: the role that an imported user gets, where its business unit has it.
fn give_role(execution: &mut Execution<'_, '_>, unit: Option<Uuid>) -> Result<()> {
    let catalogue = execution.catalogue;
    let (role, joined) = (&catalogue.known().role, &catalogue.known().systemuserroles);
    let name = if execution.settings().era == Era::Crm2013 { "Salesperson" } else { "Basic User" };
    let found = execution
        .world()
        .records()
        .table(role.id)
        .rows_with(role.name, ValueRef::String(name))
        .find(|row| row.get(role.businessunitid).as_id() == unit)
        .map(|row| row.id());
    let Some(found) = found else { return Ok(()) };
    let row = record([(joined.systemuserid, Value::Guid(execution.id)), (joined.roleid, Value::Guid(found))]);
    execution.create(joined.id, row).map(drop)
}
