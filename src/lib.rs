//! A local Dynamics CRM Online organization with its Office 365 tenant: the Web API, users and their licences, in the
//! process of a test or behind a port.
//!
//! It needs no tenant, no account, no network and no configuration. Every refusal is the one the service gives
//! (status, code, message), and tells beside it which documented rule decided and what would have made the call
//! succeed.
//!
//! # Example: a test with an organization of its own
//!
//! ```
//! use crm_emulator::Emulator;
//! use crm_emulator::emulator::hours;
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // A free port; the emulator stops, and the port is free again, when it is dropped.
//! let emulator = Emulator::builder().licenses(10).start().await?;
//! // Instant at any size, and nobody else's: every test can have one.
//! let org = emulator.default_org().fork("my_test")?;
//!
//! let who = reqwest::get(format!("{}/WhoAmI", org.web_api_url())).await?;
//! assert_eq!(who.status(), 200);
//!
//! // Six non-interactive users are one too many in 2013.
//! let client = reqwest::Client::new();
//! for number in 1..=6 {
//!     let user = serde_json::json!({
//!         "firstname": "Integration", "lastname": number.to_string(), "accessmode": 4,
//!         "domainname": format!("i{number}@contoso.com"),
//!         "internalemailaddress": format!("i{number}@contoso.com"),
//!     });
//!     let answer = client.post(format!("{}/systemusers", org.web_api_url())).json(&user).send().await?;
//!     if number > org.licenses().non_interactive.limit {
//!         assert_eq!(answer.status(), 400);
//!         assert_eq!(answer.headers()["x-ms-emulator-rule"], "U12");
//!     }
//! }
//!
//! // Time is the organization's own: nothing waits for it.
//! let before = org.now();
//! emulator.clock().advance(hours(24));
//! assert!(org.now().duration_since(before) >= hours(24));
//! # Ok(())
//! # }
//! ```
//!
//! # Without a socket
//!
//! [`Emulator::service`] is a `tower::Service` of `http::Request`, made by [`build`](emulator::EmulatorBuilder::build)
//! without runtime or port:
//!
//! ```
//! use crm_emulator::Emulator;
//! use tower::ServiceExt;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let emulator = Emulator::builder().scenario("empty").build()?;
//! let request = http::Request::get("/api/data/v9.2/WhoAmI").body(axum::body::Body::empty())?;
//! let answer = emulator.service().oneshot(request).await?;
//! assert_eq!(answer.status(), 200);
//! # Ok(())
//! # }
//! ```
//!
//! # Where things are
//!
//! [`emulator`] puts the parts together. [`protocol`] holds the faces, [`hosting`] the organizations, [`service`] the
//! one door to each of them. Behind it [`rules`] and [`messages`] say what the product does, [`world`] is the state of
//! one organization as one value, [`query`] and [`store`] find and keep its rows, [`model`] describes them.
//! [`capabilities`] lists what is emulated, partly, or not.

pub mod emulator;
pub mod tls;

pub mod protocol;

pub mod hosting;

pub mod messages;
pub mod rules;
pub mod scenario;

pub mod service;

pub mod identity;
pub mod licensing;

pub mod directory;
pub mod query;
pub mod security;
pub mod world;

pub mod hierarchy;
pub mod store;

pub mod model;

pub mod capabilities;
pub mod clock;
pub mod fault;
pub mod ids;
pub mod inject;
pub mod journal;
pub mod settings;

pub use emulator::{Emulator, EmulatorError};
#[doc(hidden)]
pub use protocol::webapi::fuzzing;
