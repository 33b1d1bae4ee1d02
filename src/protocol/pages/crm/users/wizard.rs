//! The New User wizard: licenses, business unit, security roles, people, and then all of them at once.
//!
//! Every step brings along what the steps before were told, so nothing is kept between them. When no license is left it
//! stops at the first step, as the product's does; whoever sends the last step nevertheless is refused by the wizard
//! itself.

use axum::response::{IntoResponse, Redirect};
use http::{Method, StatusCode};
use maud::{Markup, html};
use serde_json::{Value, json};

use super::super::list;
use super::super::organization::units;
use super::super::shell::{self, Trouble, in_settings};
use super::{Client, PATH, Refused, encoded, form_token, id_of};
use crate::protocol::pages::layout;

const STEPS: [&str; 5] = ["Licenses", "Business unit", "Security roles", "Users", "Finish"];

/// Rows for people; more of them can be asked for.
const ROWS: usize = 3;
const MOST_ROWS: usize = 50;

/// The kinds of fields of a row.
const PERSON: [(&str, &str, &str); 3] =
    [("first_name", "First name", "text"), ("last_name", "Last name", "text"), ("email", "E-mail", "email")];

/// What has been filled in so far.
struct Filled {
    step: usize,
    unit: Option<String>,
    roles: Vec<String>,
    people: Vec<[String; 3]>,
}

impl Filled {
    fn of(client: &Client) -> Self {
        let form = &client.page.form;
        let column = |name: &str| -> Vec<String> {
            form.iter()
                .filter(|(field, _)| *field == name)
                .map(|(_, value)| value.trim().to_owned())
                .collect()
        };
        let [first, last, email] = PERSON.map(|(name, ..)| column(name));
        let rows = first.len().max(last.len()).max(email.len()).min(MOST_ROWS);
        let at = |column: &[String], row: usize| column.get(row).cloned().unwrap_or_default();
        let people = (0..rows).map(|row| [at(&first, row), at(&last, row), at(&email, row)]).collect();
        Self {
            step: form.get("step").and_then(|step| step.parse().ok()).unwrap_or(0).min(STEPS.len() - 1),
            unit: form.get("unit").map(str::to_owned),
            roles: form.all("role").map(str::to_owned).collect(),
            people,
        }
    }

    /// Those of whom anything is filled in.
    fn named(&self) -> impl Iterator<Item = &[String; 3]> {
        self.people.iter().filter(|person| person.iter().any(|field| !field.is_empty()))
    }
}

pub(super) async fn begin(client: Client) -> axum::response::Response {
    let filled = Filled::of(&client);
    shell::shown(&client, page(&client, &filled, None).await)
}

/// One step on, one step back, or the end.
pub(super) async fn step(client: Client) -> axum::response::Response {
    let mut filled = Filled::of(&client);
    match client.page.form.text("go") {
        "back" => filled.step = filled.step.saturating_sub(1),
        "more" => filled.people.push(<[String; 3]>::default()),
        "finish" => match make(&client, &filled).await {
            Ok(response) => return response,
            Err(trouble) => return shell::shown(&client, page(&client, &filled, Some(&trouble)).await),
        },
        _ => match missing(&filled) {
            Some(refused) => {
                let trouble = Trouble::from(refused);
                return shell::shown(&client, page(&client, &filled, Some(&trouble)).await);
            }
            None => filled.step = (filled.step + 1).min(STEPS.len() - 1),
        },
    }
    shell::shown(&client, page(&client, &filled, None).await)
}

/// What a step cannot go on without, as it would have nothing to show.
fn missing(filled: &Filled) -> Option<Refused> {
    let (code, text) = match filled.step {
        2 if filled.roles.is_empty() => ("RoleMissing", "Choose at least one security role."),
        3 if filled.named().next().is_none() => ("UserMissing", "Fill in at least one user."),
        _ => return None,
    };
    Some(Refused::own(StatusCode::BAD_REQUEST, code, text))
}

/// Sends all of it to the wizard.
async fn make(client: &Client, filled: &Filled) -> Result<axum::response::Response, Trouble> {
    let users: Vec<_> = filled
        .named()
        .map(|[first, last, email]| json!({ "first_name": first, "last_name": last, "email": email }))
        .collect();
    let unit = filled.unit.as_deref().map(id_of).transpose()?;
    let roles = filled.roles.iter().map(|role| id_of(role)).collect::<Result<Vec<_>, _>>()?;
    let form = json!({ "business_unit": unit, "roles": roles, "users": users });
    let made = client.page.control(Method::POST, "new-user-wizard", Some(form)).await.done()?;
    let made: Vec<_> = made["users"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|user| user["systemuserid"].as_str())
        .map(|id| format!("user={}", encoded(id)))
        .collect();
    let to = client.page.link(&format!("{PATH}/new/finished?{}", made.join("&")));
    Ok(Redirect::to(&to).into_response())
}

