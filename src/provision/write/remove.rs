//! DELETE: the person goes when the vendor has taken the account away.

use std::sync::Arc;

use super::super::error::ProvisionError;
use super::super::shared::Shared;
use super::super::work::{attributes_of, urgency};
use super::super::{Precondition, RequestContext};
use super::super::{lookups, memberships};
use super::follow::{Chances, Committed, follow, hand_in};
use super::{MAX_TRIES, check, refuse_when_draining, removed, replace_account, show_resource, stored, wanting};
use crate::config::model::Delivery;
use crate::ids::ScimId;
use crate::mapping::model::Removal;
use crate::mapping::record::Record;
use crate::store::{Change, Members, StoreError};

/// DELETE.
pub(in crate::provision) async fn delete(
    shared: &Arc<Shared>,
    id: &ScimId,
    precondition: &Precondition,
    context: &RequestContext,
) -> Result<(), ProvisionError> {
    refuse_when_draining(shared)?;
    let mut chances = Chances::new();
    loop {
        let committed = commit(shared, id, precondition, context).await?;
        let handed = hand_in(shared, id, committed, context);
        let Err(unmet) = follow(shared, id, handed, context).await else { return Ok(()) };
        chances.take(shared, id, unmet, context).await?;
    }
}

async fn commit(
    shared: &Shared,
    id: &ScimId,
    precondition: &Precondition,
    context: &RequestContext,
) -> Result<Committed, ProvisionError> {
    let mut tries = 0;
    loop {
        tries += 1;
        match commit_once(shared, id, precondition, context).await {
            Err(ProvisionError::Store(StoreError::VersionMismatch)) if tries < MAX_TRIES => {}
            other => return other,
        }
    }
}

async fn commit_once(
    shared: &Shared,
    id: &ScimId,
    precondition: &Precondition,
    context: &RequestContext,
) -> Result<Committed, ProvisionError> {
    let _lock = shared.locks.lock(id).await;
    let (resource, account) = stored(shared, id).await?;
    check(precondition, &resource)?;
    let attributes = attributes_of(&resource.body);
    let name = shared.subject.name_of(&attributes);
    if account.deleting {
        return Ok(Committed {
            name,
            revision: account.desired_revision,
            transient: Record::default(),
            has_joined: false,
        });
    }
    let memberships = memberships::for_mapping(&memberships::settled(&account));
    if shared.parts.bound.removal() == Removal::Deactivate {
        let mut inactive = attributes.clone();
        inactive.insert("active".into(), false.into());
        lookups::prepare_until(shared, &inactive, context.deadline).await?;
    }
    let desired = removed(shared, &attributes, &memberships)?;
    let mut next = wanting(shared, &account, &desired, urgency::DEPARTURE, context);
    next.deleting = true;
    let revision = next.desired_revision;
    let event = shared.event(id, &name, &context.request_id, "scim.delete", format!("by {}", context.credential));
    let mut changes = vec![Change::Event(event)];
    changes.extend(replace_account(&account, next));
    if shared.parts.options.delivery == Delivery::Accepted {
        // Answered with success at once: from now on the IdP must not find the person any more.
        changes.push(show_resource(shared, &resource, false));
        changes.extend(leaving(shared, id).await?);
    }
    shared.parts.store.commit(&shared.parts.connection, changes).await?;
    Ok(Committed { name, revision, transient: Record::default(), has_joined: false })
}

/// Somebody who is no longer shown is no longer shown as a member either.
async fn leaving(shared: &Shared, id: &ScimId) -> Result<Vec<Change>, StoreError> {
    let memberships = shared.parts.store.memberships(&shared.parts.connection, id).await?;
    let mut changes = Vec::new();
    for membership in memberships {
        let members = Members::These(vec![id.clone()]);
        changes.push(Change::RemoveMembers { group: membership.group.clone(), members });
        changes.push(Change::CountUp { id: membership.group, at: shared.now() });
    }
    Ok(changes)
}
