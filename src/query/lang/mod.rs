//! The query languages: each reads text into a syntax of its own and lowers that to the one plan.

mod condition;
pub mod fetchxml;
pub mod odata;

use jiff::civil::Date;

/// The calendar date of a stored date: days since 1970-01-01.
pub(super) fn date_of(days: i32) -> Option<Date> {
    jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().try_days(days).ok()?).ok()
}

/// The stored form of a calendar date.
pub(super) fn days_of(date: Date) -> i32 {
    let epoch = jiff::civil::date(1970, 1, 1);
    epoch.until(date).map_or(0, |span| span.get_days())
}
