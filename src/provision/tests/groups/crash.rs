//! The process dies: in the end the vendor has what the memberships say.

use super::super::script::Act;
use super::{SOON, add, remove, rename, world};
use crate::mapping::model::Meaning;

#[tokio::test(start_paused = true)]
async fn a_process_that_dies_within_the_create_of_a_skill_makes_no_second_one_and_forgets_no_member() {
    let mut world = world().await;
    let [ada] = world.people(["ada"]).await;
    world.vendor.next("skills.create", Act::Vanish);
    assert!(world.group_within("Skill Chat", &[&ada], SOON).await.is_err());
    world.crash().await;
    world.settles().await;
    assert_eq!((world.vendor.names("skills"), world.skills("ada")), (vec!["Chat".to_owned()], vec!["Chat".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn a_process_that_dies_between_skill_and_members_gives_it_to_them_later() {
    let mut world = world().await;
    let [ada, eva] = world.people(["ada", "eva"]).await;
    world.vendor.next("update.skills", Act::Vanish);
    world.vendor.next("update.skills", Act::Vanish);
    assert!(world.group_within("Skill Chat", &[&ada, &eva], SOON).await.is_err());
    world.crash().await;
    world.settles().await;
    assert_eq!((world.skills("ada"), world.skills("eva")), (vec!["Chat".to_owned()], vec!["Chat".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn a_process_that_dies_within_a_change_of_members_ends_with_what_was_wanted_last() {
    let mut world = world().await;
    let [ada, eva] = world.people(["ada", "eva"]).await;
    let group = world.group("Skill Chat", &[&ada]).await.unwrap().id;
    world.vendor.next("update.skills", Act::Vanish);
    assert!(world.change_within(&group, add(&[&eva]), SOON).await.is_err());
    world.vendor.next("update.skills", Act::Vanish);
    assert!(world.change_within(&group, remove(&ada), SOON).await.is_err());
    // Joined work that has not begun.
    assert!(world.change_within(&group, remove(&eva), SOON).await.is_err());
    world.crash().await;
    world.settles().await;
    assert!(world.members_of(&group).await.is_empty());
    assert!(world.skills("ada").is_empty() && world.skills("eva").is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_process_that_dies_within_a_rename_or_a_deletion_goes_on_with_it() {
    let mut world = world().await;
    let [ada] = world.people(["ada"]).await;
    let group = world.group("Skill Chat", &[&ada]).await.unwrap().id;
    world.vendor.next("skills.update.rename", Act::Vanish);
    assert!(world.change_within(&group, rename("Skill Talk"), SOON).await.is_err());
    world.crash().await;
    world.settles().await;
    assert_eq!((world.vendor.names("skills"), world.skills("ada")), (vec!["Talk".to_owned()], vec!["Talk".to_owned()]));
    world.vendor.next("update.skills", Act::Vanish);
    let deleted = world.provisioner.delete_group(&group, &super::Precondition::None, &super::within(SOON)).await;
    assert!(deleted.is_err());
    world.crash().await;
    world.until("it goes", async || world.person(&group).await.is_none()).await;
    assert!(world.vendor.names("skills").is_empty() && world.skills("ada").is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_writer_that_dies_of_a_defect_is_followed_by_another() {
    let world = world().await;
    let [ada] = world.people(["ada"]).await;
    let group = world.group("Skill Chat", &[]).await.unwrap().id;
    world.vendor.next("update.skills", Act::Panic);
    assert!(world.change(&group, add(&[&ada])).await.is_err());
    world.settles().await;
    assert_eq!(world.skills("ada"), ["Chat"]);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_to_a_membership_is_looked_at_before_it_is_sent_again() {
    let world = world().await;
    let [ada] = world.people(["ada"]).await;
    let group = world.group("Skill Chat", &[]).await.unwrap().id;
    world.vendor.next("update.skills", Act::LostAfter);
    world.vendor.next("read", Act::Say(Meaning::Busy));
    world.change(&group, add(&[&ada])).await.unwrap();
    assert_eq!(world.skills("ada"), ["Chat"]);
}
