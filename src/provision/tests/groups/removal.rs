//! A deleted group: its members lose what it gave before its object goes.

use super::super::script::Act;
use super::{SOON, rules_with, these, with, world};
use crate::config::groups::OnDelete;
use crate::mapping::model::Meaning;
use crate::provision::error::ProvisionError;

#[tokio::test(start_paused = true)]
async fn a_deleted_group_takes_its_skill_with_it_and_members_lose_it_first() {
    let world = world().await;
    let [ada, eva] = world.people(["ada", "eva"]).await;
    let group = world.group("Skill Chat", &[&ada, &eva]).await.unwrap().id;
    world.vendor.always("update.skills", Act::Say(Meaning::Busy));
    let late = world.provisioner.delete_group(&group, &super::Precondition::None, &super::within(SOON)).await;
    assert!(matches!(late, Err(ProvisionError::Late { .. })), "{late:?}");
    assert_eq!(world.vendor.count("skills.delete"), 0, "somebody has it still");
    world.vendor.heal();
    world.delete_group(&group).await.unwrap();
    assert!(world.vendor.names("skills").is_empty());
    assert!(world.skills("ada").is_empty() && world.skills("eva").is_empty());
    assert!(world.person(&group).await.is_none());
    world.settles().await;
}

#[tokio::test(start_paused = true)]
async fn a_deletion_that_nobody_repeats_is_done_all_the_same() {
    let world = world().await;
    let [ada] = world.people(["ada"]).await;
    let group = world.group("Skill Chat", &[&ada]).await.unwrap().id;
    world.vendor.always("skills.delete", Act::Say(Meaning::Busy));
    assert!(world.provisioner.delete_group(&group, &super::Precondition::None, &super::within(SOON)).await.is_err());
    world.vendor.heal();
    world.until("it goes", async || world.person(&group).await.is_none()).await;
    assert!(world.vendor.names("skills").is_empty() && world.skills("ada").is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_object_that_shall_stay_stays_without_members() {
    let world = with(|options| options.groups = rules_with(OnDelete::Keep)).await;
    let [ada] = world.people(["ada"]).await;
    let group = world.group("Skill Chat", &[&ada]).await.unwrap().id;
    world.delete_group(&group).await.unwrap();
    assert_eq!((world.vendor.names("skills"), world.skills("ada").len()), (vec!["Chat".to_owned()], 0));
    assert!(world.person(&group).await.is_none());
    let again = world.group("Skill Chat", &[&ada]).await.unwrap();
    assert_eq!((world.vendor.names("skills").len(), world.skills("ada")), (1, vec!["Chat".to_owned()]));
    assert_ne!(again.id, group);
}

#[tokio::test(start_paused = true)]
async fn a_group_without_an_object_goes_when_everybody_has_followed() {
    let world = world().await;
    let [ada] = world.people(["ada"]).await;
    let group = world.group("Fixed 1", &[&ada]).await.unwrap().id;
    world.vendor.always("update.skills", Act::Say(Meaning::Busy));
    let late = world.provisioner.delete_group(&group, &super::Precondition::None, &super::within(SOON)).await;
    assert!(matches!(late, Err(ProvisionError::Late { .. })), "{late:?}");
    assert!(world.provisioner.get_group(&group).await.is_ok(), "not answered with success");
    world.vendor.heal();
    world.delete_group(&group).await.unwrap();
    assert!(world.person(&group).await.is_none());
    assert!(world.skills("ada").is_empty());
}

#[tokio::test(start_paused = true)]
async fn somebody_who_cannot_leave_does_not_keep_the_skill() {
    let world = world().await;
    let [ada] = world.people(["ada"]).await;
    let group = world.group("Skill Chat", &[&ada]).await.unwrap().id;
    world.vendor.next("update.skills", Act::Say(Meaning::Refused));
    world.delete_group(&group).await.unwrap();
    assert!(world.vendor.names("skills").is_empty());
    assert!(world.person(&group).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_deleted_person_leaves_his_groups() {
    let world = world().await;
    let [ada, eva] = world.people(["ada", "eva"]).await;
    let group = world.group("Skill Chat", &[&ada, &eva]).await.unwrap().id;
    let version = world.version(&group).await;
    world.delete(&ada).await.unwrap();
    assert_eq!(world.members_of(&group).await, std::slice::from_ref(&eva));
    assert!(world.version(&group).await > version);
    let put = world.put_group(&group, "Skill Chat", &[&ada, &eva]).await;
    assert!(put.is_err(), "{} is nobody any more", these(&[&ada]));
}

#[tokio::test(start_paused = true)]
async fn a_version_that_holds_at_the_beginning_is_enough_for_the_whole_deletion() {
    let world = world().await;
    let [ada] = world.people(["ada"]).await;
    for name in ["Skill Chat", "Fixed 1"] {
        let group = world.group(name, &[&ada]).await.unwrap().id;
        let known = super::Precondition::Versions(vec![world.version(&group).await]);
        world.provisioner.delete_group(&group, &known, &super::within(super::FAR)).await.unwrap();
        assert!(world.person(&group).await.is_none());
    }
    assert!(world.skills("ada").is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_story_of_somebody_deleted_is_found_by_his_external_id() {
    let world = world().await;
    let ada = world.post(super::super::user("ada", &serde_json::json!({ "externalId": "00u1" }))).await.unwrap().id;
    world.delete(&ada).await.unwrap();
    let story = world.store.story(None, "00u1").await.unwrap();
    let told: Vec<&str> = story.iter().map(|(_, event)| event.what.as_str()).collect();
    assert!(told.contains(&"scim.create") && told.contains(&"scim.delete"), "{told:?}");
}
