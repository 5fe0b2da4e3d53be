//! POST: a new person, or the repeat of a POST that was told to come again.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::super::adopt;
use super::super::error::ProvisionError;
use super::super::groups::parked;
use super::super::lookups;
use super::super::shared::Shared;
use super::super::subject::keys_in;
use super::super::work::{attributes_of, to_text, urgency};
use super::super::{Precondition, RequestContext};
use super::follow::{Committed, follow, hand_in};
use super::{LEASE, is_inactive, map, refuse_when_draining, replace_account, shown, update_resource, wanting};
use crate::config::model::Delivery;
use crate::ids::ScimId;
use crate::mapping::bound::Mapped;
use crate::mapping::record::{Desired, VendorAccount};
use crate::scim::resource::Incoming;
use crate::store::{Account, Change, Doubt, Kind, Person, StoreError, StoredResource, WorkState};

/// POST.
pub(in crate::provision) async fn create(
    shared: &Arc<Shared>,
    incoming: Incoming,
    context: &RequestContext,
) -> Result<StoredResource, ProvisionError> {
    refuse_when_draining(shared)?;
    let mut incoming = incoming;
    // RFC 7643 section 4.1.1 leaves the default of `active` to the server: somebody who is provisioned is there to work.
    incoming.attributes.entry("active").or_insert(true.into());
    let attributes = incoming.attributes.clone();
    lookups::prepare_until(shared, &attributes, context.deadline).await?;
    let mapped = map(shared, &attributes, incoming.password.as_deref(), &[])?;
    let id = ScimId::generate();
    // Held until the work is handed in: a POST for the same name in between must see that somebody waits.
    let lock = shared.locks.lock(&id).await;
    let changes = new_person(shared, &id, &attributes, &mapped, context);
    match shared.parts.store.commit(&shared.parts.connection, changes).await {
        Ok(()) => {}
        Err(StoreError::NameTaken { taken_by }) => {
            drop(lock);
            if is_to_reactivate(shared, &taken_by).await? {
                return super::put(shared, &taken_by, &Precondition::None, &incoming, context).await;
            }
            return join(shared, taken_by, &attributes, mapped, context).await;
        }
        Err(error) => return Err(error.into()),
    }
    let committed = Committed {
        name: shared.subject.name_of(&attributes),
        revision: 1,
        transient: mapped.transient,
        has_joined: false,
    };
    let handed = hand_in(shared, &id, committed, context);
    drop(lock);
    if is_shown_at_once(shared) {
        parked::welcome(shared, &id).await;
    }
    follow(shared, &id, handed, context).await.map_err(|unmet| unmet.error)?;
    shown(shared, &id).await
}

fn new_person(
    shared: &Shared,
    id: &ScimId,
    attributes: &Map<String, Value>,
    mapped: &Mapped,
    context: &RequestContext,
) -> Vec<Change> {
    let now = shared.now();
    let resource = StoredResource {
        id: id.clone(),
        version: 1,
        created: now,
        modified: now,
        body: shared.subject.text_of(attributes),
        confirmed: is_shown_at_once(shared),
    };
    let account = new_account(shared, id, &mapped.desired, urgency_of(attributes), context);
    let name = shared.subject.name_of(attributes);
    let event = shared.event(id, &name, &context.request_id, "scim.create", format!("by {}", context.credential));
    vec![
        Change::InsertResource { kind: Kind::User, resource, keys: keys_in(Kind::User, attributes) },
        Change::PutAccount(account),
        Change::Event(event),
    ]
}

/// Some IdPs create people again whom they have deactivated before (`reactivate_on_create`).
async fn is_to_reactivate(shared: &Shared, taken_by: &ScimId) -> Result<bool, StoreError> {
    if !shared.parts.options.switches.reactivate_on_create {
        return Ok(false);
    }
    let person = shared.parts.store.get(&shared.parts.connection, Kind::User, taken_by).await?;
    Ok(person.is_some_and(|resource| is_inactive(&attributes_of(&resource.body))))
}

