//! The body of an answer: one piece of memory, or pieces that are made as the client takes them.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::trouble::{CutOff, Troubled};
use crate::journal;

/// Makes the next piece; `None` when there is none.
type Next = Box<dyn FnMut() -> Option<Bytes> + Send>;

/// A body.
///
/// Large answers come in pieces: the first byte leaves before the last row is written, and a client that reads slowly
/// or goes away costs no more memory than one piece.
pub struct Answer(Inner);

enum Inner {
    Whole(Bytes),
    Pieces { first: Option<Bytes>, next: Next },
    Troubled(Troubled),
}

impl Answer {
    /// A body that begins with `first` and goes on with what `next` makes until it makes nothing.
    pub fn pieces(first: Bytes, next: impl FnMut() -> Option<Bytes> + Send + 'static) -> Self {
        Self(Inner::Pieces { first: Some(first), next: Box::new(next) })
    }

    /// A body that comes slowly, or not to its end.
    pub(super) fn troubled(body: Troubled) -> Self {
        Self(Inner::Troubled(body))
    }

    /// All of it, made now if it is not yet.
    pub fn whole(&mut self) -> &[u8] {
        if let Inner::Pieces { first, next } = &mut self.0 {
            let mut all = first.take().map_or_else(Vec::new, Vec::from);
            while let Some(piece) = next() {
                all.extend_from_slice(&piece);
            }
            self.0 = Inner::Whole(Bytes::from(all));
        }
        self.made()
    }

    /// What is made of it so far: all of it, where it does not come in pieces.
    pub fn made(&self) -> &[u8] {
        match &self.0 {
            Inner::Whole(bytes) | Inner::Pieces { first: Some(bytes), .. } => bytes,
            Inner::Pieces { first: None, .. } => &[],
            Inner::Troubled(body) => body.left(),
        }
    }

    /// What is made of it so far, for the journal.
    pub(super) fn excerpt(&self) -> journal::Body<&[u8]> {
        match &self.0 {
            Inner::Pieces { .. } => journal::Body::begun(self.made()),
            Inner::Whole(_) | Inner::Troubled(_) => journal::Body::whole(self.made()),
        }
    }

    /// As [`Answer::whole`], by value.
    #[must_use]
    pub fn into_whole(mut self) -> Bytes {
        self.whole();
        match self.0 {
            Inner::Whole(bytes) => bytes,
            Inner::Pieces { first, .. } => first.unwrap_or_default(),
            Inner::Troubled(body) => Bytes::copy_from_slice(body.left()),
        }
    }
}

impl Default for Answer {
    fn default() -> Self {
        Bytes::new().into()
    }
}

impl From<Bytes> for Answer {
    fn from(bytes: Bytes) -> Self {
        Self(Inner::Whole(bytes))
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Inner::Whole(bytes) => write!(f, "Answer({} bytes)", bytes.len()),
            Inner::Pieces { .. } => f.write_str("Answer(in pieces)"),
            Inner::Troubled(body) => write!(f, "Answer({} bytes, in trouble)", body.left().len()),
        }
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = CutOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, CutOff>>> {
        let piece = match &mut self.0 {
            Inner::Whole(bytes) => Some(std::mem::take(bytes)).filter(|bytes| !bytes.is_empty()),
            Inner::Pieces { first, next } => first.take().or_else(next),
            Inner::Troubled(body) => return body.poll_frame(context),
        };
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        matches!(&self.0, Inner::Whole(bytes) if bytes.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Inner::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Inner::Pieces { .. } => SizeHint::default(),
            Inner::Troubled(body) => SizeHint::with_exact(body.announced()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_make_a_whole() {
        let mut left = 3;
        let mut answer = Answer::pieces(Bytes::from_static(b"<"), move || {
            left -= 1;
            (left >= 0).then(|| Bytes::from(left.to_string()))
        });
        assert_eq!(answer.size_hint().exact(), None);
        assert_eq!(answer.whole(), b"<210");
        assert_eq!(answer.size_hint().exact(), Some(4));
        assert_eq!(&*answer.into_whole(), b"<210");
        assert!(Answer::default().is_end_stream());
    }
}
