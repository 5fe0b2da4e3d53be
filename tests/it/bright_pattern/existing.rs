//! Accounts that are there already: taken over, imported, found again after a lost answer.

use serde_json::{Value, json};

use super::{Bridge, OWN};

/// The vendor's Maria, as an IdP says her.
fn maria(more: Value) -> Value {
    let mut maria = json!({
        "schemas": [crate::support::idp::USER], "userName": "maria.lind", "active": true,
        "name": { "givenName": "Maria", "familyName": "Lind" }, "emails": [{ "type": "work", "value": "maria.lind@acme.example" }],
    });
    super::merge(&mut maria, more);
    maria
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_there_is_taken_over_and_keeps_what_nobody_speaks_of() {
    let bridge = Bridge::usual().await;
    let before = bridge.has("maria.lind");
    let created = bridge.idp().post("/Users", maria(json!({}))).await.is(201);
    assert_eq!(created.body["phoneNumbers"][0]["value"], "4155550101", "kept, because the IdP says nothing of it");
    assert_eq!(bridge.has("maria.lind"), before);
    assert_eq!((bridge.count("createUser"), bridge.count("getUser"), bridge.count("updateUser")), (1, 1, 0));
    let own = json!([{ "op": "replace", "path": format!("{OWN}:team"), "value": "Sales" }]);
    bridge.idp().operations(&created.id(), own).await.is(200);
    assert_eq!(bridge.has("maria.lind")["team"], "Sales");
    assert_eq!(bridge.has("maria.lind")["skills"], before["skills"], "others gave them");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_put_that_leaves_team_roles_and_phones_out_changes_none_of_them() {
    let bridge = Bridge::usual().await;
    bridge.act("edit", &json!({ "loginId": "maria.lind", "set": { "team": "Sales", "roles": ["Supervisor"] } }));
    let id = bridge.idp().post("/Users", maria(json!({}))).await.is(201).id();
    let before = bridge.has("maria.lind");
    bridge.vendor.control().clear_calls();
    bridge.idp().put(&format!("/Users/{id}"), maria(json!({ "emails": null }))).await.is(200);
    assert_eq!(bridge.has("maria.lind"), before);
    assert!(bridge.writes().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_single_sign_on_has_just_made_is_taken_over() {
    let bridge = Bridge::usual().await;
    bridge.act(
        "jit",
        &json!({ "loginId": "mara.voss", "firstName": "Mara", "lastName": "Voss", "email": "mara@example.com" }),
    );
    bridge.creates(json!({ OWN: { "team": "Sales", "skills": [{ "value": "Sales", "level": 80 }] } })).await.is(201);
    let account = bridge.has("mara.voss");
    assert_eq!((&account["team"], &account["skills"]), (&json!("Sales"), &json!({ "Sales": 80 })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_whose_answer_is_lost_makes_one_account() {
    let bridge = Bridge::usual().await;
    bridge.fault(&json!([{ "match": { "operation": "createUser" }, "do": { "cut": "after" } }]));
    bridge.creates(json!({})).await.is(201);
    assert_eq!(bridge.count("createUser"), 1, "the answer was lost, and the account is there");
    bridge.fault(&json!([{ "match": { "operation": "createUser" }, "do": { "cut": "before" } }]));
    bridge.creates(json!({ "userName": "other.one", "externalId": "00u2" })).await.is(201);
    assert_eq!(bridge.count("createUser"), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_is_imported_from_the_directory_and_read_one_by_one() {
    for key in ["loginId", "login_id"] {
        everybody_is_imported(&Bridge::with_knobs(json!({ "directory_key": key })).await).await;
    }
}

async fn everybody_is_imported(bridge: &Bridge) {
    let imported = bridge.run(&["import", "--connection", "it"]);
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
    assert_eq!(bridge.count("exportUserPhoneNumbers"), 1);
    let users = bridge.idp().get("/Users?count=100").await.is(200);
    let names: Vec<_> = users.resources().iter().filter_map(|user| user["userName"].as_str()).collect();
    for name in ["maria.lind", "lars.berg", "olle.off", "lock.out"] {
        assert!(names.contains(&name), "{names:?}");
    }
    let olle = users.resources().iter().find(|user| user["userName"] == "olle.off").expect("imported");
    assert_eq!((&olle["active"], &olle["groups"][0]["display"]), (&json!(false), &json!("Team Sales")));
    assert!(!users.text.contains("192.0.2.10"));
    assert!(bridge.writes().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_somebody_deleted_is_made_again() {
    let bridge = Bridge::usual().await;
    let id = bridge.creates(json!({})).await.is(201).id();
    bridge.vendor.control().clear_calls();
    let state = bridge.vendor.state();
    assert!(state["users"].is_array());
    deletes(&bridge, "mara.voss").await;
    let own = json!([{ "op": "replace", "path": format!("{OWN}:team"), "value": "Sales" }]);
    bridge.idp().operations(&id, own).await.is(200);
    assert_eq!(bridge.has("mara.voss")["team"], "Sales");
}

/// Somebody deletes an account by the vendor's own API.
async fn deletes(bridge: &Bridge, login_id: &str) {
    use scim_bridge::simulator::brightpattern::{API_SECRET, SERVICE_LOGIN, TENANT};
    let http = crate::support::http_client();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", SERVICE_LOGIN),
        ("client_secret", API_SECRET),
        ("scope", TENANT),
    ];
    let url = bridge.vendor.url();
    #[expect(clippy::disallowed_methods, reason = "a test talks to the simulator directly")]
    let token = http.post(format!("{url}/configapi/v2/oauth/token")).form(&form).send().await.expect("an answer");
    let token: Value = serde_json::from_str(&token.text().await.expect("a body")).expect("JSON");
    let token = token["access_token"].as_str().expect("a token").to_owned();
    let request = http.delete(format!("{url}/configapi/v2/user/{login_id}")).bearer_auth(token);
    #[expect(clippy::disallowed_methods, reason = "a test talks to the simulator directly")]
    let answer = request.send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
}