/// The account of something that the vendor does not have yet, for all that is known.
pub(in crate::provision) fn new_account(
    shared: &Shared,
    id: &ScimId,
    desired: &Desired,
    urgency: i64,
    context: &RequestContext,
) -> Account {
    Account {
        id: id.clone(),
        realm: shared.subject.realm.clone(),
        remap: false,
        settled_groups: None,
        other_keys: None,
        vendor_id: None,
        desired: to_text(desired),
        applied: None,
        desired_revision: 1,
        settled_revision: 0,
        settled_body: None,
        deleting: false,
        state: WorkState::Pending,
        urgency,
        doubt: Doubt::None,
        taken_over: None,
        attempts: 0,
        next_attempt: Some(shared.schedule_now() + LEASE),
        reason: None,
        request_id: Some(context.request_id.clone()),
    }
}

/// A POST for a userName that is taken. The repeat of a create that is still under way (its first request was told to come again) joins it, and
/// somebody who is only being removed comes back; anything else is a conflict (RFC 7644 section 3.3).
async fn join(
    shared: &Arc<Shared>,
    taken_by: ScimId,
    attributes: &Map<String, Value>,
    mapped: Mapped,
    context: &RequestContext,
) -> Result<StoredResource, ProvisionError> {
    let name = shared.subject.name_of(attributes);
    let conflict = |taken_by| ProvisionError::NameTaken { name: name.clone(), taken_by };
    let handed = {
        let _lock = shared.locks.lock(&taken_by).await;
        let Some(Person { resource, account: Some(account) }) =
            shared.parts.store.person(&shared.parts.connection, &taken_by).await?
        else {
            return Err(conflict(taken_by));
        };
        if resource.confirmed || shared.queue.has_waiters(&taken_by) {
            return Err(conflict(taken_by));
        }
        let mut body = shared.subject.text_of(attributes);
        let mut desired = mapped.desired;
        // The first request may have taken an account over already; then the repeat keeps what that has, like the first.
        if let Some(has) = taken_over(&account)
            && let Some(with_unsaid) = adopt::with_unsaid(shared, &body, &has, &[])
        {
            (body, desired) = with_unsaid;
        }
        let revision = if body == resource.body && !account.deleting {
            account.desired_revision
        } else {
            let mut next = wanting(shared, &account, &desired, urgency_of(attributes), context);
            // Whatever was confirmed in an earlier life is over.
            next.settled_body = None;
            // So may his groups be, but what the vendor has of them is not known to be.
            next.remap = true;
            let revision = next.desired_revision;
            let again = if account.deleting { "while the removal was under way" } else { "repeated with other values" };
            let event = shared.event(&taken_by, &name, &context.request_id, "scim.create", again.into());
            let shown = StoredResource { confirmed: is_shown_at_once(shared), ..resource };
            let mut changes = vec![update_resource(shared, &shown, body), Change::Event(event)];
            changes.extend(replace_account(&account, next));
            shared.parts.store.commit(&shared.parts.connection, changes).await?;
            revision
        };
        hand_in(
            shared,
            &taken_by,
            Committed { name, revision, transient: mapped.transient, has_joined: false },
            context,
        )
    };
    follow(shared, &taken_by, handed, context).await.map_err(|unmet| unmet.error)?;
    shown(shared, &taken_by).await
}

/// The account that was there before the person came, as it was then.
fn taken_over(account: &Account) -> Option<VendorAccount> {
    let key = account.vendor_id.as_ref()?.as_str().to_owned();
    let record = serde_json::from_str(account.taken_over.as_deref()?).ok()?;
    Some(VendorAccount { key, record, unknown: Vec::new() })
}

fn is_shown_at_once(shared: &Shared) -> bool {
    shared.parts.options.delivery == Delivery::Accepted
}

/// Somebody who arrives disabled may have an account from before: taking it away goes first.
fn urgency_of(attributes: &Map<String, Value>) -> i64 {
    if is_inactive(attributes) { urgency::DEPARTURE } else { urgency::CREATE }
}
