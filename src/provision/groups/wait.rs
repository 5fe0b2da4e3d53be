//! Waits until the vendor has followed a request on a group: the object first, then everybody whose account was touched for it. The work itself goes
//! on whether anybody waits or not.

use std::sync::Arc;

use futures_util::StreamExt as _;
use tokio::time::Instant;

use super::commit::{Asked, Difference};
use super::object::Followed;
use super::people::Wanted;
use super::since::Since;
use super::{AT_ONCE, Groups, single};
use crate::ids::ScimId;
use crate::mapping::record::Record;
use crate::provision::RequestContext;
use crate::provision::error::ProvisionError;
use crate::provision::outcome::retry_after;
use crate::provision::write::{Chances, Committed, Handed, Unmet, follow, hand_in};
use crate::scim::error::ScimError;
use crate::store::{Kind, Members, StoreError};

/// Most people who are named in a refusal.
const MOST_NAMED: usize = 5;

/// What a request on a group waits for.
pub(super) struct Waiting {
    /// The group.
    pub(super) group: ScimId,
    /// Its name, for people.
    pub(super) name: String,
    /// Its object.
    pub(super) object: Option<(Arc<crate::provision::shared::Shared>, Handed)>,
    /// Whose accounts are waited for, as far as they were touched for this group.
    pub(super) whose: Members,
    /// What the request asks for, and what others have asked for since.
    pub(super) since: Arc<Since>,
    /// People whose work was handed in before anybody else could take it up.
    pub(super) handed: Vec<(ScimId, Handed)>,
    /// People whose work follows.
    pub(super) later: Vec<(ScimId, i64)>,
}

/// Why a request on a group is not answered with success.
pub(super) enum Ended {
    /// The object was not done.
    Object(Unmet),
    /// Somebody was refused: the request takes back the rest.
    Refused(ProvisionError),
    /// Not in time; the work goes on.
    Late(ProvisionError),
}

impl From<StoreError> for Ended {
    fn from(error: StoreError) -> Self {
        Self::Late(error.into())
    }
}

/// Hands in the work on an object.
pub(super) fn hand_in_object(
    follows: Option<Followed>,
    group: &ScimId,
    context: &RequestContext,
) -> Option<(Arc<crate::provision::shared::Shared>, Handed)> {
    let Followed { engine, committed } = follows?;
    let handed = hand_in(&engine, group, committed, context);
    Some((engine, handed))
}

impl Groups {
    /// Hands in the first of the people who were touched for a group. Called while their locks are held: nobody can have been refused yet.
    pub(super) async fn hand_in_people(
        &self,
        group: &ScimId,
        whose: &Members,
        context: &RequestContext,
    ) -> Result<(Vec<(ScimId, Handed)>, Vec<(ScimId, i64)>), StoreError> {
        let mut owed = self.store().owed(&self.people.parts.connection, group, whose).await?;
        let later = owed.split_off(owed.len().min(AT_ONCE));
        let handed = owed.into_iter().map(|(id, revision)| {
            let handed = self.hand_in_person(&id, revision, context);
            (id, handed)
        });
        Ok((handed.collect(), later))
    }

    fn hand_in_person(&self, id: &ScimId, revision: i64, context: &RequestContext) -> Handed {
        let name = id.as_str().to_owned();
        let committed = Committed { name, revision, transient: Record::default(), has_joined: false };
        hand_in(&self.people, id, committed, context)
    }

    /// Waits for everything.
    pub(super) async fn wait(self: &Arc<Self>, mut waiting: Waiting, context: &RequestContext) -> Result<(), Ended> {
        let mut is_certain = true;
        if let Some((engine, handed)) = waiting.object.take() {
            follow(&engine, &waiting.group, handed, context).await.map_err(Ended::Object)?;
            if self.is_answered_at_once() {
                return Ok(());
            }
            // Everybody in the group was touched when it was linked, by the object's writer: some may be settled, or refused, already.
            let known: Vec<ScimId> = waiting.handed.iter().map(|(id, _)| id.clone()).collect();
            let owed = self.store().owed(&self.people.parts.connection, &waiting.group, &waiting.whose).await?;
            let is_new = |id: &ScimId| !known.contains(id);
            waiting.later = owed.into_iter().filter(|(id, _)| is_new(id)).collect();
            is_certain = false;
        }
        if self.is_answered_at_once() {
            return Ok(());
        }
        is_certain &= waiting.later.is_empty();
        self.wait_for_people(&mut waiting, context).await?;
        if is_certain { Ok(()) } else { self.verify(&waiting).await }
    }

