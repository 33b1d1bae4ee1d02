//! Groups of rows. Source: queries.md B.7.

use super::super::refuse;
use super::super::syntax::{AggregateFunction, Attribute, Content, Order};
use super::scope::{Scope, check_alias, column};
use super::shape::order_by;
use crate::fault::{Fault, Result, code};
use crate::model::{Column, ColumnType, Table};
use crate::query::plan::{Aggregate, Alias, ColRef, Group, GroupKey, GroupOrder, Measure, OrderBy, Zone};

/// The most rows that are grouped; a document may ask for fewer. Source: queries.md B.8.
const MOST_GROUPED: u32 = 50_000;

/// An output of the groups: its name, and what of it an order compares.
struct Output {
    name: Box<str>,
    by: Option<OrderBy>,
    is_key: bool,
}

/// The groups that a document asks for.
pub(super) fn group(scope: &Scope<'_, '_>, content: &Content) -> Result<Group> {
    let limit = scope.lowering.fetch.aggregate_limit.unwrap_or(MOST_GROUPED).min(MOST_GROUPED);
    let mut group = Group { keys: Vec::new(), measures: Vec::new(), order: Vec::new(), most_rows: limit };
    let mut outputs: Vec<Output> = Vec::new();
    for (alias, content) in contents(scope, content) {
        if content.all_attributes {
            return Err(refuse::plain_in_aggregate("<all-attributes />"));
        }
        for attribute in &content.attributes {
            let output = add(scope, alias, attribute, &mut group)?;
            if outputs.iter().any(|other| other.name == output.name) {
                return Err(refuse::duplicate_alias(&output.name));
            }
            outputs.push(output);
        }
    }
    if outputs.is_empty() {
        // Without any attribute all would be shown.
        return Err(refuse::plain_in_aggregate(&format!("<entity name=\"{}\" />", scope.table.logical_name)));
    }
    // The plan counts keys first, whatever order the document names them in.
    outputs.sort_by_key(|output| !output.is_key);
    for (_, content) in contents(scope, content) {
        for order in &content.orders {
            let key = order_of(order, &outputs)?;
            if !group.order.iter().any(|known| known.output == key.output) {
                group.order.push(key);
            }
        }
    }
    Ok(group)
}

/// The contents of the root and of the links, depth first.
fn contents<'c>(scope: &'c Scope<'_, '_>, root: &'c Content) -> impl Iterator<Item = (Alias, &'c Content)> {
    let links = scope.linked.iter().enumerate();
    [(Alias::ROOT, root)]
        .into_iter()
        .chain(links.map(|(index, linked)| (Alias(index as u16 + 1), &linked.link.content)))
}

fn add(scope: &Scope<'_, '_>, alias: Alias, attribute: &Attribute, group: &mut Group) -> Result<Output> {
    let table = scope.table_of(alias);
    let column = column(table, &attribute.name)?;
    let at = ColRef { alias, column: column.id };
    let name = match (&attribute.alias, attribute.aggregate, attribute.group_by) {
        (_, Some(_), true) => {
            return Err(Fault::new(&code::QueryBuilderAttributeCannotBeGroupByAndAggregate));
        }
        (_, None, false) => return Err(refuse::plain_in_aggregate(&attribute.xml.0)),
        (None, ..) => return Err(refuse::alias_required(&attribute.name)),
        (Some(alias), ..) => {
            check_alias(alias)?;
            alias.clone()
        }
    };
    let Some(function) = attribute.aggregate else {
        group.keys.push(key(table, column, at, attribute, &name)?);
        let by = match attribute.date_grouping {
            Some(_) => Some(OrderBy::Value),
            None => order_by(column, scope.lowering.fetch.use_raw_order_by),
        };
        return Ok(Output { name, by, is_key: true });
    };
    if attribute.date_grouping.is_some() {
        return Err(Fault::new(&code::QueryBuilderInvalidDateGrouping)
            .hint("dategrouping goes with groupby, not with aggregate."));
    }
    let function = measure(function, attribute.distinct, column)?;
    let of = (function != Aggregate::Count).then_some(at);
    group.measures.push(Measure { function, column: of, name: name.clone() });
    Ok(Output { name, by: Some(OrderBy::Value), is_key: false })
}

fn key(table: &Table, column: &Column, at: ColRef, attribute: &Attribute, name: &str) -> Result<GroupKey> {
    let part = match attribute.date_grouping {
        None => None,
        Some(_) if !matches!(column.kind, ColumnType::DateTime { .. }) => {
            return Err(Fault::new(&code::QueryBuilderInvalidDateGrouping)
                .hint(format!("{}.{} is no date.", table.logical_name, column.logical_name)));
        }
        Some(part) => Some((part, if attribute.user_time_zone { Zone::User } else { Zone::Utc })),
    };
    Ok(GroupKey { column: at, part, name: name.into() })
}

/// What is worked out of a column. Source: queries.md B.7, table of functions.
fn measure(function: AggregateFunction, distinct: bool, column: &Column) -> Result<Aggregate> {
    let is_number = matches!(
        column.kind,
        ColumnType::Integer { .. }
            | ColumnType::BigInt
            | ColumnType::Decimal { .. }
            | ColumnType::Double { .. }
            | ColumnType::Money { .. }
    );
    let is_date = matches!(column.kind, ColumnType::DateTime { .. });
    let (aggregate, allowed) = match function {
        AggregateFunction::CountColumn if distinct => return Ok(Aggregate::CountDistinct),
        _ if distinct => {
            return Err(Fault::not_emulated("distinct with an aggregate other than countcolumn"));
        }
        AggregateFunction::Count => (Aggregate::Count, true),
        AggregateFunction::CountColumn => (Aggregate::CountColumn, true),
        AggregateFunction::Sum => (Aggregate::Sum, is_number),
        AggregateFunction::Average => (Aggregate::Average, is_number),
        AggregateFunction::Min => (Aggregate::Min, is_number || is_date),
        AggregateFunction::Max => (Aggregate::Max, is_number || is_date),
    };
    if allowed {
        return Ok(aggregate);
    }
    let name = AggregateFunction::NAMES.iter().find(|(_, of)| *of == function).map_or("", |(name, _)| name);
    Err(refuse::aggregate_of(name, column))
}

fn order_of(order: &Order, outputs: &[Output]) -> Result<GroupOrder> {
    if order.attribute.is_some() {
        return Err(Fault::new(&code::QueryBuilderAttributeNotAllowedForAggregateOrderBy));
    }
    let Some(name) = &order.alias else {
        return Err(Fault::new(&code::QueryBuilderAliasRequiredForAggregateOrderBy));
    };
    let index =
        outputs.iter().position(|output| output.name == *name).ok_or_else(|| refuse::no_such_output(name))?;
    let by = outputs[index].by.ok_or_else(|| refuse::no_such_output(name))?;
    Ok(GroupOrder { output: index as u16, by, descending: order.descending })
}
