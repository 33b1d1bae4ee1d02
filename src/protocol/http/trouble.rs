//! Planned trouble delivered: waiting, answering errors, dropping connections, cutting bodies and slowing them down.
//!
//! What waits does so by Tokio's timer and holds no lock. Without a socket nothing can be dropped or cut: a dropped
//! connection is answered 502 `ConnectionDropped` there, and a cut body ends in an error.

use std::fmt;
use std::future::Future;
use std::num::NonZeroU64;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{HeaderName, HeaderValue, StatusCode};
use http_body::Frame;
use tokio::time::{Sleep, sleep};

use super::{Answer, Refusal, Response};
use crate::inject::{Instead, Trouble};

/// Which injection struck.
const INJECTION: HeaderName = HeaderName::from_static("x-ms-emulator-injection");

/// The body, or the whole answer, was cut off as planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CutOff;

impl fmt::Display for CutOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cut off by an injection")
    }
}

impl std::error::Error for CutOff {}

/// Marks the answer that stands for a dropped connection.
#[derive(Debug, Clone, Copy)]
struct Dropped;

/// Waits as planned, and answers in place of the face where that is planned.
pub(super) async fn before(trouble: &Trouble) -> Option<Response> {
    if !trouble.delay.is_zero() {
        sleep(trouble.delay).await;
    }
    match &trouble.instead {
        Instead::Runs => None,
        Instead::Error { status, code, message, retry_after } => {
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let hint =
                "An injection answered in place of the service; GET injections of the organization lists it.";
            let refusal = Refusal::new(status, code.clone(), message.clone(), hint);
            let mut response = refusal.into_web_api_response();
            match retry_after {
                Some(seconds) => drop(response.headers_mut().insert(RETRY_AFTER, (*seconds).into())),
                None => drop(response.headers_mut().remove(RETRY_AFTER)),
            }
            Some(response)
        }
        Instead::Dropped => {
            let message = "An injection dropped the connection.";
            let hint = "Over a socket there is no answer at all; this one stands for it where there is none.";
            let refusal = Refusal::new(StatusCode::BAD_GATEWAY, "ConnectionDropped", message, hint);
            let mut response = refusal.into_web_api_response();
            response.extensions_mut().insert(Dropped);
            Some(response)
        }
    }
}

/// Says on an answer which injection struck.
pub(super) fn mark(trouble: &Trouble, response: &mut Response) {
    response.headers_mut().insert(INJECTION, HeaderValue::from(trouble.id));
}

/// Does to the body of an answer what is planned for it.
pub(super) fn after(trouble: &Trouble, response: &mut Response) {
    if trouble.truncate.is_none() && trouble.slow.is_none() {
        return;
    }
    let whole = std::mem::take(response.body_mut()).into_whole();
    let cut = trouble.truncate.filter(|most| *most < whole.len());
    if whole.is_empty() || cut.is_none() && trouble.slow.is_none() {
        *response.body_mut() = whole.into();
        return;
    }
    *response.body_mut() = Answer::troubled(Troubled {
        announced: whole.len() as u64,
        left: whole.slice(..cut.unwrap_or(whole.len())),
        end: if cut.is_some() { End::Cut } else { End::Whole },
        rate: trouble.slow,
        pause: None,
    });
}

/// Whether an answer stands for a dropped connection.
pub(super) fn is_dropped(response: &Response) -> bool {
    response.extensions().get::<Dropped>().is_some()
}

/// A body in trouble.
pub(super) struct Troubled {
    left: Bytes,
    /// What the head says of the length.
    announced: u64,
    end: End,
    /// Bytes a second.
    rate: Option<NonZeroU64>,
    pause: Option<Pin<Box<Sleep>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Nothing is missing.
    Whole,
    /// The rest is missing; what there is has to leave before the connection closes.
    Cut,
    /// It had its turn to leave.
    Sent,
}

/// How often a slow body moves, in pieces a second.
const BEATS: u64 = 10;

impl Troubled {
    /// What has not been sent.
    pub(super) fn left(&self) -> &[u8] {
        &self.left
    }

    pub(super) fn announced(&self) -> u64 {
        self.announced
    }

    pub(super) fn poll_frame(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, CutOff>>> {
        if let Some(pause) = &mut self.pause {
            std::task::ready!(pause.as_mut().poll(context));
            self.pause = None;
        }
        if self.left.is_empty() {
            return match self.end {
                End::Whole => Poll::Ready(None),
                End::Cut => {
                    self.end = End::Sent;
                    context.waker().wake_by_ref();
                    Poll::Pending
                }
                End::Sent => Poll::Ready(Some(Err(CutOff))),
            };
        }
        let Some(rate) = self.rate else {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.left)))));
        };
        let beat = (rate.get() / BEATS).max(1);
        let piece = self.left.split_to(self.left.len().min(usize::try_from(beat).unwrap_or(usize::MAX)));
        if !self.left.is_empty() {
            self.pause = Some(Box::pin(sleep(Duration::from_secs_f64(beat as f64 / rate.get() as f64))));
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }
}
