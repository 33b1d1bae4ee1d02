//! Ways to the rows that a predicate may hold of, shorter than looking at all of them.
//!
//! What comes out are candidates: the whole predicate is still asked of each. So a way may be taken as soon as one
//! part of an *and* offers it, and nothing is lost by not taking one.

use uuid::Uuid;

use super::Context;
use super::filter::{Filter, relative_ids, rows_at};
use crate::model::{ColumnId, ColumnType, TableId, Value, ValueRef};
use crate::query::plan::{Alias, ColRef, Join, Link, Operator, Predicate, Quantifier, Source};
use crate::store::Slot;

/// How much smaller a related table must be for its rows to be looked at first.
const WORTH_TURNING: usize = 4;

/// How many rows an index may lead to: looking at one of those takes as long as passing over some hundred in the order of
/// the table, a column at a time.
const WORTH_INDEXING: usize = 128;

/// So few are always looked at one by one.
const FEW: usize = 1_024;

/// The places of the rows of the source's table that its filter may hold of, ascending; `None` where only all of
/// them will do.
pub(super) fn candidates(context: &Context<'_>, source: &Source) -> Option<Vec<Slot>> {
    let mut places = ways(context, source, &source.filter)?;
    places.sort_unstable();
    places.dedup();
    Some(places)
}

fn ways(context: &Context<'_>, source: &Source, predicate: &Predicate) -> Option<Vec<Slot>> {
    match predicate {
        Predicate::False => Some(Vec::new()),
        Predicate::And(parts) => {
            let mut parts: Vec<&Predicate> = parts.iter().collect();
            parts.sort_by_key(|part| effort(context, source, part));
            parts.into_iter().find_map(|part| ways(context, source, part))
        }
        Predicate::Or(parts) => {
            // Nothing is looked up in vain for parts before one that no index leads to.
            if parts.iter().any(|part| is_hopeless(context, source, part)) {
                return None;
            }
            let mut places = Vec::new();
            for part in parts {
                places.extend(ways(context, source, part)?);
            }
            Some(places)
        }
        Predicate::Cmp { column, operator, args } if column.alias == Alias::ROOT => {
            indexed(context, source.table, column.column, *operator, args)
        }
        Predicate::Cmp { column, operator, .. } => joined(context, source, *column, *operator, predicate),
        Predicate::Quant { kind: Quantifier::Any, link, body } => related(context, source, link, body),
        Predicate::True | Predicate::Cols { .. } | Predicate::Quant { .. } => None,
    }
}

/// Whether a predicate is a test of a column without an index, so that only all rows will do.
fn is_hopeless(context: &Context<'_>, source: &Source, predicate: &Predicate) -> bool {
    matches!(predicate, Predicate::Cmp { column, .. }
        if column.alias == Alias::ROOT && !context.records.table(source.table).is_indexed(column.column))
}

/// Which part of an *and* to try first: the one that is likely to leave the fewest rows.
fn effort(context: &Context<'_>, source: &Source, predicate: &Predicate) -> u8 {
    match predicate {
        Predicate::False => 0,
        Predicate::Cmp { column, operator: Operator::Equal, .. } if column.alias == Alias::ROOT => {
            let table = context.catalogue.table(source.table);
            match table.column(column.column).kind {
                _ if column.column == table.primary_id => 1,
                ColumnType::Lookup { .. } => 3,
                _ => 2,
            }
        }
        Predicate::Cmp { column, .. } if column.alias == Alias::ROOT => 4,
        Predicate::Or(_) => 5,
        Predicate::Quant { .. } => 7,
        _ => 6,
    }
}

/// By the index of a column of the table itself, where it does not lead to too many of its rows.
fn indexed(
    context: &Context<'_>,
    table: TableId,
    column: ColumnId,
    operator: Operator,
    args: &[Value],
) -> Option<Vec<Slot>> {
    let data = context.records.table(table);
    if !data.is_indexed(column) {
        return None;
    }
    let ids: Vec<Value>;
    let sought: &[Value] = match operator {
        Operator::Equal | Operator::In => args,
        _ if operator.takes_null() => return None,
        _ => {
            let found = relative_ids(context, table, column, operator, args)?;
            if found.len() * WORTH_TURNING > data.len() {
                return None;
            }
            ids = found.into_iter().map(Value::Guid).collect();
            &ids
        }
    };
    let kind = &context.catalogue.table(table).column(column).kind;
    let most = FEW.max(data.len() / WORTH_INDEXING);
    let mut counted = 0;
    for value in sought {
        if !is_stored_form(kind, value) {
            return None;
        }
        counted += data.count_in_index(column, value.as_ref(), most - counted + 1)?;
        if counted > most {
            return None;
        }
    }
    let mut places = Vec::new();
    for value in sought {
        places.extend(data.lookup(column, value.as_ref())?);
    }
    Some(places)
}

