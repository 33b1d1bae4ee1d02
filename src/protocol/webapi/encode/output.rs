//! One value under a name that the query gave, with its annotations before it.

use super::annotate::{Annotations, annotation};
use super::{format, row, text};
use crate::model::{Column, Table, ValueRef};
use crate::protocol::webapi::annotations::Wanted;
use crate::service::RowRef;
use crate::world::World;

/// What an answer shows under a name of the query's own: a column of some table, or what was worked out of one.
#[derive(Debug, Clone, Copy)]
pub(in crate::protocol::webapi) struct Output<'w> {
    /// Its name in the answer.
    pub(in crate::protocol::webapi) name: &'w str,
    /// The column it comes from, with its table.
    pub(in crate::protocol::webapi) column: Option<(&'w Table, &'w Column)>,
    /// Whether it is a value of that column, rather than a number of them or a part of it.
    pub(in crate::protocol::webapi) is_value: bool,
}

impl Output<'_> {
    /// Appends the value, with a comma before it; nothing where there is none. `of` is the row it stands in, if it
    /// stands in one.
    ///
    /// Source: queries.md B.4 and B.7, web-api.md 5.9. `Assumed:` the order of the annotations.
    pub(in crate::protocol::webapi) fn write(
        &self,
        out: &mut Vec<u8>,
        world: &World,
        annotations: &Annotations,
        of: Option<RowRef<'_>>,
        value: ValueRef<'_>,
    ) {
        if value.is_null() {
            return;
        }
        let wanted = annotations.wanted;
        if wanted.any(Wanted::ATTRIBUTE_NAME)
            && let Some((_, column)) = self.column
            && *column.property != *self.name
        {
            annotation(out, self.name, "OData.Community.Display.V1.AttributeName", &column.logical_name);
        }
        if let Some(culture) = &annotations.culture {
            let formatted = match (self.column, value) {
                (Some((table, column)), value) if self.is_value => {
                    format::formatted(world, culture, table, of, column.id, value)
                }
                (_, ValueRef::Int(number)) => Some(culture.count(number.into()).into()),
                (_, ValueRef::Long(number)) => Some(culture.count(number).into()),
                // The periods of fiscal calendars have names.
                (_, ValueRef::String(name)) => Some(name.into()),
                _ => None,
            };
            if let Some(formatted) = formatted {
                annotation(out, self.name, "OData.Community.Display.V1.FormattedValue", &formatted);
            }
        }
        if wanted.any(Wanted::LOOKUP_NAME)
            && let ValueRef::Lookup(reference) = value
        {
            let target = world.catalogue().table(reference.table);
            annotation(out, self.name, "Microsoft.Dynamics.CRM.lookuplogicalname", &target.logical_name);
        }
        out.push(b',');
        text::string(out, self.name);
        out.push(b':');
        match self.column {
            Some((table, column)) if self.is_value => row::value(out, table, column.id, value),
            _ => row::write(out, super::template::Place::default(), value),
        }
    }
}
