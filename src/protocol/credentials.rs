//! Who a request says is asking: the headers every face reads in the same way.

use http::{HeaderMap, HeaderName, header};
use serde::Deserialize;
use uuid::Uuid;

use crate::identity::{ActAs, Credentials, Who};

/// What the headers of a request say of its sender, kept until it is looked up.
#[derive(Debug, Default)]
pub struct Sent<'h> {
    who: Held<'h>,
    act_as: ActAs<'h>,
}

#[derive(Debug, Default)]
enum Held<'h> {
    #[default]
    Nobody,
    Issued(Uuid),
    Claims(Claims),
    /// The token was read, and names nobody.
    Nameless,
    Name(String),
    Plain(&'h str),
}

/// The claims of a token that say who it is for.
#[derive(Debug, Default, Deserialize)]
struct Claims {
    oid: Option<String>,
    upn: Option<String>,
    preferred_username: Option<String>,
    unique_name: Option<String>,
    appid: Option<String>,
    azp: Option<String>,
}

/// Names the account of the directory that a request acts as.
const CALLER_OBJECT_ID: HeaderName = HeaderName::from_static("callerobjectid");

/// The account of the directory that a request acts as, if it names one.
pub fn account_acted_as(headers: &HeaderMap) -> Option<Uuid> {
    headers.get(CALLER_OBJECT_ID)?.to_str().ok()?.trim().parse().ok()
}

impl<'h> Sent<'h> {
    /// Reads the headers. `issued` knows the emulator's own tokens.
    pub fn read(headers: &'h HeaderMap, issued: impl Fn(&str) -> Option<Uuid>) -> Self {
        let mut sent = Self::default();
        for (name, value) in headers {
            // A header that is no text names nobody who exists.
            let text = || value.to_str().unwrap_or("?");
            if *name == header::AUTHORIZATION {
                sent.who = Held::of(text(), &issued);
            } else if name.as_str() == "mscrmcallerid" {
                sent.act_as.user = Some(text()).filter(|text| !text.trim().is_empty());
            } else if *name == CALLER_OBJECT_ID {
                sent.act_as.object = Some(text()).filter(|text| !text.trim().is_empty());
            }
        }
        sent
    }

    /// What is to be looked up.
    pub fn credentials(&self) -> Credentials<'_> {
        let who = match &self.who {
            Held::Nobody => Who::Nobody,
            Held::Issued(user) => Who::Issued(*user),
            Held::Nameless => Who::Claims { object_id: None, name: None, application: None },
            Held::Name(name) => Who::Name(name),
            Held::Plain(name) => Who::Name(name),
            Held::Claims(claims) => {
                let id = |text: &Option<String>| text.as_deref().and_then(|text| text.trim().parse().ok());
                Who::Claims {
                    object_id: id(&claims.oid),
                    name: [&claims.upn, &claims.preferred_username, &claims.unique_name]
                        .into_iter()
                        .find_map(|name| name.as_deref()),
                    application: id(&claims.appid).or_else(|| id(&claims.azp)),
                }
            }
        };
        Credentials { who, act_as: self.act_as }
    }
}

impl<'h> Held<'h> {
    fn of(header: &'h str, issued: &impl Fn(&str) -> Option<Uuid>) -> Self {
        let (scheme, rest) = header.trim().split_once(' ').unwrap_or((header.trim(), ""));
        let rest = rest.trim();
        if scheme.eq_ignore_ascii_case("bearer") {
            return issued(rest).map_or_else(|| Self::of_token(rest), Self::Issued);
        }
        if scheme.eq_ignore_ascii_case("basic") {
            let pair = base64(rest).and_then(|bytes| String::from_utf8(bytes).ok());
            return match pair {
                Some(pair) => Self::Name(pair.split(':').next().unwrap_or_default().to_owned()),
                None => Self::Plain(rest),
            };
        }
        // Another scheme says nothing that the emulator could look up.
        Self::Nobody
    }

    /// A token with three parts is a JSON web token; its claims are believed. Anything else is opaque.
    fn of_token(token: &str) -> Self {
        let mut parts = token.split('.');
        let (Some(_), Some(payload), Some(_), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Self::Nobody;
        };
        let Some(bytes) = base64(payload) else { return Self::Nobody };
        match serde_json::from_slice::<Claims>(&bytes) {
            Ok(claims) => Self::Claims(claims),
            Err(error) if error.is_data() => Self::Nameless,
            Err(_) => Self::Nobody,
        }
    }
}

/// The bytes of a base64 text of either alphabet, with or without its padding.
fn base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let (mut word, mut bits) = (0_u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        word = (word << 6) | u32::from(digit);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((word >> bits) as u8);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const ID: &str = "00000000-0000-0000-0000-00000000000a";

    fn shown(headers: &[(&'static str, String)]) -> String {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| {
                (http::HeaderName::from_static(name), HeaderValue::try_from(value.as_str()).unwrap())
            })
            .collect();
        let issued = |token: &str| (token == "mine").then(|| ID.parse().unwrap());
        let sent = Sent::read(&headers, issued);
        format!("{:?}", sent.credentials().who)
    }

    /// A token with this payload; base64 of the URL alphabet without padding.
    fn token(payload: &str) -> String {
        const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let mut text = String::new();
        for chunk in payload.as_bytes().chunks(3) {
            let word = chunk.iter().fold(0_u32, |word, byte| (word << 8) | u32::from(*byte))
                << (8 * (3 - chunk.len()));
            for place in 0..=chunk.len() {
                text.push(char::from(ALPHABET[(word >> (18 - 6 * place)) as usize & 63]));
            }
        }
        format!("Bearer e30.{text}.x")
    }

    #[test]
    fn every_way_to_say_who_one_is() {
        assert_eq!(shown(&[]), "Nobody");
        for (header, expected) in [
            ("Bearer opaque".to_owned(), "Nobody".to_owned()),
            ("Bearer mine".to_owned(), format!("Issued({ID})")),
            ("Basic YWxpY2VAY29udG9zby5jb206cHc=".to_owned(), "Name(\"alice@contoso.com\")".to_owned()),
            ("Negotiate abc".to_owned(), "Nobody".to_owned()),
            (
                token(&format!(r#"{{"oid":"{ID}","tid":"x","upn":"a@b"}}"#)),
                format!("Claims {{ object_id: Some({ID}), name: Some(\"a@b\"), application: None }}"),
            ),
            (
                token(&format!(r#"{{"azp":"{ID}","preferred_username":"c@d"}}"#)),
                format!("Claims {{ object_id: None, name: Some(\"c@d\"), application: Some({ID}) }}"),
            ),
            (token("{}"), "Claims { object_id: None, name: None, application: None }".to_owned()),
            (token(r#"{"oid":1}"#), "Claims { object_id: None, name: None, application: None }".to_owned()),
        ] {
            assert_eq!(shown(&[("authorization", header.clone())]), expected, "{header}");
        }
    }

    #[test]
    fn whom_one_acts_as() {
        let mut headers = HeaderMap::new();
        headers.insert("mscrmcallerid", HeaderValue::from_static(ID));
        headers.insert("callerobjectid", HeaderValue::from_static(" "));
        let sent = Sent::read(&headers, |_| None);
        assert_eq!(sent.credentials().act_as, ActAs { user: Some(ID), object: None });
    }
}
