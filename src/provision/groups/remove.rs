//! DELETE: the members leave, their accounts follow, and then the object goes, or is let go as it is. The wish is durable from the beginning; a
//! request that was told to come again joins the work.

use std::sync::Arc;

use super::commit::{Asked, Difference, all_members};
use super::people::Wanted;
use super::wait::{Ended, Waiting};
use super::{AT_ONCE, Groups, MAX_TRIES, Stored, may_repeat, told};
use crate::config::groups::{Meaning, OnDelete, TargetMeaning};
use crate::ids::ScimId;
use crate::mapping::bound::CallName;
use crate::mapping::record::{Desired, Record};
use crate::provision::error::ProvisionError;
use crate::provision::shared::Shared;
use crate::provision::work::urgency;
use crate::provision::write::{Chances, Committed, LEASE, check, follow, hand_in, wanting};
use crate::provision::{Precondition, RequestContext};
use crate::store::{Account, Change, Kind, Members, StoredResource, WorkState};

/// DELETE.
pub(in crate::provision) async fn delete(
    groups: &Arc<Groups>,
    id: &ScimId,
    precondition: &Precondition,
    context: &RequestContext,
) -> Result<(), ProvisionError> {
    groups.refuse_when_draining()?;
    let mut chances = Chances::new();
    // It is about the group as the IdP knows it, not about what this very request makes of it.
    let mut precondition = precondition;
    for _ in 0..MAX_TRIES {
        let Some((waiting, object)) = repeated(groups, id, precondition, context).await? else { return Ok(()) };
        precondition = &Precondition::None;
        match groups.wait(waiting, context).await {
            Ok(()) => {}
            Err(Ended::Object(unmet)) => return Err(unmet.error),
            Err(Ended::Late(error)) => return Err(error),
            // The vendor keeps somebody in it: the group is there still, and so is he.
            Err(Ended::Refused(error)) if object.is_none() => return Err(error),
            // The object goes all the same, and with it whatever it gave.
            Err(Ended::Refused(error)) => {
                tracing::warn!(connection = %groups.people.parts.connection, scim.id = %id, "{error}; the group is deleted all the same");
            }
        }
        let Some((realm, committed)) = object else { continue };
        let Some(engine) = groups.objects.get(&realm) else { return Ok(()) };
        let handed = hand_in(engine, id, committed, context);
        let Err(unmet) = follow(engine, id, handed, context).await else { return Ok(()) };
        chances.take(engine, id, unmet, context).await?;
    }
    Err(ProvisionError::Store(crate::store::StoreError::VersionMismatch))
}

type Begun = Option<(Waiting, Option<(String, Committed)>)>;

async fn repeated(
    groups: &Arc<Groups>,
    id: &ScimId,
    precondition: &Precondition,
    context: &RequestContext,
) -> Result<Begun, ProvisionError> {
    let mut tries = 0;
    loop {
        tries += 1;
        match commit_once(groups, id, precondition, context).await {
            Err(error) if may_repeat(&error, tries) => {}
            other => return other,
        }
    }
}

/// Takes everybody out, and notes that the object goes; or, when nobody is left who must follow, takes the group away. `None`: it is gone.
async fn commit_once(
    groups: &Arc<Groups>,
    id: &ScimId,
    precondition: &Precondition,
    context: &RequestContext,
) -> Result<Begun, ProvisionError> {
    let people = &groups.people;
    let _group = groups.locks.lock(id).await;
    let stored = groups.stored(id).await?;
    check(precondition, &stored.resource)?;
    let meaning = people.parts.options.groups.meaning_of(&stored.name);
    let goes = going_object(groups, &stored, &meaning);
    let members = all_members(people, id).await?;
    let _people = people.locks.lock_these(members.iter()).await;
    let counts = matches!(meaning, Meaning::Target(_)) || stored.account.is_some();
    let mut changes = Vec::new();
    if !members.is_empty() {
        changes.extend(leave(groups, id, &members, counts, context));
    }
    let is_owed = counts
        && (!members.is_empty()
            || !people.parts.store.owed(&people.parts.connection, id, &Members::All).await?.is_empty());
    let object = match (&goes, &stored.account) {
        (Some(engine), Some(account)) => {
            let revision = if account.deleting {
                account.desired_revision
            } else {
                let next = going(engine, account, context);
                let revision = next.desired_revision;
                changes.extend(crate::provision::write::replace_account(account, next));
                if groups.is_answered_at_once() {
                    // Before anything else, while the version is the one that was read.
                    changes.insert(0, hide(&stored.resource));
                }
                revision
            };
            let name = stored.name.clone();
            let committed = Committed { name, revision, transient: Record::default(), has_joined: account.deleting };
            Some((engine.subject.realm.clone(), committed))
        }
        _ => None,
    };
    let goes_now = object.is_none() && (!is_owed || groups.is_answered_at_once());
    if goes_now {
        changes.push(Change::DeleteResource { kind: Kind::Group, id: id.clone() });
    }
    if !changes.is_empty() {
        let detail = told(context, 0, members.len());
        changes.push(Change::Event(people.event(id, &stored.name, &context.request_id, "scim.delete", detail)));
        people.parts.store.commit(&people.parts.connection, changes).await?;
    }
    if goes_now {
        return Ok(None);
    }
    let wanted = Wanted { is_whole: true, ..Wanted::default() };
    let difference = Difference { left: members, ..Difference::default() };
    let asked = Asked::of(&wanted, &difference);
    let since = groups.tell_and_listen(id, true, &wanted, &difference, asked);
    let whose = Members::All;
    let (handed, later) = groups.hand_in_people(id, &whose, context).await?;
    let waiting = Waiting { group: id.clone(), name: stored.name, object: None, whose, since, handed, later };
    Ok(Some((waiting, object)))
}

