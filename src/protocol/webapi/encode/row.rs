//! One row as the members of a JSON object.
//!
//! Members are written each with a comma before it; [`close`] turns the first comma into the brace that opens the
//! object. So nobody needs to know who writes the first member.

use std::borrow::Cow;

use super::annotate::{self, Annotations};
use super::template::{Place, Template, Templates};
use super::text;
use crate::model::{Catalogue, ColumnId, ColumnType, Table, TableId, ValueRef};
use crate::protocol::webapi::annotations::Wanted;
use crate::service::{RowRef, Stored};
use crate::world::World;

/// Begins an object; what follows are members, and then [`close`] with what this returns.
#[must_use]
pub(in crate::protocol::webapi) fn open(out: &[u8]) -> usize {
    out.len()
}

/// Ends the object begun at `start`.
pub(in crate::protocol::webapi) fn close(out: &mut Vec<u8>, start: usize) {
    match out.get_mut(start) {
        Some(comma) => *comma = b'{',
        None => out.push(b'{'),
    }
    out.push(b'}');
}

/// Appends `,"@odata.etag":…`.
pub(in crate::protocol::webapi) fn etag(out: &mut Vec<u8>, row: RowRef<'_>) {
    out.extend_from_slice(b",\"@odata.etag\":\"W/\\\"");
    text::integer(out, row.version());
    out.extend_from_slice(b"\\\"\"");
}

/// Which columns of a row are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::protocol::webapi) enum Shown {
    /// Every readable one.
    All,
    /// These, in this order.
    Some(Vec<ColumnId>),
}

impl Shown {
    /// What a row shows of which these columns were selected: the primary key comes along always, the currency with
    /// an amount, the whole address with a part of it. Source: web-api.md 4.5.
    pub(in crate::protocol::webapi) fn selected(table: &Table, columns: &[ColumnId]) -> Self {
        let mut shown = Vec::with_capacity(columns.len() + 2);
        let mut show = |column: ColumnId| {
            if !shown.contains(&column) {
                shown.push(column);
            }
        };
        columns.iter().copied().for_each(&mut show);
        for column in columns.iter().map(|id| table.column(*id)) {
            if matches!(column.kind, ColumnType::Money { .. }) {
                table.column_id("transactioncurrencyid").into_iter().for_each(&mut show);
            }
            let address = column.logical_name.get(..9).filter(|part| {
                part.starts_with("address") && part.ends_with('_') && part.as_bytes()[7].is_ascii_digit()
            });
            if let Some(address) = address {
                table.column_id(&format!("{address}composite")).into_iter().for_each(&mut show);
            }
        }
        show(table.primary_id);
        Self::Some(shown)
    }

    /// Shows one more column.
    pub(in crate::protocol::webapi) fn add(&mut self, column: ColumnId) {
        if let Self::Some(columns) = self
            && !columns.contains(&column)
        {
            columns.push(column);
        }
    }
}

/// Writes rows of one table, all in the same way.
#[derive(Debug)]
pub(in crate::protocol::webapi) struct RowWriter<'w> {
    world: &'w World,
    table: &'w Table,
    /// Of a row of nulls.
    template: &'w Template,
    shown: Cow<'w, Shown>,
    annotations: Annotations,
    with_nulls: bool,
    /// Columns that the caller may not read.
    hidden: Box<[ColumnId]>,
}

impl<'w> RowWriter<'w> {
    /// A writer of rows of a table.
    pub(in crate::protocol::webapi) fn new(
        world: &'w World,
        table: TableId,
        shown: Cow<'w, Shown>,
        annotations: Annotations,
    ) -> Self {
        let catalogue: &'w Catalogue = world.catalogue();
        Self {
            world,
            table: catalogue.table(table),
            template: Templates::of(catalogue).table(catalogue, table),
            shown,
            annotations,
            with_nulls: true,
            hidden: Box::default(),
        }
    }

    /// A writer that leaves out columns without a value, as answers to `FetchXML` and SQL do.
    #[must_use]
    pub(in crate::protocol::webapi) fn without_nulls(mut self) -> Self {
        self.with_nulls = false;
        self
    }

    /// A writer for a caller who may not read some columns: they show no value (C1).
    #[must_use]
    pub(in crate::protocol::webapi) fn hiding(mut self, hidden: Box<[ColumnId]>) -> Self {
        self.hidden = hidden;
        self
    }

    /// Appends the row's properties, each with a comma before it.
    pub(in crate::protocol::webapi) fn properties(&self, out: &mut Vec<u8>, row: RowRef<'_>) {
        match &*self.shown {
            _ if !self.hidden.is_empty() => self.masked(out, row),
            Shown::All if !self.with_nulls => {
                for (column, value) in row.iter() {
                    self.one(out, row, column, value);
                }
            }
            Shown::All if self.annotations.wanted.any(Wanted::ON_PROPERTIES) => self.all_annotated(out, row),
            Shown::All => self.all(out, row),
            Shown::Some(columns) => {
                for column in columns {
                    self.one(out, row, *column, row.get(*column));
                }
            }
        }
    }

