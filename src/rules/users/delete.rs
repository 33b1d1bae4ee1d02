//! Deleting a user: U60 to U66.
//!
//! `Source:` SEED2 and SEED3 ("users can be disabled but they cannot be deleted"); for the two stages of Dataverse
//! PP:delete-users.md, PP:manage-application-users.md; the message of U61 as quoted in a terraform provider issue.
//! `Assumed:` the codes (U60, U61, U62, U66). The request parameter that skips the directory check of U62 is not
//! read.

use super::super::support::{documented, facts_before, is_consequence, own_queue, owned_by, record};
use crate::fault::{Fault, Result, RuleId, code};
use crate::licensing::{Class, Facts};
use crate::model::{Reference, Value, ValueRef};
use crate::service::Execution;
use crate::service::registry::{Documented, Rule, Stage, Trigger, Verb, on};
use crate::settings::DeleteUsers;

/// See the module.
#[derive(Debug)]
pub(in crate::rules) struct Delete;

const RULES: &[Documented] = &[
    documented("U60", "Users cannot be deleted.", "SEED2, SEED3; switch delete_users; code decided"),
    documented(
        "U61",
        "An enabled user cannot be deleted.",
        "terraform issue quoting the service; code decided",
    ),
    documented(
        "U62",
        "A user whose directory account exists cannot be deleted.",
        "PA:user-team-entities.md, PP:delete-users.md",
    ),
    documented("U63", "The first delete is soft: roles and teams go, the row stays.", "PP:delete-users.md"),
    documented("U64", "The second delete removes a user that owns nothing.", "PP:delete-users.md"),
    documented(
        "U65",
        "A disabled application user that owns nothing is deleted at once.",
        "PP:manage-application-users.md",
    ),
    documented("U66", "Built-in users cannot be deleted.", "decision"),
];

impl Rule for Delete {
    fn documented(&self) -> &'static [Documented] {
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[on("systemuser", Verb::Delete, Stage::PreOperation)];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        if is_consequence(execution) {
            return Ok(());
        }
        let facts = facts_before(execution);
        let class = facts.class(execution.world());
        may_go(execution, &facts, class)?;
        if class != Class::Application && !facts.deleted {
            soft_delete(execution)?;
            execution.settle();
            return Ok(());
        }
        let user = Reference::new(execution.table, execution.id);
        if owned_by(execution.world(), user).next().is_some() {
            let rule = if class == Class::Application { "U65" } else { "U64" };
            return Err(Fault::new(&code::CannotDeleteDueToAssociation)
                .rule(RuleId(rule))
                .hint("Assign the user's records to somebody else first."));
        }
        take_along(execution, user)
    }
}

fn may_go(execution: &Execution<'_, '_>, facts: &Facts, class: Class) -> Result<()> {
    if execution.settings().delete_users == DeleteUsers::Never {
        return Err(Fault::new(&code::SdkEntityDoesNotSupportMessage)
            .rule(RuleId("U60"))
            .hint("Disable the user with isdisabled true, or set delete_users to two_stage."));
    }
    if matches!(class, Class::System | Class::Support | Class::DelegatedAdmin) {
        return Err(Fault::new(&code::CannotDeleteAsItIsReadOnly)
            .rule(RuleId("U66"))
            .hint("This user is built in."));
    }
    if !facts.disabled {
        let message = format!(
            "User with SystemUserId={} is not disabled. Please disable the user in the organization before attempting to delete.",
            execution.id
        );
        return Err(Fault::with(&code::InvalidOperation, message)
            .rule(RuleId("U61"))
            .hint("Disable the user first: update isdisabled to true."));
    }
    let state = execution.before.get(execution.known().systemuser.azurestate).as_int().unwrap_or(0);
    if class == Class::Directory && state < 2 {
        return Err(Fault::new(&code::CannotDeleteDueToAssociation)
            .rule(RuleId("U62"))
            .hint("Delete the account in the directory for good first."));
    }
    Ok(())
}

/// U63.
fn soft_delete(execution: &mut Execution<'_, '_>) -> Result<()> {
    let catalogue = execution.catalogue;
    let known = catalogue.known();
    let (user, world) = (execution.id, execution.world());
    let (roles, member) = (&known.systemuserroles, &known.teammembership);
    let given = world.records().table(roles.id).rows_with(roles.systemuserid, ValueRef::Guid(user));
    let mut joined: Vec<_> = given.map(|row| Reference::new(roles.id, row.id())).collect();
    let memberships = world.records().table(member.id).rows_with(member.systemuserid, ValueRef::Guid(user));
    joined.extend(
        memberships
            .filter(|row| {
                let team = row.get(member.teamid).as_id();
                !team.is_some_and(|team| super::super::support::is_default_team(world, team))
            })
            .map(|row| Reference::new(member.id, row.id())),
    );
    for row in joined {
        execution.delete(row.table, row.id)?;
    }
    execution.update(known.systemuser.id, user, record([(known.systemuser.deletedstate, Value::Int(1))]))?;
    execution.note(
        RuleId("U63"),
        "The user was deleted softly: its roles and teams are gone. A second delete removes it.",
    );
    Ok(())
}

/// What goes with a user: its queue and its settings.
fn take_along(execution: &mut Execution<'_, '_>, user: Reference) -> Result<()> {
    let settings = execution.known().usersettings.id;
    if let Some(queue) = own_queue(execution.world(), user)
        && is_owned_by(execution, queue, user)
    {
        execution.delete(queue.table, queue.id)?;
    }
    if execution.world().records().table(settings).find(user.id).is_some() {
        execution.delete(settings, user.id)?;
    }
    Ok(())
}

fn is_owned_by(execution: &Execution<'_, '_>, queue: Reference, user: Reference) -> bool {
    let column = execution.known().queue.ownerid;
    let row = execution.world().records().table(queue.table).get(queue.id);
    row.is_some_and(|row| row.get(column).as_id() == Some(user.id))
}