/// Whether an equal value in a row would have the very type of this one: a hash knows no conversions.
fn is_stored_form(kind: &ColumnType, value: &Value) -> bool {
    match value {
        Value::String(_)
        | Value::Guid(_)
        | Value::Lookup(_)
        | Value::Bool(_)
        | Value::DateTime(_)
        | Value::Date(_) => true,
        Value::Int(_) => matches!(
            kind,
            ColumnType::Integer { .. }
                | ColumnType::Choice { .. }
                | ColumnType::State { .. }
                | ColumnType::Status { .. }
        ),
        _ => false,
    }
}

/// By a small table that a lookup points to: its rows first, then the rows that point to them.
fn joined(
    context: &Context<'_>,
    source: &Source,
    column: ColRef,
    operator: Operator,
    predicate: &Predicate,
) -> Option<Vec<Slot>> {
    let join = turned(context, source, column, operator)?;
    let data = context.records.table(source.table);
    let Predicate::Cmp { args, .. } = predicate else { return None };
    let there = there(join, column.column, operator, args);
    let mut places = Vec::new();
    for id in ids(context, &there) {
        places.extend(data.lookup(join.to, ValueRef::Guid(id))?);
    }
    Some(places)
}

/// The join of a column, where it is worth looking at the joined rows first.
fn turned<'s>(
    context: &Context<'_>,
    source: &'s Source,
    column: ColRef,
    operator: Operator,
) -> Option<&'s Join> {
    let join = source.joins.get(usize::from(column.alias.0).checked_sub(1)?)?;
    let data = context.records.table(source.table);
    let target = context.records.table(join.table);
    let is_key = join.from == context.catalogue.table(join.table).primary_id;
    let turns = target.len() * WORTH_TURNING <= data.len();
    let can = join.parent == Alias::ROOT && is_key && !operator.takes_null() && data.is_indexed(join.to);
    (can && turns).then_some(join)
}

/// The joined rows of which a condition on their column holds.
fn there(join: &Join, column: ColumnId, operator: Operator, args: &[Value]) -> Source {
    let column = ColRef::root(column);
    let filter = Predicate::Cmp { column, operator, args: args.to_vec() };
    Source { table: join.table, joins: Vec::new(), filter }
}

/// By the related rows that satisfy a body, where there are not many rows to look at.
fn related(context: &Context<'_>, source: &Source, link: &Link, body: &Source) -> Option<Vec<Slot>> {
    let places = worth_relating(context, source, link, body)?;
    let data = context.records.table(source.table);
    let there = context.records.table(body.table);
    let filter = Filter::new(context, body);
    let satisfying = rows_at(there, places).filter(|row| filter.holds(*row));
    let own: Vec<Uuid> = match *link {
        Link::Columns { from, .. } => satisfying.filter_map(|row| row.get(from).as_id()).collect(),
        Link::Through { intersect, near, far, .. } => {
            let joining = context.records.table(intersect);
            satisfying
                .flat_map(|row| joining.rows_with(far, ValueRef::Guid(row.id())).collect::<Vec<_>>())
                .filter_map(|joint| joint.get(near).as_id())
                .collect()
        }
    };
    Some(own.into_iter().filter_map(|id| data.find(id)).collect())
}

/// Where it is worth looking at related rows first: the places they may be at.
fn worth_relating(context: &Context<'_>, source: &Source, link: &Link, body: &Source) -> Option<Vec<Slot>> {
    let leads_back = match *link {
        Link::Columns { to, .. } => to == context.catalogue.table(source.table).primary_id,
        Link::Through { intersect, far, .. } => context.records.table(intersect).is_indexed(far),
    };
    if link.parent() != Alias::ROOT || !leads_back {
        return None;
    }
    let there = context.records.table(body.table);
    let found = candidates(context, body);
    let looked_at = found.as_ref().map_or(there.len(), Vec::len);
    let worth = looked_at * WORTH_TURNING <= context.records.table(source.table).len();
    worth.then(|| found.unwrap_or_else(|| there.iter().map(|(slot, _)| slot).collect()))
}

