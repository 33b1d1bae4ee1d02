//! A story while it is played: which steps were taken, what came back, and whether that is what should have.
//!
//! A run belongs to an organization that was made for it and is kept among the front's notes under its name, so it
//! outlives a reload of the page and nothing else.

use std::collections::BTreeMap;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::ask::{Refused, encoded};
use super::super::page::Page;
use super::stories::{self, Step, Story};
use crate::protocol::http::escaped;
use crate::scenario::base64;

/// Any will do.
const PASSWORD: &str = "any";

/// How far a story has come.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Run {
    /// The name of the story.
    pub(super) story: String,
    /// What earlier answers gave, by name.
    given: BTreeMap<String, String>,
    /// What came back, step by step.
    pub(super) answers: Vec<Answered>,
}

/// What a step came to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) body: Value,
    pub(super) rules: Vec<String>,
    pub(super) hint: Option<String>,
}

/// One thing that should be so.
#[derive(Debug, Serialize)]
pub(super) struct Check {
    /// `status`, or where in the body.
    pub(super) what: String,
    pub(super) expected: Value,
    /// What is so; nothing where the step was not taken.
    pub(super) actual: Option<Value>,
}

impl Check {
    /// Whether it is so, if that is known.
    pub(super) fn passed(&self) -> Option<bool> {
        self.actual.as_ref().map(|actual| *actual == self.expected)
    }
}

impl Run {
    /// The run that belongs to an organization, if it is one of this story.
    pub(super) fn of(page: &Page, story: &Story, organization: &str) -> Option<Self> {
        let note = page.visit.front.notes().get(&note(organization))?;
        let run: Self = serde_json::from_str(&note).ok()?;
        (run.story == story.name).then_some(run)
    }

    fn keep(&self, page: &Page, organization: &str) {
        let text = serde_json::to_string(self).unwrap_or_default();
        page.visit.front.notes().put(&note(organization), &text);
    }

    /// Makes an organization for a story; its name.
    pub(super) async fn start(page: &Page, story: &Story) -> Result<String, Refused> {
        /// More runs of one story than anybody looks at.
        const MOST: usize = 99;
        for number in 1..=MOST {
            let end = if number == 1 { String::new() } else { format!("-{number}") };
            let name = format!("story-{}{end}", story.name);
            let new = json!({ "name": name, "scenario": story.scenario, "settings": story.settings });
            match page.ask(Method::POST, "/_emulator/v1/orgs", Some(new)).await.done() {
                Ok(_) => {
                    Self { story: story.name.clone(), ..Self::default() }.keep(page, &name);
                    return Ok(name);
                }
                Err(refused) if refused.status == StatusCode::CONFLICT => {}
                Err(refused) => return Err(refused),
            }
        }
        Err(Refused::own(
            StatusCode::CONFLICT,
            "TooManyRuns",
            "This story is being played in too many organizations; delete some of them.",
        ))
    }

    /// Starts over: the organization is as it was when it was made.
    pub(super) async fn again(page: &Page, story: &Story, organization: &str) -> Result<(), Refused> {
        page.control_of(organization, Method::POST, "reset", None).await.done()?;
        Self { story: story.name.clone(), ..Self::default() }.keep(page, organization);
        Ok(())
    }

    /// Lets the organization go.
    pub(super) async fn end(page: &Page, organization: &str) -> Result<(), Refused> {
        page.control_of(organization, Method::DELETE, "", None).await.done()?;
        page.visit.front.notes().forget(&note(organization));
        Ok(())
    }

    /// Takes the next step. What comes back is kept, whatever it is.
    pub(super) async fn step(&mut self, page: &Page, step: &Step, organization: &str) -> Result<(), Refused> {
        let request = self.request(step, organization);
        if let Some(name) = request.missing() {
            return Err(Refused::own(
                StatusCode::CONFLICT,
                "StepOutOfReach",
                format!("An earlier step should have given '{name}' and did not. Start over."),
            ));
        }
        let method = request.method.parse().unwrap_or(Method::GET);
        let reply = page.ask_as_nobody(method, &request.url, request.headers(), request.body.clone()).await;
        for (name, place) in &step.capture {
            match stories::at(&reply.body, &self.fill(place, organization)) {
                Value::Null => {}
                Value::String(text) => drop(self.given.insert(name.clone(), text.clone())),
                other => drop(self.given.insert(name.clone(), other.to_string())),
            }
        }
        let status = reply.status.as_u16();
        self.answers.push(Answered { status, body: reply.body, rules: reply.rules, hint: reply.hint });
        self.keep(page, organization);
        Ok(())
    }

    /// The request of a step, as far as what it needs is known.
    pub(super) fn request(&self, step: &Step, organization: &str) -> Request {
        let fill = |text: &str| self.fill(text, organization);
        Request {
            method: step.method.clone(),
            url: fill(&step.url),
            caller: step.caller.as_deref().map(fill),
            headers: step.headers.iter().map(|(name, value)| (name.clone(), fill(value))).collect(),
            body: step.body.as_ref().map(|body| self.fill_all(body, organization)),
        }
    }

