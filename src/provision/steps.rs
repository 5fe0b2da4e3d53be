//! One step of a plan: one vendor call, and what its answer says about the account.

use std::sync::Arc;

use serde_json::Value;

use super::converge::{Stop, deferral};
use super::outcome::Refusal;
use super::reading::{fill_in, read};
use super::sending::{Unsent, describe};
use super::shared::Shared;
use super::work::Work;
use super::{adopt, elements, erased, generated, keys, other_keys, record, stubborn};
use crate::mapping::bound::CallName;
use crate::mapping::model::{Confirm, Meaning, NotCleared};
use crate::mapping::plan::Step;
use crate::mapping::record::{Record, VendorAccount};
use crate::mapping::wire::{HttpAnswer, Verdict};
use crate::vendor::{CallContext, CallFailure};

/// A read right after a write may show the state of before; so many attempts are made before that counts as refused.
const STALE_READS: i64 = 3;

/// How the plan goes on.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// With its next step.
    Next,
    /// The account is not what the plan was made for.
    PlanAgain,
}

/// Takes one step.
pub(super) async fn take(shared: &Shared, work: &mut Work, step: &Step, context: &CallContext) -> Result<Then, Stop> {
    let sent = if step.call == CallName::Create {
        let scope = generated::with_generated(&shared.parts.bound, &step.scope, &mut rand::rng());
        elements::send(shared, work, &Step { call: CallName::Create, scope }, context).await
    } else {
        elements::send(shared, work, step, context).await
    };
    match sent {
        Ok(answered) => {
            let detail = describe(step);
            // A password is sent once.
            work.transient.0.retain(|field, _| !step.scope.record.0.contains_key(field));
            work.note(shared, "vendor.done", detail);
            took_effect(shared, work, step, &answered.answer, context).await
        }
        Err(Unsent::Failed(failure)) => {
            let single = elements::in_single_calls(shared, work, step, &failure);
            if single.is_empty() {
                return failed(shared, work, step, &failure, context).await;
            }
            elements::take_apart(shared, work, step, single, context).await
        }
        Err(Unsent::Gone) => gone(shared, work, step, context).await,
        Err(Unsent::Stopped(why)) => Err(why),
    }
}

/// The vendor says that it is done: what has it now?
async fn took_effect(
    shared: &Shared,
    work: &mut Work,
    step: &Step,
    answer: &HttpAnswer,
    context: &CallContext,
) -> Result<Then, Stop> {
    match &step.call {
        CallName::Create => created(shared, work, step, answer, context).await,
        CallName::Delete => deleted(shared, work, step, context).await,
        _ => changed(shared, work, step, answer, context).await,
    }
}

async fn created(
    shared: &Shared,
    work: &mut Work,
    step: &Step,
    answer: &HttpAnswer,
    context: &CallContext,
) -> Result<Then, Stop> {
    let bound = &shared.parts.bound;
    let Some(mut account) = bound.account_in(&step.call, answer) else {
        if let Some(foreign) = bound.foreign_account_in(&step.call, answer) {
            // Linked, so that taking back finds it.
            work.link(bound, foreign);
            record::progress(shared, work).await?;
            return Err(foreign_kind(shared, step));
        }
        // Answered without the account (habit of APIs that say `OK`): it is found by its natural key.
        work.is_unanswered(bound, &step.call, &step.scope.record);
        return Ok(Then::PlanAgain);
    };
    fill_in(&mut account, &step.scope.record);
    work.link(bound, account);
    record::progress(shared, work).await?;
    if bound.confirm(&step.call) == Confirm::Read
        && let Some(mut account) = read(shared, work, &name_of(&step.call), context).await?
    {
        fill_in(&mut account, &step.scope.record);
        work.link(bound, account);
    }
    Ok(Then::PlanAgain)
}

async fn deleted(shared: &Shared, work: &mut Work, step: &Step, context: &CallContext) -> Result<Then, Stop> {
    let bound = &shared.parts.bound;
    if bound.confirm(&step.call) == Confirm::Read && read(shared, work, &name_of(&step.call), context).await?.is_some()
    {
        return Err(Stop::Deferred(super::outcome::Deferral {
            reason: format!("{} answered that the account is deleted, but it is still there", bound.vendor_title()),
            pause: super::converge::pause(work, None),
            limited: false,
        }));
    }
    work.unlink();
    Ok(Then::Next)
}

