//! Who consumes what: the ledger of one organization.

use axum::extract::Path;
use http::Method;
use maud::{Markup, html};
use serde_json::Value;

use super::super::Answer;
use super::super::ask::encoded;
use super::super::layout;
use super::super::page::Page;
use super::frame::{self, Place, Tab, Window, access_mode, at, list, pill, text, texts};

pub(super) async fn show(Path(name): Path<String>, page: Page) -> Answer {
    let ledger = page.control_of(&name, Method::GET, "licenses", None).await.done()?;
    let (seats, slots) = (&ledger["licenses"], &ledger["non_interactive"]);
    let wanted = page.query.text("q");
    let users: Vec<_> = list(&ledger, "users").iter().filter(|user| is_wanted(user, wanted)).collect();
    let window = Window::of(&page, users.len());
    let rows = html! { @for user in window.rows(&users) { (row(&name, user)) } };
    let content = html! {
        div class="cards" {
            (figure("Licences", "consumed", &seats["consumed"], &seats["purchased"], &seats["available"]))
            (figure("Non-interactive users", "used", &slots["used"], &slots["limit"], &slots["available"]))
        }
        h2 { "Users" }
        form class="filter" method="get" action=(at(&name, "")) role="search" {
            label for="q" { "Name, access mode, rule, or what is consumed" }
            div class="row" {
                input id="q" name="q" type="search" value=(wanted);
                button type="submit" { "Filter" }
                @if !wanted.is_empty() { a class="button" href=(at(&name, "")) { "All" } }
            }
        }
        p class="hint" { (users.len()) " of " (list(&ledger, "users").len()) " users" }
        @if users.is_empty() {
            p { "No user is like that." }
        } @else {
            (layout::grid("Users", &["User", "Access mode", "State", "Consumes", "Rules", "Why"], &rows))
        }
        (window.links(&format!("{}?q={}&", at(&name, ""), encoded(wanted))))
    };
    frame::show(&page, Place::Of(&name, Tab::Ledger), "Licence ledger", &content, None)
}

fn figure(name: &str, verb: &str, used: &Value, of: &Value, left: &Value) -> Markup {
    let number = |value: &Value| value.as_u64().unwrap_or_default();
    html! {
        div class="card" {
            h2 { (name) }
            p class="figure" { span class="mono" { (left) } " left" }
            p { span class="mono" { (used) } " " (verb) " of " span class="mono" { (of) } }
            meter min="0" max=(number(of).max(1)) value=(number(used)) aria-label={ (name) " " (verb) } {}
        }
    }
}

fn row(organization: &str, user: &Value) -> Markup {
    let id = text(user, "systemuserid");
    let consumes = text(user, "consumes");
    html! {
        tr {
            td {
                a href=(format!("{}?user={id}", at(organization, "explain"))) {
                    @if text(user, "fullname").is_empty() { "(no name)" } @else { (text(user, "fullname")) }
                }
                br; span class="mono hint break" { (text(user, "domainname")) }
            }
            td { (access_mode(&user["accessmode"])) }
            td class="pills" { (state(user)) }
            td { @match consumes {
                "license" => (pill("", "licence")),
                "non_interactive" => (pill("", "slot")),
                _ => "nothing",
            } }
            td { (layout::rules(&texts(user, "rules"))) }
            td class="why" { (text(user, "why")) }
        }
    }
}

/// Enabled or not, licensed or not.
pub(super) fn state(user: &Value) -> Markup {
    html! {
        @if user["isdisabled"] == true { (pill("bad", "disabled")) } @else { (pill("good", "enabled")) }
        " "
        @if user["islicensed"] == true { (pill("", "licensed")) } @else { (pill("", "no licence")) }
    }
}

/// Whether what people see of a user has the words they look for.
fn is_wanted(user: &Value, wanted: &str) -> bool {
    if wanted.is_empty() {
        return true;
    }
    let disabled = if user["isdisabled"] == true { "disabled" } else { "enabled" };
    let licensed = if user["islicensed"] == true { "licensed" } else { "no licence" };
    let consumes = text(user, "consumes").replace("license", "licence").replace('_', "-");
    let [fullname, domainname, why] = ["fullname", "domainname", "why"].map(|member| text(user, member));
    let mode = access_mode(&user["accessmode"]);
    let rules = texts(user, "rules").join(" ");
    let all =
        [fullname, domainname, mode, disabled, licensed, &consumes, &rules, why].join("\n").to_lowercase();
    wanted.to_lowercase().split_whitespace().all(|word| all.contains(word))
}
