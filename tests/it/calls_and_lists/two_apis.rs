//! Two APIs of one vendor in one plan: each is told what only it can change, and the second knows people by keys of its own.

use scim_bridge::simulator::VendorKind;
use scim_bridge::simulator::brightpattern::{API_SECRET, SERVICE_LOGIN};
use serde_json::{Value, json};

use super::Scene;
use crate::support::idp::USER;

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// A bridge to the vendor with its second API; `settings` besides the usual ones.
async fn scene(settings: Value) -> Scene {
    let secrets = json!({ "client_id": SERVICE_LOGIN, "client_secret": API_SECRET });
    let scene = Scene::start_with(VendorKind::BrightPattern, "two_apis", secrets, settings, json!({})).await;
    scene.vendor.control().set_knobs(&json!({ "vendor_scim": "on", "username_changes": true })).expect("knobs");
    scene
}

async fn hybrid() -> Scene {
    scene(json!({})).await
}

fn ada(more: &Value) -> Value {
    let mut ada = json!({
        "schemas": [USER, ENTERPRISE], "userName": "ada", "name": { "givenName": "Ada", "familyName": "King" }, "active": true,
        "emails": [{ "type": "work", "value": "ada@example.com" }], "roles": [{ "value": "Agent" }],
        "phoneNumbers": [{ "type": "work", "value": "4155550101" }, { "type": "mobile", "value": "4155550102" }],
        ENTERPRISE: { "department": "Sales" },
    });
    ada.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
    ada
}

fn replace(path: &str, value: &str) -> Value {
    json!([{ "op": "replace", "path": path, "value": value }])
}

impl Scene {
    fn login(&self, login: &str) -> Option<Value> {
        let state = self.state();
        state["users"].as_array().expect("users").iter().find(|user| user["loginId"] == login).cloned()
    }

    /// Method and last part of the path of each call since the last time, tokens left out.
    fn sent(&self) -> Vec<String> {
        let calls = self.vendor.calls();
        let calls = calls.iter().filter(|call| !call.path.ends_with("/token"));
        let sent = calls.map(|call| {
            let api = if call.path.contains("/scim/") { "second" } else { "first" };
            format!("{} {api}", call.method)
        });
        let sent = sent.collect();
        self.vendor.control().clear_calls();
        sent
    }

