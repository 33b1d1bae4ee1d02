//! Runs the transcripts of `tests/conformance`: request and expected answer, one after another.
//!
//! A file is one story against a fresh organization. Its form:
//!
//! ```text
//! # Text up to the first blank line says what the story is.
//! scenario: out-of-licenses          (optional; `set: key=value` lines too)
//!
//! ## A step may have a title
//! PATCH systemusers(00000008-0000-4000-8000-000000000014)
//! If-Match: *
//! {"accessmode":0}
//! => 204 as somebody                 (keeps the id of the row as {somebody})
//! x-ms-emulator-rule: U30
//! {"member":"…"}
//! ```
//!
//! Addresses without a leading slash are below `/api/data/v9.2/`. Of an object the members given must be there; `…`
//! within a text stands for anything; a list must have exactly the elements given.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use axum::body::Body;
use http::Request;
use serde_json::Value;

use crate::support::{Answer, Fixture};

const ROOT: &str = "/api/data/v9.2/";

#[derive(Default)]
struct Step {
    title: String,
    line: usize,
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: String,
    status: u16,
    keep: Option<String>,
    expected_headers: Vec<(String, String)>,
    expected_body: String,
}

struct Story {
    scenario: String,
    settings: Vec<(String, String)>,
    steps: Vec<Step>,
}

fn parse(text: &str) -> Story {
    let mut story = Story { scenario: "default".into(), settings: Vec::new(), steps: Vec::new() };
    let mut title = String::new();
    let mut step: Option<Step> = None;
    let mut answered = false;
    for (number, line) in text.lines().enumerate() {
        if let Some(text) = line.strip_prefix("## ") {
            text.clone_into(&mut title);
        } else if line.is_empty() {
            story.steps.extend(step.take());
        } else if line.starts_with('#') {
            // What people read.
        } else if let Some(current) = &mut step {
            if let Some(answer) = line.strip_prefix("=> ") {
                let (status, keep) = answer.split_once(" as ").map_or((answer, None), |(s, k)| (s, Some(k)));
                current.status =
                    status.trim().parse().unwrap_or_else(|_| panic!("line {}: {line}", number + 1));
                current.keep = keep.map(str::to_owned);
                answered = true;
            } else {
                let (headers, body) = if answered {
                    (&mut current.expected_headers, &mut current.expected_body)
                } else {
                    (&mut current.headers, &mut current.body)
                };
                match line.split_once(": ").filter(|(name, _)| !name.contains(['{', '"', ' ', '<', '['])) {
                    Some((name, value)) if body.is_empty() => headers.push((name.into(), value.into())),
                    _ => body.push_str(line),
                }
            }
        } else if let Some(scenario) = line.strip_prefix("scenario: ") {
            scenario.clone_into(&mut story.scenario);
        } else if let Some((key, value)) = line.strip_prefix("set: ").and_then(|set| set.split_once('=')) {
            story.settings.push((key.into(), value.into()));
        } else {
            let (method, url) = line.split_once(' ').unwrap_or_else(|| panic!("line {}: {line}", number + 1));
            answered = false;
            step = Some(Step {
                title: title.clone(),
                line: number + 1,
                method: method.into(),
                url: url.into(),
                ..Step::default()
            });
        }
    }
    story.steps.extend(step);
    story
}

