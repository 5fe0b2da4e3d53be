//! Requests that are carried out together: nobody pays for somebody else's mistake.

use serde_json::json;

use super::script::Act;
use super::{user, world};
use crate::mapping::model::Meaning;
use crate::provision::error::ProvisionError;

#[tokio::test(start_paused = true)]
async fn a_good_request_that_was_mixed_with_a_refused_one_succeeds() {
    let world = world().await;
    let id = world.post(user("ada", &json!({}))).await.unwrap().id;
    // Whoever asks for a role is refused.
    world.vendor.next("update.role", Act::WaitAndSay(Meaning::Refused));
    world.vendor.always("update.role", Act::Say(Meaning::Refused));
    let bad = world.set(&id, "title", json!("boss"));
    let good = async {
        world.until("the bad one is under way", async || world.vendor.waiting() == 1).await;
        let good = world.set(&id, "name.familyName", json!("New"));
        let release = async {
            world.until("both are mixed", async || world.account(&id).await.desired_revision == 3).await;
            world.vendor.release();
        };
        tokio::join!(good, release).0
    };
    let (bad, good) = tokio::join!(bad, good);
    assert!(matches!(bad, Err(ProvisionError::Refused { .. })), "{bad:?}");
    good.expect("it was not to blame");
    world.settles().await;
    let (account, body) = (world.vendor.only(), world.body(&id).await);
    assert_eq!((&account["name"], account.get("role")), (&json!("New"), None));
    assert_eq!((&body["name"]["familyName"], body.get("title")), (&json!("New"), None));
}

#[tokio::test(start_paused = true)]
async fn a_deactivation_that_was_mixed_with_a_refused_change_succeeds() {
    let world = world().await;
    let id = world.post(user("ada", &json!({}))).await.unwrap().id;
    world.vendor.next("update.role", Act::WaitAndSay(Meaning::Refused));
    world.vendor.always("update.role", Act::Say(Meaning::Refused));
    let bad = world.set(&id, "title", json!("boss"));
    let departure = async {
        world.until("the bad one is under way", async || world.vendor.waiting() == 1).await;
        let departure = world.set(&id, "active", json!(false));
        let release = async {
            world.until("both are mixed", async || world.account(&id).await.desired_revision == 3).await;
            world.vendor.release();
        };
        tokio::join!(departure, release).0
    };
    let (bad, departure) = tokio::join!(bad, departure);
    assert!(bad.is_err());
    departure.expect("it was not to blame");
    assert_eq!(world.vendor.only()["enabled"], false);
    world.settles().await;
}

#[tokio::test(start_paused = true)]
async fn a_departure_does_not_inherit_the_long_pause_of_a_change() {
    let world = world().await;
    let id = world.post(user("ada", &json!({}))).await.unwrap().id;
    world.vendor.always("update.profile", Act::Say(Meaning::Busy));
    let patience = std::time::Duration::from_secs(1);
    assert!(world.set_within(&id, "name.familyName", json!("New"), patience).await.is_err());
    world.until("many attempts", async || world.account(&id).await.attempts > 8).await;
    assert!(world.set_within(&id, "active", json!(false), patience).await.is_err());
    let account = world.account(&id).await;
    assert!(account.attempts <= 3 && account.urgency == 0, "{account:?}");
}
