//! Members who arrived before their user: they wait in the group, and join by themselves when somebody with that id, externalId or userName arrives.

use super::commit::{Touch, difference, is_touching};
use super::people::{Joining, Wanted};
use super::{Groups, meaning_of};
use crate::config::groups::MembersFirst;
use crate::ids::{RequestId, ScimId};
use crate::provision::error::ProvisionError;
use crate::provision::shared::Shared;
use crate::provision::work::attributes_of;
use crate::store::{Change, Kind, Lookup, StoreError};

/// Somebody has arrived, or has a new name: he joins the groups in which he is waited for. A store that fails leaves it to the schedule.
pub(in crate::provision) async fn welcome(people: &Shared, person: &ScimId) {
    if people.parts.options.members_first != MembersFirst::Park {
        return;
    }
    if let Err(error) = try_welcome(people, person).await {
        tracing::error!(connection = %people.parts.connection, scim.id = %person, "{person} cannot join the groups that wait for him yet: {error}");
        people.sweep_later();
    }
}

async fn try_welcome(people: &Shared, person: &ScimId) -> Result<(), ProvisionError> {
    let (store, connection) = (&people.parts.store, &people.parts.connection);
    let Some(resource) = store.get(connection, Kind::User, person).await? else { return Ok(()) };
    let attributes = attributes_of(&resource.body);
    let mut values = vec![person.as_str().to_owned()];
    for name in ["externalId", "userName"] {
        let value = attributes.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
        values.extend([value.to_owned(), value.to_lowercase()]);
    }
    values.retain(|value| !value.is_empty());
    values.sort_unstable();
    values.dedup();
    for (group, value) in store.parked(connection, Some(&values)).await? {
        join(people, &group, person, &value).await?;
    }
    Ok(())
}

/// Everybody who waits although his user is there: after a crash in between.
pub(super) async fn sweep(groups: &Groups) -> Result<(), ProvisionError> {
    let (people, connection) = (&groups.people, &groups.people.parts.connection);
    for (group, value) in groups.store().parked(connection, None).await? {
        if let Some(person) = find(people, &value).await? {
            join(people, &group, &person, &value).await?;
        }
    }
    Ok(())
}

/// Values that have just begun to wait: somebody may have arrived at the same moment.
pub(super) async fn look_again(groups: &Groups, group: &ScimId, values: &[String]) {
    let people = &groups.people;
    for value in values {
        let joined = async {
            match find(people, value).await? {
                Some(person) => join(people, group, &person, value).await,
                None => Ok(()),
            }
        };
        if let Err(error) = joined.await {
            tracing::error!(connection = %people.parts.connection, scim.id = %group, "a member of the group {group} who has just arrived cannot join it yet: {error}");
            people.sweep_later();
        }
    }
}

/// The only person whom a value can mean.
async fn find(people: &Shared, value: &str) -> Result<Option<ScimId>, StoreError> {
    let (store, connection) = (&people.parts.store, &people.parts.connection);
    if let Some(id) = ScimId::parse(value)
        && store.get(connection, Kind::User, &id).await?.is_some()
    {
        return Ok(Some(id));
    }
    for lookup in [Lookup::ExternalId(value.to_owned()), Lookup::Name(value.to_owned())] {
        let mut found = store.look_up(connection, Kind::User, &lookup).await?;
        if let (Some(one), true) = (found.pop(), found.is_empty()) {
            return Ok(Some(one.id));
        }
    }
    Ok(None)
}

/// One person joins one group, and waits there no longer.
async fn join(people: &Shared, group: &ScimId, person: &ScimId, value: &str) -> Result<(), ProvisionError> {
    let (store, connection) = (&people.parts.store, &people.parts.connection);
    let _lock = people.locks.lock(person).await;
    let Some(found) = store.get(connection, Kind::Group, group).await? else { return Ok(()) };
    let meaning = meaning_of(&people.parts.options.groups, &found);
    let mut wanted = Wanted { unpark: vec![value.to_owned()], ..Wanted::default() };
    wanted.people.insert(person.clone(), Some(Joining::default()));
    let difference = difference(people, group, &wanted, &meaning).await?;
    let request_id = RequestId::generate();
    let touch = Touch { request_id: &request_id, next_attempt: people.schedule_now() };
    // The group may be getting another name at this moment: its meaning is not certain.
    let touch = is_touching(people, &meaning, false).then_some(&touch);
    let mut changes = difference.changes(people, group, touch);
    if difference.is_shown() {
        changes.push(Change::CountUp { id: group.clone(), at: people.now() });
    }
    let name = crate::provision::subject::name_in(Kind::Group, &attributes_of(&found.body));
    let detail = format!("{person} has arrived and is a member now");
    changes.push(Change::Event(people.event(group, &name, &request_id, "joined", detail)));
    match store.commit(connection, changes).await {
        // The group or the person has gone.
        Err(StoreError::Missing) => Ok(()),
        other => Ok(other?),
    }
}
