//! The Office 365 admin centre: accounts, licences, roles and groups of the tenant, and what CRM has yet to learn of
//! them.
//!
//! Everything is read and done through the directory (Microsoft Graph's shapes), the Web API and the control API;
//! [`tenant`] says what the answers look like. [`frame`] is what stands around every page.

mod assign;
mod crm;
mod deleted;
mod frame;
mod groups;
mod home;
mod licenses;
mod new_user;
mod profile;
mod sync;
mod tenant;
mod time;
mod user;
mod users;

use axum::Router;
use axum::routing::{get, post};

/// The routes. An account is addressed by its object id or its sign-in name, as the directory takes both.
pub(super) fn routes() -> Router {
    Router::new().nest("/adminportal", below()).route("/adminportal/", get(home::show))
}

fn below() -> Router {
    Router::new()
        .route("/", get(home::show))
        .route("/users", get(users::show))
        .route("/users/new", get(new_user::show).post(new_user::add))
        .route("/users/{id}", get(user::show))
        .route("/users/{id}/added", get(new_user::added))
        .route("/users/{id}/crm", get(crm::refresh))
        .route("/users/{id}/profile", get(profile::show).post(profile::change))
        .route("/users/{id}/licenses", post(assign::license))
        .route("/users/{id}/roles", post(assign::roles))
        .route("/users/{id}/sign-in", post(assign::sign_in))
        .route("/users/{id}/groups", post(assign::group))
        .route("/users/{id}/delete", get(user::ask_delete).post(user::delete))
        .route("/deleted", get(deleted::show))
        .route("/deleted/{id}/restore", post(deleted::restore))
        .route("/deleted/{id}/purge", get(deleted::ask_purge).post(deleted::purge))
        .route("/groups", get(groups::list))
        .route("/groups/new", get(groups::new).post(groups::create))
        .route("/groups/guard", post(groups::guard))
        .route("/groups/{id}", get(groups::show))
        .route("/groups/{id}/members", post(groups::change_member))
        .route("/groups/{id}/delete", get(groups::ask_delete).post(groups::delete))
        .route("/licenses", get(licenses::show).post(licenses::buy))
        .route("/sync", get(sync::show).post(sync::run))
        .route("/sync/waiting", get(sync::refresh))
}
