//! Synchronisation: what CRM has yet to learn and when, and the organization's clock, so that one can hurry or wait.

use axum::response::IntoResponse;
use http::{HeaderValue, Method, StatusCode};
use maud::{Markup, html};
use serde_json::json;

use super::frame::{self, Area, Sheet, framed, go};
use super::tenant::{self, Account, Learned, Waiting};
use super::time::{self, Clock};
use crate::model::collation;
use crate::protocol::pages::ask::Refused;
use crate::protocol::pages::layout::{self, form_token, part};
use crate::protocol::pages::page::Page;

pub(super) async fn show(page: Page) -> axum::response::Response {
    framed(&page, Area::Sync, async { frame::show(&page, &sheet(&page, &html! {}).await?).await }).await
}

/// Synchronises, or lets time pass; `user` is the account whose page the button stands on.
pub(super) async fn run(page: Page) -> axum::response::Response {
    framed(&page, Area::Sync, async {
        let user = page.form.get("user").map(str::to_owned);
        let back = user.as_deref().map_or_else(|| Area::Sync.path().to_owned(), tenant::path);
        let done = match page.form.text("do") {
            "advance" => advance(&page).await.map(|news| ("waited", news)),
            _ => synchronise(&page, user.as_deref()).await.map(|news| ("synchronised", news)),
        };
        match done {
            Ok((done, _)) if user.is_some() => go(&page, &format!("{back}?done={done}")),
            // What came of it is told once; the list behind it is the same as ever.
            Ok((_, news)) => frame::show(&page, &sheet(&page, &news).await?).await,
            Err(refused) => {
                frame::refuse(&page, &sheet(&page, &html! {}).await?, &refused, &page.link(&back)).await
            }
        }
    })
    .await
}

