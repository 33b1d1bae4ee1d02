//! The documented rules, and what of all that can be touched the requests so far have touched.

use std::collections::BTreeMap;

use axum::extract::Path;
use http::{Method, StatusCode};
use maud::{Markup, html};
use serde_json::Value;

use super::super::Answer;
use super::super::layout;
use super::super::page::Page;
use super::frame::{self, Place, Tab, at, list, organization, part_or_why, pill, text};

pub(super) async fn show(page: Page) -> Answer {
    let name = page.query.get("org").unwrap_or_else(|| page.organization()).to_owned();
    organization(&page, &name).await?;
    let answer = page.ask(Method::GET, "/_emulator/v1/rules", None).await.done()?;
    let coverage = page.control_of(&name, Method::GET, "coverage", None).await.done().unwrap_or_default();
    let counts: BTreeMap<&str, u64> = list(&coverage["rules"], "touched")
        .iter()
        .map(|rule| (text(rule, "id"), rule["count"].as_u64().unwrap_or_default()))
        .collect();
    let wanted = page.query.text("q").to_lowercase();
    let is_wanted = |rule: &&Value| {
        let all = [text(rule, "id"), text(rule, "title"), text(rule, "source")].join("\n").to_lowercase();
        wanted.split_whitespace().all(|word| all.contains(word))
    };
    let rules: Vec<_> = list(&answer, "rules").iter().filter(is_wanted).collect();
    let rows = html! {
        @for rule in &rules {
            @let id = text(rule, "id");
            tr id=(id) {
                th scope="row" class="mono" { a href={ "#" (id) } { (id) } }
                td class="why" { (text(rule, "title")) }
                td class="why hint" { (text(rule, "source")) }
                td class="mono number" { (counts.get(id).copied().unwrap_or_default()) }
            }
        }
    };
    let content = html! {
        p { "Every refusal names the rules that decided it; here is what they say, where they are documented, and how often requests to "
            a class="mono" href=(at(&name, "coverage")) { (name) } " have touched them." }
        form class="filter" method="get" action="/_emulator/rules" role="search" {
            input type="hidden" name="org" value=(name);
            label for="q" { "Number, words, or source" }
            div class="row" {
                input id="q" name="q" type="search" value=(page.query.text("q"));
                button type="submit" { "Filter" }
                @if !wanted.is_empty() { a class="button" href="/_emulator/rules" { "All" } }
            }
        }
        p class="hint" { (rules.len()) " rules" }
        @if rules.is_empty() { p class="empty" { "No rule has these words." } }
        @else { (layout::grid("Rules", &["Rule", "What it says", "Source", "Touched"], &rows)) }
    };
    frame::show(&page, Place::Rules, "Rules", &content, None)
}

pub(super) async fn coverage(Path(name): Path<String>, page: Page) -> Answer {
    let place = Place::Of(&name, Tab::Coverage);
    let answer = page.control_of(&name, Method::GET, "coverage", None).await.done();
    let answer = match answer {
        Err(refused) if refused.status != StatusCode::NOT_IMPLEMENTED => return Err(refused),
        answer => answer,
    };
    let content = part_or_why(answer, shown);
    frame::show(&page, place, "Coverage", &content, None)
}

fn shown(coverage: &Value) -> Markup {
    html! {
        p { "What the requests so far have touched of all that is emulated: "
            span class="mono" { (coverage["requests"]) } " requests, of which "
            span class="mono" { (coverage["elsewhere"]) } " went to addresses that are no route." }
        div class="cards" {
            (figure("Rules", &coverage["rules"]))
            (figure("Routes", &coverage["routes"]))
            (figure("Operators", &coverage["operators"]))
        }
        (group("Rules", &coverage["rules"], &["Rule", "What it says", "Touched"], |rule| html! {
            td { (layout::rules(&[text(rule, "id").to_owned()])) }
            td class="why" { (text(rule, "title")) }
            td class="mono number" { (rule["count"]) }
        }))
        (group("Routes", &coverage["routes"], &["Interface", "Route", "Method", "Succeeded", "Refused"], |route| html! {
            td { (text(route, "face")) }
            td class="mono break" { (text(route, "route")) }
            td class="mono" { (text(route, "method")) }
            td class="mono number" { (route["succeeded"]) }
            td class="mono number" { (route["refused"]) }
        }))
        (group("Operators", &coverage["operators"], &["Language", "Option, operator or function", "Touched"], |operator| html! {
            td { (text(operator, "language")) }
            td class="mono break" { (text(operator, "name")) }
            td class="mono number" { (operator["count"]) }
        }))
    }
}

fn figure(name: &str, covered: &Value) -> Markup {
    let (touched, untouched) = (list(covered, "touched").len(), list(covered, "untouched").len());
    let all = touched + untouched;
    html! {
        div class="card" {
            h2 { (name) }
            p class="figure mono" { (touched) " / " (all) }
            p { @if touched == all { (pill("good", "all touched")) } @else { (untouched) " not touched" } }
            meter min="0" max=(all.max(1)) value=(touched) aria-label={ (name) " touched" } {}
        }
    }
}

/// What was touched, and in a part that opens what was not.
fn group(name: &str, covered: &Value, head: &[&str], row: impl Fn(&Value) -> Markup) -> Markup {
    let rows = |member: &str| html! { @for entry in list(covered, member) { tr { (row(entry)) } } };
    let (touched, untouched) = (list(covered, "touched"), list(covered, "untouched"));
    html! {
        h2 { (name) }
        @if touched.is_empty() { p class="empty" { "None has been touched yet." } }
        @else { (layout::grid(&format!("{name} touched"), head, &rows("touched"))) }
        @if !untouched.is_empty() {
            details { summary { (untouched.len()) " not touched" }
                (layout::grid(&format!("{name} not touched"), head, &rows("untouched"))) }
        }
    }
}
