//! The first page: the tenant at a glance.

use http::Method;
use maud::{Markup, html};

use super::frame::{self, Area, Sheet, framed};
use super::tenant::{self, Account, Product, Waiting};
use super::time::{self, Clock};
use super::users::Filter;
use crate::protocol::pages::ask::Refused;
use crate::protocol::pages::page::Page;

pub(super) async fn show(page: Page) -> axum::response::Response {
    framed(&page, Area::Home, async {
        let content = content(&page).await?;
        let tenant = tenant::get(&page, "organization").await?;
        let title = tenant["value"][0]["displayName"].as_str().unwrap_or(page.organization()).to_owned();
        frame::show(&page, &Sheet { area: Area::Home, title, content }).await
    })
    .await
}

async fn content(page: &Page) -> Result<Markup, Refused> {
    let products = tenant::products(page).await?;
    let (active, blocked) =
        (tenant::count(page, "accountEnabled eq true").await?, tenant::count(page, Filter::BLOCKED).await?);
    let deleted =
        tenant::all::<Account>(page, "directory/deletedItems/microsoft.graph.user?$select=id").await?;
    let (clock, waiting) = (tenant::clock(page).await?, tenant::waiting(page).await?);
    let settings = page.control(Method::GET, "settings", None).await.done()?;
    Ok(html! {
        div class="cards" {
            section class="card" aria-labelledby="users" {
                h2 id="users" { "Users" }
                dl class="figures" {
                    div { dt { "Active" } dd { a href=(page.link("/adminportal/users?filter=allowed")) { (active) } } }
                    div { dt { "Blocked" } dd { a href=(page.link("/adminportal/users?filter=blocked")) { (blocked) } } }
                    div { dt { "Deleted" } dd { a href=(page.link(Area::Deleted.path())) { (deleted.len()) } } }
                }
                p { a class="button primary" href=(page.link("/adminportal/users/new")) { "Add a user" } }
            }
            section class="card" aria-labelledby="seats" {
                h2 id="seats" { "Licences" }
                @for product in &products { (seats(product)) }
                p { a href=(page.link(Area::Licenses.path())) { "Who holds them, and buying more" } }
            }
            section class="card" aria-labelledby="waits" {
                h2 id="waits" { "Waiting to synchronise" }
                (waits(page, clock, &waiting))
                p class="hint" { "CRM learns of a change " (time::setting(&settings["sync_delay"])) " after it was made." }
            }
        }
    })
}

/// A product with a bar that shows how much of it is used.
pub(super) fn seats(product: &Product) -> Markup {
    let (bought, used, left) = (product.bought(), product.consumed_units, product.left());
    let state = if left == 0 { "bad" } else { "good" };
    html! {
        div class="seats" {
            p { strong { (product.name()) } " " span class={ "pill " (state) } { (left) " left" } }
            progress max=(bought.max(1)) value=(used) aria-label={ (product.name()) ": used of those bought" } {}
            p class="hint" { (used) " used of " (bought) " bought" }
        }
    }
}

fn waits(page: &Page, clock: Clock, waiting: &[Waiting]) -> Markup {
    /// What more there is stands on a page of its own.
    const MOST: usize = 4;
    html! {
        @if waiting.is_empty() {
            p { "CRM knows everything there is to know." }
        } @else {
            ul class="plain" {
                @for change in waiting.iter().take(MOST) {
                    li { (tenant::happened(&change.what)) ": "
                        a href=(page.link(&tenant::path(&change.account))) { (change.user_principal_name) }
                        br; span class="hint" { "CRM learns of it " (clock.until(change.due)) } }
                }
            }
        }
        p { a href=(page.link(Area::Sync.path())) {
            @if waiting.len() > MOST { "All " (waiting.len()) " changes, and synchronising now" }
            @else { "Synchronise now, or let time pass" }
        } }
    }
}
