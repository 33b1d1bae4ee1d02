//! What becomes of a new user: U5 to U17.
//!
//! `Source:` SEED0 ("nothing will stop you from creating a user programmatically", with its four columns), SEED3
//! ("only licensed users ... can be enabled"; `IsSyncWithDirectory` is set on create), PP:create-users.md,
//! PP:manage-application-users.md, SDK15 hh670617 (stubs), the SDK's error texts 0x80041D40, 0x80041D4B,
//! 0x8004B049, 0x8004B050.
//! `Assumed:` a create never fails for lack of seats but leaves the user disabled (U11, `api_create_without_seat`);
//! names the system makes up (U9, U15); an unlicensed directory account cannot be created non-interactive, as it
//! cannot become so (U29c).

use super::super::provisioning::profile::{self, Purpose};
use super::super::support::{documented, facts_now, is_consequence, text};
use super::{is_interactive, note_time, seat_hint, slot_hint};
use crate::directory::Account;
use crate::fault::{Fault, Result, RuleId, code};
use crate::licensing::{ADMINISTRATIVE, Facts, NON_INTERACTIVE, READ, READ_WRITE, STUB_USER, seats, slots};
use crate::model::{Record, Reference, Value};
use crate::service::registry::{Documented, Rule, Stage, Trigger, Verb, on};
use crate::service::{Execution, Origin};
use crate::settings::{Overflow, ReadMode, UnsyncedNonInteractive, WithoutSeat};
use crate::world::World;

const ON_CREATE: &[Trigger] = &[on("systemuser", Verb::Create, Stage::PreOperation)];

/// Fills in what a request may leave out: business unit, names, sign-in name, the directory's profile.
#[derive(Debug)]
pub(in crate::rules) struct Defaults;

impl Rule for Defaults {
    fn documented(&self) -> &'static [Documented] {
        const RULES: &[Documented] = &[
            documented(
                "U6",
                "accessmode, firstname, lastname and businessunitid are enough to create a user.",
                "SEED0",
            ),
            documented(
                "U15",
                "A missing domainname is made up, a missing internalemailaddress is empty.",
                "decision; switch strict_required",
            ),
        ];
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        ON_CREATE
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        let catalogue = execution.catalogue;
        let known = catalogue.known();
        let user = &known.systemuser;
        if execution.input.get(user.businessunitid).is_null() {
            let root = execution.world().identity().root_business_unit;
            execution.set(user.businessunitid, Reference::new(known.businessunit.id, root));
        }
        if let Value::Guid(application) = *execution.input.get(user.applicationid) {
            for (column, name) in [(user.firstname, "#".to_owned()), (user.lastname, application.to_string())]
            {
                if text(execution.input.get(column)).is_none() {
                    execution.set(column, name);
                }
            }
        } else if is_synchronised(execution, &known.systemuser) && !is_consequence(execution) {
            copy_profile(execution)?;
        }
        fill_in_names(execution)
    }
}

fn is_synchronised(execution: &Execution<'_, '_>, user: &crate::model::known::SystemUser) -> bool {
    execution.input.get(user.issyncwithdirectory).as_bool() == Some(true)
}

/// U14: a synchronised user is a directory account's, and looks like it (section 4.3).
fn copy_profile(execution: &mut Execution<'_, '_>) -> Result<()> {
    let catalogue = execution.catalogue;
    let user = &catalogue.known().systemuser;
    let names = [user.domainname, user.windowsliveid].map(|column| execution.input.get(column));
    let account = names
        .into_iter()
        .filter_map(text)
        .find_map(|name| execution.world().directory().account_named(name))
        .cloned()
        .ok_or_else(|| {
            Fault::new(&code::CannotCreateSyncUserObjectMissing)
                .rule(RuleId("U14"))
                .hint("Name an account of the directory in domainname, or leave issyncwithdirectory out.")
        })?;
    for (column, value) in profile::columns(catalogue, &account, Purpose::Create).iter() {
        execution.set(column, value.clone());
    }
    // The account is read as it is now: there is nothing left that synchronisation could tell of it.
    execution.session.transaction().directory_mut().caught_up(account.id);
    Ok(())
}

