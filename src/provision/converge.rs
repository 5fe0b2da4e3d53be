//! Makes the vendor follow: plan, call, read the answer, record it.
//!
//! [`converge`] works on one account that nobody else works on. It always ends in a commit: settled, restored, or waiting with the reason.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::outcome::{Deferral, Outcome, Refusal};
use super::queue::Assignment;
use super::shared::Shared;
use super::work::{Work, impossible, urgency};
use super::{adopt, catalogs, metrics, record, steps};
use crate::ids::ScimId;
use crate::mapping::bound::{CallName, MapError};
use crate::mapping::plan::{left_behind, plan};
use crate::mapping::record::{Desired, Record};
use crate::store::{Members, StoreError};
use crate::vendor::{CallContext, CallFailure};

/// Most rounds of plan and calls in one convergence. A vendor that needs more does not do what it says.
const MAX_ROUNDS: usize = 4;
/// How long the calls of work that nobody waits for may be repeated before it is put aside.
const BACKGROUND_PATIENCE: Duration = Duration::from_secs(30);
/// How long before the last of those who wait gives up the calls for him end, so that he is told why: time for the commit that notes the reason.
const LAST_WORD: Duration = Duration::from_millis(500);
/// Pause after the store itself failed.
const STORE_PAUSE: Duration = Duration::from_secs(5);

/// What a convergence came to.
#[derive(Debug)]
pub(super) struct Converged {
    /// The revision of `desired` that it was about.
    pub(super) revision: i64,
    pub(super) outcome: Outcome,
    /// The store says all that is known of the vendor now.
    pub(super) is_recorded: bool,
    /// Values that are never stored and were not sent.
    pub(super) unsent: Record,
}

/// Why a convergence stops before its end.
#[derive(Debug)]
pub(super) enum Stop {
    /// For good.
    Refused(Arc<Refusal>),
    /// For now.
    Deferred(Deferral),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::VendorIdTaken { taken_by } => Self::Refused(Arc::new(another_persons(&taken_by))),
            error => Self::Deferred(store_failed(&error)),
        }
    }
}

/// Works on one account until the vendor has what it should have, refuses for good, or cannot now.
pub(super) async fn converge(shared: &Shared, id: &ScimId, assignment: Assignment) -> Converged {
    let begun = Instant::now();
    let nothing_sent = |revision, outcome, is_recorded| Converged {
        revision,
        outcome,
        is_recorded,
        unsent: assignment.transient.clone(),
    };
    let person = match shared.parts.store.person(&shared.parts.connection, id).await {
        Ok(person) => person,
        Err(error) => return nothing_sent(i64::MAX, Outcome::Deferred(store_failed(&error)), !assignment.is_doubtful),
    };
    // A person who is gone meanwhile leaves nothing to do, whoever waits.
    let Some(person) = person else { return nothing_sent(i64::MAX, Outcome::Settled, true) };
    let mut work = match Work::open(shared, person, &assignment) {
        Ok(Some(work)) => work,
        Ok(None) => return nothing_sent(i64::MAX, Outcome::Settled, true),
        Err(deferral) => {
            let is_recorded = record::put_aside(shared, id, &deferral.reason, deferral.pause).await.is_ok();
            return nothing_sent(i64::MAX, Outcome::Deferred(deferral), is_recorded);
        }
    };
    let revision = work.account.desired_revision;
    if work.is_settled() {
        return nothing_sent(revision, Outcome::Settled, true);
    }
    let context = CallContext {
        request_id: assignment.request_id.clone(),
        priority: work.priority(),
        deadline: assignment
            .deadline
            .map_or(begun + BACKGROUND_PATIENCE, |deadline| deadline - LAST_WORD)
            .max(begun + Duration::from_secs(1)),
    };
    let recorded = match carry_out(shared, &mut work, &context).await {
        Ok(()) => match record::settle(shared, &mut work).await {
            Err(StoreError::VendorIdTaken { taken_by }) => {
                work.unlink();
                record::restore(shared, &mut work, Arc::new(another_persons(&taken_by))).await
            }
            recorded => recorded,
        },
        Err(Stop::Refused(refusal)) => record::restore(shared, &mut work, refusal).await,
        Err(Stop::Deferred(deferral)) => {
            if work.adopted {
                // What is kept of the account is what should be from now on.
                tell_what_stays(shared, &mut work);
            }
            record::defer(shared, &mut work, deferral).await
        }
    };
    let is_recorded = recorded.is_ok();
    let outcome = recorded.unwrap_or_else(|error| Outcome::Deferred(store_failed(&error)));
    metrics::converged(&shared.parts.connection, &outcome, begun.elapsed());
    Converged { revision, outcome, is_recorded, unsent: work.transient }
}

