//! The paging cookie: where a page ended, as text that travels through the client.
//!
//! ```text
//! <cookie pagenumber="2" pagingcookie="E" istracking="False" />          < > " and blank percent-encoded
//! E = urlencode(urlencode(<cookie page="1"><name last="B" first="A" /><accountid last="{..}" first="{..}" /></cookie>))
//! ```
//!
//! One empty element for each key of the order, the primary key last. Source: queries.md A.10, web-api.md 5.7.
//! Reading it is forgiving about how often it was encoded, as clients re-encode links and paste decoded ones.

use std::fmt::{self, Write as _};

use winnow::ascii::multispace0;
use winnow::combinator::{alt, delimited, preceded, repeat, terminated};
use winnow::prelude::*;
use winnow::token::take_while;

use super::plan::Start;
use crate::fault::{Fault, Result, code};

/// Where the page before ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cookie {
    /// The number of the page that starts after it; the first page is 1.
    pub page: u32,
    /// The values of the order's keys in the first and last row of the page before, primary key last; none where pages
    /// are counted.
    pub keys: Vec<CookieKey>,
}

/// One key of the order in a [`Cookie`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CookieKey {
    /// Logical name of the column, with `name` appended where the order is by the name of a lookup's row.
    pub name: Box<str>,
    /// Its value in the first row; `None` for null.
    pub first: Option<Box<str>>,
    /// Its value in the last row; `None` for null.
    pub last: Option<Box<str>>,
}

impl fmt::Display for Cookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(")?;
        for (index, key) in self.keys.iter().enumerate() {
            let before = if index > 0 { ", " } else { "" };
            write!(f, "{before}{} {}", key.name, key.last.as_deref().unwrap_or("null"))?;
        }
        f.write_str(")")
    }
}

impl Cookie {
    /// The text that goes behind `$skiptoken=`, percent-encoded as the service does.
    pub fn token(&self) -> String {
        let element = self.element();
        element.replace('<', "%3C").replace('>', "%3E").replace('"', "%22").replace(' ', "%20")
    }

    /// The cookie as an element, as answers to `FetchXML` annotate it. Without keys it says only which page is next.
    pub fn element(&self) -> String {
        let keys =
            if self.keys.is_empty() { String::new() } else { url_encode(&url_encode(&self.keys_element())) };
        format!("<cookie pagenumber=\"{}\" pagingcookie=\"{keys}\" istracking=\"False\" />", self.page)
    }

    /// The inner cookie.
    fn keys_element(&self) -> String {
        let mut inner = format!("<cookie page=\"{}\">", self.page.saturating_sub(1).max(1));
        for key in &self.keys {
            inner.push('<');
            inner.push_str(&key.name);
            push_value(&mut inner, "last", key.last.as_deref());
            push_value(&mut inner, "first", key.first.as_deref());
            inner.push_str(" />");
        }
        inner.push_str("</cookie>");
        inner
    }
}

fn push_value(inner: &mut String, attribute: &str, value: Option<&str>) {
    inner.push(' ');
    inner.push_str(attribute);
    match value {
        None => inner.push_str("null=\"1\""),
        Some(value) => {
            inner.push_str("=\"");
            for c in value.chars() {
                match c {
                    '&' => inner.push_str("&amp;"),
                    '<' => inner.push_str("&lt;"),
                    '>' => inner.push_str("&gt;"),
                    '"' => inner.push_str("&quot;"),
                    c if c.is_control() => {
                        let _ = write!(inner, "&#x{:x};", u32::from(c));
                    }
                    c => inner.push(c),
                }
            }
            inner.push('"');
        }
    }
}

/// Reads what stands behind `$skiptoken=`, percent-decoded once.
///
/// # Errors
///
/// `QueryBuilderInvalidPagingCookie` for what is no cookie.
pub(super) fn parse(token: &str) -> Result<Start> {
    read(token).ok_or_else(|| Fault::new(&code::QueryBuilderInvalidPagingCookie))
}

