//! Sales, Service, Marketing: accounts, contacts and tasks, as far as it takes to see what an access mode opens.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use http::{Method, StatusCode};
use maud::{Markup, html};
use serde_json::{Map, Value};

use super::super::ask::Refused;
use super::super::layout::form_token;
use super::HOME;
use super::entry::{self, Client, SiteMap};
use super::list::{self, Column, Query};
use super::shell::{self, Place, Trouble};
use crate::hosting::Area;

/// A table people work with.
#[derive(Debug)]
pub(super) struct Table {
    /// The entity set.
    pub(super) set: &'static str,
    key: &'static str,
    /// What its rows are called.
    pub(super) title: &'static str,
    one: &'static str,
    name: &'static str,
    columns: &'static [Column],
    searched: &'static [&'static str],
    /// What the form has: column, label, kind of input.
    fields: &'static [(&'static str, &'static str, &'static str)],
}

const ACCOUNTS: Table = Table {
    set: "accounts",
    key: "accountid",
    title: "Accounts",
    one: "Account",
    name: "name",
    columns: &[
        Column::new("name", "Account Name"),
        Column::new("telephone1", "Main Phone"),
        Column::new("address1_city", "Address 1: City"),
        Column::new("emailaddress1", "E-mail"),
        Column { name: "_ownerid_value", label: "Owner", order: None },
    ],
    searched: &["name", "address1_city", "telephone1"],
    fields: &[
        ("name", "Account Name", "text"),
        ("telephone1", "Main Phone", "tel"),
        ("emailaddress1", "E-mail", "email"),
        ("address1_city", "City", "text"),
    ],
};

const CONTACTS: Table = Table {
    set: "contacts",
    key: "contactid",
    title: "Contacts",
    one: "Contact",
    name: "fullname",
    columns: &[
        Column::new("fullname", "Full Name"),
        Column { name: "_parentcustomerid_value", label: "Company Name", order: None },
        Column::new("telephone1", "Business Phone"),
        Column::new("emailaddress1", "E-mail"),
    ],
    searched: &["fullname", "emailaddress1"],
    fields: &[
        ("firstname", "First Name", "text"),
        ("lastname", "Last Name", "text"),
        ("telephone1", "Business Phone", "tel"),
        ("emailaddress1", "E-mail", "email"),
        ("address1_city", "City", "text"),
    ],
};

const TASKS: Table = Table {
    set: "tasks",
    key: "activityid",
    title: "Tasks",
    one: "Task",
    name: "subject",
    columns: &[
        Column::new("subject", "Subject"),
        Column::new("prioritycode", "Priority"),
        Column::new("scheduledend", "Due Date"),
        Column::new("statecode", "State"),
        Column { name: "_ownerid_value", label: "Owner", order: None },
    ],
    searched: &["subject"],
    fields: &[("subject", "Subject", "text"), ("description", "Description", "text")],
};

/// What an area has.
pub(super) fn tables(area: Area) -> &'static [Table] {
    match area {
        Area::Sales => &[ACCOUNTS, CONTACTS, TASKS],
        Area::Service => &[CONTACTS, ACCOUNTS, TASKS],
        Area::Marketing => &[ACCOUNTS, CONTACTS],
        Area::Settings => &[],
    }
}

/// Where a table's list is.
pub(super) fn path(area: Area, table: &Table) -> String {
    format!("{}/{}", area.path(), table.set)
}

pub(super) fn routes() -> Router {
    let base = format!("{HOME}/{{area}}");
    Router::new()
        .route(&base, get(area))
        .route(&format!("{base}/{{set}}"), get(list))
        .route(&format!("{base}/{{set}}/{{id}}"), get(record).post(save))
}

fn area_named(slug: &str) -> Result<Area, Refused> {
    entry::area_named(slug).ok_or_else(|| nothing(&format!("The web client has no area '{slug}'.")))
}

fn table_named(slug: &str, set: &str) -> Result<(Area, &'static Table), Refused> {
    let area = area_named(slug)?;
    let found = tables(area).iter().find(|table| table.set == set);
    let found = found.ok_or_else(|| nothing(&format!("{} has no list '{set}'.", area.title())))?;
    Ok((area, found))
}

fn nothing(message: &str) -> Refused {
    Refused::own(StatusCode::NOT_FOUND, "NotFound", message)
}

/// An area begins with its first list.
async fn area(Path(slug): Path<String>, client: Client) -> axum::response::Response {
    let found = area_named(&slug).and_then(|area| {
        let first = tables(area).first().ok_or_else(|| nothing("There is nothing here."))?;
        Ok((area, first))
    });
    match found {
        Ok((area, first)) => shell::shown(&client, list_page(&client, area, first).await),
        Err(refused) => shell::refusal(&client, &refused),
    }
}

async fn list(Path((slug, set)): Path<(String, String)>, client: Client) -> axum::response::Response {
    match table_named(&slug, &set) {
        Ok((area, table)) => shell::shown(&client, list_page(&client, area, table).await),
        Err(refused) => shell::refusal(&client, &refused),
    }
}

