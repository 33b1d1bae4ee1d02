//! Forms and query strings: their fields, and the proof that a form comes from a page of the emulator.

use std::borrow::Cow;

use http::StatusCode;

use super::ask::Refused;
use super::page::Page;

/// The largest form, in bytes.
pub(super) const LARGEST: usize = 1 << 20;

/// The hidden field of every form.
pub(super) const TOKEN: &str = "form_token";

/// The fields of a form or of a query string, in the order they were sent.
#[derive(Debug, Clone, Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads `name=value&…`.
    pub(super) fn read(bytes: &[u8]) -> Self {
        let owned = |(name, value): (Cow<'_, str>, Cow<'_, str>)| (name.into_owned(), value.into_owned());
        Self(form_urlencoded::parse(bytes).map(owned).collect())
    }

    /// The first value of a field that is not blank, without blanks around it.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// As [`Fields::get`], or an empty text.
    pub(super) fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// All values of a field that are not blank.
    pub(super) fn all<'f, 'n>(&'f self, name: &'n str) -> impl Iterator<Item = &'f str> + use<'f, 'n> {
        self.0
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// All fields, blank or not.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }
}

/// Refuses a form that no page of the emulator made. The token is known to those pages only; that a page of another
/// site is refused by its origin already (the front's guard) does not make it superfluous: not every browser tells.
pub(super) fn check(page: &Page) -> Result<(), Refused> {
    let is_own = page.form.get(TOKEN).and_then(|token| token.parse().ok()) == page.form_token();
    if is_own && page.form_token().is_some() {
        return Ok(());
    }
    Err(Refused::own(
        StatusCode::FORBIDDEN,
        "ForeignForm",
        "The form was not made by this emulator, or by one that was started anew since. Open the page again and repeat.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_decoded_and_blank_ones_are_as_good_as_left_out() {
        let fields = Fields::read(b"name=Ann+B%C3%BCrger&role=1&role=&role=2&blank=++");
        assert_eq!(fields.get("name"), Some("Ann Bürger"));
        assert_eq!(fields.all("role").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!((fields.get("blank"), fields.get("missing"), fields.text("missing")), (None, None, ""));
        assert_eq!(fields.iter().count(), 5);
    }
}
