//! A change of memberships as it is committed: what really changes, and everybody whose account must follow. Costs as much as there are changes,
//! not as there are members.

use indexmap::IndexMap;

use super::people::Wanted;
use super::{AT_ONCE, Groups, PAGE};
use crate::config::groups::Meaning;
use crate::ids::{RequestId, ScimId};
use crate::mapping::bound::{BoundTarget, Shape};
use crate::provision::locks::Locked;
use crate::provision::shared::Shared;
use crate::provision::subject::keys_in;
use crate::provision::work::attributes_of;
use crate::provision::write::LEASE;
use crate::store::{Change, Kind, Member, Members, NewMember, StoreError, StoredResource};

/// What changes in the memberships of a group.
#[derive(Debug, Clone, Default)]
pub(super) struct Difference {
    /// Who was no member.
    pub(super) joined: Vec<NewMember>,
    /// Who was one.
    pub(super) left: Vec<ScimId>,
    /// Who leaves other groups, because a person can be in one of this kind only; by group.
    pub(super) moved: IndexMap<ScimId, Vec<ScimId>>,
    /// Values that begin to wait.
    pub(super) parked: Vec<String>,
    /// Values that wait no longer; `None`: all that waited.
    pub(super) unparked: Option<Vec<String>>,
}

/// What a request asks for of each person concerned.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked {
    /// Whoever is not named is no member.
    pub(super) is_whole: bool,
    /// A member, or none.
    pub(super) people: IndexMap<ScimId, bool>,
}

impl Asked {
    /// Of those who are named, and of those who have left because they are not.
    pub(super) fn of(wanted: &Wanted, difference: &Difference) -> Self {
        let named = wanted.people.iter().map(|(id, joining)| (id.clone(), joining.is_some()));
        let left = difference.left.iter().map(|id| (id.clone(), false));
        Self { is_whole: wanted.is_whole, people: named.chain(left).collect() }
    }

    /// These are members and stay it. Answers who of them was not named.
    pub(super) fn stay(&mut self, members: Vec<ScimId>) -> Vec<ScimId> {
        let unnamed: Vec<ScimId> = members.into_iter().filter(|id| !self.concerns(id)).collect();
        self.people.extend(unnamed.iter().map(|id| (id.clone(), true)));
        unnamed
    }

    /// Is this person concerned by the request? Others may be waited for because somebody else has changed their memberships.
    pub(super) fn concerns(&self, person: &ScimId) -> bool {
        self.is_whole || self.people.contains_key(person)
    }

    /// A member, or none; `None`: the request does not say.
    pub(super) fn of_person(&self, person: &ScimId) -> Option<bool> {
        self.people.get(person).copied().or(self.is_whole.then_some(false))
    }
}

/// Keeps everybody else from changing the people concerned.
pub(super) async fn lock_people<'a>(people: &'a Shared, wanted: &Wanted, all: bool) -> Vec<Locked<'a>> {
    if all || wanted.is_whole {
        people.locks.lock_all().await
    } else {
        people.locks.lock_these(wanted.people.keys()).await
    }
}

/// What changes, seen under the locks of everybody concerned.
pub(super) async fn difference(
    people: &Shared,
    group: &ScimId,
    wanted: &Wanted,
    meaning: &Meaning,
) -> Result<Difference, StoreError> {
    let (store, connection) = (&people.parts.store, &people.parts.connection);
    let mut difference = Difference::default();
    let ids: Vec<ScimId> = wanted.people.keys().cloned().collect();
    let are_members = store.which_are_members(connection, group, &ids).await?;
    for ((id, joining), is_member) in wanted.people.iter().zip(are_members) {
        match joining {
            Some(joining) if !is_member => {
                difference.joined.push(NewMember { id: id.clone(), display: joining.display.clone() });
            }
            None if is_member => difference.left.push(id.clone()),
            _ => {}
        }
    }
    if wanted.is_whole {
        let stays = |id: &ScimId| matches!(wanted.people.get(id), Some(Some(_)));
        let members = all_members(people, group).await?;
        difference.left = members.into_iter().filter(|id| !stays(id)).collect();
    } else {
        difference.unparked = Some(waiting_here(people, group, &wanted.unpark).await?);
    }
    difference.parked.clone_from(&wanted.park);
    if let Some(target) = exclusive(people, meaning) {
        for member in &difference.joined {
            for other in others_of(people, group, &member.id, target).await? {
                difference.moved.entry(other).or_default().push(member.id.clone());
            }
        }
    }
    Ok(difference)
}

/// Everybody in a group.
pub(super) async fn all_members(people: &Shared, group: &ScimId) -> Result<Vec<ScimId>, StoreError> {
    Ok(read_members(people, group).await?.into_iter().map(|member| member.id).collect())
}

/// Everybody in a group, as they are shown.
pub(super) async fn read_members(people: &Shared, group: &ScimId) -> Result<Vec<Member>, StoreError> {
    let (mut members, mut after) = (Vec::new(), 0);
    loop {
        let page = people.parts.store.members(&people.parts.connection, group, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(members) };
        after = last.place;
        members.extend(page);
    }
}

