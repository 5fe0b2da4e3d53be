//! What a person's groups mean for his account: read when it is worked on, kept when it is settled, so that a refusal can go back to it.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::catalogs::{self, Hit};
use super::converge::Stop;
use super::outcome::Deferral;
use super::shared::Shared;
use crate::config::groups::{Meaning, ObjectRef, TargetMeaning};
use crate::ids::ScimId;
use crate::mapping::bound::{Bound, BoundTarget, Membership};
use crate::store::{self, Account};

/// Pause when a catalog cannot be read and the vendor says nothing better.
const PAUSE: Duration = Duration::from_secs(5);

/// A group that counts for a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Counted {
    /// The group.
    pub(super) group: ScimId,
    /// Its target.
    pub(super) target: String,
    /// The vendor's value.
    pub(super) value: Value,
    /// Level, for a `level_map`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) level: Option<i64>,
    /// He has left it, and has its value until then, unless he joins another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) until: Option<Timestamp>,
}

/// What counted when the account was settled last.
pub(super) fn settled(account: &Account) -> Vec<Counted> {
    let Some(text) = account.settled_groups.as_deref() else { return Vec::new() };
    serde_json::from_str(text).unwrap_or_else(|problem| {
        tracing::error!(scim.id = %account.id, "the settled memberships of {} cannot be read in the store: {problem}", account.id);
        Vec::new()
    })
}

/// The text that is stored; nothing for nobody's sake.
pub(super) fn text_of(counted: &[Counted]) -> Option<String> {
    (!counted.is_empty()).then(|| super::work::to_text(&counted))
}

/// What the mapping is told.
pub(super) fn for_mapping(counted: &[Counted]) -> Vec<Membership> {
    counted.iter().map(|one| membership(one, false)).collect()
}

/// What the mapping is told when memberships have changed: values that counted, and that no group gives any more, are over.
pub(super) fn with_over(bound: &Bound, current: &[Counted], settled: &[Counted]) -> Vec<Membership> {
    let field = |one: &Counted| bound.target(&one.target).map(|target| target.field.as_str());
    let is_given = |gone: &Counted| current.iter().any(|one| one.value == gone.value && field(one) == field(gone));
    let over = settled.iter().filter(|one| !is_given(one)).map(|one| membership(one, true));
    over.chain(current.iter().map(|one| membership(one, false))).collect()
}

fn membership(one: &Counted, is_over: bool) -> Membership {
    Membership { target: one.target.clone(), value: one.value.clone(), level: one.level, is_over }
}

/// The groups that count for a person now, in the order in which he joined. A group whose object the vendor does not have yet does not count; its
/// members are worked on again when it has.
pub(super) async fn current(shared: &Shared, person: &ScimId) -> Result<Vec<Counted>, Stop> {
    let memberships = shared.parts.store.memberships(&shared.parts.connection, person).await?;
    let mut counted = Vec::new();
    for membership in memberships {
        let Meaning::Target(meaning) = shared.parts.options.groups.meaning_of(&membership.name) else { continue };
        let Some(target) = shared.parts.bound.target(&meaning.target) else { continue };
        let Some(key) = key_of(shared, target, &meaning, &membership).await? else { continue };
        counted.push(Counted {
            group: membership.group,
            value: target.typed_value(&key),
            level: meaning.level.or(target.level.map(|rule| rule.default)),
            target: meaning.target,
            until: None,
        });
    }
    Ok(counted)
}

/// What still counts although he has left it: IdPs move a person by two requests in either order, and in between he is in no group. Only for fields that
/// take one group, as long as the mapping says, and unless another group gives the field a value.
pub(super) fn lingering(bound: &Bound, current: &[Counted], settled: &[Counted], now: Timestamp) -> Vec<Counted> {
    let target = |one: &Counted| bound.target(&one.target).map(|target| (target.field.as_str(), target.leaves_after));
    let mut given: Vec<&str> = current.iter().filter_map(target).map(|(field, _)| field).collect();
    let mut lingering = Vec::new();
    for one in settled.iter().rev() {
        let Some((field, leaves_after)) = target(one) else { continue };
        if leaves_after.is_zero() || given.contains(&field) || one.until.is_some_and(|until| until <= now) {
            continue;
        }
        given.push(field);
        let until = one.until.unwrap_or_else(|| now.saturating_add(leaves_after).unwrap_or(Timestamp::MAX));
        lingering.push(Counted { until: Some(until), ..one.clone() });
    }
    lingering
}

/// When the first of these ends.
pub(super) fn ends(counted: &[Counted]) -> Option<Timestamp> {
    counted.iter().filter_map(|one| one.until).min()
}

async fn key_of(
    shared: &Shared,
    target: &BoundTarget,
    meaning: &TargetMeaning,
    membership: &store::Membership,
) -> Result<Option<String>, Stop> {
    let name = match &meaning.object {
        ObjectRef::Id(id) => return Ok(Some(id.clone())),
        ObjectRef::Name(_) if target.object.is_some() => {
            let is_own = membership.realm.as_ref() == Some(&target.name);
            return Ok(membership.vendor_id.as_ref().filter(|_| is_own).map(|key| key.as_str().to_owned()));
        }
        ObjectRef::Name(name) => name,
    };
    let Some(catalog) = &target.catalog else { return Ok(None) };
    let title = shared.parts.bound.vendor_title();
    let found = catalogs::find_key(shared, catalog, name).await.map_err(|failure| {
        Stop::Deferred(Deferral {
            reason: format!("{title}, looking for {name} in {catalog}: {}", failure.verdict.say),
            pause: failure.retry_after.unwrap_or(PAUSE),
            limited: failure.verdict.meaning == crate::mapping::model::Meaning::Limited,
        })
    })?;
    let problem = match found {
        Hit::One(key) => return Ok(Some(key)),
        Hit::Nothing => format!("{title} has no {name} in {catalog} any more"),
        Hit::Several(keys) => format!("{title} has several {name} in {catalog} ({})", keys.join(", ")),
    };
    tracing::error!(
        connection = %shared.parts.connection, scim.id = %membership.group,
        "{problem}; its group {} gives its members nothing until there is just one again", membership.group
    );
    Ok(None)
}
