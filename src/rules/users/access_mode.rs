//! Changes of `accessmode`: U26 (their place among the columns of one update), U27, U29 to U33.
//!
//! `Source:` SEED0 (becoming non-interactive frees the licence), SEED1, SEED2 and SEED3 (leaving disables), the SDK's
//! error texts 0x80041D2F, 0x80041D38 to 0x80041D40, 0x80041D66, 0x8004B049, 0x8004B050; PP:create-users.md,
//! PP:global-service-administrators-can-administer-without-license.md.
//! `Assumed:` the order of U26, and that a stub, having no licence, is refused like an unlicensed directory user.

use super::super::administrators;
use super::super::support::{documented, facts_before, facts_now, is_consequence};
use super::{holds_own_seat, is_interactive, note_time, seat_hint, slot_hint, write};
use crate::fault::{Fault, Result, RuleId, code};
use crate::licensing::{ADMINISTRATIVE, Class, Facts, NON_INTERACTIVE, READ, seats, slots};
use crate::model::Value;
use crate::service::Execution;
use crate::service::registry::{Documented, Rule, Stage, Trigger, Verb, on};
use crate::settings::{LeaveDisables, ReadMode};

/// See the module.
#[derive(Debug)]
pub(in crate::rules) struct AccessMode;

const RULES: &[Documented] = &[
    documented(
        "U26",
        "In one update read-only columns come first, then the business unit, the access mode, isdisabled last.",
        "decision",
    ),
    documented("U27", "Read access mode is refused where read_mode says so.", "SDK error 0x80041D40"),
    documented("U27a", "Nobody makes himself read-only.", "SDK error 0x80041D39"),
    documented("U27b", "The last writing System Administrator stays writing.", "SDK error 0x80041D38"),
    documented(
        "U29",
        "Becoming non-interactive takes a slot; outside the directory it frees the seat.",
        "SEED0, SEED1",
    ),
    documented(
        "U29a",
        "Without a free slot an enabled user cannot become non-interactive.",
        "SDK error 0x8004B050",
    ),
    documented("U29b", "A disabled user becomes non-interactive without a slot.", "decision"),
    documented(
        "U29c",
        "A directory user needs a licence to become non-interactive.",
        "SDK error 0x80041D66; SEED1",
    ),
    documented("U29d", "A stub cannot become non-interactive.", "decision"),
    documented("U30", "Leaving non-interactive access disables the user.", "SEED2, SEED3"),
    documented(
        "U31",
        "Becoming administrative frees the seat of a user outside the directory.",
        "PP:create-users.md; decision",
    ),
    documented("U32", "A licensed directory user may leave Administrative.", "PP:create-users.md"),
    documented(
        "U32a",
        "An unlicensed one may not.",
        "PP:global-service-administrators; SDK error 0x80041D66",
    ),
    documented(
        "U32b",
        "Outside the directory leaving Administrative takes a seat.",
        "SDK error 0x8004B049; decision",
    ),
    documented("U33", "Between Read-Write and Read the seat stays.", "decision"),
];

impl Rule for AccessMode {
    fn documented(&self) -> &'static [Documented] {
        RULES
    }

    fn triggers(&self) -> &'static [Trigger] {
        const ON: &[Trigger] = &[on("systemuser", Verb::Update, Stage::PreOperation)];
        ON
    }

    fn run(&self, execution: &mut Execution<'_, '_>) -> Result<()> {
        let catalogue = execution.catalogue;
        let user = &catalogue.known().systemuser;
        if is_consequence(execution) {
            let (before, now) = (facts_before(execution), facts_now(execution));
            // Who lost the race (D20) keeps the time, by which its recovery is told from an administrator's choice.
            if execution.input.mentions(user.emulator_noninteractivesince).is_none() {
                note_time(execution, before.mode, now.mode);
            }
            return Ok(());
        }
        // U26: the wish for isdisabled waits in `asked` for the rules that come after this one.
        execution.input.remove(user.isdisabled);
        let before = facts_before(execution);
        let to = match execution.requested(user.accessmode) {
            Some(Value::Int(to)) if *to != before.mode => *to,
            _ => return Ok(()),
        };
        refuse_read(execution, &before, to)?;
        let after = match (before.mode, to) {
            (NON_INTERACTIVE, _) => leave(execution, &before, to)?,
            (_, NON_INTERACTIVE) => enter(execution, &before)?,
            (ADMINISTRATIVE, _) => promote(execution, &before, to)?,
            (_, ADMINISTRATIVE) => demote(execution, &before)?,
            _ => Facts { mode: to, ..before },
        };
        write(execution, &before, &after);
        Ok(())
    }
}

