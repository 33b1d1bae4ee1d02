//! The organization's fiscal calendar. Source: queries.md A.8.

use jiff::civil::Date;
use jiff::{Span, Timestamp};

use crate::model::ValueRef;
use crate::query::exec::Context;
use crate::query::exec::assumed::{FIRST_DAY_OF_FISCAL_YEAR, FISCAL_PERIODS, FISCAL_YEAR_IS_NAMED_LATER_BY};

/// Days of a period of four weeks.
const FOUR_WEEKS: i64 = 28;

/// When fiscal years begin, and how they are divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::query::exec) struct Fiscal {
    month: i8,
    day: i8,
    division: Division,
}

/// How a fiscal year is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Division {
    /// Into periods of so many months.
    Months(i64),
    /// Into thirteen periods of four weeks, of which the last runs until the year ends.
    FourWeeks,
}

impl Fiscal {
    /// The calendar that the organization's row describes.
    pub(super) fn of(context: &Context<'_>) -> Self {
        let known = &context.catalogue.known().organization;
        let row = context.records.table(known.id).iter().next().map(|(_, row)| row);
        // Assumed: the day that begins the year is the one in Greenwich.
        let start = match row.map(|row| row.get(known.fiscalcalendarstart)) {
            Some(ValueRef::DateTime(second)) => Timestamp::from_second(second).ok(),
            _ => None,
        };
        let start = start.map(|start| start.to_zoned(jiff::tz::TimeZone::UTC).date());
        let kind = row.and_then(|row| row.get(known.fiscalperiodtype).as_int());
        Self::new(
            start.map_or(FIRST_DAY_OF_FISCAL_YEAR, |start| (start.month(), start.day())),
            kind.unwrap_or(FISCAL_PERIODS),
        )
    }

    /// A calendar by its first month and day, and the organization's `fiscalperiodtype`; an unknown one means quarters.
    pub(super) fn new((month, day): (i8, i8), period_type: i32) -> Self {
        let division = match period_type {
            2000 => Division::Months(12),
            2001 => Division::Months(6),
            2003 => Division::Months(1),
            2004 => Division::FourWeeks,
            _ => Division::Months(3),
        };
        Self { month, day, division }
    }

    /// How many periods a year has.
    pub(super) fn periods(&self) -> i64 {
        match self.division {
            Division::Months(months) => 12 / months,
            Division::FourWeeks => 13,
        }
    }

    /// What people call a period.
    ///
    /// Assumed: the words for all but quarters, which is the only one the documents show.
    pub(in crate::query::exec) fn period_name(&self) -> &'static str {
        match self.division {
            Division::Months(12) => "Annual",
            Division::Months(6) => "Semester",
            Division::Months(1) => "Month",
            Division::Months(_) => "Quarter",
            Division::FourWeeks => "Period",
        }
    }

    /// The first day of a fiscal year.
    pub(super) fn year_start(&self, year: i64) -> Option<Date> {
        let calendar = i16::try_from(year.checked_sub(FISCAL_YEAR_IS_NAMED_LATER_BY)?).ok()?;
        let first = Date::new(calendar, self.month, 1).ok()?;
        // A year that starts on the 29th of February starts on the 28th in most years.
        Date::new(calendar, self.month, self.day.min(first.days_in_month())).ok()
    }

    /// The first day of a period, counted from 1; 0 is the last of the year before, and so on.
    pub(super) fn period_start(&self, year: i64, period: i64) -> Option<Date> {
        let index = period.checked_sub(1)?;
        let start = self.year_start(year.checked_add(index.div_euclid(self.periods()))?)?;
        let index = index.rem_euclid(self.periods());
        let span = match self.division {
            Division::Months(months) => Span::new().try_months(index * months),
            Division::FourWeeks => Span::new().try_days(index * FOUR_WEEKS),
        };
        start.checked_add(span.ok()?).ok()
    }

    /// The fiscal year a day belongs to, and the period.
    pub(in crate::query::exec) fn period_of(&self, day: Date) -> (i64, i64) {
        let named = i64::from(day.year()) + FISCAL_YEAR_IS_NAMED_LATER_BY;
        let year = match self.year_start(named) {
            Some(start) if day < start => named - 1,
            _ => named,
        };
        let period = (2..=self.periods())
            .take_while(|period| self.period_start(year, *period).is_some_and(|start| start <= day))
            .last();
        (year, period.unwrap_or(1))
    }
}

impl Default for Fiscal {
    fn default() -> Self {
        Self::new(FIRST_DAY_OF_FISCAL_YEAR, FISCAL_PERIODS)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn days_have_their_periods() {
        for (start, kind, day, expected) in [
            ((1, 1), 2002, date(2020, 1, 1), (2020, 1)),
            ((1, 1), 2002, date(2020, 3, 31), (2020, 1)),
            ((1, 1), 2002, date(2020, 4, 1), (2020, 2)),
            ((1, 1), 2002, date(2020, 12, 31), (2020, 4)),
            ((7, 1), 2002, date(2020, 6, 30), (2019, 4)),
            ((7, 1), 2002, date(2020, 7, 1), (2020, 1)),
            ((4, 6), 2000, date(2020, 4, 5), (2019, 1)),
            ((4, 6), 2000, date(2020, 4, 6), (2020, 1)),
            ((4, 1), 2001, date(2020, 10, 1), (2020, 2)),
            ((1, 1), 2003, date(2020, 12, 1), (2020, 12)),
            ((1, 31), 2003, date(2021, 2, 28), (2021, 2)),
            ((1, 31), 2003, date(2021, 2, 27), (2021, 1)),
            ((1, 1), 2004, date(2020, 1, 28), (2020, 1)),
            ((1, 1), 2004, date(2020, 1, 29), (2020, 2)),
            ((1, 1), 2004, date(2020, 12, 31), (2020, 13)),
            ((2, 29), 2002, date(2021, 2, 28), (2021, 1)),
            ((2, 29), 2002, date(2020, 2, 28), (2019, 4)),
            ((1, 1), 0, date(2020, 4, 1), (2020, 2)),
        ] {
            assert_eq!(Fiscal::new(start, kind).period_of(day), expected, "{start:?} {kind} {day}");
        }
    }

    #[test]
    fn a_period_begins_on_its_first_day() {
        for kind in 2000..=2004 {
            for start in [(1, 1), (7, 1), (4, 6), (12, 31), (2, 29)] {
                let fiscal = Fiscal::new(start, kind);
                for year in [2019, 2020, 2021] {
                    for period in 1..=fiscal.periods() {
                        let first = fiscal.period_start(year, period).unwrap();
                        assert_eq!(fiscal.period_of(first), (year, period), "{start:?} {kind}");
                        let before = fiscal.period_of(first.yesterday().unwrap());
                        assert!(before < (year, period), "{start:?} {kind} {first}");
                    }
                    assert_eq!(fiscal.period_start(year, 0), fiscal.period_start(year - 1, fiscal.periods()));
                }
            }
        }
        assert_eq!(Fiscal::default().year_start(i64::MAX), None);
        assert_eq!(Fiscal::default().period_start(2020, i64::MIN), None);
    }
}
