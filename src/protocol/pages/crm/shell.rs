//! What surrounds every page of the web client: the bar with the areas, what is in an area, messages and dialogs.

use axum::response::{IntoResponse, Redirect};
use http::{Method, StatusCode};
use maud::{Markup, html};

use super::super::ask::{Refused, Reply, encoded};
use super::super::layout::{self, Look, document, message};
use super::HOME;
use super::areas;
use super::entry::{Client, SiteMap, refusal_json};
use crate::hosting::Area;

/// What can be administered: path, name, what it is.
pub(super) const SETTINGS: &[(&str, &str, &str)] = &[
    ("/main.aspx/settings/users", "Users", "Who uses CRM: access, licenses, roles"),
    ("/main.aspx/settings/teams", "Teams", "Groups of users that own and share records"),
    ("/main.aspx/settings/businessunits", "Business Units", "How the organization is divided"),
    ("/main.aspx/settings/roles", "Security Roles", "What users and teams may do"),
];

/// Where a page stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place<'p> {
    /// The area, if it is in one.
    pub(super) area: Option<Area>,
    /// The path of the list it belongs to; empty for none.
    pub(super) path: &'p str,
}

impl Place<'_> {
    /// In no area.
    pub(super) const HOME: Self = Self { area: None, path: "" };
}

/// In the settings.
pub(super) fn in_settings(path: &str) -> Place<'_> {
    Place { area: Some(Area::Settings), path }
}

/// Something that went wrong while a form was carried out, above which its page is shown again.
#[derive(Debug, Clone)]
pub(super) struct Trouble {
    /// What was refused.
    pub(super) refused: Box<Refused>,
    /// Whom or what it was about; empty where that is plain.
    pub(super) about: String,
}

impl From<Refused> for Trouble {
    fn from(refused: Refused) -> Self {
        Self { refused: Box::new(refused), about: String::new() }
    }
}

/// A page.
pub(super) fn page(
    client: &Client,
    place: Place<'_>,
    title: &str,
    body: &Markup,
) -> axum::response::Response {
    page_with(client, place, title, None, &html! {}, body)
}

/// A page with a message, and with a dialog above it where something was refused.
pub(super) fn page_with(
    client: &Client,
    place: Place<'_>,
    title: &str,
    trouble: Option<&Trouble>,
    said: &Markup,
    body: &Markup,
) -> axum::response::Response {
    let status = trouble.map_or(StatusCode::OK, |trouble| trouble.refused.status);
    let whole = html! {
        (bar(client, place))
        main id="main" {
            @if !client.me.signed_in.may_save() {
                (message("note", "Read-only access: your access mode is Read, so nothing you change here is saved."))
            }
            (said)
            (body)
        }
        @if let Some(trouble) = trouble { (layout::refusal_above(&trouble.refused, &trouble.about)) }
    };
    document(Look::Crm, status, &format!("{title} - CRM Emulator"), &whole)
}

/// What an interface refused where there is nothing else to show; programs get the document.
pub(super) fn refusal(client: &Client, refused: &Refused) -> axum::response::Response {
    if client.page.wants_json() {
        return refusal_json(refused);
    }
    let is_area = refused.code == "0x80044502";
    let heading = if is_area { "This area is not open to you" } else { layout::title(refused) };
    let body = html! {
        (bar(client, Place::HOME))
        main id="main" class="alone" {
            h1 { (heading) }
            p class="words" { (refused.message) }
            p class="code" { "Error code: " code { (refused.code) } }
            (layout::explanation(refused))
            p class="buttons" {
                a class="button primary" href=(client.page.link(HOME)) { "Home" }
                a class="button" href=(client.page.link(&signin())) { "Sign in as somebody else" }
            }
        }
    };
    document(Look::Crm, refused.status, heading, &body)
}

/// A page, or what an interface refused.
pub(super) fn shown(
    client: &Client,
    page: Result<axum::response::Response, Refused>,
) -> axum::response::Response {
    page.unwrap_or_else(|refused| refusal(client, &refused))
}

fn signin() -> String {
    format!("/signin?to={}", encoded(HOME))
}

