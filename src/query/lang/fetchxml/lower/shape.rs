//! What rows are shown with, and in which order. Source: queries.md B.4 and B.5.

use super::super::refuse;
use super::super::syntax::{Attribute, Content, LinkType, Order};
use super::scope::{Scope, check_alias, column};
use crate::fault::{Fault, Result, code};
use crate::model::{Column, ColumnId, ColumnType, Table};
use crate::query::lang::condition::no_hierarchy;
use crate::query::plan::{Alias, ColRef, Columns, Named, OrderBy, OrderKey, Query};

/// The columns and the order of a query for rows. Answers the names under which rows tell of their children.
pub(super) fn shape(scope: &Scope<'_, '_>, content: &Content, query: &mut Query) -> Result<Vec<Box<str>>> {
    if content.no_attributes && scope.lowering.fetch.distinct {
        return Err(Fault::new(&code::QueryBuilderNoAttrsDistinctConflict));
    }
    let children = root_columns(scope, content, query)?;
    for (index, linked) in scope.linked.iter().enumerate() {
        let alias = Alias(index as u16 + 1);
        let first = linked.link.link_type == LinkType::First;
        let named = |column: &Column| -> Box<str> {
            if first {
                column.schema_name.clone()
            } else {
                format!("{}.{}", linked.name, column.logical_name).into()
            }
        };
        let content = &linked.link.content;
        if content.all_attributes {
            for column in linked.table.properties() {
                push(query, ColRef { alias, column: column.id }, named(column), false);
            }
        }
        for attribute in &content.attributes {
            let column = plain(linked.table, attribute)?;
            let at = ColRef { alias, column: column.id };
            match &attribute.alias {
                Some(name) => push(query, at, name.clone(), true),
                None => push(query, at, named(column), false),
            }
        }
    }
    check_names(scope, query, &children)?;
    query.order = order(scope, content)?;
    if !scope.lowering.fetch.distinct && scope.linked.is_empty() {
        OrderKey::end_at_primary(&mut query.order, scope.table_of(Alias::ROOT).primary_id);
    }
    Ok(children)
}

fn root_columns(scope: &Scope<'_, '_>, content: &Content, query: &mut Query) -> Result<Vec<Box<str>>> {
    let mut columns: Vec<ColumnId> = Vec::new();
    let mut children = Vec::new();
    for attribute in &content.attributes {
        if attribute.count_children {
            children.push(counted_children(scope, attribute)?);
            continue;
        }
        let column = plain(scope.table, attribute)?;
        match &attribute.alias {
            Some(name) => push(query, ColRef::root(column.id), name.clone(), true),
            None if columns.contains(&column.id) => {}
            None => columns.push(column.id),
        }
    }
    let all = content.all_attributes || content.attributes.is_empty() && !content.no_attributes;
    query.columns = if all { Columns::All } else { Columns::Some(columns) };
    Ok(children)
}

/// The name under which rows tell how many rows are directly below them. Source: queries.md B.7. `Assumed:` the
/// refusals.
fn counted_children(scope: &Scope<'_, '_>, attribute: &Attribute) -> Result<Box<str>> {
    let table = scope.table;
    if column(table, &attribute.name)?.id != table.primary_id {
        return Err(Fault::new(&code::QueryBuilderInvalidAggregate)
            .hint("CountChildren stands with the primary key of the table."));
    }
    if scope.lowering.catalogue.hierarchy_of(table.id, table.primary_id).is_none() {
        return Err(no_hierarchy(table));
    }
    let Some(alias) = &attribute.alias else { return Err(refuse::alias_required(&attribute.name)) };
    check_alias(alias)?;
    Ok(alias.clone())
}

/// A named column; a column that was asked for twice in the same way is shown once.
fn push(query: &mut Query, column: ColRef, name: Box<str>, aliased: bool) {
    let named = Named { column, name, aliased };
    if aliased || !query.named.contains(&named) {
        query.named.push(named);
    }
}

/// A column of a query for rows.
fn plain<'t>(table: &'t Table, attribute: &Attribute) -> Result<&'t Column> {
    if attribute.aggregate.is_some() || attribute.group_by || attribute.date_grouping.is_some() {
        return Err(Fault::new(&code::QueryBuilderInvalidAggregate)
            .hint("Set aggregate='true' on <fetch> to group rows."));
    }
    if attribute.count_children {
        return Err(Fault::not_emulated("the FetchXML row aggregate CountChildren of a link-entity"));
    }
    if let Some(alias) = &attribute.alias {
        check_alias(alias)?;
    }
    column(table, &attribute.name)
}

/// Names in the answer are unique. Source: Microsoft, "Select columns using `FetchXML`", column aliases.
fn check_names(scope: &Scope<'_, '_>, query: &Query, children: &[Box<str>]) -> Result<()> {
    let of_root = |name: &str| match &query.columns {
        Columns::All => scope.table.properties().any(|column| *column.logical_name == *name),
        Columns::Some(columns) => {
            columns.iter().any(|column| *scope.table.column(*column).logical_name == *name)
        }
    };
    let names: Vec<&str> =
        query.named.iter().map(|named| &*named.name).chain(children.iter().map(|name| &**name)).collect();
    for (index, name) in names.iter().enumerate() {
        if of_root(name) || names[..index].contains(name) {
            return Err(refuse::duplicate_alias(name));
        }
    }
    Ok(())
}

/// The order of the root first, then those of the links, depth first.
fn order(scope: &Scope<'_, '_>, content: &Content) -> Result<Vec<OrderKey>> {
    let mut keys: Vec<OrderKey> = Vec::new();
    let links = scope.linked.iter().enumerate().flat_map(|(index, linked)| {
        linked.link.content.orders.iter().map(move |order| (Alias(index as u16 + 1), order))
    });
    for (base, order) in content.orders.iter().map(|order| (Alias::ROOT, order)).chain(links) {
        let key = key(scope, base, order)?;
        // A column that stood before decides nothing any more.
        if !keys.iter().any(|known| known.column == key.column) {
            keys.push(key);
        }
    }
    Ok(keys)
}

fn key(scope: &Scope<'_, '_>, base: Alias, order: &Order) -> Result<OrderKey> {
    if order.alias.is_some() {
        return Err(Fault::new(&code::QueryBuilderAliasNotAllowedForNonAggregateOrderBy));
    }
    let Some(name) = &order.attribute else {
        return Err(Fault::new(&code::QueryBuilderAttributeRequiredForNonAggregateOrderBy));
    };
    let alias = match &order.entity_name {
        Some(name) => scope.alias_of(name).ok_or_else(|| refuse::order_of_no_link(name))?,
        None => base,
    };
    let table = scope.table_of(alias);
    let column = column(table, name)?;
    let by = order_by(column, scope.lowering.fetch.use_raw_order_by)
        .ok_or_else(|| refuse::no_order(table, column))?;
    Ok(OrderKey { column: ColRef { alias, column: column.id }, by, descending: order.descending })
}

/// What of a column an order compares: labels of choices, names of rows. Source: queries.md B.5.
pub(super) fn order_by(column: &Column, raw: bool) -> Option<OrderBy> {
    Some(match column.kind {
        ColumnType::Lookup { .. } => OrderBy::LookupName,
        ColumnType::Image | ColumnType::File | ColumnType::Choices { .. } | ColumnType::Virtual => {
            return None;
        }
        ColumnType::Boolean { .. }
        | ColumnType::ManagedProperty
        | ColumnType::Choice { .. }
        | ColumnType::State { .. }
        | ColumnType::Status { .. }
            if !raw =>
        {
            OrderBy::Label
        }
        _ => OrderBy::Value,
    })
}
