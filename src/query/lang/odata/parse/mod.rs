//! `OData` text to [syntax](super::syntax).
//!
//! Recursive descent in winnow over the text as it stands, without a token stage. Whatever recurses (parentheses,
//! `not`, calls, lambdas) passes [`nested`], which counts; chains of `and` and `or` are loops. So no text, however
//! hostile, can exhaust the stack or make a tree that would when it is dropped.

mod apply;
mod expression;
mod literal;
mod options;

use winnow::error::{ErrMode, ParserError};
use winnow::prelude::*;
use winnow::stream::{LocatingSlice, Location, Stateful, Stream};
use winnow::token::take_while;

use super::syntax::{Argument, ExpandItem, Expr, OrderItem, Path, Transformation};

pub(super) use literal::{closing_quote, parse_guid};

/// How deep an expression may nest.
const DEEPEST: u16 = 100;

/// The text, the place in it, and how deep the parser stands.
type Input<'a> = Stateful<LocatingSlice<&'a str>, u16>;
type Parsed<T> = Result<T, ErrMode<Failure>>;

/// Why a text is no `OData`, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    /// Byte offset.
    pub(super) at: usize,
    /// What is wrong there.
    pub(super) why: Why,
}

/// What is wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Why {
    /// The text does not go on as it must.
    Syntax,
    /// A quote has no partner.
    Unterminated,
    /// `guid'...'` and its kind, from `OData` 2 and 3; ends here.
    Unrecognized { end: usize },
    /// Nested beyond [`DEEPEST`].
    TooDeep,
    /// `OData` has this operator and the service has not.
    Foreign(&'static str),
    /// One of these words must stand here.
    Expected(&'static str),
    /// No way to aggregate goes by this name, which is so long.
    UnrecognizedMethod { length: usize },
}

impl ParserError<Input<'_>> for Failure {
    type Inner = Self;

    fn from_input(input: &Input<'_>) -> Self {
        Self { at: input.current_token_start(), why: Why::Syntax }
    }

    /// Of two ways that failed the one that came further tells more.
    fn or(self, other: Self) -> Self {
        if self.at > other.at { self } else { other }
    }

    fn into_inner(self) -> Result<Self::Inner, Self> {
        Ok(self)
    }
}

/// Reads an expression; the whole text must be one.
pub(super) fn expression(text: &str) -> Result<Expr, Failure> {
    whole(text, expression::expression)
}

/// Reads the keys of an `$orderby`.
pub(super) fn order(text: &str) -> Result<Vec<OrderItem>, Failure> {
    whole(text, options::order)
}

/// Reads the properties of a `$select`.
pub(super) fn select(text: &str) -> Result<Vec<Path>, Failure> {
    whole(text, options::select)
}

/// Reads the properties of an `$expand`.
pub(super) fn expand(text: &str) -> Result<Vec<ExpandItem>, Failure> {
    whole(text, options::expand)
}

/// Reads the steps of an `$apply`.
pub(super) fn apply(text: &str) -> Result<Vec<Transformation>, Failure> {
    whole(text, apply::apply)
}

/// Reads what stands within the parentheses of a call or a key.
pub(super) fn arguments(text: &str) -> Result<Vec<Argument>, Failure> {
    whole(text, expression::arguments)
}

/// Runs a parser over a whole text, blanks around it allowed.
fn whole<'a, T>(text: &'a str, mut parser: impl FnMut(&mut Input<'a>) -> Parsed<T>) -> Result<T, Failure> {
    let mut input = Stateful { input: LocatingSlice::new(text), state: 0 };
    let parsed = blanks(&mut input)
        .and_then(|_| parser(&mut input))
        .and_then(|parsed| blanks(&mut input).map(|_| parsed))
        .and_then(|parsed| if rest(&input).is_empty() { Ok(parsed) } else { Err(syntax(&input)) });
    parsed.map_err(|error| match error {
        ErrMode::Backtrack(failure) | ErrMode::Cut(failure) => failure,
        ErrMode::Incomplete(_) => Failure { at: text.len(), why: Why::Syntax },
    })
}

/// Runs a parser one level deeper.
fn nested<'a, T>(input: &mut Input<'a>, parser: impl FnOnce(&mut Input<'a>) -> Parsed<T>) -> Parsed<T> {
    if input.state >= DEEPEST {
        return Err(cut(input, Why::TooDeep));
    }
    input.state += 1;
    let parsed = parser(input);
    input.state -= 1;
    parsed
}

/// Any blanks; what is decoded may hold line ends too.
fn blanks<'a>(input: &mut Input<'a>) -> Parsed<&'a str> {
    take_while(0.., |c| matches!(c, ' ' | '\t' | '\r' | '\n')).parse_next(input)
}

/// What is still to be read.
fn rest<'a>(input: &Input<'a>) -> &'a str {
    let rest: &&'a str = input.input.as_ref();
    rest
}

/// Moves on by some bytes.
fn advance<'a>(input: &mut Input<'a>, bytes: usize) -> &'a str {
    input.next_slice(bytes)
}

/// The name at the start of a text; empty where there is none.
fn word(text: &str) -> &str {
    let end = text
        .char_indices()
        .find(|(at, c)| !(c.is_alphabetic() || *c == '_' || *at > 0 && c.is_numeric()))
        .map_or(text.len(), |(at, _)| at);
    &text[..end]
}

/// The text does not go on as it must here.
fn syntax(input: &Input<'_>) -> ErrMode<Failure> {
    cut(input, Why::Syntax)
}

fn cut(input: &Input<'_>, why: Why) -> ErrMode<Failure> {
    ErrMode::Cut(Failure { at: input.current_token_start(), why })
}
