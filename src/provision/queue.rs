//! One writer per account: who works on which account, and who waits for it.
//!
//! Requests for an account that is being worked on join the work; one convergence satisfies them all. The queue lives in memory only:
//! everything that it refers to is in the store before it comes here.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

use super::converge::Converged;
use super::outcome::{Deferral, Outcome};
use crate::ids::{RequestId, ScimId};
use crate::mapping::record::Record;

/// Work on one account, as it is handed in.
#[derive(Debug)]
pub(super) struct Job {
    /// Revision of `desired` that the submitter waits for.
    pub(super) revision: i64,
    /// Values that are never stored (a password).
    pub(super) transient: Record,
    /// `true`: a request asks for it, so a writer that pauses tries again at once. `false`: the schedule takes it up.
    pub(super) wakes: bool,
    /// The request behind it.
    pub(super) request_id: RequestId,
}

/// What the writer of an account works with.
#[derive(Debug, Clone)]
pub(super) struct Assignment {
    /// See [`Job::transient`].
    pub(super) transient: Record,
    /// What the last writer learned of the vendor could not be noted: the store is behind.
    pub(super) is_doubtful: bool,
    /// The newest request behind it.
    pub(super) request_id: RequestId,
    /// Latest moment until which somebody waits; `None`: nobody does.
    pub(super) deadline: Option<Instant>,
}

/// What the writer does after it has told the outcome.
#[derive(Debug)]
pub(super) enum Next {
    /// More was asked for meanwhile.
    Again,
    /// Somebody waits beyond the pause: try again then, or earlier when woken.
    Wait(Instant, Arc<Notify>),
    /// Nobody waits; the store knows what is left to do.
    Ended,
}

#[derive(Debug)]
struct Waiter {
    revision: i64,
    deadline: Instant,
    tell: oneshot::Sender<Outcome>,
}

#[derive(Debug)]
struct Entry {
    waiters: Vec<Waiter>,
    transient: Record,
    request_id: RequestId,
    again: bool,
    wake: Arc<Notify>,
    last: Option<Deferral>,
}

/// The accounts that are being worked on.
#[derive(Debug, Default)]
pub(super) struct Queue {
    inner: Mutex<Inner>,
    emptied: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    entries: HashMap<ScimId, Entry>,
    /// Accounts of which the store does not say all that was sent, because it failed or the writer died. At most one entry per account.
    doubtful: HashSet<ScimId>,
}

impl Queue {
    /// Hands work in. `true`: the caller must start the writer of this account.
    pub(super) fn submit(
        &self,
        id: &ScimId,
        job: Job,
        deadline: Option<Instant>,
    ) -> (Option<oneshot::Receiver<Outcome>>, bool) {
        let mut inner = self.inner();
        let starts = !inner.entries.contains_key(id);
        let entry = inner.entries.entry(id.clone()).or_insert_with(|| Entry {
            waiters: Vec::new(),
            transient: Record::default(),
            request_id: job.request_id.clone(),
            again: false,
            wake: Arc::new(Notify::new()),
            last: None,
        });
        let receiver = deadline.map(|deadline| {
            let (tell, receiver) = oneshot::channel();
            entry.waiters.push(Waiter { revision: job.revision, deadline, tell });
            receiver
        });
        if !starts && job.wakes {
            entry.again = true;
            entry.request_id = job.request_id;
            entry.wake.notify_one();
        }
        entry.transient.0.extend(job.transient.0);
        (receiver, starts)
    }

    /// Is somebody working on this account, and does somebody wait for it?
    pub(super) fn has_waiters(&self, id: &ScimId) -> bool {
        self.inner().entries.get(id).is_some_and(|entry| entry.waiters.iter().any(|waiter| !waiter.tell.is_closed()))
    }

    /// Is somebody working on this account?
    pub(super) fn contains(&self, id: &ScimId) -> bool {
        self.inner().entries.contains_key(id)
    }

    /// Accounts being worked on.
    pub(super) fn len(&self) -> usize {
        self.inner().entries.len()
    }

