//! Who comes to the web client, and whether it lets them in.
//!
//! Browsers have a session, made by the sign-in page; programs say who they are in an `Authorization` header, read as
//! the Web API reads it. A browser of nobody is sent to sign in; a program of nobody gets 401, as there is nobody the
//! web client could take it for: other than the Web API it is made for people.
//!
//! `Assumed:` the headings of the pages of refusal, but those of W2 and W3. Of W4 the seed tells how it begins.

use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Redirect};
use http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use maud::html;
use serde_json::{Value, json};

use super::super::ask::{Refused, encoded};
use super::super::layout::{self, Look, document};
use super::super::page::Page;
use super::HOME;
use super::list;
use crate::fault::Fault;
use crate::hosting::{Area, Shell, SignedIn};
use crate::identity::{Who, authenticate};
use crate::protocol::credentials::Sent;
use crate::protocol::http::{Refusal, status};

/// What of the web client somebody gets, in words.
pub(super) fn sentence(shell: Shell) -> &'static str {
    match shell {
        Shell::Full => "All areas are open to you.",
        Shell::ReadOnly => "You can look at everything your security roles show you, and save nothing.",
        Shell::SettingsOnly => "The Settings area is open to you, and no other.",
    }
}

/// Where the areas of the site map are, and what people read of them.
pub(super) trait SiteMap: Sized {
    /// The name people read.
    fn title(self) -> &'static str;
    /// The name in addresses.
    fn slug(self) -> &'static str;
    /// What is there.
    fn about(self) -> &'static str;

    /// Where it begins.
    fn path(self) -> String {
        format!("{HOME}/{}", self.slug())
    }
}

impl SiteMap for Area {
    fn title(self) -> &'static str {
        match self {
            Self::Sales => "Sales",
            Self::Service => "Service",
            Self::Marketing => "Marketing",
            Self::Settings => "Settings",
        }
    }

    fn slug(self) -> &'static str {
        match self {
            Self::Sales => "sales",
            Self::Service => "service",
            Self::Marketing => "marketing",
            Self::Settings => "settings",
        }
    }

    fn about(self) -> &'static str {
        match self {
            Self::Sales => "Accounts, contacts and tasks",
            Self::Service => "Contacts, accounts and tasks",
            Self::Marketing => "Accounts and contacts",
            Self::Settings => "Users, teams, business units and security roles",
        }
    }
}

/// The area of that name in addresses.
pub(super) fn area_named(slug: &str) -> Option<Area> {
    Area::ALL.iter().copied().find(|area| area.slug() == slug)
}

/// The area a path is in.
fn area_of(path: &str) -> Option<Area> {
    area_named(path.strip_prefix(HOME)?.strip_prefix('/')?.split('/').next()?)
}

/// Somebody the web client has let in.
#[derive(Debug, Clone)]
pub(super) struct Me {
    /// Its full name.
    pub(super) full_name: String,
    /// Its sign-in name.
    pub(super) name: String,
    /// Its access mode, by its label.
    pub(super) access_mode: String,
    /// Who it is, and what it gets.
    pub(super) signed_in: SignedIn,
}

impl Me {
    /// The areas that are open.
    pub(super) fn areas(&self) -> impl Iterator<Item = Area> {
        Area::ALL.iter().copied().filter(|area| self.signed_in.may_open(*area).is_ok())
    }
}

/// A request of somebody the web client has let in.
#[derive(Debug, Clone)]
pub(super) struct Client {
    /// The request.
    pub(super) page: Page,
    /// Whose it is.
    pub(super) me: Me,
}

/// The answer to those who are not let in.
#[derive(Debug)]
pub(super) struct TurnedAway(Box<axum::response::Response>);

impl IntoResponse for TurnedAway {
    fn into_response(self) -> axum::response::Response {
        *self.0
    }
}

impl FromRequest<()> for Client {
    type Rejection = TurnedAway;

