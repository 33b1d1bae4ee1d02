//! Settings > Business Units, Teams, Security Roles.

use axum::Router;
use axum::extract::Path;
use axum::routing::{get, post};
use http::Method;
use maud::{Markup, html};
use serde_json::{Map, Value, json};

use super::super::ask::Refused;
use super::super::layout::{self, form_token};
use super::entry::Client;
use super::list::{self, Column, Query};
use super::shell::{self, Trouble, in_settings};
use super::users::{id_of, membership, state};

const UNITS: &str = "/main.aspx/settings/businessunits";
const TEAMS: &str = "/main.aspx/settings/teams";
const ROLES: &str = "/main.aspx/settings/roles";

pub(super) fn routes() -> Router {
    Router::new()
        .route(UNITS, get(show_units).post(create_unit))
        .route("/main.aspx/settings/businessunits/{id}/state", post(change_unit))
        .route(TEAMS, get(show_teams).post(create_team))
        .route("/main.aspx/settings/teams/{id}", get(show_team))
        .route("/main.aspx/settings/teams/{id}/add", post(add))
        .route("/main.aspx/settings/teams/{id}/remove", post(remove))
        .route(ROLES, get(show_roles))
}

/// All business units: id and name.
pub(super) async fn units(client: &Client) -> Result<Vec<(String, String)>, Refused> {
    let path = "businessunits?$select=name&$orderby=name";
    let answer = client.page.web_api(Method::GET, path, None).await.done()?;
    let unit = |row: &Value| (list::shown(row, "businessunitid"), list::shown(row, "name"));
    Ok(answer["value"].as_array().into_iter().flatten().map(unit).collect())
}

/// What was typed into a field of a form that is shown again.
fn sent<'c>(client: &'c Client, name: &str) -> &'c str {
    client.page.form.text(name)
}

fn options(choices: &[(String, String)], wanted: &str) -> Markup {
    html! { @for (id, name) in choices { option value=(id) selected[id == wanted] { (name) } } }
}

async fn show_units(client: Client) -> axum::response::Response {
    shell::shown(&client, units_page(&client, None).await)
}

async fn units_page(client: &Client, trouble: Option<&Trouble>) -> Result<axum::response::Response, Refused> {
    let query = Query {
        set: "businessunits",
        key: "businessunitid",
        columns: &[
            Column::new("name", "Name"),
            Column { name: "_parentbusinessunitid_value", label: "Parent Business", order: None },
            Column::new("isdisabled", "State"),
            Column { name: "change", label: "Change", order: None },
        ],
        also: "",
        filter: String::new(),
        searched: &["name"],
    };
    // The last column is none of the table's.
    let asked = Query { columns: &query.columns[..3], ..query.clone() };
    let listing = list::read(client, &asked).await?;
    let cell = |row: &Value, column: &Column| match column.name {
        "isdisabled" => state(row),
        "change" => {
            let is_disabled = row["isdisabled"] == true;
            let (verb, disabled) = if is_disabled { ("Enable", "false") } else { ("Disable", "true") };
            let to = client.page.link(&format!("{UNITS}/{}/state", list::shown(row, "businessunitid")));
            html! {
                form class="inline" method="post" action=(to) {
                    (form_token(&client.page))
                    input type="hidden" name="disabled" value=(disabled);
                    button type="submit" class="link" aria-label=(format!("{verb} {}", list::shown(row, "name"))) { (verb) }
                }
            }
        }
        name => html! { (list::shown(row, name)) },
    };
    let all = units(client).await?;
    let body = html! {
        h1 { "Business Units" }
        (list::finder(client, UNITS, "Business Units", &[], ""))
        (listing.table(client, UNITS, "Business Units", &query, None, cell))
        (listing.pages(client, UNITS, "Business Units"))
        section aria-labelledby="new" {
            h2 id="new" { "New business unit" }
            form class="finder" method="post" action=(client.page.link(UNITS)) {
                (form_token(&client.page))
                div { label for="name" { "Name" } input id="name" name="name" type="text" value=(sent(client, "name")); }
                div { label for="parent" { "Parent business" } select id="parent" name="parent" { (options(&all, sent(client, "parent"))) } }
                button type="submit" { "Create" }
            }
        }
    };
    let said = shell::said(client).await;
    Ok(shell::page_with(client, in_settings(UNITS), "Business Units", trouble, &said, &body))
}

async fn create_unit(client: Client) -> axum::response::Response {
    let mut row = named(&client);
    if let Ok(parent) = id_of(sent(&client, "parent")) {
        row.insert("parentbusinessunitid@odata.bind".to_owned(), json!(format!("/businessunits({parent})")));
    }
    let reply = client.page.web_api(Method::POST, "businessunits", Some(row.into())).await;
    match shell::outcome(reply, "") {
        Ok(rules) => shell::done(&client, UNITS, "created", &rules),
        Err(trouble) => shell::shown(&client, units_page(&client, Some(&trouble)).await),
    }
}

