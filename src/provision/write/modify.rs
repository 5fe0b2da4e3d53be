//! PUT and PATCH: a person changes. A departure is carried out even when the rest of the request cannot be.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{check, follow, is_inactive, map, refuse_when_draining, shown, stored, update_resource, wanting};
use crate::ids::ScimId;
use crate::provision::error::ProvisionError;
use crate::provision::shared::Shared;
use crate::provision::work::{attributes_of, name_of, to_text, urgency};
use crate::provision::{Precondition, RequestContext};
use crate::scim::error::ScimError;
use crate::scim::patch::PatchRequest;
use crate::scim::resource::{Incoming, replace, with_schemas};
use crate::store::{Change, StoreError, StoredResource, WorkState};

/// A change that another process made in between is read again this often.
const MAX_TRIES: usize = 5;

/// PUT.
pub(in crate::provision) async fn put(
    shared: &Arc<Shared>,
    id: &ScimId,
    precondition: &Precondition,
    incoming: &Incoming,
    context: &RequestContext,
) -> Result<StoredResource, ProvisionError> {
    let change = |stored: &Map<String, Value>| {
        let attributes = replace(stored, incoming, shared.parts.bound.user_type());
        Ok(Wanted { attributes, password: incoming.password.clone(), notes: Vec::new() })
    };
    modify(shared, id, precondition, "scim.replace", &change, context).await
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
    modify(shared, id, precondition, "scim.patch", &change, context).await
}

/// How a request changes the stored attributes; called again when somebody else changed them in between.
type ChangeFn<'a> = dyn Fn(&Map<String, Value>) -> Result<Wanted, ScimError> + Sync + 'a;

/// What a request makes of a person.
struct Wanted {
    attributes: Map<String, Value>,
    password: Option<String>,
    /// For the story.
    notes: Vec<String>,
}

async fn modify(
    shared: &Arc<Shared>,
    id: &ScimId,
    precondition: &Precondition,
    what: &str,
    change: &ChangeFn<'_>,
    context: &RequestContext,
) -> Result<StoredResource, ProvisionError> {
    refuse_when_draining(shared)?;
    for _ in 0..MAX_TRIES {
        match modify_once(shared, id, precondition, what, change, context).await {
            Err(ProvisionError::Store(StoreError::VersionMismatch)) => {}
            Err(ProvisionError::Store(StoreError::NameTaken { taken_by })) => {
                let (resource, _) = stored(shared, id).await?;
                let wanted = change(&attributes_of(&resource.body))?;
                return Err(ProvisionError::NameTaken { name: name_of(&wanted.attributes), taken_by });
            }
            other => return other,
        }
    }
    Err(ProvisionError::Store(StoreError::VersionMismatch))
}

async fn modify_once(
    shared: &Arc<Shared>,
    id: &ScimId,
    precondition: &Precondition,
    what: &str,
    change: &ChangeFn<'_>,
    context: &RequestContext,
) -> Result<StoredResource, ProvisionError> {
    let (name, revision, transient) = {
        let _lock = shared.locks.lock(id).await;
        let (resource, account) = stored(shared, id).await?;
        check(precondition, &resource)?;
        let before = attributes_of(&resource.body);
        let mut wanted = change(&before)?;
        let is_departure = is_inactive(&wanted.attributes) && !is_inactive(&before);
        let mapped = match map(shared, &wanted.attributes, wanted.password.as_deref()) {
            Err(ProvisionError::Unmappable { source, .. }) if is_departure => {
                // A deactivation is carried out whatever else the request asks for.
                wanted
                    .notes
                    .push(format!("only the deactivation is done, the rest of the request cannot be: {source}"));
                wanted.attributes = before.clone();
                wanted.attributes.insert("active".into(), false.into());
                map(shared, &wanted.attributes, None)?
            }
            other => other?,
        };
        let name = name_of(&wanted.attributes);
        // Only in another order, as a client may put back what it has read: that is no change, and no new version.
        let body = if wanted.attributes == before {
            resource.body.clone()
        } else {
            to_text(&with_schemas(&wanted.attributes, shared.parts.bound.user_type()))
        };
        let is_same = body == resource.body && mapped.transient.0.is_empty() && !account.deleting;
        if is_same && account.state == WorkState::Settled {
            return Ok(resource);
        }
        if is_same {
            // The repeat of a change that is still under way, or failed: it joins the work, or starts it again.
            (name, account.desired_revision, mapped.transient)
        } else {
            let urgency = if is_inactive(&wanted.attributes) {
                urgency::DEPARTURE
            } else if account.applied.is_none() {
                urgency::CREATE
            } else {
                urgency::CHANGE
            };
            let mut next = wanting(shared, &account, &mapped.desired, urgency, context);
            let revision = next.desired_revision;
            let needs_vendor = account.state != WorkState::Settled
                || next.desired != account.desired
                || !mapped.transient.0.is_empty();
            if !needs_vendor {
                next.state = WorkState::Settled;
                next.settled_revision = revision;
                next.settled_body = Some(body.clone());
                next.next_attempt = None;
            }
            let mut detail = format!("by {}", context.credential);
            for note in &wanted.notes {
                detail.push_str("; ");
                detail.push_str(note);
            }
            let mut changes = vec![
                Change::PutAccount(next),
                Change::Event(shared.event(id, &name, &context.request_id, what, detail)),
            ];
            if body != resource.body {
                changes.push(update_resource(shared, &resource, body));
            }
            shared.parts.store.commit(&shared.parts.connection, changes).await?;
            if !needs_vendor {
                return shown(shared, id).await;
            }
            (name, revision, mapped.transient)
        }
    };
    follow(shared, id, &name, revision, transient, context).await?;
    shown(shared, id).await
}
