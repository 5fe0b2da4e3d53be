//! What all parts of one connection's engine share, and the writers that it starts.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use futures_util::FutureExt as _;
use jiff::Timestamp;
use serde_json::{Map, Value};
use tokio::time::Instant;

use super::catalogs::{self, Catalogs};
use super::directory::Directory;
use super::known::{Known, OwnRevisions};
use super::locks::AccountLocks;
use super::outcome::Outcome;
use super::queue::{Job, Next, Queue};
use super::subject::Subject;
use super::{Parts, converge, record, recover};
use crate::ids::ScimId;
use crate::mapping::bound::{Beside, MapError, Mapped};
use crate::store::Event;
use crate::vendor::turns::Turns;

/// The engine of one kind of vendor object of a connection: of people's accounts, or of the objects of a target of groups.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) parts: Parts,
    pub(super) subject: Subject,
    /// All engines of groups share one set, since a group may change its target.
    pub(super) locks: Arc<AccountLocks>,
    /// Those of people's accounts. Whoever holds a group's takes people's after it, never before.
    pub(super) people_locks: Arc<AccountLocks>,
    /// Held by the one request of an account that tries again alone, also while it waits for the vendor.
    pub(super) second_chances: AccountLocks,
    pub(super) queue: Queue,
    /// Held for a change where there is one at a time.
    pub(super) writer: Turns,
    /// Accounts as answers showed them, as far as nobody else can have changed them.
    pub(super) known: Known,
    pub(super) directory: Directory,
    pub(super) catalogs: Catalogs,
    schedule: Schedule,
    draining: AtomicBool,
    /// Somebody who is waited for in a group could not join it when he arrived.
    to_sweep: AtomicBool,
    /// A group may have something else at the vendor than its name means.
    to_align: AtomicBool,
}

impl Shared {
    /// People's accounts.
    pub(super) fn of_people(parts: Parts) -> Arc<Self> {
        let locks = Arc::new(AccountLocks::new());
        Self::new(Subject::people(&parts), parts, [locks.clone(), locks], Arc::default())
    }

    /// The objects of a target.
    pub(super) fn of_objects(parts: Parts, target: &str, locks: Arc<AccountLocks>, people: &Self) -> Arc<Self> {
        let own = people.known.own_revisions();
        Self::new(Subject::objects(target, &parts), parts, [locks, people.locks.clone()], own)
    }

    fn new(
        subject: Subject,
        parts: Parts,
        [locks, people_locks]: [Arc<AccountLocks>; 2],
        own: Arc<OwnRevisions>,
    ) -> Arc<Self> {
        Arc::new(Self {
            subject,
            locks,
            people_locks,
            second_chances: AccountLocks::new(),
            schedule: Schedule::new(parts.clock.now()),
            queue: Queue::default(),
            writer: Turns::default(),
            known: Known::new(parts.bound.counted_in(), own),
            directory: Directory::default(),
            catalogs: Catalogs::default(),
            draining: AtomicBool::new(false),
            to_sweep: AtomicBool::new(false),
            to_align: AtomicBool::new(false),
            parts,
        })
    }

    /// What the vendor should have of these attributes, with what is known of the catalogs.
    ///
    /// # Errors
    /// When a value does not fit.
    pub(super) fn map(&self, attributes: &Map<String, Value>, beside: Beside<'_>) -> Result<Mapped, MapError> {
        let lists = catalogs::known(self);
        self.subject.map(&self.parts.bound, attributes, Beside { lists: Some(&lists), ..beside })
    }

    pub(super) fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    /// The time by which waiting work is ordered: the wall clock, but it never goes back. Otherwise a clock that is put back an hour would let
    /// everything that waits wait an hour longer.
    pub(super) fn schedule_now(&self) -> Timestamp {
        self.schedule.now(self.now())
    }

