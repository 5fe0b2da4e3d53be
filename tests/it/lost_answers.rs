//! Answers that are lost, processes that die: nothing is done twice, nothing is forgotten.

use serde_json::json;

use crate::support::{bridge, eventually, idp};

const ALICE: &str = "alice@example.com";

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_does_not_create_a_second_account() {
    let world = bridge().start().await;
    world.vendor().fault(json!({ "match": { "operation": "userCreate", "times": 1 }, "do": { "cut": "after" } })).await;
    let created = world.idp().post("/Users", idp::okta_user(ALICE)).await.is(201);
    assert_eq!(world.vendor().accounts(ALICE).await.len(), 1);
    assert_eq!(world.vendor().calls("userCreate").await.len(), 1, "a create is not repeated blindly");
    world
        .idp()
        .operations(&created.id(), json!([{ "op": "replace", "path": "name.givenName", "value": "Linked" }]))
        .await
        .is(200);
    assert_eq!(world.vendor().has(ALICE).await["firstName"], "Linked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_that_never_arrived_is_made_after_looking() {
    let world = bridge().start().await;
    world
        .vendor()
        .fault(json!({ "match": { "operation": "userCreate", "times": 1 }, "do": { "cut": "before" } }))
        .await;
    world.idp().post("/Users", idp::okta_user(ALICE)).await.is(201);
    assert_eq!(world.vendor().accounts(ALICE).await.len(), 1);
    assert!(!world.vendor().calls("users").await.is_empty(), "the vendor was asked before the second create");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_whose_answer_is_garbage_is_done_all_the_same() {
    let world = bridge().start().await;
    let id = world.idp().okta_creates(ALICE).await.id();
    world
        .vendor()
        .fault(json!({ "match": { "operation": "userUpdate", "times": 1 }, "do": { "garbage": true } }))
        .await;
    world.idp().operations(&id, json!([{ "op": "replace", "path": "name.givenName", "value": "New" }])).await.is(200);
    assert_eq!(world.vendor().has(ALICE).await["firstName"], "New");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_bridge_finishes_after_its_restart_what_it_had_promised_itself() {
    let mut world = bridge().connection("answer_within", 1).start().await;
    let id = world.idp().okta_creates(ALICE).await.id();
    world
        .vendor()
        .fault(json!({ "match": { "operation": "userDelete", "times": "always" }, "do": { "status": 503 } }))
        .await;
    world.idp().okta_sets_active(&id, false).await.is_error(503, "");
    world.crash_and_restart();
    world.vendor().heal().await;
    world.vendor().loses(ALICE).await;
    assert_eq!(world.idp().get(&format!("/Users/{id}")).await.is(200).body["active"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bridge_killed_within_a_create_makes_no_duplicate() {
    let mut world = bridge().connection("answer_within", 1).start().await;
    // The vendor commits, then is slow to answer; the bridge dies before the answer.
    world
        .vendor()
        .fault(
            json!({ "match": { "operation": "userCreate", "times": 1 }, "do": { "delay_ms": 3000, "when": "after" } }),
        )
        .await;
    world.idp().post("/Users", idp::okta_user(ALICE)).await.is_error(503, "");
    world.vendor().gets(ALICE).await;
    world.crash_and_restart();
    let found = eventually("the person appears", || async {
        let found = world.idp().find(&format!("userName eq \"{ALICE}\"")).await;
        (found.body["totalResults"] == 1).then_some(found)
    })
    .await;
    assert_eq!(world.vendor().accounts(ALICE).await.len(), 1);
    let id = found.resources()[0]["id"].as_str().unwrap().to_owned();
    world
        .idp()
        .operations(&id, json!([{ "op": "replace", "path": "name.givenName", "value": "Linked" }]))
        .await
        .is(200);
    assert_eq!(world.vendor().has(ALICE).await["firstName"], "Linked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bridge_that_is_asked_to_end_finishes_its_work_first() {
    let mut world = bridge().start().await;
    world
        .vendor()
        .fault(json!({ "match": { "operation": "userCreate", "times": 1 }, "do": { "delay_ms": 1000 } }))
        .await;
    let (idp, user) = (world.idp(), idp::okta_user(ALICE));
    let request = tokio::spawn(async move { idp.post("/Users", user).await });
    eventually("the vendor is being asked", || async {
        // The call is logged when it arrives.
        (!world.vendor().calls("").await.is_empty()).then_some(())
    })
    .await;
    assert_eq!(world.bridge.terminate(), 0);
    request.await.unwrap().is(201);
    world.restart();
    assert_eq!(world.idp().find(&format!("userName eq \"{ALICE}\"")).await.body["totalResults"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_that_the_mapping_calls_repeatable_is_sent_again_and_joined() {
    for adopt in [true, false] {
        let world = bridge()
            .mapping_with("    create:\n", "    create:\n      repeatable: true\n")
            .connection("adopt", adopt)
            .start()
            .await;
        world
            .vendor()
            .fault(json!({ "match": { "operation": "userCreate", "times": 1 }, "do": { "cut": "after" } }))
            .await;
        world.idp().post("/Users", idp::okta_user(ALICE)).await.is(201);
        assert_eq!(world.vendor().calls("userCreate").await.len(), 2, "adopt {adopt}");
        assert_eq!(world.vendor().accounts(ALICE).await.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_the_mapping_calls_not_repeatable_is_looked_at_before_it_is_sent_again() {
    for (cut, updates) in [("after", 1), ("before", 2)] {
        let world = bridge()
            .mapping_with("      userUpdate:\n", "      userUpdate:\n        repeatable: false\n")
            .start()
            .await;
        let id = world.idp().okta_creates(ALICE).await.id();
        world.vendor().forget_calls().await;
        world.vendor().fault(json!({ "match": { "operation": "userUpdate", "times": 1 }, "do": { "cut": cut } })).await;
        let change = json!([{ "op": "replace", "path": "name.givenName", "value": "New" }]);
        world.idp().operations(&id, change).await.is(200);
        assert_eq!(world.vendor().has(ALICE).await["firstName"], "New");
        assert_eq!(world.vendor().calls("userUpdate").await.len(), updates, "cut {cut}");
        assert_eq!(world.vendor().calls("user").await.len(), 1, "what became of it is read, cut {cut}");
    }
}
