//! S8: what a record's children inherit of its shares.
//!
//! What a record inherits can be read from what is above it: the shares of its parents and theirs, and everything but
//! the right to create for their owners. When something happens to a parent, that is worked out anew for the
//! children its relationships say it reaches, and for theirs where it made a difference.
//!
//! `Source:` PA:security-sharing-assigning.md (sharing and inheritance; an owner of a parent entity as an origin of
//! access), PA:configure-entity-relationship-cascading-behavior.md (reparent: inherited access, but for create).
//! `Assumed:` a relationship that cascades to active rows only does so for rows that are active at that time; shares
//! do not follow a later change of state.

use std::collections::HashSet;

use super::{SHAREABLE, Share, change, of_record};
use crate::model::{Cascade, CascadeType, ColumnId, NavigationKind, Reference, TableId, Value, ValueRef};
use crate::security::AccessRights;
use crate::world::{Transaction, World};

/// What happens to a record, as its relationships tell it apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// It is shared: children get more.
    Share,
    /// A share of it ends: children keep no more than it still gives.
    Unshare,
    /// It gets another parent or another owner: children get what it gives now.
    Reparent,
}

impl Event {
    fn of(self, cascade: Cascade) -> CascadeType {
        match self {
            Self::Share => cascade.share,
            Self::Unshare => cascade.unshare,
            Self::Reparent => cascade.reparent,
        }
    }
}

/// Works out anew what a record inherits, since its parent or its owner changed, and what its children do.
pub fn refresh(tx: &mut Transaction<'_>, record: Reference) {
    settle(tx, record, Event::Reparent);
    spread(tx, record, Event::Reparent);
}

/// Works out anew what the children of a record inherit.
pub fn spread(tx: &mut Transaction<'_>, record: Reference, event: Event) {
    let mut seen = HashSet::from([record]);
    let mut waiting = children(tx, record, |cascade| event.of(cascade), owner(tx, record));
    while let Some(child) = waiting.pop() {
        if seen.insert(child) && settle(tx, child, event) {
            waiting.extend(children(tx, child, |cascade| event.of(cascade), owner(tx, child)));
        }
    }
}

/// Gives a record what it inherits. Tells whether that changed.
fn settle(tx: &mut Transaction<'_>, record: Reference, event: Event) -> bool {
    let given = derived(tx, record);
    let right = |principal: Reference| {
        let found = given.iter().find(|(of, _)| *of == principal);
        found.map_or(AccessRights::empty(), |(_, rights)| *rights)
    };
    let mut principals: Vec<Reference> = of_record(tx, record).map(|share| share.principal).collect();
    principals.extend(given.iter().map(|(principal, _)| *principal));
    principals.sort_unstable();
    principals.dedup();
    let mut changed = false;
    for principal in principals {
        changed |= change(tx, record, principal, |share: &mut Share| match event {
            Event::Share => share.inherited |= right(principal),
            Event::Unshare => share.inherited &= right(principal),
            Event::Reparent => share.inherited = right(principal),
        });
    }
    changed
}

/// What a record inherits by what is above it now; its own owner needs nothing. It is worked out from the shares of
/// everything above and not from what its parents inherited, so that records in a circle give each other nothing.
pub fn derived(world: &World, record: Reference) -> Vec<(Reference, AccessRights)> {
    let own = owner(world, record);
    let mut given: Vec<(Reference, AccessRights)> = Vec::new();
    let mut seen = HashSet::from([record]);
    let mut waiting = vec![record];
    while let Some(child) = waiting.pop() {
        let Some(row) = world.records().table(child.table).get(child.id) else { continue };
        for (column, target, cascade) in &world.catalogue().table(child.table).parents {
            let parent = row.get(*column).as_lookup().filter(|parent| parent.table == *target);
            let Some(parent) = parent.filter(|parent| !seen.contains(parent)) else { continue };
            let holder = owner(world, parent);
            let reparents = applies(world, child, cascade.reparent, holder);
            if reparents {
                given.extend(holder.map(|holder| (holder, SHAREABLE)));
            }
            if reparents || applies(world, child, cascade.share, holder) {
                let shares = of_record(world, parent).filter(|share| !share.own.is_empty());
                given.extend(shares.map(|share| (share.principal, share.own)));
                seen.insert(parent);
                waiting.push(parent);
            }
        }
    }
    given.retain(|(principal, _)| Some(*principal) != own);
    given.sort_unstable_by_key(|(principal, _)| *principal);
    given.dedup_by(|(principal, rights), (kept, sum)| {
        let same = principal == kept;
        if same {
            *sum |= *rights;
        }
        same
    });
    given
}

/// The user or the team that owns a record.
pub fn owner(world: &World, record: Reference) -> Option<Reference> {
    let column = world.catalogue().table(record.table).system.ownerid?;
    world.records().table(record.table).get(record.id)?.get(column).as_lookup()
}

/// Whether what is done to a record that `holder` owns is done to a child of it.
pub fn applies(world: &World, child: Reference, kind: CascadeType, holder: Option<Reference>) -> bool {
    match kind {
        CascadeType::Cascade => true,
        CascadeType::Active => is_active(world, child),
        CascadeType::UserOwned => holder.is_some() && owner(world, child) == holder,
        CascadeType::NoCascade | CascadeType::RemoveLink | CascadeType::Restrict => false,
    }
}

/// `Assumed:` the first state of a table is the active one, as the documents list it for every table there is here.
fn is_active(world: &World, record: Reference) -> bool {
    let state = world.catalogue().table(record.table).system.statecode;
    let row = world.records().table(record.table).get(record.id);
    state.is_none_or(|state| row.is_some_and(|row| row.get(state) == ValueRef::Int(0)))
}

/// The records that point to one through relationships that reach them.
pub fn children(
    world: &World,
    record: Reference,
    kind: impl Fn(Cascade) -> CascadeType,
    holder: Option<Reference>,
) -> Vec<Reference> {
    let mut found = Vec::new();
    for navigation in &world.catalogue().table(record.table).navigations {
        let NavigationKind::Collection { table, column } = navigation.kind else { continue };
        let kind = kind(navigation.cascade);
        if kind.reaches() {
            found.extend(
                pointing(world, table, column, record).filter(|child| applies(world, *child, kind, holder)),
            );
        }
    }
    found
}

/// The rows of a table whose lookup points to a record.
pub fn pointing(
    world: &World,
    table: TableId,
    column: ColumnId,
    record: Reference,
) -> impl Iterator<Item = Reference> {
    let target = Value::Lookup(record);
    let rows = world.records().table(table).rows_with(column, ValueRef::Guid(record.id));
    let found: Vec<Reference> = rows
        .filter(|row| row.get(column).to_value() == target)
        .map(|row| Reference::new(table, row.id()))
        .collect();
    found.into_iter()
}
