//! POST: a new group, or the repeat of a POST that was told to come again.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::commit::{Asked, Touch, difference, lock_people, update_group};
use super::object::{Followed, Next, new_object};
use super::people::Wanted;
use super::wait::{Ended, Waiting, hand_in_object};
use super::wish::Wish;
use super::{AT_ONCE, Groups, Stored, name_taken, told};
use crate::config::groups::Meaning;
use crate::ids::ScimId;
use crate::provision::RequestContext;
use crate::provision::error::ProvisionError;
use crate::provision::subject::{keys_in, name_in};
use crate::provision::work::{attributes_of, to_text};
use crate::provision::write::LEASE;
use crate::scim::resource::{Incoming, with_schemas};
use crate::store::{Change, Kind, Members, Person, StoreError, StoredResource};

/// POST.
pub(in crate::provision) async fn create(
    groups: &Arc<Groups>,
    mut incoming: Incoming,
    context: &RequestContext,
) -> Result<StoredResource, ProvisionError> {
    groups.refuse_when_draining()?;
    let wish = match incoming.attributes.shift_remove("members") {
        // A new group has no others.
        Some(Value::Array(elements)) => Wish { is_whole: false, ..Wish::whole(&elements)? },
        _ => Wish::default(),
    };
    let attributes = incoming.attributes;
    let name = name_in(Kind::Group, &attributes);
    let meaning = groups.meaning_of(&name).await?;
    let wanted = match &meaning {
        // Its members are forgotten.
        Meaning::Ignore => Wanted::default(),
        _ => groups.find_people(&wish).await?,
    };
    let new = New { id: ScimId::generate(), attributes, name, meaning, wanted };
    let waiting = match insert(groups, &new, context).await {
        Err(ProvisionError::Store(StoreError::NameTaken { taken_by })) => {
            return join(groups, taken_by, new, context).await;
        }
        other => other?,
    };
    finish(groups, waiting, context).await
}

/// A group as it is asked for.
struct New {
    id: ScimId,
    attributes: Map<String, Value>,
    name: String,
    meaning: Meaning,
    wanted: Wanted,
}

async fn finish(
    groups: &Arc<Groups>,
    waiting: Waiting,
    context: &RequestContext,
) -> Result<StoredResource, ProvisionError> {
    let id = waiting.group.clone();
    match groups.wait(waiting, context).await {
        Ok(()) => groups.shown(&id).await,
        // The object's writer has taken the group back.
        Err(Ended::Object(unmet)) => Err(unmet.error),
        Err(Ended::Late(error)) => Err(error),
        Err(Ended::Refused(error)) => {
            super::remove::undo_create(groups, &id, context).await;
            Err(error)
        }
    }
}

async fn insert(groups: &Arc<Groups>, new: &New, context: &RequestContext) -> Result<Waiting, ProvisionError> {
    let people = &groups.people;
    // Held until the work is handed in: a POST for the same name in between must see that somebody waits.
    let _group = groups.locks.lock(&new.id).await;
    let people_locks = lock_people(people, &new.wanted, false).await;
    let now = people.now();
    let object = match groups.engine(&new.meaning) {
        Some(engine) => Some(new_object(engine, &new.id, &new.attributes, context)?),
        None => None,
    };
    let resource = StoredResource {
        id: new.id.clone(),
        version: 1,
        created: now,
        modified: now,
        body: to_text(&with_schemas(&new.attributes, &groups.resource_type)),
        confirmed: object.is_none() || groups.is_answered_at_once(),
    };
    let difference = difference(people, &new.id, &new.wanted, &new.meaning).await?;
    let mut changes =
        vec![Change::InsertResource { kind: Kind::Group, resource, keys: keys_in(Kind::Group, &new.attributes) }];
    let mut follows: Option<Followed> = None;
    if let Some((account, followed)) = object {
        changes.push(Change::PutAccount(account));
        follows = Some(followed);
    }
    // With an object, everybody is touched when it is there.
    let schedule = people.schedule_now();
    let next_attempt = if difference.len() > AT_ONCE { schedule } else { schedule + LEASE };
    let counts = matches!(new.meaning, Meaning::Target(_)) && follows.is_none();
    let touch = counts.then_some(Touch { request_id: &context.request_id, next_attempt });
    changes.extend(difference.changes(people, &new.id, touch.as_ref()));
    let detail = told(context, difference.joined.len(), 0);
    changes.push(Change::Event(people.event(&new.id, &new.name, &context.request_id, "scim.create", detail)));
    people.parts.store.commit(&people.parts.connection, changes).await?;
    let asked = Asked::of(&new.wanted, &difference);
    let since = groups.tell_and_listen(&new.id, true, &new.wanted, &difference, asked);
    let (handed, later) =
        if counts { groups.hand_in_people(&new.id, &Members::All, context).await? } else { (Vec::new(), Vec::new()) };
    drop(people_locks);
    if !difference.parked.is_empty() {
        super::parked::look_again(groups, &new.id, &difference.parked).await;
    }
    Ok(Waiting {
        group: new.id.clone(),
        name: new.name.clone(),
        object: hand_in_object(follows, &new.id, context),
        whose: Members::All,
        since,
        handed,
        later,
    })
}

