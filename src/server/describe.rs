//! Says in `/metrics` what the numbers of all parts mean. The names stand where the counting is done.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

use crate::provision::metrics::{CONVERGE_SECONDS, CONVERGED};
use crate::store::metrics::{COMMIT_SECONDS, FAILED_GROUPS, GROUP_COMMITS, QUEUE_LENGTH};
use crate::vendor;

/// Describes every metric; again is harmless.
pub(super) fn describe_metrics() {
    vendor::metrics::describe();
    describe_counter!(CONVERGED, "convergences of accounts, by outcome");
    describe_histogram!(
        CONVERGE_SECONDS,
        Unit::Seconds,
        "time that bringing an account to its desired state took, by outcome"
    );
    describe_histogram!(COMMIT_SECONDS, Unit::Seconds, "time from handing a commit in until it is durable");
    describe_histogram!(GROUP_COMMITS, "commits that shared one transaction and one fsync");
    describe_gauge!(QUEUE_LENGTH, "commits that wait for the store's writer");
    describe_counter!(FAILED_GROUPS, "transactions of the store that failed as a whole");
}
