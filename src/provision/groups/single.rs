//! One person's membership, by itself: for whoever was refused together with other wishes.

use super::commit::{Touch, difference, lock_people};
use super::people::Wanted;
use super::{Groups, may_repeat};
use crate::config::groups::Meaning;
use crate::ids::ScimId;
use crate::provision::RequestContext;
use crate::provision::error::ProvisionError;
use crate::provision::write::LEASE;
use crate::store::Change;

/// One person's membership once more, by itself.
pub(super) async fn commit_person(
    groups: &Groups,
    group: &ScimId,
    wanted: &Wanted,
    context: &RequestContext,
) -> Result<(), ProvisionError> {
    let mut tries = 0;
    loop {
        tries += 1;
        match commit_person_once(groups, group, wanted, context).await {
            Err(error) if may_repeat(&error, tries) => {}
            other => return other,
        }
    }
}

async fn commit_person_once(
    groups: &Groups,
    group: &ScimId,
    wanted: &Wanted,
    context: &RequestContext,
) -> Result<(), ProvisionError> {
    let people = &groups.people;
    let _group = groups.locks.share(group).await;
    let stored = groups.stored(group).await?;
    if stored.is_going() {
        // Nobody joins any more, and everybody has left.
        return Ok(());
    }
    let meaning = people.parts.options.groups.meaning_of(&stored.name);
    let _people = lock_people(people, wanted, false).await;
    let difference = difference(people, group, wanted, &meaning).await?;
    if !difference.is_shown() {
        return Ok(());
    }
    let next_attempt = people.schedule_now() + LEASE;
    let touch =
        matches!(meaning, Meaning::Target(_)).then_some(Touch { request_id: &context.request_id, next_attempt });
    let mut changes = vec![Change::CountUp { id: group.clone(), at: people.now() }];
    changes.extend(difference.changes(people, group, touch.as_ref()));
    people.parts.store.commit(&people.parts.connection, changes).await?;
    Ok(())
}
