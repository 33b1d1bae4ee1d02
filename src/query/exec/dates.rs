//! The parts of dates that groups are made by. Source: queries.md A.8 (fiscal), B.7.

use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;

use super::Context;
use crate::model::ValueRef;
use crate::query::lang::date_of;
use crate::query::plan::{DatePart, Zone};

/// What calendars show at an instant.
///
/// Assumed: the caller's is the zone of Greenwich, too, as no caller has another one.
fn civil(_context: &Context<'_>, zone: Zone, instant: jiff::Timestamp) -> DateTime {
    match zone {
        Zone::User | Zone::Utc => Offset::UTC.to_datetime(instant),
    }
}

/// The fiscal year of a date and the period in it, counting from 1.
///
/// Assumed: the calendar a new organization has, which starts on 1 January and has quarters.
fn fiscal(_context: &Context<'_>, date: Date) -> (i16, i8) {
    (date.year(), quarter(date))
}

fn quarter(date: Date) -> i8 {
    (date.month() - 1) / 3 + 1
}

/// The week of the year as SQL Server's `DATEPART(week)` counts: the first of January is in week 1, and every Sunday
/// begins another one.
fn week(date: Date) -> i32 {
    let first = date.first_of_year().weekday().to_sunday_zero_offset();
    (i32::from(date.day_of_year()) - 1 + i32::from(first)) / 7 + 1
}

/// A part of a date as a number that sorts as time passes; none of what is no date.
pub(super) fn part(
    context: &Context<'_>,
    (part, zone): (DatePart, Zone),
    value: ValueRef<'_>,
) -> Option<i32> {
    let date = match value {
        ValueRef::DateTime(second) => civil(context, zone, jiff::Timestamp::from_second(second).ok()?).date(),
        ValueRef::Date(day) => date_of(day)?,
        _ => return None,
    };
    Some(match part {
        DatePart::Day => i32::from(date.day()),
        DatePart::Week => week(date),
        DatePart::Month => i32::from(date.month()),
        DatePart::Quarter => i32::from(quarter(date)),
        DatePart::Year => i32::from(date.year()),
        DatePart::FiscalYear => i32::from(fiscal(context, date).0),
        DatePart::FiscalPeriod => {
            let (year, period) = fiscal(context, date);
            i32::from(year) * PERIODS + i32::from(period)
        }
    })
}

/// More than a fiscal year has periods.
const PERIODS: i32 = 100;

/// How an answer writes the part that [`part`] made a number: a number or, of fiscal parts, a text.
pub(super) fn written(part: DatePart, number: i32) -> crate::model::Value {
    match part {
        DatePart::FiscalYear => format!("FY{number:04}").into(),
        DatePart::FiscalPeriod => {
            format!("Quarter {} FY{:04}", number.rem_euclid(PERIODS), number.div_euclid(PERIODS)).into()
        }
        _ => number.into(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn weeks_are_those_of_the_documented_examples() {
        for (of, expected) in [
            (date(2023, 3, 25), 12),
            (date(2023, 8, 27), 35),
            (date(2023, 1, 1), 1),
            (date(2023, 1, 7), 1),
            (date(2023, 1, 8), 2),
            (date(2022, 1, 1), 1),
            (date(2022, 1, 2), 2),
            (date(2000, 12, 31), 54),
        ] {
            assert_eq!(week(of), expected, "{of}");
        }
    }

    #[test]
    fn fiscal_parts_are_texts_that_sort_as_time_passes() {
        assert_eq!(written(DatePart::FiscalPeriod, 2023 * PERIODS + 1), "Quarter 1 FY2023".into());
        assert_eq!(written(DatePart::FiscalYear, 2023), "FY2023".into());
        assert_eq!(written(DatePart::Week, 12), 12.into());
    }
}
