//! Accounts that the bridge did not make, and accounts that somebody takes away behind its back.

use serde_json::json;

use super::script::Act;
use super::{MAPPING, deleting, user, world, world_with};
use crate::mapping::model::Meaning;
use crate::provision::error::ProvisionError;
use crate::store::WorkState;

fn looking_first() -> String {
    MAPPING.replace("  calls:\n", "  find_before_create: true\n  calls:\n")
}

#[tokio::test(start_paused = true)]
async fn two_people_who_find_the_same_account_at_once_do_not_share_it() {
    let world = world_with(&looking_first(), |_| {}).await;
    world.vendor.makes(&json!({ "login": "old", "mail": "shared@example.com", "enabled": true }));
    world.vendor.always("list", Act::Wait);
    let with_mail = |name: &str| user(name, &json!({ "emails": [{ "value": "shared@example.com" }] }));
    let both = async { tokio::join!(world.post(with_mail("ada")), world.post(with_mail("eva"))) };
    let release = async {
        world.until("somebody lists", async || world.vendor.waiting() == 1).await;
        world.vendor.heal();
        world.vendor.release();
    };
    let ((ada, eva), ()) = tokio::join!(both, release);
    assert!(ada.is_ok() != eva.is_ok(), "one has it: {ada:?} {eva:?}");
    let (winner, loser) = if ada.is_ok() { (ada, eva) } else { (eva, ada) };
    assert!(matches!(loser, Err(ProvisionError::Conflict { .. })), "{loser:?}");
    world.settles().await;
    assert_eq!(world.vendor.only()["mail"], "shared@example.com");
    assert!(world.account(&winner.unwrap().id).await.vendor_id.is_some());
}

#[tokio::test(start_paused = true)]
async fn the_request_that_takes_an_account_over_never_changes_its_login_not_even_when_it_is_put_off() {
    let world = world_with(&looking_first(), |_| {}).await;
    world.vendor.makes(&json!({ "login": "victim", "mail": "ada@example.com", "enabled": true }));
    world.vendor.next("update.profile", Act::Say(Meaning::Busy));
    let id = world.post(user("ada", &json!({}))).await.unwrap().id;
    assert_eq!((&world.vendor.only()["login"], &world.vendor.only()["name"]), (&json!("victim"), &json!("Old")));
    world.set(&id, "name.familyName", json!("New")).await.unwrap();
    assert_eq!(world.vendor.only()["login"], "ada", "a later request may");
}

#[tokio::test(start_paused = true)]
async fn several_accounts_of_one_person_are_a_conflict_and_stay_as_they_are() {
    let world = world_with(&looking_first(), |_| {}).await;
    for name in ["one", "two"] {
        world.vendor.makes(&json!({ "login": "ada", "name": name }));
    }
    let conflict = world.post(user("ada", &json!({}))).await;
    assert!(
        matches!(&conflict, Err(ProvisionError::Conflict { problem, .. }) if problem.contains("1, 2")),
        "{conflict:?}"
    );
    world.settles().await;
    assert_eq!(world.vendor.count("update.profile"), 0);
}

#[tokio::test(start_paused = true)]
async fn without_adoption_nobody_elses_account_is_disabled_or_deleted() {
    for mapping in [looking_first(), deleting()] {
        let world = world_with(&mapping, |options| options.adopt = false).await;
        world.vendor.is_unique();
        world.vendor.makes(&json!({ "login": "ada", "enabled": true }));
        for active in [false, true] {
            let refused = world.post(user("ada", &json!({ "active": active }))).await;
            let is_conflict = matches!(&refused, Err(ProvisionError::Conflict { .. } | ProvisionError::Refused { .. }));
            assert!(is_conflict, "{refused:?}");
        }
        assert_eq!(world.vendor.only(), json!({ "login": "ada", "enabled": true }));
    }
}

#[tokio::test(start_paused = true)]
async fn without_adoption_an_own_account_whose_answer_was_lost_is_found_all_the_same() {
    let world = world_with(MAPPING, |options| options.adopt = false).await;
    world.vendor.next("create", Act::LostAfter);
    world.post(user("ada", &json!({}))).await.unwrap();
    assert_eq!(world.vendor.only()["login"], "ada");
}

