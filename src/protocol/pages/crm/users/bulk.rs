//! What is changed for several users at once: their roles, their business unit.

use http::{Method, StatusCode};
use maud::html;
use serde_json::{Value, json};

use super::super::list;
use super::super::shell::{self, Trouble, in_settings};
use super::{Client, PATH, Refused, form_token, id_of, reference};

const SELECT: &str = "$select=fullname,_businessunitid_value&$expand=systemuserroles_association($select=name,_businessunitid_value)";

/// The users a page is about: those of the form, or those of the address.
async fn users(client: &Client) -> Result<Vec<Value>, Refused> {
    let sent = [&client.page.form, &client.page.query];
    let ids = sent.into_iter().map(|fields| fields.all("user").collect::<Vec<_>>());
    let ids = ids.into_iter().find(|ids| !ids.is_empty()).unwrap_or_default();
    if ids.is_empty() {
        return Err(Refused::own(
            StatusCode::BAD_REQUEST,
            "NobodySelected",
            "Select users in the list first.",
        ));
    }
    let mut found = Vec::new();
    for id in ids {
        let path = format!("systemusers({})?{SELECT}", id_of(id)?);
        found.push(client.page.web_api(Method::GET, &path, None).await.done()?);
    }
    Ok(found)
}

/// "Ann Adams", "Ann Adams and 2 others".
fn names(users: &[Value]) -> String {
    let first = users.first().map(|user| list::shown(user, "fullname")).unwrap_or_default();
    match users.len() {
        0 | 1 => first,
        2 => format!("{first} and 1 other"),
        more => format!("{first} and {} others", more - 1),
    }
}

/// Where one goes back to: the form of the one user, or the list.
fn back(users: &[Value]) -> String {
    match users {
        [only] => format!("{PATH}/{}", list::shown(only, "systemuserid")),
        _ => PATH.to_owned(),
    }
}

