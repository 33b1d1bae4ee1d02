//! Request bodies: JSON to typed input, by metadata and without a tree between.

mod bind;
pub(super) mod json;
mod plain;
mod row;
pub(super) mod value;

pub(super) use row::{Named, property};

use std::borrow::Cow;

use super::links::Root;
use crate::fault::{Fault, Result, code};
use crate::model::{Catalogue, Table};
use crate::service::{Key, Link};

/// The rows that earlier requests of a change set made, by the Content-ID of those requests.
#[derive(Debug, Default)]
pub(super) struct References(Vec<Referred>);

#[derive(Debug)]
struct Referred {
    content_id: Box<str>,
    set: Box<str>,
    link: Link,
}

impl References {
    /// Remembers a row of an entity set.
    pub(super) fn add(&mut self, content_id: &str, set: &str, link: Link) {
        self.0.push(Referred { content_id: content_id.into(), set: set.into(), link });
    }

    /// The row of `$1`.
    ///
    /// # Errors
    ///
    /// `CrmHttpError` where no request with that id came before.
    pub(super) fn get(&self, reference: &str) -> Result<Link> {
        self.find(reference.strip_prefix('$').unwrap_or(reference)).map(|referred| referred.link.clone())
    }

    /// The address of a row below the service root, `accounts(…)`.
    ///
    /// # Errors
    ///
    /// As [`References::get`].
    pub(super) fn path(&self, content_id: &str) -> Result<String> {
        let referred = self.find(content_id)?;
        match &referred.link.key {
            Key::Id(id) => Ok(format!("{}({id})", referred.set)),
            Key::Alternate(_) => Err(Fault::new(&code::UnexpectedError)),
        }
    }

    fn find(&self, content_id: &str) -> Result<&Referred> {
        self.0.iter().find(|referred| *referred.content_id == *content_id).ok_or_else(|| {
            Fault::with(
                &code::CrmHttpError,
                format!("Content-ID Reference: '${content_id}' does not exist in the batch context."),
            )
        })
    }
}

/// Reads bodies against a catalogue.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decoder<'d> {
    /// The tables.
    pub(super) catalogue: &'d Catalogue,
    /// What absolute addresses in bodies begin with.
    pub(super) root: Root<'d>,
    /// What `$1` in bodies stands for.
    pub(super) references: &'d References,
}

/// The service's wrapping of what is wrong with a body. Source: web-api.md 3.3; both runs of two blanks are its own.
pub(super) fn bad_payload(table: &Table, inner: impl std::fmt::Display) -> Fault {
    bad_payload_of(&table.entity_set_name, inner)
}

/// As [`bad_payload`], for a body that is no row's.
pub(super) fn bad_payload_of(what: &str, inner: impl std::fmt::Display) -> Fault {
    Fault::with(
        &code::InvalidPayload,
        format!(
            "Error identified in Payload provided by the user for Entity :'{what}', For more information on this error please follow this help link https://go.microsoft.com/fwlink/?linkid=2195293  ---->  InnerException : {inner}"
        ),
    )
}

/// A body as text: without its byte order mark.
///
/// # Errors
///
/// What is not UTF-8 is refused as the JSON reader would refuse it.
pub(super) fn text<'b>(what: &str, body: &'b [u8]) -> Result<&'b str> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    std::str::from_utf8(body).map_err(|_| bad_payload_of(what, odata(json::UNRECOGNISED)))
}

/// The inner text of an exception of the `OData` library.
fn odata(text: &str) -> Cow<'static, str> {
    format!("Microsoft.OData.ODataException: {text}").into()
}
