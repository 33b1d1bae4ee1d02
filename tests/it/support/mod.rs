//! An emulator without a socket for each test, and a client that reads like a transcript.

mod answer;

use axum::body::Body;
use crm_emulator::emulator::{EmulatorBuilder, Org};
use crm_emulator::{Emulator, clock};
use http::{Method, Request};
use serde_json::Value;
use tower::ServiceExt;

pub(crate) use answer::Answer;

/// When the clocks of tests stand.
pub(crate) const NOW: &str = "2026-03-01T12:00:00Z";

/// An emulator of its own for one test. When it goes, every rule looks at every organization: no test may leave a
/// world behind that breaks a rule.
pub(crate) struct Fixture {
    pub(crate) emulator: Emulator,
}

impl Fixture {
    /// The scenario `default` with a seed and a standing clock: every answer is the same in every run.
    pub(crate) fn new() -> Self {
        Self::with(|builder| builder)
    }

    /// The same, configured further.
    pub(crate) fn with(configure: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder) -> Self {
        let builder = Emulator::builder().seed(1).clock(NOW.parse().unwrap());
        Self { emulator: configure(builder).build().unwrap() }
    }

    /// The default organization.
    pub(crate) fn org(&self) -> Org {
        self.emulator.default_org()
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, &[], None)
    }

    pub(crate) fn delete(&self, path: &str) -> Answer {
        self.ask(Method::DELETE, path, &[], None)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask(Method::POST, path, &[], Some(body))
    }

    pub(crate) fn put(&self, path: &str, body: &Value) -> Answer {
        self.ask(Method::PUT, path, &[], Some(body))
    }

    pub(crate) fn patch(&self, path: &str, body: &Value) -> Answer {
        self.ask(Method::PATCH, path, &[], Some(body))
    }

    /// Sends a request with headers and perhaps a JSON body.
    pub(crate) fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.send(request.body(body).unwrap())
    }

    /// Sends any request.
    pub(crate) fn send(&self, request: Request<Body>) -> Answer {
        let service = self.emulator.service();
        block_on(async move {
            let Ok(response) = service.oneshot(request).await;
            Answer::read(response).await
        })
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        // A failing test has said what is wrong already.
        if std::thread::panicking() {
            return;
        }
        for org in self.emulator.orgs() {
            let violations = org.verify();
            assert!(violations.is_empty(), "{} breaks rules: {violations:#?}", org.name());
        }
    }
}

/// Runs a future to its end.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// A time limit for what should happen at once, generous to slow machines.
pub(crate) const SOON: std::time::Duration = std::time::Duration::from_secs(20);

/// Waits until something is so.
pub(crate) fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let give_up = clock::machine_now() + SOON;
    while !is_so() {
        assert!(clock::machine_now() < give_up, "{what} never came about");
        std::thread::yield_now();
    }
}
