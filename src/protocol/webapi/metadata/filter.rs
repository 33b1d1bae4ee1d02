//! `$filter` over metadata: comparisons of simple properties, `startswith`, `endswith`, `contains`, joined by
//! `and`, `or`, `not` and parentheses.
//!
//! Texts are compared exactly, with regard to case: logical names are lower-case, and the official Python client
//! lowers the case of a name before it asks (assumption; the documentation does not say).

use std::cmp::Ordering;

use rust_decimal::prelude::ToPrimitive;
use uuid::Uuid;

use super::faults;
use super::item::{Datum, Item};
use super::schema::{Definition, Kind};
use crate::fault::{Fault, Result};

/// A parsed and checked filter.
#[derive(Debug)]
pub(super) enum Filter {
    /// All of them.
    All(Vec<Filter>),
    /// One of them at least.
    Any(Vec<Filter>),
    /// Not.
    Not(Box<Filter>),
    /// A property against a value.
    Compare(Path, Operator, Literal),
    /// A text against a part of it.
    Text(TextTest, Path, String),
    /// A boolean property by itself.
    Flag(Path),
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

/// A test of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextTest {
    StartsWith,
    EndsWith,
    Contains,
}

/// A simple property, or the `Value` of a structured one.
#[derive(Debug)]
pub(super) struct Path {
    name: &'static str,
    kind: Kind,
}

/// A value in a filter.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Literal {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    Guid(Uuid),
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Open,
    Close,
    Comma,
    Word(String),
    Quoted(String),
    /// `Microsoft.Dynamics.CRM.Name'Member'`.
    Member(String),
}

/// How deep parentheses and negations may nest: a parser that calls itself must not be led to the end of the stack.
const MAX_DEPTH: usize = 100;

/// Reads a filter over rows of a type.
pub(super) fn parse(text: &str, on: &'static Definition) -> Result<Filter> {
    let tokens = tokens(text)?;
    let mut parser = Parser { text, tokens: &tokens, at: 0, depth: 0, on };
    let filter = parser.either()?;
    if parser.at < tokens.len() { Err(parser.syntax()) } else { Ok(filter) }
}

fn tokens(text: &str) -> Result<Vec<(usize, Token)>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let at = text.len() - rest.len();
        let Some(first) = rest.chars().next() else { return Ok(tokens) };
        let (token, length) = match first {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            ',' => (Token::Comma, 1),
            '\'' => {
                let (value, length) = quoted(rest).ok_or_else(|| faults::unterminated(at, text))?;
                (Token::Quoted(value), length)
            }
            _ => {
                let length = rest.find([' ', '\t', '(', ')', ',', '\'']).unwrap_or(rest.len());
                let word = &rest[..length];
                if word.contains('.') && rest[length..].starts_with('\'') {
                    let (value, more) =
                        quoted(&rest[length..]).ok_or_else(|| faults::unterminated(at, text))?;
                    (Token::Member(value), length + more)
                } else {
                    (Token::Word(word.to_owned()), length)
                }
            }
        };
        tokens.push((at, token));
        rest = &rest[length..];
    }
}

/// The text between quotes, doubled ones halved, and how much of the input it took.
fn quoted(text: &str) -> Option<(String, usize)> {
    let mut value = String::new();
    let mut letters = text.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        if letter != '\'' {
            value.push(letter);
        } else if letters.peek().is_some_and(|(_, next)| *next == '\'') {
            value.push('\'');
            letters.next();
        } else {
            return Some((value, at + 1));
        }
    }
    None
}

struct Parser<'a> {
    text: &'a str,
    tokens: &'a [(usize, Token)],
    at: usize,
    depth: usize,
    on: &'static Definition,
}