/// Plans and calls until the plan is empty.
async fn carry_out(shared: &Shared, work: &mut Work, context: &CallContext) -> Result<(), Stop> {
    let bound = &shared.parts.bound;
    if work.needs_remap() {
        work.remap(shared).await?;
    }
    if !shared.subject.is_people() {
        let_members_go_first(shared, work).await?;
    }
    for _ in 0..MAX_ROUNDS {
        adopt::make_certain(shared, work, context).await?;
        let goal = bound.with_first_names(work.goal(shared), work.key(), &catalogs::known(shared));
        let steps = plan(bound, work.key(), work.applied.as_ref(), &goal, &work.transient).map_err(impossible)?;
        if steps.is_empty() {
            tell_what_stays(shared, work);
            return Ok(());
        }
        adopt::refuse_protected(shared, work)?;
        for step in steps {
            if step.call == CallName::Create && !bound.has_call(&CallName::Create) {
                return Err(Stop::Refused(Arc::new(nothing_there(shared, work))));
            }
            if steps::take(shared, work, &step, context).await? == steps::Then::PlanAgain {
                break;
            }
        }
    }
    Err(Stop::Deferred(Deferral {
        reason: format!(
            "{} answers success but does not show what was sent; the bridge compares again later",
            bound.vendor_title()
        ),
        pause: pause(work, None),
        limited: false,
    }))
}

/// What the vendor cannot change stays as it is, and the story says so.
fn tell_what_stays(shared: &Shared, work: &mut Work) {
    let bound = &shared.parts.bound;
    let Some(applied) = &work.applied else { return };
    for field in left_behind(bound, applied, &work.desired) {
        let (why, attribute) = (bound.why_kept(&field), bound.attribute_of(&field));
        let detail = format!("{why}; the account keeps its value (SCIM attribute {attribute})");
        work.note(shared, "vendor.differs", detail);
    }
}

/// A group's object is deleted when nobody refers to it any more: vendors refuse to delete what is in use, or take it from people in silence.
async fn let_members_go_first(shared: &Shared, work: &Work) -> Result<(), Stop> {
    if !work.account.deleting {
        return Ok(());
    }
    let owed = shared.parts.store.owed(&shared.parts.connection, &work.id, &Members::All).await?;
    if owed.is_empty() {
        return Ok(());
    }
    Err(Stop::Deferred(Deferral {
        reason: format!(
            "{} members have still to leave the group at {}",
            owed.len(),
            shared.parts.bound.vendor_title()
        ),
        pause: pause(work, None),
        limited: false,
    }))
}

/// A group stands for an object that is not there and that the mapping cannot create.
fn nothing_there(shared: &Shared, work: &Work) -> Refusal {
    let (title, realm) = (shared.parts.bound.vendor_title(), &shared.subject.realm);
    Refusal::Impossible(MapError {
        attribute: "displayName".to_owned(),
        field: realm.clone(),
        problem: format!(
            "{title} has no {realm} that the group {} could stand for, and the mapping has no call that creates one; create it there, or correct the rules under `groups` in bridge.yaml",
            work.id
        ),
        mutability: false,
    })
}

/// The pause before work is taken up again: what the vendor asked for, else doubling from one second.
/// A departure waits a minute at most, everything else ten.
pub(super) fn pause(work: &Work, asked: Option<Duration>) -> Duration {
    const LONGEST: Duration = Duration::from_mins(10);
    const LONGEST_DEPARTURE: Duration = Duration::from_mins(1);
    let longest = if work.account.urgency == urgency::DEPARTURE { LONGEST_DEPARTURE } else { LONGEST };
    let doublings = u32::try_from(work.account.attempts.clamp(0, 16)).unwrap_or(16);
    asked.unwrap_or_default().max(Duration::from_secs(1 << doublings).min(longest))
}

/// A failed call of which the same attempt can work later.
pub(super) fn deferral(shared: &Shared, work: &Work, failure: &CallFailure, step: &str) -> Deferral {
    let text = failure.verdict.vendor_text.as_deref().map(|text| format!(" ({text})")).unwrap_or_default();
    Deferral {
        reason: format!("{}, {step}: {}{text}", shared.parts.bound.vendor_title(), failure.verdict.say),
        pause: pause(work, failure.retry_after),
        limited: failure.verdict.meaning == crate::mapping::model::Meaning::Limited,
    }
}

fn another_persons(holder: &ScimId) -> Refusal {
    Refusal::Conflict(format!(
        "the vendor's account belongs to another person of this connection already (id {holder}); give the two different values in the attributes that identify an account"
    ))
}

fn store_failed(error: &StoreError) -> Deferral {
    tracing::error!(error = %error, "the store failed: {error}");
    Deferral { reason: format!("the bridge's own store failed: {error}"), pause: STORE_PAUSE, limited: false }
}

/// Is the goal that there is an account, or that an existing one is changed?
pub(super) fn wants_account(desired: &Desired) -> bool {
    matches!(desired, Desired::Present(_))
}
