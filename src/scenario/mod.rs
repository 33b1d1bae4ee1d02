//! Organizations as documents: the embedded scenarios, and any exported organization.

use std::str::FromStr;
use std::sync::Arc;

use crate::clock::Clock;
use crate::model::Catalogue;
use crate::settings::Settings;
use crate::world::World;

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
    /// The clock.
    pub clock: Clock,
    /// Makes ids reproducible.
    pub seed: Option<u64>,
}

impl FromStr for Scenario {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(Self::Embedded(text.to_owned()))
    }
}

impl Scenario {
    /// Builds an organization.
    ///
    /// # Errors
    ///
    /// A sentence that says what is wrong with the scenario, and where.
    pub fn build(&self, _catalogue: &Arc<Catalogue>, _options: &Options) -> Result<World, String> {
        Err("being written".to_owned())
    }
}

/// The whole organization as a scenario document.
pub fn export(_world: &World) -> Vec<u8> {
    Vec::new()
}