    pub(super) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }

    pub(super) fn start_draining(&self) {
        self.draining.store(true, Ordering::Release);
    }

    /// Everybody who waits in a group must be looked through.
    pub(super) fn sweep_later(&self) {
        self.to_sweep.store(true, Ordering::Release);
    }

    /// Must everybody who waits in a group be looked through? Asked once.
    pub(super) fn is_to_sweep(&self) -> bool {
        self.to_sweep.swap(false, Ordering::AcqRel)
    }

    /// All groups must be looked through for what their names mean.
    pub(super) fn align_later(&self) {
        self.to_align.store(true, Ordering::Release);
    }

    /// Must all groups be looked through? Asked once.
    pub(super) fn is_to_align(&self) -> bool {
        self.to_align.swap(false, Ordering::AcqRel)
    }

    /// Hands in work on an account and starts its writer when there is none. With a deadline, the receiver tells the outcome.
    pub(super) fn submit(
        self: &Arc<Self>,
        id: &ScimId,
        job: Job,
        deadline: Option<Instant>,
    ) -> Option<tokio::sync::oneshot::Receiver<Outcome>> {
        let (receiver, starts) = self.queue.submit(id, job, deadline);
        if starts {
            let (shared, id) = (self.clone(), id.clone());
            self.parts.runtime.spawn(async move { shared.write(&id).await });
        }
        receiver
    }

    /// An entry of a person's story.
    pub(super) fn event(
        &self,
        id: &ScimId,
        name: &str,
        request: &crate::ids::RequestId,
        what: &str,
        detail: String,
    ) -> Event {
        Event {
            at: self.now(),
            id: Some(id.clone()),
            name: name.to_owned(),
            request_id: Some(request.clone()),
            what: what.to_owned(),
            detail,
        }
    }

    /// The writer of one account: converges until nobody waits for more.
    async fn write(self: Arc<Self>, id: &ScimId) {
        if AssertUnwindSafe(self.write_until_done(id)).catch_unwind().await.is_ok() {
            return;
        }
        // The panic hook has told where. What was to be done is in the store and is taken up by the schedule.
        tracing::error!(connection = %self.parts.connection, scim.id = %id, "the work on {id} ended in a defect of the program; it is taken up again later");
        if let Err(error) = record::put_aside(&self, id, "a defect of the program", recover::slow_pause(1)).await {
            tracing::error!(connection = %self.parts.connection, scim.id = %id, "the store failed: {error}");
        }
        self.queue.abandon(id);
    }

    async fn write_until_done(self: &Arc<Self>, id: &ScimId) {
        while let Some(assignment) = self.queue.begin(id) {
            let converged = converge::converge(self, id, assignment).await;
            match self.queue.finish(id, &converged, Instant::now()) {
                Next::Again => {}
                Next::Wait(until, wake) => {
                    // Woken early by new work: perhaps a departure, which need not wait for what delayed a change.
                    let _ = tokio::time::timeout_at(until, wake.notified()).await;
                }
                Next::Ended => break,
            }
        }
    }
}

/// A wall clock that never goes back.
#[derive(Debug)]
struct Schedule {
    anchor: Timestamp,
    anchored: Instant,
    /// By how much the wall clock was furthest ahead of the anchor's time, in microseconds.
    ahead_us: AtomicI64,
}

impl Schedule {
    fn new(now: Timestamp) -> Self {
        Self { anchor: now, anchored: Instant::now(), ahead_us: AtomicI64::new(0) }
    }

    fn now(&self, wall: Timestamp) -> Timestamp {
        let steady = self.anchor.saturating_add(self.anchored.elapsed()).unwrap_or(Timestamp::MAX);
        let ahead = wall.as_microsecond().saturating_sub(steady.as_microsecond());
        let ahead = ahead.max(self.ahead_us.fetch_max(ahead, Ordering::AcqRel));
        steady.saturating_add(jiff::SignedDuration::from_micros(ahead)).unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_schedule_follows_the_clock_forwards_and_never_back() {
        let start = Timestamp::UNIX_EPOCH;
        let at = |seconds| start.saturating_add(jiff::SignedDuration::from_secs(seconds)).unwrap();
        let schedule = Schedule::new(start);
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(schedule.now(at(10)), at(10));
        assert_eq!(schedule.now(at(-3600)), at(10), "put back an hour");
        assert_eq!(schedule.now(at(5000)), at(5000), "put forward");
        tokio::time::advance(Duration::from_secs(7)).await;
        assert_eq!(schedule.now(at(17)), at(5007), "and back again");
    }
}
