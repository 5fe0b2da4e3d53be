//! Members who arrive before their user wait, and join by themselves.

use serde_json::json;

use super::super::script::Act;
use super::super::{World, user};
use super::{SOON, with};
use crate::config::groups::MembersFirst;
use crate::mapping::model::Meaning;
use crate::provision::error::ProvisionError;

async fn world() -> World {
    with(|options| options.members_first = MembersFirst::Park).await
}

fn add_value(value: &str) -> serde_json::Value {
    json!([{ "op": "add", "path": "members", "value": [{ "value": value }] }])
}

#[tokio::test(start_paused = true)]
async fn who_is_waited_for_joins_when_he_arrives_whatever_he_is_called() {
    let world = world().await;
    let group = world.group("Skill Chat", &[]).await.unwrap().id;
    for value in ["external-ada", "eva"] {
        world.change(&group, add_value(value)).await.unwrap();
    }
    assert!(world.members_of(&group).await.is_empty());
    let ada = world.post(user("ada", &json!({ "externalId": "external-ada" }))).await.unwrap().id;
    let eva = world.person_called("eva").await;
    world.until("both have joined", async || world.members_of(&group).await.len() == 2).await;
    world.settles().await;
    assert_eq!((world.skills("ada"), world.skills("eva")), (vec!["Chat".to_owned()], vec!["Chat".to_owned()]));
    assert!(world.is_member(&group, &ada).await && world.is_member(&group, &eva).await);
    assert!(world.store.parked(&super::connection(), None).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn who_is_renamed_into_somebody_who_is_waited_for_joins() {
    let world = world().await;
    let ada = world.person_called("ada").await;
    let group = world.group("Skill Chat", &[]).await.unwrap().id;
    world.change(&group, add_value("eva")).await.unwrap();
    world.set(&ada, "userName", json!("eva")).await.unwrap();
    world.until("joined", async || world.is_member(&group, &ada).await).await;
    world.settles().await;
    assert_eq!(world.skills("eva"), ["Chat"]);
}

#[tokio::test(start_paused = true)]
async fn who_is_here_already_is_a_member_at_once_by_any_of_his_names() {
    let world = world().await;
    let ada = world.post(user("ada", &json!({ "externalId": "external-ada" }))).await.unwrap().id;
    let group = world.group("Skill Chat", &[]).await.unwrap().id;
    world.change(&group, add_value("external-ada")).await.unwrap();
    assert!(world.is_member(&group, &ada).await);
    let leave = json!([{ "op": "remove", "path": "members[value eq \"external-ada\"]" }]);
    world.change(&group, leave).await.unwrap();
    assert!(!world.is_member(&group, &ada).await);
}

#[tokio::test(start_paused = true)]
async fn who_is_taken_out_before_he_arrives_does_not_join() {
    let world = world().await;
    let group = world.group("Skill Chat", &[]).await.unwrap().id;
    world.change(&group, add_value("ada")).await.unwrap();
    world.change(&group, json!([{ "op": "remove", "path": "members[value eq \"ada\"]" }])).await.unwrap();
    world.change(&group, add_value("eva")).await.unwrap();
    world.put_group(&group, "Skill Chat", &[]).await.unwrap();
    world.people(["ada", "eva"]).await;
    world.settles().await;
    assert!(world.members_of(&group).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn who_is_still_being_created_joins_when_the_vendor_has_him() {
    let world = world().await;
    let group = world.group("Skill Chat", &[]).await.unwrap().id;
    world.vendor.next("create", Act::Say(Meaning::Busy));
    world.vendor.always("create", Act::Say(Meaning::Busy));
    let late = world.post_within(user("ada", &json!({})), SOON).await;
    assert!(matches!(late, Err(ProvisionError::Late { .. })), "{late:?}");
    world.change(&group, add_value("ada")).await.unwrap();
    assert!(world.members_of(&group).await.is_empty());
    world.vendor.heal();
    world.until("joined", async || world.members_of(&group).await.len() == 1).await;
    world.settles().await;
    assert_eq!(world.skills("ada"), ["Chat"]);
}

#[tokio::test(start_paused = true)]
async fn who_arrived_when_the_process_ended_joins_at_the_next_start() {
    let mut world = world().await;
    let group = world.group("Skill Chat", &[]).await.unwrap().id;
    let ada = world.person_called("ada").await;
    // As if the process had ended between his arrival and his joining.
    let parked = crate::store::Change::ParkMembers { group: group.clone(), values: vec!["ada".into()] };
    world.store.commit(&super::connection(), vec![parked]).await.unwrap();
    world.crash().await;
    world.until("joined", async || world.is_member(&group, &ada).await).await;
    world.settles().await;
    assert_eq!(world.skills("ada"), ["Chat"]);
}
