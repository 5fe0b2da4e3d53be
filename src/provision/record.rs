//! How a convergence ends in the store: settled, restored, waiting; and how it is noted half-way.

use std::sync::Arc;

use super::converge::pause;
use super::outcome::{Deferral, Outcome, Refusal};
use super::shared::Shared;
use super::work::{Work, attributes_of, to_text, urgency};
use super::{adopt, write};
use crate::mapping::bound::CallName;
use crate::mapping::record::{Desired, VendorAccount};
use crate::scim::resource::with_schemas;
use crate::store::{Account, Change, Kind, StoreError, StoredResource, WorkState};

/// The vendor has what it should have: says so durably.
pub(super) async fn settle(shared: &Shared, work: &mut Work) -> Result<Outcome, StoreError> {
    let _lock = shared.locks.lock(&work.id).await;
    let Some(now) = present(shared, work).await? else { return Ok(Outcome::Settled) };
    let is_newest = now.account.desired_revision == work.account.desired_revision;
    let mut changes = Vec::new();
    if is_newest && now.account.deleting {
        work.note(shared, "settled", "deleted".into());
        changes.push(Change::DeleteResource { kind: Kind::User, id: work.id.clone() });
    } else {
        let mut account = merged(work, &now.account);
        account.settled_revision = work.account.desired_revision;
        account.settled_body = Some(work.resource.body.clone());
        if is_newest {
            account.state = WorkState::Settled;
            account.attempts = 0;
            account.next_attempt = None;
            account.reason = None;
        }
        if !now.resource.confirmed {
            changes.push(confirm(shared, &now.resource));
        }
        changes.push(Change::PutAccount(account));
        work.note(shared, "settled", "the vendor has what it should have".into());
    }
    commit(shared, work, changes).await?;
    Ok(Outcome::Settled)
}

/// The vendor refused for good: the last confirmed state holds again, and calls already made are taken back by converging to it.
/// A deactivation is never undone: what else the request wanted is given up, the person stays inactive.
pub(super) async fn restore(shared: &Shared, work: &mut Work, refusal: Arc<Refusal>) -> Result<Outcome, StoreError> {
    let sentence = refusal.sentence();
    tracing::error!(
        connection = %shared.parts.connection, scim.id = %work.id, request_id = %work.request_id,
        "the change of {} was refused for good: {sentence}", work.id
    );
    work.note(shared, "vendor.refused", sentence.clone());
    let _lock = shared.locks.lock(&work.id).await;
    let Some(now) = present(shared, work).await? else { return Ok(Outcome::Refused(refusal)) };
    let mut account = merged(work, &now.account);
    if now.account.desired_revision != work.account.desired_revision {
        // Somebody wants something newer. Whether that is refused too is seen next.
        commit(shared, work, vec![Change::PutAccount(account)]).await?;
        return Ok(Outcome::Refused(refusal));
    }
    let is_protected = matches!(*refusal, Refusal::Protected(_));
    let previous = now.account.settled_body.clone();
    let target = match previous {
        // A create that was refused: nothing of it stays.
        None => None,
        Some(body) if work.is_departure() && !is_protected => Some(without_access(shared, &body)),
        Some(body) => Some(body),
    };
    let changes = match target {
        None => give_up_create(shared, work, &now, account),
        Some(body) => {
            let attributes = attributes_of(&body);
            let desired = if now.account.deleting && work.is_departure() && !is_protected {
                Desired::Absent
            } else {
                shared
                    .parts
                    .bound
                    .desired(&attributes, &serde_json::Map::new())
                    .map_or_else(|_| work.desired.clone(), |mapped| mapped.desired)
            };
            let is_tried = desired == work.desired;
            account.desired = to_text(&desired);
            account.desired_revision += 1;
            let mut changes = Vec::new();
            if is_tried && work.is_departure() && !is_protected {
                // Taking access away is itself refused. A person must look; the bridge goes on trying slowly.
                account.state = WorkState::Failed;
                account.reason = Some(sentence);
                account.attempts += 1;
                account.next_attempt = Some(shared.now() + super::recover::slow_pause(account.attempts));
            } else {
                account.deleting = false;
                let is_clean = work.applied.is_none() && desired == Desired::Absent || is_like(shared, work, &desired);
                if is_clean {
                    account.state = WorkState::Settled;
                    account.settled_revision = account.desired_revision;
                    account.settled_body = Some(body.clone());
                    account.attempts = 0;
                    account.next_attempt = None;
                    account.reason = None;
                } else {
                    account.state = WorkState::Pending;
                    account.settled_body = Some(body.clone());
                    account.reason = Some(format!("taking back what was done before a refusal: {sentence}"));
                    account.next_attempt = Some(shared.now());
                }
                if body != now.resource.body {
                    changes.push(write::update_resource(shared, &now.resource, body));
                }
                work.note(shared, "restored", "the previous state holds again".into());
            }
            changes.push(Change::PutAccount(account));
            changes
        }
    };
    commit(shared, work, changes).await?;
    Ok(Outcome::Refused(refusal))
}

/// Not now: notes why, and when it is taken up again.
pub(super) async fn defer(shared: &Shared, work: &mut Work, deferral: Deferral) -> Result<Outcome, StoreError> {
    tracing::warn!(
        connection = %shared.parts.connection, scim.id = %work.id, request_id = %work.request_id, attempt = work.account.attempts + 1,
        "the change of {} waits {} s: {}", work.id, deferral.pause.as_secs(), deferral.reason
    );
    if work.account.attempts == 0 {
        work.note(shared, "vendor.deferred", deferral.reason.clone());
    }
    let _lock = shared.locks.lock(&work.id).await;
    let Some(now) = present(shared, work).await? else { return Ok(Outcome::Settled) };
    let mut account = merged(work, &now.account);
    account.attempts += 1;
    account.reason = Some(deferral.reason.clone());
    account.next_attempt = Some(shared.now() + pause(work, Some(deferral.pause)));
    commit(shared, work, vec![Change::PutAccount(account)]).await?;
    Ok(Outcome::Deferred(deferral))
}

