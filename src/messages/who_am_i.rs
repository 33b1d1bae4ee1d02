//! `WhoAmI`: who calls, or under impersonation who is impersonated.
//!
//! M10: it needs no privilege, but the caller must hold a role, of its own or through a team.
//! `Source:` `WhoAmI` Function, <https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/whoami>;
//! the role part: `Assumed:` users-and-licensing.md M10 (decision).

use uuid::Uuid;

use crate::fault::{Fault, Result, RuleId, code};
use crate::model::ValueRef;
use crate::service::Message;
use crate::service::registry::{Binding, Call, ComplexType, Datum, Nature, Reply, Signature, Type};
use crate::world::World;

/// See the module.
#[derive(Debug)]
pub(super) struct WhoAmI;

static RESPONSE: ComplexType = ComplexType {
    name: "WhoAmIResponse",
    properties: &[
        ("BusinessUnitId", Type::Guid, false),
        ("UserId", Type::Guid, false),
        ("OrganizationId", Type::Guid, false),
    ],
};

static SIGNATURE: Signature = Signature {
    name: "WhoAmI",
    nature: Nature::Function,
    binding: Binding::Unbound,
    parameters: &[],
    returns: Some(Type::Complex(&RESPONSE)),
    source: "WhoAmI Function; users-and-licensing.md section 6",
};

impl Message for WhoAmI {
    fn signature(&self) -> &'static Signature {
        &SIGNATURE
    }

    fn run(&self, call: &mut Call<'_, '_>) -> Result<Reply> {
        let world = call.world();
        let user = call.caller.user;
        if !call.caller.is_system && !has_role(world, user) {
            return Err(Fault::new(&code::UserNotAssignedRoles).rule(RuleId("M10")).hint(
                "Give the user a security role: POST systemusers(id)/systemuserroles_association/$ref.",
            ));
        }
        let known = world.known();
        let unit = world
            .records()
            .table(known.systemuser.id)
            .get(user)
            .and_then(|row| row.get(known.systemuser.businessunitid).as_id());
        Ok(Reply::Complex(vec![
            ("BusinessUnitId", Datum::Guid(unit.unwrap_or(world.identity().root_business_unit))),
            ("UserId", Datum::Guid(user)),
            ("OrganizationId", Datum::Guid(world.identity().organization_id)),
        ]))
    }
}

/// Whether a user holds a role, of its own or through a team. SYSTEM and INTEGRATION need none.
fn has_role(world: &World, user: Uuid) -> bool {
    let identity = world.identity();
    if user == identity.system_user || user == identity.integration_user {
        return true;
    }
    let (known, records) = (world.known(), world.records());
    let of_user = &known.systemuserroles;
    if records.table(of_user.id).rows_with(of_user.systemuserid, ValueRef::Guid(user)).next().is_some() {
        return true;
    }
    let (member, of_team) = (&known.teammembership, &known.teamroles);
    records.table(member.id).rows_with(member.systemuserid, ValueRef::Guid(user)).any(|membership| {
        let team = membership.get(member.teamid).as_id().unwrap_or_default();
        records.table(of_team.id).rows_with(of_team.teamid, ValueRef::Guid(team)).next().is_some()
    })
}
