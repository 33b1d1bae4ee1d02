//! The document around every page of the console, and what its pages share.

use axum::response::{IntoResponse, Redirect};
use http::{Method, StatusCode};
use maud::{Markup, html};
use serde_json::Value;

use super::super::Answer;
use super::super::ask::{Refused, encoded};
use super::super::layout::{self, Look, document};
use super::super::page::Page;

/// Where a page stands.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place<'o> {
    /// Among the organizations.
    Organizations,
    /// One of them.
    Of(&'o str, Tab),
    /// Scenarios and stories.
    Scenarios,
    /// The rules.
    Rules,
}

/// What can be looked at of one organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    Ledger,
    Explain,
    Journal,
    Verify,
    Injections,
    Clock,
    Settings,
    Snapshots,
    Coverage,
}

const TABS: &[(Tab, &str, &str)] = &[
    (Tab::Ledger, "Licences", ""),
    (Tab::Explain, "Explain", "explain"),
    (Tab::Journal, "Journal", "journal"),
    (Tab::Verify, "Verify", "verify"),
    (Tab::Injections, "Injections", "injections"),
    (Tab::Clock, "Clock & sync", "clock"),
    (Tab::Settings, "Settings", "settings"),
    (Tab::Snapshots, "Snapshots", "snapshots"),
    (Tab::Coverage, "Coverage", "coverage"),
];

impl Place<'_> {
    /// The address of the page, without what was asked of it.
    fn address(self) -> String {
        match self {
            Self::Organizations => "/_emulator/".to_owned(),
            Self::Of(organization, tab) => {
                let path = TABS.iter().find(|(of, ..)| *of == tab).map_or("", |(.., path)| path);
                at(organization, path)
            }
            Self::Scenarios => "/_emulator/scenarios".to_owned(),
            Self::Rules => "/_emulator/rules".to_owned(),
        }
    }
}

/// The address of a page about an organization.
pub(super) fn at(organization: &str, path: &str) -> String {
    let slash = if path.is_empty() { "" } else { "/" };
    format!("/_emulator/orgs/{}{slash}{path}", encoded(organization))
}

/// The whole page, as handlers answer it. A refusal lies above it as a dialog, and the page has its status.
#[expect(clippy::unnecessary_wraps, reason = "it is what handlers answer")]
pub(super) fn show(
    page: &Page,
    place: Place<'_>,
    title: &str,
    content: &Markup,
    refused: Option<&Refused>,
) -> Answer {
    let body = html! {
        header class="top" {
            a class="brand" href="/_emulator/" { "crm-emulator" }
            nav aria-label="Console" {
                (link("/_emulator/", "Organizations", matches!(place, Place::Organizations | Place::Of(..))))
                (link("/_emulator/scenarios", "Scenarios and stories", matches!(place, Place::Scenarios)))
                (link("/_emulator/rules", "Rules", matches!(place, Place::Rules)))
            }
        }
        @if let Place::Of(organization, tab) = place {
            nav class="of" aria-label={ "Organization " (organization) } {
                p class="which" {
                    span class="mono" { (organization) }
                    a href=(format!("/{organization}/main.aspx")) { "Web client" }
                    a href=(format!("/{organization}/adminportal")) { "Admin centre" }
                }
                div class="tabs" {
                    @for (of, name, path) in TABS { (link(&at(organization, path), name, *of == tab)) }
                }
            }
        }
        main id="main" tabindex="-1" {
            h1 { (title) }
            @if let Some(text) = page.query.get("done").and_then(done) { (layout::message("done", text)) }
            (content)
        }
        @if let Some(refused) = refused { (layout::refusal(refused, &place.address())) }
    };
    let status = refused.map_or(StatusCode::OK, |refused| refused.status);
    Ok(document(Look::Console, status, &format!("{title} - crm-emulator"), &body))
}

fn link(address: &str, name: &str, is_here: bool) -> Markup {
    html! { a href=(address) aria-current=[is_here.then_some("page")] { (name) } }
}

/// What to say after a form has done its work, by the word in the address; nothing else can be said that way.
fn done(what: &str) -> Option<&'static str> {
    Some(match what {
        "made" => "The organization was made.",
        "deleted" => "The organization was deleted.",
        "reset" => "The organization is as it was when it was made.",
        "settings" => "The settings apply from now on.",
        "unchanged" => "Nothing was changed: every setting had this value already.",
        "clock" => "The clock was set.",
        "advanced" => "The clock was advanced, and what fell due was done.",
        "synchronised" => "What waited was synchronised.",
        "saved" => "The snapshot was saved.",
        "restored" => "The organization is as it was when the snapshot was saved.",
        "forgotten" => "The snapshot was forgotten.",
        "cleared" => "The journal is empty.",
        "planned" => "The injection is in place.",
        "removed" => "The injection was taken away.",
        _ => return None,
    })
}