#[tokio::test(start_paused = true)]
async fn an_account_deleted_behind_the_bridges_back_comes_back_for_the_active_only() {
    let world = world().await;
    let id = world.post(user("ada", &json!({}))).await.unwrap().id;
    world.vendor.loses(1);
    world.set(&id, "name.familyName", json!("New")).await.unwrap();
    assert_eq!(world.vendor.only()["name"], "New");
    world.vendor.loses(2);
    world.set(&id, "active", json!(false)).await.unwrap();
    assert!(world.vendor.accounts().is_empty(), "nobody gets an account by being disabled");
    world.delete(&id).await.unwrap();
    assert!(world.person(&id).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn an_account_that_somebody_made_in_place_of_a_deleted_one_is_taken_over() {
    let world = world().await;
    let id = world.post(user("ada", &json!({}))).await.unwrap().id;
    world.vendor.loses(1);
    world.vendor.makes(&json!({ "login": "ada", "name": "By hand", "enabled": true }));
    world.set(&id, "active", json!(false)).await.unwrap();
    assert_eq!(world.vendor.only()["enabled"], false);
    assert_eq!(world.account(&id).await.vendor_id.unwrap().as_str(), "2");
}

#[tokio::test(start_paused = true)]
async fn who_follows_somebody_who_is_just_leaving_waits_for_the_account_to_go() {
    let world = world_with(&deleting(), |_| {}).await;
    world.vendor.is_unique();
    let id = world.post(user("ada", &json!({}))).await.unwrap().id;
    world.vendor.next("delete", Act::Wait);
    let leaving = world.set(&id, "active", json!(false));
    let follower = async {
        world.until("the deletion is under way", async || world.vendor.waiting() == 1).await;
        // The name at the IdP is another, the mail and with it the account the same.
        let body = user("ada2", &json!({ "emails": [{ "value": "ada@example.com" }] }));
        world.vendor.next("create", Act::Say(Meaning::AlreadyExists));
        let follower = world.post(body);
        let release = async {
            world.until("it was looked for", async || world.vendor.count("list") > 0).await;
            world.vendor.release();
        };
        tokio::join!(follower, release).0
    };
    let (leaving, follower) = tokio::join!(leaving, follower);
    leaving.unwrap();
    follower.expect("an account of its own");
    assert_eq!(world.vendor.only()["login"], "ada2");
    assert_eq!(world.account(&id).await.state, WorkState::Settled);
}

#[tokio::test(start_paused = true)]
async fn an_imported_account_is_linked_to_the_person_who_waits_for_it_and_keeps_what_nobody_names() {
    let world = world().await;
    // The create waits; meanwhile somebody imports the account that is there.
    world.vendor.always("create", Act::Say(Meaning::Busy));
    let patience = std::time::Duration::from_secs(2);
    assert!(world.post_within(user("ada", &json!({})), patience).await.is_err());
    world.vendor.makes(&json!({ "login": "ada", "name": "By hand", "nick": "A", "enabled": true }));
    let report = world.provisioner.import(&|_| {}).await.unwrap();
    assert_eq!((report.linked, report.imported), (1, 0), "{report:?}");
    world.vendor.heal();
    world.settles().await;
    let account = world.vendor.only();
    assert_eq!((&account["name"], &account["nick"]), (&json!("Old"), &json!("A")));
}

#[tokio::test(start_paused = true)]
async fn a_wish_that_comes_while_an_account_is_taken_over_holds() {
    let world = world_with(&looking_first(), |_| {}).await;
    world.vendor.makes(&json!({ "login": "ada", "name": "By hand", "nick": "A", "enabled": true }));
    world.vendor.always("list", Act::Wait);
    let late = world.post_within(user("ada", &json!({})), std::time::Duration::from_secs(2)).await;
    assert!(late.is_err());
    // The repeat says more than the first request did.
    let newer = world.post(user("ada", &json!({ "nickName": "B", "title": "boss" })));
    let release = async {
        world
            .until("the newer wish waits", async || {
                world.store.pending(None).await.unwrap()[0].account.desired_revision == 2
            })
            .await;
        world.vendor.heal();
        world.vendor.release();
    };
    let (newer, ()) = tokio::join!(newer, release);
    newer.unwrap();
    world.settles().await;
    let account = world.vendor.only();
    assert_eq!((&account["nick"], &account["role"]), (&json!("B"), &json!("boss")));
}
