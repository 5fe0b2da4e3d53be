//! The vendor over HTTP: the visible pipeline permit → breaker → credentials → send → classify → retry.

use std::sync::Arc;

use async_trait::async_trait;
use indexmap::IndexMap;

use super::{Answered, CallContext, CallFailure, Vendor};
use crate::config::model::{LimitsOverride, SecretSource};
use crate::ids::ConnectionName;
use crate::mapping::bound::{Bound, CallName, Scope};

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

/// A vendor over HTTP.
#[derive(Debug)]
pub struct HttpVendor {}

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
    #[expect(unused_variables, clippy::unimplemented, reason = "skeleton")]
    pub fn new(bound: Arc<Bound>, options: Options) -> Result<Self, BuildError> {
        unimplemented!()
    }
}

#[async_trait]
#[expect(unused_variables, clippy::unimplemented, reason = "skeleton")]
impl Vendor for HttpVendor {
    async fn call(&self, call: &CallName, scope: &Scope, context: &CallContext) -> Result<Answered, CallFailure> {
        unimplemented!()
    }
    fn secret(&self, name: &str) -> Option<secrecy::SecretString> {
        unimplemented!()
    }
    fn is_healthy(&self) -> bool {
        unimplemented!()
    }
}
