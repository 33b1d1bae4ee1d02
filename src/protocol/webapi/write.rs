//! POST, PATCH, PUT, DELETE: rows, properties, associations, actions, all in a change set.

use http::{Method, StatusCode, header};

use super::ask::Ask;
use super::bulk::{self, Many};
use super::decode::{self, Decoder, References};
use super::error::{bad_syntax, wrong_method};
use super::etag::precondition;
use super::functions::{self, Target};
use super::read::Reader;
use super::read::shape::{self, RowShape};
use super::reply;
use super::route::{NAMESPACE, Part, Place, Route};
use crate::fault::{Fault, Result, code};
use crate::identity::Caller;
use crate::model::{Catalogue, ColumnType, NavigationKind, Reference, TableId};
use crate::protocol::http::Response;
use crate::security::AccessRights;
use crate::service::access;
use crate::service::{Input, Key, Link, Origin, Precondition, Session, Written};

/// What a write answers.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) response: Response,
    /// The row it was about, to which `$1` refers later in the change set.
    pub(super) row: Option<Link>,
}

/// One write.
#[derive(Debug)]
pub(super) struct Writing<'a, 's, 'w> {
    pub(super) ask: &'a Ask<'a>,
    pub(super) session: &'s mut Session<'w>,
    pub(super) caller: &'a Caller,
    pub(super) catalogue: &'a Catalogue,
    /// The rows that earlier requests of the change set made.
    pub(super) references: &'a References,
}

