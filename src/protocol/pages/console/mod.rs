//! The emulator's console: what developers look at while their tests run. All of it comes from the control API.
//!
//! | module | addresses below `/_emulator` |
//! | --- | --- |
//! | [`home`] | `/`: the organizations, and making them |
//! | [`ledger`] | `/orgs/{org}`: who consumes what |
//! | [`explain`] | `…/explain`: why a user is as it is, and what it may do |
//! | [`journal`], [`injections`] | `…/journal`, `…/verify`, `…/injections` |
//! | [`clock`], [`settings`], [`snapshots`] | `…/clock`, `…/settings`, `…/snapshots`; `…/reset` and `…/delete` |
//! | [`rules`] | `/rules`, `…/coverage` |
//! | [`scenarios`], [`story`] | `/scenarios`, `/stories/{story}` |

mod clock;
mod explain;
mod frame;
mod home;
mod injections;
mod journal;
mod ledger;
mod rules;
mod run;
mod scenarios;
mod settings;
mod snapshots;
mod stories;
mod story;

use axum::Router;
use axum::response::Redirect;
use axum::routing::{get, post};

pub(super) fn routes() -> Router {
    Router::new()
        .route("/_emulator", get(|| async { Redirect::to("/_emulator/") }))
        .route("/_emulator/", get(home::show))
        .route("/_emulator/orgs", get(|| async { Redirect::to("/_emulator/") }).post(home::create))
        .nest("/_emulator/orgs/{org}", of_one())
        .route("/_emulator/rules", get(rules::show))
        .route("/_emulator/scenarios", get(scenarios::show))
        .route("/_emulator/stories/{story}", get(story::show).post(story::start))
        .route("/_emulator/stories/{story}/{org}", get(story::follow).post(story::act))
}

/// What is shown of one organization.
fn of_one() -> Router {
    Router::new()
        .route("/", get(ledger::show))
        .route("/reset", get(home::ask_reset).post(home::reset))
        .route("/delete", get(home::ask_delete).post(home::delete))
        .route("/explain", get(explain::show))
        .route("/journal", get(journal::show))
        .route("/journal/entries", get(journal::entries))
        .route("/journal/clear", post(journal::clear))
        .route("/journal/{id}", get(journal::entry))
        .route("/verify", get(journal::verify))
        .route("/injections", get(injections::show).post(injections::add))
        .route("/injections/delete", post(injections::delete))
        .route("/clock", get(clock::show).post(clock::set))
        .route("/clock/advance", post(clock::advance))
        .route("/clock/sync", post(clock::synchronise))
        .route("/settings", get(settings::show).post(settings::change))
        .route("/snapshots", get(snapshots::show).post(snapshots::act))
        .route("/coverage", get(rules::coverage))
}
