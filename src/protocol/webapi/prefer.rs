//! The `Prefer` header: several headers, several preferences in one, separated by commas or semicolons.

use http::HeaderValue;

use super::annotations::Wanted;

/// What a request prefers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Prefer {
    /// `return=representation`: the row as it now is comes back.
    pub(super) representation: bool,
    /// `odata.maxpagesize`.
    pub(super) page_size: Option<u32>,
    /// `odata.include-annotations`.
    pub(super) annotations: Wanted,
    /// The list of annotations as it was sent, for `Preference-Applied`.
    annotations_sent: Option<String>,
    /// `odata.track-changes`.
    pub(super) track_changes: bool,
    /// `odata.continue-on-error`, of a batch.
    pub(super) continue_on_error: bool,
}

impl Prefer {
    /// Adds the preferences of one header. Preferences nobody knows do not count (RFC 7240), nor do page sizes that
    /// are no positive number.
    pub(super) fn read(&mut self, header: &HeaderValue) {
        let Ok(text) = header.to_str() else { return };
        for preference in preferences(text) {
            let (name, value) = preference.split_once('=').unwrap_or((preference, ""));
            let (name, value) = (name.trim(), unquoted(value.trim()));
            if name.eq_ignore_ascii_case("return") {
                self.representation = value.eq_ignore_ascii_case("representation");
            } else if name.eq_ignore_ascii_case("odata.maxpagesize") {
                self.page_size = value.parse().ok().filter(|size| *size > 0);
            } else if name.eq_ignore_ascii_case("odata.include-annotations") {
                self.annotations = Wanted::of(value);
                self.annotations_sent = Some(value.to_owned());
            } else if name.eq_ignore_ascii_case("odata.track-changes") {
                self.track_changes = true;
            } else if name.eq_ignore_ascii_case("odata.continue-on-error") {
                self.continue_on_error = !value.eq_ignore_ascii_case("false");
            }
        }
    }

    /// The value of `Preference-Applied` for an answer that honoured these; `None` where there were none.
    /// `representation` and `paged` say whether the request was one to which those preferences apply.
    pub(super) fn applied(&self, representation: bool, paged: bool) -> Option<HeaderValue> {
        let mut applied = Vec::new();
        let separate = |applied: &mut Vec<u8>| {
            if !applied.is_empty() {
                applied.extend_from_slice(b"; ");
            }
        };
        if let Some(list) = &self.annotations_sent {
            applied.extend_from_slice(b"odata.include-annotations=\"");
            applied.extend_from_slice(list.as_bytes());
            applied.push(b'"');
        }
        if let (true, Some(size)) = (paged, self.page_size) {
            separate(&mut applied);
            applied.extend_from_slice(b"odata.maxpagesize=");
            super::encode::text::integer(&mut applied, size);
        }
        if representation && self.representation {
            separate(&mut applied);
            applied.extend_from_slice(b"return=representation");
        }
        if applied.is_empty() {
            None
        } else {
            HeaderValue::from_maybe_shared(bytes::Bytes::from(applied)).ok()
        }
    }
}

/// The preferences of one header; what stands in quotes does not separate.
fn preferences(text: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |c| {
        quoted ^= c == '"';
        !quoted && (c == ',' || c == ';')
    })
    .map(str::trim)
    .filter(|preference| !preference.is_empty())
}

fn unquoted(value: &str) -> &str {
    value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(headers: &[&'static str]) -> Prefer {
        let mut prefer = Prefer::default();
        for header in headers {
            prefer.read(&HeaderValue::from_static(header));
        }
        prefer
    }

    #[test]
    fn every_way_to_send_several() {
        let expected = read(&[r#"odata.include-annotations="*""#, "odata.maxpagesize=4"]);
        assert_eq!(expected.page_size, Some(4));
        assert_eq!(expected.annotations, Wanted::of("*"));
        for sent in [
            r#"odata.maxpagesize=4; odata.include-annotations="*""#,
            r#"odata.include-annotations="*",odata.maxpagesize=4"#,
            "OData.MaxPageSize = 4 , odata.include-annotations=*",
        ] {
            assert_eq!(read(&[sent]), expected, "{sent}");
        }
        let list = "odata.include-annotations=\"Microsoft.Dynamics.CRM.lookuplogicalname,OData.Community.Display.V1.FormattedValue\";return=representation";
        let both = read(&[list]);
        assert!(both.representation);
        assert!(both.annotations.any(Wanted::LOOKUP_NAME) && both.annotations.any(Wanted::FORMATTED));
    }

    #[test]
    fn sizes_that_are_none_and_preferences_nobody_knows_do_not_count() {
        assert_eq!(read(&["odata.maxpagesize=0, respond-async, odata.maxpagesize=x"]), Prefer::default());
    }

    #[test]
    fn what_was_honoured_is_told() {
        let prefer = read(&[r#"return=representation,odata.include-annotations="*",odata.maxpagesize=4"#]);
        assert_eq!(
            prefer.applied(false, true).unwrap(),
            r#"odata.include-annotations="*"; odata.maxpagesize=4"#
        );
        assert_eq!(
            prefer.applied(true, false).unwrap(),
            r#"odata.include-annotations="*"; return=representation"#
        );
        assert_eq!(Prefer::default().applied(true, true), None);
    }
}
