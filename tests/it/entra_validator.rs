//! The tests that Microsoft runs: the SCIM Validator (scimvalidator.microsoft.com) and the validation of gallery apps.
//!
//! The requests with many operations are files of the corpus (`tests/corpus/idp/validator-…`); here are the tests of several steps.

mod gallery;
mod groups;

use serde_json::json;

use crate::support::idp::{ENTERPRISE, PATCH, entra_user};
use crate::support::{Leased, bridge};

const MANAGER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager";

async fn server() -> Leased {
    bridge().connection("profile", "entra").lease().await
}

#[tokio::test(flavor = "multi_thread")]
async fn create_a_new_user_and_find_every_attribute() {
    let world = server().await;
    let entra = world.idp();
    let mut user = entra_user("derek@example.com");
    user["phoneNumbers"] = json!([{ "primary": true, "type": "work", "value": "85-615-7160" }]);
    user["addresses"] = json!([{ "primary": true, "type": "work", "formatted": "ODESSA", "country": "Iraq" }]);
    user["roles"] = json!([{ "primary": "True", "display": "M", "value": "manager", "type": "T" }]);
    user[ENTERPRISE] = json!({ "department": "UOLHKELG", "employeeNumber": "TAJTQYWR" });
    entra.post("/Users", user.clone()).await.is(201);
    let found = entra.find("userName eq \"derek@example.com\"").await.is(200);
    assert_eq!(found.body["totalResults"], 1);
    let found = &found.resources()[0];
    for attribute in
        ["userName", "displayName", "name", "emails", "phoneNumbers", "addresses", "externalId", ENTERPRISE]
    {
        assert_eq!(found[attribute], user[attribute], "{attribute}");
    }
    // A text where a boolean belongs is the only thing that differs: the validator's own parser wants a boolean back.
    assert_eq!(found["roles"], json!([{ "primary": true, "display": "M", "value": "manager", "type": "T" }]));
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn create_a_duplicate_user() {
    let world = server().await;
    world.idp().entra_creates("derek@example.com").await;
    world.idp().post("/Users", entra_user("derek@example.com")).await.is_error(409, "uniqueness");
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn filter_existing_different_case_and_non_existing_users() {
    let world = server().await;
    let entra = world.idp();
    entra.entra_creates("derek@example.com").await;
    for (filter, total) in [
        ("userName eq \"derek@example.com\"", 1),
        ("userName eq \"DEREK@EXAMPLE.COM\"", 1),
        ("userName eq \"nobody@example.com\"", 0),
        ("externalId eq \"derek\"", 1),
        ("externalId eq \"nobody\"", 0),
    ] {
        assert_eq!(entra.find(filter).await.is(200).body["totalResults"], total, "{filter}");
    }
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn update_the_user_name_and_see_it() {
    let world = server().await;
    let entra = world.idp();
    let id = entra.entra_creates("derek@example.com").await.id();
    entra.operations(&id, json!([{ "op": "replace", "value": { "userName": "hui@example.com" } }])).await.is(200);
    let read = entra.get(&format!("/Users/{id}")).await.is(200);
    assert_eq!(read.body["userName"], "hui@example.com");
    assert_eq!(entra.find("userName eq \"derek@example.com\"").await.is(200).body["totalResults"], 0);
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn disable_a_user_and_see_him_by_id_and_by_filter() {
    let world = server().await;
    let entra = world.idp();
    let id = entra.entra_creates("derek@example.com").await.id();
    entra.operations(&id, json!([{ "op": "replace", "path": "active", "value": false }])).await.is(200);
    assert_eq!(entra.get(&format!("/Users/{id}")).await.is(200).body["active"], false);
    let found = entra.find("userName eq \"derek@example.com\"").await.is(200);
    assert_eq!((&found.resources()[0]["id"], &found.resources()[0]["active"]), (&json!(id), &json!(false)));
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn add_replace_and_remove_a_manager() {
    let world = server().await;
    let entra = world.idp();
    let id = entra.entra_creates("derek@example.com").await.id();
    let first = entra.entra_creates("first@example.com").await.id();
    let second = entra.entra_creates("second@example.com").await.id();
    let path = format!("/Users/{id}");
    for (op, manager) in [("add", &first), ("replace", &second)] {
        entra.operations(&id, json!([{ "op": op, "path": MANAGER, "value": { "value": manager } }])).await.is(200);
        assert_eq!(entra.get(&path).await.is(200).body[ENTERPRISE]["manager"]["value"], json!(manager));
        let check = format!("id eq \"{id}\" and manager eq \"{manager}\"");
        assert_eq!(entra.find(&check).await.is(200).body["totalResults"], 1);
    }
    entra.operations(&id, json!([{ "op": "replace", "path": MANAGER, "value": { "value": "" } }])).await.is(200);
    let read = entra.get(&path).await.is(200);
    assert_eq!(read.body.get(ENTERPRISE), None, "neither an empty object nor its URN: {}", read.text);
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn delete_a_user_once_twice_and_one_who_never_was() {
    let world = server().await;
    let entra = world.idp();
    let path = format!("/Users/{}", entra.entra_creates("derek@example.com").await.id());
    let gone = entra.delete(&path).await.is(204);
    assert_eq!(gone.text, "");
    entra.get(&path).await.is_error(404, "");
    entra.delete(&path).await.is_error(404, "");
    entra.patch(&path, json!({ "schemas": [PATCH], "Operations": [] })).await.is_error(404, "");
    entra.put(&path, entra_user("derek@example.com")).await.is_error(404, "");
    entra.delete("/Users/5171a35d82074e068ce2").await.is_error(404, "");
    assert_eq!(entra.get("/Users").await.is(200).body["totalResults"], 0);
    world.give_back().await;
}
