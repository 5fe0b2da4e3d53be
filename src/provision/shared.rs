//! What all parts of one connection's engine share, and the writers that it starts.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::FutureExt as _;
use jiff::Timestamp;
use tokio::time::Instant;

use super::directory::Directory;
use super::locks::AccountLocks;
use super::outcome::Outcome;
use super::queue::{Job, Next, Queue};
use super::{Parts, converge};
use crate::ids::ScimId;
use crate::scim::schema::ResourceType;
use crate::store::Event;

/// One connection's engine.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) parts: Parts,
    /// The User resource type, shared with the store's queries.
    pub(super) user_type: Arc<ResourceType>,
    pub(super) locks: AccountLocks,
    pub(super) queue: Queue,
    pub(super) directory: Directory,
    draining: AtomicBool,
}

impl Shared {
    pub(super) fn new(parts: Parts) -> Arc<Self> {
        Arc::new(Self {
            user_type: Arc::new(parts.bound.user_type().clone()),
            parts,
            locks: AccountLocks::new(),
            queue: Queue::default(),
            directory: Directory::default(),
            draining: AtomicBool::new(false),
        })
    }

    pub(super) fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    pub(super) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }

    pub(super) fn start_draining(&self) {
        self.draining.store(true, Ordering::Release);
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
        if AssertUnwindSafe(self.write_until_done(id)).catch_unwind().await.is_err() {
            // The panic hook has told where. What was to be done is in the store and is taken up by the schedule.
            tracing::error!(connection = %self.parts.connection, scim.id = %id, "the work on {id} ended in a defect of the program; it is taken up again later");
            self.queue.abandon(id);
        }
    }

    async fn write_until_done(self: &Arc<Self>, id: &ScimId) {
        while let Some(assignment) = self.queue.begin(id) {
            let converged = converge::converge(self, id, &assignment).await;
            match self.queue.finish(id, converged.revision, &converged.outcome, Instant::now()) {
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
