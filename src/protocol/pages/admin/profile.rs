//! What the directory knows of a person: shown, and edited.

use axum::extract::Path;
use http::Method;
use maud::{Markup, html};
use serde_json::{Map, Value, json};

use super::frame::{self, Area, Sheet, framed, go};
use super::tenant::{self, Account};
use crate::protocol::pages::form::Fields;
use crate::protocol::pages::layout::form_token;
use crate::protocol::pages::page::Page;

/// A property people edit.
#[derive(Debug, Clone, Copy)]
struct Field {
    /// Its name in Graph and in forms.
    property: &'static str,
    label: &'static str,
    /// The type of its input.
    kind: &'static str,
}

const fn field(property: &'static str, label: &'static str, kind: &'static str) -> Field {
    Field { property, label, kind }
}

/// The names of a person.
const NAMES: &[Field] = &[
    field("givenName", "First name", "text"),
    field("surname", "Last name", "text"),
    field("displayName", "Display name", "text"),
];

/// Where and how a person is reached.
const CONTACT: &[Field] = &[
    field("jobTitle", "Job title", "text"),
    field("department", "Department", "text"),
    field("officeLocation", "Office", "text"),
    field("mail", "E-mail", "email"),
    field("businessPhones", "Office phone", "tel"),
    field("mobilePhone", "Mobile phone", "tel"),
    field("faxNumber", "Fax", "tel"),
    field("streetAddress", "Street address", "text"),
    field("city", "City", "text"),
    field("state", "State or province", "text"),
    field("postalCode", "Postal code", "text"),
    field("country", "Country or region", "text"),
];

pub(super) async fn show(Path(id): Path<String>, page: Page) -> axum::response::Response {
    framed(&page, Area::Users, async {
        let account = tenant::account(&page, &id).await?;
        let content = form(&page, &account, |property| account.text(property).to_owned());
        frame::show(&page, &sheet(&account, content)).await
    })
    .await
}

pub(super) async fn change(Path(id): Path<String>, page: Page) -> axum::response::Response {
    framed(&page, Area::Users, async {
        let account = tenant::account(&page, &id).await?;
        let mut body = body(&page.form);
        body.insert("userPrincipalName".into(), page.form.text("userPrincipalName").into());
        let done =
            page.graph(Method::PATCH, &format!("users/{}", account.id), Some(body.into())).await.done();
        match done {
            Ok(_) => go(&page, &format!("{}?done=profile", account.path())),
            Err(refused) => {
                let form = form(&page, &account, |property| page.form.text(property).to_owned());
                let content = html! { (frame::alert(&refused)) (form) };
                frame::again(&page, &sheet(&account, content), &refused).await
            }
        }
    })
    .await
}

fn sheet(account: &Account, content: Markup) -> Sheet {
    Sheet { area: Area::Users, title: format!("Edit {}", account.name()), content }
}

fn form(page: &Page, account: &Account, value: impl Fn(&str) -> String) -> Markup {
    let path = page.link(&account.path());
    let name = Some(value("userPrincipalName"))
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| account.user_principal_name.clone());
    html! {
        form class="sheet" method="post" action={ (path) "/profile" } {
            (form_token(page))
            fieldset {
                legend { "Name" }
                (names(&value))
                label for="userPrincipalName" { "User name" }
                input id="userPrincipalName" name="userPrincipalName" type="text" value=(name) required spellcheck="false" autocomplete="off";
            }
            (contact(&value))
            div class="buttons" {
                button type="submit" class="primary" { "Save" }
                a class="button" href=(path) { "Cancel" }
            }
        }
    }
}

/// The inputs for the names of a person.
pub(super) fn names(value: &impl Fn(&str) -> String) -> Markup {
    inputs(NAMES, value)
}

/// The inputs for where and how a person is reached.
pub(super) fn contact(value: &impl Fn(&str) -> String) -> Markup {
    html! {
        fieldset {
            legend { "Contact" }
            p class="hint" { "CRM takes the e-mail address only when it makes the user; department and office stay in the directory." }
            (inputs(CONTACT, value))
        }
    }
}

fn inputs(fields: &[Field], value: &impl Fn(&str) -> String) -> Markup {
    html! {
        div class="fields" {
            @for Field { property, label, kind } in fields {
                div {
                    label for=(property) { (label) }
                    input id=(property) name=(property) type=(kind) value=(value(property)) autocomplete="off";
                }
            }
        }
    }
}

/// What the directory is sent of a form. What is left blank is nothing.
pub(super) fn body(form: &Fields) -> Map<String, Value> {
    let member = |field: &Field| {
        let text = form.get(field.property);
        let value = match field.property {
            "businessPhones" => text.into_iter().collect(),
            _ => text.map_or(Value::Null, Value::from),
        };
        (field.property.to_owned(), value)
    };
    NAMES.iter().chain(CONTACT).map(member).collect()
}

/// The profile as it is.
pub(super) fn card(page: &Page, account: &Account) -> Markup {
    let filled: Vec<_> = NAMES
        .iter()
        .chain(CONTACT)
        .map(|field| (field.label, account.text(field.property)))
        .filter(|(_, text)| !text.is_empty())
        .collect();
    html! {
        section class="card" aria-labelledby="profile" {
            h2 id="profile" { "Profile" }
            dl class="facts" {
                @for (label, text) in filled { dt { (label) } dd { (text) } }
                dt { "Object id" } dd class="mono" { (account.id) }
                @if let Some(created) = account.created_date_time { dt { "Created" } dd { (super::time::instant(created)) } }
            }
            p { a href=(page.link(&format!("{}/profile", account.path()))) { "Edit profile" } }
        }
    }
}

/// What a new account needs besides what people enter: the directory asks for a password and keeps none.
pub(super) fn new_account(form: &Fields, name: &str, domain: &str) -> Value {
    let mut body = body(form);
    let whole = [form.text("givenName"), form.text("surname")].join(" ");
    let display_name = form.get("displayName").unwrap_or(whole.trim());
    body.retain(|_, value| !value.is_null());
    body.extend([
        ("displayName".to_owned(), display_name.into()),
        ("userPrincipalName".to_owned(), format!("{name}@{domain}").into()),
        ("mailNickname".to_owned(), name.into()),
        ("accountEnabled".to_owned(), true.into()),
        (
            "passwordProfile".to_owned(),
            json!({ "password": "any will do", "forceChangePasswordNextSignIn": false }),
        ),
    ]);
    body.into()
}
