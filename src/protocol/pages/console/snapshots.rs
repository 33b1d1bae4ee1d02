//! Named snapshots of an organization: saved, restored, forgotten.

use axum::extract::Path;
use http::{Method, StatusCode};
use maud::html;

use super::super::Answer;
use super::super::ask::{Refused, encoded};
use super::super::layout::{self, form_token};
use super::super::page::Page;
use super::frame::{self, Place, Tab, at, list, text};

pub(super) async fn show(Path(name): Path<String>, page: Page) -> Answer {
    render(&page, &name, None).await
}

async fn render(page: &Page, name: &str, refused: Option<&Refused>) -> Answer {
    let saved = page.control_of(name, Method::GET, "snapshots", None).await.done()?;
    let all = list(&saved, "snapshots");
    let address = at(name, "snapshots");
    let rows = html! {
        @for snapshot in all {
            @let of = text(snapshot, "name");
            tr {
                td class="mono" { (of) }
                td class="mono number" { (snapshot["version"]) }
                td class="buttons" {
                    (layout::button(page, &address, &[("restore", of)], &format!("Restore {of}"), ""))
                    (layout::button(page, &address, &[("forget", of)], &format!("Forget {of}"), ""))
                }
            }
        }
    };
    let content = html! {
        p { "A snapshot is the whole organization: rows, accounts, settings and clock. It costs the same at any size." }
        @if all.is_empty() { p class="empty" { "There is none yet." } }
        @else { (layout::grid("Snapshots", &["Name", "Newest row version", ""], &rows)) }
        form method="post" action=(address) {
            (form_token(page))
            label for="save" { "Save what the organization is now as" }
            div class="row" {
                input class="mono" id="save" name="save" required autocomplete="off" spellcheck="false" value=(page.form.text("save"));
                button type="submit" class="primary" { "Save" }
            }
            p class="hint" { "A snapshot of the same name is replaced." }
        }
        h2 { "Or start again" }
        p class="buttons" {
            a class="button" href=(at(name, "reset")) { "Reset " (name) }
            a class="button" href=(at(name, "delete")) { "Delete " (name) }
        }
    };
    frame::show(page, Place::Of(name, Tab::Snapshots), "Snapshots", &content, refused)
}

pub(super) async fn act(Path(name): Path<String>, page: Page) -> Answer {
    let field = |name: &'static str| page.form.get(name).map(|of| (name, of));
    let asked = field("save").or_else(|| field("restore")).or_else(|| field("forget"));
    let Some((what, of)) = asked else {
        let refused = Refused::own(StatusCode::BAD_REQUEST, "NameMissing", "Give the snapshot a name.");
        return render(&page, &name, Some(&refused)).await;
    };
    let path = format!("snapshots/{}", encoded(of));
    let (method, path, word) = match what {
        "save" => (Method::PUT, path, "saved"),
        "restore" => (Method::POST, format!("{path}/restore"), "restored"),
        _ => (Method::DELETE, path, "forgotten"),
    };
    match page.control_of(&name, method, &path, None).await.done() {
        Ok(_) => frame::go(&format!("{}?done={word}", at(&name, "snapshots"))),
        Err(refused) => render(&page, &name, Some(&refused)).await,
    }
}
