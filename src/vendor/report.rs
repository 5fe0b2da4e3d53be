//! What calls tell the metrics and the log: an event per attempt, names and numbers only, never a body, an address or a
//! value. Giving up is logged by whoever asked for the call.

use std::time::Duration;

use metrics::{SharedString, counter, histogram};

use super::classify::Outcome;
use super::metrics::{CALL_SECONDS, CALLS, PAUSES, PERMIT_WAIT_SECONDS, PERMITS_MISSED, RETRIES};
use super::{CallContext, Priority};
use crate::mapping::bound::CallName;
use crate::mapping::model::Meaning;

/// The voice of one connection.
#[derive(Debug, Clone)]
pub(super) struct Report {
    connection: SharedString,
}

impl Report {
    /// Of this connection.
    pub(super) fn new(connection: SharedString) -> Self {
        Self { connection }
    }

    /// A call has waited for its permit, and got one or not.
    pub(super) fn waited(&self, priority: Priority, waited: Duration, got_one: bool) {
        let priority = priority_word(priority);
        histogram!(PERMIT_WAIT_SECONDS, "connection" => self.connection.clone(), "priority" => priority).record(waited);
        if !got_one {
            counter!(PERMITS_MISSED, "connection" => self.connection.clone(), "priority" => priority).increment(1);
        }
    }

    /// The whole connection pauses.
    pub(super) fn paused(&self) {
        counter!(PAUSES, "connection" => self.connection.clone()).increment(1);
    }

    /// A call was sent and judged.
    pub(super) fn attempted(&self, call: &CallName, outcome: &Outcome, took: Duration, context: &CallContext) {
        let (call, meaning) = (call_label(call), meaning_word(outcome.verdict.meaning));
        counter!(CALLS, "connection" => self.connection.clone(), "call" => call.clone(), "meaning" => meaning)
            .increment(1);
        histogram!(CALL_SECONDS, "connection" => self.connection.clone(), "call" => call.clone()).record(took);
        tracing::debug!(
            connection = %self.connection,
            request_id = %context.request_id,
            call = %call,
            status = outcome.status,
            meaning,
            rule = outcome.verdict.rule,
            duration_ms = milliseconds(took),
            "call {call} of connection {}: {meaning}",
            self.connection
        );
    }

    /// A call is about to be made again.
    pub(super) fn repeated(
        &self,
        call: &CallName,
        outcome: &Outcome,
        attempt: u32,
        pause: Duration,
        context: &CallContext,
    ) {
        let (call, meaning) = (call_label(call), meaning_word(outcome.verdict.meaning));
        counter!(RETRIES, "connection" => self.connection.clone(), "call" => call.clone(), "cause" => meaning)
            .increment(1);
        tracing::warn!(
            connection = %self.connection,
            request_id = %context.request_id,
            call = %call,
            attempt,
            status = outcome.status,
            meaning,
            rule = outcome.verdict.rule,
            pause_ms = milliseconds(pause),
            "call {call} of connection {} is repeated after {} ms: {}",
            self.connection,
            milliseconds(pause),
            outcome.verdict.say
        );
    }
}

/// The call as the mapping file names it, below `users.calls`. Most names are constants and cost nothing.
fn call_label(call: &CallName) -> SharedString {
    match call {
        CallName::Create => "create".into(),
        CallName::Read => "read".into(),
        CallName::List => "list".into(),
        CallName::Delete => "delete".into(),
        CallName::Find => "find".into(),
        CallName::Lists(_) | CallName::Update(_) | CallName::Membership(_) | CallName::Named(_) => {
            call.to_string().into()
        }
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn meaning_word(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::Done => "done",
        Meaning::NotFound => "not_found",
        Meaning::AlreadyExists => "already_exists",
        Meaning::Refused => "refused",
        Meaning::BadReference => "bad_reference",
        Meaning::Busy => "busy",
        Meaning::Limited => "limited",
        Meaning::Unauthenticated => "unauthenticated",
        Meaning::Forbidden => "forbidden",
        Meaning::Stale => "stale",
        Meaning::Broken => "broken",
    }
}

fn priority_word(priority: Priority) -> &'static str {
    match priority {
        Priority::Departure => "departure",
        Priority::Change => "change",
        Priority::Create => "create",
        Priority::Background => "background",
    }
}
