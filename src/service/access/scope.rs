//! What a caller may read of tables, as conditions of a plan: rows out of reach are not refused but left out (R7),
//! columns out of reach are empty (C1).

use super::{authorize, hidden_columns, holders, mask};
use crate::fault::Result;
use crate::identity::Caller;
use crate::model::{Ownership, Table, TableId};
use crate::query::plan::{Alias, ColRef, Expand, Predicate, Query, Source};
use crate::security::{AccessRights, Belonging, Holder, below, shared_rows};
use crate::world::World;

/// Restricts a query to what the caller may read, joined and expanded tables included.
///
/// # Errors
///
/// `PrivilegeDenied` where the caller may read nothing at all of one of the tables.
pub fn restrict(world: &World, caller: &Caller, query: &mut Query) -> Result<()> {
    mask::query(&hidden_columns(world, caller)?, world, query);
    restrict_source(world, caller, &mut query.source)?;
    readable_expand(world, caller, &mut query.expand)
}

/// As [`restrict`], for what is expanded of rows that were found already.
///
/// # Errors
///
/// As [`restrict`].
pub fn restrict_expand(world: &World, caller: &Caller, query: &mut Query) -> Result<()> {
    mask::expands(&hidden_columns(world, caller)?, query.source.table, &mut query.expand);
    readable_expand(world, caller, &mut query.expand)
}

fn readable_expand(world: &World, caller: &Caller, expands: &mut [Expand]) -> Result<()> {
    for expand in expands {
        if let Some(source) = &mut expand.source {
            restrict_source(world, caller, source)?;
        }
        readable_expand(world, caller, &mut expand.expand)?;
    }
    Ok(())
}

fn restrict_source(world: &World, caller: &Caller, source: &mut Source) -> Result<()> {
    restrict_predicate(world, caller, &mut source.filter)?;
    for (at, join) in source.joins.iter_mut().enumerate() {
        restrict_predicate(world, caller, &mut join.on)?;
        let readable = readable(world, caller, join.table, Alias(at as u16 + 1))?;
        join.on = Predicate::and([std::mem::replace(&mut join.on, Predicate::True), readable]);
    }
    let readable = readable(world, caller, source.table, Alias::ROOT)?;
    source.restrict(readable);
    Ok(())
}

/// Related rows that a condition asks for count only where the caller may read them.
fn restrict_predicate(world: &World, caller: &Caller, predicate: &mut Predicate) -> Result<()> {
    match predicate {
        Predicate::And(parts) | Predicate::Or(parts) => {
            parts.iter_mut().try_for_each(|part| restrict_predicate(world, caller, part))
        }
        Predicate::Quant { body, .. } => restrict_source(world, caller, body),
        Predicate::True | Predicate::False | Predicate::Cmp { .. } | Predicate::Cols { .. } => Ok(()),
    }
}

/// What holds of the rows of a table that the caller may read.
///
/// # Errors
///
/// `PrivilegeDenied` where it may read none.
fn readable(world: &World, caller: &Caller, table: TableId, alias: Alias) -> Result<Predicate> {
    let definition = world.catalogue().table(table);
    authorize(world, caller, AccessRights::READ, definition)?;
    Ok(Predicate::and(holders(world, caller)?.map(|holder| reached(world, &holder, definition, alias))))
}

/// What holds of the rows of a table that one holder's privilege to read reaches, or that are shared with it.
fn reached(world: &World, holder: &Holder, table: &Table, alias: Alias) -> Predicate {
    let one_of = |column, ids: Vec<uuid::Uuid>| match Predicate::one_of(column, ids) {
        Predicate::Cmp { column, operator, args } => {
            Predicate::Cmp { column: ColRef { alias, ..column }, operator, args }
        }
        none => none,
    };
    let shares = &world.known().principalobjectaccess;
    let Some(privilege) = world.catalogue().privilege_to(table.id, AccessRights::READ) else {
        return if table.id == shares.id && !holder.is_system_administrator() {
            one_of(shares.principalid, holder.principals().collect())
        } else {
            Predicate::True
        };
    };
    let reach = holder.reach(privilege);
    if reach.everywhere || matches!(table.ownership, Ownership::Organization | Ownership::None) {
        return Predicate::True;
    }
    let own = reach.own.then(|| holder.principals());
    // What business units own is neither shared nor seen through those below.
    let is_owned = table.ownership == Ownership::User;
    let below = if is_owned {
        below(world.security(), world.security_rows(), holder, AccessRights::READ)
    } else {
        Vec::new()
    };
    let owners = own.into_iter().flatten().chain(reach.teams.iter().copied()).chain(below.iter().copied());
    let sharees = holder.principals().chain(below.iter().copied()).filter(|_| is_owned);
    let shared = shared_rows(world.security_rows(), table.id, AccessRights::READ, sharees);
    let parts = [
        Belonging::owner_column(table).map(|column| one_of(column, owners.collect())),
        Belonging::unit_column(table).map(|column| one_of(column, reach.units.clone())),
        Some(one_of(table.primary_id, shared)),
    ];
    Predicate::or(parts.into_iter().flatten())
}