impl Parser<'_> {
    fn syntax(&self) -> Fault {
        let at = self.tokens.get(self.at).map_or(self.text.len(), |(at, _)| *at);
        faults::syntax_at(at, self.text)
    }

    fn next(&mut self) -> Result<&Token> {
        let syntax = self.syntax();
        let (_, token) = self.tokens.get(self.at).ok_or(syntax)?;
        self.at += 1;
        Ok(token)
    }

    fn take(&mut self, wanted: &Token) -> bool {
        let found = self.tokens.get(self.at).is_some_and(|(_, token)| token == wanted);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, wanted: &Token) -> Result<()> {
        if self.take(wanted) { Ok(()) } else { Err(self.syntax()) }
    }

    fn word(&mut self, word: &str) -> bool {
        self.take(&Token::Word(word.to_owned()))
    }

    fn either(&mut self) -> Result<Filter> {
        let mut terms = vec![self.both()?];
        while self.word("or") {
            terms.push(self.both()?);
        }
        Ok(Filter::Any(terms))
    }

    fn both(&mut self) -> Result<Filter> {
        let mut terms = vec![self.term()?];
        while self.word("and") {
            terms.push(self.term()?);
        }
        Ok(Filter::All(terms))
    }

    fn term(&mut self) -> Result<Filter> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.syntax().hint(format!("Nest at most {MAX_DEPTH} parentheses and negations.")));
        }
        let term = self.nested();
        self.depth -= 1;
        term
    }

    fn nested(&mut self) -> Result<Filter> {
        if self.word("not") {
            return Ok(Filter::Not(Box::new(self.term()?)));
        }
        if self.take(&Token::Open) {
            let inner = self.either()?;
            self.expect(&Token::Close)?;
            return Ok(inner);
        }
        let Token::Word(word) = self.next()?.clone() else {
            self.at -= 1;
            return Err(self.syntax());
        };
        if self.take(&Token::Open) { self.test(&word) } else { self.comparison(&word) }
    }

    fn test(&mut self, name: &str) -> Result<Filter> {
        let test = match name {
            "startswith" => TextTest::StartsWith,
            "endswith" => TextTest::EndsWith,
            "contains" => TextTest::Contains,
            other => {
                return Err(Fault::not_emulated(format_args!("{other}() in $filter of table definitions")));
            }
        };
        let Token::Word(path) = self.next()?.clone() else { return Err(self.syntax()) };
        let path = Path::find(&path, self.on)?;
        self.expect(&Token::Comma)?;
        let Token::Quoted(text) = self.next()?.clone() else { return Err(self.syntax()) };
        self.expect(&Token::Close)?;
        match path.kind {
            Kind::String => Ok(Filter::Text(test, path, text)),
            kind => Err(faults::incompatible(&kind.edm(), "Edm.String", name)),
        }
    }

    fn comparison(&mut self, path: &str) -> Result<Filter> {
        let path = Path::find(path, self.on)?;
        let operator = match self.tokens.get(self.at) {
            Some((_, Token::Word(word))) => match word.as_str() {
                "eq" => Operator::Eq,
                "ne" => Operator::Ne,
                "gt" => Operator::Gt,
                "ge" => Operator::Ge,
                "lt" => Operator::Lt,
                "le" => Operator::Le,
                "in" | "has" => {
                    return Err(Fault::not_emulated(format_args!(
                        "the operator '{word}' in $filter of table definitions"
                    )));
                }
                _ if matches!(path.kind, Kind::Boolean) => return Ok(Filter::Flag(path)),
                _ => return Err(self.syntax()),
            },
            _ if matches!(path.kind, Kind::Boolean) => return Ok(Filter::Flag(path)),
            _ => return Err(self.syntax()),
        };
        self.at += 1;
        let literal = match self.next()?.clone() {
            Token::Quoted(text) | Token::Member(text) => Literal::Text(text),
            Token::Word(word) => Literal::read(&word).ok_or_else(|| {
                self.at -= 1;
                self.syntax()
            })?,
            _ => {
                self.at -= 1;
                return Err(self.syntax());
            }
        };
        path.check(&literal, operator)?;
        Ok(Filter::Compare(path, operator, literal))
    }
}

impl Literal {
    fn read(word: &str) -> Option<Self> {
        Some(match word {
            "null" => Self::Null,
            "true" => Self::Bool(true),
            "false" => Self::Bool(false),
            _ => match word.parse() {
                // `Uuid` would read braces and missing hyphens too; OData's literal has neither.
                Ok(id) if word.len() == 36 => Self::Guid(id),
                _ => {
                    Self::Number(word.parse().ok().filter(|_| word.ends_with(|c: char| c.is_ascii_digit()))?)
                }
            },
        })
    }

    fn edm(&self) -> &'static str {
        match self {
            Self::Null => "<null>",
            Self::Bool(_) => "Edm.Boolean",
            Self::Number(number) if number.fract() == 0.0 => "Edm.Int32",
            Self::Number(_) => "Edm.Double",
            Self::Text(_) => "Edm.String",
            Self::Guid(_) => "Edm.Guid",
        }
    }
}

