//! Plans as text: one line, names instead of places. For people, logs and the tables of tests.

use std::fmt;

use super::{
    Alias, ColRef, Columns, Expand, Link, Operator, OrderBy, OrderKey, Predicate, Quantifier, Query, Source,
    Start,
};
use crate::model::{Catalogue, ColumnId, NavigationKind, Target, Value};

/// A query with the catalogue that knows its names; prints itself.
#[derive(Debug, Clone, Copy)]
pub struct Printed<'a> {
    query: &'a Query,
    catalogue: &'a Catalogue,
}

impl Query {
    /// The query in a form that prints itself.
    pub fn display<'a>(&'a self, catalogue: &'a Catalogue) -> Printed<'a> {
        Printed { query: self, catalogue }
    }
}

impl fmt::Display for Printed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Query { source, columns, named: _, expand, group: _, distinct: _, order, page, count } =
            self.query;
        let scope = Scope { source, catalogue: self.catalogue };
        f.write_str(&self.catalogue.table(source.table).logical_name)?;
        scope.filter(f, " where ")?;
        scope.order(f, " order by ", order)?;
        match (&page.start, page.continues) {
            (Start::First, _) => {}
            (Start::Skip { pages }, _) => write!(f, " skip {pages} pages")?,
            (Start::After(cookie), _) => write!(f, " after {cookie}")?,
        }
        write!(f, " {} {}", if page.continues { "page" } else { "top" }, page.size)?;
        if *count {
            f.write_str(" count")?;
        }
        scope.columns(f, " select ", columns)?;
        for expand in expand {
            scope.expand(f, expand)?;
        }
        Ok(())
    }
}

/// A source with the catalogue that knows its names.
struct Scope<'a> {
    source: &'a Source,
    catalogue: &'a Catalogue,
}

impl Scope<'_> {
    fn filter(&self, f: &mut fmt::Formatter<'_>, before: &str) -> fmt::Result {
        if self.source.filter == Predicate::True {
            return Ok(());
        }
        f.write_str(before)?;
        self.predicate(f, &self.source.filter, true)
    }

    fn predicate(&self, f: &mut fmt::Formatter<'_>, predicate: &Predicate, outermost: bool) -> fmt::Result {
        match predicate {
            Predicate::True => f.write_str("true"),
            Predicate::False => f.write_str("false"),
            Predicate::And(parts) => self.several(f, parts, " and ", outermost),
            Predicate::Or(parts) => self.several(f, parts, " or ", outermost),
            Predicate::Cmp { column, operator, args } => {
                self.column(f, *column)?;
                write!(f, " {}", operator.sign())?;
                match operator {
                    Operator::In | Operator::NotIn => {
                        f.write_str(" (")?;
                        separated(f, args, value)?;
                        f.write_str(")")
                    }
                    _ => args.iter().try_for_each(|arg| {
                        f.write_str(" ")?;
                        value(f, arg)
                    }),
                }
            }
            Predicate::Cols { left, operator, right } => {
                self.column(f, *left)?;
                write!(f, " {} ", operator.sign())?;
                self.column(f, *right)
            }
            Predicate::Quant { kind, link, body } => {
                f.write_str(match kind {
                    Quantifier::Any => "any ",
                    Quantifier::NotAny => "not any ",
                    Quantifier::AllNone => "all none ",
                })?;
                self.link(f, link, body)?;
                f.write_str("(")?;
                Scope { source: body, catalogue: self.catalogue }.filter(f, "")?;
                f.write_str(")")
            }
        }
    }

    fn several(
        &self,
        f: &mut fmt::Formatter<'_>,
        parts: &[Predicate],
        between: &str,
        outermost: bool,
    ) -> fmt::Result {
        if !outermost {
            f.write_str("(")?;
        }
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                f.write_str(between)?;
            }
            self.predicate(f, part, false)?;
        }
        if outermost { Ok(()) } else { f.write_str(")") }
    }

    fn link(&self, f: &mut fmt::Formatter<'_>, link: &Link, body: &Source) -> fmt::Result {
        let table = self.catalogue.table(body.table);
        match *link {
            Link::Columns { parent, from, .. } => {
                self.prefix(f, parent)?;
                write!(f, "{}.{}", table.logical_name, table.column(from).logical_name)
            }
            Link::Through { parent, intersect, .. } => {
                self.prefix(f, parent)?;
                write!(f, "{}.{}", self.catalogue.table(intersect).logical_name, table.logical_name)
            }
        }
    }

    /// The way to a joined table: the lookups that lead there, each with its target.
    fn prefix(&self, f: &mut fmt::Formatter<'_>, alias: Alias) -> fmt::Result {
        if alias == Alias::ROOT {
            return Ok(());
        }
        let join = &self.source.joins[usize::from(alias.0) - 1];
        self.prefix(f, join.parent)?;
        let lookup = self.name(join.parent, join.to);
        write!(f, "{lookup}:{}/", self.catalogue.table(join.table).logical_name)
    }

    fn name(&self, alias: Alias, column: ColumnId) -> &str {
        &self.catalogue.table(self.source.table_of(alias)).column(column).logical_name
    }

    fn column(&self, f: &mut fmt::Formatter<'_>, column: ColRef) -> fmt::Result {
        self.prefix(f, column.alias)?;
        f.write_str(self.name(column.alias, column.column))
    }

    fn order(&self, f: &mut fmt::Formatter<'_>, before: &str, order: &[OrderKey]) -> fmt::Result {
        if order.is_empty() {
            return Ok(());
        }
        f.write_str(before)?;
        separated(f, order, |f, key| {
            self.column(f, key.column)?;
            if key.by == OrderBy::LookupName {
                f.write_str(" name")?;
            }
            f.write_str(if key.descending { " desc" } else { "" })
        })
    }

    fn columns(&self, f: &mut fmt::Formatter<'_>, before: &str, columns: &Columns) -> fmt::Result {
        let Columns::Some(columns) = columns else { return Ok(()) };
        f.write_str(before)?;
        separated(f, columns, |f, column| f.write_str(self.name(Alias::ROOT, *column)))
    }

    fn expand(&self, f: &mut fmt::Formatter<'_>, expand: &Expand) -> fmt::Result {
        write!(f, " expand {}", expand.name)?;
        if expand.reference_only {
            f.write_str("/$ref")?;
        }
        f.write_str("(")?;
        if let Some(source) = &expand.source {
            let scope = Scope { source, catalogue: self.catalogue };
            f.write_str(&self.catalogue.table(source.table).logical_name)?;
            scope.filter(f, " where ")?;
            scope.order(f, " order by ", &expand.order)?;
            if !matches!(expand.navigation, NavigationKind::Lookup { .. }) {
                write!(f, " top {}", expand.top)?;
            }
            scope.columns(f, " select ", &expand.columns)?;
        } else {
            debug_assert!(matches!(
                expand.navigation,
                NavigationKind::Lookup { target: Target::Principal, .. }
            ));
            f.write_str("principal")?;
        }
        f.write_str(")")
    }
}