/// What the wizard made.
pub(super) async fn finished(client: Client) -> axum::response::Response {
    shell::shown(&client, finished_page(&client).await)
}

async fn finished_page(client: &Client) -> Result<axum::response::Response, Refused> {
    let mut users = Vec::new();
    for id in client.page.query.all("user").take(MOST_ROWS) {
        let path = format!("systemusers({})?$select=fullname,domainname,accessmode,isdisabled", id_of(id)?);
        users.push(client.page.web_api(Method::GET, &path, None).await.done()?);
    }
    let rows = html! {
        @for user in &users {
            tr {
                td { a href=(client.page.link(&format!("{PATH}/{}", list::shown(user, "systemuserid")))) { (list::shown(user, "fullname")) } }
                td { (list::shown(user, "domainname")) }
                td { (list::shown(user, "accessmode")) }
                td { (super::state(user)) }
            }
        }
    };
    let body = html! {
        h1 { "New users" }
        (layout::message("done", "The users were added. They can sign in with their e-mail addresses."))
        (layout::grid("New users", &["Full Name", "User Name", "Access Mode", "State"], &rows))
        p class="buttons" {
            a class="button primary" href=(client.page.link(PATH)) { "Close" }
            a class="button" href=(client.page.link(&format!("{PATH}/new"))) { "Add more users" }
        }
    };
    Ok(shell::page(client, in_settings(PATH), "New users", &body))
}

async fn page(
    client: &Client,
    filled: &Filled,
    trouble: Option<&Trouble>,
) -> Result<axum::response::Response, Refused> {
    let figures = client.page.control(Method::GET, "new-user-wizard", None).await.done()?;
    let is_out = figures["available"] == 0;
    // Whoever lost the last license on the way learns it where the wizard tells of licenses.
    let step = if is_out { 0 } else { filled.step };
    let body = html! {
        h1 { "New User" }
        ol class="steps" {
            @for (at, name) in STEPS.iter().enumerate() {
                li aria-current=[(at == step).then_some("step")] { (name) }
            }
        }
        form method="post" action=(client.page.link(&format!("{PATH}/new"))) {
            (form_token(&client.page))
            input type="hidden" name="step" value=(step);
            (carried(filled, step))
            @match step {
                0 => (licenses(client, &figures, is_out).await),
                1 => (unit(client, filled).await?),
                2 => (roles(client, filled).await?),
                3 => (people(filled)),
                _ => (summary(client, filled).await?),
            }
            div class="buttons" {
                // The first submit button is what the Enter key presses, so it comes first and is moved by the sheet.
                @if step == 4 {
                    button type="submit" name="go" value="finish" class="primary" { "Finish" }
                } @else {
                    button type="submit" name="go" value="next" class="primary" disabled[is_out] { "Next" }
                }
                @if step > 0 { button type="submit" name="go" value="back" formnovalidate class="first" { "Back" } }
                a class="button" href=(client.page.link(PATH)) { "Cancel" }
            }
        }
    };
    Ok(shell::page_with(client, in_settings(PATH), "New User", trouble, &html! {}, &body))
}

/// What other steps were told.
fn carried(filled: &Filled, step: usize) -> Markup {
    html! {
        @if step != 1 { @if let Some(unit) = &filled.unit { input type="hidden" name="unit" value=(unit); } }
        @if step != 2 { @for role in &filled.roles { input type="hidden" name="role" value=(role); } }
        @if step != 3 {
            @for person in &filled.people {
                @for (at, (name, ..)) in PERSON.iter().enumerate() { input type="hidden" name=(name) value=(person[at]); }
            }
        }
    }
}

async fn licenses(client: &Client, figures: &Value, is_out: bool) -> Markup {
    let number = |name: &str| figures[name].to_string();
    html! {
        h2 { "Licenses" }
        dl class="facts" {
            dt { "User licenses" } dd { (number("seats")) }
            dt { "In use" } dd { (number("used")) }
            dt { "Available" } dd { strong { (number("available")) } }
            dt { "Non-interactive users" } dd { (number("niUsed")) " of " (number("niLimit")) }
        }
        @if is_out { (out_of_licenses(client).await) }
    }
}

