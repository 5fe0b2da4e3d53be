//! `delivery: accepted`: the IdP believes what it was told, so nothing is taken back, and what fails is shown.

use serde_json::json;

use super::script::Act;
use super::{MAPPING, World, user, world_with};
use crate::config::model::Delivery;
use crate::mapping::model::Meaning;
use crate::provision::error::ProvisionError;
use crate::store::WorkState;

async fn accepting() -> World {
    world_with(MAPPING, |options| options.delivery = Delivery::Accepted).await
}

#[tokio::test(start_paused = true)]
async fn a_create_that_is_refused_later_stays_and_is_shown_as_failed() {
    let world = accepting().await;
    world.vendor.always("update.role", Act::Say(Meaning::Refused));
    let id = world.post(user("ada", &json!({ "title": "boss" }))).await.unwrap().id;
    world.becomes(&id, WorkState::Failed).await;
    assert!(world.provisioner.get(&id).await.is_ok(), "the IdP was told that it is there");
    let pending = world.store.pending(None).await.unwrap();
    assert!(pending[0].account.reason.as_deref().is_some_and(|reason| reason.contains("update.role")), "{pending:?}");
    let story = world.store.story(None, "ada").await.unwrap();
    assert!(story.iter().any(|(_, event)| event.what == "vendor.refused"), "{story:?}");
    // Somebody helps at the vendor.
    world.vendor.heal();
    world.settles().await;
    assert_eq!(world.vendor.only()["role"], "boss");
}

#[tokio::test(start_paused = true)]
async fn who_was_deleted_is_no_longer_found_although_the_vendor_has_yet_to_follow() {
    let world = accepting().await;
    let id = world.post(user("ada", &json!({}))).await.unwrap().id;
    world.settles().await;
    world.vendor.always("delete", Act::Say(Meaning::Busy));
    world.delete(&id).await.unwrap();
    assert!(matches!(world.provisioner.get(&id).await, Err(ProvisionError::NotFound { .. })));
    assert!(matches!(world.set(&id, "active", json!(true)).await, Err(ProvisionError::NotFound { .. })));
    assert_eq!(world.provisioner.query(None, None, crate::store::Start::Index(1), 10).await.unwrap().total, 0);
    world.vendor.heal();
    world.until("the person goes", async || world.person(&id).await.is_none()).await;
    assert!(world.vendor.accounts().is_empty());
}

#[tokio::test(start_paused = true)]
async fn who_is_assigned_again_while_the_deletion_waits_comes_back() {
    let world = accepting().await;
    let id = world.post(user("ada", &json!({}))).await.unwrap().id;
    world.settles().await;
    world.vendor.always("delete", Act::Say(Meaning::Busy));
    world.delete(&id).await.unwrap();
    let again = world.post(user("ada", &json!({ "name": { "familyName": "Again" } }))).await.unwrap();
    assert!(world.provisioner.get(&again.id).await.is_ok());
    world.settles().await;
    world.vendor.heal();
    assert_eq!(world.vendor.only()["name"], "Again");
}