async fn waiting_here(people: &Shared, group: &ScimId, values: &[String]) -> Result<Vec<String>, StoreError> {
    if values.is_empty() {
        return Ok(Vec::new());
    }
    let parked = people.parts.store.parked(&people.parts.connection, Some(values)).await?;
    Ok(parked.into_iter().filter(|(at, _)| at == group).map(|(_, value)| value).collect())
}

/// The target, when a person can be in one group of its kind only.
fn exclusive<'a>(people: &'a Shared, meaning: &Meaning) -> Option<&'a BoundTarget> {
    let Meaning::Target(meaning) = meaning else { return None };
    people.parts.bound.target(&meaning.target).filter(|target| target.shape == Shape::One)
}

/// The other groups of a person that mean a value of the same field.
async fn others_of(
    people: &Shared,
    group: &ScimId,
    person: &ScimId,
    target: &BoundTarget,
) -> Result<Vec<ScimId>, StoreError> {
    let rules = &people.parts.options.groups;
    let has_field = |name: &str| {
        let Meaning::Target(meaning) = rules.meaning_of(name) else { return false };
        people.parts.bound.target(&meaning.target).is_some_and(|other| other.field == target.field)
    };
    let memberships = people.parts.store.memberships(&people.parts.connection, person).await?;
    let others = memberships.into_iter().filter(|one| one.group != *group && has_field(&one.name));
    Ok(others.map(|one| one.group).collect())
}

/// How the accounts of the people concerned are touched.
pub(super) struct Touch<'a> {
    /// On behalf of which request.
    pub(super) request_id: &'a RequestId,
    /// When the schedule takes them up.
    pub(super) next_attempt: jiff::Timestamp,
}

impl Difference {
    /// Does anything change that is shown?
    pub(super) fn is_shown(&self) -> bool {
        !self.joined.is_empty() || !self.left.is_empty()
    }

    /// Does anything change at all? That values wait no longer is told for all of them, so it may be for none.
    pub(super) fn is_something(&self) -> bool {
        self.is_shown() || !self.parked.is_empty() || self.unparked.as_ref().is_none_or(|values| !values.is_empty())
    }

    /// How many accounts must follow.
    pub(super) fn len(&self) -> usize {
        self.joined.len() + self.left.len()
    }

    /// The changes to the store. Whoever joins goes first, so that no failure leaves a group emptier than it should be. `touch`: the group means
    /// something at the vendor. The group's own version is the caller's.
    pub(super) fn changes(&self, people: &Shared, group: &ScimId, touch: Option<&Touch<'_>>) -> Vec<Change> {
        let mut changes = Vec::new();
        let joined: Vec<ScimId> = self.joined.iter().map(|member| member.id.clone()).collect();
        if !self.joined.is_empty() {
            changes.push(Change::AddMembers { group: group.clone(), members: self.joined.clone() });
        }
        for (other, leaving) in &self.moved {
            changes.push(Change::RemoveMembers { group: other.clone(), members: Members::These(leaving.clone()) });
            changes.push(Change::CountUp { id: other.clone(), at: people.now() });
        }
        if !self.left.is_empty() {
            changes.push(Change::RemoveMembers { group: group.clone(), members: Members::These(self.left.clone()) });
        }
        match &self.unparked {
            Some(values) if values.is_empty() => {}
            values => changes.push(Change::UnparkMembers { group: group.clone(), values: values.clone() }),
        }
        if !self.parked.is_empty() {
            changes.push(Change::ParkMembers { group: group.clone(), values: self.parked.clone() });
        }
        let touched: Vec<ScimId> = joined.into_iter().chain(self.left.iter().cloned()).collect();
        if let (Some(touch), false) = (touch, touched.is_empty()) {
            changes.push(Change::TouchAccounts {
                members: Members::These(touched),
                group: group.clone(),
                next_attempt: touch.next_attempt,
                request_id: touch.request_id.clone(),
            });
        }
        changes
    }
}

/// Must the members of a group of this meaning be touched? Where another request may be about to change the meaning, any group counts.
pub(super) fn is_touching(people: &Shared, meaning: &Meaning, is_certain: bool) -> bool {
    match meaning {
        Meaning::Target(_) => true,
        Meaning::Keep | Meaning::Refuse(_) | Meaning::Ignore => {
            !is_certain && people.parts.options.groups.reach_the_vendor()
        }
    }
}

/// Work that its request hands in at once is left to it; of more, the schedule takes up what the request does not come to.
pub(super) fn next_attempt(groups: &Groups, difference: &Difference, all: bool) -> jiff::Timestamp {
    let now = groups.people.schedule_now();
    if all || difference.len() > AT_ONCE { now } else { now + LEASE }
}

/// The next version of a group.
pub(super) fn update_group(groups: &Groups, resource: &StoredResource, body: String) -> Change {
    Change::UpdateResource {
        kind: Kind::Group,
        keys: keys_in(Kind::Group, &attributes_of(&body)),
        expected_version: resource.version,
        resource: StoredResource {
            version: resource.version + 1,
            modified: groups.people.now().max(resource.modified),
            body,
            ..resource.clone()
        },
    }
}
