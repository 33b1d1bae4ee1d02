//! Instants and durations as people say them. The admin centre speaks of time in UTC, as the interfaces do.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

use crate::clock::parse_duration;

/// The organization's clock as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Clock {
    /// What it shows.
    pub(super) now: Timestamp,
    /// Whether it stands still until somebody moves it.
    pub(super) is_manual: bool,
}

impl Clock {
    /// When something comes: "in 5 minutes, at 08:05".
    pub(super) fn until(self, at: Timestamp) -> Markup {
        html! {
            (self.within(at))
            @if at > self.now { ", " (self.at(at)) }
        }
    }

    /// As [`Clock::until`], without the instant.
    pub(super) fn within(self, at: Timestamp) -> String {
        if at <= self.now { "now".to_owned() } else { format!("in {}", span(at.duration_since(self.now))) }
    }

    /// An instant with its day only where that is another: "at 08:05", "on 6 Jan 2026 at 08:00".
    fn at(self, at: Timestamp) -> Markup {
        let is_today = date(at) == date(self.now);
        html! {
            @if is_today { "at " } @else { "on " (date(at)) " at " }
            time datetime=(at) { (hour(at)) }
        }
    }
}

/// An instant: "5 Jan 2026 08:05".
pub(super) fn instant(at: Timestamp) -> Markup {
    html! { time datetime=(at) { (date(at)) " " (hour(at)) } }
}

fn date(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%-d %b %Y").to_string()
}

/// Seconds only where there are any.
fn hour(at: Timestamp) -> String {
    let zoned = at.to_zoned(TimeZone::UTC);
    zoned.strftime(if zoned.second() == 0 { "%H:%M" } else { "%H:%M:%S" }).to_string()
}

/// A duration in its largest fitting unit, rounded up, so that nothing is said to come before it does.
pub(super) fn span(duration: SignedDuration) -> String {
    const MINUTE: i64 = 60;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;
    let seconds = duration.as_secs() + i64::from(duration.subsec_nanos() > 0);
    let (count, unit) = match seconds {
        ..MINUTE => (seconds, "second"),
        MINUTE..HOUR => (up(seconds, MINUTE), "minute"),
        HOUR..DAY => (up(seconds, HOUR), "hour"),
        _ => (up(seconds, DAY), "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// A setting that is a duration, as people say it.
pub(super) fn setting(value: &serde_json::Value) -> String {
    let text = value.as_str().unwrap_or_default();
    match parse_duration(text) {
        Ok(duration) if duration.is_zero() => "no time".to_owned(),
        Ok(duration) => span(duration),
        Err(_) => text.to_owned(),
    }
}

fn up(seconds: i64, unit: i64) -> i64 {
    (seconds + unit - 1) / unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_never_too_short() {
        let said = |seconds| span(SignedDuration::from_secs(seconds));
        assert_eq!(
            [said(0), said(1), said(59), said(60), said(61), said(3_600), said(86_399), said(86_400)],
            ["0 seconds", "1 second", "59 seconds", "1 minute", "2 minutes", "1 hour", "24 hours", "1 day"]
        );
    }

    #[test]
    fn settings_are_read_as_people_say_them() {
        let said = |text: &str| setting(&text.into());
        assert_eq!([said("5m"), said("24h"), said("0s")], ["5 minutes", "1 day", "no time"]);
    }

    #[test]
    fn what_comes_today_has_no_date() {
        let clock = Clock { now: "2026-01-05T08:00:00Z".parse().unwrap(), is_manual: true };
        let said = |at: &str| clock.until(at.parse().unwrap()).0.replace(" datetime", "");
        assert_eq!(
            said("2026-01-05T08:05:00Z"),
            r#"in 5 minutes, at <time="2026-01-05T08:05:00Z">08:05</time>"#
        );
        assert!(said("2026-01-06T08:00:00Z").starts_with("in 1 day, on 6 Jan 2026 at "));
        assert_eq!(said("2026-01-05T08:00:00Z"), "now");
    }
}
