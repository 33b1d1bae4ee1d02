//! Facts about teams that rules, messages and whoever computes access ask for. Nothing here writes.
//!
//! `Source:` PA:use-access-teams (users-and-licensing.md 1.2, 5.3).

use uuid::Uuid;

use crate::model::{Reference, ValueRef};
use crate::world::World;

/// `teamtype` of a team that owns rows and has roles (T5).
pub const OWNER: i32 = 0;
/// `teamtype` of a team that rows are shared with, and no more (T6).
pub const ACCESS: i32 = 1;

/// The `teamtype` of a team; `None` where there is no such team.
pub fn kind(world: &World, team: Uuid) -> Option<i32> {
    let teams = &world.known().team;
    world.records().table(teams.id).get(team)?.get(teams.teamtype).as_int()
}

/// Whether a `teamtype` is that of a group of the directory (T13).
pub fn is_group(kind: i32) -> bool {
    kind > ACCESS
}

/// Whether a principal is a team that the system made for one record (T9). Nobody shares with it by hand (T12).
pub fn is_system_managed(world: &World, principal: Reference) -> bool {
    let teams = &world.known().team;
    let row = world.records().table(teams.id).get(principal.id).filter(|_| principal.table == teams.id);
    row.is_some_and(|row| row.get(teams.systemmanaged) == ValueRef::Bool(true))
}

/// The teams that the system made for a record.
pub fn all_of_record(world: &World, record: Reference) -> Vec<Uuid> {
    let teams = &world.known().team;
    let rows = world.records().table(teams.id).rows_with(teams.regardingobjectid, ValueRef::Guid(record.id));
    rows.filter(|row| row.get(teams.systemmanaged) == ValueRef::Bool(true))
        .filter(|row| row.get(teams.regardingobjectid).to_value().as_lookup() == Some(record))
        .map(|row| row.id())
        .collect()
}

/// The team that the system made for a record by a template (T9).
pub fn of_record(world: &World, record: Reference, template: Uuid) -> Option<Uuid> {
    let teams = &world.known().team;
    let of_template = |team: &Uuid| {
        let row = world.records().table(teams.id).get(*team);
        row.and_then(|row| row.get(teams.teamtemplateid).as_id()) == Some(template)
    };
    all_of_record(world, record).into_iter().find(of_template)
}
