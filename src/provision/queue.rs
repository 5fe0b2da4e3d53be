//! One writer per account: who works on which account, and who waits for it.
//!
//! Requests for an account that is being worked on join the work; one convergence satisfies them all. The queue lives in memory only:
//! everything that it refers to is in the store before it comes here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

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
    /// `true`: committed by a request of this process a moment ago, so no create can have been sent for it yet.
    /// `false`: taken up from the store, so a create may have been sent and its answer lost.
    pub(super) fresh: bool,
    /// The request behind it.
    pub(super) request_id: RequestId,
}

/// What the writer of an account works with.
#[derive(Debug, Clone)]
pub(super) struct Assignment {
    /// See [`Job::transient`].
    pub(super) transient: Record,
    /// See [`Job::fresh`].
    pub(super) fresh: bool,
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
    fresh: bool,
    request_id: RequestId,
    again: bool,
    wake: Arc<Notify>,
    last: Option<Deferral>,
}

/// The accounts that are being worked on.
#[derive(Debug, Default)]
pub(super) struct Queue {
    entries: Mutex<HashMap<ScimId, Entry>>,
    emptied: Notify,
}

impl Queue {
    /// Hands work in. `true`: the caller must start the writer of this account.
    pub(super) fn submit(
        &self,
        id: &ScimId,
        job: Job,
        deadline: Option<Instant>,
    ) -> (Option<oneshot::Receiver<Outcome>>, bool) {
        let mut entries = self.entries();
        let starts = !entries.contains_key(id);
        let entry = entries.entry(id.clone()).or_insert_with(|| Entry {
            waiters: Vec::new(),
            transient: Record::default(),
            fresh: job.fresh,
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
        if !starts && job.fresh {
            entry.again = true;
            entry.request_id = job.request_id;
            entry.wake.notify_one();
        }
        entry.transient.0.extend(job.transient.0);
        (receiver, starts)
    }

    /// Is somebody working on this account, and does somebody wait for it?
    pub(super) fn has_waiters(&self, id: &ScimId) -> bool {
        self.entries().get(id).is_some_and(|entry| entry.waiters.iter().any(|waiter| !waiter.tell.is_closed()))
    }

    /// Is somebody working on this account?
    pub(super) fn contains(&self, id: &ScimId) -> bool {
        self.entries().contains_key(id)
    }

    /// Accounts being worked on.
    pub(super) fn len(&self) -> usize {
        self.entries().len()
    }

    /// The writer begins (again): what is there to do.
    pub(super) fn begin(&self, id: &ScimId) -> Option<Assignment> {
        let mut entries = self.entries();
        let entry = entries.get_mut(id)?;
        entry.again = false;
        Some(Assignment {
            transient: entry.transient.clone(),
            fresh: entry.fresh,
            request_id: entry.request_id.clone(),
            deadline: entry.waiters.iter().map(|waiter| waiter.deadline).max(),
        })
    }

    /// The writer has worked up to `revision`: tells those who wait for it, and says how it goes on.
    pub(super) fn finish(&self, id: &ScimId, revision: i64, outcome: &Outcome, now: Instant) -> Next {
        let mut entries = self.entries();
        let Some(entry) = entries.get_mut(id) else { return Next::Ended };
        let until = match outcome {
            Outcome::Deferred(deferral) => {
                entry.last = Some(deferral.clone());
                // A create may have been sent by now.
                entry.fresh = false;
                Some(now + deferral.pause)
            }
            Outcome::Settled | Outcome::Refused(_) => None,
        };
        let told = |waiter: &Waiter| waiter.revision <= revision && until.is_none_or(|until| waiter.deadline <= until);
        let (now_told, waiting): (Vec<_>, Vec<_>) = std::mem::take(&mut entry.waiters).into_iter().partition(told);
        entry.waiters = waiting;
        for waiter in now_told {
            // A waiter that has gone is no fault: its request ended at its own deadline.
            let _ = waiter.tell.send(outcome.clone());
        }
        if until.is_none() {
            entry.transient = Record::default();
            entry.last = None;
            // What the vendor has is known again.
            entry.fresh = true;
        }
        entry.waiters.retain(|waiter| !waiter.tell.is_closed());
        if entry.again {
            return Next::Again;
        }
        match until {
            Some(until) if !entry.waiters.is_empty() => Next::Wait(until, entry.wake.clone()),
            None if !entry.waiters.is_empty() => Next::Again,
            _ => {
                entries.remove(id);
                self.announce(&entries);
                Next::Ended
            }
        }
    }

    /// The writer died: its place becomes free, and the store's schedule takes the work up again.
    pub(super) fn abandon(&self, id: &ScimId) {
        let mut entries = self.entries();
        entries.remove(id);
        self.announce(&entries);
    }

    /// Why the work on this account waits, when it does.
    pub(super) fn last_deferral(&self, id: &ScimId) -> Option<Deferral> {
        self.entries().get(id).and_then(|entry| entry.last.clone())
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

    fn announce(&self, entries: &HashMap<ScimId, Entry>) {
        if entries.is_empty() {
            self.emptied.notify_waiters();
        }
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<ScimId, Entry>> {
        // No code that can panic runs under this lock; a poisoned one still holds whole entries.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn job(revision: i64) -> Job {
        Job { revision, transient: Record::default(), fresh: true, request_id: RequestId::generate() }
    }

    fn deferred(seconds: u64) -> Outcome {
        Outcome::Deferred(Deferral { reason: "busy".into(), pause: Duration::from_secs(seconds), limited: false })
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
        assert!(matches!(queue.finish(&id, 1, &Outcome::Settled, Instant::now()), Next::Again));
        assert!(first.unwrap().await.is_ok());
        queue.begin(&id);
        assert!(matches!(queue.finish(&id, 10, &Outcome::Settled, Instant::now()), Next::Ended));
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
        assert!(matches!(queue.finish(&id, 1, &deferred(5), now), Next::Wait(..)));
        assert!(matches!(short.unwrap().await.unwrap(), Outcome::Deferred(_)));
        assert!(matches!(long.unwrap().try_recv(), Err(oneshot::error::TryRecvError::Empty)));
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_deferral_a_create_counts_as_perhaps_sent() {
        let (queue, id) = (Queue::default(), ScimId::generate());
        let (_receiver, _) = queue.submit(&id, job(1), Some(Instant::now() + Duration::from_secs(20)));
        assert!(queue.begin(&id).unwrap().fresh);
        queue.finish(&id, 1, &deferred(5), Instant::now());
        assert!(!queue.begin(&id).unwrap().fresh);
    }
}
