//! What an account is given and what is taken from it: licences, administrator roles, groups, the right to sign in.

use axum::extract::Path;
use axum::response::Response;
use http::Method;
use serde_json::{Value, json};

use super::frame::{self, Area, framed, go};
use super::tenant::{self, Account, Role};
use super::user;
use crate::protocol::pages::Answer;
use crate::protocol::pages::ask::{Refused, encoded};
use crate::protocol::pages::page::Page;

/// Assigns a licence or removes it.
pub(super) async fn license(Path(id): Path<String>, page: Page) -> Response {
    framed(&page, Area::Users, async {
        let account = tenant::account(&page, &id).await?;
        let product = page.form.text("product");
        let is_removed = page.form.text("do") == "remove";
        let done = if is_removed {
            remove(&page, &account.id, product).await
        } else {
            assign(&page, &account.id, product).await
        };
        after(&page, &account, done, if is_removed { "removed" } else { "assigned" }).await
    })
    .await
}

/// Assigns a licence of a product.
pub(super) async fn assign(page: &Page, account: &str, product: &str) -> Result<Value, Refused> {
    let add = json!([{ "skuId": product, "disabledPlans": [] }]);
    change_licenses(page, account, json!({ "addLicenses": add, "removeLicenses": [] })).await
}

async fn remove(page: &Page, account: &str, product: &str) -> Result<Value, Refused> {
    change_licenses(page, account, json!({ "addLicenses": [], "removeLicenses": [product] })).await
}

async fn change_licenses(page: &Page, account: &str, body: Value) -> Result<Value, Refused> {
    page.graph(Method::POST, &format!("users/{account}/assignLicense"), Some(body)).await.done()
}

/// Gives and takes roles, so that the account holds those that are ticked.
pub(super) async fn roles(Path(id): Path<String>, page: Page) -> Response {
    framed(&page, Area::Users, async {
        let account = tenant::account(&page, &id).await?;
        let done = hold_roles(&page, &account.id).await;
        after(&page, &account, done, "roles").await
    })
    .await
}

async fn hold_roles(page: &Page, account: &str) -> Result<Value, Refused> {
    let held: Vec<Role> =
        tenant::all(page, &format!("users/{account}/memberOf/microsoft.graph.directoryRole")).await?;
    for role in tenant::roles(page).await? {
        let is_wanted = page.form.all("role").any(|wanted| wanted == role.id);
        let is_held = held.iter().any(|held| held.id == role.id);
        let of = format!("directoryRoles/{}", role.id);
        if is_wanted && !is_held {
            tenant::add_member(page, &of, account).await?;
        } else if is_held && !is_wanted {
            tenant::remove_member(page, &of, account).await?;
        }
    }
    Ok(Value::Null)
}

/// Blocks sign-in or allows it again.
pub(super) async fn sign_in(Path(id): Path<String>, page: Page) -> Response {
    framed(&page, Area::Users, async {
        let account = tenant::account(&page, &id).await?;
        let is_allowed = page.form.text("allow") == "true";
        let body = json!({ "accountEnabled": is_allowed });
        let done = page.graph(Method::PATCH, &format!("users/{}", account.id), Some(body)).await.done();
        after(&page, &account, done, if is_allowed { "allowed" } else { "blocked" }).await
    })
    .await
}

/// Adds the account to a group or removes it.
pub(super) async fn group(Path(id): Path<String>, page: Page) -> Response {
    framed(&page, Area::Users, async {
        let account = tenant::account(&page, &id).await?;
        let group = format!("groups/{}", encoded(page.form.text("group")));
        let leaves = page.form.text("do") == "leave";
        let done = if leaves {
            tenant::remove_member(&page, &group, &account.id).await
        } else {
            tenant::add_member(&page, &group, &account.id).await
        };
        after(&page, &account, done, if leaves { "left" } else { "joined" }).await
    })
    .await
}

/// Back to the account's page, which says what was done; or the page with what refused it.
async fn after(page: &Page, account: &Account, done: Result<Value, Refused>, key: &str) -> Answer {
    match done {
        Ok(_) => go(page, &format!("{}?done={key}", account.path())),
        Err(refused) => {
            let close = page.link(&account.path());
            frame::refuse(page, &user::sheet(page, account).await?, &refused, &close).await
        }
    }
}
