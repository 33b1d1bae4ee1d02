//! Keys: what stands between the parentheses of `accounts(…)`.

use uuid::Uuid;

use super::error::bad_syntax;
use crate::fault::Result;
use crate::model::{Catalogue, Table};
use crate::service::Key;

/// Reads a key of a table.
///
/// # Errors
///
/// `CrmHttpError` where the text is no key, or no key of this table.
pub(super) fn parse(_catalogue: &Catalogue, table: &Table, text: &str) -> Result<Key> {
    if let Some(id) = guid(text.trim()) {
        return Ok(Key::Id(id));
    }
    let primary = table.column(table.primary_id);
    text.split_once('=')
        .filter(|(name, _)| name.trim() == &*primary.logical_name && !table.is_principal())
        .and_then(|(_, id)| guid(id.trim()))
        .map(Key::Id)
        .ok_or_else(bad_syntax)
}

/// An id in its one form: with dashes, without braces, in any case.
pub(super) fn guid(text: &str) -> Option<Uuid> {
    if text.len() == 36 { Uuid::try_parse(text).ok() } else { None }
}
