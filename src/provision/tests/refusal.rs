//! A refusal for good: what holds then, and that nothing goes round and round.

use std::time::Duration;

use serde_json::json;

use super::script::Act;
use super::{MAPPING, deleting, user, world, world_with};
use crate::mapping::model::Meaning;
use crate::provision::error::ProvisionError;
use crate::store::WorkState;

const REFUSED: Act = Act::Say(Meaning::Refused);

#[tokio::test(start_paused = true)]
async fn what_was_done_before_the_refusal_is_taken_back() {
    let world = world().await;
    let id = world.post(user("ada", &json!({ "title": "agent" }))).await.unwrap().id;
    world.vendor.next("update.role", REFUSED);
    let both = json!([
        { "op": "replace", "path": "name.familyName", "value": "New" },
        { "op": "replace", "path": "title", "value": "boss" },
    ]);
    assert!(matches!(world.patch(&id, both).await, Err(ProvisionError::Refused { .. })));
    assert_eq!(world.body(&id).await["title"], "agent");
    world.settles().await;
    let account = world.vendor.only();
    assert_eq!((&account["name"], &account["role"]), (&json!("Old"), &json!("agent")));
}

#[tokio::test(start_paused = true)]
async fn taking_back_that_is_refused_as_well_has_failed_and_is_tried_slowly() {
    let world = world().await;
    let id = world.post(user("ada", &json!({ "title": "agent" }))).await.unwrap().id;
    world.vendor.next("update.role", Act::WaitAndSay(Meaning::Refused));
    let both = json!([
        { "op": "replace", "path": "name.familyName", "value": "New" },
        { "op": "replace", "path": "title", "value": "boss" },
    ]);
    let request = world.patch(&id, both);
    let refuses = async {
        world.until("the second step", async || world.vendor.waiting() == 1).await;
        world.vendor.always("update.profile", REFUSED);
        world.vendor.release();
    };
    assert!(tokio::join!(request, refuses).0.is_err());
    world.becomes(&id, WorkState::Failed).await;
    let begun = tokio::time::Instant::now();
    let before = world.vendor.count("update.profile");
    tokio::time::sleep(Duration::from_mins(30)).await;
    let minutes = begun.elapsed().as_secs() / 60;
    let tried = world.vendor.count("update.profile") - before;
    assert!(tried as u64 <= minutes / 5 + 1, "{tried} attempts in {minutes} minutes");
    world.vendor.heal();
    world.settles().await;
    assert_eq!(world.vendor.only()["name"], "Old");
}

#[tokio::test(start_paused = true)]
async fn a_half_made_account_is_deleted_also_after_a_restart() {
    let mut world = world().await;
    world.vendor.next("update.role", Act::Wait);
    assert!(world.post_within(user("ada", &json!({ "title": "boss" })), Duration::from_secs(2)).await.is_err());
    assert_eq!(world.vendor.accounts().len(), 1);
    world.vendor.always("update.role", REFUSED);
    world.crash().await;
    world.until("the account is gone", async || world.vendor.accounts().is_empty()).await;
    world.settles().await;
    world.vendor.heal();
    assert!(world.post(user("ada", &json!({}))).await.is_ok(), "the name is free");
}

