//! How a user reads dates, times, numbers and amounts: the time zone and the formats of its settings.
//!
//! `Source:` `UserLocal` values are shown in the user's time zone and formats ("Behavior and format of the date and time
//! column"); amounts by the symbol of the row's currency, or by its code where the organization's
//! `currencydisplayoption` says so, in the group, sign and place that the *user's* settings give (the platform's
//! filtered views hand `fn_GetNumberFormatString` these columns, and `fn_UTCToTzCodeSpecificLocalTime` the user's
//! `timezonecode`). The numbers of the patterns are those of Windows, and so are the letters of date formats.
//!
//! `Assumed:` what the settings leave empty is the organization's, and then US English; names of days and months are
//! English, whatever `localeid` says; a date and its time are parted by a space.

use std::fmt::Write;

use compact_str::CompactString;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rust_decimal::{Decimal, RoundingStrategy};
use smallvec::SmallVec;
use uuid::Uuid;

use super::text::civil;
use crate::model::ColumnId;
use crate::query;
use crate::service::RowRef;
use crate::world::World;

/// The formats of one user.
#[derive(Debug)]
pub(in crate::protocol::webapi) struct Culture {
    zone: TimeZone,
    date: CompactString,
    date_separator: CompactString,
    time: CompactString,
    time_separator: CompactString,
    morning: CompactString,
    afternoon: CompactString,
    decimal: CompactString,
    separator: CompactString,
    /// Digits of each group, from the right; the last size repeats, and after a zero nothing is parted.
    groups: SmallVec<[usize; 4]>,
    negative: &'static str,
    amount: &'static str,
    negative_amount: &'static str,
    /// The symbol of amounts in no currency.
    pub(super) symbol: CompactString,
    /// Whether amounts show the code of their currency rather than its symbol.
    pub(super) by_code: bool,
}

/// `negativeformatcode`
const NEGATIVE: &[&str] = &["(n)", "-n", "- n", "n-", "n -"];
/// `currencyformatcode`
const AMOUNT: &[&str] = &["$n", "n$", "$ n", "n $"];
/// `negativecurrencyformatcode`
const NEGATIVE_AMOUNT: &[&str] = &[
    "($n)", "-$n", "$-n", "$n-", "(n$)", "-n$", "n-$", "n$-", "-n $", "-$ n", "n $-", "$ n-", "$ -n", "n- $",
    "($ n)", "(n $)",
];

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
/// Letters of a short name.
const SHORT: usize = 3;

const SECONDS_A_DAY: i64 = 86_400;

impl Culture {
    /// The formats of a user's settings.
    pub(super) fn of(world: &World, user: Uuid) -> Self {
        let (catalogue, records) = (world.catalogue(), world.records());
        let (own, common) = (&world.known().usersettings, &world.known().organization);
        let settings = Sources {
            own: records.table(own.id).get(user),
            common: records.table(common.id).iter().next().map(|(_, row)| row),
        };
        let text = |columns, otherwise| settings.text(columns, otherwise);
        Self {
            zone: query::zone_of_user(catalogue, records, user),
            date: text((own.dateformatstring, common.dateformatstring), "M/d/yyyy"),
            date_separator: text((own.dateseparator, common.dateseparator), "/"),
            time: text((own.timeformatstring, common.timeformatstring), "h:mm tt"),
            time_separator: text((own.timeseparator, common.timeseparator), ":"),
            morning: text((own.amdesignator, common.amdesignator), "AM"),
            afternoon: text((own.pmdesignator, common.pmdesignator), "PM"),
            decimal: text((own.decimalsymbol, common.decimalsymbol), "."),
            separator: text((own.numberseparator, common.numberseparator), ","),
            groups: groups(&text((own.numbergroupformat, common.numbergroupformat), "3")),
            negative: settings.pattern((own.negativeformatcode, common.negativeformatcode), NEGATIVE, 1),
            amount: settings.pattern((own.currencyformatcode, common.currencyformatcode), AMOUNT, 0),
            negative_amount: settings.pattern(
                (own.negativecurrencyformatcode, common.negativecurrencyformatcode),
                NEGATIVE_AMOUNT,
                0,
            ),
            symbol: text((own.currencysymbol, common.currencysymbol), "$"),
            by_code: settings
                .common
                .is_some_and(|row| row.get(common.currencydisplayoption).as_int() == Some(1)),
        }
    }