async fn list_page(client: &Client, area: Area, table: &Table) -> Result<axum::response::Response, Refused> {
    let path = path(area, table);
    let query = Query {
        set: table.set,
        key: table.key,
        columns: table.columns,
        also: "",
        filter: String::new(),
        searched: table.searched,
    };
    let listing = list::read(client, &query).await?;
    let cell = |row: &Value, column: &Column| {
        let text = list::shown(row, column.name);
        if column.name != table.name {
            return html! { (text) };
        }
        let to = format!("{path}/{}", list::shown(row, table.key));
        html! { a href=(client.page.link(&to)) { (text) @if text.is_empty() { "(no name)" } } }
    };
    let body = html! {
        h1 { (table.title) }
        div class="commands" role="group" aria-label="Commands" {
            a class="button" href=(client.page.link(&format!("{path}/new"))) { "New" }
        }
        (list::finder(client, &path, table.title, &[], ""))
        (listing.table(client, &path, table.title, &query, None, cell))
        (listing.pages(client, &path, table.title))
    };
    let said = shell::said(client).await;
    Ok(shell::page_with(client, Place { area: Some(area), path: &path }, table.title, None, &said, &body))
}

async fn record(
    Path((slug, set, id)): Path<(String, String, String)>,
    client: Client,
) -> axum::response::Response {
    match table_named(&slug, &set) {
        Ok((area, table)) => shell::shown(&client, record_page(&client, area, table, &id, None).await),
        Err(refused) => shell::refusal(&client, &refused),
    }
}

/// The row as it is; null for a new one.
async fn row(client: &Client, table: &Table, id: &str) -> Result<Value, Refused> {
    if id == "new" {
        return Ok(Value::Null);
    }
    let id = super::users::id_of(id)?;
    let columns: Vec<_> = table.fields.iter().map(|(name, ..)| *name).collect();
    let path = format!("{}({id})?$select={},{}", table.set, columns.join(","), table.name);
    client.page.web_api(Method::GET, &path, None).await.done()
}

async fn record_page(
    client: &Client,
    area: Area,
    table: &Table,
    id: &str,
    trouble: Option<&Trouble>,
) -> Result<axum::response::Response, Refused> {
    let row = row(client, table, id).await?;
    let path = path(area, table);
    let title = if row.is_null() { format!("New {}", table.one) } else { list::shown(&row, table.name) };
    let body = html! {
        p class="kind" { (table.one) }
        h1 { (title) }
        form method="post" action=(client.page.link(&format!("{path}/{id}"))) {
            (form_token(&client.page))
            input type="hidden" name="etag" value=(row["@odata.etag"].as_str().unwrap_or_default());
            (inputs(client, table, &row))
            div class="buttons" {
                button type="submit" class="primary" { "Save" }
                a class="button" href=(client.page.link(&path)) { "Close" }
            }
        }
    };
    let said = shell::said(client).await;
    let place = Place { area: Some(area), path: &path };
    Ok(shell::page_with(client, place, &title, trouble, &said, &body))
}

fn inputs(client: &Client, table: &Table, row: &Value) -> Markup {
    html! {
        div class="fields" {
            @for (name, label, kind) in table.fields {
                div {
                    label for=(name) { (label) }
                    input id=(name) name=(name) type=(kind) value=(typed(client, name, row));
                }
            }
        }
    }
}

/// What was typed, or what the row has.
pub(super) fn typed(client: &Client, name: &str, row: &Value) -> String {
    let sent = client.page.form.iter().find(|(field, _)| *field == name);
    sent.map_or_else(|| row[name].as_str().unwrap_or_default().to_owned(), |(_, value)| value.to_owned())
}

/// The columns of a form that differ from what the row has; what was emptied becomes null.
pub(super) fn changes<'n>(
    client: &Client,
    row: &Value,
    names: impl Iterator<Item = &'n str>,
) -> Map<String, Value> {
    let mut changes = Map::new();
    for name in names {
        let Some((_, sent)) = client.page.form.iter().find(|(field, _)| *field == name) else { continue };
        let sent = sent.trim();
        if sent != row[name].as_str().unwrap_or_default() {
            let value = if sent.is_empty() { Value::Null } else { sent.into() };
            changes.insert(name.to_owned(), value);
        }
    }
    changes
}

async fn save(
    Path((slug, set, id)): Path<(String, String, String)>,
    client: Client,
) -> axum::response::Response {
    let (area, table) = match table_named(&slug, &set) {
        Ok(found) => found,
        Err(refused) => return shell::refusal(&client, &refused),
    };
    let list = path(area, table);
    match write(&client, table, &id).await {
        Ok((key, rules)) => {
            let to = if id == "new" { list } else { format!("{list}/{id}") };
            shell::done(&client, &to, key, &rules)
        }
        Err(trouble) => shell::shown(&client, record_page(&client, area, table, &id, Some(&trouble)).await),
    }
}

async fn write(client: &Client, table: &Table, id: &str) -> Result<(&'static str, Vec<String>), Trouble> {
    let row = row(client, table, id).await?;
    let changes = changes(client, &row, table.fields.iter().map(|(name, ..)| *name));
    if row.is_null() {
        let reply = client.page.web_api(Method::POST, table.set, Some(changes.into())).await;
        return Ok(("created", shell::outcome(reply, "")?));
    }
    if changes.is_empty() {
        return Ok(("unchanged", Vec::new()));
    }
    let path = format!("{}({id})", table.set);
    let reply = super::users::update(client, &path, changes.into()).await;
    Ok(("saved", shell::outcome(reply, "")?))
}