    /// The writer begins (again): what is there to do.
    pub(super) fn begin(&self, id: &ScimId) -> Option<Assignment> {
        let mut inner = self.inner();
        let is_doubtful = inner.doubtful.contains(id);
        let entry = inner.entries.get_mut(id)?;
        entry.again = false;
        Some(Assignment {
            // Taken, so that what comes in meanwhile is told apart from what is being sent.
            transient: std::mem::take(&mut entry.transient),
            is_doubtful,
            request_id: entry.request_id.clone(),
            deadline: entry.waiters.iter().map(|waiter| waiter.deadline).max(),
        })
    }

    /// The writer has worked up to `converged.revision`: tells those who wait for it, and says how it goes on.
    pub(super) fn finish(&self, id: &ScimId, converged: &Converged, now: Instant) -> Next {
        let mut inner = self.inner();
        if converged.is_recorded {
            inner.doubtful.remove(id);
        } else {
            inner.doubtful.insert(id.clone());
        }
        let Some(entry) = inner.entries.get_mut(id) else { return Next::Ended };
        let outcome = &converged.outcome;
        let until = match outcome {
            Outcome::Deferred(deferral) => {
                entry.last = Some(deferral.clone());
                Some(now + deferral.pause)
            }
            Outcome::Settled | Outcome::Refused { .. } => None,
        };
        let told = |waiter: &Waiter| {
            waiter.revision <= converged.revision && until.is_none_or(|until| waiter.deadline <= until)
        };
        let (now_told, waiting): (Vec<_>, Vec<_>) = std::mem::take(&mut entry.waiters).into_iter().partition(told);
        entry.waiters = waiting;
        for waiter in now_told {
            // A waiter that has gone is no fault: its request ended at its own deadline.
            let _ = waiter.tell.send(outcome.clone());
        }
        if until.is_none() {
            entry.last = None;
        } else {
            // What was not sent is kept for the next attempt; what came in meanwhile is newer.
            let newer = std::mem::replace(&mut entry.transient, converged.unsent.clone());
            entry.transient.0.extend(newer.0);
        }
        entry.waiters.retain(|waiter| !waiter.tell.is_closed());
        if entry.again {
            return Next::Again;
        }
        match until {
            Some(until) if !entry.waiters.is_empty() => {
                // A new one: the old one may have been rung for work that is done.
                entry.wake = Arc::new(Notify::new());
                Next::Wait(until, entry.wake.clone())
            }
            None if !entry.waiters.is_empty() => Next::Again,
            _ => {
                inner.entries.remove(id);
                self.announce(&inner);
                Next::Ended
            }
        }
    }

    /// The writer died: its place becomes free, and the store's schedule takes the work up again.
    pub(super) fn abandon(&self, id: &ScimId) {
        let mut inner = self.inner();
        inner.doubtful.insert(id.clone());
        inner.entries.remove(id);
        self.announce(&inner);
    }

    /// Why the work on this account waits, when it does.
    pub(super) fn last_deferral(&self, id: &ScimId) -> Option<Deferral> {
        self.inner().entries.get(id).and_then(|entry| entry.last.clone())
    }

    /// Waits until no account is being worked on.
    pub(super) async fn empty(&self) {
        loop {
            let notified = self.emptied.notified();
            if self.len() == 0 {
                return;
            }
            notified.await;
        }
    }

