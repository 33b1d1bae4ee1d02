//! Every embedded scenario builds, and every organization comes back from its own document.

use super::*;
use crate::settings::Era;

fn options(era: Era) -> Options {
    Options {
        unique_name: "contoso".to_owned(),
        settings: Settings::of_era(era),
        clock: Clock::Manual { now: "2026-01-01T08:00:00Z".parse().unwrap() },
        seed: Some(7),
    }
}

fn build(scenario: &str, era: Era) -> World {
    let catalogue = Arc::new(Catalogue::embedded());
    scenario
        .parse::<Scenario>()
        .unwrap()
        .build(&catalogue, &options(era))
        .unwrap_or_else(|why| panic!("{scenario}: {why}"))
}

const ERAS: [Era; 2] = [Era::Crm2013, Era::Dataverse];

fn names() -> impl Iterator<Item = &'static str> {
    Scenario::embedded().map(|(name, _)| name).chain(["large:100"])
}

#[test]
fn every_scenario_comes_back_from_its_own_document() {
    for (name, era) in names().flat_map(|name| ERAS.map(|era| (name, era))) {
        let world = build(name, era);
        let first = String::from_utf8(export(&world)).unwrap();
        let again = Scenario::Document(first.as_str().into());
        let again = again
            .build(world.catalogue(), &options(Era::Crm2013))
            .unwrap_or_else(|why| panic!("{name}: {why}"));
        let second = String::from_utf8(export(&again)).unwrap();
        assert!(first == second, "{name}, {era:?}");
        for table in world.catalogue().tables() {
            let [before, after] = [&world, &again].map(|world| world.records().table(table.id));
            for ((_, before), (_, after)) in before.iter().zip(after.iter()) {
                assert_eq!(
                    (before.id(), before.to_record()),
                    (after.id(), after.to_record()),
                    "{name}: {}",
                    table.logical_name
                );
            }
        }
    }
}
