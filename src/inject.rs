//! Planned trouble: which requests an injection strikes, and with what.
//!
//! An injection decides before the request runs, by what is known then. What it does not answer itself runs as ever.
//! Who delivers the trouble waits and writes; nothing here does.

use std::num::NonZeroU64;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::parse_duration;
use crate::fault::code;
use crate::ids::split_mix;
use crate::journal::{Criterion, Facts, Matcher, misses};

/// What somebody plans.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Which requests; without members all.
    #[serde(default, rename = "match")]
    pub matcher: Matcher,
    /// From which of the matching requests on, counting from 1. It strikes one, unless `times` says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nth: Option<u64>,
    /// How many requests it strikes; without it, and without `nth`, all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// How likely it strikes a request, from 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// Makes what is left to chance the same in every run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// How long the request waits before it runs, in real time. It runs even if its client leaves meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay: Option<String>,
    /// What is answered instead of running the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub respond: Option<Respond>,
    /// Closes the connection instead of running the request.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub drop: bool,
    /// Cuts the body of the answer behind so many bytes, while `Content-Length` announces all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truncate: Option<usize>,
    /// How slowly the body of the answer comes: `64B/s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slow: Option<String>,
}

/// An answer in place of the service's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Respond {
    /// The status: 400 to 599.
    pub status: u16,
    /// The code of the error; without it one that fits the status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Its message; without it that of the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// `Retry-After`, in seconds; 429 and 503 have one of 1 where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

/// The trouble for one request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trouble {
    /// The injection it is of.
    pub id: u64,
    /// How long to wait first.
    pub delay: Duration,
    /// What becomes of the request.
    pub instead: Instead,
    /// Behind how many bytes the body is cut.
    pub truncate: Option<usize>,
    /// Bytes of the body a second.
    pub slow: Option<NonZeroU64>,
}

/// What becomes of a request that is struck.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Instead {
    /// It runs.
    #[default]
    Runs,
    /// It is answered with this error.
    Error {
        /// The status.
        status: u16,
        /// The code.
        code: String,
        /// The message.
        message: String,
        /// Seconds for `Retry-After`.
        retry_after: Option<u32>,
    },
    /// Its connection is closed.
    Dropped,
}

/// An injection as it is told.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Listed {
    /// Its number.
    pub id: u64,
    /// The plan as it was sent, with the seed that it got where it had none and needs one.
    #[serde(flatten)]
    pub plan: Plan,
    /// How many requests have matched.
    pub matched: u64,
    /// How many of them it struck.
    pub struck: u64,
}

/// The injections of one organization, in the order in which they were made.
#[derive(Debug, Default)]
pub struct Injections {
    /// Whether there are any: all that a request looks at where there are none.
    armed: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    last_id: u64,
    all: Vec<Injection>,
}

#[derive(Debug)]
struct Injection {
    told: Listed,
    criteria: Vec<Criterion>,
    trouble: Trouble,
}

impl Injections {
    /// Whether there are any.
    pub fn are_armed(&self) -> bool {
        self.armed.load(Ordering::Relaxed)
    }

    /// Adds an injection. `criteria` are those of the plan's matcher; `seed` is used where chance decides and the plan
    /// names none.
    ///
    /// # Errors
    ///
    /// A sentence that says what is wrong with the plan.
    pub fn add(&self, mut plan: Plan, criteria: Vec<Criterion>, seed: u64) -> Result<Listed, String> {
        let trouble = plan.trouble()?;
        if plan.probability.is_some() {
            plan.seed.get_or_insert(seed);
        }
        let mut state = self.lock();
        state.last_id += 1;
        let id = state.last_id;
        let told = Listed { id, plan, matched: 0, struck: 0 };
        state.all.push(Injection { told: told.clone(), criteria, trouble: Trouble { id, ..trouble } });
        self.armed.store(true, Ordering::Relaxed);
        Ok(told)
    }

    /// All of them.
    pub fn list(&self) -> Vec<Listed> {
        self.lock().all.iter().map(|injection| injection.told.clone()).collect()
    }

    /// The one of a number.
    pub fn get(&self, id: u64) -> Option<Listed> {
        self.lock().all.iter().find(|injection| injection.told.id == id).map(|found| found.told.clone())
    }

    /// Takes one away; `false` where there is none of that number.
    pub fn remove(&self, id: u64) -> bool {
        let mut state = self.lock();
        let before = state.all.len();
        state.all.retain(|injection| injection.told.id != id);
        self.armed.store(!state.all.is_empty(), Ordering::Relaxed);
        state.all.len() < before
    }

    /// Takes all away.
    pub fn clear(&self) {
        let mut state = self.lock();
        state.all.clear();
        self.armed.store(false, Ordering::Relaxed);
    }

