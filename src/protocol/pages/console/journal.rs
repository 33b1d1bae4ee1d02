//! The request journal, live; one entry of it; and what programs ask of it, verification.

use std::fmt::Write as _;

use axum::extract::Path;
use axum::response::IntoResponse;
use http::{Method, StatusCode};
use maud::{Markup, html};
use serde_json::{Map, Value};

use super::super::Answer;
use super::super::ask::{Refused, encoded};
use super::super::layout::{self, part};
use super::super::page::Page;
use super::frame::{self, Place, Tab, at, data, list, moment, pill, plain, pretty, text, texts};

/// How many of the newest requests are shown.
const SHOWN: usize = 50;
/// What the journal is filtered by: field, label, example.
const FILTERS: &[(&str, &str, &str)] = &[
    ("method", "Method", "POST"),
    ("path", "Path", "/systemusers*"),
    ("status", "Status", "4xx"),
    ("caller", "Caller", "id or sign-in name"),
    ("rule", "Rule", "U12"),
];

pub(super) async fn show(Path(name): Path<String>, page: Page) -> Answer {
    let is_paused = page.query.get("paused").is_some();
    let filter = filter(&page);
    let (asked, refused) = match newest(&page, &name).await {
        Ok(requests) => (Some(requests), None),
        Err(refused) => (None, Some(refused)),
    };
    let address = at(&name, "journal");
    let paused = if is_paused { "paused=1&" } else { "" };
    let content = html! {
        form class="filter across" method="get" action=(address) role="search" {
            @if is_paused { input type="hidden" name="paused" value="1"; }
            @for (field, label, example) in FILTERS {
                div { label for=(field) { (label) }
                    input class="mono" id=(field) name=(field) placeholder=(example) autocomplete="off" spellcheck="false"
                        value=(page.query.text(field)); }
            }
            button type="submit" { "Filter" }
            @if !filter.is_empty() { a class="button" href=(format!("{address}?{paused}")) { "All" } }
        }
        div class="buttons" {
            @if is_paused {
                a class="button primary" href=(format!("{address}?{filter}")) { "Resume" }
            } @else {
                a class="button" href=(format!("{address}?paused=1&{filter}")) { "Pause" }
            }
            a class="button" href=(format!("{address}?{paused}{filter}")) { "Reload" }
            (layout::button(&page, &at(&name, "journal/clear"), &[], "Clear the journal", ""))
        }
        @if let Some(requests) = &asked { (table(&name, requests, (!is_paused).then_some(&*filter))) }
    };
    // A journal that is not there at all is no mistake of whoever looks at it.
    if let Some(refused) = refused.as_ref().filter(|refused| refused.status == StatusCode::NOT_IMPLEMENTED) {
        return frame::show(
            &page,
            Place::Of(&name, Tab::Journal),
            "Request journal",
            &frame::missing(refused),
            None,
        );
    }
    frame::show(&page, Place::Of(&name, Tab::Journal), "Request journal", &content, refused.as_ref())
}

/// The table alone, for a page that is open; 204 where that page shows the newest already.
pub(super) async fn entries(Path(name): Path<String>, page: Page) -> Answer {
    let requests = newest(&page, &name).await?;
    if page.query.text("seen") == seen(&requests) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Ok(part(&table(&name, &requests, Some(&filter(&page)))).into_response())
}

/// The filter as a query string.
fn filter(page: &Page) -> String {
    FILTERS.iter().fold(String::new(), |mut query, (field, ..)| {
        if let Some(value) = page.query.get(field) {
            // Writing to a text cannot fail.
            let _ = write!(query, "{field}={}&", encoded(value));
        }
        query
    })
}

/// The newest requests, newest first.
async fn newest(page: &Page, organization: &str) -> Result<Vec<Value>, Refused> {
    let path = format!("requests?{}limit={SHOWN}", filter(page));
    let mut answer = page.control_of(organization, Method::GET, &path, None).await.done()?;
    let Some(Value::Array(mut requests)) = answer.get_mut("requests").map(Value::take) else {
        return Ok(Vec::new());
    };
    requests.sort_by_key(|request| std::cmp::Reverse(request["id"].as_u64()));
    Ok(requests)
}

/// By which a page tells whether there is anything new.
fn seen(requests: &[Value]) -> String {
    requests.first().map(|request| request["id"].to_string()).unwrap_or_default()
}

/// The table; with a filter it renews itself.
fn table(organization: &str, requests: &[Value], live: Option<&str>) -> Markup {
    let rows = html! { @for request in requests { (row(organization, request)) } };
    let renewed =
        live.map(|filter| format!("{}?{filter}seen={}", at(organization, "journal/entries"), seen(requests)));
    html! {
        div id="entries" hx-get=[renewed.as_ref()] hx-trigger=[renewed.as_ref().map(|_| "every 1500ms")] hx-swap="outerHTML" {
            @if requests.is_empty() {
                p class="empty" { "No request has come in that is like that." }
                p class="hint" { "Ask the Web API of " code { "/" (organization) "/api/data/v9.2/" } " something, and it stands here." }
            } @else {
                (layout::grid("Requests, newest first", &["Number", "Time", "Request", "Status", "Caller", "Rules", "Took"], &rows))
                @if requests.len() >= SHOWN { p class="hint" { "The newest " (SHOWN) " are shown; filter to see others." } }
            }
        }
    }
}

