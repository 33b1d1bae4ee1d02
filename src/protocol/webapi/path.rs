//! The path of a request as text: segments, and what stands in their parentheses. Nothing is looked up here.

use std::borrow::Cow;

use memchr::memchr3;
use percent_encoding::percent_decode_str;
use smallvec::SmallVec;

use super::error::bad_syntax;
use crate::fault::Result;

/// One segment of a path: `accounts(…)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Segment<'p> {
    /// What stands before the parentheses.
    pub(super) name: &'p str,
    /// What stands between them, if there are any.
    pub(super) args: Option<&'p str>,
}

/// The segments of a path.
pub(super) type Segments<'p> = SmallVec<[Segment<'p>; 4]>;

/// Decodes a path, once.
///
/// # Errors
///
/// `CrmHttpError` where it decodes to what is no text.
pub(super) fn decode(path: &str) -> Result<Cow<'_, str>> {
    if memchr::memchr(b'%', path.as_bytes()).is_none() {
        return Ok(Cow::Borrowed(path));
    }
    percent_decode_str(path).decode_utf8().map_err(|_| bad_syntax())
}

/// Splits a decoded path. A slash between quotes or parentheses does not separate; one at the end does not count.
///
/// # Errors
///
/// `CrmHttpError` where quotes or parentheses do not pair, or a segment is empty.
pub(super) fn split(path: &str) -> Result<Segments<'_>> {
    let mut segments = Segments::new();
    let path = path.strip_suffix('/').unwrap_or(path);
    if path.is_empty() {
        return Ok(segments);
    }
    let mut start = 0;
    while start <= path.len() {
        let rest = &path[start..];
        let bytes = rest.as_bytes();
        // Names are so short that looking at each byte is the quickest way.
        let end = bytes.iter().position(|byte| matches!(byte, b'/' | b'(' | b')')).unwrap_or(bytes.len());
        let (length, args) = match bytes.get(end) {
            Some(b'(') => {
                let length = closing(bytes, end)?;
                (length, Some(&rest[end + 1..length - 1]))
            }
            Some(b')') => return Err(bad_syntax()),
            _ => (end, None),
        };
        if end == 0 {
            return Err(bad_syntax());
        }
        segments.push(Segment { name: &rest[..end], args });
        start += length + 1;
    }
    Ok(segments)
}

/// The length of the segment that a text begins with, whose parentheses open at a place.
fn closing(text: &[u8], open: usize) -> Result<usize> {
    let (mut at, mut depth) = (open + 1, 1_u32);
    // Within parentheses a slash does not count, and within quotes nothing else does.
    while let Some(next) = memchr3(b'(', b')', b'\'', &text[at..]) {
        at += next + 1;
        match text[at - 1] {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => at += memchr::memchr(b'\'', &text[at..]).ok_or_else(bad_syntax)? + 1,
        }
        if depth == 0 {
            return if matches!(text.get(at), None | Some(b'/')) { Ok(at) } else { Err(bad_syntax()) };
        }
    }
    Err(bad_syntax())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(path: &str) -> String {
        let Ok(decoded) = decode(path) else { return "refused".to_owned() };
        match split(&decoded) {
            Ok(segments) => segments
                .iter()
                .map(|segment| match segment.args {
                    Some(args) => format!("{}<{args}>", segment.name),
                    None => segment.name.to_owned(),
                })
                .collect::<Vec<_>>()
                .join(" | "),
            Err(_) => "refused".to_owned(),
        }
    }

    #[test]
    fn paths_to_segments() {
        for (path, expected) in [
            ("", ""),
            ("/", ""),
            ("accounts", "accounts"),
            ("accounts/", "accounts"),
            ("accounts(1)/name/$value", "accounts<1> | name | $value"),
            ("accounts(accountnumber='A/B')/x", "accounts<accountnumber='A/B'> | x"),
            ("accounts(name='O''Bryan')", "accounts<name='O''Bryan'>"),
            ("accounts(name='a)b')", "accounts<name='a)b'>"),
            ("accounts%28name%3D%27a%2Fb%27%29", "accounts<name='a/b'>"),
            ("accounts(name='100%2525')", "accounts<name='100%25'>"),
            (
                "a(1)/Microsoft.Dynamics.CRM.F(A=@p1,B='x/(')",
                "a<1> | Microsoft.Dynamics.CRM.F<A=@p1,B='x/('>",
            ),
            ("F(T={'@odata.id':'accounts(1)'})", "F<T={'@odata.id':'accounts(1)'}>"),
            ("WhoAmI()", "WhoAmI<>"),
            ("%24metadata", "$metadata"),
            ("a//b", "refused"),
            ("a(", "refused"),
            ("a)", "refused"),
            ("a(1)b", "refused"),
            ("a(name='x)", "refused"),
            ("a(name='O'Bryan')", "refused"),
            ("(1)", "refused"),
            ("%ff", "refused"),
            ("a%", "a%"),
        ] {
            assert_eq!(shown(path), expected, "{path}");
        }
    }
}
