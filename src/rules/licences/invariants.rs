//! What must hold of users and licences in every world: I1, L9, and that the counters agree with the rows.
//!
//! I2 (slots used never exceed the limit) is not here: a limit may be lowered below what is used, and then only new
//! takers are refused. It is a statement about a step; the property test of this folder makes it.
//!
//! `Source:` SEED0 to SEED3, PP:create-users.md, PP:system-application-users.md, EMEA CRM support blog 2014-07-02
//! (L3). `Assumed:` L4 and L9 outside the directory, "enabled" in L5, per organization in L7. L8 (invitations hold a
//! seat for 14 days) is left out, as it is off by default.

use super::super::support::{documented, violation};
use crate::fault::{Result, RuleId};
use crate::licensing::{self, ADMINISTRATIVE, Class, Facts};
use crate::model::Reference;
use crate::service::Execution;
use crate::service::registry::{Documented, Rule, Trigger, Violation};
use crate::world::World;

/// See the module.
#[derive(Debug)]
pub(in crate::rules) struct Invariants;

const RULES: &[Documented] = &[
    documented(
        "L1",
        "A user outside the directory holds a seat while it is enabled and Read-Write or Read.",
        "SEED0; SDK13",
    ),
    documented("L2", "Set to non-interactive it gives the seat back in the same step.", "SEED0"),
    documented(
        "L3",
        "A directory user holds a seat while its account has the licence.",
        "EMEA CRM support blog 2014-07-02; PP:create-users.md",
    ),
    documented(
        "L4",
        "An administrative user outside the directory holds no seat.",
        "PP:create-users.md; decision",
    ),
    documented(
        "L5",
        "Every enabled non-interactive user holds a slot.",
        "SEED0 to SEED3, PP:create-users.md",
    ),
    documented(
        "L6",
        "Built-in users, application users, stubs and unlicensed administrators hold nothing.",
        "PP:create-users.md, PP:system-application-users.md",
    ),
    documented(
        "L7",
        "The limit of non-interactive users is the organization's: 5, in Dataverse 7.",
        "SEED0, SEED2, SEED3; PA:user-team-entities.md",
    ),
    documented(
        "L9",
        "islicensed says whether a user holds a licence.",
        "SEED3; decision outside the directory",
    ),
    documented("I1", "Only users who may be enabled are enabled.", "SEED3"),
];

impl Rule for Invariants {
    fn documented(&self) -> &'static [Documented] {
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        &[]
    }

    fn run(&self, _execution: &mut Execution<'_, '_>) -> Result<()> {
        Ok(())
    }

    fn verify(&self, world: &World) -> Vec<Violation> {
        let users = world.known().systemuser.id;
        let mut found = Vec::new();
        for (_, row) in world.records().table(users).iter() {
            let user = Facts::of_row(world, row);
            let at = Reference::new(users, user.id);
            if !user.disabled && !may_be_enabled(world, &user) {
                found.push(violation("I1", at, "The user is enabled without being entitled to it."));
            }
            let outside = !matches!(user.class(world), Class::Directory | Class::System);
            if outside && user.licensed != user.takes_seat(world) {
                found.push(violation("L9", at, "islicensed does not say whether the user holds a seat."));
            }
        }
        let counted = (licensing::seats(world).consumed, licensing::slots(world).used);
        let scanned = licensing::by_scan(world);
        if counted != scanned {
            let what = format!("Counted {counted:?} seats and slots, but the rows have {scanned:?}.");
            found.push(Violation { rule: RuleId("L1"), row: None, what });
        }
        found
    }
}

/// I1.
fn may_be_enabled(world: &World, user: &Facts) -> bool {
    match user.class(world) {
        Class::System | Class::Support | Class::DelegatedAdmin | Class::Application => true,
        _ if user.is_non_interactive() || user.licensed => true,
        Class::Directory => user.mode == ADMINISTRATIVE && user.is_tenant_admin(world),
        Class::CrmManaged => user.mode == ADMINISTRATIVE,
        Class::Stub => false,
    }
}
