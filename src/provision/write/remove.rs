//! DELETE: a person goes for good. What that means at the vendor is the mapping's `remove`.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{check, follow, map, refuse_when_draining, stored, wanting};
use crate::ids::ScimId;
use crate::mapping::model::Removal;
use crate::mapping::record::{Desired, Record};
use crate::provision::error::ProvisionError;
use crate::provision::shared::Shared;
use crate::provision::work::{attributes_of, name_of, urgency};
use crate::provision::{Precondition, RequestContext};
use crate::store::Change;

/// DELETE.
pub(in crate::provision) async fn delete(
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

fn deactivated(shared: &Shared, attributes: &Map<String, Value>) -> Result<Desired, ProvisionError> {
    let mut attributes = attributes.clone();
    attributes.insert("active".into(), false.into());
    Ok(map(shared, &attributes, None)?.desired)
}
