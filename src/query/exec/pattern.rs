//! LIKE: `%` any run, `_` one character, `[abc]`, `[a-f]`, `[^abc]`. Source: queries.md A.5.
//!
//! Trailing blanks count here, in the pattern and in the text. Most patterns are a plain text at the start, at the
//! end or anywhere; those are searched for without copying the row's text.

use crate::model::collation;
use crate::query::plan::Operator;

/// A compiled pattern.
#[derive(Debug)]
pub(super) enum Pattern {
    /// The text itself, with nothing before or after.
    Whole(Box<str>),
    /// At the start.
    Start(Box<str>),
    /// At the end.
    End(Box<str>),
    /// Anywhere.
    Within(Box<str>),
    /// Anything else.
    Tokens(Vec<Token>),
    /// A bracket that never closes.
    Nothing,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Run,
    One,
    Char(char),
    Set { negated: bool, ranges: Vec<(char, char)> },
}

impl Pattern {
    /// The pattern of one of the operators that take one.
    pub(super) fn new(operator: Operator, text: &str) -> Self {
        let Some(mut tokens) = tokens(&fold(text)) else { return Self::Nothing };
        match operator {
            Operator::BeginsWith | Operator::DoesNotBeginWith => tokens.push(Token::Run),
            Operator::EndsWith | Operator::DoesNotEndWith => tokens.insert(0, Token::Run),
            _ => {}
        }
        tokens.dedup_by(|a, b| *a == Token::Run && *b == Token::Run);
        let starts = tokens.first() != Some(&Token::Run);
        let ends = tokens.last() != Some(&Token::Run);
        let inner = &tokens[usize::from(!starts)..tokens.len() - usize::from(!ends && tokens.len() > 1)];
        let plain: Option<String> =
            inner.iter().map(|token| if let Token::Char(c) = token { Some(*c) } else { None }).collect();
        match (plain, starts, ends) {
            (None, ..) => Self::Tokens(tokens),
            (Some(text), true, true) => Self::Whole(text.into()),
            (Some(text), true, false) => Self::Start(text.into()),
            (Some(text), false, true) => Self::End(text.into()),
            (Some(text), false, false) => Self::Within(text.into()),
        }
    }

    /// Whether a text matches.
    pub(super) fn matches(&self, text: &str) -> bool {
        if text.is_ascii() {
            return self.matches_ascii(text.as_bytes());
        }
        self.matches_folded(&fold(text))
    }

    /// Whether a text matches that is folded already.
    pub(super) fn matches_folded(&self, folded: &str) -> bool {
        match self {
            Self::Whole(plain) => *folded == **plain,
            Self::Start(plain) => folded.starts_with(&**plain),
            Self::End(plain) => folded.ends_with(&**plain),
            Self::Within(plain) => folded.contains(&**plain),
            Self::Tokens(tokens) => {
                let chars: Vec<char> = folded.chars().collect();
                run(tokens, chars.len(), |at| chars[at])
            }
            Self::Nothing => false,
        }
    }

    fn matches_ascii(&self, text: &[u8]) -> bool {
        match self {
            Self::Whole(plain) => text.eq_ignore_ascii_case(plain.as_bytes()),
            Self::Start(plain) => {
                text.get(..plain.len()).is_some_and(|start| start.eq_ignore_ascii_case(plain.as_bytes()))
            }
            Self::End(plain) => text
                .len()
                .checked_sub(plain.len())
                .is_some_and(|from| text[from..].eq_ignore_ascii_case(plain.as_bytes())),
            Self::Within(plain) => within(text, plain.as_bytes()),
            Self::Tokens(tokens) => run(tokens, text.len(), |at| char::from(text[at].to_ascii_lowercase())),
            Self::Nothing => false,
        }
    }
}

/// Whether `text` has `plain`, which is lower case, anywhere in any case.
fn within(text: &[u8], plain: &[u8]) -> bool {
    let Some((&first, tail)) = plain.split_first() else { return true };
    let upper = first.to_ascii_uppercase();
    let mut rest = text;
    while let Some(at) = memchr::memchr2(first, upper, rest) {
        rest = &rest[at + 1..];
        match rest.get(..tail.len()) {
            None => return false,
            Some(candidate) if candidate.eq_ignore_ascii_case(tail) => return true,
            Some(_) => {}
        }
    }
    false
}

