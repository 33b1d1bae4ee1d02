//! The request headers that change an answer, read in one pass.

use http::{HeaderMap, HeaderValue};

use super::etag::Tag;
use super::prefer::Prefer;
use crate::fault::{Fault, Kind, Result, code};

/// What the headers of a request ask for.
#[derive(Debug, Default)]
pub(super) struct Head<'h> {
    pub(super) prefer: Prefer,
    pub(super) if_match: Option<Tag>,
    pub(super) if_none_match: Option<Tag>,
    content_type: Option<&'h HeaderValue>,
    /// `odata.metadata=none`: rows without context and entity tag.
    pub(super) bare: bool,
    /// A header that asks a write for something the emulator lacks, by its name.
    lacking_on_write: Option<&'static str>,
}

impl<'h> Head<'h> {
    /// Reads the headers.
    ///
    /// # Errors
    ///
    /// `NotEmulated` for headers that ask for what the emulator lacks.
    pub(super) fn read(headers: &'h HeaderMap) -> Result<Self> {
        let mut head = Self::default();
        for (name, value) in headers {
            match name.as_str() {
                "prefer" => head.prefer.read(value),
                "if-match" => head.if_match = Tag::read(value),
                "if-none-match" => head.if_none_match = Tag::read(value),
                "content-type" => head.content_type = Some(value),
                "accept" if value != "application/json" => head.accept(value)?,
                "mscrm.suppressduplicatedetection" if value.as_bytes().eq_ignore_ascii_case(b"false") => {
                    head.lacking_on_write =
                        Some("duplicate detection (MSCRM.SuppressDuplicateDetection: false)");
                }
                "mscrm.solutionuniquename" => {
                    head.lacking_on_write =
                        Some("adding components to a solution (MSCRM.SolutionUniqueName)");
                }
                // Custom logic cannot be bypassed where there is none, caches where nothing is cached, and elastic
                // tables do not exist: MSCRM.Bypass…, MSCRM.SuppressCallbackRegistrationExpanderJob, Consistency,
                // MSCRM.SessionToken have no effect. MSCRM.MergeLabels concerns metadata only.
                _ => {}
            }
        }
        if head.prefer.track_changes {
            return Err(Fault::not_emulated("change tracking (Prefer: odata.track-changes)"));
        }
        Ok(head)
    }

    /// Data comes as JSON whatever is accepted (web-api.md 3.1); the parameters of JSON count.
    fn accept(&mut self, value: &HeaderValue) -> Result<()> {
        let text = value.to_str().unwrap_or_default();
        for parameter in text.split([';', ',']).map(str::trim) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let (name, value) = (name.trim(), value.trim());
            let of_metadata =
                name.eq_ignore_ascii_case("odata.metadata") || name.eq_ignore_ascii_case("metadata");
            if of_metadata && value.eq_ignore_ascii_case("full") {
                return Err(Fault::not_emulated("odata.metadata=full"));
            }
            if name.eq_ignore_ascii_case("IEEE754Compatible") && value.eq_ignore_ascii_case("true") {
                return Err(Fault::not_emulated("IEEE754Compatible=true"));
            }
            self.bare |= of_metadata && value.eq_ignore_ascii_case("none");
        }
        Ok(())
    }

    /// Refuses what a write cannot do.
    ///
    /// # Errors
    ///
    /// `NotEmulated` for headers that ask a write for what the emulator lacks.
    pub(super) fn check_write(&self) -> Result<()> {
        self.lacking_on_write.map_or(Ok(()), |feature| Err(Fault::not_emulated(feature)))
    }

    /// Refuses a body that is not JSON. `Assumed:` code and text; the status is documented (web-api.md 3.1).
    ///
    /// # Errors
    ///
    /// 415 where the body has another media type, or none.
    pub(super) fn check_json(&self) -> Result<()> {
        if self.content_type.is_some_and(|value| value == "application/json") {
            return Ok(());
        }
        let text = self.content_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
        let media = text.split(';').next().unwrap_or_default().trim();
        let is_json = media.eq_ignore_ascii_case("application/json")
            || media
                .get(..12)
                .is_some_and(|start| start.eq_ignore_ascii_case("application/") && media.ends_with("+json"));
        if is_json {
            return Ok(());
        }
        let sent = if media.is_empty() { "none" } else { media };
        Err(Fault::with(
            &code::CrmHttpError,
            format!("A supported MIME type could not be found that matches the content type of the message. None of the supported type(s) 'application/json' matches the content type '{sent}'."),
        )
        .kind_of(Kind::UnsupportedMedia)
        .hint("Send Content-Type: application/json."))
    }

    /// Refuses a batch that is none. JSON batches are of a later version of the protocol.
    ///
    /// # Errors
    ///
    /// 415 where the body has another media type, or none.
    pub(super) fn check_multipart(&self) -> Result<()> {
        let media = self.content_type().split(';').next().unwrap_or_default().trim();
        if media.eq_ignore_ascii_case("multipart/mixed") {
            return Ok(());
        }
        Err(Fault::with(
            &code::CrmHttpError,
            format!("The content type '{media}' is not 'multipart/mixed', the one a batch has."),
        )
        .kind_of(Kind::UnsupportedMedia)
        .hint("Send Content-Type: multipart/mixed; boundary=..."))
    }

    /// The media type and its parameters as they were sent.
    pub(super) fn content_type(&self) -> &'h str {
        self.content_type.and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(list: &[(&'static str, &'static str)]) -> HeaderMap {
        list.iter()
            .map(|(name, value)| {
                (http::HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_static(value))
            })
            .collect()
    }

    #[test]
    fn what_the_emulator_lacks_is_said() {
        for (name, value) in [
            ("Accept", "application/json;odata.metadata=full"),
            ("Accept", "application/json; IEEE754Compatible=true"),
            ("Prefer", "odata.track-changes"),
        ] {
            let fault = Head::read(&headers(&[(name, value)])).unwrap_err();
            assert_eq!(fault.kind(), Kind::NotEmulated, "{name}: {value}");
        }
        let suppress = headers(&[("MSCRM.SuppressDuplicateDetection", "false")]);
        assert!(Head::read(&suppress).unwrap().check_write().is_err());
        let no_effect = headers(&[
            ("MSCRM.SuppressDuplicateDetection", "true"),
            ("MSCRM.BypassCustomPluginExecution", "true"),
            ("If-None-Match", "null"),
            ("Accept", "*/*"),
        ]);
        let head = Head::read(&no_effect).unwrap();
        assert!(head.check_write().is_ok());
        assert_eq!(head.if_none_match, None);
    }

    #[test]
    fn only_json_is_read() {
        for (kind, is_json) in [
            ("application/json", true),
            ("application/json; charset=utf-8", true),
            ("application/json; type=entry", true),
            ("APPLICATION/JSON;odata.metadata=minimal", true),
            ("text/plain", false),
            ("application/xml", false),
            ("", false),
        ] {
            let headers = headers(&[("content-type", kind)]);
            assert_eq!(Head::read(&headers).unwrap().check_json().is_ok(), is_json, "{kind}");
        }
    }

    #[test]
    fn none_of_the_metadata() {
        let headers = headers(&[("accept", "application/json; odata.metadata=none")]);
        assert!(Head::read(&headers).unwrap().bare);
    }
}
