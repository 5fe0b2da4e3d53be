//! Names of the store's metrics, in one place so that dashboards and tests speak of the same ones.
//!
//! No labels: a process has one store.

/// Histogram, seconds: from handing a commit in until it is durable.
pub const COMMIT_SECONDS: &str = "scim_bridge_store_commit_seconds";
/// Histogram: commits that shared one transaction and one fsync.
pub const GROUP_COMMITS: &str = "scim_bridge_store_group_commits";
/// Gauge: commits that wait for the writer.
pub const QUEUE_LENGTH: &str = "scim_bridge_store_queue_length";
/// Counter: transactions that failed as a whole (disk full, I/O error).
pub const FAILED_GROUPS: &str = "scim_bridge_store_failed_groups_total";
