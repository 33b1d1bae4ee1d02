//! What all pages share: the document around them, forms, messages, refusals.

use axum::response::IntoResponse;
use http::StatusCode;
use maud::{DOCTYPE, Markup, html};

use super::ask::Refused;
use super::assets::ROOT;
use super::form::TOKEN;
use super::page::Page;

/// Which of the three sites a page belongs to; the name of its style sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// The CRM web client.
    Crm,
    /// The Office 365 admin centre.
    Admin,
    /// The emulator's own console.
    Console,
}

impl Look {
    fn name(self) -> &'static str {
        match self {
            Self::Crm => "crm",
            Self::Admin => "admin",
            Self::Console => "console",
        }
    }
}

/// A whole document. `body` brings its own `header` and `main` (with the id `main`, which the first link leads to).
pub(super) fn document(
    look: Look,
    status: StatusCode,
    title: &str,
    body: &Markup,
) -> axum::response::Response {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="htmx-config" content=r#"{"includeIndicatorStyles":false,"allowEval":false,"selfRequestsOnly":true}"#;
                title { (title) }
                link rel="icon" type="image/svg+xml" href=(format!("{ROOT}/icon.svg"));
                link rel="stylesheet" href=(format!("{ROOT}/base.css"));
                link rel="stylesheet" href=(format!("{ROOT}/{}.css", look.name()));
                script src=(format!("{ROOT}/htmx.min.js")) defer {}
            }
            body class=(look.name()) {
                a class="skip" href="#main" { "Skip to the content" }
                (body)
            }
        }
    };
    (status, part(&page)).into_response()
}

/// A part of a page, for one that is shown already.
pub(super) fn part(markup: &Markup) -> axum::response::Html<String> {
    axum::response::Html(markup.0.clone())
}

/// The hidden field without which no form is taken.
pub(super) fn form_token(page: &Page) -> Markup {
    html! { @if let Some(token) = page.form_token() { input type="hidden" name=(TOKEN) value=(token); } }
}

/// A form that is nothing but a button: it sends `fields` to `action`.
pub(super) fn button(page: &Page, action: &str, fields: &[(&str, &str)], label: &str, class: &str) -> Markup {
    html! {
        form class="inline" method="post" action=(action) {
            (form_token(page))
            @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
            button type="submit" class=(class) { (label) }
        }
    }
}

/// A message above the content: `kind` is `done`, `note` or `wrong`.
pub(super) fn message(kind: &str, text: &str) -> Markup {
    html! { p class={ "message " (kind) } role="status" { (text) } }
}

/// Rules by their numbers, each a link to what it says.
pub(super) fn rules(rules: &[String]) -> Markup {
    html! {
        @for (at, rule) in rules.iter().enumerate() {
            @if at > 0 { ", " }
            a href=(format!("/_emulator/rules#{rule}")) { (rule) }
        }
    }
}

/// A refusal as the product's dialog, with the emulator's explanation below; `close` is where the button leads.
pub(super) fn refusal(refused: &Refused, close: &str) -> Markup {
    html! {
        div class="veil" {
            section class="dialog" role="alertdialog" aria-modal="true" aria-labelledby="refusal-title" aria-describedby="refusal-text" {
                h2 id="refusal-title" { (title(refused)) }
                p id="refusal-text" { (refused.message) }
                p class="code" { "Error code: " code { (refused.code) } }
                (explanation(refused))
                p class="buttons" { a class="button primary" href=(close) autofocus { "OK" } }
            }
        }
    }
}

/// As [`refusal`], above a form that keeps what was typed into it: the button closes the dialog and leads nowhere.
/// `about` says whom or what it was about, where that is not plain.
pub(super) fn refusal_above(refused: &Refused, about: &str) -> Markup {
    html! {
        div class="veil" {
            dialog open class="dialog" role="alertdialog" aria-modal="true" aria-labelledby="refusal-title" aria-describedby="refusal-text" {
                h2 id="refusal-title" { (title(refused)) }
                @if !about.is_empty() { p class="about" { (about) } }
                p id="refusal-text" { (refused.message) }
                p class="code" { "Error code: " code { (refused.code) } }
                (explanation(refused))
                // Such a form is never sent: it closes the dialog around it.
                form method="dialog" class="buttons" { button type="submit" class="primary" autofocus { "OK" } }
            }
        }
    }
}

/// What the emulator adds to a refusal: the rules that decided and what would help.
pub(super) fn explanation(refused: &Refused) -> Markup {
    html! {
        @if !refused.rules.is_empty() || refused.hint.is_some() {
            aside class="explanation" aria-label="Explanation of the emulator" {
                h3 { "Why, says the emulator" }
                @if let Some(hint) = &refused.hint { p { (hint) } }
                @if !refused.rules.is_empty() { p { "Decided by " (rules(&refused.rules)) "." } }
            }
        }
    }
}

/// The heading of a refusal.
pub(super) fn title(refused: &Refused) -> &'static str {
    match refused.status {
        StatusCode::FORBIDDEN => "Insufficient Permissions",
        StatusCode::UNAUTHORIZED => "Sign-in needed",
        StatusCode::NOT_FOUND => "Record Is Unavailable",
        StatusCode::NOT_IMPLEMENTED => "Not emulated",
        _ => "Business Process Error",
    }
}

/// A refusal on a page of its own.
pub(super) fn refusal_page(refused: &Refused) -> axum::response::Response {
    let body = html! {
        main id="main" class="alone" {
            h1 { (title(refused)) }
            p { (refused.message) }
            p class="code" { "Error code: " code { (refused.code) } }
            (explanation(refused))
            p { a href="/_emulator/" { "The emulator's console" } }
        }
    };
    document(Look::Console, refused.status, title(refused), &body)
}

/// A table that scrolls by itself where the window is narrow, reachable by keyboard.
pub(super) fn grid(label: &str, head: &[&str], rows: &Markup) -> Markup {
    html! {
        div class="scroll" role="region" aria-label=(label) tabindex="0" {
            table class="grid" {
                thead { tr { @for name in head { th scope="col" { (name) } } } }
                tbody { (rows) }
            }
        }
    }
}
