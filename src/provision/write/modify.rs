//! PUT and PATCH: a person as he shall be.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::super::error::ProvisionError;
use super::super::groups::parked;
use super::super::lookups;
use super::super::memberships;
use super::super::shared::Shared;
use super::super::work::{attributes_of, urgency};
use super::super::{Precondition, RequestContext};
use super::follow::{Chances, Committed, follow, hand_in};
use super::{
    MAX_TRIES, check, is_inactive, map, refuse_when_draining, replace_account, shown, stored, update_resource, wanting,
};
use crate::ids::ScimId;
use crate::mapping::bound::{Mapped, Membership};
use crate::scim::error::ScimError;
use crate::scim::patch::PatchRequest;
use crate::scim::resource::{Incoming, check_immutable, replace};
use crate::store::{Account, Change, StoreError, StoredResource, WorkState};

/// PUT.
pub(in crate::provision) async fn put(
    shared: &Arc<Shared>,
    id: &ScimId,
    precondition: &Precondition,
    incoming: &Incoming,
    context: &RequestContext,
) -> Result<StoredResource, ProvisionError> {
    let change = |stored: &Map<String, Value>| {
        check_immutable(stored, incoming, shared.parts.bound.user_type())?;
        let attributes = replace(stored, incoming, shared.parts.bound.user_type());
        Ok(Wanted { attributes, password: incoming.password.clone(), notes: Vec::new() })
    };
    modify(shared, &Request { id, precondition, what: "scim.replace", change: &change, context }).await
}

/// PATCH.
pub(in crate::provision) async fn patch(
    shared: &Arc<Shared>,
    id: &ScimId,
    precondition: &Precondition,
    request: &PatchRequest,
    context: &RequestContext,
) -> Result<StoredResource, ProvisionError> {
    let change = |stored: &Map<String, Value>| {
        let patched = request.apply(id.as_str(), stored, shared.parts.bound.user_type())?;
        Ok(Wanted { attributes: patched.attributes, password: patched.password, notes: patched.skipped })
    };
    modify(shared, &Request { id, precondition, what: "scim.patch", change: &change, context }).await
}

/// How a request changes the stored attributes; called again when somebody else changed them in between.
type ChangeFn<'a> = dyn Fn(&Map<String, Value>) -> Result<Wanted, ScimError> + Sync + 'a;

/// A PUT or PATCH.
struct Request<'a> {
    id: &'a ScimId,
    precondition: &'a Precondition,
    /// For the story.
    what: &'a str,
    change: &'a ChangeFn<'a>,
    context: &'a RequestContext,
}

/// What a request makes of a person.
struct Wanted {
    attributes: Map<String, Value>,
    password: Option<String>,
    /// For the story.
    notes: Vec<String>,
}

/// How far a request has come.
enum Step {
    /// Nothing is left to do at the vendor.
    Done(StoredResource),
    /// The vendor must follow.
    Follows(Committed),
}

async fn modify(shared: &Arc<Shared>, request: &Request<'_>) -> Result<StoredResource, ProvisionError> {
    refuse_when_draining(shared)?;
    let mut chances = Chances::new();
    loop {
        let committed = match commit(shared, request).await? {
            Step::Done(resource) => return Ok(resource),
            Step::Follows(committed) => committed,
        };
        let handed = hand_in(shared, request.id, committed, request.context);
        let Err(unmet) = follow(shared, request.id, handed, request.context).await else {
            return shown(shared, request.id).await;
        };
        chances.take(shared, request.id, unmet, request.context).await?;
    }
}

async fn commit(shared: &Shared, request: &Request<'_>) -> Result<Step, ProvisionError> {
    let mut tries = 0;
    loop {
        tries += 1;
        match commit_once(shared, request).await {
            Err(ProvisionError::Store(StoreError::VersionMismatch)) if tries < MAX_TRIES => {}
            Err(ProvisionError::Store(StoreError::NameTaken { taken_by })) => {
                let (resource, _) = stored(shared, request.id).await?;
                let wanted = (request.change)(&attributes_of(&resource.body))?;
                return Err(ProvisionError::NameTaken { name: shared.subject.name_of(&wanted.attributes), taken_by });
            }
            other => return other,
        }
    }
}

