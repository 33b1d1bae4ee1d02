//! `CreateMultiple`, `UpdateMultiple`, `UpsertMultiple`: many rows of one table, all or none.
//! Source: web-api.md 12.1.

use http::StatusCode;

use super::decode::json::{self, Raw, Stop};
use super::decode::{Named, bad_payload, text as body_text};
use super::encode::{self, text};
use super::reply;
use super::write::{Done, Writing};
use crate::fault::{Fault, Result, code};
use crate::model::{Table, TableId, Value};
use crate::service::{Input, Key, Origin, Precondition};

/// What is done to every row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Many {
    Create,
    Update,
    Upsert,
}

impl Many {
    /// The operation of a name without its namespace.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "CreateMultiple" => Self::Create,
            "UpdateMultiple" => Self::Update,
            "UpsertMultiple" => Self::Upsert,
            _ => return None,
        })
    }
}

/// The service has this operation for elastic tables only, and there are none. Source: web-api.md 3.3.
pub(super) fn delete_multiple() -> Fault {
    Fault::with(&code::InvalidArgument, "DeleteMultiple has not yet been implemented.")
}

impl Writing<'_, '_, '_> {
    /// Carries out an operation on many rows.
    ///
    /// # Errors
    ///
    /// The first refusal; the change set must then be dropped.
    pub(super) fn many(&mut self, table: TableId, many: Many) -> Result<Done> {
        self.ask.options.allow(&[])?;
        self.ask.head.check_json()?;
        let (catalogue, ask) = (self.catalogue, self.ask);
        let definition = catalogue.table(table);
        let body = body_text(&definition.entity_set_name, &ask.call.body)?;
        let mut targets = None;
        let read = json::members(body, |name, raw| match &*name {
            "Targets" => {
                targets = Some(raw);
                Ok(())
            }
            name if name.starts_with('@') => Ok(()),
            name => Err(refused(
                definition,
                &format!(
                    "The parameter '{name}' in the request payload is not a valid parameter for the operation '{many:?}Multiple'."
                ),
            )),
        });
        finish(definition, read)?;
        let targets =
            targets.ok_or_else(|| refused(definition, "The required parameter 'Targets' is missing."))?;
        let mut ids = Vec::new();
        let read = json::elements(targets.get(), |raw| {
            ids.push(self.one(definition, many, raw)?);
            Ok(())
        });
        finish(definition, read)?;
        let response = match many {
            Many::Create => self.created(&ids),
            Many::Update | Many::Upsert => reply::empty(StatusCode::NO_CONTENT),
        };
        Ok(Done { response, row: None })
    }

    fn one(&mut self, table: &Table, many: Many, raw: Raw<'_>) -> Result<uuid::Uuid> {
        let (mut input, named) = self.decoder().target(table, raw.get())?;
        if !named.has_type {
            return Err(refused(
                table,
                "An entity of an abstract type needs the annotation '@odata.type' that names its type.",
            ));
        }
        let (caller, condition) = (*self.caller, Precondition::Exists);
        let written = match many {
            Many::Create => self.session.create(caller, Origin::Api, table.id, input)?,
            Many::Update => {
                let key = key(table, &mut input, named)?.ok_or_else(|| no_key(table))?;
                self.session.update(caller, Origin::Api, table.id, &key, input, condition)?
            }
            Many::Upsert => match key(table, &mut input, named)? {
                Some(key) => {
                    self.session.update(caller, Origin::Api, table.id, &key, input, Precondition::None)?
                }
                None => self.session.create(caller, Origin::Api, table.id, input)?,
            },
        };
        Ok(written.id)
    }

    fn created(&self, ids: &[uuid::Uuid]) -> crate::protocol::http::Response {
        let mut out = Vec::with_capacity(200 + ids.len() * 39);
        let start = encode::open(&out);
        if !self.ask.head.bare {
            out.extend_from_slice(b",\"@odata.context\":\"");
            self.ask.root.push(&mut out);
            out.extend_from_slice(b"/$metadata#Microsoft.Dynamics.CRM.CreateMultipleResponse\"");
        }
        out.extend_from_slice(b",\"Ids\":[");
        for (at, id) in ids.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            text::quoted_guid(&mut out, *id);
        }
        out.push(b']');
        encode::close(&mut out, start);
        reply::json(StatusCode::OK, out)
    }
}

/// Which row a target is about: by its address, or by the primary key among its columns.
fn key(table: &Table, input: &mut Input, named: Named) -> Result<Option<Key>> {
    if let Some(link) = named.link {
        if link.table != table.id {
            return Err(refused(table, "The annotation '@odata.id' names a row of another table."));
        }
        return Ok(Some(link.key));
    }
    Ok(match input.record.remove(table.primary_id) {
        Some(Value::Guid(id)) => Some(Key::Id(id)),
        _ => None,
    })
}

/// Source: web-api.md 3.3.
fn no_key(table: &Table) -> Fault {
    Fault::with(&code::CrmHttpError, "EdmEntityObject passed should have the key property value set.")
        .hint(format!("Give each target its {}.", table.column(table.primary_id).logical_name))
}

fn finish(table: &Table, read: std::result::Result<(), Stop>) -> Result<()> {
    match read {
        Ok(()) => Ok(()),
        Err(Stop::Refused(fault)) => Err(fault),
        Err(Stop::Malformed(said)) => Err(refused(table, &said)),
    }
}

fn refused(table: &Table, said: &str) -> Fault {
    bad_payload(table, format_args!("Microsoft.OData.ODataException: {said}"))
}