impl Writing<'_, '_, '_> {
    /// Carries a write out.
    ///
    /// # Errors
    ///
    /// What the service refuses; the change set must then be dropped.
    pub(super) fn answer(mut self, route: &Route<'_>) -> Result<Done> {
        self.ask.head.check_write()?;
        let method = self.ask.call.method;
        match route {
            Route::Set(table) if *method == Method::POST => self.create(*table),
            Route::Row(place) if *method == Method::PATCH => self.update(place),
            Route::Row(place) if *method == Method::DELETE => self.delete(place),
            Route::Property { of, column, raw: false } => self.property(of, *column),
            Route::Property { raw: true, .. } => Err(Fault::not_emulated("writing a property's raw value")),
            Route::Related { of, navigation, part } => self.associate(of, *navigation, part),
            Route::Operation(segment) if *method == Method::POST => self.act(Target::Nothing, *segment),
            Route::OnSet(table, segment) if *method == Method::POST => {
                let name = segment.name.strip_prefix(NAMESPACE).unwrap_or(segment.name);
                match Many::named(name) {
                    Some(many) if segment.args.is_none() => self.many(*table, many),
                    _ if name == "DeleteMultiple" => Err(bulk::delete_multiple()),
                    _ => self.act(Target::Set(*table), *segment),
                }
            }
            Route::OnRow(place, segment) if *method == Method::POST => self.act(Target::Row(place), *segment),
            Route::Operation(segment) => Err(functions::unknown(segment.name)),
            _ => Err(wrong_method(self.ask.call)),
        }
    }

    fn act(self, target: Target<'_>, segment: super::path::Segment<'_>) -> Result<Done> {
        let Self { ask, session, caller, references, .. } = self;
        let response = functions::act(ask, session, caller, references, target, segment)?;
        Ok(Done { response, row: None })
    }

    pub(super) fn decoder(&self) -> Decoder<'_> {
        Decoder { catalogue: self.catalogue, root: self.ask.root, references: self.references }
    }

    /// The body as text.
    fn body(&self, table: TableId) -> Result<&str> {
        self.ask.head.check_json()?;
        decode::text(&self.catalogue.table(table).entity_set_name, &self.ask.call.body)
    }

    fn input(&self, table: TableId) -> Result<Input> {
        self.decoder().row(self.catalogue.table(table), self.body(table)?)
    }

    fn create(&mut self, table: TableId) -> Result<Done> {
        let shape = shape::of_row(self.catalogue, table, self.ask)?;
        let input = self.input(table)?;
        let written = self.session.create(*self.caller, Origin::Api, table, input)?;
        self.done(written, &shape)
    }

    fn update(&mut self, place: &Place) -> Result<Done> {
        let table = place.table;
        // The service ignores $expand here (web-api.md 4.1).
        let shape = shape::of_row(self.catalogue, table, self.ask)?.without_expand(self.catalogue);
        let condition = precondition(self.ask.head.if_match, self.ask.head.if_none_match)?;
        let key = self.key(place)?;
        let input = self.input(table)?;
        let written = self.session.update(*self.caller, Origin::Api, table, &key, input, condition)?;
        self.done(written, &shape)
    }

    fn delete(&mut self, place: &Place) -> Result<Done> {
        self.ask.options.allow(&[])?;
        let condition = match precondition(self.ask.head.if_match, self.ask.head.if_none_match)? {
            Precondition::Absent => return Err(Fault::not_emulated("If-None-Match: * on a delete")),
            condition => condition,
        };
        let key = self.key(place)?;
        self.session.delete(*self.caller, Origin::Api, place.table, &key, condition)?;
        Ok(Done { response: reply::empty(StatusCode::NO_CONTENT), row: None })
    }

    /// The key of the row at a place.
    fn key(&self, place: &Place) -> Result<Key> {
        if place.hops.is_empty() {
            return Ok(place.start.key.clone());
        }
        let reader = self.reader();
        let (table, slot) = reader.locate(place)?.ok_or_else(|| Fault::new(&code::ObjectDoesNotExist))?;
        Ok(Key::Id(reader.at(table, slot)?.id()))
    }

    fn reader(&self) -> Reader<'_> {
        Reader { ask: self.ask, world: self.session.world(), lasting: None, caller: self.caller }
    }

    /// The answer to a row that was written. Source: web-api.md 2.3 and 4.1.
    fn done(&self, written: Written, shape: &RowShape) -> Result<Done> {
        let prefer = &self.ask.head.prefer;
        let table = self.catalogue.table(written.table);
        let mut response = if prefer.representation {
            let reader = self.reader();
            let of = Reference::new(written.table, written.id);
            access::demand(reader.world, self.caller, AccessRights::READ, of)?;
            let row = reader.world.records().table(written.table).get(written.id);
            let row = row.ok_or_else(|| {
                crate::service::crud::does_not_exist(reader.world, written.table, written.id)
            })?;
            let body = reader.entity_of(written.table, row, shape)?;
            let status = if written.created { StatusCode::CREATED } else { StatusCode::OK };
            let mut response = reply::row(status, body, row.version());
            reply::set(&mut response, reply::PREFERENCE_APPLIED, prefer.applied(true, false));
            if written.created {
                let address = self.ask.root.row_header(table, written.id);
                reply::set(&mut response, header::LOCATION, Some(address));
            }
            response
        } else {
            reply::written(self.ask.root.row_header(table, written.id), written.created)
        };
        if self.ask.head.bare {
            response.headers_mut().remove(header::ETAG);
        }
        Ok(Done { response, row: Some(Link { table: written.table, key: Key::Id(written.id) }) })
    }

    /// `PUT /accounts(id)/name`, `DELETE /accounts(id)/name`: one column; not lookups, not keys.
    fn property(&mut self, of: &Place, column: crate::model::ColumnId) -> Result<Done> {
        self.ask.options.allow(&[])?;
        let table = self.catalogue.table(of.table);
        let definition = table.column(column);
        let method = self.ask.call.method;
        if matches!(definition.kind, ColumnType::File | ColumnType::Image) && *method != Method::DELETE {
            return Err(Fault::not_emulated("uploading to file and image columns"));
        }
        let is_put = *method == Method::PUT;
        if !is_put && *method != Method::DELETE {
            return Err(wrong_method(self.ask.call));
        }
        if definition.is_lookup() || column == table.primary_id {
            return Err(wrong_method(self.ask.call).hint(
                "Lookups are changed through their navigation property's $ref; keys are not changed.",
            ));
        }
        let value = if is_put {
            decode::property(table, definition, self.body(of.table)?)?
        } else {
            crate::model::Value::Null
        };
        let condition = match precondition(self.ask.head.if_match, self.ask.head.if_none_match)? {
            Precondition::Version(version) => Precondition::Version(version),
            _ => Precondition::Exists,
        };
        let key = self.key(of)?;
        let input = Input { record: [(column, value)].into_iter().collect(), ..Input::default() };
        self.session.update(*self.caller, Origin::Api, of.table, &key, input, condition)?;
        Ok(Done { response: reply::empty(StatusCode::NO_CONTENT), row: None })
    }

    /// The `$ref` operations. Source: web-api.md 4.4.
    fn associate(&mut self, of: &Place, navigation: usize, part: &Part) -> Result<Done> {
        let table = self.catalogue.table(of.table);
        let single = matches!(table.navigations[navigation].kind, NavigationKind::Lookup { .. });
        let method = self.ask.call.method;
        match (part, single) {
            (Part::References, false) if *method == Method::DELETE => {
                self.ask.options.allow(&["$id"])?;
                let address = self.ask.options.get("$id").ok_or_else(|| {
                    bad_syntax().hint("Name the related row: …/$ref?$id=<address>, or …(<id>)/$ref.")
                })?;
                let to = self.decoder().link(address)?;
                self.end(of, navigation, Some(&to))
            }
            (Part::References, true) if *method == Method::DELETE => {
                self.ask.options.allow(&[])?;
                self.end(of, navigation, None)
            }
            (Part::Reference(key), false) if *method == Method::DELETE => {
                self.ask.options.allow(&[])?;
                let to = match table.navigations[navigation].kind {
                    NavigationKind::Collection { table, .. } | NavigationKind::ManyToMany { table, .. } => {
                        table
                    }
                    NavigationKind::Lookup { .. } => of.table,
                };
                self.end(of, navigation, Some(&Link { table: to, key: key.clone() }))
            }
            (Part::References, true) if *method == Method::PUT => self.begin(of, navigation),
            (Part::References, false) if *method == Method::POST => self.begin(of, navigation),
            (Part::Rows, false) if *method == Method::POST => {
                Err(Fault::not_emulated("the creation of a row through a navigation property"))
            }
            (Part::Rows, true) if *method == Method::PATCH => {
                Err(Fault::not_emulated("the update of a row through a navigation property"))
            }
            _ => Err(wrong_method(self.ask.call)),
        }
    }

    fn begin(&mut self, of: &Place, navigation: usize) -> Result<Done> {
        self.ask.options.allow(&[])?;
        let table = self.catalogue.table(of.table);
        let decoder = self.decoder();
        let to = decoder.reference(table, self.body(of.table)?)?;
        decoder.check_target(table, &table.navigations[navigation], &to)?;
        let from = Link { table: of.table, key: self.key(of)? };
        self.session.associate(*self.caller, Origin::Api, &from, navigation, &to)?;
        Ok(Done { response: reply::empty(StatusCode::NO_CONTENT), row: None })
    }

    fn end(&mut self, of: &Place, navigation: usize, to: Option<&Link>) -> Result<Done> {
        if let Some(to) = to {
            let table = self.catalogue.table(of.table);
            self.decoder().check_target(table, &table.navigations[navigation], to)?;
        }
        let from = Link { table: of.table, key: self.key(of)? };
        self.session.disassociate(*self.caller, Origin::Api, &from, navigation, to)?;
        Ok(Done { response: reply::empty(StatusCode::NO_CONTENT), row: None })
    }
}
