//! `OData` syntax to the plan: names become columns, literals become values, negation moves to the leaves.

mod apply;
mod filter;
mod functions;
mod literal;
mod scope;
mod shape;

use std::cell::Cell;

use super::syntax::Expr;
use super::{Addressed, OTHER_LANGUAGES, Options, not_emulated, parse, refuse};
use crate::fault::{Fault, Result, code};
use crate::model::{Catalogue, TableId};
use crate::query::cookie;
use crate::query::plan::{Columns, MOST_ROWS, Page, Predicate, Query, Source, Start};
use scope::Scope;

pub use literal::coerce;

/// Joins and expanded properties of one query, each. Source: queries.md B.8 and A.10.
const MOST_JOINS: u32 = 15;
/// Conditions of one query. Source: queries.md B.8.
const MOST_CONDITIONS: u32 = 500;

/// What all scopes of one query share.
struct Lowering<'a> {
    catalogue: &'a Catalogue,
    options: &'a Options<'a>,
    /// Aliases are not for `$expand`.
    in_expand: bool,
    joins: Cell<u32>,
    conditions: Cell<u32>,
    /// Properties expanded so far, nested ones included.
    expands: Cell<u32>,
    /// Whether some `$expand` has a `$top` or an `$orderby`.
    limits_expanded: Cell<bool>,
}

/// The texts of the options, each found once.
#[derive(Default)]
struct Texts<'a> {
    select: Option<&'a str>,
    expand: Option<&'a str>,
    filter: Option<&'a str>,
    order: Option<&'a str>,
    top: Option<&'a str>,
    count: Option<&'a str>,
    skip_token: Option<&'a str>,
    apply: Option<&'a str>,
}

/// The query that the options of a request ask for.
pub(super) fn query(catalogue: &Catalogue, table: TableId, options: &Options<'_>) -> Result<Query> {
    let texts = texts(options)?;
    let lowering = Lowering::new(catalogue, options, false);
    let mut scope = Scope::new(&lowering, catalogue.table(table), None);
    let applied = texts.apply.map(|text| scope.apply(text)).transpose()?;
    let (before, mut group) = applied.map_or((Predicate::True, None), |it| (it.filter, it.group));
    let filter = match (texts.filter, &group) {
        (None, _) => Predicate::True,
        (Some(text), None) => scope.filter(text)?,
        (Some(text), Some(group)) => scope.filter_groups(text, group)?,
    };
    let order = match (texts.order, &mut group) {
        (None, _) => Vec::new(),
        (Some(text), None) => scope.order(text)?,
        (Some(text), Some(group)) => {
            scope.order_groups(text, group)?;
            Vec::new()
        }
    };
    if group.is_some() {
        apply::check_alone("$select", texts.select)?;
        apply::check_alone("$expand", texts.expand)?;
    }
    let columns = texts.select.map_or(Ok(Columns::All), |text| scope.columns(text))?;
    let joins = scope.joins;
    let expand = match texts.expand {
        Some(text) if !text.is_empty() => {
            let limited = texts.order.is_some() || texts.top.is_some();
            let lowering = Lowering::new(catalogue, options, true);
            shape::expand(&lowering, catalogue.table(table), text, limited)?
        }
        _ => Vec::new(),
    };
    Ok(Query {
        source: Source { table, joins, filter: Predicate::and([before, filter]) },
        columns,
        named: Vec::new(),
        expand,
        group,
        distinct: false,
        order,
        page: page(&texts, options.max_page_size)?,
        count: texts.count.map_or(Ok(false), flag)?,
    })
}

/// Tells the options apart and refuses those the service does not take.
fn texts<'a>(options: &'a Options<'_>) -> Result<Texts<'a>> {
    let mut texts = Texts::default();
    for (name, value) in options.pairs {
        let name = name.trim();
        let place = match name {
            "$select" => &mut texts.select,
            "$expand" => &mut texts.expand,
            "$filter" => &mut texts.filter,
            "$orderby" => &mut texts.order,
            "$top" => &mut texts.top,
            "$count" => &mut texts.count,
            "$skiptoken" => &mut texts.skip_token,
            "$skip" => return Err(refuse::skip()),
            "$apply" => &mut texts.apply,
            "$deltatoken" => return Err(not_emulated(name)),
            _ if OTHER_LANGUAGES.contains(&name) => return Err(not_emulated(name)),
            _ if name.starts_with('$') => return Err(refuse::unknown_option(name)),
            // Aliases are read where they are used; other names are ignored (queries.md A.1).
            _ => continue,
        };
        if options.on == Addressed::Row && !matches!(name, "$select" | "$expand") {
            return Err(refuse::collection_only());
        }
        if place.replace(value.trim()).is_some() {
            return Err(refuse::repeated_option(name));
        }
    }
    Ok(texts)
}

fn page(texts: &Texts<'_>, max_page_size: Option<u32>) -> Result<Page> {
    let start = texts.skip_token.map_or(Ok(Start::First), cookie::parse)?;
    let top = texts.top.map(top).transpose()?;
    Ok(match (top, max_page_size) {
        (Some(size), None) => Page { size, continues: false, start },
        (_, Some(size)) => Page { size: size.clamp(1, MOST_ROWS), continues: true, start },
        (None, None) => Page { size: MOST_ROWS, continues: true, start },
    })
}

/// The number of a `$top`.
fn top(text: &str) -> Result<u32> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(refuse::bad_top(text));
    }
    // Digits that do not fit into 32 bits are more than anybody gets.
    match text.parse::<u32>().unwrap_or(u32::MAX) {
        0 => Err(Fault::new(&code::QueryBuilderValueGreaterThanZero)),
        number => Ok(number.min(MOST_ROWS)),
    }
}

fn flag(text: &str) -> Result<bool> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(refuse::bad_count(text)),
    }
}

impl<'a> Lowering<'a> {
    fn new(catalogue: &'a Catalogue, options: &'a Options<'a>, in_expand: bool) -> Self {
        Self {
            catalogue,
            options,
            in_expand,
            joins: Cell::new(0),
            conditions: Cell::new(0),
            expands: Cell::new(0),
            limits_expanded: Cell::new(false),
        }
    }

    /// What an alias stands for.
    fn alias(&self, name: &str) -> Result<Expr> {
        if self.in_expand {
            return Err(refuse::alias_in_expand(name));
        }
        self.options.alias_expression(name)
    }

    fn count_join(&self) -> Result<()> {
        self.joins.set(self.joins.get() + 1);
        if self.joins.get() > MOST_JOINS { Err(refuse::too_many_joins()) } else { Ok(()) }
    }

    fn count_expand(&self) -> Result<()> {
        self.expands.set(self.expands.get() + 1);
        if self.expands.get() > MOST_JOINS { Err(refuse::too_many_joins()) } else { Ok(()) }
    }

    fn count_condition(&self) -> Result<()> {
        self.conditions.set(self.conditions.get() + 1);
        if self.conditions.get() > MOST_CONDITIONS { Err(refuse::too_many_conditions()) } else { Ok(()) }
    }
}

/// Reads a text by one of the parsers; a failure becomes the service's refusal.
fn read<T>(text: &str, parser: fn(&str) -> Result<T, parse::Failure>) -> Result<T> {
    parser(text).map_err(|failure| refuse::syntax(text, &failure))
}
