//! Who may use the organization at all: X2 to X4, and M3 and M6 for those who act as another.

use uuid::Uuid;

use super::{Who, is_system, of_user};
use crate::fault::{Fault, Result, RuleId, code};
use crate::identity::Caller;
use crate::licensing::{ADMINISTRATIVE, Class, Facts, NON_INTERACTIVE};
use crate::settings::Era;
use crate::world::World;

/// Turns away callers whose state bars them from the Web API, and those who act as another without being allowed to.
///
/// # Errors
///
/// `UserNotMemberOfOrg` where the caller has no row (X2), `UserNotEnabled` (X3), `BusinessNotEnabled` (X4);
/// `CannotActOnBehalfOfAnotherUser` (M3, M6), `UserNotAssignedLicense` (M6).
pub fn admit(world: &World, caller: &Caller) -> Result<()> {
    if caller.is_system {
        return Ok(());
    }
    let Some(impersonator) = caller.impersonator else { return admit_user(world, caller.user).map(drop) };
    let sender = admit_user(world, impersonator)?;
    let acts = world.catalogue().privilege_named("prvActOnBehalfOfAnotherUser");
    let is_given = acts.is_some_and(|acts| {
        sender.holds(acts) && sender.own_roles().any(|held| held.role.depth(acts).is_some())
    });
    if !is_given && !is_system(world, impersonator) {
        return Err(Fault::new(&code::CannotActOnBehalfOfAnotherUser).rule(RuleId("M3")).hint(
            "Give the calling user itself a role with prvActOnBehalfOfAnotherUser, such as Delegate; a team's role does not count.",
        ));
    }
    impersonated(world, caller.user)
}

/// M6: who may be acted as. `Assumed:` the codes; that nobody acts as the built-in users.
fn impersonated(world: &World, user: Uuid) -> Result<()> {
    let holder = admit_user(world, user).map_err(|fault| fault.rule(RuleId("M6")))?;
    let Some(facts) = Facts::of(world, user) else { return Ok(()) };
    let class = facts.class(world);
    if matches!(class, Class::System | Class::Support | Class::DelegatedAdmin) {
        return Err(Fault::new(&code::CannotActOnBehalfOfAnotherUser)
            .rule(RuleId("M6"))
            .hint("Nobody acts as a built-in user; name another one."));
    }
    let needs_none = matches!(facts.mode, NON_INTERACTIVE | ADMINISTRATIVE)
        || facts.setup
        || class == Class::Application
        || holder.is_system_administrator();
    if world.settings().era == Era::Crm2013 && !facts.licensed && !needs_none {
        return Err(Fault::new(&code::UserNotAssignedLicense)
            .rule(RuleId("M6"))
            .hint("Give the impersonated user a licence."));
    }
    Ok(())
}

fn admit_user(world: &World, id: Uuid) -> Result<Who<'_>> {
    let Some(user) = of_user(world, id) else {
        return Err(Fault::new(&code::UserNotMemberOfOrg)
            .rule(RuleId("X2"))
            .hint("The user has no systemuser row."));
    };
    if user.is_disabled {
        let message = format!(
            "The specified user(Id = {id}) is disabled. Consider enabling this user. Additional Details: The specified user(Id = {id}) is disabled. Consider enabling this user."
        );
        return Err(Fault::with(&code::UserNotEnabled, message)
            .rule(RuleId("X3"))
            .hint("Enable the user, or call as another one."));
    }
    if user.is_unit_disabled {
        return Err(Fault::new(&code::BusinessNotEnabled)
            .rule(RuleId("X4"))
            .hint("Enable the caller's business unit, or move the caller to another one."));
    }
    Ok(user)
}
