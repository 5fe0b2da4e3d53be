//! One vendor call, done well: permit, breaker, credentials, send, classify, retry.

mod breaker;
mod classify;
mod credentials;
mod hosts;
pub mod http;
pub mod metrics;
mod pace;
mod permit;
mod report;
mod retry;
mod retry_after;
mod rules;
mod secrets;
mod send;
#[cfg(test)]
mod testing;
pub mod turns;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::ids::RequestId;
use crate::mapping::bound::{Bound, CallName, Scope};
use crate::mapping::wire::{HttpAnswer, Verdict};

/// What goes first when the vendor is slow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Disable and delete.
    Departure,
    /// Changes of existing accounts.
    Change,
    /// New accounts.
    Create,
    /// Import, drift, look-ups in the background.
    Background,
}

/// Who asks, and how long he can wait.
#[derive(Debug, Clone)]
pub struct CallContext {
    /// Sent along to the vendor and written into every log line.
    pub request_id: RequestId,
    /// Place in the queue.
    pub priority: Priority,
    /// Repeats end here; a call under way is not cut (it has its own timeout).
    pub deadline: tokio::time::Instant,
}

/// A call that the vendor says is done.
#[derive(Debug, Clone)]
pub struct Answered {
    /// The answer.
    pub answer: HttpAnswer,
    /// Attempts made.
    pub attempts: u32,
}

/// A call that did not work.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}", verdict.say)]
pub struct CallFailure {
    /// What the vendor's last answer (or its absence) means.
    pub verdict: Verdict,
    /// Whether the call may have taken effect although no answer says so.
    pub uncertain: bool,
    /// How long to wait before trying again, when somebody said so.
    pub retry_after: Option<Duration>,
    /// Attempts made.
    pub attempts: u32,
}

/// What is known of a vendor from the calls that were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// No call has said anything since the start.
    NotAskedYet,
    /// Calls are answered, and the last sign-in was accepted.
    Reachable,
    /// Calls fail, or the last sign-in was refused.
    Failing,
}

/// A vendor as `provision` sees it.
#[async_trait]
pub trait Vendor: Send + Sync + std::fmt::Debug + 'static {
    /// Makes one call, with as many repeats as its meaning and the deadline allow. A call that is not idempotent is
    /// never repeated after it may have taken effect.
    async fn call(&self, call: &CallName, scope: &Scope, context: &CallContext) -> Result<Answered, CallFailure>;
    /// The same vendor, with the same pace, breaker and sign-in, speaking the calls of another mapping (of a catalog, of a group's object).
    fn speaking(&self, bound: Arc<Bound>) -> Arc<dyn Vendor>;
    /// Secret by name, for rules such as `protected`. Never logged.
    fn secret(&self, name: &str) -> Option<secrecy::SecretString>;
    /// What is known of the vendor without asking it. For `/health/ready`.
    fn health(&self) -> Health;
}
