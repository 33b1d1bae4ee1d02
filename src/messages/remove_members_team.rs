//! `RemoveMembersTeam`: takes users out of a team.
//!
//! `Source:` `RemoveMembersTeam` Action (Dynamics 365 Web API reference; users-and-licensing.md sections 5.3, T4,
//! and 8). `Assumed:` taking out somebody who is no member changes nothing, as adding a member again does.

use super::add_members_team::exist;
use crate::fault::{Result, RuleId};
use crate::model::Reference;
use crate::security::AccessRights;
use crate::service::registry::{Binding, Call, Nature, Parameter, Reply, Signature, Type};
use crate::service::{Message, Origin, access, crud, teams};

/// See the module.
#[derive(Debug)]
pub(super) struct RemoveMembersTeam;

static SIGNATURE: Signature = Signature {
    name: "RemoveMembersTeam",
    nature: Nature::Action,
    binding: Binding::Row("team"),
    parameters: &[Parameter {
        name: "Members",
        kind: Type::Collection(&Type::Row("systemuser")),
        optional: false,
    }],
    returns: None,
    source: "RemoveMembersTeam Action; users-and-licensing.md section 8",
};

impl Message for RemoveMembersTeam {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        let (caller, team, users) = (*call.caller, super::target(call)?, super::rows(call, "Members")?);
        let session = super::session(call)?;
        let teams_row = Reference::new(session.world().known().team.id, team);
        if !teams::is_system_managed(session.world(), teams_row) {
            access::demand(session.world(), &caller, AccessRights::WRITE, teams_row)
                .map_err(|fault| fault.rule(RuleId("T4")))?;
        }
        exist(session.world(), &users)?;
        let member = session.world().known().teammembership.clone();
        for user in users {
            let keys = ((member.systemuserid, user.id), (member.teamid, team));
            if let Some(row) = crud::joining(session.world(), member.id, keys.0, keys.1) {
                session.delete_row(caller, Origin::Api, member.id, row)?;
            }
        }
        Ok(Reply::Nothing)
    }
}
