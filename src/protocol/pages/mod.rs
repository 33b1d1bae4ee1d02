//! The pages that people see: the CRM web client, the Office 365 admin centre, the emulator's own console.
//!
//! A page holds no rule. It asks the emulator's public interfaces ([`ask`]) as any client does, shows what they answer
//! and, where they refuse, their words with the emulator's explanation below ([`layout`]). Pages are made on the server
//! and work without scripts; what is sent is a form ([`form`]), which only a page of the emulator can have made.
//!
//! | folder | addresses |
//! | --- | --- |
//! | [`signin`] | `/signin`, `/signout` |
//! | [`crm`] | `/main.aspx` |
//! | [`admin`] | `/adminportal` |
//! | [`console`] | `/_emulator/` |

mod admin;
mod ask;
mod assets;
mod console;
mod crm;
mod form;
mod layout;
mod page;
mod signin;

use std::future::Future;
use std::pin::Pin;
use std::sync::LazyLock;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderName, HeaderValue, Request};
use http_body_util::BodyExt;
use tower::ServiceExt;

use super::http::{Refusal, Response, Visit};
use page::Page;

/// What a page's handler answers.
type Answer = Result<axum::response::Response, Refused>;

use ask::Refused;

/// The routes: a constant, made when the first page is asked for.
static ROUTES: LazyLock<Router> = LazyLock::new(|| {
    Router::new()
        .route("/", get(|page: Page| async move { Redirect::to(&page.link("/main.aspx")) }))
        .route("/_root/{*rest}", get(|page: Page| async move { Redirect::to(&page.link("/main.aspx")) }))
        .merge(signin::routes())
        .merge(crm::routes())
        .merge(admin::routes())
        .merge(console::routes())
        .merge(assets::routes())
        .fallback(|request: axum::extract::Request| async move {
            Refusal::new(
                http::StatusCode::NOT_FOUND,
                "NotFound",
                format!("There is no page '{}'.", request.uri().path()),
                "The pages are /main.aspx, /adminportal and /_emulator/.",
            )
        })
});

/// Answers a request for a page.
pub fn handle(visit: Visit, mut request: Request<Bytes>) -> Pin<Box<dyn Future<Output = Response> + Send>> {
    Box::pin(async move {
        request.extensions_mut().insert(visit);
        let Ok(answer) = ROUTES.clone().oneshot(request.map(Body::from)).await;
        let (mut parts, body) = answer.into_parts();
        let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        protect(&mut parts.headers);
        Response::from_parts(parts, body.into())
    })
}

/// What keeps pages from being framed, sniffed, kept, or made to run what is not theirs.
fn protect(headers: &mut http::HeaderMap) {
    const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
        connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
    const OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
    const RESOURCE: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "same-origin"),
        (OPENER, "same-origin"),
        (RESOURCE, "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

impl IntoResponse for Refused {
    fn into_response(self) -> axum::response::Response {
        layout::refusal_page(&self)
    }
}
