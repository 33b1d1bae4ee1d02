//! The windows of the date operators. Source: queries.md A.8.

use jiff::civil::Date;
use jiff::{SignedDuration, Span, Timestamp};

use super::{Clock, Moment};
use crate::model::Value;
use crate::query::exec::assumed::{COMING_HOURS_END_ON_THE_HOUR, THIS_SECOND_IS_PAST};
use crate::query::plan::Operator;

/// A part of time: from its start on, until before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::query::exec) struct Window {
    pub(super) from: Option<Moment>,
    pub(super) until: Option<Moment>,
}

/// What windows are measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Minutes,
    Hours,
    Days,
    Weeks,
    Months,
    Years,
}

impl Unit {
    /// The seconds of a unit that instants are measured in; none of those that calendars are.
    fn seconds(self) -> Option<i64> {
        match self {
            Self::Minutes => Some(60),
            Self::Hours => Some(3_600),
            _ => None,
        }
    }

    /// So many units after a day, or before it. A day that the month does not have is the month's last.
    fn after(self, day: Date, count: i64) -> Option<Date> {
        let span = Span::new();
        let span = match self {
            Self::Minutes | Self::Hours => return None,
            Self::Days => span.try_days(count),
            Self::Weeks => span.try_weeks(count),
            Self::Months => span.try_months(count),
            Self::Years => span.try_years(count),
        };
        day.checked_add(span.ok()?).ok()
    }
}

impl Window {
    fn between(from: Option<Date>, until: Option<Date>) -> Option<Self> {
        Some(Self { from: Some(midnight(from?)), until: Some(midnight(until?)) })
    }

    fn before(until: Moment) -> Self {
        Self { from: None, until: Some(until) }
    }

    fn since(from: Moment) -> Self {
        Self { from: Some(from), until: None }
    }
}

fn midnight(day: Date) -> Moment {
    Moment::Wall(day.to_datetime(jiff::civil::Time::midnight()))
}

impl Clock {
    /// The window of an operator, or `None` where it is empty.
    ///
    /// Operators that have none, that of a fiscal period of any year among them, are as empty. Where a window would
    /// reach beyond the calendar it has no end there.
    pub(in crate::query::exec) fn window(&self, operator: Operator, args: &[Value]) -> Option<Window> {
        use Operator as O;
        let today = self.wall_now().date();
        let number = |place: usize| args.get(place).and_then(whole);
        let unit = |unit: Unit, start: Date, from: i64| {
            Window::between(unit.after(start, from), unit.after(start, from + 1))
        };
        let week = today.checked_sub(Span::new().days(self.first_day.until(today.weekday()))).ok();
        let month = today.first_of_month();
        let year = today.first_of_year();
        let day = || self.day_of(args.first()?.as_ref());
        match operator {
            O::Yesterday => unit(Unit::Days, today, -1),
            O::Today => unit(Unit::Days, today, 0),
            O::Tomorrow => unit(Unit::Days, today, 1),
            O::On => unit(Unit::Days, day()?, 0),
            O::OnOrBefore => Some(Window { from: None, until: Unit::Days.after(day()?, 1).map(midnight) }),
            O::OnOrAfter => Some(Window::since(midnight(day()?))),
            O::LastWeek => unit(Unit::Weeks, week?, -1),
            O::ThisWeek => unit(Unit::Weeks, week?, 0),
            O::NextWeek => unit(Unit::Weeks, week?, 1),
            O::LastMonth => unit(Unit::Months, month, -1),
            O::ThisMonth => unit(Unit::Months, month, 0),
            O::NextMonth => unit(Unit::Months, month, 1),
            O::LastYear => unit(Unit::Years, year, -1),
            O::ThisYear => unit(Unit::Years, year, 0),
            O::NextYear => unit(Unit::Years, year, 1),
            O::Last7Days => Some(self.last(Unit::Days, 7)),
            O::LastXHours => Some(self.last(Unit::Hours, number(0)?)),
            O::LastXDays => Some(self.last(Unit::Days, number(0)?)),
            O::LastXWeeks => Some(self.last(Unit::Weeks, number(0)?)),
            O::LastXMonths => Some(self.last(Unit::Months, number(0)?)),
            O::LastXYears => Some(self.last(Unit::Years, number(0)?)),
            O::Next7Days => Some(self.next(Unit::Days, 7)),
            O::NextXHours => Some(self.next(Unit::Hours, number(0)?)),
            O::NextXDays => Some(self.next(Unit::Days, number(0)?)),
            O::NextXWeeks => Some(self.next(Unit::Weeks, number(0)?)),
            O::NextXMonths => Some(self.next(Unit::Months, number(0)?)),
            O::NextXYears => Some(self.next(Unit::Years, number(0)?)),
            O::OlderThanXMinutes => self.ago(Unit::Minutes, number(0)?).map(Window::before),
            O::OlderThanXHours => self.ago(Unit::Hours, number(0)?).map(Window::before),
            O::OlderThanXDays => self.ago(Unit::Days, number(0)?).map(Window::before),
            O::OlderThanXWeeks => self.ago(Unit::Weeks, number(0)?).map(Window::before),
            O::OlderThanXMonths => self.ago(Unit::Months, number(0)?).map(Window::before),
            O::OlderThanXYears => self.ago(Unit::Years, number(0)?).map(Window::before),
            _ => self.fiscal_window(operator, today, number(0), number(1)),
        }
    }

