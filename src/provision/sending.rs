//! Sends a call that changes something, with what must be asked of the vendor first: the account as it is, and the revision that the change is
//! made from. When somebody else wrote in between it asks again and repeats. What an answer does to the account is in [`super::steps`].

use std::sync::Arc;
use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::converge::{Stop, deferral, pause};
use super::outcome::{Deferral, Refusal};
use super::shared::Shared;
use super::steps::name_of;
use super::work::Work;
use super::{adopt, other_keys};
use crate::mapping::bound::{CallName, Scope};
use crate::mapping::model::Meaning;
use crate::mapping::plan::Step;
use crate::mapping::record::VendorAccount;
use crate::vendor::turns::Turn;
use crate::vendor::{Answered, CallContext, CallFailure};

/// So often a change is made from a fresh state, when somebody else writes in between each time.
const ROUNDS: usize = 3;
/// First pause between two of these rounds; it doubles, with jitter, so that two writers do not meet again and again.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// Why there is no answer that says that it is done.
#[derive(Debug)]
pub(super) enum Unsent {
    /// The vendor's answer, or that there was none.
    Failed(CallFailure),
    /// There is no such account.
    Gone,
    /// It was not sent, and will not be now.
    Stopped(Stop),
}

/// What was read right before a change.
struct Before {
    object: Value,
    revision: Option<String>,
}

/// Sends the call of a step.
pub(super) async fn send(
    shared: &Shared,
    work: &mut Work,
    step: &Step,
    context: &CallContext,
) -> Result<Answered, Unsent> {
    let bound = &shared.parts.bound;
    let _turn = if bound.writes_one_by_one() { Some(my_turn(shared, work, context).await?) } else { None };
    if let Some(find) = bound.finds_key(&step.call) {
        shared.known.forget();
        return other_keys::send(shared, work, step, find, context).await;
    }
    let own = work.applied.clone().unwrap_or_default();
    if !bound.reads_first(&step.call) && !bound.looks_for_others(&step.call, &step.scope.record) {
        let record = bound.with_others(&step.scope.record, None, &own, &work.stubborn);
        let scope = Scope { record, ..step.scope.clone() };
        let sent = shared.parts.vendor.call(&step.call, &scope, context).await;
        note(shared, step, &sent);
        return sent.map_err(Unsent::Failed);
    }
    let mut pauses =
        ExponentialBuilder::new().with_min_delay(FIRST_PAUSE).with_jitter().with_max_times(ROUNDS - 1).build();
    loop {
        let before = read_before(shared, work, step, context).await?;
        let scope = Scope {
            record: bound.with_others(&step.scope.record, Some(&before.object), &own, &work.stubborn),
            found: Some(before.object),
            revision: before.revision,
            kept: own.clone(),
            ..step.scope.clone()
        };
        let sent = shared.parts.vendor.call(&step.call, &scope, context).await;
        note(shared, step, &sent);
        let failure = match sent {
            Ok(answered) => return Ok(answered),
            Err(failure) if failure.verdict.meaning == Meaning::Stale => failure,
            Err(failure) => return Err(Unsent::Failed(failure)),
        };
        if failure.uncertain {
            // An earlier attempt of this very call may be what it collides with.
            work.is_unanswered(bound, &step.call, &step.scope.record);
        }
        let Some(pause) = pauses.next().filter(|pause| Instant::now() + *pause <= context.deadline) else {
            let step = format!("{}, each time from what was read right before", name_of(&step.call));
            return Err(Unsent::Stopped(Stop::Deferred(deferral(shared, work, &failure, &step))));
        };
        sleep(pause).await;
    }
}

/// Takes down what the answer to a change says of the account, and whether anybody else can have changed anything.
fn note(shared: &Shared, step: &Step, sent: &Result<Answered, CallFailure>) {
    let bound = &shared.parts.bound;
    match sent {
        Ok(answered) => {
            let account = bound.account_in(&step.call, &answered.answer);
            let is_known = |account: &VendorAccount| adopt::protecting_rule(shared, &account.record).is_none();
            let object = bound.object_in(&step.call, &answered.answer);
            let object = object.filter(|_| step.call != CallName::Delete && account.as_ref().is_some_and(is_known));
            let key = account.map(|account| account.key).or_else(|| step.scope.key.clone());
            let revision = bound.revision_in(&step.call, &answered.answer);
            shared.known.wrote(key.as_deref().map(|key| (key, object)), revision.as_deref());
        }
        Err(failure) if failure.uncertain || failure.verdict.meaning == Meaning::Stale => shared.known.forget(),
        Err(_) => {}
    }
}

/// Waits until nobody else of this bridge changes the collection, whose revision each change makes stale.
async fn my_turn(shared: &Shared, work: &Work, context: &CallContext) -> Result<Turn, Unsent> {
    shared.writer.take(context).await.ok_or_else(|| {
        let reason = format!("{} takes one change at a time, and others came first", shared.parts.bound.vendor_title());
        // It is as if the vendor let so many changes through and no more.
        Unsent::Stopped(Stop::Deferred(Deferral { reason, pause: pause(work, None), limited: true }))
    })
}

async fn read_before(shared: &Shared, work: &Work, step: &Step, context: &CallContext) -> Result<Before, Unsent> {
    let bound = &shared.parts.bound;
    if let Some((object, revision)) = shared.known.account(step.scope.key.as_deref()) {
        return Ok(Before { object, revision: Some(revision) });
    }
    let scope = Scope { key: step.scope.key.clone(), ..Scope::default() };
    let answered = match shared.parts.vendor.call(&CallName::Read, &scope, context).await {
        Ok(answered) => answered,
        Err(failure) if failure.verdict.meaning == Meaning::NotFound => return Err(Unsent::Gone),
        Err(failure) => {
            let step = format!("read before {}", name_of(&step.call));
            return Err(Unsent::Stopped(Stop::Deferred(deferral(shared, work, &failure, &step))));
        }
    };
    let Some(account) = bound.account_in(&CallName::Read, &answered.answer) else { return Err(Unsent::Gone) };
    if let Some(rule) = adopt::protecting_rule(shared, &account.record) {
        return Err(Unsent::Stopped(Stop::Refused(Arc::new(Refusal::Protected(rule)))));
    }
    let revision = bound.revision_in(&CallName::Read, &answered.answer);
    if revision.is_none() && bound.needs_revision(&step.call) {
        // Without it the change would overwrite what somebody else writes now.
        let reason = format!(
            "{} shows no revision of the {} {}, where the mapping looks for it; {} was not sent",
            bound.vendor_title(),
            bound.noun(),
            bound.revision_place(),
            name_of(&step.call)
        );
        return Err(Unsent::Stopped(Stop::Deferred(Deferral { reason, pause: pause(work, None), limited: false })));
    }
    let object = bound.object_in(&CallName::Read, &answered.answer).cloned().unwrap_or_default();
    shared.known.read(step.scope.key.as_deref(), &object, revision.as_deref());
    Ok(Before { object, revision })
}

/// `update.userUpdate: lastName, roleId`: names, never values.
pub(super) fn describe(step: &Step) -> String {
    let fields: Vec<&str> = step.scope.record.0.keys().map(String::as_str).collect();
    let cleared = step.scope.record.0.values().filter(|value| **value == Value::Null).count();
    let mut text = name_of(&step.call);
    if !fields.is_empty() {
        text.push_str(": ");
        text.push_str(&fields.join(", "));
    }
    if cleared > 0 {
        text.push_str(" (cleared: ");
        text.push_str(&cleared.to_string());
        text.push(')');
    }
    text
}