    async fn from_request(request: Request, (): &()) -> Result<Self, TurnedAway> {
        let turned = |response: axum::response::Response| TurnedAway(Box::new(response));
        let is_post = request.method() == Method::POST;
        let uri = request.uri().clone();
        let page =
            Page::from_request(request, &()).await.map_err(|refused| turned(refused.into_response()))?;
        let name = match who(&page).await {
            Ok(Some(name)) => name,
            Ok(None) if page.wants_json() => return Err(turned(nobody())),
            Ok(None) => {
                let to = if is_post {
                    HOME
                } else {
                    uri.path_and_query().map_or(HOME, http::uri::PathAndQuery::as_str)
                };
                let signin = page.link(&format!("/signin?to={}", encoded(to)));
                return Err(turned(Redirect::to(&signin).into_response()));
            }
            Err(refused) => return Err(turned(turn_away(&page, "", &refused))),
        };
        let me = match sign_in(&page, &name).await {
            Ok(me) => me,
            Err(refused) => return Err(turned(turn_away(&page, &name, &refused))),
        };
        let client = Self { page, me };
        match area_of(uri.path()).map_or(Ok(()), |area| client.me.signed_in.may_open(area)) {
            Ok(()) => Ok(client),
            Err(fault) => Err(turned(super::shell::refusal(&client, &refused(&fault)))),
        }
    }
}

impl Client {
    /// What programs are told of whom the web client let in.
    pub(super) fn as_json(&self) -> axum::response::Response {
        let me = &self.me;
        let areas: Vec<_> = me.areas().map(SiteMap::slug).collect();
        let body = json!({
            "organization": self.page.organization(),
            "user": { "systemuserid": me.signed_in.user, "fullname": me.full_name, "domainname": me.name },
            "accessmode": me.access_mode,
            "shell": me.signed_in.shell,
            "areas": areas,
            "can_save": me.signed_in.may_save(),
        });
        with_explanation(json_answer(StatusCode::OK, &body), &[me.signed_in.rule.to_owned()], None)
    }
}

/// The sign-in name of whoever comes; `None` where nobody said.
async fn who(page: &Page) -> Result<Option<String>, Refused> {
    if !page.headers.contains_key(AUTHORIZATION) {
        return Ok(page.session.as_ref().map(|session| session.name.to_string()));
    }
    let organization = page.organization();
    let sessions = page.visit.front.host().map(|host| &host.sessions);
    let world = page.visit.organization.read();
    let user = {
        let sent =
            Sent::read(&page.headers, |token| sessions.and_then(|own| own.user(&world, organization, token)));
        let mut credentials = sent.credentials();
        if credentials.act_as != crate::identity::ActAs::default() {
            return Err(Refused {
                rules: vec!["M9".to_owned()],
                hint: Some(
                    "Leave MSCRMCallerID and CallerObjectId out: they are for the Web API.".to_owned(),
                ),
                ..Refused::own(
                    StatusCode::BAD_REQUEST,
                    "ImpersonationAtWebClient",
                    "Nobody acts for somebody else in the web client.",
                )
            });
        }
        if let Who::Issued(_) = credentials.who {
            let token = bearer(page).and_then(|token| token.parse().ok());
            let name = token.and_then(|token| sessions.and_then(|own| own.name(organization, token)));
            return Ok(name.map(String::from));
        }
        // Whom nobody knows the sign-in page refuses, too, and says more about it; so a name is taken as it is. What
        // is left to find out is whether the organization believes it.
        let named = match credentials.who {
            Who::Name(name) | Who::Claims { name: Some(name), .. } => Some(name.to_owned()),
            _ => None,
        };
        if named.is_some() {
            credentials.who = Who::Nobody;
        }
        let caller = authenticate(&world, &credentials).map_err(|fault| refused(&fault))?;
        if named.is_some() {
            return Ok(named);
        }
        caller.user
    };
    let state = page.control(Method::GET, &format!("explain/systemusers/{user}"), None).await.done()?;
    Ok(Some(state["state"]["domainname"].as_str().unwrap_or_default().to_owned()))
}

fn bearer(page: &Page) -> Option<&str> {
    let sent = page.headers.get(AUTHORIZATION)?.to_str().ok()?;
    sent.trim().split_once(' ').map(|(_, token)| token.trim())
}

/// Lets somebody in by a name, or says why not (W1 to W12). What the shell says of it comes from the Web API; users may
/// be hidden from it, even its own row, and then its name must do.
async fn sign_in(page: &Page, name: &str) -> Result<Me, Refused> {
    let host = page.visit.front.host().ok_or_else(|| Refused::from(Refusal::not_ready()))?;
    let signed_in = host.sign_in(&page.visit.organization, name).map_err(|fault| refused(&fault))?;
    let path = format!("systemusers({})?$select=fullname,domainname,accessmode", signed_in.user);
    let row = page.web_api(Method::GET, &path, None).await.done().unwrap_or(Value::Null);
    let or_name = |text: String| if text.is_empty() { name.to_owned() } else { text };
    Ok(Me {
        full_name: or_name(list::shown(&row, "fullname")),
        name: or_name(list::shown(&row, "domainname")),
        access_mode: list::shown(&row, "accessmode"),
        signed_in,
    })
}

