//! What all simulators share: the `/_sim/` addresses, the call log, faults, latency and a rate limit. It knows no vendor; a vendor is a [`Stand`].
//!
//! | address | does |
//! | --- | --- |
//! | `GET /_sim/state` | all data as JSON, without passwords; can be used as a seed again |
//! | `POST /_sim/reset` | seed data, no tokens, no faults, no calls, default knobs, real time |
//! | `GET /_sim/calls`, `DELETE /_sim/calls` | the last 10,000 calls, with `?after=NUMBER` only those numbered after it, see [`calls::Call`] |
//! | `GET`, `POST`, `DELETE /_sim/faults` | fault rules and how often each was met; `POST` adds one rule or a list, see [`faults`] |
//! | `GET`, `POST /_sim/knobs` | behaviour; `POST` takes an object with the knobs to change, see [`knobs::SharedKnobs`] and the vendor's own |
//! | `POST /_sim/revoke_tokens` | every token is unknown from now on |
//! | `POST /_sim/advance` | `{"seconds": 60}`: the simulator's clock goes forward (token life, limits of logins) |
//! | `GET /_sim/outbox` | mails that the vendor would have sent |
//! | `POST /_sim/ORDER` | what somebody does at the vendor by hand; the orders are the vendor's own, see [`Stand::orders`] |
//!
//! These addresses need no credentials, are not logged as calls, and meet neither faults nor limits.

pub mod calls;
pub mod clock;
pub mod faults;
pub mod knobs;
mod message;
mod routes;
mod stand;

use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use serde_json::{Map, Value};

pub use message::{Answer, Request};
pub use stand::{Operation, Stand};

use calls::{Call, CallLog};
use clock::SimulatorClock;
use faults::{Action, Facts, Faults, Moment};
use knobs::{Limiter, SharedKnobs};

/// Everything that can be asked of a running simulator, whatever the vendor. The `/_sim/` addresses say the same over HTTP.
pub trait Controls: Send + Sync {
    /// All data, without passwords.
    fn state(&self) -> Value;
    /// The calls so far, oldest first.
    fn calls(&self) -> Vec<Call>;
    /// Forgets the calls.
    fn clear_calls(&self);
    /// Fault rules with their counters.
    fn faults(&self) -> Value;
    /// Adds fault rules: a rule or a list of rules.
    ///
    /// # Errors
    /// A sentence that says which rule is wrong, and how.
    fn add_faults(&self, rules: &Value) -> Result<(), String>;
    /// Drops all fault rules.
    fn clear_faults(&self);
    /// The knobs as they stand.
    fn knobs(&self) -> Value;
    /// Changes the knobs that the object names.
    ///
    /// # Errors
    /// A sentence that names the unknown knob or the wrong value; nothing has changed then.
    fn set_knobs(&self, changes: &Value) -> Result<(), String>;
    /// Forgets all tokens.
    fn revoke_tokens(&self);
    /// The vendor's own orders.
    fn orders(&self) -> &'static [&'static str];
    /// Obeys one of [`Self::orders`].
    ///
    /// # Errors
    /// When the order is malformed or names what is not there; nothing has changed then.
    fn act(&self, order: &str, body: &Value) -> Result<(), String>;
    /// Mails that the vendor would have sent, oldest first.
    fn outbox(&self) -> Value;
    /// Puts the simulator's clock forward.
    fn advance(&self, by: Duration);
    /// Back to the beginning: seed data, defaults, nothing remembered.
    fn reset(&self);
}

/// How a request ends on the wire.
pub enum Outcome {
    /// With this answer.
    Answer(Answer),
    /// With the head and the first bytes of this answer, then the connection breaks.
    Truncated(Answer, usize),
    /// The connection breaks without an answer.
    Cut,
}

/// A vendor with everything around it.
pub struct Control<S> {
    stand: S,
    clock: Arc<SimulatorClock>,
    calls: CallLog,
    faults: Faults,
    knobs: RwLock<SharedKnobs>,
    limiter: Mutex<Limiter>,
}

impl<S: Stand> Control<S> {
    /// Builds the vendor on a fresh clock. `faults` is JSON text.
    pub fn new(
        stand: impl FnOnce(Arc<SimulatorClock>) -> io::Result<S>,
        faults: Option<&str>,
    ) -> io::Result<Arc<Self>> {
        let clock = Arc::new(SimulatorClock::default());
        let rules = match faults {
            Some(text) => serde_json::from_str(text).map_err(|error| invalid(&format!("faults: {error}")))?,
            None => Value::Array(Vec::new()),
        };
        let control = Self {
            stand: stand(Arc::clone(&clock))?,
            calls: CallLog::new(Arc::clone(&clock)),
            clock,
            faults: Faults::default(),
            knobs: RwLock::default(),
            limiter: Mutex::default(),
        };
        control.add_faults(&rules).map_err(|error| invalid(&error))?;
        Ok(Arc::new(control))
    }

