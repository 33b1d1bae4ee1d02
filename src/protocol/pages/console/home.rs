//! The organizations: what state each is in, and making, resetting and deleting them.

use axum::extract::Path;
use http::{Method, StatusCode};
use maud::{Markup, html};
use serde_json::{Map, Value, json};

use super::super::Answer;
use super::super::ask::Refused;
use super::super::layout::{self, form_token};
use super::super::page::Page;
use super::frame::{self, Place, Tab, Window, at, instant, list, organization, pill, plain, text};

pub(super) async fn show(page: Page) -> Answer {
    render(&page, None).await
}

/// What is told of an organization beside its name; what could not be had is left out.
struct State {
    seats: Option<Value>,
    clock: Option<Value>,
}

async fn state(page: &Page, name: &str) -> State {
    State {
        seats: page.control_of(name, Method::GET, "new-user-wizard", None).await.done().ok(),
        clock: page.control_of(name, Method::GET, "clock", None).await.done().ok(),
    }
}

async fn render(page: &Page, refused: Option<&Refused>) -> Answer {
    let health = page.ask(Method::GET, "/_emulator/v1/health", None).await.done()?;
    let orgs = page.ask(Method::GET, "/_emulator/v1/orgs", None).await.done()?;
    let scenarios = page.ask(Method::GET, "/_emulator/v1/scenarios", None).await.done()?;
    let all = list(&orgs, "orgs");
    let window = Window::of(page, all.len());
    let mut cards = Vec::new();
    for shown in window.rows(all) {
        cards.push(card(page, shown, &state(page, text(shown, "name")).await));
    }
    let content = html! {
        p class="hint" {
            "Version " span class="mono" { (text(&health, "version")) }
            ", running for " (duration(health["uptime_ms"].as_u64().unwrap_or_default()))
            ". All that is shown here comes from the "
            a href="/_emulator/v1/health" { "control API" } ", which programs use as well."
        }
        ul class="cards orgs" { @for card in &cards { (card) } }
        (window.links("/_emulator/?"))
        (form(page, all, list(&scenarios, "scenarios")))
    };
    frame::show(page, Place::Organizations, "Organizations", &content, refused)
}

fn card(page: &Page, shown: &Value, state: &State) -> Markup {
    let name = text(shown, "name");
    html! {
        li class="card" {
            h2 { a class="mono" href=(at(name, "")) { (name) }
                @if shown["is_default"] == true { " " (pill("", "default")) } }
            p class="hint" { (text(shown, "friendly_name")) }
            dl class="facts small" {
                @if let Some(seats) = &state.seats {
                    dt { "Licences" }
                    dd { (share(&seats["used"], &seats["seats"])) }
                    dt { "Non-interactive" }
                    dd { (share(&seats["niUsed"], &seats["niLimit"])) }
                }
                dt { "Users" }
                dd class="mono" { (plain(&shown["users"])) }
                @if let Some(clock) = &state.clock {
                    dt { "Clock" }
                    dd { (instant(&clock["now"])) " " (pill("", text(clock, "mode"))) }
                }
            }
            p class="links" {
                a href=(format!("/{name}/main.aspx")) { "Web client" } " "
                a href=(format!("/{name}/adminportal")) { "Admin centre" } " "
                a href=(at(name, "journal")) { "Journal" }
            }
            div class="buttons" {
                (layout::button(page, &at(name, "snapshots"), &[("save", "quick")], "Snapshot", ""))
                a class="button" href=(at(name, "reset")) { "Reset" span class="away" { " " (name) } }
                @if shown["is_default"] != true {
                    a class="button" href=(at(name, "delete")) { "Delete" span class="away" { " " (name) } }
                }
            }
        }
    }
}

/// So many of so many.
fn share(used: &Value, of: &Value) -> Markup {
    let is_full = used.as_u64() >= of.as_u64();
    html! {
        span class="mono" { (used) " of " (of) }
        @if is_full { " " (pill("warn", "none left")) }
    }
}

