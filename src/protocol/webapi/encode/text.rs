//! Values as JSON text, written straight into the answer's bytes.

use rust_decimal::Decimal;
use uuid::Uuid;

/// Appends a quoted, escaped string.
pub(in crate::protocol::webapi) fn string(out: &mut Vec<u8>, text: &str) {
    utf8(out, text.as_bytes());
}

/// Appends a quoted, escaped string, given as its bytes.
pub(in crate::protocol::webapi) fn utf8(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    escape(out, text);
    out.push(b'"');
}

/// Appends the inside of a quoted string. Runs without anything to escape are copied whole.
fn escape(out: &mut Vec<u8>, bytes: &[u8]) {
    let mut copied = 0;
    let mut at = first_special(bytes, 0);
    while at < bytes.len() {
        out.extend_from_slice(&bytes[copied..at]);
        match bytes[at] {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            control => {
                out.extend_from_slice(b"\\u00");
                out.push(HEX[usize::from(control >> 4)]);
                out.push(HEX[usize::from(control & 15)]);
            }
        }
        copied = at + 1;
        at = first_special(bytes, copied);
    }
    out.extend_from_slice(&bytes[copied..]);
}

/// The first byte from `start` on that JSON wants escaped; eight bytes are looked at together.
pub(in crate::protocol::webapi) fn first_special(bytes: &[u8], start: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let has_zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    let found_in = |chunk: &[u8; 8]| {
        let word = u64::from_le_bytes(*chunk);
        let quote = has_zero(word ^ (ONES * u64::from(b'"')));
        let backslash = has_zero(word ^ (ONES * u64::from(b'\\')));
        let control = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
        quote | backslash | control
    };
    let (mut at, mut rest) = (start, bytes.get(start..).unwrap_or_default());
    while let Some((chunk, after)) = rest.split_first_chunk() {
        let found = found_in(chunk);
        if found != 0 {
            // A borrow can only raise a false alarm above the first true one.
            return at + (found.trailing_zeros() / 8) as usize;
        }
        (at, rest) = (at + 8, after);
    }
    // Nearly always there is nothing to find, and then the last eight bytes together say so.
    if at > start && bytes.last_chunk().is_some_and(|chunk| found_in(chunk) == 0) {
        return bytes.len();
    }
    while at < bytes.len() && !matches!(bytes[at], b'"' | b'\\' | 0..=0x1f) {
        at += 1;
    }
    at
}

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Appends the 36 characters of an id.
pub(in crate::protocol::webapi) fn guid(out: &mut Vec<u8>, id: Uuid) {
    let mut text = [0; 36];
    out.extend_from_slice(id.hyphenated().encode_lower(&mut text).as_bytes());
}

/// Appends a quoted id.
pub(in crate::protocol::webapi) fn quoted_guid(out: &mut Vec<u8>, id: Uuid) {
    let mut text = [b'"'; 38];
    id.hyphenated().encode_lower(&mut text[1..37]);
    out.extend_from_slice(&text);
}

/// Appends a whole number.
pub(in crate::protocol::webapi) fn integer(out: &mut Vec<u8>, number: impl itoa::Integer) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// Appends a floating point number; a whole one keeps a decimal place, and what JSON cannot say is null.
pub(in crate::protocol::webapi) fn double(out: &mut Vec<u8>, number: f64) {
    use std::io::Write;
    if number.is_finite() {
        // Writing into a vector cannot fail.
        let _ = write!(out, "{number:?}");
    } else {
        out.extend_from_slice(b"null");
    }
}

/// Appends a decimal number with at least `scale` digits after the point.
pub(in crate::protocol::webapi) fn decimal(out: &mut Vec<u8>, mut number: Decimal, scale: u32) {
    use std::io::Write;
    if number.scale() < scale {
        number.rescale(scale);
    }
    // Writing into a vector cannot fail.
    let _ = write!(out, "{number}");
}