    async fn wait_for_people(self: &Arc<Self>, waiting: &mut Waiting, context: &RequestContext) -> Result<(), Ended> {
        let total = waiting.handed.len() + waiting.later.len();
        let handed = std::mem::take(&mut waiting.handed).into_iter().map(|(id, handed)| (id, Work::Handed(handed)));
        let later = std::mem::take(&mut waiting.later).into_iter().map(|(id, revision)| (id, Work::Later(revision)));
        let (mut refused, mut late) = (Vec::new(), Vec::new());
        let waiting = &*waiting;
        let mut people =
            futures_util::stream::iter(handed.chain(later).map(|(id, work)| self.settle(waiting, id, work, context)))
                .buffer_unordered(AT_ONCE);
        while let Some((id, ended)) = people.next().await {
            match ended {
                Ok(()) => {}
                Err(error) if is_late(&error) => late.push(error),
                // It was another request's change of this person.
                Err(_) if !waiting.since.asked.concerns(&id) => {}
                Err(error) => refused.push((id, error)),
            }
        }
        drop(people);
        if !refused.is_empty() {
            return Err(Ended::Refused(self.refused(waiting, refused).await));
        }
        match late.len() {
            0 => Ok(()),
            count => {
                // A limit that is reached says more than that there was no time left.
                let first = late.iter().position(is_limited).unwrap_or(0);
                Err(Ended::Late(late_of(waiting, late.swap_remove(first), count, total)))
            }
        }
    }

    /// One person: until his account is settled, or refused for the sake of this very request.
    async fn settle(
        self: &Arc<Self>,
        waiting: &Waiting,
        id: ScimId,
        work: Work,
        context: &RequestContext,
    ) -> (ScimId, Result<(), ProvisionError>) {
        let ended = self.settle_one(waiting, &id, work, context).await;
        (id, ended)
    }

    async fn settle_one(
        self: &Arc<Self>,
        waiting: &Waiting,
        id: &ScimId,
        work: Work,
        context: &RequestContext,
    ) -> Result<(), ProvisionError> {
        let mut handed = match work {
            Work::Handed(handed) => handed,
            // The schedule takes up what nobody can wait for any more.
            Work::Later(_) if Instant::now() >= context.deadline => return Err(self.not_begun(&waiting.name)),
            Work::Later(revision) => self.hand_in_person(id, revision, context),
        };
        let mut chances = Chances::new();
        loop {
            let Err(unmet) = follow(&self.people, id, handed, context).await else { return Ok(()) };
            chances.take(&self.people, id, unmet, context).await?;
            // What was refused was a mixture of this and other wishes: this one alone, unless somebody has said something newer.
            let own = waiting.since.asked.of_person(id).filter(|_| !waiting.since.has_heard_of(id));
            if let Some(is_member) = own {
                single::commit_person(self, &waiting.group, &Wanted::one(id, is_member), context).await?;
            }
            let Some(revision) = self.owed_of(&waiting.group, id).await? else { return Ok(()) };
            let name = id.as_str().to_owned();
            let committed = Committed { name, revision, transient: Record::default(), has_joined: false };
            handed = hand_in(&self.people, id, committed, context);
        }
    }

    /// The revision that settles what a group is owed of a person; `None`: nothing.
    async fn owed_of(&self, group: &ScimId, person: &ScimId) -> Result<Option<i64>, StoreError> {
        let of = Members::These(vec![person.clone()]);
        let owed = self.store().owed(&self.people.parts.connection, group, &of).await?;
        Ok(owed.first().map(|(_, revision)| *revision))
    }

    fn not_begun(&self, name: &str) -> ProvisionError {
        ProvisionError::Late {
            name: name.to_owned(),
            reason: format!("{} has not answered in time", self.people.parts.bound.vendor_title()),
            retry_after_seconds: retry_after(std::time::Duration::from_secs(5)),
            limited: false,
        }
    }

