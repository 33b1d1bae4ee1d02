//! The Office 365 admin centre.

use axum::Router;
use axum::routing::get;

use super::page::Page;
use crate::protocol::http::Refusal;

pub(super) fn routes() -> Router {
    Router::new().route(
        "/adminportal",
        get(|_page: Page| async { Refusal::not_emulated("the Office 365 admin centre") }),
    )
}
