//! Requests on one group at the same time: nobody's refusal undoes what somebody else was told, and nobody's change looks like a refusal.

use serde_json::json;

use super::super::script::Act;
use super::{FAR, Precondition, World, add, remove, rename, these, within, world};
use crate::ids::ScimId;
use crate::provision::error::ProvisionError;
use crate::scim::patch::PatchRequest;

/// The vendor takes no skills for ada, and what it does for `who` waits until it is released.
async fn holding(world: &World, who: &ScimId, login: &str) {
    world.vendor.refuses("update.skills", "ada");
    world.vendor.next("update.role", Act::Wait);
    let late = world.set_within(who, "title", json!("held"), super::SOON).await;
    assert!(late.is_err(), "{login} is held: {late:?}");
    world.until("the vendor waits", async || world.vendor.waiting() == 1).await;
}

#[tokio::test(start_paused = true)]
async fn a_membership_that_another_request_asked_for_as_well_is_not_taken_back() {
    let world = world().await;
    let [ada, eva, old, gone] = world.people(["ada", "eva", "old", "gone"]).await;
    let group = world.group("Skill Chat", &[&old, &gone]).await.unwrap().id;
    holding(&world, &ada, "ada").await;
    let operations = json!([
        { "op": "add", "path": "members", "value": these(&[&ada, &eva]) },
        { "op": "remove", "path": format!("members[value eq \"{old}\"]") },
        { "op": "remove", "path": format!("members[value eq \"{gone}\"]") },
    ]);
    let refused = world.change(&group, operations);
    let others = async {
        world.until("it is under way", async || world.skills("eva") == ["Chat"]).await;
        world.until("it is under way", async || world.skills("gone").is_empty()).await;
        world.change(&group, add(&[&eva])).await.expect("she is a member already");
        world.change(&group, remove(&gone)).await.expect("he has left already");
        world.vendor.release();
    };
    let (refused, ()) = tokio::join!(refused, others);
    assert!(matches!(refused, Err(ProvisionError::Refused { .. })), "{refused:?}");
    world.settles().await;
    assert_eq!(world.members_of(&group).await, [eva, old]);
    assert_eq!((world.skills("eva").len(), world.skills("old").len(), world.skills("gone").len()), (1, 1, 0));
}

#[tokio::test(start_paused = true)]
async fn somebody_whom_another_request_removes_at_the_same_moment_was_not_refused() {
    let world = world().await;
    let [ada, eva] = world.people(["ada", "eva"]).await;
    let group = world.group("Everybody", &[&eva]).await.unwrap().id;
    world.vendor.next("skills.create", Act::Wait);
    let operations = json!([
        { "op": "replace", "path": "displayName", "value": "Skill Chat" },
        { "op": "add", "path": "members", "value": these(&[&ada]) },
    ]);
    let becoming = world.change(&group, operations);
    let other = async {
        world.until("the skill is being made", async || world.vendor.waiting() == 1).await;
        let removed = world.change(&group, remove(&ada));
        let release = async {
            world.until("she has left", async || !world.is_member(&group, &ada).await).await;
            world.vendor.release();
        };
        tokio::join!(removed, release).0
    };
    let (becoming, removed) = tokio::join!(becoming, other);
    becoming.expect("the vendor refused nothing");
    removed.expect("the vendor refused nothing");
    world.settles().await;
    assert_eq!(world.members_of(&group).await, [eva]);
    assert_eq!((world.skills("ada").len(), world.skills("eva").len()), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn a_rename_is_not_taken_back_because_of_a_member_whom_somebody_else_adds() {
    let world = world().await;
    let [ada] = world.people(["ada"]).await;
    let group = world.group("Skill Chat", &[]).await.unwrap().id;
    holding(&world, &ada, "ada").await;
    let refused = world.change(&group, add(&[&ada]));
    let renamed = async {
        world.until("it is under way", async || world.is_member(&group, &ada).await).await;
        let renamed = world.change(&group, rename("Skill Talk"));
        let release = async {
            world.until("it has its name", async || world.vendor.names("skills") == ["Talk"]).await;
            world.vendor.release();
        };
        tokio::join!(renamed, release).0
    };
    let (refused, renamed) = tokio::join!(refused, renamed);
    assert!(matches!(refused, Err(ProvisionError::Refused { .. })), "{refused:?}");
    renamed.expect("it was not to blame");
    world.settles().await;
    assert_eq!(world.vendor.names("skills"), ["Talk"]);
    assert!(!world.is_member(&group, &ada).await);
}

#[tokio::test(start_paused = true)]
async fn a_refused_rename_into_a_skill_leaves_everybody_in_the_group() {
    let world = world().await;
    let [ada, eva] = world.people(["ada", "eva"]).await;
    let group = world.group("Everybody", &[&ada, &eva]).await.unwrap().id;
    world.vendor.refuses("update.skills", "ada");
    assert!(world.change(&group, rename("Skill Chat")).await.is_err());
    world.settles().await;
    let mut members = world.members_of(&group).await;
    members.sort_unstable();
    let mut all = [ada, eva];
    all.sort_unstable();
    assert_eq!(members, all, "nobody was taken out by a request that was refused");
    assert_eq!(world.skills("eva").len(), 0);
    assert_eq!(world.provisioner.get_group(&group).await.unwrap().body.matches("Everybody").count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refused_change_does_not_bring_back_a_group_that_is_being_deleted() {
    let world = world().await;
    let [ada, eva] = world.people(["ada", "eva"]).await;
    let group = world.group("Skill Chat", &[]).await.unwrap().id;
    holding(&world, &eva, "eva").await;
    let refused = world.change(&group, add(&[&ada, &eva]));
    let deleted = async {
        world.until("ada is refused", async || world.vendor.count("update.skills") == 1).await;
        world.until("ada is refused", async || !world.is_member(&group, &ada).await).await;
        world.vendor.next("skills.delete", Act::Wait);
        let deleted = world.delete_group(&group);
        let release = async {
            world.until("eva leaves", async || !world.is_member(&group, &eva).await).await;
            world.vendor.release();
            world.until("the skill goes", async || world.vendor.count("skills.delete") == 1).await;
            for _ in 0..20 {
                super::super::breathe().await;
            }
            world.vendor.release();
        };
        tokio::join!(deleted, release).0
    };
    let (refused, deleted) = tokio::join!(refused, deleted);
    assert!(refused.is_err(), "{refused:?}");
    deleted.expect("it was not to blame");
    world.settles().await;
    assert!(world.person(&group).await.is_none() && world.vendor.names("skills").is_empty());
}

#[tokio::test(start_paused = true)]
async fn of_two_changes_of_the_same_version_one_must_read_again() {
    let world = world().await;
    let people = world.people(["a", "b", "c", "d", "e", "f"]).await;
    let group = world.group("Everybody", &[]).await.unwrap();
    let only = Precondition::Versions(vec![group.version]);
    let changes = people.iter().map(|id| {
        let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": add(&[id]) });
        let patch = PatchRequest::parse(&body, world.provisioner.group_type()).unwrap();
        let (provisioner, id, only) = (&world.provisioner, &group.id, &only);
        async move { provisioner.patch_group(id, only, &patch, &within(FAR)).await }
    });
    let all = futures_util::future::join_all(changes).await;
    let refused = all.iter().filter(|one| matches!(one, Err(ProvisionError::PreconditionFailed { .. }))).count();
    assert_eq!((all.iter().filter(|one| one.is_ok()).count(), refused), (1, 5), "{all:?}");
}
