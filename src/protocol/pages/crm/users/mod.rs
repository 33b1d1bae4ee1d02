//! Settings > Users.

mod bulk;
mod form;
mod wizard;

use axum::Router;
use axum::routing::{get, post};
use http::{HeaderName, Method, StatusCode};
use maud::{Markup, html};
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::ask::{Refused, Reply, encoded};
use super::super::layout::form_token;
use super::entry::Client;
use super::list::{self, Column, Query};
use super::shell::{self, Trouble, in_settings};

/// The list.
const PATH: &str = "/main.aspx/settings/users";

const COLUMNS: &[Column] = &[
    Column::new("fullname", "Full Name"),
    Column::new("accessmode", "Access Mode"),
    Column::new("isdisabled", "State"),
    Column::new("islicensed", "Licensed"),
    Column::lookup("_businessunitid_value", "Business Unit", "businessunitid/name"),
    Column::new("title", "Title"),
    Column::new("address1_telephone1", "Main Phone"),
    Column::new("domainname", "User Name"),
];

/// Built-in users without a sign-in name are in no view.
const VISIBLE: &str = "domainname ne null";

/// The views: key, name, condition. `{me}` stands for whoever looks.
const VIEWS: &[(&str, &str, &str)] = &[
    ("active", "Active Users", "isdisabled eq false and accessmode ne 3 and accessmode ne 5"),
    ("enabled", "Enabled Users", "isdisabled eq false and accessmode ne 3 and accessmode ne 5"),
    ("disabled", "Disabled Users", "isdisabled eq true"),
    ("full", "Full Access Users", "accessmode eq 0"),
    ("administrative", "Administrative Access Users", "accessmode eq 1"),
    ("readonly", "Read-Only Access Users", "accessmode eq 2"),
    ("noninteractive", "Non-interactive Users", "accessmode eq 4 and applicationid eq null"),
    ("application", "Application Users", "applicationid ne null"),
    (
        "stub",
        "Stub Users",
        "isdisabled eq true and islicensed eq false and issyncwithdirectory eq false and accessmode ne 4",
    ),
    ("licensed", "Licensed Users", "islicensed eq true"),
    ("unlicensed", "Unlicensed Users", "islicensed eq false and accessmode ne 3 and accessmode ne 5"),
    ("reports", "My Direct Reports", "_parentsystemuserid_value eq {me}"),
    ("all", "All Users", ""),
];

pub(super) fn routes() -> Router {
    Router::new()
        .route(PATH, get(show).post(command))
        .route("/main.aspx/settings/users/roles", get(bulk::roles).post(bulk::change_roles))
        .route("/main.aspx/settings/users/businessunit", get(bulk::unit).post(bulk::change_unit))
        .route("/main.aspx/settings/users/new", get(wizard::begin).post(wizard::step))
        .route("/main.aspx/settings/users/new/finished", get(wizard::finished))
        .route("/main.aspx/settings/users/{id}", get(form::show).post(form::save))
        .route("/main.aspx/settings/users/{id}/state", post(form::change_state))
        .route("/main.aspx/settings/users/{id}/join", post(form::join))
        .route("/main.aspx/settings/users/{id}/leave", post(form::leave))
}

/// The id in an address.
pub(super) fn id_of(text: &str) -> Result<Uuid, Refused> {
    text.parse().map_err(|_| {
        Refused::own(StatusCode::NOT_FOUND, "NotFound", format!("'{text}' is not the id of a record."))
    })
}

/// Updates a row as it was when its form was made: whatever changed since is not overwritten unseen.
pub(super) async fn update(client: &Client, path: &str, changes: Value) -> Reply {
    const IF_MATCH: HeaderName = HeaderName::from_static("if-match");
    let tag = client.page.form.get("etag").unwrap_or("*");
    let path = format!("/{}/api/data/v9.2/{path}", client.page.organization());
    client.page.ask_with(Method::PATCH, &path, &[(IF_MATCH, tag)], Some(changes)).await
}

/// The address of a row, as references name it.
pub(super) fn reference(client: &Client, row: &str) -> String {
    let site = &client.page.visit.site;
    format!("{}://{}/{}/api/data/v9.2/{row}", site.scheme, site.authority, client.page.organization())
}

/// A user, as parameters of actions name it.
pub(super) fn as_member(id: &str) -> Value {
    json!({ "@odata.type": "Microsoft.Dynamics.CRM.systemuser", "systemuserid": id })
}

/// Adds a user to a team (`Add`) or takes it out (`Remove`).
pub(super) async fn membership(client: &Client, verb: &str, team: &str, user: &str) -> Reply {
    let path = format!("teams({team})/Microsoft.Dynamics.CRM.{verb}MembersTeam");
    client.page.web_api(Method::POST, &path, Some(json!({ "Members": [as_member(user)] }))).await
}

