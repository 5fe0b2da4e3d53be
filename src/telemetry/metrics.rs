//! The recorder of metrics, one per process, and the names of those that the HTTP side and the program itself count. Other parts name their own.

use std::sync::OnceLock;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Requests, by connection, route, method and status class.
pub const REQUESTS: &str = "scim_bridge_requests_total";
/// Duration of requests in seconds, by connection, route and method.
pub const REQUEST_SECONDS: &str = "scim_bridge_request_seconds";
/// Accounts by connection and state of their work (`settled`, `pending`, `failed`), counted when asked.
pub const WORK: &str = "scim_bridge_accounts";
/// Log lines that were dropped because standard error did not take them fast enough.
pub const LOG_LINES_DROPPED: &str = "scim_bridge_log_lines_dropped_total";

/// Bounds of duration histograms in seconds: reads take fractions of a millisecond, changes as long as a vendor (up to the answer's deadline).
const SECONDS_BUCKETS: [f64; 15] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// Bounds of histograms that count things done together.
const GROUP_BUCKETS: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();

/// The recorder of this process; installed by the first call. Servers that run in one process share it.
pub fn recorder() -> &'static PrometheusHandle {
    RECORDER.get_or_init(|| {
        let recorder = builder().build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("another recorder of metrics is installed in this process: /metrics stays empty");
        }
        describe();
        handle
    })
}

fn builder() -> PrometheusBuilder {
    // Fails only for an empty list of buckets.
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS_BUCKETS)
        .and_then(|builder| {
            builder.set_buckets_for_metric(Matcher::Suffix("_group_commits".to_owned()), &GROUP_BUCKETS)
        })
        .unwrap_or_default()
}

fn describe() {
    metrics::describe_counter!(REQUESTS, "Requests by connection, route, method and status class");
    metrics::describe_histogram!(
        REQUEST_SECONDS,
        metrics::Unit::Seconds,
        "Duration of requests by connection, route and method"
    );
    metrics::describe_gauge!(WORK, "Accounts by connection and state of their work");
    metrics::describe_counter!(
        LOG_LINES_DROPPED,
        "Log lines dropped because standard error did not take them fast enough"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_buckets_and_everything_has_a_description() {
        let recorder = builder().build_recorder();
        let handle = recorder.handle();
        metrics::with_local_recorder(&recorder, || {
            describe();
            metrics::histogram!(REQUEST_SECONDS, "route" => "/Users").record(0.002);
            metrics::counter!(REQUESTS).increment(1);
        });
        let text = handle.render();
        assert!(text.contains("# HELP scim_bridge_requests_total Requests by"), "{text}");
        assert!(text.contains(r#"scim_bridge_request_seconds_bucket{route="/Users",le="0.0025"} 1"#), "{text}");
        assert!(text.contains(r#"scim_bridge_request_seconds_bucket{route="/Users",le="0.001"} 0"#), "{text}");
    }
}
