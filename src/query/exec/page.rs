//! Going on where a page ended. Source: queries.md A.10, web-api.md 5.7.

use std::cmp::Ordering;

use uuid::Uuid;

use super::compare::compare_nullable;
use super::order::{Order, directed};
use super::scope::Tuple;
use crate::fault::{Fault, Result, code};
use crate::ids::sql_order;
use crate::model::{ColumnType, DateBehavior, Value, ValueRef};
use crate::query::cookie::{Cookie, CookieKey};
use crate::query::lang::{date_of, days_of};
use crate::query::plan::{Alias, OrderBy, OrderKey, Page, Start};
use crate::store::{Slot, TableData};

/// The most rows that pages reach which are counted from the first row on. Source: queries.md B.6.
pub(super) const MOST_COUNTED: usize = 50_000;

/// How many rows pages leave out that are counted from the first row on.
///
/// # Errors
///
/// `LegacyPagingLimitExceeded` where the page lies beyond what such pages reach.
pub(super) fn skipped(page: &Page) -> Result<usize> {
    let Start::Skip { pages } = page.start else { return Ok(0) };
    let skipped = (pages as usize).saturating_mul(page.size as usize);
    // Assumed: a page that starts within the limit is given whole.
    if skipped >= MOST_COUNTED {
        return Err(Fault::new(&code::LegacyPagingLimitExceeded));
    }
    Ok(skipped)
}

/// The part of what was found, in order, that a page shows of it: at most `size` behind those left out. Tells whether
/// there is more.
pub(super) fn cut<T>(found: &mut Vec<T>, skipped: usize, page: &Page) -> bool {
    found.drain(..skipped.min(found.len()));
    let more = page.continues && found.len() > page.size as usize;
    found.truncate(page.size as usize);
    more
}

/// The last row of the page before, as far as the order sees it.
pub(super) struct Resume {
    values: Vec<Value>,
    id: Uuid,
    /// The ids of the joined rows; empty where the page before ended with the last tuple of its row.
    joined: Vec<Option<Uuid>>,
}

impl Resume {
    /// Reads a cookie against the order of the query it came with.
    ///
    /// # Errors
    ///
    /// `QueryBuilderPagingOrderBy` where the keys differ, `QueryBuilderInvalidPagingCookie` where a value is none of
    /// its column.
    pub(super) fn new(order: &Order<'_>, tuples: bool, cookie: &Cookie) -> Result<Self> {
        let names: Vec<String> =
            order.keys.iter().map(|&key| name(order, key)).chain(id_names(order, tuples)).collect();
        let found = cookie.keys.iter().map(|key| &*key.name);
        let rooted = &names[..=order.keys.len()];
        // A cookie that says nothing of joined rows is read too: clients make their own after the documentation.
        if !(names.iter().eq(found.clone()) || rooted.iter().eq(found)) {
            return Err(Fault::new(&code::QueryBuilderPagingOrderBy));
        }
        let broken = || Fault::new(&code::QueryBuilderInvalidPagingCookie);
        let (keys, ids) = cookie.keys.split_at(order.keys.len());
        let values = order
            .keys
            .iter()
            .zip(keys)
            .map(|(&key, found)| match &found.last {
                None => Some(Value::Null),
                Some(text) => read(order, key, text),
            })
            .collect::<Option<Vec<Value>>>()
            .ok_or_else(broken)?;
        let mut ids = ids.iter().map(|key| match key.last.as_deref() {
            None => Ok(None),
            Some(text) => Uuid::try_parse(text).map(Some).map_err(|_| broken()),
        });
        let id = ids.next().transpose()?.flatten().ok_or_else(broken)?;
        Ok(Self { values, id, joined: ids.collect::<Result<_>>()? })
    }

    /// Whether a row comes after the page before.
    pub(super) fn is_before<'a>(&self, order: &Order<'a>, tuple: impl Tuple<'a>) -> bool {
        let id = |alias| tuple.at(&order.rows, Alias(alias)).map(|row| sql_order(row.id()));
        order
            .keys
            .iter()
            .zip(&self.values)
            .map(|(&key, last)| directed(key, compare_nullable(last.as_ref(), order.value(tuple, key))))
            .find(|order| order.is_ne())
            .unwrap_or_else(|| {
                let last = std::iter::once(Some(self.id)).chain(self.joined.iter().copied());
                (0..)
                    .zip(last)
                    .map(|(alias, last)| last.map(sql_order).cmp(&id(alias)))
                    .find(|order| order.is_ne())
                    .unwrap_or(Ordering::Equal)
            })
            == Ordering::Less
    }

    /// In a table whose places are in the order of ids: the first place that can come after.
    pub(super) fn first_place(&self, data: &TableData) -> Slot {
        if let Some(slot) = data.find(self.id) {
            return Slot(slot.0 + u32::from(self.joined.is_empty()));
        }
        // The row is gone. Halve the places; where one is empty the next row after it decides.
        let sought = sql_order(self.id);
        let (mut low, mut high) = (0, data.slots() as u32);
        while low < high {
            let middle = u32::midpoint(low, high);
            let next = (middle..high).find_map(|at| data.row(Slot(at)).map(|row| (at, row.id())));
            match next {
                Some((at, id)) if sql_order(id) <= sought => low = at + 1,
                _ => high = middle,
            }
        }
        Slot(low)
    }
}