/// The state of a user or a business unit as a coloured word. Of business units the catalogue says yes and no only.
pub(super) fn state(row: &Value) -> Markup {
    let (kind, word) = if row["isdisabled"] == true { ("bad", "Disabled") } else { ("good", "Enabled") };
    html! { span class={ "pill " (kind) } { (word) } }
}

async fn show(client: Client) -> axum::response::Response {
    shell::shown(&client, list_page(&client, None).await)
}

async fn list_page(client: &Client, trouble: Option<&Trouble>) -> Result<axum::response::Response, Refused> {
    let wanted = client.page.query.text("view");
    let (view, title, filter) = VIEWS.iter().find(|(key, ..)| *key == wanted).unwrap_or(&VIEWS[0]);
    let filter = filter.replace("{me}", &client.me.signed_in.user.to_string());
    let filter = if filter.is_empty() { VISIBLE.to_owned() } else { format!("{VISIBLE} and {filter}") };
    let query = Query {
        set: "systemusers",
        key: "systemuserid",
        columns: COLUMNS,
        also: "",
        filter,
        searched: &["fullname", "domainname", "internalemailaddress"],
    };
    let listing = list::read(client, &query).await?;
    let cell = |row: &Value, column: &Column| match column.name {
        "fullname" => {
            let to = format!("{PATH}/{}", list::shown(row, "systemuserid"));
            let name = list::shown(row, "fullname");
            html! { a href=(client.page.link(&to)) { (name) @if name.is_empty() { "(no name)" } } }
        }
        "isdisabled" => state(row),
        name => html! { (list::shown(row, name)) },
    };
    let views: Vec<_> = VIEWS.iter().map(|(key, title, _)| (*key, *title)).collect();
    let body = html! {
        h1 { (title) }
        (list::finder(client, PATH, "Users", &views, view))
        form method="post" action=(list::address(client, PATH, &[])) {
            (form_token(&client.page))
            div class="commands" role="group" aria-label="Commands" {
                a class="button" href=(client.page.link(&format!("{PATH}/new"))) { "New" }
                button type="submit" name="command" value="enable" { "Enable" }
                button type="submit" name="command" value="disable" { "Disable" }
                button type="submit" name="command" value="roles" { "Manage Roles" }
                button type="submit" name="command" value="unit" { "Change Business Unit" }
            }
            (listing.table(client, PATH, "Users", &query, Some("user"), cell))
        }
        (listing.pages(client, PATH, "Users"))
    };
    let said = shell::said(client).await;
    Ok(shell::page_with(client, in_settings(PATH), title, trouble, &said, &body))
}

/// A command about the users that are selected.
async fn command(client: Client) -> axum::response::Response {
    let list = list::address(&client, PATH, &[]);
    // `done` puts the organization's prefix in front again.
    let list = list.strip_prefix(&client.page.visit.site.prefix).unwrap_or(&list).to_owned();
    let users: Vec<String> = client.page.form.all("user").map(str::to_owned).collect();
    if users.is_empty() {
        return shell::done(&client, &list, "nobody", &[]);
    }
    let disable = match client.page.form.text("command") {
        "enable" => false,
        "disable" => true,
        other => {
            let page = if other == "unit" { "businessunit" } else { "roles" };
            let users: Vec<_> = users.iter().map(|user| format!("user={}", encoded(user))).collect();
            return axum::response::IntoResponse::into_response(axum::response::Redirect::to(
                &client.page.link(&format!("{PATH}/{page}?{}", users.join("&"))),
            ));
        }
    };
    match set_state(&client, &users, disable).await {
        Ok(rules) => shell::done(&client, &list, if disable { "disabled" } else { "enabled" }, &rules),
        Err(trouble) => shell::shown(&client, list_page(&client, Some(&trouble)).await),
    }
}

/// Enables or disables users, one after another; the first that is refused ends it.
async fn set_state(client: &Client, users: &[String], disable: bool) -> Result<Vec<String>, Trouble> {
    let mut rules = Vec::new();
    for (done, user) in users.iter().enumerate() {
        let id = id_of(user)?;
        let path = format!("systemusers({id})");
        let change = json!({ "isdisabled": disable });
        let reply = client.page.web_api(Method::PATCH, &path, Some(change)).await;
        let about = if users.len() > 1 && !reply.status.is_success() {
            let name = name_of(client, id).await;
            format!("{name} was refused; of {} selected users {done} were changed before.", users.len())
        } else {
            String::new()
        };
        for rule in shell::outcome(reply, &about)? {
            if !rules.contains(&rule) {
                rules.push(rule);
            }
        }
    }
    Ok(rules)
}

/// What a user is called.
async fn name_of(client: &Client, id: Uuid) -> String {
    let path = format!("systemusers({id})?$select=fullname");
    let row = client.page.web_api(Method::GET, &path, None).await.done().unwrap_or(Value::Null);
    let name = list::shown(&row, "fullname");
    if name.is_empty() { "A user".to_owned() } else { name }
}
