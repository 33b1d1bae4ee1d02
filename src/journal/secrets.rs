//! What proves who somebody is, kept out of what the journal tells.

/// What stands for what is not told.
pub(super) const REDACTED: &str = "(redacted)";
/// Headers that prove who the sender is.
const SECRET: &[&str] = &["authorization", "proxy-authorization", "cookie", "set-cookie"];

/// Whether a header of this name proves who the sender is.
pub(super) fn is_secret(name: &str) -> bool {
    SECRET.iter().any(|secret| secret.eq_ignore_ascii_case(name))
}

/// The text of a body as it is told. JSON comes under any media type: within a batch, and from curl as a form.
pub(super) fn without_secrets(kind: &str, text: &str) -> String {
    let is_form = kind.starts_with("application/x-www-form-urlencoded");
    if is_form && !text.trim_start().starts_with(['{', '[']) {
        redacted_form(text)
    } else if kind.starts_with("multipart/") {
        redacted_json(&redacted(text))
    } else {
        redacted_json(text)
    }
}

/// A batch brings the headers of its requests in its body.
fn redacted(text: &str) -> String {
    text.split_inclusive('\n')
        .map(|line| match line.split_once(':') {
            Some((name, rest)) if is_secret(name.trim()) => {
                let end = &rest[rest.trim_end_matches(['\r', '\n']).len()..];
                format!("{name}: {REDACTED}{end}")
            }
            _ => line.to_owned(),
        })
        .collect()
}

/// Whether a field or a member of this name holds what nobody else should read.
fn names_secret(name: &str) -> bool {
    const SECRET: &[&str] = &["password", "passwd", "secret", "token", "assertion"];
    let name = name.to_ascii_lowercase();
    SECRET.iter().any(|part| name.contains(part))
}

/// A new account of the directory comes with its password. Only texts are secrets: what else has such a name (an object, a
/// boolean) tells about them. Works on what need not be whole or well-formed.
fn redacted_json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut rest, mut is_secret) = (text, false);
    while let Some(start) = rest.find('"') {
        let (before, from) = rest.split_at(start);
        if before.contains([',', '{', '}', '[', ']']) {
            is_secret = false;
        }
        let inside = &from[1..];
        let mut is_escaped = false;
        let end = inside.find(|letter| {
            let is_end = letter == '"' && !is_escaped;
            is_escaped = letter == '\\' && !is_escaped;
            is_end
        });
        let (string, after) = end.map_or((inside, ""), |end| (&inside[..end], &inside[end + 1..]));
        let quote = if end.is_some() { "\"" } else { "" };
        let is_name = after.trim_start().starts_with(':');
        let shown = if is_secret && !is_name { REDACTED } else { string };
        out.extend([before, "\"", shown, quote]);
        is_secret = is_name && names_secret(string);
        rest = after;
    }
    out + rest
}

/// A form of a sign-in page brings a password, one of a program a secret.
fn redacted_form(text: &str) -> String {
    let fields = text.split('&').map(|field| match field.split_once('=') {
        Some((name, _)) if names_secret(name) => format!("{name}={REDACTED}"),
        _ => field.to_owned(),
    });
    fields.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_within_a_batch_are_not_told() {
        let batch = "--b\r\nAUTHORIZATION: Bearer x\r\nAccept: a\r\ncookie:x\r\n\r\n{\"cookie\": 1}\r\n";
        assert_eq!(
            redacted(batch),
            "--b\r\nAUTHORIZATION: (redacted)\r\nAccept: a\r\ncookie: (redacted)\r\n\r\n{\"cookie\": 1}\r\n"
        );
    }

    #[test]
    fn secrets_are_not_told_whatever_a_body_is_called() {
        let told = r#"{"password":"(redacted)"}"#;
        let sent = r#"{"password":"x"}"#;
        for kind in
            ["application/json", "", "text/plain", "application/x-www-form-urlencoded", "multipart/mixed"]
        {
            assert_eq!(without_secrets(kind, sent), told, "{kind}");
        }
        assert_eq!(
            without_secrets("application/x-www-form-urlencoded", "token=1&a=b"),
            "token=(redacted)&a=b"
        );
    }

    #[test]
    fn secrets_in_json_are_not_told() {
        for (sent, told) in [
            (
                r#"{"displayName":"A","passwordProfile":{"password":"x\"y","forceChangePasswordNextSignIn":true},"mail":"m"}"#,
                r#"{"displayName":"A","passwordProfile":{"password":"(redacted)","forceChangePasswordNextSignIn":true},"mail":"m"}"#,
            ),
            (
                r#"{"client_secret" : "s" , "name":"password"}"#,
                r#"{"client_secret" : "(redacted)" , "name":"password"}"#,
            ),
            (r#"{"token":1,"name":"n"}"#, r#"{"token":1,"name":"n"}"#),
            (r#"{"password":"cut of"#, r#"{"password":"(redacted)"#),
            ("no JSON", "no JSON"),
            ("", ""),
        ] {
            assert_eq!(redacted_json(sent), told);
        }
    }

    #[test]
    fn secrets_in_forms_are_not_told() {
        let form = "user=alice&password=x%26y&client_secret=z&_Token=1&scope=a&flag";
        assert_eq!(
            redacted_form(form),
            "user=alice&password=(redacted)&client_secret=(redacted)&_Token=(redacted)&scope=a&flag"
        );
    }
}
