//! The path of a request: its segments, keys in parentheses made segments of their own.

use percent_encoding::percent_decode_str;

use super::error::{self, Result};

/// Words of addresses, whose case does not matter.
const WORDS: &[&str] = &[
    "$batch",
    "$count",
    "$metadata",
    "$ref",
    "$value",
    "assignLicense",
    "deletedItems",
    "directory",
    "directoryObjects",
    "directoryRoleTemplates",
    "directoryRoles",
    "groups",
    "licenseDetails",
    "me",
    "memberOf",
    "members",
    "organization",
    "restore",
    "subscribedSkus",
    "transitiveMemberOf",
    "transitiveMembers",
    "users",
];

/// The segments of a path, percent-decoded once. `users('x')` is `users` and `x`.
///
/// # Errors
///
/// `BadRequest` where a segment decodes to what is no text.
pub(super) fn segments(path: &str) -> Result<Vec<String>> {
    let mut segments = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        let text = percent_decode_str(part).decode_utf8().map_err(|_| error::bad_address())?;
        match keyed(&text) {
            Some((name, key)) => {
                segments.push(canonical(name));
                if !key.is_empty() {
                    segments.push(key);
                }
            }
            None => segments.push(canonical(&text)),
        }
    }
    Ok(segments)
}

/// Name and key of `users('x')`, `directoryRoles(roleTemplateId='x')`, `delta()`.
fn keyed(text: &str) -> Option<(&str, String)> {
    let (name, key) = text.strip_suffix(')')?.split_once('(')?;
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
    is_name.then(|| {
        let key = match key.split_once('=') {
            Some((of, value)) if !of.contains('\'') => format!("{of}={}", unquoted(value)),
            _ => unquoted(key),
        };
        (name, key)
    })
}

fn unquoted(text: &str) -> String {
    let inner = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
    inner.map_or_else(|| text.to_owned(), |inner| inner.replace("''", "'"))
}

fn canonical(text: &str) -> String {
    WORDS.iter().find(|word| word.eq_ignore_ascii_case(text)).map_or(text, |word| word).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_to_segments() {
        for (path, expected) in [
            ("", ""),
            ("users/", "users"),
            ("Users/ann%40contoso.com/LicenseDetails", "users | ann@contoso.com | licenseDetails"),
            ("users('ann@contoso.com')/memberOf", "users | ann@contoso.com | memberOf"),
            ("users('O''Brian@contoso.com')", "users | O'Brian@contoso.com"),
            ("directoryRoles/roleTemplateId=1", "directoryRoles | roleTemplateId=1"),
            (
                "directoryRoles(roleTemplateId='1')/members/%24ref",
                "directoryRoles | roleTemplateId=1 | members | $ref",
            ),
            ("users/delta()", "users | delta"),
            (
                "directory//deletedItems/microsoft.graph.user",
                "directory | deletedItems | microsoft.graph.user",
            ),
        ] {
            assert_eq!(segments(path).unwrap().join(" | "), expected, "{path}");
        }
        assert!(segments("users/%ff").is_err());
    }
}
