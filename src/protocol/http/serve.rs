//! Sockets: accepting connections, TLS, patience with slow clients, and an orderly end.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::Front;
use super::front::Entrance;
use super::trouble::{self, CutOff};

/// How long the server waits for a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For the rest of a request's head once its first byte is there, and for a TLS handshake.
    pub head: Duration,
    /// For the whole body of a request.
    pub body: Duration,
    /// Between requests, and for a client to take its answer.
    pub idle: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { head: Duration::from_secs(30), body: Duration::from_mins(2), idle: Duration::from_mins(3) }
    }
}

/// Serves until `stop` says so; then finishes the requests in flight, whose end shows in the number of receivers of
/// `stop`. The listener is closed when the future ends.
pub async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    front: Front,
    patience: Patience,
    mut stop: watch::Receiver<bool>,
) {
    let authority: Arc<str> =
        listener.local_addr().map_or_else(|_| "localhost".into(), |at| at.to_string().into());
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Out of file descriptors, mostly: trying again at once would spin.
                tracing::warn!(%error, "cannot accept a connection");
                sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let peer =
            Peer { front: front.clone(), authority: Arc::clone(&authority), patience, stop: stop.clone() };
        // Small answers must not wait for the client's acknowledgements.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "cannot set TCP_NODELAY");
        }
        match &tls {
            None => drop(tokio::spawn(peer.talk(stream, "http"))),
            Some(acceptor) => drop(tokio::spawn(peer.talk_tls(acceptor.clone(), stream))),
        }
    }
}

/// One connection's end of the conversation.
struct Peer {
    front: Front,
    authority: Arc<str>,
    patience: Patience,
    stop: watch::Receiver<bool>,
}

impl Peer {
    async fn talk_tls(self, acceptor: TlsAcceptor, stream: TcpStream) {
        match timeout(self.patience.head, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => self.talk(stream, "https").await,
            Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
            Err(_) => tracing::debug!("a TLS handshake took too long"),
        }
    }

    async fn talk<S>(self, stream: S, scheme: &'static str)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Self { front, authority, patience, mut stop } = self;
        let activity = Activity::default();
        let (front, authority, activity) = (&front, &*authority, &activity);
        let service = service_fn(|request: Request<Incoming>| async move {
            activity.begin();
            let entrance = Entrance { scheme, authority, body_within: Some(patience.body) };
            let response = front.answer(entrance, request).await;
            activity.end();
            // hyper closes the connection of a service that fails.
            if trouble::is_dropped(&response) { Err(CutOff) } else { Ok(response) }
        });
        let io = Watched { io: TokioIo::new(stream), activity };
        // A client that has said all it will may still listen; one that has left is noticed when its answer is written,
        // and what it asked for is done. And hyper need not look for a client's end in the middle of every request.
        let mut connection = pin!(http1::Builder::new().half_close(true).serve_connection(io, service));
        let tick = (patience.head / 3).max(Duration::from_millis(10));
        let mut watch = Watch { tick, ..Watch::default() };
        let mut look = pin!(sleep(tick));
        let is_told = stop.clone();
        let mut stopped = pin!(stop.wait_for(|stop| *stop));
        let (mut is_armed, mut is_stopping) = (false, false);
        poll_fn(|context| {
            if let Poll::Ready(ended) = connection.as_mut().poll(context) {
                return Poll::Ready(ended);
            }
            // The timer and the order to stop wake this task themselves once they were polled; polling them again
            // for every request would cost more than asking whether they have something to say.
            while (!is_armed || look.is_elapsed()) && look.as_mut().poll(context).is_ready() {
                if watch.is_over(activity, patience) {
                    tracing::debug!("a connection was closed: its client was too slow");
                    return Poll::Ready(Ok(()));
                }
                look.as_mut().reset(Instant::now() + tick);
                is_armed = false;
            }
            if !is_stopping && (!is_armed || *is_told.borrow()) && stopped.as_mut().poll(context).is_ready() {
                is_stopping = true;
                connection.as_mut().graceful_shutdown();
                return connection.as_mut().poll(context);
            }
            is_armed = true;
            Poll::Pending
        })
        .await
        .unwrap_or_else(|error| tracing::debug!(%error, "a connection ended"));
    }
}

/// What a connection has done, counted where it costs next to nothing. hyper's own timeout for heads arms a timer for
/// every request.
#[derive(Debug, Default)]
struct Activity {
    /// Reads that brought something.
    reads: AtomicU32,
    /// Writes that took something.
    writes: AtomicU32,
    /// `reads` when the last request was answered.
    reads_answered: AtomicU32,
    /// Requests begun and requests answered, one each.
    turns: AtomicU32,
}

impl Activity {
    fn begin(&self) {
        count(&self.turns);
    }

    fn end(&self) {
        self.reads_answered.store(self.reads.load(Relaxed), Relaxed);
        count(&self.turns);
    }

    fn read<T>(&self, polled: &Poll<T>) {
        if polled.is_ready() {
            count(&self.reads);
        }
    }

    fn wrote<T>(&self, polled: &Poll<T>) {
        if polled.is_ready() {
            count(&self.writes);
        }
    }
}

/// One more. Only the connection's own task counts, so nobody needs to be kept from counting at the same time.
fn count(number: &AtomicU32) {
    number.store(number.load(Relaxed).wrapping_add(1), Relaxed);
}

/// Looks at the activity of a connection now and then.
#[derive(Debug, Default)]
struct Watch {
    tick: Duration,
    turns: u32,
    moves: u32,
    /// How long a head has been arriving.
    head: Duration,
    /// How long nothing has moved.
    idle: Duration,
}

impl Watch {
    fn is_over(&mut self, activity: &Activity, patience: Patience) -> bool {
        let turns = activity.turns.load(Relaxed);
        let reads = activity.reads.load(Relaxed);
        let moves = reads.wrapping_add(activity.writes.load(Relaxed));
        let is_answering = turns % 2 == 1;
        let is_same = turns == self.turns;
        let is_head_begun = reads != activity.reads_answered.load(Relaxed);
        self.head =
            if is_same && is_head_begun && !is_answering { self.head + self.tick } else { Duration::ZERO };
        self.idle = if is_same && moves == self.moves && !is_answering {
            self.idle + self.tick
        } else {
            Duration::ZERO
        };
        (self.turns, self.moves) = (turns, moves);
        self.head >= patience.head || self.idle >= patience.idle
    }
}

/// Counts what moves.
struct Watched<'a, S> {
    io: TokioIo<S>,
    activity: &'a Activity,
}

impl<S: AsyncRead + Unpin> Read for Watched<'_, S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.io).poll_read(cx, buf);
        this.activity.read(&polled);
        polled
    }
}

impl<S: AsyncWrite + Unpin> Write for Watched<'_, S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.io).poll_write(cx, buf);
        this.activity.wrote(&polled);
        polled
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.io).poll_write_vectored(cx, bufs);
        this.activity.wrote(&polled);
        polled
    }
}
