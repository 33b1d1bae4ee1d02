//! Conditional requests: `If-Match` and `If-None-Match`.

use http::HeaderValue;

use crate::fault::{Fault, Result, code};
use crate::service::Precondition;

/// What a conditional header names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    /// `*`: any version.
    Any,
    /// One version; one that no row can have where the text is no version of ours.
    Version(u64),
}

impl Tag {
    /// Reads `W/"123"`, leniently also `"123"` and `123`. The literal word `null`, which nearly every sample sends
    /// with `If-None-Match`, and an empty value are no tag. Source: web-api.md 2.1.
    pub(super) fn read(header: &HeaderValue) -> Option<Self> {
        let text = header.to_str().unwrap_or("?").trim();
        match text {
            "" | "null" => None,
            "*" => Some(Self::Any),
            _ => {
                let text = text.strip_prefix("W/").unwrap_or(text);
                let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
                Some(Self::Version(text.parse().unwrap_or(u64::MAX)))
            }
        }
    }
}

/// The condition that the headers of a write state.
pub(super) fn precondition(if_match: Option<Tag>, if_none_match: Option<Tag>) -> Result<Precondition> {
    match (if_match, if_none_match) {
        (None, None) => Ok(Precondition::None),
        (Some(Tag::Any), None) => Ok(Precondition::Exists),
        (Some(Tag::Version(version)), None) => Ok(Precondition::Version(version)),
        (None, Some(Tag::Any)) => Ok(Precondition::Absent),
        (None, Some(Tag::Version(_))) => Err(Fault::not_emulated("If-None-Match with a version on a write")),
        (Some(_), Some(_)) => Err(Fault::with(
            &code::InvalidArgument,
            "The headers If-Match and If-None-Match contradict each other.",
        )
        .hint("Send If-Match to update only, If-None-Match: * to create only.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_every_form() {
        for (sent, expected) in [
            ("W/\"502186\"", Some(Tag::Version(502_186))),
            ("\"7\"", Some(Tag::Version(7))),
            ("7", Some(Tag::Version(7))),
            ("*", Some(Tag::Any)),
            ("null", None),
            ("", None),
            ("W/\"x\"", Some(Tag::Version(u64::MAX))),
        ] {
            assert_eq!(Tag::read(&HeaderValue::from_static(sent)), expected, "{sent}");
        }
    }

    #[test]
    fn conditions_of_writes() {
        assert_eq!(precondition(None, None).unwrap(), Precondition::None);
        assert_eq!(precondition(Some(Tag::Any), None).unwrap(), Precondition::Exists);
        assert_eq!(precondition(None, Some(Tag::Any)).unwrap(), Precondition::Absent);
        assert_eq!(precondition(Some(Tag::Version(3)), None).unwrap(), Precondition::Version(3));
        assert!(precondition(Some(Tag::Any), Some(Tag::Any)).is_err());
    }
}