    /// Answers one request of any kind.
    pub async fn answer(&self, request: Request) -> Outcome {
        match request.path.strip_prefix("/_sim/") {
            Some(order) => Outcome::Answer(routes::obey(self, order, &request)),
            None => self.answer_call(request).await,
        }
    }

    async fn answer_call(&self, request: Request) -> Outcome {
        let (operation, prepared) = self.stand.prepare(&request);
        let fault = self.faults.meet(&Facts { request: &request, operation: &operation });
        let number = self.calls.begin(&request, operation, fault.as_ref().map(Action::name));
        let knobs = read(&self.knobs).clone();
        if knobs.latency_ms > 0 {
            tokio::time::sleep(Duration::from_millis(knobs.latency_ms)).await;
        }
        if let Err(wait) = lock(&self.limiter).take(&knobs) {
            let answer = knobs.rate_retry_after.put_on(Answer::text(429, "Too Many Requests"), wait, self.clock.now());
            return self.end(number, Outcome::Answer(answer));
        }
        let work = self.stand.answer(&request, prepared);
        let outcome = match fault {
            None => Outcome::Answer(work.await),
            Some(action) => self.apply(&action, work).await,
        };
        self.end(number, outcome)
    }

    /// Carries out a fault around the vendor's own work.
    async fn apply(&self, action: &Action, work: impl Future<Output = Answer>) -> Outcome {
        let pause = Duration::from_millis(action.delay_ms);
        if action.when == Moment::Before {
            tokio::time::sleep(pause).await;
            if action.cut == Some(Moment::Before) {
                return Outcome::Cut;
            }
            if let Some(answer) = action.instead(self.clock.now()) {
                return Outcome::Answer(answer);
            }
        } else if action.cut == Some(Moment::Before) {
            return Outcome::Cut;
        }
        let answer = work.await;
        if action.when == Moment::After {
            tokio::time::sleep(pause).await;
        }
        if action.cut.is_some() {
            return Outcome::Cut;
        }
        if action.when == Moment::After
            && let Some(answer) = action.instead(self.clock.now())
        {
            return Outcome::Answer(answer);
        }
        match action.truncate {
            Some(keep) => Outcome::Truncated(answer, keep),
            None if action.garbage => Outcome::Answer(answer.garbled()),
            None => Outcome::Answer(answer),
        }
    }

    fn end(&self, number: u64, outcome: Outcome) -> Outcome {
        let status = match &outcome {
            Outcome::Answer(answer) | Outcome::Truncated(answer, _) => Some(answer.status),
            Outcome::Cut => None,
        };
        self.calls.finish(number, status);
        outcome
    }
}

impl<S: Stand> Controls for Control<S> {
    fn state(&self) -> Value {
        self.stand.state()
    }

    fn calls(&self) -> Vec<Call> {
        self.calls.list()
    }

    fn clear_calls(&self) {
        self.calls.clear();
    }

    fn faults(&self) -> Value {
        self.faults.list()
    }

    fn add_faults(&self, rules: &Value) -> Result<(), String> {
        self.faults.add(rules)
    }

    fn clear_faults(&self) {
        self.faults.clear();
    }

    fn knobs(&self) -> Value {
        let mut all = read(&self.knobs).to_map();
        all.extend(self.stand.knobs());
        Value::Object(all)
    }

    fn set_knobs(&self, changes: &Value) -> Result<(), String> {
        let changes = changes.as_object().ok_or("knobs: expected an object")?;
        let shared_names = SharedKnobs::default().to_map();
        let (shared, own): (Map<_, _>, Map<_, _>) =
            changes.clone().into_iter().partition(|(name, _)| shared_names.contains_key(name));
        let new = read(&self.knobs).with(shared)?;
        self.stand.set_knobs(own)?;
        *write(&self.knobs) = new;
        Ok(())
    }

    fn revoke_tokens(&self) {
        self.stand.revoke_tokens();
    }

    fn orders(&self) -> &'static [&'static str] {
        self.stand.orders()
    }

    fn act(&self, order: &str, body: &Value) -> Result<(), String> {
        self.stand.act(order, body)
    }

    fn outbox(&self) -> Value {
        self.stand.outbox()
    }

    fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    fn reset(&self) {
        self.clock.reset();
        self.faults.clear();
        self.calls.clear();
        *write(&self.knobs) = SharedKnobs::default();
        *lock(&self.limiter) = Limiter::default();
        self.stand.reset();
    }
}

/// Locks; a panic elsewhere while it was held leaves data that is still good enough for a simulator.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Locks for reading, as [`lock`].
pub(super) fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

/// Locks for writing, as [`lock`].
pub(super) fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

/// The error for malformed options.
pub(super) fn invalid(message: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, message.to_owned())
}
