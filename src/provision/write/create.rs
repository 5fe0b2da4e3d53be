//! POST: somebody new, or the repeat of a create that is still under way. Whether an account is already there is found out by the work on it, not here.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{LEASE, follow, keys_of, map, refuse_when_draining, shown, update_resource, wanting};
use crate::config::model::Delivery;
use crate::ids::ScimId;
use crate::mapping::bound::Mapped;
use crate::mapping::record::VendorAccount;
use crate::provision::RequestContext;
use crate::provision::adopt;
use crate::provision::error::ProvisionError;
use crate::provision::shared::Shared;
use crate::provision::work::{name_of, to_text, urgency};
use crate::scim::resource::{Incoming, with_schemas};
use crate::store::{Account, Change, Kind, Person, StoreError, StoredResource, WorkState};

/// POST.
pub(in crate::provision) async fn create(
    shared: &Arc<Shared>,
    incoming: Incoming,
    context: &RequestContext,
) -> Result<StoredResource, ProvisionError> {
    refuse_when_draining(shared)?;
    let mut attributes = incoming.attributes;
    // RFC 7643 section 4.1.1 leaves the default of `active` to the server: somebody who is provisioned is there to work.
    attributes.entry("active").or_insert(true.into());
    let name = name_of(&attributes);
    let mapped = map(shared, &attributes, incoming.password.as_deref())?;
    let now = shared.now();
    let id = ScimId::generate();
    let is_active = attributes["active"] == Value::Bool(true);
    let resource = StoredResource {
        id: id.clone(),
        version: 1,
        created: now,
        modified: now,
        body: to_text(&with_schemas(&attributes, shared.parts.bound.user_type())),
        confirmed: shared.parts.options.delivery == Delivery::Accepted,
    };
    let account = Account {
        id: id.clone(),
        vendor_id: None,
        desired: to_text(&mapped.desired),
        applied: None,
        desired_revision: 1,
        settled_revision: 0,
        settled_body: None,
        deleting: false,
        state: WorkState::Pending,
        urgency: if is_active { urgency::CREATE } else { urgency::DEPARTURE },
        // Somebody who arrives disabled may have an account from before: it must be disabled, not only be recorded as such.
        uncertain: !is_active,
        attempts: 0,
        next_attempt: Some(now + LEASE),
        reason: None,
        request_id: Some(context.request_id.clone()),
    };
    let event = shared.event(&id, &name, &context.request_id, "scim.create", format!("by {}", context.credential));
    let changes = vec![
        Change::InsertResource { kind: Kind::User, resource, keys: keys_of(&attributes) },
        Change::PutAccount(account),
        Change::Event(event),
    ];
    let committed = {
        // Whoever comes with the same name finds somebody who waits for it, not a create that was left alone.
        let _lock = shared.locks.lock(&id).await;
        let committed = shared.parts.store.commit(&shared.parts.connection, changes).await;
        committed.map(|()| follow(shared, &id, &name, 1, mapped.transient.clone(), context))
    };
    match committed {
        Ok(followed) => followed.await?,
        Err(StoreError::NameTaken { taken_by }) => {
            return join_create(shared, taken_by, &attributes, mapped, context).await;
        }
        Err(error) => return Err(error.into()),
    }
    shown(shared, &id).await
}

/// A POST for a userName that is taken. The repeat of a create that is still under way (its first request was told to come again) joins it;
/// anything else is a conflict (RFC 7644 section 3.3).
async fn join_create(
    shared: &Arc<Shared>,
    taken_by: ScimId,
    attributes: &Map<String, Value>,
    mapped: Mapped,
    context: &RequestContext,
) -> Result<StoredResource, ProvisionError> {
    let name = name_of(attributes);
    let conflict = |taken_by| ProvisionError::NameTaken { name: name.clone(), taken_by };
    let followed = {
        let _lock = shared.locks.lock(&taken_by).await;
        let Some(Person { resource, account: Some(account) }) =
            shared.parts.store.person(&shared.parts.connection, &taken_by).await?
        else {
            return Err(conflict(taken_by));
        };
        if resource.confirmed || account.deleting || shared.queue.has_waiters(&taken_by) {
            return Err(conflict(taken_by));
        }
        let mut body = to_text(&with_schemas(attributes, shared.parts.bound.user_type()));
        let mut desired = mapped.desired;
        // The first request may have taken an account over already; then the repeat keeps what that has, like the first.
        if let Some(has) = linked(&account)
            && let Some(with_unsaid) = adopt::with_unsaid(shared, &body, &has)
        {
            (body, desired) = with_unsaid;
        }
        let revision = if body == resource.body {
            account.desired_revision
        } else {
            let account = wanting(shared, &account, &desired, urgency::CREATE, context);
            let revision = account.desired_revision;
            let event =
                shared.event(&taken_by, &name, &context.request_id, "scim.create", "repeated with other values".into());
            let changes =
                vec![update_resource(shared, &resource, body), Change::PutAccount(account), Change::Event(event)];
            shared.parts.store.commit(&shared.parts.connection, changes).await?;
            revision
        };
        follow(shared, &taken_by, &name, revision, mapped.transient, context)
    };
    followed.await?;
    shown(shared, &taken_by).await
}

/// The account at the vendor, as far as it is known already.
fn linked(account: &Account) -> Option<VendorAccount> {
    let key = account.vendor_id.as_ref()?.as_str().to_owned();
    let record = serde_json::from_str(account.applied.as_deref()?).ok()?;
    Some(VendorAccount { key, record, unknown: Vec::new() })
}