    /// What should be so after a step, and what is.
    pub(super) fn checks(&self, step: &Step, answer: Option<&Answered>, organization: &str) -> Vec<Check> {
        let status = Check {
            what: "status".to_owned(),
            expected: step.expect.status.into(),
            actual: answer.map(|answer| answer.status.into()),
        };
        let values = step.expect.is.iter().map(|(place, expected)| Check {
            what: place.trim_start_matches('/').replace('/', "."),
            expected: self.fill_all(expected, organization),
            actual: answer.map(|answer| stories::at(&answer.body, &self.fill(place, organization)).clone()),
        });
        std::iter::once(status).chain(values).collect()
    }

    /// A text with what is known by now in place of its names.
    pub(super) fn fill(&self, text: &str, organization: &str) -> String {
        let filled = text.replace("{org}", organization);
        self.given.iter().fold(filled, |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
    }

    fn fill_all(&self, value: &Value, organization: &str) -> Value {
        match value {
            Value::String(text) => self.fill(text, organization).into(),
            Value::Array(elements) => {
                elements.iter().map(|element| self.fill_all(element, organization)).collect()
            }
            Value::Object(members) => {
                let member = |(name, value): (&String, &Value)| {
                    (self.fill(name, organization), self.fill_all(value, organization))
                };
                Value::Object(members.iter().map(member).collect())
            }
            other => other.clone(),
        }
    }
}

fn note(organization: &str) -> String {
    format!("story of {organization}")
}

/// A request that is to be sent.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) url: String,
    pub(super) caller: Option<String>,
    headers: Vec<(String, String)>,
    pub(super) body: Option<Value>,
}

impl Request {
    /// A name that nothing has been given for yet.
    fn missing(&self) -> Option<String> {
        let body = self.body.as_ref().map(texts).unwrap_or_default();
        let all =
            std::iter::once(&self.url).chain(&self.caller).chain(self.headers.iter().map(|(_, value)| value));
        all.chain(&body).find_map(|text| {
            let (_, rest) = text.split_once('{')?;
            let (name, _) = rest.split_once('}')?;
            Some(name.to_owned())
        })
    }

    fn headers(&self) -> HeaderMap {
        let mut all = HeaderMap::new();
        for (name, value) in &self.headers {
            if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
                all.insert(name, value);
            }
        }
        if let Some(caller) = &self.caller {
            let pair = base64::encode(format!("{caller}:{PASSWORD}").as_bytes());
            if let Ok(value) = HeaderValue::from_str(&format!("Basic {pair}")) {
                all.insert(AUTHORIZATION, value);
            }
        }
        all
    }

    /// The same for a shell.
    pub(super) fn curl(&self, root: &str) -> String {
        curl(
            &self.method,
            &format!("{root}{}", escaped(&self.url)),
            self.caller.as_deref(),
            &self.headers,
            self.body.as_ref(),
        )
    }
}

/// All texts within a document.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(elements) => elements.iter().flat_map(texts).collect(),
        Value::Object(members) => members.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// Where the emulator is, as whoever looks at the page reaches it.
pub(super) fn root(page: &Page) -> String {
    format!("{}://{}", page.visit.site.scheme, page.visit.site.authority)
}

/// A call of `curl` for a POSIX shell.
pub(super) fn curl(
    method: &str,
    url: &str,
    caller: Option<&str>,
    headers: &[(String, String)],
    body: Option<&Value>,
) -> String {
    let mut lines = vec![match method {
        "GET" => format!("curl {}", quoted(url)),
        _ => format!("curl -X {method} {}", quoted(url)),
    }];
    lines.extend(caller.map(|caller| format!("-u {}", quoted(&format!("{caller}:{PASSWORD}")))));
    lines.extend(headers.iter().map(|(name, value)| format!("-H {}", quoted(&format!("{name}: {value}")))));
    if let Some(body) = body {
        lines.push("-H 'content-type: application/json'".to_owned());
        let text = serde_json::to_string_pretty(body).unwrap_or_default();
        lines.push(format!("-d {}", quoted(&text)));
    }
    lines.join(" \\\n  ")
}

/// One word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The address of a run.
pub(super) fn address(story: &Story, organization: &str) -> String {
    format!("{}/{}", story.address(), encoded(organization))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_what_was_meant() {
        let body = json!({"lastname": "O'Hara"});
        let headers = [("accept".to_owned(), "text/html".to_owned())];
        assert_eq!(
            curl("POST", "http://127.0.0.1:5050/x?$top=1", Some("ann@x"), &headers, Some(&body)),
            "curl -X POST 'http://127.0.0.1:5050/x?$top=1' \\\n  -u 'ann@x:any' \\\n  -H 'accept: text/html' \\\n  \
             -H 'content-type: application/json' \\\n  -d '{\n  \"lastname\": \"O'\\''Hara\"\n}'"
        );
    }

    #[test]
    fn what_is_not_known_yet_is_found() {
        let mut run = Run::default();
        let step: Step = serde_json::from_value(json!({
            "title": "", "place": "program", "person": "", "method": "PATCH", "url": "/{org}/users/{user}",
            "body": {"a": ["{unit}"]}, "expect": {"status": 204}, "why": ""
        }))
        .unwrap();
        assert_eq!(run.request(&step, "o").missing().as_deref(), Some("user"));
        run.given.insert("user".to_owned(), "1".to_owned());
        assert_eq!(run.request(&step, "o").missing().as_deref(), Some("unit"));
        run.given.insert("unit".to_owned(), "2".to_owned());
        let request = run.request(&step, "o");
        assert_eq!(
            (request.missing(), &*request.url, request.body),
            (None, "/o/users/1", Some(json!({"a": ["2"]})))
        );
    }
}