fn run(name: &str, text: &str) {
    let story = parse(text);
    assert!(!story.steps.is_empty(), "{name} has no steps");
    let fixture = Fixture::with(|mut builder| {
        builder = builder.scenario(&story.scenario);
        for (key, value) in &story.settings {
            builder = builder.set(key, value);
        }
        builder
    });
    let mut kept: BTreeMap<String, String> = BTreeMap::new();
    for step in &story.steps {
        let fill = |text: &str| {
            kept.iter().fold(text.to_owned(), |text, (name, id)| text.replace(&format!("{{{name}}}"), id))
        };
        let answer = send(&fixture, step, &fill);
        let place = format!("{name}:{} {} ({} {})", step.line, step.title, step.method, fill(&step.url));
        assert!(answer.status == step.status, "{place}\nexpected {}, got {answer}", step.status);
        for (header, value) in &step.expected_headers {
            let (value, got) = (fill(value), answer.header(header));
            assert!(like(&value, got), "{place}\nexpected {header}: {value}, got {got:?} in {answer}");
        }
        if !step.expected_body.is_empty() {
            let expected = fill(&step.expected_body);
            match serde_json::from_str::<Value>(&expected) {
                Ok(json) => {
                    let got = answer.json();
                    assert!(fits(&json, &got), "{place}\nexpected {json:#}\ngot {answer}");
                }
                Err(_) => {
                    assert!(like(&expected, &answer.text()), "{place}\nexpected {expected}\ngot {answer}");
                }
            }
        }
        if let Some(name) = &step.keep {
            kept.insert(name.clone(), id_of(&answer));
        }
    }
}

/// The id of the row written, or of the first user in the body.
fn id_of(answer: &Answer) -> String {
    let address = answer.header("odata-entityid");
    let (text, before, after) = match address {
        "" => (answer.text(), "\"systemuserid\":\"", '"'),
        address => (address.to_owned(), "(", ')'),
    };
    let id = text.split(before).nth(1).and_then(|rest| rest.split(after).next());
    id.unwrap_or_else(|| panic!("no id to keep in {answer}")).to_owned()
}

fn send(fixture: &Fixture, step: &Step, fill: &dyn Fn(&str) -> String) -> Answer {
    let url = fill(&step.url).replace(' ', "%20").replace('"', "%22").replace('<', "%3C").replace('>', "%3E");
    let url = if url.starts_with('/') { url } else { format!("{ROOT}{url}") };
    let mut request = Request::builder().method(step.method.as_str()).uri(url).header("host", "crm.test");
    let given = |name: &str| step.headers.iter().any(|(header, _)| header.eq_ignore_ascii_case(name));
    if !step.body.is_empty() && !given("content-type") {
        request = request.header("content-type", "application/json");
    }
    for (name, value) in &step.headers {
        request = request.header(name.as_str(), fill(value));
    }
    fixture.send(request.body(Body::from(fill(&step.body))).unwrap())
}

/// Whether a text is as expected, where `…` stands for anything.
fn like(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('…');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let Some((last, middle)) = pieces.collect::<Vec<_>>().split_last().map(|(l, m)| (*l, m.to_vec())) else {
        return rest.is_empty();
    };
    for piece in middle {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

fn fits(expected: &Value, got: &Value) -> bool {
    match (expected, got) {
        (Value::String(pattern), Value::String(text)) => like(pattern, text),
        (Value::String(pattern), _) if pattern == "…" => true,
        (Value::Object(expected), Value::Object(got)) => {
            expected.iter().all(|(name, value)| got.get(name).is_some_and(|got| fits(value, got)))
        }
        (Value::Array(expected), Value::Array(got)) => {
            expected.len() == got.len() && expected.iter().zip(got).all(|(expected, got)| fits(expected, got))
        }
        _ => expected == got,
    }
}

#[test]
fn every_transcript_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut failed = Vec::new();
    for file in &files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(file).unwrap();
        // Each story is told to its end even if another one fails.
        let told = std::panic::catch_unwind(|| run(&name, &text));
        if let Err(panic) = told {
            failed.push(panic.downcast_ref::<String>().cloned().unwrap_or(name));
        }
    }
    assert!(
        failed.is_empty(),
        "{} of {} transcripts failed:\n{}",
        failed.len(),
        files.len(),
        failed.join("\n\n")
    );
}

#[test]
fn the_language_of_transcripts() {
    assert!(like("a…c", "abc") && like("…", "") && like("…b", "bb") && !like("a", "ab") && !like("a…b", "a"));
    let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    assert!(fits(&json(r#"{"a":"…"}"#), &json(r#"{"a":1,"b":2}"#)));
    assert!(!fits(&json("[1]"), &json("[1,2]")));
}
