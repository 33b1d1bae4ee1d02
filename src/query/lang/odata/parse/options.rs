//! The lists of `$orderby`, `$select` and `$expand`.

use super::expression::expression;
use super::literal::closing_quote;
use super::{Input, Parsed, Why, advance, blanks, cut, rest, syntax, word};
use crate::query::lang::odata::syntax::{ExpandItem, OrderItem, Path};

/// `a desc, b`
pub(super) fn order(input: &mut Input<'_>) -> Parsed<Vec<OrderItem>> {
    listed(input, false, |input| {
        let by = expression(input)?;
        blanks(input)?;
        let suffix = word(rest(input));
        let descending = suffix == "desc";
        if descending || suffix == "asc" {
            advance(input, suffix.len());
        }
        Ok(OrderItem { by, descending })
    })
}

/// `a, b/c, *`; a trailing comma is tolerated (web-api.md 1.5).
pub(super) fn select(input: &mut Input<'_>) -> Parsed<Vec<Path>> {
    if rest(input).is_empty() {
        return Ok(Vec::new());
    }
    listed(input, true, |input| {
        if rest(input).starts_with('*') {
            advance(input, 1);
            return Ok(vec!["*".into()]);
        }
        path(input)
    })
}

/// `a($select=b;$top=1), c/$ref`
pub(super) fn expand(input: &mut Input<'_>) -> Parsed<Vec<ExpandItem>> {
    listed(input, false, |input| {
        let path = path(input)?;
        blanks(input)?;
        let options = if rest(input).starts_with('(') { options(input)? } else { Vec::new() };
        Ok(ExpandItem { path, options })
    })
}

fn listed<'a, T>(
    input: &mut Input<'a>,
    trailing: bool,
    mut item: impl FnMut(&mut Input<'a>) -> Parsed<T>,
) -> Parsed<Vec<T>> {
    let mut items = Vec::new();
    loop {
        items.push(item(input)?);
        blanks(input)?;
        if !rest(input).starts_with(',') {
            return Ok(items);
        }
        advance(input, 1);
        blanks(input)?;
        if trailing && rest(input).is_empty() {
            return Ok(items);
        }
    }
}

/// Names between slashes; qualified names and `$ref` among them.
fn path(input: &mut Input<'_>) -> Parsed<Path> {
    let mut path = Path::new();
    loop {
        let text = rest(input);
        let length = text
            .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '$' | '@' | '*')))
            .unwrap_or(text.len());
        if length == 0 {
            return Err(syntax(input));
        }
        path.push(advance(input, length).into());
        if !rest(input).starts_with('/') {
            return Ok(path);
        }
        advance(input, 1);
    }
}

/// The options in an item's parentheses, told apart only by semicolons: each is read by whoever knows its name.
fn options(input: &mut Input<'_>) -> Parsed<Vec<(Box<str>, Box<str>)>> {
    advance(input, 1);
    let text = rest(input);
    let bytes = text.as_bytes();
    let (mut depth, mut at, mut start) = (0_usize, 0, 0);
    let mut options = Vec::new();
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\'' => match closing_quote(text, at + 1) {
                Some(end) => at = end,
                None => return Err(cut(input, Why::Unterminated)),
            },
            b'(' => depth += 1,
            b')' if depth > 0 => depth -= 1,
            b')' | b';' if depth == 0 => {
                let option = text[start..at].trim();
                match option.split_once('=') {
                    Some((name, value)) => options.push((name.trim().into(), value.trim().into())),
                    None if option.is_empty() => {}
                    None => {
                        advance(input, start);
                        return Err(syntax(input));
                    }
                }
                start = at + 1;
                if *byte == b')' {
                    advance(input, at + 1);
                    return Ok(options);
                }
            }
            _ => {}
        }
        at += 1;
    }
    advance(input, text.len());
    Err(syntax(input))
}
