//! The clock of an organization, and what waits for it: changes in the tenant that CRM has not learned of.

use axum::extract::Path;
use http::Method;
use maud::{Markup, html};
use serde_json::{Value, json};

use super::super::Answer;
use super::super::ask::Refused;
use super::super::layout::{self, form_token};
use super::super::page::Page;
use super::frame::{self, Place, Tab, at, instant, list, part_or_why, pill, text};

pub(super) async fn show(Path(name): Path<String>, page: Page) -> Answer {
    render(&page, &name, None).await
}

async fn render(page: &Page, name: &str, refused: Option<&Refused>) -> Answer {
    let clock = page.control_of(name, Method::GET, "clock", None).await.done()?;
    let waiting = page.control_of(name, Method::GET, "sync", None).await.done();
    let is_manual = clock["mode"] == "manual";
    let set = at(name, "clock");
    let forward = at(name, "clock/advance");
    let content = html! {
        div class="cards" {
            div class="card now" {
                h2 { "It is" }
                p class="figure mono" { (instant(&clock["now"])) }
                p { @if is_manual { (pill("warn", "manual")) " It stands until it is advanced." }
                    @else { (pill("good", "real")) " It goes as the machine's does." } }
            }
        }
        h2 { "Advance" }
        p class="hint" { "What falls due in between is done, in order, before the page comes back." }
        div class="buttons" {
            @for (by, label) in [("5m", "5 minutes"), ("1h", "1 hour"), ("24h", "24 hours")] {
                (layout::button(page, &forward, &[("by", by)], label, ""))
            }
            form class="row" method="post" action=(forward) {
                (form_token(page))
                label class="away" for="by" { "By" }
                input class="mono short" id="by" name="by" placeholder="90s, PT1H" required autocomplete="off" value=(page.form.text("by"));
                button type="submit" { "Advance" }
            }
        }
        h2 { "Set" }
        div class="buttons" {
            @if is_manual { (layout::button(page, &set, &[("mode", "real")], "Real: as the machine's", "")) }
            @else { (layout::button(page, &set, &[("mode", "manual")], "Freeze it here", "")) }
        }
        form method="post" action=(set) {
            (form_token(page))
            label for="now" { "To an instant" }
            div class="row" {
                input class="mono" id="now" name="now" placeholder="2026-01-31T12:00:00Z" required autocomplete="off"
                    value=(page.form.get("now").unwrap_or(text(&clock, "now"))) spellcheck="false";
                select name="mode" aria-label="And then" {
                    option value="manual" { "and stand there" }
                    option value="real" selected[!is_manual] { "and go on" }
                }
                button type="submit" { "Set" }
            }
        }
        h2 { "What waits to be synchronised" }
        (part_or_why(waiting, |waiting| self::waiting(page, name, waiting)))
    };
    frame::show(page, Place::Of(name, Tab::Clock), "Clock and synchronisation", &content, refused)
}

fn waiting(page: &Page, organization: &str, answer: &Value) -> Markup {
    let all = list(answer, "waiting");
    let rows = html! {
        @for change in all {
            tr {
                td class="mono break" { (text(change, "user_principal_name")) }
                td class="why" { (text(change, "sentence")) }
                td { (instant(&change["made"])) }
                td { (instant(&change["due"])) }
            }
        }
    };
    html! {
        @if all.is_empty() {
            p class="empty" { "Nothing: CRM knows all that happened in Office 365." }
        } @else {
            (layout::grid("Changes that wait", &["Account", "What happened", "Made", "CRM learns of it"], &rows))
            div class="buttons" {
                (layout::button(page, &at(organization, "clock/sync"), &[], "Synchronise now", "primary"))
            }
        }
    }
}

pub(super) async fn set(Path(name): Path<String>, page: Page) -> Answer {
    let mut wanted = json!({ "mode": page.form.text("mode") });
    if let Some(now) = page.form.get("now") {
        wanted["now"] = now.into();
    }
    finish(&page, &name, page.control_of(&name, Method::PUT, "clock", Some(wanted)).await.done(), "clock")
        .await
}

pub(super) async fn advance(Path(name): Path<String>, page: Page) -> Answer {
    let by = json!({ "by": page.form.text("by") });
    let done = page.control_of(&name, Method::POST, "clock/advance", Some(by)).await.done();
    finish(&page, &name, done, "advanced").await
}

pub(super) async fn synchronise(Path(name): Path<String>, page: Page) -> Answer {
    let done = page.control_of(&name, Method::POST, "sync", None).await.done();
    finish(&page, &name, done, "synchronised").await
}

async fn finish(page: &Page, name: &str, done: Result<Value, Refused>, word: &str) -> Answer {
    match done {
        Ok(_) => frame::go(&format!("{}?done={word}", at(name, "clock"))),
        Err(refused) => render(page, name, Some(&refused)).await,
    }
}