/// The list by itself, or nothing where it is as the page shows it already.
pub(super) async fn refresh(page: Page) -> axum::response::Response {
    framed(&page, Area::Sync, async {
        if !page.wants_part() {
            return go(&page, Area::Sync.path());
        }
        let list = list(&page, tenant::clock(&page).await?, &tenant::waiting(&page).await?);
        if page.query.get("seen") == Some(&*seen(&list)) {
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
        let mut response = part(&live(&page, &list)).into_response();
        response.headers_mut().insert("hx-reswap", HeaderValue::from_static("outerHTML"));
        Ok(response)
    })
    .await
}

async fn sheet(page: &Page, news: &Markup) -> Result<Sheet, Refused> {
    let (clock, waiting) = (tenant::clock(page).await?, tenant::waiting(page).await?);
    let settings = page.control(Method::GET, "settings", None).await.done()?;
    let setting = |key: &str| time::setting(&settings[key]);
    let content = html! {
        (news)
        div class="cards wide" {
            section class="card" aria-labelledby="clock" {
                h2 id="clock" { "Clock of the organization" }
                p class="figure" { (time::instant(clock.now)) }
                p { @if clock.is_manual { "It stands still until it is moved. UTC." } @else { "It runs by itself, and changes reach CRM when they are due. UTC." } }
                dl class="facts" {
                    dt { "CRM learns of a change after" } dd { (setting("sync_delay")) }
                    dt { "The directory keeps an old access mode in view for" } dd { (setting("non_interactive_settle_delay")) }
                }
                p class="hint" { "Both are settings of the emulator, " code { "sync_delay" } " and " code { "non_interactive_settle_delay" }
                    "; the second makes the race of rule " (layout::rules(&["D20".to_owned()])) "." }
            }
            section class="card" aria-labelledby="now" {
                h2 id="now" { "Hurry, or wait" }
                (controls(page, clock, &waiting, None))
            }
        }
        h2 id="pending" { "What CRM has yet to learn" }
        (live(page, &list(page, clock, &waiting)))
    };
    Ok(Sheet { area: Area::Sync, title: "Synchronisation".into(), content })
}

/// Buttons that synchronise now and, where the clock stands still, let time pass.
pub(super) fn controls(page: &Page, clock: Clock, waiting: &[Waiting], user: Option<&Account>) -> Markup {
    let action = page.link(Area::Sync.path());
    let id = user.map(|account| &*account.id).unwrap_or_default();
    let next = waiting.first().map(|change| change.due).filter(|due| *due > clock.now);
    let wait = |by: &str, label: &Markup, class: &str| {
        html! {
            form class="inline" method="post" action=(action) {
                (form_token(page))
                input type="hidden" name="do" value="advance";
                input type="hidden" name="by" value=(by);
                input type="hidden" name="user" value=(id);
                button type="submit" class=(class) { (label) }
            }
        }
    };
    html! {
        div class="buttons" {
            form class="inline" method="post" action=(action) {
                (form_token(page))
                input type="hidden" name="do" value="sync";
                input type="hidden" name="user" value=(id);
                button type="submit" class="primary" disabled[waiting.is_empty()] {
                    @if user.is_some() { "Synchronise this user now" } @else { "Synchronise now" }
                }
            }
            @if clock.is_manual {
                @if let Some(next) = next {
                    (wait(&format!("{}ms", next.duration_since(clock.now).as_millis()), &html! { "Wait until the next is due" }, ""))
                }
                (wait("5m", &html! { "Wait 5 minutes" }, ""))
                (wait("1h", &html! { "Wait an hour" }, ""))
                (wait("24h", &html! { "Wait a day" }, ""))
            }
        }
        @if clock.is_manual {
            p class="hint" { "Waiting moves the clock of the whole organization." }
        } @else {
            p class="hint" { "The clock runs by itself. The "
                a href="/_emulator/" { "console" } " can stop it, so that one need not wait." }
        }
    }
}

/// The list within what keeps it fresh.
fn live(page: &Page, list: &Markup) -> Markup {
    let address = page.link(&format!("/adminportal/sync/waiting?seen={}", seen(list)));
    html! {
        div id="waiting" hx-get=(address) hx-trigger="every 3s" hx-swap="outerHTML" { (list) }
    }
}

/// What tells one state of the list from another.
fn seen(list: &Markup) -> String {
    format!("{:x}", collation::hash(&list.0))
}

fn list(page: &Page, clock: Clock, waiting: &[Waiting]) -> Markup {
    /// Nobody reads more; a large tenant can have as many changes waiting as it has accounts.
    const MOST: usize = 200;
    if waiting.is_empty() {
        return html! { p class="empty" { "Nothing waits: CRM knows everything there is to know." } };
    }
    let rows = html! {
        @for change in waiting.iter().take(MOST) {
            tr {
                td { (tenant::happened(&change.what)) }
                td { a id={ "change-" (change.number) } href=(page.link(&tenant::path(&change.account))) { (change.user_principal_name) } }
                td { (time::instant(change.made)) }
                td { (time::instant(change.due)) br; span class="hint" { (clock.within(change.due)) } }
            }
        }
    };
    html! {
        (layout::grid("What CRM has yet to learn", &["What", "Whom", "Made", "Due"], &rows))
        @if waiting.len() > MOST { p class="hint" { "The first " (MOST) " of " (waiting.len()) "." } }
    }
}

/// Synchronises now, and tells what came of it.
async fn synchronise(page: &Page, account: Option<&str>) -> Result<Markup, Refused> {
    let body = account.map(|account| json!({ "account": account }));
    let answer = page.control(Method::POST, "sync", body).await.done()?;
    let learned: Vec<Learned> = tenant::read_all(&answer["applied"]);
    Ok(html! {
        section class="message done" role="status" aria-labelledby="news" {
            h2 id="news" { @match learned.len() {
                0 => "There was nothing to synchronise",
                1 => "CRM has learned of 1 change",
                many => { "CRM has learned of " (many) " changes" },
            } }
            ul class="plain" {
                @for change in &learned {
                    li {
                        (tenant::happened(&change.what)) ": "
                        a href=(page.link(&tenant::path(&change.account))) { (change.user_principal_name) }
                        @for reason in &change.because {
                            br; span class="hint" { (reason.fact) " (" (layout::rules(std::slice::from_ref(&reason.rule))) ")" }
                        }
                        @if let Some(error) = &change.error { br; span class="pill bad" { "Not applied" } " " (error) }
                    }
                }
            }
        }
    })
}

/// Lets time pass, and tells of what CRM learned meanwhile.
async fn advance(page: &Page) -> Result<Markup, Refused> {
    let before = tenant::waiting(page).await?;
    page.control(Method::POST, "clock/advance", Some(json!({ "by": page.form.text("by") }))).await.done()?;
    let (clock, after) = (tenant::clock(page).await?, tenant::waiting(page).await?);
    let learned: Vec<&Waiting> =
        before.iter().filter(|change| !after.iter().any(|left| left.number == change.number)).collect();
    Ok(html! {
        section class="message done" role="status" aria-labelledby="news" {
            h2 id="news" { "It is " (time::instant(clock.now)) " now" }
            @if learned.is_empty() { p { "CRM has learned of nothing meanwhile." } }
            ul class="plain" {
                @for change in learned {
                    li { "CRM has learned: " (tenant::happened(&change.what)) ", "
                        a href=(page.link(&tenant::path(&change.account))) { (change.user_principal_name) } }
                }
            }
        }
    })
}
