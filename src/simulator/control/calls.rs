//! The call log: what was asked, in order, and how it ended. Bodies are not kept, and secrets in variables are masked by the vendor's module.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use serde::Serialize;
use serde_json::Value;
use tokio::time::Instant;

use super::clock::SimulatorClock;
use super::lock;
use super::message::Request;
use super::stand::Operation;

/// Calls that are kept; beyond it the oldest are dropped.
const MAX_CALLS: usize = 10_000;

/// One call.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Call {
    /// Counts from 1 since the start or the last clearing.
    pub number: u64,
    /// Milliseconds since the start or the last clearing.
    pub at_ms: u64,
    /// The simulator's time.
    pub time: jiff::Timestamp,
    /// HTTP method.
    pub method: String,
    /// Path without the query.
    pub path: String,
    /// Query without the question mark.
    pub query: String,
    /// What was asked in the vendor's words; several GraphQL root fields are joined with a comma.
    pub operation: String,
    /// The name that the caller gave to the operation.
    pub operation_name: Option<String>,
    /// Variables or form fields, secrets masked.
    pub variables: Option<Value>,
    /// Status of the answer; none while the call is under way or when the connection was cut.
    pub status: Option<u16>,
    /// Whether the call has ended.
    pub ended: bool,
    /// Time until the answer, in milliseconds.
    pub duration_ms: Option<u64>,
    /// The header `x-request-id`.
    pub request_id: Option<String>,
    /// The fault that it met.
    pub fault: Option<String>,
}

/// The last calls.
pub struct CallLog {
    clock: Arc<SimulatorClock>,
    ring: Mutex<Ring>,
}

struct Ring {
    start: Instant,
    next: u64,
    calls: VecDeque<Call>,
}

impl CallLog {
    /// An empty log.
    pub fn new(clock: Arc<SimulatorClock>) -> Self {
        Self { clock, ring: Mutex::new(Ring::new()) }
    }

    /// Notes a call that begins; returns its number.
    pub fn begin(&self, request: &Request, operation: Operation, fault: Option<String>) -> u64 {
        let time = self.clock.now();
        let mut ring = lock(&self.ring);
        let number = ring.next;
        let call = Call {
            number,
            at_ms: ring.elapsed_ms(),
            time,
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query.clone(),
            operation: operation.names.join(","),
            operation_name: operation.caller_name,
            variables: operation.variables,
            status: None,
            ended: false,
            duration_ms: None,
            request_id: request.header("x-request-id").map(str::to_owned),
            fault,
        };
        ring.next += 1;
        if ring.calls.len() == MAX_CALLS {
            ring.calls.pop_front();
        }
        ring.calls.push_back(call);
        number
    }

    /// Notes how a call ended; one that was dropped from the log meanwhile is left alone.
    pub fn finish(&self, number: u64, status: Option<u16>) {
        let mut ring = lock(&self.ring);
        let now = ring.elapsed_ms();
        let first = ring.calls.front().map_or(0, |call| call.number);
        let place = number.checked_sub(first).and_then(|place| usize::try_from(place).ok());
        if let Some(call) = place.and_then(|place| ring.calls.get_mut(place)) {
            call.status = status;
            call.ended = true;
            call.duration_ms = Some(now.saturating_sub(call.at_ms));
        }
    }

    /// A copy, oldest first.
    pub fn list(&self) -> Vec<Call> {
        lock(&self.ring).calls.iter().cloned().collect()
    }

    /// Forgets all; numbers begin at 1 again.
    pub fn clear(&self) {
        *lock(&self.ring) = Ring::new();
    }
}

impl Ring {
    fn new() -> Self {
        Self { start: Instant::now(), next: 1, calls: VecDeque::new() }
    }

    fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
