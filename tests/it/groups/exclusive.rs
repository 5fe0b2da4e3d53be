//! Targets of which a person can have one: a role, a user group. Who joins another leaves the one before, in whatever order the IdP says it.

use serde_json::{Value, json};

use super::{add, address, hires, inputs, remove, ruled};
use crate::support::World;
use crate::support::idp::VENDOR;

async fn role(world: &World) -> Value {
    world.vendor().has(&address("alice")).await["roleId"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_comes_with_the_group_and_goes_back_to_the_default_with_it() {
    let world = ruled().start().await;
    let ids = hires(&world, &["alice"]).await;
    assert_eq!(role(&world).await, 2);
    let group = world.idp().creates_group("Role manager", &[&ids[0]]).await.is(201).id();
    assert_eq!(role(&world).await, 3);
    world.idp().group_operations(&group, remove(&ids[0])).await.is(200);
    assert_eq!(role(&world).await, 2);
    world.idp().group_operations(&group, add(&[&ids[0]])).await.is(200);
    world.idp().delete(&format!("/Groups/{group}")).await.is(204);
    assert_eq!(role(&world).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_of_his_own_is_what_somebody_falls_back_to() {
    let world = ruled().setting("default_role_id", 1001).start().await;
    let ids = hires(&world, &["alice"]).await;
    let own = json!([{ "op": "add", "path": format!("{VENDOR}:roleId"), "value": "manager" }]);
    world.idp().operations(&ids[0], own).await.is(200);
    let group = world.idp().creates_group("Role admin", &[&ids[0]]).await.is(201).id();
    assert_eq!(role(&world).await, 4, "a group counts more than the person's own attribute");
    world.idp().group_operations(&group, remove(&ids[0])).await.is(200);
    assert_eq!(role(&world).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_moves_from_a_to_b_added_first() {
    let world = ruled().start().await;
    let ids = hires(&world, &["alice"]).await;
    let a = world.idp().creates_group("Role manager", &[&ids[0]]).await.is(201).id();
    let b = world.idp().creates_group("Role admin", &[]).await.is(201).id();
    world.vendor().forget_calls().await;
    world.idp().group_operations(&b, add(&[&ids[0]])).await.is(200);
    assert_eq!(role(&world).await, 4);
    assert_eq!(world.idp().group(&a).await.members(), Vec::<&str>::new(), "who joins B has left A");
    // What the IdP says next is so already.
    world.idp().group_operations(&a, remove(&ids[0])).await.is(200);
    assert_eq!(role(&world).await, 4);
    assert_eq!(inputs(&world, "userUpdate").await.len(), 1);
    let groups = world.idp().get(&format!("/Users/{}", ids[0])).await.is(200).body["groups"].clone();
    assert_eq!(groups[0]["value"], json!(b));
    assert_eq!(groups.as_array().map(Vec::len), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_moves_from_a_to_b_removed_first() {
    let world = ruled().start().await;
    let ids = hires(&world, &["alice"]).await;
    let a = world.idp().creates_group("Role manager", &[&ids[0]]).await.is(201).id();
    let b = world.idp().creates_group("Role admin", &[]).await.is(201).id();
    world.idp().group_operations(&a, remove(&ids[0])).await.is(200);
    assert_eq!(role(&world).await, 2);
    world.idp().group_operations(&b, add(&[&ids[0]])).await.is(200);
    assert_eq!(role(&world).await, 4);
    assert_eq!(world.idp().group(&b).await.members(), [ids[0].as_str()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn both_halves_of_a_move_at_once_end_in_b() {
    let world = ruled().start().await;
    let ids = hires(&world, &["alice"]).await;
    let a = world.idp().creates_group("Role manager", &[&ids[0]]).await.is(201).id();
    let b = world.idp().creates_group("Role admin", &[]).await.is(201).id();
    for (from, to, expected) in [(&a, &b, 4), (&b, &a, 3), (&a, &b, 4), (&b, &a, 3)] {
        let (one, two) = (world.idp(), world.idp());
        let (left, joined) =
            tokio::join!(one.group_operations(from, remove(&ids[0])), two.group_operations(to, add(&[&ids[0]])));
        left.is(200);
        joined.is(200);
        assert_eq!(role(&world).await, expected);
        assert_eq!(world.idp().group(from).await.members(), Vec::<&str>::new());
        assert_eq!(world.idp().group(to).await.members(), [ids[0].as_str()]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_group_is_moved_between_like_a_role() {
    let world = ruled().start().await;
    // This vendor's pages do not say whether null takes somebody out of a user group; here it does.
    world.vendor().knobs(json!({ "null_clears": true })).await;
    let ids = hires(&world, &["alice", "bob"]).await;
    let day = world.idp().creates_group("Day team", &[&ids[0], &ids[1]]).await.is(201).id();
    let evening = world.idp().creates_group("Evening team", &[]).await.is(201).id();
    assert_eq!(world.vendor().has(&address("alice")).await["groupId"], 55);
    world.idp().group_operations(&evening, add(&[&ids[0]])).await.is(200);
    assert_eq!(world.vendor().has(&address("alice")).await["groupId"], 56);
    assert_eq!(world.vendor().has(&address("bob")).await["groupId"], 55, "the others stay");
    assert_eq!(world.idp().group(&day).await.members(), [ids[1].as_str()]);
    world.idp().group_operations(&evening, remove(&ids[0])).await.is(200);
    assert_eq!(world.vendor().has(&address("alice")).await["groupId"], json!(null));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_membership_pushed_to_b_empties_a() {
    let world = ruled().start().await;
    let ids = hires(&world, &["alice", "bob", "carol"]).await;
    let a = world.idp().creates_group("Role manager", &[&ids[0], &ids[1]]).await.is(201).id();
    let b = world.idp().creates_group("Role admin", &[&ids[2]]).await.is(201).id();
    let all: Vec<Value> = ids.iter().map(|id| json!({ "value": id })).collect();
    world.idp().group_operations(&b, json!([{ "op": "replace", "path": "members", "value": all }])).await.is(200);
    assert_eq!(world.idp().group(&a).await.members(), Vec::<&str>::new());
    for name in ["alice", "bob", "carol"] {
        assert_eq!(world.vendor().has(&address(name)).await["roleId"], 4, "{name}");
    }
}
