//! Why a user is as it is, what could be changed about that, and what it may do.

use axum::extract::Path;
use http::Method;
use maud::{Markup, html};
use serde_json::Value;

use super::super::Answer;
use super::super::ask::{Refused, encoded};
use super::super::layout;
use super::super::page::Page;
use super::frame::{self, Place, Tab, access_mode, at, list, part_or_why, pill, text, texts};
use super::ledger::state;

/// How many names are offered while one types.
const OFFERED: usize = 200;
/// Tables that are offered while one types; any other can be typed.
const TABLES: &[&str] = &[
    "accounts",
    "contacts",
    "tasks",
    "systemusers",
    "teams",
    "roles",
    "businessunits",
    "queues",
    "positions",
];
const RIGHTS: &[&str] = &["Read", "Create", "Write", "Delete", "Append", "AppendTo", "Assign", "Share"];

pub(super) async fn show(Path(name): Path<String>, page: Page) -> Answer {
    let ledger = page.control_of(&name, Method::GET, "licenses", None).await.done()?;
    let users = list(&ledger, "users");
    let wanted = page.query.text("user");
    let found = users.iter().find(|user| is_named(user, wanted));
    let explanation = match (wanted, found) {
        ("", _) => None,
        (_, None) => Some(Err(Refused::own(
            http::StatusCode::NOT_FOUND,
            "UserNotFound",
            format!("There is no user '{wanted}'. Type an id, a sign-in name or a full name."),
        ))),
        (_, Some(user)) => {
            let path = format!("explain/systemusers/{}", text(user, "systemuserid"));
            Some(page.control_of(&name, Method::GET, &path, None).await.done())
        }
    };
    let access = match found {
        Some(user) if page.query.get("table").is_some() => Some(access(&page, &name, user).await),
        _ => None,
    };
    let content = html! {
        form class="filter" method="get" action=(at(&name, "explain")) {
            label for="user" { "User" }
            div class="row" {
                input id="user" name="user" list="users" value=(wanted) required autocomplete="off" spellcheck="false"
                    placeholder="name, sign-in name or id";
                button type="submit" class="primary" { "Explain" }
            }
            datalist id="users" {
                @for user in users.iter().take(OFFERED) {
                    option value=(text(user, if text(user, "domainname").is_empty() { "systemuserid" } else { "domainname" }))
                        { (text(user, "fullname")) }
                }
            }
        }
        @match explanation {
            None => p class="hint" { "Choose a user to learn why it is enabled, disabled or licensed, and what could be changed." },
            Some(explanation) => (part_or_why(explanation, |explanation| user(&page, &name, explanation))),
        }
        @if let Some(access) = access { (part_or_why(access, verdict)) }
    };
    frame::show(&page, Place::Of(&name, Tab::Explain), "Explain", &content, None)
}

fn is_named(user: &Value, wanted: &str) -> bool {
    ["systemuserid", "domainname", "fullname"].iter().any(|member| {
        let text = text(user, member);
        !text.is_empty() && text.eq_ignore_ascii_case(wanted)
    })
}

fn user(page: &Page, organization: &str, explanation: &Value) -> Markup {
    let now = &explanation["state"];
    let transitions = html! {
        @for transition in list(explanation, "transitions") { (transition_row(transition)) }
    };
    html! {
        section aria-labelledby="who" {
            h2 id="who" { (text(now, "fullname")) }
            dl class="facts" {
                dt { "Sign-in name" } dd class="mono" { (text(now, "domainname")) }
                dt { "Id" } dd class="mono" { (text(explanation, "systemuserid")) }
                dt { "Access mode" } dd { (access_mode(&now["accessmode"])) }
                dt { "State" } dd { (state(now)) }
                dt { "Directory" } dd { @if now["issyncwithdirectory"] == true { "synchronised with Office 365" } @else { "managed in CRM" }
                    @if now["setupuser"] == true { ", restricted access mode" } }
                dt { "Consumes" } dd { (text(now, "consumes").replace('_', "-").replace("license", "a licence")) }
            }
            h3 { "Because" }
            ul class="because" {
                @for reason in list(explanation, "because") {
                    li { (layout::rules(&[text(reason, "rule").to_owned()])) " " (text(reason, "fact")) }
                }
            }
            h3 { "What could be changed" }
            (layout::grid("What could be changed", &["Change", "Allowed", "What comes of it", "Rule"], &transitions))
        }
        section aria-labelledby="may" {
            h2 id="may" { "What it may do" }
            form class="filter across" method="get" action=(at(organization, "explain")) {
                input type="hidden" name="user" value=(text(explanation, "systemuserid"));
                div { label for="right" { "Right" }
                    select id="right" name="right" {
                        @for right in RIGHTS { option selected[page.query.text("right") == *right] { (right) } }
                    } }
                div { label for="table" { "Table" }
                    input class="mono" id="table" name="table" list="tables" required autocomplete="off" spellcheck="false"
                        placeholder="accounts" value=(page.query.text("table"));
                    datalist id="tables" { @for table in TABLES { option value=(table) {} } } }
                div { label for="id" { "Row, if any" }
                    input class="mono" id="id" name="id" autocomplete="off" spellcheck="false" placeholder="its id"
                        value=(page.query.text("id")); }
                button type="submit" { "Explain access" }
            }
        }
    }
}