    /// A number with so many digits after the point.
    pub(super) fn number(&self, number: Decimal, precision: u32) -> String {
        let (digits, negative) = self.digits(number, precision);
        if negative { filled(self.negative, &digits, "") } else { digits }
    }

    /// A number that counts something.
    pub(super) fn count(&self, number: i64) -> String {
        self.number(Decimal::from(number), 0)
    }

    /// An amount.
    pub(super) fn amount(&self, amount: Decimal, precision: u32, symbol: &str) -> String {
        let (digits, negative) = self.digits(amount, precision);
        filled(if negative { self.negative_amount } else { self.amount }, &digits, symbol)
    }

    /// The digits of a number without its sign, and whether it is below zero once it is rounded.
    fn digits(&self, number: Decimal, precision: u32) -> (String, bool) {
        let mut rounded = number.round_dp_with_strategy(precision, RoundingStrategy::MidpointAwayFromZero);
        rounded.rescale(precision);
        let text = rounded.abs().to_string();
        let (whole, fraction) =
            text.split_once('.').map_or((&*text, None), |(whole, rest)| (whole, Some(rest)));
        let parted = self.parted(whole.len());
        let mut out = String::with_capacity(text.len() + parted.len() * self.separator.len());
        for (at, digit) in whole.char_indices() {
            if parted.contains(&(whole.len() - at)) {
                out.push_str(&self.separator);
            }
            out.push(digit);
        }
        if let Some(fraction) = fraction {
            out.push_str(&self.decimal);
            out.push_str(fraction);
        }
        (out, rounded.is_sign_negative() && !rounded.is_zero())
    }

    /// After how many digits, from the right, groups end in a number of so many.
    fn parted(&self, digits: usize) -> SmallVec<[usize; 16]> {
        let mut ends = SmallVec::new();
        let mut at = 0;
        for group in 0.. {
            let size = self.groups.get(group).or(self.groups.last()).copied().unwrap_or(0);
            at += size;
            if size == 0 || at >= digits {
                break;
            }
            ends.push(at);
        }
        ends
    }

    /// A day, counted from 1970-01-01.
    pub(super) fn date(&self, days: i64) -> String {
        let mut out = String::new();
        self.push(&mut out, &self.date, days * SECONDS_A_DAY);
        out
    }

    /// An instant, in seconds since 1970, as the user's clocks show it.
    pub(super) fn instant(&self, seconds: i64) -> String {
        let offset = Timestamp::from_second(seconds).map_or(0, |at| self.zone.to_offset(at).seconds());
        let wall = seconds + i64::from(offset);
        let mut out = String::new();
        self.push(&mut out, &self.date, wall);
        out.push(' ');
        self.push(&mut out, &self.time, wall);
        out
    }

    /// Appends a date or a time by a pattern of letters; `wall` is what the clock shows, in seconds since 1970.
    fn push(&self, out: &mut String, pattern: &str, wall: i64) {
        let mut rest = pattern;
        while let Some(letter) = rest.chars().next() {
            let run = rest.chars().take_while(|next| *next == letter).count();
            let mut used = letter.len_utf8() * run;
            match letter {
                '\'' | '"' => {
                    let inside = &rest[1..];
                    let end = inside.find(letter).unwrap_or(inside.len());
                    out.push_str(&inside[..end]);
                    used = (end + 2).min(rest.len());
                }
                '\\' => {
                    let literal = rest[1..].chars().next();
                    out.extend(literal);
                    used = 1 + literal.map_or(0, char::len_utf8);
                }
                '/' => (0..run).for_each(|_| out.push_str(&self.date_separator)),
                ':' => (0..run).for_each(|_| out.push_str(&self.time_separator)),
                '%' => {}
                't' => {
                    let half = if of_day(wall, 3600) < 12 { &self.morning } else { &self.afternoon };
                    out.extend(half.chars().take(if run == 1 { 1 } else { usize::MAX }));
                }
                letter => push_part(out, letter, run, wall),
            }
            rest = &rest[used..];
        }
    }
}

