//! How the organization compares text: without regard to case and accents, trailing blanks ignored.
//!
//! Comparison, uniqueness and order all go through the *folded* text made here, so they cannot disagree.
//! Source: queries.md A.5 (English 1033 is `CI_AI`; SQL Server pads with blanks).

use std::borrow::Cow;
use std::hash::Hasher;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The folded form of `text`: compatibility-decomposed, without marks, lower case, without trailing blanks.
pub fn fold(text: &str) -> Cow<'_, str> {
    let text = text.trim_end_matches(' ');
    if text.is_ascii() {
        return if text.bytes().any(|b| b.is_ascii_uppercase()) {
            Cow::Owned(text.to_ascii_lowercase())
        } else {
            Cow::Borrowed(text)
        };
    }
    Cow::Owned(text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect())
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
        for (left, right) in [("Café", "cafe"), ("ABC ", "abc"), ("Ａ", "a"), ("", "  "), ("naïve", "NAIVE")]
        {
            assert!(equal(left, right), "{left:?} = {right:?}");
            assert_eq!(hash(left), hash(right), "{left:?} and {right:?}");
        }
        assert!(!equal(" a", "a"), "leading blanks count");
    }
}
