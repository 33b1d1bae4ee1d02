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

use std::fmt::{self, Write as _};

use super::{
    Aggregate, Alias, ColRef, Columns, DatePart, Expand, Group, Join, JoinKind, Link, MOST_ROWS, Named,
    Operator, OrderBy, OrderKey, Predicate, Quantifier, Query, Source, Start, Zone,
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

/// The joins of a scope in the order in which its text meets them.
#[derive(Default)]
struct Used(Vec<Alias>);

impl Used {
    fn alias(&mut self, source: &Source, alias: Alias) {
        if alias == Alias::ROOT || self.0.contains(&alias) {
            return;
        }
        if let Some(join) = join_of(source, alias) {
            self.alias(source, join.parent);
        }
        self.0.push(alias);
    }

    fn filter(&mut self, source: &Source) {
        self.predicate(source, &source.filter);
    }

    fn order(&mut self, source: &Source, order: &[OrderKey]) {
        for key in order {
            self.alias(source, key.column.alias);
        }
    }

    fn predicate(&mut self, source: &Source, predicate: &Predicate) {
        match predicate {
            Predicate::True | Predicate::False => {}
            Predicate::And(parts) | Predicate::Or(parts) => {
                for part in parts {
                    self.predicate(source, part);
                }
            }
            Predicate::Cmp { column, .. } => self.alias(source, column.alias),
            Predicate::Cols { left, right, .. } => {
                self.alias(source, left.alias);
                self.alias(source, right.alias);
            }
            Predicate::Quant { link, .. } => self.alias(source, parent_of(link)),
        }
    }

    /// Whether the paths of the text tell the joins: all of them, in their order, each following a lookup.
    fn tells_all(&self, source: &Source, catalogue: &Catalogue) -> bool {
        let numbers = 1..=source.joins.len() as u16;
        let repeats = |at: usize| source.joins[..at].contains(&source.joins[at]);
        self.0.iter().map(|alias| alias.0).eq(numbers)
            && source.joins.iter().enumerate().all(|(at, join)| {
                join.kind == JoinKind::Outer
                    && join.on == Predicate::True
                    && join.from == catalogue.table(join.table).primary_id
                    && !repeats(at)
            })
    }
}

fn join_of(source: &Source, alias: Alias) -> Option<&Join> {
    source.joins.get(usize::from(alias.0).checked_sub(1)?)
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

fn part_name(part: DatePart) -> &'static str {
    match part {
        DatePart::Day => "day",
        DatePart::Week => "week",
        DatePart::Month => "month",
        DatePart::Quarter => "quarter",
        DatePart::Year => "year",
        DatePart::FiscalPeriod => "fiscal-period",
        DatePart::FiscalYear => "fiscal-year",
    }
}

fn function_name(function: Aggregate) -> &'static str {
    match function {
        Aggregate::Count => "count",
        Aggregate::CountColumn => "countcolumn",
        Aggregate::CountDistinct => "countdistinct",
        Aggregate::Sum => "sum",
        Aggregate::Average => "average",
        Aggregate::Min => "min",
        Aggregate::Max => "max",
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Reference;
    use crate::query::cookie::Cookie;
    use crate::query::lang::odata::{Options, parse};
    use crate::query::plan::{Columns, GroupKey, GroupOrder, Measure};
    use crate::query::testing::{id, options, pairs};

    fn plan(catalogue: &Catalogue, line: &str) -> Query {
        let (set, text) = line.split_once('?').unwrap();
        let mut pairs = pairs(text);
        let options: Options<'_> = options(&mut pairs);
        parse(catalogue, catalogue.entity_set(set).unwrap().id, &options).unwrap()
    }

    type Change<'a> = Box<dyn Fn(&mut Query) + 'a>;

    /// A plan that has something everywhere, and what one change makes of it.
    #[test]
    #[expect(clippy::too_many_lines, reason = "one line each part of a plan")]
    fn every_part_of_a_plan_is_printed() {
        let catalogue = Catalogue::embedded();
        let column = |table: &str, name: &str| catalogue.table_named(table).unwrap().column_id(name).unwrap();
        let root = plan(
            &catalogue,
            "accounts?$filter=primarycontactid/fullname eq 'x' and Account_Tasks/any(t:t/subject eq 'y')\
             &$orderby=name&$select=name&$expand=primarycontactid($select=fullname),\
             Account_Tasks($select=subject;$filter=statecode eq 1)&$count=true&!maxpagesize=3",
        );
        assert_eq!(
            root.display(&catalogue).to_string(),
            "account where primarycontactid:contact/fullname = 'x' and any task.regardingobjectid(subject = 'y') \
             order by name page 3 count select name expand primarycontactid(contact select fullname) \
             expand Account_Tasks(task where statecode = 1 top 5000 select subject)"
        );
        let name = ColRef::root(column("account", "name"));
        let revenue = ColRef::root(column("account", "revenue"));
        let contact = ColRef { alias: Alias(1), column: column("contact", "fullname") };
        let named = |name: &str, aliased| Named { column: contact, name: name.into(), aliased };
        let key = |part, name: &str| GroupKey { column: revenue, part, name: name.into() };
        let measure = |function, column, name: &str| Measure { function, column, name: name.into() };
        let group =
            Group { keys: vec![key(None, "revenue")], measures: vec![], order: vec![], most_rows: 50_000 };
        let order = |output, by, descending| GroupOrder { output, by, descending };
        let cmp = |operator, value: Value| Predicate::Cmp { column: name, operator, args: vec![value] };
        let account = catalogue.table_named("account").unwrap().id;
        let link = |to: &str, from: &str| Link::Columns {
            parent: Alias::ROOT,
            to: column("account", to),
            from: column("contact", from),
        };
        let through = |near: &str, far: &str| Link::Through {
            parent: Alias::ROOT,
            intersect: catalogue.table_named("systemuserroles").unwrap().id,
            near: column("systemuserroles", near),
            far: column("systemuserroles", far),
        };
        let quant = |kind, link, table: &str| Predicate::Quant {
            kind,
            link,
            body: Box::new(Source::all(catalogue.table_named(table).unwrap().id)),
        };
        let mut changes: Vec<Change<'_>> = vec![
            Box::new(|_| {}),
            Box::new(|q| q.source.table = catalogue.table_named("contact").unwrap().id),
            Box::new(|q| q.source.joins[0].kind = JoinKind::Inner),
            Box::new(|q| q.source.joins[0].kind = JoinKind::First),
            Box::new(|q| q.source.joins[0].from = column("contact", "fullname")),
            Box::new(|q| q.source.joins[0].on = Predicate::test(contact, Operator::NotNull)),
            Box::new(|q| {
                let again = q.source.joins[0].clone();
                q.source.joins.push(again);
            }),
            Box::new(|q| {
                let mut behind = q.source.joins[0].clone();
                behind.parent = Alias(1);
                behind.to = column("contact", "createdby");
                q.source.joins.push(behind);
            }),
            Box::new(|q| q.columns = Columns::All),
            Box::new(|q| q.columns = Columns::Some(vec![])),
            Box::new(|q| q.columns = Columns::Some(vec![revenue.column, name.column])),
            Box::new(|q| q.named = vec![named("c.fullname", false)]),
            Box::new(|q| q.named = vec![named("c.fullname", true)]),
            Box::new(|q| q.named = vec![named("c", false)]),
            Box::new(|q| q.named = vec![Named { column: name, name: "c".into(), aliased: false }]),
            Box::new(|q| q.distinct = true),
            Box::new(|q| q.count = false),
            Box::new(|q| q.page.size = 4),
            Box::new(|q| q.page.continues = false),
            Box::new(|q| q.page.start = Start::Skip { pages: 1 }),
            Box::new(|q| q.page.start = Start::After(Cookie { page: 2, keys: vec![] })),
            Box::new(|q| q.order[0].descending = true),
            Box::new(|q| q.order[0].by = OrderBy::Label),
            Box::new(|q| q.order[0].by = OrderBy::LookupName),
            Box::new(|q| q.order[0].column = contact),
            Box::new(|q| q.order.clear()),
            Box::new(|q| q.expand.truncate(1)),
            Box::new(|q| q.expand.swap(0, 1)),
            Box::new(|q| q.expand[0].reference_only = true),
            Box::new(|q| q.expand[0].columns = Columns::All),
            Box::new(|q| q.expand[0].top = 1),
            Box::new(|q| q.expand[1].top = 1),
            Box::new(|q| q.expand[1].source.as_mut().unwrap().filter = Predicate::True),
            Box::new(|q| {
                let inner = q.expand.pop().unwrap();
                q.expand[0].expand.push(inner);
            }),
            Box::new(|q| q.group = Some(group.clone())),
            Box::new(|q| q.group = Some(Group { keys: vec![key(None, "r")], ..group.clone() })),
            Box::new(|q| q.group = Some(Group { keys: vec![key(None, "r s")], ..group.clone() })),
            Box::new(|q| q.group = Some(Group { keys: vec![], ..group.clone() })),
            Box::new(|q| q.group = Some(Group { most_rows: 10, ..group.clone() })),
        ];
        for order in [
            order(0, OrderBy::Value, false),
            order(0, OrderBy::Value, true),
            order(0, OrderBy::Label, false),
            order(7, OrderBy::Value, false),
        ] {
            let group = Group { order: vec![order], ..group.clone() };
            changes.push(Box::new(move |q| q.group = Some(group.clone())));
        }
        for part in [
            DatePart::Day,
            DatePart::Week,
            DatePart::Month,
            DatePart::Quarter,
            DatePart::Year,
            DatePart::FiscalPeriod,
            DatePart::FiscalYear,
        ] {
            for zone in [Zone::User, Zone::Utc] {
                let group = Group { keys: vec![key(Some((part, zone)), "revenue")], ..group.clone() };
                changes.push(Box::new(move |q| q.group = Some(group.clone())));
            }
        }
        for (function, of) in [
            (Aggregate::Count, None),
            (Aggregate::CountColumn, Some(revenue)),
            (Aggregate::CountDistinct, Some(revenue)),
            (Aggregate::Sum, Some(revenue)),
            (Aggregate::Sum, Some(name)),
            (Aggregate::Average, Some(revenue)),
            (Aggregate::Min, Some(revenue)),
            (Aggregate::Max, Some(revenue)),
        ] {
            let group = Group { measures: vec![measure(function, of, "m")], ..group.clone() };
            changes.push(Box::new(move |q| q.group = Some(group.clone())));
        }
        let chain = |parts: Vec<Predicate>| (Predicate::And(parts.clone()), Predicate::Or(parts));
        let (a, b) = (cmp(Operator::Equal, "a".into()), cmp(Operator::Equal, "b".into()));
        for filter in [
            Predicate::True,
            Predicate::False,
            a.clone(),
            chain(vec![]).0,
            chain(vec![]).1,
            chain(vec![a.clone()]).0,
            chain(vec![a.clone()]).1,
            chain(vec![a.clone(), b.clone()]).0,
            chain(vec![a.clone(), b.clone()]).1,
            Predicate::And(vec![a.clone(), Predicate::Or(vec![a.clone(), b.clone()])]),
            Predicate::Or(vec![Predicate::And(vec![a.clone(), a.clone()]), b.clone()]),
            Predicate::And(vec![a.clone(), Predicate::And(vec![a.clone(), b.clone()])]),
            cmp(Operator::Equal, "a' = 'b".into()),
            cmp(Operator::NotEqual, "a".into()),
            cmp(Operator::Equal, Value::Null),
            cmp(Operator::Equal, true.into()),
            cmp(Operator::Equal, 1.into()),
            cmp(Operator::Equal, Value::Long(1)),
            cmp(Operator::Equal, Value::Double(1.0)),
            cmp(Operator::Equal, Value::Decimal(1.into())),
            cmp(Operator::Equal, "1".into()),
            cmp(Operator::Equal, Value::Guid(id(1))),
            cmp(Operator::Equal, Value::Lookup(Reference::new(account, id(1)))),
            cmp(Operator::Equal, Value::Date(1)),
            cmp(Operator::Equal, Value::DateTime(86_400)),
            cmp(Operator::Equal, Value::Binary([1, 2].into())),
            cmp(Operator::Equal, Value::Binary([1, 3].into())),
            cmp(Operator::In, "a".into()),
            Predicate::test(name, Operator::Null),
            Predicate::Cols { left: name, operator: Operator::Equal, right: contact },
            Predicate::Cols { left: contact, operator: Operator::Equal, right: name },
            quant(Quantifier::Any, link("accountid", "parentcustomerid"), "contact"),
            quant(Quantifier::NotAny, link("accountid", "parentcustomerid"), "contact"),
            quant(Quantifier::AllNone, link("accountid", "parentcustomerid"), "contact"),
            quant(Quantifier::Any, link("primarycontactid", "parentcustomerid"), "contact"),
            quant(Quantifier::Any, link("accountid", "contactid"), "contact"),
            quant(Quantifier::Any, through("systemuserid", "roleid"), "role"),
            quant(Quantifier::Any, through("roleid", "systemuserid"), "role"),
        ] {
            changes.push(Box::new(move |q| q.source.filter = filter.clone()));
        }
        let mut printed: Vec<(String, Query)> = Vec::new();
        for change in &changes {
            let mut changed = root.clone();
            change(&mut changed);
            let text = changed.display(&catalogue).to_string();
            assert!(!text.contains('\n'), "{text}");
            if let Some((_, other)) = printed.iter().find(|(known, _)| *known == text) {
                panic!("{text}\n{other:#?}\n{changed:#?}");
            }
            printed.push((text, changed));
        }
    }

    #[test]
    fn joins_that_follow_no_lookup_are_listed() {
        let catalogue = Catalogue::embedded();
        let mut query = plan(&catalogue, "accounts?$filter=primarycontactid/fullname eq 'x'&$top=1");
        let fullname = catalogue.table_named("contact").unwrap().column_id("fullname").unwrap();
        let contact = ColRef { alias: Alias(1), column: fullname };
        query.source.joins[0].kind = JoinKind::Inner;
        query.source.joins[0].on = Predicate::test(contact, Operator::NotNull);
        query.named = vec![Named { column: contact, name: "c.fullname".into(), aliased: false }];
        query.distinct = true;
        assert_eq!(
            query.display(&catalogue).to_string(),
            "account join inner a1 contact on a1.contactid = primarycontactid and a1.fullname is not null \
             where a1.fullname = 'x' top 1 distinct with a1.fullname named c.fullname"
        );
    }
}
