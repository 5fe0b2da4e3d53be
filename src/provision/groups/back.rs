//! Takes back what a request on a group has changed, because the vendor refused a part of it: PATCH is atomic (RFC 7644 section 3.5.2). Waits for
//! nobody; the writers go on.

use std::sync::Arc;

use indexmap::IndexMap;

use super::commit::{Difference, Touch, difference, update_group};
use super::object::Next;
use super::people::{Joining, Wanted};
use super::since::Since;
use super::wait::hand_in_object;
use super::{Groups, may_repeat};
use crate::config::groups::Meaning;
use crate::ids::ScimId;
use crate::provision::RequestContext;
use crate::provision::error::ProvisionError;
use crate::provision::subject::name_in;
use crate::provision::work::attributes_of;
use crate::store::{Change, Kind, Members, NewMember};

/// What a request has changed.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) difference: Difference,
    /// Who was a member before, and was not named: when the group got another meaning, the vendor may have refused it for some of them.
    pub(super) stayed: Vec<ScimId>,
    /// What others have asked for since: that stays.
    pub(super) since: Arc<Since>,
    /// The group's body before and after.
    pub(super) body: Option<(String, String)>,
}

impl Groups {
    /// Takes it back. When the store fails, what is left is told: the group then says what the IdP was told that it does not.
    pub(super) async fn take_back(self: &Arc<Self>, group: &ScimId, done: &Done, context: &RequestContext) {
        if self.is_answered_at_once() {
            return;
        }
        let mut tries = 0;
        loop {
            tries += 1;
            match self.take_back_once(group, done, context).await {
                Ok(()) | Err(ProvisionError::NotFound { .. }) => return,
                Err(error) if may_repeat(&error, tries) => {}
                Err(error) => {
                    tracing::error!(
                        connection = %self.people.parts.connection, scim.id = %group, request_id = %context.request_id,
                        "a refused change of the group {group} cannot be taken back; the identity provider should push the group again: {error}"
                    );
                    return;
                }
            }
        }
    }

    async fn take_back_once(
        self: &Arc<Self>,
        group: &ScimId,
        done: &Done,
        context: &RequestContext,
    ) -> Result<(), ProvisionError> {
        let people = &self.people;
        let _group = self.locks.lock(group).await;
        let stored = self.stored(group).await?;
        if stored.is_going() {
            // Somebody deletes it; what was changed goes with it.
            return Ok(());
        }
        let body = match &done.body {
            // Unless it is another one by now: through the object's writer, or through another request; or somebody else wants this one as well.
            Some((before, after)) if *after == stored.resource.body && !done.since.has_heard_its_name() => {
                before.clone()
            }
            _ => stored.resource.body.clone(),
        };
        let attributes = attributes_of(&body);
        let rules = &people.parts.options.groups;
        let (was, meaning) = (rules.meaning_of(&stored.name), rules.meaning_of(&name_in(Kind::Group, &attributes)));
        let named = Next { attributes: &attributes, body: &body, meaning: &meaning, names_it: false };
        let object = self.next_object(&stored, &named, context)?;
        let mut wanted = reverse(done);
        let _people = if object.touches_all {
            people.locks.lock_all().await
        } else {
            people.locks.lock_these(wanted.people.keys()).await
        };
        wanted.people.retain(|id, _| !done.since.has_heard_of(id));
        // Whoever was moved here from another group goes back there, and nobody is moved again.
        let difference = difference(people, group, &wanted, &Meaning::Keep).await?;
        let counts = matches!(meaning, Meaning::Target(_)) || matches!(was, Meaning::Target(_));
        let touch = Touch { request_id: &context.request_id, next_attempt: people.schedule_now() };
        let mut changes = object.changes;
        if body != stored.resource.body {
            changes.push(update_group(self, &stored.resource, body));
        } else if difference.is_shown() {
            changes.push(Change::CountUp { id: group.clone(), at: people.now() });
        }
        changes.extend(difference.changes(people, group, counts.then_some(&touch)));
        for (other, moved) in &done.difference.moved {
            changes.extend(self.moved_back(other, moved, &touch).await?);
        }
        if object.touches_all {
            changes.push(touch_of(group, Members::All, &touch));
        }
        if changes.is_empty() {
            return Ok(());
        }
        let detail = "the change is taken back, because the vendor refused a part of it".to_owned();
        changes.push(Change::Event(people.event(group, &stored.name, &context.request_id, "restored", detail)));
        people.parts.store.commit(&people.parts.connection, changes).await?;
        // Nobody waits for it.
        let _ = hand_in_object(object.follows, group, context);
        Ok(())
    }

    /// People go back into the group from which they were moved, if it is still there and they are not there already.
    async fn moved_back(
        &self,
        group: &ScimId,
        moved: &[ScimId],
        touch: &Touch<'_>,
    ) -> Result<Vec<Change>, ProvisionError> {
        let (store, connection) = (self.store(), &self.people.parts.connection);
        if store.get(connection, Kind::Group, group).await?.is_none() {
            return Ok(Vec::new());
        }
        let are_members = store.which_are_members(connection, group, moved).await?;
        let missing = moved.iter().zip(are_members).filter(|(_, is_member)| !is_member);
        let missing: Vec<ScimId> = missing.map(|(id, _)| id.clone()).collect();
        if missing.is_empty() {
            return Ok(Vec::new());
        }
        let members = missing.iter().map(|id| NewMember { id: id.clone(), display: None }).collect();
        Ok(vec![
            Change::AddMembers { group: group.clone(), members },
            Change::CountUp { id: group.clone(), at: self.people.now() },
            touch_of(group, Members::These(missing), touch),
        ])
    }
}

fn touch_of(group: &ScimId, members: Members, touch: &Touch<'_>) -> Change {
    Change::TouchAccounts {
        members,
        group: group.clone(),
        next_attempt: touch.next_attempt,
        request_id: touch.request_id.clone(),
    }
}

/// Whoever joined leaves, and whoever left joins.
fn reverse(done: &Done) -> Wanted {
    let difference = &done.difference;
    let mut people = IndexMap::new();
    people.extend(done.stayed.iter().map(|id| (id.clone(), Some(Joining::default()))));
    people.extend(difference.joined.iter().map(|member| (member.id.clone(), None)));
    people.extend(difference.left.iter().map(|id| (id.clone(), Some(Joining::default()))));
    Wanted {
        is_whole: false,
        people,
        park: difference.unparked.clone().unwrap_or_default(),
        unpark: difference.parked.clone(),
    }
}
