//! Signing in and out. Whether one gets anywhere is for the web client to find out (W1 to W12); here one only says who
//! one is.
//!
//! `Assumed:` any password will do, in token mode as well: the emulator keeps none.

use axum::Router;
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use http::header::SET_COOKIE;
use http::{HeaderValue, Method, StatusCode};
use maud::html;

use super::Answer;
use super::ask::Refused;
use super::form::Fields;
use super::layout::{self, Look, document, form_token};
use super::page::Page;

pub(super) fn routes() -> Router {
    Router::new().route("/signin", get(show).post(sign_in)).route("/signout", get(ask_out).post(sign_out))
}

/// The page: choose somebody or type a name.
async fn show(page: Page) -> Answer {
    let people = people(&page).await;
    let to = page.query.text("to");
    let body = html! {
        main id="main" class="signin" {
            h1 { "Sign in" }
            p class="where" { "to " strong { (page.organization()) } " with your organizational account" }
            form method="post" action=(page.link("/signin")) {
                (form_token(&page))
                input type="hidden" name="to" value=(to);
                label for="name" { "User name" }
                input id="name" name="name" type="text" list="people" autocomplete="username" spellcheck="false"
                    placeholder="someone@example.com" required autofocus value=(page.query.text("name"));
                datalist id="people" { @for person in &people { option value=(person.name) { (person.about) } } }
                label for="password" { "Password" }
                input id="password" name="password" type="password" autocomplete="current-password"
                    aria-describedby="password-note";
                p id="password-note" class="hint" { "The emulator takes any password, or none." }
                button type="submit" class="primary" { "Sign in" }
            }
            @if !people.is_empty() {
                section aria-labelledby="choose" {
                    h2 id="choose" { "Or choose somebody" }
                    ul class="people" {
                        @for person in &people {
                            li { (layout::button(&page, &page.link("/signin"), &[("name", &person.name), ("to", to)], &person.label, "person"))
                                span class="hint" { (person.about) } }
                        }
                    }
                }
            }
        }
    };
    Ok(document(Look::Crm, StatusCode::OK, "Sign in", &body))
}

/// Somebody one can sign in as.
struct Person {
    name: String,
    label: String,
    about: String,
}

/// The users of the organization who have a name to sign in with, and the accounts CRM does not know (yet).
async fn people(page: &Page) -> Vec<Person> {
    /// More than this many nobody looks through.
    const MOST: usize = 50;
    let Ok(ledger) = page.control(Method::GET, "licenses", None).await.done() else { return Vec::new() };
    let users = ledger["users"].as_array().map(Vec::as_slice).unwrap_or_default();
    users
        .iter()
        .filter_map(|user| {
            let name = user["domainname"].as_str().filter(|name| name.contains('@'))?;
            let full_name = user["fullname"].as_str().unwrap_or(name);
            let about = user["why"].as_str().unwrap_or_default();
            Some(Person { name: name.to_owned(), label: full_name.to_owned(), about: about.to_owned() })
        })
        .take(MOST)
        .collect()
}

async fn sign_in(page: Page) -> Answer {
    let name = page
        .form
        .get("name")
        .ok_or_else(|| Refused::own(StatusCode::BAD_REQUEST, "NameMissing", "Say who signs in."))?;
    let sessions = page.visit.front.host().map(|host| &host.sessions);
    let token = sessions.map(|sessions| sessions.sign_in(page.organization(), name)).unwrap_or_default();
    if let (Some(sessions), Some(before)) = (sessions, &page.session) {
        sessions.sign_out(before.token);
    }
    let mut response = Redirect::to(&page.link(own_path(&page.form))).into_response();
    set_cookie(&page, &mut response, &token.to_string());
    Ok(response)
}

/// Signing out changes something, so a link can only ask whether one wants to.
async fn ask_out(page: Page) -> Answer {
    let body = html! {
        main id="main" class="signin" {
            h1 { "Sign out" }
            @match &page.session {
                Some(session) => p { "You are signed in as " strong { (session.name) } "." },
                None => p { "Nobody is signed in." },
            }
            (layout::button(&page, &page.link("/signout"), &[], "Sign out", "primary"))
        }
    };
    Ok(document(Look::Crm, StatusCode::OK, "Sign out", &body))
}

async fn sign_out(page: Page) -> Answer {
    if let (Some(host), Some(session)) = (page.visit.front.host(), &page.session) {
        host.sessions.sign_out(session.token);
    }
    let mut response = Redirect::to(&page.link("/signin")).into_response();
    set_cookie(&page, &mut response, "; Max-Age=0");
    Ok(response)
}

/// Where somebody wanted to go before being asked to sign in: a page of the emulator, and nowhere else.
fn own_path(form: &Fields) -> &str {
    const HOME: &str = "/main.aspx";
    let to = form.get("to").unwrap_or(HOME);
    let is_own = to.starts_with("/main.aspx") || to.starts_with("/adminportal");
    if is_own && to.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') { to } else { HOME }
}

fn set_cookie(page: &Page, response: &mut axum::response::Response, value: &str) {
    let secure = if page.visit.site.scheme == "https" { "; Secure" } else { "" };
    let cookie = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}", page.cookie());
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
}
