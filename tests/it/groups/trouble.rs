//! A vendor that is down, refuses or is slow, a bridge that dies, members who come too early: what was said holds, and nothing is half done.

use serde_json::{Value, json};

use super::{add, address, addresses, hires, operations, remove, ruled};
use crate::support::{World, eventually};

/// What the vendor says when it does not want a change.
fn refusal() -> Value {
    let body = json!({ "data": { "userUpdate": { "user": null, "userErrors": [{ "__typename": "SomethingInvalidError", "message": "no" }] } } });
    json!({ "status": 200, "body": body, "headers": { "content-type": "application/json" } })
}

async fn nothing_is_pending(world: &World) {
    eventually("nothing is pending", || async {
        let pending = world.json(&["pending", "--config", "bridge.yaml", "--json"]);
        pending.as_array().is_some_and(Vec::is_empty).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_member_takes_the_whole_request_back() {
    let world = ruled().start().await;
    let ids = hires(&world, &["alice", "bob", "carol"]).await;
    let group = world.idp().creates_group("Skill EU", &[&ids[2]]).await.is(201).id();
    world.vendor().fault(json!({ "match": { "operation": "userUpdate" }, "do": refusal() })).await;
    let both = add(&[&ids[0], &ids[1]]);
    let refused = world.idp().group_operations(&group, both.clone()).await.is_error(400, "invalidValue");
    let named = [address("alice"), address("bob")].iter().filter(|name| refused.detail().contains(*name)).count();
    assert_eq!(named, 1, "who was refused is named: {}", refused.detail());
    // R51: atomic. The one whom the vendor took is taken back as well, and a member of before stays.
    assert_eq!(world.idp().group(&group).await.members(), [ids[2].as_str()]);
    eventually("the other one is taken back", || async {
        (world.vendor().skilled("EU").await == Some(vec![address("carol")])).then_some(())
    })
    .await;
    for id in &ids[..2] {
        assert_eq!(world.idp().get(&format!("/Users/{id}")).await.is(200).body.get("groups"), None);
    }
    nothing_is_pending(&world).await;
    // And the next try works.
    world.idp().group_operations(&group, both).await.is(200);
    assert_eq!(world.vendor().skilled("EU").await, Some(addresses(&["alice", "bob", "carol"])));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_removal_leaves_the_member() {
    let world = ruled().start().await;
    let ids = hires(&world, &["alice"]).await;
    let group = world.idp().creates_group("Skill EU", &[&ids[0]]).await.is(201).id();
    world.vendor().fault(json!({ "match": { "operation": "userUpdate" }, "do": refusal() })).await;
    world.idp().group_operations(&group, remove(&ids[0])).await.is_error(400, "invalidValue").says(&address("alice"));
    assert_eq!(world.idp().group(&group).await.members(), [ids[0].as_str()]);
    assert_eq!(world.vendor().skilled("EU").await, Some(addresses(&["alice"])));
    world.idp().group_operations(&group, remove(&ids[0])).await.is(200);
    assert_eq!(world.vendor().skilled("EU").await, Some(addresses(&[])));
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_vendor_is_down_the_answer_is_503_and_the_repeat_joins() {
    let world = ruled().connection("answer_within", 1).start().await;
    let ids = hires(&world, &["alice", "bob"]).await;
    let group = world.idp().creates_group("Skill EU", &[]).await.is(201).id();
    let down = json!({ "match": { "operation": "userUpdate", "times": "always" }, "do": { "status": 503 } });
    world.vendor().fault(down.clone()).await;
    let both = add(&[&ids[0], &ids[1]]);
    let late = world.idp().group_operations(&group, both.clone()).await.is_error(503, "");
    late.clone().says("2");
    let wait = late.header("retry-after").map(str::parse::<u64>);
    assert!(matches!(wait, Some(Ok(seconds)) if seconds >= 1), "whole seconds: {wait:?}");
    // As long as it is not done, the repeat does not pretend either.
    world.idp().group_operations(&group, both.clone()).await.is_error(503, "");
    world.vendor().heal().await;
    eventually("the repeat is answered with success", || async {
        let answer = world.idp().group_operations(&group, both.clone()).await;
        (answer.status == 200).then_some(())
    })
    .await;
    assert_eq!(world.vendor().skilled("EU").await, Some(addresses(&["alice", "bob"])));
    // The same with a deletion.
    world.vendor().fault(down).await;
    let path = format!("/Groups/{group}");
    world.idp().delete(&path).await.is_error(503, "");
    world.vendor().heal().await;
    eventually("the group is gone", || async {
        [204, 404].contains(&world.idp().delete(&path).await.status).then_some(())
    })
    .await;
    assert_eq!(world.vendor().skill("EU").await, None);
    nothing_is_pending(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_finds_the_vendor_down_is_finished_without_a_repeat() {
    let world = ruled().connection("answer_within", 1).start().await;
    let ids = hires(&world, &["alice"]).await;
    let create = json!({ "match": { "operation": "skillCreate", "times": 3 }, "do": { "status": 503 } });
    world.vendor().fault(create).await;
    let first = world.idp().creates_group("Skill EU", &[&ids[0]]).await;
    assert!([201, 503].contains(&first.status), "{}", first.text);
    eventually("the vendor has it", || async {
        // Okta and Entra repeat a create only after they looked; either way it is made once.
        let again = world.idp().creates_group("Skill EU", &[&ids[0]]).await;
        let known = [201, 409].contains(&again.status);
        (known && world.vendor().skilled("EU").await == Some(vec![address("alice")])).then_some(())
    })
    .await;
    let found = world.idp().find_groups("displayName eq \"Skill EU\"").await.is(200);
    assert_eq!(found.body["totalResults"], 1);
    nothing_is_pending(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bridge_killed_in_the_middle_of_a_push_finishes_it() {
    let mut world =
        ruled().connection("limits", json!({ "rate_per_second": 1000, "burst": 1000, "concurrency": 2 })).start().await;
    let names: Vec<String> = (0..20).map(|number| format!("p{number:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let ids = hires(&world, &names).await;
    let group = world.idp().creates_group("Skill EU", &[]).await.is(201).id();
    world.vendor().knobs(json!({ "latency_ms": 150 })).await;
    let everybody = add(&ids.iter().collect::<Vec<_>>());
    let push = tokio::spawn({
        let (idp, path) = (world.idp(), format!("/Groups/{group}"));
        let body = json!({ "schemas": [crate::support::idp::PATCH], "Operations": everybody });
        async move { idp.attempt("PATCH", &path, Some(&body)).await }
    });
    eventually("some have it", || async {
        let some = world.vendor().skilled("EU").await.unwrap_or_default().len();
        (some >= 4).then_some(())
    })
    .await;
    world.crash_and_restart();
    assert!(push.await.unwrap().is_none(), "it died with the answer owed");
    let now = world.vendor().skilled("EU").await.unwrap_or_default().len();
    assert!(now < names.len(), "it was killed in the middle");
    world.vendor().knobs(json!({ "latency_ms": 0 })).await;
    eventually("everybody has it", || async {
        (world.vendor().skilled("EU").await == Some(addresses(&names))).then_some(())
    })
    .await;
    nothing_is_pending(&world).await;
    assert_eq!(world.idp().group(&group).await.members().len(), names.len());
    // The IdP repeats: nothing is left to do.
    world.vendor().forget_calls().await;
    world.idp().group_operations(&group, everybody).await.is(200);
    assert_eq!(operations(&world).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bridge_killed_within_the_making_of_a_skill_makes_no_second_one() {
    let mut world = ruled().connection("answer_within", 1).start().await;
    let slow = json!({ "match": { "operation": "skillCreate" }, "do": { "delay_ms": 3000, "when": "after" } });
    world.vendor().fault(slow).await;
    world.idp().creates_group("Skill EU", &[]).await.is_error(503, "");
    eventually("the vendor has made it", || world.vendor().skill("EU")).await;
    world.crash_and_restart();
    let found = eventually("the group appears", || async {
        let found = world.idp().find_groups("displayName eq \"Skill EU\"").await;
        (found.body["totalResults"] == 1).then_some(found)
    })
    .await;
    let id = found.resources()[0]["id"].as_str().unwrap().to_owned();
    let ids = hires(&world, &["alice"]).await;
    world.idp().group_operations(&id, add(&[&ids[0]])).await.is(200);
    assert_eq!(world.vendor().skilled("EU").await, Some(addresses(&["alice"])));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_survives_a_crash() {
    let mut world = ruled().connection("answer_within", 1).start().await;
    let ids = hires(&world, &["alice"]).await;
    let group = world.idp().creates_group("Skill EU", &[&ids[0]]).await.is(201).id();
    world
        .vendor()
        .fault(json!({ "match": { "operation": "userUpdate", "times": "always" }, "do": { "status": 503 } }))
        .await;
    world.idp().delete(&format!("/Groups/{group}")).await.is_error(503, "");
    world.crash_and_restart();
    world.vendor().heal().await;
    eventually("the skill is gone", || async { world.vendor().skill("EU").await.is_none().then_some(()) }).await;
    eventually("the group is gone", || async {
        (world.idp().get(&format!("/Groups/{group}")).await.status == 404).then_some(())
    })
    .await;
    assert_eq!(world.vendor().has(&address("alice")).await["skillIds"], json!([]));
    nothing_is_pending(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn members_who_arrive_before_their_user_are_refused_and_named() {
    let world = ruled().start().await;
    let ids = hires(&world, &["alice"]).await;
    let group = world.idp().creates_group("Skill EU", &[]).await.is(201).id();
    let unknown = "nobody-yet".to_owned();
    let refused = world.idp().group_operations(&group, add(&[&ids[0], &unknown])).await.is_error(400, "invalidValue");
    assert!(refused.detail().contains("nobody-yet") && !refused.detail().contains(&ids[0]), "{}", refused.detail());
    assert_eq!(world.vendor().skilled("EU").await, Some(addresses(&[])));
}

#[tokio::test(flavor = "multi_thread")]
async fn parked_members_join_by_themselves_when_their_user_arrives() {
    let mut world = ruled().connection("members_first", "park").start().await;
    let early = ["00u-alice@example.com".to_owned(), address("bob"), address("carol"), address("dave")];
    let group = world.idp().creates_group("Skill EU", &[]).await.is(201).id();
    world.idp().group_operations(&group, add(&early.iter().collect::<Vec<_>>())).await.is(200);
    assert_eq!(world.idp().group(&group).await.members(), Vec::<&str>::new(), "nobody is shown who is not there");
    // By externalId, and by userName in other letter case.
    hires(&world, &["alice"]).await;
    eventually("alice has joined", || async {
        (world.vendor().skilled("EU").await == Some(vec![address("alice")])).then_some(())
    })
    .await;
    // The wait survives a crash.
    world.crash_and_restart();
    let mut bob = crate::support::idp::okta_user(&address("bob"));
    bob["userName"] = json!("BOB@example.com");
    world.idp().post("/Users", bob).await.is(201);
    eventually("bob has joined", || async {
        (world.vendor().skilled("EU").await == Some(addresses(&["alice", "bob"]))).then_some(())
    })
    .await;
    // Whoever is taken out while waiting does not join.
    world
        .idp()
        .group_operations(&group, json!([{ "op": "remove", "path": "members", "value": [{ "value": early[2] }] }]))
        .await
        .is(200);
    hires(&world, &["carol"]).await;
    hires(&world, &["dave"]).await;
    eventually("dave, who came last, has joined", || async {
        (world.vendor().skilled("EU").await == Some(addresses(&["alice", "bob", "dave"]))).then_some(())
    })
    .await;
    assert_eq!(world.idp().group(&group).await.members().len(), 3, "carol has not");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_renamed_to_the_parked_name_joins() {
    let world = ruled().connection("members_first", "park").start().await;
    let ids = hires(&world, &["alice"]).await;
    let group = world.idp().creates_group("Skill EU", &["new.name@example.com"]).await.is(201).id();
    let renamed = json!([{ "op": "replace", "path": "userName", "value": "new.name@example.com" }]);
    world.idp().operations(&ids[0], renamed).await.is(200);
    eventually("the renamed person has joined", || async {
        (world.idp().group(&group).await.members() == [ids[0].as_str()]).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn skipped_members_are_left_out_and_the_others_join() {
    let world = ruled().connection("members_first", "skip").start().await;
    let ids = hires(&world, &["alice"]).await;
    let made = world.idp().creates_group("Skill EU", &[&ids[0], "nobody"]).await.is(201);
    assert_eq!(made.members(), [ids[0].as_str()]);
    assert_eq!(world.vendor().skilled("EU").await, Some(addresses(&["alice"])));
}
