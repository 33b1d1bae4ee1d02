//! GET: rows, properties, related rows, references, counts.

mod collection;
mod expand;
mod fetch;
mod outputs;
mod pieces;
pub(super) mod shape;

use std::borrow::Cow;
use std::sync::Arc;

use expand::Expansion;
use http::{StatusCode, header};

use super::ask::Ask;
use super::encode::{self, Annotations, RowWriter, text};
use super::etag::Tag;
use super::reply;
use super::route::{Hop, Part, Place, Route};
use super::{error, functions};
use crate::fault::{Fault, Result};
use crate::identity::Caller;
use crate::model::{ColumnId, ColumnType, NavigationKind, Reference, Table, TableId, Target, ValueRef};
use crate::protocol::http::Response;
use crate::query::plan::Query;
use crate::security::AccessRights;
use crate::service::access::{self, Hidden};
use crate::service::{RowRef, Slot, crud};
use crate::world::World;
use shape::RowShape;

/// Who reads what from which world.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'r> {
    pub(super) ask: &'r Ask<'r>,
    pub(super) world: &'r World,
    /// The same world, where it outlives the request: then answers may be written while they are sent.
    pub(super) lasting: Option<&'r Arc<World>>,
    pub(super) caller: &'r Caller,
}

impl<'r> Reader<'r> {
    /// Answers a GET.
    ///
    /// # Errors
    ///
    /// What the service refuses, and `NotEmulated`.
    pub(super) fn answer(self, route: &Route<'_>) -> Result<Response> {
        match route {
            Route::Row(place) => self.row(place),
            Route::Property { of, column, raw } => self.property(of, *column, *raw),
            Route::Related { of, navigation, part } => self.related(of, *navigation, part),
            Route::Set(table) => self.rows(*table, None),
            Route::Count(table) => self.count(*table, None),
            Route::Operation(segment) => functions::call_unbound(self, *segment),
            Route::OnSet(table, segment) => functions::call_on_set(self, *table, *segment),
            Route::OnRow(place, segment) => functions::call_on_row(self, place, *segment),
        }
    }

    /// The query that a request for rows becomes; `None` where the path names no collection.
    ///
    /// # Errors
    ///
    /// What the service refuses, and `NotEmulated`.
    pub(super) fn planned(self, route: &Route<'_>) -> Result<Option<Query>> {
        match route {
            Route::Set(table) => self.any_query(*table, None).map(Some),
            Route::Count(table) => self.query(*table, None).map(Some),
            Route::Related { of, navigation, part: part @ (Part::Rows | Part::Count | Part::References) } => {
                let Some((table, slot)) = self.locate(of)? else { return Ok(None) };
                match self.table(table).navigations[*navigation].kind {
                    NavigationKind::Lookup { .. } => Ok(None),
                    kind => {
                        let (to, narrowed) = self.related_to(self.at(table, slot)?, kind)?;
                        if *part == Part::Rows {
                            self.any_query(to, narrowed)
                        } else {
                            self.query(to, narrowed)
                        }
                        .map(Some)
                    }
                }
            }
            _ => Ok(None),
        }
    }

    /// From a request for rows to the plan, in whatever language it asks.
    fn any_query(self, table: TableId, narrowed: collection::Narrowed) -> Result<Query> {
        match self.document()? {
            Some(document) => Ok(self.fetch_query(table, narrowed, &document)?.query),
            None => self.query(table, narrowed),
        }
    }

