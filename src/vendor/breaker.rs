//! Spares a vendor that is down: after so many failures in a row no call is made for a while, then one goes ahead on
//! probation and decides. Counts failures of transport and answers that mean `broken`; a vendor that refuses is alive.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use metrics::{SharedString, gauge};
use rand::Rng;
use tokio::time::Instant;

use super::Health;
use super::metrics::BREAKER_STATE;

/// Failures in a row that open the breaker: more than one call makes by itself (`retry.attempts`, usually 4), so that a
/// single account that the vendor chokes on does not stop the others.
const FAILURES_TO_OPEN: u32 = 7;
/// First time without calls; doubles after each failed probation.
const FIRST_REST: Duration = Duration::from_secs(5);
/// Longest time without calls.
const LONGEST_REST: Duration = Duration::from_mins(1);

/// The breaker of one connection.
#[derive(Debug)]
pub(super) struct Breaker {
    connection: SharedString,
    state: Mutex<State>,
    /// A call has succeeded since the start.
    has_succeeded: AtomicBool,
}

/// A call that may go ahead. Settled by [`Admission::succeeded`] or [`Admission::failed`]; one that is dropped says
/// nothing about the vendor.
#[derive(Debug)]
pub(super) struct Admission {
    breaker: Arc<Breaker>,
    on_probation: bool,
    is_settled: bool,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// Calls pass.
    Shut { failures: u32 },
    /// None passes until this instant; the rest was this long.
    Open { until: Instant, rest: Duration },
    /// One is under way and decides.
    Probation { rest: Duration },
}

impl Breaker {
    /// A breaker that is shut.
    pub(super) fn new(connection: SharedString) -> Arc<Self> {
        gauge!(BREAKER_STATE, "connection" => connection.clone()).set(0.0);
        Arc::new(Self {
            connection,
            state: Mutex::new(State::Shut { failures: 0 }),
            has_succeeded: AtomicBool::new(false),
        })
    }

    /// Lets a call pass.
    ///
    /// # Errors
    /// How long to wait before trying again.
    pub(super) fn admit(self: &Arc<Self>) -> Result<Admission, Duration> {
        let mut state = self.lock();
        let on_probation = match *state {
            State::Shut { .. } => false,
            State::Open { until, rest } => {
                let left = until.saturating_duration_since(Instant::now());
                if !left.is_zero() {
                    return Err(left);
                }
                self.enter(&mut state, State::Probation { rest });
                true
            }
            State::Probation { .. } => return Err(FIRST_REST),
        };
        Ok(Admission { breaker: Arc::clone(self), on_probation, is_settled: false })
    }

    /// How long a call would have to wait now, without letting one pass.
    pub(super) fn rest_left(&self) -> Option<Duration> {
        match *self.lock() {
            State::Shut { .. } => None,
            State::Open { until, .. } => {
                Some(until.saturating_duration_since(Instant::now())).filter(|left| !left.is_zero())
            }
            State::Probation { .. } => Some(FIRST_REST),
        }
    }

    /// What is known of the vendor.
    pub(super) fn health(&self) -> Health {
        match *self.lock() {
            State::Shut { .. } if self.has_succeeded.load(Ordering::Relaxed) => Health::Reachable,
            State::Shut { failures: 0 } => Health::NotAskedYet,
            State::Shut { .. } | State::Open { .. } | State::Probation { .. } => Health::Failing,
        }
    }

    fn settle(&self, on_probation: bool, verdict: Option<bool>) {
        if verdict == Some(true) {
            self.has_succeeded.store(true, Ordering::Relaxed);
        }
        let mut state = self.lock();
        let next = match (*state, verdict) {
            (State::Shut { failures }, Some(false)) if failures + 1 >= FAILURES_TO_OPEN => open(FIRST_REST),
            (State::Shut { failures }, Some(false)) => State::Shut { failures: failures + 1 },
            (State::Shut { .. }, Some(true)) => State::Shut { failures: 0 },
            (State::Probation { .. }, Some(true)) if on_probation => State::Shut { failures: 0 },
            (State::Probation { rest }, Some(false)) if on_probation => open((rest * 2).min(LONGEST_REST)),
            (State::Probation { rest }, None) if on_probation => State::Open { until: Instant::now(), rest },
            // A call from before the breaker opened comes too late to say anything.
            (before, _) => before,
        };
        self.enter(&mut state, next);
    }

