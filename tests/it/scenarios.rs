//! Every embedded scenario is an organization that the rules could have made.

use std::sync::Arc;

use crm_emulator::clock::Clock;
use crm_emulator::model::Catalogue;
use crm_emulator::rules;
use crm_emulator::scenario::{Options, Scenario};
use crm_emulator::service::registry::Registry;
use crm_emulator::settings::{Era, Settings};

/// Switches that decide who is enabled.
const SWITCHES: &[&[(&str, &str)]] =
    &[&[], &[("licenses", "2")], &[("non_interactive_limit", "0")], &[("crm_managed_users", "off")]];

#[test]
fn every_scenario_satisfies_every_rule() {
    let catalogue = Arc::new(Catalogue::embedded());
    let registry = Registry::new(rules::all(), &[]);
    let mut wrong = Vec::new();
    for name in Scenario::embedded().map(|(name, _)| name).chain(["large:40"]) {
        for era in [Era::Crm2013, Era::Dataverse] {
            for switches in SWITCHES {
                let mut settings = Settings::of_era(era);
                for (key, value) in *switches {
                    settings.set(key, value).unwrap();
                }
                let options = Options {
                    unique_name: "contoso".to_owned(),
                    settings,
                    clock: Clock::default(),
                    seed: Some(1),
                };
                let scenario: Scenario = name.parse().unwrap();
                let world = scenario.build(&catalogue, &options).unwrap();
                for violation in registry.verify(&world) {
                    wrong.push(format!("{name}, {era:?}, {switches:?}: {violation:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
