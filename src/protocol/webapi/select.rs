//! Which columns a request selects of one row.

use super::encode::Shown;
use super::error::unknown_property;
use super::options::Options;
use crate::fault::Result;
use crate::model::{ColumnId, NavigationKind, Property, Table};

/// `$select` of a request for one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selection {
    /// The columns in the order of the request; `None` for all.
    pub(super) columns: Option<Vec<ColumnId>>,
}

impl Selection {
    /// Reads the selection of rows of a table.
    ///
    /// # Errors
    ///
    /// `CrmHttpError` for a name that is no property.
    pub(super) fn read(table: &Table, options: &Options<'_>) -> Result<Self> {
        let Some(text) = options.get("$select").filter(|text| !text.is_empty() && *text != "*") else {
            return Ok(Self { columns: None });
        };
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        let columns = names.map(|name| column(table, name)).collect::<Result<_>>()?;
        Ok(Self { columns: Some(columns) })
    }

    /// What a row shows of it.
    pub(super) fn shown(&self, table: &Table) -> Shown {
        self.columns.as_ref().map_or(Shown::All, |columns| Shown::selected(table, columns))
    }

    /// Appends the selection as a context shows it: `(name,revenue)`, or nothing for all columns.
    pub(super) fn push_names(&self, out: &mut Vec<u8>, table: &Table) {
        let Some(columns) = &self.columns else { return };
        let mut separator = b'(';
        for column in columns {
            out.push(separator);
            out.extend_from_slice(table.column(*column).property.as_bytes());
            separator = b',';
        }
        out.push(b')');
    }
}

/// A lookup may be selected by the name of its navigation property too.
fn column(table: &Table, name: &str) -> Result<ColumnId> {
    match table.property(name) {
        Some(Property::Column(column)) => Ok(column),
        Some(Property::Navigation(index)) => match table.navigations[index].kind {
            NavigationKind::Lookup { column, .. } => Ok(column),
            _ => Err(unknown_property(name, &table.logical_name)),
        },
        None if name == "ownerid" && table.is_principal() => Ok(table.primary_id),
        None => Err(unknown_property(name, &table.logical_name)),
    }
}
