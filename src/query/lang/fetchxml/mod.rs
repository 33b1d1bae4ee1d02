//! `FetchXML`, the platform's own query language, as the Web API takes it. Source: queries.md B.
//!
//! Text becomes a tree of elements (`xml`), the tree becomes [syntax] without any schema (`parse`), syntax becomes a
//! plan with the catalogue (`lower`); every refusal stands in `refuse`. `print` writes syntax as a document again.

mod lower;
mod parse;
mod print;
mod refuse;
pub mod syntax;
#[cfg(test)]
mod tests;
pub mod uses;
mod xml;

use crate::fault::Result;
use crate::model::{Catalogue, TableId};
use crate::query::plan::Query;
use syntax::Fetch;

/// What a request says beside the document.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// The table of the entity set that is addressed.
    pub table: TableId,
    /// What `Prefer: odata.maxpagesize` asks for. `Assumed:` it counts where the document names no page size.
    pub max_page_size: Option<u32>,
    /// Whether `$count=true` stands beside the document.
    pub count: bool,
}

/// What a document asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Lowered {
    /// The rows or groups.
    pub query: Query,
    /// Under which names each row tells how many rows stand directly below it in its table's hierarchy. They are counted
    /// whoever may read them, so the plan, which finds what a caller may see, does not know of them.
    pub children: Vec<Box<str>>,
}

/// Reads a document.
///
/// # Errors
///
/// What the service answers to documents it does not take, and `NotEmulated` for what the emulator lacks.
pub fn parse(text: &str) -> Result<Fetch> {
    parse::fetch(text)
}

/// Makes a document a plan.
///
/// # Errors
///
/// What the service answers to documents it does not take, and `NotEmulated` for what the emulator lacks.
pub fn lower(catalogue: &Catalogue, fetch: &Fetch, asked: Asked) -> Result<Lowered> {
    lower::query(catalogue, fetch, asked)
}
