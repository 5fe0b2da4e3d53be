//! Waits for the wish to stop. What is stopped, and how gently, is the caller's business.

use tokio::signal::unix::{SignalKind, signal};

use super::failure::Failure;

/// Returns when Ctrl-C (SIGINT) or SIGTERM arrives.
pub(super) async fn wait_for_signal() -> Result<(), Failure> {
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::failed)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::failed)?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}
