//! What stands around every page of the admin centre: top bar, navigation, dialogs, messages.

use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use maud::{Markup, html};

use super::tenant;
use super::time;
use crate::protocol::pages::Answer;
use crate::protocol::pages::ask::{Refused, encoded};
use crate::protocol::pages::layout::{self, Look, document};
use crate::protocol::pages::page::Page;

/// Where in the navigation a page belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Area {
    Home,
    Users,
    Deleted,
    Groups,
    Licenses,
    Sync,
}

impl Area {
    const ALL: [Self; 6] = [Self::Home, Self::Users, Self::Deleted, Self::Groups, Self::Licenses, Self::Sync];

    fn label(self) -> &'static str {
        match self {
            Self::Home => "Home",
            Self::Users => "Active users",
            Self::Deleted => "Deleted users",
            Self::Groups => "Groups",
            Self::Licenses => "Licences",
            Self::Sync => "Synchronisation",
        }
    }

    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Home => "/adminportal",
            Self::Users => "/adminportal/users",
            Self::Deleted => "/adminportal/deleted",
            Self::Groups => "/adminportal/groups",
            Self::Licenses => "/adminportal/licenses",
            Self::Sync => "/adminportal/sync",
        }
    }
}

/// What a page says.
#[derive(Debug, Clone)]
pub(super) struct Sheet {
    pub(super) area: Area,
    /// The heading.
    pub(super) title: String,
    /// What stands below it.
    pub(super) content: Markup,
}

/// Shows a page.
pub(super) async fn show(page: &Page, sheet: &Sheet) -> Answer {
    Ok(whole(page, sheet, StatusCode::OK, None).await)
}

/// Shows the page that something was asked for on, with the refusal in front of it; `close` is where one goes on.
pub(super) async fn refuse(page: &Page, sheet: &Sheet, refused: &Refused, close: &str) -> Answer {
    if refused.status == StatusCode::UNAUTHORIZED {
        return Err(refused.clone());
    }
    Ok(whole(page, sheet, refused.status, Some(&dialog(refused, close))).await)
}

/// Shows a form again with what was entered, and why it was refused.
pub(super) async fn again(page: &Page, sheet: &Sheet, refused: &Refused) -> Answer {
    if refused.status == StatusCode::UNAUTHORIZED {
        return Err(refused.clone());
    }
    Ok(whole(page, sheet, refused.status, None).await)
}

/// The answer of a page, or what refused it: a page that says so, or the way to sign in.
pub(super) async fn framed(page: &Page, area: Area, answer: impl Future<Output = Answer>) -> Response {
    match answer.await {
        Ok(response) => response,
        // Where one is asked to sign in, only the home page is known to be there for whoever does.
        Err(refused) if refused.status == StatusCode::UNAUTHORIZED => {
            Redirect::to(&page.link("/signin?to=/adminportal")).into_response()
        }
        Err(refused) => {
            let content = html! {
                p { (refused.message) }
                p class="code" { "Error code: " code { (refused.code) } }
                (layout::explanation(&refused))
                p { a href=(page.link(area.path())) { "Back to " (area.label().to_lowercase()) } }
            };
            let title = if refused.status == StatusCode::NOT_FOUND {
                "There is nothing here"
            } else {
                "This page cannot be shown"
            };
            let sheet = Sheet { area, title: title.to_owned(), content };
            whole(page, &sheet, refused.status, None).await
        }
    }
}

/// Goes on to another page of the admin centre after something was done.
pub(super) fn go(page: &Page, path: &str) -> Answer {
    Ok(Redirect::to(&page.link(path)).into_response())
}

async fn whole(page: &Page, sheet: &Sheet, status: StatusCode, dialog: Option<&Markup>) -> Response {
    let is_covered = dialog.is_some();
    let body = html! {
        header class="top" inert[is_covered] {
            button type="button" class="menu" popovertarget="areas" { "Menu" }
            a class="wordmark" href=(page.link(Area::Home.path())) {
                strong { "CRM Emulator" } " admin centre"
            }
            span class="tenant" { (page.organization()) }
            span class="who" {
                @match &page.session {
                    Some(session) => { span class="name" { (session.name) } a href=(page.link("/signout")) { "Sign out" } },
                    None => a href=(page.link("/signin?to=/adminportal")) { "Sign in" },
                }
            }
        }
        div class="frame" inert[is_covered] {
            nav id="areas" class="areas" popover aria-label="Admin centre" {
                ul {
                    @for area in Area::ALL {
                        li { a href=(page.link(area.path())) aria-current=[(area == sheet.area).then_some("page")] { (area.label()) } }
                    }
                }
                p class="elsewhere" { "Elsewhere" }
                ul {
                    li { a href=(page.link("/main.aspx")) { "CRM" } }
                    li { a href="/_emulator/" { "Emulator console" } }
                }
            }
            main id="main" {
                (state(page).await)
                h1 { (sheet.title) }
                (sheet.content)
            }
        }
        @if let Some(dialog) = dialog { (dialog) }
    };
    document(Look::Admin, status, &format!("{} - CRM Emulator admin centre", sheet.title), &body)
}