/// Appends the part of a date or a time that a letter stands for, and any other letter itself.
fn push_part(out: &mut String, letter: char, run: usize, wall: i64) {
    let days = wall.div_euclid(SECONDS_A_DAY);
    let (year, month, day) = civil(days);
    let hour = of_day(wall, 3600);
    let number = match letter {
        'd' if run >= SHORT => return push_name(out, DAYS[(days + 4).rem_euclid(7) as usize], run),
        'M' if run >= SHORT => return push_name(out, MONTHS[month as usize - 1], run),
        'd' => i64::from(day),
        'M' => i64::from(month),
        'y' if run <= 2 => year.rem_euclid(100),
        'y' => year,
        'H' => hour,
        'h' => (hour + 11) % 12 + 1,
        'm' => of_day(wall, 60) % 60,
        's' => of_day(wall, 1) % 60,
        _ => return out.extend(std::iter::repeat_n(letter, run)),
    };
    let width = if letter == 'y' { run } else { run.min(2) };
    // Writing into a string cannot fail.
    let _ = write!(out, "{number:0width$}");
}

fn push_name(out: &mut String, name: &str, run: usize) {
    out.push_str(if run == SHORT { &name[..SHORT] } else { name });
}

/// How many spans of so many seconds the day is old.
fn of_day(wall: i64, span: i64) -> i64 {
    wall.rem_euclid(SECONDS_A_DAY) / span
}

/// A pattern with its `n` and `$` filled in.
fn filled(pattern: &str, digits: &str, symbol: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + digits.len() + symbol.len());
    for letter in pattern.chars() {
        match letter {
            'n' => out.push_str(digits),
            '$' => out.push_str(symbol),
            letter => out.push(letter),
        }
    }
    out
}

/// The sizes of groups of digits: `3`, `3,2`, `3,0`.
fn groups(text: &str) -> SmallVec<[usize; 4]> {
    text.split([',', ';']).map(|size| size.trim().parse().unwrap_or(0)).collect()
}

/// Where formats stand: the user's settings, if it has some, and the organization's row.
#[derive(Clone, Copy)]
struct Sources<'w> {
    own: Option<RowRef<'w>>,
    common: Option<RowRef<'w>>,
}