/// A POST for a displayName that is taken. The repeat of a create that is still under way joins it, and a group that is only being removed comes
/// back; anything else is a conflict.
async fn join(
    groups: &Arc<Groups>,
    taken_by: ScimId,
    new: New,
    context: &RequestContext,
) -> Result<StoredResource, ProvisionError> {
    let conflict = name_taken(&new.name, &taken_by);
    let people = &groups.people;
    let waiting = {
        let _group = groups.locks.lock(&taken_by).await;
        let found = groups.store().person(&people.parts.connection, &taken_by).await?;
        let Some(Person { resource, account }) = found else { return Err(conflict) };
        let is_awaited = groups.engines().any(|engine| engine.queue.has_waiters(&taken_by));
        if is_awaited {
            return Err(conflict);
        }
        let attributes = attributes_of(&resource.body);
        let stored = Stored { name: name_in(Kind::Group, &attributes), attributes, account, resource };
        if stored.resource.confirmed {
            match rest_of_create(groups, &stored, &new, context).await? {
                Some(waiting) => waiting,
                None => return Err(conflict),
            }
        } else {
            again(groups, &stored, &new, context).await?
        }
    };
    finish(groups, waiting, context).await
}

/// The group is there as it was asked for, but people have yet to follow: the create that made it was told to come again.
async fn rest_of_create(
    groups: &Arc<Groups>,
    stored: &Stored,
    new: &New,
    context: &RequestContext,
) -> Result<Option<Waiting>, ProvisionError> {
    let people = &groups.people;
    if stored.is_going() || stored.attributes != new.attributes {
        return Ok(None);
    }
    let id = &stored.resource.id;
    let _people = lock_people(people, &new.wanted, false).await;
    let difference = difference(people, id, &new.wanted, &new.meaning).await?;
    let owed = groups.store().owed(&people.parts.connection, id, &Members::All).await?;
    if difference.is_shown() || owed.is_empty() || owed.iter().any(|(person, _)| people.queue.has_waiters(person)) {
        return Ok(None);
    }
    let asked = Asked::of(&new.wanted, &difference);
    let since = groups.tell_and_listen(id, true, &new.wanted, &difference, asked);
    let (handed, later) = groups.hand_in_people(id, &Members::All, context).await?;
    let (name, whose) = (new.name.clone(), Members::All);
    Ok(Some(Waiting { group: id.clone(), name, object: None, whose, since, handed, later }))
}

/// The group is not shown: its object is not there yet, or it is being removed. It shall be as it is asked for now.
async fn again(
    groups: &Arc<Groups>,
    stored: &Stored,
    new: &New,
    context: &RequestContext,
) -> Result<Waiting, ProvisionError> {
    let (people, id) = (&groups.people, &stored.resource.id);
    let body = to_text(&with_schemas(&new.attributes, &groups.resource_type));
    let named = Next { attributes: &new.attributes, body: &body, meaning: &new.meaning, names_it: true };
    let object = groups.next_object(stored, &named, context)?;
    let wanted = Wanted { is_whole: true, ..new.wanted.clone() };
    let _people = lock_people(people, &wanted, true).await;
    let difference = difference(people, id, &wanted, &new.meaning).await?;
    let mut changes = object.changes;
    if body != stored.resource.body {
        let shown = StoredResource {
            confirmed: object.follows.is_none() || groups.is_answered_at_once(),
            ..stored.resource.clone()
        };
        changes.push(update_group(groups, &shown, body));
    } else if difference.is_shown() {
        changes.push(Change::CountUp { id: id.clone(), at: people.now() });
    }
    let touch = Touch { request_id: &context.request_id, next_attempt: people.schedule_now() };
    changes.extend(difference.changes(people, id, Some(&touch)));
    if !changes.is_empty() {
        let detail = told(context, difference.joined.len(), difference.left.len());
        changes.push(Change::Event(people.event(id, &new.name, &context.request_id, "scim.create", detail)));
        people.parts.store.commit(&people.parts.connection, changes).await?;
    }
    let asked = Asked::of(&wanted, &difference);
    let since = groups.tell_and_listen(id, true, &wanted, &difference, asked);
    Ok(Waiting {
        group: id.clone(),
        name: new.name.clone(),
        object: hand_in_object(object.follows, id, context),
        whose: Members::All,
        since,
        handed: Vec::new(),
        later: Vec::new(),
    })
}
