//! What several rule families ask: whose doing an operation is, who is above whom, who owns something.
//!
//! `Assumed:` what an owner owns is what `service/ownership.rs` says it is, for deletes as for reassigning (S21).

use compact_str::CompactString;
use uuid::Uuid;

use crate::fault::RuleId;
use crate::licensing::Facts;
use crate::model::{Record, Reference, Value, ValueRef, known};
pub(super) use crate::service::ownership::{is_unit_disabled, own_queue, owned_by};
use crate::service::registry::{Documented, Violation};
use crate::service::{Execution, Origin};
use crate::world::World;

/// One documented rule.
pub(super) const fn documented(id: &'static str, title: &'static str, source: &'static str) -> Documented {
    Documented { id: RuleId(id), title, source }
}

/// Whether the operation follows from a rule or from the directory, and not from somebody's wish. Such operations
/// know what they do; refusals and entitlement are for wishes.
pub(super) fn is_consequence(execution: &Execution<'_, '_>) -> bool {
    matches!(execution.origin, Origin::Consequence | Origin::Directory)
}

/// The user as it was before.
pub(super) fn facts_before(execution: &Execution<'_, '_>) -> Facts {
    Facts::of_record(execution.world(), execution.id, &execution.before)
}

/// The user as the operation will leave it so far.
pub(super) fn facts_now(execution: &Execution<'_, '_>) -> Facts {
    Facts::read(execution.world(), execution.id, |column| execution.value(column).as_ref())
}

/// The text that a request gives a column, if it is not empty.
pub(super) fn text(value: &Value) -> Option<&str> {
    let text = value.as_str()?;
    let is_plain = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    // Hardly any text has to be trimmed, and this is asked of several in every create.
    let bare = is_plain(text.as_bytes().first()) && is_plain(text.as_bytes().last());
    let text = if bare { text } else { text.trim() };
    Some(text).filter(|text| !text.is_empty())
}

/// The business units below one, nearest first.
pub(super) fn units_below(world: &World, unit: Uuid) -> Vec<Uuid> {
    let units = &world.known().businessunit;
    let table = world.records().table(units.id);
    let mut found = vec![unit];
    let mut at = 0;
    while let Some(parent) = found.get(at).copied() {
        let children =
            table.rows_with(units.parentbusinessunitid, ValueRef::Guid(parent)).map(|row| row.id());
        let new: Vec<_> = children.filter(|id| !found.contains(id)).collect();
        found.extend(new);
        at += 1;
    }
    found.remove(0);
    found
}

/// The default team of the business unit that was asked about first.
#[derive(Debug, Clone, Copy)]
struct DefaultTeam {
    unit: Uuid,
    team: Uuid,
}

/// The default team of a business unit (T1).
pub(super) fn default_team(world: &World, unit: Uuid) -> Option<Uuid> {
    if let Some(found) = world.found::<DefaultTeam>().filter(|found| found.unit == unit) {
        return Some(found.team);
    }
    let teams = &world.known().team;
    let rows = world.records().table(teams.id).rows_with(teams.businessunitid, ValueRef::Guid(unit));
    let default = rows.into_iter().find(|row| row.get(teams.isdefault) == ValueRef::Bool(true))?;
    world.keep(DefaultTeam { unit, team: default.id() });
    Some(default.id())
}

/// Whether a team is a default team.
pub(super) fn is_default_team(world: &World, team: Uuid) -> bool {
    let teams = &world.known().team;
    let row = world.records().table(teams.id).get(team);
    row.is_some_and(|row| row.get(teams.isdefault) == ValueRef::Bool(true))
}

/// `queueviewtype`: private.
const PRIVATE: i32 = 1;

/// The name of the private queue of a user or a team: its owner's in angle brackets (U50, T3).
pub(super) fn queue_name(owner: &str) -> Value {
    /// Characters of a name that fit between the brackets.
    const LONGEST: usize = 198;
    // A name of no more bytes has no more characters; only longer ones need counting.
    let beyond = if owner.len() > LONGEST { owner.char_indices().nth(LONGEST) } else { None };
    let end = beyond.map_or(owner.len(), |(end, _)| end);
    let mut name = CompactString::with_capacity(end + 2);
    name.push('<');
    name.push_str(&owner[..end]);
    name.push('>');
    Value::String(name)
}

/// What the private queues of users and teams have in common.
pub(super) fn default_queue(queue: &known::Queue) -> Record {
    record([
        (queue.queueviewtype, PRIVATE.into()),
        (queue.incomingemaildeliverymethod, 0.into()),
        (queue.incomingemailfilteringmethod, 0.into()),
        (queue.outgoingemaildeliverymethod, 0.into()),
    ])
}

/// A record of these values.
pub(super) fn record<const N: usize>(values: [(crate::model::ColumnId, Value); N]) -> Record {
    values.into_iter().collect()
}

/// Something that should hold of a row and does not.
pub(super) fn violation(rule: &'static str, row: Reference, what: impl Into<String>) -> Violation {
    Violation { rule: RuleId(rule), row: Some(row), what: what.into() }
}
