//! How a convergence ends in the store: settled, restored, waiting; and how it is noted half-way. No vendor is asked here.

mod regroup;
mod restore;

pub(super) use restore::restore;

use super::converge::pause;
use super::groups::parked;
use super::outcome::{Deferral, Outcome};
use super::recover::slow_pause;
use super::shared::Shared;
use super::work::{Work, attributes_of, to_text};
use super::write::{replace_account, show_resource, update_resource};
use super::{adopt, catalogs, memberships};
use crate::ids::{RequestId, ScimId};
use crate::mapping::plan::plan;
use crate::mapping::record::{Desired, Record, VendorAccount};
use crate::store::{Account, Change, Doubt, Members, StoreError, StoredResource, WorkState};

/// The vendor has what it should have: says so durably.
pub(super) async fn settle(shared: &Shared, work: &mut Work) -> Result<Outcome, StoreError> {
    let lock = shared.locks.lock(&work.id).await;
    let Some(now) = present(shared, &work.id).await? else { return Ok(Outcome::Settled) };
    work.account.doubt = Doubt::None;
    let is_newest = is_newest(work, &now);
    let mut changes = Vec::new();
    let mut arrives = false;
    if is_newest && now.account.deleting {
        work.note(shared, "settled", "deleted".into());
        note_external_id(shared, work, &now.resource.body);
        changes.extend(gone(shared, &work.id));
    } else {
        let mut account = merged(shared, work, &now.account);
        account.settled_revision = work.account.desired_revision;
        account.settled_body = Some(without_over(shared, work, &work.resource.body));
        account.settled_groups = memberships::text_of(&work.counted);
        if shared.subject.is_people() {
            account.taken_over = None;
        }
        if is_newest {
            account.remap = false;
            account.state = WorkState::Settled;
            account.attempts = 0;
            account.next_attempt = None;
            account.reason = None;
        }
        arrives = !now.resource.confirmed && !now.account.deleting;
        let body = without_over(shared, work, &now.resource.body);
        if body != now.resource.body {
            let shown = StoredResource { confirmed: now.resource.confirmed || arrives, ..now.resource.clone() };
            changes.push(update_resource(shared, &shown, body));
        } else if arrives {
            changes.push(show_resource(shared, &now.resource, true));
        }
        let again = again_when_it_ends(shared, &account, &work.counted);
        changes.extend(replace_account(&now.account, account));
        changes.extend(again);
        work.note(shared, "settled", "the vendor has what it should have".into());
    }
    commit(shared, work, changes).await?;
    drop(lock);
    if arrives && shared.subject.is_people() {
        parked::welcome(shared, &work.id).await;
    }
    Ok(Outcome::Settled)
}

/// What somebody still has of a group that he has left goes when its time is over. A change of its own: the account was settled before it, and nobody
/// waits for what comes then.
fn again_when_it_ends(shared: &Shared, settled: &Account, counted: &[memberships::Counted]) -> Option<Change> {
    let until = memberships::ends(counted).filter(|_| settled.state == WorkState::Settled)?;
    let now = shared.schedule_now();
    Some(Change::PutAccount(Account {
        remap: true,
        state: WorkState::Pending,
        // When that was refused, a person has to look.
        next_attempt: Some(if until > now { until } else { now + slow_pause(1) }),
        reason: Some("has left a group and joined no other yet".to_owned()),
        ..settled.clone()
    }))
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
    let Some(now) = present(shared, &work.id).await? else { return Ok(Outcome::Settled) };
    let mut account = merged(shared, work, &now.account);
    if is_newest(work, &now) {
        account.attempts += 1;
        account.reason = Some(deferral.reason.clone());
        account.next_attempt = Some(shared.schedule_now() + pause(work, Some(deferral.pause)));
    }
    commit(shared, work, replace_account(&now.account, account).into()).await?;
    Ok(Outcome::Deferred(deferral))
}

/// Half-way: an account was made, which must not be forgotten whatever comes next.
pub(super) async fn progress(shared: &Shared, work: &mut Work) -> Result<(), StoreError> {
    let goal = work.goal(shared);
    if is_like(shared, work, &goal) {
        // The settling commit follows at once and says the same.
        return Ok(());
    }
    claim(shared, work).await
}

/// The account is this person's from now on. Refused when it has become another person's, before anything of it is changed.
pub(super) async fn claim(shared: &Shared, work: &mut Work) -> Result<(), StoreError> {
    let _lock = shared.locks.lock(&work.id).await;
    let Some(now) = present(shared, &work.id).await? else { return Ok(()) };
    let account = merged(shared, work, &now.account);
    commit(shared, work, replace_account(&now.account, account).into()).await
}

/// An account was taken over: what it has, and the IdP says nothing about, becomes part of the resource before anything is changed there.
pub(super) async fn keep_unsaid(shared: &Shared, work: &mut Work, account: &VendorAccount) -> Result<(), StoreError> {
    let _lock = shared.locks.lock(&work.id).await;
    let Some(now) = present(shared, &work.id).await? else { return Ok(()) };
    if now.account.deleting {
        return Ok(());
    }
    // The newest wish counts, which may be another by now.
    let Some((body, desired)) = adopt::with_unsaid(shared, &now.resource.body, account, &work.memberships) else {
        return Ok(());
    };
    work.desired = desired;
    let mut row = merged(shared, work, &now.account);
    if !is_newest(work, &now) {
        row.desired = to_text(&work.desired);
    }
    let mut changes = vec![update_resource(shared, &now.resource, body.clone())];
    changes.extend(replace_account(&now.account, row));
    commit(shared, work, changes).await?;
    work.resource = StoredResource { version: now.resource.version + 1, body, ..now.resource };
    Ok(())
}

