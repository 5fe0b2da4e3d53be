//! Existing vendor accounts: found by natural key, taken over instead of duplicated, and left alone when protected.

use std::sync::Arc;

use secrecy::ExposeSecret as _;

use super::converge::{Stop, deferral, pause, wants_account};
use super::directory::find_accounts;
use super::outcome::{Deferral, Refusal};
use super::shared::Shared;
use super::steps::name_of;
use super::work::{Work, attributes_of, identity_of, to_text, urgency};
use super::{catalogs, keys, lookups, other_keys, reading, record};
use crate::ids::VendorId;
use crate::mapping::bound::{Beside, CallName, Membership};
use crate::mapping::record::{Desired, Record, VendorAccount};
use crate::store::{Doubt, Person, StoreError, WorkState};
use crate::vendor::{CallContext, CallFailure};

/// Before anything is planned: after a lost answer or an interrupted process it is not known what the vendor has, so it is asked.
pub(super) async fn make_certain(shared: &Shared, work: &mut Work, context: &CallContext) -> Result<(), Stop> {
    // What is to be deleted need not be read before.
    if work.must_read && work.desired != Desired::Absent {
        read_again(shared, work, context).await?;
    }
    if work.must_look && work.key().is_none() {
        match find(shared, work, context).await? {
            Some(account) => take_over(shared, work, account).await?,
            None => work.is_certain(),
        }
    }
    Ok(())
}

async fn read_again(shared: &Shared, work: &mut Work, context: &CallContext) -> Result<(), Stop> {
    let mut found = reading::read(shared, work, "before the change", context).await?;
    if found.is_none() {
        found = keys::read_renamed(shared, work, context).await?;
    }
    if found.is_none() && other_keys::follow(shared, work, context).await? {
        found = reading::read(shared, work, "by the key that it has now", context).await?;
    }
    if let Some(mut account) = found {
        if work.account.doubt != Doubt::Interrupted {
            // What is never shown is as it was, but for what was sent last. Of what another process sent nothing is known.
            reading::fill_in(&mut account, &work.applied.clone().unwrap_or_default());
        }
        work.link(&shared.parts.bound, account);
    } else {
        work.note(
            shared,
            "vendor.missing",
            format!("the account was deleted at {}", shared.parts.bound.vendor_title()),
        );
        work.unlink();
        // Somebody may have made another one with the same key.
        work.must_look = true;
    }
    Ok(())
}

/// The vendor refused a create because a unique value is taken: is it this very person's?
pub(super) async fn after_conflict(
    shared: &Shared,
    work: &mut Work,
    call: &CallName,
    failure: &CallFailure,
    context: &CallContext,
) -> Result<(), Stop> {
    if let Some(account) = find(shared, work, context).await? {
        return take_over(shared, work, account).await;
    }
    if let Some(verdict) = shared.parts.bound.unless_found(call, &failure.verdict) {
        return Err(Stop::Refused(Arc::new(Refusal::Vendor { step: name_of(call), attribute: None, verdict })));
    }
    let mut verdict = failure.verdict.clone();
    verdict.say.push_str("; no live account with the same key is listed, perhaps a deleted one still holds the value");
    let attribute = verdict.field.as_deref().map(|field| shared.parts.bound.attribute_of(field));
    Err(Stop::Refused(Arc::new(Refusal::Vendor { step: name_of(call), attribute, verdict })))
}

/// Stops before the first call that would change a protected account.
pub(super) fn refuse_protected(shared: &Shared, work: &Work) -> Result<(), Stop> {
    let rule = work.applied.as_ref().and_then(|record| protecting_rule(shared, record));
    match rule {
        Some(rule) => Err(Stop::Refused(Arc::new(Refusal::Protected(rule)))),
        None => Ok(()),
    }
}

/// The rule that protects an account: the mapping's (the bridge's own account) or the configuration's list.
pub(super) fn protecting_rule(shared: &Shared, record: &Record) -> Option<String> {
    let bound = &shared.parts.bound;
    if let Some(rule) = bound.protected_rule(
        record,
        &|name| shared.parts.vendor.secret(name).map(|secret| secret.expose_secret().to_owned()),
        &catalogs::known(shared),
    ) {
        return Some(rule);
    }
    let is_listed = |value: &String| {
        let value = serde_json::Value::String(value.clone());
        let same = |field: &String| record.0.get(field).is_some_and(|has| bound.same(field, Some(&value), Some(has)));
        bound.match_fields().iter().any(same)
    };
    // By its place: the value itself is somebody's address, and this sentence is logged.
    let place = shared.parts.options.protected.iter().position(is_listed)?;
    Some(format!("`protected[{place}]` of connection {} in bridge.yaml", shared.parts.connection))
}

