//! `FetchXML` syntax to the plan: names become tables and columns, texts become values, links become joins.

mod condition;
mod group;
mod scope;
mod shape;

use std::cell::Cell;

use super::syntax::Fetch;
use super::{Asked, Lowered, refuse};
use crate::fault::{Fault, Result, code};
use crate::model::{Catalogue, Table};
use crate::query::cookie;
use crate::query::plan::{Columns, MOST_ROWS, Page, Query, Source, Start};
use scope::Scope;

/// Links of one query. Source: queries.md B.8.
const MOST_LINKS: u32 = 15;
/// Conditions and links of one query. Source: queries.md B.8.
const MOST_CONDITIONS: u32 = 500;

/// What all scopes of one query share.
struct Lowering<'a> {
    catalogue: &'a Catalogue,
    fetch: &'a Fetch,
    links: Cell<u32>,
    conditions: Cell<u32>,
}

/// The plan of a document.
pub(super) fn query(catalogue: &Catalogue, fetch: &Fetch, asked: Asked) -> Result<Lowered> {
    if let Some(source) = &fetch.data_source {
        return Err(Fault::not_emulated(format_args!("the FetchXML data source {source}")));
    }
    let lowering = Lowering { catalogue, fetch, links: Cell::new(0), conditions: Cell::new(0) };
    let table = lowering.table(&fetch.entity.name)?;
    if table.id != asked.table {
        return Err(Fault::new(&code::QueryBuilderEntitiesDontMatch));
    }
    let page = page(fetch, asked)?;
    let mut scope = Scope::new(&lowering, table, None);
    let filter = scope.root(&fetch.entity.content)?;
    let mut query = Query {
        columns: Columns::Some(Vec::new()),
        page,
        count: fetch.return_total_record_count || asked.count,
        ..Query::all(table.id)
    };
    let mut children = Vec::new();
    if fetch.aggregate {
        query.group = Some(group::group(&scope, &fetch.entity.content)?);
    } else {
        children = shape::shape(&scope, &fetch.entity.content, &mut query)?;
        query.distinct = fetch.distinct;
    }
    query.source = Source { table: table.id, joins: scope.joins, filter };
    Ok(Lowered { query, children })
}

/// Source: queries.md B.6.
fn page(fetch: &Fetch, asked: Asked) -> Result<Page> {
    if let Some(top) = fetch.top {
        for (name, given) in [
            ("page", fetch.page.is_some()),
            ("count", fetch.count.is_some()),
            // `Assumed:` `$count=true` counts as the attribute, as it means the same.
            ("returntotalrecordcount", fetch.return_total_record_count || asked.count),
        ] {
            if given {
                return Err(refuse::top_with(name));
            }
        }
        return Ok(Page { size: top.min(MOST_ROWS), continues: false, start: Start::First });
    }
    let size = fetch.count.or(asked.max_page_size).unwrap_or(MOST_ROWS).clamp(1, MOST_ROWS);
    let start = match &fetch.paging_cookie {
        Some(text) => cookie::parse_inner(text, fetch.page)?,
        None => cookie::of_page(fetch.page.unwrap_or(1)),
    };
    Ok(Page { size, continues: true, start })
}

impl<'a> Lowering<'a> {
    fn table(&self, name: &str) -> Result<&'a Table> {
        self.catalogue.table_named(name).ok_or_else(|| refuse::no_entity(name))
    }

    /// Counts a link; its ordinal in the query, from 1.
    fn count_link(&self) -> Result<u32> {
        self.links.set(self.links.get() + 1);
        if self.links.get() > MOST_LINKS {
            return Err(Fault::new(&code::TooManyLinkEntitiesInQuery));
        }
        self.count_condition()?;
        Ok(self.links.get())
    }

    fn count_condition(&self) -> Result<()> {
        self.conditions.set(self.conditions.get() + 1);
        if self.conditions.get() > MOST_CONDITIONS {
            return Err(Fault::new(&code::TooManyConditionsInQuery));
        }
        Ok(())
    }
}
