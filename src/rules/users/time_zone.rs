//! The `timezone...` columns of a user's settings, which follow from `timezonecode` (U52).
//!
//! `Source:` PA:specify-time-zone-settings-user.md: biases in minutes, days as "the second Sunday of March" with 5 for
//! the last one, year 0 for every year. `Assumed:` the rules are those of the current year, by the organization's
//! clock; what a request says of these columns is overwritten; a zone without daylight saving time has zeros.

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

use crate::model::{ColumnId, Value};
use crate::query::zone_of_code;
use crate::service::Execution;

/// A day of the year on which the clocks change: month, which of its weekdays (5 is the last), weekday, hour, minute,
/// second.
type Change = [i32; 6];

/// What the settings tell of a time zone. Biases are minutes that local time is behind.
#[derive(Debug, PartialEq, Eq, Default)]
struct Rules {
    bias: i32,
    daylight_bias: i32,
    daylight: Change,
    standard: Change,
}

/// Writes what follows from the time zone that the settings will have, if the request names one of the columns.
pub(super) fn follow(execution: &mut Execution<'_, '_>) {
    let settings = execution.known().usersettings.clone();
    let zeros = [settings.timezonestandardbias, settings.timezonestandardyear, settings.timezonedaylightyear];
    let biases = [settings.timezonebias, settings.timezonedaylightbias];
    let daylight = [
        settings.timezonedaylightmonth,
        settings.timezonedaylightday,
        settings.timezonedaylightdayofweek,
        settings.timezonedaylighthour,
        settings.timezonedaylightminute,
        settings.timezonedaylightsecond,
    ];
    let standard = [
        settings.timezonestandardmonth,
        settings.timezonestandardday,
        settings.timezonestandarddayofweek,
        settings.timezonestandardhour,
        settings.timezonestandardminute,
        settings.timezonestandardsecond,
    ];
    let all = || zeros.iter().chain(&biases).chain(&daylight).chain(&standard);
    let asked = |column: &ColumnId| execution.requested(*column).is_some();
    if !asked(&settings.timezonecode) && !all().any(asked) {
        return;
    }
    let code = execution.value(settings.timezonecode).as_int();
    let zone = code.and_then(zone_of_code).unwrap_or(TimeZone::UTC);
    let now = execution.session.transaction().now();
    let rules = Rules::of(&zone, i32::from(zone.to_datetime(now).year()));
    for column in zeros {
        execution.set(column, 0);
    }
    execution.set(settings.timezonebias, rules.bias);
    execution.set(settings.timezonedaylightbias, rules.daylight_bias);
    let changes = daylight.into_iter().zip(rules.daylight).chain(standard.into_iter().zip(rules.standard));
    for (column, number) in changes {
        execution.set(column, Value::Int(number));
    }
}

impl Rules {
    /// Those of a year.
    fn of(zone: &TimeZone, year: i32) -> Self {
        let first = i16::try_from(year).ok().and_then(|year| DateTime::new(year, 1, 1, 0, 0, 0, 0).ok());
        let Some(start) = first.and_then(|first| Offset::UTC.to_timestamp(first).ok()) else {
            return Self::default();
        };
        let mut offset = zone.to_offset(start);
        let (mut daylight, mut standard) = (None, None);
        let mut least = offset;
        for change in zone
            .following(start)
            .take_while(|change| i32::from(Offset::UTC.to_datetime(change.timestamp()).year()) == year)
        {
            // The day and the hour are those that the clocks show before they are changed.
            let wall = offset.to_datetime(change.timestamp());
            match change.offset().cmp(&offset) {
                std::cmp::Ordering::Greater => {
                    daylight = daylight.or(Some((wall, change.offset().seconds() - offset.seconds())));
                }
                std::cmp::Ordering::Less => standard = standard.or(Some(wall)),
                std::cmp::Ordering::Equal => {}
            }
            offset = change.offset();
            least = least.min(offset);
        }
        match (daylight, standard) {
            (Some((daylight, saved)), Some(standard)) => Self {
                bias: -least.seconds() / 60,
                daylight_bias: -saved / 60,
                daylight: change(daylight),
                standard: change(standard),
            },
            _ => Self { bias: -offset.seconds() / 60, ..Self::default() },
        }
    }
}

fn change(wall: DateTime) -> Change {
    let date = wall.date();
    let is_last = date.day() + 7 > date.days_in_month();
    let which = if is_last { 5 } else { (date.day() - 1) / 7 + 1 };
    [
        date.month().into(),
        which.into(),
        date.weekday().to_sunday_zero_offset().into(),
        wall.hour().into(),
        wall.minute().into(),
        wall.second().into(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn u52_what_settings_tell_of_a_time_zone() {
        for (code, bias, daylight_bias, daylight, standard) in [
            // The documented example: the second Sunday of March, the first one of November.
            (35, 300, -60, [3, 2, 0, 2, 0, 0], [11, 1, 0, 2, 0, 0]),
            (4, 480, -60, [3, 2, 0, 2, 0, 0], [11, 1, 0, 2, 0, 0]),
            (110, -60, -60, [3, 5, 0, 2, 0, 0], [10, 5, 0, 3, 0, 0]),
            (85, 0, -60, [3, 5, 0, 1, 0, 0], [10, 5, 0, 2, 0, 0]),
            (255, -600, -60, [10, 1, 0, 2, 0, 0], [4, 1, 0, 3, 0, 0]),
            (190, -330, 0, [0; 6], [0; 6]),
            (92, 0, 0, [0; 6], [0; 6]),
        ] {
            let rules = Rules::of(&zone_of_code(code).unwrap(), 2015);
            assert_eq!(rules, Rules { bias, daylight_bias, daylight, standard }, "{code}");
        }
        assert_eq!(Rules::of(&TimeZone::UTC, 40_000), Rules::default());
    }
}
