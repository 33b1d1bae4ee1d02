//! The server behind an emulator: a runtime of its own, so that a drop can wait for the port to be free.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::protocol::http::{Front, Patience, serve};

/// How long a stop waits for the requests in flight.
const GRACE: Duration = Duration::from_secs(5);
/// How long a drop waits for the listener to be closed, which takes microseconds unless the machine is stuck.
const CLOSE: Duration = Duration::from_secs(1);

/// A server on its own threads.
#[derive(Debug)]
pub(super) struct Server {
    runtime: Option<Runtime>,
    stop: watch::Sender<bool>,
    closed: mpsc::Receiver<()>,
}

/// Binds an address for [`Server::start`].
pub(super) fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

impl Server {
    /// Serves on a bound listener with so many threads.
    pub(super) fn start(
        listener: TcpListener,
        tls: Option<TlsAcceptor>,
        front: Front,
        patience: Patience,
        threads: usize,
    ) -> io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(threads.max(1))
            .thread_name("crm-emulator")
            .enable_all()
            .build()?;
        let (stop, stopped) = watch::channel(false);
        let (close, closed) = mpsc::channel::<()>();
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        runtime.spawn(async move {
            serve(listener, tls, front, patience, stopped).await;
            // The listener is closed by now, which is what the other end waits to hear.
            drop(close);
        });
        Ok(Self { runtime: Some(runtime), stop, closed })
    }

    /// Finishes the requests in flight, for as long as is decent.
    pub(super) async fn stop(self) {
        self.stop.send_replace(true);
        // Every connection holds a receiver; the last one to go closes the channel. The wait runs on the server's own
        // runtime, because the caller's may have no timer.
        let (stop, handle) =
            (self.stop.clone(), self.runtime.as_ref().map(|runtime| runtime.handle().clone()));
        if let Some(handle) = handle {
            let waited = handle.spawn(async move { tokio::time::timeout(GRACE, stop.closed()).await }).await;
            if !matches!(waited, Ok(Ok(()))) {
                tracing::warn!("stopped with requests in flight");
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        // Hears that the other end is gone, or has waited long enough; either way there is nothing more to do.
        let _ = self.closed.recv_timeout(CLOSE);
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
