//! What the engine counts.

use std::time::Duration;

use super::outcome::Outcome;
use crate::ids::ConnectionName;

/// Convergences, by connection and outcome (`settled`, `refused`, `deferred`).
pub const CONVERGED: &str = "scim_bridge_converged_total";
/// Duration of a convergence in seconds, by connection and outcome.
pub const CONVERGE_SECONDS: &str = "scim_bridge_converge_seconds";

/// Counts a convergence.
pub(super) fn converged(connection: &ConnectionName, outcome: &Outcome, took: Duration) {
    let outcome = match outcome {
        Outcome::Settled => "settled",
        Outcome::Refused { .. } => "refused",
        Outcome::Deferred(_) => "deferred",
    };
    let connection = connection.as_str().to_owned();
    metrics::counter!(CONVERGED, "connection" => connection.clone(), "outcome" => outcome).increment(1);
    metrics::histogram!(CONVERGE_SECONDS, "connection" => connection, "outcome" => outcome).record(took);
}
