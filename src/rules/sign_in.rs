//! Signing in at the web client: W1 to W12, the first that matches; and what an access mode opens there.
//!
//! `Source:` users-and-licensing.md section 7.1 (KB 3210340, SEED1, SEED2, SEED3, the SDK's error texts).
//! `Assumed:` the codes of W2, W5, W7 and W8, and the statuses; that W4 is not about SYSTEM and INTEGRATION, so that W5
//! can be; that a name which neither the directory nor CRM knows is no member (W2).

use serde::Serialize;
use uuid::Uuid;

use super::administrators::is_role_of;
use super::provisioning;
use super::support::documented;
use crate::fault::{Fault, Kind, Result, RuleId, code};
use crate::identity::user_named;
use crate::licensing::{ADMINISTRATIVE, Class, Facts, READ};
use crate::security::SYSTEM_ADMINISTRATOR;
use crate::service::registry::{Documented, Rule, Trigger};
use crate::service::{Execution, access};
use crate::world::World;

/// The template of the role System Customizer.
const SYSTEM_CUSTOMIZER: Uuid = uuid::uuid!("119f245c-3cc8-4b62-b31c-d1a046ced15d");

/// Who signed in, and what the web client looks like to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SignedIn {
    /// The user.
    pub user: Uuid,
    /// What it gets.
    pub shell: Shell,
    /// The rule that says so: `W10`, `W11` or `W12`.
    pub rule: &'static str,
}

/// What of the web client a user gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Shell {
    /// Everything (W12).
    Full,
    /// Everything, without saving (W11).
    ReadOnly,
    /// The settings area alone (W10).
    SettingsOnly,
}

/// An area of the web client's site map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Area {
    /// Accounts, contacts, leads, opportunities.
    Sales,
    /// Campaigns and lists.
    Marketing,
    /// Cases and queues.
    Service,
    /// Administration.
    Settings,
}

impl Area {
    /// Every area, in the order of the site map.
    pub const ALL: &[Self] = &[Self::Sales, Self::Marketing, Self::Service, Self::Settings];
}

impl SignedIn {
    /// Whether the user may open an area.
    ///
    /// # Errors
    ///
    /// `InsufficientAccessMode` for anything but the settings of a user who gets these only (W10).
    pub fn may_open(&self, area: Area) -> Result<()> {
        if self.shell == Shell::SettingsOnly && area != Area::Settings {
            return Err(Fault::new(&code::InsufficientAccessMode).rule(RuleId("W10")).hint(
                "An Administrative user has the Settings area only; make the user Read-Write (accessmode 0).",
            ));
        }
        Ok(())
    }

    /// Whether the user may save.
    pub fn may_save(&self) -> bool {
        self.shell != Shell::ReadOnly
    }
}

/// Signs somebody in by a name, as a browser does. What waits of the account has been learned of before (D11).
///
/// # Errors
///
/// W1 with 401, W2 to W9 with 403; the hint says what would help.
pub fn sign_in(world: &World, name: &str) -> Result<SignedIn> {
    let user = known_to_directory(world, name.trim())?;
    let facts = user.and_then(|user| Facts::of(world, user)).ok_or_else(not_a_member)?;
    may_be_here(world, &facts)?;
    may_use_client(world, &facts)?;
    let (shell, rule) = match facts.mode {
        ADMINISTRATIVE => (Shell::SettingsOnly, "W10"),
        READ => (Shell::ReadOnly, "W11"),
        _ => (Shell::Full, "W12"),
    };
    Ok(SignedIn { user: facts.id, shell, rule })
}

/// W1: the directory refuses. The user with the name, where the directory has nothing against it.
fn known_to_directory(world: &World, name: &str) -> Result<Option<Uuid>> {
    let directory = world.directory();
    let by_name = || user_named(world, name);
    if let Some(account) = directory.account_named(name) {
        if !account.account_enabled {
            return Err(refused_by_directory(
                "Your account has been blocked.",
                "Unblock the account in the directory: accountEnabled true.",
            ));
        }
        return Ok(provisioning::user_of(world, account.id).or_else(by_name));
    }
    let user = by_name();
    let lost = || Facts::of(world, user?)?.object_id.filter(|_| !directory.is_empty());
    let is_gone = user.is_some_and(|user| provisioning::is_account_deleted(world, user))
        || lost().is_some_and(|id| directory.account(id).is_none());
    if is_gone || directory.deleted_named(name).is_some() {
        return Err(refused_by_directory(
            "This username does not exist any longer.",
            "Restore the account in the directory within thirty days, or add another one.",
        ));
    }
    // One that was renamed, and whose user still has the old name, is not known by it any longer.
    let is_renamed = lost().is_some();
    Ok(user.filter(|_| !is_renamed))
}

fn refused_by_directory(message: &'static str, hint: &'static str) -> Fault {
    Fault::with(&code::InvalidUserAuth, message).kind_of(Kind::Unauthenticated).rule(RuleId("W1")).hint(hint)
}

