//! Entries of the journal as they are told.

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use uuid::Uuid;

use super::secrets::{REDACTED, is_secret, without_secrets};
use super::{Entry, Kept};

/// An entry of the journal as it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exchange {
    /// Counts up from 1 in each organization.
    pub id: u64,
    /// What the organization's clock showed when the request came.
    pub at: Timestamp,
    /// The organization.
    pub org: String,
    /// The systemuserid of the user it ran as; under impersonation the impersonated one. `None` where nobody found out.
    pub caller: Option<Uuid>,
    /// The full name that this user has now.
    pub caller_name: Option<String>,
    /// The method.
    pub method: String,
    /// The address as it was sent, query included.
    pub url: String,
    /// The status of the answer; `None` where the connection was dropped instead.
    pub status: Option<u16>,
    /// How long the answer took, in real microseconds.
    pub duration_us: u64,
    /// The documented rules that decided or did something.
    pub rules: Vec<String>,
    /// The code of the error.
    pub code: Option<String>,
    /// The entry of the `$batch` it was part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<u64>,
    /// The injection that struck it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub injection: Option<u64>,
    /// What was sent.
    pub request: Message,
    /// What was answered; `None` where the connection was dropped instead.
    pub response: Option<Message>,
}

/// Headers and body of a request or an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Names in lower case, and values; those of one name joined by commas.
    #[serde(serialize_with = "as_map")]
    pub headers: Vec<(String, String)>,
    /// The body as it was sent, where it is text.
    pub body: Option<String>,
    /// Whether `body` is less than was sent.
    #[serde(skip_serializing_if = "is_false")]
    pub truncated: bool,
    /// What to know about a body that is not shown, or not whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
fn is_false(truth: &bool) -> bool {
    !truth
}

fn as_map<S: Serializer>(headers: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(headers.iter().map(|(name, value)| (name, value)))
}

impl Entry {
    /// The entry as it is told, without what proves who the sender is.
    pub fn told(&self, organization: &str, caller_name: Option<String>) -> Exchange {
        let (head, outline) = (&self.head, self.outline);
        let rules = head.rules().split(',').map(str::trim).filter(|rule| !rule.is_empty());
        let response = || Message::of(head.response_headers()).with_body(&self.response);
        Exchange {
            id: self.id,
            at: outline.at,
            org: organization.to_owned(),
            caller: outline.caller,
            caller_name,
            method: head.method().to_owned(),
            url: head.target().to_owned(),
            status: outline.status,
            duration_us: outline.duration_us,
            rules: rules.map(str::to_owned).collect(),
            code: Some(head.code()).filter(|code| !code.is_empty()).map(str::to_owned),
            batch: outline.batch,
            injection: outline.injection,
            request: Message::of(head.request_headers()).with_body(&self.request),
            response: outline.status.map(|_| response()),
        }
    }
}

impl Message {
    fn of<'h>(headers: impl Iterator<Item = (&'h str, &'h [u8])>) -> Self {
        let mut seen: Vec<(String, String)> = Vec::new();
        for (name, value) in headers {
            let value = if is_secret(name) { REDACTED.into() } else { String::from_utf8_lossy(value) };
            match seen.iter_mut().find(|(of, _)| of.eq_ignore_ascii_case(name)) {
                Some((_, values)) => {
                    values.push_str(", ");
                    values.push_str(&value);
                }
                None => seen.push((name.to_ascii_lowercase(), value.into_owned())),
            }
        }
        Self { headers: seen, body: None, truncated: false, note: None }
    }

    /// The value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(of, _)| of == name).map(|(_, value)| &**value)
    }

    fn with_body(mut self, body: &Kept) -> Self {
        let kept = body.bytes.as_deref().unwrap_or_default();
        self.truncated = body.size != Some(kept.len());
        self.note = match body.size {
            _ if !self.truncated => None,
            Some(size) if body.bytes.is_none() => {
                Some(format!("{size} bytes, let go to make room for newer ones"))
            }
            None if body.bytes.is_none() => Some("let go to make room for newer ones".to_owned()),
            Some(size) => Some(format!("the first {} of {size} bytes", kept.len())),
            None if kept.is_empty() => Some("not read".to_owned()),
            None => Some(format!("the first {} bytes of an answer that came in pieces", kept.len())),
        };
        let is_gone = self.truncated && kept.is_empty();
        match text_of(kept, self.truncated) {
            _ if is_gone => {}
            Some(text) => {
                let kind = self.header("content-type").unwrap_or_default();
                self.body = Some(without_secrets(&kind.to_ascii_lowercase(), text));
            }
            None => {
                let size = body.size.unwrap_or(kept.len());
                self.note = Some(format!("{size} bytes that are no text"));
            }
        }
        self
    }
}

/// The bytes as text, without half a letter where they were cut.
fn text_of(bytes: &[u8], is_cut: bool) -> Option<&str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) if is_cut && error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::outline;
    use super::super::{Body, Head, Journal, MOST_OF_A_BODY, Observed};
    use super::*;

    /// What is told of a request with this body.
    fn told(body: Body<&[u8]>) -> Exchange {
        let mut head = Head::asked("GET", "/a");
        for (name, value) in [("Authorization", "Bearer x"), ("prefer", "a"), ("Prefer", "b")] {
            head.header(name, value.as_bytes());
        }
        head.answered();
        head.header("Set-Cookie", b"session=1");
        head.decided("U12, L3", "");
        let journal = Journal::default();
        let outline = outline();
        journal.record(&Observed { outline, head: &head, request: body, response: Body::whole(&[]) }, 1);
        journal.entries(1)[0].told("contoso", None)
    }

    #[test]
    fn bodies_are_cut_between_letters() {
        let mut text = "x".repeat(MOST_OF_A_BODY - 1);
        text.push('ä');
        let cut = told(Body::whole(text.as_bytes())).request;
        assert_eq!(cut.body.map(|body| body.len()), Some(MOST_OF_A_BODY - 1));
        assert_eq!((cut.truncated, cut.note.as_deref()), (true, Some("the first 65536 of 65537 bytes")));
        let binary = told(Body::whole(&[0xff, 0xfe])).request;
        assert_eq!((binary.body, binary.note.as_deref()), (None, Some("2 bytes that are no text")));
        let whole = told(Body::whole(b"abc")).request;
        assert_eq!((whole.body.as_deref(), whole.truncated, whole.note), (Some("abc"), false, None));
        let begun = told(Body::begun(b"abc")).request;
        assert_eq!((begun.body.as_deref(), begun.truncated), (Some("abc"), true));
        let unread = told(Body::begun(b"")).request;
        assert_eq!((unread.body, unread.note.as_deref()), (None, Some("not read")));
        let none = told(Body::whole(b"")).request;
        assert_eq!((none.body.as_deref(), none.truncated, none.note), (Some(""), false, None));
    }

    #[test]
    fn what_proves_who_one_is_is_not_told() {
        let told = told(Body::whole(b""));
        assert_eq!(told.request.header("authorization"), Some("(redacted)"));
        assert_eq!(told.request.header("prefer"), Some("a, b"));
        assert_eq!(told.response.unwrap().header("set-cookie"), Some("(redacted)"));
        assert_eq!((told.rules, told.code), (vec!["U12".to_owned(), "L3".to_owned()], None));
    }
}