fn row(organization: &str, request: &Value) -> Markup {
    html! {
        tr {
            td { a class="mono" href=(at(organization, &format!("journal/{}", request["id"]))) { (request["id"]) } }
            td { (moment(&request["at"])) }
            td class="mono request" { b { (text(request, "method")) } " " (text(request, "url")) }
            td { (status(request)) @if let Some(code) = request["code"].as_str() { br; code { (code) } } }
            td { (caller(request)) }
            td { (layout::rules(&texts(request, "rules"))) }
            td class="mono number" { (took(request)) }
        }
    }
}

fn status(request: &Value) -> Markup {
    let kind = match request["status"].as_u64() {
        Some(0..400) => "good",
        Some(400..500) => "warn",
        _ => "bad",
    };
    match request["status"].as_u64() {
        Some(status) => pill(kind, &status.to_string()),
        None => pill(kind, "dropped"),
    }
}

fn caller(request: &Value) -> Markup {
    html! { @match (request["caller_name"].as_str(), request["caller"].as_str()) {
        (Some(name), _) => (name),
        (None, Some(id)) => span class="mono" { (id) },
        (None, None) => "-",
    } }
}

fn took(request: &Value) -> String {
    request["duration_us"].as_u64().map(|us| format!("{}.{:03} ms", us / 1000, us % 1000)).unwrap_or_default()
}

pub(super) async fn clear(Path(name): Path<String>, page: Page) -> Answer {
    page.control_of(&name, Method::DELETE, "requests", None).await.done()?;
    frame::go(&format!("{}?done=cleared", at(&name, "journal")))
}

pub(super) async fn entry(Path((name, id)): Path<(String, u64)>, page: Page) -> Answer {
    let path = format!("requests?since={}", id.saturating_sub(1));
    let answer = page.control_of(&name, Method::GET, &path, None).await.done()?;
    let request = list(&answer, "requests").iter().find(|request| request["id"].as_u64() == Some(id));
    let request = request.ok_or_else(|| {
        Refused::own(
            StatusCode::NOT_FOUND,
            "RequestNotFound",
            format!("The journal of '{name}' has no entry {id} (any more)."),
        )
    })?;
    let content = html! {
        p class="mono request" { b { (text(request, "method")) } " " (text(request, "url")) }
        dl class="facts" {
            dt { "Status" } dd { (status(request)) @if let Some(code) = request["code"].as_str() { " " code { (code) } } }
            dt { "Time" } dd { (moment(&request["at"])) " by the organization's clock" }
            dt { "Took" } dd class="mono" { (took(request)) }
            dt { "Caller" } dd { (caller(request)) }
            dt { "Rules" } dd { @if list(request, "rules").is_empty() { "none" } @else { (layout::rules(&texts(request, "rules"))) } }
            @if let Some(batch) = request["batch"].as_u64() {
                dt { "Batch" } dd { a href=(at(&name, &format!("journal/{batch}"))) { "entry " (batch) } }
            }
            @if let Some(injection) = request["injection"].as_u64() {
                dt { "Injection" } dd { a href=(at(&name, "injections")) { "number " (injection) } }
            }
        }
        div class="pair" {
            (message("Request", &request["request"]))
            @if request["response"].is_object() { (message("Answer", &request["response"])) }
            @else { section { h2 { "Answer" } p { "The connection was dropped instead of an answer." } } }
        }
        p class="buttons" {
            a class="button" href=(at(&name, "journal")) { "Back to the journal" }
            @if id > 1 { a class="button" href=(at(&name, &format!("journal/{}", id - 1))) { "The one before" } }
            a class="button" href=(at(&name, &format!("journal/{}", id + 1))) { "The one after" }
        }
    };
    frame::show(&page, Place::Of(&name, Tab::Journal), &format!("Request {id}"), &content, None)
}

/// Headers and body of a request or an answer.
fn message(name: &str, message: &Value) -> Markup {
    let body = message["body"].as_str().unwrap_or_default();
    let shown = serde_json::from_str::<Value>(body).map_or_else(|_| body.to_owned(), |json| pretty(&json));
    let headers = message["headers"].as_object();
    html! {
        section aria-label=(name) {
            h2 { (name) }
            @if let Some(headers) = headers {
                dl class="headers mono" { @for (name, value) in headers { dt { (name) } dd { (plain(value)) } } }
            }
            @if body.is_empty() { p class="hint" { "No body." } } @else { (data(&format!("Body of the {}", name.to_lowercase()), &shown)) }
            @if let Some(note) = message["note"].as_str() { p class="hint" { (note) } }
        }
    }
}

