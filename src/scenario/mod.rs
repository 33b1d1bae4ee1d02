//! Organizations as documents: the embedded scenarios, and any exported organization.
//!
//! [`Scenario::build`] makes an organization: what every new one has ([`organization`]), an overlay from
//! `fixtures/scenarios` or a caller's document upon it ([`document`]), generated users ([`generated`]).
//! [`export`] writes any organization as a document that builds the same organization again.
//!
//! `serde_json` is used here, below the protocol faces, because a scenario *is* a JSON document: this module is the
//! loader of the organization as `model/catalogue.rs` is the loader of its tables. No JSON leaves it.

mod base64;
mod builder;
mod document;
mod generated;
mod organization;
mod people;
mod roles;
#[cfg(test)]
mod tests;
pub mod well_known;

use std::str::FromStr;
use std::sync::Arc;

use crate::clock::Clock;
use crate::ids::IdSource;
use crate::model::Catalogue;
use crate::settings::Settings;
use crate::world::World;

use builder::Builder;
pub use document::export;
use document::{Base, Document};

/// What an organization holds at its start.
#[derive(Debug, Clone, PartialEq)]
pub enum Scenario {
    /// One of the embedded scenarios, by name.
    Embedded(String),
    /// `large:N`: the default scenario with `N` generated users.
    Large(u32),
    /// A document such as an export.
    Document(Arc<str>),
}

/// What a new organization is given besides its scenario.
#[derive(Debug, Clone)]
pub struct Options {
    /// The unique name, as it stands in addresses.
    pub unique_name: String,
    /// The switches; a scenario may override what nobody set.
    pub settings: Settings,
    /// The clock; a scenario may override the machine's, which is what nobody set.
    pub clock: Clock,
    /// Makes ids reproducible.
    pub seed: Option<u64>,
}

/// How many users `large` without a number has.
const LARGE: u32 = 10_000;

/// What is generated upon an embedded overlay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fill {
    Nothing,
    /// Users until no licence is left.
    Seats,
    /// Users until no non-interactive slot is left.
    Slots,
}

/// The embedded scenarios: name, what it is for, overlay, what is generated.
const EMBEDDED: &[(&str, &str, Option<&str>, Fill)] = &[
    (
        "default",
        "sample users, business units, teams, accounts and contacts",
        Some(include_str!("../../fixtures/scenarios/default.json")),
        Fill::Nothing,
    ),
    ("empty", "only what a new organization has", None, Fill::Nothing),
    ("out-of-licenses", "every licence is taken", None, Fill::Seats),
    ("non-interactive-full", "every non-interactive slot is taken", None, Fill::Slots),
];

impl FromStr for Scenario {
    type Err = String;

    /// A name, `large:N`, or the document itself. Reading a file is left to whoever may do so.
    fn from_str(text: &str) -> Result<Self, String> {
        if text.trim_start().starts_with('{') {
            return Ok(Self::Document(text.into()));
        }
        if text == "large" {
            return Ok(Self::Large(LARGE));
        }
        if let Some(number) = text.strip_prefix("large:") {
            return number
                .parse()
                .map(Self::Large)
                .map_err(|_| format!("'{number}' is not a number of users; write for example large:100000"));
        }
        if EMBEDDED.iter().any(|(name, ..)| *name == text) {
            return Ok(Self::Embedded(text.to_owned()));
        }
        let names: Vec<_> = Self::embedded().map(|(name, _)| name).collect();
        Err(format!("there is no scenario '{text}'; there are {}, large:N", names.join(", ")))
    }
}

impl Scenario {
    /// The names of the embedded scenarios with what each is for.
    pub fn embedded() -> impl Iterator<Item = (&'static str, &'static str)> {
        EMBEDDED.iter().map(|(name, about, ..)| (*name, *about))
    }

    /// Builds an organization.
    ///
    /// # Errors
    ///
    /// A sentence that says what is wrong with the scenario, and where.
    pub fn build(&self, catalogue: &Arc<Catalogue>, options: &Options) -> Result<World, String> {
        match self {
            Self::Embedded(name) => {
                let (_, _, overlay, fill) = find(name)?;
                let mut builder = start(catalogue, options, overlay)?;
                match fill {
                    Fill::Nothing => {}
                    Fill::Seats => generated::fill_seats(&mut builder),
                    Fill::Slots => generated::fill_slots(&mut builder),
                }
                Ok(builder.finish())
            }
            Self::Large(users) => {
                let mut options = options.clone();
                generated::raise_licenses(&mut options.settings, *users)?;
                let (_, _, overlay, _) = find("default")?;
                let mut builder = start(catalogue, &options, overlay)?;
                generated::add_users(&mut builder, *users);
                Ok(builder.finish())
            }
            Self::Document(text) => Ok(start(catalogue, options, Some(text))?.finish()),
        }
    }
}

fn find(name: &str) -> Result<(&'static str, &'static str, Option<&'static str>, Fill), String> {
    EMBEDDED
        .iter()
        .find(|(candidate, ..)| *candidate == name)
        .copied()
        .ok_or_else(|| format!("there is no scenario '{name}'"))
}

/// An organization with what a document says; without one, only with what every new organization has.
fn start(catalogue: &Arc<Catalogue>, options: &Options, text: Option<&str>) -> Result<Builder, String> {
    let document = text.map_or_else(|| Ok(Document::nothing()), Document::parse)?;
    let mut settings = options.settings.clone();
    document.apply_settings(&mut settings)?;
    let clock = match document.clock()? {
        Some(clock) if options.clock == Clock::default() => clock,
        _ => options.clock,
    };
    let ids = document.ids().unwrap_or_else(|| options.seed.map_or_else(IdSource::random, IdSource::seeded));
    let identity = document.identity(&options.unique_name);
    let world = World::new(Arc::clone(catalogue), identity, settings, clock, ids);
    let mut builder = Builder::new(world)?;
    let base = document.base()?;
    if base != Base::Nothing {
        organization::add(&mut builder)?;
    }
    if let Base::Overlay(text) = base {
        Document::parse(text)?.load(&mut builder, true)?;
    }
    document.load(&mut builder, base != Base::Nothing)?;
    Ok(builder)
}

/// What a document stands upon that names an embedded scenario as its base; `None` for a name that is none.
fn overlay(name: &str) -> Option<Base> {
    EMBEDDED
        .iter()
        .find(|(candidate, _, _, fill)| *candidate == name && *fill == Fill::Nothing)
        .map(|(_, _, overlay, _)| overlay.map_or(Base::Empty, Base::Overlay))
}

/// The names that [`overlay`] knows.
fn overlays() -> String {
    let names: Vec<_> =
        EMBEDDED.iter().filter(|(.., fill)| *fill == Fill::Nothing).map(|(name, ..)| *name).collect();
    names.join(", ")
}
