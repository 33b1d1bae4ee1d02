//! The emulator's console.

use axum::Router;
use axum::routing::get;

use super::page::Page;
use crate::protocol::http::Refusal;

pub(super) fn routes() -> Router {
    Router::new()
        .route("/_emulator/", get(|_page: Page| async { Refusal::not_emulated("the emulator's console") }))
}
