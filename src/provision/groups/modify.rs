//! PUT and PATCH: a group as it shall be. Members are changed by difference: a change of one costs the same in a group of any size.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use tokio::sync::RwLockReadGuard;

use super::back::Done;
use super::commit::{
    Asked, Difference, Touch, all_members, difference, lock_people, next_attempt, read_members, update_group,
};
use super::object::{Next, ObjectStep};
use super::people::Wanted;
use super::wait::{Ended, Waiting, hand_in_object};
use super::wish::Wish;
use super::{Groups, Stored, may_repeat, name_taken, refused, told};
use crate::config::groups::Meaning;
use crate::ids::ScimId;
use crate::provision::error::ProvisionError;
use crate::provision::locks::Locked;
use crate::provision::subject::name_in;
use crate::provision::work::to_text;
use crate::provision::write::{Chances, check};
use crate::provision::{Precondition, RequestContext};
use crate::scim::error::ScimError;
use crate::scim::patch::PatchRequest;
use crate::scim::resource::{self, Incoming, check_immutable, with_schemas};
use crate::store::{Change, Kind, Member, Members, StoreError, StoredResource};

/// PUT.
pub(in crate::provision) async fn replace(
    groups: &Arc<Groups>,
    id: &ScimId,
    precondition: &Precondition,
    mut incoming: Incoming,
    context: &RequestContext,
) -> Result<StoredResource, ProvisionError> {
    let wish = match incoming.attributes.shift_remove("members") {
        Some(Value::Array(elements)) => Wish::whole(&elements)?,
        _ if incoming.cleared.iter().any(|path| path == "members") => Wish::whole(&[])?,
        _ => Wish::default(),
    };
    let change = |stored: &Map<String, Value>| {
        check_immutable(stored, &incoming, &groups.resource_type)?;
        Ok(resource::replace(stored, &incoming, &groups.resource_type))
    };
    let request =
        Request { id, precondition, what: "scim.replace", change: &change, wish: Some(wish), names_it: true, context };
    modify(groups, &request).await
}

/// PATCH.
pub(in crate::provision) async fn patch(
    groups: &Arc<Groups>,
    id: &ScimId,
    precondition: &Precondition,
    request: &PatchRequest,
    context: &RequestContext,
) -> Result<StoredResource, ProvisionError> {
    let single_adds = groups.people.parts.options.switches.single_member_replace_adds;
    let split = request.split_members();
    let (wish, rest) = match &split {
        Some((changes, rest)) => (Some(Wish::of_changes(changes, single_adds)?), rest),
        // Depends on the members that are there.
        None => (None, request),
    };
    let names_it = wish.is_none() || !rest.is_empty();
    let change = |stored: &Map<String, Value>| {
        if rest.is_empty() {
            return Ok(stored.clone());
        }
        Ok(rest.apply(id.as_str(), stored, &groups.resource_type)?.attributes)
    };
    modify(groups, &Request { id, precondition, what: "scim.patch", change: &change, wish, names_it, context }).await
}

/// How a request changes the stored attributes; called again when somebody else changed them in between.
type ChangeFn<'a> = dyn Fn(&Map<String, Value>) -> Result<Map<String, Value>, ScimError> + Sync + 'a;

/// A PUT or PATCH.
struct Request<'a> {
    id: &'a ScimId,
    precondition: &'a Precondition,
    /// For the story.
    what: &'a str,
    change: &'a ChangeFn<'a>,
    /// What it wants of the members; `None`: that depends on those who are there, and `change` is given them.
    wish: Option<Wish>,
    /// It says what the group is called, not only who is in it.
    names_it: bool,
    context: &'a RequestContext,
}

/// How far a request has come.
enum Step {
    /// Nothing is left to do at the vendor.
    Done(StoredResource),
    /// The vendor must follow.
    Follows(Box<(Waiting, Done)>),
}

async fn modify(groups: &Arc<Groups>, request: &Request<'_>) -> Result<StoredResource, ProvisionError> {
    groups.refuse_when_draining()?;
    let mut chances = Chances::new();
    let mut precondition = request.precondition;
    loop {
        validate_name(groups, request).await?;
        let (waiting, done) = match commit(groups, request, precondition).await? {
            Step::Done(resource) => return Ok(resource),
            Step::Follows(both) => *both,
        };
        // It is about the group as the IdP knows it, not about what this very request makes of it.
        precondition = &Precondition::None;
        let realm = waiting.object.as_ref().map(|(engine, _)| engine.subject.realm.clone());
        match groups.wait(waiting, request.context).await {
            Ok(()) => return groups.shown(request.id).await,
            Err(Ended::Late(error)) => return Err(error),
            Err(Ended::Refused(error)) => {
                groups.take_back(request.id, &done, request.context).await;
                return Err(error);
            }
            Err(Ended::Object(unmet)) => {
                if unmet.is_refused() {
                    groups.take_back(request.id, &done, request.context).await;
                }
                let Some(engine) = realm.and_then(|realm| groups.objects.get(&realm)) else { return Err(unmet.error) };
                chances.take(engine, request.id, unmet, request.context).await?;
            }
        }
    }
}

