//! The form of a user.

use axum::extract::Path;
use http::{Method, StatusCode};
use maud::{Markup, html};
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::areas::{changes, typed};
use super::super::list;
use super::super::shell::{self, Trouble, in_settings};
use super::{Client, PATH, Refused, form_token, id_of, membership, set_state, state, update};
use crate::protocol::pages::layout;

/// What the form has: column, label, kind of input.
const FIELDS: &[(&str, &str, &str)] = &[
    ("firstname", "First Name", "text"),
    ("lastname", "Last Name", "text"),
    ("domainname", "User Name", "text"),
    ("internalemailaddress", "Primary Email", "email"),
    ("title", "Title", "text"),
    ("address1_telephone1", "Main Phone", "tel"),
    ("mobilephone", "Mobile Phone", "tel"),
];

/// The choices of the form; their labels are the catalogue's.
const CHOICES: &[(&str, &str)] = &[("accessmode", "Access Mode"), ("caltype", "License Type")];

/// Access modes nobody can be given, so that the product's form does not offer them.
const BUILT_IN_MODES: &[i64] = &[3, 5];

async fn row(client: &Client, id: Uuid) -> Result<Value, Refused> {
    let columns: Vec<_> = FIELDS.iter().map(|(name, ..)| *name).collect();
    let path = format!(
        "systemusers({id})?$select=fullname,{},accessmode,caltype,isdisabled,islicensed,issyncwithdirectory,setupuser,\
         _businessunitid_value,_queueid_value&$expand=parentsystemuserid($select=fullname,domainname),\
         systemuserroles_association($select=name),teammembership_association($select=name,isdefault,teamtype)",
        columns.join(",")
    );
    client.page.web_api(Method::GET, &path, None).await.done()
}

/// The values of a choice, as the catalogue of the organization has them.
async fn options(client: &Client, column: &str) -> Vec<(i64, String)> {
    let path = format!(
        "EntityDefinitions(LogicalName='systemuser')/Attributes(LogicalName='{column}')\
         /Microsoft.Dynamics.CRM.PicklistAttributeMetadata?$select=LogicalName&$expand=OptionSet"
    );
    let answer = client.page.web_api(Method::GET, &path, None).await.done().unwrap_or_default();
    let options = answer["OptionSet"]["Options"].as_array().cloned().unwrap_or_default();
    options
        .iter()
        .filter_map(|option| {
            let label = option["Label"]["UserLocalizedLabel"]["Label"].as_str()?;
            Some((option["Value"].as_i64()?, label.to_owned()))
        })
        .collect()
}

pub(super) async fn show(Path(id): Path<String>, client: Client) -> axum::response::Response {
    shell::shown(&client, page(&client, &id, None).await)
}

async fn page(
    client: &Client,
    id: &str,
    trouble: Option<&Trouble>,
) -> Result<axum::response::Response, Refused> {
    let id = id_of(id)?;
    let row = row(client, id).await?;
    let own = format!("{PATH}/{id}");
    let is_disabled = row["isdisabled"] == true;
    let (verb, disabled) = if is_disabled { ("Enable", "false") } else { ("Disable", "true") };
    let title = list::shown(&row, "fullname");
    let link = |path: &str| client.page.link(path);
    let body = html! {
        p class="kind" { "User" }
        h1 { (title) " " (state(&row)) }
        div class="commands" role="group" aria-label="Commands" {
            button type="submit" form="user" class="primary" { "Save" }
            (layout::button(&client.page, &link(&format!("{own}/state")), &[("disabled", disabled)], verb, ""))
            a class="button" href=(link(&format!("{PATH}/roles?user={id}"))) { "Manage Roles" }
            a class="button" href=(link(&format!("{PATH}/businessunit?user={id}"))) { "Change Business Unit" }
            a class="button" href=(link(PATH)) { "Close" }
        }
        form id="user" method="post" action=(link(&own)) {
            (form_token(&client.page))
            input type="hidden" name="etag" value=(row["@odata.etag"].as_str().unwrap_or_default());
            section aria-labelledby="summary" {
                h2 id="summary" { "Summary" }
                div class="fields" {
                    @for (name, label, kind) in FIELDS {
                        div {
                            label for=(name) { (label) }
                            input id=(name) name=(name) type=(kind) value=(typed(client, name, &row)) autocomplete="off";
                        }
                    }
                    (manager(client, &row).await)
                }
                dl class="facts" {
                    dt { "Business Unit" } dd { (list::shown(&row, "_businessunitid_value")) }
                    dt { "Default Queue" } dd { (list::shown(&row, "_queueid_value")) }
                }
            }
            section aria-labelledby="cal" class="cal" {
                h2 id="cal" { "Client Access License (CAL) Information" }
                div class="fields" {
                    @for (name, label) in CHOICES { (choice(client, name, label, &row).await) }
                }
                dl class="facts" {
                    dt { "State" } dd { (state(&row)) }
                    dt { "Licensed" } dd { (list::shown(&row, "islicensed")) }
                    dt { "Synchronised with Office 365" } dd { (list::shown(&row, "issyncwithdirectory")) }
                    dt { "Restricted Access Mode" } dd { (list::shown(&row, "setupuser")) }
                }
            }
        }
        (roles(client, id, &row))
        (teams(client, id, &row).await)
        (why(client, id, &title).await)
    };
    let said = shell::said(client).await;
    Ok(shell::page_with(client, in_settings(PATH), &title, trouble, &said, &body))
}

