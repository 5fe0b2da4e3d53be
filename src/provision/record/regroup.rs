//! A person's groups after a refusal: who joined since the last confirmed state has not, and who left has not. What the refusal has nothing to do
//! with (groups that mean nothing at the vendor) stays.

use super::super::groups;
use super::super::memberships::{self, Counted};
use super::super::shared::Shared;
use super::super::work::Work;
use super::Present;
use crate::ids::ScimId;
use crate::mapping::bound::Membership;
use crate::store::{Change, Members, NewMember, StoreError};

/// The groups of the state that holds again.
pub(super) struct Regrouping {
    /// For the mapping.
    pub(super) memberships: Vec<Membership>,
    /// For the account.
    pub(super) settled_groups: Option<String>,
    /// The memberships themselves.
    pub(super) changes: Vec<Change>,
}

/// Goes back to the groups that counted when the account was settled last.
pub(super) async fn regroup(shared: &Shared, work: &Work, now: &Present) -> Result<Regrouping, StoreError> {
    let settled = memberships::settled(&now.account);
    let mut changes = Vec::new();
    if shared.subject.is_people() && work.is_remapped {
        let store = &shared.parts.store;
        let present = store.memberships(&shared.parts.connection, &work.id).await?;
        let is_member = |group: &ScimId| present.iter().any(|membership| membership.group == *group);
        let is_settled = |group: &ScimId| settled.iter().any(|one| one.group == *group);
        for one in work.counted.iter().filter(|one| is_member(&one.group) && !is_settled(&one.group)) {
            let members = Members::These(vec![work.id.clone()]);
            changes.push(Change::RemoveMembers { group: one.group.clone(), members });
            changes.push(Change::CountUp { id: one.group.clone(), at: shared.now() });
        }
        // Who had left before that, and only has its value for a while, stays out.
        for one in settled.iter().filter(|one| one.until.is_none() && !is_member(&one.group)) {
            if is_there(shared, one).await? {
                let members = vec![NewMember { id: work.id.clone(), display: None }];
                changes.push(Change::AddMembers { group: one.group.clone(), members });
                changes.push(Change::CountUp { id: one.group.clone(), at: shared.now() });
            }
        }
    }
    Ok(Regrouping {
        memberships: memberships::for_mapping(&settled),
        settled_groups: now.account.settled_groups.clone(),
        changes,
    })
}

/// Does the group still mean this, and is it not going itself?
async fn is_there(shared: &Shared, one: &Counted) -> Result<bool, StoreError> {
    let group = shared.parts.store.person(&shared.parts.connection, &one.group).await?;
    Ok(group.is_some_and(|group| {
        let is_going = group.account.as_ref().is_some_and(|account| account.deleting);
        !is_going && groups::target_of(shared, &group.resource).as_deref() == Some(one.target.as_str())
    }))
}
