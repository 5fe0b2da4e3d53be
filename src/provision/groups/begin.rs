//! What groups need when the connection starts: those whose rules have changed, and members who wait although their user is there, because a process
//! ended, or the store failed, between his arrival and his joining.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::time::Instant;

use super::{Groups, align, parked};

/// How often it is asked whether there is anything to look through.
const TICK: Duration = Duration::from_secs(5);

/// Longest pause before rules are looked at again that could not be.
const LONGEST: Duration = Duration::from_mins(5);

/// Looks through everybody who waits, at the start whenever somebody could not join, and whenever a group went back to another meaning. Runs until the connection drains.
pub(in crate::provision) async fn begin(groups: Arc<Groups>) {
    let people = &groups.people;
    people.sweep_later();
    people.align_later();
    let (mut pause, mut not_before) = (TICK, Instant::now());
    while !people.is_draining() {
        if Instant::now() >= not_before && is_to_align(&groups) {
            let aligned = AssertUnwindSafe(align::align(&groups)).catch_unwind().await;
            if matches!(aligned, Ok(Ok(()))) {
                pause = TICK;
            } else {
                tracing::error!(
                    connection = %people.parts.connection,
                    "groups whose rules may have changed cannot be looked through; it is tried again in {} s: {aligned:?}", pause.as_secs()
                );
                people.align_later();
                not_before = Instant::now() + pause;
                pause = LONGEST.min(pause * 2);
            }
        }
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

/// Asked once: every engine is, so that none asks again for what is about to be done.
fn is_to_align(groups: &Groups) -> bool {
    groups.engines().filter(|engine| engine.is_to_align()).count() > 0
}
