//! With the vendor's own SCIM API beside the Configuration API (`vendor_scim: true`).

use serde_json::{Value, json};

use super::{Bridge, OWN, Wish};

async fn hybrid(knobs: Value) -> Bridge {
    let mut all = json!({ "username_changes": true });
    super::merge(&mut all, knobs);
    Bridge::start(Wish { settings: json!({ "vendor_scim": true }), knobs: all, ..Wish::default() }).await
}

fn replace(path: &str, value: &Value) -> Value {
    json!([{ "op": "replace", "path": path, "value": value }])
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_configuration_api_cannot_change_the_scim_api_changes() {
    let bridge = hybrid(json!({})).await;
    let id = bridge.creates(json!({})).await.is(201).id();
    bridge.vendor.control().clear_calls();
    let operations = json!([
        { "op": "replace", "path": "name.familyName", "value": "King" },
        { "op": "replace", "path": "title", "value": "Lead" },
        { "op": "replace", "path": "nickName", "value": "mk" },
        { "op": "replace", "path": "timezone", "value": "Europe/Stockholm" },
        { "op": "replace", "path": "emails[type eq \"work\"].value", "value": "king@example.com" },
        { "op": "replace", "path": "roles", "value": [{ "value": "Agent" }, { "value": "Supervisor" }] },
        { "op": "add", "path": "phoneNumbers", "value": [{ "type": "mobile", "value": "4155550102" }] },
        { "op": "add", "path": "addresses", "value": [{ "type": "work", "country": "SE", "locality": "Malmö" }] },
        { "op": "replace", "path": format!("{OWN}:team"), "value": "Sales" },
    ]);
    bridge.idp().operations(&id, operations).await.is(200);
    let account = bridge.has("mara.voss");
    assert_eq!((&account["lastName"], &account["firstName"]), (&json!("King"), &json!("Mara")));
    assert_eq!((&account["email"], &account["title"]), (&json!("king@example.com"), &json!("Lead")));
    assert_eq!((&account["mobilePhone"], &account["team"]), (&json!("4155550102"), &json!("Sales")));
    assert_eq!(account["roles"], json!(["Agent", "Supervisor"]));
    let calls: Vec<_> = bridge.writes().into_iter().map(|(operation, _)| operation).collect();
    assert_eq!(calls, ["scimPatchUser", "scimPatchUser", "scimPatchUser", "scimPatchUser", "updateUser"]);
    assert_eq!(bridge.count("scimFindUsers"), 1, "the other key is found once");
    bridge.vendor.control().clear_calls();
    bridge.idp().okta_sets_active(&id, false).await.is(200);
    let calls: Vec<_> = bridge.writes().into_iter().map(|(operation, _)| operation).collect();
    assert_eq!(calls, ["updateUser"], "access is the matter of the Configuration API");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_renamed_is_reached_by_the_new_name_at_once() {
    let bridge = hybrid(json!({})).await;
    let id = bridge.creates(json!({})).await.is(201).id();
    bridge.idp().operations(&id, replace("userName", &json!("mara.king"))).await.is(200);
    assert_eq!(bridge.account("mara.voss"), None);
    assert_eq!(bridge.has("mara.king")["disabled"], false);
    bridge.idp().okta_sets_active(&id, false).await.is(200);
    assert_eq!(bridge.has("mara.king")["disabled"], true);
    assert_eq!(bridge.count("createUser"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_renamed_at_the_vendor_is_followed() {
    let bridge = hybrid(json!({})).await;
    let id = bridge.creates(json!({})).await.is(201).id();
    bridge.idp().operations(&id, replace("title", &json!("Lead"))).await.is(200);
    bridge.act("edit", &json!({ "loginId": "mara.voss", "set": { "loginId": "mara.hand" } }));
    bridge.idp().okta_sets_active(&id, false).await.is(200);
    assert_eq!(bridge.has("mara.hand")["disabled"], true);
    assert_eq!(bridge.count("createUser"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_does_not_allow_other_usernames_is_named() {
    let bridge = hybrid(json!({ "username_changes": false })).await;
    let id = bridge.creates(json!({})).await.is(201).id();
    let refused = bridge.idp().operations(&id, replace("userName", &json!("mara.king"))).await;
    refused.is_error(400, "invalidValue").says("service provider");
    assert_eq!(bridge.idp().get(&format!("/Users/{id}")).await.is(200).body["userName"], "mara.voss");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_gives_an_allowed_role_and_takes_it_away() {
    let bridge = hybrid(json!({})).await;
    let id = bridge.creates(json!({})).await.is(201).id();
    let supervisors = bridge.idp().creates_group("Role Supervisor", &[&id]).await.is(201).id();
    assert_eq!(bridge.has("mara.voss")["roles"], json!(["Supervisor"]));
    bridge.idp().creates_group("Role System Administrator", &[&id]).await.is_error(400, "invalidValue").says("allowed");
    bridge.idp().delete(&format!("/Groups/{supervisors}")).await.is(204);
    assert_eq!(bridge.has("mara.voss")["roles"], json!(["Agent"]), "the usual one is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_take_roles_as_texts_are_a_setting() {
    let settings = json!({ "vendor_scim": true, "scim_roles": "texts" });
    let knobs = json!({ "scim_roles_shape": "strings", "scim_samples": "2020" });
    let bridge = Bridge::start(Wish { settings, knobs, ..Wish::default() }).await;
    let id = bridge.creates(json!({})).await.is(201).id();
    bridge.idp().operations(&id, replace("roles", &json!([{ "value": "Supervisor" }]))).await.is(200);
    assert_eq!(bridge.has("mara.voss")["roles"], json!(["Supervisor"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_goes_and_the_extension_stays() {
    let bridge = hybrid(json!({})).await;
    let phones = json!([{ "type": "work", "value": "4155550101" }, { "type": "mobile", "value": "4155550102" }]);
    let id = bridge.creates(json!({ "phoneNumbers": phones })).await.is(201).id();
    let extension = bridge.has("mara.voss")["extension"].clone();
    bridge.idp().operations(&id, json!([{ "op": "remove", "path": "phoneNumbers[type eq \"mobile\"]" }])).await.is(200);
    let account = bridge.has("mara.voss");
    assert_eq!((&account["workPhone"], &account["extension"]), (&json!("4155550101"), &extension));
    assert_eq!(account.get("mobilePhone"), None, "{account}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_it_a_change_can_be_left_and_told() {
    let bridge = Bridge::with_settings(json!({ "cannot_change": "report" })).await;
    let id = bridge.creates(json!({})).await.is(201).id();
    bridge.idp().operations(&id, replace("name.familyName", &json!("King"))).await.is(200);
    assert_eq!(bridge.has("mara.voss")["lastName"], "Voss");
    let story = bridge.run(&["story", "mara.voss"]);
    let story = String::from_utf8_lossy(&story.stdout).into_owned();
    assert!(story.contains("lastName"), "{story}");
}