async fn commit_once(shared: &Shared, request: &Request<'_>) -> Result<Step, ProvisionError> {
    let lock = shared.locks.lock(request.id).await;
    let (resource, account) = stored(shared, request.id).await?;
    check(request.precondition, &resource)?;
    let before = attributes_of(&resource.body);
    let mut wanted = (request.change)(&before)?;
    // Whatever the vendor has of the person's groups, it has until his writer has read them anew.
    let memberships = memberships::for_mapping(&memberships::settled(&account));
    lookups::prepare_until(shared, &wanted.attributes, request.context.deadline).await?;
    let mapped = mapped(shared, &before, &mut wanted, &memberships)?;
    let name = shared.subject.name_of(&wanted.attributes);
    // Only in another order, as a client may put back what it has read: that is no change, and no new version.
    let body =
        if wanted.attributes == before { resource.body.clone() } else { shared.subject.text_of(&wanted.attributes) };
    if body == resource.body && mapped.transient.0.is_empty() && !account.deleting {
        return Ok(if account.state == WorkState::Settled {
            Step::Done(resource)
        } else {
            // The repeat of a change that is still under way, or failed: it joins the work, or starts it again.
            Step::Follows(Committed {
                name,
                revision: account.desired_revision,
                transient: mapped.transient,
                has_joined: true,
            })
        });
    }
    let urgency = urgency_of(&wanted.attributes, &account);
    let mut next = wanting(shared, &account, &mapped.desired, urgency, request.context);
    // While it was being removed, an account follows no group.
    next.remap |= account.deleting || !memberships.is_empty();
    let revision = next.desired_revision;
    let needs_vendor =
        account.state != WorkState::Settled || next.desired != account.desired || !mapped.transient.0.is_empty();
    if !needs_vendor {
        next.state = WorkState::Settled;
        next.remap = false;
        next.settled_revision = revision;
        next.settled_body = Some(body.clone());
        next.next_attempt = None;
    }
    let mut detail = format!("by {}", request.context.credential);
    for note in &wanted.notes {
        detail.push_str("; ");
        detail.push_str(note);
    }
    let event = shared.event(request.id, &name, &request.context.request_id, request.what, detail);
    let mut changes = vec![Change::Event(event)];
    changes.extend(replace_account(&account, next));
    if body != resource.body {
        changes.push(update_resource(shared, &resource, body));
    }
    shared.parts.store.commit(&shared.parts.connection, changes).await?;
    if is_called_otherwise(&before, &wanted.attributes) {
        drop(lock);
        parked::welcome(shared, request.id).await;
    }
    Ok(if needs_vendor {
        Step::Follows(Committed { name, revision, transient: mapped.transient, has_joined: false })
    } else {
        Step::Done(shown(shared, request.id).await?)
    })
}

/// What the vendor should have. A deactivation is carried out whatever else the request asks for.
fn mapped(
    shared: &Shared,
    before: &Map<String, Value>,
    wanted: &mut Wanted,
    memberships: &[Membership],
) -> Result<Mapped, ProvisionError> {
    let is_departure = is_inactive(&wanted.attributes) && !is_inactive(before);
    match map(shared, &wanted.attributes, wanted.password.as_deref(), memberships) {
        Err(ProvisionError::Unmappable { source, .. }) if is_departure => {
            wanted.notes.push(format!("only the deactivation is done, the rest of the request cannot be: {source}"));
            wanted.attributes.clone_from(before);
            wanted.attributes.insert("active".into(), false.into());
            map(shared, &wanted.attributes, None, memberships)
        }
        other => other,
    }
}

/// Somebody may have been waited for under the new name.
fn is_called_otherwise(before: &Map<String, Value>, after: &Map<String, Value>) -> bool {
    ["userName", "externalId"].iter().any(|name| before.get(*name) != after.get(*name))
}

fn urgency_of(attributes: &Map<String, Value>, account: &Account) -> i64 {
    if is_inactive(attributes) {
        urgency::DEPARTURE
    } else if account.vendor_id.is_none() {
        urgency::CREATE
    } else {
        urgency::CHANGE
    }
}
