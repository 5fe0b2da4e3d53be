//! Groups whose name means something else than before, because the rules in `bridge.yaml` have changed: their objects and members follow when the
//! connection starts. What the identity provider wants is not changed by it.

use std::sync::Arc;

use super::object::{Next, ObjectStep, renamed_by_rules};
use super::{Groups, Stored};
use crate::config::groups::Meaning;
use crate::ids::{RequestId, ScimId};
use crate::provision::converge::Stop;
use crate::provision::error::ProvisionError;
use crate::provision::{RequestContext, memberships};
use crate::store::{Account, Change, Kind, Members, Query, Start, StoreError};

/// Groups read at a time.
const PAGE: u64 = 1_000;
/// Most members who are asked for what they have. The members of a group are changed in one commit, so the first who says anything speaks for all.
const MOST_ASKED: usize = 16;

/// Looks through all groups.
///
/// # Errors
/// When the store fails, or the vendor cannot say now what a name stands for: it is tried again.
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
                Err(error @ (ProvisionError::Store(_) | ProvisionError::Late { .. })) => return Err(error),
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
    // The vendor may have to be asked, so no lock is held yet. Who is touched for nothing is only mapped once more.
    let has_other = members_have_other(groups, id).await?;
    let _group = groups.locks.lock(id).await;
    let stored = groups.stored(id).await?;
    let meaning = people.parts.options.groups.meaning_of(&stored.name);
    if stored.is_going() || matches!(meaning, Meaning::Refuse(_)) {
        return Ok(());
    }
    let context = RequestContext {
        request_id: RequestId::generate(),
        credential: "bridge.yaml".to_owned(),
        deadline: tokio::time::Instant::now(),
    };
    let object = aligned_object(groups, &stored, &meaning, &context)?;
    let mut changes = object.changes;
    if object.touches_all || has_other {
        changes.push(Change::TouchAccounts {
            members: Members::All,
            group: id.clone(),
            next_attempt: people.schedule_now(),
            request_id: context.request_id.clone(),
        });
    }
    if changes.is_empty() {
        return Ok(());
    }
    let detail = "the rules under `groups` in bridge.yaml give its name another meaning".to_owned();
    changes.push(Change::Event(people.event(id, &stored.name, &context.request_id, "aligned", detail)));
    let _people = people.locks.lock_all().await;
    people.parts.store.commit(&people.parts.connection, changes).await?;
    // Nobody waits for it.
    let _ = super::wait::hand_in_object(object.follows, id, &context);
    Ok(())
}

/// Another kind of object, none any more, or the same under another name.
fn aligned_object(
    groups: &Groups,
    stored: &Stored,
    meaning: &Meaning,
    context: &RequestContext,
) -> Result<ObjectStep, ProvisionError> {
    let engine = groups.engine(meaning);
    let has = stored.account.as_ref();
    if engine.map(|engine| &engine.subject.realm) == has.map(|account| &account.realm) {
        let renamed = engine.zip(has).and_then(|(engine, account)| renamed_by_rules(engine, account, stored, context));
        return Ok(renamed.unwrap_or_default());
    }
    let (attributes, body) = (&stored.attributes, stored.resource.body.as_str());
    groups.next_object(stored, &Next { attributes, body, meaning, names_it: false }, context)
}

/// Have the members something else of the group than the rules give them now: another id or level, or nothing?
async fn members_have_other(groups: &Groups, group: &ScimId) -> Result<bool, ProvisionError> {
    let people = &groups.people;
    let connection = &people.parts.connection;
    for member in groups.store().members(connection, group, 0, MOST_ASKED).await? {
        let person = groups.store().person(connection, &member.id).await?;
        let Some(account) = person.and_then(|person| person.account).filter(says_what_it_has) else { continue };
        let gives = memberships::current(people, &member.id).await.map_err(|stop| match stop {
            Stop::Deferred(deferral) => deferral.error(group.as_str()),
            Stop::Refused(refusal) => refusal.error(group.as_str(), people.parts.bound.vendor_title()),
        })?;
        let has = memberships::settled(&account);
        let of_group = |counted: &[memberships::Counted]| counted.iter().find(|one| one.group == *group).cloned();
        return Ok(of_group(&has) != of_group(&gives));
    }
    Ok(false)
}

/// Others are about to be made anew from their groups anyway, or go.
fn says_what_it_has(account: &Account) -> bool {
    !account.remap && !account.deleting
}
