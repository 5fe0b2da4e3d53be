//! The vendors as real HTTP servers, strict and with faults; used by `demo`, `simulate` and the tests.
//!
//! A simulator is written from the vendor's documentation alone, never from our own client or mapping. What all of them share
//! (the `/_sim/` addresses, faults, the call log, rate and latency) is in [`control`]; the module of a vendor knows nothing of HTTP servers.

pub mod control;
pub mod iadvize;
pub mod liveperson;
mod serve;

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;

use control::Controls;

/// Which vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VendorKind {
    /// iAdvize (GraphQL).
    Iadvize,
    /// LivePerson (REST, OAuth 2.0, OAuth 1.0a or sessions).
    Liveperson,
}

/// How a simulator starts.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Faults to begin with: JSON text in the form that `POST /_sim/faults` takes (see [`control::faults`]).
    pub faults: Option<String>,
    /// Seed data: JSON text (see [`iadvize::seed`] and [`liveperson::seed`]). Default: the data set of the vendor's reference.
    pub seed: Option<String>,
}

/// A running simulator. It stops when dropped or stopped.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// Stops it.
    pub handle: actix_web::dev::ServerHandle,
    control: Arc<dyn Controls>,
    thread: Option<JoinHandle<()>>,
}

/// Starts a simulator; port 0 is allowed. It runs on threads of its own, so that any caller's runtime will do.
///
/// # Errors
/// When the address cannot be bound or faults or seed are malformed.
pub async fn start(vendor: VendorKind, listen: &str, options: Options) -> std::io::Result<Running> {
    let Options { faults, seed } = options;
    match vendor {
        VendorKind::Iadvize => {
            let stand = |clock| iadvize::Iadvize::new(clock, seed.as_deref());
            serve::serve(control::Control::new(stand, faults.as_deref())?, listen).await
        }
        VendorKind::Liveperson => {
            let stand = |clock| liveperson::Liveperson::new(clock, seed.as_deref());
            serve::serve(control::Control::new(stand, faults.as_deref())?, listen).await
        }
    }
}

impl Running {
    /// Base URL, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What the `/_sim/` addresses do, without HTTP.
    pub fn control(&self) -> &dyn Controls {
        self.control.as_ref()
    }

    /// All data of the vendor, without passwords (`GET /_sim/state`).
    pub fn state(&self) -> serde_json::Value {
        self.control.state()
    }

    /// The calls so far, oldest first (`GET /_sim/calls`).
    pub fn calls(&self) -> Vec<control::calls::Call> {
        self.control.calls()
    }

    /// Stops the server and waits until its threads have ended.
    pub async fn stop(mut self) {
        self.handle.stop(false).await;
        if let Some(thread) = self.thread.take() {
            // a join that fails means that the server thread panicked: it has ended all the same
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // the command is sent at once; nobody needs to wait for the answer
        drop(self.handle.stop(false));
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").field("address", &self.address).finish_non_exhaustive()
    }
}