/// Leads to a page after a form has done its work.
#[expect(clippy::unnecessary_wraps, reason = "it is what handlers answer")]
pub(super) fn go(address: &str) -> Answer {
    Ok(Redirect::to(address).into_response())
}

/// A part of a page that could not be had, where it would have stood.
pub(super) fn missing(refused: &Refused) -> Markup {
    html! {
        (layout::message("note", &refused.message))
        @if let Some(hint) = &refused.hint { p class="hint" { (hint) } }
    }
}

/// A part of a page, or why it is not there.
pub(super) fn part_or_why(asked: Result<Value, Refused>, show: impl FnOnce(&Value) -> Markup) -> Markup {
    match asked {
        Ok(value) => show(&value),
        Err(refused) => missing(&refused),
    }
}

/// The organization itself, which must be there.
pub(super) async fn organization(page: &Page, name: &str) -> Result<Value, Refused> {
    page.control_of(name, Method::GET, "", None).await.done()
}

/// The text of a member; empty where there is none.
pub(super) fn text<'v>(value: &'v Value, member: &str) -> &'v str {
    value[member].as_str().unwrap_or_default()
}

/// The elements of a member that is a list.
pub(super) fn list<'v>(value: &'v Value, member: &str) -> &'v [Value] {
    value[member].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// A member that is a list of texts.
pub(super) fn texts(value: &Value, member: &str) -> Vec<String> {
    list(value, member).iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// A value as people read it: a text without quotes, nothing as a dash.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A document with its lines indented.
pub(super) fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// A block of data that scrolls by itself, reachable by keyboard.
pub(super) fn data(label: &str, text: &str) -> Markup {
    html! { pre class="data" tabindex="0" role="region" aria-label=(label) { code { (text) } } }
}

/// An instant, to the second.
pub(super) fn instant(value: &Value) -> Markup {
    to("2026-01-31T12:00:00", value)
}

/// An instant, to the millisecond.
pub(super) fn moment(value: &Value) -> Markup {
    to("2026-01-31T12:00:00.000", value)
}

/// As much of an instant as the pattern has.
fn to(pattern: &str, value: &Value) -> Markup {
    let whole = value.as_str().unwrap_or("-");
    let shown = whole.get(..pattern.len()).unwrap_or(whole).trim_end_matches('Z').replacen('T', " ", 1);
    html! { time class="mono" datetime=(whole) title=(whole) { (shown) } }
}

/// A word in a frame; `kind` is `good`, `warn`, `bad` or nothing.
pub(super) fn pill(kind: &str, text: &str) -> Markup {
    html! { span class={ "pill " (kind) } { (text) } }
}

/// The access modes by their numbers, as the product names them.
pub(super) const ACCESS_MODES: &[&str] =
    &["Read-Write", "Administrative", "Read", "Support User", "Non-interactive", "Delegated Admin"];

/// An access mode by its name.
pub(super) fn access_mode(value: &Value) -> &'static str {
    let at = value.as_u64().and_then(|mode| usize::try_from(mode).ok());
    at.and_then(|at| ACCESS_MODES.get(at)).copied().unwrap_or("unknown")
}

/// Which rows of a long list a page of it has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    /// Counts from 1.
    at: usize,
    pages: usize,
}

impl Window {
    const ROWS: usize = 50;

    /// The window that the query string asks for.
    pub(super) fn of(page: &Page, rows: usize) -> Self {
        let pages = rows.div_ceil(Self::ROWS).max(1);
        let at = page.query.get("page").and_then(|at| at.parse().ok()).unwrap_or(1);
        Self { at: usize::clamp(at, 1, pages), pages }
    }

    /// Its rows of a list.
    pub(super) fn rows<T>(self, all: &[T]) -> &[T] {
        let from = (self.at - 1) * Self::ROWS;
        all.get(from..all.len().min(from + Self::ROWS)).unwrap_or_default()
    }

    /// Links to the pages before and after; `address` ends where `page=2` may follow.
    pub(super) fn links(self, address: &str) -> Markup {
        let to = |at: usize| format!("{address}page={at}");
        html! {
            @if self.pages > 1 {
                nav class="pages" aria-label="Pages of the list" {
                    @if self.at > 1 { a href=(to(self.at - 1)) { "Previous" } }
                    span { "Page " (self.at) " of " (self.pages) }
                    @if self.at < self.pages { a href=(to(self.at + 1)) { "Next" } }
                }
            }
        }
    }
}
