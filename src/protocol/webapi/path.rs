//! The path of a request as text: segments, and what stands in their parentheses. Nothing is looked up here.

use std::borrow::Cow;

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
    let bytes = path.as_bytes();
    let (mut start, mut open, mut depth, mut quoted) = (0, None, 0_u32, false);
    for at in 0..=bytes.len() {
        match bytes.get(at) {
            Some(b'\'') if depth > 0 => quoted = !quoted,
            Some(_) if quoted => {}
            Some(b'(') => {
                open.get_or_insert(at);
                depth += 1;
            }
            Some(b')') => depth = depth.checked_sub(1).ok_or_else(bad_syntax)?,
            Some(b'/') | None if depth == 0 => {
                segments.push(segment(&path[start..at], open.take().map(|open: usize| open - start))?);
                start = at + 1;
            }
            None => return Err(bad_syntax()),
            Some(_) => {}
        }
    }
    Ok(segments)
}

/// A segment whose first parenthesis stands at `open`.
fn segment(text: &str, open: Option<usize>) -> Result<Segment<'_>> {
    let (name, args) = match open {
        Some(open) => {
            let inside = text[open + 1..].strip_suffix(')').ok_or_else(bad_syntax)?;
            (&text[..open], Some(inside))
        }
        None => (text, None),
    };
    if name.is_empty() { Err(bad_syntax()) } else { Ok(Segment { name, args }) }
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
