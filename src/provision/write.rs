//! What an IdP's request does: change what should be, durably, and wait for the vendor to follow.

mod create;
mod modify;
mod remove;

use std::sync::Arc;

use serde_json::{Map, Value};

pub(super) use self::create::create;
pub(super) use self::modify::{patch, put};
pub(super) use self::remove::delete;
use super::error::ProvisionError;
use super::outcome::{Deferral, Outcome};
use super::queue::Job;
use super::shared::Shared;
use super::work::{attributes_of, name_of, to_text};
use super::{Precondition, RequestContext};
use crate::config::model::Delivery;
use crate::ids::ScimId;
use crate::mapping::bound::Mapped;
use crate::mapping::record::{Desired, Record};
use crate::store::{Account, Change, Keys, Kind, Person, StoredResource, WorkState};

/// How long committed work is left to the request that committed it before the schedule takes it up.
const LEASE: jiff::SignedDuration = jiff::SignedDuration::from_secs(90);
/// Pause that a late request is told when nothing better is known.
const USUAL_PAUSE: std::time::Duration = std::time::Duration::from_secs(5);

/// Hands the work in at once, and waits (when awaited) until the vendor has followed, as long as the IdP can wait.
fn follow<'a>(
    shared: &'a Arc<Shared>,
    id: &'a ScimId,
    name: &'a str,
    revision: i64,
    transient: Record,
    context: &RequestContext,
) -> impl Future<Output = Result<(), ProvisionError>> + use<'a> {
    let waits = shared.parts.options.delivery == Delivery::Confirmed;
    let job = Job { revision, transient, fresh: true, request_id: context.request_id.clone() };
    let deadline = context.deadline;
    let receiver = shared.submit(id, job, waits.then_some(deadline));
    async move {
        let Some(receiver) = receiver else { return Ok(()) };
        let outcome = match tokio::time::timeout_at(deadline, receiver).await {
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