    fn announce(&self, inner: &Inner) {
        if inner.entries.is_empty() {
            self.emptied.notify_waiters();
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // No code that can panic runs under this lock; a poisoned one still holds whole entries.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn job(revision: i64) -> Job {
        Job { revision, transient: Record::default(), wakes: true, request_id: RequestId::generate() }
    }

    fn deferred(seconds: u64) -> Outcome {
        Outcome::Deferred(Deferral { reason: "busy".into(), pause: Duration::from_secs(seconds), limited: false })
    }

    fn converged(revision: i64, outcome: Outcome) -> Converged {
        Converged { revision, outcome, is_recorded: true, unsent: Record::default() }
    }

    #[tokio::test(start_paused = true)]
    async fn ten_requests_for_one_account_are_told_by_one_convergence() {
        let (queue, id) = (Queue::default(), ScimId::generate());
        let deadline = Instant::now() + Duration::from_secs(25);
        let (first, starts) = queue.submit(&id, job(1), Some(deadline));
        assert!(starts);
        queue.begin(&id);
        let rest: Vec<_> = (2..=10).map(|revision| queue.submit(&id, job(revision), Some(deadline))).collect();
        assert!(rest.iter().all(|(_, starts)| !starts));
        assert!(matches!(queue.finish(&id, &converged(1, Outcome::Settled), Instant::now()), Next::Again));
        assert!(first.unwrap().await.is_ok());
        queue.begin(&id);
        assert!(matches!(queue.finish(&id, &converged(10, Outcome::Settled), Instant::now()), Next::Ended));
        for (receiver, _) in rest {
            assert!(matches!(receiver.unwrap().await.unwrap(), Outcome::Settled));
        }
        assert_eq!(queue.len(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn who_can_wait_beyond_the_pause_waits_and_who_cannot_is_told() {
        let (queue, id) = (Queue::default(), ScimId::generate());
        let now = Instant::now();
        let (short, _) = queue.submit(&id, job(1), Some(now + Duration::from_secs(2)));
        let (long, _) = queue.submit(&id, job(1), Some(now + Duration::from_secs(20)));
        queue.begin(&id);
        assert!(matches!(queue.finish(&id, &converged(1, deferred(5)), now), Next::Wait(..)));
        assert!(matches!(short.unwrap().await.unwrap(), Outcome::Deferred(_)));
        assert!(matches!(long.unwrap().try_recv(), Err(oneshot::error::TryRecvError::Empty)));
    }

    #[tokio::test(start_paused = true)]
    async fn what_could_not_be_noted_makes_the_account_doubtful_until_it_is() {
        let (queue, id) = (Queue::default(), ScimId::generate());
        let deadline = Instant::now() + Duration::from_secs(20);
        for is_recorded in [false, true] {
            let (_receiver, _) = queue.submit(&id, job(1), Some(deadline));
            queue.begin(&id);
            let converged = Converged { is_recorded, ..converged(1, deferred(600)) };
            assert!(matches!(queue.finish(&id, &converged, Instant::now()), Next::Ended));
            let (_receiver, _) = queue.submit(&id, job(1), Some(deadline));
            assert_eq!(queue.begin(&id).unwrap().is_doubtful, !is_recorded);
            queue.finish(&id, &converged, Instant::now());
        }
        queue.submit(&id, job(1), None);
        queue.abandon(&id);
        queue.submit(&id, job(1), None);
        assert!(queue.begin(&id).unwrap().is_doubtful, "a writer that died may have sent anything");
    }

    #[tokio::test(start_paused = true)]
    async fn a_password_that_comes_while_another_is_sent_is_sent_too() {
        let with = |password: &str| {
            let transient = Record(serde_json::Map::from_iter([("secret".to_owned(), password.into())]));
            Job { transient, ..job(1) }
        };
        let (queue, id) = (Queue::default(), ScimId::generate());
        let deadline = Instant::now() + Duration::from_secs(20);
        let (_first, _) = queue.submit(&id, with("one"), Some(deadline));
        let sent = queue.begin(&id).unwrap().transient;
        let (_second, _) = queue.submit(&id, with("two"), Some(deadline));
        let unsent = Converged { unsent: sent, ..converged(1, deferred(1)) };
        assert!(matches!(queue.finish(&id, &unsent, Instant::now()), Next::Again));
        assert_eq!(queue.begin(&id).unwrap().transient.0["secret"], "two");
        let (_third, _) = queue.submit(&id, with("three"), Some(deadline));
        assert!(matches!(queue.finish(&id, &converged(1, Outcome::Settled), Instant::now()), Next::Again));
        assert_eq!(queue.begin(&id).unwrap().transient.0["secret"], "three");
    }

    #[tokio::test(start_paused = true)]
    async fn a_writer_that_pauses_is_not_woken_by_work_that_is_done() {
        let (queue, id) = (Queue::default(), ScimId::generate());
        let now = Instant::now();
        let (_first, _) = queue.submit(&id, job(1), Some(now + Duration::from_secs(20)));
        queue.begin(&id);
        let (_second, _) = queue.submit(&id, job(2), Some(now + Duration::from_secs(20)));
        assert!(matches!(queue.finish(&id, &converged(1, deferred(5)), now), Next::Again));
        queue.begin(&id);
        let Next::Wait(until, wake) = queue.finish(&id, &converged(2, deferred(5)), now) else {
            panic!("somebody waits beyond the pause")
        };
        assert!(tokio::time::timeout_at(until, wake.notified()).await.is_err(), "the whole pause");
    }
}
