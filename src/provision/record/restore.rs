//! The vendor refused for good: the last confirmed state holds again, and calls already made are taken back by converging to it.
//!
//! A departure is never undone: what else the request wanted is given up, the person stays inactive, and when taking the access away is itself
//! refused, it is tried again slowly until a person helps. With `delivery: accepted` the IdP believes the new state already, so nothing is taken
//! back: the work has failed, is shown, and is tried again slowly, too.

use std::sync::Arc;

use super::super::outcome::{Outcome, Refusal};
use super::super::recover::slow_pause;
use super::super::shared::Shared;
use super::super::work::{Work, attributes_of, to_text, urgency};
use super::super::write::{deactivated, is_inactive, removed, replace_account, show_resource, update_resource};
use super::super::{catalogs, lookups, memberships};
use super::regroup::{Regrouping, regroup};
use super::{Present, again_when_it_ends, commit, gone, is_like, is_newest, merged, present, touch_all};
use crate::config::model::Delivery;
use crate::mapping::bound::{Beside, CallName};
use crate::mapping::record::{Desired, Record, VendorAccount};
use crate::store::{Account, Change, StoreError, StoredResource, WorkState};

/// Records the refusal and what holds now.
pub(in crate::provision) async fn restore(
    shared: &Shared,
    work: &mut Work,
    refusal: Arc<Refusal>,
) -> Result<Outcome, StoreError> {
    let sentence = refusal.sentence();
    tracing::error!(
        connection = %shared.parts.connection, scim.id = %work.id, request_id = %work.request_id,
        "the change of {} was refused for good: {sentence}", work.id
    );
    work.note(shared, "vendor.refused", sentence.clone());
    let outcome = Outcome::Refused { refusal: refusal.clone(), is_merged: work.is_merged() };
    // What holds again is mapped anew.
    let settled = work.account.settled_body.as_deref().map(attributes_of);
    lookups::prepare_if_possible(shared, settled.as_ref()).await;
    let _lock = shared.locks.lock(&work.id).await;
    let Some(now) = present(shared, &work.id).await? else { return Ok(outcome) };
    let account = merged(shared, work, &now.account);
    let changes = if is_newest(work, &now) {
        let is_protected = matches!(*refusal, Refusal::Protected(_));
        let regrouping = regroup(shared, work, &now).await?;
        after(shared, work, &now, account, Case { sentence, is_protected, regrouping })
    } else {
        // Somebody wants something newer. Whether that is refused too is seen next.
        replace_account(&now.account, account).into()
    };
    let is_let_go = changes.iter().any(|change| matches!(change, Change::DropAccount(_)));
    commit(shared, work, changes).await?;
    if is_let_go {
        // Perhaps it had another object before, which it needs again.
        shared.align_later();
    }
    Ok(outcome)
}

/// A refusal, as far as it matters here.
struct Case {
    sentence: String,
    is_protected: bool,
    regrouping: Regrouping,
}

fn after(shared: &Shared, work: &mut Work, now: &Present, account: Account, case: Case) -> Vec<Change> {
    if shared.parts.options.delivery == Delivery::Accepted {
        return keep_trying(shared, now, account, &case);
    }
    if now.account.deleting && !case.is_protected {
        return go_on_removing(shared, work, now, account, &case);
    }
    match now.account.settled_body.clone() {
        None => give_up_create(shared, work, now, account),
        Some(body) if work.is_departure() && !case.is_protected => {
            go_back(shared, work, now, account, case, without_access(shared, &body))
        }
        Some(body) => go_back(shared, work, now, account, case, body),
    }
}

/// A person must look. The bridge goes on trying, slowly.
fn keep_trying(shared: &Shared, now: &Present, mut account: Account, case: &Case) -> Vec<Change> {
    account.state = WorkState::Failed;
    account.reason = Some(case.sentence.clone());
    account.attempts += 1;
    account.next_attempt = Some(shared.schedule_now() + slow_pause(account.attempts));
    replace_account(&now.account, account).into()
}

/// Somebody who is deleted does not come back because of a refusal; a removal that was mixed with other wishes goes on without them.
fn go_on_removing(shared: &Shared, work: &mut Work, now: &Present, mut account: Account, case: &Case) -> Vec<Change> {
    let settled = now.account.settled_body.as_deref();
    if settled.is_none() && account.taken_over.is_some() {
        work.note(shared, "restored", "the account that was taken over is let go as it is now".into());
        return gone(shared, &work.id);
    }
    let attributes = attributes_of(settled.unwrap_or(&now.resource.body));
    let memberships = memberships::for_mapping(&memberships::settled(&now.account));
    let desired = if settled.is_none() { Ok(undone(shared, work)) } else { removed(shared, &attributes, &memberships) };
    let desired = desired.unwrap_or_else(|_| work.desired.clone());
    if desired == work.desired {
        return keep_trying(shared, now, account, case);
    }
    wish(shared, &mut account, &desired, &case.sentence);
    account.urgency = urgency::DEPARTURE;
    replace_account(&now.account, account).into()
}