/// Reads the `paging-cookie` of a `FetchXML` document: the inner cookie, decoded as the service asks or not, or all of
/// what the answer annotated. The document says beside it which page is wanted.
///
/// # Errors
///
/// `QueryBuilderInvalidPagingCookie` for what is no cookie.
pub(super) fn parse_inner(text: &str, page: Option<u32>) -> Result<Start> {
    let start = read(text).or_else(|| {
        let keys = cookie.parse(&*decode_until_markup(text)?).ok()?;
        Some(Start::After(Cookie { page: page.unwrap_or(1), keys }))
    });
    match (start, page) {
        (Some(Start::After(cookie)), page) if !cookie.keys.is_empty() => {
            Ok(Start::After(Cookie { page: page.unwrap_or(cookie.page), ..cookie }))
        }
        // Nothing in it says where to go on.
        (Some(_), page) => Ok(of_page(page.unwrap_or(1))),
        (None, _) => Err(Fault::new(&code::QueryBuilderInvalidPagingCookie)),
    }
}

/// The start of a page by its number.
pub(super) fn of_page(page: u32) -> Start {
    match page {
        0 | 1 => Start::First,
        page => Start::Skip { pages: page - 1 },
    }
}

fn read(token: &str) -> Option<Start> {
    let outer = decode_until_markup(token)?;
    let page: u32 = attribute(&outer, "pagenumber=\"")?.parse().ok().filter(|page| *page > 0)?;
    let inner = match paging_cookie(&outer) {
        None => String::new(),
        Some(text) if text.trim().is_empty() => String::new(),
        Some(text) => decode_until_markup(text)?,
    };
    let keys = if inner.is_empty() { Vec::new() } else { cookie.parse(inner.trim()).ok()? };
    if keys.is_empty() {
        return Some(Start::Skip { pages: page - 1 });
    }
    Some(Start::After(Cookie { page, keys }))
}

/// Percent-decodes until the text starts with markup: it was encoded as a whole, so that is when it is plain.
fn decode_until_markup(text: &str) -> Option<String> {
    const DEEPEST: usize = 4;
    let mut text = text.trim().to_owned();
    for _ in 0..DEEPEST {
        if text.trim_start().starts_with('<') {
            return Some(text.trim().to_owned());
        }
        let decoded = percent_encoding::percent_decode_str(&text).decode_utf8().ok()?.into_owned();
        text = decoded;
    }
    text.trim_start().starts_with('<').then(|| text.trim().to_owned())
}

fn attribute<'a>(text: &'a str, opening: &str) -> Option<&'a str> {
    let rest = &text[text.find(opening)? + opening.len()..];
    rest.split('"').next()
}

/// The attribute `pagingcookie`; where a client has decoded all of it, it contains quotes itself.
fn paging_cookie(outer: &str) -> Option<&str> {
    let opening = "pagingcookie=\"";
    let rest = &outer[outer.find(opening)? + opening.len()..];
    let end = rest.rfind("\" istracking=").or_else(|| rest.find('"'))?;
    Some(&rest[..end])
}

fn cookie(input: &mut &str) -> winnow::Result<Vec<CookieKey>> {
    ("<cookie", attributes, '>').void().parse_next(input)?;
    let keys = repeat(0..=64, preceded(multispace0, key)).parse_next(input)?;
    (multispace0, "</cookie>").void().parse_next(input)?;
    Ok(keys)
}

fn key(input: &mut &str) -> winnow::Result<CookieKey> {
    let name: &str = preceded('<', name).parse_next(input)?;
    let attributes = terminated(attributes, (multispace0, "/>")).parse_next(input)?;
    let value = |wanted: &str| attributes.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value);
    // A client may have unescaped the cookie once too often on its way back (DynamicsWebApi does so to ampersands).
    let one = |wanted: &str| -> Option<Box<str>> {
        let raw: &str = value(wanted)?;
        Some(quick_xml::escape::unescape(raw).map_or_else(|_| raw.into(), |text| text.as_ref().into()))
    };
    if value("last").is_none() && value("lastnull").is_none() {
        return Err(winnow::error::ContextError::new());
    }
    Ok(CookieKey { name: name.into(), first: one("first"), last: one("last") })
}

fn attributes<'a>(input: &mut &'a str) -> winnow::Result<Vec<(&'a str, &'a str)>> {
    let quoted = alt((
        delimited('"', take_while(0.., |c| c != '"'), '"'),
        delimited('\'', take_while(0.., |c| c != '\''), '\''),
    ));
    let mut pair = preceded(multispace0, (terminated(name, '='), quoted));
    repeat(0..=8, pair.by_ref()).parse_next(input)
}

fn name<'a>(input: &mut &'a str) -> winnow::Result<&'a str> {
    take_while(1.., |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')).parse_next(input)
}

/// Encodes as .NET's `HttpUtility` does, blanks as `%20`: lower-case digits.
fn url_encode(text: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'!' | b'*' | b'(' | b')') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(DIGITS[usize::from(byte >> 4)]));
            out.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
    out
}