    async fn refused(&self, waiting: &Waiting, mut refused: Vec<(ScimId, ProvisionError)>) -> ProvisionError {
        let mut names = Vec::new();
        for (id, _) in refused.iter().take(MOST_NAMED) {
            names.push(self.name_of(id).await);
        }
        let more = refused.len().saturating_sub(MOST_NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let word = if refused.len() == 1 { "member" } else { "members" };
        let (_, error) = refused.swap_remove(0);
        error.about(format!("{}, {word} {}{more}", waiting.name, names.join(", ")))
    }

    async fn name_of(&self, id: &ScimId) -> String {
        let person = self.store().person(&self.people.parts.connection, id).await.ok().flatten();
        let name = person.map(|person| {
            let attributes = crate::provision::work::attributes_of(&person.resource.body);
            self.people.subject.name_of(&attributes)
        });
        name.filter(|name| !name.is_empty()).unwrap_or_else(|| id.as_str().to_owned())
    }

    /// Some of the work was done before anybody waited for it: is the result what was asked for? What others have asked for meanwhile, and people who
    /// have gone, are no refusal.
    async fn verify(&self, waiting: &Waiting) -> Result<(), Ended> {
        let connection = &self.people.parts.connection;
        if self.store().get(connection, Kind::Group, &waiting.group).await?.is_none() {
            return Ok(());
        }
        let ids: Vec<ScimId> = waiting.since.asked.people.keys().cloned().collect();
        let are_members = self.store().which_are_members(connection, &waiting.group, &ids).await?;
        let missed = waiting.since.asked.people.iter().zip(are_members);
        let missed = missed.filter(|((_, asked), is_member)| *asked != is_member).map(|((id, _), _)| id);
        let missed: Vec<ScimId> = missed.filter(|id| !waiting.since.has_heard_of(id)).cloned().collect();
        let are_there = self.store().which_exist(connection, Kind::User, &missed).await?;
        let missed: Vec<ScimId> =
            missed.into_iter().zip(are_there).filter(|(_, is_there)| *is_there).map(|(id, _)| id).collect();
        if missed.is_empty() {
            return Ok(());
        }
        let mut names = Vec::new();
        for id in missed.iter().take(MOST_NAMED) {
            names.push(self.name_of(id).await);
        }
        let title = self.people.parts.bound.vendor_title();
        Err(Ended::Refused(
            ScimError::InvalidValue(format!(
                "{}: {title} did not take the change of {} of its members ({}); `scim-bridge story` of these people says why, trying again without a change cannot help",
                waiting.name,
                missed.len(),
                names.join(", ")
            ))
            .into(),
        ))
    }

    /// What a request has said of a group is told to the others that wait, and from now on it hears them. Called while the people concerned are locked.
    pub(super) fn tell_and_listen(
        &self,
        group: &ScimId,
        names_it: bool,
        wanted: &Wanted,
        difference: &Difference,
        asked: Asked,
    ) -> Arc<Since> {
        self.listeners.tell(group, wanted, names_it);
        for (other, moved) in &difference.moved {
            self.listeners.tell_of_moved(other, moved);
        }
        self.listeners.listen(group, asked)
    }
}

/// How far the work on a person is.
enum Work {
    Handed(Handed),
    Later(i64),
}

fn late_of(waiting: &Waiting, first: ProvisionError, count: usize, total: usize) -> ProvisionError {
    let name = waiting.name.clone();
    match first {
        ProvisionError::Late { reason, retry_after_seconds, limited, .. } => ProvisionError::Late {
            name,
            reason: format!("{count} of {total} members have yet to follow: {reason}"),
            retry_after_seconds,
            limited,
        },
        other => other,
    }
}

fn is_late(error: &ProvisionError) -> bool {
    matches!(error, ProvisionError::Late { .. } | ProvisionError::Store(_) | ProvisionError::ShuttingDown)
}

fn is_limited(error: &ProvisionError) -> bool {
    matches!(error, ProvisionError::Late { limited: true, .. })
}