/// The number of the page after this one.
fn number_after(start: &Start) -> u32 {
    let page = match start {
        Start::First => 1,
        Start::Skip { pages } => pages.saturating_add(1),
        Start::After(cookie) => cookie.page,
    };
    page.saturating_add(1)
}

/// The start of the page after one that shows the tuples between these two.
pub(super) fn next<'a, T: Tuple<'a>>(
    order: &Order<'a>,
    tuples: bool,
    start: &Start,
    (first, last): (Option<T>, Option<T>),
) -> Cookie {
    let text = |tuple: Option<T>, key: OrderKey| tuple.and_then(|tuple| write(order.value(tuple, key)));
    let id = |tuple: Option<T>, alias| {
        let row = tuple.and_then(|tuple| tuple.at(&order.rows, alias));
        row.and_then(|row| write(ValueRef::Guid(row.id())))
    };
    let mut keys: Vec<CookieKey> = order
        .keys
        .iter()
        .map(|&key| CookieKey {
            name: name(order, key).into(),
            first: text(first, key),
            last: text(last, key),
        })
        .collect();
    keys.extend((0..).map(Alias).zip(id_names(order, tuples)).map(|(alias, name)| CookieKey {
        name: name.into(),
        first: id(first, alias),
        last: id(last, alias),
    }));
    Cookie { page: number_after(start), keys }
}

/// The start of the page after this one where pages are counted.
pub(super) fn next_counted(start: &Start) -> Cookie {
    Cookie { page: number_after(start), keys: Vec::new() }
}

/// The names of the elements of primary keys: the root's, and those of joined rows where there may be several for one
/// row of the root, so that a page may end between them.
///
/// Assumed: the documents say only that pages count joined rows, not how a cookie tells them apart.
fn id_names(order: &Order<'_>, tuples: bool) -> impl Iterator<Item = String> {
    let joins = if tuples { order.rows.joins() } else { 0 };
    (0..=joins).map(|alias| {
        let table = order.rows.catalogue.table(order.rows.table_of(Alias(alias)));
        let key = &table.column(table.primary_id).logical_name;
        if alias == 0 { key.to_string() } else { format!("{}{alias}.{key}", table.logical_name) }
    })
}

/// The name of a key's element: the column's, `name` appended where the order is by a lookup's row or by a label.
fn name(order: &Order<'_>, key: OrderKey) -> String {
    let (table, _) = order.column_of(key);
    let column = &table.column(key.column.column).logical_name;
    let prefix =
        if key.column.alias == Alias::ROOT { String::new() } else { format!("{}.", table.logical_name) };
    let suffix = if key.by == OrderBy::Value { "" } else { "name" };
    format!("{prefix}{column}{suffix}")
}

/// A value as a cookie holds it; none for null.
fn write(value: ValueRef<'_>) -> Option<Box<str>> {
    let text = match value {
        ValueRef::Null | ValueRef::Binary(_) => return None,
        ValueRef::Bool(flag) => u8::from(flag).to_string(),
        ValueRef::Int(number) => number.to_string(),
        ValueRef::Long(number) => number.to_string(),
        ValueRef::Double(number) => number.to_string(),
        ValueRef::Decimal(number) => number.to_string(),
        ValueRef::String(text) => text.to_owned(),
        ValueRef::Guid(id) => format!("{{{}}}", id.to_string().to_uppercase()),
        ValueRef::Lookup(reference) => format!("{{{}}}", reference.id.to_string().to_uppercase()),
        ValueRef::DateTime(second) => jiff::Timestamp::from_second(second).ok()?.to_string(),
        ValueRef::Date(day) => date_of(day)?.to_string(),
    };
    Some(text.into())
}

/// A cookie's text as a value of a key.
fn read(order: &Order<'_>, key: OrderKey, text: &str) -> Option<Value> {
    if key.by != OrderBy::Value {
        return Some(Value::from(text));
    }
    Some(match order.column_of(key).1 {
        ColumnType::Boolean { .. } | ColumnType::ManagedProperty => match text {
            "0" | "false" => Value::Bool(false),
            "1" | "true" => Value::Bool(true),
            _ => return None,
        },
        ColumnType::Integer { .. }
        | ColumnType::Choice { .. }
        | ColumnType::State { .. }
        | ColumnType::Status { .. } => Value::Int(text.parse().ok()?),
        ColumnType::BigInt => Value::Long(text.parse().ok()?),
        ColumnType::Double { .. } => Value::Double(text.parse().ok()?),
        ColumnType::Decimal { .. } | ColumnType::Money { .. } => Value::Decimal(text.parse().ok()?),
        ColumnType::DateTime { behavior: DateBehavior::UserLocal } => {
            Value::DateTime(text.parse::<jiff::Timestamp>().ok()?.as_second())
        }
        ColumnType::DateTime { behavior: DateBehavior::DateOnly } => Value::Date(days_of(text.parse().ok()?)),
        ColumnType::Uniqueidentifier | ColumnType::Lookup { .. } | ColumnType::File => {
            Value::Guid(Uuid::try_parse(text).ok()?)
        }
        _ => Value::from(text),
    })
}