impl Cookie {
    /// As [`Cookie::token`], in the form it has where something is expanded within a collection: with the number of
    /// rows of the page before, and ids in small letters. Source: web-api.md 5.2.
    pub fn token_counting(&self, rows: usize) -> String {
        let lower_id = |value: &Option<Box<str>>| {
            let is_id = |text: &str| text.starts_with('{') && uuid::Uuid::try_parse(text).is_ok();
            value.as_deref().map(|text| if is_id(text) { text.to_lowercase().into() } else { text.into() })
        };
        let keys = self.keys.iter().map(|key| CookieKey {
            name: key.name.clone(),
            first: lower_id(&key.first),
            last: lower_id(&key.last),
        });
        let token = Self { page: self.page, keys: keys.collect() }.token();
        // Behind the first attribute, which the inner element's end follows.
        let count = format!("%2522%2520countOfRecords%253d%2522{rows}%2522%253e");
        token.replacen("%2522%253e", &count, 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Cookie {
        Cookie {
            page: 2,
            keys: vec![
                CookieKey { name: "name".into(), first: None, last: Some("A & \"b\" <50%>\u{1}é".into()) },
                CookieKey {
                    name: "contactid".into(),
                    first: Some("{A}".into()),
                    last: Some("{BB55F942-161F-ED11-B83E-000D3A572421}".into()),
                },
            ],
        }
    }

    #[test]
    fn the_form_is_the_services() {
        let cookie = Cookie { page: 2, keys: vec![sample().keys.remove(1)] };
        assert_eq!(
            cookie.token(),
            "%3Ccookie%20pagenumber=%222%22%20pagingcookie=%22%253ccookie%2520page%253d%25221%2522%253e\
             %253ccontactid%2520last%253d%2522%257bBB55F942-161F-ED11-B83E-000D3A572421%257d%2522%2520first%253d\
             %2522%257bA%257d%2522%2520%252f%253e%253c%252fcookie%253e%22%20istracking=%22False%22%20/%3E"
        );
    }

    #[test]
    fn it_reads_back_however_often_it_was_encoded() {
        let mut text = sample().token();
        let expected = Start::After(sample());
        assert_eq!(parse(&url_encode(&text)).unwrap(), expected, "encoded once more");
        for _ in 0..3 {
            assert_eq!(parse(&text).unwrap(), expected, "{text}");
            text = percent_encoding::percent_decode_str(&text).decode_utf8().unwrap().into_owned();
            if text.contains("50%>") {
                break;
            }
        }
    }

    #[test]
    fn an_empty_cookie_counts_pages() {
        let text = "<cookie pagenumber=\"3\" pagingcookie=\"\" istracking=\"False\" />";
        assert_eq!(parse(text).unwrap(), Start::Skip { pages: 2 });
    }

    #[test]
    fn an_ampersand_that_lost_its_escape_is_one() {
        let inner = "<cookie page=\"1\"><name last=\"Power & Light\" first=\"A &amp; B\" /><accountid last=\"{A}\" /></cookie>";
        let Start::After(cookie) = parse_inner(inner, Some(2)).unwrap() else { panic!("no keys") };
        assert_eq!(cookie.keys[0].last.as_deref(), Some("Power & Light"));
        assert_eq!(cookie.keys[0].first.as_deref(), Some("A & B"));
        assert_eq!(parse_inner("<cookie page=\"1\"></cookie>", Some(3)).unwrap(), Start::Skip { pages: 2 });
        assert!(parse_inner("nonsense", Some(2)).is_err());
    }

    #[test]
    fn what_is_no_cookie_is_refused() {
        for text in [
            "",
            "%",
            "<",
            "nonsense",
            "%25253C",
            "<cookie pagenumber=\"0\" pagingcookie=\"\" istracking=\"False\" />",
            "<cookie pagenumber=\"x\" pagingcookie=\"\" istracking=\"False\" />",
            "<cookie pagenumber=\"2\" pagingcookie=\"zzz\" istracking=\"False\" />",
            "<cookie pagenumber=\"2\" pagingcookie=\"%3ccookie%3e\" istracking=\"False\" />",
            "<cookie pagenumber=\"2\" pagingcookie=\"%3ccookie%3e%3ca b=%221%22/%3e%3c/cookie%3e\" />",
        ] {
            assert_eq!(parse(text).unwrap_err().code_text(), "0x8004112a", "{text}");
        }
    }
}
