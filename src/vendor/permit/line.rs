//! The order in which waiting calls get their permits: what matters most first, and in turn between requests, so that one who asks for a
//! thousand calls does not keep those waiting who ask for one. Counts no time and gives no permit.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::ids::RequestId;
use crate::vendor::Priority;

/// How far the line's own time can fall behind. Longer: calls that have waited are overtaken the longer.
const MOST_BEHIND: Duration = Duration::from_secs(30);

/// Place in the line: the time from which nobody who comes later overtakes any more, then the order of arrival.
pub(super) type Rank = (Instant, u64);

/// Those who wait.
///
/// The line has a time of its own, which goes on as calls are served: a call joins at the line's time, and further calls of the same request that wait
/// beside it join one after the other behind that, as far apart as the pace would serve them. A request that asks for one call while
/// another waits with hundreds is therefore served soon; that time moves on with each call served sees to it that the hundreds go on, too.
#[derive(Debug)]
pub(super) struct Line {
    places: BTreeMap<Rank, Waiting>,
    requests: HashMap<RequestId, Share>,
    arrivals: u64,
    time: Instant,
    /// Time between two calls at the pace.
    period: Duration,
}

#[derive(Debug)]
struct Waiting {
    wake: Arc<Notify>,
    request: RequestId,
    /// The line's time at which it joined.
    joined: Instant,
}

/// A request's calls in the line.
#[derive(Debug)]
struct Share {
    waiting: usize,
    /// The line's time at which the last of them joined.
    last: Instant,
}

impl Line {
    /// An empty line in front of this pace.
    pub(super) fn new(period: Duration) -> Self {
        Self {
            places: BTreeMap::new(),
            requests: HashMap::new(),
            arrivals: 0,
            time: Instant::now(),
            period: period.min(MOST_BEHIND),
        }
    }

    /// Calls that wait.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// Calls that wait before this one, itself included.
    pub(super) fn ahead(&self, rank: Rank) -> usize {
        self.places.range(..=rank).count()
    }

    /// Joins; the place, and what is rung when the caller should look again.
    pub(super) fn join(&mut self, priority: Priority, request: &RequestId) -> (Rank, Arc<Notify>) {
        let now = self.now();
        let period = self.period;
        let share = self.requests.entry(request.clone()).or_insert(Share { waiting: 0, last: now });
        let joined = if share.waiting == 0 { now } else { now.max(share.last + period) };
        *share = Share { waiting: share.waiting + 1, last: joined };
        self.arrivals += 1;
        let rank = (joined + patience(priority, period), self.arrivals);
        let wake = Arc::new(Notify::new());
        self.places.insert(rank, Waiting { wake: Arc::clone(&wake), request: request.clone(), joined });
        (rank, wake)
    }

    /// Is this call the next?
    pub(super) fn is_first(&self, rank: Rank) -> bool {
        self.places.first_key_value().is_some_and(|(first, _)| *first == rank)
    }

    /// A call is served: it leaves, and the line's time goes on.
    pub(super) fn serve(&mut self, rank: Rank) {
        let now = self.now() + self.period / 2;
        if let Some(joined) = self.take_out(rank) {
            self.time = now.max(joined);
        }
    }

    /// A call leaves without having been served; `false`: it was not in the line any more.
    pub(super) fn leave(&mut self, rank: Rank) -> bool {
        self.take_out(rank).is_some()
    }

    /// Rings the next call.
    pub(super) fn wake_first(&self) {
        if let Some(first) = self.places.values().next() {
            first.wake.notify_one();
        }
    }

    fn take_out(&mut self, rank: Rank) -> Option<Instant> {
        let Waiting { request, joined, .. } = self.places.remove(&rank)?;
        if let Some(share) = self.requests.get_mut(&request) {
            share.waiting -= 1;
            if share.waiting == 0 {
                self.requests.remove(&request);
            }
        }
        Some(joined)
    }

    /// The line's time.
    fn now(&self) -> Instant {
        Instant::now().checked_sub(MOST_BEHIND).map_or(self.time, |earliest| self.time.max(earliest))
    }
}

/// How long a call lets later ones of more weight overtake. Long against the seconds that a line usually lasts, so that departures really go
/// first; finite, so that nobody starves. Somebody new waits hardly longer than a change: he must not wait for a whole group that changes.
fn patience(priority: Priority, period: Duration) -> Duration {
    const CHANGE: Duration = Duration::from_mins(2);
    match priority {
        Priority::Departure => Duration::ZERO,
        Priority::Change => CHANGE,
        Priority::Create => CHANGE + period * 4,
        Priority::Background => Duration::from_mins(10),
    }
}
