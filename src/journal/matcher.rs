//! Which requests somebody means, and how far others are from it.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Address;

/// Which requests are meant: all that every member given holds of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Matcher {
    /// The method, without regard to case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The path without query and without what names organization and version, as `/systemusers(*)`; `*` stands for
    /// anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The user it ran as: a systemuserid, or a sign-in name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<String>,
    /// The status of the answer: `403`, `"4xx"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// A documented rule that the answer names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// A text within the body of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_contains: Option<String>,
}

/// One status, or all of one hundred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub enum Status {
    /// This one.
    Is(u16),
    /// `4xx`: this many hundreds.
    Hundred(u16),
}

/// A status as it is written.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Number(u16),
    Text(String),
}

/// One member of a matcher, ready to be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Criterion {
    /// The method.
    Method(String),
    /// A pattern of paths.
    Path(String),
    /// The user, and how the matcher names it.
    Caller(Uuid, String),
    /// The status.
    Status(Status),
    /// A rule.
    Rule(String),
    /// A part of the body.
    Body(String),
}

/// What of a request, and of its answer if there is one, a matcher looks at.
#[derive(Debug, Clone)]
pub struct Facts<'f> {
    /// The method.
    pub method: &'f str,
    /// As [`Address::path`].
    pub path: Cow<'f, str>,
    /// The user it runs as.
    pub caller: Option<Uuid>,
    /// The status of the answer.
    pub status: Option<u16>,
    /// The rules of the answer, separated by commas.
    pub rules: &'f str,
    /// The body of the request.
    pub body: &'f [u8],
}

/// A criterion that does not hold of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Miss {
    /// Which member of the matcher.
    pub criterion: &'static str,
    /// What it asks for.
    pub expected: String,
    /// What the request has.
    pub actual: Option<String>,
}

impl Matcher {
    /// Makes the members ready to be compared with requests to an organization. `user` finds one of its users by the
    /// sign-in name.
    ///
    /// # Errors
    ///
    /// A sentence that says which member cannot be.
    pub fn criteria(
        &self,
        organization: &str,
        user: impl Fn(&str) -> Option<Uuid>,
    ) -> Result<Vec<Criterion>, String> {
        let mut criteria = Vec::new();
        if let Some(method) = &self.method {
            if method.is_empty() || !method.bytes().all(|b| b.is_ascii_alphabetic()) {
                return Err(format!("'{method}' is no method"));
            }
            criteria.push(Criterion::Method(method.to_ascii_uppercase()));
        }
        if let Some(path) = &self.path {
            if path.contains(['?', '#']) {
                return Err(format!("'{path}' has a query; a path is compared without"));
            }
            let path = if path.starts_with('*') { path.into() } else { Address::of(path, organization).path };
            criteria.push(Criterion::Path(path.into_owned()));
        }
        if let Some(caller) = &self.caller {
            let id = Uuid::try_parse(caller).ok().or_else(|| user(caller));
            let id = id.ok_or_else(|| format!("'{caller}' is no systemuserid and nobody's sign-in name"))?;
            criteria.push(Criterion::Caller(id, caller.clone()));
        }
        criteria.extend(self.status.map(Criterion::Status));
        if let Some(rule) = &self.rule {
            if rule.trim().is_empty() || rule.contains(',') {
                return Err(format!("'{rule}' is not the number of one rule"));
            }
            criteria.push(Criterion::Rule(rule.trim().to_owned()));
        }
        criteria.extend(self.body_contains.clone().map(Criterion::Body));
        Ok(criteria)
    }
}

