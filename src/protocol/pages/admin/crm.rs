//! What CRM knows of an account, beside what it has yet to learn: the second seed is told between the two.

use axum::extract::Path;
use http::Method;
use maud::{Markup, html};
use serde_json::Value;

use super::frame::{Area, framed, go};
use super::sync;
use super::tenant::{self, Account, Reason, Waiting};
use super::time::{self, Clock};
use crate::protocol::pages::ask::{Refused, encoded};
use crate::protocol::pages::layout::{self, part};
use crate::protocol::pages::page::Page;

/// The columns that follow from what the directory says.
const SHOWN: &str = "systemuserid,fullname,domainname,accessmode,isdisabled,islicensed";

const FORMATTED: &str = "@OData.Community.Display.V1.FormattedValue";

/// The panel by itself, for a page that is shown already.
pub(super) async fn refresh(Path(id): Path<String>, page: Page) -> axum::response::Response {
    framed(&page, Area::Users, async {
        if !page.wants_part() {
            return go(&page, &tenant::path(&id));
        }
        let account = tenant::account(&page, &id).await?;
        Ok(axum::response::IntoResponse::into_response(part(&panel(&page, &account).await?)))
    })
    .await
}

/// The panel.
pub(super) async fn panel(page: &Page, account: &Account) -> Result<Markup, Refused> {
    let clock = tenant::clock(page).await?;
    let waiting = of(&account.id, tenant::waiting(page).await?);
    let users = page
        .web_api(
            Method::GET,
            &format!("systemusers?$select={SHOWN}&$filter=azureactivedirectoryobjectid eq {}", account.id),
            None,
        )
        .await
        .done();
    let known = match users {
        Ok(answer) => match answer["value"].get(0) {
            Some(user) => user_card(page, user).await,
            None => html! {
                p class="big" { "CRM has no user for this account." }
                p class="hint" { "CRM makes one of an account that has a licence or an administrator role, once it has learned of it (rules "
                    (layout::rules(&["D2".to_owned(), "D3".to_owned(), "D4".to_owned()])) ")." }
            },
        },
        Err(refused) => html! {
            p { "CRM does not tell: " (refused.message) }
            p class="code" { "Error code: " code { (refused.code) } }
            (layout::explanation(&refused))
        },
    };
    let address = page.link(&format!("{}/crm", account.path()));
    let delay = delay(clock, &waiting);
    Ok(html! {
        section id="in-crm" class="card crm" aria-labelledby="in-crm-title"
            hx-get=[delay.as_ref().map(|_| address)] hx-trigger=[delay] hx-swap="outerHTML" {
            h2 id="in-crm-title" { "In CRM" }
            div class="sides" {
                section aria-labelledby="knows" {
                    h3 id="knows" { "What CRM knows now" }
                    (known)
                }
                section aria-labelledby="learns" {
                    h3 id="learns" { "What CRM has yet to learn" }
                    (list(clock, &waiting))
                    (sync::controls(page, clock, &waiting, Some(account)))
                }
            }
        }
    })
}

/// The changes of one account.
pub(super) fn of(account: &str, waiting: Vec<Waiting>) -> Vec<Waiting> {
    waiting.into_iter().filter(|change| change.account == account).collect()
}

/// With a clock that runs by itself the panel is fetched again when CRM learns of something, and not before.
fn delay(clock: Clock, waiting: &[Waiting]) -> Option<String> {
    /// Nobody looks at a page for longer.
    const LONGEST: i64 = 60 * 60;
    let next = waiting.first()?.due.duration_since(clock.now).as_secs().max(0) + 1;
    (!clock.is_manual && next <= LONGEST).then(|| format!("load delay:{next}s"))
}

async fn user_card(page: &Page, user: &Value) -> Markup {
    let formatted = |column: &str| user[format!("{column}{FORMATTED}")].as_str().unwrap_or_default();
    let id = user["systemuserid"].as_str().unwrap_or_default();
    let explained = page.control(Method::GET, &format!("explain/systemusers/{id}"), None).await.done();
    let because: Vec<Reason> =
        explained.map(|answer| tenant::read_all(&answer["because"])).unwrap_or_default();
    let is_disabled = user["isdisabled"] == true;
    html! {
        dl class="facts" {
            dt { "User" }
            dd { a href=(page.link(&format!("/main.aspx?etn=systemuser&id={}&pagetype=entityrecord", encoded(id)))) {
                (user["fullname"].as_str().unwrap_or("(no name)")) } }
            dt { "Access mode" } dd { strong { (formatted("accessmode")) } }
            dt { "Status" } dd { span class={ "pill " (if is_disabled { "bad" } else { "good" }) } { (formatted("isdisabled")) } }
            dt { "Licensed" } dd { (formatted("islicensed")) }
        }
        @if !because.is_empty() {
            details class="why" {
                summary { "Why, says the emulator" }
                ul { @for reason in &because { li { (reason.fact) " (" (layout::rules(std::slice::from_ref(&reason.rule))) ")" } } }
            }
        }
    }
}

fn list(clock: Clock, waiting: &[Waiting]) -> Markup {
    html! {
        @if waiting.is_empty() {
            p class="big" { "Nothing." }
        } @else {
            ol class="plain" {
                @for change in waiting {
                    li { strong { (tenant::happened(&change.what)) }
                        br; span class="hint" { "made " (time::instant(change.made)) "; CRM learns of it " (clock.until(change.due)) } }
                }
            }
        }
    }
}
