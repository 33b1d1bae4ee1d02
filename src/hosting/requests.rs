//! What an organization was asked: its journal, told and verified.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Organization;
use crate::journal::{Criterion, Entry, Exchange, Matcher, Miss, misses};

/// Which entries of the journal are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// What must hold of them.
    pub matcher: Matcher,
    /// Only those that came then or later.
    pub since: Option<Since>,
    /// Only the newest so many.
    pub limit: Option<usize>,
}

/// From when on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// After the entry of this number.
    Entry(u64),
    /// By the organization's clock.
    Time(Timestamp),
}

impl std::str::FromStr for Since {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let time = || text.parse().map(Self::Time).ok();
        text.parse().map(Self::Entry).ok().or_else(time).ok_or_else(|| {
            format!("'{text}' is neither the id of an entry nor an instant such as 2026-03-01T12:00:00Z")
        })
    }
}

/// How many requests there should have been. What is not given is not asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// Exactly so many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// So many or more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u64>,
    /// So many or fewer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_most: Option<u64>,
}

/// Whether there were as many requests as there should have been.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Whether it is so.
    pub verified: bool,
    /// How many requests matched.
    pub matched: u64,
    /// How many requests the journal holds.
    pub recorded: u64,
    /// What was expected.
    pub expected: Expected,
    /// Where too many matched: the newest of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub matches: Vec<Exchange>,
    /// Where too few matched: the requests that come nearest, the nearest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub nearest: Vec<Near>,
}

/// A request that nearly matches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Near {
    /// What does not hold of it.
    pub missed: Vec<Miss>,
    /// The request.
    pub request: Exchange,
}

/// How many requests a verdict shows.
const SHOWN: usize = 5;

impl Expected {
    /// Whether it says anything, and nothing that cannot be.
    ///
    /// # Errors
    ///
    /// A sentence that says what is wrong with it.
    pub fn check(self) -> Result<(), String> {
        let Self { count, at_least, at_most } = self;
        if [count, at_least, at_most].iter().all(Option::is_none) {
            return Err("say how many there should be: count, at_least or at_most".to_owned());
        }
        let least = count.max(at_least);
        let most = [count, at_most].into_iter().flatten().min();
        match (least, most) {
            (Some(least), Some(most)) if least > most => {
                Err(format!("there cannot be at least {least} and at most {most}"))
            }
            _ => Ok(()),
        }
    }

    fn are_too_few(self, matched: u64) -> bool {
        self.count.max(self.at_least).is_some_and(|least| matched < least)
    }

    fn are_too_many(self, matched: u64) -> bool {
        [self.count, self.at_most].into_iter().flatten().min().is_some_and(|most| matched > most)
    }
}

impl Organization {
    /// The requests that are wanted, oldest first.
    ///
    /// # Errors
    ///
    /// A sentence that says what is wrong with the matcher.
    pub fn requests(&self, wanted: &Wanted) -> Result<Vec<Exchange>, String> {
        let criteria = self.criteria(&wanted.matcher)?;
        let mut entries = self.entries();
        entries.retain(|entry| {
            let is_since = wanted.since.is_none_or(|since| match since {
                Since::Entry(id) => entry.id > id,
                Since::Time(time) => entry.outline.at >= time,
            });
            is_since && self.missed(&criteria, entry).is_empty()
        });
        let first = wanted.limit.map_or(0, |limit| entries.len().saturating_sub(limit));
        Ok(self.told(&entries[first..]))
    }

    /// Forgets the requests.
    pub fn clear_requests(&self) {
        self.journal.clear();
    }

