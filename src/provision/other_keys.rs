//! Keys by which other APIs of the vendor know an account: found once and kept with it, they also lead to an account that was renamed behind the
//! bridge's back. Which call needs one, and which leads back, the mapping says.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::converge::{Stop, deferral, pause};
use super::outcome::{Deferral, Refusal};
use super::sending::Unsent;
use super::shared::Shared;
use super::steps::name_of;
use super::work::{Work, to_text};
use super::{elements, reading, record};
use crate::ids::VendorId;
use crate::mapping::bound::{CallName, Scope};
use crate::mapping::model::Meaning;
use crate::mapping::plan::Step;
use crate::store::{Doubt, StoreError};
use crate::vendor::{Answered, CallContext, CallFailure};

/// Sends a call that goes to another API, by the key that is known there.
pub(super) async fn send(
    shared: &Shared,
    work: &mut Work,
    step: &Step,
    find: &CallName,
    context: &CallContext,
) -> Result<Answered, Unsent> {
    let known = get(work, find);
    if let Some(other) = &known {
        match call(shared, step, other, context).await {
            // What was known may be the key of an account that was made anew since.
            Err(failure) if is_not_there(&failure) => {
                let other = look(shared, work, step, find, context).await?;
                if known.as_ref() == Some(&other) {
                    return Err(Unsent::Failed(not_the_account(shared, failure)));
                }
                put(work, find, other);
            }
            sent => return sent.map_err(Unsent::Failed),
        }
    } else {
        let other = look(shared, work, step, find, context).await?;
        put(work, find, other);
    }
    let other = get(work, find).unwrap_or_default();
    let sent = call(shared, step, &other, context).await;
    sent.map_err(|failure| Unsent::Failed(not_the_account(shared, failure)))
}

/// The account is not there under its own key. Where another API finds it by the other key, it was renamed: from now on it is called by its new
/// one, and must be read before anything else. Says whether it was.
pub(super) async fn follow(shared: &Shared, work: &mut Work, context: &CallContext) -> Result<bool, Stop> {
    let bound = &shared.parts.bound;
    for (find, back) in bound.ways_back() {
        let Some(other) = get(work, find) else { continue };
        let scope = Scope { key: Some(other), ..Scope::default() };
        let answered = match shared.parts.vendor.call(back, &scope, context).await {
            Ok(answered) => answered,
            Err(failure) if failure.verdict.meaning == Meaning::NotFound => continue,
            Err(failure) => {
                let what = format!("{back}, because the account is not there under its own key");
                return Err(Stop::Deferred(deferral(shared, work, &failure, &what)));
            }
        };
        let key = bound.own_key_in(find, &answered.answer).and_then(|key| VendorId::parse(&key));
        if key.is_some() && key != work.account.vendor_id && take(shared, work, back, key).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn take(shared: &Shared, work: &mut Work, back: &CallName, key: Option<VendorId>) -> Result<bool, Stop> {
    let before = std::mem::replace(&mut work.account.vendor_id, key);
    let doubt = std::mem::replace(&mut work.account.doubt, Doubt::Unanswered);
    match record::claim(shared, work).await {
        Ok(()) => {}
        Err(StoreError::VendorIdTaken { .. }) => {
            work.account.vendor_id = before;
            work.account.doubt = doubt;
            return Ok(false);
        }
        Err(error) => return Err(error.into()),
    }
    work.must_read = true;
    let title = shared.parts.bound.vendor_title();
    work.note(shared, "vendor.renamed", format!("{back}: the account was renamed at {title} and has another key now"));
    Ok(true)
}

async fn call(shared: &Shared, step: &Step, other: &str, context: &CallContext) -> Result<Answered, CallFailure> {
    let scope = Scope { other_key: Some(other.to_owned()), ..step.scope.clone() };
    shared.parts.vendor.call(&step.call, &scope, context).await
}

fn is_not_there(failure: &CallFailure) -> bool {
    matches!(failure.verdict.meaning, Meaning::NotFound | Meaning::BadReference)
}

/// The account was found just now: what is not there is something that it was to be given.
fn not_the_account(shared: &Shared, failure: CallFailure) -> CallFailure {
    match failure.verdict.meaning {
        Meaning::NotFound => elements::no_such_element(shared, &failure),
        _ => failure,
    }
}

/// Asks for the other key.
async fn look(
    shared: &Shared,
    work: &Work,
    step: &Step,
    find: &CallName,
    context: &CallContext,
) -> Result<String, Unsent> {
    let bound = &shared.parts.bound;
    let key = step.scope.key.as_deref().or_else(|| work.key()).unwrap_or_default();
    let scope = Scope { key: Some(key.to_owned()), ..Scope::default() };
    let mut found = match shared.parts.vendor.call(find, &scope, context).await {
        Ok(answered) => bound.other_keys_in(&step.call, key, &answered.answer),
        Err(failure) if failure.verdict.meaning == Meaning::NotFound => Vec::new(),
        Err(failure) => {
            let what = format!("{find} before {}", name_of(&step.call));
            return Err(Unsent::Stopped(Stop::Deferred(deferral(shared, work, &failure, &what))));
        }
    };
    let title = bound.vendor_title();
    match (found.pop(), found.is_empty()) {
        (Some(other), true) => Ok(other),
        (Some(_), false) => Err(Unsent::Stopped(Stop::Refused(Arc::new(Refusal::Conflict(format!(
            "{find} finds several accounts at {title} with the key {key}; the bridge cannot tell which one is meant"
        )))))),
        (None, _) => {
            let read = reading::read(shared, work, &format!("{find} found nobody"), context).await;
            if read.map_err(Unsent::Stopped)?.is_none() {
                return Err(Unsent::Gone);
            }
            let reason =
                format!("{title}: {find} does not find the account, which is there; {} waits", name_of(&step.call));
            Err(Unsent::Stopped(Stop::Deferred(Deferral { reason, pause: pause(work, None), limited: false })))
        }
    }
}

fn all(work: &Work) -> BTreeMap<String, String> {
    // Only this module writes these texts; one that cannot be read costs a call.
    work.account.other_keys.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

fn get(work: &Work, find: &CallName) -> Option<String> {
    all(work).remove(&find.to_string())
}

fn put(work: &mut Work, find: &CallName, other: String) {
    let mut keys = all(work);
    keys.insert(find.to_string(), other);
    work.account.other_keys = Some(to_text(&keys));
}
