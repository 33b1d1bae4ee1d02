//! Plans as text: one line, names instead of places. For people, logs and the tables of tests.
//!
//! Two plans that differ print differently, with two exceptions that decide nothing about the rows: of a cookie only
//! the last row of its page is printed, and of an expanded property its name stands for where it leads.
//!
//! ```text
//! systemuser where businessunitid:businessunit/name = 'Sales' order by fullname page 5000 select fullname
//! ```
//!
//! Joins that only follow a lookup, as `OData` has them, are printed where they are used: `businessunitid:businessunit/`.
//! A scope with any other join, or with one that nothing uses, lists its joins and goes by their numbers:
//!
//! ```text
//! account join inner a1 contact on a1.contactid = primarycontactid where a1.fullname = 'x' page 5000
//! ```

mod joins;
#[cfg(test)]
mod tests;
mod words;

use std::fmt::{self, Write as _};

use super::{
    Alias, ColRef, Columns, Expand, Group, JoinKind, Link, MOST_ROWS, Named, Operator, OrderBy, OrderKey,
    Predicate, Quantifier, Query, Source, Start, Zone,
};
use crate::model::{Catalogue, ColumnId, NavigationKind, Target, Value};
use joins::{Used, join_of};
use words::{function_name, part_name};

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
        let Query { source, columns, named, expand, group, distinct, order, page, count } = self.query;
        // In the order they are printed in, as joins are listed unless they are met in theirs.
        let mut used = Used::default();
        used.filter(source);
        used.order(source, order);
        for column in named {
            used.alias(source, column.column.alias);
        }
        if let Some(group) = group {
            let keys = group.keys.iter().map(|key| key.column);
            for column in keys.chain(group.measures.iter().filter_map(|measure| measure.column)) {
                used.alias(source, column.alias);
            }
        }
        let scope =
            Scope { source, catalogue: self.catalogue, listed: !used.tells_all(source, self.catalogue) };
        f.write_str(&self.catalogue.table(source.table).logical_name)?;
        scope.joins(f)?;
        scope.filter(f, " where ")?;
        scope.order(f, order)?;
        match (&page.start, page.continues) {
            (Start::First, _) => {}
            (Start::Skip { pages }, _) => write!(f, " skip {pages} pages")?,
            (Start::After(cookie), _) => write!(f, " after {cookie}")?,
        }
        write!(f, " {} {}", if page.continues { "page" } else { "top" }, page.size)?;
        f.write_str(if *count { " count" } else { "" })?;
        f.write_str(if *distinct { " distinct" } else { "" })?;
        scope.columns(f, columns)?;
        scope.named(f, named)?;
        if let Some(group) = group {
            scope.group(f, group)?;
        }
        expand.iter().try_for_each(|expand| print_expand(f, expand, self.catalogue))
    }
}

/// A source with the catalogue that knows its names.
struct Scope<'a> {
    source: &'a Source,
    catalogue: &'a Catalogue,
    /// Whether the joins are listed, and their columns go by number.
    listed: bool,
}