impl Criterion {
    /// The member of the matcher it comes from.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Method(_) => "method",
            Self::Path(_) => "path",
            Self::Caller(..) => "caller",
            Self::Status(_) => "status",
            Self::Rule(_) => "rule",
            Self::Body(_) => "body_contains",
        }
    }

    /// Whether it holds.
    pub fn holds(&self, facts: &Facts<'_>) -> bool {
        match self {
            Self::Method(method) => facts.method.eq_ignore_ascii_case(method),
            Self::Path(pattern) => glob(pattern, &facts.path),
            Self::Caller(id, _) => facts.caller == Some(*id),
            Self::Status(status) => facts.status.is_some_and(|actual| status.holds(actual)),
            Self::Rule(rule) => facts.rules.split(',').any(|of| of.trim().eq_ignore_ascii_case(rule)),
            Self::Body(text) => memchr::memmem::find(facts.body, text.as_bytes()).is_some(),
        }
    }

    fn miss(&self, facts: &Facts<'_>) -> Miss {
        let (expected, actual) = match self {
            Self::Method(method) => (method.clone(), Some(facts.method.to_owned())),
            Self::Path(pattern) => (pattern.clone(), Some(facts.path.clone().into_owned())),
            Self::Caller(_, named) => (named.clone(), facts.caller.map(|id| id.to_string())),
            Self::Status(status) => (status.to_string(), facts.status.map(|status| status.to_string())),
            Self::Rule(rule) => {
                (rule.clone(), Some(facts.rules.to_owned()).filter(|rules| !rules.is_empty()))
            }
            Self::Body(text) => (text.clone(), excerpt(facts.body)),
        };
        Miss { criterion: self.name(), expected, actual }
    }
}

/// The criteria that do not hold; none where the request is meant.
pub fn misses(criteria: &[Criterion], facts: &Facts<'_>) -> Vec<Miss> {
    criteria
        .iter()
        .filter(|criterion| !criterion.holds(facts))
        .map(|criterion| criterion.miss(facts))
        .collect()
}

/// The beginning of a body, where it is text.
fn excerpt(body: &[u8]) -> Option<String> {
    const MOST: usize = 200;
    let text = std::str::from_utf8(body).ok().filter(|text| !text.is_empty())?;
    Some(match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    })
}

/// Whether a text is what a pattern says, in which `*` stands for anything, slashes too.
pub(super) fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    // The last star, and where the text went on behind it: only there another try makes sense.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(byte) if *byte == text[t] => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((at, taken)) = star else { return false };
                star = Some((at, taken + 1));
                p = at + 1;
                t = taken + 1;
            }
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

impl Status {
    fn holds(self, actual: u16) -> bool {
        match self {
            Self::Is(status) => status == actual,
            Self::Hundred(hundred) => actual / 100 == hundred,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is(status) => write!(f, "{status}"),
            Self::Hundred(hundred) => write!(f, "{hundred}xx"),
        }
    }
}

impl std::str::FromStr for Status {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let hundred = text.strip_suffix("xx").or_else(|| text.strip_suffix("XX"));
        let number = |text: &str, range: std::ops::RangeInclusive<u16>| {
            text.parse().ok().filter(|number| range.contains(number))
        };
        let read = match hundred {
            Some(hundred) => number(hundred, 1..=5).map(Self::Hundred),
            None => number(text, 100..=999).map(Self::Is),
        };
        read.ok_or_else(|| format!("'{text}' is no status; write 403, or 4xx for all of them"))
    }
}

impl TryFrom<Written> for Status {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        match written {
            Written::Number(number) => number.to_string().parse(),
            Written::Text(text) => text.parse(),
        }
    }
}