/// A new row with the name that was typed; without one it is for the Web API to say that it wants one.
fn named(client: &Client) -> Map<String, Value> {
    let name = client.page.form.get("name").map(|name| ("name".to_owned(), name.into()));
    name.into_iter().collect()
}

async fn change_unit(Path(id): Path<String>, client: Client) -> axum::response::Response {
    let disable = sent(&client, "disabled") == "true";
    let outcome = match id_of(&id) {
        Ok(id) => {
            let path = format!("businessunits({id})");
            let change = json!({ "isdisabled": disable });
            shell::outcome(client.page.web_api(Method::PATCH, &path, Some(change)).await, "")
        }
        Err(refused) => Err(refused.into()),
    };
    match outcome {
        Ok(rules) => shell::done(&client, UNITS, if disable { "disabled" } else { "enabled" }, &rules),
        Err(trouble) => shell::shown(&client, units_page(&client, Some(&trouble)).await),
    }
}

async fn show_teams(client: Client) -> axum::response::Response {
    shell::shown(&client, teams_page(&client, None).await)
}

async fn teams_page(client: &Client, trouble: Option<&Trouble>) -> Result<axum::response::Response, Refused> {
    const KINDS: [(&str, &str); 2] = [("0", "Owner"), ("1", "Access")];
    let query = Query {
        set: "teams",
        key: "teamid",
        columns: &[
            Column::new("name", "Team Name"),
            Column::lookup("_businessunitid_value", "Business Unit", "businessunitid/name"),
            Column::new("teamtype", "Team Type"),
            Column::new("isdefault", "Is Default"),
        ],
        also: "",
        filter: String::new(),
        searched: &["name"],
    };
    let listing = list::read(client, &query).await?;
    let cell = |row: &Value, column: &Column| {
        let text = list::shown(row, column.name);
        if column.name != "name" {
            return html! { (text) };
        }
        html! { a href=(client.page.link(&format!("{TEAMS}/{}", list::shown(row, "teamid")))) { (text) } }
    };
    let units = units(client).await?;
    let body = html! {
        h1 { "Teams" }
        (list::finder(client, TEAMS, "Teams", &[], ""))
        (listing.table(client, TEAMS, "Teams", &query, None, cell))
        (listing.pages(client, TEAMS, "Teams"))
        section aria-labelledby="new" {
            h2 id="new" { "New team" }
            form class="finder" method="post" action=(client.page.link(TEAMS)) {
                (form_token(&client.page))
                div { label for="name" { "Name" } input id="name" name="name" type="text" value=(sent(client, "name")); }
                div { label for="unit" { "Business unit" } select id="unit" name="unit" { (options(&units, sent(client, "unit"))) } }
                div { label for="kind" { "Team type" } select id="kind" name="kind" {
                    @for (value, label) in KINDS { option value=(value) selected[sent(client, "kind") == value] { (label) } }
                } }
                button type="submit" { "Create" }
            }
        }
    };
    let said = shell::said(client).await;
    Ok(shell::page_with(client, in_settings(TEAMS), "Teams", trouble, &said, &body))
}

async fn create_team(client: Client) -> axum::response::Response {
    let mut row = named(&client);
    row.insert("teamtype".to_owned(), i64::from(sent(&client, "kind") == "1").into());
    if let Ok(unit) = id_of(sent(&client, "unit")) {
        row.insert("businessunitid@odata.bind".to_owned(), json!(format!("/businessunits({unit})")));
    }
    let reply = client.page.web_api(Method::POST, "teams", Some(row.into())).await;
    match shell::outcome(reply, "") {
        Ok(rules) => shell::done(&client, TEAMS, "created", &rules),
        Err(trouble) => shell::shown(&client, teams_page(&client, Some(&trouble)).await),
    }
}

async fn show_team(Path(id): Path<String>, client: Client) -> axum::response::Response {
    shell::shown(&client, team_page(&client, &id, None).await)
}

