//! What is not certain is looked at before anything is sent or answered.

use std::time::Duration;

use serde_json::json;

use super::script::Act;
use super::{deleting, user, world, world_with};
use crate::mapping::model::Meaning;
use crate::provision::error::ProvisionError;
use crate::store::{Doubt, WorkState};

const SHORT: Duration = Duration::from_secs(2);

#[tokio::test(start_paused = true)]
async fn a_change_back_after_a_lost_answer_reaches_the_vendor() {
    let world = world().await;
    let id = world.post(user("ada", &json!({}))).await.unwrap().id;
    world.vendor.next("update.profile", Act::LostAfter);
    world.vendor.always("update.profile", Act::Say(Meaning::Busy));
    world.vendor.always("read", Act::Say(Meaning::Busy));
    assert!(matches!(
        world.set_within(&id, "name.familyName", json!("New"), SHORT).await,
        Err(ProvisionError::Late { .. })
    ));
    assert_eq!(world.vendor.only()["name"], "New");
    assert_ne!(world.account(&id).await.doubt, Doubt::None);
    world.vendor.heal();
    world.set(&id, "name.familyName", json!("Old")).await.unwrap();
    assert_eq!(world.vendor.only()["name"], "Old");
}

#[tokio::test(start_paused = true)]
async fn a_deactivation_after_a_lost_reactivation_takes_the_access_away() {
    let world = world().await;
    let id = world.post(user("ada", &json!({}))).await.unwrap().id;
    world.set(&id, "active", json!(false)).await.unwrap();
    world.vendor.next("update.profile", Act::LostAfter);
    world.vendor.always("read", Act::Say(Meaning::Busy));
    assert!(world.set_within(&id, "active", json!(true), SHORT).await.is_err());
    assert_eq!(world.vendor.only()["enabled"], true);
    world.vendor.heal();
    world.set(&id, "active", json!(false)).await.unwrap();
    assert_eq!(world.vendor.only()["enabled"], false, "success means that the vendor has it");
}

#[tokio::test(start_paused = true)]
async fn a_reactivation_after_a_lost_deletion_makes_the_account_again() {
    let world = world_with(&deleting(), |_| {}).await;
    let id = world.post(user("ada", &json!({}))).await.unwrap().id;
    world.vendor.next("delete", Act::LostAfter);
    world.vendor.always("delete", Act::Say(Meaning::Busy));
    assert!(world.set_within(&id, "active", json!(false), SHORT).await.is_err());
    assert!(world.vendor.accounts().is_empty());
    world.set(&id, "active", json!(true)).await.unwrap();
    assert_eq!(world.vendor.only()["login"], "ada");
}