fn not_a_member() -> Fault {
    Fault::new(&code::UserNotMemberOfOrg)
        .rule(RuleId("W2"))
        .hint("Assign the account a CRM license in the directory, or create a user with this domainname.")
}

/// W2, W3: whether the organization takes the user at all.
fn may_be_here(world: &World, user: &Facts) -> Result<()> {
    let guard = world.settings().security_group.0;
    if user.account(world).is_some_and(|account| !account.passes(guard)) {
        return Err(Fault::new(&code::UserNotMemberOfOrg)
            .rule(RuleId("W2"))
            .rule(RuleId("D8"))
            .hint("Make the account a member of the organization's security group, or empty the setting security_group."));
    }
    if user.deleted || user.disabled {
        let hint = if user.class(world) == Class::Directory && !user.licensed {
            "The user has no license: assign one to the account in the directory."
        } else {
            "Enable the user: PATCH systemusers(id) with isdisabled false."
        };
        return Err(Fault::with(
            &code::UserNotEnabled,
            format!("The specified user(Id = {}) is disabled.", user.id),
        )
        .rule(RuleId("W3"))
        .hint(hint));
    }
    Ok(())
}

/// W4 to W9: whether the user may use the web client.
fn may_use_client(world: &World, user: &Facts) -> Result<()> {
    let class = user.class(world);
    if matches!(class, Class::System | Class::Support | Class::DelegatedAdmin) {
        return Err(Fault::new(&code::RecordAccessDenied)
            .rule(RuleId("W5"))
            .hint("Built-in users do not sign in here; sign in as another user."));
    }
    if user.is_non_interactive() || class == Class::Application {
        return Err(Fault::new(&code::NonInteractiveUserCannotAccessUI)
            .rule(RuleId("W4"))
            .hint("The user is set up right for the Web API; for the web client give it accessmode 0 and enable it."));
    }
    let holder = access::of_user(world, user.id).ok_or_else(not_a_member)?;
    if holder.is_unit_disabled {
        return Err(Fault::new(&code::BusinessNotEnabled)
            .rule(RuleId("W6"))
            .hint("Enable the user's business unit, or move the user to another one."));
    }
    if class == Class::Directory && !user.licensed && !user.is_tenant_admin(world) {
        return Err(Fault::new(&code::UserNotAssignedLicense)
            .rule(RuleId("W7"))
            .hint("Assign the account a CRM license in the directory."));
    }
    if holder.roles.is_empty() {
        return Err(Fault::new(&code::UserNotAssignedRoles)
            .rule(RuleId("W8"))
            .hint("Give the user a security role: POST systemusers(id)/systemuserroles_association/$ref."));
    }
    let administers = || {
        holder.roles.iter().any(|held| {
            [SYSTEM_ADMINISTRATOR, SYSTEM_CUSTOMIZER]
                .iter()
                .any(|template| is_role_of(world, held.id, *template))
        })
    };
    if world.settings().admin_only_mode && !administers() {
        return Err(Fault::new(&code::UserDoesNotHaveAdminOnlyModePermissions).rule(RuleId("W9")).hint(
            "Set admin_only_mode to false, or sign in as a System Administrator or System Customizer.",
        ));
    }
    Ok(())
}

/// The rules by number.
#[derive(Debug)]
pub(super) struct SignIn;

const RULES: &[Documented] = &[
    documented(
        "W1",
        "The directory refuses accounts that are blocked or deleted.",
        "reference 7.1; status 401",
    ),
    documented(
        "W2",
        "Who has no user, or is outside the security group, is no member of the organization.",
        "KB 3210340; SDK error 0x80072560",
    ),
    documented("W3", "A disabled user does not sign in.", "KB 3210340; SDK error 0x80040225"),
    documented(
        "W4",
        "A non-interactive or application user has no web client.",
        "SEED1; SDK error 0x80044160",
    ),
    documented(
        "W5",
        "Built-in users do not sign in by ordinary credentials.",
        "SDK error 0x80048306; decision",
    ),
    documented("W6", "Nobody signs in from a disabled business unit.", "SDK error 0x8004032C"),
    documented(
        "W7",
        "An unlicensed directory user who administers nothing does not sign in.",
        "SDK error 0x8004D24B",
    ),
    documented("W8", "Without a role, own or a team's, nobody signs in.", "SDK error 0x80042F09"),
    documented(
        "W9",
        "In admin-only mode System Administrators and System Customizers alone sign in.",
        "SDK error 0x8004A113; switch admin_only_mode",
    ),
    documented(
        "W10",
        "An Administrative user has the Settings area, and no other.",
        "SEED2, SEED3; SDK error 0x80044502",
    ),
    documented("W11", "A Read user has a web client that does not save.", "SEED2, SEED3"),
    documented("W12", "A Read-Write user has all of the web client.", "SEED2, SEED3"),
];

impl Rule for SignIn {
    fn documented(&self) -> &'static [Documented] {
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        &[]
    }

    fn run(&self, _execution: &mut Execution<'_, '_>) -> Result<()> {
        Ok(())
    }
}
