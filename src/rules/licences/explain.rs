//! Why a user is as it is, and what could become of it.
//!
//! The transitions are not worked out but tried: each candidate change runs through the very rules a PATCH runs
//! through, on a copy of the world, and is taken back. So the answer cannot differ from what a PATCH does.
//!
//! `Source:` users-and-licensing.md sections 2 and 3; the shape is the emulator's own (design.md, Control API).

use serde::Serialize;
use uuid::Uuid;

use super::super::provisioning::race;
use super::ledger::{Consumes, entry, waiting};
use crate::fault::Result;
use crate::identity::Caller;
use crate::licensing::{self, ADMINISTRATIVE, Class, Facts, NON_INTERACTIVE};
use crate::model::{Record, Value};
use crate::service::registry::Registry;
use crate::service::{Note, Origin, Session};
use crate::world::{Transaction, World};

/// Why a user is as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The user.
    pub systemuserid: Uuid,
    /// Its columns that rules bear on.
    pub state: State,
    /// The rules behind it.
    pub because: Vec<Reason>,
    /// What could be changed, and what would come of it.
    pub transitions: Vec<Transition>,
}

/// The columns that rules bear on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "the flags are the table's own two-option columns")]
pub struct State {
    /// `fullname`.
    pub fullname: Option<String>,
    /// `domainname`.
    pub domainname: Option<String>,
    /// `accessmode`.
    pub accessmode: i32,
    /// `isdisabled`.
    pub isdisabled: bool,
    /// `islicensed`.
    pub islicensed: bool,
    /// `issyncwithdirectory`.
    pub issyncwithdirectory: bool,
    /// `setupuser`.
    pub setupuser: bool,
    /// What it consumes.
    pub consumes: Consumes,
}

/// A rule and what it comes to here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// Number of the rule.
    pub rule: &'static str,
    /// One sentence.
    pub fact: String,
}

/// One change of one column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// Another access mode.
    AccessMode(i32),
    /// Enable or disable.
    IsDisabled(bool),
}

/// What would come of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Transition {
    /// The change.
    pub change: Change,
    /// Whether it would succeed.
    pub allowed: bool,
    /// The user afterwards, where it would.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<State>,
    /// What would be worth knowing of the success.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Reason>,
    /// The error's code, where it would not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The error's message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The rule that would refuse.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<&'static str>,
    /// What would make it succeed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

/// Explains a user to somebody; `None` where there is no such user. What is possible may depend on who asks
/// (nobody disables himself).
pub fn explain(world: &World, registry: &Registry, caller: Caller, user: Uuid) -> Option<Explanation> {
    let facts = Facts::of(world, user)?;
    let mut copy = world.branch();
    let transitions =
        candidates(&facts).map(|change| attempt(&mut copy, registry, caller, user, change)).collect();
    Some(Explanation {
        systemuserid: user,
        state: state(world, user)?,
        because: because(world, &facts),
        transitions,
    })
}

/// Every change of access mode or state that is one.
fn candidates(user: &Facts) -> impl Iterator<Item = Change> + use<> {
    let (mode, disabled) = (user.mode, user.disabled);
    (0..=5).filter(move |to| *to != mode).map(Change::AccessMode).chain([Change::IsDisabled(!disabled)])
}

fn attempt(world: &mut World, registry: &Registry, caller: Caller, user: Uuid, change: Change) -> Transition {
    let known = &world.known().systemuser;
    let table = known.id;
    let record: Record = match change {
        Change::AccessMode(mode) => [(known.accessmode, Value::Int(mode))],
        Change::IsDisabled(flag) => [(known.isdisabled, Value::Bool(flag))],
    }
    .into_iter()
    .collect();
    let mut session = Session::new(Transaction::begin(world), registry);
    let outcome: Result<()> = session.update_row(caller, Origin::Api, table, user, record);
    let transition = match outcome {
        Ok(()) => Transition {
            change,
            allowed: true,
            result: state(session.world(), user),
            notes: session.notes().iter().map(reason).collect(),
            code: None,
            message: None,
            rule: None,
            remedy: None,
        },
        Err(fault) => Transition {
            change,
            allowed: false,
            result: None,
            notes: Vec::new(),
            code: Some(fault.code_text()),
            message: Some(fault.message().to_owned()),
            rule: fault.rules().first().map(|rule| rule.0),
            remedy: fault.hint_text().map(str::to_owned),
        },
    };
    // Dropped, not committed: the copy is as it was.
    drop(session);
    transition
}

fn reason(note: &Note) -> Reason {
    Reason { rule: note.rule.0, fact: note.what.clone().into_owned() }
}

fn state(world: &World, user: Uuid) -> Option<State> {
    let row = world.records().table(world.known().systemuser.id).get(user)?;
    let facts = Facts::of_row(world, row);
    let line = entry(world, row);
    Some(State {
        fullname: line.fullname,
        domainname: line.domainname,
        accessmode: facts.mode,
        isdisabled: facts.disabled,
        islicensed: facts.licensed,
        issyncwithdirectory: facts.synchronised,
        setupuser: facts.setup,
        consumes: line.consumes,
    })
}

