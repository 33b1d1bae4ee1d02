//! Method, address and headers of a request and of its answer, written down as they are kept.
//!
//! Fields stand one after another, each behind its length: method, address, the request's headers, an empty field, the
//! answer's headers, an empty field, rules, code. Of a header both lengths come first.

/// What comes before bodies, of a request and of its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head<B = Vec<u8>> {
    bytes: B,
    /// Where the headers of the answer begin.
    answer: u32,
    /// Where the rules stand.
    rules: u32,
}

/// Bytes that most heads fit in.
const USUAL: usize = 1024;

impl Head {
    /// The head of a request, still without headers.
    pub fn asked(method: &str, target: &str) -> Self {
        let mut head = Self { bytes: Vec::with_capacity(USUAL), answer: 0, rules: 0 };
        head.field(method.as_bytes());
        head.field(target.as_bytes());
        head
    }

    /// Adds a header: of the request before, and of the answer after [`Head::answered`]. Its name is not empty.
    pub fn header(&mut self, name: &str, value: &[u8]) {
        let (name, value) = (measured(name.as_bytes()), measured(value));
        let lengths = u64::from(name.0) | u64::from(value.0) << 32;
        self.bytes.extend_from_slice(&lengths.to_le_bytes());
        self.bytes.extend_from_slice(name.1);
        self.bytes.extend_from_slice(value.1);
    }

    /// Begins the head of the answer.
    pub fn answered(&mut self) {
        self.answer = self.section();
    }

    /// Ends the head of the answer with the documented rules it names, separated by commas, and the code of the error
    /// it tells. Either may be empty.
    pub fn decided(&mut self, rules: &str, code: &str) {
        self.rules = self.section();
        self.field(rules.as_bytes());
        self.field(code.as_bytes());
    }

    /// Ends a row of headers, and tells where the next begins.
    fn section(&mut self) -> u32 {
        self.field(&[]);
        u32::try_from(self.bytes.len()).unwrap_or(u32::MAX)
    }

    fn field(&mut self, field: &[u8]) {
        let (len, field) = measured(field);
        self.bytes.extend_from_slice(&len.to_le_bytes());
        self.bytes.extend_from_slice(field);
    }
}

/// A field with its length. Nothing that a connection takes for a head is longer than the longest.
fn measured(field: &[u8]) -> (u32, &[u8]) {
    let len = u32::try_from(field.len()).unwrap_or(u32::MAX);
    (len, &field[..len as usize])
}

impl<B> Head<B> {
    /// The same with its bytes elsewhere.
    pub(super) fn map<C>(self, keep: impl FnOnce(B) -> C) -> Head<C> {
        Head { bytes: keep(self.bytes), answer: self.answer, rules: self.rules }
    }
}

impl<B: AsRef<[u8]>> Head<B> {
    /// The same, borrowed.
    pub(super) fn borrowed(&self) -> Head<&[u8]> {
        Head { bytes: self.bytes.as_ref(), answer: self.answer, rules: self.rules }
    }

    /// Method and address as bytes.
    pub(super) fn address(&self) -> [&[u8]; 2] {
        let mut rest = self.bytes.as_ref();
        [field(&mut rest), field(&mut rest)]
    }

    /// The method.
    pub fn method(&self) -> &str {
        text(self.address()[0])
    }

    /// The address as it was sent.
    pub fn target(&self) -> &str {
        text(self.address()[1])
    }

    /// The headers of the request.
    pub fn request_headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let mut rest = self.bytes.as_ref();
        field(&mut rest);
        field(&mut rest);
        headers(rest)
    }

    /// The headers of the answer.
    pub fn response_headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        headers(self.section_at(self.answer))
    }

    /// The documented rules that the answer names, separated by commas.
    pub fn rules(&self) -> &str {
        text(field(&mut self.section_at(self.rules)))
    }

    /// The code of the error that the answer tells, or nothing.
    pub fn code(&self) -> &str {
        let mut rest = self.section_at(self.rules);
        field(&mut rest);
        text(field(&mut rest))
    }

    /// Nothing, where it was not written yet.
    fn section_at(&self, start: u32) -> &[u8] {
        if start == 0 { &[] } else { self.bytes.as_ref().get(start as usize..).unwrap_or_default() }
    }
}

/// The headers up to an empty field.
fn headers(mut rest: &[u8]) -> impl Iterator<Item = (&str, &[u8])> {
    std::iter::from_fn(move || {
        let name = length(&mut rest).filter(|len| *len > 0)?;
        let value = length(&mut rest)?;
        Some((text(taken(&mut rest, name)), taken(&mut rest, value)))
    })
}

/// Takes a field off the front; an empty one where there is none.
fn field<'h>(rest: &mut &'h [u8]) -> &'h [u8] {
    length(rest).map_or(&[], |len| taken(rest, len))
}

/// Takes a length off the front.
fn length(rest: &mut &[u8]) -> Option<usize> {
    let (len, behind) = rest.split_first_chunk()?;
    *rest = behind;
    Some(u32::from_le_bytes(*len) as usize)
}

/// Takes so many bytes off the front, or what there is.
fn taken<'h>(rest: &mut &'h [u8], len: usize) -> &'h [u8] {
    let (field, behind) = rest.split_at_checked(len).unwrap_or((rest, &[]));
    *rest = behind;
    field
}

/// What was written from a text.
fn text(field: &[u8]) -> &str {
    str::from_utf8(field).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_as_it_was_written() {
        let mut head = Head::asked("GET", "/a?b");
        head.header("accept", b"text");
        head.header("x", b"\xff");
        assert_eq!((head.method(), head.target(), head.rules(), head.code()), ("GET", "/a?b", "", ""));
        assert_eq!(head.response_headers().count(), 0);
        head.answered();
        head.header("etag", b"1");
        assert_eq!(head.rules(), "");
        head.decided("U12, L3", "0x1");
        let kept = head.borrowed().map(<[u8]>::to_vec);
        assert_eq!(
            (kept.method(), kept.target(), kept.rules(), kept.code()),
            ("GET", "/a?b", "U12, L3", "0x1")
        );
        assert_eq!(kept.request_headers().collect::<Vec<_>>(), [("accept", &b"text"[..]), ("x", b"\xff")]);
        assert_eq!(kept.response_headers().collect::<Vec<_>>(), [("etag", &b"1"[..])]);
    }

    #[test]
    fn what_was_not_written_is_empty() {
        let of = |bytes: &'static [u8]| Head { bytes, answer: 9, rules: 9 };
        for bytes in [&b""[..], b"\x01\0", b"\x09\0\0\0a"] {
            let head = of(bytes);
            assert_eq!((head.target(), head.rules(), head.request_headers().count()), ("", "", 0));
        }
    }
}