    /// The trouble for a request: that of the first injection that strikes it. Those before it have counted it too,
    /// those behind it have not.
    pub fn strike(&self, facts: &Facts<'_>) -> Option<Trouble> {
        self.lock().all.iter_mut().find_map(|injection| {
            if !misses(&injection.criteria, facts).is_empty() {
                return None;
            }
            injection.told.strikes().then(|| injection.trouble.clone())
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listed {
    /// Counts a matching request, and whether it is struck.
    fn strikes(&mut self) -> bool {
        self.matched += 1;
        let plan = &self.plan;
        let times = plan.times.or(plan.nth.map(|_| 1));
        let is_due = self.matched >= plan.nth.unwrap_or(1) && times.is_none_or(|times| self.struck < times);
        let strikes = is_due && plan.probability.is_none_or(|wanted| self.chance() < wanted);
        self.struck += u64::from(strikes);
        strikes
    }

    /// A number from 0 to 1 that depends on the seed and on how many requests have matched, and on nothing else.
    fn chance(&self) -> f64 {
        let mixed = split_mix(self.plan.seed.unwrap_or_default() ^ split_mix(self.matched));
        (mixed >> 11) as f64 / (1_u64 << 53) as f64
    }
}

impl Plan {
    fn trouble(&self) -> Result<Trouble, String> {
        if self.matcher.status.is_some() || self.matcher.rule.is_some() {
            return Err(
                "status and rule are known when a request was answered, and an injection decides before; \
                        match by method, path, caller and body_contains"
                    .to_owned(),
            );
        }
        if self.nth == Some(0) || self.times == Some(0) {
            return Err("nth and times count from 1".to_owned());
        }
        if self.probability.is_some_and(|probability| !(0.0..=1.0).contains(&probability)) {
            return Err("probability is a number from 0 to 1".to_owned());
        }
        if self.seed.is_some() && self.probability.is_none() {
            return Err(
                "seed makes chance repeatable, and without probability nothing is left to chance".to_owned()
            );
        }
        let changes_answer = self.respond.is_some() || self.truncate.is_some() || self.slow.is_some();
        if self.drop && changes_answer {
            return Err("a dropped connection has no answer: drop goes with delay only".to_owned());
        }
        if !self.drop && !changes_answer && self.delay.is_none() {
            return Err("it does nothing; say delay, respond, drop, truncate or slow".to_owned());
        }
        let delay = self.delay.as_deref().map(delay).transpose()?.unwrap_or_default();
        let instead = match (&self.respond, self.drop) {
            (Some(respond), _) => respond.error()?,
            (None, true) => Instead::Dropped,
            (None, false) => Instead::Runs,
        };
        let slow = self.slow.as_deref().map(rate).transpose()?;
        Ok(Trouble { id: 0, delay, instead, truncate: self.truncate, slow })
    }
}

impl Respond {
    fn error(&self) -> Result<Instead, String> {
        if !(400..=599).contains(&self.status) {
            return Err(format!("respond answers errors, and {} is no status from 400 to 599", self.status));
        }
        let is_busy = matches!(self.status, 429 | 503);
        let usual = match self.status {
            401 => &code::InvalidUserAuth,
            403 => &code::AccessDenied,
            404 => &code::ObjectDoesNotExist,
            412 => &code::ConcurrencyVersionMismatch,
            429 => &code::ThrottlingBurstRequestLimitExceeded,
            status if status < 500 => &code::InvalidArgument,
            _ => &code::UnexpectedError,
        };
        Ok(Instead::Error {
            status: self.status,
            code: self.code.clone().unwrap_or_else(|| format!("0x{:08x}", usual.value)),
            message: self.message.clone().unwrap_or_else(|| usual.message.to_owned()),
            retry_after: self.retry_after.or(is_busy.then_some(1)),
        })
    }
}

fn delay(text: &str) -> Result<Duration, String> {
    let delay = parse_duration(text).map_err(|why| format!("delay: {why}"))?;
    delay.try_into().map_err(|_| format!("delay: '{text}' is negative"))
}

/// Bytes a second.
fn rate(text: &str) -> Result<NonZeroU64, String> {
    const UNITS: &[(&str, u64)] =
        &[("KiB", 1 << 10), ("MiB", 1 << 20), ("KB", 1_000), ("MB", 1_000_000), ("B", 1)];
    let read = || {
        let amount = text.trim().strip_suffix("/s")?;
        let (digits, unit) =
            UNITS.iter().find_map(|(name, unit)| Some((amount.strip_suffix(name)?, *unit)))?;
        NonZeroU64::new(digits.trim().parse::<u64>().ok()?.checked_mul(unit)?)
    };
    read().ok_or_else(|| format!("slow: '{text}' is no rate; write 64B/s, 10KB/s, 1MiB/s"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts<'f>(method: &'f str, path: &'f str) -> Facts<'f> {
        Facts { method, path: path.into(), caller: None, status: None, rules: "", body: b"" }
    }

    fn add(injections: &Injections, plan: Plan) -> Result<Listed, String> {
        let criteria = plan.matcher.criteria("contoso", |_| None)?;
        injections.add(plan, criteria, 1)
    }

    /// Which of ten requests are struck, as a picture.
    fn struck(plan: Plan) -> String {
        let injections = Injections::default();
        add(&injections, plan).unwrap();
        (0..10)
            .map(|_| if injections.strike(&facts("GET", "/accounts")).is_some() { '#' } else { '.' })
            .collect()
    }

    fn dropping() -> Plan {
        Plan { drop: true, ..Plan::default() }
    }

    #[test]
    fn which_of_the_matching_requests() {
        for (nth, times, expected) in [
            (None, None, "##########"),
            (None, Some(2), "##........"),
            (Some(3), None, "..#......."),
            (Some(3), Some(2), "..##......"),
            (Some(10), Some(5), ".........#"),
        ] {
            assert_eq!(struck(Plan { nth, times, ..dropping() }), expected, "{nth:?} {times:?}");
        }
    }

    #[test]
    fn chance_is_the_same_for_the_same_seed() {
        let of = |probability, seed, times| {
            struck(Plan { probability: Some(probability), seed: Some(seed), times, ..dropping() })
        };
        assert_eq!(of(0.5, 7, None), of(0.5, 7, None));
        assert_ne!(of(0.5, 7, None), of(0.5, 8, None));
        assert_eq!(of(0.0, 7, None), "..........");
        assert_eq!(of(1.0, 7, None), "##########");
        assert_eq!(of(0.5, 7, Some(1)).matches('#').count(), 1);
        let injections = Injections::default();
        let told = add(&injections, Plan { probability: Some(0.25), ..dropping() }).unwrap();
        assert_eq!(told.plan.seed, Some(1), "a seed that was chosen is told");
        let hits = (0..4_000).filter(|_| injections.strike(&facts("GET", "/")).is_some()).count();
        assert!((800..1_200).contains(&hits), "{hits} of 4000 at a quarter");
    }

    #[test]
    fn the_first_that_strikes_has_the_request() {
        let injections = Injections::default();
        assert!(!injections.are_armed());
        let posts = Matcher { method: Some("POST".to_owned()), ..Matcher::default() };
        add(&injections, Plan { matcher: posts, ..dropping() }).unwrap();
        add(&injections, Plan { times: Some(1), ..dropping() }).unwrap();
        add(&injections, dropping()).unwrap();
        let ids: Vec<_> = ["GET", "POST", "GET"]
            .iter()
            .map(|method| injections.strike(&facts(method, "/")).map(|trouble| trouble.id))
            .collect();
        assert_eq!(ids, [Some(2), Some(1), Some(3)]);
        let counts: Vec<_> = injections.list().iter().map(|told| (told.matched, told.struck)).collect();
        assert_eq!(counts, [(1, 1), (2, 1), (1, 1)]);
        assert!(injections.remove(1) && !injections.remove(1) && injections.get(1).is_none());
        assert!(injections.are_armed());
        injections.clear();
        assert!(!injections.are_armed() && injections.strike(&facts("GET", "/")).is_none());
        assert_eq!(add(&injections, dropping()).unwrap().id, 4, "numbers are not used again");
    }

    #[test]
    fn plans_that_are_none() {
        let respond = |status| Some(Respond { status, code: None, message: None, retry_after: None });
        let with = |plan: Plan| add(&Injections::default(), plan).unwrap_err();
        let text = |text: &str| Some(text.to_owned());
        for (plan, word) in [
            (Plan::default(), "nothing"),
            (Plan { nth: Some(0), ..dropping() }, "from 1"),
            (Plan { times: Some(0), ..dropping() }, "from 1"),
            (Plan { probability: Some(1.5), ..dropping() }, "probability"),
            (Plan { probability: Some(f64::NAN), ..dropping() }, "probability"),
            (Plan { seed: Some(1), ..dropping() }, "chance"),
            (Plan { truncate: Some(1), ..dropping() }, "drop"),
            (Plan { respond: respond(500), ..dropping() }, "drop"),
            (Plan { respond: respond(200), ..Plan::default() }, "200"),
            (Plan { delay: text("soon"), ..Plan::default() }, "delay"),
            (Plan { delay: text("-1s"), ..Plan::default() }, "negative"),
            (Plan { slow: text("64"), ..Plan::default() }, "slow"),
            (Plan { slow: text("0B/s"), ..Plan::default() }, "slow"),
            (Plan { slow: text("-1B/s"), ..Plan::default() }, "slow"),
            (Plan { matcher: Matcher { rule: text("U12"), ..Matcher::default() }, ..dropping() }, "before"),
        ] {
            let why = with(plan.clone());
            assert!(why.contains(word), "{plan:?}: {why}");
        }
    }

    #[test]
    fn answers_have_what_fits_their_status() {
        let of = |status, retry_after| {
            let respond = Respond { status, code: None, message: None, retry_after };
            match respond.error().unwrap() {
                Instead::Error { code, retry_after, .. } => (code, retry_after),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(of(429, None), ("0x80072322".to_owned(), Some(1)));
        assert_eq!(of(429, Some(30)).1, Some(30));
        assert_eq!(of(503, None).1, Some(1));
        assert_eq!(of(500, None), ("0x80040216".to_owned(), None));
        assert_eq!(rate("2KiB/s").unwrap().get(), 2_048);
        assert_eq!(rate(" 64 B/s ").unwrap().get(), 64);
    }
}
