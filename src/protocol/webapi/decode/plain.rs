//! Objects as nearly all bodies have them: texts without escapes, numbers without exponents, flags and nulls, nothing
//! nested.
//!
//! What is plain needs neither buffers nor a second look, so it is read in one walk over the text. Anything else, be
//! it only unusual or no JSON at all, is left to a reader that knows everything.

use super::json::Raw;
use crate::protocol::webapi::encode::text;

/// What became of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plain {
    /// All of its members were shown, and nothing stands behind it.
    Read,
    /// Something in it is not plain; members before it were shown, so many.
    Left(usize),
}

/// Shows the members of an object, in order, as long as they are plain.
///
/// # Errors
///
/// The first refusal.
pub(super) fn members<'t, E>(
    text: &'t str,
    mut see: impl FnMut(&'t str, Raw<'t>) -> Result<(), E>,
) -> Result<Plain, E> {
    let mut walk = Walk { text, at: 0 };
    if !walk.takes(b'{') {
        return Ok(Plain::Left(0));
    }
    if walk.takes(b'}') {
        return Ok(if walk.is_at_end() { Plain::Read } else { Plain::Left(0) });
    }
    let mut shown = 0;
    while let Some((name, value)) = walk.member() {
        see(name, value)?;
        shown += 1;
        if !walk.takes(b',') {
            let is_read = walk.takes(b'}') && walk.is_at_end();
            return Ok(if is_read { Plain::Read } else { Plain::Left(shown) });
        }
    }
    Ok(Plain::Left(shown))
}

/// A way through a text.
struct Walk<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Walk<'t> {
    fn rest(&self) -> &'t [u8] {
        &self.text.as_bytes()[self.at..]
    }

    fn pass_blanks(&mut self) {
        self.at += self.rest().iter().take_while(|byte| is_blank(**byte)).count();
    }

    fn is_at_end(&mut self) -> bool {
        self.pass_blanks();
        self.rest().is_empty()
    }

    /// Passes a byte, if that comes next.
    fn takes(&mut self, byte: u8) -> bool {
        self.pass_blanks();
        let is_next = self.rest().first() == Some(&byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn member(&mut self) -> Option<(&'t str, Raw<'t>)> {
        self.pass_blanks();
        let name = self.quoted()?;
        if !self.takes(b':') {
            return None;
        }
        self.pass_blanks();
        let value = self.value()?;
        Some((&name[1..name.len() - 1], Raw::plain(value)))
    }

    /// A text with its quotes.
    fn quoted(&mut self) -> Option<&'t str> {
        let rest = self.rest();
        if rest.first() != Some(&b'"') {
            return None;
        }
        let end = text::first_special(rest, 1);
        (rest.get(end) == Some(&b'"')).then(|| self.pass(end + 1))
    }

    fn value(&mut self) -> Option<&'t str> {
        let rest = self.rest();
        match rest.first()? {
            b'"' => self.quoted(),
            b't' if rest.starts_with(b"true") => Some(self.pass(4)),
            b'f' if rest.starts_with(b"false") => Some(self.pass(5)),
            b'n' if rest.starts_with(b"null") => Some(self.pass(4)),
            b'-' | b'0'..=b'9' => number(rest).map(|length| self.pass(length)),
            _ => None,
        }
    }

    /// Passes so many bytes.
    fn pass(&mut self, length: usize) -> &'t str {
        let from = self.at;
        self.at += length;
        &self.text[from..self.at]
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// The length of a number without exponent that a text begins with, if something else follows in the object.
fn number(text: &[u8]) -> Option<usize> {
    let digits = |from: usize| text[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let sign = usize::from(text[0] == b'-');
    let mut end = sign + digits(sign);
    if end == sign || (end > sign + 1 && text[sign] == b'0') {
        return None;
    }
    if text.get(end) == Some(&b'.') {
        let fraction = digits(end + 1);
        if fraction == 0 {
            return None;
        }
        end += 1 + fraction;
    }
    let next = *text.get(end)?;
    (matches!(next, b',' | b'}') || is_blank(next)).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let mut seen = Vec::new();
        let read = members(text, |name, value| {
            seen.push(format!("{name}={}", value.get()));
            Ok::<_, ()>(())
        });
        seen.push(format!("{:?}", read.unwrap()));
        seen.join(" ")
    }

    #[test]
    fn plain_objects_are_read_and_others_left() {
        for (text, expected) in [
            ("{}", "Read"),
            (" { } ", "Read"),
            (r#"{"a":"b","c":1}"#, r#"a="b" c=1 Read"#),
            (
                "{ \"a\" :\t-0.50 ,\r\n\"b\": true , \"c\":null,\"d\":false }\n",
                "a=-0.50 b=true c=null d=false Read",
            ),
            (r#"{"näme":"ein längerer Text mit ü"}"#, r#"näme="ein längerer Text mit ü" Read"#),
            (r#"{"a":1,"b":[2],"c":3}"#, "a=1 Left(1)"),
            (r#"{"a":1,"b":{}}"#, "a=1 Left(1)"),
            (r#"{"a":1,"b":"x\n"}"#, "a=1 Left(1)"),
            (r#"{"a\u0041":1}"#, "Left(0)"),
            ("{\"a\":\"long enough for two steps\u{1}\"}", "Left(0)"),
            (r#"{"a":1e3}"#, "Left(0)"),
            (r#"{"a":1.}"#, "Left(0)"),
            (r#"{"a":01}"#, "Left(0)"),
            (r#"{"a":-}"#, "Left(0)"),
            (r#"{"a":truth}"#, "Left(0)"),
            (r#"{"a":truely}"#, "a=true Left(1)"),
            (r#"{"a":1"#, "Left(0)"),
            (r#"{"a":"1"#, "Left(0)"),
            (r#"{"a":"1""#, r#"a="1" Left(1)"#),
            (r#"{"a":"1",}"#, r#"a="1" Left(1)"#),
            (r#"{"a":"1"} x"#, r#"a="1" Left(1)"#),
            (r#"{"a" 1}"#, "Left(0)"),
            (r#"{"a":"1" "b":2}"#, r#"a="1" Left(1)"#),
            ("[]", "Left(0)"),
            ("", "Left(0)"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn a_text_ends_wherever_its_quote_stands() {
        for length in 0..40 {
            let text = format!(r#"{{"{0}":"{0}"}}"#, "x".repeat(length));
            let expected = format!(r#"{0}="{0}" Read"#, "x".repeat(length));
            assert_eq!(shown(&text), expected);
        }
    }
}
