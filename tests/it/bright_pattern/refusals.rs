//! What the API cannot do, and what it refuses.

use serde_json::json;

use super::{Bridge, OWN, mara};

#[tokio::test(flavor = "multi_thread")]
async fn what_the_api_cannot_change_is_refused_with_the_attribute() {
    let bridge = Bridge::usual().await;
    let id = bridge.creates(json!({})).await.is(201).id();
    bridge.vendor.control().clear_calls();
    for (path, value, attribute) in [
        ("name.familyName", json!("King"), "name.familyName"),
        ("name.givenName", json!("Ada"), "name.givenName"),
        ("userName", json!("mara.king"), "userName"),
        ("emails[type eq \"work\"].value", json!("king@example.com"), "emails"),
        ("roles", json!([{ "value": "Supervisor" }]), "roles"),
    ] {
        let operations = json!([{ "op": "replace", "path": path, "value": value }]);
        let refused = bridge.idp().operations(&id, operations).await.is_error(400, "mutability");
        assert!(refused.detail().contains(attribute), "{path}: {}", refused.detail());
    }
    assert!(bridge.vendor.calls().is_empty(), "nothing was sent");
    let shown = bridge.idp().get(&format!("/Users/{id}")).await.is(200);
    assert_eq!(shown.body["name"]["familyName"], "Voss");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_against_the_policy_is_told_without_it() {
    let bridge = Bridge::usual().await;
    let id = bridge.creates(json!({})).await.is(201).id();
    let operations = json!([{ "op": "replace", "value": { "password": "short1" } }]);
    let refused = bridge.idp().operations(&id, operations).await.is_error(400, "invalidValue").says("security policy");
    assert!(!refused.text.contains("short1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_center_that_wants_an_address_gets_the_username_when_it_is_one() {
    let bridge = Bridge::with_knobs(json!({ "require_email": true })).await;
    bridge.creates(json!({ "emails": null })).await.is_error(400, "invalidValue").says("emails");
    bridge.creates(json!({ "emails": null, "userName": "mara@example.com" })).await.is(201);
    assert_eq!(bridge.has("mara@example.com")["email"], "mara@example.com");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_extension_that_somebody_has_is_a_conflict() {
    let bridge = Bridge::usual().await;
    bridge.creates(json!({ OWN: { "extension": "2051" } })).await.is_error(409, "uniqueness").says("phone extension");
    assert_eq!(bridge.account("mara.voss"), None);
    bridge.creates(json!({ OWN: { "extension": "2777" } })).await.is(201);
    assert_eq!(bridge.has("mara.voss")["extension"], "2777");
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_understood_in_every_form() {
    for shape in ["text", "text_plain", "json"] {
        let bridge = Bridge::with_knobs(json!({ "error_shape": shape })).await;
        bridge.creates(json!({ OWN: { "team": "Nope" } })).await.is_error(400, "invalidValue").says("no team");
        bridge.creates(json!({ "roles": [{ "value": "Boss" }] })).await.is_error(400, "invalidValue").says("allowed");
        bridge.creates(json!({ OWN: { "extension": "2051" } })).await.is_error(409, "uniqueness");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_gone_is_told_from_a_skill_that_is_not_there_by_reading() {
    let bridge = Bridge::usual().await;
    let id = bridge.creates(json!({})).await.is(201).id();
    bridge.fault(&json!([{ "match": { "operation": "updateUser" }, "do": { "status": 404, "body": "no" } }]));
    bridge.vendor.control().clear_calls();
    let skills =
        json!([{ "op": "add", "path": format!("{OWN}:skills"), "value": [{ "value": "Swedish", "level": 7 }] }]);
    let refused = bridge.idp().operations(&id, skills.clone()).await.is_error(400, "invalidValue");
    assert!(refused.detail().contains("no skill"), "{}", refused.detail());
    assert_eq!(
        (bridge.count("updateUser"), bridge.count("getUser")),
        (1, 2),
        "before the change, and because of the answer"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_and_a_failure_are_waited_for() {
    let bridge = Bridge::usual().await;
    bridge.fault(&json!([
        { "match": { "operation": "createUser" }, "do": { "limit": { "seconds": 1, "form": "none" } } },
        { "match": { "operation": "getUser" }, "do": { "status": 503 } },
    ]));
    bridge.creates(json!({})).await.is(201);
    assert_eq!(bridge.count("createUser"), 2);
    assert_eq!(bridge.has("mara.voss")["team"], "Customer Service");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_privilege_that_is_missing_is_the_administrators_matter_and_not_the_idps() {
    let roles =
        json!([{ "name": "Agent", "default": true }, { "name": "System Administrator" }, { "name": "Provisioning" }]);
    let seed = json!({ "roles": roles, "users": [] });
    let bridge = Bridge::start(super::Wish {
        seed: Some(seed),
        connection: json!({ "answer_within": 2 }),
        ..super::Wish::default()
    })
    .await;
    let refused = bridge.idp().post("/Users", mara(json!({}))).await;
    assert_eq!(refused.status, 503, "{}", refused.text);
    assert!(String::from_utf8_lossy(&bridge.run(&["pending"]).stdout).contains("Manage users"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_ignores_what_it_does_not_support_is_found_out() {
    let bridge = Bridge::start(super::Wish {
        knobs: json!({ "put_team": false }),
        connection: json!({ "answer_within": 20 }),
        ..super::Wish::default()
    })
    .await;
    let id = bridge.creates(json!({})).await.is(201).id();
    let team = json!([{ "op": "replace", "path": format!("{OWN}:team"), "value": "Sales" }]);
    bridge.idp().operations(&id, team).await.is_error(400, "invalidValue").says("kept the old value of team");
}
