//! Text to a tree of elements, as far as `FetchXML` uses XML: elements, attributes, text.
//!
//! Nothing is declared and nothing refers to anything: a document type and entities other than the five of XML are
//! refused, and size, depth and numbers are limited, so no text can exhaust memory or stack.

use std::borrow::Cow;
use std::fmt::Write as _;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

/// The longest document in bytes. The service's own limits are those of URLs, far below (queries.md A.1); views
/// stored in rows may be longer.
const LONGEST: usize = 1 << 20;
/// How deep elements may nest.
const DEEPEST: usize = 100;
/// How many elements there may be: 500 conditions, some with lists of values.
const MOST_ELEMENTS: usize = 50_000;
/// How many attributes an element may have.
const MOST_ATTRIBUTES: usize = 32;

/// An element.
#[derive(Debug, Default)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) children: Vec<Element>,
    /// The text directly within it.
    pub(super) text: String,
}

/// Why a text is no document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// It is not well formed.
    Malformed,
    /// It declares or refers to what a query has no use for.
    Declares,
    /// It is larger or deeper than anybody needs.
    TooLarge,
}

/// Reads a document.
pub(super) fn read(text: &str) -> Result<Element, Failure> {
    if text.len() > LONGEST {
        return Err(Failure::TooLarge);
    }
    let text = text.trim_start_matches('\u{feff}').trim();
    let mut reader = Reader::from_str(text);
    // The element whose end is awaited comes last.
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    let mut elements = 0;
    loop {
        match reader.read_event().map_err(|_| Failure::Malformed)? {
            Event::Start(start) => {
                open.push(begin(&start, &open, root.is_some(), &mut elements)?);
            }
            Event::Empty(start) => {
                let element = begin(&start, &open, root.is_some(), &mut elements)?;
                end(element, &mut open, &mut root);
            }
            Event::End(_) => {
                let element = open.pop().ok_or(Failure::Malformed)?;
                end(element, &mut open, &mut root);
            }
            Event::Text(text) => push_text(&mut open, &text.xml10_content())?,
            Event::CData(text) => push_text(&mut open, &text.xml10_content())?,
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().map_err(|_| Failure::Malformed)?;
                match character {
                    Some(character) => push_text(&mut open, character.encode_utf8(&mut [0; 4]))?,
                    None => push_text(&mut open, predefined(&reference).ok_or(Failure::Declares)?)?,
                }
            }
            Event::DocType(_) => return Err(Failure::Declares),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    if !open.is_empty() {
        return Err(Failure::Malformed);
    }
    root.ok_or(Failure::Malformed)
}

/// A start tag in its place.
fn begin(
    start: &BytesStart<'_>,
    open: &[Element],
    ended: bool,
    count: &mut usize,
) -> Result<Element, Failure> {
    *count += 1;
    if open.len() >= DEEPEST || *count > MOST_ELEMENTS {
        return Err(Failure::TooLarge);
    }
    if ended && open.is_empty() {
        return Err(Failure::Malformed);
    }
    let name = start.name();
    let mut element = Element { name: name.as_ref().to_owned(), ..Element::default() };
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_| Failure::Malformed)?;
        if element.attributes.len() == MOST_ATTRIBUTES {
            return Err(Failure::TooLarge);
        }
        if attribute.value.contains('<') {
            return Err(Failure::Malformed);
        }
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|_| Failure::Malformed)?;
        element.attributes.push((attribute.key.as_ref().to_owned(), checked(value)?));
    }
    Ok(element)
}

/// An element is complete: it becomes a part of the one around it, or the document.
fn end(element: Element, open: &mut [Element], root: &mut Option<Element>) {
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None => *root = Some(element),
    }
}

fn push_text(open: &mut [Element], text: &str) -> Result<(), Failure> {
    match open.last_mut() {
        Some(element) => element.text.push_str(&checked(Cow::Borrowed(text))?),
        None if text.trim().is_empty() => {}
        None => return Err(Failure::Malformed),
    }
    Ok(())
}

/// A text that XML can hold.
fn checked(text: Cow<'_, str>) -> Result<String, Failure> {
    let allowed =
        |c: char| !(c < ' ' && !matches!(c, '\t' | '\n' | '\r') || matches!(c, '\u{fffe}' | '\u{ffff}'));
    if text.chars().all(allowed) { Ok(text.into_owned()) } else { Err(Failure::Malformed) }
}

/// The five entities that need no declaration.
fn predefined(name: &str) -> Option<&'static str> {
    Some(match name {
        "lt" => "<",
        "gt" => ">",
        "amp" => "&",
        "apos" => "'",
        "quot" => "\"",
        _ => return None,
    })
}

impl Element {
    /// The element as text.
    pub(super) fn to_xml(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        open_tag(out, &self.name, self.attributes.iter().map(|(name, value)| (&**name, &**value)));
        if self.children.is_empty() && self.text.trim().is_empty() {
            out.push_str(" />");
            return;
        }
        out.push('>');
        for child in &self.children {
            child.write(out);
        }
        escape(out, self.text.trim());
        let _ = write!(out, "</{}>", self.name);
    }
}

/// Appends a start tag without its end: `<name a="b"`.
pub(super) fn open_tag<'t>(
    out: &mut String,
    name: &str,
    attributes: impl Iterator<Item = (&'t str, &'t str)>,
) {
    out.push('<');
    out.push_str(name);
    for (name, value) in attributes {
        out.push(' ');
        out.push_str(name);
        out.push_str("=\"");
        escape(out, value);
        out.push('"');
    }
}

/// Appends text so that it reads back the same in an attribute and between tags.
pub(super) fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // What is normalized where it is not escaped.
            c if c.is_control() || matches!(c, '\u{85}' | '\u{2028}') => {
                let _ = write!(out, "&#x{:x};", u32::from(c));
            }
            c => out.push(c),
        }
    }
}