/// U15.
fn fill_in_names(execution: &mut Execution<'_, '_>) -> Result<()> {
    let catalogue = execution.catalogue;
    let user = &catalogue.known().systemuser;
    let strict = execution.settings().strict_required && !is_consequence(execution);
    for column in [user.domainname, user.internalemailaddress] {
        if text(execution.input.get(column)).is_some() {
            continue;
        }
        let name = &catalogue.table(user.id).column(column).logical_name;
        if strict {
            let message =
                format!("Required field missing. Attribute '{name}' of entity 'systemuser' is required.");
            return Err(Fault::with(&code::RequiredFieldMissing, message)
                .rule(RuleId("U15"))
                .hint(format!("Give {name} a value, or set strict_required to false.")));
        }
        let value = if column == user.domainname { made_up_name(execution) } else { String::new() };
        execution.set(column, value);
    }
    Ok(())
}

/// `<firstname>.<lastname>.<8 hex>@<org>.onmicrosoft.com`
fn made_up_name(execution: &Execution<'_, '_>) -> String {
    let user = &execution.known().systemuser;
    let part = |column| {
        let name = execution.input.get(column).as_str().unwrap_or_default();
        name.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect::<String>()
    };
    let (number, ..) = execution.id.as_fields();
    let organization = &execution.world().identity().unique_name;
    let names: Vec<String> =
        [part(user.firstname), part(user.lastname)].into_iter().filter(|name| !name.is_empty()).collect();
    let dot = if names.is_empty() { "" } else { "." };
    format!("{}{dot}{number:08x}@{organization}.onmicrosoft.com", names.join("."))
}

/// Decides whether a new user is enabled and licensed.
#[derive(Debug)]
pub(in crate::rules) struct Entitlement;

const RULES: &[Documented] = &[
    documented("U5", "A read-only user is refused where read_mode says so.", "SDK error 0x80041D40"),
    documented(
        "U9",
        "An application user is non-interactive and enabled, and counts nowhere.",
        "PP:create-users.md",
    ),
    documented("U10", "A create through the Web API never fails for lack of licences.", "SEED0"),
    documented(
        "U11",
        "With a free seat the new user is enabled and licensed, without one it is created disabled.",
        "SEED0 against SEED3; switch api_create_without_seat",
    ),
    documented(
        "U12",
        "A non-interactive user needs a free slot and no licence.",
        "SEED0 to SEED3; switches non_interactive_overflow, api_create_ni_unsynced",
    ),
    documented(
        "U13",
        "isdisabled true creates a disabled user that takes nothing; false is a wish.",
        "decision",
    ),
    documented(
        "U14",
        "A synchronised user must have a directory account, whose licence and roles decide.",
        "SEED3; SDK error 0x80041D4B",
    ),
    documented(
        "U16",
        "Without CRM-managed users an unsynchronised user is a stub.",
        "SDK15 hh670617; switch crm_managed_users",
    ),
    documented("U17", "An imported user is a stub.", "PP:create-users.md"),
];

impl Rule for Entitlement {
    fn documented(&self) -> &'static [Documented] {
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        ON_CREATE
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        if is_consequence(execution) {
            return Ok(());
        }
        let asked = facts_now(execution);
        let wish_disabled = asked.disabled;
        // Nothing is granted yet; each branch grants what it grants.
        let start = Facts { disabled: true, licensed: false, setup: false, ..asked };
        let user = if execution.origin == Origin::Import {
            imported(execution, &start)
        } else if asked.application {
            Facts { mode: NON_INTERACTIVE, synchronised: false, disabled: wish_disabled, ..start }
        } else {
            refuse_read(execution, asked.mode)?;
            if asked.synchronised {
                synchronised(execution, &start, wish_disabled)?
            } else if asked.mode == NON_INTERACTIVE {
                non_interactive(execution, &start, wish_disabled)?
            } else if execution.settings().crm_managed_users {
                managed(execution, &start, wish_disabled)?
            } else {
                execution.note(
                    RuleId("U16"),
                    "Created as a stub: without crm_managed_users only directory users can be enabled.",
                );
                start
            }
        };
        grant(execution, &user);
        Ok(())
    }
}

/// U5.
fn refuse_read(execution: &Execution<'_, '_>, mode: i32) -> Result<()> {
    if mode == READ && execution.settings().read_mode == ReadMode::Refused {
        return Err(Fault::new(&code::ReadOnlyUserNotSupported)
            .rule(RuleId("U5"))
            .hint("Choose accessmode 0, 1 or 4, or set read_mode to supported."));
    }
    Ok(())
}

