//! I5: the organization keeps at least one enabled user who holds the System Administrator role.
//!
//! Support user, delegated administrator, application users, SYSTEM and INTEGRATION do not count. The refusals stand
//! with what would break it: disabling (U93), leaving non-interactive access (U30), becoming read-only (U27b),
//! losing the role (R15), disabling a business unit (R34).
//!
//! `Source:` error texts `CannotDisableSysAdmin`, `CannotRemoveFromSysAdmin`, `CannotMakeReadOnlyUser` of the SDK's
//! list. `Assumed:` who counts (users-and-licensing.md section 3, I5); that the directory may shut out the last
//! administrator, who then keeps the role.

use uuid::Uuid;

use super::support::documented;
use crate::fault::{Result, RuleId};
use crate::licensing::{Class, Facts};
use crate::model::ValueRef;
use crate::service::Execution;
use crate::service::registry::{Documented, Rule, Trigger, Violation};
use crate::world::World;

pub(super) use crate::security::SYSTEM_ADMINISTRATOR;

/// Whether a role was made from a template.
pub(super) fn is_role_of(world: &World, role: Uuid, template: Uuid) -> bool {
    let roles = &world.known().role;
    let row = world.records().table(roles.id).get(role);
    row.is_some_and(|row| row.get(roles.roletemplateid).as_id() == Some(template))
}

/// Whether a user holds the System Administrator role of any business unit.
pub(super) fn holds(world: &World, user: Uuid) -> bool {
    let joined = &world.known().systemuserroles;
    let rows = world.records().table(joined.id).rows_with(joined.systemuserid, ValueRef::Guid(user));
    rows.into_iter()
        .filter_map(|row| row.get(joined.roleid).as_id())
        .any(|role| is_role_of(world, role, SYSTEM_ADMINISTRATOR))
}

/// Whether a holder of the role counts for I5.
fn counts(world: &World, user: &Facts) -> bool {
    let class = user.class(world);
    !user.disabled
        && !user.deleted
        && !matches!(class, Class::System | Class::Support | Class::DelegatedAdmin | Class::Application)
}

/// Whether there is a counting administrator that `also` accepts.
pub(super) fn any(world: &World, also: impl Fn(&Facts) -> bool) -> bool {
    let (roles, joined) = (&world.known().role, &world.known().systemuserroles);
    let template = ValueRef::Guid(SYSTEM_ADMINISTRATOR);
    world.records().table(roles.id).rows_with(roles.roletemplateid, template).any(|role| {
        let holders = world.records().table(joined.id).rows_with(joined.roleid, ValueRef::Guid(role.id()));
        holders
            .into_iter()
            .filter_map(|row| Facts::of(world, row.get(joined.systemuserid).as_id()?))
            .any(|user| counts(world, &user) && also(&user))
    })
}

/// Whether a user is the only counting administrator.
pub(super) fn is_last(world: &World, user: &Facts) -> bool {
    counts(world, user) && holds(world, user.id) && !any(world, |other| other.id != user.id)
}

/// Whether a user is the only counting administrator whose access mode is not Read.
pub(super) fn is_last_writing(world: &World, user: &Facts) -> bool {
    let writes = |other: &Facts| other.mode != crate::licensing::READ;
    counts(world, user) && holds(world, user.id) && !any(world, |other| other.id != user.id && writes(other))
}

/// Whether the directory shut out a holder of the role, or took from it what it was enabled by. It does not ask whether
/// another administrator is left; the organization then has none until it lets one in.
fn is_shut_out(world: &World) -> bool {
    let users = world.known().systemuser.id;
    world.records().table(users).iter().any(|(_, row)| {
        let user = Facts::of_row(world, row);
        let is_entitled = user.licensed && !user.is_non_interactive() || user.is_tenant_admin(world);
        user.disabled
            && user.class(world) == Class::Directory
            && !(is_entitled && user.is_admitted_by_directory(world))
            && holds(world, user.id)
    })
}

/// Whether nobody can lose the role, since nobody who is enabled would have it: whoever is let in again needs it.
pub(super) fn must_be_kept(world: &World) -> bool {
    !any(world, |_| true)
}

/// I5 itself.
#[derive(Debug)]
pub(super) struct Administrators;

impl Rule for Administrators {
    fn documented(&self) -> &'static [Documented] {
        const RULES: &[Documented] = &[documented(
            "I5",
            "At least one enabled user holds the System Administrator role.",
            "SDK error codes 0x80041D2F, 0x80041D30; who counts is a decision",
        )];
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        &[]
    }

    fn run(&self, _execution: &mut Execution<'_, '_>) -> Result<()> {
        Ok(())
    }

    fn verify(&self, world: &World) -> Vec<Violation> {
        let (roles, template) = (&world.known().role, ValueRef::Guid(SYSTEM_ADMINISTRATOR));
        let exists =
            world.records().table(roles.id).rows_with(roles.roletemplateid, template).next().is_some();
        if !exists || any(world, |_| true) || is_shut_out(world) {
            return Vec::new();
        }
        let what = "No enabled user holds the System Administrator role.".to_owned();
        vec![Violation { rule: RuleId("I5"), row: None, what }]
    }
}