fn bar(client: &Client, place: Place<'_>) -> Markup {
    let link = |path: &str| client.page.link(path);
    html! {
        header class="bar" {
            a class="brand" href=(link(HOME)) { "CRM Emulator" }
            nav aria-label="Areas" {
                ul {
                    @for area in client.me.areas() {
                        li { a href=(link(&area.path())) aria-current=[(place.area == Some(area)).then_some("true")] {
                            (area.title())
                        } }
                    }
                }
            }
            div class="who" {
                span class="me" title=(client.me.name) {
                    strong { (client.me.full_name) }
                    span { (client.page.organization()) ", " (client.me.access_mode) }
                }
                a href=(link(&signin())) { "Sign in as somebody else" }
                (layout::button(&client.page, &link("/signout"), &[], "Sign out", "link"))
            }
        }
        @if let Some(area) = place.area {
            nav class="inside" aria-label=(area.title()) {
                ul {
                    @for (path, title) in inside(area) {
                        li { a href=(link(&path)) aria-current=[(path == place.path).then_some("page")] { (title) } }
                    }
                }
            }
        }
    }
}

/// The lists of an area: path and name.
fn inside(area: Area) -> Vec<(String, &'static str)> {
    if area == Area::Settings {
        return SETTINGS.iter().map(|(path, title, _)| ((*path).to_owned(), *title)).collect();
    }
    areas::tables(area).iter().map(|table| (areas::path(area, table), table.title)).collect()
}

/// What has been done, which the next page tells.
#[derive(Debug, Clone, Copy)]
pub(super) struct Done {
    /// The name in the address.
    key: &'static str,
    /// The sentence.
    text: &'static str,
}

/// Everything there is to tell. An address holds a name of these, and never a sentence, which anybody could make up.
const DONE: &[Done] = &[
    Done { key: "saved", text: "Saved." },
    Done { key: "unchanged", text: "Nothing was changed, so nothing was saved." },
    Done { key: "created", text: "Created." },
    Done { key: "enabled", text: "Enabled." },
    Done { key: "disabled", text: "Disabled." },
    Done { key: "roles", text: "The security roles were changed." },
    Done {
        key: "moved",
        text: "The business unit was changed. Moving takes the security roles away, unless the organization keeps them: manage roles next.",
    },
    Done { key: "joined", text: "Added to the team." },
    Done { key: "left", text: "Removed from the team." },
    Done { key: "nobody", text: "Select users in the list first." },
];

/// Leads to a page that tells what has been done, and by which rules.
pub(super) fn done(client: &Client, path: &str, key: &str, rules: &[String]) -> axum::response::Response {
    let separator = if path.contains('?') { '&' } else { '?' };
    let mut to = format!("{path}{separator}done={key}");
    if !rules.is_empty() {
        to.push_str("&rules=");
        to.push_str(&encoded(&rules.join(",")));
    }
    Redirect::to(&client.page.link(&to)).into_response()
}

/// The message of what has been done before, with what the rules say that took part.
pub(super) async fn said(client: &Client) -> Markup {
    let key = client.page.query.text("done");
    let Some(done) = DONE.iter().find(|done| done.key == key) else { return html! {} };
    let ids: Vec<_> = client.page.query.text("rules").split(',').map(str::to_owned).collect();
    let rules =
        if client.page.query.get("rules").is_some() { titles(client, &ids).await } else { Vec::new() };
    let kind = if ["unchanged", "nobody"].contains(&done.key) { "note" } else { "done" };
    html! {
        div class={ "message " (kind) } role="status" {
            p { (done.text) }
            @for (id, title) in rules { p class="hint" { (layout::rules(&[id])) ": " (title) } }
        }
    }
}

/// What rules say, by their numbers.
pub(super) async fn titles(client: &Client, ids: &[String]) -> Vec<(String, String)> {
    let answer = client.page.ask(Method::GET, "/_emulator/v1/rules", None).await;
    let known = answer.done().unwrap_or_default();
    let all = known["rules"].as_array().map(Vec::as_slice).unwrap_or_default();
    ids.iter()
        .filter_map(|id| {
            let rule = all.iter().find(|rule| rule["id"] == id.as_str())?;
            Some((id.clone(), rule["title"].as_str()?.to_owned()))
        })
        .collect()
}

/// The rules of a success, or the refusal, with whom it was about.
pub(super) fn outcome(reply: Reply, about: &str) -> Result<Vec<String>, Trouble> {
    let rules = reply.rules.clone();
    reply
        .done()
        .map(|_| rules)
        .map_err(|refused| Trouble { refused: Box::new(refused), about: about.to_owned() })
}
