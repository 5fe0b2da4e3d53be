//! Memberships reach the vendor: with one call for many, and nothing is lost whatever comes at the same time.

use serde_json::json;

use super::super::script::Act;
use super::super::user;
use super::{SOON, add, remove, these, with, world};
use crate::config::model::Delivery;
use crate::mapping::model::Meaning;
use crate::provision::error::ProvisionError;
use crate::store::WorkState;

#[tokio::test(start_paused = true)]
async fn joining_and_leaving_reach_the_vendor_before_they_are_answered() {
    let world = world().await;
    let [ada, eva] = world.people(["ada", "eva"]).await;
    let group = world.group("Skill Chat", &[&ada]).await.unwrap().id;
    assert_eq!(world.skills("ada"), ["Chat"]);
    world.change(&group, add(&[&eva])).await.unwrap();
    assert_eq!(world.skills("eva"), ["Chat"]);
    world.change(&group, remove(&ada)).await.unwrap();
    assert!(world.skills("ada").is_empty());
    world.put_group(&group, "Skill Chat", &[&ada]).await.unwrap();
    assert_eq!((world.skills("ada"), world.skills("eva").len()), (vec!["Chat".to_owned()], 0));
    assert_eq!(world.account(&ada).await.state, WorkState::Settled);
}

#[tokio::test(start_paused = true)]
async fn ten_memberships_that_arrive_while_the_vendor_is_slow_cost_one_call() {
    let world = world().await;
    let [ada] = world.people(["ada"]).await;
    let mut groups = Vec::new();
    for number in 0..11 {
        groups.push(world.group(&format!("Skill {number}"), &[]).await.unwrap().id);
    }
    let calls = world.vendor.count("update.skills");
    world.vendor.next("update.skills", Act::Wait);
    let first = world.change(&groups[0], add(&[&ada]));
    let rest = async {
        world.until("the vendor is busy", async || world.vendor.waiting() == 1).await;
        let ten = futures_util::future::join_all(groups[1..].iter().map(|group| world.change(group, add(&[&ada]))));
        let release = async {
            world
                .until("all are stored", async || {
                    let groups = world.provisioner.groups_of(std::slice::from_ref(&ada)).await.unwrap();
                    groups[0].len() == 11
                })
                .await;
            world.vendor.release();
        };
        tokio::join!(ten, release).0
    };
    let (first, rest) = tokio::join!(first, rest);
    first.unwrap();
    for one in rest {
        one.unwrap();
    }
    assert_eq!(world.vendor.count("update.skills") - calls, 2, "one for the first, one for the ten");
    assert_eq!(world.skills("ada").len(), 11);
}

