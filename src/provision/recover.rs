//! Takes up what waits: at start everything that a crash left behind, later what has become due.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;

use super::queue::Job;
use super::shared::Shared;
use crate::ids::RequestId;
use crate::mapping::record::Record;
use crate::store::StoreError;

/// How often the store is asked what is due. Longer: waiting work starts later. Shorter: idle connections cost more.
const TICK: Duration = Duration::from_secs(1);
/// Accounts that the schedule works on at the same time; the vendor's own limits come on top.
const MAX_AT_ONCE: usize = 256;

/// Marks what an earlier process left behind. Before that, no request may change it and no writer may begin.
pub(super) async fn begin(shared: &Shared) -> Result<(), StoreError> {
    let count = shared.parts.store.wake_all(&shared.parts.connection, shared.schedule_now()).await?;
    if count > 0 {
        let accounts = if count == 1 { "account" } else { "accounts" };
        tracing::info!(connection = %shared.parts.connection, count, "taking up the work on {count} {accounts} that was not finished before");
    }
    Ok(())
}

/// Runs until the connection drains.
pub(super) async fn run(shared: Arc<Shared>) {
    while !shared.is_draining() {
        match AssertUnwindSafe(take_up(&shared)).catch_unwind().await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::error!(connection = %shared.parts.connection, "what is due cannot be read: {error}");
            }
            // The panic hook has told where. A schedule that ends would leave everything that waits lying.
            Err(_) => {
                tracing::error!(connection = %shared.parts.connection, "the schedule met a defect of the program");
            }
        }
        tokio::time::sleep(TICK).await;
    }
}

/// The pause of work that was refused but must not be given up (a deactivation): five minutes, doubling to an hour.
pub(super) fn slow_pause(attempts: i64) -> Duration {
    const FIRST: Duration = Duration::from_mins(5);
    const LONGEST: Duration = Duration::from_hours(1);
    let doublings = u32::try_from(attempts.clamp(1, 8) - 1).unwrap_or(0);
    (FIRST * (1 << doublings)).min(LONGEST)
}

async fn take_up(shared: &Arc<Shared>) -> Result<(), StoreError> {
    let room = MAX_AT_ONCE.saturating_sub(shared.queue.len());
    if room == 0 {
        return Ok(());
    }
    // Accounts that are worked on already may stand first in the list.
    let (store, realm) = (&shared.parts.store, &shared.subject.realm);
    let due = store.due(&shared.parts.connection, realm, shared.schedule_now(), room + shared.queue.len()).await?;
    for id in due.into_iter().filter(|id| !shared.queue.contains(id)).take(room) {
        let Some(person) = shared.parts.store.person(&shared.parts.connection, &id).await? else { continue };
        let Some(account) = person.account else { continue };
        let job = Job {
            revision: account.desired_revision,
            transient: Record::default(),
            wakes: false,
            request_id: account.request_id.unwrap_or_else(RequestId::generate),
        };
        shared.submit(&id, job, None);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_departure_is_tried_again_slowly_but_for_ever() {
        assert_eq!(slow_pause(1), Duration::from_mins(5));
        assert_eq!(slow_pause(2), Duration::from_mins(10));
        assert_eq!(slow_pause(1000), Duration::from_hours(1));
    }
}
