//! One person from the first day to the last.

use serde_json::json;

use super::{Bridge, OWN};

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_created_with_team_skills_and_roles_in_one_call() {
    let bridge = Bridge::usual().await;
    let own =
        json!({ "team": "Sales", "skills": [{ "value": "Sales", "level": 80 }, { "value": "Swedish", "level": 70 }] });
    let more = json!({ OWN: own, "roles": [{ "value": "Supervisor" }], "phoneNumbers": [{ "type": "work", "value": "4155550101" }] });
    let created = bridge.creates(more).await.is(201);
    assert_eq!(created.body["externalId"], "00u1", "kept by the bridge, because Bright Pattern has no room for it");
    let writes = bridge.writes();
    assert_eq!(writes.len(), 1, "{writes:?}");
    assert_eq!(writes[0].0, "createUser");
    assert_eq!(writes[0].1["password"], "***", "a password was made");
    assert_eq!(bridge.count("getUser"), 1, "OK says nothing of what became of it");
    let account = bridge.has("mara.voss");
    assert_eq!(account["team"], "Sales");
    assert_eq!(account["roles"], json!(["Supervisor"]));
    assert_eq!(account["skills"], json!({ "Sales": 80, "Swedish": 70 }));
    assert_eq!(account["workPhone"], "4155550101");
    assert_eq!((&account["disabled"], &account["changePassword"]), (&json!(false), &json!(false)));
    assert!(account["extension"].is_string(), "{account}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_sends_the_fields_that_differ_and_nothing_that_cannot_change() {
    let bridge = Bridge::with_knobs(json!({ "unsupported_put_field": "refuse" })).await;
    let id = bridge.creates(json!({})).await.is(201).id();
    bridge.vendor.control().clear_calls();
    let team = json!([{ "op": "replace", "path": format!("{OWN}:team"), "value": "Sales" }]);
    bridge.idp().operations(&id, team).await.is(200);
    assert_eq!(bridge.has("mara.voss")["team"], "Sales");
    bridge.idp().okta_sets_active(&id, false).await.is(200);
    assert_eq!(bridge.has("mara.voss")["disabled"], true);
    bridge.idp().entra_sets_active(&id, true).await.is(200);
    assert_eq!(bridge.has("mara.voss")["disabled"], false);
    let bodies: Vec<_> = bridge.writes().into_iter().map(|(_, body)| body).collect();
    assert_eq!(bodies, [json!({ "team": "Sales" }), json!({ "disabled": true }), json!({ "disabled": false })]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_travels_with_the_word_on_whether_it_must_be_changed() {
    let bridge = Bridge::with_settings(json!({ "change_password": true })).await;
    let id = bridge.creates(json!({})).await.is(201).id();
    assert_eq!(bridge.has("mara.voss")["changePassword"], true);
    // she has changed it
    bridge.act("edit", &json!({ "loginId": "mara.voss", "set": { "changePassword": false } }));
    bridge.idp().okta_sets_active(&id, true).await.is(200);
    assert_eq!(bridge.has("mara.voss")["changePassword"], false, "nobody asks her again");
    bridge
        .idp()
        .operations(&id, json!([{ "op": "replace", "value": { "password": "Fresh-Secret-99" } }]))
        .await
        .is(200);
    assert_eq!(bridge.has("mara.voss")["changePassword"], true);
    let body = bridge.writes().pop().expect("a call").1;
    assert_eq!(body, json!({ "password": "***", "changePassword": true }));
}

#[tokio::test(flavor = "multi_thread")]
async fn people_who_sign_in_elsewhere_get_no_password() {
    let bridge = Bridge::with_settings(json!({ "send_password": false })).await;
    bridge.creates(json!({ "password": "Fresh-Secret-99" })).await.is(201);
    let body = bridge.writes().pop().expect("a call").1;
    assert_eq!((body.get("password"), body.get("changePassword")), (None, None), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_deleted_is_disabled_and_comes_back_to_the_same_account() {
    let bridge = Bridge::usual().await;
    let id = bridge.creates(json!({})).await.is(201).id();
    let before = bridge.has("mara.voss")["id"].clone();
    bridge.idp().delete(&format!("/Users/{id}")).await.is(204);
    bridge.idp().get(&format!("/Users/{id}")).await.is(404);
    assert_eq!(bridge.has("mara.voss")["disabled"], true);
    assert_eq!(bridge.count("deleteUser"), 0);
    bridge.creates(json!({})).await.is(201);
    let account = bridge.has("mara.voss");
    assert_eq!((&account["disabled"], &account["id"]), (&json!(false), &before));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_deleted_is_deleted_where_the_setting_says_so() {
    let bridge = Bridge::with_settings(json!({ "on_delete": "delete" })).await;
    let id = bridge.creates(json!({})).await.is(201).id();
    bridge.idp().delete(&format!("/Users/{id}")).await.is(204);
    assert_eq!(bridge.account("mara.voss"), None);
    assert_eq!(bridge.count("deleteUser"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_as_username_is_encoded_in_paths() {
    let bridge = Bridge::usual().await;
    let id = bridge.creates(json!({ "userName": "mara voss+1@example.com" })).await.is(201).id();
    bridge.idp().okta_sets_active(&id, false).await.is(200);
    assert_eq!(bridge.has("mara voss+1@example.com")["disabled"], true);
    let paths: Vec<_> = bridge.calls(|call| call.operation == "updateUser").into_iter().map(|call| call.path).collect();
    assert_eq!(paths, ["/configapi/v2/user/mara%20voss%2B1%40example.com"]);
}
