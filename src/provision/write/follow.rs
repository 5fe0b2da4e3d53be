//! Waits until the vendor has followed, as long as the IdP can wait. The work itself goes on whether anybody waits or not.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::super::RequestContext;
use super::super::error::ProvisionError;
use super::super::locks::Locked;
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
pub(in crate::provision) struct Committed {
    /// userName.
    pub(in crate::provision) name: String,
    /// Revision of `desired` that it waits for.
    pub(in crate::provision) revision: i64,
    /// Values that are never stored.
    pub(in crate::provision) transient: Record,
    /// What it wants was wanted already, and it only joins the work, which may be about something else by now.
    pub(in crate::provision) has_joined: bool,
}

/// Why a request is not answered with success.
#[derive(Debug)]
pub(in crate::provision) struct Unmet {
    pub(in crate::provision) error: ProvisionError,
    /// The vendor has refused it for good.
    is_refused: bool,
    /// The vendor refused a mixture of this request and others: perhaps this one is not to blame.
    is_merged: bool,
    /// The refused work was there before the request.
    has_joined: bool,
}

impl Unmet {
    /// Has the vendor refused it for good? Otherwise the work goes on.
    pub(in crate::provision) fn is_refused(&self) -> bool {
        self.is_refused
    }
}

/// A request that has handed its work in.
#[derive(Debug)]
pub(in crate::provision) struct Handed {
    name: String,
    has_joined: bool,
    receiver: Option<oneshot::Receiver<Outcome>>,
}

/// Hands the work to the account's writer. With `delivery: accepted` nobody waits for it.
pub(in crate::provision) fn hand_in(
    shared: &Arc<Shared>,
    id: &ScimId,
    committed: Committed,
    context: &RequestContext,
) -> Handed {
    let Committed { name, revision, transient, has_joined } = committed;
    let waits = shared.parts.options.delivery == Delivery::Confirmed;
    let job = Job { revision, transient, wakes: true, request_id: context.request_id.clone() };
    Handed { name, has_joined, receiver: shared.submit(id, job, waits.then_some(context.deadline)) }
}

/// Waits for the account's writer.
pub(in crate::provision) async fn follow(
    shared: &Shared,
    id: &ScimId,
    handed: Handed,
    context: &RequestContext,
) -> Result<(), Unmet> {
    let Handed { name, has_joined, receiver } = handed;
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
            let error = refusal.error(&name, shared.parts.bound.vendor_title());
            Err(Unmet { error, is_refused: true, is_merged, has_joined })
        }
        Outcome::Deferred(deferral) => {
            Err(Unmet { error: deferral.error(&name), is_refused: false, is_merged: false, has_joined: false })
        }
    }
}

/// The chances of a request to try again alone, after a refusal that may have been somebody else's fault.
#[derive(Debug)]
pub(in crate::provision) struct Chances<'a> {
    left: u32,
    /// One request of an account has it at a time, until it is answered.
    turn: Option<Locked<'a>>,
}

impl<'a> Chances<'a> {
    pub(in crate::provision) fn new() -> Self {
        Self { left: MOST_CHANCES, turn: None }
    }

    /// Takes a chance.
    ///
    /// # Errors
    /// What the request is answered when it has none: it was refused for itself, or there is no time left to find out.
    pub(in crate::provision) async fn take(
        &mut self,
        shared: &'a Shared,
        id: &ScimId,
        unmet: Unmet,
        context: &RequestContext,
    ) -> Result<(), ProvisionError> {
        let is_first = self.left == MOST_CHANCES;
        if !(unmet.is_merged || unmet.has_joined && is_first) {
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
