//! What a request wants of rows, and how the context of the answer says so.

use super::super::encode::Shown;
use crate::fault::Result;
use crate::model::{Catalogue, NavigationKind, Table, TableId};
use crate::protocol::webapi::options::Options;
use crate::query::lang::odata::{self, Addressed};
use crate::query::plan::{Columns, Expand, Query};

/// `$select` and `$expand` of a request for one row.
///
/// # Errors
///
/// What is wrong with them, and every option that needs a collection.
pub(in crate::protocol::webapi) fn of_row(
    catalogue: &Catalogue,
    table: TableId,
    options: &Options<'_>,
) -> Result<Query> {
    if options.pairs().is_empty() {
        return Ok(Query::all(table));
    }
    let options = odata::Options { pairs: options.pairs(), max_page_size: None, on: Addressed::Row };
    odata::parse(catalogue, table, &options)
}

/// What a row shows of the columns asked for.
pub(super) fn shown(table: &Table, columns: &Columns, expands: &[Expand]) -> Shown {
    let Columns::Some(columns) = columns else { return Shown::All };
    let mut shown = Shown::selected(table, columns);
    for expand in expands.iter().filter(|expand| expand.reference_only) {
        // A reference brings the lookup's own property along (web-api.md 5.2).
        if let NavigationKind::Lookup { column, .. } = expand.navigation {
            shown.add(column);
        }
    }
    shown
}

/// Appends what a context says of the shape: `(name,primarycontactid(fullname))`, or nothing.
/// Source: web-api.md 4.6.
pub(super) fn push_names(
    out: &mut Vec<u8>,
    catalogue: &Catalogue,
    table: &Table,
    columns: &Columns,
    expands: &[Expand],
) {
    let mut separator = b'(';
    let mut name = |out: &mut Vec<u8>, parts: &[&str]| {
        out.push(std::mem::replace(&mut separator, b','));
        for part in parts {
            out.extend_from_slice(part.as_bytes());
        }
    };
    if let Columns::Some(columns) = columns {
        for column in columns {
            name(out, &[&table.column(*column).property]);
        }
    }
    for expand in expands {
        if expand.reference_only {
            name(out, &[&expand.name]);
            name(out, &[&expand.name, "/$ref()"]);
            continue;
        }
        name(out, &[&expand.name]);
        let start = out.len();
        if let (Some(source), Columns::Some(_)) = (&expand.source, &expand.columns) {
            push_names(out, catalogue, catalogue.table(source.table), &expand.columns, &[]);
        }
        if out.len() == start {
            out.extend_from_slice(if expand.source.is_none() && expand.columns != Columns::All {
                b"(ownerid)"
            } else {
                b"()"
            });
        }
    }
    if separator == b',' {
        out.push(b')');
    }
}
