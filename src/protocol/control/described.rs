//! What the emulator can be told: its scenarios, and the switches of an organization with what they are for.

use serde_json::{Value, json};

use super::settings::print;
use super::{Answer, ok};
use crate::scenario::Scenario;
use crate::settings::{Era, Settings};

pub(super) async fn scenarios() -> Answer {
    let all: Vec<Value> =
        Scenario::embedded().map(|(name, about)| json!({ "name": name, "about": about })).collect();
    ok(&json!({ "scenarios": all }))
}

pub(super) async fn settings() -> Answer {
    let (early, late) = (Settings::of_era(Era::Crm2013), Settings::of_era(Era::Dataverse));
    let (of_early, of_late) = (print(&early), print(&late));
    let described = early.entries().into_iter().map(|entry| {
        let words: Vec<_> = entry.values.split(' ').collect();
        let is_choice = words.contains(&entry.value.as_str()) && !matches!(&*entry.value, "true" | "false");
        let mut shown = json!({
            "key": entry.key,
            "about": entry.about,
            "values": entry.values,
            "defaults": { "crm2013": of_early[entry.key], "dataverse": of_late[entry.key] },
        });
        if is_choice {
            shown["choices"] = json!(words);
        }
        shown
    });
    ok(&json!({ "settings": described.collect::<Vec<_>>() }))
}
