//! `OData` version 4 as the Web API takes it: query options, keys and function parameters.
//!
//! Text becomes [syntax] without any schema (`parse`), syntax becomes a plan with the catalogue (`lower`); every
//! refusal stands in `refuse`.

#[doc(hidden)]
pub mod fuzzing;
mod key;
mod lower;
#[cfg(test)]
mod operator_tests;
mod parse;
mod print;
mod refuse;
pub mod syntax;
#[cfg(test)]
mod tests;
pub mod uses;

use std::borrow::Cow;

use syntax::{Expr, Literal, OrderItem};

use super::super::plan::Query;
use crate::fault::{Fault, Result};
use crate::model::{Catalogue, TableId};

pub use key::{KeyText, parse_key};
pub use lower::coerce;

/// The query options of one request.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options<'a> {
    /// Name and value of each, in the order of the request, percent-decoded once.
    pub pairs: &'a [(Cow<'a, str>, Cow<'a, str>)],
    /// What `Prefer: odata.maxpagesize` asks for; with it `$top` is ignored (queries.md A.10).
    pub max_page_size: Option<u32>,
    /// What the options are applied to.
    pub on: Addressed,
}

/// What a request addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Addressed {
    /// A collection: every option applies.
    #[default]
    Collection,
    /// One row: only `$select` and `$expand` apply.
    Row,
}

/// A value of a function's parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum ParameterValue {
    /// Written in place.
    Literal(Literal),
    /// `@name`: the value stands in the query options, see [`Options::alias`].
    Alias(Box<str>),
}

/// Reads the query options of a request for rows of a table.
///
/// # Errors
///
/// What the service answers to options it does not take, and `NotEmulated` for those the emulator lacks.
pub fn parse(catalogue: &Catalogue, table: TableId, options: &Options<'_>) -> Result<Query> {
    lower::query(catalogue, table, options)
}

/// Reads the parameters of a function call: what stands between its parentheses, `A='x',B=5,C=@p`.
///
/// # Errors
///
/// `CrmHttpError` where the text is no list of named parameters.
pub fn parse_parameters(text: &str) -> Result<Vec<(Box<str>, ParameterValue)>> {
    let args = parse::arguments(text).map_err(|failure| refuse::syntax(text, &failure))?;
    args.into_iter()
        .map(|argument| {
            let value = match argument.value {
                Expr::Literal(literal) => ParameterValue::Literal(literal),
                Expr::Alias(name) => ParameterValue::Alias(name),
                _ => return Err(refuse::bad_key()),
            };
            Ok((argument.name.ok_or_else(refuse::bad_key)?, value))
        })
        .collect()
}

/// Reads one literal, such as the value of a parameter alias.
///
/// # Errors
///
/// `CrmHttpError` where the text is no literal.
pub fn parse_literal(text: &str) -> Result<Literal> {
    match parse::expression(text) {
        Ok(Expr::Literal(literal)) => Ok(literal),
        Ok(_) => Err(refuse::bad_key()),
        Err(failure) => Err(refuse::syntax(text, &failure)),
    }
}

/// Reads a `$filter` as text, for those who ask something else than rows by it.
///
/// # Errors
///
/// `CrmHttpError` where the text is no expression, and what the service answers to operators it lacks.
pub fn parse_filter(text: &str) -> Result<Expr> {
    parse::expression(text).map_err(|failure| refuse::syntax(text, &failure))
}

/// Reads an `$orderby` as text, for those who order something else than rows by it.
///
/// # Errors
///
/// `CrmHttpError` where the text is no list of keys.
pub fn parse_order(text: &str) -> Result<Vec<OrderItem>> {
    parse::order(text).map_err(|failure| refuse::syntax(text, &failure))
}

impl Options<'_> {
    /// The text of an option.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(of, _)| of.trim() == name).map(|(_, value)| value.trim())
    }

    /// The value of a parameter alias, its name without the `@`; null where the request gives none.
    ///
    /// # Errors
    ///
    /// `CrmHttpError` where the text is no literal.
    pub fn alias(&self, name: &str) -> Result<Literal> {
        self.alias_text(name).map_or(Ok(Literal::Null), parse_literal)
    }

    fn alias_text(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(of, _)| of.trim().strip_prefix('@') == Some(name))
            .map(|(_, value)| value.trim())
    }

    /// What an alias stands for in an expression. An alias for an alias leads nowhere.
    fn alias_expression(&self, name: &str) -> Result<Expr> {
        let Some(text) = self.alias_text(name) else { return Ok(Expr::Literal(Literal::Null)) };
        match parse::expression(text).map_err(|failure| refuse::syntax(text, &failure))? {
            Expr::Alias(_) => Err(refuse::unsupported_node("ParameterAlias")),
            other => Ok(other),
        }
    }
}

/// Options without `$` that ask for a query in another language. The face reads those it knows where rows are asked
/// for; what comes here stands beside `OData`, or is of a language that nobody reads.
const OTHER_LANGUAGES: &[&str] = &["fetchXml", "savedQuery", "userQuery", "sql"];

/// The emulator lacks an option.
fn not_emulated(option: &str) -> Fault {
    Fault::not_emulated(format_args!("the query option {option}"))
}
