//! What all faces share: where a request came in, who sent it, and the layers around every face.
//!
//! ```text
//! serve (sockets, TLS, slow clients) -> front (address, body, panics) -> trouble (injections) -> a face
//!                                          └─ tap (the journal of the organization)
//! ```

mod address;
mod answer;
mod aside;
mod body;
mod front;
mod guard;
mod notes;
mod refusal;
mod serve;
mod tap;
mod trouble;

pub use address::escaped;
pub use answer::Answer;
pub use aside::aside;
pub use front::{ControlFace, Faces, Front, GraphFace, Limits, PagesFace, PlanFace, WebApiFace};
pub use guard::Hosts;
pub use notes::Notes;
pub use refusal::{Refusal, status};
pub use serve::{Patience, serve};
pub use tap::{Part, Trace};

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method};

use crate::hosting::{Host, Organization};

/// Where a request came in, as its sender wrote it; links in answers are built from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// `http` or `https`.
    pub scheme: &'static str,
    /// The `Host` header: name and port as the sender sees them.
    pub authority: String,
    /// `/contoso` where the path names the organization, empty where it does not.
    pub prefix: String,
}

impl Site {
    /// `http://127.0.0.1:5050/contoso`, without a slash at the end.
    pub fn base(&self) -> String {
        format!("{}://{}{}", self.scheme, self.authority, self.prefix)
    }
}

/// A request for a face, with its body read and its organization found.
#[derive(Debug)]
pub struct Call<'a> {
    /// The emulator's organizations, rules and messages.
    pub host: &'a Host,
    /// The organization addressed.
    pub organization: &'a Organization,
    /// Where the request came in.
    pub site: &'a Site,
    /// The method.
    pub method: &'a Method,
    /// The path after the face's own prefix, as it was sent (percent-encoded), without a leading slash.
    pub path: &'a str,
    /// The query string as it was sent, without the question mark.
    pub query: &'a str,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The whole body.
    pub body: Bytes,
    /// What the face finds out and the journal tells.
    pub trace: &'a Trace,
}

/// A request for a page, with its organization found.
#[derive(Debug, Clone)]
pub struct Visit {
    /// The emulator, of whose public interfaces pages are clients.
    pub front: Front,
    /// Where the request came in.
    pub site: Site,
    /// The organization addressed.
    pub organization: Arc<Organization>,
}

/// A face's answer.
pub type Response = http::Response<Answer>;