/// The ids of the rows of a source.
fn ids(context: &Context<'_>, source: &Source) -> Vec<Uuid> {
    let data = context.records.table(source.table);
    let filter = Filter::new(context, source);
    match candidates(context, source) {
        Some(places) => rows_at(data, places).filter(|row| filter.holds(*row)).map(|row| row.id()).collect(),
        None => data.iter().filter(|(_, row)| filter.holds(*row)).map(|(_, row)| row.id()).collect(),
    }
}

/// The way that [`candidates`] would take to the rows of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// Nothing satisfies the filter, so nothing is looked at.
    Nothing,
    /// Every row of the table.
    Scan,
    /// By the index of a column, once for each value.
    Index {
        /// The column.
        column: ColumnId,
        /// How many values are looked up.
        values: usize,
    },
    /// Several ways, one for each part of an *or*.
    Several(Vec<Way>),
    /// The rows of a joined table first, then by the index of the lookup that points to them.
    Joined {
        /// The lookup.
        column: ColumnId,
        /// The joined table.
        table: TableId,
        /// The way to its rows.
        first: Box<Way>,
    },
    /// Related rows first, then what they are related to.
    Related {
        /// Their table.
        table: TableId,
        /// The way to them.
        first: Box<Way>,
    },
}

/// Says which way [`candidates`] would take, without asking the filter of any row of the source.
///
/// It must decide as `candidates` does; the tests of this module hold them together.
pub(super) fn explain(context: &Context<'_>, source: &Source) -> Way {
    way(context, source, &source.filter).unwrap_or(Way::Scan)
}

fn way(context: &Context<'_>, source: &Source, predicate: &Predicate) -> Option<Way> {
    match predicate {
        Predicate::False => Some(Way::Nothing),
        Predicate::And(parts) => {
            let mut parts: Vec<&Predicate> = parts.iter().collect();
            parts.sort_by_key(|part| effort(context, source, part));
            parts.into_iter().find_map(|part| way(context, source, part))
        }
        Predicate::Or(parts) => {
            parts.iter().map(|part| way(context, source, part)).collect::<Option<_>>().map(Way::Several)
        }
        Predicate::Cmp { column, operator, args } if column.alias == Alias::ROOT => {
            indexed(context, source.table, column.column, *operator, args)?;
            // What is relative to the caller is one value, though none is given.
            Some(Way::Index { column: column.column, values: args.len().max(1) })
        }
        Predicate::Cmp { column, operator, args } => {
            let join = turned(context, source, *column, *operator)?;
            let first = Box::new(explain(context, &there(join, column.column, *operator, args)));
            Some(Way::Joined { column: join.to, table: join.table, first })
        }
        Predicate::Quant { kind: Quantifier::Any, link, body } => {
            worth_relating(context, source, link, body)?;
            Some(Way::Related { table: body.table, first: Box::new(explain(context, body)) })
        }
        Predicate::True | Predicate::Cols { .. } | Predicate::Quant { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Reference;
    use crate::query::testing::Sample;

    #[test]
    fn what_is_relative_to_the_caller_is_found_by_index() {
        let mut sample = Sample::new();
        let to = |sample: &Sample, table: &str, key: &str| {
            Value::Lookup(Reference::new(sample.table(table), sample.id(key)))
        };
        for place in 0..20 {
            let owner = match place {
                0..3 => to(&sample, "team", "team1"),
                3..5 => to(&sample, "systemuser", "anna"),
                _ => to(&sample, "systemuser", "bob"),
            };
            sample.add("", "account", &[("ownerid", owner)]);
        }
        let context = sample.context();
        let account = sample.catalogue.table_named("account").unwrap();
        let ownerid = ColRef::root(account.column_id("ownerid").unwrap());
        for (operator, expected) in [
            (Operator::EqualUserTeams, Some(3)),
            // One of the sample's own accounts is Anna's too.
            (Operator::EqualUserId, Some(3)),
            (Operator::EqualUserOrUserTeams, Some(6)),
            (Operator::NotEqualUserId, None),
        ] {
            let filter = Predicate::test(ownerid, operator);
            let source = Source { filter, ..Source::all(account.id) };
            let found = candidates(&context, &source).map(|places| places.len());
            assert_eq!(found, expected, "{operator:?}");
        }
    }
}
