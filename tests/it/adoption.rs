//! Accounts that were there before: taken over instead of duplicated, imported, and left alone when protected.

use serde_json::{Value, json};

use scim_bridge::simulator::iadvize::SERVICE_EMAIL as ADMIN;

use crate::support::{bridge, eventually, idp};

const OPERATOR: &str = "operator@example.com";

#[tokio::test(flavor = "multi_thread")]
async fn an_existing_account_is_adopted_and_not_duplicated() {
    let world = bridge().start().await;
    let before = world.vendor().makes(OPERATOR).await;
    let id = world.idp().post("/Users", idp::okta_user(OPERATOR)).await.is(201).id();
    let accounts = world.vendor().accounts(OPERATOR).await;
    assert_eq!(accounts.len(), 1);
    assert_eq!(accounts[0]["id"], before["id"]);
    assert_eq!(accounts[0]["lastName"], "Voss", "what the IdP says holds now");
    let story = world.run(&["story", "--config", "bridge.yaml", OPERATOR]);
    assert!(String::from_utf8_lossy(&story.stdout).contains("adopted"), "{story:?}");
    world.idp().delete(&format!("/Users/{id}")).await.is(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_adopted_account_keeps_what_the_idp_says_nothing_about() {
    const VETERAN: &str = "olivia.operator@example.com";
    let world = bridge().start().await;
    let before = world.vendor().has(VETERAN).await;
    assert!(before["groupId"] == 55 && before["skillIds"] == json!([901]), "somebody with something to lose: {before}");
    let created =
        world.idp().post("/Users", json!({ "userName": VETERAN, "name": { "familyName": "King" } })).await.is(201);
    let after = world.vendor().has(VETERAN).await;
    for field in ["id", "roleId", "projectIds", "groupId", "skillIds", "samlId", "externalId", "firstName", "userName"]
    {
        assert_eq!(after[field], before[field], "{field}");
    }
    assert_eq!(after["lastName"], "King", "what the IdP says holds");
    // What was kept is shown, so that an IdP that reads and writes whole people keeps it as well.
    let mut whole = created.body.clone();
    assert_eq!(whole["urn:scim-bridge:iadvize:2.0:User"]["groupId"], 55);
    whole["name"]["familyName"] = json!("Queen");
    let id = created.id();
    world.idp().put(&format!("/Users/{id}"), whole).await.is(200);
    let after = world.vendor().has(VETERAN).await;
    assert_eq!((&after["lastName"], &after["skillIds"]), (&json!("Queen"), &before["skillIds"]));
    // And what it sends now holds.
    let clear = json!([{ "op": "remove", "path": "urn:scim-bridge:iadvize:2.0:User:skillIds" }]);
    world.idp().operations(&id, clear).await.is(200);
    assert_eq!(world.vendor().has(VETERAN).await["skillIds"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_repeat_of_a_late_adoption_keeps_the_same() {
    const VETERAN: &str = "olivia.operator@example.com";
    let world = bridge().connection("answer_within", 1).start().await;
    let before = world.vendor().has(VETERAN).await;
    world.vendor().fault(json!({ "match": { "operation": "userUpdate", "times": 3 }, "do": { "status": 503 } })).await;
    world.idp().post("/Users", idp::okta_user(VETERAN)).await.is_error(503, "");
    // The repeat joins the work (201), or comes after its end and finds the person (409).
    eventually("the repeat is answered", || async {
        let status = world.idp().post("/Users", idp::okta_user(VETERAN)).await.status;
        [201, 409].contains(&status).then_some(())
    })
    .await;
    let after = world.vendor().has(VETERAN).await;
    for field in ["id", "roleId", "projectIds", "groupId", "skillIds", "samlId"] {
        assert_eq!(after[field], before[field], "{field}");
    }
    assert_eq!(after["lastName"], "Voss", "what the IdP says holds");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_adoption_an_existing_account_is_a_conflict() {
    let world = bridge().connection("adopt", false).start().await;
    world.vendor().makes(OPERATOR).await;
    world.idp().post("/Users", idp::okta_user(OPERATOR)).await.is_error(409, "uniqueness").says(OPERATOR);
    assert_eq!(world.vendor().has(OPERATOR).await["lastName"], "Timer");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_arrives_disabled_loses_the_account_of_before() {
    let world = bridge().start().await;
    world.vendor().makes(OPERATOR).await;
    let mut user = idp::entra_user(OPERATOR);
    user["active"] = json!(false);
    let created = world.idp().post("/Users", user).await.is(201);
    assert_eq!(created.body["active"], false);
    assert_eq!(world.vendor().account(OPERATOR).await, None, "a departure must reach the vendor");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_arrives_disabled_gets_no_account() {
    let world = bridge().setting("deactivation", "park").start().await;
    let mut user = idp::entra_user("new@example.com");
    user["active"] = json!(false);
    world.idp().post("/Users", user).await.is(201);
    assert_eq!(world.vendor().account("new@example.com").await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bridges_own_account_is_never_touched() {
    let world = bridge().start().await;
    let before = world.vendor().has(ADMIN).await;
    world.idp().post("/Users", idp::okta_user(&ADMIN.to_uppercase())).await.is_error(403, "").says("protected");
    let mut gone = idp::okta_user(ADMIN);
    gone["active"] = json!(false);
    world.idp().post("/Users", gone).await.is_error(403, "").says("protected");
    assert_eq!(world.vendor().has(ADMIN).await, before);
    assert_eq!(world.idp().get("/Users").await.body["totalResults"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_listed_in_the_configuration_are_never_touched() {
    let world = bridge().connection("protected", json!([OPERATOR])).start().await;
    let before = world.vendor().makes(OPERATOR).await;
    world.idp().post("/Users", idp::okta_user(OPERATOR)).await.is_error(403, "").says("bridge.yaml");
    assert_eq!(world.vendor().has(OPERATOR).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_brings_in_everybody_and_changes_nothing_at_the_vendor() {
    let world = bridge().start().await;
    for number in 0..5 {
        world.vendor().makes(&format!("person{number}@example.com")).await;
    }
    let before = world.vendor().state().await;
    world.vendor().forget_calls().await;
    let report = world.run(&["import", "--config", "bridge.yaml", "--connection", "support", "--json"]);
    assert!(report.status.success(), "{report:?}");
    let report: Value = serde_json::from_slice(&report.stdout).expect("a JSON report");
    assert!(report["imported"].as_u64().is_some_and(|imported| imported >= 5), "{report}");
    assert_eq!(world.vendor().state().await, before);
    for call in world.vendor().calls("").await {
        assert!(
            call["operation"] != "userUpdate" && call["operation"] != "userCreate" && call["operation"] != "userDelete",
            "{call}"
        );
    }
    // The IdP finds and links them, and its first change writes what differs only.
    let found = world.idp().find("userName eq \"person3@example.com\"").await.is(200);
    let id = found.resources()[0]["id"].as_str().expect("an id").to_owned();
    world.idp().okta_sets_active(&id, false).await.is(200);
    assert_eq!(world.vendor().account("person3@example.com").await, None);
    let again = world.run(&["import", "--config", "bridge.yaml", "--connection", "support", "--json"]);
    let again: Value = serde_json::from_slice(&again.stdout).expect("a JSON report");
    assert_eq!(again["imported"], 0, "a repeat imports nothing twice: {again}");
}
