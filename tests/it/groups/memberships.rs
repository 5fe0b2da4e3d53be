//! Members get what their groups mean, besides what the IdP says of themselves, and lose it with the membership.

use serde_json::json;

use super::{add, address, addresses, hires, inputs, operations, remove, ruled};
use crate::support::idp::{VENDOR, okta_user};

const VETERAN: &str = "olivia.operator@example.com";

#[tokio::test(flavor = "multi_thread")]
async fn a_list_holds_what_all_the_groups_of_a_person_mean() {
    let world = ruled().start().await;
    let ids = hires(&world, &["alice"]).await;
    let first = world.idp().creates_group("Skill One", &[&ids[0]]).await.is(201).id();
    world.idp().creates_group("Skill Two", &[&ids[0]]).await.is(201);
    world.idp().creates_group("Project Outlet", &[&ids[0]]).await.is(201);
    let skill = async |name: &str| world.vendor().skill(name).await.unwrap()["id"].clone();
    let account = world.vendor().has(&address("alice")).await;
    assert_eq!(account["skillIds"], json!([skill("One").await, skill("Two").await]));
    assert_eq!(account["projectIds"], json!([6662]), "who has a project by a group needs no default");
    world.vendor().forget_calls().await;
    world.idp().group_operations(&first, remove(&ids[0])).await.is(200);
    assert_eq!(world.vendor().has(&address("alice")).await["skillIds"], json!([skill("Two").await]));
    assert_eq!(operations(&world).await, ["userUpdate"]);
    // Once more: nothing to do.
    world.idp().group_operations(&first, remove(&ids[0])).await.is(200);
    assert_eq!(operations(&world).await, ["userUpdate"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_adopted_account_keeps_the_skills_that_no_group_gave() {
    let world = ruled().start().await;
    let id = world.idp().post("/Users", json!({ "userName": VETERAN })).await.is(201).id();
    assert_eq!(world.vendor().has(VETERAN).await["skillIds"], json!([901]));
    let group = world.idp().creates_group("Skill Returns", &[&id]).await.is(201).id();
    assert_eq!(world.vendor().has(VETERAN).await["skillIds"], json!([901, 902]));
    world.idp().group_operations(&group, remove(&id)).await.is(200);
    assert_eq!(world.vendor().has(VETERAN).await["skillIds"], json!([901]));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_the_group_loses_the_skill_also_when_the_account_had_it_before() {
    let world = ruled().start().await;
    let id = world.idp().post("/Users", json!({ "userName": VETERAN })).await.is(201).id();
    let group = world.idp().creates_group("Lasting Billing", &[&id]).await.is(201).id();
    assert_eq!(world.vendor().has(VETERAN).await["skillIds"], json!([901]));
    world.idp().group_operations(&group, remove(&id)).await.is(200);
    assert_eq!(world.vendor().has(VETERAN).await["skillIds"], json!([]), "the IdP has said that she is no member");
    // And it does not come back with the next change of the person.
    let change = json!([{ "op": "replace", "path": "nickName", "value": "Liv" }]);
    let read = world.idp().operations(&id, change).await.is(200);
    assert_eq!(world.vendor().has(VETERAN).await["skillIds"], json!([]));
    assert_eq!(read.body[VENDOR].get("skillIds"), None, "nor is it shown: {}", read.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_okta_puts_of_a_person_leaves_the_groups_alone() {
    let world = ruled().start().await;
    let ids = hires(&world, &["alice"]).await;
    world.idp().creates_group("Skill EU", &[&ids[0]]).await.is(201);
    world.vendor().forget_calls().await;
    let mut whole = okta_user(&address("alice"));
    whole["name"]["familyName"] = json!("Lind");
    let put = world.idp().put(&format!("/Users/{}", ids[0]), whole).await.is(200);
    assert_eq!(put.body["groups"][0]["display"], "Skill EU");
    assert_eq!(world.vendor().skilled("EU").await, Some(addresses(&["alice"])));
    let updates = inputs(&world, "userUpdate").await;
    assert_eq!(updates.len(), 1);
    assert_eq!(updates[0].get("skillIds"), None, "what does not change is not sent: {}", updates[0]);
    // What was read is put back: still no change.
    let whole = world.idp().get(&format!("/Users/{}", ids[0])).await.is(200).body;
    world.idp().put(&format!("/Users/{}", ids[0]), whole).await.is(200);
    assert_eq!(world.vendor().calls("userUpdate").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_and_his_groups_both_have_a_say() {
    let world = ruled().start().await;
    let mut user = okta_user(&address("alice"));
    user[VENDOR] = json!({ "skillIds": [903] });
    let id = world.idp().post("/Users", user).await.is(201).id();
    let group = world.idp().creates_group("Skill Sales", &[&id]).await.is(201).id();
    assert_eq!(world.vendor().has(&address("alice")).await["skillIds"], json!([903, 904]));
    let change = json!([{ "op": "replace", "path": format!("{VENDOR}:skillIds"), "value": [902] }]);
    world.idp().operations(&id, change).await.is(200);
    assert_eq!(world.vendor().has(&address("alice")).await["skillIds"], json!([902, 904]));
    world.idp().delete(&format!("/Groups/{group}")).await.is(204);
    assert_eq!(world.vendor().has(&address("alice")).await["skillIds"], json!([902]));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_back_has_the_skills_of_his_groups_from_the_first_call() {
    let world = ruled().start().await;
    let ids = hires(&world, &["alice", "bob"]).await;
    let group = world.idp().creates_group("Skill EU", &[&ids[0], &ids[1]]).await.is(201).id();
    world.idp().okta_sets_active(&ids[0], false).await.is(200);
    assert_eq!(world.vendor().skilled("EU").await, Some(addresses(&["bob"])));
    assert_eq!(world.idp().group(&group).await.members().len(), 2, "the membership stays");
    // Changes while somebody is away cost nothing, and count when he is back.
    world.vendor().forget_calls().await;
    let other = world.idp().creates_group("Skill US", &[&ids[0]]).await.is(201).id();
    assert!(world.vendor().calls("userUpdate").await.is_empty());
    world.idp().group_operations(&group, remove(&ids[0])).await.is(200);
    world.idp().okta_sets_active(&ids[0], true).await.is(200);
    assert_eq!(world.vendor().skilled("US").await, Some(addresses(&["alice"])));
    assert_eq!(world.vendor().skilled("EU").await, Some(addresses(&["bob"])));
    assert_eq!(world.vendor().calls("userUpdate").await.len(), 0, "with the create: {:?}", operations(&world).await);
    world.idp().delete(&format!("/Groups/{other}")).await.is(204);
    assert_eq!(world.vendor().has(&address("alice")).await["skillIds"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn parking_takes_the_skills_and_reactivation_gives_them_back() {
    let world = ruled().setting("deactivation", "park").start().await;
    let ids = hires(&world, &["alice"]).await;
    world.idp().creates_group("Skill EU", &[&ids[0]]).await.is(201);
    world.idp().okta_sets_active(&ids[0], false).await.is(200);
    assert_eq!(world.vendor().skilled("EU").await, Some(addresses(&[])));
    world.idp().okta_sets_active(&ids[0], true).await.is(200);
    assert_eq!(world.vendor().skilled("EU").await, Some(addresses(&["alice"])));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_deleted_and_made_again_is_in_no_group() {
    let world = ruled().start().await;
    let ids = hires(&world, &["alice"]).await;
    let group = world.idp().creates_group("Skill EU", &[&ids[0]]).await.is(201).id();
    world.idp().delete(&format!("/Users/{}", ids[0])).await.is(204);
    assert_eq!(world.idp().group(&group).await.members(), Vec::<&str>::new());
    let again = hires(&world, &["alice"]).await;
    assert_eq!(world.vendor().skilled("EU").await, Some(addresses(&[])));
    assert_eq!(world.idp().get(&format!("/Users/{}", again[0])).await.is(200).body.get("groups"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_without_an_account_is_a_member_all_the_same() {
    let world = ruled().start().await;
    let mut user = okta_user(&address("alice"));
    user["active"] = json!(false);
    let id = world.idp().post("/Users", user).await.is(201).id();
    let group = world.idp().creates_group("Skill EU", &[]).await.is(201).id();
    world.idp().group_operations(&group, add(&[&id])).await.is(200);
    assert_eq!(world.idp().group(&group).await.members(), [id.as_str()]);
    assert_eq!(world.vendor().account(&address("alice")).await, None);
    world.idp().okta_sets_active(&id, true).await.is(200);
    assert_eq!(world.vendor().skilled("EU").await, Some(addresses(&["alice"])));
}
