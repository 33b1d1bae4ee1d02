//! The only place that reads time.
//!
//! Every organization has a clock of its own, part of its state: it follows the machine's clock at an offset, or
//! stands still until it is advanced. All instants are UTC.

use jiff::{SignedDuration, Timestamp};

/// One organization's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// Follows the machine's clock, ahead of it by `ahead`.
    Real {
        /// How far ahead of the machine's clock it runs.
        ahead: SignedDuration,
    },
    /// Stands at `now` until it is set or advanced.
    Manual {
        /// What the clock shows.
        now: Timestamp,
    },
}

impl Default for Clock {
    fn default() -> Self {
        Self::Real { ahead: SignedDuration::ZERO }
    }
}

impl Clock {
    /// What the clock shows.
    pub fn now(&self) -> Timestamp {
        match *self {
            Self::Real { .. } => self.at(machine_now()),
            Self::Manual { now } => now,
        }
    }

    /// What the clock shows when the machine's shows `machine`.
    pub fn at(&self, machine: Timestamp) -> Timestamp {
        match *self {
            Self::Real { ahead } if ahead.is_zero() => machine,
            Self::Real { ahead } => machine.saturating_add(ahead).unwrap_or(Timestamp::MAX),
            Self::Manual { now } => now,
        }
    }

    /// The same kind of clock, moved forward by `by`.
    #[must_use]
    pub fn advanced(self, by: SignedDuration) -> Self {
        match self {
            Self::Real { ahead } => Self::Real { ahead: ahead.saturating_add(by) },
            Self::Manual { now } => Self::Manual { now: now.saturating_add(by).unwrap_or(Timestamp::MAX) },
        }
    }
}

/// The machine's clock.
#[expect(clippy::disallowed_methods, reason = "this is the place that reads time")]
pub fn machine_now() -> Timestamp {
    Timestamp::now()
}

/// How many microseconds the machine's clock has moved since an instant; none where somebody turned it back.
pub fn micros_since(begun: Timestamp) -> u64 {
    let now = machine_now();
    let seconds = now.as_second() - begun.as_second();
    let nanos = i64::from(now.subsec_nanosecond()) - i64::from(begun.subsec_nanosecond());
    u64::try_from(seconds * 1_000_000 + nanos / 1_000).unwrap_or_default()
}

/// Reads a duration as the emulator's flags and control calls take it: `250ms`, `5m`, `24h`, or ISO 8601.
///
/// # Errors
///
/// A sentence that says what was expected.
pub fn parse_duration(text: &str) -> Result<SignedDuration, String> {
    let text = text.trim();
    text.parse::<SignedDuration>()
        .map_err(|_| format!("'{text}' is not a duration; write 250ms, 5m, 24h or ISO 8601 such as PT5M"))
}

/// Prints a duration as [`parse_duration`] reads it.
pub fn print_duration(duration: SignedDuration) -> String {
    if duration.is_zero() { "0s".to_owned() } else { format!("{duration:#}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_of_every_documented_form() {
        for (text, millis) in
            [("250ms", 250), ("5m", 300_000), ("24h", 86_400_000), ("PT5M", 300_000), ("0s", 0)]
        {
            let parsed = parse_duration(text).unwrap();
            assert_eq!(parsed.as_millis(), millis, "{text}");
            assert_eq!(parse_duration(&print_duration(parsed)).unwrap(), parsed, "{text}");
        }
        assert!(parse_duration("soon").is_err());
    }

    #[test]
    fn a_manual_clock_moves_only_when_told() {
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let clock = Clock::Manual { now: start };
        assert_eq!(clock.now(), start);
        assert_eq!(clock.advanced(SignedDuration::from_hours(24)).now().to_string(), "2026-01-02T00:00:00Z");
    }
}
