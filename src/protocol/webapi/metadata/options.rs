//! `$select`, `$filter` and `$expand` over metadata, read and checked against the types.

use super::faults;
use super::filter::{self, Filter};
use super::schema::{Definition, Way};
use crate::fault::{Fault, Result, code};

/// The query options of one level.
#[derive(Debug, Default)]
pub(super) struct Options {
    /// The properties asked for, in the order asked for; `None` for all.
    pub(super) select: Option<Vec<&'static str>>,
    /// Which rows.
    pub(super) filter: Option<Filter>,
    /// What to write beneath each row.
    pub(super) expand: Vec<Expand>,
}

/// One navigation property of `$expand`.
#[derive(Debug)]
pub(super) struct Expand {
    pub(super) way: &'static Way,
    pub(super) options: Options,
}

/// Reads the query string of a request for rows of a type.
pub(super) fn parse(query: &str, on: &'static Definition, single: bool) -> Result<Options> {
    let mut pairs = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        pairs.push((decode(name)?.trim().to_owned(), decode(value)?));
    }
    read(&pairs, on, single)
}

/// Decodes a part of a query string: `+` stands for a space there.
fn decode(text: &str) -> Result<String> {
    let spaced = text.replace('+', " ");
    let decoded = percent_encoding::percent_decode_str(&spaced).decode_utf8();
    decoded.map(std::borrow::Cow::into_owned).map_err(|_| faults::bad_key())
}

fn read(pairs: &[(String, String)], on: &'static Definition, single: bool) -> Result<Options> {
    let mut options = Options::default();
    for (index, (name, value)) in pairs.iter().enumerate() {
        if pairs[..index].iter().any(|(earlier, _)| earlier == name) {
            let message = format!(
                "Query option '{name}' was specified more than once, but it must be specified at most once."
            );
            return Err(Fault::with(&code::CrmHttpError, message));
        }
        match name.as_str() {
            "$select" => options.select = select(value, on)?,
            "$expand" => options.expand = expand(value, on)?,
            "$filter" if !single => options.filter = Some(filter::parse(value, on)?),
            other => {
                let what = if single { "a single definition" } else { "definitions" };
                return Err(Fault::not_emulated(format_args!(
                    "the query option {other} on {what} of metadata"
                )));
            }
        }
    }
    Ok(options)
}

fn select(text: &str, on: &'static Definition) -> Result<Option<Vec<&'static str>>> {
    let mut names = Vec::new();
    for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        if name == "*" {
            return Ok(None);
        }
        if name.contains('/') {
            return Err(Fault::not_emulated(format_args!("$select of the path {name}")));
        }
        let known = on.property(name).map(|(name, _)| *name).or_else(|| on.way(name).map(|way| way.name));
        let known = known.ok_or_else(|| faults::no_property(name, on))?;
        if !names.contains(&known) {
            names.push(known);
        }
    }
    Ok(Some(names).filter(|names| !names.is_empty()))
}

fn expand(text: &str, on: &'static Definition) -> Result<Vec<Expand>> {
    let mut expands: Vec<Expand> = Vec::new();
    for item in split(text, ',').map(str::trim).filter(|item| !item.is_empty()) {
        let (name, inner) = match item.split_once('(') {
            Some((name, rest)) => {
                let inner = rest.strip_suffix(')').ok_or_else(|| faults::syntax_at(item.len(), text))?;
                (name.trim(), inner)
            }
            None => (item, ""),
        };
        if name.contains('/') {
            return Err(Fault::not_emulated(format_args!("$expand of the path {name}")));
        }
        let way = on.way(name).ok_or_else(|| faults::no_property(name, on))?;
        let pairs: Vec<(String, String)> = split(inner, ';')
            .filter(|option| !option.trim().is_empty())
            .map(|option| option.split_once('=').unwrap_or((option, "")))
            .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
            .collect();
        if expands.iter().any(|earlier| earlier.way.name == way.name) {
            return Err(Fault::with(&code::CrmHttpError, format!("$expand names '{name}' more than once.")));
        }
        expands.push(Expand { way, options: read(&pairs, way.target, !way.many)? });
    }
    Ok(expands)
}

/// Splits at a letter that stands outside parentheses and quotes.
fn split(text: &str, at: char) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    let mut in_quotes = false;
    text.split(move |letter| {
        match letter {
            '\'' => in_quotes = !in_quotes,
            '(' if !in_quotes => depth += 1,
            ')' if !in_quotes => depth = depth.saturating_sub(1),
            _ => {}
        }
        letter == at && depth == 0 && !in_quotes
    })
}