fn transition_row(transition: &Value) -> Markup {
    let change = &transition["change"];
    let is_allowed = transition["allowed"] == true;
    let result = &transition["result"];
    html! {
        tr {
            td {
                @if let Some(disabled) = change["isdisabled"].as_bool() { @if disabled { "Disable" } @else { "Enable" } }
                @else { "Access mode " b { (access_mode(&change["accessmode"])) } }
            }
            td { @if is_allowed { (pill("good", "yes")) } @else { (pill("bad", "no")) } }
            td class="why" {
                @if is_allowed {
                    (access_mode(&result["accessmode"])) " " (state(result))
                    @for note in list(transition, "notes") { p class="hint" { (text(note, "fact")) } }
                } @else {
                    (text(transition, "message")) " " code { (text(transition, "code")) }
                    @if let Some(remedy) = transition["remedy"].as_str() { p class="remedy" { b { "Remedy: " } (remedy) } }
                }
            }
            td {
                @if let Some(rule) = transition["rule"].as_str() { (layout::rules(&[rule.to_owned()])) }
                @else { (layout::rules(&list(transition, "notes").iter().map(|note| text(note, "rule").to_owned()).collect::<Vec<_>>())) }
            }
        }
    }
}

async fn access(page: &Page, organization: &str, user: &Value) -> Result<Value, Refused> {
    let [table, right, id] = ["table", "right", "id"].map(|field| encoded(page.query.text(field)));
    let row = if id.is_empty() { String::new() } else { format!("&id={id}") };
    let path = format!("explain/access?user={}&table={table}&right={right}{row}", text(user, "systemuserid"));
    page.control_of(organization, Method::GET, &path, None).await.done()
}

fn verdict(access: &Value) -> Markup {
    let is_allowed = access["allowed"] == true;
    let names = |value: &Value, member: &str| -> String {
        list(value, member).iter().map(|unit| text(unit, "name")).collect::<Vec<_>>().join(" / ")
    };
    let roles = html! {
        @for role in list(access, "roles") {
            tr {
                td { (text(role, "name")) @if role["through_team"].is_object() { br; span class="hint" { "through the team " (text(&role["through_team"], "name")) } } }
                td { (names(role, "business_units")) }
                td { (role["depth"].as_str().unwrap_or("-")) }
                td { @if role["reaches"] == true { (pill("good", "yes")) } @else { (pill("", "no")) } }
                td class="why" { (text(role, "why")) }
            }
        }
    };
    let shares = html! {
        @for share in list(access, "shares") {
            tr {
                td { (text(&share["with"], "name")) }
                td { (text(share, "rights")) }
                td { @if share["gives"] == true { (pill("good", "yes")) } @else { (pill("", "no")) } }
                td class="why" { (text(share, "why")) }
            }
        }
    };
    let row = &access["row"];
    html! {
        section class="verdict" aria-labelledby="verdict" {
            h2 id="verdict" { @if is_allowed { (pill("good", "allowed")) } @else { (pill("bad", "refused")) }
                " " (text(access, "right")) " on " span class="mono" { (text(access, "table")) } }
            p { (text(access, "because")) " " (layout::rules(&texts(access, "rules"))) }
            @if access["refusal"].is_object() {
                p { code { (text(&access["refusal"], "code")) } " " (text(&access["refusal"], "message")) }
                @if let Some(remedy) = access["refusal"]["remedy"].as_str() { p class="remedy" { b { "Remedy: " } (remedy) } }
            }
            dl class="facts" {
                @if row.is_object() {
                    dt { "Row" } dd { (text(row, "name")) " " span class="mono hint" { (text(row, "id")) } }
                    @if row["owner"].is_object() { dt { "Owner" } dd { (text(&row["owner"], "name")) } }
                    dt { "Business unit" } dd { (names(row, "business_units")) }
                }
                @if access["privilege"].is_object() {
                    dt { "Privilege" }
                    dd { span class="mono" { (text(&access["privilege"], "name")) } ", held at: "
                        (access["privilege"]["held_at"].as_str().unwrap_or("no depth")) }
                }
                dt { "Access mode" }
                dd { (access_mode(&access["access_mode"]["value"]))
                    @if access["access_mode"]["leaves"] == false { ", which takes the privilege away" } }
                @if access["hierarchy"]["applies"] == true {
                    dt { "Hierarchy" } dd { @if access["hierarchy"]["reaches"] == true { "the row belongs to somebody below" } @else { "does not reach the row" } }
                }
            }
            @if !list(access, "roles").is_empty() {
                (layout::grid("Roles", &["Role", "From the business unit", "Depth", "Reaches", "Why"], &roles))
            }
            @if !list(access, "shares").is_empty() {
                h3 { "Shares" }
                (layout::grid("Shares", &["With", "Rights", "Gives it", "Why"], &shares))
            }
        }
    }
}
