//! Waits until the vendor has followed, as long as the IdP can wait. The work itself goes on whether anybody waits or not.

use std::sync::Arc;

use tokio::sync::{MutexGuard, oneshot};

use super::super::RequestContext;
use super::super::error::ProvisionError;
use super::super::outcome::{Deferral, Outcome};
use super::super::queue::Job;
use super::super::shared::Shared;
use crate::config::model::Delivery;
use crate::ids::ScimId;
use crate::mapping::record::Record;
use crate::store::StoreError;

/// Pause that a late request is told when nothing better is known.
const USUAL_PAUSE: std::time::Duration = std::time::Duration::from_secs(5);

/// A request that was refused together with others tries so often to be carried out alone: an IdP may meanwhile repeat the one that is to blame.
const MOST_CHANCES: u32 = 3;

/// What a request has committed.
#[derive(Debug)]
pub(super) struct Committed {
    /// userName.
    pub(super) name: String,
    /// Revision of `desired` that it waits for.
    pub(super) revision: i64,
    /// Values that are never stored.
    pub(super) transient: Record,
}

/// Why a request is not answered with success.
#[derive(Debug)]
pub(super) struct Unmet {
    pub(super) error: ProvisionError,
    /// The vendor refused a mixture of this request and others: perhaps this one is not to blame.
    is_merged: bool,
}

/// A request that has handed its work in.
#[derive(Debug)]
pub(super) struct Handed {
    name: String,
    receiver: Option<oneshot::Receiver<Outcome>>,
}

/// Hands the work to the account's writer. With `delivery: accepted` nobody waits for it.
pub(super) fn hand_in(shared: &Arc<Shared>, id: &ScimId, committed: Committed, context: &RequestContext) -> Handed {
    let Committed { name, revision, transient } = committed;
    let waits = shared.parts.options.delivery == Delivery::Confirmed;
    let job = Job { revision, transient, wakes: true, request_id: context.request_id.clone() };
    Handed { name, receiver: shared.submit(id, job, waits.then_some(context.deadline)) }
}

/// Waits for the account's writer.
pub(super) async fn follow(
    shared: &Shared,
    id: &ScimId,
    handed: Handed,
    context: &RequestContext,
) -> Result<(), Unmet> {
    let Handed { name, receiver } = handed;
    let Some(receiver) = receiver else { return Ok(()) };
    let outcome = match tokio::time::timeout_at(context.deadline, receiver).await {
        Ok(Ok(outcome)) => outcome,
        // The writer died or the time is over: what is known of the reason is told.
        Ok(Err(_)) | Err(_) => Outcome::Deferred(shared.queue.last_deferral(id).unwrap_or_else(|| Deferral {
            reason: format!("{} has not answered in time", shared.parts.bound.vendor_title()),
            pause: USUAL_PAUSE,
            limited: false,
        })),
    };
    match outcome {
        Outcome::Settled => Ok(()),
        Outcome::Refused { refusal, is_merged } => {
            Err(Unmet { error: refusal.error(&name, shared.parts.bound.vendor_title()), is_merged })
        }
        Outcome::Deferred(deferral) => Err(Unmet { error: deferral.error(&name), is_merged: false }),
    }
}

/// The chances of a request to try again alone, after a refusal that may have been somebody else's fault.
#[derive(Debug)]
pub(super) struct Chances<'a> {
    left: u32,
    /// One request of an account has it at a time, until it is answered.
    turn: Option<MutexGuard<'a, ()>>,
}

impl<'a> Chances<'a> {
    pub(super) fn new() -> Self {
        Self { left: MOST_CHANCES, turn: None }
    }

    /// Takes a chance.
    ///
    /// # Errors
    /// What the request is answered when it has none: it was refused for itself, or there is no time left to find out.
    pub(super) async fn take(
        &mut self,
        shared: &'a Shared,
        id: &ScimId,
        unmet: Unmet,
        context: &RequestContext,
    ) -> Result<(), ProvisionError> {
        if !unmet.is_merged {
            return Err(unmet.error);
        }
        if self.turn.is_none() && self.left > 0 {
            self.turn = tokio::time::timeout_at(context.deadline, shared.second_chances.lock(id)).await.ok();
        }
        if self.turn.is_none() || self.left == 0 {
            // Others change the same person all the time; nothing of this request holds.
            return Err(ProvisionError::Store(StoreError::VersionMismatch));
        }
        self.left -= 1;
        Ok(())
    }
}