/// Why the wizard stops, and the way round it that the product's users found.
async fn out_of_licenses(client: &Client) -> Markup {
    let rules = shell::titles(client, &["U20".to_owned(), "U25".to_owned()]).await;
    let users = |view: &str| client.page.link(&format!("{PATH}?view={view}"));
    html! {
        div class="message wrong" role="alert" {
            p { strong { "You are out of user licenses." } " You cannot add a user until a license is free." }
        }
        aside class="explanation" aria-label="Explanation of the emulator" {
            h3 { "Why, says the emulator" }
            p { "The wizard takes a license for every new user, even for one that is to become non-interactive and would not need it any longer." }
            @for (id, title) in rules { p class="hint" { (layout::rules(&[id])) ": " (title) } }
            h3 { "The way round it, for a non-interactive user" }
            ol {
                li { a href=(users("full")) { "Temporarily disable a user" } ", which frees a license." }
                li { "Come back here, add the new user, and change its Access Mode to Non-interactive on its form, which frees the license again." }
                li { a href=(users("disabled")) { "Enable the user" } " that was disabled in the first step." }
            }
            p { "A program has it easier: a create through the Web API with accessmode 4 succeeds without a license." }
        }
    }
}

async fn unit(client: &Client, filled: &Filled) -> Result<Markup, Refused> {
    let units = units(client).await?;
    Ok(html! {
        h2 { "Business unit" }
        label for="unit" { "Business unit of the new users" }
        select id="unit" name="unit" {
            @for (id, name) in &units { option value=(id) selected[filled.unit.as_ref() == Some(id)] { (name) } }
        }
    })
}

async fn roles(client: &Client, filled: &Filled) -> Result<Markup, Refused> {
    let unit = id_of(filled.unit.as_deref().unwrap_or_default())?;
    let path = format!("roles?$select=name&$orderby=name&$filter=_businessunitid_value eq {unit}");
    let roles = client.page.web_api(Method::GET, &path, None).await.done()?;
    Ok(html! {
        fieldset {
            legend { "Security roles of the new users" }
            @for role in roles["value"].as_array().into_iter().flatten() {
                @let id = list::shown(role, "roleid");
                label class="check" {
                    input type="checkbox" name="role" value=(id) checked[filled.roles.contains(&id)];
                    span { (list::shown(role, "name")) }
                }
            }
        }
    })
}

fn people(filled: &Filled) -> Markup {
    let rows = filled.people.len().clamp(ROWS, MOST_ROWS);
    let value = |row: usize, at: usize| filled.people.get(row).map_or("", |person| person[at].as_str());
    html! {
        h2 { "Users" }
        p class="hint" { "Leave rows you do not need empty. The e-mail address is the name a user signs in with." }
        @for row in 0..rows {
            fieldset class="person" {
                legend { "User " (row + 1) }
                div class="fields" {
                    @for (at, (name, label, kind)) in PERSON.iter().enumerate() {
                        @let id = format!("{name}-{}", row + 1);
                        div {
                            label for=(id) { (label) }
                            input id=(id) name=(name) type=(kind) value=(value(row, at)) autocomplete="off";
                        }
                    }
                }
            }
        }
        @if rows < MOST_ROWS {
            p { button type="submit" name="go" value="more" formnovalidate class="link" { "Another row" } }
        }
    }
}

async fn summary(client: &Client, filled: &Filled) -> Result<Markup, Refused> {
    let unit = id_of(filled.unit.as_deref().unwrap_or_default())?;
    let path = format!("businessunits({unit})?$select=name");
    let unit = list::shown(&client.page.web_api(Method::GET, &path, None).await.done()?, "name");
    let mut roles = Vec::new();
    for role in &filled.roles {
        let path = format!("roles({})?$select=name", id_of(role)?);
        roles.push(list::shown(&client.page.web_api(Method::GET, &path, None).await.done()?, "name"));
    }
    Ok(html! {
        h2 { "Finish" }
        dl class="facts" {
            dt { "Business unit" } dd { (unit) }
            dt { "Security roles" } dd { (roles.join(", ")) }
        }
        ul class="plain" {
            @for [first, last, email] in filled.named() { li { strong { (first) " " (last) } " " (email) } }
        }
    })
}
