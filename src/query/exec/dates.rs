//! The parts of dates that groups are made by. Source: queries.md A.8 (fiscal), B.7.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

use super::Context;
use super::when::Clock;
use crate::model::{Value, ValueRef};
use crate::query::plan::{DatePart, Zone};

/// The calendars of a caller, made once for all rows of a query.
#[derive(Debug)]
pub(super) struct Calendars {
    clock: Clock,
}

impl Calendars {
    /// The caller's time zone and the organization's fiscal calendar.
    pub(super) fn of(context: &Context<'_>) -> Self {
        Self { clock: Clock::of(context) }
    }

    /// The day on which a value falls; none of what is no date.
    fn day(&self, zone: Zone, value: ValueRef<'_>) -> Option<Date> {
        match (value, zone) {
            (ValueRef::DateTime(second), Zone::Utc) => {
                Some(Offset::UTC.to_datetime(Timestamp::from_second(second).ok()?).date())
            }
            (value, _) => self.clock.day_of(value),
        }
    }

    /// The fiscal year of a day and the period in it, counting from 1.
    fn fiscal(&self, day: Date) -> (i32, i32) {
        let (year, period) = self.clock.fiscal.period_of(day);
        (year as i32, period as i32)
    }

    /// A part of a date as a number that sorts as time passes; none of what is no date.
    pub(super) fn part(&self, (part, zone): (DatePart, Zone), value: ValueRef<'_>) -> Option<i32> {
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

impl Calendars {
    /// How an answer writes the part that [`Calendars::part`] made a number: a number or, of fiscal parts, a text.
    pub(super) fn written(&self, part: DatePart, number: i32) -> Value {
        match part {
            DatePart::FiscalYear => format!("FY{number:04}").into(),
            DatePart::FiscalPeriod => {
                let name = self.clock.fiscal.period_name();
                format!("{name} {} FY{:04}", number.rem_euclid(PERIODS), number.div_euclid(PERIODS)).into()
            }
            _ => number.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::query::testing::Sample;

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
    fn a_day_begins_at_the_callers_midnight_and_a_date_has_no_zone() {
        let (greenwich, mut east) = (Sample::new(), Sample::new());
        east.live_in(125);
        let (greenwich, east) = (Calendars::of(&greenwich.context()), Calendars::of(&east.context()));
        let late = ValueRef::DateTime(1_672_525_800);
        let part = |calendars: &Calendars, part, zone, value| calendars.part((part, zone), value);
        assert_eq!(part(&east, DatePart::Year, Zone::Utc, late), Some(2022));
        assert_eq!(part(&east, DatePart::Year, Zone::User, late), Some(2023));
        assert_eq!(part(&greenwich, DatePart::Year, Zone::User, late), Some(2022));
        assert_eq!(part(&greenwich, DatePart::Day, Zone::User, ValueRef::Date(0)), Some(1));
        assert_eq!(part(&greenwich, DatePart::Day, Zone::User, ValueRef::Int(0)), None);
    }

    #[test]
    fn fiscal_parts_are_texts_that_sort_as_time_passes() {
        let calendars = Calendars::of(&Sample::new().context());
        assert_eq!(calendars.written(DatePart::FiscalPeriod, 2023 * PERIODS + 1), "Quarter 1 FY2023".into());
        assert_eq!(calendars.written(DatePart::FiscalYear, 2023), "FY2023".into());
        assert_eq!(calendars.written(DatePart::Week, 12), 12.into());
    }
}
