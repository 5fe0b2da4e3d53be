//! The vendor refuses a member: the whole request is taken back, and nobody else pays for it.

use serde_json::json;

use super::super::script::Act;
use super::{add, remove, these, with, world};
use crate::config::model::Delivery;
use crate::mapping::model::Meaning;
use crate::provision::error::ProvisionError;
use crate::store::WorkState;

const REFUSED: Act = Act::Say(Meaning::Refused);

#[tokio::test(start_paused = true)]
async fn a_refused_member_takes_the_whole_change_back_and_is_named() {
    let world = world().await;
    let [ada, eva, old] = world.people(["ada", "eva", "old"]).await;
    let group = world.group("Skill Chat", &[&old]).await.unwrap().id;
    let version = world.version(&group).await;
    world.vendor.refuses("update.skills", "ada");
    let both = json!([
        { "op": "add", "path": "members", "value": these(&[&ada, &eva]) },
        { "op": "remove", "path": format!("members[value eq \"{old}\"]") },
    ]);
    let refused = world.change(&group, both).await;
    let Err(ProvisionError::Refused { name, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(name, "Skill Chat, member ada");
    world.settles().await;
    assert_eq!(world.members_of(&group).await, [old]);
    assert_eq!(
        (world.skills("ada").len(), world.skills("eva").len(), world.skills("old")),
        (0, 0, vec!["Chat".to_owned()])
    );
    assert!(world.version(&group).await > version, "whoever saw it half-way reads it again");
}

#[tokio::test(start_paused = true)]
async fn a_refused_member_of_a_new_group_leaves_neither_group_nor_skill() {
    let world = world().await;
    let [ada, eva] = world.people(["ada", "eva"]).await;
    world.vendor.refuses("update.skills", "ada");
    assert!(world.group("Skill Chat", &[&ada, &eva]).await.is_err());
    world.until("the skill goes", async || world.vendor.names("skills").is_empty()).await;
    world.settles().await;
    assert_eq!(world.provisioner.query_groups(None, None, crate::store::Start::Index(1), 10).await.unwrap().total, 0);
    assert!(world.skills("eva").is_empty());
    // A skill that was there before stays.
    world.vendor.makes_object("skills", "Chat");
    assert!(world.group("Skill Chat", &[&ada, &eva]).await.is_err());
    world.settles().await;
    assert_eq!(world.vendor.names("skills"), ["Chat"]);
    assert_eq!(world.provisioner.query_groups(None, None, crate::store::Start::Index(1), 10).await.unwrap().total, 0);
    assert!(world.skills("eva").is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_membership_that_was_mixed_with_a_refused_change_of_the_person_succeeds() {
    let world = world().await;
    let [ada] = world.people(["ada"]).await;
    let group = world.group("Skill Chat", &[]).await.unwrap().id;
    world.vendor.next("update.role", Act::WaitAndSay(Meaning::Refused));
    world.vendor.always("update.role", REFUSED);
    let bad = world.set(&ada, "title", json!("boss"));
    let good = async {
        world.until("the bad one is under way", async || world.vendor.waiting() == 1).await;
        let good = world.change(&group, add(&[&ada]));
        let release = async {
            world.until("both are mixed", async || world.is_member(&group, &ada).await).await;
            world.vendor.release();
        };
        tokio::join!(good, release).0
    };
    let (bad, good) = tokio::join!(bad, good);
    assert!(matches!(bad, Err(ProvisionError::Refused { .. })), "{bad:?}");
    good.expect("it was not to blame");
    world.settles().await;
    assert!(world.is_member(&group, &ada).await);
    assert_eq!((world.skills("ada"), world.vendor.has("ada", "role")), (vec!["Chat".to_owned()], json!(null)));
}

#[tokio::test(start_paused = true)]
async fn a_change_of_a_person_that_was_mixed_with_a_refused_membership_succeeds() {
    let world = world().await;
    let [ada] = world.people(["ada"]).await;
    let group = world.group("Skill Chat", &[]).await.unwrap().id;
    world.vendor.next("update.skills", Act::WaitAndSay(Meaning::Refused));
    world.vendor.always("update.skills", REFUSED);
    let bad = world.change(&group, add(&[&ada]));
    let good = async {
        world.until("the bad one is under way", async || world.vendor.waiting() == 1).await;
        let good = world.set(&ada, "name.familyName", json!("New"));
        let release = async {
            world.until("both are mixed", async || world.body(&ada).await["name"]["familyName"] == "New").await;
            world.vendor.release();
        };
        tokio::join!(good, release).0
    };
    let (bad, good) = tokio::join!(bad, good);
    assert!(matches!(bad, Err(ProvisionError::Refused { .. })), "{bad:?}");
    good.expect("it was not to blame");
    world.settles().await;
    assert!(!world.is_member(&group, &ada).await);
    assert_eq!((world.skills("ada").len(), world.vendor.has("ada", "name")), (0, json!("New")));
}

#[tokio::test(start_paused = true)]
async fn who_cannot_leave_is_a_member_again() {
    let world = world().await;
    let [ada] = world.people(["ada"]).await;
    let group = world.group("Skill Chat", &[&ada]).await.unwrap().id;
    world.vendor.next("update.skills", REFUSED);
    let refused = world.change(&group, remove(&ada)).await;
    assert!(matches!(refused, Err(ProvisionError::Refused { .. })), "{refused:?}");
    world.settles().await;
    assert!(world.is_member(&group, &ada).await);
    assert_eq!(world.skills("ada"), ["Chat"]);
}

#[tokio::test(start_paused = true)]
async fn who_was_answered_at_once_stays_a_member_and_is_shown_as_failed() {
    let world = with(|options| options.delivery = Delivery::Accepted).await;
    let ada = world.person_called("ada").await;
    let group = world.group("Skill Chat", &[]).await.unwrap().id;
    world.settles().await;
    world.vendor.always("update.skills", REFUSED);
    world.change(&group, add(&[&ada])).await.unwrap();
    world.becomes(&ada, WorkState::Failed).await;
    assert!(world.is_member(&group, &ada).await);
    world.vendor.heal();
    world.settles().await;
    assert_eq!(world.skills("ada"), ["Chat"]);
}

#[tokio::test(start_paused = true)]
async fn a_deactivation_is_done_although_the_membership_beside_it_is_refused() {
    let world = world().await;
    let [ada] = world.people(["ada"]).await;
    let group = world.group("Skill Chat", &[]).await.unwrap().id;
    world.vendor.next("update.skills", Act::WaitAndSay(Meaning::Refused));
    world.vendor.always("update.skills", REFUSED);
    let bad = world.change(&group, add(&[&ada]));
    let departure = async {
        world.until("the bad one is under way", async || world.vendor.waiting() == 1).await;
        let departure = world.set(&ada, "active", json!(false));
        let release = async {
            world.until("both are mixed", async || world.body(&ada).await["active"] == false).await;
            world.vendor.release();
        };
        tokio::join!(departure, release).0
    };
    let (_, departure) = tokio::join!(bad, departure);
    departure.expect("it was not to blame");
    world.settles().await;
    assert_eq!(world.vendor.has("ada", "enabled"), json!(false));
}