/// A new name is looked at before any lock is held: whether the vendor has what it stands for, the vendor may have to be asked.
async fn validate_name(groups: &Groups, request: &Request<'_>) -> Result<(), ProvisionError> {
    if !request.names_it || request.wish.is_none() {
        return Ok(());
    }
    let stored = groups.stored(request.id).await?;
    let name = name_in(Kind::Group, &(request.change)(&stored.attributes)?);
    if name != stored.name {
        groups.meaning_of(&name).await?;
    }
    Ok(())
}

async fn commit(
    groups: &Arc<Groups>,
    request: &Request<'_>,
    precondition: &Precondition,
) -> Result<Step, ProvisionError> {
    let mut tries = 0;
    loop {
        tries += 1;
        match commit_once(groups, request, precondition).await {
            Err(error) if may_repeat(&error, tries) => {}
            Err(ProvisionError::Store(StoreError::NameTaken { taken_by })) => {
                let stored = groups.stored(request.id).await?;
                let name = name_in(Kind::Group, &(request.change)(&stored.attributes)?);
                return Err(name_taken(&name, &taken_by));
            }
            other => return other,
        }
    }
}

/// A group that nobody else changes, or only by single members.
enum Held<'a> {
    Alone(#[expect(dead_code, reason = "held, not read")] Locked<'a>),
    Shared(#[expect(dead_code, reason = "held, not read")] RwLockReadGuard<'a, ()>),
}

async fn commit_once(
    groups: &Arc<Groups>,
    request: &Request<'_>,
    precondition: &Precondition,
) -> Result<Step, ProvisionError> {
    let Request { id, context, .. } = *request;
    let people = &groups.people;
    let _group = hold(groups, request, precondition).await;
    let stored = groups.stored(id).await?;
    check(precondition, &stored.resource)?;
    let goal = goal(groups, request, &stored).await?;
    let next =
        Next { attributes: &goal.attributes, body: &goal.body, meaning: &goal.meaning, names_it: request.names_it };
    let mut object = groups.next_object(&stored, &next, context)?;
    let people_locks = lock_people(people, &goal.wanted, object.touches_all).await;
    let difference = difference(people, id, &goal.wanted, &goal.meaning).await?;
    warn_of_a_loss(groups, id, request, &goal.wanted, &difference).await?;
    let mut asked = Asked::of(&goal.wanted, &difference);
    let stayed = if object.touches_all { asked.stay(all_members(people, id).await?) } else { Vec::new() };

    let changes = changes(groups, request, &stored, &goal, &mut object, &difference);
    if !changes.is_empty() {
        people.parts.store.commit(&people.parts.connection, changes).await?;
    }
    let since = groups.tell_and_listen(id, request.names_it, &goal.wanted, &difference, asked);
    let whose = if request.names_it || goal.wanted.is_whole || object.touches_all {
        Members::All
    } else {
        Members::These(goal.wanted.people.keys().cloned().collect())
    };
    let is_unlinked = object.follows.is_some() && !is_linked(&stored, groups, &goal.meaning);
    let (handed, later) = if goal.counts && !is_unlinked {
        groups.hand_in_people(id, &whose, context).await?
    } else {
        (Vec::new(), Vec::new())
    };
    let object = hand_in_object(object.follows, id, context);
    drop(people_locks);
    if !difference.parked.is_empty() {
        super::parked::look_again(groups, id, &difference.parked).await;
    }
    if object.is_none() && handed.is_empty() && later.is_empty() {
        return Ok(Step::Done(groups.shown(id).await?));
    }
    let name = name_in(Kind::Group, &goal.attributes);
    let waiting = Waiting { group: id.clone(), name, object, whose, since: since.clone(), handed, later };
    let body = (goal.body != stored.resource.body).then_some((stored.resource.body, goal.body));
    Ok(Step::Follows(Box::new((waiting, Done { difference, stayed, since, body }))))
}

/// Requests that add or remove single members run side by side, unless the group must be as it was read.
async fn hold<'a>(groups: &'a Groups, request: &Request<'_>, precondition: &Precondition) -> Held<'a> {
    let is_whole = request.wish.as_ref().is_none_or(|wish| wish.is_whole);
    if request.names_it || is_whole || matches!(precondition, Precondition::Versions(_)) {
        Held::Alone(groups.locks.lock(request.id).await)
    } else {
        Held::Shared(groups.locks.share(request.id).await)
    }
}

/// The group as a request wants it.
struct Goal {
    attributes: Map<String, Value>,
    body: String,
    meaning: Meaning,
    wanted: Wanted,
    /// Its members have something at the vendor through it, or had.
    counts: bool,
}

async fn goal(groups: &Groups, request: &Request<'_>, stored: &Stored) -> Result<Goal, ProvisionError> {
    let (attributes, wish) = next(groups, request, stored).await?;
    let body = if attributes == stored.attributes {
        // Only in another order, as a client may put back what it has read: that is no change, and no new version.
        stored.resource.body.clone()
    } else {
        to_text(&with_schemas(&attributes, &groups.resource_type))
    };
    let rules = &groups.people.parts.options.groups;
    let (was, meaning) = (rules.meaning_of(&stored.name), rules.meaning_of(&name_in(Kind::Group, &attributes)));
    let wanted = match &meaning {
        Meaning::Refuse(why) => return Err(refused(&name_in(Kind::Group, &attributes), why)),
        // Its members are forgotten.
        Meaning::Ignore => Wanted { is_whole: true, ..Wanted::default() },
        Meaning::Keep | Meaning::Target(_) => groups.find_people(&wish).await?,
    };
    let counts = matches!(meaning, Meaning::Target(_)) || matches!(was, Meaning::Target(_));
    Ok(Goal { attributes, body, meaning, wanted, counts })
}

/// Everything that is committed; nothing when nothing changes.
fn changes(
    groups: &Groups,
    request: &Request<'_>,
    stored: &Stored,
    goal: &Goal,
    object: &mut ObjectStep,
    difference: &Difference,
) -> Vec<Change> {
    let Request { id, context, .. } = *request;
    let people = &groups.people;
    let is_renamed = goal.body != stored.resource.body;
    let next_attempt = next_attempt(groups, difference, object.touches_all);
    let touch = goal.counts.then_some(Touch { request_id: &context.request_id, next_attempt });
    let mut changes = std::mem::take(&mut object.changes);
    if is_renamed {
        changes.push(update_group(groups, &stored.resource, goal.body.clone()));
    } else if difference.is_shown() {
        changes.push(Change::CountUp { id: id.clone(), at: people.now() });
    }
    changes.extend(difference.changes(people, id, touch.as_ref()));
    if object.touches_all {
        changes.push(Change::TouchAccounts {
            members: Members::All,
            group: id.clone(),
            next_attempt,
            request_id: context.request_id.clone(),
        });
    }
    if is_renamed || difference.is_something() {
        let name = name_in(Kind::Group, &goal.attributes);
        let detail = told(context, difference.joined.len(), difference.left.len());
        changes.push(Change::Event(people.event(id, &name, &context.request_id, request.what, detail)));
    }
    changes
}

/// The attributes and members as the request wants them.
async fn next(
    groups: &Groups,
    request: &Request<'_>,
    stored: &Stored,
) -> Result<(Map<String, Value>, Wish), ProvisionError> {
    if let Some(wish) = &request.wish {
        return Ok(((request.change)(&stored.attributes)?, wish.clone()));
    }
    // As they are shown: a filter may ask for what the IdP reads.
    let members = read_members(&groups.people, request.id).await?;
    let element = |member: &Member| json!({ "value": member.id.as_str(), "type": "User", "display": member.display });
    let elements: Vec<Value> = members.iter().map(element).collect();
    let mut whole = stored.attributes.clone();
    if !elements.is_empty() {
        whole.insert("members".into(), elements.into());
    }
    let mut attributes = (request.change)(&whole)?;
    let wish = match attributes.shift_remove("members") {
        Some(Value::Array(elements)) => Wish::whole(&elements)?,
        _ => Wish::whole(&[])?,
    };
    Ok((attributes, wish))
}

fn is_linked(stored: &Stored, groups: &Groups, meaning: &Meaning) -> bool {
    let realm = groups.engine(meaning).map(|engine| engine.subject.realm.as_str());
    stored.account.as_ref().is_some_and(|account| Some(account.realm.as_str()) == realm && account.vendor_id.is_some())
}

/// A client that means to add sometimes says that it replaces; a group that loses more than half of its members is worth a line.
async fn warn_of_a_loss(
    groups: &Groups,
    id: &ScimId,
    request: &Request<'_>,
    wanted: &Wanted,
    difference: &Difference,
) -> Result<(), StoreError> {
    if !wanted.is_whole || difference.left.is_empty() {
        return Ok(());
    }
    let people = &groups.people;
    let lost = difference.left.len() as u64;
    let before = people.parts.store.count_members(&people.parts.connection, id, lost.saturating_mul(2)).await?;
    if before < lost.saturating_mul(2) {
        tracing::warn!(
            connection = %people.parts.connection, scim.id = %id, request_id = %request.context.request_id,
            "the group {id} loses {lost} of its {before} members by one request that replaces them"
        );
    }
    Ok(())
}