fn separated<T>(
    f: &mut fmt::Formatter<'_>,
    items: &[T],
    mut print: impl FnMut(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        print(f, item)?;
    }
    Ok(())
}

fn value(f: &mut fmt::Formatter<'_>, value: &Value) -> fmt::Result {
    match value {
        Value::Null => f.write_str("null"),
        Value::Bool(v) => write!(f, "{v}"),
        Value::Int(v) => write!(f, "{v}"),
        Value::Long(v) => write!(f, "{v}L"),
        Value::Double(v) => write!(f, "{v:?}"),
        Value::Decimal(v) => write!(f, "{v}m"),
        Value::String(v) => write!(f, "'{}'", v.replace('\'', "''")),
        Value::Guid(v) => write!(f, "{v}"),
        Value::DateTime(v) => match jiff::Timestamp::from_second(*v) {
            Ok(instant) => write!(f, "{instant}"),
            Err(_) => write!(f, "@{v}"),
        },
        Value::Date(v) => match super::super::lang::date_of(*v) {
            Some(date) => write!(f, "{date}"),
            None => write!(f, "day {v}"),
        },
        Value::Lookup(v) => write!(f, "{}", v.id),
        Value::Binary(v) => write!(f, "{} bytes", v.len()),
    }
}

impl Operator {
    fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::GreaterThan => ">",
            Self::GreaterEqual => ">=",
            Self::LessThan => "<",
            Self::LessEqual => "<=",
            Self::Like => "like",
            Self::NotLike => "not like",
            Self::BeginsWith => "begins with",
            Self::DoesNotBeginWith => "does not begin with",
            Self::EndsWith => "ends with",
            Self::DoesNotEndWith => "does not end with",
            Self::In => "in",
            Self::NotIn => "not in",
            Self::Null => "is null",
            Self::NotNull => "is not null",
            Self::EqualUserId => "is the caller",
            Self::NotEqualUserId => "is not the caller",
            Self::EqualBusinessId => "is the caller's business unit",
            Self::NotEqualBusinessId => "is not the caller's business unit",
            other => other.name(),
        }
    }
}
