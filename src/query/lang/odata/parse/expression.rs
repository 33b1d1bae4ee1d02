//! Expressions, by precedence climbing. Source: queries.md A.2.

use winnow::stream::Stream;

use super::literal::{guid, json, number_or_date, string, typed};
use super::{Input, Parsed, Why, advance, blanks, cut, nested, rest, syntax, word};
use crate::query::lang::odata::syntax::{Argument, Comparison, Expr, Literal, Path};

/// An expression that may hold any operator.
pub(super) fn expression(input: &mut Input<'_>) -> Parsed<Expr> {
    binary(input, Level::Or)
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Or,
    And,
    Equality,
    Relation,
    Operand,
}

#[derive(Clone, Copy)]
enum Infix {
    Or,
    And,
    Compare(Comparison),
    Foreign(&'static str),
}

/// The operator at the start of a text, with its length.
fn infix(text: &str) -> Option<(Infix, Level, usize)> {
    let word = word(text);
    let (infix, level) = match word {
        "or" => (Infix::Or, Level::Or),
        "and" => (Infix::And, Level::And),
        "eq" => (Infix::Compare(Comparison::Equal), Level::Equality),
        "ne" => (Infix::Compare(Comparison::NotEqual), Level::Equality),
        "gt" => (Infix::Compare(Comparison::Greater), Level::Relation),
        "ge" => (Infix::Compare(Comparison::GreaterOrEqual), Level::Relation),
        "lt" => (Infix::Compare(Comparison::Less), Level::Relation),
        "le" => (Infix::Compare(Comparison::LessOrEqual), Level::Relation),
        "add" => (Infix::Foreign("add"), Level::Operand),
        "sub" => (Infix::Foreign("sub"), Level::Operand),
        "mul" => (Infix::Foreign("mul"), Level::Operand),
        "div" => (Infix::Foreign("div"), Level::Operand),
        "divby" => (Infix::Foreign("divby"), Level::Operand),
        "mod" => (Infix::Foreign("mod"), Level::Operand),
        "has" => (Infix::Foreign("has"), Level::Operand),
        "in" => (Infix::Foreign("in"), Level::Operand),
        _ => return None,
    };
    Some((infix, level, word.len()))
}

/// An expression of operators that bind at least as tightly as `least`.
fn binary(input: &mut Input<'_>, least: Level) -> Parsed<Expr> {
    /// Comparisons in a row make a tree as deep as they are many.
    const LONGEST_CHAIN: usize = 16;
    let mut left = unary(input)?;
    let mut chain = 0;
    loop {
        let before = input.checkpoint();
        blanks(input)?;
        let Some((operator, level, length)) = infix(rest(input)).filter(|(_, level, _)| *level >= least)
        else {
            input.reset(&before);
            return Ok(left);
        };
        let at = rest(input);
        if let Infix::Foreign(name) = operator {
            return Err(cut(input, Why::Foreign(name)));
        }
        if !at[length..].starts_with([' ', '\t', '\r', '\n', '(']) {
            return Err(syntax(input));
        }
        advance(input, length);
        blanks(input)?;
        let right = match level {
            Level::Or => binary(input, Level::And)?,
            Level::And => binary(input, Level::Equality)?,
            Level::Equality => binary(input, Level::Relation)?,
            Level::Relation | Level::Operand => binary(input, Level::Operand)?,
        };
        left = match operator {
            Infix::Or => joined(left, right, true),
            Infix::And => joined(left, right, false),
            Infix::Compare(comparison) => {
                chain += 1;
                if chain > LONGEST_CHAIN {
                    return Err(cut(input, Why::TooDeep));
                }
                Expr::Compare(comparison, Box::new(left), Box::new(right))
            }
            Infix::Foreign(_) => return Err(syntax(input)),
        };
    }
}

/// A chain grows in one list, so that a long one makes a flat tree.
fn joined(left: Expr, right: Expr, or: bool) -> Expr {
    match (left, or) {
        (Expr::Or(mut parts), true) => {
            parts.push(right);
            Expr::Or(parts)
        }
        (Expr::And(mut parts), false) => {
            parts.push(right);
            Expr::And(parts)
        }
        (left, true) => Expr::Or(vec![left, right]),
        (left, false) => Expr::And(vec![left, right]),
    }
}

fn unary(input: &mut Input<'_>) -> Parsed<Expr> {
    let text = rest(input);
    let is_not = word(text) == "not" && text[3..].starts_with([' ', '\t', '\r', '\n', '(']);
    if !is_not {
        return primary(input);
    }
    advance(input, 3);
    blanks(input)?;
    let operand = nested(input, unary)?;
    Ok(Expr::Not(Box::new(operand)))
}

fn primary(input: &mut Input<'_>) -> Parsed<Expr> {
    let text = rest(input);
    let Some(first) = text.chars().next() else { return Err(syntax(input)) };
    if first.is_ascii_hexdigit()
        && let Some(id) = guid(input)
    {
        return Ok(Expr::Literal(Literal::Guid(id)));
    }
    match first {
        '(' => nested(input, |input| {
            advance(input, 1);
            blanks(input)?;
            let inner = expression(input)?;
            blanks(input)?;
            expect(input, ')')?;
            Ok(inner)
        }),
        '\'' => string(input).map(|text| Expr::Literal(Literal::String(text))),
        '[' | '{' => json(input).map(Expr::Literal),
        '@' => {
            let name = word(&text[1..]);
            if name.is_empty() {
                return Err(syntax(input));
            }
            advance(input, 1 + name.len());
            Ok(Expr::Alias(name.into()))
        }
        '-' if !text[1..].starts_with(|c: char| c.is_ascii_digit() || c == 'I') => {
            Err(cut(input, Why::Foreign("negate")))
        }
        '-' | '0'..='9' => number_or_date(input).map(Expr::Literal),
        _ => name(input),
    }
}

pub(super) fn expect(input: &mut Input<'_>, c: char) -> Parsed<()> {
    if !rest(input).starts_with(c) {
        return Err(syntax(input));
    }
    advance(input, c.len_utf8());
    Ok(())
}

/// What starts with a name: a literal's word, a path, a call, a lambda.
fn name(input: &mut Input<'_>) -> Parsed<Expr> {
    let mut path = Path::new();
    loop {
        let text = rest(input);
        let segment = segment(text);
        if segment.is_empty() {
            return Err(syntax(input));
        }
        let after = &text[segment.len()..];
        if after.starts_with('\'') && path.is_empty() {
            return typed(input, segment).map(Expr::Literal);
        }
        let start = input.checkpoint();
        advance(input, segment.len());
        if after.trim_start_matches([' ', '\t']).starts_with('(') {
            blanks(input)?;
            return nested(input, |input| called(input, std::mem::take(&mut path), segment));
        }
        if !after.starts_with('/') {
            if path.is_empty()
                && let Some(literal) = literal_word(segment)
            {
                return Ok(Expr::Literal(literal));
            }
            if after.starts_with(['.', '\'']) {
                input.reset(&start);
                return Err(syntax(input));
            }
            path.push(segment.into());
            return Ok(Expr::Path(path));
        }
        path.push(segment.into());
        advance(input, 1);
    }
}

/// A name, qualified or not, at the start of a text; `$count` and `$it` are such.
fn segment(text: &str) -> &str {
    let dollar = usize::from(text.starts_with('$'));
    let mut end = dollar + word(&text[dollar..]).len();
    if end == dollar {
        return "";
    }
    while text[end..].starts_with('.') {
        let more = word(&text[end + 1..]);
        if more.is_empty() {
            break;
        }
        end += 1 + more.len();
    }
    &text[..end]
}

fn literal_word(word: &str) -> Option<Literal> {
    Some(match word {
        "null" => Literal::Null,
        "true" => Literal::Bool(true),
        "false" => Literal::Bool(false),
        "INF" => Literal::Double(f64::INFINITY),
        "NaN" => Literal::Double(f64::NAN),
        _ => return None,
    })
}

/// Functions whose arguments are geographies and geometries.
const SPATIAL: [&str; 3] = ["geo.distance", "geo.intersects", "geo.length"];

/// What follows a name that an opening parenthesis follows.
fn called(input: &mut Input<'_>, path: Path, name: &str) -> Parsed<Expr> {
    // Their literals are not read, so what they are has to be said before.
    if let Some(spatial) = SPATIAL.iter().find(|spatial| **spatial == name) {
        return Err(cut(input, Why::Foreign(spatial)));
    }
    expect(input, '(')?;
    blanks(input)?;
    if matches!(name, "any" | "all") && !path.is_empty() {
        let body = lambda_body(input, name == "all")?;
        blanks(input)?;
        expect(input, ')')?;
        return Ok(Expr::Lambda { path, all: name == "all", body });
    }
    let args = arguments(input)?;
    blanks(input)?;
    expect(input, ')')?;
    Ok(Expr::Call { path, name: name.into(), args })
}

/// `x:condition`, or nothing where that is allowed.
fn lambda_body(input: &mut Input<'_>, required: bool) -> Parsed<Option<(Box<str>, Box<Expr>)>> {
    if rest(input).starts_with(')') && !required {
        return Ok(None);
    }
    let variable = word(rest(input));
    if variable.is_empty() {
        return Err(syntax(input));
    }
    advance(input, variable.len());
    blanks(input)?;
    expect(input, ':')?;
    blanks(input)?;
    let body = expression(input)?;
    Ok(Some((variable.into(), Box::new(body))))
}

/// Arguments between commas, named or not; none at all is fine.
pub(super) fn arguments(input: &mut Input<'_>) -> Parsed<Vec<Argument>> {
    let mut args = Vec::new();
    if rest(input).is_empty() || rest(input).starts_with(')') {
        return Ok(args);
    }
    loop {
        let name = argument_name(input)?;
        let value = expression(input)?;
        args.push(Argument { name, value });
        let before = input.checkpoint();
        blanks(input)?;
        if !rest(input).starts_with(',') {
            input.reset(&before);
            return Ok(args);
        }
        advance(input, 1);
        blanks(input)?;
    }
}

/// The name before an equals sign, if one stands here.
fn argument_name(input: &mut Input<'_>) -> Parsed<Option<Box<str>>> {
    let before = input.checkpoint();
    let name = word(rest(input));
    advance(input, name.len());
    blanks(input)?;
    if name.is_empty() || !rest(input).starts_with('=') {
        input.reset(&before);
        return Ok(None);
    }
    advance(input, 1);
    blanks(input)?;
    Ok(Some(name.into()))
}
