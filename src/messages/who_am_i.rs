//! `WhoAmI`: who calls, or under impersonation who is impersonated.
//!
//! M10: it needs no privilege, but the caller must hold a role, of its own or through a team.
//! `Source:` `WhoAmI` Function, <https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/whoami>;
//! the role part: `Assumed:` users-and-licensing.md M10 (decision).

use crate::fault::{Fault, Result, RuleId, code};
use crate::service::registry::{Binding, Call, ComplexType, Datum, Nature, Reply, Signature, Type};
use crate::service::{Message, access};

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
        if !call.caller.is_system && !access::has_role(world, user) {
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
