//! The licence ledger as the control API shows it: what is purchased, what is used, and by whom.
//!
//! `Source:` users-and-licensing.md section 2; the shape is the emulator's own (design.md, Control API).

use serde::Serialize;
use uuid::Uuid;

use super::super::provisioning::Pending;
use crate::licensing::{self, Class, Facts, READ, READ_WRITE};
use crate::store::RowRef;
use crate::world::World;

/// The ledger of one organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ledger {
    /// Interactive licences.
    pub licenses: Licenses,
    /// Free non-interactive users.
    pub non_interactive: NonInteractive,
    /// Every user, in the order of creation.
    pub users: Vec<Entry>,
}

/// Interactive licences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Licenses {
    /// Bought.
    pub purchased: u32,
    /// In use; of the directory's, also those of accounts that have no user yet.
    pub consumed: u32,
    /// Left.
    pub available: u32,
}

/// Free non-interactive users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct NonInteractive {
    /// How many there may be.
    pub limit: u32,
    /// How many there are.
    pub used: u32,
    /// How many may be added.
    pub available: u32,
}

/// The verdict on one user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The user.
    pub systemuserid: Uuid,
    /// Its name.
    pub fullname: Option<String>,
    /// The name it signs in with.
    pub domainname: Option<String>,
    /// `accessmode`.
    pub accessmode: i32,
    /// `isdisabled`.
    pub isdisabled: bool,
    /// `islicensed`.
    pub islicensed: bool,
    /// What it consumes; of one that consumes both, the licence.
    pub consumes: Consumes,
    /// Whether it is among the non-interactive users that are counted.
    pub takes_slot: bool,
    /// The rules that say so.
    pub rules: Vec<&'static str>,
    /// Why, in one sentence.
    pub why: &'static str,
    /// What happened to its account and CRM has not learned of, one sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<String>,
}

/// What a user consumes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Consumes {
    /// An interactive licence.
    License,
    /// A non-interactive slot.
    NonInteractive,
    /// Nothing.
    Nothing,
}

/// The ledger of a world.
pub fn ledger(world: &World) -> Ledger {
    let (licenses, non_interactive) = totals(world);
    let users = world.records().table(world.known().systemuser.id);
    Ledger { licenses, non_interactive, users: users.iter().map(|(_, row)| entry(world, row)).collect() }
}

/// The ledger's figures without the users; costs the same at any size.
pub fn totals(world: &World) -> (Licenses, NonInteractive) {
    let (seats, slots) = (licensing::seats(world), licensing::slots(world));
    (
        Licenses { purchased: seats.purchased, consumed: seats.consumed, available: seats.available() },
        NonInteractive { limit: slots.limit, used: slots.used, available: slots.available() },
    )
}

/// The ledger's line for one user.
pub(super) fn entry(world: &World, row: RowRef<'_>) -> Entry {
    let known = &world.known().systemuser;
    let facts = Facts::of_row(world, row);
    let (rules, why) = verdict(world, &facts);
    let takes_slot = facts.takes_slot(world);
    Entry {
        systemuserid: facts.id,
        fullname: row.get(known.fullname).as_str().map(str::to_owned),
        domainname: row.get(known.domainname).as_str().map(str::to_owned),
        accessmode: facts.mode,
        isdisabled: facts.disabled,
        islicensed: facts.licensed,
        consumes: if facts.takes_seat(world) {
            Consumes::License
        } else if takes_slot {
            Consumes::NonInteractive
        } else {
            Consumes::Nothing
        },
        takes_slot,
        rules: rules.to_vec(),
        why,
        waiting: waiting(world, &facts).map(|change| change.sentence).collect(),
    }
}

/// What happened to the account of a user and CRM has not learned of (D10).
pub(super) fn waiting<'w>(world: &'w World, user: &Facts) -> impl Iterator<Item = Pending> + use<'w> {
    let account = user.account_id(world);
    account.into_iter().flat_map(|account| world.directory().waiting_of(account)).map(Pending::new)
}

/// The rules behind what a user consumes, and the sentence that tells it.
fn verdict(world: &World, user: &Facts) -> (&'static [&'static str], &'static str) {
    let (seat, slot) = (user.takes_seat(world), user.takes_slot(world));
    match user.class(world) {
        Class::System => (&["L6"], "SYSTEM and INTEGRATION never consume anything."),
        Class::Support => (&["L6"], "The support user never consumes anything."),
        Class::DelegatedAdmin => (&["L6"], "The delegated admin never consumes anything."),
        Class::Application => (&["U9", "L6"], "Application users never consume anything."),
        Class::Stub => (&["U16", "L6"], "A stub never consumes anything."),
        Class::Directory if seat && slot => (
            &["L3", "L5"],
            "Its directory account keeps the license until it is removed there; being non-interactive it takes a slot as well.",
        ),
        Class::Directory if seat => (&["L3"], "Its directory account has the license, whatever CRM says."),
        Class::Directory if slot => {
            (&["L5"], "An enabled non-interactive user takes a slot and needs no license.")
        }
        Class::Directory if user.is_tenant_admin(world) && !user.disabled => (
            &["L6", "D4"],
            "A directory administrator without a license is Administrative and consumes nothing.",
        ),
        Class::Directory if user.licensed => (
            &["L3", "D10"],
            "Its directory account has no license any longer, which CRM has not learned of yet.",
        ),
        Class::Directory => (&["L3", "L6"], "Its directory account has no license."),
        Class::CrmManaged if seat => (&["L1"], "An enabled interactive user takes a license."),
        Class::CrmManaged if slot => {
            (&["L5", "L2"], "An enabled non-interactive user takes a slot and no license.")
        }
        Class::CrmManaged if user.deleted => (&["U63", "L6"], "A deleted user consumes nothing."),
        Class::CrmManaged if user.disabled && user.is_non_interactive() => {
            (&["L5", "L6"], "A disabled non-interactive user takes no slot.")
        }
        Class::CrmManaged if user.disabled && matches!(user.mode, READ_WRITE | READ) => {
            (&["L1", "L6"], "A disabled user takes no license.")
        }
        Class::CrmManaged => (&["L4"], "An administrative user takes no license."),
    }
}