async fn team_page(
    client: &Client,
    id: &str,
    trouble: Option<&Trouble>,
) -> Result<axum::response::Response, Refused> {
    /// More members than this a page does not show.
    const MOST: usize = 200;
    let id = id_of(id)?;
    let path = format!(
        "teams({id})?$select=name,teamtype,isdefault,_businessunitid_value,_administratorid_value\
         &$expand=teamroles_association($select=name)"
    );
    let team = client.page.web_api(Method::GET, &path, None).await.done()?;
    let path = format!(
        "teams({id})/teammembership_association?$select=fullname,domainname,isdisabled&$orderby=fullname&$top={MOST}"
    );
    let answer = client.page.web_api(Method::GET, &path, None).await.done()?;
    let members = answer["value"].as_array().cloned().unwrap_or_default();
    let is_default = team["isdefault"] == true;
    let link = |path: &str| client.page.link(&format!("{TEAMS}/{id}/{path}"));
    let rows = html! {
        @for member in &members {
            @let name = list::shown(member, "fullname");
            @let member_id = list::shown(member, "systemuserid");
            tr {
                td { a href=(client.page.link(&format!("/main.aspx/settings/users/{member_id}"))) { (name) } }
                td { (list::shown(member, "domainname")) }
                td { (state(member)) }
                td {
                    @if !is_default {
                        form class="inline" method="post" action=(link("remove")) {
                            (form_token(&client.page))
                            input type="hidden" name="user" value=(member_id);
                            button type="submit" class="link" aria-label=(format!("Remove {name}")) { "Remove" }
                        }
                    }
                }
            }
        }
    };
    let title = list::shown(&team, "name");
    let roles: Vec<_> = team["teamroles_association"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|role| list::shown(role, "name"))
        .collect();
    let body = html! {
        p class="kind" { "Team" }
        h1 { (title) }
        dl class="facts" {
            dt { "Business Unit" } dd { (list::shown(&team, "_businessunitid_value")) }
            dt { "Team Type" } dd { (list::shown(&team, "teamtype")) }
            dt { "Administrator" } dd { (list::shown(&team, "_administratorid_value")) }
            dt { "Security Roles" } dd { @if roles.is_empty() { "None" } @else { (roles.join(", ")) } }
        }
        h2 { "Members" }
        @if is_default {
            p class="hint" { "The default team of a business unit: its members are the users of the business unit." }
        }
        @if members.is_empty() { p class="empty" { "No members." } }
        @else { (layout::grid("Members", &["Full Name", "User Name", "State", "Change"], &rows)) }
        @if members.len() == MOST { p class="hint" { "The first " (MOST) " members." } }
        form class="finder" method="post" action=(link("add")) {
            (form_token(&client.page))
            div {
                label for="member" { "Add a member by user name" }
                input id="member" name="member" type="text" autocomplete="off" value=(sent(client, "member"));
            }
            button type="submit" { "Add" }
        }
        p class="buttons" { a class="button" href=(client.page.link(TEAMS)) { "Close" } }
    };
    let said = shell::said(client).await;
    Ok(shell::page_with(client, in_settings(TEAMS), &title, trouble, &said, &body))
}

async fn add(Path(id): Path<String>, client: Client) -> axum::response::Response {
    let outcome = add_named(&client, &id).await;
    finish(&client, &id, "joined", outcome).await
}

async fn add_named(client: &Client, team: &str) -> Result<Vec<String>, Trouble> {
    let name = sent(client, "member");
    let path = format!("systemusers?$select=domainname&$filter=domainname eq {}", list::literal(name));
    let found = client.page.web_api(Method::GET, &path, None).await.done()?;
    let user = found["value"][0]["systemuserid"].as_str().ok_or_else(|| {
        Refused::own(
            http::StatusCode::BAD_REQUEST,
            "UnknownUser",
            format!("There is no user named '{name}'."),
        )
    })?;
    shell::outcome(membership(client, "Add", &id_of(team)?.to_string(), user).await, "")
}

async fn remove(Path(id): Path<String>, client: Client) -> axum::response::Response {
    let outcome = match (id_of(&id), id_of(sent(&client, "user"))) {
        (Ok(team), Ok(user)) => {
            shell::outcome(membership(&client, "Remove", &team.to_string(), &user.to_string()).await, "")
        }
        (Err(refused), _) | (_, Err(refused)) => Err(refused.into()),
    };
    finish(&client, &id, "left", outcome).await
}

async fn finish(
    client: &Client,
    team: &str,
    key: &str,
    outcome: Result<Vec<String>, Trouble>,
) -> axum::response::Response {
    match outcome {
        Ok(rules) => shell::done(client, &format!("{TEAMS}/{team}"), key, &rules),
        Err(trouble) => shell::shown(client, team_page(client, team, Some(&trouble)).await),
    }
}

async fn show_roles(client: Client) -> axum::response::Response {
    shell::shown(&client, roles_page(&client).await)
}

async fn roles_page(client: &Client) -> Result<axum::response::Response, Refused> {
    let query = Query {
        set: "roles",
        key: "roleid",
        columns: &[
            Column::new("name", "Name"),
            Column::lookup("_businessunitid_value", "Business Unit", "businessunitid/name"),
        ],
        also: "",
        filter: String::new(),
        searched: &["name"],
    };
    let listing = list::read(client, &query).await?;
    let cell = |row: &Value, column: &Column| html! { (list::shown(row, column.name)) };
    let body = html! {
        h1 { "Security Roles" }
        (list::finder(client, ROLES, "Security Roles", &[], ""))
        (listing.table(client, ROLES, "Security Roles", &query, None, cell))
        (listing.pages(client, ROLES, "Security Roles"))
    };
    Ok(shell::page(client, in_settings(ROLES), "Security Roles", &body))
}