    fn fiscal_window(
        &self,
        operator: Operator,
        today: Date,
        first: Option<i64>,
        second: Option<i64>,
    ) -> Option<Window> {
        use Operator as O;
        let fiscal = &self.fiscal;
        let (year, period) = fiscal.period_of(today);
        let years = |from: i64| Window::between(fiscal.year_start(from), fiscal.year_start(from + 1));
        let periods = |year: i64, from: i64| {
            Window::between(fiscal.period_start(year, from), fiscal.period_start(year, from + 1))
        };
        let past = |from: Option<Date>| Window { from: from.map(midnight), until: Some(self.end_of_now()) };
        let coming =
            |until: Option<Date>| Window { from: Some(Moment::Exact(self.now)), until: until.map(midnight) };
        let named = || (1..=fiscal.periods()).contains(&first?).then_some((first?, second?));
        match operator {
            O::LastFiscalYear => years(year - 1),
            O::ThisFiscalYear => years(year),
            O::NextFiscalYear => years(year + 1),
            O::LastFiscalPeriod => periods(year, period - 1),
            O::ThisFiscalPeriod => periods(year, period),
            O::NextFiscalPeriod => periods(year, period + 1),
            O::LastXFiscalYears => Some(past(fiscal.year_start(year.checked_sub(first?)?))),
            O::LastXFiscalPeriods => Some(past(fiscal.period_start(year, period.checked_sub(first?)?))),
            O::NextXFiscalYears => {
                Some(coming(first?.checked_add(year + 1).and_then(|end| fiscal.year_start(end))))
            }
            O::NextXFiscalPeriods => {
                Some(coming(first?.checked_add(period + 1).and_then(|end| fiscal.period_start(year, end))))
            }
            O::InFiscalYear => years(first?.min(i64::from(i16::MAX))),
            // A period beyond those there are has no days.
            O::InFiscalPeriodAndYear => named().and_then(|(period, year)| periods(year, period)),
            O::InOrBeforeFiscalPeriodAndYear => {
                let (period, year) = named()?;
                fiscal.period_start(year, period + 1).map(|end| Window::before(midnight(end)))
            }
            O::InOrAfterFiscalPeriodAndYear => {
                let (period, year) = named()?;
                fiscal.period_start(year, period).map(|start| Window::since(midnight(start)))
            }
            _ => None,
        }
    }

    /// From midnight, or the full hour, so long ago until now.
    fn last(&self, unit: Unit, count: i64) -> Window {
        Window { from: self.ago(unit, count), until: Some(self.end_of_now()) }
    }