impl Scope<'_> {
    fn joins(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.listed {
            return Ok(());
        }
        for (index, join) in self.source.joins.iter().enumerate() {
            let alias = Alias(index as u16 + 1);
            let kind = match join.kind {
                JoinKind::Inner => "inner",
                JoinKind::Outer => "outer",
                JoinKind::First => "first",
            };
            let table = &self.catalogue.table(join.table).logical_name;
            write!(f, " join {kind} a{} {table} on ", alias.0)?;
            self.column(f, ColRef { alias, column: join.from })?;
            f.write_str(" = ")?;
            self.column(f, ColRef { alias: join.parent, column: join.to })?;
            if join.on != Predicate::True {
                f.write_str(" and ")?;
                self.predicate(f, &join.on, false)?;
            }
        }
        Ok(())
    }

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
            Predicate::And(parts) => self.several(f, parts, "and", outermost),
            Predicate::Or(parts) => self.several(f, parts, "or", outermost),
            Predicate::Cmp { column, operator, args } => {
                self.column(f, *column)?;
                write!(f, " {}", operator.sign())?;
                match operator {
                    Operator::In | Operator::NotIn => {
                        f.write_str(" (")?;
                        separated(f, args, |f, arg| self.value(f, arg))?;
                        f.write_str(")")
                    }
                    _ => args.iter().try_for_each(|arg| {
                        f.write_str(" ")?;
                        self.value(f, arg)
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
                let mut used = Used::default();
                used.filter(body);
                let listed = !used.tells_all(body, self.catalogue);
                let inner = Scope { source: body, catalogue: self.catalogue, listed };
                inner.joins(f)?;
                inner.filter(f, if listed { " where " } else { "" })?;
                f.write_str(")")
            }
        }
    }

    fn several(
        &self,
        f: &mut fmt::Formatter<'_>,
        parts: &[Predicate],
        word: &str,
        outermost: bool,
    ) -> fmt::Result {
        // No language makes chains of less than two.
        let bare = outermost && parts.len() > 1;
        f.write_str(if parts.len() < 2 { word } else { "" })?;
        f.write_str(if bare { "" } else { "(" })?;
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                write!(f, " {word} ")?;
            }
            self.predicate(f, part, false)?;
        }
        f.write_str(if bare { "" } else { ")" })
    }

    /// The related table of a link. What the table's own navigation properties tell is left out.
    fn link(&self, f: &mut fmt::Formatter<'_>, link: &Link, body: &Source) -> fmt::Result {
        let table = self.catalogue.table(body.table);
        self.prefix(f, parent_of(link))?;
        let parent = self.catalogue.table(self.source.table_of(parent_of(link)));
        match *link {
            Link::Columns { to, from, .. } => {
                write!(f, "{}.{}", table.logical_name, table.column(from).logical_name)?;
                if to == parent.primary_id {
                    return Ok(());
                }
                write!(f, " = {}", parent.column(to).logical_name)
            }
            Link::Through { intersect, near, far, .. } => {
                let joining = self.catalogue.table(intersect);
                write!(f, "{}.{}", joining.logical_name, table.logical_name)?;
                let told = parent.navigations.iter().find_map(|navigation| match navigation.kind {
                    NavigationKind::ManyToMany { intersect: through, near, far, table }
                        if through == intersect && table == body.table =>
                    {
                        Some((near, far))
                    }
                    _ => None,
                });
                if told == Some((near, far)) {
                    return Ok(());
                }
                let name = |column: ColumnId| &joining.column(column).logical_name;
                write!(f, " by {}, {}", name(near), name(far))
            }
        }
    }

    /// The way to a joined table: the lookups that lead there, each with its target; or its number.
    fn prefix(&self, f: &mut fmt::Formatter<'_>, alias: Alias) -> fmt::Result {
        let Some(join) = join_of(self.source, alias) else { return Ok(()) };
        if self.listed {
            return write!(f, "a{}.", alias.0);
        }
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

    fn order(&self, f: &mut fmt::Formatter<'_>, order: &[OrderKey]) -> fmt::Result {
        if order.is_empty() {
            return Ok(());
        }
        f.write_str(" order by ")?;
        separated(f, order, |f, key| {
            self.column(f, key.column)?;
            direction(f, key.by, key.descending)
        })
    }

    fn columns(&self, f: &mut fmt::Formatter<'_>, columns: &Columns) -> fmt::Result {
        let Columns::Some(columns) = columns else { return Ok(()) };
        f.write_str(" select ")?;
        separated(f, columns, |f, column| f.write_str(self.name(Alias::ROOT, *column)))
    }

    /// `as` stands before a name that the query gave to the very column.
    fn named(&self, f: &mut fmt::Formatter<'_>, named: &[Named]) -> fmt::Result {
        if named.is_empty() {
            return Ok(());
        }
        f.write_str(" with ")?;
        separated(f, named, |f, Named { column, name, aliased }| {
            self.column(f, *column)?;
            f.write_str(if *aliased { " as " } else { " named " })?;
            identifier(f, name)
        })
    }

    fn group(&self, f: &mut fmt::Formatter<'_>, group: &Group) -> fmt::Result {
        let Group { keys, measures, order, most_rows } = group;
        write!(f, " group {most_rows}")?;
        let mut before = " by ";
        for key in keys {
            f.write_str(std::mem::replace(&mut before, ", "))?;
            match key.part {
                Some((part, zone)) => {
                    write!(f, "{}(", part_name(part))?;
                    self.column(f, key.column)?;
                    f.write_str(if zone == Zone::Utc { " utc)" } else { ")" })?;
                }
                None => self.column(f, key.column)?,
            }
            let table = self.catalogue.table(self.source.table_of(key.column.alias));
            let own = key.column.alias == Alias::ROOT && key.part.is_none();
            if !(own && key.name == table.column(key.column.column).property) {
                f.write_str(" as ")?;
                identifier(f, &key.name)?;
            }
        }
        let mut before = " into ";
        for measure in measures {
            f.write_str(std::mem::replace(&mut before, ", "))?;
            write!(f, "{}(", function_name(measure.function))?;
            if let Some(column) = measure.column {
                self.column(f, column)?;
            }
            f.write_str(") as ")?;
            identifier(f, &measure.name)?;
        }
        let names: Vec<&str> =
            keys.iter().map(|key| &*key.name).chain(measures.iter().map(|of| &*of.name)).collect();
        let mut before = " order by ";
        for key in order {
            f.write_str(std::mem::replace(&mut before, ", "))?;
            match names.get(usize::from(key.output)) {
                Some(name) if names.iter().filter(|other| *other == name).count() == 1 => {
                    identifier(f, name)?;
                }
                _ => write!(f, "#{}", key.output)?,
            }
            direction(f, key.by, key.descending)?;
        }
        Ok(())
    }

    fn value(&self, f: &mut fmt::Formatter<'_>, value: &Value) -> fmt::Result {
        match value {
            Value::Null => f.write_str("null"),
            Value::Bool(v) => write!(f, "{v}"),
            Value::Int(v) => write!(f, "{v}"),
            Value::Long(v) => write!(f, "{v}L"),
            Value::Double(v) => write!(f, "{v:?}"),
            Value::Decimal(v) => write!(f, "{v}m"),
            Value::String(v) => quoted(f, v),
            Value::Guid(v) => write!(f, "{v}"),
            Value::DateTime(v) => match jiff::Timestamp::from_second(*v) {
                Ok(instant) => write!(f, "{instant}"),
                Err(_) => write!(f, "@{v}"),
            },
            Value::Date(v) => match super::super::lang::date_of(*v) {
                Some(date) => write!(f, "{date}"),
                None => write!(f, "day {v}"),
            },
            Value::Lookup(v) => write!(f, "{}({})", self.catalogue.table(v.table).logical_name, v.id),
            Value::Binary(v) => {
                f.write_str("0x")?;
                v.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }
    }
}

/// Whose related rows a link leads to.
fn parent_of(link: &Link) -> Alias {
    match *link {
        Link::Columns { parent, .. } | Link::Through { parent, .. } => parent,
    }
}

fn print_expand(f: &mut fmt::Formatter<'_>, expand: &Expand, catalogue: &Catalogue) -> fmt::Result {
    write!(f, " expand {}", expand.name)?;
    f.write_str(if expand.reference_only { "/$ref(" } else { "(" })?;
    let is_lookup = matches!(expand.navigation, NavigationKind::Lookup { .. });
    if let Some(source) = &expand.source {
        let mut used = Used::default();
        used.filter(source);
        used.order(source, &expand.order);
        let scope = Scope { source, catalogue, listed: !used.tells_all(source, catalogue) };
        f.write_str(&catalogue.table(source.table).logical_name)?;
        scope.joins(f)?;
        scope.filter(f, " where ")?;
        scope.order(f, &expand.order)?;
        if !is_lookup || expand.top != MOST_ROWS {
            write!(f, " top {}", expand.top)?;
        }
        scope.columns(f, &expand.columns)?;
    } else {
        debug_assert!(matches!(expand.navigation, NavigationKind::Lookup { target: Target::Principal, .. }));
        f.write_str("principal")?;
        f.write_str(if expand.columns == Columns::All { "" } else { " select" })?;
    }
    expand.expand.iter().try_for_each(|inner| print_expand(f, inner, catalogue))?;
    f.write_str(")")
}

/// What of a column is compared, and in which direction.
fn direction(f: &mut fmt::Formatter<'_>, by: OrderBy, descending: bool) -> fmt::Result {
    f.write_str(match by {
        OrderBy::Value => "",
        OrderBy::LookupName => " name",
        OrderBy::Label => " label",
    })?;
    f.write_str(if descending { " desc" } else { "" })
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

/// A name the query gave: bare where nothing else can be taken for it.
fn identifier(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    let is_plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
    if is_plain { f.write_str(name) } else { quoted(f, name) }
}

fn quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('\'')?;
    f.write_str(&text.replace('\'', "''"))?;
    f.write_char('\'')
}
