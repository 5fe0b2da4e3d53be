//! Calls for single elements of a list: the membership is looked for first where it has an identifier of its own, and elements that the vendor refuses
//! together are sent one by one. What an answer does to the account is in [`super::steps`].

use std::collections::HashSet;

use serde_json::Value;

use super::converge::{Stop, deferral};
use super::directory::untrusted;
use super::sending::{self, Unsent};
use super::shared::Shared;
use super::steps::{self, Then, name_of};
use super::work::Work;
use crate::mapping::bound::{CallName, PageState, Scope};
use crate::mapping::model::{ForEach, Meaning};
use crate::mapping::plan::{Step, apart, one_by_one};
use crate::mapping::record::Record;
use crate::mapping::wire::HttpAnswer;
use crate::vendor::{Answered, CallContext, CallFailure};

/// Most memberships that one call may find. Of one person in one group there is one, and several are a fault at the vendor.
const MOST_HITS: usize = 100;

/// Sends the call of a step, once for each membership that it is about.
pub(super) async fn send(
    shared: &Shared,
    work: &mut Work,
    step: &Step,
    context: &CallContext,
) -> Result<Answered, Unsent> {
    let bound = &shared.parts.bound;
    let Some((each, find)) = bound.each(&step.call).zip(bound.finds_membership(&step.call)) else {
        return sending::send(shared, work, step, context).await;
    };
    let hits = match find_all(shared, &find, &step.scope, context).await {
        Ok(hits) => hits,
        Err(failure) => {
            let what = format!("looking for the membership before {}", name_of(&step.call));
            return Err(Unsent::Stopped(Stop::Deferred(deferral(shared, work, &failure, &what))));
        }
    };
    if each.kind == ForEach::Added {
        if hits.is_empty() {
            return sending::send(shared, work, step, context).await;
        }
        return Ok(nothing_to_do());
    }
    let mut last = nothing_to_do();
    for membership in hits {
        let scope = Scope { membership: Some(membership), ..step.scope.clone() };
        last = sending::send(shared, work, &Step { call: step.call.clone(), scope }, context).await?;
    }
    Ok(last)
}

/// It is as it shall be already.
pub(super) fn nothing_to_do() -> Answered {
    Answered { answer: HttpAnswer { status: 204, headers: Vec::new(), text: String::new(), json: None }, attempts: 0 }
}

/// Is it a call that gives somebody an element more?
pub(super) fn adds(shared: &Shared, step: &Step) -> bool {
    shared.parts.bound.each(&step.call).is_some_and(|each| each.kind != ForEach::Removed)
}

/// The vendor does not know what the person shall have.
pub(super) fn no_such_element(shared: &Shared, failure: &CallFailure) -> CallFailure {
    let mut failure = failure.clone();
    failure.verdict.meaning = Meaning::BadReference;
    if failure.verdict.rule == "default" {
        failure.verdict.say =
            format!("{} does not have what the account is to be given", shared.parts.bound.vendor_title());
    }
    failure
}

/// A call was not answered. What a list holds that is never shown cannot be read again: it counts as before, so that the call is made once more.
pub(super) fn is_unanswered(shared: &Shared, work: &mut Work, step: &Step) {
    let bound = &shared.parts.bound;
    let is_unread = bound.each(&step.call).is_some_and(|each| bound.is_unread(&each.field));
    let sent = if is_unread { Record::default() } else { step.scope.record.clone() };
    work.is_unanswered(bound, &step.call, &sent);
}

/// The memberships that a call is about, on all pages.
async fn find_all(
    shared: &Shared,
    find: &CallName,
    scope: &Scope,
    context: &CallContext,
) -> Result<Vec<Value>, CallFailure> {
    let (vendor, bound) = (&shared.parts.vendor, &shared.parts.bound);
    let mut hits = Vec::new();
    let mut at = PageState::default();
    let mut cursors = HashSet::new();
    loop {
        let scope = Scope { page: at.clone(), ..scope.clone() };
        let answered = vendor.call(find, &scope, context).await?;
        let page = bound.memberships_in(find, &scope, &answered.answer);
        let page = page.map_err(|error| untrusted(bound, &error.to_string()))?;
        if let Some(problem) = page.problem {
            return Err(untrusted(bound, &problem));
        }
        hits.extend(page.keys);
        if hits.len() > MOST_HITS {
            return Err(untrusted(bound, &format!("one person has more than {MOST_HITS} memberships in one group")));
        }
        match page.next {
            Some(next)
                if next == at
                    || next
                        .cursor
                        .as_ref()
                        .or(next.link.as_ref())
                        .is_some_and(|place| !cursors.insert(place.clone())) =>
            {
                return Err(untrusted(bound, "the next page is one that came before"));
            }
            Some(next) => at = next,
            None => return Ok(hits),
        }
    }
}

/// The single calls for elements that were refused together, of which perhaps only one is to blame: those of a batch, or those of a list that was sent
/// whole. Empty when there is nothing to take apart.
pub(super) fn in_single_calls(shared: &Shared, work: &Work, step: &Step, failure: &CallFailure) -> Vec<Step> {
    let bound = &shared.parts.bound;
    let meaning = failure.verdict.meaning;
    let is_batch = step.scope.items.len() > 1;
    let is_final = matches!(meaning, Meaning::Refused | Meaning::BadReference)
        || is_batch && matches!(meaning, Meaning::AlreadyExists | Meaning::NotFound);
    if !is_final || failure.uncertain {
        return Vec::new();
    }
    let steps = if is_batch { one_by_one(bound, step) } else { apart(bound, step, work.applied.as_ref()) };
    if steps.len() > 1 { steps } else { Vec::new() }
}

/// Takes these steps in the place of one that was refused.
pub(super) async fn take_apart(
    shared: &Shared,
    work: &mut Work,
    step: &Step,
    single: Vec<Step>,
    context: &CallContext,
) -> Result<Then, Stop> {
    let name = name_of(&step.call);
    let count = single.len();
    work.note(shared, "vendor.split", format!("{name}: refused together, so {count} calls are made for the elements"));
    for one in single {
        if Box::pin(steps::take(shared, work, &one, context)).await? == Then::PlanAgain {
            return Ok(Then::PlanAgain);
        }
    }
    Ok(Then::Next)
}
