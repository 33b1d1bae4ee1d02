//! The CRM web client.
//!
//! Whoever comes is let in or turned away first ([`entry`], W1 to W12); then every page is a client of the Web API with
//! the rights of whoever looks, and what the Web API refuses it shows.
//!
//! | file | pages |
//! | --- | --- |
//! | [`entry`] | who one is, what is open to one, the page of those who are turned away |
//! | [`shell`] | what surrounds every page: areas, messages, dialogs |
//! | [`list`] | lists: views, search, order, pages |
//! | [`areas`] | Sales, Service, Marketing: accounts, contacts, tasks |
//! | [`users`] | Settings > Users: list, form, roles, business unit, the New User wizard |
//! | [`organization`] | Settings > Business Units, Teams, Security Roles |

mod areas;
mod entry;
mod list;
mod organization;
mod shell;
mod users;

use axum::Router;
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use maud::html;
use percent_encoding::percent_decode_str;

use super::form::Fields;
use crate::hosting::Area;
use crate::protocol::http::Refusal;
use entry::{Client, SiteMap, sentence};
use shell::Place;

/// Where the web client begins.
const HOME: &str = "/main.aspx";

pub(super) fn routes() -> Router {
    Router::new()
        .route(HOME, get(home))
        .route("/main.aspx/", get(home))
        .route("/main.aspx/settings", get(settings))
        .merge(users::routes())
        .merge(organization::routes())
        .merge(areas::routes())
}

/// The first page; programs learn who they are and what is open to them.
async fn home(client: Client) -> axum::response::Response {
    if client.page.query.iter().next().is_some() {
        return match meant(&client.page.query) {
            Some(path) => Redirect::to(&client.page.link(&path)).into_response(),
            None => IntoResponse::into_response(Refusal::not_emulated(
                "this address of the web client; it knows pagetype, etn and id of the tables it shows",
            )),
        };
    }
    if client.page.wants_json() {
        return client.as_json();
    }
    let me = &client.me;
    let body = html! {
        h1 { "Welcome, " (me.full_name) }
        p { "You are signed in to " strong { (client.page.organization()) } " with access mode "
            strong { (me.access_mode) } ". " (sentence(me.signed_in.shell)) }
        ul class="tiles" {
            @for area in client.me.areas() {
                li { a class="tile" href=(client.page.link(&area.path())) {
                    span class="name" { (area.title()) }
                    span { (area.about()) }
                } }
            }
        }
    };
    shell::page(&client, Place::HOME, "Home", &body)
}

/// Where the product's own addresses lead, `main.aspx?pagetype=entityrecord&etn=account&id={…}`; `None` where nothing is.
fn meant(query: &Fields) -> Option<String> {
    const SETTINGS: &[(&str, &str)] =
        &[("systemuser", "users"), ("team", "teams"), ("businessunit", "businessunits"), ("role", "roles")];
    if query.iter().any(|(name, _)| !matches!(name, "pagetype" | "etn" | "id")) {
        return None;
    }
    let table = query.get("etn")?;
    let of_sales = || {
        let sets = areas::tables(Area::Sales).iter().map(|table| table.set);
        sets.into_iter().find(|set| *set == format!("{table}s")).map(|set| format!("{HOME}/sales/{set}"))
    };
    let of_settings = SETTINGS.iter().find(|(name, _)| *name == table);
    let list = of_settings.map(|(_, list)| format!("{HOME}/settings/{list}")).or_else(of_sales)?;
    match (query.get("pagetype"), query.get("id")) {
        (None | Some("entitylist"), None) => Some(list),
        (None | Some("entityrecord"), Some(id)) if !matches!(table, "businessunit" | "role") => {
            let id = percent_decode_str(id).decode_utf8().ok()?;
            let id: uuid::Uuid = id.trim_matches(['{', '}']).parse().ok()?;
            Some(format!("{list}/{id}"))
        }
        _ => None,
    }
}

/// The settings area: what can be administered.
async fn settings(client: Client) -> axum::response::Response {
    let body = html! {
        h1 { "Settings" }
        ul class="tiles" {
            @for (path, title, about) in shell::SETTINGS {
                li { a class="tile" href=(client.page.link(path)) {
                    span class="name" { (title) }
                    span { (about) }
                } }
            }
        }
    };
    shell::page(&client, Place { area: Some(Area::Settings), path: "" }, "Settings", &body)
}
