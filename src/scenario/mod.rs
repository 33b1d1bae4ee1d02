//! Organizations as documents: the embedded scenarios, and any exported organization.
//!
//! [`Scenario::build`] makes an organization: what every new one has ([`organization`]), an overlay from
//! `fixtures/scenarios` or a caller's document upon it ([`document`]), generated users ([`generated`]).
//! [`export`] writes any organization as a document that builds the same organization again.
//!
//! `serde_json` is used here, below the protocol faces, because a scenario *is* a JSON document: this module is the
//! loader of the organization as `model/catalogue.rs` is the loader of its tables. No JSON leaves it.

pub(crate) mod base64;
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
use crate::security::SecuredColumns;
use crate::service::columns::complete_administrators_profile;
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
    /// Nothing.
    Nothing,
    /// Users until no licence is left.
    Seats,
    /// Users until no non-interactive slot is left.
    Slots,
    /// Both.
    Both,
}

/// An embedded scenario.
struct Embedded {
    name: &'static str,
    about: &'static str,
    overlay: Option<&'static str>,
    fill: Fill,
}

macro_rules! overlay {
    ($name:literal, $about:literal) => {
        Embedded {
            name: $name,
            about: $about,
            overlay: Some(include_str!(concat!("../../fixtures/scenarios/", $name, ".json"))),
            fill: Fill::Nothing,
        }
    };
}

const EMBEDDED: &[Embedded] = &[
    overlay!("default", "sample users, business units, teams, accounts and contacts"),
    Embedded { name: "empty", about: "only what a new organization has", overlay: None, fill: Fill::Nothing },
    Embedded { name: "out-of-licenses", about: "every licence is taken", overlay: None, fill: Fill::Seats },
    Embedded {
        name: "non-interactive-full",
        about: "every non-interactive slot is taken",
        overlay: None,
        fill: Fill::Slots,
    },
    overlay!("sync-lag", "Office 365 takes 5 minutes, settling an access mode 24 hours; the clock is manual"),
    Embedded {
        name: "support-user",
        about: "licences and slots are all taken; the support user takes neither",
        overlay: None,
        fill: Fill::Both,
    },
    overlay!("admin-without-license", "an administrator of the tenant who has no licence"),
    overlay!(
        "licence-kept-by-non-interactive",
        "a non-interactive user whose account keeps the last licence"
    ),
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
        if EMBEDDED.iter().any(|scenario| scenario.name == text) {
            return Ok(Self::Embedded(text.to_owned()));
        }
        let names: Vec<_> = Self::embedded().map(|(name, _)| name).collect();
        Err(format!("there is no scenario '{text}'; there are {}, large:N", names.join(", ")))
    }
}

impl Scenario {
    /// The names of the embedded scenarios with what each is for.
    pub fn embedded() -> impl Iterator<Item = (&'static str, &'static str)> {
        EMBEDDED.iter().map(|scenario| (scenario.name, scenario.about))
    }

    /// Builds an organization.
    ///
    /// # Errors
    ///
    /// A sentence that says what is wrong with the scenario, and where.
    pub fn build(&self, catalogue: &Arc<Catalogue>, options: &Options) -> Result<World, String> {
        match self {
            Self::Embedded(name) => {
                let Embedded { overlay, fill, .. } = find(name)?;
                let mut builder = start(catalogue, options, *overlay)?;
                if matches!(fill, Fill::Seats | Fill::Both) {
                    generated::fill_seats(&mut builder);
                }
                if matches!(fill, Fill::Slots | Fill::Both) {
                    generated::fill_slots(&mut builder);
                }
                Ok(builder.finish())
            }
            Self::Large(users) => {
                let mut options = options.clone();
                generated::raise_licenses(&mut options.settings, *users)?;
                let mut builder = start(catalogue, &options, find("default")?.overlay)?;
                generated::add_users(&mut builder, *users);
                Ok(builder.finish())
            }
            Self::Document(text) => Ok(start(catalogue, options, Some(text))?.finish()),
        }
    }
}

fn find(name: &str) -> Result<&'static Embedded, String> {
    EMBEDDED
        .iter()
        .find(|scenario| scenario.name == name)
        .ok_or_else(|| format!("there is no scenario '{name}'"))
}

/// An organization with what a document says; without one, only with what every new organization has.
fn start(catalogue: &Arc<Catalogue>, options: &Options, text: Option<&str>) -> Result<Builder, String> {
    let document = text.map_or_else(|| Ok(Document::nothing()), Document::parse)?;
    // The document, what it builds upon, what that builds upon.
    let mut chain = vec![document];
    let mut base = chain[0].base()?;
    while let Base::Overlay(text) = base {
        let below = Document::parse(text)?;
        base = below.base()?;
        chain.push(below);
    }
    let mut settings = options.settings.clone();
    let mut clock = (options.clock != Clock::default()).then_some(options.clock);
    for document in &chain {
        document.apply_settings(&mut settings)?;
        clock = clock.or(document.clock()?);
    }
    SecuredColumns::check(catalogue, &settings)?;
    let document = &chain[0];
    let ids = document.ids().unwrap_or_else(|| options.seed.map_or_else(IdSource::random, IdSource::seeded));
    let identity = document.identity(&options.unique_name);
    let world = World::new(Arc::clone(catalogue), identity, settings, clock.unwrap_or(options.clock), ids);
    let mut builder = Builder::new(world)?;
    if base == Base::Empty {
        organization::add(&mut builder)?;
    }
    // All accounts first: their licences are taken before users outside the directory get what is left.
    let completes = base == Base::Empty;
    for document in chain.iter().rev() {
        document.load_directory(&mut builder, completes)?;
    }
    for document in chain.iter().rev() {
        document.load_rows(&mut builder, completes)?;
    }
    if completes {
        organization::add_members_of_administrators_profile(&mut builder);
    }
    let mut transaction = builder.change();
    complete_administrators_profile(&mut transaction);
    transaction.commit();
    document::check(&builder.world)?;
    Ok(builder)
}

/// What a document stands upon that names an embedded scenario as its base; `None` for a name that is none.
fn overlay(name: &str) -> Option<Base> {
    EMBEDDED
        .iter()
        .find(|scenario| scenario.name == name && scenario.fill == Fill::Nothing)
        .map(|scenario| scenario.overlay.map_or(Base::Empty, Base::Overlay))
}

/// The names that [`overlay`] knows.
fn overlays() -> String {
    let bases = EMBEDDED.iter().filter(|scenario| scenario.fill == Fill::Nothing);
    bases.map(|scenario| scenario.name).collect::<Vec<_>>().join(", ")
}
