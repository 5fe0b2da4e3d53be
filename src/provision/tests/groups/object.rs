//! The object that a group stands for: created, found, renamed, once.

use super::super::script::Act;
use super::{SOON, add, rename, world};
use crate::mapping::model::Meaning;
use crate::provision::error::ProvisionError;
use crate::scim::error::ScimError;
use crate::store::WorkState;

#[tokio::test(start_paused = true)]
async fn a_skill_whose_answer_was_lost_is_not_created_twice() {
    let world = world().await;
    let [ada] = world.people(["ada"]).await;
    world.vendor.next("skills.create", Act::LostAfter);
    world.group("Skill Chat", &[&ada]).await.unwrap();
    assert_eq!((world.vendor.names("skills"), world.skills("ada")), (vec!["Chat".to_owned()], vec!["Chat".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn a_skill_that_is_there_already_is_the_groups_whatever_its_letter_case() {
    let world = world().await;
    let [ada] = world.people(["ada"]).await;
    world.vendor.makes_object("skills", "chat");
    world.group("Skill Chat", &[&ada]).await.unwrap();
    assert_eq!((world.vendor.names("skills"), world.vendor.count("skills.create")), (vec!["chat".to_owned()], 0));
    assert_eq!(world.skills("ada"), ["chat"]);
}

#[tokio::test(start_paused = true)]
async fn a_renamed_group_renames_its_skill_and_nobody_is_touched() {
    let world = world().await;
    let [ada] = world.people(["ada"]).await;
    let group = world.group("Skill Chat", &[&ada]).await.unwrap().id;
    let (calls, revision) = (world.vendor.count("update.skills"), world.account(&ada).await.desired_revision);
    world.change(&group, rename("Skill Talk")).await.unwrap();
    assert_eq!((world.vendor.names("skills"), world.skills("ada")), (vec!["Talk".to_owned()], vec!["Talk".to_owned()]));
    assert_eq!((world.vendor.count("update.skills"), world.account(&ada).await.desired_revision), (calls, revision));
}

#[tokio::test(start_paused = true)]
async fn a_group_that_begins_to_mean_something_gives_it_to_its_members_and_takes_it_when_it_ends() {
    let world = world().await;
    let [ada] = world.people(["ada"]).await;
    let group = world.group("Everybody", &[&ada]).await.unwrap().id;
    world.change(&group, rename("Skill Chat")).await.unwrap();
    assert_eq!(world.skills("ada"), ["Chat"]);
    world.change(&group, rename("Fixed 7")).await.unwrap();
    assert_eq!(world.skills("ada"), ["fixed-7"]);
    world.change(&group, rename("Everybody")).await.unwrap();
    assert!(world.skills("ada").is_empty());
    assert_eq!(world.vendor.names("skills"), ["Chat"], "the object is let go as it is");
    assert!(world.person(&group).await.unwrap().account.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_refused_skill_leaves_no_group() {
    let world = world().await;
    let [ada] = world.people(["ada"]).await;
    world.vendor.next("skills.create", Act::Say(Meaning::Refused));
    let refused = world.group("Skill Chat", &[&ada]).await;
    assert!(matches!(refused, Err(ProvisionError::Refused { .. })), "{refused:?}");
    world.settles().await;
    assert_eq!(world.provisioner.query_groups(None, None, crate::store::Start::Index(1), 10).await.unwrap().total, 0);
    assert!(world.provisioner.groups_of(&[ada]).await.unwrap()[0].is_empty());
    world.group("Skill Chat", &[]).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_refused_rename_leaves_name_and_members_as_they_were() {
    let world = world().await;
    let [ada, eva] = world.people(["ada", "eva"]).await;
    let group = world.group("Skill Chat", &[&ada]).await.unwrap().id;
    world.vendor.next("skills.update.rename", Act::Say(Meaning::Refused));
    let both = serde_json::json!([
        { "op": "replace", "path": "displayName", "value": "Skill Talk" },
        { "op": "add", "path": "members", "value": super::these(&[&eva]) },
    ]);
    let refused = world.change(&group, both).await;
    assert!(matches!(refused, Err(ProvisionError::Refused { .. })), "{refused:?}");
    world.settles().await;
    assert_eq!(world.body(&group).await["displayName"], "Skill Chat");
    assert_eq!((world.members_of(&group).await, world.skills("eva").len()), (vec![ada], 0));
}

#[tokio::test(start_paused = true)]
async fn a_group_that_cannot_become_a_skill_stays_what_it_was() {
    let world = world().await;
    let [ada] = world.people(["ada"]).await;
    let group = world.group("Everybody", &[&ada]).await.unwrap().id;
    world.vendor.next("skills.create", Act::Say(Meaning::Refused));
    assert!(world.change(&group, rename("Skill Chat")).await.is_err());
    world.settles().await;
    assert_eq!(world.body(&group).await["displayName"], "Everybody");
    assert_eq!(world.members_of(&group).await, [ada]);
    assert!(world.person(&group).await.unwrap().account.is_none());
}

#[tokio::test(start_paused = true)]
async fn the_repeat_of_a_create_that_was_told_to_come_again_joins_it() {
    let world = world().await;
    let [ada] = world.people(["ada"]).await;
    // While the skill is not there yet …
    world.vendor.always("skills.create", Act::Say(Meaning::Busy));
    let late = world.group_within("Skill Chat", &[&ada], SOON).await;
    assert!(matches!(late, Err(ProvisionError::Late { .. })), "{late:?}");
    assert_eq!(world.provisioner.query_groups(None, None, crate::store::Start::Index(1), 10).await.unwrap().total, 0);
    world.vendor.heal();
    // … and while its members have yet to follow.
    world.vendor.always("update.skills", Act::Say(Meaning::Busy));
    world.until("the skill", async || world.vendor.names("skills").len() == 1).await;
    let late = world.group_within("Skill Chat", &[&ada], SOON).await;
    assert!(matches!(late, Err(ProvisionError::Late { .. })), "{late:?}");
    world.vendor.heal();
    let created = world.group("Skill Chat", &[&ada]).await;
    assert!(created.is_ok() || is_conflict(&created), "{created:?}");
    world.settles().await;
    assert_eq!((world.vendor.names("skills").len(), world.skills("ada")), (1, vec!["Chat".to_owned()]));
    assert!(is_conflict(&world.group("Skill Chat", &[&ada]).await));
}

fn is_conflict<T>(result: &Result<T, ProvisionError>) -> bool {
    matches!(result, Err(ProvisionError::Scim(ScimError::Uniqueness(_))))
}

#[tokio::test(start_paused = true)]
async fn of_two_creates_at_once_one_succeeds() {
    let world = world().await;
    let (one, other) = tokio::join!(world.group("Skill Chat", &[]), world.group("Skill chat", &[]));
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    assert!(is_conflict(&one) || is_conflict(&other), "{one:?} {other:?}");
    assert_eq!(world.vendor.names("skills").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_skill_deleted_behind_the_bridges_back_comes_back_and_its_members_get_the_new_one() {
    let world = world().await;
    let [ada] = world.people(["ada"]).await;
    let group = world.group("Skill Chat", &[&ada]).await.unwrap().id;
    let old = world.vendor.key_of("skills", "Chat");
    world.vendor.loses_object("skills", old.parse().unwrap());
    world.change(&group, rename("Skill Talk")).await.unwrap();
    assert_ne!(world.vendor.key_of("skills", "Talk"), old);
    world.settles().await;
    assert_eq!(world.skills("ada"), ["Talk"]);
}

#[tokio::test(start_paused = true)]
async fn members_wait_for_a_skill_that_is_not_there_yet() {
    let world = world().await;
    let [ada, eva] = world.people(["ada", "eva"]).await;
    let group = world.group("Everybody", &[&ada]).await.unwrap().id;
    world.vendor.always("skills.create", Act::Say(Meaning::Busy));
    assert!(world.change_within(&group, rename("Skill Chat"), SOON).await.is_err());
    let late = world.change_within(&group, add(&[&eva]), SOON).await;
    assert!(matches!(late, Err(ProvisionError::Late { .. })), "{late:?}");
    world.vendor.heal();
    world.change(&group, add(&[&eva])).await.unwrap();
    world.settles().await;
    assert_eq!((world.skills("ada"), world.skills("eva")), (vec!["Chat".to_owned()], vec!["Chat".to_owned()]));
    assert_eq!(world.account(&group).await.state, WorkState::Settled);
}

#[tokio::test(start_paused = true)]
async fn groups_follow_rules_that_have_changed_when_the_bridge_starts() {
    let mut world = super::with(|options| options.groups = crate::config::groups::GroupRules::default()).await;
    let [ada] = world.people(["ada"]).await;
    let group = world.group("Skill Chat", &[&ada]).await.unwrap().id;
    assert!(world.vendor.names("skills").is_empty());
    world.options.groups = super::rules();
    world.crash().await;
    world.until("the skill is there", async || world.vendor.names("skills") == ["Chat"]).await;
    world.until("she has it", async || world.skills("ada") == ["Chat"]).await;
    world.settles().await;
    world.options.groups = crate::config::groups::GroupRules::default();
    world.crash().await;
    world.until("she has it no more", async || world.skills("ada").is_empty()).await;
    world.settles().await;
    assert_eq!(world.vendor.names("skills"), ["Chat"], "the object is let go as it is");
    assert_eq!(world.members_of(&group).await, [ada]);
}