/// Appends an instant, `2016-10-28T17:17:47Z`, without quotes. `seconds` count from 1970.
pub(in crate::protocol::webapi) fn instant(out: &mut Vec<u8>, seconds: i64) {
    let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400) as u32);
    date(out, days);
    let mut text = *b"T00:00:00Z";
    two_digits(&mut text, 1, of_day / 3600);
    two_digits(&mut text, 4, of_day / 60 % 60);
    two_digits(&mut text, 7, of_day % 60);
    out.extend_from_slice(&text);
}

/// Appends a date, `2023-04-07`, without quotes. `days` count from 1970-01-01.
pub(in crate::protocol::webapi) fn date(out: &mut Vec<u8>, days: i64) {
    let (year, month, day) = civil(days);
    let year = year.clamp(0, 9999) as u32;
    let mut text = *b"0000-00-00";
    two_digits(&mut text, 0, year / 100);
    two_digits(&mut text, 2, year % 100);
    two_digits(&mut text, 5, month);
    two_digits(&mut text, 8, day);
    out.extend_from_slice(&text);
}

fn two_digits(text: &mut [u8], at: usize, number: u32) {
    text[at] = b'0' + (number / 10) as u8;
    text[at + 1] = b'0' + (number % 10) as u8;
}

/// Year, month and day of a day counted from 1970-01-01, in the proleptic Gregorian calendar
/// (Hinnant, "chrono-compatible low-level date algorithms").
pub(in crate::protocol::webapi) fn civil(days: i64) -> (i64, u32, u32) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * month_from_march + 2) / 5 + 1) as u32;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 } as u32;
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Appends bytes as base64.
pub(in crate::protocol::webapi) fn base64(out: &mut Vec<u8>, bytes: &[u8]) {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    out.reserve(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = (u32::from(chunk[0]) << 16)
            | (u32::from(chunk.get(1).copied().unwrap_or(0)) << 8)
            | u32::from(chunk.get(2).copied().unwrap_or(0));
        for place in 0..4 {
            out.push(if place <= chunk.len() {
                ALPHABET[(word >> (18 - 6 * place)) as usize & 63]
            } else {
                b'='
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn strings_are_escaped_as_json_wants_at_every_offset() {
        for special in ['"', '\\', '\n', '\u{1}', '\u{1f}', '\t', '\r', 'é', '\u{7f}', ' ', '!', '[', ']'] {
            for before in 0..20 {
                for after in [0, 1, 9] {
                    let text = format!("{}{special}{}", "x".repeat(before), "y".repeat(after));
                    let json = written(|out| string(out, &text));
                    assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text, "{json}");
                }
            }
        }
        assert_eq!(written(|out| string(out, "a\"b\\c\u{2}")), r#""a\"b\\c\u0002""#);
    }

    #[test]
    fn dates_agree_with_the_calendar() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (1_477_675_067, "2016-10-28T17:17:47Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
            (-6_847_804_800, "1753-01-01T00:00:00Z"),
        ] {
            assert_eq!(written(|out| instant(out, seconds)), expected);
        }
        let mut day = jiff::civil::date(1899, 12, 28);
        let first = day.since(jiff::civil::date(1970, 1, 1)).unwrap().get_days();
        for offset in 0..80_000 {
            let text = written(|out| date(out, i64::from(first + offset)));
            assert_eq!(text, day.to_string());
            day = day.tomorrow().unwrap();
        }
    }

    #[test]
    fn numbers_keep_their_digits() {
        assert_eq!(written(|out| double(out, 1.0)), "1.0");
        assert_eq!(written(|out| double(out, -0.25)), "-0.25");
        assert_eq!(written(|out| double(out, f64::NAN)), "null");
        assert_eq!(written(|out| decimal(out, Decimal::from(20_000), 2)), "20000.00");
        assert_eq!(written(|out| decimal(out, "1.23456".parse().unwrap(), 2)), "1.23456");
        assert_eq!(written(|out| integer(out, i64::MIN)), "-9223372036854775808");
    }

    #[test]
    fn bytes_as_base64() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")]
        {
            assert_eq!(written(|out| base64(out, bytes.as_bytes())), text);
        }
    }
}
