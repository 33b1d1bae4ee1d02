//! `AddMembersTeam`: adds users to a team.
//!
//! `Source:` `AddMembersTeam` Action (Dynamics 365 Web API reference; users-and-licensing.md sections 5.3, T4, and 8).

use crate::fault::{Fault, Result, RuleId, code};
use crate::model::{Record, Reference, Value};
use crate::service::registry::{Binding, Call, Nature, Parameter, Reply, Signature, Type};
use crate::service::{Message, Origin};
use crate::world::World;

/// See the module.
#[derive(Debug)]
pub(super) struct AddMembersTeam;

static SIGNATURE: Signature = Signature {
    name: "AddMembersTeam",
    nature: Nature::Action,
    binding: Binding::Row("team"),
    parameters: &[Parameter {
        name: "Members",
        kind: Type::Collection(&Type::Row("systemuser")),
        optional: false,
    }],
    returns: None,
    source: "AddMembersTeam Action; users-and-licensing.md section 8",
};

impl Message for AddMembersTeam {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        let (caller, team, users) = (*call.caller, super::target(call)?, super::rows(call, "Members")?);
        let session = super::session(call)?;
        exist(session.world(), &users)?;
        let member = session.world().known().teammembership.clone();
        for user in users {
            let row = [(member.teamid, Value::Guid(team)), (member.systemuserid, Value::Guid(user.id))];
            session.create_row(caller, Origin::Api, member.id, None, row.into_iter().collect::<Record>())?;
        }
        Ok(Reply::Nothing)
    }
}

/// All users are there, or those that are not are named.
pub(super) fn exist(world: &World, users: &[Reference]) -> Result<()> {
    let gone = users.iter().filter(|user| world.records().table(user.table).find(user.id).is_none());
    let gone: Vec<_> = gone.map(|user| user.id.to_string()).collect();
    if gone.is_empty() {
        return Ok(());
    }
    Err(Fault::with(
        &code::BusinessManagementInvalidUserId,
        format!("The user Id(s) [{}] is invalid.", gone.join(", ")),
    )
    .rule(RuleId("T4"))
    .hint("Members takes the systemuserids of existing users."))
}