/// The rules behind the user's state: its class, what it consumes, why it is enabled or what enabling would take.
fn because(world: &World, user: &Facts) -> Vec<Reason> {
    let mut found = vec![class_of(world, user)];
    let row = world.records().table(world.known().systemuser.id).get(user.id);
    if let Some(line) = row.map(|row| entry(world, row)) {
        found.extend(line.rules.iter().map(|rule| Reason { rule, fact: line.why.to_owned() }));
    }
    found.push(licence_of(world, user));
    found.push(if user.disabled { disabled_because(world, user) } else { enabled_because(world, user) });
    found.extend(waiting(world, user).map(|change| say("D10", change.sentence)));
    found
}

fn say(rule: &'static str, fact: impl Into<String>) -> Reason {
    Reason { rule, fact: fact.into() }
}

fn class_of(world: &World, user: &Facts) -> Reason {
    match user.class(world) {
        Class::System => say("U28b", "It is SYSTEM or INTEGRATION, which nobody changes."),
        Class::Support => say("U28a", "It is the built-in support user, which nobody changes."),
        Class::DelegatedAdmin => say("U28a", "It is the built-in delegated admin, which nobody changes."),
        Class::Application => say("U9", "It represents an OAuth application (applicationid)."),
        Class::Directory => {
            say("L3", "It is synchronised with the directory, where its license is assigned.")
        }
        Class::CrmManaged => {
            say("L1", "It is a user of CRM alone: its license comes and goes with what CRM does to it.")
        }
        Class::Stub => say("U16", "It is a stub: it can own data and cannot sign in."),
    }
}

fn licence_of(world: &World, user: &Facts) -> Reason {
    let seats = licensing::seats(world);
    let of = format!("{} of {} licenses are in use", seats.consumed, seats.purchased);
    match (user.licensed, user.class(world)) {
        (true, Class::Directory) => say(
            "L9",
            "islicensed is true: the directory account had a license when it was last synchronised.",
        ),
        (true, _) => say("L9", format!("islicensed is true: it holds a license; {of}.")),
        (false, Class::Directory) => say(
            "L9",
            "islicensed is false: the directory account had no license when it was last synchronised.",
        ),
        (false, _) => say("L9", format!("islicensed is false: it holds no license; {of}.")),
    }
}

fn enabled_because(world: &World, user: &Facts) -> Reason {
    match user.class(world) {
        Class::System | Class::Support | Class::DelegatedAdmin => {
            say("I3", "It is enabled: built-in users always are.")
        }
        Class::Application => say("U35", "It is enabled: an application user needs no license."),
        _ if user.mode == NON_INTERACTIVE => {
            let slots = licensing::slots(world);
            let fact = format!(
                "It is enabled: it holds one of {} non-interactive slots, {} of which are in use.",
                slots.limit, slots.used
            );
            say("U34", fact)
        }
        Class::Directory if user.licensed => say("U36", "It is enabled: a licensed directory user may be."),
        Class::Directory => {
            say("U37", "It is enabled: a directory administrator needs no license to administer.")
        }
        _ if user.mode == ADMINISTRATIVE => {
            say("U39a", "It is enabled: an administrative user outside the directory needs no license.")
        }
        _ => say("U39", "It is enabled: it holds a license."),
    }
}

fn has_lost_race(world: &World, user: &Facts) -> bool {
    let columns = &world.known().systemuser;
    let row = world.records().table(columns.id).get(user.id);
    let since = row.and_then(|row| match row.get(columns.emulator_noninteractivesince) {
        crate::model::ValueRef::DateTime(seconds) => Some(seconds),
        _ => None,
    });
    race::has_lost(user, since)
}

fn disabled_because(world: &World, user: &Facts) -> Reason {
    let (seats, slots) = (licensing::seats(world), licensing::slots(world));
    match user.class(world) {
        _ if user.deleted => say("U39c", "It is disabled: it was deleted."),
        Class::Stub => say("U38", "It is disabled: a stub cannot be enabled."),
        Class::Application => say("U35", "It is disabled; it can be enabled at any time."),
        Class::Directory if !user.is_admitted_by_directory(world) => say(
            "D8",
            "It is disabled: its account is blocked or deleted in the directory, or outside the security group.",
        ),
        Class::Directory if has_lost_race(world, user) => say(
            "D20",
            "It is disabled and Administrative: the license was removed before the directory knew that the user is non-interactive. Assign it again and start over (D22).",
        ),
        _ if user.mode == NON_INTERACTIVE => say(
            "U34",
            format!(
                "It is disabled; to enable it takes a non-interactive slot, and {} are free.",
                slots.available()
            ),
        ),
        Class::Directory if user.licensed => say(
            "U36",
            "It is disabled; its account has a license, so that it can be enabled unless the account is blocked.",
        ),
        Class::Directory => say("U38", "It is disabled: an unlicensed directory user cannot be enabled."),
        _ if user.mode == ADMINISTRATIVE => say("U39a", "It is disabled; to enable it takes no license."),
        _ => say(
            "U39",
            format!("It is disabled; to enable it takes a license, and {} are free.", seats.available()),
        ),
    }
}