#[tokio::test(start_paused = true)]
async fn concurrent_changes_of_single_members_lose_nothing() {
    // D25
    let world = world().await;
    let mut people = Vec::new();
    for number in 0..20 {
        people.push(world.person_called(&format!("p{number}")).await);
    }
    let leaving: Vec<_> = people[..10].iter().collect();
    let group = world.group("Skill Chat", &leaving).await.unwrap().id;
    let changes = people.iter().enumerate().map(|(number, id)| {
        let operations = if number < 10 { remove(id) } else { add(&[id]) };
        world.change(&group, operations)
    });
    for changed in futures_util::future::join_all(changes).await {
        changed.unwrap();
    }
    let mut members = world.members_of(&group).await;
    members.sort_unstable();
    assert_eq!(members, people[10..]);
    for number in 0..20 {
        assert_eq!(world.skills(&format!("p{number}")).len(), usize::from(number >= 10), "p{number}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_last_word_on_a_member_holds_whatever_is_under_way() {
    let world = world().await;
    let [ada] = world.people(["ada"]).await;
    let group = world.group("Skill Chat", &[]).await.unwrap().id;
    world.vendor.next("update.skills", Act::Wait);
    let joins = world.change(&group, add(&[&ada]));
    let leaves = async {
        world.until("joining is under way", async || world.vendor.waiting() == 1).await;
        let leaves = world.change(&group, remove(&ada));
        let release = async {
            world.until("left", async || !world.is_member(&group, &ada).await).await;
            world.vendor.release();
        };
        tokio::join!(leaves, release).0
    };
    let (joins, leaves) = tokio::join!(joins, leaves);
    joins.unwrap();
    leaves.unwrap();
    assert!(world.skills("ada").is_empty());
    world.settles().await;
}

#[tokio::test(start_paused = true)]
async fn a_repeat_of_a_change_that_was_told_to_come_again_joins_the_work() {
    let world = world().await;
    let [ada, eva] = world.people(["ada", "eva"]).await;
    let group = world.group("Skill Chat", &[]).await.unwrap().id;
    world.vendor.always("update.skills", Act::Say(Meaning::Busy));
    let late = world.change_within(&group, add(&[&ada, &eva]), SOON).await;
    let Err(ProvisionError::Late { name, reason, .. }) = late else { panic!("{late:?}") };
    assert!(name == "Skill Chat" && reason.contains("2 of 2"), "{name} {reason}");
    let late = world.change_within(&group, add(&[&ada]), SOON).await;
    assert!(matches!(late, Err(ProvisionError::Late { .. })), "{late:?}");
    world.vendor.heal();
    world.change(&group, add(&[&ada])).await.unwrap();
    assert_eq!(world.skills("ada"), ["Chat"]);
    world.put_group(&group, "Skill Chat", &[&ada, &eva]).await.unwrap();
    assert_eq!(world.skills("eva"), ["Chat"]);
}

#[tokio::test(start_paused = true)]
async fn what_the_idp_does_not_repeat_is_done_all_the_same() {
    let world = world().await;
    let [ada] = world.people(["ada"]).await;
    let group = world.group("Skill Chat", &[]).await.unwrap().id;
    world.vendor.always("update.skills", Act::Say(Meaning::Busy));
    assert!(world.change_within(&group, add(&[&ada]), SOON).await.is_err());
    world.vendor.heal();
    world.settles().await;
    assert_eq!(world.skills("ada"), ["Chat"]);
}

#[tokio::test(start_paused = true)]
async fn a_change_of_a_person_keeps_what_his_groups_give() {
    let world = world().await;
    let [ada] = world.people(["ada"]).await;
    let group = world.group("Skill Chat", &[&ada]).await.unwrap().id;
    let calls = world.vendor.count("update.skills");
    world.set(&ada, "name.familyName", json!("New")).await.unwrap();
    assert_eq!((world.skills("ada"), world.vendor.has("ada", "name")), (vec!["Chat".to_owned()], json!("New")));
    assert_eq!(world.vendor.count("update.skills"), calls);
    world.set(&ada, "active", json!(false)).await.unwrap();
    world.change(&group, remove(&ada)).await.unwrap();
    world.set(&ada, "active", json!(true)).await.unwrap();
    assert!(world.skills("ada").is_empty(), "nobody gets back what he lost while he was away");
}

#[tokio::test(start_paused = true)]
async fn who_leaves_a_group_loses_what_it_gave_also_when_his_own_attribute_names_it() {
    let world = world().await;
    let group = world.group("Skill Chat", &[]).await.unwrap().id;
    let key = world.vendor.key_of("skills", "Chat");
    let own = json!({ "urn:test:script:User": { "skills": [key] } });
    let ada = world.post(user("ada", &own)).await.unwrap().id;
    world.change(&group, add(&[&ada])).await.unwrap();
    world.change(&group, remove(&ada)).await.unwrap();
    assert!(world.skills("ada").is_empty());
    assert_eq!(world.body(&ada).await.get("urn:test:script:User"), None);
    // And it stays so when he is changed again.
    world.set(&ada, "name.familyName", json!("New")).await.unwrap();
    assert!(world.skills("ada").is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_two_groups_give_is_lost_only_with_both() {
    let world = world().await;
    let [ada] = world.people(["ada"]).await;
    let group = world.group("Skill Chat", &[&ada]).await.unwrap().id;
    let same = world.group("Fixed 1", &[&ada]).await.unwrap().id;
    assert_eq!(world.skills("ada"), ["Chat", "fixed-1"]);
    world.change(&group, remove(&ada)).await.unwrap();
    assert_eq!(world.skills("ada"), ["fixed-1"]);
    world.change(&same, remove(&ada)).await.unwrap();
    assert!(world.skills("ada").is_empty());
}

#[tokio::test(start_paused = true)]
async fn who_is_answered_at_once_is_followed_later() {
    let world = with(|options| options.delivery = Delivery::Accepted).await;
    let ada = world.person_called("ada").await;
    world.settles().await;
    world.vendor.always("update.skills", Act::Say(Meaning::Busy));
    let group = world.group("Skill Chat", &[&ada]).await.unwrap().id;
    assert!(world.provisioner.get_group(&group).await.is_ok());
    world.vendor.heal();
    world.settles().await;
    assert_eq!(world.skills("ada"), ["Chat"]);
    world.change(&group, json!([{ "op": "replace", "path": "members", "value": these(&[]) }])).await.unwrap();
    world.settles().await;
    assert!(world.skills("ada").is_empty());
    world.delete_group(&group).await.unwrap();
    assert!(matches!(world.provisioner.get_group(&group).await, Err(ProvisionError::NotFound { .. })));
    world.until("the skill goes", async || world.vendor.names("skills").is_empty()).await;
}
