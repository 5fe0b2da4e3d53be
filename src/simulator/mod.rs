//! The vendors as real HTTP servers, strict and with faults; used by `demo`, `simulate` and the tests.

use std::net::SocketAddr;

/// Which vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VendorKind {
    /// iAdvize (GraphQL).
    Iadvize,
}

/// How a simulator starts.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Faults to begin with: JSON text in the form that `POST /_sim/faults` takes.
    pub faults: Option<String>,
    /// Seed data: JSON text. Default: the data set of the vendor's reference.
    pub seed: Option<String>,
}

/// A running simulator. It stops when dropped or stopped.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// Stops it.
    pub handle: actix_web::dev::ServerHandle,
}

/// Starts a simulator; port 0 is allowed.
///
/// # Errors
/// When the address cannot be bound or faults or seed are malformed.
#[expect(unused_variables, clippy::unimplemented, clippy::unused_async, reason = "skeleton")]
pub async fn start(vendor: VendorKind, listen: &str, options: Options) -> std::io::Result<Running> {
    unimplemented!()
}
