//! The parts of dates that groups are made by. Source: queries.md A.8 (fiscal), B.7.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

use super::Context;
use crate::model::{Value, ValueRef};
use crate::query::lang::date_of;
use crate::query::plan::{DatePart, Zone};

/// The calendars of a caller, made once for all rows of a query.
#[derive(Debug, Clone, Copy)]
pub(super) struct Calendars {
    /// What the caller's clocks are ahead of those of Greenwich.
    zone: Offset,
}

impl Calendars {
    /// Assumed: the caller's time zone is that of Greenwich, and the fiscal calendar is the one a new organization has.
    pub(super) fn of(_context: &Context<'_>) -> Self {
        Self { zone: Offset::UTC }
    }

    /// The day on which a value falls; none of what is no date.
    fn day(self, zone: Zone, value: ValueRef<'_>) -> Option<Date> {
        match (value, zone) {
            (ValueRef::Date(day), _) => date_of(day),
            (ValueRef::DateTime(second), zone) => {
                let zone = match zone {
                    Zone::User => self.zone,
                    Zone::Utc => Offset::UTC,
                };
                Some(zone.to_datetime(Timestamp::from_second(second).ok()?).date())
            }
            _ => None,
        }
    }

    /// The fiscal year of a day and the period in it, counting from 1: quarters of a year that starts on 1 January.
    #[expect(clippy::unused_self, reason = "what a fiscal year is, an organization says")]
    fn fiscal(self, day: Date) -> (i32, i32) {
        (i32::from(day.year()), quarter(day))
    }

    /// A part of a date as a number that sorts as time passes; none of what is no date.
    pub(super) fn part(self, (part, zone): (DatePart, Zone), value: ValueRef<'_>) -> Option<i32> {
        let day = self.day(zone, value)?;
        Some(match part {
            DatePart::Day => i32::from(day.day()),
            DatePart::Week => week(day),
            DatePart::Month => i32::from(day.month()),
            DatePart::Quarter => quarter(day),
            DatePart::Year => i32::from(day.year()),
            DatePart::FiscalYear => self.fiscal(day).0,
            DatePart::FiscalPeriod => {
                let (year, period) = self.fiscal(day);
                year * PERIODS + period
            }
        })
    }
}

fn quarter(date: Date) -> i32 {
    i32::from((date.month() - 1) / 3 + 1)
}

/// The week of the year as SQL Server's `DATEPART(week)` counts: the first of January is in week 1, and every Sunday
/// begins another one.
fn week(date: Date) -> i32 {
    let first = date.first_of_year().weekday().to_sunday_zero_offset();
    (i32::from(date.day_of_year()) - 1 + i32::from(first)) / 7 + 1
}

/// More than a fiscal year has periods.
const PERIODS: i32 = 100;

/// How an answer writes the part that [`Calendars::part`] made a number: a number or, of fiscal parts, a text.
pub(super) fn written(part: DatePart, number: i32) -> Value {
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
    fn a_day_begins_at_midnight_and_a_date_has_no_zone() {
        let calendars = Calendars { zone: Offset::constant(2) };
        let late = ValueRef::DateTime(1_672_525_800);
        assert_eq!(calendars.part((DatePart::Year, Zone::Utc), late), Some(2022));
        assert_eq!(calendars.part((DatePart::Year, Zone::User), late), Some(2023));
        assert_eq!(calendars.part((DatePart::Day, Zone::User), ValueRef::Date(0)), Some(1));
        assert_eq!(calendars.part((DatePart::Day, Zone::User), ValueRef::Int(0)), None);
    }

    #[test]
    fn fiscal_parts_are_texts_that_sort_as_time_passes() {
        assert_eq!(written(DatePart::FiscalPeriod, 2023 * PERIODS + 1), "Quarter 1 FY2023".into());
        assert_eq!(written(DatePart::FiscalYear, 2023), "FY2023".into());
        assert_eq!(written(DatePart::Week, 12), 12.into());
    }
}