/// U27, U27a, U27b.
fn refuse_read(execution: &Execution<'_, '_>, before: &Facts, to: i32) -> Result<()> {
    if to != READ {
        return Ok(());
    }
    if execution.settings().read_mode == ReadMode::Refused {
        return Err(Fault::new(&code::ReadOnlyUserNotSupported)
            .rule(RuleId("U27"))
            .hint("Choose accessmode 0, 1 or 4, or set read_mode to supported."));
    }
    if execution.caller.user == execution.id {
        return Err(Fault::new(&code::CannotMakeSelfReadOnlyUser)
            .rule(RuleId("U27a"))
            .hint("Let another administrator change your access mode."));
    }
    if administrators::is_last_writing(execution.world(), before) {
        return Err(Fault::new(&code::CannotMakeReadOnlyUser)
            .rule(RuleId("U27b"))
            .hint("Give another enabled user the System Administrator role first."));
    }
    Ok(())
}

/// U29: 0, 1 or 2 to 4.
fn enter(execution: &mut Execution<'_, '_>, before: &Facts) -> Result<Facts> {
    let world = execution.world();
    let class = before.class(world);
    if class == Class::Directory && !before.licensed {
        return Err(Fault::new(&code::InvalidAccessModeTransition).rule(RuleId("U29c")).hint(
            "Assign the account a CRM license in the directory, let it synchronise, then set accessmode 4.",
        ));
    }
    if class == Class::Stub {
        return Err(Fault::new(&code::InvalidAccessModeTransition)
            .rule(RuleId("U29d"))
            .hint("This record is a stub without a directory account; create a new user instead."));
    }
    let mut after = Facts { mode: NON_INTERACTIVE, ..*before };
    if before.disabled {
        execution.note(
            RuleId("U29b"),
            "The user is disabled, so no non-interactive slot is taken until it is enabled.",
        );
        return Ok(after);
    }
    if slots(world).available() == 0 {
        return Err(Fault::new(&code::InvalidNonInteractiveUserQuota)
            .rule(RuleId("U29a"))
            .hint(slot_hint(world)));
    }
    if class == Class::CrmManaged {
        let freed = holds_own_seat(world, before);
        after.licensed = false;
        if freed {
            execution.note(RuleId("L2"), "The license was freed and a non-interactive slot taken.");
        }
    } else {
        execution.note(RuleId("L3"), "The license stays consumed until it is removed in the directory.");
        let settle_delay = execution.settings().non_interactive_settle_delay;
        if let Ok(settled) = execution.session.transaction().now().checked_add(settle_delay)
            && !settle_delay.is_zero()
        {
            execution.note(
                RuleId("D20"),
                format!("Removed before {settled}, the license leaves the user Administrative and disabled."),
            );
        }
    }
    Ok(after)
}

/// U30: 4 to anything else.
fn leave(execution: &mut Execution<'_, '_>, before: &Facts, to: i32) -> Result<Facts> {
    let mut after = Facts { mode: to, ..*before };
    let always = execution.settings().non_interactive_leave_disables == LeaveDisables::Always;
    if before.disabled || !always && before.licensed {
        return Ok(after);
    }
    if administrators::is_last(execution.world(), before) {
        return Err(Fault::new(&code::CannotDisableSysAdmin)
            .rule(RuleId("U30"))
            .rule(RuleId("I5"))
            .hint("Leaving accessmode 4 disables the user; give another enabled user the System Administrator role first."));
    }
    after.disabled = true;
    execution.note(
        RuleId("U30"),
        "Leaving non-interactive access disabled the user; enable it with isdisabled false.",
    );
    Ok(after)
}

/// U31: 0 or 2 to 1.
fn demote(execution: &mut Execution<'_, '_>, before: &Facts) -> Result<Facts> {
    let class = before.class(execution.world());
    let mut after = Facts { mode: ADMINISTRATIVE, ..*before };
    match class {
        Class::CrmManaged => {
            if holds_own_seat(execution.world(), before) {
                execution.note(RuleId("L4"), "The license was freed: an administrative user needs none.");
            }
            after.licensed = false;
        }
        Class::Directory if before.licensed => {}
        _ => {
            return Err(Fault::new(&code::InvalidAccessModeTransition)
                .rule(RuleId("U31"))
                .hint("Assign the account a CRM license in the directory first."));
        }
    }
    Ok(after)
}

/// U32: 1 to 0 or 2.
fn promote(execution: &mut Execution<'_, '_>, before: &Facts, to: i32) -> Result<Facts> {
    let world = execution.world();
    let mut after = Facts { mode: to, ..*before };
    match before.class(world) {
        Class::Directory if before.licensed => after.setup = false,
        Class::CrmManaged if before.disabled || !is_interactive(to) => {}
        Class::CrmManaged => {
            if seats(world).available() == 0 {
                return Err(Fault::new(&code::InvalidInteractiveUserQuota)
                    .rule(RuleId("U32b"))
                    .hint(seat_hint(world)));
            }
            after.licensed = true;
        }
        _ => {
            return Err(Fault::new(&code::InvalidAccessModeTransition)
                .rule(RuleId("U32a"))
                .hint("Assign the account a CRM license in the directory first."));
        }
    }
    Ok(after)
}
