//! Names of the numbers that this folder counts, and what they say. Every label comes from a closed set: `connection`
//! (the configuration), `call` (the mapping), `meaning` and `cause` (the words of the mapping language), `priority`,
//! `outcome`. Nothing here decides anything.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

/// Attempts by `connection`, `call` and `meaning`.
pub const CALLS: &str = "scim_bridge_vendor_calls_total";
/// Seconds from the first byte out to the last byte in, by `connection` and `call`.
pub const CALL_SECONDS: &str = "scim_bridge_vendor_call_duration_seconds";
/// Repeats by `connection`, `call` and `cause` (the meaning that caused them).
pub const RETRIES: &str = "scim_bridge_vendor_retries_total";
/// Seconds that calls waited for a permit, by `connection` and `priority`.
pub const PERMIT_WAIT_SECONDS: &str = "scim_bridge_vendor_permit_wait_seconds";
/// Calls that got no permit before their deadline, by `connection` and `priority`.
pub const PERMITS_MISSED: &str = "scim_bridge_vendor_permits_missed_total";
/// Pauses of a whole connection that the vendor asked for, by `connection`.
pub const PAUSES: &str = "scim_bridge_vendor_pauses_total";
/// 0 shut (calls pass), 1 on probation (one call passes), 2 open (none passes), by `connection`.
pub const BREAKER_STATE: &str = "scim_bridge_vendor_breaker_state";
/// Sign-ins by `connection` and `outcome` (`accepted`, `refused`, `limited`, `broken`).
pub const SIGN_INS: &str = "scim_bridge_vendor_sign_ins_total";
/// Sign-ins that the vendor refused, by `connection`: an alert belongs on this one.
pub const SIGN_IN_REFUSALS: &str = "scim_bridge_vendor_sign_in_refusals_total";

/// Fetches of the list of hosts that a vendor names at run time, by `connection` and `outcome`: `read`, `kept` (it could not be read, and the old one
/// is used on), `failed`.
pub const HOST_LISTS: &str = "scim_bridge_vendor_host_lists_total";

/// Tells the recorder what the numbers mean. Called once, after the recorder is installed.
pub fn describe() {
    describe_counter!(CALLS, "attempts of vendor calls, by what the answer meant");
    describe_histogram!(CALL_SECONDS, Unit::Seconds, "time from sending a vendor call to the last byte of its answer");
    describe_counter!(RETRIES, "repeats of vendor calls, by cause");
    describe_histogram!(PERMIT_WAIT_SECONDS, Unit::Seconds, "time that vendor calls waited for the pace");
    describe_counter!(PERMITS_MISSED, "vendor calls whose deadline came before their turn");
    describe_counter!(PAUSES, "pauses of a connection that the vendor asked for");
    describe_gauge!(BREAKER_STATE, "0 shut, calls pass; 1 on probation; 2 open, calls fail at once");
    describe_counter!(SIGN_INS, "sign-ins at the vendor, by outcome");
    describe_counter!(HOST_LISTS, "fetches of the list of the vendor's hosts, by outcome");
    describe_counter!(SIGN_IN_REFUSALS, "sign-ins that the vendor refused");
}
