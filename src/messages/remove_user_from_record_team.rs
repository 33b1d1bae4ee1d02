//! `RemoveUserFromRecordTeam`: takes a user out of the access team of a record, which goes with its last member.
//!
//! `Source:` `RemoveUserFromRecordTeam` Action (Dynamics 365 Web API reference; users-and-licensing.md sections 5.3,
//! T9, and 8). `Assumed:` a record without such a team is refused, since there is no id to answer; a user who is not in
//! the team is not an error, as in `RemoveMembersTeam`.

use super::add_user_to_record_team::{PARAMETERS, check};
use crate::fault::{Fault, Result, RuleId, code};
use crate::security::AccessRights;
use crate::service::registry::{Binding, Call, ComplexType, Datum, Nature, Reply, Signature, Type};
use crate::service::{Message, Origin, access, crud, teams};

/// See the module.
#[derive(Debug)]
pub(super) struct RemoveUserFromRecordTeam;

static RESPONSE: ComplexType = ComplexType {
    name: "RemoveUserFromRecordTeamResponse",
    properties: &[("AccessTeamId", Type::Guid, false)],
};

static SIGNATURE: Signature = Signature {
    name: "RemoveUserFromRecordTeam",
    nature: Nature::Action,
    binding: Binding::Row("systemuser"),
    parameters: PARAMETERS,
    returns: Some(Type::Complex(&RESPONSE)),
    source: "RemoveUserFromRecordTeam Action; users-and-licensing.md section 8",
};

impl Message for RemoveUserFromRecordTeam {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        let (caller, user) = (*call.caller, super::target(call)?);
        let (of, template) = (super::row(call, "Record")?, super::row(call, "TeamTemplate")?);
        let session = super::session(call)?;
        check(session, of, template)?;
        access::demand(session.world(), &caller, AccessRights::SHARE, of)
            .map_err(|fault| fault.rule(RuleId("T11")))?;
        let team = teams::of_record(session.world(), of, template.id).ok_or_else(|| {
            Fault::new(&code::ObjectDoesNotExist)
                .rule(RuleId("T9"))
                .hint("The record has no team of this template; AddUserToRecordTeam makes it.")
        })?;
        let member = session.world().known().teammembership.clone();
        let keys = ((member.systemuserid, user), (member.teamid, team));
        if let Some(row) = crud::joining(session.world(), member.id, keys.0, keys.1) {
            session.delete_row(caller, Origin::Api, member.id, row)?;
        }
        Ok(Reply::Complex(vec![("AccessTeamId", Datum::Guid(team))]))
    }
}
