//! The life of a person and of a team, call by call.

use serde_json::{Value, json};

use super::server::Quay;
use super::{ada, bridge_to};
use crate::support::idp::ENTERPRISE;

#[tokio::test]
async fn a_person_is_created_with_what_the_create_takes_and_the_rest_follows() {
    let vendor = Quay::start();
    let bridge = bridge_to(&vendor);
    let more =
        json!({ "phoneNumbers": [{ "type": "mobile", "value": "+44 20" }], ENTERPRISE: { "department": "care" } });
    bridge.idp().post("/Users", ada(more)).await.is(201);
    let ada = vendor.with(|quay| quay.person("ada")).expect("she is there");
    assert_eq!(ada["mail"], "ada@example.com");
    assert_eq!(ada["mobile"], "+44 20");
    assert_eq!(ada["department"]["title"], "Care");
    assert_eq!(vendor.changes(), ["POST /v7/people", "PATCH /v7/people/401"], "she is enabled already");
}

#[tokio::test]
async fn whoever_begins_inactive_gets_an_account_when_it_begins_to_matter() {
    let vendor = Quay::start();
    let bridge = bridge_to(&vendor);
    let id = bridge.idp().post("/Users", ada(json!({ "active": false }))).await.is(201).id();
    assert_eq!(vendor.changes(), Vec::<String>::new());
    bridge.idp().okta_sets_active(&id, true).await.is(200);
    assert_eq!(vendor.changes(), ["POST /v7/people"]);
    assert_eq!(vendor.with(|quay| quay.person("ada")).expect("she is there")["state"], "enabled");
}

#[tokio::test]
async fn a_change_carries_the_changed_fields_alone_and_the_newest_revision() {
    let vendor = Quay::start();
    let bridge = bridge_to(&vendor);
    let id = bridge.idp().post("/Users", ada(json!({}))).await.is(201).id();
    vendor.asked();
    let operations = json!([
        { "op": "Replace", "path": "userName", "value": "ada.king" },
        { "op": "Add", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "+44 20" },
    ]);
    bridge.idp().operations(&id, operations).await.is(200);
    let sent = vendor.asked();
    let patch = sent.iter().find(|asked| asked.method == "PATCH").expect("a change");
    assert_eq!(patch.body, json!({ "login": "ada.king", "mobile": "+44 20" }));
    assert_eq!(patch.header("if-match"), Some("\"p401-1\""));

    bridge.idp().operations(&id, json!([{ "op": "remove", "path": "phoneNumbers" }])).await.is(200);
    let sent = vendor.asked();
    let patch = sent.iter().find(|asked| asked.method == "PATCH").expect("a change");
    assert_eq!(patch.body, json!({ "mobile": null }), "a value that is gone is told");
}

#[tokio::test]
async fn leaving_and_coming_back_are_calls_of_their_own_and_deletion_deletes() {
    let vendor = Quay::start();
    let bridge = bridge_to(&vendor);
    let idp = bridge.idp();
    let id = idp.post("/Users", ada(json!({}))).await.is(201).id();
    vendor.asked();
    idp.okta_sets_active(&id, false).await.is(200);
    assert_eq!(vendor.with(|quay| quay.person("ada")).expect("she is there")["state"], "disabled");
    idp.okta_sets_active(&id, false).await.is(200);
    idp.entra_sets_active(&id, true).await.is(200);
    assert_eq!(vendor.with(|quay| quay.person("ada")).expect("she is there")["state"], "enabled");
    idp.delete(&format!("/Users/{id}")).await.is(204);
    assert!(vendor.with(|quay| quay.person("ada")).is_none());
    assert_eq!(
        vendor.changes(),
        ["POST /v7/people/401/disable", "POST /v7/people/401/enable", "DELETE /v7/people/401"]
    );
    idp.get(&format!("/Users/{id}")).await.is(404);
}

#[tokio::test]
async fn somebody_archived_stays_archived_when_the_idp_says_inactive() {
    let vendor = Quay::start();
    vendor.with(|quay| quay.makes("ada", "ada@example.com", "archived"));
    let bridge = bridge_to(&vendor);
    let id = bridge.idp().post("/Users", ada(json!({ "active": false }))).await.is(201).id();
    bridge.idp().okta_sets_active(&id, false).await.is(200);
    let ada = vendor.with(|quay| quay.person("ada")).expect("she is there");
    assert_eq!((&ada["id"], &ada["state"]), (&json!(401), &json!("archived")));
    bridge.idp().okta_sets_active(&id, true).await.is(200);
    assert_eq!(vendor.with(|quay| quay.person("ada")).expect("she is there")["state"], "enabled");
}

#[tokio::test]
async fn an_account_of_before_is_taken_over_and_only_what_differs_is_changed() {
    let vendor = Quay::start();
    vendor.with(|quay| {
        quay.makes("ada.lovelace", "x-ada@example.com", "enabled");
        quay.makes("Ada", "ada@example.com", "enabled");
        quay.makes("ada2", "ada2@example.com", "enabled");
    });
    let bridge = bridge_to(&vendor);
    bridge.idp().post("/Users", ada(json!({ "userName": "Ada" }))).await.is(201);
    let sent = vendor.asked();
    let patches: Vec<&Value> = sent.iter().filter(|asked| asked.method == "PATCH").map(|asked| &asked.body).collect();
    assert_eq!(patches, [&json!({ "given": "Ada", "family": "Byron" })]);
    let people = vendor.with(|quay| quay.people.len());
    assert_eq!(people, 4, "nobody is made beside whom the vendor has, and hits that only contain the name are nobody");
}

#[tokio::test]
async fn everybody_on_all_pages_is_imported_with_names_for_ids_and_applications_are_left_alone() {
    let vendor = Quay::start();
    vendor.with(|quay| {
        let night = quay.makes_team("Night");
        for number in 0..45 {
            let state = if number == 7 { "disabled" } else { "enabled" };
            let id = quay.makes(&format!("p{number}"), &format!("p{number}@example.com"), state);
            quay.people.get_mut(&id).expect("just made").teams.insert(night);
        }
    });
    let bridge = bridge_to(&vendor);
    let output = bridge.run(&["import", "--config", "bridge.yaml", "--connection", "it"]).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let page = bridge.idp().get("/Users?count=100").await.is(200);
    assert_eq!(page.resources().len(), 45);
    let seven = page.resources().iter().find(|user| user["userName"] == "p7").expect("he is there");
    assert_eq!(seven["active"], false);
    assert_eq!(seven[ENTERPRISE]["department"], "Care");
    let left_alone = bridge.idp().find(&format!("userName eq \"{}\"", super::APP)).await.is(200);
    assert_eq!(left_alone.body["totalResults"], 0);
    assert_eq!(vendor.changes(), Vec::<String>::new(), "an import changes nothing");
}