/// The state in `body` holds again.
fn go_back(
    shared: &Shared,
    work: &mut Work,
    now: &Present,
    mut account: Account,
    case: Case,
    body: String,
) -> Vec<Change> {
    let attributes = attributes_of(&body);
    if !shared.subject.is_of(&attributes) {
        return go_back_to_nothing(shared, work, now, body);
    }
    let beside = Beside { memberships: &case.regrouping.memberships, ..Beside::default() };
    let mapped = shared.map(&attributes, beside);
    let desired = mapped.map_or_else(|_| work.desired.clone(), |mapped| mapped.desired);
    let is_clean = is_like(shared, work, &desired);
    if !is_clean && desired == work.desired {
        return keep_trying(shared, now, account, &case);
    }
    wish(shared, &mut account, &desired, &case.sentence);
    account.deleting = false;
    account.remap = false;
    account.settled_groups = case.regrouping.settled_groups;
    account.settled_body = Some(body.clone());
    // Access that was given too early goes first.
    account.urgency = if is_inactive(&attributes) { urgency::DEPARTURE } else { urgency::CHANGE };
    if is_clean {
        account.state = WorkState::Settled;
        account.settled_revision = account.desired_revision;
        account.taken_over = None;
        account.attempts = 0;
        account.next_attempt = None;
        account.reason = None;
    }
    let again = again_when_it_ends(shared, &account, &memberships::settled(&account));
    let mut changes: Vec<Change> = replace_account(&now.account, account).into();
    changes.extend(again);
    if body != now.resource.body {
        let shown = StoredResource { confirmed: true, ..now.resource.clone() };
        changes.push(update_resource(shared, &shown, body));
    } else if !now.resource.confirmed {
        changes.push(show_resource(shared, &now.resource, true));
    }
    // After the resource, since they count its version up as well.
    changes.extend(case.regrouping.changes);
    work.note(shared, "restored", "the previous state holds again".into());
    changes
}

/// A group was to become an object of this target, and has its old name again, which meant something else.
fn go_back_to_nothing(shared: &Shared, work: &mut Work, now: &Present, body: String) -> Vec<Change> {
    work.note(shared, "restored", "the group is what it was before".into());
    let expected = Change::ExpectRevision { id: work.id.clone(), desired_revision: now.account.desired_revision };
    let mut changes = vec![expected, Change::DropAccount(work.id.clone())];
    if body != now.resource.body {
        changes.push(update_resource(shared, &now.resource, body));
    }
    changes.push(touch_all(shared, &work.id, &work.request_id));
    changes
}

/// A refused create leaves no resource. An account that was made for it is deleted; one that was taken over gets its values back and is let go.
fn give_up_create(shared: &Shared, work: &mut Work, now: &Present, mut account: Account) -> Vec<Change> {
    let let_go = gone(shared, &now.resource.id);
    if work.key().is_none() {
        work.note(shared, "restored", "nothing was created".into());
        return let_go;
    }
    let (desired, urgency, detail) = match before_take_over(&account) {
        Some(before) => {
            let before = Desired::Present(before);
            if is_like(shared, work, &before) {
                work.note(shared, "restored", "the account that was there before is let go".into());
                return let_go;
            }
            (before, urgency::CHANGE, "the account that was there before gets its values back")
        }
        None => (undone(shared, work), urgency::DEPARTURE, "the half-made account is taken away again"),
    };
    work.note(shared, "restored", detail.into());
    wish(shared, &mut account, &desired, detail);
    account.urgency = urgency;
    account.deleting = true;
    replace_account(&now.account, account).into()
}

/// Something else is wanted, at once.
fn wish(shared: &Shared, account: &mut Account, desired: &Desired, sentence: &str) {
    account.desired = to_text(desired);
    account.desired_revision += 1;
    account.state = WorkState::Pending;
    account.attempts = 0;
    account.next_attempt = Some(shared.schedule_now());
    account.reason = Some(format!("taking back what was done before a refusal: {sentence}"));
}

/// What becomes of an account that should not have been made. Without a call that deletes, it is what the vendor has, inactive: what the
/// request wanted was refused and is not tried again.
fn undone(shared: &Shared, work: &Work) -> Desired {
    let bound = &shared.parts.bound;
    let (false, Some(key), Some(applied)) = (bound.has_call(&CallName::Delete), work.key(), &work.applied) else {
        return Desired::Absent;
    };
    let account = VendorAccount { key: key.to_owned(), record: applied.clone(), unknown: Vec::new() };
    deactivated(shared, &bound.resource_from(&account, &catalogs::known(shared)), &[]).unwrap_or(Desired::Absent)
}

fn before_take_over(account: &Account) -> Option<Record> {
    account.taken_over.as_deref().and_then(|text| serde_json::from_str(text).ok())
}

/// The same person without access.
fn without_access(shared: &Shared, body: &str) -> String {
    let mut attributes = attributes_of(body);
    attributes.insert("active".into(), false.into());
    shared.subject.text_of(&attributes)
}
