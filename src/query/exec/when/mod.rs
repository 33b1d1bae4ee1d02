//! When it is for the caller: the clock, the time zone, the calendar of weeks and of fiscal periods.
//!
//! The windows of queries.md A.8 are parts of the caller's wall clock. A column with an instant is held against the
//! instants at which the wall clock shows the window's ends; a column with a date alone against the wall clock itself.

mod fiscal;
mod window;
mod zone;

use jiff::civil::{self, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::Context;
use super::assumed::FIRST_DAY_OF_WEEK;
use crate::model::{DateBehavior, ValueRef};
use crate::query::lang::{date_of, days_of};

pub(super) use fiscal::Fiscal;
pub(super) use window::Window;
pub use zone::{zone_of_code, zone_of_user};

/// The time of a caller.
#[derive(Debug, Clone)]
pub(super) struct Clock {
    now: Timestamp,
    zone: TimeZone,
    first_day: Weekday,
    /// The organization's fiscal calendar.
    pub(super) fiscal: Fiscal,
}

/// A point in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// What the caller's wall clock shows.
    Wall(civil::DateTime),
    /// An instant.
    Exact(Timestamp),
}

impl Clock {
    /// The clock of the context's caller: its time zone stands in its settings, the calendars in the organization's row.
    pub(super) fn of(context: &Context<'_>) -> Self {
        let known = context.catalogue.known();
        let organization = context.records.table(known.organization.id).iter().next().map(|(_, row)| row);
        let first_day = organization
            .and_then(|row| row.get(known.organization.weekstartdaycode).as_int())
            .and_then(|day| Weekday::from_sunday_zero_offset(i8::try_from(day).ok()?).ok());
        Self {
            now: context.now,
            zone: zone_of_user(context.catalogue, context.records, context.caller.user_id),
            first_day: first_day.unwrap_or(FIRST_DAY_OF_WEEK),
            fiscal: Fiscal::of(context),
        }
    }

    /// What the wall clock shows.
    fn wall_now(&self) -> civil::DateTime {
        self.zone.to_datetime(self.now)
    }

    /// The day on which a value falls for the caller.
    pub(super) fn day_of(&self, value: ValueRef<'_>) -> Option<civil::Date> {
        match value {
            ValueRef::Date(days) => date_of(days),
            ValueRef::DateTime(second) => {
                Some(self.zone.to_datetime(Timestamp::from_second(second).ok()?).date())
            }
            _ => None,
        }
    }

    /// The first and the last stored value of a window: seconds, or days of a column with dates alone. The last is
    /// before the first where no value can be in it.
    pub(super) fn range(&self, window: &Window, behavior: DateBehavior) -> (i64, i64) {
        let stored = |moment| match behavior {
            DateBehavior::UserLocal => self.second(moment),
            DateBehavior::DateOnly => self.day(moment),
        };
        let low = window.from.map_or(i64::MIN, stored);
        let high = window.until.map_or(i64::MAX, |until| stored(until).saturating_sub(1));
        (low, high)
    }

    /// The first whole second that is not before a moment. A wall clock shows some times twice, of which the first
    /// counts, and others never, of which the time after the gap does.
    fn second(&self, moment: Moment) -> i64 {
        let instant = match moment {
            Moment::Exact(instant) => Ok(instant),
            Moment::Wall(wall) => self.zone.to_ambiguous_timestamp(wall).compatible(),
        };
        match (instant, moment) {
            (Ok(instant), _) => instant.as_second() + i64::from(instant.subsec_nanosecond() > 0),
            (Err(_), Moment::Wall(wall)) if wall.year() < 0 => i64::MIN,
            (Err(_), _) => i64::MAX,
        }
    }

    /// The first day whose midnight is not before a moment.
    fn day(&self, moment: Moment) -> i64 {
        let wall = match moment {
            Moment::Exact(instant) => self.zone.to_datetime(instant),
            Moment::Wall(wall) => wall,
        };
        i64::from(days_of(wall.date())) + i64::from(wall.time() != civil::Time::midnight())
    }

    /// The last full hour, or the last full minute, of the wall clock.
    fn full(&self, hour: bool) -> Option<Timestamp> {
        let wall = self.wall_now();
        let minutes = if hour { i64::from(wall.minute()) } else { 0 };
        let over = SignedDuration::new(minutes * 60 + i64::from(wall.second()), wall.subsec_nanosecond());
        self.now.checked_sub(over).ok()
    }
}
