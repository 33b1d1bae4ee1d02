//! Going on where a page ended. Source: queries.md A.10, web-api.md 5.7.

use std::cmp::Ordering;

use uuid::Uuid;

use super::compare::compare_nullable;
use super::order::{Order, directed};
use crate::fault::{Fault, Result, code};
use crate::ids::sql_order;
use crate::model::{ColumnType, DateBehavior, Value, ValueRef};
use crate::query::cookie::{Cookie, CookieKey};
use crate::query::lang::{date_of, days_of};
use crate::query::plan::{Alias, OrderBy, OrderKey, Start};
use crate::store::{RowRef, Slot, TableData};

/// The last row of the page before, as far as the order sees it.
pub(super) struct Resume {
    values: Vec<Value>,
    id: Uuid,
}

impl Resume {
    /// Reads a cookie against the order of the query it came with.
    ///
    /// # Errors
    ///
    /// `QueryBuilderPagingOrderBy` where the keys differ, `QueryBuilderInvalidPagingCookie` where a value is none of
    /// its column.
    pub(super) fn new(order: &Order<'_>, cookie: &Cookie) -> Result<Self> {
        let names = order.keys.iter().map(|&key| name(order, key)).chain([primary_name(order)]);
        if !names.eq(cookie.keys.iter().map(|key| key.name.to_string())) {
            return Err(Fault::new(&code::QueryBuilderPagingOrderBy));
        }
        let broken = || Fault::new(&code::QueryBuilderInvalidPagingCookie);
        let (last, keys) = cookie.keys.split_last().ok_or_else(broken)?;
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
        let id = last.last.as_deref().and_then(|text| Uuid::try_parse(text).ok()).ok_or_else(broken)?;
        Ok(Self { values, id })
    }

    /// Whether a row comes after the page before.
    pub(super) fn is_before<'a>(&self, order: &Order<'a>, row: RowRef<'a>) -> bool {
        order
            .keys
            .iter()
            .zip(&self.values)
            .map(|(&key, last)| directed(key, compare_nullable(last.as_ref(), order.value(row, key))))
            .find(|order| order.is_ne())
            .unwrap_or_else(|| sql_order(self.id).cmp(&sql_order(row.id())))
            == Ordering::Less
    }

    /// In a table whose places are in the order of ids: the first place that can come after.
    pub(super) fn first_place(&self, data: &TableData) -> Slot {
        if let Some(slot) = data.find(self.id) {
            return Slot(slot.0 + 1);
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

/// The start of the page after one that shows these rows.
pub(super) fn next(order: &Order<'_>, start: &Start, shown: &[Slot]) -> Cookie {
    let page = match start {
        Start::First => 1,
        Start::Skip { pages } => pages + 1,
        Start::After(cookie) => cookie.page,
    };
    let data = order.rows.root();
    let first = shown.first().and_then(|slot| data.row(*slot));
    let last = shown.last().and_then(|slot| data.row(*slot));
    let text = |row: Option<RowRef<'_>>, key: OrderKey| row.and_then(|row| write(order.value(row, key)));
    let id = |row: Option<RowRef<'_>>| row.and_then(|row| write(ValueRef::Guid(row.id())));
    let mut keys: Vec<CookieKey> = order
        .keys
        .iter()
        .map(|&key| CookieKey {
            name: name(order, key).into(),
            first: text(first, key),
            last: text(last, key),
        })
        .collect();
    keys.push(CookieKey { name: primary_name(order).into(), first: id(first), last: id(last) });
    Cookie { page: page.saturating_add(1), keys }
}

/// The name of a key's element: the column's, `name` appended where the order is by a lookup's row.
fn name(order: &Order<'_>, key: OrderKey) -> String {
    let (table, _) = order.column_of(key);
    let column = &table.column(key.column.column).logical_name;
    let prefix =
        if key.column.alias == Alias::ROOT { String::new() } else { format!("{}.", table.logical_name) };
    let suffix = if key.by == OrderBy::LookupName { "name" } else { "" };
    format!("{prefix}{column}{suffix}")
}

fn primary_name(order: &Order<'_>) -> String {
    let table = order.rows.catalogue.table(order.rows.table);
    table.column(table.primary_id).logical_name.to_string()
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
    if key.by == OrderBy::LookupName {
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
