//! Deleted users: restored, or deleted for good.

use axum::extract::Path;
use axum::response::Response;
use http::Method;
use jiff::SignedDuration;
use maud::{Markup, html};

use super::frame::{self, Area, Sheet, framed, go};
use super::tenant::{self, Account, PAGE};
use super::time::{self, Clock};
use crate::directory::RESTORABLE;
use crate::protocol::pages::ask::{Refused, encoded};
use crate::protocol::pages::layout;
use crate::protocol::pages::page::Page;

pub(super) async fn show(page: Page) -> Response {
    framed(&page, Area::Deleted, async { frame::show(&page, &sheet(&page).await?).await }).await
}

async fn sheet(page: &Page) -> Result<Sheet, Refused> {
    let clock = tenant::clock(page).await?;
    let after = frame::after(page);
    let path = format!(
        "directory/deletedItems/microsoft.graph.user?$select=id,displayName,userPrincipalName,deletedDateTime&$orderby=displayName&$count=true&$top={PAGE}{after}"
    );
    let found = tenant::rows::<Account>(page, &path).await?;
    let rows = html! { @for account in &found.rows { (row(page, clock, account)) } };
    let content = html! {
        @if page.query.text("done") == "purged" {
            (layout::message("done", "The user was deleted for good."))
        }
        p { "A deleted user can be restored for 30 days. Its licences are free at once." }
        @if found.rows.is_empty() {
            p class="empty" { "No user is deleted." }
        } @else {
            (layout::grid("Deleted users", &["Display name", "User name", "Deleted", "Can be restored for", "Actions"], &rows))
        }
        (frame::pager(page, Area::Deleted.path(), &[], &found))
    };
    Ok(Sheet { area: Area::Deleted, title: "Deleted users".into(), content })
}

fn row(page: &Page, clock: Clock, account: &Account) -> Markup {
    let path = path(&account.id);
    let left = account
        .deleted_date_time
        .map_or(SignedDuration::ZERO, |deleted| RESTORABLE.saturating_sub(clock.now.duration_since(deleted)));
    html! {
        tr {
            td { (account.name()) }
            td { (account.user_principal_name) }
            td { @if let Some(deleted) = account.deleted_date_time { (time::instant(deleted)) } }
            td { (time::span(left)) }
            td class="actions" {
                form class="inline" method="post" action=(page.link(&format!("{path}/restore"))) {
                    (layout::form_token(page))
                    button type="submit" { "Restore" span class="unseen" { " " (account.name()) } }
                }
                a class="button danger" href=(page.link(&format!("{path}/purge"))) { "Delete for good" span class="unseen" { ": " (account.name()) } }
            }
        }
    }
}

fn path(id: &str) -> String {
    format!("/adminportal/deleted/{}", encoded(id))
}

fn item(id: &str) -> String {
    format!("directory/deletedItems/{}", encoded(id))
}

pub(super) async fn restore(Path(id): Path<String>, page: Page) -> Response {
    framed(&page, Area::Deleted, async {
        match page.graph(Method::POST, &format!("{}/restore", item(&id)), None).await.done() {
            Ok(_) => go(&page, &format!("{}?done=restored", tenant::path(&id))),
            Err(refused) => {
                frame::refuse(&page, &sheet(&page).await?, &refused, &page.link(Area::Deleted.path())).await
            }
        }
    })
    .await
}

pub(super) async fn ask_purge(Path(id): Path<String>, page: Page) -> Response {
    framed(&page, Area::Deleted, async {
        let account = tenant::get(&page, &item(&id)).await?;
        let name = account["displayName"].as_str().or(account["userPrincipalName"].as_str()).unwrap_or(&id);
        let question = html! {
            p { strong { (name) } " cannot be restored afterwards. CRM keeps its user, disabled." }
        };
        let content = frame::confirm(
            &page,
            &question,
            &format!("{}/purge", path(&id)),
            "Delete for good",
            Area::Deleted.path(),
        );
        let sheet = Sheet { area: Area::Deleted, title: format!("Delete {name} for good?"), content };
        frame::show(&page, &sheet).await
    })
    .await
}

pub(super) async fn purge(Path(id): Path<String>, page: Page) -> Response {
    framed(&page, Area::Deleted, async {
        match page.graph(Method::DELETE, &item(&id), None).await.done() {
            Ok(_) => go(&page, "/adminportal/deleted?done=purged"),
            Err(refused) => {
                frame::refuse(&page, &sheet(&page).await?, &refused, &page.link(Area::Deleted.path())).await
            }
        }
    })
    .await
}
