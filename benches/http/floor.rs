//! The floor: what axum itself costs on this machine, with answers prepared before the first request.

use std::io::{self, Write};
use std::net::Ipv4Addr;
use std::process::ExitCode;

use axum::Router;
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::http::{HeaderName, StatusCode};
use axum::routing::get;
use bytes::Bytes;

/// The hidden argument that turns this program into the floor.
pub(crate) const ARGUMENT: &str = "--floor";
/// The path of the smaller of the two users.
pub(crate) const SELECTED: &str = "/api/data/v9.2/selected/systemusers";

/// A user with the columns that are filled, about what the emulator answers.
const USER_BYTES: usize = 2_500;
/// A user with five columns and its annotations.
const SELECTED_BYTES: usize = 400;
/// 5,000 users.
const PAGE_BYTES: usize = 2_400_000;

/// Serves until it is killed.
pub(crate) fn serve() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("floor: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> io::Result<()> {
    // The runtime that `#[tokio::main]` makes: what most axum servers run on. Pinned to one core, it has one worker.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let mut out = io::stdout();
        writeln!(out, "floor ready at http://{}", listener.local_addr()?)?;
        out.flush()?;
        axum::serve(listener, routes()).await
    })
}

fn routes() -> Router {
    let user = json(USER_BYTES);
    let selected = json(SELECTED_BYTES);
    let page = json(PAGE_BYTES);
    Router::new()
        .route(
            "/api/data/v9.2/systemusers",
            // The body is read, as any server that creates something must.
            get(|| async move { (content_type(), page) }).post(|_: Bytes| async { StatusCode::NO_CONTENT }),
        )
        .route("/api/data/v9.2/selected/{user}", get(|| async move { (content_type(), selected) }))
        .route("/api/data/v9.2/{user}", get(|| async move { (content_type(), user) }))
}

fn content_type() -> [(HeaderName, HeaderValue); 1] {
    [(CONTENT_TYPE, HeaderValue::from_static("application/json; odata.metadata=minimal"))]
}

/// A JSON document of exactly `size` bytes.
fn json(size: usize) -> Bytes {
    const FRAME: (&[u8], &[u8]) = (br#"{"value":""#, br#""}"#);
    let padding = vec![b'x'; size - FRAME.0.len() - FRAME.1.len()];
    Bytes::from([FRAME.0, &padding, FRAME.1].concat())
}
