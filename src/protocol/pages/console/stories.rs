//! The stories: pages of steps, each a request and what it should come to. They are documents under
//! `fixtures/stories`; a test runs every step of every one, so none can go stale.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

/// The documents, in the order in which they are listed.
const DOCUMENTS: &[&str] = &[
    include_str!("../../../../fixtures/stories/out-of-licences.json"),
    include_str!("../../../../fixtures/stories/created-by-program.json"),
    include_str!("../../../../fixtures/stories/patient.json"),
    include_str!("../../../../fixtures/stories/hurried.json"),
    include_str!("../../../../fixtures/stories/licence-kept.json"),
    include_str!("../../../../fixtures/stories/admin-without-license.json"),
    include_str!("../../../../fixtures/stories/five-free.json"),
    include_str!("../../../../fixtures/stories/support-user.json"),
];

static ALL: LazyLock<Vec<Story>> = LazyLock::new(|| {
    DOCUMENTS
        .iter()
        .filter_map(|text| {
            // That none is lost here is for the tests to say.
            serde_json::from_str(text).inspect_err(|why| tracing::error!(%why, "a story cannot be read")).ok()
        })
        .collect()
});

/// A story.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Story {
    /// As it stands in addresses.
    pub(super) name: String,
    pub(super) title: String,
    /// What it is about, in a sentence or two.
    pub(super) about: String,
    /// Who told it first.
    pub(super) source: String,
    /// What its organization holds at the start.
    pub(super) scenario: String,
    /// The switches it depends on, whatever the emulator was started with.
    pub(super) settings: Map<String, Value>,
    pub(super) steps: Vec<Step>,
}

/// A step of a story.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    pub(super) title: String,
    pub(super) place: Place,
    /// What a person does there.
    pub(super) person: String,
    /// The request that does the same.
    pub(super) method: String,
    /// From the root; `{org}` stands for the organization, other names for what earlier answers gave.
    pub(super) url: String,
    /// The sign-in name of who sends it, where it is not the administrator.
    #[serde(default, rename = "as")]
    pub(super) caller: Option<String>,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) body: Option<Value>,
    /// What later steps need of the answer: names, and where each stands ([`at`]).
    #[serde(default)]
    pub(super) capture: BTreeMap<String, String>,
    pub(super) expect: Expected,
    /// Why it comes to that.
    pub(super) why: String,
    /// The rules that say so.
    #[serde(default)]
    pub(super) rules: Vec<String>,
}

/// Where a person does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Place {
    /// The Office 365 admin centre.
    AdminCentre,
    /// The CRM web client.
    WebClient,
    /// A program.
    Program,
    /// Waiting.
    Time,
}

/// What should come back.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expected {
    pub(super) status: u16,
    /// Values by where they stand in the answer ([`at`]).
    #[serde(default)]
    pub(super) is: BTreeMap<String, Value>,
}

impl Story {
    pub(super) fn address(&self) -> String {
        format!("/_emulator/stories/{}", self.name)
    }
}

/// All stories.
pub(super) fn all() -> &'static [Story] {
    &ALL
}

/// A story by its name.
pub(super) fn named(name: &str) -> Option<&'static Story> {
    ALL.iter().find(|story| story.name == name)
}

/// What stands at a place of a document: member names and numbers of elements, separated by slashes, and
/// `member=text` for the first element of a list that has it.
pub(super) fn at<'v>(document: &'v Value, place: &str) -> &'v Value {
    place.split('/').filter(|part| !part.is_empty()).fold(document, |value, part| {
        match (value, part.split_once('=')) {
            (Value::Array(elements), Some((member, text))) => {
                elements.iter().find(|element| element[member] == text).unwrap_or(&Value::Null)
            }
            (Value::Array(elements), None) => {
                part.parse().ok().and_then(|at: usize| elements.get(at)).unwrap_or(&Value::Null)
            }
            _ => &value[part],
        }
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;

    #[test]
    fn every_story_can_be_read_and_has_a_name_of_its_own() {
        for document in DOCUMENTS {
            let story: Story = serde_json::from_str(document).unwrap();
            assert!(!story.steps.is_empty(), "{}", story.name);
            assert!(story.scenario.parse::<crate::scenario::Scenario>().is_ok(), "{}", story.name);
            // Names of organizations that are made for it must fit.
            assert!(
                story.name.len() <= 40 && story.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
            );
        }
        assert_eq!(ALL.len(), DOCUMENTS.len());
        assert_eq!(ALL.iter().map(|story| &story.name).collect::<BTreeSet<_>>().len(), ALL.len());
    }

    #[test]
    fn places_of_documents() {
        let document = json!({"value": [{"n": "a", "id": 1}, {"n": "b", "id": 2}], "error": {"code": "x"}});
        for (place, expected) in [
            ("/error/code", json!("x")),
            ("/value/1/id", json!(2)),
            ("/value/n=b/id", json!(2)),
            ("/value/n=c/id", Value::Null),
            ("/value/7/id", Value::Null),
            ("", document.clone()),
        ] {
            assert_eq!(*at(&document, place), expected, "{place}");
        }
    }
}
