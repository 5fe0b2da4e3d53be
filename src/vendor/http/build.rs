//! Puts a vendor together from a mapping and a connection: addresses, pace, secrets. Nothing is sent.

use std::sync::Arc;

use indexmap::IndexMap;
use metrics::SharedString;
use url::Url;

use super::HttpVendor;
use super::counted::Counted;
use crate::clock::{SharedClock, SystemClock};
use crate::config::model::{LimitsOverride, SecretSource};
use crate::ids::ConnectionName;
use crate::mapping::bound::Bound;
use crate::mapping::model::Limits;
use crate::vendor::breaker::Breaker;
use crate::vendor::credentials::{Credentials, Parts as SignInParts};
use crate::vendor::hosts::Hosts;
use crate::vendor::pace::SLOWEST_PER_SECOND;
use crate::vendor::permit::PermitDesk;
use crate::vendor::report::Report;
use crate::vendor::secrets::Secrets;
use crate::vendor::send::{Origins, Sender, Wire};

/// What a vendor is built from.
#[derive(Debug, Clone)]
pub struct Options {
    /// Name of the connection, for logs and metrics.
    pub connection: ConnectionName,
    /// Pace other than the mapping's.
    pub limits: LimitsOverride,
    /// Where the secrets are.
    pub secrets: IndexMap<String, SecretSource>,
}

/// Why a vendor cannot be built: a secret that is missing, an address that is not allowed.
#[derive(Debug, thiserror::Error)]
#[error("connection {connection}: {problem}")]
pub struct BuildError {
    /// Which connection.
    pub connection: ConnectionName,
    /// What is wrong and which setting to change.
    pub problem: String,
}

impl HttpVendor {
    /// Builds the vendor of a connection. Nothing is sent yet.
    ///
    /// # Errors
    /// When a secret cannot be read or an address is not allowed (plain HTTP to a host that is not loopback).
    pub fn new(bound: Arc<Bound>, options: Options) -> Result<Self, BuildError> {
        Self::with_clock(bound, options, Arc::new(SystemClock))
    }

    /// As [`HttpVendor::new`], with a clock for dates in answers (`Retry-After`).
    ///
    /// # Errors
    /// As [`HttpVendor::new`].
    pub fn with_clock(bound: Arc<Bound>, options: Options, clock: SharedClock) -> Result<Self, BuildError> {
        let Options { connection, limits, secrets } = options;
        let build = || -> Result<Self, String> {
            let limits = limits_of(bound.limits(), limits)?;
            let secrets = Arc::new(Secrets::new(connection.clone(), secrets)?);
            let addresses = bound.base_url().into_iter().chain(bound.hosts().map(|hosts| hosts.url.as_str()));
            let origins = Origins::of(addresses.chain(bound.sign_in().addresses()))?;
            let origin = bound.base_url().and_then(|base_url| Url::parse(base_url).ok());
            let wire: Arc<dyn Wire> = Arc::new(Sender::new(&origins, bound.timeout(), limits.concurrency)?);
            let desk = PermitDesk::new(limits.rate_per_second, limits.burst, limits.concurrency);
            let counted: Arc<dyn Wire> = Arc::new(Counted::new(Arc::clone(&wire), Arc::clone(&desk)));
            let hosts =
                Hosts::new(&connection, bound.vendor_title(), bound.hosts().cloned(), Arc::clone(&counted), origins);
            let credentials = Credentials::new(
                bound.sign_in(),
                &SignInParts {
                    connection: connection.clone(),
                    title: bound.vendor_title().to_owned(),
                    origin,
                    host: bound.file().api.host.clone(),
                    hosts: Arc::clone(&hosts),
                    secrets: Arc::clone(&secrets),
                    wire: counted,
                    clock: Arc::clone(&clock),
                },
            )?;
            let label = SharedString::from(connection.as_str().to_owned());
            Ok(Self {
                connection: connection.clone(),
                retry: bound.retry(),
                request_id_header: bound.request_id_header().map(ToOwned::to_owned),
                rules: bound,
                desk,
                breaker: Breaker::new(label.clone()),
                report: Report::new(label),
                credentials: Arc::new(credentials),
                secrets,
                hosts,
                wire,
                clock,
                reads_only: false,
            })
        };
        build().map_err(|problem| BuildError { connection: connection.clone(), problem })
    }
}

pub(super) fn limits_of(mut limits: Limits, other: LimitsOverride) -> Result<Limits, String> {
    limits.rate_per_second = other.rate_per_second.unwrap_or(limits.rate_per_second);
    limits.burst = other.burst.unwrap_or(limits.burst);
    limits.concurrency = other.concurrency.unwrap_or(limits.concurrency);
    if !limits.rate_per_second.is_finite() || limits.rate_per_second < SLOWEST_PER_SECOND {
        return Err(format!("limits.rate_per_second must be at least {SLOWEST_PER_SECOND}"));
    }
    if limits.burst == 0 || limits.concurrency == 0 {
        return Err("limits.burst and limits.concurrency must be at least 1".to_owned());
    }
    Ok(limits)
}