/// The manager, by its sign-in name; the first users there are come as suggestions.
async fn manager(client: &Client, row: &Value) -> Markup {
    let path = "systemusers?$select=fullname,domainname&$filter=domainname ne null and accessmode ne 3 and accessmode ne 5\
        &$orderby=fullname&$top=50";
    let people = client.page.web_api(Method::GET, path, None).await.done().unwrap_or_default();
    let current = list::shown(&row["parentsystemuserid"], "domainname");
    let sent = client.page.form.iter().find(|(field, _)| *field == "manager");
    let value = sent.map_or(current, |(_, sent)| sent.to_owned());
    html! {
        div {
            label for="manager" { "Manager" }
            input id="manager" name="manager" type="text" list="managers" value=(value) autocomplete="off"
                aria-describedby="manager-hint";
            p class="hint" id="manager-hint" {
                "By user name."
                @if let Some(name) = row["parentsystemuserid"]["fullname"].as_str() { " Now: " (name) "." }
            }
            datalist id="managers" {
                @for person in people["value"].as_array().into_iter().flatten() {
                    option value=(list::shown(person, "domainname")) { (list::shown(person, "fullname")) }
                }
            }
        }
    }
}

async fn choice(client: &Client, name: &str, label: &str, row: &Value) -> Markup {
    let current = row[name].as_i64().unwrap_or_default();
    let wanted = client.page.form.get(name).and_then(|sent| sent.parse().ok()).unwrap_or(current);
    let options = options(client, name).await;
    let is_offered =
        |value: i64| name != "accessmode" || value == current || !BUILT_IN_MODES.contains(&value);
    html! {
        div {
            label for=(name) { (label) }
            select id=(name) name=(name) {
                @for (value, label) in options.iter().filter(|(value, _)| is_offered(*value)) {
                    option value=(value) selected[*value == wanted] { (label) }
                }
            }
        }
    }
}

fn roles(client: &Client, id: Uuid, row: &Value) -> Markup {
    let held = row["systemuserroles_association"].as_array().map(Vec::as_slice).unwrap_or_default();
    html! {
        section aria-labelledby="roles" {
            h2 id="roles" { "Security Roles" }
            @if held.is_empty() { p class="empty" { "No security role. Without one, own or of a team, the user cannot use CRM." } }
            ul class="plain" { @for role in held { li { (list::shown(role, "name")) } } }
            p { a href=(client.page.link(&format!("{PATH}/roles?user={id}"))) { "Manage the roles" } }
        }
    }
}

