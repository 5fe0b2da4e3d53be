//! A person's life: from the first assignment to the last day, as Okta and as Entra send it.

use serde_json::json;

use crate::support::{bridge, idp};

const ALICE: &str = "alice@example.com";

#[tokio::test(flavor = "multi_thread")]
async fn okta_takes_a_person_through_a_whole_life() {
    let world = bridge().start().await;
    let (okta, vendor) = (world.idp(), world.vendor());

    let created = okta.okta_creates(ALICE).await;
    let id = created.id();
    assert_eq!(created.body["active"], true);
    assert_eq!(created.header("location"), created.body["meta"]["location"].as_str());
    let account = vendor.has(ALICE).await;
    assert_eq!((&account["firstName"], &account["lastName"]), (&json!("Mara"), &json!("Voss")));
    assert_eq!(account["externalId"], json!(format!("00u-{ALICE}")));

    let found = okta.find(&format!("userName eq \"{}\"", ALICE.to_uppercase())).await.is(200);
    assert_eq!(found.resources()[0]["id"], json!(id));

    // Okta reads, merges and puts everything back.
    let mut whole = okta.get(&format!("/Users/{id}")).await.is(200).body;
    whole["name"]["familyName"] = json!("Voss-Lind");
    okta.put(&format!("/Users/{id}"), whole).await.is(200);
    assert_eq!(vendor.has(ALICE).await["lastName"], "Voss-Lind");

    let gone = okta.okta_sets_active(&id, false).await.is(200);
    assert_eq!(gone.body["active"], false);
    assert_eq!(vendor.account(ALICE).await, None, "deactivation deletes where there is no other way");
    let hidden = okta.find(&format!("userName eq \"{ALICE}\"")).await.is(200);
    assert_eq!(hidden.resources()[0]["active"], false, "an inactive person stays visible");

    let back = okta.okta_sets_active(&id, true).await.is(200);
    assert_eq!(back.id(), id, "reactivation keeps the id");
    assert_eq!(vendor.has(ALICE).await["lastName"], "Voss-Lind", "what was known comes back");

    okta.delete(&format!("/Users/{id}")).await.is(204);
    okta.get(&format!("/Users/{id}")).await.is_error(404, "");
    assert_eq!(vendor.account(ALICE).await, None);
    okta.okta_creates(ALICE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn entra_takes_a_person_through_a_whole_life() {
    let world = bridge().connection("profile", "entra").start().await;
    let (entra, vendor) = (world.idp(), world.vendor());
    let id = entra.entra_creates(ALICE).await.id();

    let operations = json!([
        { "op": "Replace", "path": "name.familyName", "value": "Lind" },
        { "op": "Add", "path": "emails[type eq \"work\"].value", "value": "mara.lind@example.com" },
        { "op": "Add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "value": "Care" },
    ]);
    let patched = entra.operations(&id, operations).await.is(200);
    assert_eq!(patched.body[idp::ENTERPRISE]["department"], "Care");
    let account = vendor.has("mara.lind@example.com").await;
    assert_eq!(account["lastName"], "Lind");
    assert_eq!(vendor.account(ALICE).await, None, "the address changed on the same account");

    vendor.forget_calls().await;
    entra.entra_sets_active(&id, true).await.is(200);
    assert!(vendor.calls("").await.is_empty(), "a change that changes nothing costs no call");

    entra.entra_sets_active(&id, false).await.is(200);
    assert_eq!(vendor.account("mara.lind@example.com").await, None);
    entra.entra_sets_active(&id, true).await.is(200);
    vendor.has("mara.lind@example.com").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parking_keeps_the_account_and_takes_all_work_away() {
    let world = bridge().setting("deactivation", "park").start().await;
    let id = world.idp().okta_creates(ALICE).await.id();
    let before = world.vendor().has(ALICE).await;
    world.idp().okta_sets_active(&id, false).await.is(200);
    let parked = world.vendor().has(ALICE).await;
    assert_eq!(parked["id"], before["id"]);
    assert_eq!(parked["projectIds"], json!([]), "{parked}");
    world.idp().okta_sets_active(&id, true).await.is(200);
    let back = world.vendor().has(ALICE).await;
    assert_eq!(back["projectIds"], before["projectIds"], "{back}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_saml_id_follows_the_attribute_that_the_mapping_names() {
    let world = bridge().start().await;
    let mut user = idp::okta_user(ALICE);
    user[idp::VENDOR] = json!({ "samlId": "saml-alice", "roleId": "manager", "skillIds": [] });
    let created = world.idp().post("/Users", user).await.is(201);
    assert_eq!(world.vendor().has(ALICE).await["samlId"], "saml-alice");
    let id = created.id();
    let operations = json!([{ "op": "replace", "path": format!("{}:samlId", idp::VENDOR), "value": "saml-other" }]);
    world.idp().operations(&id, operations).await.is(200);
    assert_eq!(world.vendor().has(ALICE).await["samlId"], "saml-other");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_sends_the_changed_fields_only() {
    let world = bridge().start().await;
    let id = world.idp().okta_creates(ALICE).await.id();
    world.vendor().forget_calls().await;
    world
        .idp()
        .operations(&id, json!([{ "op": "replace", "path": "name.givenName", "value": "Marlene" }]))
        .await
        .is(200);
    let calls = world.vendor().calls("userUpdate").await;
    assert_eq!(calls.len(), 1);
    let input = &calls[0]["variables"]["input"];
    let keys: Vec<_> = input.as_object().unwrap().keys().cloned().collect();
    assert_eq!(input["firstName"], "Marlene");
    assert_eq!(keys.len(), 2, "userId and firstName, not {keys:?}");
}
