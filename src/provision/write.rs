//! What an IdP's request does: change what should be, durably, and wait for the vendor to follow.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::error::ProvisionError;
use super::outcome::{Deferral, Outcome};
use super::queue::Job;
use super::shared::Shared;
use super::work::{attributes_of, name_of, to_text, urgency};
use super::{Precondition, RequestContext};
use crate::config::model::Delivery;
use crate::ids::ScimId;
use crate::mapping::bound::Mapped;
use crate::mapping::model::Removal;
use crate::mapping::record::{Desired, Record};
use crate::scim::error::ScimError;
use crate::scim::patch::PatchRequest;
use crate::scim::resource::{Incoming, replace, with_schemas};
use crate::store::{Account, Change, Keys, Kind, Person, StoreError, StoredResource, WorkState};

/// How long committed work is left to the request that committed it before the schedule takes it up.
const LEASE: jiff::SignedDuration = jiff::SignedDuration::from_secs(90);
/// Pause that a late request is told when nothing better is known.
const USUAL_PAUSE: std::time::Duration = std::time::Duration::from_secs(5);
/// A change that another process made in between is read again this often.
const MAX_TRIES: usize = 5;

/// POST.
pub(super) async fn create(
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
    match shared.parts.store.commit(&shared.parts.connection, changes).await {
        Ok(()) => {}
        Err(StoreError::NameTaken { taken_by }) => {
            return join_create(shared, taken_by, &attributes, mapped, context).await;
        }
        Err(error) => return Err(error.into()),
    }
    follow(shared, &id, &name, 1, mapped.transient, context).await?;
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
    let revision = {
        let _lock = shared.locks.lock(&taken_by).await;
        let Some(Person { resource, account: Some(account) }) =
            shared.parts.store.person(&shared.parts.connection, &taken_by).await?
        else {
            return Err(conflict(taken_by));
        };
        if resource.confirmed || account.deleting || shared.queue.has_waiters(&taken_by) {
            return Err(conflict(taken_by));
        }
        let body = to_text(&with_schemas(attributes, shared.parts.bound.user_type()));
        if body == resource.body {
            account.desired_revision
        } else {
            let account = wanting(shared, &account, &mapped.desired, urgency::CREATE, context);
            let revision = account.desired_revision;
            let event =
                shared.event(&taken_by, &name, &context.request_id, "scim.create", "repeated with other values".into());
            let changes =
                vec![update_resource(shared, &resource, body), Change::PutAccount(account), Change::Event(event)];
            shared.parts.store.commit(&shared.parts.connection, changes).await?;
            revision
        }
    };
    follow(shared, &taken_by, &name, revision, mapped.transient, context).await?;
    shown(shared, &taken_by).await
}

