//! Groups whose name means something else than before, because the rules in `bridge.yaml` have changed: their objects and members follow when the
//! connection starts. A rule that only names another id or level is noticed by the next request on the group.

use std::sync::Arc;

use super::Groups;
use super::object::Next;
use crate::config::groups::Meaning;
use crate::ids::{RequestId, ScimId};
use crate::provision::RequestContext;
use crate::provision::error::ProvisionError;
use crate::store::{Change, Kind, Members, Query, Start, StoreError};

/// Groups read at a time.
const PAGE: u64 = 1_000;

/// Looks through all groups.
pub(super) async fn align(groups: &Arc<Groups>) -> Result<(), ProvisionError> {
    let mut from = Start::After(0);
    loop {
        let resource_type = groups.resource_type.clone();
        let query = Query { filter: None, resource_type, from, count: PAGE, sort: None };
        let page = groups.store().query(&groups.people.parts.connection, Kind::Group, &query).await?;
        for group in page.resources {
            match align_one(groups, &group.id).await {
                // Somebody changes or deletes it just now, and does what is to be done.
                Ok(()) | Err(ProvisionError::NotFound { .. } | ProvisionError::Store(StoreError::VersionMismatch)) => {}
                Err(error @ ProvisionError::Store(_)) => return Err(error),
                Err(error) => {
                    tracing::error!(
                        connection = %groups.people.parts.connection, scim.id = %group.id,
                        "the group {} cannot become what the rules under `groups` in bridge.yaml make of it now: {error}", group.id
                    );
                }
            }
        }
        match page.next {
            Some(next) => from = Start::After(next),
            None => return Ok(()),
        }
    }
}

async fn align_one(groups: &Arc<Groups>, id: &ScimId) -> Result<(), ProvisionError> {
    let people = &groups.people;
    let _group = groups.locks.lock(id).await;
    let stored = groups.stored(id).await?;
    let meaning = people.parts.options.groups.meaning_of(&stored.name);
    let realm = groups.engine(&meaning).map(|engine| engine.subject.realm.as_str());
    let has = stored.account.as_ref().map(|account| account.realm.as_str());
    let is_going = stored.account.as_ref().is_some_and(|account| account.deleting);
    if realm == has || is_going || matches!(meaning, Meaning::Refuse(_)) {
        return Ok(());
    }
    let context = RequestContext {
        request_id: RequestId::generate(),
        credential: "bridge.yaml".to_owned(),
        deadline: tokio::time::Instant::now(),
    };
    let (attributes, body) = (&stored.attributes, stored.resource.body.as_str());
    let next = Next { attributes, body, meaning: &meaning, names_it: false };
    let object = groups.next_object(&stored, &next, &context)?;
    let mut changes = object.changes;
    changes.push(Change::TouchAccounts {
        members: Members::All,
        group: id.clone(),
        next_attempt: people.schedule_now(),
        request_id: context.request_id.clone(),
    });
    let detail = "the rules under `groups` in bridge.yaml give its name another meaning".to_owned();
    changes.push(Change::Event(people.event(id, &stored.name, &context.request_id, "aligned", detail)));
    let _people = people.locks.lock_all().await;
    people.parts.store.commit(&people.parts.connection, changes).await?;
    let _ = super::wait::hand_in_object(object.follows, id, &context);
    Ok(())
}