    fn story(&self, name: &str) -> String {
        let run = self.run(&["story", "--config", "bridge.yaml", name]);
        String::from_utf8_lossy(&run.stdout).into_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_api_is_told_what_only_it_can_change() {
    let scene = hybrid().await;
    let id = scene.idp().post("/Users", ada(&json!({}))).await.is(201).id();
    let before = scene.login("ada").expect("Ada");
    scene.sent();
    let both = json!([
        { "op": "replace", "path": "name.familyName", "value": "Lovelace" }, { "op": "replace", "path": "title", "value": "Countess" },
        { "op": "replace", "path": "emails[type eq \"work\"].value", "value": "countess@example.com" },
        { "op": "replace", "path": "roles", "value": [{ "value": "Agent" }, { "value": "Supervisor" }] },
        { "op": "replace", "path": format!("{ENTERPRISE}:department"), "value": "Customer Service" },
    ]);
    scene.idp().operations(&id, both).await.is(200);
    assert_eq!(scene.sent(), ["PUT first", "GET first", "GET second", "PATCH second", "GET first"]);
    let after = scene.login("ada").expect("Ada");
    let shown =
        ["firstName", "lastName", "title", "email", "team"].map(|field| after[field].as_str().unwrap_or_default());
    assert_eq!(shown, ["Ada", "Lovelace", "Countess", "countess@example.com", "Customer Service"]);
    assert_eq!((&after["roles"], &after["extension"]), (&json!(["Agent", "Supervisor"]), &before["extension"]));

    let calls = json!([{ "op": "remove", "path": "phoneNumbers[type eq \"mobile\"]" }]);
    scene.idp().operations(&id, calls).await.is(200);
    assert_eq!(scene.sent(), ["PATCH second", "GET first"], "the key at the second API is known by now");
    let after = scene.login("ada").expect("Ada");
    assert_eq!((&after["workPhone"], &after["mobilePhone"]), (&json!("4155550101"), &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rename_at_the_second_api_is_a_new_key_at_the_first() {
    let scene = hybrid().await;
    let id = scene.idp().post("/Users", ada(&json!({}))).await.is(201).id();
    scene.idp().operations(&id, replace("userName", "ada.king")).await.is(200);
    assert_eq!(scene.login("ada"), None);
    scene.sent();
    scene.idp().operations(&id, replace("name.givenName", "Augusta")).await.is(200);
    assert_eq!(scene.sent(), ["PATCH second", "GET first"]);
    scene.idp().okta_sets_active(&id, false).await.is(200);
    let there = scene.login("ada.king").expect("Ada under her new name");
    assert_eq!((&there["firstName"], &there["disabled"]), (&json!("Augusta"), &json!(true)));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_renamed_behind_the_bridges_back_is_followed_and_not_made_again() {
    let scene = hybrid().await;
    let id = scene.idp().post("/Users", ada(&json!({ "title": "Countess" }))).await.is(201).id();
    let uuid = scene.login("ada").expect("Ada")["id"].clone();
    let by_hand = json!({ "loginId": "ada", "set": { "loginId": "by.hand" } });
    scene.vendor.control().act("edit", &by_hand).expect("an edit");
    scene.idp().okta_sets_active(&id, false).await.is(200);
    let there = scene.login("by.hand").expect("who leaves loses access under whatever name");
    assert_eq!((&there["disabled"], &there["id"]), (&json!(true), &uuid));
    assert_eq!(scene.login("ada"), None);
    assert!(scene.story("ada").contains("was renamed at Twofold"), "{}", scene.story("ada"));

    scene.idp().put(&format!("/Users/{id}"), ada(&json!({ "title": "Countess" }))).await.is(200);
    let there = scene.login("ada").expect("the IdP decides about the name again");
    assert_eq!((&there["disabled"], &there["id"]), (&json!(false), &uuid));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_account_is_to_be_given_and_is_not_there_is_refused_and_taken_back() {
    let scene = hybrid().await;
    let id = scene.idp().post("/Users", ada(&json!({}))).await.is(201).id();
    let roles = json!([{ "op": "replace", "path": "roles", "value": [{ "value": "Pirate" }] }]);
    scene.idp().operations(&id, roles.clone()).await.is_error(400, "invalidValue").says("there is no such role");
    // a vendor that says no more than 404: the person was found just now
    scene.vendor.control().set_knobs(&json!({ "scim_error_shape": "scim" })).expect("a knob");
    scene.idp().operations(&id, roles).await.is_error(400, "invalidValue");
    assert_eq!(scene.login("ada").expect("Ada")["roles"], json!(["Agent"]));
    assert_eq!(
        scene.state()["users"].as_array().expect("users").iter().filter(|user| user["firstName"] == "Ada").count(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_second_api_a_change_is_refused_and_an_account_that_differs_is_taken_over() {
    let scene = scene(json!({ "second_api": false })).await;
    scene.vendor.control().set_knobs(&json!({ "vendor_scim": "off" })).expect("a knob");
    let first = json!({ "loginId": "ada", "firstName": "Augusta", "lastName": "King" });
    scene.vendor.control().act("jit", &first).expect("somebody signs in first");
    let id = scene.idp().post("/Users", ada(&json!({}))).await.is(201).id();
    let there = scene.login("ada").expect("Ada");
    assert_eq!((&there["firstName"], &there["team"]), (&json!("Augusta"), &json!("Sales")));
    assert!(scene.story("ada").contains("changes firstName by update.person only"), "{}", scene.story("ada"));
    // the same wish again asks for nothing new
    let again = ada(&json!({ ENTERPRISE: { "department": "Customer Service" } }));
    scene.idp().put(&format!("/Users/{id}"), again).await.is(200);
    assert_eq!(scene.login("ada").expect("Ada")["team"], "Customer Service");
    let refused = scene.idp().operations(&id, replace("name.givenName", "Byron")).await;
    refused.is_error(400, "mutability").says("settings.second_api of the connection switches that off");
    assert_eq!(scene.idp().get(&format!("/Users/{id}")).await.body["name"]["givenName"], "Ada");
}

#[tokio::test(flavor = "multi_thread")]
async fn or_the_change_is_reported_and_the_account_stays_as_it_is() {
    let scene = scene(json!({ "second_api": false, "unchangeable": "report" })).await;
    let id = scene.idp().post("/Users", ada(&json!({}))).await.is(201).id();
    scene.sent();
    scene.idp().operations(&id, replace("name.familyName", "Lovelace")).await.is(200);
    assert!(scene.sent().is_empty());
    assert_eq!(scene.login("ada").expect("Ada")["lastName"], "King");
    let story = scene.story("ada");
    assert!(story.contains("the account keeps its value (SCIM attribute name.familyName)"), "{story}");
}