/// Whether there were so many requests of a kind, as tests ask it.
pub(super) async fn verify(Path(name): Path<String>, page: Page) -> Answer {
    const COUNTS: &[(&str, &str)] = &[("count", "Exactly"), ("at_least", "At least"), ("at_most", "At most")];
    let fields = || FILTERS.iter().map(|(field, ..)| *field).chain(["body_contains"]);
    let is_asked =
        fields().chain(COUNTS.iter().map(|(field, _)| *field)).any(|field| page.query.get(field).is_some());
    let mut asked = Map::new();
    for field in fields() {
        if let Some(value) = page.query.get(field) {
            asked.insert(field.to_owned(), number_or_text(value));
        }
    }
    for (field, _) in COUNTS {
        if let Some(value) = page.query.get(field) {
            asked.insert((*field).to_owned(), number_or_text(value));
        }
    }
    let asked = Value::Object(asked);
    let (verdict, refused) = if is_asked {
        let reply = page.control_of(&name, Method::POST, "requests/verify", Some(asked.clone())).await;
        // What is not so is an answer, too.
        if reply.status == StatusCode::UNPROCESSABLE_ENTITY && reply.body["verified"].is_boolean() {
            (Some(reply.body), None)
        } else {
            match reply.done() {
                Ok(verdict) => (Some(verdict), None),
                Err(refused) => (None, Some(refused)),
            }
        }
    } else {
        (None, None)
    };
    let content = html! {
        p class="hint" { "What a test asks with " code { "POST requests/verify" } ": whether requests of a kind have come so often." }
        form method="get" action=(at(&name, "verify")) {
            fieldset class="across" {
                legend { "Requests with" }
                @for (field, label, example) in FILTERS {
                    div { label for=(field) { (label) }
                        input class="mono" id=(field) name=(field) placeholder=(example) autocomplete="off" spellcheck="false"
                            value=(page.query.text(field)); }
                }
                div { label for="body_contains" { "Body contains" }
                    input class="mono" id="body_contains" name="body_contains" autocomplete="off" spellcheck="false"
                        value=(page.query.text("body_contains")); }
            }
            fieldset class="across" {
                legend { "have come" }
                @for (field, label) in COUNTS {
                    div { label for=(field) { (label) }
                        input class="mono" id=(field) name=(field) type="number" min="0" inputmode="numeric" value=(page.query.text(field)); }
                }
            }
            p class="buttons" { button type="submit" class="primary" { "Verify" } }
        }
        @if let Some(verdict) = &verdict { (outcome(&name, verdict)) (data("The same for programs", &program(&page, &name, &asked))) }
    };
    frame::show(&page, Place::Of(&name, Tab::Verify), "Verify requests", &content, refused.as_ref())
}

fn number_or_text(text: &str) -> Value {
    text.parse::<u64>().map_or_else(|_| text.into(), Value::from)
}

fn program(page: &Page, organization: &str, asked: &Value) -> String {
    let root = super::run::root(page);
    super::run::curl(
        "POST",
        &format!("{root}/_emulator/v1/orgs/{organization}/requests/verify"),
        None,
        &[],
        Some(asked),
    )
}

fn outcome(organization: &str, verdict: &Value) -> Markup {
    let is_so = verdict["verified"] == true;
    let (kind, word) = if is_so { ("done", "It is so") } else { ("wrong", "It is not so") };
    let near = html! {
        @for near in list(verdict, "nearest") {
            tr {
                td { a class="mono" href=(at(organization, &format!("journal/{}", near["request"]["id"]))) { (near["request"]["id"]) } }
                td class="mono request" { b { (text(&near["request"], "method")) } " " (text(&near["request"], "url")) }
                td { (status(&near["request"])) }
                td { @for miss in list(near, "missed") {
                    p { (text(miss, "criterion")) " is " b { (plain(&miss["actual"])) } ", not " b { (plain(&miss["expected"])) } } } }
            }
        }
    };
    let rows = html! { @for request in list(verdict, "matches") { (row(organization, request)) } };
    html! {
        (layout::message(kind, &format!("{word}: {} of {} recorded requests match.", verdict["matched"], verdict["recorded"])))
        @if !list(verdict, "nearest").is_empty() {
            h2 { "The nearest" }
            (layout::grid("The nearest requests", &["Number", "Request", "Status", "What does not fit"], &near))
        }
        @if !list(verdict, "matches").is_empty() {
            h2 { "Those that match" }
            (layout::grid("Matching requests", &["Number", "Time", "Request", "Status", "Caller", "Rules", "Took"], &rows))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn statuses_are_numbers_where_they_are() {
        assert_eq!((number_or_text("403"), number_or_text("4xx")), (json!(403), json!("4xx")));
    }
}