async fn teams(client: &Client, id: Uuid, row: &Value) -> Markup {
    let own = row["teammembership_association"].as_array().map(Vec::as_slice).unwrap_or_default();
    let path = "teams?$select=name&$filter=isdefault eq false&$orderby=name&$top=500";
    let all = client.page.web_api(Method::GET, path, None).await.done().unwrap_or_default();
    let others: Vec<_> = all["value"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|team| own.iter().all(|known| known["teamid"] != team["teamid"]))
        .collect();
    let link = |path: &str| client.page.link(&format!("{PATH}/{id}/{path}"));
    html! {
        section aria-labelledby="teams" {
            h2 id="teams" { "Teams" }
            ul class="plain rows" {
                @for team in own {
                    @let name = list::shown(team, "name");
                    li {
                        span { (name) }
                        @if team["isdefault"] == true {
                            span class="hint" { "default team of the business unit" }
                        } @else {
                            form class="inline" method="post" action=(link("leave")) {
                                (form_token(&client.page))
                                input type="hidden" name="team" value=(list::shown(team, "teamid"));
                                button type="submit" class="link" aria-label=(format!("Leave {name}")) { "Leave" }
                            }
                        }
                    }
                }
            }
            @if !others.is_empty() {
                form class="finder" method="post" action=(link("join")) {
                    (form_token(&client.page))
                    div {
                        label for="team" { "Join a team" }
                        select id="team" name="team" {
                            @for team in others { option value=(list::shown(team, "teamid")) { (list::shown(team, "name")) } }
                        }
                    }
                    button type="submit" { "Join" }
                }
            }
        }
    }
}

/// Why the user is as it is, and what could become of it: what the control API tells.
async fn why(client: &Client, id: Uuid, name: &str) -> Markup {
    let answer = client.page.control(Method::GET, &format!("explain/systemusers/{id}"), None).await;
    let Ok(explained) = answer.done() else { return html! {} };
    let labels = options(client, "accessmode").await;
    let reasons = reasons(explained["because"].as_array().map(Vec::as_slice).unwrap_or_default());
    let transitions = explained["transitions"].as_array().map(Vec::as_slice).unwrap_or_default();
    html! {
        section class="explanation" aria-labelledby="why" {
            h2 id="why" { "Why is " (name) " as it is?" }
            p class="hint" { "Told by the emulator; the product has no such page." }
            ul {
                @for (fact, rules) in &reasons { li { (fact) " (" (layout::rules(rules)) ")" } }
            }
            h3 { "What could be changed" }
            div class="scroll" role="region" aria-label="What could be changed" tabindex="0" {
                table class="grid" {
                    thead { tr { th scope="col" { "Change" } th scope="col" { "Possible" } th scope="col" { "What comes of it, or what would help" } } }
                    tbody { @for transition in transitions {
                        tr {
                            td { (change(&transition["change"], &labels)) }
                            td { @if transition["allowed"] == true { "Yes" } @else { "No" } }
                            td { (consequence(transition, &labels)) }
                        }
                    } }
                }
            }
        }
    }
}

/// Facts with the rules behind them; what several rules say is said once.
fn reasons(because: &[Value]) -> Vec<(String, Vec<String>)> {
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    for reason in because {
        let text = |name: &str| reason[name].as_str().unwrap_or_default().to_owned();
        let (fact, rule) = (text("fact"), text("rule"));
        match found.iter_mut().find(|(known, _)| *known == fact) {
            Some((_, rules)) => rules.push(rule),
            None => found.push((fact, vec![rule])),
        }
    }
    found
}

fn mode(value: &Value, labels: &[(i64, String)]) -> String {
    let label = labels.iter().find(|(known, _)| value.as_i64() == Some(*known));
    label.map_or_else(|| value.to_string(), |(_, label)| label.clone())
}

fn change(change: &Value, labels: &[(i64, String)]) -> String {
    match &change["isdisabled"] {
        Value::Bool(true) => "Disable".to_owned(),
        Value::Bool(false) => "Enable".to_owned(),
        _ => format!("Access Mode {}", mode(&change["accessmode"], labels)),
    }
}