/// Half-way: an account was made or linked, which must not be forgotten whatever comes next.
pub(super) async fn progress(shared: &Shared, work: &mut Work) -> Result<(), StoreError> {
    let goal = work.goal(shared);
    if is_like(shared, work, &goal) {
        // The settling commit follows at once and says the same.
        return Ok(());
    }
    let _lock = shared.locks.lock(&work.id).await;
    let Some(now) = present(shared, work).await? else { return Ok(()) };
    let account = merged(work, &now.account);
    commit(shared, work, vec![Change::PutAccount(account)]).await
}

/// An account was taken over: what it has, and the IdP says nothing about, becomes part of the resource before anything is changed there.
pub(super) async fn keep_unsaid(shared: &Shared, work: &mut Work, account: &VendorAccount) -> Result<(), StoreError> {
    let _lock = shared.locks.lock(&work.id).await;
    let Some(now) = present(shared, work).await? else { return Ok(()) };
    // The newest wish counts, which may be another by now.
    let Some((body, desired)) = adopt::with_unsaid(shared, &now.resource.body, account) else { return Ok(()) };
    let row = Account { desired: to_text(&desired), ..merged(work, &now.account) };
    let change = write::update_resource(shared, &now.resource, body.clone());
    commit(shared, work, vec![change, Change::PutAccount(row)]).await?;
    work.resource = StoredResource { version: now.resource.version + 1, body, ..now.resource };
    work.desired = desired;
    Ok(())
}

/// The row as it is now (a request may have changed `desired` meanwhile) with what this convergence knows of the vendor.
fn merged(work: &Work, now: &Account) -> Account {
    let ours = work.account_row();
    Account {
        vendor_id: ours.vendor_id,
        applied: ours.applied,
        uncertain: ours.uncertain,
        attempts: ours.attempts,
        ..now.clone()
    }
}

/// A refused create leaves no resource. An account that was made for it is deleted, or loses its access where nothing can be deleted; one that
/// was taken over is let go.
fn give_up_create(shared: &Shared, work: &mut Work, now: &Present, mut account: Account) -> Vec<Change> {
    if work.created && work.applied.is_some() {
        let goal = without_half_made(shared, work);
        let what = if goal == Desired::Absent { "is deleted again" } else { "loses its access again" };
        account.desired = to_text(&goal);
        account.desired_revision += 1;
        account.deleting = true;
        account.urgency = urgency::DEPARTURE;
        account.next_attempt = Some(shared.now());
        work.note(shared, "restored", format!("the half-made account {what}"));
        return vec![Change::PutAccount(account)];
    }
    work.note(shared, "restored", "nothing was created".into());
    vec![Change::DeleteResource { kind: Kind::User, id: now.resource.id.clone() }]
}

/// What becomes of an account that should not have been made. Without a call that deletes, it is what the vendor has, inactive: what the
/// request wanted was refused and is not tried again.
fn without_half_made(shared: &Shared, work: &Work) -> Desired {
    let bound = &shared.parts.bound;
    let (false, Some(key), Some(applied)) = (bound.has_call(&CallName::Delete), work.key(), &work.applied) else {
        return Desired::Absent;
    };
    let account = VendorAccount { key: key.to_owned(), record: applied.clone(), unknown: Vec::new() };
    let mut attributes = bound.resource_from(&account);
    attributes.insert("active".into(), false.into());
    bound.desired(&attributes, &serde_json::Map::new()).map_or(Desired::Absent, |mapped| mapped.desired)
}

/// The same person without access.
fn without_access(shared: &Shared, body: &str) -> String {
    let mut attributes = attributes_of(body);
    attributes.insert("active".into(), false.into());
    to_text(&with_schemas(&attributes, shared.parts.bound.user_type()))
}

fn is_like(shared: &Shared, work: &Work, desired: &Desired) -> bool {
    crate::mapping::plan::plan(
        &shared.parts.bound,
        work.key(),
        work.applied.as_ref(),
        desired,
        &crate::mapping::record::Record::default(),
    )
    .is_ok_and(|steps| steps.is_empty())
}

fn confirm(shared: &Shared, resource: &StoredResource) -> Change {
    Change::UpdateResource {
        kind: Kind::User,
        keys: write::keys_of(&attributes_of(&resource.body)),
        expected_version: resource.version,
        resource: StoredResource { confirmed: true, modified: resource.modified.min(shared.now()), ..resource.clone() },
    }
}

async fn present(shared: &Shared, work: &Work) -> Result<Option<Present>, StoreError> {
    let person = shared.parts.store.person(&shared.parts.connection, &work.id).await?;
    Ok(person.and_then(|person| Some(Present { account: person.account?, resource: person.resource })))
}

async fn commit(shared: &Shared, work: &mut Work, mut changes: Vec<Change>) -> Result<(), StoreError> {
    changes.extend(std::mem::take(&mut work.events).into_iter().map(Change::Event));
    shared.parts.store.commit(&shared.parts.connection, changes).await
}

/// A person as the store has him now.
struct Present {
    resource: StoredResource,
    account: Account,
}