impl Sources<'_> {
    fn text(self, (own, common): (ColumnId, ColumnId), otherwise: &'static str) -> CompactString {
        let of = |row: Option<RowRef<'_>>, column| {
            row.and_then(|row| {
                row.get(column).as_str().filter(|text| !text.is_empty()).map(CompactString::from)
            })
        };
        of(self.own, own)
            .or_else(|| of(self.common, common))
            .unwrap_or_else(|| CompactString::const_new(otherwise))
    }

    /// The pattern with a number; `otherwise` is that of numbers which stand for none.
    fn pattern(
        self,
        (own, common): (ColumnId, ColumnId),
        patterns: &'static [&'static str],
        otherwise: usize,
    ) -> &'static str {
        let of = |row: Option<RowRef<'_>>, column| row.and_then(|row| row.get(column).as_int());
        of(self.own, own)
            .or_else(|| of(self.common, common))
            .and_then(|number| patterns.get(usize::try_from(number).ok()?).copied())
            .unwrap_or(patterns[otherwise])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn american() -> Culture {
        Culture {
            zone: TimeZone::UTC,
            date: "M/d/yyyy".into(),
            date_separator: "/".into(),
            time: "h:mm tt".into(),
            time_separator: ":".into(),
            morning: "AM".into(),
            afternoon: "PM".into(),
            decimal: ".".into(),
            separator: ",".into(),
            groups: groups("3"),
            negative: NEGATIVE[1],
            amount: AMOUNT[0],
            negative_amount: NEGATIVE_AMOUNT[0],
            symbol: "$".into(),
            by_code: false,
        }
    }

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn numbers_money_and_dates() {
        let us = american();
        assert_eq!(us.count(9_500), "9,500");
        assert_eq!(us.count(-1_234_567), "-1,234,567");
        assert_eq!(us.number(decimal("999.995"), 2), "1,000.00");
        assert_eq!(us.number(decimal("100"), 2), "100.00");
        assert_eq!(us.number(decimal("-0.001"), 2), "0.00");
        assert_eq!(us.amount(decimal("20000"), 2, "$"), "$20,000.00");
        assert_eq!(us.amount(decimal("-5.5"), 2, "€"), "(€5.50)");
        assert_eq!(us.instant(1_680_879_540), "4/7/2023 2:59 PM");
        assert_eq!(us.instant(0), "1/1/1970 12:00 AM");
        assert_eq!(us.instant(43_200), "1/1/1970 12:00 PM");
        assert_eq!(us.date(19_454), "4/7/2023");
    }

    #[test]
    fn groups_of_digits_as_people_part_them() {
        let written = |format: &str| Culture { groups: groups(format), ..american() }.count(1_234_567_890);
        for (format, expected) in [
            ("3", "1,234,567,890"),
            ("3,2", "1,23,45,67,890"),
            ("3;2", "1,23,45,67,890"),
            ("3,0", "1234567,890"),
            ("0", "1234567890"),
            ("4", "12,3456,7890"),
            ("", "1234567890"),
        ] {
            assert_eq!(written(format), expected, "{format}");
        }
    }

    #[test]
    fn signs_and_symbols_stand_where_the_patterns_say() {
        for (number, pattern) in NEGATIVE.iter().enumerate() {
            let culture = Culture { negative: pattern, ..american() };
            let expected = ["(5)", "-5", "- 5", "5-", "5 -"][number];
            assert_eq!(culture.count(-5), expected);
            assert_eq!(culture.count(5), "5");
        }
        let euros = Culture {
            decimal: ",".into(),
            separator: ".".into(),
            amount: AMOUNT[3],
            negative_amount: NEGATIVE_AMOUNT[8],
            ..american()
        };
        assert_eq!(euros.amount(decimal("1234.5"), 2, "€"), "1.234,50 €");
        assert_eq!(euros.amount(decimal("-1234.5"), 2, "€"), "-1.234,50 €");
        assert_eq!(NEGATIVE_AMOUNT.len(), 16, "the column's greatest value is 15");
    }

    #[test]
    fn dates_by_every_letter() {
        let culture = Culture { date_separator: ".".into(), time_separator: "h".into(), ..american() };
        let written = |pattern: &str| {
            let mut out = String::new();
            culture.push(&mut out, pattern, 1_680_879_545 + 6 * 3600);
            out
        };
        for (pattern, expected) in [
            ("d/M/yy", "7.4.23"),
            ("dd/MM/yyyy", "07.04.2023"),
            ("ddd, d MMM yyyy", "Fri, 7 Apr 2023"),
            ("dddd, MMMM d", "Friday, April 7"),
            ("yyyy-MM-dd", "2023-04-07"),
            ("yyyyy", "02023"),
            ("HH:mm:ss", "20h59h05"),
            ("hh:mm t", "08h59 P"),
            ("H 'o''clock'", "20 oclock"),
            ("d 'de' MMMM \\d\\e yyyy", "7 de April de 2023"),
            ("'unfinished", "unfinished"),
            ("\\", ""),
            ("%d", "7"),
            ("d日é", "7日é"),
        ] {
            assert_eq!(written(pattern), expected, "{pattern}");
        }
        assert_eq!(american().instant(-62_135_596_800), "1/1/0001 12:00 AM");
    }

    #[test]
    fn instants_are_shown_by_the_zones_clock_and_dates_as_they_are() {
        let zone = jiff::tz::TimeZoneDatabase::bundled().get("America/Los_Angeles").unwrap();
        let west = Culture { zone, ..american() };
        assert_eq!(west.instant(1_680_879_540), "4/7/2023 7:59 AM");
        assert_eq!(west.instant(1_673_000_000), "1/6/2023 2:13 AM", "winter time");
        assert_eq!(west.date(19_454), "4/7/2023");
        assert_eq!(west.instant(i64::from(i32::MAX) * 1000).split(' ').count(), 3, "far beyond any clock");
    }
}