impl Path {
    fn find(text: &str, on: &'static Definition) -> Result<Self> {
        let (name, member) = text.split_once('/').map_or((text, None), |(name, rest)| (name, Some(rest)));
        let Some((name, kind)) = on.property(name) else { return Err(faults::no_property(name, on)) };
        let kind = match (kind, member) {
            (Kind::Shape(shape), Some(member)) => shape
                .properties
                .iter()
                .find(|(of, kind)| *of == member && *of == "Value" && !matches!(kind, Kind::Shape(_)))
                .map(|(_, kind)| *kind),
            (Kind::Shape(_) | Kind::List(_), _) | (_, Some(_)) => None,
            (kind, None) => Some(*kind),
        };
        // The service filters by simple properties and by the value of a managed one, never by labels.
        kind.map(|kind| Self { name, kind })
            .ok_or_else(|| Fault::not_emulated(format_args!("$filter by {text} of table definitions")))
    }

    fn check(&self, literal: &Literal, operator: Operator) -> Result<()> {
        let fits = match (self.kind, literal) {
            (_, Literal::Null)
            | (Kind::Boolean, Literal::Bool(_))
            | (Kind::Int32 | Kind::Int64 | Kind::Double | Kind::Decimal, Literal::Number(_))
            | (Kind::String, Literal::Text(_))
            | (Kind::Guid, Literal::Guid(_)) => true,
            // The enumeration's name may be left out, as the official Python client does.
            (Kind::Enum(of), Literal::Text(member)) => {
                of.members.iter().any(|(name, _)| name == member)
                    && matches!(operator, Operator::Eq | Operator::Ne)
            }
            _ => false,
        };
        if fits {
            Ok(())
        } else {
            Err(faults::incompatible(&self.kind.edm(), literal.edm(), operator.name()))
        }
    }

    fn order(&self, item: Item<'_>, literal: &Literal) -> Option<Ordering> {
        match (item.property(self.name), literal) {
            (Datum::Null, Literal::Null) => Some(Ordering::Equal),
            (Datum::Bool(left), Literal::Bool(right)) => Some(left.cmp(right)),
            (Datum::Int(left), Literal::Number(right)) => (left as f64).partial_cmp(right),
            (Datum::Double(left), Literal::Number(right)) => left.partial_cmp(right),
            (Datum::Decimal(left), Literal::Number(right)) => left.to_f64()?.partial_cmp(right),
            (Datum::Text(left), Literal::Text(right)) => Some((*left).cmp(right.as_str())),
            (Datum::Wrapped(left) | Datum::Required(left), Literal::Text(right)) => {
                Some(left.cmp(right.as_str()))
            }
            (Datum::Guid(left), Literal::Guid(right)) => Some(left.cmp(right)),
            _ => None,
        }
    }
}

impl Operator {
    fn name(self) -> &'static str {
        match self {
            Self::Eq => "Equal",
            Self::Ne => "NotEqual",
            Self::Gt => "GreaterThan",
            Self::Ge => "GreaterThanOrEqual",
            Self::Lt => "LessThan",
            Self::Le => "LessThanOrEqual",
        }
    }
}

impl Filter {
    /// Whether a row passes.
    pub(super) fn accepts(&self, item: Item<'_>) -> bool {
        match self {
            Self::All(terms) => terms.iter().all(|term| term.accepts(item)),
            Self::Any(terms) => terms.iter().any(|term| term.accepts(item)),
            Self::Not(inner) => !inner.accepts(item),
            Self::Flag(path) => item.property(path.name) == Datum::Bool(true),
            Self::Text(test, path, part) => match item.property(path.name) {
                Datum::Text(text) => match test {
                    TextTest::StartsWith => text.starts_with(part.as_str()),
                    TextTest::EndsWith => text.ends_with(part.as_str()),
                    TextTest::Contains => text.contains(part.as_str()),
                },
                _ => false,
            },
            Self::Compare(path, operator, literal) => {
                let order = path.order(item, literal);
                match operator {
                    Operator::Eq => order.is_some_and(Ordering::is_eq),
                    Operator::Ne => !order.is_some_and(Ordering::is_eq),
                    Operator::Gt => order.is_some_and(Ordering::is_gt),
                    Operator::Ge => order.is_some_and(Ordering::is_ge),
                    Operator::Lt => order.is_some_and(Ordering::is_lt),
                    Operator::Le => order.is_some_and(Ordering::is_le),
                }
            }
        }
    }
}
