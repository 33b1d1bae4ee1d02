//! Licences: bought, used, left, and who holds them.

use axum::response::Response;
use http::Method;
use maud::{Markup, html};
use serde_json::{Value, json};

use super::frame::{self, Area, Sheet, framed, go};
use super::home::seats;
use super::tenant::{self, Account, LISTED, PAGE, Product};
use super::users;
use crate::protocol::pages::ask::{Refused, encoded};
use crate::protocol::pages::layout::{self, form_token};
use crate::protocol::pages::page::Page;

pub(super) async fn show(page: Page) -> Response {
    framed(&page, Area::Licenses, async { frame::show(&page, &sheet(&page).await?).await }).await
}

async fn sheet(page: &Page) -> Result<Sheet, Refused> {
    let products = tenant::products(page).await?;
    let wanted = page.query.text("product");
    let chosen = products.iter().find(|product| product.sku_id == wanted);
    let filter = match chosen {
        Some(product) => held(product),
        None => "assignedLicenses/$count ne 0".to_owned(),
    };
    let after = frame::after(page);
    let holders = tenant::rows::<Account>(
        page,
        &format!(
            "users?$select={LISTED}&$orderby=displayName&$count=true&$top={PAGE}&$filter={}{after}",
            encoded(&filter)
        ),
    )
    .await?;
    let rows = html! {
        @for account in &holders.rows {
            tr {
                td { a class="entry" href=(page.link(&account.path())) { (account.name()) } }
                td { (account.user_principal_name) }
                td class="wide" { (users::licenses(account, &products)) }
                td { (frame::sign_in_status(account.account_enabled)) }
            }
        }
    };
    let alone = used_in_crm_alone(page, &products).await?;
    let path = Area::Licenses.path();
    let content = html! {
        @if page.query.text("done") == "bought" { (layout::message("done", "The number of licences was changed.")) }
        div class="cards wide" {
            @for product in &products {
                section class="card" aria-label=(product.name()) {
                    (seats(product))
                    p { a href=(page.link(&format!("{path}?product={}", product.sku_id))) { "Who holds one" span class="unseen" { " of " (product.name()) } } }
                }
            }
            section class="card" aria-labelledby="buy" {
                h2 id="buy" { "Buy more, or fewer" }
                (buy_form(page).await?)
            }
        }
        h2 id="holders" { "Who holds " @match chosen { Some(product) => (product.name()), None => "a licence" } }
        @if chosen.is_some() { p { a href=(page.link(path)) { "Holders of any licence" } } }
        @if holders.rows.is_empty() {
            p class="empty" { "Nobody." }
        } @else {
            (layout::grid("Who holds a licence", &["Display name", "User name", "Licences", "Sign-in"], &rows))
        }
        (frame::pager(page, path, &[("product", wanted)], &holders))
        @if chosen.is_none() && alone > 0 {
            p class="hint" { (alone) @if alone == 1 { " licence is" } @else { " licences are" }
                " used by users that CRM has without an account here; the "
                a href="/_emulator/" { "console" } " tells why." }
        }
    };
    Ok(Sheet { area: Area::Licenses, title: "Licences".into(), content })
}

/// What the directory is asked for those who hold a licence of a product.
fn held(product: &Product) -> String {
    format!("assignedLicenses/any(l:l/skuId eq {})", product.sku_id)
}

/// How many licences are used that no account holds: by users that were made in CRM.
async fn used_in_crm_alone(page: &Page, products: &[Product]) -> Result<u64, Refused> {
    let mut alone = 0;
    for product in products {
        alone += u64::from(product.consumed_units).saturating_sub(tenant::count(page, &held(product)).await?);
    }
    Ok(alone)
}

async fn buy_form(page: &Page) -> Result<Markup, Refused> {
    let settings = page.control(Method::GET, "settings", None).await.done()?;
    let bought = page.form.get("licenses").map_or_else(|| settings["licenses"].to_string(), str::to_owned);
    Ok(html! {
        form class="row" method="post" action=(page.link(Area::Licenses.path())) {
            (form_token(page))
            div {
                label for="licenses" { "Licences bought" }
                input id="licenses" name="licenses" type="number" min="0" step="1" required value=(bought) aria-describedby="buy-hint";
            }
            button type="submit" { "Buy" }
        }
        p id="buy-hint" class="hint" { "The emulator asks for no money: this is its setting " code { "licenses" } ", one number for all products." }
    })
}

pub(super) async fn buy(page: Page) -> Response {
    framed(&page, Area::Licenses, async {
        let entered = page.form.text("licenses");
        // What is no number goes as it is, for the interface to say so.
        let wanted = entered.parse::<u32>().map_or_else(|_| Value::from(entered), Value::from);
        match page.control(Method::PATCH, "settings", Some(json!({ "licenses": wanted }))).await.done() {
            Ok(_) => go(&page, "/adminportal/licenses?done=bought"),
            Err(refused) => {
                let close = page.link(Area::Licenses.path());
                frame::refuse(&page, &sheet(&page).await?, &refused, &close).await
            }
        }
    })
    .await
}
