//! Who may call now: the pace of a connection, the number of calls under way, and what matters most first. A waiting
//! departure overtakes changes, creates and background work; who has waited long enough is overtaken no more. Knows
//! nothing of what is called.

mod line;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until, timeout_at};

use self::line::{Line, Rank};
use super::pace::{Number, Pace, SLOWEST_PER_SECOND};
use super::{CallContext, Priority};

/// Calls that may wait for a permit on one connection. Further ones fail at once and are taken up again later by
/// whoever sent them.
const MOST_WAITING: usize = 10_000;
/// Room beyond that for departures alone.
const MORE_FOR_DEPARTURES: usize = 10_000;
/// Longest pause that a vendor can impose on a connection. Longer wishes are cut, so that a wrong header cannot stop
/// departures for a day.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_mins(10);

/// Hands out permits for one connection.
#[derive(Debug)]
pub(super) struct PermitDesk {
    pace: Pace,
    concurrency: u32,
    /// Calls per second, for the estimate that a call is told when it gives up.
    rate_per_second: f64,
    state: Mutex<State>,
}

/// The right to make one call; given back when dropped.
#[derive(Debug)]
pub(super) struct Permit {
    desk: Arc<PermitDesk>,
    number: Number,
    /// Calls that were under way when it was given.
    beside: u32,
}

/// No permit before the deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoPermit {
    /// The vendor has asked for a pause that lasts longer than the deadline.
    pub(super) paused: bool,
    /// When trying again is sensible.
    pub(super) retry_after: Duration,
}

#[derive(Debug)]
struct State {
    under_way: u32,
    line: Line,
    paused_until: Option<Instant>,
}

enum Turn {
    Taken(Permit),
    /// At the head; possible from this instant on.
    From(Instant),
    /// The connection is paused until then.
    PausedUntil(Instant),
    /// Somebody else is first, or all permits are out: one of them will wake us.
    Later,
}

impl PermitDesk {
    /// A desk with so many calls per second, so many at once, and so many under way at the same time (at least one).
    pub(super) fn new(rate_per_second: f64, burst: u32, concurrency: u32) -> Arc<Self> {
        let period = Duration::from_secs_f64(1.0 / rate_per_second.max(SLOWEST_PER_SECOND));
        Arc::new(Self {
            pace: Pace::new(rate_per_second, burst),
            concurrency: concurrency.max(1),
            rate_per_second,
            state: Mutex::new(State { under_way: 0, line: Line::new(period), paused_until: None }),
        })
    }

    /// Waits for a permit. What is free at once is given even after the deadline. Dropping the future frees the place.
    ///
    /// # Errors
    /// When the deadline comes first, or certainly will.
    pub(super) async fn acquire(self: &Arc<Self>, context: &CallContext) -> Result<Permit, NoPermit> {
        let deadline = context.deadline;
        let place = self.line_up(context)?;
        loop {
            let from = match self.try_take(place.rank) {
                Turn::Taken(permit) => return Ok(permit),
                Turn::PausedUntil(end) if end > deadline => {
                    return Err(NoPermit { paused: true, retry_after: end - Instant::now() });
                }
                Turn::From(from) if from > deadline => return Err(self.too_late(place.rank)),
                Turn::PausedUntil(from) | Turn::From(from) => Some(from),
                Turn::Later => None,
            };
            let wake = async {
                match from {
                    Some(from) => tokio::select! { () = sleep_until(from) => {}, () = place.wake.notified() => {} },
                    None => place.wake.notified().await,
                }
            };
            if timeout_at(deadline, wake).await.is_err() {
                return Err(self.too_late(place.rank));
            }
        }
    }

    /// Stops all calls of the connection for this long (cut to [`LONGEST_PAUSE`]): the vendor said so. A pause never
    /// shortens another.
    pub(super) fn pause(&self, pause: Duration) {
        let end = Instant::now() + pause.min(LONGEST_PAUSE);
        let mut state = self.lock();
        state.paused_until = Some(state.paused_until.map_or(end, |before| before.max(end)));
    }

    /// How long the connection still pauses.
    pub(super) fn pause_left(&self) -> Option<Duration> {
        let left = self.lock().paused_until?.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    fn line_up(self: &Arc<Self>, context: &CallContext) -> Result<Place, NoPermit> {
        let mut state = self.lock();
        let is_departure = context.priority == Priority::Departure;
        let most = if is_departure { MOST_WAITING + MORE_FOR_DEPARTURES } else { MOST_WAITING };
        let waiting = state.line.len();
        if waiting >= most {
            return Err(NoPermit { paused: false, retry_after: self.estimate(waiting) });
        }
        let (rank, wake) = state.line.join(context.priority, &context.request_id);
        Ok(Place { desk: Arc::clone(self), rank, wake })
    }

    /// Counts a call that is made under no permit of its own, and cannot wait for one: a sign-in for a call that has one.
    pub(super) fn charge(self: &Arc<Self>) -> Permit {
        let mut state = self.lock();
        let beside = state.under_way;
        state.under_way += 1;
        Permit { desk: Arc::clone(self), number: self.pace.charge(), beside }
    }

    fn try_take(self: &Arc<Self>, rank: Rank) -> Turn {
        let mut state = self.lock();
        let now = Instant::now();
        if let Some(end) = state.paused_until {
            if end > now {
                return Turn::PausedUntil(end);
            }
            state.paused_until = None;
        }
        if !state.line.is_first(rank) || state.under_way >= self.concurrency {
            return Turn::Later;
        }
        let number = match self.pace.take() {
            Ok(number) => number,
            Err(from) => return Turn::From(from),
        };
        let beside = state.under_way;
        state.under_way += 1;
        state.line.serve(rank);
        state.line.wake_first();
        Turn::Taken(Permit { desk: Arc::clone(self), number, beside })
    }

    fn too_late(&self, rank: Rank) -> NoPermit {
        let state = self.lock();
        if let Some(left) = state.paused_until.and_then(|end| end.checked_duration_since(Instant::now())) {
            return NoPermit { paused: true, retry_after: left };
        }
        NoPermit { paused: false, retry_after: self.estimate(state.line.ahead(rank)) }
    }

    /// When a queue of this length will be gone, between one second and a minute.
    fn estimate(&self, ahead: usize) -> Duration {
        let ahead = u32::try_from(ahead).unwrap_or(u32::MAX);
        Duration::from_secs_f64((f64::from(ahead) / self.rate_per_second.max(0.01)).clamp(1.0, 60.0))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.desk.pace.answered(self.number, self.beside);
        let mut state = self.desk.lock();
        state.under_way = state.under_way.saturating_sub(1);
        state.line.wake_first();
    }
}

/// A place in the queue, left when dropped.
struct Place {
    desk: Arc<PermitDesk>,
    rank: Rank,
    wake: Arc<Notify>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.desk.lock();
        if state.line.leave(self.rank) {
            state.line.wake_first();
        }
    }
}

#[cfg(test)]
mod tests;