fn held(user: &Value) -> &[Value] {
    user["systemuserroles_association"].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// A role that could be given, and how many of the users hold it.
struct Choice {
    id: String,
    name: String,
    unit: String,
    holders: usize,
}

/// The roles of the business unit of the users, and those they hold from elsewhere.
async fn choices(client: &Client, users: &[Value]) -> Result<Vec<Choice>, Refused> {
    let unit = list::shown_id(&users[0], "_businessunitid_value");
    if users.iter().any(|user| list::shown_id(user, "_businessunitid_value") != unit) {
        return Err(Refused::own(
            StatusCode::BAD_REQUEST,
            "SeveralBusinessUnits",
            "The selected users belong to different business units, and so do their security roles. Select users of one business unit.",
        ));
    }
    let path = format!(
        "roles?$select=name,_businessunitid_value&$orderby=name&$filter=_businessunitid_value eq {unit}"
    );
    let answer = client.page.web_api(Method::GET, &path, None).await.done()?;
    let mut roles = answer["value"].as_array().cloned().unwrap_or_default();
    for role in users.iter().flat_map(held) {
        if roles.iter().all(|known| known["roleid"] != role["roleid"]) {
            roles.push(role.clone());
        }
    }
    let holders = |role: &Value| {
        users.iter().filter(|user| held(user).iter().any(|held| held["roleid"] == role["roleid"])).count()
    };
    let choice = |role: &Value| Choice {
        id: list::shown(role, "roleid"),
        name: list::shown(role, "name"),
        unit: list::shown(role, "_businessunitid_value"),
        holders: holders(role),
    };
    Ok(roles.iter().map(choice).collect())
}

pub(super) async fn roles(client: Client) -> axum::response::Response {
    shell::shown(&client, roles_page(&client, None).await)
}

async fn roles_page(client: &Client, trouble: Option<&Trouble>) -> Result<axum::response::Response, Refused> {
    let users = users(client).await?;
    let choices = choices(client, &users).await?;
    let chosen: Vec<_> = client.page.form.all("role").collect();
    // After a refusal the page shows what was wanted, and beside it what is.
    let is_checked = |choice: &Choice| match trouble {
        Some(_) => chosen.contains(&choice.id.as_str()),
        None => choice.holders == users.len(),
    };
    let body = html! {
        p class="kind" { "Manage User Roles" }
        h1 { (names(&users)) }
        form method="post" action=(client.page.link(&format!("{PATH}/roles"))) {
            (form_token(&client.page))
            @for user in &users { input type="hidden" name="user" value=(list::shown(user, "systemuserid")); }
            fieldset {
                legend { "Security roles" }
                @for choice in &choices {
                    label class="check" {
                        input type="checkbox" name="role" value=(choice.id) checked[is_checked(choice)];
                        span { (choice.name) " " span class="hint" { (choice.unit)
                            @if choice.holders > 0 && choice.holders < users.len() {
                                ", held by " (choice.holders) " of " (users.len())
                            }
                        } }
                    }
                }
            }
            @if users.len() > 1 {
                p class="hint" { "A role that only some of them hold stays as it is unless you tick it." }
            }
            div class="buttons" {
                button type="submit" class="primary" { "OK" }
                a class="button" href=(client.page.link(&back(&users))) { "Cancel" }
            }
        }
    };
    Ok(shell::page_with(client, in_settings(PATH), "Manage User Roles", trouble, &html! {}, &body))
}

pub(super) async fn change_roles(client: Client) -> axum::response::Response {
    match write_roles(&client).await {
        Ok((to, key, rules)) => shell::done(&client, &to, key, &rules),
        Err(trouble) => shell::shown(&client, roles_page(&client, Some(&trouble)).await),
    }
}

/// Gives what was ticked to those who lack it, takes away what all had and is not ticked any longer. Gives first, so that
/// nobody is without a role in between.
async fn write_roles(client: &Client) -> Result<(String, &'static str, Vec<String>), Trouble> {
    let users = users(client).await?;
    let choices = choices(client, &users).await?;
    let chosen: Vec<_> = client.page.form.all("role").collect();
    let (mut rules, mut is_changed) = (Vec::new(), false);
    for giving in [true, false] {
        for choice in &choices {
            let is_chosen = chosen.contains(&choice.id.as_str());
            if is_chosen != giving || (!giving && choice.holders < users.len()) {
                continue;
            }
            for user in &users {
                let has = held(user).iter().any(|held| held["roleid"] == choice.id.as_str());
                if has == giving {
                    continue;
                }
                let roles =
                    format!("systemusers({})/systemuserroles_association", list::shown(user, "systemuserid"));
                let reply = if giving {
                    let body = json!({ "@odata.id": reference(client, &format!("roles({})", choice.id)) });
                    client.page.web_api(Method::POST, &format!("{roles}/$ref"), Some(body)).await
                } else {
                    client.page.web_api(Method::DELETE, &format!("{roles}({})/$ref", choice.id), None).await
                };
                let about = format!("{}, {}", list::shown(user, "fullname"), choice.name);
                rules.extend(shell::outcome(reply, &about)?);
                is_changed = true;
            }
        }
    }
    rules.sort();
    rules.dedup();
    Ok((back(&users), if is_changed { "roles" } else { "unchanged" }, rules))
}

pub(super) async fn unit(client: Client) -> axum::response::Response {
    shell::shown(&client, unit_page(&client, None).await)
}

async fn unit_page(client: &Client, trouble: Option<&Trouble>) -> Result<axum::response::Response, Refused> {
    let users = users(client).await?;
    let units = super::super::organization::units(client).await?;
    let current = list::shown_id(&users[0], "_businessunitid_value");
    let wanted = client.page.form.get("unit").unwrap_or(&current);
    let body = html! {
        p class="kind" { "Change Business Unit" }
        h1 { (names(&users)) }
        p class="message note" { "Moving a user takes its security roles away unless the organization keeps them. Give it roles of the new business unit afterwards." }
        form method="post" action=(client.page.link(&format!("{PATH}/businessunit"))) {
            (form_token(&client.page))
            @for user in &users { input type="hidden" name="user" value=(list::shown(user, "systemuserid")); }
            label for="unit" { "New business unit" }
            select id="unit" name="unit" {
                @for (id, name) in &units { option value=(id) selected[*id == *wanted] { (name) } }
            }
            div class="buttons" {
                button type="submit" class="primary" { "OK" }
                a class="button" href=(client.page.link(&back(&users))) { "Cancel" }
            }
        }
    };
    Ok(shell::page_with(client, in_settings(PATH), "Change Business Unit", trouble, &html! {}, &body))
}

pub(super) async fn change_unit(client: Client) -> axum::response::Response {
    match write_unit(&client).await {
        Ok((to, rules)) => shell::done(&client, &to, "moved", &rules),
        Err(trouble) => shell::shown(&client, unit_page(&client, Some(&trouble)).await),
    }
}

async fn write_unit(client: &Client) -> Result<(String, Vec<String>), Trouble> {
    let users = users(client).await?;
    let unit = id_of(client.page.form.text("unit"))?;
    let mut rules = Vec::new();
    for user in &users {
        let path = format!("systemusers({})", list::shown(user, "systemuserid"));
        let change = json!({ "businessunitid@odata.bind": format!("/businessunits({unit})") });
        let reply = client.page.web_api(Method::PATCH, &path, Some(change)).await;
        rules.extend(shell::outcome(reply, &list::shown(user, "fullname"))?);
    }
    rules.sort();
    rules.dedup();
    Ok((back(&users), rules))
}
