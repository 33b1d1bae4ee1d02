//! The annotations of one property, which precede it.

use std::sync::Arc;

use uuid::Uuid;

use super::culture::Culture;
use super::{format, text};
use crate::model::{ColumnId, Table, ValueRef};
use crate::protocol::webapi::annotations::Wanted;
use crate::service::RowRef;
use crate::world::World;

/// Which annotations an answer wants, and what writing them takes to know of the caller. Nothing here may be kept for
/// another caller.
#[derive(Debug, Clone)]
pub(in crate::protocol::webapi) struct Annotations {
    /// Which.
    pub(super) wanted: Wanted,
    /// Only where formatted values are wanted: nothing is looked for otherwise.
    pub(super) culture: Option<Arc<Culture>>,
}

impl Annotations {
    /// What a user wants to see.
    pub(in crate::protocol::webapi) fn of(world: &World, user: Uuid, wanted: Wanted) -> Self {
        let formatted = wanted.any(Wanted::FORMATTED);
        Self { wanted, culture: formatted.then(|| Arc::new(Culture::of(world, user))) }
    }
}

/// Appends the wanted annotations of a column that has a value, each with a comma before it.
pub(super) fn property(
    out: &mut Vec<u8>,
    world: &World,
    table: &Table,
    row: RowRef<'_>,
    column: ColumnId,
    value: ValueRef<'_>,
    annotations: &Annotations,
) {
    let name = &*table.column(column).property;
    let wanted = annotations.wanted;
    if let Some(culture) = &annotations.culture
        && let Some(formatted) = format::formatted(world, culture, table, Some(row), column, value)
    {
        annotation(out, name, "OData.Community.Display.V1.FormattedValue", &formatted);
    }
    let ValueRef::Lookup(reference) = value else { return };
    if wanted.any(Wanted::NAVIGATION)
        && let Some(navigation) = table.lookup_navigation(column, reference.table)
    {
        annotation(out, name, "Microsoft.Dynamics.CRM.associatednavigationproperty", &navigation.name);
    }
    if wanted.any(Wanted::LOOKUP_NAME) {
        let target = world.catalogue().table(reference.table);
        annotation(out, name, "Microsoft.Dynamics.CRM.lookuplogicalname", &target.logical_name);
    }
}

pub(super) fn annotation(out: &mut Vec<u8>, property: &str, term: &str, value: &str) {
    for part in [",\"", property, "@", term, "\":"] {
        out.extend_from_slice(part.as_bytes());
    }
    text::string(out, value);
}
