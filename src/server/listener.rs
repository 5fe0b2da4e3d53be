//! A listening socket and the actix workers behind it. This is what `actix_web::HttpServer` does, with one thing more: request lines are repaired
//! before they are parsed (see [`super::request_line`]), and `HttpServer` has no place for that.

use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroUsize;
use std::time::Duration;

use actix_http::error::DispatchError;
use actix_http::{HttpService, KeepAlive};
use actix_server::{Server, ServerHandle};
use actix_service::{IntoServiceFactory as _, ServiceFactoryExt as _, fn_service, map_config};
use actix_web::dev::AppConfig;
use actix_web::web::Data;
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::request_line::RepairRequestLines;
use super::{STOP_WITHIN, StartError};
use crate::inbound::{Inbound, Offer, application};

/// How long a connection may be idle between two requests. IdPs keep connections; proxies cut theirs after a minute.
const KEEP_ALIVE_FOR: Duration = Duration::from_secs(75);
/// How long the head of a request may take to arrive, so that slow senders do not hold connections. The body has a limit of its own.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a client may take to close a connection that we closed.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);
/// Connections per worker; more wait in the socket's queue.
const MAX_CONNECTIONS: usize = 10_000;

/// A socket that listens, and for whom.
pub(super) struct Socket {
    listener: TcpListener,
    address: SocketAddr,
    configured: String,
    setting: &'static str,
}

/// Takes an address. Connections queue up until somebody serves them.
pub(super) fn bind(address: &str, setting: &'static str) -> Result<Socket, StartError> {
    let refused = |source| StartError::Listen { address: address.to_owned(), setting, source };
    let listener = TcpListener::bind(address).map_err(refused)?;
    let real = listener.local_addr().map_err(refused)?;
    Ok(Socket { listener, address: real, configured: address.to_owned(), setting })
}

/// A worker per core.
pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// A listener with its workers. Stops when dropped.
#[derive(Debug)]
pub(super) struct Listener {
    address: SocketAddr,
    handle: ServerHandle,
    draining: CancellationToken,
}

impl Listener {
    /// Begins to take connections.
    pub(super) fn serve(
        socket: Socket,
        offer: Offer,
        workers: usize,
        inbound: &Data<Inbound>,
    ) -> Result<Self, StartError> {
        let Socket { listener, address, configured, setting } = socket;
        let (draining, inbound) = (CancellationToken::new(), inbound.clone());
        let signal = draining.clone();
        let server = Server::build()
            .workers(workers)
            .max_concurrent_connections(MAX_CONNECTIONS)
            .disable_signals()
            .shutdown_timeout(STOP_WITHIN.as_secs())
            .listen(format!("scim-bridge on {address}"), listener, move || {
                let signal = signal.clone();
                let requests = application(inbound.clone(), offer).into_factory();
                let http = HttpService::build()
                    .keep_alive(KeepAlive::Timeout(KEEP_ALIVE_FOR))
                    .client_request_timeout(HEAD_TIMEOUT)
                    .client_disconnect_timeout(CLOSE_TIMEOUT)
                    .local_addr(address)
                    .graceful_shutdown_signal(move || signal.clone().cancelled_owned())
                    .h1(map_config(requests, |()| AppConfig::default()));
                fn_service(async |stream: TcpStream| {
                    // Answers are written whole; waiting for more to send would only delay them.
                    let _ = stream.set_nodelay(true);
                    let peer = stream.peer_addr().ok();
                    Ok::<_, DispatchError>((RepairRequestLines::new(stream), peer))
                })
                .and_then(http)
            })
            .map_err(|source| StartError::Listen { address: configured, setting, source })?
            .run();
        let handle = server.handle();
        tokio::spawn(async move {
            if let Err(error) = server.await {
                tracing::error!(%error, "the HTTP server on {address} ended: {error}");
            }
        });
        Ok(Self { address, handle, draining })
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more connections and finishes the requests under way, at most until `deadline`.
    pub(super) async fn stop(&mut self, deadline: Instant) {
        self.draining.cancel();
        if tokio::time::timeout_at(deadline, self.handle.stop(true)).await.is_err() {
            tracing::warn!(address = %self.address, "requests are still under way on {}: they are cut off", self.address);
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // The command is sent at once; only its confirmation would have to be awaited.
        drop(self.handle.stop(false));
    }
}