#[tokio::test(start_paused = true)]
async fn a_half_made_account_that_cannot_be_deleted_is_not_forgotten() {
    let world = world().await;
    world.vendor.always("update.role", REFUSED);
    world.vendor.always("delete", REFUSED);
    assert!(matches!(world.post(user("ada", &json!({ "title": "boss" }))).await, Err(ProvisionError::Refused { .. })));
    world
        .until("it has failed", async || {
            let pending = world.store.pending(None).await.unwrap();
            pending.len() == 1 && pending[0].account.state == WorkState::Failed
        })
        .await;
    assert_eq!(world.vendor.accounts().len(), 1);
    world.vendor.heal();
    world.settles().await;
    assert!(world.vendor.accounts().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_account_that_was_there_before_a_refused_create_gets_its_values_back() {
    let world = world().await;
    world.vendor.is_unique();
    world.vendor.makes(&json!({ "login": "ada", "name": "Before", "enabled": true }));
    world.vendor.always("update.role", REFUSED);
    assert!(world.post(user("ada", &json!({ "title": "boss" }))).await.is_err());
    world.settles().await;
    let account = world.vendor.only();
    assert_eq!((&account["name"], account.get("mail")), (&json!("Before"), None), "{account}");
    assert_eq!(world.vendor.count("delete"), 0);
    world.vendor.heal();
    world.post(user("ada", &json!({}))).await.unwrap();
    assert_eq!(world.vendor.only()["name"], "Old");
}

#[tokio::test(start_paused = true)]
async fn a_deactivation_is_carried_out_without_the_wish_that_is_refused() {
    let world = world().await;
    let id = world.post(user("ada", &json!({}))).await.unwrap().id;
    world.vendor.always("update.role", REFUSED);
    let both = json!([{ "op": "replace", "path": "active", "value": false }, { "op": "add", "path": "title", "value": "boss" }]);
    assert!(world.patch(&id, both).await.is_err());
    world.settles().await;
    assert_eq!(world.vendor.only()["enabled"], false);
    assert_eq!(world.body(&id).await["active"], false);
}

#[tokio::test(start_paused = true)]
async fn a_deactivation_that_is_itself_refused_stays_wanted() {
    let world = world_with(&deleting(), |_| {}).await;
    let id = world.post(user("ada", &json!({}))).await.unwrap().id;
    world.vendor.always("delete", REFUSED);
    assert!(world.set(&id, "active", json!(false)).await.is_err());
    world.becomes(&id, WorkState::Failed).await;
    assert_eq!(world.body(&id).await["active"], false);
    world.vendor.heal();
    world.settles().await;
    assert!(world.vendor.accounts().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_removal_that_only_deactivates_never_deletes_whatever_it_met() {
    let mapping = MAPPING.replace("  calls:\n", "  remove: deactivate\n  calls:\n");
    let world = world_with(&mapping, |_| {}).await;
    let id = world.post(user("ada", &json!({}))).await.unwrap().id;
    // The removal comes while a change is under way that the vendor will refuse.
    world.vendor.next("update.role", Act::WaitAndSay(Meaning::Refused));
    world.vendor.always("update.role", REFUSED);
    let change = world.set(&id, "title", json!("boss"));
    let removal = async {
        world.until("the change is under way", async || world.vendor.waiting() == 1).await;
        let removal = world.delete(&id);
        let release = async {
            world.until("the removal waits", async || world.account(&id).await.deleting).await;
            world.vendor.release();
        };
        tokio::join!(removal, release).0
    };
    let (change, removal) = tokio::join!(change, removal);
    assert!(change.is_err());
    removal.expect("the removal itself was not refused");
    assert_eq!(world.vendor.count("delete"), 0);
    assert_eq!(world.vendor.only()["enabled"], false);
    assert!(world.person(&id).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_removal_that_is_refused_stays_wanted_and_shown() {
    let world = world().await;
    let id = world.post(user("ada", &json!({}))).await.unwrap().id;
    world.vendor.always("delete", REFUSED);
    assert!(matches!(world.delete(&id).await, Err(ProvisionError::Refused { .. })));
    world.becomes(&id, WorkState::Failed).await;
    assert!(world.provisioner.get(&id).await.is_ok(), "it was not answered with success");
    world.vendor.heal();
    world.delete(&id).await.unwrap();
    assert!(world.vendor.accounts().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_protected_account_is_left_alone_by_every_request() {
    let world = world().await;
    world.vendor.is_unique();
    world.vendor.makes(&json!({ "login": "root", "name": "Root", "enabled": true }));
    for active in [true, false] {
        let refused = world.post(user("root", &json!({ "active": active }))).await;
        assert!(matches!(refused, Err(ProvisionError::Protected { .. })), "{refused:?}");
    }
    world.settles().await;
    assert_eq!(world.vendor.only()["name"], "Root");
    assert_eq!(world.vendor.count("update.profile") + world.vendor.count("delete"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_value_that_the_vendor_does_not_clear_is_refused_or_told_as_the_field_says() {
    let world = world().await;
    world.vendor.ignores_null();
    let id = world.post(user("ada", &json!({ "nickName": "A", "title": "agent" }))).await.unwrap().id;
    let refused = world.patch(&id, json!([{ "op": "remove", "path": "nickName" }])).await;
    assert!(matches!(refused, Err(ProvisionError::Refused { .. })), "{refused:?}");
    assert_eq!(world.body(&id).await["nickName"], "A");
    world.patch(&id, json!([{ "op": "remove", "path": "title" }])).await.expect("told in the story only");
    world.settles().await;
    assert_eq!(world.vendor.only()["role"], "agent");
}

#[tokio::test(start_paused = true)]
async fn a_success_that_changed_nothing_is_refused_and_a_late_reading_is_not() {
    let world = world().await;
    let id = world.post(user("ada", &json!({}))).await.unwrap().id;
    world.vendor.next("update.profile", Act::Ignore);
    assert!(matches!(world.set(&id, "name.familyName", json!("New")).await, Err(ProvisionError::Refused { .. })));

    let by_read = MAPPING.replace("writes: [role], user: .", "writes: [role], confirm: read");
    let world = world_with(&by_read, |_| {}).await;
    let id = world.post(user("ada", &json!({ "title": "agent" }))).await.unwrap().id;
    let old = json!({ "id": "1", "login": "ada", "role": "agent", "enabled": true });
    world.vendor.next("read", Act::Answer(old));
    world.set(&id, "title", json!("boss")).await.expect("the second reading shows it");
    assert_eq!(world.vendor.only()["role"], "boss");
}

/// Accounts of the kind `robot` are none that the bridge manages.
fn leaving_robots_alone() -> String {
    MAPPING
        .replace("  match:", "  only: [{ path: kind, equals: person }]\n  match:")
        .replace("    role: { from", "    kind: { from: userType, default: person }\n    role: { from")
        .replace("enabled, secret]", "enabled, kind, secret]")
}

#[tokio::test(start_paused = true)]
async fn an_account_that_comes_out_as_another_kind_is_taken_away_again() {
    let world = world_with(&leaving_robots_alone(), |_| {}).await;
    let refused = world.post(user("ada", &json!({ "userType": "robot" }))).await.unwrap_err();
    assert!(refused.to_string().contains("of a kind that the bridge leaves alone"), "{refused}");
    world.until("nobody is left", async || world.vendor.accounts().is_empty()).await;
    assert_eq!(world.vendor.count("create"), 1);
    world.post(user("ada", &json!({}))).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_change_into_another_kind_is_taken_back() {
    let world = world_with(&leaving_robots_alone(), |_| {}).await;
    let id = world.post(user("ada", &json!({}))).await.unwrap().id;
    let refused = world.set(&id, "userType", json!("robot")).await.unwrap_err();
    assert!(refused.to_string().contains("of a kind that the bridge leaves alone"), "{refused}");
    world.settles().await;
    assert_eq!(world.vendor.only()["kind"], "person");
    assert_eq!(world.body(&id).await.get("userType"), None);
}