/// A refusal of the product, which no interface has put into an answer.
fn refused(fault: &Fault) -> Refused {
    Refused {
        status: status(fault.kind()),
        code: fault.code_text(),
        message: fault.message().to_owned(),
        rules: fault.rules().iter().map(ToString::to_string).collect(),
        hint: fault.hint_text().map(str::to_owned),
    }
}

/// 401 for a program that does not say who it is.
fn nobody() -> axum::response::Response {
    let refused = Refused {
        rules: vec!["X1".to_owned()],
        hint: Some(
            "Send Authorization: Basic with a user's domainname and any password, or a bearer token.".into(),
        ),
        ..Refused::own(StatusCode::UNAUTHORIZED, "SignInNeeded", "The web client wants to know who you are.")
    };
    let mut response = refusal_json(&refused);
    response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"CRM\""));
    response
}

/// A refusal as programs read it.
pub(super) fn refusal_json(refused: &Refused) -> axum::response::Response {
    let body = json!({ "error": { "code": refused.code, "message": refused.message } });
    with_explanation(json_answer(refused.status, &body), &refused.rules, refused.hint.as_deref())
}

fn json_answer(status: StatusCode, body: &Value) -> axum::response::Response {
    let media = HeaderValue::from_static("application/json; charset=utf-8");
    (status, [(CONTENT_TYPE, media)], body.to_string()).into_response()
}

/// The emulator's explanation, beside an answer as the Web API has it.
fn with_explanation(
    mut response: axum::response::Response,
    rules: &[String],
    hint: Option<&str>,
) -> axum::response::Response {
    const RULE: HeaderName = HeaderName::from_static("x-ms-emulator-rule");
    const HINT: HeaderName = HeaderName::from_static("x-ms-emulator-hint");
    for (name, text) in [(RULE, rules.join(",")), (HINT, hint.unwrap_or_default().to_owned())] {
        if let Ok(value) = HeaderValue::from_str(&text)
            && !text.is_empty()
        {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// What a page of refusal says above the product's own sentence: a heading, and a sentence where there is more to say.
fn told(page: &Page, name: &str, refused: &Refused) -> (&'static str, String) {
    let organization = page.organization();
    match refused.code.as_str() {
        "0x80072560" => (
            "You are not a member of this organization",
            format!("{name} does not belong to the organization {organization}."),
        ),
        "0x80040225" => (
            "Your account has been disabled",
            format!("{name} is disabled in {organization}. Contact your system administrator."),
        ),
        "0x80044160" => ("You don't have the necessary privileges", String::new()),
        "0x80048306" => {
            ("You don't have enough privileges", format!("{name} is not for people to sign in with."))
        }
        "0x8004032c" => ("Your business unit has been disabled", String::new()),
        "0x8004d24b" => ("You have not been assigned a license", String::new()),
        "0x80042f09" => ("You have not been assigned a security role", String::new()),
        "0x8004a113" => ("The organization is open to administrators only", String::new()),
        _ if refused.status == StatusCode::UNAUTHORIZED => ("We cannot sign you in", String::new()),
        _ => (layout::title(refused), String::new()),
    }
}

/// The page, or for programs the document, of those who are not let in.
fn turn_away(page: &Page, name: &str, refused: &Refused) -> axum::response::Response {
    if page.wants_json() {
        return refusal_json(refused);
    }
    let (heading, more) = told(page, name, refused);
    let to = format!("/signin?to={}", encoded(HOME));
    let body = html! {
        header class="bar" { span class="brand" { "CRM Emulator" } }
        main id="main" class="alone turned" {
            h1 { (heading) }
            @if !more.is_empty() { p { (more) } }
            p class="words" { (refused.message) }
            p class="code" { "Error code: " code { (refused.code) } }
            (layout::explanation(refused))
            @if !name.is_empty() { p class="hint" { "You tried to sign in as " strong { (name) } "." } }
            p class="buttons" {
                a class="button primary" href=(page.link(&to)) { "Sign in as somebody else" }
                a class="button" href=(page.link(HOME)) { "Try again" }
            }
        }
    };
    document(Look::Crm, refused.status, heading, &body)
}
