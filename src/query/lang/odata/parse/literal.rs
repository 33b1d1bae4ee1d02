//! Literals.

use jiff::civil;
use rust_decimal::Decimal;
use uuid::Uuid;
use winnow::stream::Location;

use super::{Input, Parsed, Why, advance, cut, rest, syntax};
use crate::query::lang::days_of;
use crate::query::lang::odata::syntax::Literal;

/// Bytes of a unique identifier as text.
const GUID: usize = 36;

/// Text in single quotes, doubled within.
pub(super) fn string(input: &mut Input<'_>) -> Parsed<Box<str>> {
    let text = rest(input);
    let end = closing_quote(text, 1).ok_or_else(|| cut(input, Why::Unterminated))?;
    let quoted = advance(input, end + 1);
    let inner = &quoted[1..end];
    Ok(if inner.contains("''") { inner.replace("''", "'").into() } else { inner.into() })
}

/// The place of the quote that ends the text starting at `from`.
pub(in crate::query::lang::odata) fn closing_quote(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = from;
    loop {
        at += memchr::memchr(b'\'', bytes.get(at..)?)?;
        if bytes.get(at + 1) != Some(&b'\'') {
            return Some(at);
        }
        at += 2;
    }
}

/// `Type'...'`: an enumeration's member where the type is qualified, otherwise of a version long gone.
pub(super) fn typed(input: &mut Input<'_>, name: &str) -> Parsed<Literal> {
    let text = rest(input);
    let Some(end) = closing_quote(text, name.len() + 1) else { return Err(cut(input, Why::Unterminated)) };
    if !name.contains('.') {
        let end = input.current_token_start() + end + 1;
        return Err(cut(input, Why::Unrecognized { end }));
    }
    let member = &text[name.len() + 1..end];
    let literal = Literal::Enum { name: name.into(), member: member.replace("''", "'").into() };
    advance(input, end + 1);
    Ok(literal)
}

/// An array or object of JSON, read only so far as to find its end.
pub(super) fn json(input: &mut Input<'_>) -> Parsed<Literal> {
    let text = rest(input);
    let (mut depth, mut quote, mut escaped) = (0_usize, None, false);
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), b'\\') => escaped = true,
            (Some(open), _) if open == byte => quote = None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'[' | b'{') => depth += 1,
            (None, b']' | b'}') => {
                depth -= 1;
                if depth == 0 {
                    return Ok(Literal::Json(advance(input, at + 1).into()));
                }
            }
            _ => {}
        }
    }
    advance(input, text.len());
    Err(syntax(input))
}

/// A unique identifier, if one stands here.
pub(super) fn guid(input: &mut Input<'_>) -> Option<Uuid> {
    let text = rest(input);
    let candidate = text.get(..GUID)?;
    if candidate.as_bytes()[8] != b'-' || ends_in_word(&text[GUID..]) {
        return None;
    }
    let id = parse_guid(candidate)?;
    advance(input, GUID);
    Some(id)
}

/// The identifier in its one form with dashes, without braces; any case.
pub(in crate::query::lang::odata) fn parse_guid(text: &str) -> Option<Uuid> {
    if text.len() != GUID {
        return None;
    }
    Uuid::try_parse(text).ok()
}

/// A number, a date, or a date and time.
pub(super) fn number_or_date(input: &mut Input<'_>) -> Parsed<Literal> {
    if let Some((literal, length)) = date_or_time(rest(input)) {
        let Some(literal) = literal else {
            return Err(syntax(input));
        };
        advance(input, length);
        return Ok(literal);
    }
    let text = rest(input);
    let length = number_length(text);
    if length == 0 || ends_in_word(&text[length..]) {
        return Err(syntax(input));
    }
    let Some(literal) = number(&text[..length]) else { return Err(syntax(input)) };
    advance(input, length);
    Ok(literal)
}

fn ends_in_word(rest: &str) -> bool {
    rest.chars().next().is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '\''))
}

