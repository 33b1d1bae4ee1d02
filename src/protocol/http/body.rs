//! Reading a request's body whole, with an eye on its size.

use std::pin::pin;

use bytes::{Bytes, BytesMut};
use http::StatusCode;
use http_body::Body;
use http_body_util::BodyExt;

use super::Refusal;

/// Reads a body of at most `limit` bytes. A body that came in one piece is not copied.
pub(super) async fn read<B>(body: B, limit: usize) -> Result<Bytes, Refusal>
where
    B: Body<Data = Bytes>,
{
    // Who framed the body has read its length already.
    let announced = body.size_hint().exact().map(|length| usize::try_from(length).unwrap_or(usize::MAX));
    if announced.is_some_and(|length| length > limit) {
        return Err(too_large(limit));
    }
    let mut body = pin!(body);
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    // A body that knows to be whole is not asked again: its end may take another turn to arrive.
    while !body.is_end_stream()
        && let Some(frame) = body.frame().await
    {
        let Ok(data) = frame.map_err(|_| cut_off())?.into_data() else { continue };
        let have = if rest.is_empty() { first.len() } else { rest.len() };
        if have + data.len() > limit {
            return Err(too_large(limit));
        }
        if first.is_empty() {
            first = data;
        } else {
            if rest.is_empty() {
                rest.reserve(announced.unwrap_or(0).min(1 << 20));
                rest.extend_from_slice(&first);
            }
            rest.extend_from_slice(&data);
        }
    }
    Ok(if rest.is_empty() { first } else { rest.freeze() })
}

/// The body did not arrive in time.
pub(super) fn too_slow() -> Refusal {
    Refusal::new(
        StatusCode::REQUEST_TIMEOUT,
        "RequestTimeout",
        "The body of the request did not arrive in time.",
        "Send the whole body without long pauses; Content-Length must not announce more than is sent.",
    )
}

fn too_large(limit: usize) -> Refusal {
    Refusal::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "PayloadTooLarge",
        format!("The body of the request is larger than {limit} bytes."),
        "Send it in several requests.",
    )
}

fn cut_off() -> Refusal {
    Refusal::new(
        StatusCode::BAD_REQUEST,
        "IncompleteBody",
        "The body of the request ended before it was complete.",
        "Send as many bytes as Content-Length announces, or end a chunked body with its last chunk.",
    )
}
