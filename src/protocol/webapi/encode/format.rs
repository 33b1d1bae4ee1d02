//! Values as people read them (`OData.Community.Display.V1.FormattedValue`): each caller by its own settings.

use std::borrow::Cow;

use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use super::culture::Culture;
use crate::model::{Column, ColumnId, ColumnType, Table, ValueRef};
use crate::service::RowRef;
use crate::world::World;

/// The formatted value of a column; `None` for types that have none (texts, ids, images). What was worked out of
/// many rows has no row.
pub(super) fn formatted<'a>(
    world: &'a World,
    culture: &Culture,
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
        ) => choice(culture, column, number),
        (ColumnType::Choices { .. }, ValueRef::String(numbers)) => choices(culture, column, numbers).into(),
        (ColumnType::Lookup { .. }, ValueRef::Lookup(reference)) => {
            let target = world.catalogue().table(reference.table);
            let row = world.records().table(reference.table).get(reference.id)?;
            row.get(target.primary_name?).as_str()?.into()
        }
        (ColumnType::Money { precision, .. }, ValueRef::Decimal(amount)) => culture
            .amount(amount, *precision, symbol(world, culture, table, row).unwrap_or(&culture.symbol))
            .into(),
        (ColumnType::Decimal { precision, .. }, ValueRef::Decimal(number)) => {
            culture.number(number, *precision).into()
        }
        (ColumnType::Double { precision, .. }, ValueRef::Double(number)) => {
            culture.number(Decimal::from_f64(number)?, *precision).into()
        }
        (_, ValueRef::Int(number)) => culture.count(number.into()).into(),
        (_, ValueRef::Long(number)) => culture.count(number).into(),
        (_, ValueRef::DateTime(seconds)) => culture.instant(seconds).into(),
        (_, ValueRef::Date(days)) => culture.date(i64::from(days)).into(),
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

fn choice<'c>(culture: &Culture, column: &'c Column, number: i32) -> Cow<'c, str> {
    match column.option(number) {
        Some(option) => (&*option.label).into(),
        None => culture.count(number.into()).into(),
    }
}

fn choices(culture: &Culture, column: &Column, numbers: &str) -> String {
    let labels: Vec<_> = numbers
        .split(',')
        .map(|number| number.parse().map_or(number.into(), |number| choice(culture, column, number)))
        .collect();
    labels.join("; ")
}

/// The symbol of the row's currency, or its code; nothing where the row has no currency.
fn symbol<'a>(
    world: &'a World,
    culture: &Culture,
    table: &Table,
    row: Option<RowRef<'_>>,
) -> Option<&'a str> {
    let reference = row?.get(table.column_id("transactioncurrencyid")?).as_lookup()?;
    let shown = if culture.by_code { "isocurrencycode" } else { "currencysymbol" };
    let shown = world.catalogue().table(reference.table).column_id(shown)?;
    world.records().table(reference.table).get(reference.id)?.get(shown).as_str()
}
