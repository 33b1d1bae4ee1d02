//! The query string: options, parameter aliases, and what is neither.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::error::bad_syntax;
use crate::fault::{Fault, Result, code};

/// Name and value, percent-decoded.
pub(super) type Pair<'q> = (Cow<'q, str>, Cow<'q, str>);

/// The query options of a request, in its order. Names are decoded as well as values, and `+` is a blank in both.
#[derive(Debug, Clone, Default)]
pub(super) struct Options<'q> {
    pairs: Vec<Pair<'q>>,
}

/// Options of other query languages; they have no `$`.
const LANGUAGES: &[&str] = &["fetchXml", "savedQuery", "userQuery", "sql"];

impl<'q> Options<'q> {
    /// Reads a query string.
    ///
    /// # Errors
    ///
    /// `CrmHttpError` where it decodes to what is no text.
    pub(super) fn read(query: &'q str) -> Result<Self> {
        let mut pairs = Vec::new();
        for part in query.split('&').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            pairs.push((trimmed(decode(name)?), decode(value)?));
        }
        Ok(Self { pairs })
    }

    /// All of them, as the query languages take them.
    pub(super) fn pairs(&self) -> &[Pair<'q>] {
        &self.pairs
    }

    /// The value of an option.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(of, _)| of == name).map(|(_, value)| value.trim())
    }

    /// Refuses options that do not apply to what is addressed. What has neither a `$` nor a meaning is ignored, as
    /// the service does; names are case-sensitive, so `$Select` is no option.
    ///
    /// # Errors
    ///
    /// `CrmHttpError` for the first that does not apply.
    pub(super) fn allow(&self, allowed: &[&str]) -> Result<()> {
        for (name, _) in &self.pairs {
            let means_something = name.starts_with('$') || LANGUAGES.contains(&&**name);
            if means_something && !allowed.contains(&&**name) {
                return Err(refused(name));
            }
        }
        Ok(())
    }
}

fn refused(name: &str) -> Fault {
    if name == "$skip" {
        return Fault::with(&code::CrmHttpError, "Skip Clause is not supported in CRM");
    }
    Fault::with(&code::CrmHttpError, format!("The query parameter '{name}' is not supported."))
        .hint("The option is unknown, or does not apply to what the address names.")
}

fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) if text.trim().len() == text.len() => Cow::Owned(text),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

/// Decodes a part of a query string once.
fn decode(text: &str) -> Result<Cow<'_, str>> {
    if memchr::memchr2(b'%', b'+', text.as_bytes()).is_none() {
        return Ok(Cow::Borrowed(text));
    }
    if text.contains('+') {
        let blanks = text.replace('+', " ");
        return match percent_decode_str(&blanks).decode_utf8() {
            Ok(decoded) => Ok(Cow::Owned(decoded.into_owned())),
            Err(_) => Err(bad_syntax()),
        };
    }
    percent_decode_str(text).decode_utf8().map_err(|_| bad_syntax())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_decoded_once() {
        let query = "%24select=name%2Caccountnumber&%24filter=name+eq+%27a+b%27&$count=true&%40p1=%252B&flag&$top%20=%203";
        let options = Options::read(query).unwrap();
        assert_eq!(options.get("$select"), Some("name,accountnumber"));
        assert_eq!(options.get("$filter"), Some("name eq 'a b'"));
        assert_eq!(options.get("$count"), Some("true"));
        assert_eq!(options.get("@p1"), Some("%2B"));
        assert_eq!(options.get("flag"), Some(""));
        assert_eq!(options.get("$top"), Some("3"));
        assert_eq!(options.get("$Select"), None);
    }

    #[test]
    fn nothing_that_has_a_meaning_is_passed_over() {
        let allow = |query: &str| Options::read(query).unwrap().allow(&["$select"]);
        assert!(allow("$select=a&tag=x&partitionId=1&@p=2").is_ok());
        assert_eq!(allow("$skip=1").unwrap_err().message(), "Skip Clause is not supported in CRM");
        assert_eq!(
            allow("$Select=a").unwrap_err().message(),
            "The query parameter '$Select' is not supported."
        );
        assert!(allow("fetchXml=<fetch/>").is_err());
        assert!(Options::read("a=%ff").is_err());
    }
}
