//! Builds everything from the configuration, serves, and drains. What a request means is the business of [`crate::inbound`]; who tells the program
//! to stop, of [`crate::cli`].

mod build;
mod describe;
mod housekeeping;
mod listener;
mod request_line;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::time::Duration;

use actix_web::web::Data;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::{SharedClock, SystemClock};
use crate::config::model::{Config, StoreConfig};
use crate::ids::ConnectionName;
use crate::inbound::credentials::{CredentialError, keep_fresh};
use crate::inbound::{Inbound, Offer};
use crate::mapping::load::Problems;
use crate::provision::Provisioner;
use crate::store::sqlite::{Role, SqliteStore};
use crate::store::{Store, StoreError};
use crate::telemetry;
use crate::vendor::http::BuildError;
use listener::Listener;

/// How long stopping may take in all: under the 30 s after which container platforms kill a program.
pub const STOP_WITHIN: Duration = Duration::from_secs(28);

/// How often stopping looks whether the store is let go of.
const CLOSED_POLL: Duration = Duration::from_millis(10);

/// A bridge that is not running yet.
#[derive(Debug)]
pub struct Bridge {
    config: Config,
    clock: SharedClock,
}

/// Why a bridge cannot start. Nothing of it runs then.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A mapping is wrong, or does not fit the settings.
    #[error("connection {connection}, mapping {}:\n{problems}", mapping.display())]
    Mapping {
        /// Which connection.
        connection: ConnectionName,
        /// Its mapping.
        mapping: PathBuf,
        /// What is wrong.
        problems: Problems,
    },
    /// A vendor cannot be reached the way the configuration says.
    #[error(transparent)]
    Vendor(#[from] BuildError),
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The IdP's tokens cannot be read.
    #[error(transparent)]
    Credentials(#[from] CredentialError),
    /// The address is not free, or not ours.
    #[error("cannot listen on {address}: {source}; change `{setting}` or stop what listens there")]
    Listen {
        /// As configured.
        address: String,
        /// `listen` or `admin_listen`.
        setting: &'static str,
        /// What the system says.
        source: std::io::Error,
    },
}

impl Bridge {
    /// A bridge with the machine's clock.
    pub fn new(config: Config) -> Self {
        Self { config, clock: Arc::new(SystemClock) }
    }

    /// The same with another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: SharedClock) -> Self {
        self.clock = clock;
        self
    }

    /// Starts everything. When it returns, connections are taken on [`Running::address`].
    ///
    /// Must be called on a multi-threaded tokio runtime: the vendors' work runs there, requests are answered on threads of their own. Several
    /// bridges may run in one process, with a store each.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub async fn start(self) -> Result<Running, StartError> {
        let Self { config, clock } = self;
        let metrics = telemetry::metrics::recorder();
        describe::describe_metrics();
        // First what can be wrong with files, then what other programs can hold, and work only when nothing can fail any more.
        let vendors = build::vendors(&config)?;
        let StoreConfig::Sqlite(path) = &config.store;
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(path, Role::Server)?);
        let prepared = build::prepare(&config, vendors, &store).await?;
        let main = listener::bind(&config.listen, "listen")?;
        let admin =
            config.admin_listen.as_deref().map(|address| listener::bind(address, "admin_listen")).transpose()?;

        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let guard = stop.clone().drop_guard();
        let mut connections = Vec::new();
        for connection in prepared {
            let started = connection.start(&store, &clock).await?;
            tasks.spawn(keep_fresh(started.tokens, started.sources, stop.clone()));
            connections.push(started.connection);
        }
        tasks.spawn(housekeeping::run(store.clone(), clock.clone(), metrics.clone(), stop.clone()));
        let inbound = Data::new(Inbound::new(connections, config.public_url.clone(), store, clock, metrics.clone()));

        let offer = Offer { scim: true, metrics: admin.is_none() };
        let main = Listener::serve(main, offer, listener::cores(), &inbound)?;
        let admin = match admin {
            Some(socket) => Some(Listener::serve(socket, Offer { scim: false, metrics: true }, 1, &inbound)?),
            None => None,
        };
        let admin_address = admin.as_ref().map(Listener::address);
        guard.disarm();
        Ok(Running { address: main.address(), admin_address, inbound, main, admin, stop, tasks })
    }
}

/// A bridge that runs. [`Running::stop`] ends it well; dropping it ends it at once, and the store has what was under way.
#[derive(Debug)]
pub struct Running {
    /// Where it listens, with the real port.
    pub address: SocketAddr,
    /// Where `/metrics` is, when it has a listener of its own.
    pub admin_address: Option<SocketAddr>,
    inbound: Data<Inbound>,
    main: Listener,
    admin: Option<Listener>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Running {
    /// The provisioner of a connection.
    pub fn provisioner(&self, connection: &ConnectionName) -> Option<Provisioner> {
        self.inbound.connections().find(|each| each.name() == connection).map(|each| each.provisioner().clone())
    }

    /// Takes no more connections, finishes what is under way, at most for [`STOP_WITHIN`]. What is not finished is in the store and is taken up at
    /// the next start.
    pub async fn stop(mut self) {
        let deadline = Instant::now() + STOP_WITHIN;
        tracing::info!("stopping: no more requests are taken, work under way is finished");
        self.inbound.start_draining();
        let drains = self.inbound.connections().map(|connection| connection.provisioner().drain(deadline));
        let drained = futures_util::future::join_all(drains);
        let ((), _) = tokio::join!(self.main.stop(deadline), drained);
        self.stop.cancel();
        self.tasks.close();
        let _ = tokio::time::timeout_at(deadline, self.tasks.wait()).await;
        if let Some(admin) = &mut self.admin {
            admin.stop(deadline).await;
        }
        let store = Arc::downgrade(self.inbound.store());
        drop(self);
        closed(&store, deadline).await;
        tracing::info!("stopped");
    }
}

/// Waits until nobody holds the store any more, so that its file is free: background work lets go of it at its next pause.
async fn closed(store: &Weak<dyn Store>, deadline: Instant) {
    while store.strong_count() > 0 && Instant::now() < deadline {
        tokio::time::sleep(CLOSED_POLL).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

#[cfg(test)]
mod tests;
