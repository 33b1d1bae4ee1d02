//! The body of a batch: parts between delimiters, requests in parts.
//!
//! More is taken than the service documents, as clients in use send it (`Observed:` dynamics-web-api 2.5.0,
//! PowerPlatform-Dataverse-Client 1.1.0): bare line feeds, an empty line before the first delimiter, no empty line
//! behind the headers of a request without a body, blanks and quotes in a request line.

use crate::fault::{Fault, Result};
use crate::protocol::webapi::decode::bad_payload_of;

/// One part of a batch.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part<'b> {
    /// A request by itself.
    Single(Operation<'b>),
    /// Requests that succeed or fail together.
    ChangeSet(Vec<Operation<'b>>),
}

/// One request of a batch.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Operation<'b> {
    pub(super) content_id: Option<&'b str>,
    pub(super) method: &'b str,
    pub(super) target: &'b str,
    pub(super) headers: Vec<(&'b str, &'b str)>,
    /// What follows the headers; nothing but line ends is nothing.
    pub(super) body: &'b [u8],
}

/// The longest request line. Source: web-api.md 1.5.
const MOST_LINE: usize = 65_536;

/// Reads a body whose parts the boundary of `content_type` separates.
///
/// # Errors
///
/// `InvalidPayload` where there is no boundary, or a part is no request.
pub(super) fn parts<'b>(content_type: &str, body: &'b [u8]) -> Result<Vec<Part<'b>>> {
    let boundary = boundary(content_type)
        .ok_or_else(|| refused("Boundary delimiter not found in the Content-Type of the batch."))?;
    let mut found = Vec::new();
    for part in between(body, &boundary) {
        let (headers, rest) = headers(part)?;
        let kind = header(&headers, "content-type").unwrap_or_default();
        if kind.trim_start().get(..10).is_some_and(|start| start.eq_ignore_ascii_case("multipart/")) {
            let inner = self::boundary(kind).ok_or_else(|| {
                refused("Boundary delimiter not found in the Content-Type of a change set.")
            })?;
            let operations = between(rest, &inner)
                .map(|part| {
                    let (headers, rest) = self::headers(part)?;
                    operation(&headers, rest)
                })
                .collect::<Result<_>>()?;
            found.push(Part::ChangeSet(operations));
        } else {
            found.push(Part::Single(operation(&headers, rest)?));
        }
    }
    Ok(found)
}

/// The boundary parameter of a media type, with or without quotes.
fn boundary(content_type: &str) -> Option<String> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/mixed") {
        return None;
    }
    let value = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then(|| value.trim())
    })?;
    let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
    (!value.is_empty()).then(|| format!("--{value}"))
}

/// What stands between delimiters. The line end before a delimiter belongs to it; what stands before the first one
/// and behind the last one counts for nothing.
fn between<'b>(body: &'b [u8], delimiter: &str) -> impl Iterator<Item = &'b [u8]> {
    let mut marks = Vec::new();
    for at in memchr::memmem::find_iter(body, delimiter.as_bytes()) {
        let behind = &body[at + delimiter.len()..];
        let starts_line = at == 0 || body[at - 1] == b'\n';
        let ends = behind.starts_with(b"--");
        let end_of_line = behind.iter().position(|b| *b == b'\n').unwrap_or(behind.len());
        if starts_line && (ends || behind[..end_of_line].trim_ascii().is_empty()) {
            marks.push((at, at + delimiter.len() + (end_of_line + 1).min(behind.len())));
            if ends {
                break;
            }
        }
    }
    // Without a last delimiter the body ends where it ends.
    let closed = marks.last().is_some_and(|(at, _)| body[at + delimiter.len()..].starts_with(b"--"));
    if !closed && !marks.is_empty() {
        marks.push((body.len(), body.len()));
    }
    let spans: Vec<(usize, usize)> =
        marks.windows(2).map(|pair| (pair[0].1, pair[1].0.max(pair[0].1))).collect();
    spans.into_iter().map(move |(start, end)| {
        let part = &body[start..end];
        let part = part.strip_suffix(b"\n").unwrap_or(part);
        part.strip_suffix(b"\r").unwrap_or(part)
    })
}

type Headers<'b> = Vec<(&'b str, &'b str)>;

/// Headers up to an empty line, or to the end.
fn headers(part: &[u8]) -> Result<(Headers<'_>, &[u8])> {
    let mut headers = Vec::new();
    let mut rest = part;
    while !rest.is_empty() {
        let (line, after) = line(rest);
        rest = after;
        if line.is_empty() {
            break;
        }
        let line = std::str::from_utf8(line).map_err(|_| refused("A header is not text."))?;
        let (name, value) = line
            .split_once(':')
            .ok_or_else(|| refused(&format!("The message header '{line}' is invalid.")))?;
        headers.push((name.trim(), value.trim()));
    }
    Ok((headers, rest))
}

