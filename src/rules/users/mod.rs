//! The life of a user: section 3 of the reference, one family a file.

mod access_mode;
mod business_unit;
mod create;
mod delete;
mod disable;
mod duplicates;
mod enable;
mod hierarchy;
mod protected_columns;
mod settings;
mod side_effects;
mod time_zone;

pub(super) use access_mode::AccessMode;
pub(super) use business_unit::{BusinessUnit, Move, move_records};
pub(super) use create::{Defaults, Entitlement};
pub(super) use delete::Delete;
pub(super) use disable::Disable;
pub(super) use duplicates::Duplicates;
pub(super) use enable::Enable;
pub(super) use hierarchy::Hierarchy;
pub(super) use protected_columns::ProtectedColumns;
pub(super) use settings::{DefaultQueue, UserSettings};
pub(super) use side_effects::{ChosenQueue, SideEffects};

use crate::licensing::{Class, Facts, NON_INTERACTIVE, READ, READ_WRITE, seats, slots};
use crate::model::Value;
use crate::service::Execution;
use crate::world::World;

/// Writes what a rule made of a user into the operation.
fn write(execution: &mut Execution<'_, '_>, from: &Facts, to: &Facts) {
    let catalogue = execution.catalogue;
    let user = &catalogue.known().systemuser;
    if from.mode != to.mode {
        execution.set(user.accessmode, to.mode);
        note_time(execution, from.mode, to.mode);
    }
    if from.disabled != to.disabled {
        execution.set(user.isdisabled, to.disabled);
    }
    if from.licensed != to.licensed {
        execution.set(user.islicensed, to.licensed);
    }
    if from.setup != to.setup {
        execution.set(user.setupuser, to.setup);
    }
}

/// Keeps the time since when a user is non-interactive, which the directory's synchronisation asks for (D20).
fn note_time(execution: &mut Execution<'_, '_>, from: i32, to: i32) {
    if from == to {
        return;
    }
    let since = match to {
        NON_INTERACTIVE => Value::DateTime(execution.session.transaction().now().as_second()),
        _ => Value::Null,
    };
    let column = execution.known().systemuser.emulator_noninteractivesince;
    execution.set(column, since);
}

/// Whether a user of CRM alone would take a seat if it were enabled with this mode.
fn is_interactive(mode: i32) -> bool {
    matches!(mode, READ_WRITE | READ)
}

/// Whether the user's seat comes and goes with what CRM does to it (L1), and not with the directory (L3).
fn holds_own_seat(world: &World, user: &Facts) -> bool {
    user.class(world) == Class::CrmManaged && user.takes_seat(world)
}

/// What would free a seat, for hints.
fn seat_hint(world: &World) -> String {
    let seats = seats(world);
    format!(
        "All {} licenses are in use: disable an interactive user, make one non-interactive, or raise the setting licenses.",
        seats.purchased
    )
}

/// What would free a slot, for hints.
fn slot_hint(world: &World) -> String {
    let slots = slots(world);
    format!(
        "{} of {} non-interactive users are in use: disable one, give it another access mode, or raise the setting non_interactive_limit.",
        slots.used, slots.limit
    )
}
