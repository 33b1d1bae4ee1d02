//! Style sheets, the script that exchanges parts of pages, the icon: embedded, and kept by browsers for as long as the
//! build is the same.

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get;
use http::HeaderMap;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderValue, StatusCode};

use crate::model::collation;

/// Where all of it is; the pages of every organization use the same.
pub(super) const ROOT: &str = "/_emulator/assets";

/// Name, media type, content.
const FILES: &[(&str, &str, &str)] = &[
    ("base.css", "text/css; charset=utf-8", include_str!("assets/base.css")),
    ("crm.css", "text/css; charset=utf-8", include_str!("assets/crm.css")),
    ("admin.css", "text/css; charset=utf-8", include_str!("assets/admin.css")),
    ("console.css", "text/css; charset=utf-8", include_str!("assets/console.css")),
    ("htmx.min.js", "text/javascript; charset=utf-8", include_str!("assets/htmx.min.js")),
    ("icon.svg", "image/svg+xml", include_str!("assets/icon.svg")),
];

pub(super) fn routes() -> Router {
    FILES.iter().fold(Router::new(), |router, (name, media, content)| {
        router.route(
            &format!("{ROOT}/{name}"),
            get(move |headers: HeaderMap| async move { file(&headers, media, content) }),
        )
    })
}

fn file(headers: &HeaderMap, media: &'static str, content: &'static str) -> axum::response::Response {
    let tag = format!("\"{:x}\"", collation::hash(content));
    let is_known = headers.get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let body = if is_known { "" } else { content };
    let status = if is_known { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
    let mut response = (status, body).into_response();
    let kept = [
        (CONTENT_TYPE, HeaderValue::from_static(media)),
        (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    response.headers_mut().extend(kept);
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}
