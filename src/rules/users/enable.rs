//! Enabling: U34 to U39c.
//!
//! `Source:` SEED3 ("only licensed users or users who have an access mode of support or non-interactive can be
//! enabled"), PP:create-users.md, the SDK's error texts 0x80042F14, 0x8004B050, 0x8004D24C, 0x8004032C.
//! `Assumed:` the code of U34a and U39c, and that an account missing from a directory that has accounts is blocked.

use super::super::support::{documented, facts_now, is_consequence, is_unit_disabled};
use super::{is_interactive, seat_hint, slot_hint, write};
use crate::fault::{Fault, Result, RuleId, code};
use crate::licensing::{ADMINISTRATIVE, Class, Facts, seats, slots};
use crate::model::Value;
use crate::service::Execution;
use crate::service::registry::{Documented, Rule, Stage, Trigger, Verb, on};

/// See the module.
#[derive(Debug)]
pub(in crate::rules) struct Enable;

const RULES: &[Documented] = &[
    documented("U34", "Enabling a non-interactive user takes a free slot.", "SEED3; SDK error 0x8004B050"),
    documented(
        "U34a",
        "A blocked directory account bars even a non-interactive user.",
        "PP:create-users.md; code decided",
    ),
    documented("U35", "An application user can always be enabled.", "PP:create-users.md"),
    documented("U36", "A licensed directory user can be enabled.", "SEED3"),
    documented(
        "U37",
        "An unlicensed directory administrator is enabled as Administrative.",
        "PP:create-users.md",
    ),
    documented(
        "U38",
        "An unlicensed directory user or a stub cannot be enabled.",
        "SDK error 0x8004D24C; SEED3",
    ),
    documented("U39", "Outside the directory enabling takes a free seat.", "SDK error 0x80042F14"),
    documented("U39a", "An administrative user outside the directory needs no seat.", "L4"),
    documented("U39b", "Nobody is enabled in a disabled business unit.", "SDK error 0x8004032C; decision"),
    documented("U39c", "A deleted user cannot be enabled.", "PP:delete-users.md; code decided"),
];

impl Rule for Enable {
    fn documented(&self) -> &'static [Documented] {
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[on("systemuser", Verb::Update, Stage::PreOperation)];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        let column = execution.known().systemuser.isdisabled;
        if is_consequence(execution) || execution.requested(column) != Some(&Value::Bool(false)) {
            return Ok(());
        }
        let now = facts_now(execution);
        if now.disabled {
            let after = enabled(execution, &now)?;
            write(execution, &now, &after);
        }
        Ok(())
    }
}

fn enabled(execution: &mut Execution<'_, '_>, now: &Facts) -> Result<Facts> {
    at_all(execution, now)?;
    let world = execution.world();
    let mut after = Facts { disabled: false, ..*now };
    match now.class(world) {
        Class::Application => {}
        Class::Stub => {
            return Err(unlicensed("This record is a stub; it can own data and cannot be enabled."));
        }
        class if now.is_non_interactive() => {
            if class == Class::Directory && !now.is_admitted_by_directory(world) {
                return Err(blocked("U34a"));
            }
            if slots(world).available() == 0 {
                return Err(Fault::new(&code::InvalidNonInteractiveUserQuota)
                    .rule(RuleId("U34"))
                    .rule(RuleId("L5"))
                    .hint(slot_hint(world)));
            }
        }
        Class::Directory if now.licensed && now.is_admitted_by_directory(world) => {}
        Class::Directory if now.licensed => return Err(blocked("U36")),
        Class::Directory if now.is_tenant_admin(world) && now.is_admitted_by_directory(world) => {
            after.mode = ADMINISTRATIVE;
            after.setup = true;
            execution.note(
                RuleId("U37"),
                "Enabled as Administrative: a directory administrator without a license.",
            );
        }
        Class::Directory => {
            return Err(unlicensed(
                "Assign the account a CRM license in the directory, or make the user non-interactive while it is licensed.",
            ));
        }
        _ if is_interactive(now.mode) => {
            if seats(world).available() == 0 {
                return Err(Fault::new(&code::LicenseNotEnoughToActivate)
                    .rule(RuleId("U39"))
                    .hint(seat_hint(world)));
            }
            after.licensed = true;
        }
        _ => {}
    }
    Ok(after)
}

/// U39c and U39b, whatever the class.
fn at_all(execution: &Execution<'_, '_>, now: &Facts) -> Result<()> {
    let catalogue = execution.catalogue;
    let user = &catalogue.known().systemuser;
    let gone = execution.value(user.azurestate).as_int().is_some_and(|state| state != 0);
    if now.deleted || gone {
        return Err(Fault::new(&code::UserCannotEnableWithoutLicense)
            .rule(RuleId("U39c"))
            .hint("The user or its directory account is deleted; restore the account in the directory."));
    }
    let unit = execution.value(user.businessunitid).as_id();
    if unit.is_some_and(|unit| is_unit_disabled(execution.world(), unit)) {
        return Err(Fault::new(&code::BusinessNotEnabled)
            .rule(RuleId("U39b"))
            .hint("Enable the user's business unit, or move the user to another one."));
    }
    Ok(())
}

fn unlicensed(hint: &'static str) -> Fault {
    Fault::new(&code::UserCannotEnableWithoutLicense).rule(RuleId("U38")).hint(hint)
}

fn blocked(rule: &'static str) -> Fault {
    Fault::new(&code::UserCannotEnableWithoutLicense)
        .rule(RuleId(rule))
        .hint("The directory account is blocked or gone; unblock it in the directory.")
}