    pub(super) fn table(self, id: TableId) -> &'r Table {
        self.world.catalogue().table(id)
    }

    /// The annotations wanted, as the caller is to see them.
    pub(super) fn annotations(self) -> Annotations {
        Annotations::of(self.world, self.caller.user, self.ask.head.prefer.annotations)
    }

    /// The row that is there for certain.
    pub(super) fn at(self, table: TableId, slot: Slot) -> Result<RowRef<'r>> {
        self.world.records().table(table).row(slot).ok_or_else(|| {
            Fault::with(&crate::fault::code::UnexpectedError, "A row vanished while it was read.")
        })
    }

    /// Follows a path to its row; `None` where a lookup on the way is empty.
    ///
    /// # Errors
    ///
    /// `ObjectDoesNotExist` where there is no such row, and what the caller may not read.
    pub(super) fn locate(self, place: &Place) -> Result<Option<(TableId, Slot)>> {
        let start = &place.start;
        let mut table = start.table;
        let mut slot = crud::retrieve(self.world, self.caller, table, &start.key)?;
        for hop in &place.hops {
            match self.step(table, slot, hop)? {
                Some((to, at)) => (table, slot) = (to, at),
                None => return Ok(None),
            }
        }
        Ok(Some((table, slot)))
    }

    fn step(self, table: TableId, slot: Slot, hop: &Hop) -> Result<Option<(TableId, Slot)>> {
        let from = self.at(table, slot)?;
        let navigation = &self.table(table).navigations[hop.navigation];
        let (to, key) = match (navigation.kind, &hop.key) {
            (NavigationKind::Lookup { column, target }, _) => {
                return self.pointed(table, from, column, target);
            }
            (
                NavigationKind::Collection { table, .. } | NavigationKind::ManyToMany { table, .. },
                Some(key),
            ) => (table, key),
            (_, None) => return Err(error::bad_syntax()),
        };
        let found = crud::retrieve(self.world, self.caller, to, key)?;
        let row = self.at(to, found)?;
        let related = match navigation.kind {
            NavigationKind::Collection { column, .. } => {
                row.get(column).as_id() == Some(from.id()) && !self.hidden()?.contains(to, column)
            }
            NavigationKind::ManyToMany { intersect, near, far, .. } => {
                crud::joining(self.world, intersect, (near, from.id()), (far, row.id())).is_some()
            }
            NavigationKind::Lookup { .. } => true,
        };
        if related { Ok(Some((to, found))) } else { Err(crud::does_not_exist(self.world, to, row.id())) }
    }

    /// The row that a lookup points to through a navigation property.
    fn pointed(
        self,
        of: TableId,
        row: RowRef<'_>,
        column: ColumnId,
        target: Target,
    ) -> Result<Option<(TableId, Slot)>> {
        if self.hidden()?.contains(of, column) {
            return Ok(None);
        }
        let reference = match (row.get(column), target) {
            (ValueRef::Lookup(reference), _) => reference,
            // Some lookups are stored as bare ids, since metadata calls them so: usersettings.systemuserid.
            (ValueRef::Guid(id), Target::Table(table)) => Reference::new(table, id),
            _ => return Ok(None),
        };
        if matches!(target, Target::Table(table) if table != reference.table) {
            return Ok(None);
        }
        access::demand(self.world, self.caller, AccessRights::READ, reference)?;
        let slot = self.world.records().table(reference.table).find(reference.id);
        Ok(slot.map(|slot| (reference.table, slot)))
    }

    fn row(self, place: &Place) -> Result<Response> {
        match self.locate(place)? {
            Some((table, slot)) => self.entity(table, slot),
            None => Ok(reply::empty(StatusCode::NO_CONTENT)),
        }
    }

    /// One row by itself.
    fn entity(self, table: TableId, slot: Slot) -> Result<Response> {
        let ask = self.ask;
        let row = self.at(table, slot)?;
        let conditional = ask.head.prefer.annotations.is_empty() && !expand::is_asked(ask);
        let unchanged = match ask.head.if_none_match {
            Some(Tag::Any) => conditional,
            Some(Tag::Version(version)) => conditional && version == row.version(),
            None => false,
        };
        let mut response = if unchanged {
            let mut response = reply::empty(StatusCode::NOT_MODIFIED);
            reply::set(&mut response, header::ETAG, Some(reply::etag(row.version())));
            response
        } else {
            reply::row(StatusCode::OK, self.entity_body(table, row)?, row.version())
        };
        reply::set(&mut response, reply::PREFERENCE_APPLIED, ask.head.prefer.applied(false, false));
        Ok(response)
    }

    /// The body of an answer that is one row.
    ///
    /// # Errors
    ///
    /// What is wrong with `$select` and `$expand`.
    pub(super) fn entity_body(self, table: TableId, row: RowRef<'_>) -> Result<Vec<u8>> {
        let shape = shape::of_row(self.world.catalogue(), table, self.ask)?;
        self.entity_of(table, row, &shape)
    }

    /// As [`Reader::entity_body`], with what is wanted of the row.
    ///
    /// # Errors
    ///
    /// `PrivilegeDenied` where the caller may not read what is expanded.
    pub(super) fn entity_of(self, table: TableId, row: RowRef<'_>, shape: &RowShape) -> Result<Vec<u8>> {
        let definition = self.table(table);
        let writer = RowWriter::new(self.world, table, Cow::Borrowed(&shape.shown), self.annotations())
            .hiding(self.hidden()?.of(table));
        let mut out = encode::buffer::take();
        let start = encode::open(&out);
        if !self.ask.head.bare {
            self.open_context(&mut out);
            out.extend_from_slice(definition.entity_set_name.as_bytes());
            out.extend_from_slice(&shape.names);
            out.extend_from_slice(b"/$entity\"");
            encode::etag(&mut out, row);
        }
        writer.properties(&mut out, row);
        if !shape.query.expand.is_empty() {
            let query = self.readable(shape)?;
            Expansion::new(self, &self.context(), &query, false)?.write(&mut out, definition, row);
        }
        encode::close(&mut out, start);
        Ok(out)
    }

    /// The columns that the caller may not read (C1).
    ///
    /// # Errors
    ///
    /// `UserNotMemberOfOrg` where the caller has no row.
    pub(super) fn hidden(self) -> Result<Hidden> {
        access::hidden_columns(self.world, self.caller)
    }

    /// What is wanted of a row, restricted to what this caller may read of related rows; the shape is kept for all
    /// callers.
    ///
    /// # Errors
    ///
    /// `PrivilegeDenied` where the caller may not read what is expanded.
    fn readable(self, shape: &RowShape) -> Result<Query> {
        let mut query = shape.query.clone();
        access::restrict_expand(self.world, self.caller, &mut query)?;
        Ok(query)
    }

    /// Appends `,"@odata.context":"<root>/$metadata#`, which the caller completes.
    pub(super) fn open_context(self, out: &mut Vec<u8>) {
        out.extend_from_slice(b",\"@odata.context\":\"");
        self.ask.root.push(out);
        out.extend_from_slice(b"/$metadata#");
    }

    fn property(self, of: &Place, column: ColumnId, raw: bool) -> Result<Response> {
        self.ask.options.allow(&[])?;
        let Some((table, slot)) = self.locate(of)? else { return Ok(reply::empty(StatusCode::NO_CONTENT)) };
        let definition = self.table(table);
        let row = self.at(table, slot)?;
        let value = row.get(column);
        if value.is_null() || self.hidden()?.contains(table, column) {
            return Ok(reply::empty(StatusCode::NO_CONTENT));
        }
        if raw {
            return Ok(raw_value(definition, column, value));
        }
        let mut out = Vec::with_capacity(256);
        let start = encode::open(&out);
        self.open_context(&mut out);
        out.extend_from_slice(definition.entity_set_name.as_bytes());
        out.push(b'(');
        text::guid(&mut out, row.id());
        out.extend_from_slice(b")/");
        out.extend_from_slice(definition.column(column).property.as_bytes());
        out.extend_from_slice(b"\",\"value\":");
        encode::row::value(&mut out, definition, column, value);
        encode::close(&mut out, start);
        Ok(reply::json(StatusCode::OK, out))
    }

    fn related(self, of: &Place, navigation: usize, part: &Part) -> Result<Response> {
        let Some((table, slot)) = self.locate(of)? else { return Ok(reply::empty(StatusCode::NO_CONTENT)) };
        match (self.table(table).navigations[navigation].kind, part) {
            (NavigationKind::Lookup { column, target }, part) => {
                let row = self.at(table, slot)?;
                let Some((to, at)) = self.pointed(table, row, column, target)? else {
                    return Ok(reply::empty(StatusCode::NO_CONTENT));
                };
                match part {
                    Part::Rows => self.entity(to, at),
                    _ => self.reference(to, self.at(to, at)?),
                }
            }
            (_, Part::Reference(key)) => {
                let hop = Hop { navigation, key: Some(key.clone()) };
                let Some((to, at)) = self.step(table, slot, &hop)? else {
                    return Ok(reply::empty(StatusCode::NO_CONTENT));
                };
                self.reference(to, self.at(to, at)?)
            }
            (kind, part) => {
                let (to, narrowed) = self.related_to(self.at(table, slot)?, kind)?;
                match part {
                    Part::Rows => self.rows(to, narrowed),
                    Part::Count => self.count(to, narrowed),
                    _ => self.references(to, narrowed),
                }
            }
        }
    }

    /// The address of one row. Source: web-api.md 1.4.
    fn reference(self, table: TableId, row: RowRef<'_>) -> Result<Response> {
        self.ask.options.allow(&[])?;
        let mut out = Vec::with_capacity(256);
        let start = encode::open(&out);
        self.open_context(&mut out);
        out.extend_from_slice(b"$ref\",\"@odata.id\":\"");
        self.ask.root.push_row(&mut out, self.table(table), row.id());
        out.push(b'"');
        encode::close(&mut out, start);
        Ok(reply::json(StatusCode::OK, out))
    }
}

/// A property's value as it is: text, or the bytes of an image.
fn raw_value(table: &Table, column: ColumnId, value: ValueRef<'_>) -> Response {
    if let (ColumnType::Image, ValueRef::Binary(bytes)) = (&table.column(column).kind, value) {
        return reply::octets(bytes::Bytes::copy_from_slice(bytes));
    }
    let mut out = Vec::new();
    match value {
        ValueRef::String(content) => out.extend_from_slice(content.as_bytes()),
        value => {
            encode::row::value(&mut out, table, column, value);
            if out.first() == Some(&b'"') && out.len() >= 2 {
                out = out[1..out.len() - 1].to_vec();
            }
        }
    }
    reply::plain(out)
}
