//! Who may change the members of a team: T4, T11, T13. That adding a member again changes nothing is the service's.
//!
//! `Source:` PA:use-access-teams; PP:manage-group-teams.md. `Assumed:` the privileges are those of T4, and the code for
//! members of group teams, who come and go with the directory's group.

use super::super::support::{documented, is_consequence};
use super::record_team;
use crate::fault::{Fault, Result, RuleId, code};
use crate::model::Reference;
use crate::service::registry::{Documented, Rule, Stage, Trigger, Verb, on};
use crate::service::{Execution, teams};

/// See the module.
#[derive(Debug)]
pub(in crate::rules) struct TeamMembers;

impl Rule for TeamMembers {
    fn documented(&self) -> &'static [Documented] {
        const RULES: &[Documented] = &[documented(
            "T4",
            "Who may change a team and read users changes its members; adding one again changes nothing.",
            "PA:use-access-teams; decision",
        )];
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[
            on("teammembership", Verb::Create, Stage::PreOperation),
            on("teammembership", Verb::Delete, Stage::PreOperation),
        ];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        let known = execution.known();
        let ids = (
            execution.value(known.teammembership.teamid).as_id(),
            execution.value(known.teammembership.systemuserid).as_id(),
        );
        let (Some(team), Some(user)) = ids else { return Ok(()) };
        if is_consequence(execution) {
            return Ok(());
        }
        let (world, caller) = (execution.world(), &execution.caller);
        let (team, user) = (Reference::new(known.team.id, team), Reference::new(known.systemuser.id, user));
        if teams::kind(world, team.id).is_some_and(teams::is_group) {
            return Err(Fault::new(&code::InvalidOperation)
                .rule(RuleId("T13"))
                .hint("Members of a group team are those of the directory's group; change them there."));
        }
        if teams::is_system_managed(world, team) {
            return match execution.verb {
                Verb::Create => record_team::may_join(world, caller, team, user),
                _ => record_team::may_take_out(world, caller, team),
            };
        }
        // Of any other team the service has asked already (`service/access/operation.rs`).
        Ok(())
    }
}