    /// As the others, column by column and without what is hidden.
    fn masked(&self, out: &mut Vec<u8>, row: RowRef<'_>) {
        let one = |column: ColumnId| {
            let value = if self.hidden.contains(&column) { ValueRef::Null } else { row.get(column) };
            self.one(out, row, column, value);
        };
        match &*self.shown {
            Shown::All => self.table.properties().map(|column| column.id).for_each(one),
            Shown::Some(columns) => columns.iter().copied().for_each(one),
        }
    }

    fn all(&self, out: &mut Vec<u8>, row: RowRef<'_>) {
        let template = match row.prototype() {
            Some(prototype) => Template::of_prototype(self.table, prototype),
            None => self.template,
        };
        out.reserve(template.bytes.len() + 1024);
        let mut copied = 0;
        for (column, stored) in row.own() {
            let Some(place) = template.place(column) else { continue };
            out.extend_from_slice(&template.bytes[copied..place.value as usize]);
            copied = place.end as usize;
            match stored {
                Stored::Text(text) => text::utf8(out, text),
                Stored::Value(value) => {
                    write(out, place, value);
                    if place.is_owner {
                        owner(out, value);
                        copied = template.after_owner.unwrap_or(copied);
                    }
                }
            }
        }
        out.extend_from_slice(&template.bytes[copied..]);
    }

    fn all_annotated(&self, out: &mut Vec<u8>, row: RowRef<'_>) {
        let template = &self.template.bytes;
        out.reserve(template.len() + 2048);
        let mut copied = 0;
        for (column, value) in row.iter() {
            let Some(place) = self.template.place(column) else { continue };
            out.extend_from_slice(&template[copied..place.name as usize]);
            annotate::property(out, self.world, self.table, row, column, value, &self.annotations);
            out.extend_from_slice(&template[place.name as usize..place.value as usize]);
            write(out, place, value);
            copied = place.end as usize;
            if place.is_owner {
                owner(out, value);
                copied = self.template.after_owner.unwrap_or(copied);
            }
        }
        out.extend_from_slice(&template[copied..]);
    }

    fn one(&self, out: &mut Vec<u8>, row: RowRef<'_>, column: ColumnId, value: ValueRef<'_>) {
        let Some(place) = self.template.place(column) else { return };
        let (name, start) = (place.name as usize, place.value as usize);
        if value.is_null() {
            if self.with_nulls {
                out.extend_from_slice(&self.template.bytes[name..place.end as usize]);
            }
            return;
        }
        if self.annotations.wanted.any(Wanted::ON_PROPERTIES) {
            annotate::property(out, self.world, self.table, row, column, value, &self.annotations);
        }
        out.extend_from_slice(&self.template.bytes[name..start]);
        write(out, place, value);
        if place.is_owner {
            owner(out, value);
        }
    }
}

/// Users and teams print their key as `ownerid` too.
fn owner(out: &mut Vec<u8>, id: ValueRef<'_>) {
    out.extend_from_slice(b",\"ownerid\":");
    write(out, Place::default(), id);
}

/// Appends a value as JSON.
pub(super) fn write(out: &mut Vec<u8>, place: Place, value: ValueRef<'_>) {
    match value {
        ValueRef::Null => out.extend_from_slice(b"null"),
        ValueRef::Bool(true) => out.extend_from_slice(b"true"),
        ValueRef::Bool(false) => out.extend_from_slice(b"false"),
        ValueRef::Int(number) => text::integer(out, number),
        ValueRef::Long(number) => text::integer(out, number),
        ValueRef::Double(number) => text::double(out, number),
        ValueRef::Decimal(number) => text::decimal(out, number, u32::from(place.scale)),
        ValueRef::String(content) => text::string(out, content),
        ValueRef::Guid(id) => text::quoted_guid(out, id),
        ValueRef::Lookup(reference) => text::quoted_guid(out, reference.id),
        ValueRef::DateTime(seconds) => {
            out.push(b'"');
            text::instant(out, seconds);
            out.push(b'"');
        }
        ValueRef::Date(days) => {
            out.push(b'"');
            text::date(out, i64::from(days));
            out.push(b'"');
        }
        ValueRef::Binary(bytes) => {
            out.push(b'"');
            text::base64(out, bytes);
            out.push(b'"');
        }
    }
}

/// Appends one property's value by itself, as `/accounts(id)/name` answers it.
pub(in crate::protocol::webapi) fn value(
    out: &mut Vec<u8>,
    table: &Table,
    column: ColumnId,
    value: ValueRef<'_>,
) {
    let scale = match table.column(column).kind {
        ColumnType::Decimal { precision, .. } | ColumnType::Money { precision, .. } => precision as u8,
        _ => 0,
    };
    write(out, Place { scale, ..Place::default() }, value);
}
