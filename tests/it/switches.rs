//! Switches: what differs between identity providers, and is turned per connection. What the engine does with the others is held by its own tests.

use serde_json::{Value, json};

use crate::support::{Idp, World, bridge, idp};

async fn switched(name: &str) -> World {
    bridge().connection("switches", json!({ name: true })).start().await
}

/// A person and the answer to a PATCH of his nickname.
async fn nickname(okta: &Idp) -> crate::support::Answer {
    let id = okta.okta_creates("alice@example.com").await.is(201).id();
    okta.operations(&id, json!([{ "op": "replace", "path": "nickName", "value": "Ally" }])).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patch_of_a_person_is_answered_without_body_where_that_is_wanted() {
    let world = switched("user_patch_204").await;
    let okta = world.idp();
    let patched = nickname(&okta).await.is(204);
    assert_eq!(patched.body, Value::Null);
    assert!(patched.header("etag").is_some());
    assert_eq!(okta.find("userName eq \"alice@example.com\"").await.resources()[0]["nickName"], "Ally");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patch_of_a_group_is_answered_without_body_in_the_profile_of_entra_alone() {
    let rename = json!([{ "op": "replace", "path": "displayName", "value": "Care" }]);
    for (profile, switches, status) in [
        ("entra", json!({}), 204),
        ("entra", json!({ "group_patch_204": false }), 200),
        ("generic", json!({}), 200),
        ("generic", json!({ "group_patch_204": true }), 204),
    ] {
        let world = bridge().connection("profile", profile).connection("switches", switches).start().await;
        let group = world.idp().creates_group("Support", &[]).await.is(201).id();
        world.idp().group_operations(&group, rename.clone()).await.is(status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_plain_json_where_that_is_wanted() {
    let world = switched("plain_json").await;
    let okta = world.idp();
    let created = okta.okta_creates("alice@example.com").await.is(201);
    let found = okta.get("/Users").await.is(200);
    let missing = okta.get("/Users/nobody").await.is(404);
    let stranger = world.idp_with(Some("wrong")).get("/Users").await.is(401);
    for answer in [created, found, missing, stranger] {
        assert_eq!(answer.header("content-type"), Some("application/json"), "{answer:?}");
    }
    let usual = bridge().start().await;
    let missing = usual.idp().get("/Users/nobody").await.is(404);
    assert_eq!(missing.header("content-type"), Some("application/scim+json"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_that_nobody_defines_is_left_out_where_that_is_wanted() {
    let operations = json!([
        { "op": "replace", "path": "shoeSize", "value": 5 },
        { "op": "replace", "path": "nickName", "value": "Ally" },
    ]);
    let world = switched("ignore_unknown_paths").await;
    let id = world.idp().okta_creates("alice@example.com").await.is(201).id();
    let patched = world.idp().operations(&id, operations.clone()).await.is(200);
    assert_eq!((&patched.body["nickName"], patched.body.get("shoeSize")), (&json!("Ally"), None));

    let strict = bridge().start().await;
    let id = strict.idp().okta_creates("alice@example.com").await.is(201).id();
    strict.idp().operations(&id, operations).await.is_error(400, "invalidPath");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_is_deactivated_although_something_beside_it_has_a_wrong_value() {
    let world = bridge().start().await;
    let id = world.idp().okta_creates("alice@example.com").await.is(201).id();
    let operations = json!([
        { "op": "replace", "path": "title", "value": 5 },
        { "op": "replace", "path": "active", "value": false },
    ]);
    assert_eq!(world.idp().operations(&id, operations).await.is(200).body["active"], false);
    assert_eq!(world.vendor().calls("userDelete").await.len(), 1, "the account is gone");
    let on = json!([
        { "op": "replace", "path": "title", "value": 5 },
        { "op": "replace", "path": "active", "value": true },
    ]);
    world.idp().operations(&id, on).await.is_error(400, "invalidValue");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_is_inactive_comes_back_by_a_create_where_that_is_wanted() {
    let world = switched("reactivate_on_create").await;
    let okta = world.idp();
    let id = okta.okta_creates("alice@example.com").await.is(201).id();
    okta.okta_sets_active(&id, false).await.is(200);
    let back = okta.post("/Users", idp::okta_user("alice@example.com")).await.is(201);
    assert_eq!((back.id(), &back.body["active"]), (id, &json!(true)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_member_that_replaces_all_is_added_where_that_is_wanted() {
    let world = switched("single_member_replace_adds").await;
    let entra = world.idp();
    let alice = entra.okta_creates("alice@example.com").await.is(201).id();
    let bob = entra.okta_creates("bob@example.com").await.is(201).id();
    let group = entra.creates_group("Support", &[&alice]).await.is(201).id();
    let replace = json!([{ "op": "replace", "path": "members", "value": [{ "value": bob }] }]);
    entra.group_operations(&group, replace).await.is(200);
    let mut members = entra.group(&group).await.members().into_iter().map(str::to_owned).collect::<Vec<_>>();
    members.sort();
    let mut both = vec![alice, bob];
    both.sort();
    assert_eq!(members, both);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_name_that_entra_gives_to_the_deleted_stays_off_the_vendor() {
    let world = bridge().connection("profile", "entra").start().await;
    let entra = world.idp();
    let id = entra.entra_creates("alice@example.com").await.is(201).id();
    let calls = world.vendor().calls("userUpdate").await.len();
    let name = "0123456789abcdef0123456789abcdefalice@example.com";
    let renamed = entra.operations(&id, json!([{ "op": "Replace", "path": "userName", "value": name }])).await;
    assert_eq!(renamed.is(200).body["userName"], name);
    assert_eq!(world.vendor().calls("userUpdate").await.len(), calls, "nothing is written");
}