/// PUT.
pub(super) async fn put(
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
pub(super) async fn patch(
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

/// DELETE.
pub(super) async fn delete(
    shared: &Arc<Shared>,
    id: &ScimId,
    precondition: &Precondition,
    context: &RequestContext,
) -> Result<(), ProvisionError> {
    refuse_when_draining(shared)?;
    let (name, revision) = {
        let _lock = shared.locks.lock(id).await;
        let (resource, account) = stored(shared, id).await?;
        check(precondition, &resource)?;
        let attributes = attributes_of(&resource.body);
        let name = name_of(&attributes);
        if account.deleting {
            (name, account.desired_revision)
        } else {
            let desired = match shared.parts.bound.removal() {
                Removal::Delete => Desired::Absent,
                Removal::Deactivate => deactivated(shared, &attributes)?,
            };
            let mut account = wanting(shared, &account, &desired, urgency::DEPARTURE, context);
            account.deleting = true;
            let revision = account.desired_revision;
            let event =
                shared.event(id, &name, &context.request_id, "scim.delete", format!("by {}", context.credential));
            shared
                .parts
                .store
                .commit(&shared.parts.connection, vec![Change::PutAccount(account), Change::Event(event)])
                .await?;
            (name, revision)
        }
    };
    follow(shared, id, &name, revision, Record::default(), context).await
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

/// Waits until the vendor has followed, as long as the IdP can wait.
async fn follow(
    shared: &Arc<Shared>,
    id: &ScimId,
    name: &str,
    revision: i64,
    transient: Record,
    context: &RequestContext,
) -> Result<(), ProvisionError> {
    let waits = shared.parts.options.delivery == Delivery::Confirmed;
    let job = Job { revision, transient, fresh: true, request_id: context.request_id.clone() };
    let receiver = shared.submit(id, job, waits.then_some(context.deadline));
    let Some(receiver) = receiver else { return Ok(()) };
    let outcome = match tokio::time::timeout_at(context.deadline, receiver).await {
        Ok(Ok(outcome)) => outcome,
        // The writer died or the time is over: what is known of the reason is told.
        Ok(Err(_)) | Err(_) => Outcome::Deferred(shared.queue.last_deferral(id).unwrap_or_else(|| Deferral {
            reason: format!("{} has not answered in time", shared.parts.bound.vendor_title()),
            pause: USUAL_PAUSE,
            limited: false,
        })),
    };
    match outcome {
        Outcome::Settled => Ok(()),
        Outcome::Refused(refusal) => Err(refusal.error(name, shared.parts.bound.vendor_title())),
        Outcome::Deferred(deferral) => Err(deferral.error(name)),
    }
}

/// The account with a new wish.
fn wanting(shared: &Shared, account: &Account, desired: &Desired, urgency: i64, context: &RequestContext) -> Account {
    Account {
        desired: to_text(desired),
        desired_revision: account.desired_revision + 1,
        deleting: false,
        state: WorkState::Pending,
        urgency,
        attempts: 0,
        next_attempt: Some(shared.now() + LEASE),
        reason: None,
        request_id: Some(context.request_id.clone()),
        ..account.clone()
    }
}

/// The next version of a resource.
pub(super) fn update_resource(shared: &Shared, resource: &StoredResource, body: String) -> Change {
    Change::UpdateResource {
        kind: Kind::User,
        keys: keys_of(&attributes_of(&body)),
        expected_version: resource.version,
        resource: StoredResource {
            version: resource.version + 1,
            modified: shared.now().max(resource.modified),
            body,
            ..resource.clone()
        },
    }
}

/// The indexed values of a person.
pub(super) fn keys_of(attributes: &Map<String, Value>) -> Keys {
    let text = |name: &str| attributes.get(name).and_then(Value::as_str);
    let emails = attributes.get("emails").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    Keys {
        name: text("userName").unwrap_or_default().to_owned(),
        external_id: text("externalId").map(str::to_owned),
        emails: emails.iter().filter_map(|email| email.get("value")?.as_str()).map(str::to_owned).collect(),
        active: !is_inactive(attributes),
    }
}

fn is_inactive(attributes: &Map<String, Value>) -> bool {
    attributes.get("active") == Some(&Value::Bool(false))
}

fn deactivated(shared: &Shared, attributes: &Map<String, Value>) -> Result<Desired, ProvisionError> {
    let mut attributes = attributes.clone();
    attributes.insert("active".into(), false.into());
    Ok(map(shared, &attributes, None)?.desired)
}

fn map(shared: &Shared, attributes: &Map<String, Value>, password: Option<&str>) -> Result<Mapped, ProvisionError> {
    let mut secrets = Map::new();
    if let Some(password) = password {
        secrets.insert("password".into(), password.into());
    }
    shared
        .parts
        .bound
        .desired(attributes, &secrets)
        .map_err(|source| ProvisionError::Unmappable { name: name_of(attributes), source })
}

async fn stored(shared: &Shared, id: &ScimId) -> Result<(StoredResource, Account), ProvisionError> {
    let person = shared.parts.store.person(&shared.parts.connection, id).await?;
    match person {
        Some(Person { resource, account: Some(account) }) if resource.confirmed => Ok((resource, account)),
        _ => Err(not_found(id)),
    }
}

/// The resource as it is now, for the answer. It may have gone again through somebody else's request.
async fn shown(shared: &Shared, id: &ScimId) -> Result<StoredResource, ProvisionError> {
    shared.parts.store.get(&shared.parts.connection, Kind::User, id).await?.ok_or_else(|| not_found(id))
}

pub(super) fn not_found(id: &ScimId) -> ProvisionError {
    ProvisionError::NotFound { kind: "User", id: id.as_str().to_owned() }
}

fn check(precondition: &Precondition, resource: &StoredResource) -> Result<(), ProvisionError> {
    match precondition {
        Precondition::Versions(versions) if !versions.contains(&resource.version) => {
            Err(ProvisionError::PreconditionFailed { current: format!("W/\"{}\"", resource.version) })
        }
        Precondition::None | Precondition::Exists | Precondition::Versions(_) => Ok(()),
    }
}

fn refuse_when_draining(shared: &Shared) -> Result<(), ProvisionError> {
    if shared.is_draining() { Err(ProvisionError::ShuttingDown) } else { Ok(()) }
}