/// The length of `-?digits[.digits][e[+-]digits]`, or of `-INF`.
fn number_length(text: &str) -> usize {
    if text.starts_with("-INF") {
        return 4;
    }
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut at = usize::from(text.starts_with('-'));
    match digits(at) {
        0 => return 0,
        count => at += count,
    }
    if bytes.get(at) == Some(&b'.') && digits(at + 1) > 0 {
        at += 1 + digits(at + 1);
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        if bytes.len() > at + 1 + sign && digits(at + 1 + sign) > 0 {
            at += 1 + sign + digits(at + 1 + sign);
        }
    }
    at
}

fn number(text: &str) -> Option<Literal> {
    if text == "-INF" {
        return Some(Literal::Double(f64::NEG_INFINITY));
    }
    if text.contains(['e', 'E']) {
        return text.parse().ok().map(Literal::Double);
    }
    if let Ok(whole) = text.parse() {
        return Some(Literal::Int(whole));
    }
    match Decimal::from_str_exact(text) {
        Ok(decimal) => Some(Literal::Decimal(decimal)),
        Err(_) => text.parse().ok().map(Literal::Double),
    }
}

/// The date, or date and time, at the start of a text with its length. The outer `None`: no date stands here. The
/// inner one: it looks like one, and there is no such day or hour.
fn date_or_time(text: &str) -> Option<(Option<Literal>, usize)> {
    const DATE: usize = 10;
    let date = text.get(..DATE)?;
    if !matches_shape(date, "0000-00-00") {
        return None;
    }
    let day = civil::Date::new(two(date, 0)? * 100 + two(date, 2)?, part(date, 5)?, part(date, 8)?).ok();
    let after = &text[DATE..];
    if !after.starts_with(['T', 't']) {
        let literal = day.filter(|_| !ends_in_word(after)).map(|day| Literal::Date(days_of(day)));
        return Some((literal, DATE));
    }
    let timed = day.and_then(|day| time_of_day(day, &after[1..]));
    Some(match timed {
        Some((second, length)) => (Some(Literal::DateTime(second)), DATE + 1 + length),
        None => (None, DATE),
    })
}

/// `hh:mm[:ss[.f{1,12}]](Z|±hh:mm)`: seconds since 1970 in UTC, and the length.
fn time_of_day(day: civil::Date, text: &str) -> Option<(i64, usize)> {
    let mut at = 5;
    if !matches_shape(text.get(..5)?, "00:00") {
        return None;
    }
    let (hour, minute) = (part(text, 0)?, part(text, 3)?);
    let mut second = 0;
    if text.get(at..at + 3).is_some_and(|s| matches_shape(s, ":00")) {
        // A leap second is not told from the one before it.
        second = part(text, at + 1)?;
        second = if second == 60 { 59 } else { second };
        at += 3;
        if text[at..].starts_with('.') {
            let digits = text[at + 1..].bytes().take_while(u8::is_ascii_digit).count();
            if !(1..=12).contains(&digits) {
                return None;
            }
            at += 1 + digits;
        }
    }
    let time = civil::Time::new(hour, minute, second, 0).ok()?;
    let utc = day.to_datetime(time).to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second();
    let zone = &text[at..];
    if zone.starts_with(['Z', 'z']) {
        return (!ends_in_word(&zone[1..])).then_some((utc, at + 1));
    }
    let sign = match zone.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let offset = zone.get(1..6).filter(|offset| matches_shape(offset, "00:00"))?;
    let (hours, minutes) = (part(offset, 0)?, part(offset, 3)?);
    let seconds = i64::from(hours) * 3600 + i64::from(minutes) * 60;
    // No zone is further away than fourteen hours, to the service as to the world.
    if seconds > 14 * 3600 || minutes > 59 || ends_in_word(&zone[6..]) {
        return None;
    }
    Some((utc - sign * seconds, at + 6))
}

/// Whether a text has digits where the shape has `0` and is the same elsewhere.
fn matches_shape(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|(c, s)| if s == b'0' { c.is_ascii_digit() } else { c == s })
}

fn two(text: &str, at: usize) -> Option<i16> {
    text.get(at..at + 2)?.parse().ok()
}

fn part(text: &str, at: usize) -> Option<i8> {
    text.get(at..at + 2)?.parse().ok()
}
