//! Syntax as `OData` text: what is printed here reads back as what it was printed from.

use std::fmt::{self, Display, Formatter};

use super::syntax::{
    AggregateItem, Argument, Comparison, ExpandItem, Expr, Literal, OrderItem, Transformation,
};
use crate::query::lang::date_of;

/// How tightly an expression binds, loosest first; what stands where something tighter must is put in parentheses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Or,
    And,
    Equality,
    Relation,
    Operand,
}

impl Expr {
    fn level(&self) -> Level {
        match self {
            Self::Or(_) => Level::Or,
            Self::And(_) => Level::And,
            Self::Compare(Comparison::Equal | Comparison::NotEqual, ..) => Level::Equality,
            Self::Compare(..) => Level::Relation,
            _ => Level::Operand,
        }
    }

    fn print(&self, f: &mut Formatter<'_>, least: Level) -> fmt::Result {
        if self.level() < least { write!(f, "({self})") } else { write!(f, "{self}") }
    }
}

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Or(parts) => joined(f, parts, " or ", |f, part| part.print(f, Level::And)),
            Self::And(parts) => joined(f, parts, " and ", |f, part| part.print(f, Level::Equality)),
            Self::Not(inner) => {
                f.write_str("not ")?;
                inner.print(f, Level::Operand)
            }
            Self::Compare(by, left, right) => {
                left.print(f, self.level())?;
                write!(f, " {} ", by.word())?;
                right.print(f, if self.level() == Level::Equality { Level::Relation } else { Level::Operand })
            }
            Self::Literal(literal) => literal.fmt(f),
            Self::Alias(name) => write!(f, "@{name}"),
            Self::Path(path) => joined(f, path, "/", |f, name| f.write_str(name)),
            Self::Call { path, name, args } => {
                prefix(f, path)?;
                write!(f, "{name}(")?;
                joined(f, args, ",", |f, argument| argument.fmt(f))?;
                f.write_str(")")
            }
            Self::Lambda { path, all, body } => {
                prefix(f, path)?;
                f.write_str(if *all { "all(" } else { "any(" })?;
                if let Some((variable, body)) = body {
                    write!(f, "{variable}:{body}")?;
                }
                f.write_str(")")
            }
        }
    }
}

impl Display for Argument {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name}={}", self.value),
            None => self.value.fmt(f),
        }
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(flag) => flag.fmt(f),
            Self::Int(number) => number.fmt(f),
            Self::Decimal(number) => number.fmt(f),
            Self::Double(number) if number.is_nan() => f.write_str("NaN"),
            Self::Double(number) if number.is_infinite() => {
                f.write_str(if *number > 0.0 { "INF" } else { "-INF" })
            }
            Self::Double(number) => write!(f, "{number:e}"),
            Self::String(text) => quoted(f, text),
            Self::Guid(id) => id.fmt(f),
            Self::Date(day) => match date_of(*day) {
                Some(date) => date.fmt(f),
                None => f.write_str("null"),
            },
            Self::DateTime(second) => instant(f, *second),
            Self::Enum { name, member } => {
                f.write_str(name)?;
                quoted(f, member)
            }
            Self::Json(text) => f.write_str(text),
        }
    }
}

impl Display for OrderItem {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.by, if self.descending { " desc" } else { "" })
    }
}

impl Display for ExpandItem {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        joined(f, &self.path, "/", |f, name| f.write_str(name))?;
        if self.options.is_empty() {
            return Ok(());
        }
        f.write_str("(")?;
        joined(f, &self.options, ";", |f, (name, value)| write!(f, "{name}={value}"))?;
        f.write_str(")")
    }
}

impl Display for Transformation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Filter(condition) => write!(f, "filter({condition})"),
            Self::Aggregate(items) => aggregate(f, items),
            Self::GroupBy { keys, aggregate: items } => {
                f.write_str("groupby((")?;
                joined(f, keys, ",", |f, key| key.fmt(f))?;
                f.write_str(")")?;
                if !items.is_empty() {
                    f.write_str(",")?;
                    aggregate(f, items)?;
                }
                f.write_str(")")
            }
        }
    }
}

fn aggregate(f: &mut Formatter<'_>, items: &[AggregateItem]) -> fmt::Result {
    f.write_str("aggregate(")?;
    joined(f, items, ",", |f, item| {
        write!(f, "{}", item.of)?;
        if let Some(method) = &item.method {
            write!(f, " with {method}")?;
        }
        write!(f, " as {}", item.alias)
    })?;
    f.write_str(")")
}

impl Comparison {
    /// The word of the language.
    fn word(self) -> &'static str {
        match self {
            Self::Equal => "eq",
            Self::NotEqual => "ne",
            Self::Greater => "gt",
            Self::GreaterOrEqual => "ge",
            Self::Less => "lt",
            Self::LessOrEqual => "le",
        }
    }
}

fn joined<T>(
    f: &mut Formatter<'_>,
    items: &[T],
    between: &str,
    mut print: impl FnMut(&mut Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            f.write_str(between)?;
        }
        print(f, item)?;
    }
    Ok(())
}

fn prefix(f: &mut Formatter<'_>, path: &[Box<str>]) -> fmt::Result {
    path.iter().try_for_each(|name| write!(f, "{name}/"))
}

fn quoted(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    write!(f, "'{}'", text.replace('\'', "''"))
}

/// The language has years of four digits, yet an offset may lead out of them.
fn instant(f: &mut Formatter<'_>, second: i64) -> fmt::Result {
    const HOURS: i64 = 14;
    let year_0 = civil_second(0);
    match jiff::Timestamp::from_second(second) {
        Ok(instant) if second >= year_0 => instant.fmt(f),
        _ => match jiff::Timestamp::from_second(second + HOURS * 3600) {
            Ok(instant) => write!(f, "{}+{HOURS}:00", instant.to_string().trim_end_matches('Z')),
            Err(_) => f.write_str("null"),
        },
    }
}

/// The first second of a year.
fn civil_second(year: i16) -> i64 {
    jiff::civil::date(year, 1, 1)
        .to_zoned(jiff::tz::TimeZone::UTC)
        .map_or(0, |start| start.timestamp().as_second())
}
