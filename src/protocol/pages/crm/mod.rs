//! The CRM web client.

use axum::Router;
use axum::routing::get;

use super::page::Page;
use crate::protocol::http::Refusal;

pub(super) fn routes() -> Router {
    Router::new()
        .route("/main.aspx", get(|_page: Page| async { Refusal::not_emulated("the CRM web client") }))
}