fn consequence(transition: &Value, labels: &[(i64, String)]) -> Markup {
    if transition["allowed"] == true {
        let after = &transition["result"];
        let state = if after["isdisabled"] == true { "disabled" } else { "enabled" };
        let takes = match after["consumes"].as_str() {
            Some("license") => "takes a license",
            Some("non_interactive") => "takes a non-interactive slot",
            _ => "takes no license",
        };
        let notes = transition["notes"].as_array().map(Vec::as_slice).unwrap_or_default();
        return html! {
            (mode(&after["accessmode"], labels)) ", " (state) ", " (takes) "."
            @for note in notes { " " (note["fact"].as_str().unwrap_or_default()) }
        };
    }
    let text = |name: &str| transition[name].as_str().unwrap_or_default().to_owned();
    html! {
        (text("message")) " " code { (text("code")) } " " (text("remedy"))
        @if !text("rule").is_empty() { " (" (layout::rules(&[text("rule")])) ")" }
    }
}

pub(super) async fn save(Path(id): Path<String>, client: Client) -> axum::response::Response {
    finish(&client, &id, write(&client, &id).await).await
}

/// Back to the form, which tells what has been done; or the form as it was left, below what was refused.
async fn finish(
    client: &Client,
    id: &str,
    outcome: Result<(&'static str, Vec<String>), Trouble>,
) -> axum::response::Response {
    match outcome {
        Ok((key, rules)) => shell::done(client, &format!("{PATH}/{id}"), key, &rules),
        Err(trouble) => shell::shown(client, page(client, id, Some(&trouble)).await),
    }
}

async fn write(client: &Client, id: &str) -> Result<(&'static str, Vec<String>), Trouble> {
    let id = id_of(id)?;
    let row = row(client, id).await?;
    let mut changes = changes(client, &row, FIELDS.iter().map(|(name, ..)| *name));
    for (name, _) in CHOICES {
        let sent: Option<i64> = client.page.form.get(name).and_then(|sent| sent.parse().ok());
        if let Some(value) = sent.filter(|value| row[name].as_i64() != Some(*value)) {
            changes.insert((*name).to_owned(), value.into());
        }
    }
    if let Some((_, sent)) = client.page.form.iter().find(|(field, _)| *field == "manager") {
        let sent = sent.trim();
        if sent != list::shown(&row["parentsystemuserid"], "domainname") {
            changes.insert("parentsystemuserid@odata.bind".to_owned(), manager_named(client, sent).await?);
        }
    }
    if changes.is_empty() {
        return Ok(("unchanged", Vec::new()));
    }
    let reply = update(client, &format!("systemusers({id})"), changes.into()).await;
    Ok(("saved", shell::outcome(reply, "")?))
}

async fn manager_named(client: &Client, name: &str) -> Result<Value, Refused> {
    if name.is_empty() {
        return Ok(Value::Null);
    }
    let path = format!("systemusers?$select=domainname&$filter=domainname eq {}", list::literal(name));
    let answer = client.page.web_api(Method::GET, &path, None).await.done()?;
    let found = answer["value"][0]["systemuserid"].as_str();
    found.map(|id| json!(format!("/systemusers({id})"))).ok_or_else(|| {
        Refused::own(StatusCode::BAD_REQUEST, "UnknownManager", format!("There is no user named '{name}'."))
    })
}

pub(super) async fn change_state(Path(id): Path<String>, client: Client) -> axum::response::Response {
    let disable = client.page.form.text("disabled") == "true";
    let outcome = set_state(&client, std::slice::from_ref(&id), disable).await;
    let key = if disable { "disabled" } else { "enabled" };
    finish(&client, &id, outcome.map(|rules| (key, rules))).await
}

pub(super) async fn join(Path(id): Path<String>, client: Client) -> axum::response::Response {
    let outcome = change_team(&client, "Add", &id).await;
    finish(&client, &id, outcome.map(|rules| ("joined", rules))).await
}

pub(super) async fn leave(Path(id): Path<String>, client: Client) -> axum::response::Response {
    let outcome = change_team(&client, "Remove", &id).await;
    finish(&client, &id, outcome.map(|rules| ("left", rules))).await
}

async fn change_team(client: &Client, verb: &str, user: &str) -> Result<Vec<String>, Trouble> {
    let (user, team) = (id_of(user)?, id_of(client.page.form.text("team"))?);
    let reply = membership(client, verb, &team.to_string(), &user.to_string()).await;
    shell::outcome(reply, "")
}
