//! `ConvertOwnerTeamToAccessTeam`: makes an owner team an access team, for good.
//!
//! `Source:` `ConvertOwnerTeamToAccessTeam` Action (Dynamics 365 Web API reference; users-and-licensing.md sections
//! 5.3, T7, and 8). What stands in the way, and what goes, is the rule's.

use crate::fault::{Fault, Result, RuleId, code};
use crate::identity::Caller;
use crate::model::{Record, Reference, Value};
use crate::security::AccessRights;
use crate::service::registry::{Binding, Call, Nature, Reply, Signature};
use crate::service::{Message, Origin, access, teams};

/// See the module.
#[derive(Debug)]
pub(super) struct ConvertOwnerTeamToAccessTeam;

static SIGNATURE: Signature = Signature {
    name: "ConvertOwnerTeamToAccessTeam",
    nature: Nature::Action,
    binding: Binding::Row("team"),
    parameters: &[],
    returns: None,
    source: "ConvertOwnerTeamToAccessTeam Action; users-and-licensing.md section 8",
};

impl Message for ConvertOwnerTeamToAccessTeam {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        let (caller, team) = (*call.caller, super::target(call)?);
        let session = super::session(call)?;
        let (table, column) = (session.world().known().team.id, session.world().known().team.teamtype);
        access::demand(session.world(), &caller, AccessRights::WRITE, Reference::new(table, team))?;
        if teams::kind(session.world(), team) == Some(teams::ACCESS) {
            return Err(Fault::new(&code::InvalidArgument)
                .rule(RuleId("T7"))
                .hint("The team is an access team already."));
        }
        let change: Record = [(column, Value::Int(teams::ACCESS))].into_iter().collect();
        // The type is the system's to change; that it was changed is the caller's doing.
        let system = Caller { is_system: true, ..caller };
        session.update_row(system, Origin::Api, table, team, change)?;
        Ok(Reply::Nothing)
    }
}
