//! What becomes of a plan for a caller who may not read some columns (C1): each of them is taken for empty, in
//! conditions, joins, orders, groups and what is shown under names of the query's own. Columns under their own names
//! are left to whoever writes the rows.
//!
//! Source: "Use field security to control access to field values": null takes a value's place where a filter is
//! evaluated, where rows are ordered, grouped and aggregated.

use super::columns::Hidden;
use crate::model::{ColumnId, NavigationKind, TableId};
use crate::query::plan::{
    Alias, ColRef, Columns, Expand, Group, Join, JoinKind, Link, Operator, OrderKey, Predicate, Quantifier,
    Query, Source,
};
use crate::world::World;

/// Masks a whole query.
pub(super) fn query(hidden: &Hidden, world: &World, query: &mut Query) {
    if hidden.is_empty() {
        return;
    }
    source(hidden, &mut query.source);
    order(hidden, &query.source, &mut query.order);
    let of = &query.source;
    query.named.retain(|named| !is_hidden(hidden, of, named.column));
    if let (true, Columns::Some(columns)) = (query.distinct, &mut query.columns) {
        // What everybody lacks tells no rows apart.
        columns.retain(|column| !hidden.contains(of.table, *column));
    }
    if let Some(asked) = &mut query.group {
        group(hidden, world, &mut query.source, asked);
    }
    expands(hidden, query.source.table, &mut query.expand);
}

/// Masks what is expanded of the rows of a table.
pub(super) fn expands(hidden: &Hidden, table: TableId, expanded: &mut [Expand]) {
    if hidden.is_empty() {
        return;
    }
    for expand in expanded {
        let is_cut = match expand.navigation {
            NavigationKind::Lookup { column, .. } => hidden.contains(table, column),
            NavigationKind::Collection { table, column } => hidden.contains(table, column),
            NavigationKind::ManyToMany { .. } => false,
        };
        // Owners are in either of two tables, and whose an owner is is no secret: such a column cannot be secured.
        let Some(of) = &mut expand.source else { continue };
        source(hidden, of);
        order(hidden, of, &mut expand.order);
        if is_cut {
            of.filter = Predicate::False;
        }
        expands(hidden, of.table, &mut expand.expand);
    }
}

fn is_hidden(hidden: &Hidden, source: &Source, column: ColRef) -> bool {
    hidden.contains(source.table_of(column.alias), column.column)
}

fn source(hidden: &Hidden, source: &mut Source) {
    let tables: Vec<TableId> =
        std::iter::once(source.table).chain(source.joins.iter().map(|join| join.table)).collect();
    let masked = |column: ColRef| hidden.contains(tables[usize::from(column.alias.0)], column.column);
    let predicate = |part: &mut Predicate| {
        let asked = std::mem::replace(part, Predicate::True);
        *part = condition(hidden, &masked, asked);
    };
    for join in &mut source.joins {
        predicate(&mut join.on);
        let to = ColRef { alias: join.parent, column: join.to };
        if masked(to) || hidden.contains(join.table, join.from) {
            // Null equals nothing.
            join.on = Predicate::False;
        }
    }
    predicate(&mut source.filter);
}

/// A condition with null in the place of every hidden value.
fn condition(hidden: &Hidden, masked: &impl Fn(ColRef) -> bool, asked: Predicate) -> Predicate {
    let always = |holds: bool| if holds { Predicate::True } else { Predicate::False };
    match asked {
        Predicate::And(parts) => {
            Predicate::and(parts.into_iter().map(|part| condition(hidden, masked, part)))
        }
        Predicate::Or(parts) => Predicate::or(parts.into_iter().map(|part| condition(hidden, masked, part))),
        Predicate::Cmp { column, operator, .. } if masked(column) => always(operator.takes_null()),
        Predicate::Cols { left, operator, .. } if masked(left) => always(operator == Operator::NotEqual),
        Predicate::Cols { left, operator, right } if masked(right) => match operator {
            // Of two columns only a null on the left is not equal.
            Operator::NotEqual => Predicate::test(left, Operator::Null),
            _ => Predicate::False,
        },
        Predicate::Quant { kind, link, mut body } => {
            let is_cut = match link {
                Link::Columns { parent, to, from } => {
                    masked(ColRef { alias: parent, column: to }) || hidden.contains(body.table, from)
                }
                Link::Through { .. } => false,
            };
            if is_cut {
                // Nothing is related.
                return always(kind == Quantifier::NotAny);
            }
            source(hidden, &mut body);
            Predicate::Quant { kind, link, body }
        }
        other => other,
    }
}

/// Rows that all have null in a column are not put in order by it.
fn order(hidden: &Hidden, source: &Source, keys: &mut Vec<OrderKey>) {
    keys.retain(|key| !is_hidden(hidden, source, key.column));
}

/// Groups are made by, and worked out of, the same columns of a row that is never there: a join to the table itself of
/// which nothing can hold.
fn group(hidden: &Hidden, world: &World, source: &mut Source, group: &mut Group) {
    let keys = group.keys.iter_mut().map(|key| &mut key.column);
    let measures = group.measures.iter_mut().filter_map(|measure| measure.column.as_mut());
    let root: ColumnId = world.catalogue().table(source.table).primary_id;
    for column in keys.chain(measures) {
        if !is_hidden(hidden, source, *column) {
            continue;
        }
        let table = source.table_of(column.alias);
        source.joins.push(Join {
            parent: Alias::ROOT,
            to: root,
            table,
            from: world.catalogue().table(table).primary_id,
            kind: JoinKind::Outer,
            on: Predicate::False,
        });
        column.alias = Alias(source.joins.len() as u16);
    }
}
