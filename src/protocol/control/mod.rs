//! The control API, `/_emulator/v1`: the emulator's own JSON interface, for tests, the command line and the console.
//!
//! It holds no rule of the product. What it does to an organization costs the same at ten rows and at a million,
//! except export and import. Nothing is ignored: unknown members, options and methods are refused.

mod access;
mod clock;
mod described;
mod documents;
mod extract;
mod injections;
mod licences;
mod orgs;
mod plan;
mod requests;
mod settings;
mod snapshots;
mod status;
mod sync;
mod whatif;

use std::future::Future;
use std::pin::Pin;
use std::sync::LazyLock;

use axum::Router;
use axum::body::Body;
use axum::response::IntoResponse;
use axum::routing::{get, post, put};
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::BodyExt;
use serde::Serialize;
use tower::ServiceExt;

use super::http::{Front, Refusal, Response};

/// What a handler answers.
type Answer = Result<axum::response::Response, Refusal>;

/// The routes: a constant, made when the first call comes.
static ROUTES: LazyLock<Router> = LazyLock::new(|| Router::new().nest("/_emulator/v1", routes()));

/// The calls that take query options, by the end of their address; each refuses those it does not know.
const TAKING_OPTIONS: &[&str] = &["/explain/access", "/requests"];

/// Answers a call.
pub fn handle(front: Front, mut request: Request<Bytes>) -> Pin<Box<dyn Future<Output = Response> + Send>> {
    Box::pin(async move {
        // Nearly no call takes options; one that is there was meant to change something.
        let takes_options = TAKING_OPTIONS.iter().any(|call| request.uri().path().ends_with(call));
        if let Some(query) = request.uri().query().filter(|query| !query.is_empty() && !takes_options) {
            return unknown_option(query).into_response();
        }
        request.extensions_mut().insert(front);
        let Ok(answer) = ROUTES.clone().oneshot(request.map(Body::from)).await;
        let (parts, body) = answer.into_parts();
        let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        Response::from_parts(parts, body.into())
    })
}

fn routes() -> Router {
    Router::new()
        .route("/health", get(status::health))
        .route("/capabilities", get(status::capabilities))
        .route("/rules", get(licences::rules))
        .route("/scenarios", get(described::scenarios))
        .route("/settings", get(described::settings))
        .route("/clock", get(clock::show_all).put(clock::set_all))
        .route("/clock/advance", post(clock::advance_all))
        .route("/orgs", get(orgs::list).post(orgs::create))
        .route("/orgs/{org}", get(orgs::show).delete(orgs::delete))
        .route("/orgs/{org}/reset", post(orgs::reset))
        .route("/orgs/{org}/settings", get(settings::show).patch(settings::change))
        .route("/orgs/{org}/snapshots", get(snapshots::list))
        .route(
            "/orgs/{org}/snapshots/{name}",
            get(snapshots::show).put(snapshots::save).delete(snapshots::forget),
        )
        .route("/orgs/{org}/snapshots/{name}/restore", post(snapshots::restore))
        .route("/orgs/{org}/export", get(documents::export))
        .route("/orgs/{org}/import", put(documents::import))
        .route("/orgs/{org}/clock", get(clock::show).put(clock::set))
        .route("/orgs/{org}/clock/advance", post(clock::advance))
        .route("/orgs/{org}/licenses", get(licences::ledger))
        .route("/orgs/{org}/explain/systemusers/{id}", get(licences::explain))
        .route("/orgs/{org}/explain/access", get(access::explain))
        .route("/orgs/{org}/sync", get(sync::show).post(sync::run))
        .route("/orgs/{org}/new-user-wizard", get(licences::wizard).post(licences::run_wizard))
        .route("/orgs/{org}/whatif", post(whatif::run))
        .route("/orgs/{org}/plan", post(plan::show))
        .route("/orgs/{org}/requests", get(requests::list).delete(requests::forget))
        .route("/orgs/{org}/requests/verify", post(requests::verify))
        .route("/orgs/{org}/coverage", get(requests::coverage).delete(requests::forget_coverage))
        .route(
            "/orgs/{org}/injections",
            get(injections::list).post(injections::add).delete(injections::clear),
        )
        .route("/orgs/{org}/injections/{id}", get(injections::show).delete(injections::remove))
        .fallback(unknown_call)
        .method_not_allowed_fallback(wrong_method)
}

async fn unknown_call(uri: Uri) -> Refusal {
    Refusal::new(
        StatusCode::NOT_FOUND,
        "NotFound",
        format!("The control API has no call '/_emulator/v1{}'.", uri.path()),
        "The calls are health, capabilities, rules, scenarios, settings, clock, orgs and what is below orgs/{org}.",
    )
}

async fn wrong_method(method: Method) -> Refusal {
    Refusal::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "MethodNotAllowed",
        format!("This call does not take {method}."),
        "The Allow header lists the methods it takes.",
    )
}

fn unknown_option(query: &str) -> Refusal {
    Refusal::new(
        StatusCode::BAD_REQUEST,
        "UnknownOption",
        format!("This call takes no query options, and was sent '{query}'."),
        "Leave the query string out.",
    )
}

/// 200 with a JSON document.
fn ok(body: &impl Serialize) -> Answer {
    answer(StatusCode::OK, body)
}

/// 204.
fn done() -> axum::response::Response {
    StatusCode::NO_CONTENT.into_response()
}

fn answer(status: StatusCode, body: &impl Serialize) -> Answer {
    let bytes = serde_json::to_vec(body).map_err(|error| {
        Refusal::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "UnexpectedError",
            format!("The answer cannot be written: {error}."),
            "This is a fault of the emulator; please report it.",
        )
    })?;
    Ok(raw(status, bytes))
}

fn raw(status: StatusCode, json: Vec<u8>) -> axum::response::Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8")),
        (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (status, headers, json).into_response()
}
