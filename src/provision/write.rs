//! What an IdP's request does: change what should be, durably, and wait for the vendor to follow.
//!
//! Here is what the requests share; each has a file of its own. None of it calls the vendor: that is the account's writer's business.

mod create;
mod follow;
mod modify;
mod remove;

use serde_json::{Map, Value};

pub(super) use create::{create, new_account};
pub(super) use follow::{Chances, Committed, Handed, Unmet, follow, hand_in};
pub(super) use modify::{patch, put};
pub(super) use remove::delete;

use super::error::ProvisionError;
use super::shared::Shared;
use super::subject::keys_in;
use super::work::{attributes_of, to_text};
use super::{Precondition, RequestContext};
use crate::ids::ScimId;
use crate::mapping::bound::{Beside, Mapped, Membership};
use crate::mapping::model::Removal;
use crate::mapping::record::Desired;
use crate::store::{Account, Change, Kind, Person, StoredResource, WorkState};

/// How long committed work is left to the request that committed it before the schedule takes it up.
pub(super) const LEASE: jiff::SignedDuration = jiff::SignedDuration::from_secs(90);
/// A change that another process made in between is read again this often.
const MAX_TRIES: usize = 5;

/// The account with a new wish.
pub(super) fn wanting(
    shared: &Shared,
    account: &Account,
    desired: &Desired,
    urgency: i64,
    context: &RequestContext,
) -> Account {
    Account {
        desired: to_text(desired),
        applied: account.applied.clone().or_else(|| perhaps_sent(account)),
        desired_revision: account.desired_revision + 1,
        deleting: false,
        state: WorkState::Pending,
        urgency,
        attempts: 0,
        next_attempt: Some(shared.schedule_now() + LEASE),
        reason: None,
        request_id: Some(context.request_id.clone()),
        ..account.clone()
    }
}

/// A create with the previous wish may be on its way: whoever looks for its account later must know these values, not only the new ones.
fn perhaps_sent(account: &Account) -> Option<String> {
    if account.vendor_id.is_some() || account.state == WorkState::Settled {
        return None;
    }
    match serde_json::from_str(&account.desired) {
        Ok(Desired::Present(record)) => Some(to_text(&record)),
        _ => None,
    }
}

/// Writes an account that was read as `now`; refused when another process has written it since.
pub(super) fn replace_account(now: &Account, next: Account) -> [Change; 2] {
    [Change::ExpectRevision { id: now.id.clone(), desired_revision: now.desired_revision }, Change::PutAccount(next)]
}

/// The next version of a resource.
pub(super) fn update_resource(shared: &Shared, resource: &StoredResource, body: String) -> Change {
    Change::UpdateResource {
        kind: shared.subject.kind,
        keys: keys_in(shared.subject.kind, &attributes_of(&body)),
        expected_version: resource.version,
        resource: StoredResource {
            version: resource.version + 1,
            modified: shared.now().max(resource.modified),
            body,
            ..resource.clone()
        },
    }
}

/// The same version of a resource, shown to the IdP or not.
pub(super) fn show_resource(shared: &Shared, resource: &StoredResource, confirmed: bool) -> Change {
    Change::UpdateResource {
        kind: shared.subject.kind,
        keys: keys_in(shared.subject.kind, &attributes_of(&resource.body)),
        expected_version: resource.version,
        resource: StoredResource { confirmed, ..resource.clone() },
    }
}

pub(super) fn is_inactive(attributes: &Map<String, Value>) -> bool {
    attributes.get("active") == Some(&Value::Bool(false))
}

/// What the vendor should have of somebody whom the IdP has deleted.
pub(super) fn removed(
    shared: &Shared,
    attributes: &Map<String, Value>,
    memberships: &[Membership],
) -> Result<Desired, ProvisionError> {
    match shared.parts.bound.removal() {
        Removal::Delete => Ok(Desired::Absent),
        Removal::Deactivate => deactivated(shared, attributes, memberships),
    }
}

/// What the vendor should have of the same person without access.
pub(super) fn deactivated(
    shared: &Shared,
    attributes: &Map<String, Value>,
    memberships: &[Membership],
) -> Result<Desired, ProvisionError> {
    let mut attributes = attributes.clone();
    attributes.insert("active".into(), false.into());
    Ok(map(shared, &attributes, None, memberships)?.desired)
}

pub(super) fn map(
    shared: &Shared,
    attributes: &Map<String, Value>,
    password: Option<&str>,
    memberships: &[Membership],
) -> Result<Mapped, ProvisionError> {
    let mut secrets = Map::new();
    if let Some(password) = password {
        secrets.insert("password".into(), password.into());
    }
    shared
        .map(attributes, Beside { secrets: Some(&secrets), memberships, ..Beside::default() })
        .map_err(|source| ProvisionError::Unmappable { name: shared.subject.name_of(attributes), source })
}

async fn stored(shared: &Shared, id: &ScimId) -> Result<(StoredResource, Account), ProvisionError> {
    let person = shared.parts.store.person(&shared.parts.connection, id).await?;
    match person {
        Some(Person { resource, account: Some(account) })
            if resource.confirmed && account.realm == shared.subject.realm =>
        {
            Ok((resource, account))
        }
        _ => Err(not_found(shared.subject.kind, id)),
    }
}

/// The resource as it is now, for the answer. It may have gone again through somebody else's request.
async fn shown(shared: &Shared, id: &ScimId) -> Result<StoredResource, ProvisionError> {
    let kind = shared.subject.kind;
    shared.parts.store.get(&shared.parts.connection, kind, id).await?.ok_or_else(|| not_found(kind, id))
}

pub(super) fn not_found(kind: Kind, id: &ScimId) -> ProvisionError {
    ProvisionError::NotFound { kind: kind.type_name(), id: id.as_str().to_owned() }
}

pub(super) fn check(precondition: &Precondition, resource: &StoredResource) -> Result<(), ProvisionError> {
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