    /// Whether there were as many requests of a kind as expected.
    ///
    /// # Errors
    ///
    /// A sentence that says what is wrong with the matcher or with what is expected.
    pub fn verify_requests(&self, matcher: &Matcher, expected: Expected) -> Result<Verdict, String> {
        expected.check()?;
        let criteria = self.criteria(matcher)?;
        let entries = self.entries();
        let mut matching = Vec::new();
        let mut near = Vec::new();
        for entry in &entries {
            let missed = self.missed(&criteria, entry);
            match missed.len() {
                0 => matching.push(entry.clone()),
                // Most criteria hold; of one by itself, none can.
                failed if failed * 2 <= criteria.len() || criteria.len() == 1 => near.push((entry, missed)),
                _ => {}
            }
        }
        let matched = matching.len() as u64;
        let mut verdict = Verdict {
            verified: !expected.are_too_few(matched) && !expected.are_too_many(matched),
            matched,
            recorded: entries.len() as u64,
            expected,
            matches: Vec::new(),
            nearest: Vec::new(),
        };
        if expected.are_too_many(matched) {
            verdict.matches = self.told(&matching[matching.len().saturating_sub(SHOWN)..]);
        } else if !verdict.verified {
            near.sort_by_key(|(entry, missed)| {
                (missed.len(), std::cmp::Reverse(likeness(missed)), std::cmp::Reverse(entry.id))
            });
            near.truncate(SHOWN);
            let (shown, missed): (Vec<_>, Vec<_>) =
                near.into_iter().map(|(entry, missed)| (entry.clone(), missed)).unzip();
            let near = |(request, missed)| Near { missed, request };
            verdict.nearest = self.told(&shown).into_iter().zip(missed).map(near).collect();
        }
        Ok(verdict)
    }

    /// A matcher ready to be compared with requests to this organization.
    ///
    /// # Errors
    ///
    /// A sentence that says what is wrong with it.
    pub fn criteria(&self, matcher: &Matcher) -> Result<Vec<Criterion>, String> {
        matcher.criteria(&self.name, |name| self.user_named(name))
    }

    fn entries(&self) -> Vec<Entry> {
        self.journal.entries(self.read().settings().journal as usize)
    }

    fn missed(&self, criteria: &[Criterion], entry: &Entry) -> Vec<Miss> {
        if criteria.is_empty() { Vec::new() } else { misses(criteria, &entry.facts(&self.name)) }
    }

    fn told(&self, entries: &[Entry]) -> Vec<Exchange> {
        let world = self.read();
        let (user, users) = (&world.known().systemuser, world.records().table(world.known().systemuser.id));
        let mut names: HashMap<Uuid, Option<String>> = HashMap::new();
        let mut name = |id: Uuid| {
            let full_name = || Some(users.get(id)?.get(user.fullname).as_str()?.to_owned());
            names.entry(id).or_insert_with(full_name).clone()
        };
        entries.iter().map(|entry| entry.told(&self.name, entry.outline.caller.and_then(&mut name))).collect()
    }
}

/// How many letters what a request has shares with what was expected, at the beginning.
fn likeness(missed: &[Miss]) -> usize {
    let common = |miss: &Miss| {
        let actual = miss.actual.as_deref().unwrap_or_default();
        miss.expected.bytes().zip(actual.bytes()).take_while(|(a, b)| a == b).count()
    };
    missed.iter().map(common).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_expected_can_be() {
        let of = |count, at_least, at_most| Expected { count, at_least, at_most };
        assert!(of(None, None, None).check().is_err());
        assert!(of(None, Some(3), Some(2)).check().is_err());
        assert!(of(Some(1), Some(2), None).check().is_err());
        assert!(of(Some(2), Some(1), Some(3)).check().is_ok());
        for (expected, few, many) in [
            (of(Some(2), None, None), [true, true, false, false], [false, false, false, true]),
            (of(None, Some(1), None), [true, false, false, false], [false; 4]),
            (of(None, None, Some(0)), [false; 4], [false, true, true, true]),
            (of(None, Some(1), Some(2)), [true, false, false, false], [false, false, false, true]),
        ] {
            assert_eq!([0, 1, 2, 3].map(|n| expected.are_too_few(n)), few, "{expected:?}");
            assert_eq!([0, 1, 2, 3].map(|n| expected.are_too_many(n)), many, "{expected:?}");
        }
    }

    #[test]
    fn since_an_entry_or_an_instant() {
        assert_eq!("12".parse(), Ok(Since::Entry(12)));
        assert_eq!("1970-01-01T00:00:00Z".parse(), Ok(Since::Time(Timestamp::UNIX_EPOCH)));
        assert!("yesterday".parse::<Since>().is_err());
    }
}