/// Matches tokens greedily; on failure only the last run is made longer, which is all that can help.
fn run(tokens: &[Token], length: usize, char_at: impl Fn(usize) -> char) -> bool {
    let (mut token, mut at) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    loop {
        let advanced = match tokens.get(token) {
            Some(Token::Run) => {
                retry = Some((token, at));
                token += 1;
                continue;
            }
            Some(step) if at < length => step.takes(char_at(at)),
            None if at == length => return true,
            _ => false,
        };
        if advanced {
            token += 1;
            at += 1;
            continue;
        }
        match &mut retry {
            Some((run, from)) if *from < length => {
                *from += 1;
                at = *from;
                token = *run + 1;
            }
            _ => return false,
        }
    }
}

impl Token {
    fn takes(&self, c: char) -> bool {
        match self {
            Self::Run => false,
            Self::One => true,
            Self::Char(own) => *own == c,
            Self::Set { negated, ranges } => {
                ranges.iter().any(|(from, to)| (*from..=*to).contains(&c)) != *negated
            }
        }
    }
}

/// The tokens of a folded pattern; `None` where a bracket never closes.
fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        tokens.push(match c {
            '%' => Token::Run,
            '_' => Token::One,
            '[' => {
                let end = rest.find(']')?;
                let set = set(&rest[..end]);
                rest = &rest[end + 1..];
                set
            }
            other => Token::Char(other),
        });
    }
    Some(tokens)
}

/// What stands between brackets. A set of one plain character is how a wildcard is written literally.
fn set(text: &str) -> Token {
    let (negated, text) = match text.strip_prefix('^') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let chars: Vec<char> = text.chars().collect();
    if let ([only], false) = (chars.as_slice(), negated) {
        return Token::Char(*only);
    }
    let mut ranges = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        if chars.get(at + 1) == Some(&'-') && at + 2 < chars.len() {
            ranges.push((chars[at], chars[at + 2]));
            at += 3;
        } else {
            ranges.push((chars[at], chars[at]));
            at += 1;
        }
    }
    Token::Set { negated, ranges }
}

/// As [`collation::fold`], trailing blanks kept.
pub(super) fn fold(text: &str) -> std::borrow::Cow<'_, str> {
    let blanks = text.len() - text.trim_end_matches(' ').len();
    let folded = collation::fold(text);
    if blanks == 0 {
        return folded;
    }
    let mut folded = folded.into_owned();
    folded.extend(std::iter::repeat_n(' ', blanks));
    folded.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_sql_server_does() {
        for (pattern, text, expected) in [
            ("%son%", "Johnson", true),
            ("%SON%", "johnSONville", true),
            ("%son%", "so", false),
            ("%%", "", true),
            ("%", "anything", true),
            ("", "", true),
            ("", "a", false),
            ("café", "CAFE", true),
            ("%é%", "resume", true),
            ("a_c", "abc", true),
            ("a_c", "ac", false),
            ("[a-c]x", "Bx", true),
            ("[^a-c]x", "Bx", false),
            ("[^a-c]x", "dx", true),
            ("50[%]", "50%", true),
            ("50[%]", "500", false),
            ("a[_]b", "a_b", true),
            ("a[_]b", "axb", false),
            ("[[]x", "[x", true),
            ("[x", "[x", false),
            ("a%b%c", "a--b--b--c", true),
            ("a%b%c", "a--b--b--cd", false),
            ("%ab", "aab", true),
            ("abc ", "abc", false),
            ("abc", "abc ", false),
            ("%", "Ж", true),
            ("_", "Ж", true),
            ("[]", "a", false),
        ] {
            assert_eq!(
                Pattern::new(Operator::Like, pattern).matches(text),
                expected,
                "{text:?} like {pattern:?}"
            );
        }
        assert!(Pattern::new(Operator::BeginsWith, "ab").matches("ABc"));
        assert!(!Pattern::new(Operator::BeginsWith, "ab").matches("xab"));
        assert!(Pattern::new(Operator::EndsWith, "ab").matches("xAB"));
        assert!(!Pattern::new(Operator::EndsWith, "ab").matches("b"));
        assert!(Pattern::new(Operator::BeginsWith, "%b").matches("xab"));
    }
}
