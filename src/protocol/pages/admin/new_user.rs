//! Adding a user: an account, and what it starts with.

use axum::extract::Path;
use axum::response::Response;
use http::Method;
use maud::{Markup, html};

use super::frame::{self, Area, Sheet, framed, go};
use super::tenant::{self, Account, Product, Role};
use super::{assign, crm, profile, user};
use crate::protocol::pages::Answer;
use crate::protocol::pages::ask::Refused;
use crate::protocol::pages::layout::form_token;
use crate::protocol::pages::page::Page;

const TITLE: &str = "Add a user";

pub(super) async fn show(page: Page) -> Response {
    framed(&page, Area::Users, async {
        let content = form(&page).await?;
        frame::show(&page, &Sheet { area: Area::Users, title: TITLE.into(), content }).await
    })
    .await
}

pub(super) async fn add(page: Page) -> Response {
    framed(&page, Area::Users, async {
        let body = profile::new_account(&page.form, page.form.text("name"), page.form.text("domain"));
        match page.graph(Method::POST, "users", Some(body)).await.done() {
            Ok(made) => equip(&page, made["id"].as_str().unwrap_or_default()).await,
            Err(refused) => {
                let content = html! { (frame::alert(&refused)) (form(&page).await?) };
                let sheet = Sheet { area: Area::Users, title: TITLE.into(), content };
                frame::again(&page, &sheet, &refused).await
            }
        }
    })
    .await
}

/// Gives a new account what was chosen for it. The directory adds first and gives then, so an account that is refused a
/// licence is there all the same, as in the product; the page says so.
async fn equip(page: &Page, id: &str) -> Answer {
    let mut refusals = Vec::new();
    if let Some(product) = page.form.get("license")
        && let Err(refused) = assign::assign(page, id, product).await
    {
        refusals.push(refused);
    }
    for role in page.form.all("role") {
        let role = crate::protocol::pages::ask::encoded(role);
        if let Err(refused) = tenant::add_member(page, &format!("directoryRoles/{role}"), id).await {
            refusals.push(refused);
        }
    }
    let account = tenant::account(page, id).await?;
    match refusals.first() {
        None => go(page, &format!("{}/added", account.path())),
        Some(first) => frame::again(page, &result(page, &account, &refusals).await?, first).await,
    }
}

/// What came of it, and what happens in CRM and when.
pub(super) async fn added(Path(id): Path<String>, page: Page) -> Response {
    framed(&page, Area::Users, async {
        let account = tenant::account(&page, &id).await?;
        frame::show(&page, &result(&page, &account, &[]).await?).await
    })
    .await
}

async fn result(page: &Page, account: &Account, refusals: &[Refused]) -> Result<Sheet, Refused> {
    let clock = tenant::clock(page).await?;
    let waiting = crm::of(&account.id, tenant::waiting(page).await?);
    let content = html! {
        section class="message done" role="status" {
            p { strong { (account.name()) } " was added and signs in as " span class="mono" { (account.user_principal_name) } ", with any password." }
            @match waiting.last() {
                Some(last) => p { "CRM learns of it " strong { (clock.until(last.due)) } "." },
                None => p { "CRM has nothing left to learn of it." },
            }
        }
        @for refused in refusals { (frame::alert(refused)) }
        (crm::panel(page, account).await?)
        div class="buttons" {
            a class="button primary" href=(page.link(&account.path())) { "Go to the user" }
            a class="button" href=(page.link("/adminportal/users/new")) { "Add another user" }
            a class="button" href=(page.link(Area::Users.path())) { "Active users" }
        }
    };
    Ok(Sheet { area: Area::Users, title: format!("{} was added", account.name()), content })
}

/// The form, with what was entered before.
async fn form(page: &Page) -> Result<Markup, Refused> {
    let tenant = tenant::get(page, "organization").await?;
    let domains = tenant["value"][0]["verifiedDomains"].as_array().cloned().unwrap_or_default();
    let (products, roles) = (tenant::products(page).await?, tenant::roles(page).await?);
    let value = |name: &str| page.form.text(name).to_owned();
    let domain = page.form.text("domain");
    Ok(html! {
        form class="sheet" method="post" action=(page.link("/adminportal/users/new")) {
            (form_token(page))
            fieldset {
                legend { "Name" }
                (profile::names(&value))
                p class="hint" { "Without a display name it is first and last name." }
                div class="row" {
                    div {
                        label for="name" { "User name" }
                        input id="name" name="name" type="text" required spellcheck="false" autocomplete="off" value=(value("name"));
                    }
                    div {
                        label for="domain" { "@ domain" }
                        select id="domain" name="domain" {
                            @for each in &domains {
                                @let name = each["name"].as_str().unwrap_or_default();
                                option value=(name) selected[if domain.is_empty() { each["isDefault"] == true } else { name == domain }] { (name) }
                            }
                        }
                    }
                }
            }
            (license_choice(&products, page.form.text("license")))
            fieldset class="outer" {
                legend { "Administrator access" }
                p class="hint" { "For a user who is to be non-interactive in CRM, none: an administrator without a licence is made Administrative." }
                (boxes(page, &roles))
            }
            (profile::contact(&value))
            div class="buttons" {
                button type="submit" class="primary" { "Add" }
                a class="button" href=(page.link(Area::Users.path())) { "Cancel" }
            }
        }
    })
}

fn boxes(page: &Page, roles: &[Role]) -> Markup {
    user::role_boxes(roles, |role| page.form.all("role").any(|wanted| wanted == role.id))
}

fn license_choice(products: &[Product], chosen: &str) -> Markup {
    html! {
        fieldset {
            legend { "Licence" }
            @for product in products {
                label class="check" {
                    input type="radio" name="license" value=(product.sku_id) checked[chosen == product.sku_id] disabled[product.left() == 0];
                    span { (product.name()) br;
                        span class="hint" {
                            @match product.left() {
                                0 => { "None left of " (product.bought()) },
                                left => { (left) " of " (product.bought()) " left" },
                            }
                        } }
                }
            }
            label class="check" {
                input type="radio" name="license" value="" checked[chosen.is_empty()];
                span { "No licence" br; span class="hint" { "CRM makes a user only of an account with a licence or an administrator role." } }
            }
        }
    }
}
