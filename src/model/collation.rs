//! How the organization compares text: without regard to case, width and kana, nor to accents where its base language
//! says so; trailing blanks ignored.
//!
//! Comparison, uniqueness and order all go through the *folded* text made here, so they cannot disagree.
//! Source: queries.md A.5 (SQL Server pads with blanks).

use std::borrow::Cow;

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
    let trimmed = text.trim_end_matches(' ');
    if trimmed.is_ascii() {
        hash_words(trimmed.as_bytes(), ascii_lowercase)
    } else {
        hash_words(fold(trimmed).as_bytes(), |word| word)
    }
}

/// A hash of bytes, of which each eight are folded first: small, and the same in every run, so that an exported index
/// would mean the same.
fn hash_words(bytes: &[u8], fold: impl Fn(u64) -> u64) -> u32 {
    const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |hash: u64, word: u64| {
        let product = (hash ^ fold(word)).wrapping_mul(SPREAD);
        product ^ (product >> 32)
    };
    let (words, rest) = bytes.as_chunks::<8>();
    let begun = words.iter().fold(bytes.len() as u64, |hash, word| mix(hash, u64::from_le_bytes(*word)));
    let last = rest.iter().fold(0, |word, byte| (word << 8) | u64::from(*byte));
    (mix(begun, last).wrapping_mul(SPREAD) >> 32) as u32
}

/// Eight ASCII characters in lower case.
fn ascii_lowercase(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    // No byte is above 0x7f, so none of the sums reaches into the next; their top bits say "A or above", "above Z".
    let from_a = word + ONES * u64::from(0x80 - b'A');
    let above_z = word + ONES * u64::from(0x7f - b'Z');
    word | ((from_a & !above_z & (ONES * 0x80)) >> 2)
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
    fn ascii_letters_become_small_and_nothing_else_changes() {
        for byte in 0..0x80_u8 {
            let word = u64::from_le_bytes([byte, b'A', byte, b'Z', b'@', b'[', 0x7f, byte]);
            let expected = word.to_le_bytes().map(|byte| byte.to_ascii_lowercase());
            assert_eq!(ascii_lowercase(word).to_le_bytes(), expected);
        }
    }

    #[test]
    fn texts_of_any_length_hash_as_their_folded_form() {
        let text = "Ångström ABCDEFGHIJ klmnop 0123456789";
        for (end, _) in text.char_indices() {
            assert_eq!(hash(&text[..end]), hash(&fold(&text[..end])), "{}", &text[..end]);
        }
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