#[tokio::test(start_paused = true)]
async fn a_process_that_dies_within_a_create_makes_no_second_account_whoever_comes_first() {
    let mut world = world().await;
    world.vendor.next("create", Act::Vanish);
    assert!(world.post_within(user("ada", &json!({})), SHORT).await.is_err());
    world.crash().await;
    // The repeat of the IdP and the schedule meet.
    let created = world.post(user("ada", &json!({}))).await;
    assert!(created.is_ok() || matches!(created, Err(ProvisionError::NameTaken { .. })), "{created:?}");
    world.settles().await;
    assert_eq!(world.vendor.only()["login"], "ada");
    assert_eq!(world.vendor.count("create"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_process_that_dies_within_a_reactivation_makes_no_second_account() {
    let mut world = world_with(&deleting(), |_| {}).await;
    let id = world.post(user("ada", &json!({}))).await.unwrap().id;
    world.set(&id, "active", json!(false)).await.unwrap();
    world.vendor.next("create", Act::Vanish);
    assert!(world.set_within(&id, "active", json!(true), SHORT).await.is_err());
    world.crash().await;
    world.set(&id, "name.familyName", json!("New")).await.unwrap();
    assert_eq!(world.vendor.only()["name"], "New");
}

#[tokio::test(start_paused = true)]
async fn a_process_that_dies_within_a_change_does_not_make_the_change_back_a_false_success() {
    let mut world = world().await;
    let id = world.post(user("ada", &json!({}))).await.unwrap().id;
    world.vendor.next("update.profile", Act::Vanish);
    assert!(world.set_within(&id, "name.familyName", json!("New"), SHORT).await.is_err());
    world.vendor.always("read", Act::Say(Meaning::Busy));
    world.crash().await;
    assert!(world.set_within(&id, "name.familyName", json!("Old"), SHORT).await.is_err());
    world.vendor.heal();
    world.settles().await;
    assert_eq!(world.vendor.only()["name"], "Old");
}

#[tokio::test(start_paused = true)]
async fn an_account_whose_create_was_lost_is_found_by_the_values_that_were_sent() {
    let world = world_with(&deleting(), |_| {}).await;
    let id = world.post(user("ada", &json!({}))).await.unwrap().id;
    world.set(&id, "active", json!(false)).await.unwrap();
    world.vendor.next("create", Act::LostAfter);
    world.vendor.always("list", Act::Say(Meaning::Busy));
    assert!(world.set_within(&id, "active", json!(true), SHORT).await.is_err());
    let rename = json!([
        { "op": "replace", "path": "userName", "value": "eva" },
        { "op": "replace", "path": "emails", "value": [{ "value": "eva@example.com" }] },
    ]);
    assert!(world.patch_within(&id, rename, SHORT).await.is_err());
    world.vendor.heal();
    world.settles().await;
    let account = world.vendor.only();
    assert_eq!((&account["login"], &account["mail"]), (&json!("eva"), &json!("eva@example.com")));
}

#[tokio::test(start_paused = true)]
async fn a_create_that_certainly_did_not_happen_is_repeated_without_looking() {
    let world = world().await;
    world.vendor.next("create", Act::Say(Meaning::Limited));
    world.post(user("ada", &json!({}))).await.unwrap();
    assert_eq!((world.vendor.count("create"), world.vendor.count("list")), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_the_account_is_no_reason_to_make_another() {
    let world = world().await;
    world.vendor.next("create", Act::Silent);
    let id = world.post(user("ada", &json!({ "title": "boss" }))).await.unwrap().id;
    assert_eq!(world.vendor.only()["role"], "boss");
    assert_eq!(world.account(&id).await.state, WorkState::Settled);
    assert_eq!(world.vendor.count("create"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_may_be_cut_creates_nobody() {
    let circle = json!({ "data": [], "next": "a" });
    let lists = [json!({ "data": {} }), json!({ "nothing": 1 }), circle];
    for list in lists {
        let world = world().await;
        world.vendor.next("create", Act::LostAfter);
        world.vendor.always("list", Act::Answer(list.clone()));
        assert!(matches!(world.post_within(user("ada", &json!({})), SHORT).await, Err(ProvisionError::Late { .. })));
        assert_eq!(world.vendor.count("create"), 1, "{list}");
        world.vendor.heal();
        world.settles().await;
        assert_eq!(world.vendor.only()["login"], "ada");
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_that_was_made_on_an_old_reading_is_made_on_a_new_one() {
    let world = world().await;
    let id = world.post(user("ada", &json!({}))).await.unwrap().id;
    world.vendor.next("update.profile", Act::Say(Meaning::Stale));
    world.set(&id, "name.familyName", json!("New")).await.unwrap();
    assert_eq!(world.vendor.only()["name"], "New");
    assert_eq!((world.vendor.count("read"), world.vendor.count("update.profile")), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn a_create_that_never_arrived_is_made_after_looking() {
    let world = world().await;
    world.vendor.next("create", Act::LostBefore);
    world.post(user("ada", &json!({}))).await.unwrap();
    assert_eq!((world.vendor.count("create"), world.vendor.count("list")), (2, 1));
    assert_eq!(world.vendor.only()["login"], "ada");
}
