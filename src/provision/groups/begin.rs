//! Members who wait although their user is there: a process ended, or the store failed, between his arrival and his joining.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;

use super::{Groups, parked};

/// How often it is asked whether there is anything to look through.
const TICK: Duration = Duration::from_secs(5);

/// Looks through everybody who waits, at the start and whenever somebody could not join. Runs until the connection drains.
pub(in crate::provision) async fn begin(groups: Arc<Groups>) {
    let people = &groups.people;
    people.sweep_later();
    while !people.is_draining() {
        if people.is_to_sweep() {
            let swept = AssertUnwindSafe(parked::sweep(&groups)).catch_unwind().await;
            if !matches!(swept, Ok(Ok(()))) {
                tracing::error!(connection = %people.parts.connection, "members who wait for their user cannot be looked through; it is tried again: {swept:?}");
                people.sweep_later();
            }
        }
        tokio::time::sleep(TICK).await;
    }
}
