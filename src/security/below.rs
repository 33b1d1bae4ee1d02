//! What hierarchy security adds: users see what those below them see, and change what their direct reports may.
//!
//! `Source:` "Hierarchy security" (Power Platform documentation): a manager needs the privilege at Basic at least, and
//! must be of the report's business unit or one above it; positions know no business units. Direct reports' rows may be
//! read, written, appended and appended to, those further down read. Theirs are rows they or their teams own, and rows
//! shared with either.

use uuid::Uuid;

use super::cache::{Cache, Rows};
use super::holder::{Holder, teams_of};
use crate::hierarchy::Model;
use crate::model::AccessRights;

/// The users below a holder whose rows a right reaches, with their teams; empty where the organization does not use the
/// model.
pub fn below(cache: &Cache, rows: Rows<'_>, holder: &Holder, right: AccessRights) -> Vec<Uuid> {
    let writes = AccessRights::WRITE | AccessRights::APPEND | AccessRights::APPEND_TO;
    let is_team = holder.principal.table == rows.catalogue.known().team.id;
    let Some(model) = Model::of(rows.catalogue, rows.records).filter(|_| !is_team) else { return Vec::new() };
    let levels = match right {
        AccessRights::READ => model.levels,
        right if writes.contains(right) => 1,
        _ => return Vec::new(),
    };
    let users = &rows.catalogue.known().systemuser;
    let units = cache.units(rows).with_below(holder.unit);
    let mut found = Vec::new();
    for user in model.below(rows.catalogue, rows.records, holder.principal.id, levels) {
        let unit =
            rows.records.table(users.id).get(user).and_then(|row| row.get(users.businessunitid).as_id());
        if model.of_positions || unit.is_some_and(|unit| units.contains(&unit)) {
            found.push(user);
            found.extend(teams_of(rows, user));
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}
