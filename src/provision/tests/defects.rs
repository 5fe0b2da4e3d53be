//! Defects of the program and of the store's content: they cost time, never access or accounts.

use std::time::Duration;

use serde_json::json;

use super::script::Act;
use super::{connection, user, world};
use crate::mapping::model::Meaning;
use crate::store::{Account, Change, WorkState};

#[tokio::test(start_paused = true)]
async fn a_writer_that_dies_is_followed_by_another_one_later_which_looks_first() {
    let world = world().await;
    world.vendor.next("update.role", Act::Panic);
    assert!(world.post(user("ada", &json!({ "title": "boss" }))).await.is_err());
    world.settles().await;
    assert_eq!(world.vendor.only()["role"], "boss");
    assert_eq!(world.vendor.count("create"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_writer_that_always_dies_does_not_die_every_second() {
    let world = world().await;
    let id = world.post(user("ada", &json!({}))).await.unwrap().id;
    world.vendor.always("update.role", Act::Panic);
    assert!(world.set(&id, "title", json!("boss")).await.is_err());
    let (begun, before) = (tokio::time::Instant::now(), world.vendor.count("update.role"));
    tokio::time::sleep(Duration::from_hours(1)).await;
    let minutes = begun.elapsed().as_secs() / 60;
    let tried = world.vendor.count("update.role") - before;
    assert!(tried > 0 && tried as u64 <= minutes / 4, "{tried} attempts in {minutes} minutes");
}

#[tokio::test(start_paused = true)]
async fn a_wish_that_cannot_be_read_is_made_anew_and_never_taken_for_a_deletion() {
    let world = world().await;
    let id = world.post(user("ada", &json!({}))).await.unwrap().id;
    let account = world.account(&id).await;
    let broken = Account {
        desired: "{\"of_a_newer_program\":1}".into(),
        desired_revision: account.desired_revision + 1,
        state: WorkState::Pending,
        next_attempt: account.next_attempt.or(Some(jiff::Timestamp::UNIX_EPOCH)),
        ..account
    };
    world.store.commit(&connection(), vec![Change::PutAccount(broken)]).await.unwrap();
    world.settles().await;
    assert_eq!(world.vendor.only()["login"], "ada");
    assert_eq!(world.vendor.count("delete"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_password_is_sent_once_and_kept_nowhere() {
    let world = world().await;
    world.vendor.next("update.role", Act::Say(Meaning::Busy));
    let id = world.post(user("ada", &json!({ "password": "pw1", "title": "boss" }))).await.unwrap().id;
    assert_eq!(world.vendor.only()["secret"], "pw1");
    assert_eq!(world.vendor.count("update.profile"), 0, "not again after the pause");
    let person = format!("{:?} {:?}", world.person(&id).await, world.store.story(None, "ada").await);
    assert!(!person.contains("pw1"));
    world.set(&id, "password", json!("pw2")).await.unwrap();
    assert_eq!(world.vendor.only()["secret"], "pw2");
    assert_eq!(world.vendor.accounts().len(), 1);
    world.delete(&id).await.unwrap();
    assert!(world.vendor.accounts().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_password_whose_create_was_not_answered_is_kept_nowhere_either() {
    let world = world().await;
    world.vendor.next("create", Act::LostAfter);
    world.vendor.always("list", Act::Say(Meaning::Busy));
    world.post_within(user("ada", &json!({ "password": "pw1" })), Duration::from_secs(5)).await.unwrap_err();
    world
        .until("it waits", async || world.store.pending(None).await.unwrap().iter().any(|one| one.account.attempts > 0))
        .await;
    let id = world.store.pending(None).await.unwrap().remove(0).account.id;
    let person = format!("{:?}", world.person(&id).await);
    assert!(person.contains("Unanswered") && person.contains("ada"), "{person}");
    assert!(!person.contains("pw1"), "{person}");
    world.vendor.heal();
    world.settles().await;
    assert_eq!(world.vendor.accounts().len(), 1);
}
