//! Values as people read them (`OData.Community.Display.V1.FormattedValue`), in English (United States) and UTC.

use std::borrow::Cow;
use std::fmt::Write;

use rust_decimal::prelude::FromPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use super::text::civil;
use crate::model::{Column, ColumnId, ColumnType, Table, ValueRef};
use crate::service::RowRef;
use crate::world::World;

/// The formatted value of a column; `None` for types that have none (texts, ids, images). What was worked out of
/// many rows has no row.
pub(super) fn formatted<'a>(
    world: &'a World,
    table: &'a Table,
    row: Option<RowRef<'_>>,
    column: ColumnId,
    value: ValueRef<'_>,
) -> Option<Cow<'a, str>> {
    let column = table.column(column);
    Some(match (&column.kind, value) {
        (ColumnType::Boolean { .. } | ColumnType::ManagedProperty, ValueRef::Bool(flag)) => {
            label(column, flag)
        }
        (
            ColumnType::Choice { .. } | ColumnType::State { .. } | ColumnType::Status { .. },
            ValueRef::Int(number),
        ) => choice(column, number),
        (ColumnType::Choices { .. }, ValueRef::String(numbers)) => choices(column, numbers).into(),
        (ColumnType::Lookup { .. }, ValueRef::Lookup(reference)) => {
            let target = world.catalogue().table(reference.table);
            let row = world.records().table(reference.table).get(reference.id)?;
            row.get(target.primary_name?).as_str()?.into()
        }
        (ColumnType::Money { precision, .. }, ValueRef::Decimal(amount)) => {
            money(symbol(world, table, row), amount, *precision).into()
        }
        (ColumnType::Decimal { precision, .. }, ValueRef::Decimal(number)) => {
            grouped(number, *precision).into()
        }
        (ColumnType::Double { precision, .. }, ValueRef::Double(number)) => {
            grouped(Decimal::from_f64(number)?, *precision).into()
        }
        (_, ValueRef::Int(number)) => grouped(Decimal::from(number), 0).into(),
        (_, ValueRef::Long(number)) => grouped(Decimal::from(number), 0).into(),
        (_, ValueRef::DateTime(seconds)) => instant(seconds).into(),
        (_, ValueRef::Date(days)) => date(i64::from(days)).into(),
        (ColumnType::EntityName, ValueRef::String(name)) => {
            (&*world.catalogue().table_named(name)?.display_name).into()
        }
        _ => return None,
    })
}

fn label(column: &Column, flag: bool) -> Cow<'_, str> {
    let without = if flag { "Yes" } else { "No" };
    column.option(i32::from(flag)).map_or(without, |option| &option.label).into()
}

fn choice(column: &Column, number: i32) -> Cow<'_, str> {
    match column.option(number) {
        Some(option) => (&*option.label).into(),
        None => grouped(Decimal::from(number), 0).into(),
    }
}

fn choices(column: &Column, numbers: &str) -> String {
    let labels: Vec<_> = numbers
        .split(',')
        .map(|number| number.parse().map_or(number.into(), |number| choice(column, number)))
        .collect();
    labels.join("; ")
}

/// A number that counts something.
pub(super) fn count(number: i64) -> String {
    grouped(Decimal::from(number), 0)
}

/// The symbol of the row's currency, the dollar where it has none.
fn symbol<'a>(world: &'a World, table: &Table, row: Option<RowRef<'_>>) -> &'a str {
    let find = || {
        let reference = row?.get(table.column_id("transactioncurrencyid")?).as_lookup()?;
        let symbol = world.catalogue().table(reference.table).column_id("currencysymbol")?;
        world.records().table(reference.table).get(reference.id)?.get(symbol).as_str()
    };
    find().unwrap_or("$")
}

fn money(symbol: &str, amount: Decimal, precision: u32) -> String {
    let digits = grouped(amount.abs(), precision);
    if amount.is_sign_negative() && !amount.is_zero() {
        format!("({symbol}{digits})")
    } else {
        format!("{symbol}{digits}")
    }
}

/// A number with separators between thousands: `9,500`, `-1,234.50`.
fn grouped(number: Decimal, precision: u32) -> String {
    let mut rounded = number.round_dp_with_strategy(precision, RoundingStrategy::MidpointAwayFromZero);
    rounded.rescale(precision);
    let text = rounded.abs().to_string();
    let (whole, fraction) = text.split_once('.').map_or((&*text, None), |(whole, rest)| (whole, Some(rest)));
    let mut out = String::with_capacity(text.len() + text.len() / 3 + 1);
    if rounded.is_sign_negative() && !rounded.is_zero() {
        out.push('-');
    }
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// `4/7/2023`
fn date(days: i64) -> String {
    let (year, month, day) = civil(days);
    format!("{month}/{day}/{year}")
}

/// `4/7/2023 2:59 PM`
fn instant(seconds: i64) -> String {
    let mut out = date(seconds.div_euclid(86_400));
    let minutes = seconds.rem_euclid(86_400) / 60;
    let (hour, minute) = (minutes / 60, minutes % 60);
    let half = if hour < 12 { "AM" } else { "PM" };
    // Writing into a string cannot fail.
    let _ = write!(out, " {}:{minute:02} {half}", (hour + 11) % 12 + 1);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_money_and_dates() {
        assert_eq!(grouped(Decimal::from(9_500), 0), "9,500");
        assert_eq!(grouped(Decimal::from(-1_234_567), 0), "-1,234,567");
        assert_eq!(grouped("999.995".parse().unwrap(), 2), "1,000.00");
        assert_eq!(grouped(Decimal::from(100), 2), "100.00");
        assert_eq!(grouped("-0.001".parse().unwrap(), 2), "0.00");
        assert_eq!(money("$", Decimal::from(20_000), 2), "$20,000.00");
        assert_eq!(money("€", "-5.5".parse().unwrap(), 2), "(€5.50)");
        assert_eq!(instant(1_680_879_540), "4/7/2023 2:59 PM");
        assert_eq!(instant(0), "1/1/1970 12:00 AM");
        assert_eq!(instant(43_200), "1/1/1970 12:00 PM");
        assert_eq!(date(19_454), "4/7/2023");
    }
}