async fn changed(
    shared: &Shared,
    work: &mut Work,
    step: &Step,
    answer: &HttpAnswer,
    context: &CallContext,
) -> Result<Then, Stop> {
    let bound = &shared.parts.bound;
    let confirm = bound.confirm(&step.call);
    // From now on it is called by this one, also by the read that confirms the change.
    let is_renamed = keys::take_new(shared, work, step, answer);
    // Until it is confirmed, both the old and the new values are possible.
    let shown = match confirm {
        Confirm::Nothing => None,
        Confirm::Answer => bound.account_in(&step.call, answer),
        Confirm::Read => match read(shared, work, &name_of(&step.call), context).await {
            Ok(Some(account)) => Some(account),
            Ok(None) => return gone(shared, work, step, context).await,
            Err(unread) => {
                work.is_unanswered(bound, &step.call, &step.scope.record);
                return Err(unread);
            }
        },
    };
    let before = work.applied.clone().unwrap_or_default();
    let shown = shown.map(|account| bound.own_part(account, &[&before, &step.scope.record]));
    let mut applied = before.clone();
    for (field, value) in &step.scope.record.0 {
        if bound.is_write_only(field) {
            continue;
        }
        if value.is_null() {
            applied.0.shift_remove(field)
        } else {
            applied.0.insert(field.clone(), value.clone())
        };
    }
    let erased = erased::by(bound, step, &before);
    erased::remember_unsaid(bound, work, &erased, &before);
    let is_shown = erased::take_out(&mut applied, &erased, shown.as_ref());
    work.applied = Some(applied);
    if bound.foreign_account_in(&step.call, answer).is_some() {
        return Err(foreign_kind(shared, step));
    }
    let mut is_stubborn = false;
    if let Some(account) = shown {
        let stubborn = stubborn::fields(bound, work, step, &before, &account);
        let is_compared = |field: &String| !erased.contains(field) && !stubborn.contains(field);
        let compared = step.scope.record.0.iter().filter(|(field, _)| is_compared(field));
        compare_with_sent(shared, work, step, compared, &account, &before, confirm)?;
        is_stubborn = stubborn::take_out_by_level(shared, work, stubborn, &account);
    }
    if is_renamed {
        // The old key leads nowhere any more, and the rest of the plan was made with it.
        record::claim(shared, work).await?;
        return Ok(Then::PlanAgain);
    }
    Ok(if is_shown || is_stubborn { Then::PlanAgain } else { Then::Next })
}

/// The account is not there: it was renamed or deleted behind the bridge's back.
async fn gone(shared: &Shared, work: &mut Work, step: &Step, context: &CallContext) -> Result<Then, Stop> {
    if other_keys::follow(shared, work, context).await? {
        return Ok(Then::PlanAgain);
    }
    if step.call == CallName::Delete {
        work.note(shared, "vendor.done", "delete: the account was gone already".into());
        work.unlink();
        return Ok(Then::Next);
    }
    let title = shared.parts.bound.vendor_title();
    work.note(shared, "vendor.missing", format!("{}: the account was deleted at {title}", name_of(&step.call)));
    work.unlink();
    // Somebody may have made another one with the same key.
    work.must_look = true;
    Ok(Then::PlanAgain)
}

