//! The steps of an `$apply`. Source: queries.md A.10, web-api.md 5.9; the words of refusals are those of Microsoft's
//! `OData` library (ODL).

use super::expression::{expect, expression};
use super::{Input, Parsed, Why, advance, blanks, cut, nested, rest, syntax, word};
use crate::query::lang::odata::syntax::{AggregateItem, Expr, Transformation};

/// The transformations that ODL reads.
const STEPS: &str = "aggregate|filter|groupby|compute|expand";
/// Ways to aggregate; ODL takes a qualified name too, for methods a service may define.
const METHODS: [&str; 5] = ["average", "countdistinct", "max", "min", "sum"];

/// `filter(a eq 1)/groupby((b),aggregate(c with sum as d))`
pub(super) fn apply(input: &mut Input<'_>) -> Parsed<Vec<Transformation>> {
    let mut steps = Vec::new();
    loop {
        steps.push(step(input)?);
        blanks(input)?;
        if !rest(input).starts_with('/') {
            return Ok(steps);
        }
        advance(input, 1);
        blanks(input)?;
    }
}

fn step(input: &mut Input<'_>) -> Parsed<Transformation> {
    match word(rest(input)) {
        "filter" => in_parentheses(input, "filter".len(), expression).map(Transformation::Filter),
        "aggregate" => aggregate(input).map(Transformation::Aggregate),
        "groupby" => in_parentheses(input, "groupby".len(), |input| {
            let keys = in_parentheses(input, 0, |input| listed(input, expression))?;
            blanks(input)?;
            if !rest(input).starts_with(',') {
                return Ok(Transformation::GroupBy { keys, aggregate: Vec::new() });
            }
            advance(input, 1);
            blanks(input)?;
            if word(rest(input)) != "aggregate" {
                return Err(cut(input, Why::Expected("aggregate")));
            }
            Ok(Transformation::GroupBy { keys, aggregate: aggregate(input)? })
        }),
        "compute" => Err(cut(input, Why::Foreign("compute"))),
        "expand" => Err(cut(input, Why::Foreign("expand"))),
        _ => Err(cut(input, Why::Expected(STEPS))),
    }
}

fn aggregate(input: &mut Input<'_>) -> Parsed<Vec<AggregateItem>> {
    in_parentheses(input, "aggregate".len(), |input| listed(input, aggregate_item))
}

/// `price with sum as total`, `$count as rows`
fn aggregate_item(input: &mut Input<'_>) -> Parsed<AggregateItem> {
    let of = expression(input)?;
    blanks(input)?;
    // `$count` says by itself how.
    let counts = matches!(&of, Expr::Path(path) if path.last().is_some_and(|last| &**last == "$count"));
    let method = if counts { None } else { Some(method(input)?) };
    keyword(input, "as")?;
    let alias = word(rest(input));
    if alias.is_empty() {
        return Err(syntax(input));
    }
    advance(input, alias.len());
    Ok(AggregateItem { of, method, alias: alias.into() })
}

/// `with sum`, and the blanks behind it.
fn method(input: &mut Input<'_>) -> Parsed<Box<str>> {
    keyword(input, "with")?;
    let text = rest(input);
    let length = text.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.'))).unwrap_or(text.len());
    let method = &text[..length];
    if method.is_empty() {
        return Err(syntax(input));
    }
    if !method.contains('.') && !METHODS.contains(&method) {
        return Err(cut(input, Why::UnrecognizedMethod { length }));
    }
    advance(input, length);
    blanks(input)?;
    Ok(method.into())
}

fn keyword(input: &mut Input<'_>, keyword: &'static str) -> Parsed<()> {
    if word(rest(input)) != keyword {
        return Err(cut(input, Why::Expected(keyword)));
    }
    advance(input, keyword.len());
    blanks(input)?;
    Ok(())
}

/// A name of some bytes, then something in parentheses.
fn in_parentheses<'a, T>(
    input: &mut Input<'a>,
    name: usize,
    parser: impl FnOnce(&mut Input<'a>) -> Parsed<T>,
) -> Parsed<T> {
    advance(input, name);
    blanks(input)?;
    expect(input, '(')?;
    let inner = nested(input, |input| {
        blanks(input)?;
        parser(input)
    })?;
    blanks(input)?;
    expect(input, ')')?;
    Ok(inner)
}

fn listed<'a, T>(input: &mut Input<'a>, mut item: impl FnMut(&mut Input<'a>) -> Parsed<T>) -> Parsed<Vec<T>> {
    let mut items = Vec::new();
    loop {
        items.push(item(input)?);
        blanks(input)?;
        if !rest(input).starts_with(',') {
            return Ok(items);
        }
        advance(input, 1);
        blanks(input)?;
    }
}
