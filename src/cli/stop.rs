//! Waits for the wish to stop. What is stopped, and how gently, is the caller's business.

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::failure::Failure;

/// The wish to stop: Ctrl-C (SIGINT) or SIGTERM. Heeded from the moment on that this is made: whoever makes it before the program says that it
/// listens loses no signal in between.
#[derive(Debug)]
pub(super) struct StopSignals {
    interrupt: Signal,
    terminate: Signal,
}

impl StopSignals {
    /// From now on the signals do not kill the process any more.
    pub(super) fn heed() -> Result<Self, Failure> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt()).map_err(Failure::failed)?,
            terminate: signal(SignalKind::terminate()).map_err(Failure::failed)?,
        })
    }

    /// Returns when one has arrived.
    pub(super) async fn wait(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
