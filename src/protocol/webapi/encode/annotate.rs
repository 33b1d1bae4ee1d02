//! The annotations of one property, which precede it.

use super::{format, text};
use crate::model::{ColumnId, Table, ValueRef};
use crate::protocol::webapi::annotations::Wanted;
use crate::service::RowRef;
use crate::world::World;

/// Appends the wanted annotations of a column that has a value, each with a comma before it.
pub(super) fn property(
    out: &mut Vec<u8>,
    world: &World,
    table: &Table,
    row: RowRef<'_>,
    column: ColumnId,
    value: ValueRef<'_>,
    wanted: Wanted,
) {
    let name = &*table.column(column).property;
    if wanted.any(Wanted::FORMATTED)
        && let Some(formatted) = format::formatted(world, table, Some(row), column, value)
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
