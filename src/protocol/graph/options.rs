//! The query string.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::error::{self, Result};

/// The query options of a request. Graph takes their names in any case, and with or without the `$`.
#[derive(Debug, Clone, Default)]
pub(super) struct Options<'q> {
    /// By its name, in the order of the request.
    known: Vec<(&'static str, Cow<'q, str>)>,
    /// What begins with a `$` and is no option.
    unknown: Option<String>,
    /// The query as it was sent.
    sent: &'q str,
}

const NAMES: &[&str] = &[
    "$count",
    "$expand",
    "$filter",
    "$format",
    "$orderby",
    "$search",
    "$select",
    "$skip",
    "$skiptoken",
    "$top",
    "$apply",
    "$compute",
    "$deltatoken",
];

impl<'q> Options<'q> {
    /// Reads a query string.
    ///
    /// # Errors
    ///
    /// `BadRequest` where it decodes to what is no text, or says something twice.
    pub(super) fn read(query: &'q str) -> Result<Self> {
        let mut options = Self { sent: query, ..Self::default() };
        for part in parts(query) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let name = decode(name)?;
            match known(&name) {
                Some(name) if options.get(name).is_some() => return Err(error::repeated_option(name)),
                Some(name) => options.known.push((name, decode(value)?)),
                None if name.starts_with('$') => options.unknown = Some(name.into_owned()),
                // What has no meaning to the service is the client's own.
                None => {}
            }
        }
        Ok(options)
    }

    /// The value of an option.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.known.iter().find(|(of, _)| *of == name).map(|(_, value)| value.trim())
    }

    /// Whether the rows are to be counted.
    pub(super) fn counts(&self) -> bool {
        self.get("$count").is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// Refuses options that do not apply to what is addressed.
    ///
    /// # Errors
    ///
    /// For the first that does not apply.
    pub(super) fn allow(&self, allowed: &[&str]) -> Result<()> {
        if let Some(name) = &self.unknown {
            return Err(error::unknown_option(name));
        }
        for (name, _) in &self.known {
            match *name {
                "$format" => {}
                "$expand" | "$apply" | "$compute" | "$deltatoken" => {
                    return Err(error::not_emulated(format_args!("{name} in the directory")));
                }
                name if !allowed.contains(&name) => return Err(error::option_here(name)),
                _ => {}
            }
        }
        Ok(())
    }

    /// The query of the next page.
    pub(super) fn next(&self, token: &str) -> String {
        let kept = parts(self.sent).filter(|part| {
            let name = part.split_once('=').map_or(*part, |(name, _)| name);
            !decode(name).is_ok_and(|name| known(&name) == Some("$skiptoken"))
        });
        let token = format!("$skiptoken={token}");
        kept.map(str::to_owned).chain([token]).collect::<Vec<_>>().join("&")
    }
}

fn parts(query: &str) -> impl Iterator<Item = &str> {
    query.split('&').filter(|part| !part.is_empty())
}

fn known(name: &str) -> Option<&'static str> {
    let bare = name.trim().trim_start_matches('$');
    NAMES.iter().find(|known| known[1..].eq_ignore_ascii_case(bare)).copied()
}

fn decode(text: &str) -> Result<Cow<'_, str>> {
    if text.contains('+') {
        let blanks = text.replace('+', " ");
        let decoded = percent_decode_str(&blanks).decode_utf8().map_err(|_| error::bad_address())?;
        return Ok(Cow::Owned(decoded.into_owned()));
    }
    percent_decode_str(text).decode_utf8().map_err(|_| error::bad_address())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_any_case_with_and_without_the_dollar() {
        let options = Options::read("%24Select=id&top=5&$skipToken=x&mine=1&$filter=a+eq+'b'").unwrap();
        assert_eq!(options.get("$select"), Some("id"));
        assert_eq!(options.get("$top"), Some("5"));
        assert_eq!(options.get("$filter"), Some("a eq 'b'"));
        assert_eq!(options.next("y"), "%24Select=id&top=5&mine=1&$filter=a+eq+'b'&$skiptoken=y");
    }

    #[test]
    fn nothing_that_has_a_meaning_is_passed_over() {
        let allow = |query: &str| Options::read(query).and_then(|options| options.allow(&["$select"]));
        assert_eq!(allow("$select=id&tag=x&$format=json"), Ok(()));
        assert_eq!(allow("$selec=id"), Err(error::unknown_option("$selec")));
        assert_eq!(allow("$skip=1"), Err(error::option_here("$skip")));
        assert_eq!(allow("$expand=manager"), Err(error::not_emulated("$expand in the directory")));
        assert_eq!(allow("$select=id&select=id"), Err(error::repeated_option("$select")));
    }
}
