//! The path of a request as text: segments, and what stands in their parentheses. Nothing is looked up here.

use std::borrow::Cow;

use memchr::{memchr2, memchr3};
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
        let end = start + length(&path.as_bytes()[start..])?;
        segments.push(segment(&path[start..end])?);
        start = end + 1;
    }
    Ok(segments)
}

/// The length of the segment that a text begins with.
fn length(text: &[u8]) -> Result<usize> {
    let Some(open) = memchr2(b'/', b'(', text).filter(|at| text[*at] == b'(') else {
        return Ok(memchr::memchr(b'/', text).unwrap_or(text.len()));
    };
    let (mut at, mut depth) = (open, 0_u32);
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

fn segment(text: &str) -> Result<Segment<'_>> {
    let (name, args) = match memchr::memchr(b'(', text.as_bytes()) {
        Some(open) => (&text[..open], Some(text[open + 1..].strip_suffix(')').ok_or_else(bad_syntax)?)),
        None => (text, None),
    };
    if name.is_empty() || memchr::memchr(b')', name.as_bytes()).is_some() {
        Err(bad_syntax())
    } else {
        Ok(Segment { name, args })
    }
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
