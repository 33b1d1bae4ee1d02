//! The switches of an organization: what each is for, its value, and changing it.

use axum::extract::Path;
use http::Method;
use maud::{Markup, html};
use serde_json::{Map, Value};

use super::super::Answer;
use super::super::ask::Refused;
use super::super::layout::form_token;
use super::super::page::Page;
use super::frame::{self, Place, Tab, at, list, pill, text, texts};

pub(super) async fn show(Path(name): Path<String>, page: Page) -> Answer {
    render(&page, &name, None).await
}

async fn render(page: &Page, name: &str, refused: Option<&Refused>) -> Answer {
    let values = page.control_of(name, Method::GET, "settings", None).await.done()?;
    let described = page.ask(Method::GET, "/_emulator/v1/settings", None).await.done()?;
    let era = text(&values, "era");
    let content = html! {
        p { "Where documents disagree or the product changed, a switch decides. A switch that nobody set follows the era, "
            span class="mono" { (era) } ". Changes apply at once." }
        form method="post" action=(at(name, "settings")) {
            (form_token(page))
            div class="switches" {
                @for entry in list(&described, "settings") { (switch(page, entry, &values, era)) }
            }
            p class="buttons sticky" { button type="submit" class="primary" { "Save" } a class="button" href=(at(name, "settings")) { "Discard" } }
        }
    };
    frame::show(page, Place::Of(name, Tab::Settings), "Settings", &content, refused)
}

fn switch(page: &Page, entry: &Value, values: &Value, era: &str) -> Markup {
    let key = text(entry, "key");
    let value = &values[key];
    let now = page
        .form
        .iter()
        .find(|(name, _)| *name == key)
        .map_or_else(|| shown(value), |(_, text)| text.to_owned());
    let default = &entry["defaults"][era];
    let about = format!("about-{key}");
    let choices = if value.is_boolean() {
        vec!["true".to_owned(), "false".to_owned()]
    } else {
        texts(entry, "choices")
    };
    html! {
        div class="switch" {
            label for=(key) class="mono" { (key) @if key != "era" && value != default { " " (pill("warn", "not the default")) } }
            @if !choices.is_empty() {
                select id=(key) name=(key) aria-describedby=(about) {
                    @for choice in &choices { option selected[*choice == now] { (choice) } }
                }
            } @else if value.is_u64() {
                input class="mono" id=(key) name=(key) type="number" min="0" value=(now) aria-describedby=(about);
            } @else {
                input class="mono" id=(key) name=(key) value=(now) aria-describedby=(about) autocomplete="off" spellcheck="false";
            }
            p id=(about) class="hint" { (linked(text(entry, "about")))
                @if choices.is_empty() && !value.is_u64() { " Takes " (text(entry, "values")) "." }
                @if key != "era" { " Default: " code { (shown_or_none(default)) } } }
        }
    }
}

/// A sentence in which the numbers of rules in brackets lead to what they say.
fn linked(sentence: &str) -> Markup {
    let Some((before, rules)) = sentence.trim_end_matches('.').rsplit_once(" (") else {
        return html! { (sentence) };
    };
    let Some(rules) = rules.strip_suffix(')') else { return html! { (sentence) } };
    let all: Vec<String> = rules.split(", ").map(str::to_owned).collect();
    html! { (before) " (" (super::super::layout::rules(&all)) ")." }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Array(elements) => elements.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn shown_or_none(value: &Value) -> String {
    Some(shown(value)).filter(|text| !text.is_empty()).unwrap_or_else(|| "none".to_owned())
}

pub(super) async fn change(Path(name): Path<String>, page: Page) -> Answer {
    let values = page.control_of(&name, Method::GET, "settings", None).await.done()?;
    // Only what was changed: what is sent counts as set, and follows the era no longer.
    let changed: Map<String, Value> = page
        .form
        .iter()
        .filter(|(key, text)| values.get(key).is_some_and(|value| shown(value) != text.trim()))
        .map(|(key, text)| (key.to_owned(), text.trim().into()))
        .collect();
    if changed.is_empty() {
        return frame::go(&format!("{}?done=unchanged", at(&name, "settings")));
    }
    match page.control_of(&name, Method::PATCH, "settings", Some(Value::Object(changed))).await.done() {
        Ok(_) => frame::go(&format!("{}?done=settings", at(&name, "settings"))),
        Err(refused) => render(&page, &name, Some(&refused)).await,
    }
}