    /// From now until the end of the day, or the hour, in so long.
    fn next(&self, unit: Unit, count: i64) -> Window {
        let until = match unit.seconds() {
            None => {
                let tomorrow = Unit::Days.after(self.wall_now().date(), 1);
                tomorrow.and_then(|day| unit.after(day, count)).map(midnight)
            }
            Some(seconds) => {
                let (start, count) = if COMING_HOURS_END_ON_THE_HOUR {
                    (self.full(unit == Unit::Hours), count.saturating_add(1))
                } else {
                    (Some(self.now), count)
                };
                start.and_then(|start| later(start, seconds.checked_mul(count)?)).map(Moment::Exact)
            }
        };
        Window { from: Some(Moment::Exact(self.now)), until }
    }

    /// The midnight, full hour or full minute so long ago.
    fn ago(&self, unit: Unit, count: i64) -> Option<Moment> {
        let back = count.checked_neg()?;
        match unit.seconds() {
            None => unit.after(self.wall_now().date(), back).map(midnight),
            Some(seconds) => {
                later(self.full(unit == Unit::Hours)?, seconds.checked_mul(back)?).map(Moment::Exact)
            }
        }
    }

    /// Where the windows end that end now.
    fn end_of_now(&self) -> Moment {
        let whole = Timestamp::from_second(self.now.as_second()).unwrap_or(self.now);
        let end = if THIS_SECOND_IS_PAST { later(whole, 1) } else { None };
        Moment::Exact(end.unwrap_or(self.now))
    }
}

fn later(instant: Timestamp, seconds: i64) -> Option<Timestamp> {
    instant.checked_add(SignedDuration::from_secs(seconds)).ok()
}

fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Int(number) => Some(i64::from(*number)),
        Value::Long(number) => Some(*number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::Weekday;
    use jiff::tz::TimeZone;

    use super::super::{Fiscal, zone_of_code};
    use super::*;
    use crate::model::DateBehavior;
    use crate::query::lang::{date_of, days_of};

    fn clock(now: &str, zone: i32) -> Clock {
        Clock {
            now: now.parse().unwrap(),
            zone: zone_of_code(zone).unwrap(),
            first_day: Weekday::Sunday,
            fiscal: Fiscal::default(),
        }
    }

    /// The stored seconds of a window: `first .. last`, both within it.
    fn seconds(clock: &Clock, operator: Operator, args: &[Value]) -> String {
        let print = |second: i64| match second {
            i64::MIN | i64::MAX => String::new(),
            second => Timestamp::from_second(second).unwrap().to_string(),
        };
        match clock.window(operator, args) {
            None => "empty".to_owned(),
            Some(window) => {
                let (low, high) = clock.range(&window, DateBehavior::UserLocal);
                format!("{} .. {}", print(low), print(high)).trim().to_owned()
            }
        }
    }

    /// The same in days.
    fn days(clock: &Clock, operator: Operator, args: &[Value]) -> String {
        let print = |day: i64| date_of(i32::try_from(day).unwrap()).unwrap().to_string();
        let window = clock.window(operator, args).unwrap();
        let (low, high) = clock.range(&window, DateBehavior::DateOnly);
        format!("{} .. {}", print(low), print(high))
    }

    fn date(text: &str) -> Value {
        Value::Date(days_of(text.parse().unwrap()))
    }

    /// The example of queries.md A.8, a Monday.
    #[test]
    fn windows_are_those_of_the_documents() {
        use Operator as O;
        let clock = clock("2020-08-17T13:00:00Z", 92);
        for (operator, number, expected) in [
            (O::Today, None, "2020-08-17T00:00:00Z .. 2020-08-17T23:59:59Z"),
            (O::Yesterday, None, "2020-08-16T00:00:00Z .. 2020-08-16T23:59:59Z"),
            (O::Tomorrow, None, "2020-08-18T00:00:00Z .. 2020-08-18T23:59:59Z"),
            (O::ThisWeek, None, "2020-08-16T00:00:00Z .. 2020-08-22T23:59:59Z"),
            (O::LastWeek, None, "2020-08-09T00:00:00Z .. 2020-08-15T23:59:59Z"),
            (O::NextWeek, None, "2020-08-23T00:00:00Z .. 2020-08-29T23:59:59Z"),
            (O::ThisMonth, None, "2020-08-01T00:00:00Z .. 2020-08-31T23:59:59Z"),
            (O::LastMonth, None, "2020-07-01T00:00:00Z .. 2020-07-31T23:59:59Z"),
            (O::NextMonth, None, "2020-09-01T00:00:00Z .. 2020-09-30T23:59:59Z"),
            (O::ThisYear, None, "2020-01-01T00:00:00Z .. 2020-12-31T23:59:59Z"),
            (O::LastYear, None, "2019-01-01T00:00:00Z .. 2019-12-31T23:59:59Z"),
            (O::NextYear, None, "2021-01-01T00:00:00Z .. 2021-12-31T23:59:59Z"),
            (O::Last7Days, None, "2020-08-10T00:00:00Z .. 2020-08-17T13:00:00Z"),
            (O::Next7Days, None, "2020-08-17T13:00:00Z .. 2020-08-24T23:59:59Z"),
            (O::LastXHours, Some(2), "2020-08-17T11:00:00Z .. 2020-08-17T13:00:00Z"),
            (O::LastXDays, Some(4), "2020-08-13T00:00:00Z .. 2020-08-17T13:00:00Z"),
            (O::LastXWeeks, Some(2), "2020-08-03T00:00:00Z .. 2020-08-17T13:00:00Z"),
            (O::LastXMonths, Some(3), "2020-05-17T00:00:00Z .. 2020-08-17T13:00:00Z"),
            (O::LastXYears, Some(1), "2019-08-17T00:00:00Z .. 2020-08-17T13:00:00Z"),
            (O::NextXHours, Some(2), "2020-08-17T13:00:00Z .. 2020-08-17T15:59:59Z"),
            (O::NextXDays, Some(4), "2020-08-17T13:00:00Z .. 2020-08-21T23:59:59Z"),
            (O::NextXWeeks, Some(1), "2020-08-17T13:00:00Z .. 2020-08-24T23:59:59Z"),
            (O::NextXMonths, Some(3), "2020-08-17T13:00:00Z .. 2020-11-17T23:59:59Z"),
            (O::NextXYears, Some(1), "2020-08-17T13:00:00Z .. 2021-08-17T23:59:59Z"),
            (O::OlderThanXMinutes, Some(30), ".. 2020-08-17T12:29:59Z"),
            (O::OlderThanXHours, Some(3), ".. 2020-08-17T09:59:59Z"),
            (O::OlderThanXDays, Some(1), ".. 2020-08-15T23:59:59Z"),
            (O::OlderThanXWeeks, Some(1), ".. 2020-08-09T23:59:59Z"),
            (O::OlderThanXMonths, Some(6), ".. 2020-02-16T23:59:59Z"),
            (O::OlderThanXYears, Some(1), ".. 2019-08-16T23:59:59Z"),
            (O::ThisFiscalYear, None, "2020-01-01T00:00:00Z .. 2020-12-31T23:59:59Z"),
            (O::LastFiscalYear, None, "2019-01-01T00:00:00Z .. 2019-12-31T23:59:59Z"),
            (O::NextFiscalYear, None, "2021-01-01T00:00:00Z .. 2021-12-31T23:59:59Z"),
            (O::ThisFiscalPeriod, None, "2020-07-01T00:00:00Z .. 2020-09-30T23:59:59Z"),
            (O::LastFiscalPeriod, None, "2020-04-01T00:00:00Z .. 2020-06-30T23:59:59Z"),
            (O::NextFiscalPeriod, None, "2020-10-01T00:00:00Z .. 2020-12-31T23:59:59Z"),
            (O::LastXFiscalYears, Some(2), "2018-01-01T00:00:00Z .. 2020-08-17T13:00:00Z"),
            (O::NextXFiscalYears, Some(1), "2020-08-17T13:00:00Z .. 2021-12-31T23:59:59Z"),
            (O::LastXFiscalPeriods, Some(3), "2019-10-01T00:00:00Z .. 2020-08-17T13:00:00Z"),
            (O::NextXFiscalPeriods, Some(2), "2020-08-17T13:00:00Z .. 2021-03-31T23:59:59Z"),
            (O::InFiscalYear, Some(2018), "2018-01-01T00:00:00Z .. 2018-12-31T23:59:59Z"),
        ] {
            let args: Vec<Value> = number.map(Value::Int).into_iter().collect();
            assert_eq!(seconds(&clock, operator, &args), expected, "{operator:?} {number:?}");
        }
        for (operator, period, expected) in [
            (O::InFiscalPeriodAndYear, 2, "2019-04-01T00:00:00Z .. 2019-06-30T23:59:59Z"),
            (O::InOrBeforeFiscalPeriodAndYear, 2, ".. 2019-06-30T23:59:59Z"),
            (O::InOrAfterFiscalPeriodAndYear, 2, "2019-04-01T00:00:00Z .."),
            (O::InFiscalPeriodAndYear, 5, "empty"),
            (O::InOrBeforeFiscalPeriodAndYear, 5, "empty"),
            (O::InOrAfterFiscalPeriodAndYear, 5, "empty"),
        ] {
            let args = [Value::Int(period), Value::Int(2019)];
            assert_eq!(seconds(&clock, operator, &args), expected, "{operator:?} {period}");
        }
    }

    #[test]
    fn days_are_those_of_the_callers_time_zone() {
        use Operator as O;
        for (now, zone, operator, args, expected) in [
            // Los Angeles: seven hours behind in summer, eight in winter.
            ("2026-06-15T03:00:00Z", 4, O::Today, vec![], "2026-06-14T07:00:00Z .. 2026-06-15T06:59:59Z"),
            ("2026-06-15T07:00:00Z", 4, O::Today, vec![], "2026-06-15T07:00:00Z .. 2026-06-16T06:59:59Z"),
            ("2026-01-15T07:59:59Z", 4, O::Today, vec![], "2026-01-14T08:00:00Z .. 2026-01-15T07:59:59Z"),
            // The day clocks are put forward has 23 hours, the day they are put back 25.
            ("2026-03-08T12:00:00Z", 4, O::Today, vec![], "2026-03-08T08:00:00Z .. 2026-03-09T06:59:59Z"),
            ("2026-11-01T12:00:00Z", 4, O::Today, vec![], "2026-11-01T07:00:00Z .. 2026-11-02T07:59:59Z"),
            // In Berlin the year begins an hour earlier.
            (
                "2025-12-31T23:00:00Z",
                110,
                O::ThisYear,
                vec![],
                "2025-12-31T23:00:00Z .. 2026-12-31T22:59:59Z",
            ),
            // In Kathmandu hours are full at a quarter past.
            (
                "2026-06-15T12:20:30Z",
                193,
                O::LastXHours,
                vec![Value::Int(1)],
                "2026-06-15T11:15:00Z .. 2026-06-15T12:20:30Z",
            ),
            (
                "2026-06-15T12:20:30Z",
                92,
                O::LastXHours,
                vec![Value::Int(1)],
                "2026-06-15T11:00:00Z .. 2026-06-15T12:20:30Z",
            ),
            // A day given as such is the caller's; an instant falls on a day of the caller's.
            (
                "2026-06-15T12:00:00Z",
                190,
                O::On,
                vec![date("2026-06-01")],
                "2026-05-31T18:30:00Z .. 2026-06-01T18:29:59Z",
            ),
            (
                "2026-06-15T12:00:00Z",
                190,
                O::On,
                vec![Value::DateTime(1_780_272_000)],
                "2026-05-31T18:30:00Z .. 2026-06-01T18:29:59Z",
            ),
            (
                "2026-06-15T12:00:00Z",
                4,
                O::On,
                vec![Value::DateTime(1_780_272_000)],
                "2026-05-31T07:00:00Z .. 2026-06-01T06:59:59Z",
            ),
            ("2026-06-15T12:00:00Z", 92, O::OnOrBefore, vec![date("2026-06-01")], ".. 2026-06-01T23:59:59Z"),
            ("2026-06-15T12:00:00Z", 92, O::OnOrAfter, vec![date("2026-06-01")], "2026-06-01T00:00:00Z .."),
        ] {
            assert_eq!(seconds(&clock(now, zone), operator, &args), expected, "{now} {zone} {operator:?}");
        }
    }

    #[test]
    fn a_date_alone_is_held_against_the_wall_clock() {
        use Operator as O;
        let clock = clock("2026-06-15T03:00:00Z", 4);
        for (operator, args, expected) in [
            (O::Today, vec![], "2026-06-14 .. 2026-06-14"),
            (O::ThisWeek, vec![], "2026-06-14 .. 2026-06-20"),
            // Today counts as past, and not as coming.
            (O::LastXDays, vec![Value::Int(2)], "2026-06-12 .. 2026-06-14"),
            (O::NextXDays, vec![Value::Int(2)], "2026-06-15 .. 2026-06-16"),
            (O::On, vec![date("2026-06-01")], "2026-06-01 .. 2026-06-01"),
        ] {
            assert_eq!(days(&clock, operator, &args), expected, "{operator:?}");
        }
    }

    #[test]
    fn months_end_where_they_end_and_time_has_no_end() {
        use Operator as O;
        let clock = clock("2021-03-31T10:30:40.5Z", 92);
        for (operator, number, expected) in [
            (O::LastXMonths, 1, "2021-02-28T00:00:00Z .. 2021-03-31T10:30:40Z"),
            (O::NextXMonths, 1, "2021-03-31T10:30:41Z .. 2021-04-30T23:59:59Z"),
            (O::LastXDays, i64::MAX, ".. 2021-03-31T10:30:40Z"),
            (O::LastXHours, i64::MAX, ".. 2021-03-31T10:30:40Z"),
            (O::NextXYears, 1_000_000, "2021-03-31T10:30:41Z .."),
            (O::NextXHours, i64::MAX, "2021-03-31T10:30:41Z .."),
            (O::OlderThanXYears, 1_000_000, "empty"),
            (O::OlderThanXMinutes, i64::MAX, "empty"),
            (O::LastXFiscalPeriods, i64::MAX, ".. 2021-03-31T10:30:40Z"),
            (O::NextXFiscalPeriods, i64::MAX, "2021-03-31T10:30:41Z .."),
            (O::NextXFiscalYears, i64::MAX, "2021-03-31T10:30:41Z .."),
            (O::InFiscalYear, i64::MAX, "empty"),
        ] {
            assert_eq!(seconds(&clock, operator, &[Value::Long(number)]), expected, "{operator:?} {number}");
        }
        let monday = Clock { first_day: Weekday::Monday, ..clock };
        assert_eq!(seconds(&monday, O::ThisWeek, &[]), "2021-03-29T00:00:00Z .. 2021-04-04T23:59:59Z");
    }

    /// Whatever the number and the hour, every window is made without trouble and of ends in order.
    #[test]
    fn no_number_is_too_great() {
        let mut random = crate::query::testing::Random::new(11);
        for _ in 0..60 {
            let second = i64::from(random.below(u32::MAX)) * 60 - 40_000_000_000;
            let clock = Clock {
                now: Timestamp::new(second, random.below(999_999_999) as i32).unwrap_or(Timestamp::MAX),
                zone: zone_of_code(random.below(302) as i32).unwrap_or(TimeZone::UTC),
                first_day: Weekday::Wednesday,
                fiscal: Fiscal::new(
                    (1 + random.below(12) as i8, 1 + random.below(31) as i8),
                    2000 + random.below(5) as i32,
                ),
            };
            for operator in Operator::ALL {
                for number in [1, 2, 13, 2020, 40_000, i64::from(random.below(u32::MAX)), i64::MAX] {
                    let args = [Value::Long(number), Value::Long(i64::from(random.below(10_000)))];
                    if let Some(window) = clock.window(*operator, &args) {
                        for behavior in [DateBehavior::UserLocal, DateBehavior::DateOnly] {
                            let (low, high) = clock.range(&window, behavior);
                            assert!(low <= high.saturating_add(1), "{operator:?} {number} {clock:?}");
                        }
                    }
                }
            }
        }
    }
}
