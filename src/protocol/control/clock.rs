//! Clocks, of one organization and of all.

use http::StatusCode;
use jiff::{SignedDuration, Timestamp, Unit};
use serde::{Deserialize, Serialize};

use super::extract::{Json, Ready, Scope};
use super::{Answer, ok};
use crate::clock::{Clock, machine_now, parse_duration};
use crate::protocol::http::Refusal;

/// A clock as the calls show it.
#[derive(Debug, Serialize)]
struct Shown {
    mode: Mode,
    now: Timestamp,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Real,
    Manual,
}

/// What a clock is set to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    mode: Mode,
    #[serde(default)]
    now: Option<String>,
}

/// How far a clock is moved.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Advance {
    by: String,
}

pub(super) async fn show(scope: Scope) -> Answer {
    print(scope.organization.read().clock())
}

pub(super) async fn set(scope: Scope, Json(wanted): Json<Wanted>) -> Answer {
    let clock = read(&wanted, scope.organization.read().clock())?;
    scope.host()?.set_clock_of(&scope.organization, clock);
    print(clock)
}

pub(super) async fn advance(scope: Scope, Json(advance): Json<Advance>) -> Answer {
    let by = forward(&advance, scope.organization.read().clock())?;
    scope.host()?.advance_clock_of(&scope.organization, by);
    print(scope.organization.read().clock())
}

pub(super) async fn show_all(emulator: Ready) -> Answer {
    print(emulator.host()?.start().clock)
}

pub(super) async fn set_all(emulator: Ready, Json(wanted): Json<Wanted>) -> Answer {
    let host = emulator.host()?;
    let clock = read(&wanted, host.start().clock)?;
    host.set_clock(clock);
    print(clock)
}

pub(super) async fn advance_all(emulator: Ready, Json(advance): Json<Advance>) -> Answer {
    let host = emulator.host()?;
    host.advance(forward(&advance, host.start().clock)?);
    print(host.start().clock)
}

/// A real clock set to an instant runs on from there; a manual one without an instant stops where it is.
fn read(wanted: &Wanted, before: Clock) -> Result<Clock, Refusal> {
    let now = wanted.now.as_deref().map(instant).transpose()?;
    Ok(match (wanted.mode, now) {
        (Mode::Real, None) => Clock::default(),
        (Mode::Real, Some(now)) => Clock::Real { ahead: now.duration_since(machine_now()) },
        (Mode::Manual, now) => Clock::Manual { now: now.unwrap_or_else(|| before.now()) },
    })
}

fn instant(text: &str) -> Result<Timestamp, Refusal> {
    text.parse().map_err(|_| {
        invalid(&format!("'{text}' is not an instant"), "Write now as 2026-01-31T12:00:00Z (RFC 3339).")
    })
}

fn forward(advance: &Advance, clock: Clock) -> Result<SignedDuration, Refusal> {
    const HINT: &str = "Write by as 250ms, 5m, 24h or ISO 8601 such as PT5M; PUT the clock to set it back.";
    let by = parse_duration(&advance.by).map_err(|why| invalid(&why, HINT))?;
    if by.is_negative() {
        return Err(invalid(&format!("'{}' is negative", advance.by), HINT));
    }
    if clock.now().checked_add(by).is_err() {
        return Err(invalid(&format!("'{}' leads beyond the year 9999", advance.by), HINT));
    }
    Ok(by)
}

fn invalid(why: &str, hint: &'static str) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "InvalidTime", format!("The clock was not changed: {why}."), hint)
}

fn print(clock: Clock) -> Answer {
    let mode = match clock {
        Clock::Real { .. } => Mode::Real,
        Clock::Manual { .. } => Mode::Manual,
    };
    // Some parsers take no more than three digits of a second.
    let now = clock.now();
    ok(&Shown { mode, now: now.round(Unit::Millisecond).unwrap_or(now) })
}
