//! The IdP's side: HTTP in, SCIM out. Every answer that is no success is a SCIM error; which one, is decided in [`problem`] alone.
//!
//! A request passes `span` (its id), [`answer`] (what is always true of an answer), `route`, [`authentication`], and then a file per kind
//! of address. What is done to a resource is in `operation` alone. Nothing here calls a vendor: that is the business of `provision`.

pub mod answer;
pub mod authentication;
pub mod bulk;
pub mod credentials;
pub mod error;
pub mod problem;

mod body;
mod call;
mod conditional;
mod cursor;
mod discovery;
mod endpoint;
mod extra;
mod guard;
mod health;
mod location;
mod me;
mod media;
mod meters;
mod operation;
mod query;
mod render;
mod route;
mod search;
mod show;
mod span;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::{App, Error, web};
use metrics_exporter_prometheus::PrometheusHandle;
use tracing_actix_web::{StreamSpan, TracingLogger};

use crate::clock::SharedClock;
use crate::config::model::Switches;
use crate::ids::ConnectionName;
use crate::provision::Provisioner;
use crate::store::Store;
use authentication::Tokens;
use meters::Meters;

/// One connection as the IdP sees it.
#[derive(Debug)]
pub struct Connection {
    name: ConnectionName,
    provisioner: Provisioner,
    tokens: Arc<Tokens>,
    switches: Switches,
    answer_within: Duration,
    meters: Meters,
}

impl Connection {
    /// Puts a connection together. `answer_within` is how long the IdP may wait for the vendor.
    pub fn new(
        provisioner: Provisioner,
        name: ConnectionName,
        tokens: Arc<Tokens>,
        switches: Switches,
        answer_within: Duration,
    ) -> Self {
        let meters = Meters::new(name.as_str());
        Self { name, provisioner, tokens, switches, answer_within, meters }
    }

    /// Its name in the URL.
    pub fn name(&self) -> &ConnectionName {
        &self.name
    }

    /// What carries its changes out.
    pub fn provisioner(&self) -> &Provisioner {
        &self.provisioner
    }
}

/// Everything that requests need, shared by all workers.
#[derive(Debug)]
pub struct Inbound {
    connections: HashMap<String, Arc<Connection>>,
    public_url: Option<String>,
    store: Arc<dyn Store>,
    clock: SharedClock,
    metrics: PrometheusHandle,
    /// Requests that belong to no connection.
    stray: Meters,
    draining: AtomicBool,
}

impl Inbound {
    /// Puts the connections behind one door. `public_url` is the base of `meta.location`; without it each request decides.
    pub fn new(
        connections: Vec<Arc<Connection>>,
        public_url: Option<String>,
        store: Arc<dyn Store>,
        clock: SharedClock,
        metrics: PrometheusHandle,
    ) -> Self {
        let connections = connections.into_iter().map(|each| (each.name.as_str().to_owned(), each)).collect();
        Self {
            connections,
            public_url,
            store,
            clock,
            metrics,
            stray: Meters::new("-"),
            draining: AtomicBool::new(false),
        }
    }

    /// All connections.
    pub fn connections(&self) -> impl Iterator<Item = &Arc<Connection>> {
        self.connections.values()
    }

    /// The store behind all of them.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// From now on `/health/ready` says no, so that load balancers look elsewhere.
    pub fn start_draining(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }
}

/// What a listener offers besides `/health`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// SCIM.
    pub scim: bool,
    /// `/metrics`.
    pub metrics: bool,
}

/// The actix application of one worker of one listener.
pub fn application(
    inbound: web::Data<Inbound>,
    offer: Offer,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<StreamSpan<BoxBody>>,
        Error = Error,
        InitError = (),
    >,
> {
    // One service for all paths: actix's own answers to unknown paths and methods would not be SCIM errors.
    App::new()
        .app_data(inbound)
        .app_data(web::Data::new(offer))
        .wrap(TracingLogger::<span::RequestSpan>::new())
        .default_service(web::to(answer::answer))
}
