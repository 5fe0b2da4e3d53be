//! What must be done now and then: folding metrics together, forgetting old events. Nothing that a request waits for.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::sync::CancellationToken;

use crate::clock::SharedClock;
use crate::store::Store;

/// How often histograms are folded together; they grow until then.
const FOLD_EVERY: Duration = Duration::from_secs(1);
/// How often old events are forgotten, counted in folds: once an hour.
const FOLDS_PER_PRUNE: u32 = 3600;
/// How long `story` remembers what happened: 400 days, so that a year's audit finds it. Longer makes the file grow.
const KEEP_EVENTS: SignedDuration = SignedDuration::from_hours(400 * 24);
/// How long the store may take to forget.
const PRUNE_TIMEOUT: Duration = Duration::from_mins(1);

/// Runs until `stop`.
pub(super) async fn run(store: Arc<dyn Store>, clock: SharedClock, metrics: PrometheusHandle, stop: CancellationToken) {
    let mut folds = 0_u32;
    while tokio::time::timeout(FOLD_EVERY, stop.cancelled()).await.is_err() {
        metrics.run_upkeep();
        if folds.is_multiple_of(FOLDS_PER_PRUNE) {
            forget_old_events(store.as_ref(), &clock).await;
        }
        folds = folds.wrapping_add(1);
    }
}

async fn forget_old_events(store: &dyn Store, clock: &SharedClock) {
    let Ok(before) = clock.now().checked_sub(KEEP_EVENTS) else { return };
    match tokio::time::timeout(PRUNE_TIMEOUT, store.prune_events(before)).await {
        Ok(Ok(0)) => {}
        Ok(Ok(count)) => tracing::info!(count, "{count} events older than 400 days are forgotten"),
        Ok(Err(error)) => tracing::warn!(%error, "old events are not forgotten: {error}; tried again in an hour"),
        Err(_) => tracing::warn!("old events are not forgotten: the store is slow; tried again in an hour"),
    }
}
