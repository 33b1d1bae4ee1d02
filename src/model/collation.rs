//! How the organization compares text: without regard to case, width and kana, nor to accents where its base language
//! says so; trailing blanks ignored.
//!
//! Comparison, uniqueness and order all go through the *folded* text made here, so they cannot disagree.
//! Source: queries.md A.5 (SQL Server pads with blanks).

use std::borrow::Cow;
use std::hash::Hasher;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The language the organization was made with. It decides the collation once and for all.
pub const BASE_LANGUAGE: i32 = 1033;

/// Whether accents tell texts apart; everything that compares texts follows.
const ACCENTS_COUNT: bool = accents_count(BASE_LANGUAGE);

/// Whether the collation of a base language is `CI_AS` rather than `CI_AI`. Source: queries.md A.5, whose list of the
/// former is open at its end.
const fn accents_count(language: i32) -> bool {
    matches!(language, 1035 | 1048 | 1050 | 1051 | 1053 | 1054 | 1057 | 1058 | 1060 | 1061)
}

/// The folded form of `text`: compatibility-decomposed, without marks unless they count, katakana for hiragana, lower
/// case, without trailing blanks.
pub fn fold(text: &str) -> Cow<'_, str> {
    let text = text.trim_end_matches(' ');
    if text.is_ascii() {
        return if text.bytes().any(|b| b.is_ascii_uppercase()) {
            Cow::Owned(text.to_ascii_lowercase())
        } else {
            Cow::Borrowed(text)
        };
    }
    Cow::Owned(folded(text, ACCENTS_COUNT))
}

fn folded(text: &str, accents_count: bool) -> String {
    text.nfkd()
        .filter(|c| accents_count || !is_combining_mark(*c))
        .map(katakana)
        .flat_map(char::to_lowercase)
        .collect()
}

/// The one of the two kana that stands for both.
fn katakana(c: char) -> char {
    const APART: u32 = 0x60;
    match c {
        '\u{3041}'..='\u{3096}' => char::from_u32(u32::from(c) + APART).unwrap_or(c),
        other => other,
    }
}

/// Whether two texts are equal to the organization.
pub fn equal(left: &str, right: &str) -> bool {
    left == right || fold(left) == fold(right)
}

/// A hash under which equal texts are equal; for indexes.
pub fn hash(text: &str) -> u32 {
    let mut hasher = Fnv::default();
    let trimmed = text.trim_end_matches(' ');
    if trimmed.is_ascii() {
        for byte in trimmed.bytes() {
            hasher.write_u8(byte.to_ascii_lowercase());
        }
    } else {
        hasher.write(fold(trimmed).as_bytes());
    }
    hasher.finish() as u32
}

/// FNV-1a with a final mix: small, and the same in every run, so that an exported index would mean the same.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u8(*byte);
        }
    }

    fn write_u8(&mut self, byte: u8) {
        self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }

    fn finish(&self) -> u64 {
        (self.0 ^ (self.0 >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_width_and_trailing_blanks_do_not_count() {
        for (left, right) in [
            ("Café", "cafe"),
            ("ABC ", "abc"),
            ("Ａ", "a"),
            ("", "  "),
            ("naïve", "NAIVE"),
            ("ひらがな", "ヒラガナ"),
            ("ｶﾅ", "かな"),
        ] {
            assert!(equal(left, right), "{left:?} = {right:?}");
            assert_eq!(hash(left), hash(right), "{left:?} and {right:?}");
        }
        assert!(!equal(" a", "a"), "leading blanks count");
    }

    #[test]
    fn accents_count_where_the_base_language_says_so() {
        assert!(!accents_count(1033) && !accents_count(1031) && accents_count(1053));
        for (left, right, without, with) in [
            ("Ångström", "angstrom", true, false),
            ("Ångström", "ÅNGSTRÖM", true, true),
            ("A\u{30a}", "å", true, true),
            ("ab", "ac", false, false),
        ] {
            assert_eq!(folded(left, false) == folded(right, false), without, "{left} {right}");
            assert_eq!(folded(left, true) == folded(right, true), with, "{left} {right}");
        }
    }
}
