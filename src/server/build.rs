//! From a connection's configuration to its vendor and its door, in two steps: what can be wrong, then what starts.

use std::sync::Arc;

use super::StartError;
use crate::clock::SharedClock;
use crate::config::mappings::read_bundle;
use crate::config::model::{Config, ConnectionConfig};
use crate::ids::ConnectionName;
use crate::inbound::Connection;
use crate::inbound::authentication::Tokens;
use crate::inbound::credentials::{CredentialError, Sources};
use crate::mapping::bound::Bound;
use crate::mapping::load::{Mapping, Problems};
use crate::provision::{Options, Parts, Provisioner};
use crate::store::{Store, StoreError};
use crate::vendor::http::{self, HttpVendor};

/// A connection with its mapping bound and its vendor ready to be called.
pub(super) struct WithVendor {
    name: ConnectionName,
    config: ConnectionConfig,
    bound: Arc<Bound>,
    vendor: Arc<HttpVendor>,
}

/// A connection that only has to be started.
pub(super) struct Prepared {
    of: WithVendor,
    tokens: Arc<Tokens>,
    sources: Sources,
}

/// A connection whose work goes on, with what keeps its tokens fresh.
pub(super) struct Started {
    pub(super) connection: Arc<Connection>,
    pub(super) tokens: Arc<Tokens>,
    pub(super) sources: Sources,
}

/// Loads the mappings and builds the vendors. Nothing is sent.
pub(super) fn vendors(config: &Config) -> Result<Vec<WithVendor>, StartError> {
    config.connections.iter().map(|(name, connection)| with_vendor(name, connection)).collect()
}

fn with_vendor(name: &ConnectionName, config: &ConnectionConfig) -> Result<WithVendor, StartError> {
    let bound = bind(config).map_err(|problems| StartError::Mapping {
        connection: name.clone(),
        mapping: config.mapping.clone(),
        problems,
    })?;
    let bound = Arc::new(bound);
    let options = http::Options { connection: name.clone(), limits: config.limits, secrets: config.secrets.clone() };
    let vendor = Arc::new(HttpVendor::new(bound.clone(), options)?);
    Ok(WithVendor { name: name.clone(), config: config.clone(), bound, vendor })
}

fn bind(config: &ConnectionConfig) -> Result<Bound, Problems> {
    Mapping::load(read_bundle(&config.mapping)?)?.bind(&config.settings)
}

/// Reads every connection's tokens once, so that no request comes before them.
pub(super) async fn prepare(
    config: &Config,
    vendors: Vec<WithVendor>,
    store: &Arc<dyn Store>,
) -> Result<Vec<Prepared>, CredentialError> {
    let mut prepared = Vec::with_capacity(config.connections.len());
    for of in vendors {
        let inbound = &of.config.inbound;
        let sources = Sources::new(of.name.clone(), inbound.tokens.clone(), of.config.inbound_rate, store.clone());
        let loses = of.bound.deactivation_loses().map(|loses| format!("; who is deactivated loses: {loses}"));
        tracing::info!(
            connection = %of.name, vendor = %of.bound.file().vendor.name, profile = ?of.config.profile,
            "connection {} leads to {}{}", of.name, of.bound.vendor_title(), loses.unwrap_or_default()
        );
        let tokens = Arc::new(Tokens::new(inbound.raw_token));
        tokens.replace(sources.read().await?);
        if tokens.current().is_empty() {
            tracing::warn!(
                connection = %of.name,
                "connection {} lets nobody in: give it a token under `inbound.tokens` or with `scim-bridge token new`", of.name
            );
        }
        prepared.push(Prepared { of, tokens, sources });
    }
    Ok(prepared)
}

impl Prepared {
    /// Starts the work of the connection on the current runtime.
    pub(super) async fn start(self, store: &Arc<dyn Store>, clock: &SharedClock) -> Result<Started, StoreError> {
        let WithVendor { name, config, bound, vendor } = self.of;
        let provisioner = Provisioner::start(Parts {
            connection: name.clone(),
            bound,
            vendor,
            store: store.clone(),
            clock: clock.clone(),
            options: Options::of(&config),
            runtime: tokio::runtime::Handle::current(),
        })
        .await?;
        let tokens = self.tokens;
        let connection = Connection::new(provisioner, name, tokens.clone(), config.switches, config.answer_within);
        Ok(Started { connection: Arc::new(connection), tokens, sources: self.sources })
    }
}