async fn find(shared: &Shared, work: &mut Work, context: &CallContext) -> Result<Option<VendorAccount>, Stop> {
    let mut identities = vec![identity_of(shared, &work.resource.body)];
    if let Some(sent) = &work.perhaps {
        // The person may have got other values since the create was sent.
        let matches = shared.parts.bound.match_fields();
        let values = sent.0.iter().filter(|(name, _)| matches.contains(name));
        let sent = Record(values.map(|(name, value)| (name.clone(), value.clone())).collect());
        if sent != identities[0] {
            identities.push(sent);
        }
    }
    let mut found = find_accounts(shared, &identities, context)
        .await
        .map_err(|failure| Stop::Deferred(deferral(shared, work, &failure, "looking for an existing account")))?;
    if found.len() > 1 {
        let keys: Vec<_> = found.iter().map(|account| account.key.as_str()).collect();
        return Err(Stop::Refused(Arc::new(Refusal::Conflict(format!(
            "{} has {} accounts of this person ({}); delete or rename all but one there, then try again",
            shared.parts.bound.vendor_title(),
            found.len(),
            keys.join(", ")
        )))));
    }
    Ok(found.pop())
}

async fn take_over(shared: &Shared, work: &mut Work, account: VendorAccount) -> Result<(), Stop> {
    let title = shared.parts.bound.vendor_title().to_owned();
    lookups::learn_who_is_protected(shared).await;
    if let Some(rule) = protecting_rule(shared, &account.record) {
        return Err(Stop::Refused(Arc::new(Refusal::Protected(rule))));
    }
    if let Some(key) = VendorId::parse(&account.key) {
        let holder =
            shared.parts.store.person_by_vendor_id(&shared.parts.connection, &shared.subject.realm, &key).await?;
        if let Some(holder) = holder.filter(|holder| holder.resource.id != work.id) {
            return Err(held(shared, work, &key, &holder));
        }
    }
    // An account that the bridge itself made, and whose answer was lost, is no stranger's: its login may follow.
    let is_own = work.account.doubt == Doubt::Unanswered;
    let is_perhaps_own = is_own || (work.account.doubt == Doubt::Interrupted && !work.arrives_disabled());
    if !shared.parts.options.adopt && !is_perhaps_own {
        return Err(Stop::Refused(Arc::new(Refusal::Conflict(format!(
            "{title} has an account of this person already ({}), and `adopt: false` in bridge.yaml forbids taking it over",
            account.key
        )))));
    }
    work.adopted = !is_own || !wants_account(&work.desired);
    let how = if work.adopted { "adopted" } else { "linked" };
    work.note(shared, how, format!("the existing account {} at {title} is now this person's", account.key));
    work.link(&shared.parts.bound, account.clone());
    work.account.taken_over = work.applied.as_ref().map(to_text);
    // Claimed before anything of it is changed: somebody else may have found it at the same time.
    record::claim(shared, work).await.map_err(|error| {
        if matches!(error, StoreError::VendorIdTaken { .. }) {
            work.unlink();
            work.account.taken_over = None;
        }
        Stop::from(error)
    })?;
    if work.adopted && wants_account(&work.desired) {
        lookups::prepare_if_possible(shared, None).await;
        record::keep_unsaid(shared, work, &account).await?;
    }
    Ok(())
}

/// Another person of this connection has the account. One who is just leaving gives it up soon.
fn held(shared: &Shared, work: &Work, key: &VendorId, holder: &Person) -> Stop {
    let title = shared.parts.bound.vendor_title();
    let is_leaving = holder.account.as_ref().is_some_and(|account| {
        account.state != WorkState::Settled
            && account.urgency == urgency::DEPARTURE
            && (account.deleting
                || serde_json::from_str(&account.desired).is_ok_and(|desired: Desired| desired == Desired::Absent))
    });
    let id = &holder.resource.id;
    if is_leaving {
        return Stop::Deferred(Deferral {
            reason: format!("the account {key} at {title} is still being taken away from another person (id {id})"),
            pause: pause(work, None),
            limited: false,
        });
    }
    Stop::Refused(Arc::new(Refusal::Conflict(format!(
        "the account {key} at {title} belongs to another person of this connection already (id {id}); give the two different values in the attributes that identify an account"
    ))))
}

/// A person's next body and desired state once an account is his, when the account has something that the IdP says nothing about: a first
/// sync must not empty the accounts that were there before it. `None`: nothing to keep.
pub(super) fn with_unsaid(
    shared: &Shared,
    body: &str,
    account: &VendorAccount,
    memberships: &[Membership],
) -> Option<(String, Desired)> {
    let bound = &shared.parts.bound;
    let mut attributes = attributes_of(body);
    if !bound.keep_unsaid(&mut attributes, account, &catalogs::known(shared)) {
        return None;
    }
    let beside = Beside { memberships, ..Beside::default() };
    let desired = shared.map(&attributes, beside).ok()?.desired;
    wants_account(&desired).then(|| (shared.subject.text_of(&attributes), desired))
}