fn form(page: &Page, organizations: &[Value], scenarios: &[Value]) -> Markup {
    let chosen = page.form.text("start");
    let option = |value: String, label: String| {
        html! { option value=(value) selected[value == chosen] { (label) } }
    };
    html! {
        section class="make" aria-labelledby="make" {
            h2 id="make" { "Make an organization" }
            form method="post" action="/_emulator/orgs" {
                (form_token(page))
                label for="name" { "Name" }
                input class="mono" id="name" name="name" required maxlength="63" pattern="[a-z0-9][a-z0-9_\\-]*" autocomplete="off"
                    spellcheck="false" value=(page.form.text("name")) aria-describedby="name-hint";
                p id="name-hint" class="hint" { "Lower-case letters, digits, '-' and '_', as it stands in addresses." }
                label for="start" { "What it holds at the start" }
                select id="start" name="start" {
                    optgroup label="A scenario" {
                        @for scenario in scenarios {
                            (option(format!("scenario:{}", text(scenario, "name")),
                                format!("{} ({})", text(scenario, "name"), text(scenario, "about"))))
                        }
                        (option("scenario:large:1000".to_owned(), "large:1000 (a thousand users)".to_owned()))
                    }
                    optgroup label="What another one holds now" {
                        @for of in organizations.iter().take(200) {
                            (option(format!("from:{}", text(of, "name")), format!("fork of {}", text(of, "name"))))
                        }
                    }
                }
                label for="settings" { "Settings, if any" }
                textarea class="mono" id="settings" name="settings" rows="3" spellcheck="false" aria-describedby="settings-hint"
                    { (page.form.text("settings")) }
                p id="settings-hint" class="hint" {
                    "One a line, as in " code { "licenses = 3" } ". The settings of any organization list the keys."
                }
                p class="buttons" { button type="submit" class="primary" { "Make it" } }
            }
        }
    }
}

/// Milliseconds as people say them.
fn duration(ms: u64) -> String {
    let seconds = ms / 1000;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds} s"),
        (0, _) => format!("{minutes} min {} s", seconds % 60),
        _ => format!("{hours} h {minutes} min"),
    }
}

pub(super) async fn create(page: Page) -> Answer {
    match make(&page).await {
        Ok(name) => frame::go(&format!("{}?done=made", at(&name, ""))),
        Err(refused) => render(&page, Some(&refused)).await,
    }
}

async fn make(page: &Page) -> Result<String, Refused> {
    let name = page.form.text("name");
    let mut new = json!({ "name": name, "settings": read_settings(page.form.text("settings"))? });
    let start = page.form.text("start");
    if let Some((member, value)) =
        start.split_once(':').filter(|(member, _)| matches!(*member, "scenario" | "from"))
    {
        new[member] = value.into();
    }
    page.ask(Method::POST, "/_emulator/v1/orgs", Some(new)).await.done()?;
    Ok(name.to_owned())
}

/// Lines of `key = value`.
fn read_settings(text: &str) -> Result<Map<String, Value>, Refused> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let pair = |line: &str| {
        let (key, value) = line.split_once('=').ok_or_else(|| {
            Refused::own(
                StatusCode::BAD_REQUEST,
                "InvalidSetting",
                format!("'{line}' is not a setting; write one a line, as in licenses = 3."),
            )
        })?;
        Ok((key.trim().to_owned(), Value::from(value.trim())))
    };
    lines.map(pair).collect()
}

pub(super) async fn ask_reset(Path(name): Path<String>, page: Page) -> Answer {
    const WHAT: &str = "Everything that happened to it since it was made is lost: rows, accounts, settings and clock. \
        Its snapshots stay.";
    confirm(&page, &name, "Reset", WHAT, "reset").await
}

pub(super) async fn ask_delete(Path(name): Path<String>, page: Page) -> Answer {
    const WHAT: &str = "All that it holds is lost, its snapshots included.";
    confirm(&page, &name, "Delete", WHAT, "delete").await
}

async fn confirm(page: &Page, name: &str, verb: &str, what: &str, path: &str) -> Answer {
    organization(page, name).await?;
    let content = html! {
        p { (what) }
        div class="buttons" {
            (layout::button(page, &at(name, path), &[], &format!("{verb} {name}"), "danger"))
            a class="button" href=(at(name, "")) { "Leave it as it is" }
        }
    };
    frame::show(page, Place::Of(name, Tab::Ledger), &format!("{verb} {name}?"), &content, None)
}

pub(super) async fn reset(Path(name): Path<String>, page: Page) -> Answer {
    page.control_of(&name, Method::POST, "reset", None).await.done()?;
    frame::go(&format!("{}?done=reset", at(&name, "")))
}

pub(super) async fn delete(Path(name): Path<String>, page: Page) -> Answer {
    match page.control_of(&name, Method::DELETE, "", None).await.done() {
        Ok(_) => frame::go("/_emulator/?done=deleted"),
        Err(refused) => render(&page, Some(&refused)).await,
    }
}