/// The engine that deletes the group's object; `None`: there is none, or it stays at the vendor.
fn going_object<'a>(groups: &'a Groups, stored: &Stored, meaning: &Meaning) -> Option<&'a Arc<Shared>> {
    let engine = groups.objects.get(&stored.account.as_ref()?.realm)?;
    let stays = matches!(meaning, Meaning::Target(TargetMeaning { on_delete: OnDelete::Keep, .. }));
    (!stays && engine.parts.bound.has_call(&CallName::Delete)).then_some(engine)
}

fn going(engine: &Shared, account: &Account, context: &RequestContext) -> Account {
    let mut next = wanting(engine, account, &Desired::Absent, urgency::CHANGE, context);
    next.deleting = true;
    next
}

/// Everybody leaves.
fn leave(groups: &Groups, id: &ScimId, members: &[ScimId], counts: bool, context: &RequestContext) -> Vec<Change> {
    let people = &groups.people;
    let mut changes = Vec::new();
    if counts {
        let now = people.schedule_now();
        changes.push(Change::TouchAccounts {
            members: Members::These(members.to_vec()),
            group: id.clone(),
            next_attempt: if members.len() > AT_ONCE { now } else { now + LEASE },
            request_id: context.request_id.clone(),
        });
    }
    changes.push(Change::RemoveMembers { group: id.clone(), members: Members::These(members.to_vec()) });
    changes.push(Change::UnparkMembers { group: id.clone(), values: None });
    changes.push(Change::CountUp { id: id.clone(), at: people.now() });
    changes
}

/// Answered with success at once: from now on the IdP must not find the group any more.
fn hide(resource: &StoredResource) -> Change {
    let attributes = crate::provision::work::attributes_of(&resource.body);
    Change::UpdateResource {
        kind: Kind::Group,
        keys: crate::provision::subject::keys_in(Kind::Group, &attributes),
        expected_version: resource.version,
        resource: StoredResource { confirmed: false, ..resource.clone() },
    }
}

/// A create of which the vendor refused a part: the group goes, with the object that was made for it. One that was there before is let go.
pub(super) async fn undo_create(groups: &Arc<Groups>, id: &ScimId, context: &RequestContext) {
    let mut tries = 0;
    loop {
        tries += 1;
        match undo_create_once(groups, id, context).await {
            Ok(()) | Err(ProvisionError::NotFound { .. }) => return,
            Err(error) if may_repeat(&error, tries) => {}
            Err(error) => {
                tracing::error!(
                    connection = %groups.people.parts.connection, scim.id = %id,
                    "the group {id} was refused and cannot be taken away again; delete it at the identity provider or here: {error}"
                );
                return;
            }
        }
    }
}

async fn undo_create_once(groups: &Arc<Groups>, id: &ScimId, context: &RequestContext) -> Result<(), ProvisionError> {
    let people = &groups.people;
    let _group = groups.locks.lock(id).await;
    let stored = groups.stored(id).await?;
    let members = all_members(people, id).await?;
    let _people = people.locks.lock_these(members.iter()).await;
    let mut changes = Vec::new();
    // First, while the version is the one that was read.
    let engine = stored.account.as_ref().and_then(|account| groups.objects.get(&account.realm));
    let goes = match (engine, &stored.account) {
        (Some(engine), Some(account))
            if account.taken_over.is_none() && engine.parts.bound.has_call(&CallName::Delete) =>
        {
            let next = Account { next_attempt: Some(people.schedule_now()), ..going(engine, account, context) };
            debug_assert_eq!(next.state, WorkState::Pending);
            changes.push(hide(&stored.resource));
            changes.extend(crate::provision::write::replace_account(account, next));
            true
        }
        _ => false,
    };
    if !members.is_empty() {
        changes.extend(leave(groups, id, &members, true, context));
    }
    if !goes {
        changes.push(Change::DeleteResource { kind: Kind::Group, id: id.clone() });
    }
    let detail = "nothing of the group stays, because the vendor refused a part of it".to_owned();
    changes.push(Change::Event(people.event(id, &stored.name, &context.request_id, "restored", detail)));
    people.parts.store.commit(&people.parts.connection, changes).await?;
    Ok(())
}
