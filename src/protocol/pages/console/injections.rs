//! Planned trouble: what is in place, and planning more of it.

use axum::extract::Path;
use http::{Method, StatusCode};
use maud::{Markup, html};
use serde_json::{Map, Value, json};

use super::super::Answer;
use super::super::ask::Refused;
use super::super::layout::{self, form_token};
use super::super::page::Page;
use super::frame::{self, Place, Tab, at, list};

pub(super) async fn show(Path(name): Path<String>, page: Page) -> Answer {
    render(&page, &name, None).await
}

/// Fields of the form: name, label, example; those of one fieldset.
type Inputs = &'static [(&'static str, &'static str, &'static str)];

const MATCH: Inputs = &[
    ("method", "Method", "PATCH"),
    ("path", "Path", "/systemusers(*)"),
    ("caller", "Caller", "id or sign-in name"),
    ("body_contains", "Body contains", ""),
];
const WHEN: Inputs = &[
    ("nth", "From the n-th", "1"),
    ("times", "How many", "all"),
    ("probability", "Probability", "0.2"),
    ("seed", "Seed", "chosen"),
];
const ANSWER: Inputs = &[
    ("status", "Status", "503"),
    ("code", "Code", "that of the status"),
    ("message", "Message", "that of the code"),
    ("retry_after", "Retry-After, seconds", "1"),
];
const PACE: Inputs = &[
    ("delay", "Wait before", "300ms"),
    ("slow", "Slow body", "64B/s"),
    ("truncate", "Cut the body after, bytes", "100"),
];

async fn render(page: &Page, name: &str, refused: Option<&Refused>) -> Answer {
    let place = Place::Of(name, Tab::Injections);
    let listed = match page.control_of(name, Method::GET, "injections", None).await.done() {
        Ok(listed) => listed,
        Err(why) if why.status == StatusCode::NOT_IMPLEMENTED => {
            return frame::show(page, place, "Injections", &frame::missing(&why), None);
        }
        Err(why) => return Err(why),
    };
    let all = list(&listed, "injections");
    let rows = html! { @for injection in all { (row(page, name, injection)) } };
    let inputs = |inputs: Inputs| {
        html! {
            @for (field, label, example) in inputs {
                div { label for=(field) { (label) }
                    input class="mono" id=(field) name=(field) placeholder=(example) autocomplete="off" spellcheck="false"
                        value=(page.form.text(field)); }
            }
        }
    };
    let content = html! {
        p { "Trouble that is planned for requests of this organization, so that one sees how a client takes it." }
        @if all.is_empty() {
            p class="empty" { "None is in place: every request is answered as the rules say." }
        } @else {
            (layout::grid("Injections", &["Number", "Requests", "What happens", "Matched", "Struck", ""], &rows))
            div class="buttons" {
                (layout::button(page, &at(name, "injections/delete"), &[("id", "all")], "Take all away", "danger"))
            }
        }
        h2 { "Plan one" }
        form method="post" action=(at(name, "injections")) {
            (form_token(page))
            fieldset class="across" { legend { "Which requests; blank means any" } (inputs(MATCH)) }
            fieldset class="across" { legend { "Which of them" } (inputs(WHEN)) }
            fieldset class="across" { legend { "Answer this instead" } (inputs(ANSWER)) }
            fieldset class="across" { legend { "Or answer, but" } (inputs(PACE))
                label class="check" { input type="checkbox" name="drop" value="true" checked[page.form.get("drop").is_some()]; "drop the connection" } }
            p class="buttons" { button type="submit" class="primary" { "Put it in place" } }
        }
    };
    frame::show(page, place, "Injections", &content, refused)
}

fn row(page: &Page, organization: &str, injection: &Value) -> Markup {
    let id = injection["id"].to_string();
    let pick = |members: &[&str]| -> Vec<String> {
        let said = |member: &&str| Some(format!("{member} {}", frame::plain(injection.get(*member)?)));
        members.iter().filter_map(said).collect()
    };
    let matched = injection["match"].as_object();
    let which: Vec<String> = matched
        .into_iter()
        .flatten()
        .map(|(member, value)| format!("{member} {}", frame::plain(value)))
        .chain(pick(&["nth", "times", "probability", "seed"]))
        .collect();
    let what = pick(&["delay", "respond", "drop", "truncate", "slow"]);
    html! {
        tr {
            td class="mono" { (id) }
            td class="mono" { @if which.is_empty() { "all" } @else { (which.join(", ")) } }
            td class="mono break" { (what.join(", ")) }
            td class="mono number" { (injection["matched"]) }
            td class="mono number" { (injection["struck"]) }
            td { (layout::button(page, &at(organization, "injections/delete"), &[("id", &id)], &format!("Take {id} away"), "")) }
        }
    }
}

pub(super) async fn add(Path(name): Path<String>, page: Page) -> Answer {
    match page.control_of(&name, Method::POST, "injections", Some(plan(&page))).await.done() {
        Ok(_) => frame::go(&format!("{}?done=planned", at(&name, "injections"))),
        Err(refused) => render(&page, &name, Some(&refused)).await,
    }
}

/// The form as the control API takes it; what is not a number where one should be is for it to refuse.
fn plan(page: &Page) -> Value {
    let collect = |inputs: Inputs| -> Map<String, Value> {
        let value =
            |(field, ..): &(&str, &str, &str)| Some(((*field).to_owned(), number(page.form.get(field)?)));
        inputs.iter().filter_map(value).collect()
    };
    let texts = |inputs: Inputs| -> Map<String, Value> {
        let value = |(field, ..): &(&str, &str, &str)| {
            Some(((*field).to_owned(), Value::from(page.form.get(field)?)))
        };
        inputs.iter().filter_map(value).collect()
    };
    let mut plan = collect(WHEN);
    let pace = texts(PACE).into_iter().map(|(field, value)| match (&*field, value.as_str()) {
        ("truncate", Some(text)) => (field, number(text)),
        _ => (field, value),
    });
    plan.extend(pace);
    let matched = texts(MATCH);
    if !matched.is_empty() {
        plan.insert("match".to_owned(), Value::Object(matched));
    }
    let mut answer = texts(ANSWER);
    for field in ["status", "retry_after"] {
        if let Some(value) = page.form.get(field) {
            answer.insert(field.to_owned(), number(value));
        }
    }
    if !answer.is_empty() {
        plan.insert("respond".to_owned(), Value::Object(answer));
    }
    if page.form.get("drop").is_some() {
        plan.insert("drop".to_owned(), json!(true));
    }
    Value::Object(plan)
}

fn number(text: &str) -> Value {
    serde_json::from_str::<serde_json::Number>(text).map_or_else(|_| text.into(), Value::Number)
}

pub(super) async fn delete(Path(name): Path<String>, page: Page) -> Answer {
    let path = match page.form.text("id") {
        "all" => "injections".to_owned(),
        id => format!("injections/{}", super::super::ask::encoded(id)),
    };
    match page.control_of(&name, Method::DELETE, &path, None).await.done() {
        Ok(_) => frame::go(&format!("{}?done=removed", at(&name, "injections"))),
        Err(refused) => render(&page, &name, Some(&refused)).await,
    }
}