    fn enter(&self, state: &mut State, next: State) {
        if std::mem::discriminant(state) != std::mem::discriminant(&next) {
            let (number, word) = match next {
                State::Shut { .. } => (0.0, "shut"),
                State::Probation { .. } => (1.0, "on probation"),
                State::Open { .. } => (2.0, "open"),
            };
            gauge!(BREAKER_STATE, "connection" => self.connection.clone()).set(number);
            tracing::warn!(connection = %self.connection, "the breaker of connection {} is {word}", self.connection);
        }
        *state = next;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Admission {
    /// The vendor answered sensibly.
    pub(super) fn succeeded(mut self) {
        self.settle(Some(true));
    }

    /// The vendor could not be reached, or its answer made no sense.
    pub(super) fn failed(mut self) {
        self.settle(Some(false));
    }

    fn settle(&mut self, verdict: Option<bool>) {
        if !std::mem::replace(&mut self.is_settled, true) {
            self.breaker.settle(self.on_probation, verdict);
        }
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        self.settle(None);
    }
}

/// Open for this long and up to a fifth more, so that replicas do not probe in step.
fn open(rest: Duration) -> State {
    let jitter = rest.mul_f64(rand::rng().random_range(0.0..0.2));
    State::Open { until: Instant::now() + rest + jitter, rest }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaker_after(failures: u32) -> Arc<Breaker> {
        let breaker = Breaker::new("test".into());
        for _ in 0..failures {
            breaker.admit().unwrap().failed();
        }
        breaker
    }

    #[tokio::test(start_paused = true)]
    async fn opens_after_failures_in_a_row_only() {
        let breaker = breaker_after(FAILURES_TO_OPEN - 1);
        breaker.admit().unwrap().succeeded();
        for _ in 0..FAILURES_TO_OPEN - 1 {
            breaker.admit().unwrap().failed();
        }
        assert_eq!(breaker.rest_left(), None);
        breaker.admit().unwrap().failed();
        assert_eq!(breaker.health(), Health::Failing);
        assert!(breaker.admit().unwrap_err() >= FIRST_REST);
    }

    #[tokio::test(start_paused = true)]
    async fn one_call_on_probation_decides() {
        let breaker = breaker_after(FAILURES_TO_OPEN);
        tokio::time::advance(FIRST_REST * 2).await;
        let probe = breaker.admit().unwrap();
        assert!(breaker.admit().is_err(), "a second call waits for the first");
        probe.succeeded();
        assert_eq!(breaker.rest_left(), None);
        assert!(breaker.admit().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn each_failed_probation_doubles_the_rest_up_to_its_limit() {
        let breaker = breaker_after(FAILURES_TO_OPEN);
        let mut rests = Vec::new();
        for _ in 0..6 {
            let left = breaker.admit().unwrap_err();
            rests.push(left);
            tokio::time::advance(left).await;
            breaker.admit().unwrap().failed();
        }
        for (rest, floor) in rests.iter().zip([5, 10, 20, 40, 60, 60]) {
            let floor = Duration::from_secs(floor);
            assert!((floor..floor.mul_f64(1.21)).contains(rest), "{rest:?} is not about {floor:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_dropped_probe_makes_room_for_the_next() {
        let breaker = breaker_after(FAILURES_TO_OPEN);
        tokio::time::advance(FIRST_REST * 2).await;
        drop(breaker.admit().unwrap());
        assert!(breaker.admit().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn late_news_from_before_does_not_shut_an_open_breaker() {
        let breaker = Breaker::new("test".into());
        let early = breaker.admit().unwrap();
        for _ in 0..FAILURES_TO_OPEN {
            breaker.admit().unwrap().failed();
        }
        early.succeeded();
        assert_eq!(breaker.health(), Health::Failing);
    }
}