/// A success that changed nothing is no success; a value that the vendor wrote in its own way is.
fn compare_with_sent<'a>(
    shared: &Shared,
    work: &mut Work,
    step: &Step,
    compared: impl Iterator<Item = (&'a String, &'a Value)>,
    shown: &VendorAccount,
    before: &Record,
    confirm: Confirm,
) -> Result<(), Stop> {
    let bound = &shared.parts.bound;
    for (field, sent) in compared {
        // What is never shown cannot have been kept either.
        if shown.unknown.contains(field) || bound.is_write_only(field) {
            continue;
        }
        let sent = Some(sent).filter(|value| !value.is_null());
        let has = shown.record.0.get(field);
        if bound.same(field, sent, has) {
            continue;
        }
        let attribute = bound.attribute_of(field);
        let title = bound.vendor_title();
        let ignored = bound.same(field, before.0.get(field), has);
        let problem = match sent {
            None => format!("{title} does not clear {field}; it keeps the old value"),
            Some(_) if ignored => format!("{title} answered success but kept the old value of {field}"),
            Some(_) => format!("{title} stores {field} in a form of its own"),
        };
        let is_refused = match sent {
            None => bound.not_cleared(field) == NotCleared::Refuse,
            Some(_) => ignored,
        };
        if is_refused {
            // What is really there is known, so that taking back begins from the truth.
            if let Some(applied) = &mut work.applied {
                match has {
                    Some(value) => applied.0.insert(field.clone(), value.clone()),
                    None => applied.0.shift_remove(field),
                };
            }
            if confirm == Confirm::Read && work.account.attempts < STALE_READS {
                return Err(Stop::Deferred(super::outcome::Deferral {
                    reason: problem,
                    pause: super::converge::pause(work, None),
                    limited: false,
                }));
            }
            let verdict = Verdict {
                meaning: Meaning::Refused,
                say: problem,
                vendor_text: None,
                field: Some(field.clone()),
                rule: "confirm".into(),
            };
            return Err(Stop::Refused(Arc::new(Refusal::Vendor {
                step: name_of(&step.call),
                attribute: Some(attribute),
                verdict,
            })));
        }
        work.note(shared, "vendor.differs", format!("{problem} (SCIM attribute {attribute})"));
    }
    Ok(())
}

/// The vendor did not do it.
async fn failed(
    shared: &Shared,
    work: &mut Work,
    step: &Step,
    failure: &CallFailure,
    context: &CallContext,
) -> Result<Then, Stop> {
    let is_create = step.call == CallName::Create;
    if failure.uncertain {
        elements::is_unanswered(shared, work, step);
    }
    match failure.verdict.meaning {
        Meaning::AlreadyExists if elements::adds(shared, step) => {
            let answer = elements::nothing_to_do().answer;
            took_effect(shared, work, step, &answer, context).await
        }
        Meaning::NotFound
            if elements::adds(shared, step) && read(shared, work, &name_of(&step.call), context).await?.is_some() =>
        {
            // The person is there: it is what he shall have that is not.
            Err(refused(shared, step, &elements::no_such_element(shared, failure)))
        }
        Meaning::NotFound if !is_create => gone(shared, work, step, context).await,
        Meaning::AlreadyExists
            if is_create
                && (shared.parts.options.adopt
                    || failure.uncertain
                    || shared.parts.bound.unless_found(&step.call, &failure.verdict).is_some()) =>
        {
            // An earlier attempt of this very call may have made the account; then it is no stranger's.
            adopt::after_conflict(shared, work, &step.call, failure, context).await?;
            Ok(Then::PlanAgain)
        }
        Meaning::AlreadyExists | Meaning::Refused | Meaning::BadReference | Meaning::NotFound => {
            Err(refused(shared, step, failure))
        }
        Meaning::Stale => {
            // Somebody else wrote in between: what is there is read again before it is changed.
            work.must_read = true;
            Ok(Then::PlanAgain)
        }
        Meaning::Done
        | Meaning::Busy
        | Meaning::Limited
        | Meaning::Unauthenticated
        | Meaning::Forbidden
        | Meaning::Broken => Err(Stop::Deferred(deferral(shared, work, failure, &name_of(&step.call)))),
    }
}

/// The vendor did what it was told, and the account is now one that the bridge does not manage and would never find again.
fn foreign_kind(shared: &Shared, step: &Step) -> Stop {
    let title = shared.parts.bound.vendor_title();
    let verdict = Verdict {
        meaning: Meaning::Refused,
        say: format!(
            "with these values the account at {title} is of a kind that the bridge leaves alone (`users.only` of the mapping); \
             send others for what decides its kind, such as a role"
        ),
        vendor_text: None,
        field: None,
        rule: "only".into(),
    };
    Stop::Refused(Arc::new(Refusal::Vendor { step: name_of(&step.call), attribute: None, verdict }))
}

fn refused(shared: &Shared, step: &Step, failure: &CallFailure) -> Stop {
    let bound = &shared.parts.bound;
    let field = failure.verdict.field.as_deref().or_else(|| Some(bound.each(&step.call)?.field.as_str()));
    let attribute = field.map(|field| bound.attribute_of(field));
    Stop::Refused(Arc::new(Refusal::Vendor { step: name_of(&step.call), attribute, verdict: failure.verdict.clone() }))
}

/// The call as it is called in the mapping file.
pub(super) fn name_of(call: &CallName) -> String {
    call.to_string()
}
