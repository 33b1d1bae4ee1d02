//! Text as the organization compares it, without making copies of it where it is ASCII.
//!
//! What is equal is decided by [`collation::fold`]; the order is that of Windows' Latin collation as far as ASCII
//! goes: punctuation, digits, letters. Source: queries.md A.5.

use std::cmp::Ordering;

use crate::model::collation;

/// The place of an ASCII character in the order; letters of both cases share theirs, and nothing is at 0.
static WEIGHTS: [u8; 128] = weights();

const fn weights() -> [u8; 128] {
    let order: &[u8] = b" !\"#$%&'()*,-./:;?@[\\]^_`{|}~+<=>0123456789abcdefghijklmnopqrstuvwxyz";
    let mut weights = [0; 128];
    let mut next = 1;
    let mut control: u8 = 0;
    while control < 32 {
        weights[control as usize] = next;
        next += 1;
        control += 1;
    }
    weights[127] = next;
    next += 1;
    let mut at = 0;
    while at < order.len() {
        weights[order[at] as usize] = next;
        if order[at].is_ascii_lowercase() {
            weights[order[at].to_ascii_uppercase() as usize] = next;
        }
        next += 1;
        at += 1;
    }
    weights
}

/// Above every ASCII character.
const BEYOND_ASCII: u32 = 0x100;

fn weight(c: char) -> u32 {
    if c.is_ascii() { u32::from(WEIGHTS[c as usize]) } else { BEYOND_ASCII + u32::from(c) }
}

fn byte_weight(byte: u8) -> u8 {
    WEIGHTS[usize::from(byte & 127)]
}

/// How two texts compare: case, accents and trailing blanks do not count.
pub(super) fn compare(left: &str, right: &str) -> Ordering {
    let (left, right) = (left.trim_end_matches(' '), right.trim_end_matches(' '));
    if left.is_ascii() && right.is_ascii() {
        return left.bytes().map(byte_weight).cmp(right.bytes().map(byte_weight));
    }
    let (left, right) = (collation::fold(left), collation::fold(right));
    left.chars().map(weight).cmp(right.chars().map(weight))
}

/// The weights of the first eight characters.
pub(super) fn prefix(text: &str) -> u64 {
    let text = text.trim_end_matches(' ');
    let pack = |weights: &mut dyn Iterator<Item = u8>| {
        let mut bytes = [0; 8];
        for (place, weight) in bytes.iter_mut().zip(weights) {
            *place = weight;
            if weight == u8::MAX {
                break;
            }
        }
        u64::from_be_bytes(bytes)
    };
    if text.is_ascii() {
        return pack(&mut text.bytes().map(byte_weight));
    }
    let folded = collation::fold(text);
    pack(&mut folded.chars().map(|c| if c.is_ascii() { byte_weight(c as u8) } else { u8::MAX }))
}

/// A text that many others are held against.
#[derive(Debug)]
pub(super) struct Needle {
    folded: Box<str>,
    ascii: bool,
}

impl Needle {
    pub(super) fn new(text: &str) -> Self {
        let folded: Box<str> = collation::fold(text).into();
        Self { ascii: folded.is_ascii(), folded }
    }

    /// The text as it is compared.
    pub(super) fn folded(&self) -> &str {
        &self.folded
    }

    pub(super) fn equals(&self, text: &str) -> bool {
        let text = text.trim_end_matches(' ');
        if text.is_ascii() {
            self.ascii && text.eq_ignore_ascii_case(&self.folded)
        } else {
            *collation::fold(text) == *self.folded
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_punctuation_digits_letters() {
        let sorted = ["", "-a", "_", "~", "+", "0", "9", "a", "Ä1", "a2", "B", "z", "Ж"];
        for pair in sorted.windows(2) {
            assert_eq!(compare(pair[0], pair[1]), Ordering::Less, "{pair:?}");
        }
        assert_eq!(compare("Café ", "CAFE"), Ordering::Equal);
    }

    #[test]
    fn order_and_equality_agree() {
        let mut seen: Vec<u8> = Vec::new();
        for byte in 0..128_u8 {
            assert_ne!(WEIGHTS[usize::from(byte)], 0, "{byte}");
            if !byte.is_ascii_uppercase() {
                seen.push(WEIGHTS[usize::from(byte)]);
            }
        }
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 102, "each character its own weight");
        for (text, other, expected) in
            [("Ab ", "aB", true), ("é", "E", true), ("a", "ä", true), ("a", "b", false)]
        {
            assert_eq!(Needle::new(text).equals(other), expected, "{text} {other}");
        }
    }
}