impl From<Status> for Written {
    fn from(status: Status) -> Self {
        match status {
            Status::Is(status) => Self::Number(status),
            hundred @ Status::Hundred(_) => Self::Text(hundred.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ID: Uuid = Uuid::from_u128(7);

    fn criteria(matcher: &Matcher) -> Result<Vec<Criterion>, String> {
        matcher.criteria("contoso", |name| (name == "alice@contoso.com").then_some(ID))
    }

    fn facts() -> Facts<'static> {
        Facts {
            method: "POST",
            path: "/systemusers(1)/name".into(),
            caller: Some(ID),
            status: Some(403),
            rules: "X9, R7",
            body: b"{\"name\":\"A. Datum\"}",
        }
    }

    /// Every member by itself, with values that match and values that do not.
    #[test]
    fn a_table_of_matchers() {
        let of = |set: &dyn Fn(&mut Matcher)| {
            let mut matcher = Matcher::default();
            set(&mut matcher);
            misses(&criteria(&matcher).unwrap(), &facts())
                .iter()
                .map(|miss| miss.criterion)
                .collect::<Vec<_>>()
        };
        assert!(of(&|_| ()).is_empty());
        let table: &[(&str, &[&str], &[&str])] = &[
            ("method", &["POST", "post"], &["GET"]),
            (
                "path",
                &[
                    "/systemusers(1)/name",
                    "systemusers(1)/name",
                    "/systemusers(*)/name",
                    "/systemusers(*",
                    "*name",
                    "*",
                    "/*(*)/*",
                    "/api/data/v9.0/systemusers(1)/name",
                    "/contoso/api/data/v9.2/systemusers(*)/name",
                ],
                &[
                    "/systemusers(*)",
                    "/systemusers",
                    "/systemusers(2)/name",
                    "/accounts*",
                    "/Systemusers*",
                    "",
                ],
            ),
            (
                "caller",
                &["00000000-0000-0000-0000-000000000007", "alice@contoso.com"],
                &["00000000-0000-0000-0000-000000000008"],
            ),
            ("status", &["403", "4xx", "4XX"], &["404", "2xx"]),
            ("rule", &["X9", "R7", "r7"], &["X", "R77"]),
            ("body_contains", &["Datum", "", "{\"name\""], &["datum"]),
        ];
        for (member, matching, missing) in table {
            let set = |matcher: &mut Matcher, value: &str| {
                let value = Some(value.to_owned());
                match *member {
                    "method" => matcher.method = value,
                    "path" => matcher.path = value,
                    "caller" => matcher.caller = value,
                    "status" => matcher.status = value.map(|text| text.parse().unwrap()),
                    "rule" => matcher.rule = value,
                    _ => matcher.body_contains = value,
                }
            };
            for value in *matching {
                assert!(of(&|matcher| set(matcher, value)).is_empty(), "{member} {value}");
            }
            for value in *missing {
                assert_eq!(of(&|matcher| set(matcher, value)), [*member], "{value}");
            }
        }
    }

    #[test]
    fn what_cannot_match_is_refused() {
        let refused = |matcher: Matcher| criteria(&matcher).unwrap_err();
        let some = |text: &str| Some(text.to_owned());
        assert!(refused(Matcher { method: some("GET /x"), ..Matcher::default() }).contains("method"));
        assert!(refused(Matcher { path: some("/a?b"), ..Matcher::default() }).contains("query"));
        assert!(refused(Matcher { caller: some("bob"), ..Matcher::default() }).contains("sign-in name"));
        assert!(refused(Matcher { rule: some("X9,R7"), ..Matcher::default() }).contains("one rule"));
        for text in ["", "x", "99", "6xx", "0xx", "4x", "1000"] {
            assert!(text.parse::<Status>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_miss_tells_both_sides() {
        let matcher = Matcher {
            rule: Some("U12".to_owned()),
            body_contains: Some("z".to_owned()),
            status: Some(Status::Hundred(2)),
            ..Matcher::default()
        };
        let found = misses(&criteria(&matcher).unwrap(), &facts());
        let told: Vec<_> = found.iter().map(|miss| (&*miss.expected, miss.actual.as_deref())).collect();
        let body = Some("{\"name\":\"A. Datum\"}");
        assert_eq!(told, [("2xx", Some("403")), ("U12", Some("X9, R7")), ("z", body)]);
    }

    /// The definition: a star is nothing, or one letter and a star.
    fn naive(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern, text) {
            ([b'*', rest @ ..], _) => naive(rest, text) || !text.is_empty() && naive(pattern, &text[1..]),
            ([p, pattern @ ..], [t, text @ ..]) => p == t && naive(pattern, text),
            ([], text) => text.is_empty(),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn globs_are_what_they_are_defined_as(pattern in "[ab*/]{0,8}", text in "[ab/]{0,10}") {
            prop_assert_eq!(glob(&pattern, &text), naive(pattern.as_bytes(), text.as_bytes()));
        }

        #[test]
        fn a_text_with_stars_put_in_matches(text in "[a-z(/)]{0,12}", at in 0_usize..12, length in 0_usize..12) {
            let at = at.min(text.len());
            let end = (at + length).min(text.len());
            let pattern = format!("{}*{}", &text[..at], &text[end..]);
            prop_assert!(glob(&pattern, &text));
        }
    }
}