/// Puts the verdict into the row.
fn grant(execution: &mut Execution<'_, '_>, verdict: &Facts) {
    let catalogue = execution.catalogue;
    let user = &catalogue.known().systemuser;
    execution.set(user.accessmode, verdict.mode);
    execution.set(user.isdisabled, verdict.disabled);
    execution.set(user.islicensed, verdict.licensed);
    execution.set(user.issyncwithdirectory, verdict.synchronised);
    execution.set(user.setupuser, verdict.setup);
    execution.set(user.userlicensetype, -1);
    if verdict.stub {
        execution.set(user.systemmanagedusertype, STUB_USER);
    }
    if verdict.mode == NON_INTERACTIVE {
        note_time(execution, READ_WRITE, NON_INTERACTIVE);
    }
}

/// U17.
fn imported(execution: &mut Execution<'_, '_>, start: &Facts) -> Facts {
    execution.note(RuleId("U17"), "Imported as a stub: it can own data and cannot sign in.");
    Facts { stub: true, synchronised: false, ..*start }
}

/// U12.
fn non_interactive(execution: &mut Execution<'_, '_>, start: &Facts, wish_disabled: bool) -> Result<Facts> {
    let settings = execution.settings();
    let overflow = settings.non_interactive_overflow;
    if settings.api_create_ni_unsynced == UnsyncedNonInteractive::Stub && !start.synchronised {
        execution.note(RuleId("U12"), "Created as a stub: api_create_ni_unsynced is stub.");
        return Ok(Facts { stub: true, ..*start });
    }
    if wish_disabled {
        return Ok(*start);
    }
    let world = execution.world();
    if slots(world).available() > 0 {
        return Ok(Facts { disabled: false, ..*start });
    }
    if overflow == Overflow::Refuse {
        return Err(Fault::new(&code::InvalidNonInteractiveUserQuota)
            .rule(RuleId("U12"))
            .hint(slot_hint(world)));
    }
    let hint = slot_hint(world);
    execution.note(RuleId("U12"), format!("Created disabled. {hint}"));
    Ok(*start)
}

/// U11, and U39a for administrative users.
fn managed(execution: &mut Execution<'_, '_>, start: &Facts, wish_disabled: bool) -> Result<Facts> {
    if wish_disabled {
        return Ok(*start);
    }
    if !is_interactive(start.mode) {
        return Ok(Facts { disabled: false, ..*start });
    }
    let world = execution.world();
    if seats(world).available() > 0 {
        return Ok(Facts { disabled: false, licensed: true, ..*start });
    }
    if execution.origin == Origin::Wizard {
        return Err(Fault::new(&code::InvalidUserQuota).rule(RuleId("U20")).hint(seat_hint(world)));
    }
    if execution.settings().api_create_without_seat == WithoutSeat::Refuse {
        return Err(Fault::new(&code::InvalidInteractiveUserQuota)
            .rule(RuleId("U11"))
            .hint(seat_hint(world)));
    }
    let hint = seat_hint(world);
    execution.note(RuleId("U11"), format!("Created disabled and unlicensed. {hint}"));
    Ok(*start)
}

/// U14: the account's licence and administrator roles decide.
fn synchronised(execution: &mut Execution<'_, '_>, start: &Facts, wish_disabled: bool) -> Result<Facts> {
    let account = account(execution.world(), &execution.input).cloned();
    let licensed = account.as_ref().is_some_and(Account::is_licensed);
    let admin = account.as_ref().is_some_and(Account::is_admin);
    let guard = execution.settings().security_group.0;
    let blocked = wish_disabled || !account.is_some_and(|account| account.is_admitted(guard));
    let start = Facts { licensed, ..*start };
    if licensed {
        if start.mode == NON_INTERACTIVE {
            let user = non_interactive(execution, &start, blocked)?;
            return Ok(Facts { licensed, ..user });
        }
        return Ok(Facts { disabled: blocked, ..start });
    }
    if start.mode == NON_INTERACTIVE {
        return Err(Fault::new(&code::InvalidAccessModeTransition)
            .rule(RuleId("U29c"))
            .hint("Assign the account a CRM license in the directory before it becomes non-interactive."));
    }
    if admin {
        execution.note(
            RuleId("U14"),
            "A directory administrator without a license: Administrative, restricted access.",
        );
        return Ok(Facts { mode: ADMINISTRATIVE, setup: true, disabled: blocked, ..start });
    }
    execution.note(RuleId("U14"), "Created disabled: the directory account has no license.");
    Ok(start)
}

fn account<'w>(world: &'w World, input: &Record) -> Option<&'w Account> {
    let column = world.known().systemuser.azureactivedirectoryobjectid;
    world.directory().account(input.get(column).as_id()?)
}