/// The first line, without its end, and what follows.
fn line(text: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memchr(b'\n', text) {
        Some(at) => (text[..at].strip_suffix(b"\r").unwrap_or(&text[..at]), &text[at + 1..]),
        None => (text.strip_suffix(b"\r").unwrap_or(text), &[]),
    }
}

fn header<'b>(headers: &Headers<'b>, name: &str) -> Option<&'b str> {
    headers.iter().find(|(of, _)| of.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
}

fn operation<'b>(part: &Headers<'b>, rest: &'b [u8]) -> Result<Operation<'b>> {
    let kind = header(part, "content-type").unwrap_or_default();
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/http") {
        return Err(refused(&format!(
            "The content type '{kind}' of a batch part is neither 'application/http' nor 'multipart/mixed'."
        )));
    }
    let (first, rest) = line(rest);
    let first = std::str::from_utf8(first).map_err(|_| refused("A request line is not text."))?.trim();
    if first.len() > MOST_LINE {
        return Err(refused("The request line is too long."));
    }
    let invalid = || refused(&format!("The request line '{first}' is invalid."));
    let (method, target) = first.split_once(' ').ok_or_else(invalid)?;
    let target = match target.rsplit_once(' ') {
        Some((target, version)) if version.starts_with("HTTP/") => target,
        _ => return Err(invalid()),
    };
    let (headers, body) = headers(rest)?;
    let body = if body.trim_ascii().is_empty() { &[] } else { body };
    let content_id = header(part, "content-id").or_else(|| header(&headers, "content-id"));
    Ok(Operation { content_id, method, target: target.trim(), headers, body })
}

pub(super) fn refused(said: &str) -> Fault {
    bad_payload_of("$batch", format_args!("Microsoft.OData.ODataException: {said}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get<'b>(target: &'b str, headers: &[(&'b str, &'b str)]) -> Operation<'b> {
        Operation { content_id: None, method: "GET", target, headers: headers.to_vec(), body: b"" }
    }

    #[test]
    fn requests_without_an_empty_line_behind_their_headers() {
        let body = b"--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nGET /a?$filter=name eq 'a b' HTTP/1.1\r\n\r\n--b\r\nContent-Type: application/http\r\n\r\nGET /b HTTP/1.1\r\nAccept: application/json\r\n\r\n--b--\r\n";
        let found = parts("multipart/mixed; boundary=\"b\"", body).unwrap();
        let expected = [
            Part::Single(get("/a?$filter=name eq 'a b'", &[])),
            Part::Single(get("/b", &[("Accept", "application/json")])),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn change_sets_line_feeds_and_an_empty_preamble() {
        let body = b"\r\n--b\nContent-Type: multipart/mixed;boundary=c\n\n--c\nContent-Type: application/http\nContent-ID: 1\n\nPOST http://h/accounts HTTP/1.1\nContent-Type: application/json\n\n{\"name\":\"--c\"}\n\n--c--\n\n--b--";
        let found = parts("Multipart/Mixed;boundary=b", body).unwrap();
        let [Part::ChangeSet(operations)] = found.as_slice() else { panic!("{found:?}") };
        let [one] = operations.as_slice() else { panic!("{operations:?}") };
        assert_eq!((one.content_id, one.method, one.target), (Some("1"), "POST", "http://h/accounts"));
        assert_eq!(one.body.trim_ascii(), b"{\"name\":\"--c\"}");
    }

    #[test]
    fn a_body_keeps_its_own_line_ends() {
        let body =
            b"--b\r\nContent-Type: application/http\r\n\r\nPOST /a HTTP/1.1\r\nX: y\r\n\r\n{\r\n}\r\n--b--";
        let found = parts("multipart/mixed;boundary=b", body).unwrap();
        let [Part::Single(one)] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(one.body, b"{\r\n}");
        assert_eq!(one.headers, [("X", "y")]);
    }

    #[test]
    fn what_is_no_batch() {
        let http = "Content-Type: application/http\r\n\r\n";
        for (kind, body) in [
            ("application/json", String::new()),
            ("multipart/mixed", String::new()),
            ("multipart/mixed; boundary=", String::new()),
            ("multipart/mixed; boundary=b", "--b\r\nnonsense\r\n\r\n--b--".to_owned()),
            ("multipart/mixed; boundary=b", format!("--b\r\n{http}GET\r\n--b--")),
            ("multipart/mixed; boundary=b", format!("--b\r\n{http}GET /a\r\n--b--")),
            ("multipart/mixed; boundary=b", "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--".to_owned()),
            (
                "multipart/mixed; boundary=b",
                "--b\r\nContent-Type: multipart/mixed\r\n\r\nx\r\n--b--".to_owned(),
            ),
        ] {
            assert!(parts(kind, body.as_bytes()).is_err(), "{kind} {body}");
        }
        assert_eq!(parts("multipart/mixed; boundary=b", b"").unwrap(), []);
        assert_eq!(parts("multipart/mixed; boundary=b", b"--b--").unwrap(), []);
    }
}