/// What time it is in the organization and how much CRM has yet to learn: what the second seed turns on, so every page
/// says it. Where it cannot be asked, the page does without.
async fn state(page: &Page) -> Markup {
    let (Ok(clock), Ok(waiting)) = (tenant::clock(page).await, tenant::waiting(page).await) else {
        return html! {};
    };
    html! {
        p class="state" {
            span { "Clock: " strong { (time::instant(clock.now)) } " UTC"
                @if clock.is_manual { " " span class="pill" { "manual" } } }
            a href=(page.link(Area::Sync.path())) {
                @match waiting.len() {
                    0 => "Nothing waits for CRM",
                    1 => "1 change waits for CRM",
                    many => { (many) " changes wait for CRM" },
                }
            }
        }
    }
}

/// A refusal in front of the page. Nothing behind it can be reached, so it needs no script to be modal.
fn dialog(refused: &Refused, close: &str) -> Markup {
    html! {
        div class="veil" {
            section class="dialog" role="alertdialog" aria-modal="true" aria-labelledby="refusal-title"
                aria-describedby="refusal-text" {
                h2 id="refusal-title" { "This could not be done" }
                (words(refused))
                p class="buttons" { a class="button primary" href=(close) autofocus { "OK" } }
            }
        }
    }
}

/// A refusal above a form.
pub(super) fn alert(refused: &Refused) -> Markup {
    html! {
        section class="message wrong" role="alert" aria-labelledby="refusal-title" {
            h2 id="refusal-title" { "This could not be done" }
            (words(refused))
        }
    }
}

fn words(refused: &Refused) -> Markup {
    html! {
        p id="refusal-text" { (refused.message) }
        p class="code" { "Error code: " code { (refused.code) } }
        (layout::explanation(refused))
    }
}

/// Asks before something is done that cannot be taken back by a click: a form with one button, and the way back.
pub(super) fn confirm(page: &Page, question: &Markup, action: &str, label: &str, back: &str) -> Markup {
    html! {
        section class="card narrow" {
            (question)
            div class="buttons" {
                (layout::button(page, &page.link(action), &[], label, "danger"))
                a class="button" href=(page.link(back)) { "Cancel" }
            }
        }
    }
}

/// A circle with the initials of a name.
pub(super) fn initials(name: &str) -> Markup {
    let letters: String = name
        .split_whitespace()
        .take(2)
        .filter_map(|word| word.chars().next())
        .flat_map(char::to_uppercase)
        .collect();
    html! { span class="initials" aria-hidden="true" { (letters) } }
}

/// Whether somebody may sign in.
pub(super) fn sign_in_status(is_enabled: bool) -> Markup {
    html! {
        @if is_enabled { span class="pill good" { "Allowed" } } @else { span class="pill bad" { "Blocked" } }
    }
}

/// The way to the next page of a list, and back to its first. `keep` are the options both have.
pub(super) fn pager<T>(page: &Page, path: &str, keep: &[(&str, &str)], rows: &tenant::Rows<T>) -> Markup {
    let from: usize = page.query.text("from").parse().unwrap_or(1);
    let shown = rows.rows.len();
    let link = |more: &[(&str, &str)]| {
        let options: Vec<String> = keep
            .iter()
            .chain(more)
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        page.link(&format!("{path}{}{}", if options.is_empty() { "" } else { "?" }, options.join("&")))
    };
    let is_first = page.query.get("after").is_none();
    html! {
        nav class="pager" aria-label="Pages of the list" {
            p {
                @match rows.count {
                    Some(count) if count > shown as u64 && shown > 0 => {
                        (from) " to " (from + shown - 1) " of " (count)
                    },
                    Some(count) => { (count) " in all" },
                    None => { (shown) " on this page" },
                }
            }
            @if !is_first { a class="button" href=(link(&[])) { "First page" } }
            @if let Some(next) = &rows.next {
                a class="button" rel="next" href=(link(&[("after", next), ("from", &(from + shown).to_string())])) { "Next page" }
            }
        }
    }
}

/// The option with which a list goes on where the page before ended.
pub(super) fn after(page: &Page) -> String {
    page.query.get("after").map(|token| format!("&$skiptoken={}", encoded(token))).unwrap_or_default()
}