/// Work that cannot even be begun is put aside for a while, so that it does not come up at once again and again.
pub(super) async fn put_aside(
    shared: &Shared,
    id: &ScimId,
    reason: &str,
    pause: std::time::Duration,
) -> Result<(), StoreError> {
    let _lock = shared.locks.lock(id).await;
    let Some(now) = present(shared, id).await? else { return Ok(()) };
    let account = Account {
        doubt: if now.account.doubt == Doubt::None { Doubt::Interrupted } else { now.account.doubt },
        attempts: now.account.attempts + 1,
        reason: Some(reason.to_owned()),
        next_attempt: Some(shared.schedule_now() + pause),
        ..now.account.clone()
    };
    shared.parts.store.commit(&shared.parts.connection, replace_account(&now.account, account).into()).await
}

/// The row as it is now (a request may have changed `desired` meanwhile) with what this convergence knows of the vendor.
fn merged(shared: &Shared, work: &Work, now: &Account) -> Account {
    let ours = work.account_row();
    let is_newest = now.desired_revision == ours.desired_revision;
    Account {
        vendor_id: ours.vendor_id,
        other_keys: ours.other_keys,
        applied: ours.applied,
        doubt: ours.doubt,
        taken_over: ours.taken_over,
        attempts: if is_newest { ours.attempts } else { now.attempts },
        // The login of an account that was taken over stays as it is, also when this is taken up again later. What was made of the person's
        // groups is what was sent.
        desired: if is_newest && (work.adopted || work.is_remapped) {
            to_text(&work.goal(shared))
        } else {
            now.desired.clone()
        },
        ..now.clone()
    }
}

fn is_newest(work: &Work, now: &Present) -> bool {
    now.account.desired_revision == work.account.desired_revision
}

/// Has the vendor this already, for all that is known?
fn is_like(shared: &Shared, work: &Work, desired: &Desired) -> bool {
    work.account.doubt == Doubt::None
        && plan(&shared.parts.bound, work.key(), work.applied.as_ref(), desired, &Record::default())
            .is_ok_and(|steps| steps.is_empty())
}

async fn present(shared: &Shared, id: &ScimId) -> Result<Option<Present>, StoreError> {
    let person = shared.parts.store.person(&shared.parts.connection, id).await?;
    Ok(person.and_then(|person| Some(Present { account: person.account?, resource: person.resource })))
}

async fn commit(shared: &Shared, work: &mut Work, mut changes: Vec<Change>) -> Result<(), StoreError> {
    let put = changes.iter().find_map(|change| match change {
        Change::PutAccount(account) => Some(account.vendor_id.clone()),
        _ => None,
    });
    let is_linked = put.as_ref().is_some_and(|key| key.is_some() && *key != work.stored_key);
    if is_linked && !shared.subject.is_people() {
        // From now on the group means something for its members.
        changes.push(touch_all(shared, &work.id, &work.request_id));
    }
    changes.extend(work.events.iter().cloned().map(Change::Event));
    let touches =
        !shared.subject.is_people() && changes.iter().any(|change| matches!(change, Change::TouchAccounts { .. }));
    let _people = if touches { shared.people_locks.lock_all().await } else { Vec::new() };
    shared.parts.store.commit(&shared.parts.connection, changes).await?;
    if let Some(key) = put {
        work.stored_key = key;
    }
    work.events.clear();
    Ok(())
}

/// What the members' accounts are made of has changed. Who asked for it submits them; the schedule takes up the others.
fn touch_all(shared: &Shared, group: &ScimId, request_id: &RequestId) -> Change {
    Change::TouchAccounts {
        members: Members::All,
        group: group.clone(),
        next_attempt: shared.schedule_now(),
        request_id: request_id.clone(),
    }
}

/// The externalId goes with the resource. An event under that name still leads to the whole story.
fn note_external_id(shared: &Shared, work: &mut Work, body: &str) {
    let attributes = attributes_of(body);
    let Some(external_id) = attributes.get("externalId").and_then(serde_json::Value::as_str) else { return };
    let detail = format!("this was the externalId of {}", work.name);
    work.events.push(shared.event(&work.id, external_id, &work.request_id, "deleted", detail));
}

/// A resource goes. The people of a group leave it first, since what is shown of them changes.
fn gone(shared: &Shared, id: &ScimId) -> Vec<Change> {
    let mut changes = Vec::new();
    if !shared.subject.is_people() {
        changes.push(Change::RemoveMembers { group: id.clone(), members: Members::All });
    }
    changes.push(Change::DeleteResource { kind: shared.subject.kind, id: id.clone() });
    changes
}

/// The body without the values that groups gave and give no more.
fn without_over(shared: &Shared, work: &Work, body: &str) -> String {
    let over: Vec<_> = work.memberships.iter().filter(|membership| membership.is_over).cloned().collect();
    if over.is_empty() {
        return body.to_owned();
    }
    let without = shared.parts.bound.without_values(&attributes_of(body), &over, &catalogs::known(shared));
    without.map_or_else(|| body.to_owned(), |attributes| shared.subject.text_of(&attributes))
}

/// A person as the store has him now.
struct Present {
    resource: StoredResource,
    account: Account,
}
